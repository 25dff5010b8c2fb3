/* Judgement: what is wrong with a state. */
#ifndef ROLLCALL_JUDGE_H
#define ROLLCALL_JUDGE_H

#include <libyang/libyang.h>

#include "base/error.h"
#include "base/text.h"

struct finding {
    const char *check; /* id; owned by the checks */
    int severity;
    char *says;    /* one sentence */
    char *subject; /* account, line, ... it is about; "" for the device */
    char *lines;   /* PART:LINE ..., "" when unknown */
};

struct findings {
    struct finding *at;
    size_t count;
};

void findings_free(struct findings *f);

/* The list of checks, read once. `ctx` implements rollcall-checks and outlives it; `file` names
 * `text` in errors. */
struct checks;

int checks_new(const struct ly_ctx *ctx, const char *file, struct str text, struct checks **out,
    struct error *err);
void checks_free(struct checks *c);

/* Findings of one access tree (NULL: an empty one has none), most severe first. `is` names what the
 * tree is of, NULL-terminated: its platform, and that platform's class. */
int checks_run(const struct checks *c, const char *const *is, const struct lyd_node *access,
    struct findings *out, struct error *err);

#endif
