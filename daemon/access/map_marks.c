/* Marks on nodes of a document that is not ours to write in. */
#include <stdlib.h>

#include "access/map.h"

static size_t slot(const struct marks *m, const xmlNode *node)
{
    size_t mask = m->room - 1;
    size_t i = (size_t)(((uintptr_t)node >> 4) * 0x9e3779b97f4a7c15u >> 20) & mask;
    while (m->nodes[i] && m->nodes[i] != node)
        i = (i + 1) & mask;
    return i;
}

static int grow(struct marks *m)
{
    struct marks grown = {.room = m->room ? m->room * 2 : 256, .count = m->count};
    grown.nodes = calloc(grown.room, sizeof *grown.nodes);
    grown.flags = calloc(grown.room, sizeof *grown.flags);
    if (!grown.nodes || !grown.flags) {
        marks_free(&grown);
        return RC_NO_MEMORY;
    }
    for (size_t i = 0; i < m->room; i++) {
        if (!m->nodes[i])
            continue;
        size_t to = slot(&grown, m->nodes[i]);
        grown.nodes[to] = m->nodes[i];
        grown.flags[to] = m->flags[i];
    }
    marks_free(m);
    *m = grown;
    return RC_OK;
}

static int add(struct marks *m, const xmlNode *node, unsigned flags)
{
    if (m->count * 2 >= m->room && grow(m))
        return RC_NO_MEMORY;
    size_t i = slot(m, node);
    m->count += m->nodes[i] == NULL;
    m->nodes[i] = node;
    m->flags[i] = (unsigned char)(m->flags[i] | flags);
    return RC_OK;
}

int marks_add(struct marks *m, const xmlNode *node, unsigned flags)
{
    int rc = add(m, node, flags);
    if (!(flags & MARK_TAKEN))
        return rc;
    for (node = node->parent; node && !rc && !(marks_of(m, node) & MARK_HOLDS); node = node->parent)
        rc = add(m, node, MARK_HOLDS);
    return rc;
}

unsigned marks_of(const struct marks *m, const xmlNode *node)
{
    if (m->room == 0)
        return 0;
    size_t i = slot(m, node);
    return m->nodes[i] ? m->flags[i] : 0;
}

void marks_free(struct marks *m)
{
    free(m->nodes);
    free(m->flags);
    *m = (struct marks){0};
}
