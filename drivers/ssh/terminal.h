/* A terminal of one growing line: what a device sends becomes the text a person would have read.
 *
 * Line ends become LF; backspaces and VT100/ANSI sequences are carried out within the line or
 * dropped. What is on the line is only overwritten when the owner says that it is no content (a
 * pager's pause, the prompt): otherwise a lone CR ends the line, and a backspace does nothing, so
 * that a device cannot make parts of its config vanish. */
#ifndef ROLLCALL_SSH_TERMINAL_H
#define ROLLCALL_SSH_TERMINAL_H

#include "base/buf.h"
#include "base/error.h"

#define TERMINAL_NUMBERS 4

struct terminal {
    struct buf text; /* set its cap; holds secrets: wiped by terminal_free() */
    size_t line;     /* where the unfinished last line starts in text */
    size_t cursor;   /* where the next character goes, counted from `line` */
    bool cr;         /* a CR came, and nothing after it yet */
    bool loose;      /* the line may be overwritten */
    bool lf;         /* the device has ended a line with LF: its lone CRs may be movements */
    /* Asked once a line before anything on it is overwritten. */
    bool (*may_overwrite)(void *ctx, struct str line);
    void *ctx;
    int state; /* of the escape sequence */
    unsigned numbers[TERMINAL_NUMBERS];
    size_t number_count;
    size_t swallowed;
};

/* RC_LIMIT when text's cap is hit, RC_NO_MEMORY. */
int terminal_feed(struct terminal *t, struct str bytes);

/* The unfinished last line. */
struct str terminal_line(const struct terminal *t);

/* Take back the unfinished last line. */
void terminal_wipe_line(struct terminal *t);

/* End the line here, as if the device had. */
int terminal_newline(struct terminal *t);

/* Forget all lines that are finished; the unfinished one stays. */
void terminal_forget(struct terminal *t);

/* Without blanks and tabs at its end. */
struct str text_trim_end(struct str s);

/* The last line of a text that is not blank, without blanks behind it. */
struct str text_last_line(struct str text);

void terminal_free(struct terminal *t);

#endif
