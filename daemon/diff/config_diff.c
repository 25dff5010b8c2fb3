/* Differences of two configs, section by section.
 *
 * Sections with the same hash are not looked into. Lines whose order means nothing are matched as
 * multisets, by sorting; the others as sequences. */
#include <stdlib.h>

#include "diff/config_tree.h"
#include "diff/sequence.h"

#define SEQUENCE_BUDGET 30000000 /* steps of one comparison of two configs: some 0.2 s */
#define SECTIONS_CAP ((size_t)1 << 30)

enum side { BEFORE, AFTER };

/* A line among its sisters. */
struct child {
    uint32_t line;  /* in its part */
    uint32_t match; /* place among the other side's children, or NO_MATCH */
    bool changed;   /* matched, but something in it differs */
    bool renamed;   /* matched, but the line itself differs, and nothing in it */
};

struct children {
    struct child *at;
    uint32_t count;
};

struct differ {
    const struct config_part *part[2];
    struct line_changes *out;
    struct buf sections; /* line numbers, as uint32_t */
    struct buf scratch;
    int64_t budget;
    struct {
        const struct config_line *lines; /* of which part */
        uint32_t parent;
        size_t offset;
    } last; /* section stored last: sisters share it */
    struct error *err;
};

static int no_memory(struct differ *d)
{
    return error_set(d->err, RC_NO_MEMORY, "no memory to compare configs");
}

static const struct config_line *line_at(const struct differ *d, enum side side, uint32_t line)
{
    return &d->part[side]->lines[line];
}

/* ---- reporting ---- */

/* Store the numbers of the lines around `line`, outermost first. */
static int store_section(
    struct differ *d, enum side side, const struct config_line *line, size_t *offset, size_t *depth)
{
    uint32_t numbers[SYNTAX_MAX_DEPTH];
    const struct config_line *lines = d->part[side]->lines;
    *depth = 0;
    for (uint32_t up = line->parent; up != 0 && *depth < SYNTAX_MAX_DEPTH; up = lines[up].parent)
        numbers[SYNTAX_MAX_DEPTH - ++*depth] = lines[up].number;
    if (d->last.lines != lines || d->last.parent != line->parent) {
        d->last.lines = lines;
        d->last.parent = line->parent;
        d->last.offset = d->sections.len / sizeof *numbers;
        int rc =
            buf_append(&d->sections, numbers + SYNTAX_MAX_DEPTH - *depth, *depth * sizeof *numbers);
        if (rc)
            return error_set(d->err, rc, "the difference of the configs is too large");
    }
    *offset = d->last.offset;
    return RC_OK;
}

static int report(struct differ *d, enum side side, uint32_t at)
{
    const struct config_line *line = line_at(d, side, at);
    struct line_changes *out = d->out;
    size_t offset, depth, count = out->count;
    int rc = store_section(d, side, line, &offset, &depth);
    if (rc)
        return rc;
    if ((count & (count - 1)) == 0) {
        struct line_change *grown = realloc(out->at, (count ? count * 2 : 1) * sizeof *grown);
        if (!grown)
            return no_memory(d);
        out->at = grown;
    }
    /* finish() turns the offset into a pointer when the numbers no longer move. */
    out->at[out->count++] = (struct line_change){
        .added = side == AFTER,
        .part = d->part[side]->name,
        .line = line->number,
        .depth = (unsigned)depth,
        .text = config_raw(line),
        .section = (const uint32_t *)(uintptr_t)offset,
        .section_depth = depth,
    };
    return RC_OK;
}

/* A line and all that is in it: what follows it and hangs at or behind it. */
static int report_all(struct differ *d, enum side side, uint32_t line)
{
    const struct config_part *p = d->part[side];
    int rc = report(d, side, line);
    for (uint32_t i = line + 1; !rc && i < p->count && p->lines[i].parent >= line; i++)
        rc = report(d, side, i);
    return rc;
}

/* ---- matching of lines whose order means nothing ---- */

enum key { SAME, SAME_FIRST_INSIDE, SAME_LINE, SAME_CONTENTS };

struct keyed {
    struct hash key[2];
    uint32_t child;
};

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    int order = memcmp(x->key, y->key, sizeof x->key);
    return order ? order : (x->child > y->child) - (x->child < y->child);
}

/* Two sections whose own lines differ are one only when they are of one kind. */
static int contents_key(
    struct differ *d, enum side side, const struct config_line *line, struct keyed *out)
{
    struct str rest = config_raw(line), word = {"", 0};
    uint32_t at = (uint32_t)(line - d->part[side]->lines);
    int rc = config_contents(d->part[side], at, &d->scratch, &out->key[0], d->err);
    str_next_word(&rest, &word);
    memset(&out->key[1], 0, sizeof out->key[1]);
    memcpy(out->key[1].bytes, word.at, word.len < HASH_BYTES ? word.len : HASH_BYTES);
    return rc;
}

/* Fill in the key of a child; false when it has none of that kind. */
static bool make_key(
    struct differ *d, enum side side, uint32_t at, enum key kind, struct keyed *out, int *rc)
{
    const struct config_line *line = line_at(d, side, at);
    memset(out->key, 0, sizeof out->key);
    if (kind == SAME)
        out->key[0] = line->subtree;
    if (kind == SAME_FIRST_INSIDE || kind == SAME_LINE)
        out->key[0] = *config_own(d->part[side], line);
    if (kind == SAME || kind == SAME_LINE)
        return true;
    if (!line->child_count)
        return false;
    if (kind == SAME_FIRST_INSIDE)
        out->key[1] = line_at(d, side, at + 1)->subtree;
    else
        *rc = contents_key(d, side, line, out);
    return true;
}

/* Keys of the children of this kind of order that have no match yet, sorted. */
static int list_keys(struct differ *d, enum side side, const struct children *children,
    enum key kind, bool ordered, struct keyed **out, uint32_t *count)
{
    int rc = RC_OK;
    *count = 0;
    if (!(*out = malloc(((size_t)children->count + 1) * sizeof **out)))
        return no_memory(d);
    for (uint32_t i = 0; !rc && i < children->count; i++) {
        const struct child *c = &children->at[i];
        if (c->match == NO_MATCH && line_at(d, side, c->line)->ordered == ordered &&
            make_key(d, side, c->line, kind, &(*out)[*count], &rc))
            (*out)[(*count)++].child = i;
    }
    if (*count)
        qsort(*out, *count, sizeof **out, by_key);
    return rc;
}

static void pair(struct differ *d, struct children both[2], uint32_t before, uint32_t after)
{
    struct child *b = &both[BEFORE].at[before], *a = &both[AFTER].at[after];
    const struct config_line *x = line_at(d, BEFORE, b->line), *y = line_at(d, AFTER, a->line);
    b->match = after;
    a->match = before;
    a->renamed = b->renamed =
        hash_compare(config_own(d->part[BEFORE], x), config_own(d->part[AFTER], y)) != 0;
    a->changed = b->changed = !a->renamed && hash_compare(&x->subtree, &y->subtree) != 0;
}

/* `ordered` says on which side the order of these counts. */
static int match_by_key(
    struct differ *d, struct children both[2], enum key kind, const bool ordered[2])
{
    struct keyed *before = NULL, *after = NULL;
    uint32_t b_count = 0, a_count = 0, b = 0, a = 0;
    int rc = list_keys(d, BEFORE, &both[BEFORE], kind, ordered[BEFORE], &before, &b_count);
    if (!rc && b_count)
        rc = list_keys(d, AFTER, &both[AFTER], kind, ordered[AFTER], &after, &a_count);
    while (!rc && b < b_count && a < a_count) {
        int order = memcmp(before[b].key, after[a].key, sizeof before[b].key);
        if (order == 0)
            pair(d, both, before[b].child, after[a].child);
        b += order <= 0;
        a += order >= 0;
    }
    free(before);
    free(after);
    return rc;
}

/* ---- matching of sequences ---- */

struct token {
    const struct hash *hash;
    uint32_t *id;
};

static int by_hash(const void *a, const void *b)
{
    return hash_compare(((const struct token *)a)->hash, ((const struct token *)b)->hash);
}

struct sequence {
    uint32_t *ids;
    uint32_t *children; /* their places among the children */
    uint32_t count;
};

/* The ordered children of [from, to), unmatched. */
static bool sequence_of(const struct differ *d, enum side side, const struct children *children,
    uint32_t from, uint32_t to, struct sequence *out)
{
    out->count = 0;
    out->ids = malloc(((size_t)(to - from) + 1) * sizeof *out->ids);
    out->children = malloc(((size_t)(to - from) + 1) * sizeof *out->children);
    if (!out->ids || !out->children)
        return false;
    for (uint32_t i = from; i < to; i++)
        if (children->at[i].match == NO_MATCH && line_at(d, side, children->at[i].line)->ordered)
            out->children[out->count++] = i;
    return true;
}

/* Number the different hashes of both sequences. */
static bool number_hashes(const struct differ *d, const struct children both[2],
    struct sequence seq[2], bool whole, uint32_t *id_count)
{
    size_t total = (size_t)seq[0].count + seq[1].count, count = 0;
    struct token *tokens = malloc((total + 1) * sizeof *tokens);
    if (!tokens)
        return false;
    for (int side = BEFORE; side <= AFTER; side++)
        for (uint32_t i = 0; i < seq[side].count; i++) {
            uint32_t line = both[side].at[seq[side].children[i]].line;
            const struct config_line *l = line_at(d, (enum side)side, line);
            tokens[count++] = (struct token){
                whole ? &l->subtree : config_own(d->part[side], l), &seq[side].ids[i]};
        }
    if (count)
        qsort(tokens, count, sizeof *tokens, by_hash);
    *id_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (i && by_hash(&tokens[i - 1], &tokens[i]) != 0)
            (*id_count)++;
        *tokens[i].id = *id_count;
    }
    (*id_count)++;
    free(tokens);
    return true;
}

/* Match the ordered children of a stretch of each side: by all that is in them, or by the line
 * alone. */
static int match_stretch(struct differ *d, struct children both[2], const uint32_t from[2],
    const uint32_t to[2], bool whole)
{
    struct sequence seq[2] = {0};
    uint32_t ids = 0, *match = NULL;
    int rc = RC_OK;
    if (!sequence_of(d, BEFORE, &both[BEFORE], from[BEFORE], to[BEFORE], &seq[BEFORE]) ||
        !sequence_of(d, AFTER, &both[AFTER], from[AFTER], to[AFTER], &seq[AFTER])) {
        rc = no_memory(d);
        goto out;
    }
    if (!seq[BEFORE].count || !seq[AFTER].count)
        goto out;
    match = malloc(seq[BEFORE].count * sizeof *match);
    if (!match || !number_hashes(d, both, seq, whole, &ids)) {
        rc = no_memory(d);
        goto out;
    }
    rc = sequence_match(seq[BEFORE].ids, seq[BEFORE].count, seq[AFTER].ids, seq[AFTER].count, ids,
        &d->budget, match, d->err);
    for (uint32_t i = 0; !rc && i < seq[BEFORE].count; i++)
        if (match[i] != NO_MATCH)
            pair(d, both, seq[BEFORE].children[i], seq[AFTER].children[match[i]]);
out:
    for (int side = BEFORE; side <= AFTER; side++) {
        free(seq[side].ids);
        free(seq[side].children);
    }
    free(match);
    return rc;
}

static bool is_ordered(const struct differ *d, enum side side, const struct child *c)
{
    return line_at(d, side, c->line)->ordered;
}

/* Between the ordered lines that are the same, match those of the same words. */
static int match_gaps(struct differ *d, struct children both[2])
{
    uint32_t from[2] = {0, 0}, to[2];
    int rc = RC_OK;
    for (to[BEFORE] = 0; !rc && to[BEFORE] <= both[BEFORE].count; to[BEFORE]++) {
        bool end = to[BEFORE] == both[BEFORE].count;
        const struct child *c = end ? NULL : &both[BEFORE].at[to[BEFORE]];
        if (!end && (!is_ordered(d, BEFORE, c) || c->match == NO_MATCH))
            continue;
        to[AFTER] = end ? both[AFTER].count : c->match;
        uint32_t next[2] = {to[BEFORE] + 1, to[AFTER] + 1};
        if (to[BEFORE] > from[BEFORE] && to[AFTER] > from[AFTER])
            rc = match_stretch(d, both, from, to, false);
        memcpy(from, next, sizeof from);
    }
    return rc;
}

static bool has_ordered(const struct differ *d, enum side side, const struct children *children)
{
    for (uint32_t i = 0; i < children->count; i++)
        if (is_ordered(d, side, &children->at[i]))
            return true;
    return false;
}

/* Without a schema a line has an order among others once it has sisters. */
static int match_mixed(struct differ *d, struct children both[2])
{
    static const bool first[2] = {true, false}, second[2] = {false, true};
    int rc = RC_OK;
    for (int kind = SAME; !rc && kind <= SAME_LINE; kind++) {
        if (has_ordered(d, BEFORE, &both[BEFORE]))
            rc = match_by_key(d, both, (enum key)kind, first);
        if (!rc && has_ordered(d, AFTER, &both[AFTER]))
            rc = match_by_key(d, both, (enum key)kind, second);
    }
    return rc;
}

static int match_children(struct differ *d, struct children both[2])
{
    static const bool unordered[2] = {false, false};
    const uint32_t from[2] = {0, 0}, to[2] = {both[BEFORE].count, both[AFTER].count};
    int rc = RC_OK;
    for (int kind = SAME; !rc && kind <= SAME_CONTENTS; kind++)
        rc = match_by_key(d, both, (enum key)kind, unordered);
    rc = rc ? rc : match_stretch(d, both, from, to, true);
    rc = rc ? rc : match_gaps(d, both);
    return rc ? rc : match_mixed(d, both);
}

/* ---- sections ---- */

static bool list_children(
    const struct differ *d, enum side side, uint32_t line, struct children *out)
{
    const struct config_line *lines = d->part[side]->lines;
    out->at = malloc(((size_t)lines[line].child_count + 1) * sizeof *out->at);
    if (!out->at)
        return false;
    for (uint32_t i = config_first(d->part[side], line); i != NO_LINE; i = lines[i].next)
        out->at[out->count++] = (struct child){.line = i, .match = NO_MATCH};
    return true;
}

static int compare_section(struct differ *d, uint32_t before, uint32_t after);

static int report_after(struct differ *d, const struct children both[2], uint32_t at)
{
    const struct child *c = &both[AFTER].at[at];
    if (c->match == NO_MATCH)
        return report_all(d, AFTER, c->line);
    uint32_t before = both[BEFORE].at[c->match].line;
    if (c->changed)
        return compare_section(d, before, c->line);
    int rc = c->renamed ? report(d, BEFORE, before) : RC_OK;
    return !rc && c->renamed ? report(d, AFTER, c->line) : rc;
}

/* A removed line stands where it was: behind the place of the last matched line before it. */
struct removed {
    uint32_t before_place; /* among the children after: reported just before that one */
    uint32_t child;
};

static int by_place(const void *a, const void *b)
{
    const struct removed *x = a, *y = b;
    if (x->before_place != y->before_place)
        return x->before_place < y->before_place ? -1 : 1;
    return (x->child > y->child) - (x->child < y->child);
}

static int report_children(struct differ *d, const struct children both[2])
{
    struct removed *removed = malloc(((size_t)both[BEFORE].count + 1) * sizeof *removed);
    uint32_t count = 0, next = 0, place = 0;
    int rc = removed ? RC_OK : no_memory(d);
    for (uint32_t i = 0; !rc && i < both[BEFORE].count; i++) {
        if (both[BEFORE].at[i].match == NO_MATCH)
            removed[count++] = (struct removed){place, i};
        else
            place = both[BEFORE].at[i].match + 1;
    }
    if (count)
        qsort(removed, count, sizeof *removed, by_place);
    for (uint32_t i = 0; !rc && i <= both[AFTER].count; i++) {
        for (; !rc && next < count && removed[next].before_place == i; next++)
            rc = report_all(d, BEFORE, both[BEFORE].at[removed[next].child].line);
        if (!rc && i < both[AFTER].count)
            rc = report_after(d, both, i);
    }
    free(removed);
    return rc;
}

static int compare_section(struct differ *d, uint32_t before, uint32_t after)
{
    struct children both[2] = {0};
    int rc = RC_OK;
    if (!list_children(d, BEFORE, before, &both[BEFORE]) ||
        !list_children(d, AFTER, after, &both[AFTER]))
        rc = no_memory(d);
    rc = rc ? rc : match_children(d, both);
    rc = rc ? rc : report_children(d, both);
    free(both[BEFORE].at);
    free(both[AFTER].at);
    return rc;
}

/* ---- the whole ---- */

/* Put changes and section numbers into one block, which line_changes_free() frees. */
static int finish(struct differ *d)
{
    struct line_changes *out = d->out;
    size_t changes = out->count * sizeof *out->at;
    if (!out->count)
        return RC_OK;
    struct line_change *block = realloc(out->at, changes + d->sections.len);
    if (!block)
        return no_memory(d);
    uint32_t *numbers = (uint32_t *)(block + out->count);
    if (d->sections.len)
        memcpy(numbers, d->sections.data, d->sections.len);
    for (size_t i = 0; i < out->count; i++)
        block[i].section = numbers + (uintptr_t)block[i].section;
    out->at = block;
    return RC_OK;
}

static int compare_parts(
    struct differ *d, const struct config_part *before, const struct config_part *after)
{
    static const struct config_line root = {.parent = NO_LINE, .next = NO_LINE};
    static const struct config_part none = {
        .name = "", .lines = (struct config_line *)&root, .count = 1};
    d->part[BEFORE] = before ? before : &none;
    d->part[AFTER] = after ? after : &none;
    d->last.lines = NULL;
    if (before && after && hash_compare(&before->lines[0].subtree, &after->lines[0].subtree) == 0)
        return RC_OK;
    return compare_section(d, 0, 0);
}

int diff_config(const struct config *before, const struct config *after, struct line_changes *out,
    struct error *err)
{
    struct differ d = {.out = out, .sections = {.cap = SECTIONS_CAP}, .err = err};
    size_t b = 0, a = 0;
    int rc = RC_OK;
    d.budget = SEQUENCE_BUDGET;
    *out = (struct line_changes){0};
    while (!rc && (b < before->part_count || a < after->part_count)) {
        const struct config_part *old = b < before->part_count ? &before->parts[b] : NULL;
        const struct config_part *new = a < after->part_count ? &after->parts[a] : NULL;
        int order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);
        rc = compare_parts(&d, order <= 0 ? old : NULL, order >= 0 ? new : NULL);
        b += order <= 0;
        a += order >= 0;
    }
    rc = rc ? rc : finish(&d);
    if (rc)
        line_changes_free(out);
    buf_free(&d.sections);
    buf_free(&d.scratch);
    return rc;
}

void line_changes_free(struct line_changes *changes)
{
    if (!changes)
        return;
    free(changes->at);
    *changes = (struct line_changes){0};
}
