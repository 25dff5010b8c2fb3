/* Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), section 4b: in linear space, by
 * the middle of a shortest path. Its time is quadratic for sequences that have little in common, so
 * past a budget only what is unique on both sides is matched ("patience"), in n log n. */
#include "diff/sequence.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct range {
    uint32_t a, a_end, b, b_end;
};

struct matcher {
    const uint32_t *a, *b;
    uint32_t *match;
    int64_t *budget;
    int32_t *forward, *backward; /* furthest x on each diagonal */
    uint32_t *a_seen, *b_seen;   /* by id: how often; then place in b */
    uint32_t *chain, *previous;  /* of the longest rising chain */
};

static void trim(struct matcher *m, struct range *r)
{
    while (r->a < r->a_end && r->b < r->b_end && m->a[r->a] == m->b[r->b])
        m->match[r->a++] = r->b++;
    while (r->a < r->a_end && r->b < r->b_end && m->a[r->a_end - 1] == m->b[r->b_end - 1])
        m->match[--r->a_end] = --r->b_end;
}

/* ---- Myers ---- */

enum outcome { SPLIT, NOTHING_COMMON, TOO_DEAR };

/* One direction of the search, at distance d. */
struct front {
    int32_t *furthest; /* of the diagonals, from the middle; -1: not reached */
    const int32_t *other;
    int32_t low, high; /* diagonals at the edges that left the field */
    bool backward;
};

static bool equal_at(
    const struct matcher *m, const struct range *r, bool backward, int32_t x, int32_t y)
{
    if (backward)
        return m->a[r->a_end - 1 - (uint32_t)x] == m->b[r->b_end - 1 - (uint32_t)y];
    return m->a[r->a + (uint32_t)x] == m->b[r->b + (uint32_t)y];
}

/* Go one step further on every diagonal. True when the fronts met, at (*at_x, *at_y). */
static bool advance(struct matcher *m, const struct range *r, struct front *f, int32_t d,
    int32_t max, uint32_t *at_x, uint32_t *at_y)
{
    int32_t n = (int32_t)(r->a_end - r->a), k_end = (int32_t)(r->b_end - r->b), delta = n - k_end;
    bool may_meet = (delta % 2 != 0) != f->backward;
    for (int32_t k = -d + f->low; k <= d - f->high; k += 2) {
        int32_t *v = f->furthest + k;
        int32_t x = k == -d || (k != d && v[-1] < v[1]) ? v[1] : v[-1] + 1, y = x - k;
        while (x < n && y < k_end && equal_at(m, r, f->backward, x, y))
            x++, y++;
        *v = x;
        (*m->budget)--;
        if (x > n) {
            f->high += 2;
        } else if (y > k_end) {
            f->low += 2;
        } else if (may_meet) {
            int32_t opposite = delta - k;
            if (opposite < -max || opposite > max || f->other[opposite] == -1 ||
                x + f->other[opposite] < n)
                continue;
            *at_x = (uint32_t)(f->backward ? n - x : x);
            *at_y = (uint32_t)(f->backward ? k_end - y : y);
            return true;
        }
    }
    return false;
}

/* A point on a shortest path, near its middle. */
static enum outcome find_middle(
    struct matcher *m, const struct range *r, uint32_t *at_x, uint32_t *at_y)
{
    int32_t max = (int32_t)((r->a_end - r->a + r->b_end - r->b + 1) / 2);
    struct front forward = {.furthest = m->forward + max + 1, .other = m->backward + max + 1};
    struct front backward = {
        .furthest = m->backward + max + 1, .other = m->forward + max + 1, .backward = true};
    for (int32_t k = -max - 1; k <= max + 1; k++)
        forward.furthest[k] = backward.furthest[k] = -1;
    forward.furthest[1] = backward.furthest[1] = 0;
    for (int32_t d = 0; d <= max; d++) {
        if (advance(m, r, &forward, d, max, at_x, at_y) ||
            advance(m, r, &backward, d, max, at_x, at_y))
            return SPLIT;
        if (*m->budget < 0)
            return TOO_DEAR;
    }
    return NOTHING_COMMON;
}

/* ---- what is unique on both sides ---- */

static void count_ids(struct matcher *m, const struct range *r)
{
    for (uint32_t i = r->a; i < r->a_end; i++)
        m->a_seen[m->a[i]] = 0, m->b_seen[m->a[i]] = 0;
    for (uint32_t i = r->b; i < r->b_end; i++)
        m->a_seen[m->b[i]] = 0, m->b_seen[m->b[i]] = 0;
    for (uint32_t i = r->a; i < r->a_end; i++)
        m->a_seen[m->a[i]]++;
    for (uint32_t i = r->b; i < r->b_end; i++)
        m->b_seen[m->b[i]]++;
}

/* Longest chain of unique elements that rises on both sides. match[] holds the candidates' places
 * in b until it is known which of them are in it. */
static void match_unique(struct matcher *m, const struct range *r)
{
    uint32_t length = 0;
    count_ids(m, r);
    for (uint32_t i = r->b; i < r->b_end; i++)
        if (m->a_seen[m->b[i]] == 1 && m->b_seen[m->b[i]] == 1)
            m->a_seen[m->b[i]] = UINT32_MAX, m->b_seen[m->b[i]] = i;
    for (uint32_t i = r->a; i < r->a_end; i++) {
        if (m->a_seen[m->a[i]] != UINT32_MAX)
            continue;
        uint32_t place = m->b_seen[m->a[i]], low = 0, high = length;
        while (low < high) {
            uint32_t half = low + (high - low) / 2;
            if (m->match[m->chain[half]] < place)
                low = half + 1;
            else
                high = half;
        }
        m->match[i] = place;
        m->previous[i] = low ? m->chain[low - 1] : NO_MATCH;
        m->chain[low] = i;
        length += low == length;
    }
    uint32_t keep = length ? m->chain[length - 1] : NO_MATCH;
    for (uint32_t i = r->a_end; i-- > r->a;) {
        if (i == keep)
            keep = m->previous[i];
        else
            m->match[i] = NO_MATCH;
    }
}

/* The same neighbours of what was matched. */
static void extend_matches(struct matcher *m, const struct range *r)
{
    struct range gap = *r;
    for (uint32_t i = r->a; i <= r->a_end; i++) {
        if (i < r->a_end && m->match[i] == NO_MATCH)
            continue;
        gap.a_end = i;
        gap.b_end = i < r->a_end ? m->match[i] : r->b_end;
        trim(m, &gap);
        gap.a = i + 1;
        gap.b = i < r->a_end ? m->match[i] + 1 : r->b_end;
    }
}

static void match_range(struct matcher *m, struct range r)
{
    uint32_t x = 0, y = 0;
    trim(m, &r);
    if (r.a == r.a_end || r.b == r.b_end)
        return;
    enum outcome outcome = *m->budget < 0 ? TOO_DEAR : find_middle(m, &r, &x, &y);
    if (outcome == SPLIT) {
        match_range(m, (struct range){r.a, r.a + x, r.b, r.b + y});
        match_range(m, (struct range){r.a + x, r.a_end, r.b + y, r.b_end});
    } else if (outcome == TOO_DEAR) {
        match_unique(m, &r);
        extend_matches(m, &r);
    }
}

int sequence_match(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count,
    uint32_t id_count, int64_t *budget, uint32_t *match, struct error *err)
{
    size_t diagonals = (size_t)a_count + b_count + 8, ids = (size_t)id_count + 1;
    struct matcher m = {
        .a = a,
        .b = b,
        .match = match,
        .budget = budget,
        .forward = calloc(diagonals, sizeof *m.forward),
        .backward = calloc(diagonals, sizeof *m.backward),
        .a_seen = calloc(ids, sizeof *m.a_seen),
        .b_seen = calloc(ids, sizeof *m.b_seen),
        .chain = calloc((size_t)a_count + 1, sizeof *m.chain),
        .previous = calloc((size_t)a_count + 1, sizeof *m.previous),
    };
    bool full = !m.forward || !m.backward || !m.a_seen || !m.b_seen || !m.chain || !m.previous;
    for (uint32_t i = 0; i < a_count; i++)
        match[i] = NO_MATCH;
    if (!full)
        match_range(&m, (struct range){0, a_count, 0, b_count});
    free(m.forward);
    free(m.backward);
    free(m.a_seen);
    free(m.b_seen);
    free(m.chain);
    free(m.previous);
    return full ? error_set(err, RC_NO_MEMORY, "no memory to compare sequences") : RC_OK;
}
