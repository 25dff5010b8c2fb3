/* What login and commands share; private to the dialogue. */
#ifndef ROLLCALL_SSH_DIALOGUE_CORE_H
#define ROLLCALL_SSH_DIALOGUE_CORE_H

#include "drivers/ssh/dialogue.h"

#define NO_ECHO_GRACE_US 200000 /* waited for an echo, once, where commands are not echoed */

int64_t dialogue_deadline(const struct dialogue *d); /* of a command that starts now */

/* Take in what the device sends until it pauses; answer pagers on the way. RC_TIMEOUT when nothing
 * came until the deadline, RC_CONNECT when it closed, RC_LIMIT. */
int dialogue_gather(struct dialogue *d, int64_t deadline_us);

int dialogue_send(struct dialogue *d, struct str text, int64_t deadline_us);
int dialogue_send_line(struct dialogue *d, struct str line, int64_t deadline_us);

/* Wait for a line that looks like a prompt and comes back for an empty line; it is the prompt from
 * now on. Answers questions. */
int dialogue_learn(struct dialogue *d, int64_t deadline_us, struct error *err);

/* The learned prompt stands alone in the unfinished last line. */
bool dialogue_at_prompt(const struct dialogue *d);
bool dialogue_is_prompt(const struct dialogue *d, struct str line);

int dialogue_split_prompts(struct dialogue *d, const char *prompt);

/* What a person may see of the device's last line: shortened, and never with a secret in it. */
const char *dialogue_shown(const struct dialogue *d, struct str line, char out[160]);

#endif
