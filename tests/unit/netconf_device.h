/* A NETCONF server of a script, for tests: what it will say stands in memory, and behind it it
 * closes, is silent, or never ends. */
#ifndef ROLLCALL_TEST_NETCONF_DEVICE_H
#define ROLLCALL_TEST_NETCONF_DEVICE_H

#include "drivers/netconf/session.h"

#define NS "xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\""
#define CAPABILITY(uri) "<capability>" uri "</capability>"
#define HELLO(capabilities)                                                                        \
    "<hello " NS "><capabilities>" capabilities                                                    \
    "</capabilities><session-id>4</session-id></hello>]]>]]>"
#define BASE_10 CAPABILITY("urn:ietf:params:netconf:base:1.0")
#define BASE_11 CAPABILITY("urn:ietf:params:netconf:base:1.1")
#define HELLO_10 HELLO(BASE_10)
#define HELLO_11 HELLO(BASE_10 BASE_11)
#define REPLY(id, body) "<rpc-reply " NS " message-id=\"" id "\">" body "</rpc-reply>"
#define RPC_ERROR(severity, tag, message)                                                          \
    "<rpc-error><error-type>application</error-type><error-tag>" tag                               \
    "</error-tag><error-severity>" severity "</error-severity><error-message>" message             \
    "</error-message></rpc-error>"
#define END "]]>]]>"
#define LONG_MS 60000 /* only ever waited for by a test that fails */

enum ending { CLOSES, HANGS, REPEATS };

struct device {
    struct stream stream;
    const char *says;
    size_t at, piece; /* piece: most bytes a read gives; 0: all */
    const char *forever;
    enum ending ending;
    struct buf heard;
    int closed;
};

static ssize_t device_read(void *ctx, void *to, size_t most, struct error *err)
{
    struct device *d = ctx;
    size_t left = strlen(d->says + d->at);
    if (left == 0 && d->ending == REPEATS) {
        d->says = d->forever;
        d->at = 0;
        left = strlen(d->says);
    }
    if (left == 0 && d->ending == HANGS)
        return 0;
    if (left == 0) {
        error_set(err, RC_CONNECT, "the device closed the connection");
        return -1;
    }
    size_t len = left < most ? left : most;
    if (d->piece && len > d->piece)
        len = d->piece;
    memcpy(to, d->says + d->at, len);
    d->at += len;
    return (ssize_t)len;
}

static ssize_t device_write(void *ctx, const void *from, size_t len, struct error *err)
{
    struct device *d = ctx;
    (void)err;
    assert_int_equal(buf_append(&d->heard, from, len), RC_OK);
    return (ssize_t)len;
}

static size_t device_watch(void *ctx, struct pollfd *fds, size_t room)
{
    (void)ctx, (void)fds, (void)room;
    return 0;
}

static void device_close(void *ctx)
{
    ((struct device *)ctx)->closed++;
}

static int open_device(struct device *d, unsigned hello_ms, struct netconf **out, struct error *err)
{
    struct driver_hop hop = {.name = "edge-7"};
    struct driver_job job = {
        .hops = &hop, .hop_count = 1, .command_ms = hello_ms, .max_bytes = (size_t)1 << 20};
    d->stream = (struct stream){.ctx = d,
        .read = device_read,
        .write = device_write,
        .watch = device_watch,
        .close = device_close};
    *err = (struct error)ERROR_INIT;
    return netconf_open_stream(&job, &d->stream, out, err);
}

/* Close the session of a device that says no more. */
static inline void part_from(struct device *d, struct netconf *session)
{
    d->ending = CLOSES;
    netconf_close(session);
    assert_int_equal(d->closed, 1);
    buf_free(&d->heard);
}

#endif
