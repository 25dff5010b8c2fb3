/* A hash table from two addresses to a third. Private to the room. */
#ifndef ROLLCALL_DATA_TABLE_H
#define ROLLCALL_DATA_TABLE_H

#include <stddef.h>

struct table {
    struct table_entry *at;
    size_t room, count;
};

void *table_find(const struct table *t, const void *a, const void *b); /* NULL: none */
/* `value` is not NULL, and the key new. RC_NO_MEMORY. */
int table_put(struct table *t, const void *a, const void *b, void *value);
void table_free(struct table *t);

#endif
