/* A device of a few rules for the dialogue's tests: no sockets, no waiting. Its time is its own: a
 * read with nothing to read moves the clock to the reader's deadline. */
#ifndef ROLLCALL_TEST_SSH_DEVICE_H
#define ROLLCALL_TEST_SSH_DEVICE_H

#include "drivers/ssh/dialogue.h"

struct device_reply {
    const char *command;
    const char *output; /* LF line ends; becomes `eol` */
};

enum device_cut { CUT_NOT, CUT_CLOSE, CUT_HANG, CUT_PROMPT, CUT_ERROR };

struct device {
    /* how it behaves */
    const char *greeting; /* sent as it stands, before the first prompt; NULL: none */
    const char *question; /* asked before the first prompt; any byte answers it */
    const char *late;     /* sent when the first newline has come, before its prompt */
    const char *prompt;   /* NULL: it never prompts */
    const char *enabled_prompt;
    const char *enable_secret;          /* NULL: none is asked for */
    const char *eol;                    /* NULL: CR LF */
    const struct device_reply *replies; /* ends with a NULL command */
    const char *pager;                  /* the pause, NULL: none */
    const char *wipe;                   /* what removes it from the screen */
    size_t page_lines;
    size_t piece; /* bytes a read gives at most, and a pause behind; 0: all at once */
    bool no_echo;
    bool asks_login; /* user name and password at the command line */
    bool endless;    /* the output of any command never ends */
    enum device_cut cut;
    size_t cut_at;       /* bytes of the reply to the command `show running-config` */
    const char *renamed; /* prompt after the first command */

    /* inside */
    struct buf out;
    size_t sent;
    bool started, paused, floods, closed, hangs, enabled, paging, wants_secret, asked, was_late;
    int wants_login;
    char line[512];
    size_t line_len;
    size_t page_at; /* where the paged output goes on */
    const char *paged;
    int newlines; /* empty lines that were typed */
    int secrets;  /* enable secrets that were typed */
    int64_t now_us;
    struct clock clock;
};

void device_start(struct device *d, struct dialogue *with);
void device_free(struct device *d);

#endif
