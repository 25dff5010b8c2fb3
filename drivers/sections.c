#include "drivers/sections.h"

#include "base/error.h"

/* The key that `line` begins with, or nothing. */
static struct str key_of(struct str line)
{
    size_t len = 0;
    while (len < line.len && ((line.at[len] >= 'a' && line.at[len] <= 'z') || line.at[len] == '-'))
        len++;
    return (struct str){line.at, len < line.len && line.at[len] == ':' ? len : 0};
}

int sections_keep(struct str text, bool (*wanted)(struct str key), struct buf *out)
{
    struct str line;
    bool keep = false;
    int rc = RC_OK;
    while (!rc && str_next_line(&text, &line)) {
        struct str key = key_of(line);
        if (key.len)
            keep = wanted(key);
        if (keep)
            rc = buf_add_str(out, line);
        if (!rc)
            rc = buf_add(out, "\n");
    }
    return rc;
}
