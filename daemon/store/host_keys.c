/* Host keys, pinned to the name of a hop. */
#include "store/sql.h"

int store_host_keys(struct store *s, const char *hop, struct buf *out, struct error *err)
{
    sqlite3_stmt *rows;
    int rc = sql_start(s, "host_keys", VALUES(V(hop)), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0) {
        rc = buf_format(out, "%s %s\n", sql_word(rows, 0), sql_word(rows, 1));
        if (rc) {
            error_set(err, rc, "%s has too many host keys", hop);
            break;
        }
    }
    sql_end(s, rows);
    return rc;
}

/* They come back as words on lines, and they come from the other side. */
static bool is_word(const char *text)
{
    if (!*text)
        return false;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~')
            return false;
    return true;
}

int store_pin_host_key(struct store *s, const char *hop, const char *algorithm, const char *base64,
    bool replace, const char *how, struct error *err)
{
    if (!is_word(algorithm) || !is_word(base64))
        return error_set(err, RC_FORMAT, "%s: that is no host key", hop);
    int rc = sql_begin(s, err);
    if (rc)
        return rc;
    if (replace)
        rc = sql_run(s, "drop_host_keys", VALUES(V(hop), V(algorithm), V(base64)), err);
    if (!rc)
        rc = sql_run(s, "put_host_key",
            VALUES(V(hop), V(algorithm), V(base64), V(how), V(clock_now_us(s->clock))), err);
    return sql_finish(s, rc, err);
}
