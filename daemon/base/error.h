/* Errors: a code for programs, a sentence and a place for people.
 *
 * Functions that can fail return 0 or a negative `enum rc`, and fill the `struct error` they were
 * given (which may be NULL when the caller only wants the code). Each level may add context once;
 * only the top prints. */
#ifndef ROLLCALL_BASE_ERROR_H
#define ROLLCALL_BASE_ERROR_H

#include <stddef.h>

enum rc {
    RC_OK = 0,
    RC_USAGE = -1,       /* command line is wrong */
    RC_SETTINGS = -2,    /* settings, profile, model or inventory is wrong */
    RC_NOT_FOUND = -3,   /* no such device, version, file, node */
    RC_IO = -4,          /* system call failed */
    RC_NO_MEMORY = -5,   /* allocation failed */
    RC_LIMIT = -6,       /* a cap on size, depth or number was hit */
    RC_FORMAT = -7,      /* input does not follow its format */
    RC_CONNECT = -8,     /* device did not answer, or refused */
    RC_HOST_KEY = -9,    /* host key unknown and not to be trusted, or changed */
    RC_AUTH = -10,       /* device rejected our credentials */
    RC_TIMEOUT = -11,    /* a deadline passed */
    RC_DIALOGUE = -12,   /* device talked, but not as its profile says */
    RC_INCOMPLETE = -13, /* end of config was not seen: nothing of it counts */
    RC_INVALID = -14,    /* data does not fit its model */
    RC_STORE = -15,      /* the store failed */
    RC_BUSY = -16,       /* another process holds the device or the store */
    RC_INTEGRITY = -17,  /* the history was changed */
    RC_CRASH = -18,      /* a collector died */
    RC_SINK = -19,       /* an alert could not be delivered */
};

struct error {
    enum rc code;
    char place[256]; /* "file:line:column" or "device: step"; empty when unknown */
    char text[768];  /* one line, lower case, what to do behind a semicolon */
    char show[1024]; /* the source line and a caret below it, or empty */
};

#define ERROR_INIT                                                                                 \
    {                                                                                              \
        .code = RC_OK, .place = "", .text = "", .show = ""                                         \
    }

/* Record an error. Returns `code`, so that `return error_set(err, RC_IO, ...)` reads well.
 * Control characters in the formatted text are escaped. */
int error_set(struct error *err, enum rc code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, with a place in front. `place` is copied. */
int error_at(struct error *err, enum rc code, const char *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Put context in front of an error that is already set: "CONTEXT: TEXT". Returns err's code. */
int error_context(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Short stable name of a code, for JSON and the run table: "timeout", "host-key", ... */
const char *rc_name(enum rc code);

/* The whole message as one line in `out`: "place: text". Returns `out`. */
const char *error_line(const struct error *err, char *out, size_t size);

#endif
