/* What notifications said of a device since it was last read: by whom it was changed. */
#ifndef ROLLCALL_HEARSAY_H
#define ROLLCALL_HEARSAY_H

#include "collect/collect.h"
#include "watch/messages.h"

#define HEARSAY_MOST_USERS 4

struct hearsay {
    char users[HEARSAY_MOST_USERS][NOTICE_USER_SIZE];
    size_t user_count;
    char address[NOTICE_ADDRESS_SIZE]; /* "" with several: unknown which */
    bool several, more;                /* addresses; users than have room */
    bool changed;                      /* something was said at all */
};

void hearsay_add(struct hearsay *h, const char *user, const char *address);
void hearsay_merge(struct hearsay *into, const struct hearsay *from);

/* Who it was: names of several joined, an address only when it was one. The actor's strings stand
 * beside it. */
struct suspect {
    struct actor actor;
    char names[HEARSAY_MOST_USERS * (NOTICE_USER_SIZE + 2) + 16];
    char address[NOTICE_ADDRESS_SIZE];
};

/* False when nobody is known. */
bool hearsay_suspect(const struct hearsay *h, struct suspect *out);

#endif
