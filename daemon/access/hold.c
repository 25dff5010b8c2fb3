/* Statements that can be merged only when everything is read: those behind a prefix that counts
 * when somebody refers to it, and those that find their entries by another value than the key. */
#include "access/gather.h"
#include "access/hashed.h"

#define MOST_GIVEN 1000000 /* statements times entries that they add to */

/* A word of `when` and the name that stood behind it: a set. */
struct referred {
    char *key;
    bool lost;
    UT_hash_handle hh;
};

/* Where a value stands of a leaf that rules find entries by. */
struct found {
    struct merged *entry;
    uint32_t sub;
    struct found *next;
};

struct value_found {
    char *key;
    struct found *first;
    bool lost;
    UT_hash_handle hh;
};

static void append(struct instance **first, struct instance ***end, struct instance *i)
{
    if (!*first)
        *end = first;
    **end = i;
    *end = &i->held;
}

bool hold(struct gather *g, struct instance *i)
{
    if (i->conditions)
        append(&g->conditional, &g->conditional_end, i);
    else if (i->rule->by)
        append(&g->by, &g->by_end, i);
    return i->conditions || i->rule->by;
}

/* `first` and `second` as one key. NULL: no memory. */
static char *join(struct gather *g, struct str first, struct str second, size_t *len)
{
    char *key = arena_take(&g->scratch, first.len + second.len + 2);
    if (!key)
        return NULL;
    memcpy(key, first.at, first.len);
    memcpy(key + first.len + 1, second.at, second.len);
    *len = first.len + 1 + second.len;
    return key;
}

/* ---- prefixes ---- */

static struct referred *find_referred(
    struct gather *g, const char *when, struct str name, char **key, size_t *len)
{
    struct referred *found = NULL;
    if ((*key = join(g, str_of(when), name, len)))
        HASH_FIND(hh, g->referred, *key, *len, found);
    return found;
}

static int refer(struct gather *g, const char *when, struct str name)
{
    size_t len;
    char *key;
    if (find_referred(g, when, name, &key, &len))
        return RC_OK;
    struct referred *made = arena_take(&g->scratch, sizeof *made);
    if (!key || !made)
        return RC_NO_MEMORY;
    made->key = key;
    HASH_ADD_KEYPTR(hh, g->referred, made->key, len, made);
    return made->lost ? RC_NO_MEMORY : RC_OK;
}

int hold_words(struct gather *g, const struct syntax_line *line)
{
    const char *when = NULL;
    int rc = RC_OK;
    for (size_t i = 0; i < line->word_count && !rc; i++) {
        if (when)
            rc = refer(g, when, line->words[i]);
        for (const struct below *b = when ? NULL : g->r->belows; b && !when; b = b->next)
            if (b->when && str_is(line->words[i], b->when))
                when = b->when;
    }
    return rc;
}

/* 1: all its conditions hold; 0: not; else an error. */
static int is_referred(struct gather *g, const struct instance *i)
{
    for (const struct condition *c = i->conditions; c; c = c->next) {
        size_t len;
        char *key;
        bool found = find_referred(g, c->below->when, c->name, &key, &len);
        if (!found)
            return key ? 0 : RC_NO_MEMORY;
    }
    return 1;
}

/* ---- entries by a value ---- */

static char *value_key(
    struct gather *g, const struct target *target, const struct field *f, size_t *len)
{
    struct str start = {(const char *)&target, sizeof target};
    return join(g, start, (struct str){f->value, f->len}, len);
}

static int note_value(struct gather *g, struct merged *m, const struct field *f)
{
    size_t len;
    char *key = value_key(g, f->target, f, &len);
    struct found *found = arena_take(&g->scratch, sizeof *found);
    struct value_found *at = NULL;
    if (!key || !found)
        return RC_NO_MEMORY;
    HASH_FIND(hh, g->values, key, len, at);
    if (!at) {
        if (!(at = arena_take(&g->scratch, sizeof *at)))
            return RC_NO_MEMORY;
        at->key = key;
        HASH_ADD_KEYPTR(hh, g->values, at->key, len, at);
        if (at->lost)
            return RC_NO_MEMORY;
    }
    if (at->first && at->first->entry == m && at->first->sub == f->sub)
        return RC_OK; /* said twice */
    *found = (struct found){m, f->sub, at->first};
    at->first = found;
    return RC_OK;
}

/* Each leaf that a rule at hand finds entries by is looked through once. */
static int note_values(struct gather *g)
{
    for (const struct instance *i = g->by; i; i = i->held) {
        const struct instance *same = g->by;
        while (same != i && same->rule->by != i->rule->by)
            same = same->held;
        int rc = same == i ? merged_each(g, i->rule->by, note_value) : RC_OK;
        if (rc)
            return rc;
    }
    return RC_OK;
}

static int give(struct gather *g, const struct instance *i, const struct field *value)
{
    size_t len;
    char *key = value_key(g, i->rule->by, value, &len);
    struct value_found *at = NULL;
    if (!key)
        return RC_NO_MEMORY;
    HASH_FIND(hh, g->values, key, len, at);
    for (const struct found *f = at ? at->first : NULL; f; f = f->next) {
        if (++g->given > MOST_GIVEN)
            return RC_LIMIT;
        int rc = merged_give(g, f->entry, i, i->rule->by->in_list ? f->sub : 0);
        if (rc)
            return rc;
    }
    return RC_OK;
}

static int give_all(struct gather *g)
{
    int rc = note_values(g);
    for (const struct instance *i = g->by; i && !rc; i = i->held)
        for (const struct field *f = i->first; f && !rc; f = f->next)
            if (f->target == i->rule->by)
                rc = give(g, i, f);
    return rc;
}

int hold_finish(struct gather *g)
{
    int rc = RC_OK;
    for (struct instance *i = g->conditional, *next; i && rc >= 0; i = next) {
        next = i->held;
        i->held = NULL;
        if ((rc = is_referred(g, i)) != 1)
            continue;
        i->conditions = NULL;
        rc = hold(g, i) ? RC_OK : gather_merge(g, i);
    }
    return rc < 0 ? rc : give_all(g);
}

void hold_free(struct gather *g)
{
    HASH_CLEAR(hh, g->referred);
    HASH_CLEAR(hh, g->values);
}
