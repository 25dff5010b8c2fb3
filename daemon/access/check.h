/* Does a profile mean what its examples say? */
#ifndef ROLLCALL_ACCESS_CHECK_H
#define ROLLCALL_ACCESS_CHECK_H

#include "access/access.h"

/* What rooms above this one can add. Members may be NULL: then that is not checked. */
struct check_hooks {
    void *ctx;
    /* Ids of the events of a change, into `ids`, each once, sorted, a blank between. */
    int (*events)(void *ctx, const struct lyd_node *before, const struct lyd_node *after,
        struct buf *ids, struct error *err);
    /* Whether two versions differ in nothing but volatile lines and order. */
    int (*same)(void *ctx, const struct platform *platform, const struct part *before,
        size_t before_count, const struct part *after, size_t after_count, bool *same,
        struct error *err);
};

/* Told about each example: `why` is NULL when it holds, else what came instead. */
typedef void check_report(void *ctx, const char *example, const struct error *why);

/* Told about each thing that a profile which is compiled in has to show and does not: a proof
 * (rollcall-platform-manual: lacks), or on what it was tried. */
typedef void check_missing(void *ctx, const char *what);

/* Looks at what the examples say should come out; platform_check_with() tells whether it does. */
int platform_proofs(
    const struct platform *platform, check_missing *missing, void *ctx, struct error *err);

/* Run the examples of a profile, and hold its log messages against theirs. `ctx` implements
 * rollcall-access. Fails only when the profile's rules can't be compiled at all. `hooks` may be
 * NULL. */
int platform_check_with(const struct ly_ctx *ctx, const struct platform *platform,
    const struct check_hooks *hooks, check_report *report, void *report_ctx, struct error *err);

#endif
