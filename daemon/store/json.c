/* Documents of the log as trees. */
#include "store/json.h"

#include <stdlib.h>

#include "store/entry.h"

/* jansson does not notice every allocation that fails: it may leave out the end of a string and say
 * nothing, or call a whole document broken. So we watch for it. */
static bool ran_out;

static void *allocate(size_t size)
{
    void *memory = malloc(size);
    ran_out |= !memory;
    return memory;
}

static void watch_memory(void)
{
    json_set_alloc_funcs(allocate, free);
    ran_out = false;
}

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "out of memory for an entry of the log");
}

int json_parse(struct store *s, struct str text, json_t **out, struct error *err)
{
    json_error_t why;
    watch_memory();
    *out = json_loadb(text.at, text.len, 0, &why);
    if (json_is_object(*out) && !ran_out)
        return RC_OK;
    json_decref(*out);
    *out = NULL;
    if (ran_out)
        return no_memory(err);
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

static int append(const char *bytes, size_t len, void *out)
{
    ran_out |= buf_append(out, bytes, len) != 0;
    return ran_out ? -1 : 0;
}

int json_write(json_t *document, struct buf *out, struct error *err)
{
    watch_memory();
    int failed = json_dump_callback(document, append, out, JSON_COMPACT);
    json_decref(document);
    return failed || ran_out ? no_memory(err) : RC_OK;
}
