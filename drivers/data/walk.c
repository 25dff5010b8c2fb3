/* A tree as lines of words. */
#include <stdlib.h>

#include "drivers/data/tree.h"

struct walk {
    int (*line)(void *ctx, const struct data_line_of *line);
    void *ctx;
    struct str *words;
    size_t count, room;
    struct buf name;
    const xmlNode
        *pending[DATA_MAX_DEPTH]; /* containers that are lines when something is in them */
    size_t pending_count;
};

static int add_word(struct walk *w, struct str word)
{
    if (w->count == w->room) {
        size_t room = w->room ? w->room * 2 : 16;
        struct str *grown = realloc(w->words, room * sizeof *grown);
        if (!grown)
            return RC_NO_MEMORY;
        w->words = grown;
        w->room = room;
    }
    w->words[w->count++] = word;
    return RC_OK;
}

static int add_words(struct walk *w, const xmlNode *node, bool *has_value)
{
    const struct place *place = place_of(node);
    w->count = 0;
    buf_clear(&w->name);
    int rc = add_name(node, false, &w->name);
    rc = rc ? rc : add_word(w, buf_str(&w->name));
    for (size_t i = 0; !rc && place->keys && place->keys[i]; i++)
        rc = add_word(w, data_value(place->keys[i]));
    *has_value = false;
    for (const xmlNode *child = node->children; !rc && child; child = child->next)
        if (child->type == XML_TEXT_NODE) {
            *has_value = true;
            rc = add_word(w, str_of((const char *)child->content));
        }
    return rc;
}

static bool is_ordered(const xmlNode *node)
{
    const struct data_node_schema *is = schema_of(node);
    return is ? is->ordered : repeats(node);
}

/* A leaf whole; another one up to the end of its opening and of the keys that follow at once. */
static void set_span(const xmlNode *node, struct data_line_of *line)
{
    const struct place *place = place_of(node);
    line->number = line->last = place->line;
    line->start = place->from;
    line->end = place->head;
    if (!(place->flags & PLACE_HAS_ELEMENTS)) {
        line->last = place->last_line;
        line->end = place->to;
    }
    for (const xmlNode *child = first_element(node); child; child = next_element(child)) {
        const struct place *key = place_of(child);
        if (!(key->flags & PLACE_KEY))
            break;
        line->last = key->last_line;
        line->end = key->to;
    }
}

static bool is_off(const xmlNode *node)
{
    return place_of(node)->flags & (PLACE_INACTIVE | PLACE_DELETED);
}

static int report(struct walk *w, const xmlNode *node, unsigned depth, bool inactive)
{
    struct data_line_of line = {.depth = depth, .ordered = is_ordered(node), .inactive = inactive};
    int rc = add_words(w, node, &line.has_value);
    set_span(node, &line);
    line.words = w->words;
    line.word_count = w->count;
    return rc ? rc : w->line(w->ctx, &line);
}

/* Nothing inactive is ever pending. */
static int report_pending(struct walk *w, unsigned depth)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < w->pending_count; i++)
        rc = report(w, w->pending[i], depth - (unsigned)(w->pending_count - i), false);
    w->pending_count = 0;
    return rc;
}

static bool says_nothing_itself(const xmlNode *node)
{
    const struct data_node_schema *is = schema_of(node);
    return is && is->kind == DATA_CONTAINER && !is->presence;
}

static int walk(struct walk *w, const xmlNode *node, unsigned depth, bool inactive)
{
    const struct place *place = place_of(node);
    int rc = RC_OK;
    if (place->flags & (PLACE_KEY | PLACE_DEFAULT))
        return RC_OK;
    inactive = inactive || is_off(node);
    bool waits = says_nothing_itself(node) && !inactive && w->pending_count < DATA_MAX_DEPTH;
    if (waits) {
        w->pending[w->pending_count++] = node;
    } else {
        rc = report_pending(w, depth);
        rc = rc ? rc : report(w, node, depth, inactive);
    }
    for (const xmlNode *child = first_element(node); !rc && child; child = next_element(child))
        rc = walk(w, child, depth + 1, inactive);
    if (waits && w->pending_count > 0)
        w->pending_count--;
    return rc;
}

int data_walk(
    const struct data *data, int (*line)(void *ctx, const struct data_line_of *line), void *ctx)
{
    struct walk w = {.line = line, .ctx = ctx};
    int rc = RC_OK;
    const xmlNode *top = (const xmlNode *)data->doc;
    for (const xmlNode *node = first_element(top); !rc && node; node = next_element(node))
        rc = walk(&w, node, 0, false);
    free(w.words);
    buf_free(&w.name);
    return rc;
}
