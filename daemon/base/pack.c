#include "base/pack.h"

#include <stdlib.h>

#define NULL_TEXT UINT32_MAX

int pack_u32(struct buf *b, uint32_t value)
{
    return buf_append(b, &value, sizeof value);
}

int pack_i64(struct buf *b, int64_t value)
{
    return buf_append(b, &value, sizeof value);
}

int pack_str(struct buf *b, struct str s)
{
    if (s.len >= NULL_TEXT)
        return -1;
    int rc = pack_u32(b, (uint32_t)s.len);
    return rc ? rc : buf_add_str(b, s);
}

int pack_text(struct buf *b, const char *text)
{
    return text ? pack_str(b, str_of(text)) : pack_u32(b, NULL_TEXT);
}

static bool take(struct unpack *u, void *out, size_t len)
{
    if (u->bad || u->rest.len < len) {
        u->bad = true;
        memset(out, 0, len);
        return false;
    }
    memcpy(out, u->rest.at, len);
    u->rest.at += len;
    u->rest.len -= len;
    return true;
}

uint32_t unpack_u32(struct unpack *u)
{
    uint32_t value;
    take(u, &value, sizeof value);
    return value;
}

int64_t unpack_i64(struct unpack *u)
{
    int64_t value;
    take(u, &value, sizeof value);
    return value;
}

static struct str take_view(struct unpack *u, uint32_t len)
{
    if (u->bad || u->rest.len < len) {
        u->bad = true;
        return (struct str){"", 0};
    }
    struct str view = {u->rest.at, len};
    u->rest.at += len;
    u->rest.len -= len;
    return view;
}

struct str unpack_str(struct unpack *u)
{
    return take_view(u, unpack_u32(u));
}

uint32_t unpack_count(struct unpack *u, size_t least)
{
    uint32_t count = unpack_u32(u);
    if (count > u->rest.len / (least ? least : 1)) {
        u->bad = true;
        return 0;
    }
    return count;
}

char *unpack_text(struct unpack *u)
{
    uint32_t len = unpack_u32(u);
    if (u->bad || len == NULL_TEXT)
        return NULL;
    struct str view = take_view(u, len);
    if (u->bad || memchr(view.at, 0, view.len)) {
        u->bad = true;
        return NULL;
    }
    char *copy = strndup(view.at, view.len);
    if (!copy)
        u->bad = true;
    return copy;
}

bool unpack_done(const struct unpack *u)
{
    return !u->bad && u->rest.len == 0;
}
