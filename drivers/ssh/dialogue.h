/* A dialogue with a device's command line: log in to its prompt, run commands, and know when the
 * answer is whole. Knows nothing of SSH: it talks through two functions.
 *
 * How an answer's end is known. The exact prompt is learned at login. It is believed at the end of
 * quiet output, alone in its line, behind the echo of the command. For a part it must also be given
 * again for an empty line: a line of the config that looks like the prompt just when the connection
 * stalls is found out by what comes after it, or by nothing coming. */
#ifndef ROLLCALL_SSH_DIALOGUE_H
#define ROLLCALL_SSH_DIALOGUE_H

#include "base/clock.h"
#include "base/secret.h"
#include "drivers/ssh/script.h"
#include "drivers/ssh/terminal.h"

struct wire {
    /* Up to `size` bytes as soon as there are any. 0: the device closed. RC_TIMEOUT: nothing until
     * `deadline_us` (monotonic); a deadline that has passed still gives what is there. */
    long (*read)(void *ctx, char *bytes, size_t size, int64_t deadline_us);
    int (*write)(void *ctx, struct str bytes, int64_t deadline_us); /* all of it */
    void *ctx;
};

enum echo { ECHO_UNKNOWN, ECHO_ON, ECHO_OFF };

struct dialogue {
    /* Set by the caller, all borrowed. */
    const struct script *script;
    struct wire wire;
    const struct clock *clock;
    const char *name;                   /* of the device, for errors */
    const struct secret *enable_secret; /* may be NULL */
    const char *user;
    const struct secret *password; /* never shown; typed only when `login_here` */
    bool login_here;               /* SSH let us in without asking: the command line may ask */
    int64_t total_us;              /* monotonic: the end of everything */
    unsigned command_ms;
    /* Inside. */
    struct terminal term;
    char *prompt; /* without blanks at its end; NULL: not learned */
    enum echo echo;
    bool closed;
    bool sent_user, sent_password, sent_enable;
    size_t answered; /* offset in term.text: questions before it are done */
    unsigned answers;
};

/* `max_bytes` caps what one command may print. */
void dialogue_init(struct dialogue *d, size_t max_bytes);
void dialogue_free(struct dialogue *d);

/* From the first byte to a learned prompt. RC_TIMEOUT when the device said nothing, RC_DIALOGUE
 * with the last line seen when no prompt was found in what it said. */
int dialogue_login(struct dialogue *d, struct error *err);

/* Raise privileges and turn the pager off, as the script says. RC_AUTH when the device refuses. */
int dialogue_prepare(struct dialogue *d, struct error *err);

/* Run a command; `*out` is what it printed, a view that the next call invalidates. */
int dialogue_run(struct dialogue *d, const char *command, struct str *out, struct error *err);

/* Run a part's command and append its text to `out`. RC_NOT_FOUND: an optional part that the device
 * refused. RC_INCOMPLETE, RC_DIALOGUE, RC_TIMEOUT, RC_LIMIT: nothing of it counts. */
int dialogue_part(
    struct dialogue *d, const struct script_part *part, struct buf *out, struct error *err);

/* Say goodbye; nothing is waited for. */
void dialogue_leave(struct dialogue *d);

/* The device's name in its prompt: malloc'd, NULL when none is seen. */
char *dialogue_hostname(const struct dialogue *d);

#endif
