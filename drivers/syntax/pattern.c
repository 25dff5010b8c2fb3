#include "pattern.h"

#include <stdlib.h>

static int add_node(struct patterns *p, struct str word, uint32_t *out)
{
    if (p->count == p->room) {
        size_t room = p->room ? p->room * 2 : 32;
        struct pattern_node *nodes = realloc(p->nodes, room * sizeof *nodes);
        if (!nodes)
            return RC_NO_MEMORY;
        p->nodes = nodes;
        p->room = room;
    }
    struct pattern_node node = {.word = NULL};
    if (word.at && !str_is(word, "*")) {
        node.word = strndup(word.at, word.len);
        node.len = word.len;
        if (!node.word)
            return RC_NO_MEMORY;
    }
    *out = (uint32_t)p->count;
    p->nodes[p->count++] = node;
    return RC_OK;
}

static bool same_word(const struct pattern_node *node, struct str word)
{
    if (str_is(word, "*"))
        return !node->word;
    return node->word && str_equal((struct str){node->word, node->len}, word);
}

/* The root's children hang in one list for each first byte, and in one for the asterisk. */
static uint32_t *children(struct patterns *p, uint32_t parent, struct str word)
{
    if (parent != 0 || str_is(word, "*"))
        return &p->nodes[parent].child;
    return &p->first[(unsigned char)word.at[0]];
}

int patterns_add(struct patterns *p, struct str words, enum pattern_kind kind, uint32_t verbatim)
{
    uint32_t at = 0;
    struct str word;
    int rc = RC_OK;
    if (p->count == 0 && (rc = add_node(p, (struct str){NULL, 0}, &at)))
        return rc;
    while (str_next_word(&words, &word)) {
        uint32_t next = *children(p, at, word);
        while (next && !same_word(&p->nodes[next], word))
            next = p->nodes[next].sister;
        if (!next) {
            if ((rc = add_node(p, word, &next)))
                return rc;
            uint32_t *head = children(p, at, word);
            p->nodes[next].sister = *head;
            *head = next;
        }
        at = next;
    }
    p->nodes[at].kinds |= kind;
    if (kind == PATTERN_VERBATIM)
        p->nodes[at].verbatim = verbatim;
    return RC_OK;
}

void patterns_free(struct patterns *p)
{
    for (size_t i = 0; i < p->count; i++)
        free(p->nodes[i].word);
    free(p->nodes);
    *p = (struct patterns){.nodes = NULL};
}

void pattern_start(struct pattern_state *state)
{
    state->at[0] = 0;
    state->count = 1;
}

static void follow_list(
    const struct patterns *p, uint32_t child, struct str word, struct pattern_state *next)
{
    for (; child; child = p->nodes[child].sister) {
        const struct pattern_node *node = &p->nodes[child];
        if (node->word && !str_equal((struct str){node->word, node->len}, word))
            continue;
        if (next->count < sizeof next->at / sizeof *next->at)
            next->at[next->count++] = child;
    }
}

void pattern_follow(const struct patterns *p, struct pattern_state *state, const struct str *words,
    size_t count, struct pattern_match *match)
{
    *match = (struct pattern_match){.kinds = 0};
    if (p->count == 0)
        state->count = 0;
    for (size_t i = 0; i < count && state->count > 0; i++) {
        struct pattern_state next = {.count = 0};
        for (unsigned k = 0; k < state->count; k++) {
            if (state->at[k] == 0 && words[i].len > 0)
                follow_list(p, p->first[(unsigned char)words[i].at[0]], words[i], &next);
            follow_list(p, p->nodes[state->at[k]].child, words[i], &next);
        }
        *state = next;
        for (unsigned k = 0; k < state->count; k++) {
            const struct pattern_node *node = &p->nodes[state->at[k]];
            if (!node->kinds)
                continue;
            match->kinds |= node->kinds;
            match->words = i + 1;
            if (node->kinds & PATTERN_VERBATIM)
                match->verbatim = node->verbatim;
        }
    }
}
