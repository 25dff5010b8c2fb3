#include "base/buf.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){.cap = b->cap};
}

void buf_wipe(struct buf *b)
{
    if (b->data)
        sodium_memzero(b->data, b->room);
    buf_free(b);
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    if (b->data)
        b->data[0] = '\0';
}

int buf_reserve(struct buf *b, size_t more)
{
    size_t cap = b->cap ? b->cap : BUF_DEFAULT_CAP;
    if (more > cap || b->len > cap - more)
        return RC_LIMIT;
    size_t need = b->len + more + 1;
    if (need <= b->room)
        return RC_OK;
    size_t room = b->room ? b->room : 64;
    while (room < need)
        room *= 2;
    char *data = realloc(b->data, room);
    if (!data)
        return RC_NO_MEMORY;
    b->data = data;
    b->room = room;
    return RC_OK;
}

int buf_append(struct buf *b, const void *data, size_t len)
{
    int rc = buf_reserve(b, len);
    if (rc)
        return rc;
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
    return RC_OK;
}

int buf_add(struct buf *b, const char *text)
{
    return buf_append(b, text, strlen(text));
}

int buf_add_str(struct buf *b, struct str s)
{
    return buf_append(b, s.at, s.len);
}

int buf_add_char(struct buf *b, char c)
{
    return buf_append(b, &c, 1);
}

int buf_vformat(struct buf *b, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0)
        return RC_FORMAT;
    int rc = buf_reserve(b, (size_t)len);
    if (rc)
        return rc;
    vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
    b->len += (size_t)len;
    return RC_OK;
}

int buf_format(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int rc = buf_vformat(b, format, args);
    va_end(args);
    return rc;
}

int buf_add_escaped(struct buf *b, struct str s)
{
    /* one byte becomes at most "\u{10ffff}" for its sequence: four a byte are enough */
    int rc = buf_reserve(b, s.len * 4 + 4);
    if (rc)
        return rc;
    b->len += text_escape(b->data + b->len, s.len * 4 + 5, s.at, s.len);
    return RC_OK;
}
