/* Of all that statements said of an entry, what counts: the last word on each value, all of a list,
 * secrets named by their scheme, public keys by their fingerprint. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "access/gather.h"
#include "access/keyblob.h"

struct picking {
    struct gather *g;
    const struct section *section;
    struct draft_entry *out;
    uint32_t room, sub;
};

static int compare_text(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order ? order : (a_len > b_len) - (a_len < b_len);
}

static bool is_harmless(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] < ' ' || value.at[i] > '~')
            return false;
    return true;
}

/* As it is when it is a secret, else without what could hurt a terminal or a tree. */
static bool keep_value(struct arena *arena, struct str value, bool secret, struct str *kept)
{
    if (secret || is_harmless(value)) {
        *kept = (struct str){arena_dup(arena, value), value.len};
        return kept->at != NULL;
    }
    struct buf clean = {.cap = DRAFT_MAX_VALUE * 5};
    if (buf_add_escaped(&clean, value))
        return false;
    if (clean.len > DRAFT_MAX_VALUE) /* escaping has blown it up */
        clean.len = DRAFT_MAX_VALUE / 8 * 7;
    while (clean.len && !utf8_valid(clean.data, clean.len))
        clean.len--;
    *kept = (struct str){arena_dup(arena, buf_str(&clean)), clean.len};
    buf_free(&clean);
    return kept->at != NULL;
}

/* The draft's own copy of a name that is the reader's: the draft may live longer. */
static const char *draft_name(struct gather *g, const char *name)
{
    for (const struct draft_name *n = g->draft_names; n; n = n->next)
        if (n->from == name)
            return n->copy;
    struct draft_name *made = arena_take(&g->scratch, sizeof *made);
    if (!made || !(made->copy = arena_dup(&g->d->arena, str_of(name))))
        return NULL;
    made->from = name;
    made->next = g->draft_names;
    g->draft_names = made;
    return made->copy;
}

static int put(struct picking *p, const char *path, struct str value, bool secret,
    const struct field *from, uint32_t sub)
{
    struct draft_entry *e = p->out;
    struct arena *arena = &p->g->d->arena;
    if (e->field_count == p->room) {
        uint32_t room = p->room ? p->room * 2 : 8;
        struct draft_field *grown = arena_take(arena, room * sizeof *grown);
        if (!grown)
            return RC_NO_MEMORY;
        if (e->field_count)
            memcpy(grown, e->fields, e->field_count * sizeof *grown);
        e->fields = grown;
        p->room = room;
    }
    struct draft_field *f = &e->fields[e->field_count];
    *f = (struct draft_field){.path = draft_name(p->g, path), .sub = sub, .secret = secret};
    if (from)
        f->line = (struct draft_line){from->part, from->line};
    if (!f->path || !keep_value(arena, value, secret, &f->value))
        return RC_NO_MEMORY;
    e->field_count++;
    return RC_OK;
}

static struct str value_of(const struct field *f)
{
    return (struct str){f->value, f->len};
}

/* ---- secrets ---- */

static bool has(struct field **fields, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i]->target->path, path) == 0)
            return true;
    return false;
}

static int put_scheme(struct picking *p, struct field **fields, size_t count,
    const struct field *written, const struct field *value)
{
    const struct field *from = written ? written : value;
    const struct scheme *scheme = scheme_find(p->g->r, from ? from->rank : 0,
        written ? written->value : NULL, value ? value_of(value) : STR(""));
    const char *name = scheme ? scheme->name : written ? written->value : NULL;
    const char *strength = scheme ? scheme->strength : NULL;
    if (!name && value && value->len == 0)
        name = "empty";
    if (name && !strength && (strcmp(name, "empty") == 0 || strcmp(name, "clear") == 0))
        strength = "none";
    int rc = name ? put(p, "secret/scheme", str_of(name), false, from, 0) : RC_OK;
    if (!rc && strength && !has(fields, count, "secret/strength"))
        rc = put(p, "secret/strength", str_of(strength), false, from, 0);
    if (!rc && scheme && scheme->is_volatile && !has(fields, count, "secret/volatile"))
        rc = put(p, "secret/volatile", STR("true"), false, from, 0);
    return rc;
}

/* Scheme and value of one statement. A masked value says only that there is one. */
static int put_secret(struct picking *p, struct field **fields, size_t count)
{
    const struct field *value = NULL, *written = NULL;
    int rc = RC_OK;
    for (size_t i = 0; i < count; i++) {
        if (fields[i]->target->kind == TARGET_SECRET)
            value = fields[i];
        else if (strcmp(fields[i]->target->path, "secret/scheme") == 0)
            written = fields[i];
    }
    if (value && value->len && secret_is_masked(p->g->r, value_of(value)))
        return put(p, "secret/scheme", STR("hidden"), false, value, 0);
    for (size_t i = 0; i < count && !rc; i++)
        if (fields[i]->target->kind != TARGET_SECRET &&
            strcmp(fields[i]->target->path, "secret/scheme") != 0 &&
            !has(fields, i, fields[i]->target->path))
            rc = put(p, fields[i]->target->path, value_of(fields[i]), false, fields[i], 0);
    rc = rc ? rc : put_scheme(p, fields, count, written, value);
    if (!rc && value && value->len)
        rc = put(p, "secret/fingerprint", value_of(value), true, value, 0);
    return rc;
}

/* ---- units: what one statement says of one node ---- */

static int put_field(struct picking *p, const struct field *f)
{
    if (!f->target->commands)
        return put(p, f->target->path, value_of(f), false, f, 0);
    struct buf shown = {.cap = DRAFT_MAX_VALUE * 2};
    int rc = secrets_hide(p->g->r, value_of(f), &shown);
    rc = rc ? rc : put(p, f->target->path, buf_str(&shown), false, f, 0);
    buf_wipe(&shown);
    return rc;
}

/* Whose word counts more: what does not give way, then what rules and earlier mappings say. */
static int compare_weight(const struct field *a, const struct field *b)
{
    if (a->priority != b->priority)
        return a->priority > b->priority ? 1 : -1;
    return (a->rank < b->rank) - (a->rank > b->rank);
}

/* Of a mapping several entries may speak of one secret, one of its value and another of its form:
 * behind what the last one says, what the last one with a value says. */
static size_t add_value_of_secret(
    struct field **fields, size_t kept, size_t count, const struct field *best)
{
    const struct field *value = NULL;
    for (size_t i = 0; i < kept; i++)
        if (fields[i]->target->kind == TARGET_SECRET)
            return kept;
    for (size_t i = kept; i < count; i++)
        if (fields[i]->target->kind == TARGET_SECRET && compare_weight(fields[i], best) == 0 &&
            (!value || fields[i]->seq >= value->seq))
            value = fields[i];
    for (size_t i = kept; value && i < count; i++) {
        struct field *f = fields[i];
        if (f->seq != value->seq || compare_weight(f, best) != 0 ||
            has(fields, kept, f->target->path))
            continue;
        fields[i] = fields[kept];
        fields[kept++] = f;
    }
    return kept;
}

/* A leaf, or a container below the entry: the last statement of the most weight has it. */
static int pick_last(struct picking *p, struct field **fields, size_t count)
{
    const struct field *best = fields[0];
    for (size_t i = 1; i < count; i++) {
        int order = compare_weight(fields[i], best);
        if (order > 0 || (order == 0 && fields[i]->seq >= best->seq))
            best = fields[i];
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (compare_weight(fields[i], best) == 0 && fields[i]->seq == best->seq) {
            struct field *f = fields[i];
            fields[i] = fields[kept];
            fields[kept++] = f;
        }
    if (strcmp(best->target->unit, "secret") != 0)
        return put_field(p, best);
    if (best->rank)
        kept = add_value_of_secret(fields, kept, count, best);
    return put_secret(p, fields, kept);
}

static int by_value(const void *a, const void *b)
{
    const struct field *x = *(struct field *const *)a, *y = *(struct field *const *)b;
    int order = compare_text(x->value, x->len, y->value, y->len);
    return order ? order : (x->seq > y->seq) - (x->seq < y->seq);
}

static int by_turn(const void *a, const void *b)
{
    const struct field *x = *(struct field *const *)a, *y = *(struct field *const *)b;
    return (x->turn > y->turn) - (x->turn < y->turn);
}

/* A leaf-list: every value once, in the config's order where that counts. */
static int pick_values(struct picking *p, struct field **fields, size_t count)
{
    const struct field *most = fields[0];
    for (size_t i = 1; i < count; i++)
        if (compare_weight(fields[i], most) > 0)
            most = fields[i];
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (compare_weight(fields[i], most) == 0)
            fields[kept++] = fields[i];
    qsort(fields, kept, sizeof *fields, by_value);
    size_t once = 0;
    for (size_t i = 0; i < kept; i++)
        if (i == 0 || compare_text(fields[i]->value, fields[i]->len, fields[once - 1]->value,
                          fields[once - 1]->len) != 0)
            fields[once++] = fields[i];
    if (fields[0]->target->ordered)
        qsort(fields, once, sizeof *fields, by_turn);
    for (size_t i = 0; i < once; i++) {
        int rc = put_field(p, fields[i]);
        if (rc)
            return rc;
    }
    return RC_OK;
}

/* ---- public keys: entries of a list below the entry ---- */

struct sub_entry {
    struct field **fields;
    size_t count;
    struct key_blob blob; /* of a TARGET_BLOB among them */
    const struct field *key;
    const char *name; /* its fingerprint: what sorts it */
};

static int by_name(const void *a, const void *b)
{
    const struct sub_entry *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    if (order)
        return order;
    if (x->fields[0]->rank != y->fields[0]->rank)
        return x->fields[0]->rank < y->fields[0]->rank ? -1 : 1;
    return (x->fields[0]->sub > y->fields[0]->sub) - (x->fields[0]->sub < y->fields[0]->sub);
}

static int read_sub_entry(struct picking *p, struct sub_entry *s)
{
    s->name = "";
    for (size_t i = 0; i < s->count; i++) {
        const struct field *f = s->fields[i];
        if (f->target->kind == TARGET_BLOB) {
            s->key = f;
            key_blob_read(value_of(f), &s->blob);
            s->name = arena_dup(&p->g->scratch, str_of(s->blob.fingerprint));
        } else if (strcmp(f->target->path, "ssh-key/fingerprint") == 0 && !s->key) {
            s->name = f->value;
        }
    }
    return s->name ? RC_OK : RC_NO_MEMORY;
}

/* Does one of the entries before `s`, which are of its key, say something of the node? */
static bool said_before(const struct sub_entry *first, const struct sub_entry *s, const char *path)
{
    for (; first < s; first++)
        if (has(first->fields, first->count, path))
            return true;
    return false;
}

static int put_fields_of(
    struct picking *p, const struct sub_entry *first, const struct sub_entry *s, uint32_t sub)
{
    int rc = RC_OK;
    for (size_t i = 0; i < s->count && !rc; i++) {
        const struct field *f = s->fields[i];
        if (f == s->key || strcmp(f->target->path, "ssh-key/fingerprint") == 0 ||
            said_before(first, s, f->target->path))
            continue;
        rc = put(p, f->target->path, value_of(f), false, f, sub);
    }
    return rc;
}

#define MOST_SAME 16 /* entries of one key that are asked for more; mappings are few */

/* Entries from `first` to before `end` are of one key: each value is that of the first which has
 * it. */
static int put_sub_entry(
    struct picking *p, const struct sub_entry *first, const struct sub_entry *end)
{
    uint32_t sub = ++p->sub;
    if (end - first > MOST_SAME)
        end = first + MOST_SAME;
    const struct field *from = first->key ? first->key : first->fields[0];
    int rc = put(p, "ssh-key/fingerprint", str_of(first->name), false, from, sub);
    if (!rc && first->key && !said_before(first, end, "ssh-key/algorithm") &&
        first->blob.algorithm.len)
        rc = put(p, "ssh-key/algorithm", first->blob.algorithm, false, first->key, sub);
    if (!rc && first->key && !said_before(first, end, "ssh-key/comment") && first->blob.comment.len)
        rc = put(p, "ssh-key/comment", first->blob.comment, false, first->key, sub);
    for (const struct sub_entry *s = first; s < end && !rc; s++)
        rc = put_fields_of(p, first, s, sub);
    return rc;
}

/* `fields` are sorted by turn; those of one entry share their number. */
static int pick_sub_entries(struct picking *p, struct field **fields, size_t count)
{
    struct sub_entry *subs = calloc(count, sizeof *subs);
    size_t made = 0;
    int rc = subs ? RC_OK : RC_NO_MEMORY;
    for (size_t i = 0; i < count && !rc; made++) {
        struct sub_entry *s = &subs[made];
        s->fields = &fields[i];
        while (i < count && fields[i]->sub == s->fields[0]->sub) {
            s->count++;
            i++;
        }
        rc = read_sub_entry(p, s);
    }
    if (!rc)
        qsort(subs, made, sizeof *subs, by_name);
    for (size_t i = 0, end; i < made && !rc; i = end) {
        for (end = i + 1; end < made && strcmp(subs[end].name, subs[i].name) == 0;)
            end++;
        if (*subs[i].name)
            rc = put_sub_entry(p, &subs[i], &subs[end]);
    }
    for (size_t i = 0; subs && i < made; i++)
        key_blob_free(&subs[i].blob);
    free(subs);
    return rc;
}

/* ---- an entry ---- */

static int by_unit(const void *a, const void *b)
{
    const struct field *x = *(struct field *const *)a, *y = *(struct field *const *)b;
    if (x->target->unit != y->target->unit)
        return strcmp(x->target->unit, y->target->unit);
    if (x->target->in_list && x->sub != y->sub)
        return x->sub < y->sub ? -1 : 1;
    return by_turn(a, b);
}

/* Several mappings and the profile may all name it. */
static bool is_default_community(const struct reader *r, struct str value)
{
    for (const char **c = r->communities; c && *c; c++)
        if (str_is(value, *c))
            return true;
    return false;
}

static int put_keys(
    struct picking *p, const struct merged_key *keys, struct field **fields, size_t count)
{
    const struct reader *r = p->g->r;
    for (size_t k = 0; k < p->section->key_count; k++) {
        struct str value = {keys[k].value, keys[k].len};
        const struct field *from = count ? fields[0] : NULL;
        bool masked = keys[k].secret && secret_is_masked(r, value);
        int rc = masked ? put(p, p->section->keys[k], STR("hidden"), false, from, 0)
                        : put(p, p->section->keys[k], value, keys[k].secret, from, 0);
        if (!rc && keys[k].secret && is_default_community(r, value))
            rc = put(p, "default", STR("true"), false, from, 0);
        if (rc)
            return rc;
    }
    return RC_OK;
}

const char *pick_name(struct gather *g, const struct section *section)
{
    return draft_name(g, section->path);
}

int pick_fields(struct gather *g, const struct section *section, const struct merged_key *keys,
    struct field **fields, size_t count, struct draft_entry *out)
{
    struct picking p = {.g = g, .section = section, .out = out};
    int rc = put_keys(&p, keys, fields, count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (!fields[i]->target->key) {
            fields[i]->turn = (uint32_t)kept;
            fields[kept++] = fields[i];
        }
    qsort(fields, kept, sizeof *fields, by_unit);
    for (size_t i = 0, end; i < kept && !rc; i = end) {
        const struct target *t = fields[i]->target;
        for (end = i; end < kept && fields[end]->target->unit == t->unit;)
            end++;
        if (t->in_list)
            rc = pick_sub_entries(&p, fields + i, end - i);
        else if (t->kind == TARGET_LEAF_LIST)
            rc = pick_values(&p, fields + i, end - i);
        else
            rc = pick_last(&p, fields + i, end - i);
    }
    return rc;
}
