/* Lessons under way: between a pull and its end, modules that nobody knows are learned, once for
 * all devices that wait for the same (collect/learn.h). For whoever has a pool and collections. */
#ifndef ROLLCALL_LESSONS_H
#define ROLLCALL_LESSONS_H

#include "collect/collect.h"
#include "watch/pool.h"

struct lessons;

/* A collection that was held may end now: `tag` and `result` are what lessons_hold() was given. */
typedef void lessons_go(void *ctx, void *tag, struct result *result);

int lessons_new(
    struct pool *pool, lessons_go *go, void *ctx, struct lessons **out, struct error *err);
/* Results that are still held are freed; their collections are the caller's. The pool must have
 * dropped its jobs. NULL is fine. */
void lessons_free(struct lessons *lessons);

/* A pull has ended. Starts a lesson where one is due. True: the collection is the first of its
 * device and waits, the result with it; `go` follows. False: end it now. */
bool lessons_hold(
    struct lessons *lessons, struct collection *collection, struct result *result, void *tag);

/* A job of the pool has ended: whether it was a lesson. Then it takes the result, and calls `go`
 * for all that waited. */
bool lessons_took(struct lessons *lessons, const void *tag, struct result *result);

#endif
