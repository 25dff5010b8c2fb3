/* What a NETCONF device's data means is learned once for all devices with the same modules: a job
 * of its own (DRIVER_LEARN), for which a collector fetches and compiles them. It only explains: a
 * device whose modules cannot be learned is read, compared and reported all the same. */
#ifndef ROLLCALL_COLLECT_LEARN_H
#define ROLLCALL_COLLECT_LEARN_H

#include "collect/collect.h"
#include "drivers/netconf/modules.h"

/* Longest that one takes, and what comes before and after it. */
#define LESSON_MOST_S 900

/* After a pull: whether its set of modules should be learned. `set` gets the set's name. False also
 * when that failed within the last day, and for devices that only call us. */
bool collection_unlearned(
    const struct collection *collection, const struct result *result, char set[MODULES_ID_SIZE]);

/* Whether its first version is on the way: that one waits for its lesson, so that it is explained.
 * Others do not, since alerts must not wait. */
bool collection_is_first(const struct collection *collection);

/* Keep the device for so much longer. */
int collection_extend(struct collection *collection, unsigned seconds, struct error *err);

struct lesson;

/* The lesson for a pull's set of modules, by the same way and the same credential, to the server
 * with the same host keys. It outlives the collection. */
int lesson_begin(const struct collection *collection, const struct result *result,
    struct lesson **out, struct error *err);

/* The job; borrowed. The second one wipes it: secrets are not kept for longer than needed. */
const struct driver_job *lesson_job(const struct lesson *lesson);
void lesson_forget_job(struct lesson *lesson);

const char *lesson_device(const struct lesson *lesson);

/* Keep what came, or remember that nothing did; frees both. An error is for the log. */
int lesson_end(struct lesson *lesson, struct result *result, struct error *err);
void lesson_free(struct lesson *lesson);

#endif
