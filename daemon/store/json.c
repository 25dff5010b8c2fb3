/* Documents of the log as trees. */
#include "store/json.h"

#include <stdlib.h>

#include "store/entry.h"

int json_parse(struct store *s, struct str text, json_t **out, struct error *err)
{
    json_error_t why;
    *out = json_loadb(text.at, text.len, 0, &why);
    if (json_is_object(*out))
        return RC_OK;
    json_decref(*out);
    *out = NULL;
    return error_set(err, RC_INTEGRITY,
        "%s: an entry of the log is no document; restore the file from a backup", s->path);
}

json_t *json_text(const char *text)
{
    struct buf safe = {.cap = 0};
    if (utf8_valid(text, strlen(text)))
        return json_string(text);
    json_t *json = buf_add_escaped(&safe, str_of(text)) ? NULL : json_string(buf_text(&safe));
    buf_free(&safe);
    return json;
}

json_t *json_time(int64_t time_us)
{
    char text[TIME_TEXT_SIZE];
    return json_string(entry_time(time_us, text));
}

int json_write(json_t *document, struct buf *out, struct error *err)
{
    char *text = json_dumps(document, JSON_COMPACT);
    int rc = text ? buf_add(out, text) : RC_NO_MEMORY;
    json_decref(document);
    free(text);
    return rc ? error_set(err, rc, "out of memory for an entry of the log") : RC_OK;
}
