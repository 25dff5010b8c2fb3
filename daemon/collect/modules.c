/* Other YANG modules on the device: its software changed, not its config. */
#include <stdio.h>
#include <stdlib.h>

#include "collect/evidence.h"
#include "collect/run.h"

/* Names shown in one event; its evidence has more. */
#define MOST_NAMES 20

const struct part *modules_part(const struct driver_result *driver)
{
    return part_find(driver->parts, driver->part_count, MODULES_PART);
}

/* A line of the part: `module NAME REVISION ...`. */
struct module {
    struct str kind, name, revision, line;
    uint32_t number;
};

struct module_list {
    struct module *at;
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    const struct module *one = a, *two = b;
    const struct str pairs[3][2] = {
        {one->kind, two->kind}, {one->name, two->name}, {one->revision, two->revision}};
    for (size_t i = 0; i < 3; i++) {
        struct str x = pairs[i][0], y = pairs[i][1];
        int order = memcmp(x.at, y.at, x.len < y.len ? x.len : y.len);
        if (order || x.len != y.len)
            return order ? order : x.len < y.len ? -1 : 1;
    }
    return 0;
}

static int list_modules(struct str text, struct module_list *out)
{
    struct str rest = text, line;
    size_t room = 1;
    uint32_t number = 0;
    while (str_next_line(&rest, &line))
        room++;
    out->at = calloc(room, sizeof *out->at);
    if (!out->at)
        return RC_NO_MEMORY;
    while (str_next_line(&text, &line)) {
        struct module m = {.line = line, .number = ++number};
        struct str words = line;
        if (str_next_word(&words, &m.kind) && *m.kind.at != '#' && str_next_word(&words, &m.name) &&
            str_next_word(&words, &m.revision))
            out->at[out->count++] = m;
    }
    qsort(out->at, out->count, sizeof *out->at, by_name);
    return RC_OK;
}

struct upgrade {
    size_t added, removed, changed;
    struct buf before, after; /* names of what is gone and of what came */
    struct evidence evidence[EVIDENCE_MOST];
    size_t evidence_count, names_before, names_after;
};

static int show_module(struct upgrade *u, const struct module *m, bool after)
{
    static char part[] = MODULES_PART;
    struct buf *out = after ? &u->after : &u->before;
    size_t *names = after ? &u->names_after : &u->names_before;
    if (u->evidence_count < EVIDENCE_MOST)
        u->evidence[u->evidence_count++] =
            (struct evidence){.after = after, .part = part, .line = m->number};
    if (++*names > MOST_NAMES)
        return *names == MOST_NAMES + 1 ? buf_add(out, " ...") : RC_OK;
    int rc = out->len ? buf_add_char(out, ' ') : RC_OK;
    rc = rc ? rc : buf_add_escaped(out, m->name);
    rc = rc ? rc : buf_add_char(out, '@');
    return rc ? rc : buf_add_escaped(out, m->revision);
}

static int order_of(const struct module_list *was, size_t i, const struct module_list *is, size_t j)
{
    if (i == was->count || j == is->count)
        return i == was->count ? 1 : -1;
    struct module one = was->at[i], two = is->at[j];
    one.revision = two.revision = (struct str){"", 0};
    return by_name(&one, &two);
}

static int compare(const struct module_list *was, const struct module_list *is, struct upgrade *u)
{
    int rc = RC_OK;
    for (size_t i = 0, j = 0; rc == RC_OK && (i < was->count || j < is->count);) {
        int order = order_of(was, i, is, j);
        bool same = order == 0 && str_equal(was->at[i].line, is->at[j].line);
        u->added += order > 0;
        u->removed += order < 0;
        u->changed += order == 0 && !same;
        if (order <= 0 && !same)
            rc = show_module(u, &was->at[i], false);
        if (rc == RC_OK && order >= 0 && !same)
            rc = show_module(u, &is->at[j], true);
        i += order <= 0;
        j += order >= 0;
    }
    return rc;
}

static int raise(struct run *r, struct upgrade *u, struct error *err)
{
    size_t known = r->events.count;
    char subject[120];
    snprintf(subject, sizeof subject, "%zu added, %zu removed, %zu changed", u->added, u->removed,
        u->changed);
    int rc = event_raise(r->c->setup.meaning, "modules-changed", subject,
        u->before.len ? buf_text(&u->before) : NULL, u->after.len ? buf_text(&u->after) : NULL,
        &r->events, err);
    if (rc == RC_OK && evidence_attach(&r->events, known, u->evidence, u->evidence_count))
        rc = error_set(err, RC_NO_MEMORY, "no memory for an event");
    return rc;
}

int find_modules(struct run *r, struct error *err)
{
    const struct part *was = modules_part(&r->known.parts);
    const struct part *is = modules_part(&r->result->driver);
    struct module_list before = {0}, after = {0};
    if (!was || !is || str_equal(buf_str(&was->text), buf_str(&is->text)))
        return RC_OK;
    struct upgrade *u = calloc(1, sizeof *u);
    int rc = u && !list_modules(buf_str(&was->text), &before) &&
                     !list_modules(buf_str(&is->text), &after) && !compare(&before, &after, u)
                 ? RC_OK
                 : error_set(err, RC_NO_MEMORY, "no memory to compare modules");
    if (rc == RC_OK && u->added + u->removed + u->changed)
        rc = raise(r, u, err);
    free(before.at);
    free(after.at);
    if (u) {
        buf_free(&u->before);
        buf_free(&u->after);
    }
    free(u);
    return rc;
}
