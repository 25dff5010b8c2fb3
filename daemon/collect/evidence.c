#include "collect/evidence.h"

#include <stdlib.h>

struct places {
    struct evidence *at; /* sorted; parts are borrowed */
    size_t count;
};

static int by_place(const void *a, const void *b)
{
    const struct evidence *one = a, *two = b;
    if (one->after != two->after)
        return one->after ? 1 : -1;
    if (one->line != two->line)
        return one->line < two->line ? -1 : 1;
    return strcmp(one->part, two->part);
}

static void places_sort(struct places *p)
{
    qsort(p->at, p->count, sizeof *p->at, by_place);
}

static bool places_have(const struct places *p, bool after, const char *part, uint32_t line)
{
    struct evidence key = {after, (char *)(uintptr_t)part, line};
    return p->count && bsearch(&key, p->at, p->count, sizeof *p->at, by_place);
}

static int places_of_events(const struct events *events, struct places *out)
{
    size_t total = 0;
    for (size_t i = 0; i < events->count; i++)
        total += events->at[i].evidence_count;
    out->at = calloc(total + 1, sizeof *out->at);
    if (!out->at)
        return RC_NO_MEMORY;
    for (size_t i = 0; i < events->count; i++)
        for (size_t j = 0; j < events->at[i].evidence_count; j++)
            out->at[out->count++] = events->at[i].evidence[j];
    places_sort(out);
    return RC_OK;
}

static int places_of_changes(const struct line_changes *changes, struct places *out)
{
    out->at = calloc(changes->count + 1, sizeof *out->at);
    if (!out->at)
        return RC_NO_MEMORY;
    for (size_t i = 0; i < changes->count; i++) {
        const struct line_change *c = &changes->at[i];
        out->at[out->count++] = (struct evidence){c->added, (char *)(uintptr_t)c->part, c->line};
    }
    places_sort(out);
    return RC_OK;
}

static bool is_covered(
    const struct line_change *c, const struct places *proven, const struct places *changed)
{
    if (places_have(proven, c->added, c->part, c->line))
        return true;
    for (size_t i = 0; i < c->section_depth; i++)
        if (places_have(proven, c->added, c->part, c->section[i]) &&
            places_have(changed, c->added, c->part, c->section[i]))
            return true;
    return false;
}

static bool is_inside(const struct line_change *c, const struct line_change *outer)
{
    if (c->added != outer->added || strcmp(c->part, outer->part) != 0)
        return false;
    for (size_t i = 0; i < c->section_depth; i++)
        if (c->section[i] == outer->line)
            return true;
    return false;
}

/* A line that only opens what is inside it says no more than that does: the block around a key.
 * What is inside follows it. */
static bool only_opens(const struct line_changes *changes, size_t outer,
    const struct places *proven, const struct places *changed)
{
    size_t i = outer + 1;
    while (i < changes->count && is_inside(&changes->at[i], &changes->at[outer])) {
        if (!is_covered(&changes->at[i], proven, changed))
            return false;
        i++;
    }
    return i > outer + 1;
}

int event_raise(const struct meaning *m, const char *event, const char *subject, const char *before,
    const char *after, struct events *out, struct error *err)
{
    int rc = event_add(m, event, subject, before, after, out, err);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static int attach(struct event *event, const struct evidence *lines, size_t count)
{
    struct evidence *more =
        realloc(event->evidence, (event->evidence_count + count + 1) * sizeof *more);
    if (!more)
        return RC_NO_MEMORY;
    event->evidence = more;
    for (size_t i = 0; i < count; i++) {
        struct evidence copy = lines[i];
        copy.part = strdup(lines[i].part);
        if (!copy.part)
            return RC_NO_MEMORY;
        more[event->evidence_count++] = copy;
    }
    return RC_OK;
}

int evidence_attach(struct events *events, size_t from, const struct evidence *lines, size_t count)
{
    int rc = RC_OK;
    for (size_t i = from; rc == RC_OK && i < events->count; i++)
        rc = attach(&events->at[i], lines, count);
    return rc;
}

int evidence_uncovered(const struct meaning *m, const struct platform *platform,
    const struct line_changes *changes, struct events *out, struct error *err)
{
    struct places proven = {0}, changed = {0}, open = {0};
    int rc = RC_NO_MEMORY;
    size_t known = out->count;
    open.at = calloc(EVIDENCE_MOST + 1, sizeof *open.at);
    if (!open.at || places_of_events(out, &proven) || places_of_changes(changes, &changed))
        goto out;
    for (size_t i = 0; i < changes->count && open.count <= EVIDENCE_MOST; i++) {
        const struct line_change *c = &changes->at[i];
        if (platform_part_in_force(platform, c->part) && !is_covered(c, &proven, &changed) &&
            !only_opens(changes, i, &proven, &changed))
            open.at[open.count++] =
                (struct evidence){c->added, (char *)(uintptr_t)c->part, c->line};
    }
    rc = open.count ? event_raise(m, "config-changed", "", NULL, NULL, out, err) : RC_OK;
    if (rc == RC_OK && open.count)
        rc = evidence_attach(out, known, open.at, open.count);
out:
    free(proven.at);
    free(changed.at);
    free(open.at);
    return rc == RC_NO_MEMORY ? error_set(err, rc, "no memory to compare configs") : rc;
}
