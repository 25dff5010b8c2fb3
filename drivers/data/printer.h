/* What all forms of printing a tree share. Private to the room. */
#ifndef ROLLCALL_DATA_PRINTER_H
#define ROLLCALL_DATA_PRINTER_H

#include "drivers/data/tree.h"

struct printer {
    const struct data *data;
    struct buf *out;
    int rc; /* of the first failure: nothing is put any more */
};

static inline void put(struct printer *p, const char *text)
{
    p->rc = p->rc ? p->rc : buf_add(p->out, text);
}

static inline void indent(struct printer *p, unsigned depth)
{
    while (depth-- > 0)
        put(p, "  ");
}

#endif
