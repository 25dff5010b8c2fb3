/* Statements of one key become one entry. */
#include <stdlib.h>

#include "access/gather.h"
#include "access/hashed.h"

struct merged {
    char *key;
    struct section *section;
    struct merged_key keys[3];
    struct field *first, **end;       /* of statements that make the entry */
    struct field *added, **added_end; /* of those that only add to it */
    struct draft_line lines[DRAFT_MAX_LINES];
    uint32_t line_count;
    bool exists, lost;
    UT_hash_handle hh;
};

static struct merged *find_merged(
    struct gather *g, struct section *section, const struct merged_key *keys)
{
    size_t len = sizeof section;
    for (size_t k = 0; k < section->key_count; k++)
        len += keys[k].len + sizeof(size_t);
    char *key = arena_take(&g->scratch, len);
    if (!key)
        return NULL;
    char *at = key;
    memcpy(at, &section, sizeof section);
    at += sizeof section;
    for (size_t k = 0; k < section->key_count; k++) {
        memcpy(at, &keys[k].len, sizeof(size_t));
        at += sizeof(size_t);
        memcpy(at, keys[k].value, keys[k].len);
        at += keys[k].len;
    }
    struct merged *m;
    HASH_FIND(hh, g->entries, key, len, m);
    if (m)
        return m;
    m = arena_take(&g->scratch, sizeof *m);
    if (!m)
        return NULL;
    m->key = key;
    m->section = section;
    memcpy(m->keys, keys, section->key_count * sizeof *keys);
    m->end = &m->first;
    m->added_end = &m->added;
    HASH_ADD_KEYPTR(hh, g->entries, m->key, len, m);
    return m->lost ? NULL : m;
}

static void forget(struct merged *m)
{
    m->first = NULL;
    m->end = &m->first;
    m->line_count = 0;
    m->exists = false;
}

/* An entry may be spoken of twice in one line: by two mappings. */
static void add_line(struct merged *m, struct draft_line line)
{
    for (uint32_t i = 0; i < m->line_count; i++)
        if (m->lines[i].part == line.part && m->lines[i].number == line.number)
            return;
    if (m->line_count < DRAFT_MAX_LINES)
        m->lines[m->line_count++] = line;
}

/* Copies of `fields`, without those that are keys, onto `*end`, which moves. */
static bool copy_values(struct gather *g, const struct field *fields, struct field ***end)
{
    for (const struct field *f = fields; f; f = f->next) {
        if (f->target->key)
            continue;
        struct field *made = arena_take(&g->scratch, sizeof *made);
        if (!made)
            return false;
        *made = *f;
        made->next = NULL;
        **end = made;
        *end = &made->next;
    }
    return true;
}

/* Hand an instance's fields over; a copy of `values` when there are several takers, each of which
 * has a key of its own. */
static bool merge_into(struct gather *g, struct merged *m, const struct instance *i, bool copy,
    const struct field *values)
{
    if (i->rule->delete) {
        forget(m);
        return true;
    }
    struct field ***end = i->rule->attach ? &m->added_end : &m->end;
    add_line(m, (struct draft_line){i->part, i->line});
    if (!i->rule->attach)
        m->exists = true;
    if (!copy && i->first) {
        **end = i->first;
        *end = i->end;
        return true;
    }
    return copy_values(g, values, end);
}

#define MAX_PRODUCT 4096 /* entries that a statement may speak of when several keys have values */
#define MAX_COPIES ((size_t)1 << 22) /* of its fields, one set for each entry */

struct key_values {
    struct merged_key *at;
    size_t count;
};

/* Is `f` a word on the key `name`, and no weaker or earlier one than `than`? */
static bool speaks_of_key(const struct field *f, const char *name, const struct field *than)
{
    return f->target->key && strcmp(f->target->path, name) == 0 &&
           (!than || f->priority > than->priority ||
               (f->priority == than->priority && f->seq >= than->seq));
}

/* The values of a key: all that one statement gave, the last of those of the highest priority. */
static bool list_key(
    struct gather *g, const struct instance *i, const char *name, struct key_values *out)
{
    const struct field *best = NULL;
    size_t room = 1;
    for (const struct field *f = i->first; f; f = f->next)
        if (speaks_of_key(f, name, best)) {
            best = f;
            room++;
        }
    out->at = arena_take(&g->scratch, room * sizeof *out->at);
    if (!out->at)
        return false;
    out->count = 0;
    for (const struct field *f = i->first; f && best; f = f->next)
        if (speaks_of_key(f, name, best))
            out->at[out->count++] =
                (struct merged_key){f->value, f->len, f->target->kind == TARGET_SECRET};
    if (out->count == 0 && strcmp(name, "realm") == 0)
        out->at[out->count++] = (struct merged_key){"local", 5, false};
    return true;
}

static int merge_all(struct gather *g, const struct instance *i, struct key_values values[3])
{
    struct section *section = i->rule->section;
    size_t total = 1, most = 0;
    for (size_t k = 0; k < section->key_count; k++) {
        total *= values[k].count;
        most = values[k].count > most ? values[k].count : most;
        if (total == 0) /* an entry without a name */
            return i->rule->strict && i->said ? gather_unread(g, i->said, i->line) : RC_OK;
        /* a list of names is as long as its text; a product of lists is not */
        if (total > most && total > MAX_PRODUCT)
            return RC_LIMIT;
    }
    struct field *said_of_all = NULL, **end = &said_of_all;
    if (total > 1 && !copy_values(g, i->first, &end))
        return RC_NO_MEMORY;
    size_t copies = 0;
    for (const struct field *f = said_of_all; f; f = f->next)
        copies += total;
    if (copies > MAX_COPIES)
        return RC_LIMIT;
    for (size_t n = 0; n < total; n++) {
        struct merged_key keys[3] = {{0}};
        size_t rest = n;
        for (size_t k = 0; k < section->key_count; k++) {
            keys[k] = values[k].at[rest % values[k].count];
            rest /= values[k].count;
        }
        struct merged *m = find_merged(g, section, keys);
        if (!m || !merge_into(g, m, i, total > 1, said_of_all))
            return RC_NO_MEMORY;
    }
    return RC_OK;
}

int gather_close(struct gather *g, struct instance *i)
{
    if (i->owner != i)
        return RC_OK;
    int rc = gather_settle(g, i);
    if (rc)
        return rc;
    return hold(g, i) ? RC_OK : gather_merge(g, i);
}

int gather_merge(struct gather *g, const struct instance *i)
{
    const struct section *section = i->rule->section;
    struct key_values values[3];
    for (size_t k = 0; k < section->key_count; k++)
        if (!list_key(g, i, section->keys[k], &values[k]))
            return RC_NO_MEMORY;
    return merge_all(g, i, values);
}

/* ---- entries that are not found by their key ---- */

static int each_of(struct gather *g, const struct target *target, struct merged *m,
    const struct field *f, int (*take)(struct gather *g, struct merged *m, const struct field *f))
{
    int rc = RC_OK;
    for (; f && !rc; f = f->next)
        if (f->target == target)
            rc = take(g, m, f);
    return rc;
}

int merged_each(struct gather *g, const struct target *target,
    int (*take)(struct gather *g, struct merged *m, const struct field *f))
{
    int rc = RC_OK;
    for (struct merged *m = g->entries; m && !rc; m = m->hh.next) {
        if (!m->exists)
            continue;
        rc = each_of(g, target, m, m->first, take);
        if (!rc)
            rc = each_of(g, target, m, m->added, take);
    }
    return rc;
}

int merged_give(struct gather *g, struct merged *m, const struct instance *i, uint32_t sub)
{
    const struct target *by = i->rule->by;
    add_line(m, (struct draft_line){i->part, i->line});
    for (const struct field *f = i->first; f; f = f->next) {
        if (f->target == by)
            continue;
        struct field *made = arena_take(&g->scratch, sizeof *made);
        if (!made)
            return RC_NO_MEMORY;
        *made = *f;
        made->next = NULL;
        if (sub && f->target->in_list && f->target->unit == by->unit)
            made->sub = sub;
        *m->added_end = made;
        m->added_end = &made->next;
    }
    return RC_OK;
}

int gather_drop(struct gather *g, const struct rule *rule, const struct caught *c, uint32_t line)
{
    struct rule *undo = arena_take(&g->scratch, sizeof *undo);
    if (!undo)
        return RC_NO_MEMORY;
    *undo = *rule;
    undo->delete = true;
    struct instance *i = gather_open(g, undo, c, line);
    return i ? gather_close(g, i) : RC_NO_MEMORY;
}

int gather_unread(struct gather *g, const char *text, uint32_t line)
{
    if (g->unread++ >= GATHER_MOST_UNREAD)
        return RC_OK;
    static const struct rule rule;
    char *copy = arena_dup(&g->scratch, str_of(text));
    if (!copy)
        return RC_NO_MEMORY;
    struct merged_key key[3] = {{copy, strlen(copy), false}};
    struct merged *m = find_merged(g, g->r->unread, key);
    struct instance i = {.rule = &rule, .line = line, .part = g->part};
    return m && merge_into(g, m, &i, true, NULL) ? RC_OK : RC_NO_MEMORY;
}

/* ---- the end ---- */

static int order_of_entries(const struct merged *a, const struct merged *b)
{
    if (a->section != b->section)
        return a->section->order < b->section->order ? -1 : 1;
    for (size_t k = 0; k < a->section->key_count; k++) {
        size_t len = a->keys[k].len < b->keys[k].len ? a->keys[k].len : b->keys[k].len;
        int order = memcmp(a->keys[k].value, b->keys[k].value, len);
        if (order)
            return order;
        if (a->keys[k].len != b->keys[k].len)
            return a->keys[k].len < b->keys[k].len ? -1 : 1;
    }
    return 0;
}

static int finish_entry(struct gather *g, const struct merged *m, struct draft_entry *out)
{
    size_t count = 0;
    for (struct field *f = m->first; f; f = f->next)
        count++;
    for (struct field *f = m->added; f; f = f->next)
        count++;
    struct field **fields = calloc(count + 1, sizeof *fields);
    out->lines = arena_take(&g->d->arena, (m->line_count + 1) * sizeof *out->lines);
    if (!fields || !out->lines) {
        free(fields);
        return RC_NO_MEMORY;
    }
    memcpy(out->lines, m->lines, m->line_count * sizeof *out->lines);
    out->line_count = m->line_count;
    out->section = pick_name(g, m->section);
    count = 0;
    for (struct field *f = m->first; f; f = f->next)
        fields[count++] = f;
    for (struct field *f = m->added; f; f = f->next)
        fields[count++] = f;
    int rc = out->section ? pick_fields(g, m->section, m->keys, fields, count, out) : RC_NO_MEMORY;
    free(fields);
    return rc;
}

int gather_finish(struct gather *g)
{
    int rc = hold_finish(g);
    if (rc)
        return rc;
    HASH_SORT(g->entries, order_of_entries);
    struct draft *d = g->d;
    d->entries = arena_take(&d->arena, (HASH_COUNT(g->entries) + 1) * sizeof *d->entries);
    if (!d->entries)
        return RC_NO_MEMORY;
    for (struct merged *m = g->entries; m; m = m->hh.next) {
        if (!m->exists)
            continue;
        rc = finish_entry(g, m, &d->entries[d->entry_count++]);
        if (rc)
            return rc;
    }
    return RC_OK;
}

void gather_free(struct gather *g)
{
    hold_free(g);
    HASH_CLEAR(hh, g->entries);
    arena_wipe(&g->scratch);
}
