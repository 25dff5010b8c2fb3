/* Every message between rollcall's processes is listed here.
 *
 *   engine   -> zygote     ZYGOTE_SPAWN                        start a collector
 *   zygote   -> engine     socket and pidfd (SCM_RIGHTS)       here it is
 *   engine   -> collector  MESSAGE_JOB                         one device, one credential
 *   collector-> engine     MESSAGE_RESULT                      parts and draft, or why not
 *   engine   -> notifier   one byte                            look into the outbox
 *
 * A message is a 32-bit type, a 32-bit length, and that many bytes of base/pack.h fields. A
 * receiver believes neither: type and length are checked before anything is allocated, fields by
 * unpack. */
#ifndef ROLLCALL_MESSAGES_H
#define ROLLCALL_MESSAGES_H

#include "access/access.h"
#include "base/buf.h"
#include "base/error.h"
#include "drivers/driver.h"

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

/* What comes back. */
struct result {
    struct error failure;        /* code RC_OK: it worked */
    struct driver_result driver; /* parts, host keys, hostname, platform */
    struct draft *draft;         /* NULL when it failed */
};

int result_pack(const struct result *result, struct buf *out);
int result_unpack(
    struct str message, const struct platforms *platforms, struct result **out, struct error *err);
void result_free(struct result *result);

/* Send one framed message; receive one of at most `most` bytes of body into `body`. */
int message_send(int fd, enum message_type type, const struct buf *body, struct error *err);
int message_receive(
    int fd, enum message_type type, size_t most, struct buf *body, struct error *err);

#endif
