/* rooms: evidence base */
/* bundle FOLDER: evidence of a log that is made up, redacted.html and full.html, and the log's
 * public key as log.key and log.pem. */
#include <stdlib.h>

#include "base/io.h"
#include "tests/unit/evidence_bundle.h"

static void save(const char *folder, const char *name, struct buf *bytes)
{
    char path[4096];
    struct error err = ERROR_INIT;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (io_write_file(path, 0600, false, buf_str(bytes), &err)) {
        fprintf(stderr, "bundle: %s: %s\n", path, err.text);
        exit(1);
    }
    buf_free(bytes);
}

int main(int argc, char **argv)
{
    struct fixture f;
    struct buf out = {0};
    if (argc != 2)
        return 2;
    fixture_make(&f, ",\"imported\":{\"from\":\"rancid\"}");
    int rc = bundle_write(&f.bundle, &out, NULL);
    save(argv[1], "redacted.html", &out);
    f.parts[0].shown = NULL;
    rc = rc ? rc : bundle_write(&f.bundle, &out, NULL);
    save(argv[1], "full.html", &out);
    rc = rc ? rc : key_text(&f.key, &out);
    save(argv[1], "log.key", &out);
    rc = rc ? rc : key_pem(&f.key, &out);
    save(argv[1], "log.pem", &out);
    fixture_free(&f);
    return rc ? 1 : 0;
}
