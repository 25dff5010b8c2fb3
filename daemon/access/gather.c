#include "access/gather.h"

#include <stdio.h>
#include <stdlib.h>

#include "access/keyblob.h"

/* ---- captures ---- */

const struct caught *caught_keep(struct gather *g, const struct caught *c)
{
    if (!c || c->kept)
        return c;
    struct caught *kept = arena_take(&g->scratch, sizeof *kept);
    struct str *words = arena_take(&g->scratch, (c->count + 1) * sizeof *words);
    if (!kept || !words)
        return NULL;
    for (size_t i = 0; i < c->count; i++) {
        words[i] = (struct str){arena_dup(&g->scratch, c->words[i]), c->words[i].len};
        if (!words[i].at)
            return NULL;
    }
    *kept = *c;
    kept->words = words;
    kept->kept = true;
    if (c->before && !(kept->before = caught_keep(g, c->before)))
        return NULL;
    return kept;
}

/* The table's word for a value: the profile's before that of the mapping at work. */
static struct str translate(const struct target *target, unsigned rank, struct str value)
{
    for (const struct value_map *map = target->map; map; map = map->next)
        if ((map->rank == 0 || map->rank == rank) && str_is(value, map->from))
            return str_of(map->to);
    return value;
}

static struct latest *latest_of(const struct instance *i, const struct target *target)
{
    struct latest *l = i->owner->latest;
    while (l && l->field->target != target)
        l = l->next;
    return l;
}

/* Behind all that the statement said so far. */
static bool put_last(struct gather *g, struct instance *owner, struct field *f)
{
    struct latest *l = latest_of(owner, f->target);
    if (!l) {
        if (!(l = arena_take(&g->scratch, sizeof *l)))
            return false;
        l->next = owner->latest;
        owner->latest = l;
    }
    l->field = f;
    f->made = owner->made++;
    *owner->end = f;
    owner->end = &f->next;
    return true;
}

static struct field *add_field(struct gather *g, struct instance *i, struct target *target,
    struct str value, enum priority priority, uint32_t seq, uint32_t sub, uint32_t line)
{
    struct field *f = arena_take(&g->scratch, sizeof *f);
    value = translate(target, g->rank, value);
    if (value.len > DRAFT_MAX_VALUE)
        value.len = DRAFT_MAX_VALUE;
    if (!f || !(f->value = arena_dup(&g->scratch, value)))
        return NULL;
    f->target = target;
    f->len = f->room = value.len;
    f->line = line;
    f->part = g->part;
    f->seq = seq;
    f->sub = sub;
    f->rank = g->rank;
    f->priority = priority < i->most ? priority : i->most;
    return put_last(g, i->owner, f) ? f : NULL;
}

/* The field that this statement gave to `target` already, behind the first `start` of its entry. */
static struct field *find_field(
    const struct instance *i, uint32_t start, const struct target *target, uint32_t seq)
{
    const struct latest *l = latest_of(i, target);
    return l && l->field->made >= start && l->field->seq == seq ? l->field : NULL;
}

static bool append(struct gather *g, struct field *f, struct str more)
{
    if (f->len + more.len > DRAFT_MAX_VALUE)
        return true; /* no key is that long */
    if (f->len + more.len > f->room) {
        size_t room = (f->len + more.len) * 2;
        char *grown = arena_take(&g->scratch, room + 1);
        if (!grown)
            return false;
        memcpy(grown, f->value, f->len);
        f->value = grown;
        f->room = room;
    }
    memcpy(f->value + f->len, more.at, more.len);
    f->len += more.len;
    f->value[f->len] = '\0';
    return true;
}

/* Several words as one value, with or without a blank between. */
static bool join_words(
    struct gather *g, const struct str *words, size_t count, const char *between, struct str *out)
{
    if (count == 1) {
        *out = words[0];
        return true;
    }
    size_t len = 0;
    for (size_t i = 0; i < count; i++)
        len += words[i].len + strlen(between);
    char *text = arena_take(&g->scratch, len + 1);
    if (!text)
        return false;
    len = 0;
    for (size_t i = 0; i < count; i++) {
        if (i && *between)
            text[len++] = *between;
        memcpy(text + len, words[i].at, words[i].len);
        len += words[i].len;
    }
    *out = (struct str){text, len};
    return true;
}

struct applying {
    struct gather *g;
    struct instance *i;
    const struct action *action;
    uint32_t start; /* fields of the entry before it */
    uint32_t seq, sub;
};

static bool add_number(struct applying *a, struct target *target, const struct caught *c)
{
    char text[32], *end;
    struct str word = c->words[0];
    if (word.len == 0 || word.len > 10)
        return true;
    memcpy(text, word.at, word.len);
    text[word.len] = '\0';
    long long value = strtoll(text, &end, 10);
    if (*end || value < 0)
        return true;
    value *= c->capture->factor;
    struct field *f = find_field(a->i, a->start, target, a->seq);
    if (f)
        value += strtoll(f->value, NULL, 10);
    int len = snprintf(text, sizeof text, "%lld", value);
    struct str number = {text, (size_t)len};
    if (!f)
        return add_field(a->g, a->i, target, number, a->action->priority, a->seq, a->sub, c->line);
    f->len = 0;
    return append(a->g, f, number);
}

/* One of several keys that stand in one value: each is an entry. */
struct several {
    struct applying *a;
    struct target *target;
    const struct caught *c;
    uint32_t sub;
};

static int add_key(void *ctx, struct str key)
{
    struct several *s = ctx;
    struct applying *a = s->a;
    bool added =
        add_field(a->g, a->i, s->target, key, a->action->priority, a->seq, s->sub, s->c->line);
    s->sub = ++a->g->sub;
    return added ? RC_OK : RC_NO_MEMORY;
}

static bool add_value(
    struct applying *a, struct target *target, const struct caught *c, struct str value)
{
    if (target->kind == TARGET_BLOB && a->action->into && c->capture->take != TAKE_JOIN) {
        struct several several = {a, target, c, a->sub};
        int count = key_blob_each(value, add_key, &several);
        if (count)
            return count > 0;
    }
    if (!c->capture->split)
        return add_field(a->g, a->i, target, value, a->action->priority, a->seq, a->sub, c->line);
    while (value.len) {
        const char *comma = memchr(value.at, ',', value.len);
        size_t len = comma ? (size_t)(comma - value.at) : value.len;
        struct str one = str_trim((struct str){value.at, len});
        if (one.len &&
            !add_field(a->g, a->i, target, one, a->action->priority, a->seq, a->sub, c->line))
            return false;
        value.at += len + (comma != NULL);
        value.len -= len + (comma != NULL);
    }
    return true;
}

static bool add_variable(struct applying *a, const struct caught *c)
{
    struct variable *v = a->i->owner->variables;
    struct str value;
    while (v && v->name != c->capture->name)
        v = v->next;
    if (!v) {
        if (!(v = arena_take(&a->g->scratch, sizeof *v)))
            return false;
        v->name = c->capture->name;
        v->next = a->i->owner->variables;
        a->i->owner->variables = v;
    }
    return join_words(a->g, c->words, c->count, " ", &value) &&
           (v->value = arena_dup(&a->g->scratch, value));
}

static bool add_condition(struct applying *a, const struct caught *c)
{
    const struct below *below = (const struct below *)c->capture; /* its first member */
    struct instance *owner = a->i->owner;
    if (below->yields && owner->most > PRIORITY_YIELDING)
        owner->most = PRIORITY_YIELDING;
    if (!below->when)
        return true;
    struct condition *made = arena_take(&a->g->scratch, sizeof *made);
    if (!made || !(made->name.at = arena_dup(&a->g->scratch, c->before->words[0])))
        return false;
    made->name.len = c->before->words[0].len;
    made->below = below;
    made->next = owner->conditions;
    owner->conditions = made;
    return true;
}

static const struct binding *find_binding(const struct action *action, const char *name)
{
    for (size_t i = 0; i < action->binding_count; i++)
        if (action->bindings[i].name == name)
            return &action->bindings[i];
    return NULL;
}

static struct target *bound_target(const struct action *action, const char *name)
{
    const struct binding *binding = find_binding(action, name);
    return binding ? binding->target : NULL;
}

static bool add_caught(struct applying *a, const struct caught *c)
{
    struct gather *g = a->g;
    const char *name = c->capture->name;
    if (name == g->r->marked)
        return add_condition(a, c);
    const struct binding *binding = find_binding(a->action, name);
    if (binding && c->capture->prefix && !binding->prefix)
        return true; /* the rule knows better */
    struct target *target = binding ? binding->target : NULL;
    if (g->secret && (name == g->r->hidden || (target && target->kind == TARGET_SECRET)))
        if (g->secret(g->secret_ctx, c->words, c->count, c->line))
            return false;
    if (name[0] == '$')
        return add_variable(a, c);
    if (!target)
        return true;
    if (c->capture->factor)
        return add_number(a, target, c);
    struct str value;
    switch (c->capture->take) {
    case TAKE_EACH:
        for (size_t i = 0; i < c->count; i++)
            if (!add_value(a, target, c, c->words[i]))
                return false;
        return true;
    case TAKE_JOIN: {
        struct field *f = find_field(a->i, a->i->start, target, a->seq);
        if (!join_words(g, c->words, c->count, "", &value))
            return false;
        return f ? append(g, f, value) : add_value(a, target, c, value);
    }
    default:
        return join_words(g, c->words, c->count, " ", &value) && add_value(a, target, c, value);
    }
}

/* In the order of the words: the chain runs backwards. */
static bool add_all_caught(struct applying *a, const struct caught *c)
{
    return !c || (add_all_caught(a, c->before) && add_caught(a, c));
}

/* ---- templates ---- */

static const char *look_up(const struct instance *i, const struct action *action, const char *name)
{
    if (name[0] == '$') {
        for (const struct variable *v = i->owner->variables; v; v = v->next)
            if (v->name == name)
                return v->value;
        return NULL;
    }
    const struct target *target = bound_target(action, name);
    const struct latest *l = target && target->kind != TARGET_SECRET ? latest_of(i, target) : NULL;
    return l ? l->field->value : NULL;
}

/* False when there is nothing to assign. Blanks are squeezed: a part that is missing leaves none.
 */
static bool fill_template(const struct instance *i, const struct action *action,
    const struct template_piece *piece, struct buf *out)
{
    bool named = false, found = false;
    for (; piece; piece = piece->next) {
        const char *value = piece->name ? look_up(i, action, piece->name) : NULL;
        named |= piece->name != NULL;
        found |= value != NULL;
        struct str rest = piece->name ? str_of(value ? value : "") : piece->text;
        for (size_t at = 0; at < rest.len; at++)
            if (rest.at[at] != ' ' || (out->len && out->data[out->len - 1] != ' '))
                if (buf_add_char(out, rest.at[at]))
                    return false;
    }
    while (out->len && out->data[out->len - 1] == ' ')
        out->data[--out->len] = '\0';
    return found || !named;
}

static bool assign(
    struct applying *a, const struct assignment *sets, enum priority priority, uint32_t line)
{
    for (; sets; sets = sets->next) {
        struct buf value = {.cap = DRAFT_MAX_VALUE};
        bool any = fill_template(a->i, a->action, sets->pieces, &value);
        bool ok = !any || add_field(a->g, a->i, sets->target, buf_str(&value), priority, a->seq,
                              a->sub, line);
        buf_wipe(&value);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- instances ---- */

struct instance *gather_open(
    struct gather *g, const struct rule *rule, const struct caught *c, uint32_t line)
{
    struct instance *i = arena_take(&g->scratch, sizeof *i);
    if (!i)
        return NULL;
    i->rule = rule;
    i->options = rule->action.options;
    i->owner = i;
    i->end = &i->first;
    i->line = line;
    i->part = g->part;
    i->most = rule->action.priority;
    i->opening = ++g->seq;
    struct applying a = {g, i, &rule->action, i->made, i->opening, 0};
    return add_all_caught(&a, c) ? i : NULL;
}

int gather_option(struct gather *g, struct instance *i, const struct action *option,
    const struct caught *c, uint32_t line, struct instance **inside)
{
    struct instance *to = i;
    *inside = NULL;
    uint32_t seq = i->seq ? i->seq : ++g->seq, sub = option->into ? ++g->sub : i->sub;
    if (option->options) {
        to = arena_take(&g->scratch, sizeof *to);
        if (!to)
            return RC_NO_MEMORY;
        *to = (struct instance){.rule = i->rule,
            .options = option->options,
            .owner = i->owner,
            .start = i->owner->made,
            .seq = seq,
            .sub = sub,
            .line = line,
            .most = option->priority < i->most ? option->priority : i->most,
            .said = i->said};
        *inside = to;
    }
    struct applying a = {g, to, option, i->owner->made, seq, sub};
    if (!add_all_caught(&a, c) || !assign(&a, option->sets, option->priority, line))
        return RC_NO_MEMORY;
    return RC_OK;
}

int gather_add(struct gather *g, struct instance *i, const struct gather_value *value)
{
    return add_field(g, i, value->target, value->text, value->priority, i->opening, value->sub,
               value->line)
               ? RC_OK
               : RC_NO_MEMORY;
}

int gather_settle(struct gather *g, struct instance *i)
{
    struct applying a = {g, i, &i->rule->action, i->made, i->opening, 0};
    if (!assign(&a, i->rule->action.sets, PRIORITY_NORMAL, i->line) ||
        !assign(&a, i->rule->defaults, PRIORITY_DEFAULT, i->line))
        return RC_NO_MEMORY;
    return RC_OK;
}
