#include "access/trie.h"

#include <stdlib.h>

#define MAX_ELEMENTS 40
#define MAX_VARIANTS 4096 /* of one pattern: a product of its alternatives */

struct interned {
    struct interned *next;
    char text[];
};

const char *intern(struct arena *arena, struct interned **names, struct str name)
{
    for (struct interned *i = *names; i; i = i->next)
        if (str_is(name, i->text))
            return i->text;
    struct interned *made = arena_take(arena, sizeof *made + name.len + 1);
    if (!made)
        return NULL;
    memcpy(made->text, name.at, name.len);
    made->next = *names;
    *names = made;
    return made->text;
}

/* ---- the trie ---- */

static uint32_t hash_word(struct str word)
{
    uint32_t hash = 2166136261u; /* FNV-1a; the table holds the profile's words, not a stranger's */
    for (size_t i = 0; i < word.len; i++)
        hash = (hash ^ (unsigned char)word.at[i]) * 16777619u;
    return hash;
}

struct trie_node *trie_step(const struct trie_node *node, struct str word)
{
    if (node->word_count == 0 || word.len > 64)
        return NULL;
    uint32_t mask = node->word_room - 1;
    for (uint32_t i = hash_word(word) & mask; node->words[i].to; i = (i + 1) & mask)
        if (str_equal(node->words[i].word, word))
            return node->words[i].to;
    return NULL;
}

static void put_word(struct trie_node *node, struct str word, struct trie_node *to)
{
    uint32_t mask = node->word_room - 1;
    uint32_t i = hash_word(word) & mask;
    while (node->words[i].to)
        i = (i + 1) & mask;
    node->words[i] = (struct trie_word){word, to};
    node->word_count++;
}

static struct trie_node *new_node(struct trie *t, const struct trie_node *parent, struct str label)
{
    struct trie_node *node = arena_take(t->arena, sizeof *node);
    if (node) {
        node->parent = parent;
        node->label = label;
    }
    return node;
}

static struct trie_node *add_word(struct trie *t, struct trie_node *node, struct str word)
{
    struct trie_node *to = trie_step(node, word);
    if (to)
        return to;
    if (node->word_count * 2 >= node->word_room) {
        struct trie_node grown = *node;
        grown.word_room = node->word_room ? node->word_room * 2 : 4;
        grown.word_count = 0;
        grown.words = arena_take(t->arena, grown.word_room * sizeof *grown.words);
        if (!grown.words)
            return NULL;
        for (uint32_t i = 0; i < node->word_room; i++)
            if (node->words[i].to)
                put_word(&grown, node->words[i].word, node->words[i].to);
        *node = grown;
    }
    to = new_node(t, node, word);
    if (to)
        put_word(node, word, to);
    return to;
}

static int rank(const struct capture *c)
{
    return (c->take == TAKE_WORD ? 0 : 2) + (c->only ? 0 : 1);
}

static bool same_capture(const struct capture *a, const struct capture *b)
{
    return a->name == b->name && a->take == b->take && a->split == b->split &&
           a->factor == b->factor && a->prefix == b->prefix &&
           (a->only ? b->only && strcmp(a->only, b->only) == 0 : !b->only);
}

static struct trie_node *add_branch(
    struct trie *t, struct trie_node *node, const struct capture *capture)
{
    struct trie_branch **at = &node->branches;
    for (struct trie_branch *b = node->branches; b; b = b->next)
        if (same_capture(b->capture, capture))
            return b->to;
    while (*at && rank((*at)->capture) <= rank(capture))
        at = &(*at)->next;
    struct trie_branch *made = arena_take(t->arena, sizeof *made);
    if (!made || !(made->to = new_node(t, node, STR(""))))
        return NULL;
    made->capture = capture;
    made->next = *at;
    *at = made;
    return made->to;
}

/* ---- patterns ---- */

struct element {
    enum { ELEMENT_WORDS, ELEMENT_CAPTURE, ELEMENT_DEEPER } kind;
    struct str words[16]; /* alternatives */
    size_t word_count;
    const struct capture *capture;
    bool optional;
};

struct parsing {
    struct trie *trie;
    const char *pattern;
    const struct trie_use *use;
    struct element elements[MAX_ELEMENTS];
    size_t count, variants;
};

static int parse_words(struct parsing *p, const char **at, struct error *err)
{
    struct element *e = &p->elements[p->count];
    e->kind = ELEMENT_WORDS;
    for (;;) {
        char word[256];
        size_t len = 0;
        for (; **at && !strchr(" |?", **at); (*at)++) {
            if (**at == '\\' && (*at)[1])
                (*at)++;
            if (len + 1 == sizeof word)
                return error_set(err, RC_SETTINGS, "word too long in \"%s\"", p->pattern);
            word[len++] = **at;
        }
        if (len == 0 || e->word_count == sizeof e->words / sizeof *e->words)
            return error_set(
                err, RC_SETTINGS, "empty or too many alternatives in \"%s\"", p->pattern);
        const char *copy = arena_dup(p->trie->arena, (struct str){word, len});
        if (!copy)
            return error_set(err, RC_NO_MEMORY, "no memory for patterns");
        e->words[e->word_count++] = (struct str){copy, len};
        if (**at != '|')
            break;
        (*at)++;
    }
    if (**at == '?') {
        e->optional = true;
        (*at)++;
    }
    return RC_OK;
}

/* The end of "{...}", minding braces inside. */
static const char *closing(const char *at)
{
    for (size_t depth = 0; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '{')
            depth++;
        else if (*at == '}' && --depth == 0)
            return at;
    }
    return NULL;
}

static int parse_modifiers(struct capture *c, struct element *e, struct str rest)
{
    while (rest.len) {
        size_t used = 1;
        if (str_starts(rest, "...")) {
            c->take = TAKE_REST;
            used = 3;
        } else if (rest.at[0] == '+') {
            c->take = TAKE_EACH;
        } else if (rest.at[0] == '~') {
            c->take = TAKE_JOIN;
        } else if (rest.at[0] == ',') {
            c->split = true;
        } else if (rest.at[0] == '?') {
            e->optional = true;
        } else if (rest.at[0] == '*') {
            char *end;
            c->factor = strtol(rest.at + 1, &end, 10);
            used = (size_t)(end - rest.at);
            if (c->factor <= 0 || c->factor > 1000000000 || used > rest.len)
                return RC_SETTINGS;
        } else {
            return RC_SETTINGS;
        }
        rest.at += used;
        rest.len -= used;
    }
    return RC_OK;
}

static int parse_capture(struct parsing *p, const char **at, struct error *err)
{
    struct element *e = &p->elements[p->count];
    const char *start = *at + 1, *end = closing(*at);
    struct capture *c = arena_take(p->trie->arena, sizeof *c);
    if (!c)
        return error_set(err, RC_NO_MEMORY, "no memory for patterns");
    if (!end || (end[1] && end[1] != ' '))
        return error_set(err, RC_SETTINGS, "unbalanced braces in \"%s\"", p->pattern);
    size_t name_len = strcspn(start, ".+~,?*:}");
    const char *colon = memchr(start, ':', (size_t)(end - start));
    const char *mods_end = colon ? colon : end;
    e->kind = ELEMENT_CAPTURE;
    e->capture = c;
    c->prefix = p->use->prefix;
    c->name = intern(p->trie->arena, p->trie->names, (struct str){start, name_len});
    if (!c->name)
        return error_set(err, RC_NO_MEMORY, "no memory for patterns");
    if (name_len == 0 || start + name_len > mods_end ||
        parse_modifiers(
            c, e, (struct str){start + name_len, (size_t)(mods_end - start) - name_len}))
        return error_set(err, RC_SETTINGS, "unknown form of {...} in \"%s\"", p->pattern);
    if (colon) {
        c->only = arena_dup(p->trie->arena, (struct str){colon + 1, (size_t)(end - colon) - 1});
        if (!c->only)
            return error_set(err, RC_NO_MEMORY, "no memory for patterns");
        int rc = regex_new(c->only, REGEX_OFTEN | REGEX_WHOLE, &c->expression, err);
        if (rc)
            return rc;
    }
    c->next = p->trie->captures;
    p->trie->captures = c;
    *at = end + 1;
    return p->use->named ? p->use->named(p->use->ctx, c, err) : RC_OK;
}

static int parse(struct parsing *p, struct error *err)
{
    for (const char *at = p->pattern;;) {
        at += strspn(at, " ");
        if (!*at)
            break;
        if (p->count == MAX_ELEMENTS)
            return error_set(err, RC_SETTINGS, "too many words in \"%s\"", p->pattern);
        int rc = RC_OK;
        if (*at == '>' && (at[1] == ' ' || !at[1])) {
            p->elements[p->count].kind = ELEMENT_DEEPER;
            at++;
        } else if (*at == '{') {
            rc = parse_capture(p, &at, err);
        } else {
            rc = parse_words(p, &at, err);
        }
        if (rc)
            return rc;
        if (*at && *at != ' ')
            return error_set(err, RC_SETTINGS, "a blank is missing in \"%s\"", p->pattern);
        p->count++;
    }
    return p->count ? RC_OK : error_set(err, RC_SETTINGS, "a pattern without words");
}

static int put_end(struct parsing *p, struct trie_node *node, struct error *err)
{
    for (struct trie_end *end = node->ends; end; end = end->next)
        if (end->what == p->use->what)
            return RC_OK; /* two variants of one pattern */
    struct trie_end *end = arena_take(p->trie->arena, sizeof *end);
    if (!end)
        return error_set(err, RC_NO_MEMORY, "no memory for patterns");
    end->what = p->use->what;
    struct trie_end **at = &node->ends; /* first declared first */
    while (*at)
        at = &(*at)->next;
    *at = end;
    return RC_OK;
}

static int put_from(struct parsing *p, struct trie_node *node, size_t i, struct error *err)
{
    if (!node)
        return error_set(err, RC_NO_MEMORY, "no memory for patterns");
    if (i == p->count) {
        if (++p->variants > MAX_VARIANTS)
            return error_set(err, RC_SETTINGS, "too many variants of \"%s\"", p->pattern);
        if (node == p->trie->root)
            return error_set(err, RC_SETTINGS, "\"%s\" may be empty", p->pattern);
        return put_end(p, node, err);
    }
    const struct element *e = &p->elements[i];
    int rc = RC_OK;
    if (e->optional)
        rc = put_from(p, node, i + 1, err);
    if (!rc && e->kind == ELEMENT_CAPTURE)
        rc = put_from(p, add_branch(p->trie, node, e->capture), i + 1, err);
    if (!rc && e->kind == ELEMENT_DEEPER) {
        if (!node->deeper && (node->deeper = new_node(p->trie, node, STR(""))))
            node->deeper->fresh = true;
        rc = put_from(p, node->deeper, i + 1, err);
    }
    for (size_t w = 0; !rc && w < e->word_count; w++)
        rc = put_from(p, add_word(p->trie, node, e->words[w]), i + 1, err);
    return rc;
}

int trie_init(struct trie *t, struct arena *arena, struct interned **names, struct error *err)
{
    *t = (struct trie){.arena = arena, .names = names};
    t->root = new_node(t, NULL, STR(""));
    return t->root ? RC_OK : error_set(err, RC_NO_MEMORY, "no memory for patterns");
}

void trie_free(struct trie *t)
{
    for (struct capture *c = t->captures; c; c = c->next)
        regex_free(c->expression);
}

int trie_add(struct trie *t, const char *pattern, const struct trie_use *use, struct error *err)
{
    struct parsing p = {.trie = t, .pattern = pattern, .use = use};
    int rc = parse(&p, err);
    return rc ? rc : put_from(&p, t->root, 0, err);
}
