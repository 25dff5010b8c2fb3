/* A byte buffer that grows under a cap.
 *
 * Invariant: `data` is NULL or holds `len` bytes and a NUL behind them. Hitting the cap is an
 * ordinary error (RC_LIMIT). Zero-initialised with a cap set, it is ready to use. */
#ifndef ROLLCALL_BASE_BUF_H
#define ROLLCALL_BASE_BUF_H

#include "base/text.h"

#include <stdarg.h>

struct buf {
    char *data;
    size_t len;
    size_t room; /* bytes allocated */
    size_t cap;  /* most bytes `len` may reach; 0 means BUF_DEFAULT_CAP */
};

#define BUF_DEFAULT_CAP ((size_t)256 << 20)

void buf_free(struct buf *b);  /* frees the bytes; the buffer is empty and usable again */
void buf_wipe(struct buf *b);  /* the same, after overwriting them */
void buf_clear(struct buf *b); /* len = 0, keeps the memory */
int buf_reserve(struct buf *b, size_t more);
int buf_append(struct buf *b, const void *data, size_t len);
int buf_add(struct buf *b, const char *text);
int buf_add_str(struct buf *b, struct str s);
int buf_add_char(struct buf *b, char c);
int buf_format(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
int buf_vformat(struct buf *b, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
int buf_add_escaped(struct buf *b, struct str s); /* text_escape() without a length limit */

static inline struct str buf_str(const struct buf *b)
{
    return (struct str){b->data ? b->data : "", b->len};
}

/* The text, never NULL. */
static inline const char *buf_text(const struct buf *b)
{
    return b->data ? b->data : "";
}

#endif
