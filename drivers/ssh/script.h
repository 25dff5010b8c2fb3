/* The session half of a profile (models/rollcall-platform-session.yang), ready to run. */
#ifndef ROLLCALL_SSH_SCRIPT_H
#define ROLLCALL_SSH_SCRIPT_H

#include "base/regex.h"
#include "drivers/platform.h"

struct script_answer {
    struct regex *asks;
    const char *send;
};

struct script_part {
    const char *name;
    const char *command;
    struct regex *ends; /* NULL: only with kind exec */
    bool optional;
    bool copy; /* of another part: the pull does without it */
};

/* Strings are borrowed from the profile. */
struct script {
    bool exec;
    struct regex *prompt;
    struct script_answer *answers;
    size_t answer_count;
    const char *enable; /* NULL: nothing to raise */
    struct regex *enable_when;
    struct regex *enable_asks;
    const char **prepare;
    size_t prepare_count;
    struct regex *pager;
    const char *pager_answer;
    struct regex **errors;
    size_t error_count;
    const char *leave;
    struct script_part *parts;
    size_t part_count;
};

int script_load(const struct platform *platform, struct script **out, struct error *err);

/* For a device nobody has told the platform of: usual prompts and pagers, the questions of all
 * platforms, no parts. */
int script_generic(const struct platforms *all, struct script **out, struct error *err);

void script_free(struct script *s);

/* private to script.c and script_generic.c */
#define SCRIPT_USUAL_PROMPT "^(\\S.{0,100})?[>#$%\\]] ?$"
size_t script_count(const struct lyd_node *parent, const char *name); /* entries of a list */
int script_load_answers(const struct lyd_node *session, struct script *s, struct error *err);

#endif
