/* Every message between rollcall's processes is listed here.
 *
 *   engine   -> zygote     ZYGOTE_SPAWN                        a collector, please
 *   engine   -> zygote     ZYGOTE_RELOAD                       read the platforms again
 *   zygote   -> engine     socket and pidfd (SCM_RIGHTS)       here it is (to ZYGOTE_SPAWN)
 *   engine   -> collector  MESSAGE_JOB                         one device, one credential; for
 *                                                              learning the modules at hand
 *   collector-> engine     MESSAGE_RESULT                      parts and draft, or why not
 *   engine   -> notifier   one byte                            look into the outbox
 *
 * A message is a 32-bit type, a 32-bit length, and that many bytes of base/pack.h fields. A
 * receiver believes neither: type and length are checked before anything is allocated, fields by
 * unpack. */
#ifndef ROLLCALL_MESSAGES_H
#define ROLLCALL_MESSAGES_H

#include "base/buf.h"
#include "base/error.h"
#include "collect/result.h"
#include "drivers/driver.h"

/* One byte each. */
enum zygote_request { ZYGOTE_SPAWN = 'S', ZYGOTE_RELOAD = 'R' };

enum message_type { MESSAGE_JOB = 0x524a4f42, MESSAGE_RESULT = 0x52524553 };

/* A result's parts are bounded by the job's max_bytes; this much may come on top for the draft and
 * the frame. */
#define MESSAGE_MOST_OVERHEAD ((size_t)16 << 20)

/* The job as the collector unpacks it; owns everything in it. */
struct job {
    struct driver_job driver; /* hops and logins point into this job */
    char *device;
    char *platform; /* name, or NULL: recognise */
};

int job_pack(const char *device, const struct driver_job *job, struct buf *out);
int job_unpack(
    struct str message, const struct platforms *platforms, struct job **out, struct error *err);
void job_free(struct job *job); /* wipes the secrets */

/* What comes back is a struct result. A failed one carries no parts and no draft; one that worked
 * carries a platform, at least one part and, unless it was to learn, a draft: anything else is
 * RC_FORMAT. */
int result_pack(const struct result *result, struct buf *out);
int result_unpack(struct str message, const struct platforms *platforms, enum driver_task task,
    struct result **out, struct error *err);

/* Send one framed message, blocking; receive one of at most `most` bytes of body into `body`. */
int message_send(int fd, enum message_type type, const struct buf *body, struct error *err);
int message_receive(
    int fd, enum message_type type, size_t most, struct buf *body, struct error *err);

/* The same a piece at a time, for a loop that may not block. Zeroed with `type` and `most` set it
 * is ready; buf_wipe(&inbox.body) ends it. */
struct inbox {
    enum message_type type;
    size_t most;
    unsigned char head[8];
    size_t head_len;
    struct buf body;
    size_t length; /* of the body, by the head */
};

/* Take what has come. 1: the message is whole, 0: more must come, negative: RC_CRASH (the other
 * side closed), RC_FORMAT (another type), RC_LIMIT (too long), RC_IO. */
int inbox_read(struct inbox *inbox, int fd, struct error *err);

#endif
