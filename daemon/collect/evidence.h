/* Lines that prove an event, as they may be shown: without their secrets. */
#ifndef ROLLCALL_COLLECT_EVIDENCE_H
#define ROLLCALL_COLLECT_EVIDENCE_H

#include "access/access.h"
#include "diff/diff.h"

/* Most lines shown for one event. */
#define EVIDENCE_MOST 50

/* Both versions' parts, redacted when first asked for. */
struct redactor;

/* Everything is borrowed. `before` may be NULL. */
int redactor_new(const struct reader *reader, const unsigned char *key,
    const struct driver_result *before, const struct driver_result *after, struct redactor **out,
    struct error *err);
void redactor_free(struct redactor *r);

/* The redacted line; false when there is none such, or when its part could not be redacted: then
 * nothing of it is shown. */
bool redactor_line(struct redactor *r, const struct evidence *e, struct str *line);

/* event_add() of an event of the device itself. An operator's catalogue that leaves it out does not
 * want it: then nothing is added. */
int event_raise(const struct meaning *m, const char *event, const char *subject, const char *before,
    const char *after, struct events *out, struct error *err);

/* Add to `out` the event `config-changed` for those of the changed lines in force that no event of
 * `out` has as its evidence; none when there are no such lines. Inside a section that appeared or
 * disappeared as an event's evidence every line is part of that event. */
int evidence_uncovered(const struct meaning *m, const struct platform *platform,
    const struct line_changes *changes, struct events *out, struct error *err);

/* Give those events of `events` from number `from` on this evidence. RC_NO_MEMORY. */
int evidence_attach(struct events *events, size_t from, const struct evidence *lines, size_t count);

#endif
