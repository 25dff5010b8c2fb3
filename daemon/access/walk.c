#include "access/walk.h"

#include <stdlib.h>

#include "access/lost.h"
#include "access/map.h"
#include "access/said.h"
#include "base/yang.h"

/* A place in a trie that the words of a line led to, for the lines inside it. */
struct thread {
    const struct trie_node *node;
    const struct caught *caught;
    struct instance *instance; /* whose option it is; NULL: a rule's match */
};

struct level {
    struct thread *threads;
    size_t thread_count, thread_room;
    struct instance **open; /* entries and blocks that this line began */
    size_t open_count, open_room;
    const char *account; /* said by lines that no rule took: an account is spoken of; or NULL */
    bool known;          /* a rule took it, or it was reported: what is inside is no riddle */
    bool dead;           /* nothing inside counts */
};

#define MAX_FITS 32 /* kinds of entry that one line may speak of */

struct walk {
    struct gather *g;
    const char *part, *syntax;
    uint32_t before; /* lines of the part before the text */
    struct level levels[SYNTAX_MAX_DEPTH];
    size_t height; /* levels in use */
    /* of the line at hand */
    const struct syntax_line *line;
    struct level *level;
    const struct section *fits[MAX_FITS];
    size_t fit_count;
    bool taken, passed;
    const char *suspicious;
    int rc;
};

static void *grow(void *items, size_t *room, size_t size)
{
    size_t more = *room ? *room * 2 : 8;
    void *grown = realloc(items, more * size);
    if (grown)
        *room = more;
    return grown;
}

static bool push_thread(struct walk *w, struct thread t)
{
    struct level *l = w->level;
    if (l->thread_count == l->thread_room) {
        void *grown = grow(l->threads, &l->thread_room, sizeof *l->threads);
        if (!grown)
            return false;
        l->threads = grown;
    }
    const struct caught *kept = caught_keep(w->g, t.caught);
    if (t.caught && !kept)
        return false;
    t.caught = kept;
    l->threads[l->thread_count++] = t;
    return true;
}

static bool push_open(struct walk *w, struct instance *i)
{
    struct level *l = w->level;
    if (l->open_count == l->open_room) {
        void *grown = grow(l->open, &l->open_room, sizeof(struct instance *));
        if (!grown)
            return false;
        l->open = grown;
    }
    l->open[l->open_count++] = i;
    return true;
}

static bool out_of_memory(struct walk *w)
{
    w->rc = RC_NO_MEMORY;
    return false;
}

/* ---- words ---- */

/* What the walk does at a node where something ends. True: it was taken, look no further. */
struct visit {
    bool (*end)(struct walk *w, const struct visit *v, const struct trie_node *node, size_t at,
        const struct caught *caught);
    struct instance *instance;
    size_t start; /* an end before the first word has been seen in the line above already */
    size_t after; /* words that the taken pattern took up */
    bool goes_on; /* the pattern began in a line above */
    bool partial; /* the line is the beginning of more */
};

static bool visit_node(struct walk *w, struct visit *v, const struct trie_node *node, size_t at,
    const struct caught *caught);

static bool visit_branch(struct walk *w, struct visit *v, const struct trie_branch *b, size_t at,
    const struct caught *caught)
{
    const struct syntax_line *line = w->line;
    size_t count = b->capture->take == TAKE_WORD ? 1 : line->word_count - at;
    if (v->goes_on && at == 0 && b->capture->take != TAKE_WORD)
        return false; /* the rest of a line is the rest of the line that the pattern began in */
    const struct caught here = {caught, b->capture, line->words + at, count, line->number, false};
    if (b->capture->expression)
        for (size_t i = 0; i < (count > 1 && b->capture->take == TAKE_REST ? 1 : count); i++)
            if (!regex_matches(b->capture->expression, here.words[i]))
                return false;
    return visit_node(w, v, b->to, at + count, &here);
}

/* An option with options of its own: the lines inside are theirs. */
static bool is_block(const struct visit *v, const struct trie_node *node)
{
    return v->instance && node->ends && ((const struct action *)node->ends->what)->options;
}

/* The most specific way first: words, then branches in their order, then what ends here. */
static bool visit_node(struct walk *w, struct visit *v, const struct trie_node *node, size_t at,
    const struct caught *caught)
{
    if (w->rc)
        return false;
    if (at < w->line->word_count) {
        const struct trie_node *to = trie_step(node, w->line->words[at]);
        if (to && visit_node(w, v, to, at + 1, caught))
            return true;
        for (const struct trie_branch *b = node->branches; b; b = b->next)
            if (visit_branch(w, v, b, at, caught))
                return true;
    } else if (at > v->start || node->fresh) {
        if (trie_goes_on(node) && !is_block(v, node)) {
            v->partial = true;
            if (!push_thread(w, (struct thread){node, caught, v->instance}))
                return out_of_memory(w);
        }
        if (node->deeper && !push_thread(w, (struct thread){node->deeper, caught, v->instance}))
            return out_of_memory(w);
        v->partial |= node->deeper != NULL;
    }
    if (!node->ends || (at == v->start && !node->fresh) || !v->end(w, v, node, at, caught))
        return false;
    v->after = at;
    return true;
}

/* ---- options ---- */

static bool end_option(struct walk *w, const struct visit *v, const struct trie_node *node,
    size_t at, const struct caught *caught)
{
    (void)at;
    struct instance *inside;
    w->rc = gather_option(w->g, v->instance, node->ends->what, caught, w->line->number, &inside);
    if (w->rc || (inside && !push_open(w, inside)))
        return w->rc ? false : out_of_memory(w);
    w->taken = true;
    return true;
}

static void report_unread(
    struct walk *w, const struct instance *i, const struct trie_node *node, size_t at)
{
    char text[512];
    if (!i->rule->strict || !i->said || at >= w->line->word_count)
        return;
    said_with(i->said, node, w->line->words[at], text, sizeof text);
    int rc = gather_unread(w->g, text, w->line->number);
    if (rc)
        w->rc = rc;
}

/* The next word that we know. What is passed over may be anything, a secret too. */
static size_t skip_unknown(struct walk *w, const struct instance *i, size_t at)
{
    const struct gather *g = w->g;
    for (; at < w->line->word_count && !w->rc; at++) {
        if (trie_step(i->options->root, w->line->words[at]))
            break;
        if (g->secret && i->rule->strict)
            w->rc = g->secret(g->secret_ctx, &w->line->words[at], 1, w->line->number);
    }
    return at;
}

/* The words from `at` on, as options of `i`. */
static void read_options(struct walk *w, struct instance *i, size_t at)
{
    bool reported = false;
    while (i->options && at < w->line->word_count && !w->rc) {
        size_t open = w->level->open_count;
        struct visit v = {.end = end_option, .instance = i, .start = at};
        if (visit_node(w, &v, i->options->root, at, NULL)) {
            at = v.after;
            if (w->level->open_count > open) /* the rest belongs to the option */
                i = w->level->open[w->level->open_count - 1];
            continue;
        }
        if (v.partial) {
            w->taken = true;
            return;
        }
        if (!reported)
            report_unread(w, i, i->options->root, at);
        reported = true;
        at = skip_unknown(w, i, at + 1);
    }
}

/* Options of `i` that the line above began: `threads` are all of the same instance. */
static void continue_options(struct walk *w, const struct thread *threads, size_t count)
{
    struct instance *i = threads[0].instance;
    bool partial = false;
    for (size_t t = 0; t < count && !w->rc; t++) {
        const struct trie_node *node = threads[t].node;
        struct visit v = {.end = end_option, .instance = i, .goes_on = !node->fresh};
        size_t open = w->level->open_count;
        if (visit_node(w, &v, node, 0, threads[t].caught)) {
            if (w->level->open_count > open)
                i = w->level->open[w->level->open_count - 1];
            read_options(w, i, v.after);
            return;
        }
        partial |= v.partial;
    }
    if (!partial && !w->rc)
        report_unread(w, i, threads[0].node, 0);
    w->taken |= partial;
}

/* ---- rules ---- */

static bool rule_applies(const struct walk *w, const struct rule *rule)
{
    for (const char **in = rule->in; in && *in; in++)
        if (strcmp(*in, w->part) == 0 || strcmp(*in, w->syntax) == 0)
            return true;
    return rule->in == NULL;
}

/* One rule for each kind of entry: the first that the walk comes to is the most specific. */
static bool fits_first(struct walk *w, const struct section *section)
{
    for (size_t i = 0; i < w->fit_count; i++)
        if (w->fits[i] == section)
            return false;
    if (w->fit_count < MAX_FITS)
        w->fits[w->fit_count++] = section;
    return true;
}

static bool begin_entry(struct walk *w, const struct rule *rule, const struct trie_node *node,
    size_t at, const struct caught *caught)
{
    if (w->line->inactive) {
        if (at == w->line->word_count)
            w->rc = gather_drop(w->g, rule, caught, w->line->number);
        return w->rc == RC_OK;
    }
    struct instance *i = gather_open(w->g, rule, caught, w->line->number);
    if (!i || !push_open(w, i))
        return out_of_memory(w);
    if (rule->strict)
        i->said = said_words(&w->g->scratch, node, caught, &rule->action);
    w->taken = true;
    read_options(w, i, at);
    return w->rc == RC_OK;
}

#define MOST_PREFIXES 4 /* one inside the other */

/* What stands behind a prefix is looked up from the beginning again. */
static void pass_prefix(struct walk *w, const struct visit *v, const struct below *below, size_t at,
    const struct caught *caught)
{
    const struct caught mark = {caught, &below->mark, NULL, 0, w->line->number, false};
    struct trie_node *root = w->g->r->rules.root;
    size_t passed = 0;
    for (const struct caught *c = caught; c; c = c->before)
        passed += c->capture->name == w->g->r->marked;
    if (passed == MOST_PREFIXES)
        return;
    if (at == w->line->word_count) {
        if (!push_thread(w, (struct thread){root, &mark, NULL}))
            out_of_memory(w);
        return;
    }
    struct visit behind = {.end = v->end};
    visit_node(w, &behind, root, at, &mark);
}

static bool end_match(struct walk *w, const struct visit *v, const struct trie_node *node,
    size_t at, const struct caught *caught)
{
    for (const struct trie_end *end = node->ends; end; end = end->next) {
        const struct rule *rule = end->what;
        if (!rule_applies(w, rule))
            continue;
        if (rule->below)
            pass_prefix(w, v, rule->below, at, caught);
        else if (rule->pass)
            w->passed = true;
        else if (!rule->section)
            w->suspicious = said_words(&w->g->scratch, node, caught, &rule->action);
        else if (fits_first(w, rule->section) && !begin_entry(w, rule, node, at, caught))
            return false;
    }
    return false; /* other kinds of entry may be spoken of too */
}

static void read_matches(struct walk *w, const struct trie_node *node, const struct caught *caught)
{
    struct visit v = {.end = end_match, .goes_on = node->parent && !node->fresh};
    visit_node(w, &v, node, 0, caught);
}

/* ---- lines ---- */

static int close_levels(struct walk *w, size_t depth)
{
    while (w->height > depth) {
        struct level *l = &w->levels[--w->height];
        for (size_t i = 0; i < l->open_count; i++) {
            int rc = gather_close(w->g, l->open[i]);
            if (rc)
                return rc;
        }
        l->open_count = l->thread_count = 0;
    }
    return RC_OK;
}

static void read_inside(struct walk *w, const struct level *above)
{
    for (size_t t = 0, end; t < above->thread_count && !w->rc; t = end) {
        const struct thread *thread = &above->threads[t];
        for (end = t + 1; thread->instance && end < above->thread_count; end++)
            if (above->threads[end].instance != thread->instance)
                break;
        if (thread->instance && !w->line->inactive)
            continue_options(w, thread, end - t);
        else if (!thread->instance)
            read_matches(w, thread->node, thread->caught);
    }
    for (size_t i = 0; i < above->open_count && !w->rc && !w->line->inactive; i++)
        read_options(w, above->open[i], 0);
}

/* A line that no rule took, in a block of which that is true as well: is it an account's? */
static void look_for_lost(struct walk *w, const struct level *above)
{
    struct level *l = w->level;
    l->account = NULL;
    l->known =
        w->taken || w->passed || w->suspicious || w->line->is_text || (above && above->known);
    if (l->known)
        return;
    l->account = lost_account(w->g, w->line, above ? above->account : NULL, &w->rc);
    if (!l->account || w->rc || !lost_secret(w->g->r, w->line))
        return;
    w->rc = gather_unread(w->g, l->account, w->line->number);
    l->known = true;
}

static int take_line(void *ctx, const struct syntax_line *read)
{
    struct walk *w = ctx;
    struct syntax_line here = *read, *line = &here;
    line->number += w->before;
    line->last += w->before;
    size_t depth = line->depth < SYNTAX_MAX_DEPTH ? line->depth : SYNTAX_MAX_DEPTH - 1;
    int rc = close_levels(w, depth);
    if (rc)
        return rc;
    depth = w->height; /* a reader that skips a depth means the next one */
    w->height = depth + 1;
    w->line = line;
    w->g->last = line->last;
    w->level = &w->levels[depth];
    w->level->dead = line->inactive || (depth && w->levels[depth - 1].dead);
    w->fit_count = 0;
    w->taken = w->passed = false;
    w->suspicious = NULL;
    if (depth && w->levels[depth - 1].dead)
        return RC_OK;
    if (w->g->r->conditional && !line->inactive && (rc = hold_words(w->g, line)))
        return rc;
    if (depth == 0)
        read_matches(w, w->g->r->rules.root, NULL);
    else
        read_inside(w, &w->levels[depth - 1]);
    if (!w->taken && !w->passed && w->suspicious && !w->rc && !line->inactive)
        w->rc = gather_unread(w->g, w->suspicious, line->number);
    if (!w->rc && !line->inactive)
        look_for_lost(w, depth ? &w->levels[depth - 1] : NULL);
    return w->rc;
}

static int walk(struct gather *g, const char *part, const struct syntax *syntax, const char *name,
    struct str text, uint32_t before, struct error *err)
{
    struct walk *w = calloc(1, sizeof *w);
    if (!w)
        return error_set(err, RC_NO_MEMORY, "no memory to read a config");
    w->g = g;
    w->part = part;
    w->syntax = name;
    w->before = before;
    const struct syntax_sink sink = {take_line, w};
    int rc = syntax_read(syntax, text, &sink, err);
    if (!rc)
        rc = close_levels(w, 0);
    for (size_t d = 0; d < SYNTAX_MAX_DEPTH; d++) {
        free(w->levels[d].threads);
        free(w->levels[d].open);
    }
    if (rc && err && err->code != rc)
        error_set(err, rc, "cannot read the config: too large");
    free(w);
    return rc;
}

/* The profile's entry of that name when YANG data is written so. */
static const struct lyd_node *data_syntax(const struct reader *r, const char *name)
{
    for (const struct lyd_node *n = lyd_child(r->platform->data); n; n = n->next)
        if (strcmp(LYD_NAME(n), "syntax") == 0 && strcmp(yang_leaf(n, "name"), name) == 0)
            return strcmp(yang_leaf(n, "shape"), "data") == 0 ? n : NULL;
    return NULL;
}

int walk_part(struct gather *g, const char *part, struct str text, struct error *err)
{
    const char *name;
    const struct syntax *syntax = part_syntax(g->r->syntaxes, part, text, &name);
    if (!syntax)
        return error_set(
            err, RC_SETTINGS, "platform %s has no syntax for part %s", g->r->platform->name, part);
    const struct lyd_node *data = data_syntax(g->r, name);
    return data ? map_part(g, data, part, text, err) : walk(g, part, syntax, name, text, 0, err);
}

int walk_inside(struct gather *g, const char *part, const char *syntax, struct str text,
    uint32_t first, struct error *err)
{
    const struct syntax *found = part_syntax_named(g->r->syntaxes, syntax);
    if (!found)
        return error_set(
            err, RC_SETTINGS, "platform %s has no syntax %s", g->r->platform->name, syntax);
    return walk(g, part, found, syntax, text, first ? first - 1 : 0, err);
}
