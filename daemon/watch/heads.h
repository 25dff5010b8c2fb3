/* Signed heads of the log, sent out: to a file, a git repository, sinks, by a schedule, and with
 * events. Part of the notifier: the engine is never held up by any of it.
 *
 * Where one went, or why it did not, is in the store (store_head_places()): a head that says the
 * same as the last is not sent again, also after a restart. A place that fails is left alone for a
 * while, longer each time, and holds up no other. */
#ifndef ROLLCALL_WATCH_HEADS_H
#define ROLLCALL_WATCH_HEADS_H

#include "base/clock.h"
#include "settings/settings.h"
#include "store/store.h"

struct heads;

struct heads_setup {
    const struct heads_settings *settings;
    struct store *store; /* STORE_WRITE */
    const struct clock *clock;
    /* Hand a document to a sink. */
    int (*send)(void *ctx, const char *sink, const char *json, struct error *err);
    void *ctx;
};

/* All is borrowed, but `setup` itself. */
int heads_new(const struct heads_setup *setup, struct heads **out, struct error *err);
void heads_free(struct heads *h);

/* Send the newest head where it is due. Negative only when the store fails. */
int heads_pass(struct heads *h, struct error *err);

/* The event document with the newest head as its member "head". malloc'd; NULL: send it as it is
 * (it is no object, there is no head, no memory). */
char *heads_attach(struct heads *h, const char *json);

/* Append a note to a file, on the disk when it returns. */
int heads_to_file(const char *path, struct str note, struct error *err);
/* A commit with the note, appended to the month's file, in the working folder `path`; made when it
 * is not there. With `push` it is pushed. */
int heads_to_git(const char *path, struct str note, int64_t time_us, bool push, struct error *err);

#endif
