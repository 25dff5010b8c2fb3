/* Host keys, pinned to the name of a hop. */
#include <stdlib.h>

#include "base/arena.h"
#include "store/facts.h"
#include "store/seal.h"

/* More than any host has algorithms. */
#define MOST_KEYS 64

struct lines {
    const char *at[MOST_KEYS];
    size_t count;
    struct arena text;
    struct buf plain;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int read_key(
    struct store *s, const char *hop, sqlite3_stmt *row, struct lines *lines, struct error *err)
{
    struct host_key_facts facts;
    int rc = facts_open_host_key(
        s, sqlite3_column_int64(row, 0), sql_bytes(row, 1), &lines->plain, &facts, err);
    if (rc)
        return rc;
    const char *line = arena_format(&lines->text, "%s %s\n", facts.algorithm, facts.base64);
    if (!line || lines->count == MOST_KEYS)
        return error_set(err, RC_LIMIT, "%s has too many host keys", hop);
    lines->at[lines->count++] = line;
    return RC_OK;
}

static int write_lines(struct lines *lines, const char *hop, struct buf *out, struct error *err)
{
    int rc = RC_OK;
    qsort(lines->at, lines->count, sizeof *lines->at, by_text);
    for (size_t i = 0; !rc && i < lines->count; i++)
        rc = buf_add(out, lines->at[i]);
    return rc ? error_set(err, rc, "%s has too many host keys", hop) : RC_OK;
}

int store_host_keys(struct store *s, const char *hop, struct buf *out, struct error *err)
{
    struct lines lines = {.count = 0};
    sqlite3_stmt *rows;
    int rc = sql_start(s, "host_keys", VALUES(V(host_key_hop(s, hop))), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0)
        if ((rc = read_key(s, hop, rows, &lines, err)))
            break;
    sql_end(s, rows);
    if (!rc)
        rc = write_lines(&lines, hop, out, err);
    arena_free(&lines.text);
    buf_free(&lines.plain);
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

static bool is_known_way(const char *how)
{
    return strcmp(how, "first-use") == 0 || strcmp(how, "trust") == 0 || strcmp(how, "import") == 0;
}

int host_key_put(struct store *s, const struct host_key_facts *key, struct error *err)
{
    struct buf sealed = {.cap = 0};
    int64_t pinned = host_key_pinned(s, key);
    int rc = facts_seal_host_key(s, pinned, key, &sealed, err);
    if (!rc)
        rc = sql_run(s, "put_host_key",
            VALUES(V(host_key_hop(s, key->hop)), V(pinned), V(buf_str(&sealed))), err);
    buf_free(&sealed);
    return rc;
}

int store_pin_host_key(struct store *s, const char *hop, const char *algorithm, const char *base64,
    bool replace, const char *how, struct error *err)
{
    if (!is_word(algorithm) || !is_word(base64))
        return error_set(err, RC_FORMAT, "%s: that is no host key", hop);
    if (!is_known_way(how))
        return error_set(err, RC_INVALID, "%s: a host key cannot be pinned by \"%s\"", hop, how);
    const struct host_key_facts key = {hop, algorithm, base64, how, clock_now_us(s->clock)};
    int rc = sql_begin(s, err);
    if (rc)
        return rc;
    if (replace)
        rc = sql_run(
            s, "drop_host_keys", VALUES(V(host_key_hop(s, hop)), V(host_key_pinned(s, &key))), err);
    if (!rc)
        rc = host_key_put(s, &key, err);
    return sql_finish(s, rc, err);
}
