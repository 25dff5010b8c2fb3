/* Every message between rollcall's processes is listed here.
 *
 *   engine   -> zygote     ZYGOTE_SPAWN                        a collector, please
 *   engine   -> zygote     ZYGOTE_LOCAL                        one for files and commands, please
 *   engine   -> zygote     ZYGOTE_LISTENER, ZYGOTE_DOORMAN     one of these, please
 *   engine   -> zygote     ZYGOTE_PREPARE NAME                 compile the rules of a platform
 *   engine   -> zygote     ZYGOTE_RELOAD                       read the platforms again
 *   zygote   -> engine     socket and pidfd (SCM_RIGHTS)       here it is (to all but the last)
 *   engine   -> collector  MESSAGE_JOB                         one device, one credential; for
 *                                                              learning the modules at hand
 *   collector-> engine     MESSAGE_RESULT                      parts and draft, or why not
 *   engine   -> listener   MESSAGE_WATCH                       hold a session, or let it go
 *   listener -> engine     MESSAGE_NOTICE                      what was heard, or that it is lost
 *   engine   -> doorman    MESSAGE_DOORS                       where to listen (RFC 8071)
 *   doorman  -> engine     MESSAGE_CALL                        a device calls: its connection
 *   engine   -> notifier   one byte                            look into the outbox
 *
 * A message is a 32-bit type, a 32-bit length, and that many bytes of base/pack.h fields. A
 * receiver believes neither: type and length are checked before anything is allocated, fields by
 * unpack. With a job, a watch and a call may come a descriptor (SCM_RIGHTS): the connection of a
 * device that called home. */
#ifndef ROLLCALL_MESSAGES_H
#define ROLLCALL_MESSAGES_H

#include "base/buf.h"
#include "base/error.h"
#include "collect/result.h"
#include "drivers/driver.h"

/* One byte each. */
enum zygote_request {
    ZYGOTE_SPAWN = 'S',
    ZYGOTE_LOCAL = 'C',
    ZYGOTE_LISTENER = 'L',
    ZYGOTE_DOORMAN = 'D',
    ZYGOTE_PREPARE = 'P',
    ZYGOTE_RELOAD = 'R'
};

enum message_type {
    MESSAGE_JOB = 0x524a4f42,
    MESSAGE_RESULT = 0x52524553,
    MESSAGE_WATCH = 0x52574154,
    MESSAGE_NOTICE = 0x524e4f54,
    MESSAGE_DOORS = 0x52444f52,
    MESSAGE_CALL = 0x5243414c
};

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
void job_take_call(struct job *job, int socket); /* of a device that called home; -1: it did not */
void job_forget_logins(struct job *job);         /* wipes the secrets, keeps all else */
void job_free(struct job *job);                  /* wipes them too */

/* What comes back is a struct result. A failed one carries no parts and no draft; one that worked
 * carries a platform, and either says that nothing has changed, or carries at least one part and,
 * unless it was to learn, a draft: anything else is RC_FORMAT. */
int result_pack(const struct result *result, struct buf *out);
int result_unpack(struct str message, const struct platforms *platforms, enum driver_task task,
    struct result **out, struct error *err);

/* ---- what a listener is told and tells (listener.h) ---- */

/* Most bytes of a MESSAGE_WATCH: keys and certificates stand in it. */
#define MESSAGE_MOST_WATCH ((size_t)4 << 20)
#define MESSAGE_MOST_NOTICE ((size_t)4096)

/* Watches have numbers that the engine gives and never uses twice, so that a late word about an old
 * session is never taken for one about its successor. `job` NULL: let that session go. */
int watch_pack(uint32_t watch, const char *device, const struct driver_job *job, struct buf *out);
/* `*out` is NULL for a session to let go. */
int watch_unpack(struct str message, uint32_t *watch, struct job **out, struct error *err);

enum notice_kind {
    NOTICE_SUBSCRIBED, /* what happens from now on is heard */
    NOTICE_CHANGED,    /* the config */
    NOTICE_PENDING,    /* a confirmed commit has begun; it ends within wait_s */
    NOTICE_SETTLED,    /* and has ended, one way or the other */
    NOTICE_LOST,       /* the session has ended or never was; `code` and `reason` say why */
    NOTICE_KINDS
};

#define NOTICE_USER_SIZE 132
#define NOTICE_ADDRESS_SIZE 72
#define NOTICE_REASON_SIZE 512

/* Texts are valid UTF-8 without control characters; "" is unknown. */
struct notice {
    uint32_t watch;
    enum notice_kind kind;
    char user[NOTICE_USER_SIZE], address[NOTICE_ADDRESS_SIZE];
    uint32_t wait_s;
    enum rc code;
    char reason[NOTICE_REASON_SIZE];
};

/* Put a stranger's text into one of a notice's, escaped and cut. NULL is "". */
void notice_say(char *out, size_t size, const char *text);
int notice_pack(const struct notice *notice, struct buf *out);
/* RC_FORMAT for anything that a listener in its right mind does not send. */
int notice_unpack(struct str message, struct notice *out, struct error *err);

/* ---- what the doorman is told and tells (doorman.h) ---- */

#define MESSAGE_MOST_DOORS ((size_t)4096)
#define CALL_ADDRESS_SIZE 48

/* ADDRESS:PORT each, or NULL. */
struct doors {
    char *ssh, *tls;
};

int doors_pack(const char *ssh, const char *tls, struct buf *out);
int doors_unpack(struct str message, struct doors *out, struct error *err);
void doors_free(struct doors *doors);

/* Somebody calls, and his connection comes along; or (`failure`) why there is no door any more. */
struct call {
    bool tls;
    char address[CALL_ADDRESS_SIZE]; /* numeric; of IPv4 in IPv4's form */
    char failure[NOTICE_REASON_SIZE];
};

int call_pack(const struct call *call, struct buf *out);
int call_unpack(struct str message, struct call *out, struct error *err);

/* Send one framed message, blocking; receive one of at most `most` bytes of body into `body`. */
int message_send(int fd, enum message_type type, const struct buf *body, struct error *err);
int message_receive(
    int fd, enum message_type type, size_t most, struct buf *body, struct error *err);

/* The same with a descriptor beside it. Sending: 0 or less: none; it stays ours. Receiving: -1:
 * none came; else the receiver's to close. */
int message_send_with(
    int fd, enum message_type type, const struct buf *body, int descriptor, struct error *err);
int message_receive_with(int fd, enum message_type type, size_t most, struct buf *body,
    int *descriptor, struct error *err);

/* The same a piece at a time, for a loop that may not block. Zeroed with `type` and `most` set it
 * is ready; inbox_clear() makes it ready for the next one, inbox_free() ends it. */
struct inbox {
    enum message_type type;
    size_t most;
    bool with_descriptor; /* one may come along */
    int descriptor;       /* it did: > 0, closed with the inbox; who takes it sets 0 */
    unsigned char head[8];
    size_t head_len;
    struct buf body;
    size_t length; /* of the body, by the head */
};

/* Take what has come. 1: the message is whole, 0: more must come, negative: RC_CRASH (the other
 * side closed), RC_FORMAT (another type), RC_LIMIT (too long), RC_IO. */
int inbox_read(struct inbox *inbox, int fd, struct error *err);
void inbox_clear(struct inbox *inbox);
void inbox_free(struct inbox *inbox); /* wipes */

#endif
