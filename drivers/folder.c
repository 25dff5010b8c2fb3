#include "drivers/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/io.h"

#define MOST_BYTES ((size_t)4 << 20) /* of one file */

static int is_yaml(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".yaml") == 0;
}

int folder_each(const char *folder, const char *what,
    int (*take)(void *ctx, const char *file, struct str text, struct error *err), void *ctx,
    struct error *err)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_yaml, alphasort), rc = RC_OK;
    if (count < 0 && errno == ENOENT)
        return RC_OK;
    if (count < 0)
        return error_set(
            err, RC_IO, "cannot read the folder of %s %s: %s", what, folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        struct buf path = {0}, text = {.cap = MOST_BYTES};
        if (!rc)
            rc = buf_format(&path, "%s/%s", folder, entries[i]->d_name);
        if (!rc)
            rc = io_read_file(path.data, &text, err);
        if (!rc)
            rc = take(ctx, path.data, buf_str(&text), err);
        buf_free(&text);
        buf_free(&path);
        free(entries[i]);
    }
    free(entries);
    return rc;
}
