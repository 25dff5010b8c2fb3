#include "drivers/netconf/session.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "drivers/netconf/guard.h"

#define USUAL_BYTES ((size_t)64 << 20)
#define USUAL_MS 60000
#define MOST_HELLO ((size_t)4 << 20)
#define ENVELOPE 65536 /* bytes of a message around what counts */
#define READ_BYTES 32768
#define LONGEST_POLL_MS 1000 /* the stream is asked again at least this often */
#define GOODBYE_MS 1000
#define MOST_WAITING 4096 /* notifications that nobody fetched yet */
/* Between the device's hello and our first request. Yuma's netconfd 2.13 loses a request that it
 * reads together with our hello, whose framing is another. */
#define SETTLE_MS 50

#define BASE "urn:ietf:params:xml:ns:netconf:base:1.0"
#define CLIENT_HELLO                                                                               \
    "<hello xmlns=\"" BASE "\"><capabilities>"                                                     \
    "<capability>urn:ietf:params:netconf:base:1.0</capability>"                                    \
    "<capability>urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>"

struct netconf {
    struct stream stream;
    struct guard guard;
    uint64_t message_id; /* of the last request */
    struct netconf_hello hello;
    char *name;       /* the device's, for errors */
    char place[256];  /* "DEVICE: STEP" */
    int64_t total_us; /* monotonic */
    size_t most;      /* bytes of a message */
    struct buf in;    /* read and not yet taken, from in_at on */
    size_t in_at;
    struct buf *waiting; /* notifications, oldest first */
    size_t waiting_count, waiting_bytes;
    bool over; /* a failure made it useless */
};

static int64_t now_us(void)
{
    return clock_mono_us(&clock_system);
}

static void name_step(struct netconf *s, struct str step)
{
    char shown[128];
    text_escape(shown, sizeof shown, step.at, step.len);
    snprintf(s->place, sizeof s->place, "%s: %s", s->name, shown);
}

static int64_t deadline_in(const struct netconf *s, unsigned ms)
{
    int64_t deadline = now_us() + (int64_t)ms * 1000;
    return deadline < s->total_us ? deadline : s->total_us;
}

/* An error that came without a place gets the step's. The session is of no more use. */
static int fail(struct netconf *s, int rc, struct error *err)
{
    s->over = true;
    if (err && !err->place[0])
        snprintf(err->place, sizeof err->place, "%s", s->place);
    return rc;
}

/* ---- bytes ---- */

/* Wait until the stream has something to do; RC_TIMEOUT at the deadline. */
static int wait_for_stream(struct netconf *s, int64_t deadline_us, struct error *err)
{
    struct pollfd fds[STREAM_MOST_FDS];
    int64_t left_ms = (deadline_us - now_us() + 999) / 1000;
    if (left_ms <= 0) {
        bool any = s->guard.message.len > 0;
        if (now_us() >= s->total_us)
            return error_set(err, RC_TIMEOUT, "the time for the whole pull is over");
        return error_set(err, RC_TIMEOUT,
            any ? "not finished in time, after %zu bytes" : "no answer in time",
            s->guard.message.len);
    }
    size_t count = s->stream.watch(s->stream.ctx, fds, STREAM_MOST_FDS);
    int ready =
        poll(fds, (nfds_t)count, left_ms < LONGEST_POLL_MS ? (int)left_ms : LONGEST_POLL_MS);
    if (ready < 0 && errno != EINTR)
        return error_set(err, RC_IO, "cannot wait: %s", strerror(errno));
    return RC_OK;
}

static int closed(const struct netconf *s, struct error *err)
{
    bool begun = s->guard.message.len > 0 || s->guard.state != 0;
    struct error why = err ? *err : (struct error)ERROR_INIT;
    if (why.code && why.code != RC_CONNECT)
        return why.code;
    if (!begun)
        return error_set(err, RC_CONNECT, "%s", why.text);
    return error_set(
        err, RC_INCOMPLETE, "%s, %zu bytes into a message", why.text, s->guard.message.len);
}

/* Read what there is. `*some`: anything at all. */
static int fill(struct netconf *s, bool *some, struct error *err)
{
    if (s->in_at > 0 && s->in_at == s->in.len) {
        buf_clear(&s->in);
        s->in_at = 0;
    }
    *some = false;
    if (buf_reserve(&s->in, READ_BYTES))
        return error_set(err, RC_LIMIT, "the device sends faster than it is listened to");
    ssize_t got = s->stream.read(s->stream.ctx, s->in.data + s->in.len, READ_BYTES, err);
    if (got < 0)
        return closed(s, err);
    s->in.len += (size_t)got;
    s->in.data[s->in.len] = '\0';
    *some = got > 0;
    return RC_OK;
}

/* Read on until a message is whole. */
static int next_message(struct netconf *s, int64_t deadline_us, struct error *err)
{
    bool some = false, late = false;
    if (s->guard.whole)
        guard_next(&s->guard); /* else the last one is still on its way */
    for (;;) {
        size_t used;
        struct str left = {buf_text(&s->in) + s->in_at, s->in.len - s->in_at};
        int rc = guard_take(&s->guard, left, &used, err);
        s->in_at += used;
        if (rc || s->guard.whole)
            return rc;
        /* What is there when the time is over still counts, once. */
        if (late)
            return wait_for_stream(s, deadline_us, err);
        late = now_us() >= deadline_us;
        rc = fill(s, &some, err);
        if (rc == RC_OK && !some)
            rc = wait_for_stream(s, deadline_us, err);
        if (rc)
            return rc;
    }
}

static int send_all(struct netconf *s, struct str bytes, int64_t deadline_us, struct error *err)
{
    while (bytes.len > 0) {
        bool some = false;
        ssize_t put = s->stream.write(s->stream.ctx, bytes.at, bytes.len, err);
        if (put < 0)
            return RC_CONNECT;
        bytes = (struct str){bytes.at + put, bytes.len - (size_t)put};
        /* A device that is not read may itself not read on. */
        int rc = put == 0 ? fill(s, &some, err) : RC_OK;
        if (rc == RC_OK && put == 0 && !some)
            rc = wait_for_stream(s, deadline_us, err);
        if (rc)
            return rc;
    }
    return RC_OK;
}

static int send_message(
    struct netconf *s, struct str message, int64_t deadline_us, struct error *err)
{
    struct buf framed = {0};
    int rc = guard_frame(s->guard.chunked, message, &framed);
    rc = rc ? error_set(err, (enum rc)rc, "the request is too long")
            : send_all(s, buf_str(&framed), deadline_us, err);
    buf_free(&framed);
    return rc;
}

/* ---- opening ---- */

/* What fails here fails again where somebody waits for it. */
static void settle(struct netconf *s)
{
    int64_t until = now_us() + (int64_t)SETTLE_MS * 1000;
    bool some = false;
    while (!some && fill(s, &some, NULL) == RC_OK && !some)
        if (wait_for_stream(s, until, NULL))
            return;
}

static int greet(struct netconf *s, unsigned ms, struct error *err)
{
    int64_t deadline = deadline_in(s, ms);
    name_step(s, STR("hello"));
    s->guard.message.cap = s->most < MOST_HELLO ? s->most : MOST_HELLO;
    int rc = send_message(s, STR(CLIENT_HELLO), deadline, err);
    if (rc == RC_OK)
        rc = next_message(s, deadline, err);
    if (rc == RC_OK)
        rc = hello_parse(buf_str(&s->guard.message), &s->hello, err);
    if (rc)
        return rc;
    s->guard.chunked = hello_find(&s->hello, "urn:ietf:params:netconf:base:1.1") != NULL;
    if (!s->guard.chunked && !hello_find(&s->hello, "urn:ietf:params:netconf:base:1.0"))
        return error_set(err, RC_FORMAT, "the device speaks no version of NETCONF that we do");
    s->guard.message.cap = s->most;
    settle(s);
    return RC_OK;
}

int netconf_open_stream(const struct driver_job *job, const struct stream *stream,
    struct netconf **out, struct error *err)
{
    const char *name = job->hop_count > 0 ? job->hops[job->hop_count - 1].name : NULL;
    struct netconf *s = calloc(1, sizeof *s);
    if (s)
        s->name = strdup(name ? name : "device");
    if (!s || !s->name) {
        stream->close(stream->ctx);
        free(s);
        return error_set(err, RC_NO_MEMORY, "out of memory");
    }
    s->stream = *stream;
    s->total_us = job->total_ms ? now_us() + (int64_t)job->total_ms * 1000 : INT64_MAX;
    s->most = (job->max_bytes ? job->max_bytes : USUAL_BYTES) + ENVELOPE;
    s->in.cap = s->most;
    int rc = greet(s, job->command_ms ? job->command_ms : USUAL_MS, err);
    if (rc) {
        fail(s, rc, err);
        netconf_close(s);
        return rc;
    }
    *out = s;
    return RC_OK;
}

int netconf_open(const struct driver_job *job, struct driver_result *result, struct netconf **out,
    struct error *err)
{
    struct stream stream;
    struct driver_job left = *job;
    int64_t start = now_us();
    if (job->hop_count == 0)
        return error_set(err, RC_LIMIT, "a way of no hops");
    int rc = job->netconf.tls ? tls_stream_open(job, result, &stream, err)
                              : ssh_stream_open(job, result, "netconf", &stream, err);
    if (rc)
        return rc;
    if (job->total_ms) {
        int64_t spent_ms = (now_us() - start) / 1000;
        left.total_ms = spent_ms < job->total_ms ? job->total_ms - (unsigned)spent_ms : 1;
    }
    return netconf_open_stream(&left, &stream, out, err);
}

const struct netconf_hello *netconf_hello(const struct netconf *session)
{
    return &session->hello;
}

size_t netconf_watch(const struct netconf *session, struct pollfd *fds, size_t room)
{
    return session->stream.watch(session->stream.ctx, fds, room);
}

/* ---- messages ---- */

/* A notification comes whenever it likes: it waits until somebody asks. */
static int keep_notification(struct netconf *s, struct error *err)
{
    if (s->waiting_count == MOST_WAITING || s->waiting_bytes + s->guard.message.len > s->most)
        return error_set(err, RC_LIMIT, "a flood of notifications");
    struct buf *more = realloc(s->waiting, (s->waiting_count + 1) * sizeof *more);
    if (!more)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    s->waiting = more;
    s->waiting[s->waiting_count++] = s->guard.message;
    s->waiting_bytes += s->guard.message.len;
    s->guard.message = (struct buf){.cap = s->most};
    return RC_OK;
}

/* The next message, looked at; notifications are put aside. */
static int receive(
    struct netconf *s, int64_t deadline_us, struct guard_seen *seen, struct error *err)
{
    int rc = next_message(s, deadline_us, err);
    if (rc == RC_OK)
        rc = guard_inspect(buf_str(&s->guard.message), seen, err);
    if (rc)
        return rc;
    if (seen->kind == GUARD_NOTIFICATION)
        return keep_notification(s, err);
    if (seen->kind != GUARD_REPLY)
        return error_set(err, RC_FORMAT, "a message that no device may send");
    return RC_OK;
}

static int usable(struct netconf *s, struct error *err)
{
    return s->over ? error_at(err, RC_CONNECT, s->place, "the session is over") : RC_OK;
}

static int refused(struct netconf *s, struct error *err)
{
    struct buf says = {.cap = 8192};
    guard_complaint(buf_str(&s->guard.message), &says, NULL);
    int rc = error_at(
        err, RC_DIALOGUE, s->place, "the device says: %.500s", buf_text(&says)); /* escaped there */
    buf_free(&says);
    return rc;
}

static struct str operation_name(struct str operation)
{
    struct scan scan;
    enum scan_token token;
    scan_start(&scan, operation);
    return scan_next(&scan, &token, NULL) == RC_OK ? scan.name : STR("request");
}

/* The reply must be to what was asked last: `id` is its message-id as written (at NULL: none). */
static int check_id(const struct netconf *s, struct str id, struct error *err)
{
    char wanted[24];
    if (!id.at)
        return error_set(err, RC_FORMAT, "a reply without message-id");
    snprintf(wanted, sizeof wanted, "%llu", (unsigned long long)s->message_id);
    if (!str_is(id, wanted))
        return error_set(err, RC_FORMAT,
            "the device answers another request than the one asked (wrong message-id)");
    return RC_OK;
}

static int exchange(struct netconf *s, struct str operation, unsigned timeout_ms,
    struct guard_seen *seen, struct error *err)
{
    struct buf rpc = {0};
    int64_t deadline = deadline_in(s, timeout_ms);
    int rc = buf_format(&rpc, "<rpc xmlns=\"" BASE "\" message-id=\"%llu\">%.*s</rpc>",
        (unsigned long long)++s->message_id, (int)operation.len, operation.at);
    rc = rc ? error_set(err, (enum rc)rc, "the request is too long")
            : send_message(s, buf_str(&rpc), deadline, err);
    do
        rc = rc ? rc : receive(s, deadline, seen, err);
    while (rc == RC_OK && seen->kind != GUARD_REPLY);
    if (rc == RC_OK)
        rc = check_id(s, seen->id, err);
    buf_free(&rpc);
    return rc;
}

int netconf_rpc(struct netconf *session, struct str operation, unsigned timeout_ms,
    struct buf *reply, struct error *err)
{
    struct guard_seen seen;
    int rc = usable(session, err);
    if (rc)
        return rc;
    name_step(session, operation_name(operation));
    rc = exchange(session, operation, timeout_ms, &seen, err);
    if (rc)
        return fail(session, rc, err);
    if (seen.failed)
        return refused(session, err);
    if (reply->len == 0 && reply->room == 0) { /* handed over, not copied: it may be large */
        size_t cap = reply->cap;
        *reply = session->guard.message;
        reply->cap = cap;
        session->guard.message = (struct buf){.cap = session->most};
        return RC_OK;
    }
    rc = buf_add_str(reply, buf_str(&session->guard.message));
    return rc ? error_at(err, (enum rc)rc, session->place, "a reply too long") : RC_OK;
}

int netconf_notification(
    struct netconf *session, unsigned timeout_ms, struct buf *message, struct error *err)
{
    struct guard_seen seen;
    struct error trouble = ERROR_INIT;
    int64_t deadline = now_us() + (int64_t)timeout_ms * 1000;
    int rc = usable(session, err);
    if (rc)
        return rc;
    name_step(session, STR("notifications"));
    while (rc == RC_OK && session->waiting_count == 0) {
        rc = receive(session, deadline, &seen, &trouble);
        if (rc == RC_OK && seen.kind == GUARD_REPLY)
            rc = error_set(&trouble, RC_FORMAT, "a reply to no request");
    }
    if (rc == RC_TIMEOUT)
        return 0;
    if (rc) {
        if (err)
            *err = trouble;
        return fail(session, rc, err);
    }
    buf_wipe(message);
    *message = session->waiting[0];
    session->waiting_bytes -= message->len;
    session->waiting_count--;
    memmove(
        session->waiting, session->waiting + 1, session->waiting_count * sizeof *session->waiting);
    return 1;
}

void netconf_close(struct netconf *session)
{
    struct guard_seen seen;
    if (!session)
        return;
    if (!session->over && session->hello.count > 0)
        exchange(session, STR("<close-session/>"), GOODBYE_MS, &seen, NULL);
    session->stream.close(session->stream.ctx);
    for (size_t i = 0; i < session->waiting_count; i++)
        buf_wipe(&session->waiting[i]);
    free(session->waiting);
    buf_wipe(&session->in);
    guard_free(&session->guard);
    hello_free(&session->hello);
    free(session->name);
    free(session);
}
