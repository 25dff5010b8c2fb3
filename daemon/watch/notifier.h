/* The notifier: what stands in the outbox goes to its sinks, and the log's heads where the settings
 * send them.
 *
 * At least once and in order for each sink: a message is marked done when its sink has it. A sink
 * that fails is left alone for a while, longer each time, and holds up no other. */
#ifndef ROLLCALL_NOTIFIER_H
#define ROLLCALL_NOTIFIER_H

#include "base/clock.h"
#include "settings/settings.h"
#include "store/store.h"

struct notifier;

/* Most messages of one sink in one pass: when so many were sent, there may be more. */
#define NOTIFIER_BATCH 100

/* Resolves the sinks' secrets. `settings`, `store` (STORE_WRITE) and `clock` are borrowed. */
int notifier_new(const struct settings *settings, struct store *store, const struct clock *clock,
    struct notifier **out, struct error *err);
void notifier_free(struct notifier *n);

/* Send what is due, heads behind all events. `sent` (may be NULL) counts messages that arrived.
 * Negative only when the store fails; a sink that fails is logged. */
int notifier_pass(struct notifier *n, size_t *sent, struct error *err);

/* The process: passes whenever a byte comes on `wake`, and every few seconds. Reads its settings
 * again at SIGHUP, keeping the old ones when the new ones are wrong; at SIGTERM makes one last pass
 * and ends. Returns the exit status. */
int notifier_run(const struct ly_ctx *ctx, const char *settings_file, int wake);

#endif
