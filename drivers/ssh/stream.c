/* Connections as streams: a channel of the device's own session, or a way to its door. */
#include "drivers/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/ssh/route.h"

/* Whoever holds a stream for long has no job any more. */
struct held {
    struct route route;
    struct driver_job job;
    ssh_channel channel;
    int fd;     /* instead of a channel; -1: none */
    bool stuck; /* it took no more */
};

static struct held *held_new(const struct driver_job *job, struct error *err)
{
    struct held *h = calloc(1, sizeof *h);
    if (!h) {
        error_set(err, RC_NO_MEMORY, "out of memory");
        return NULL;
    }
    h->job = *job;
    h->fd = -1;
    return h;
}

static void held_close(void *ctx)
{
    struct held *h = ctx;
    if (h->channel)
        ssh_channel_free(h->channel); /* says goodbye */
    route_close(&h->route);
    if (h->fd >= 0)
        close(h->fd);
    free(h);
}

/* ---- a channel ---- */

static ssize_t channel_closed(struct held *h, struct error *err)
{
    ssh_session session = route_session(&h->route);
    if (ssh_is_connected(session))
        error_set(err, RC_CONNECT, "the device closed the connection");
    else
        error_set(err, RC_CONNECT, "the connection broke: %s", ssh_get_error(session));
    return -1;
}

/* What a server says on the side is not heard, but would fill the channel's window. */
static void drop_complaints(struct held *h)
{
    char bytes[1024];
    while (ssh_channel_read_nonblocking(h->channel, bytes, sizeof bytes, 1) > 0)
        ;
}

static ssize_t tunnel_read(void *ctx, void *to, size_t most, struct error *err)
{
    struct held *h = ctx;
    int got = 0;
    route_pump(&h->route);
    if (most > UINT32_MAX)
        most = UINT32_MAX;
    /* Twice: the last words may come in together with the end, and while something else is read. */
    for (int i = 0; i < 2; i++) {
        got = ssh_channel_read_nonblocking(h->channel, to, (uint32_t)most, 0);
        if (got > 0)
            return got;
        drop_complaints(h);
    }
    bool ended = got < 0 && got != SSH_AGAIN;
    if (ended || ssh_channel_is_eof(h->channel) || ssh_channel_is_closed(h->channel) ||
        !ssh_is_connected(route_session(&h->route)))
        return channel_closed(h, err);
    return 0;
}

static ssize_t tunnel_write(void *ctx, const void *from, size_t len, struct error *err)
{
    struct held *h = ctx;
    uint32_t window = ssh_channel_window_size(h->channel);
    if (window == 0 || len == 0)
        return 0; /* reading lets the window open again */
    int put = ssh_channel_write(h->channel, from, len < window ? (uint32_t)len : window);
    route_pump(&h->route);
    if (put == SSH_AGAIN)
        return 0;
    return put < 0 ? channel_closed(h, err) : put;
}

static size_t tunnel_watch(void *ctx, struct pollfd *fds, size_t room)
{
    struct held *h = ctx;
    route_pump(&h->route);
    return route_watch(&h->route, fds, room);
}

static void channel_stream(struct held *h, struct stream *out)
{
    *out = (struct stream){.ctx = h,
        .read = tunnel_read,
        .write = tunnel_write,
        .watch = tunnel_watch,
        .close = held_close};
}

static int open_subsystem(struct held *h, const char *subsystem, struct error *err)
{
    struct route *r = &h->route;
    int rc;
    route_step(r, h->job.command_ms, "start %s", subsystem);
    h->channel = ssh_channel_new(route_session(r));
    if (!h->channel)
        return error_at(err, RC_NO_MEMORY, r->place, "out of memory");
    ROUTE_CALL(r, rc, SSH_AGAIN, ssh_channel_open_session(h->channel));
    if (rc != SSH_OK)
        return route_fail(r, RC_DIALOGUE, err);
    ROUTE_CALL(r, rc, SSH_AGAIN, ssh_channel_request_subsystem(h->channel, subsystem));
    if (rc == SSH_OK)
        return RC_OK;
    rc = route_fail(r, RC_DIALOGUE, err);
    if (rc == RC_DIALOGUE)
        error_at(err, RC_DIALOGUE, r->place,
            "the device has no %s here; is it turned on, and is this its port?", subsystem);
    return rc;
}

int ssh_stream_open(const struct driver_job *job, struct driver_result *result,
    const char *subsystem, struct stream *out, struct error *err)
{
    struct held *h = held_new(job, err);
    if (!h)
        return RC_NO_MEMORY;
    int rc = route_open(&h->route, &h->job, result, err);
    if (rc == RC_OK)
        rc = open_subsystem(h, subsystem, err);
    if (rc) {
        held_close(h);
        return rc;
    }
    channel_stream(h, out);
    return RC_OK;
}

/* ---- a bare connection ---- */

static ssize_t socket_failed(struct error *err)
{
    if (errno == EAGAIN || errno == EINTR)
        return 0;
    error_set(err, RC_CONNECT, "the connection broke: %s", strerror(errno));
    return -1;
}

static ssize_t socket_read(void *ctx, void *to, size_t most, struct error *err)
{
    struct held *h = ctx;
    ssize_t got = recv(h->fd, to, most, MSG_DONTWAIT);
    if (got > 0)
        return got;
    if (got < 0)
        return socket_failed(err);
    error_set(err, RC_CONNECT, "the device closed the connection");
    return -1;
}

static ssize_t socket_write(void *ctx, const void *from, size_t len, struct error *err)
{
    struct held *h = ctx;
    ssize_t put = send(h->fd, from, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    h->stuck = put < 0;
    return put >= 0 ? put : socket_failed(err);
}

static size_t socket_watch(void *ctx, struct pollfd *fds, size_t room)
{
    struct held *h = ctx;
    if (room == 0)
        return 0;
    fds[0] = (struct pollfd){.fd = h->fd, .events = (short)(POLLIN | (h->stuck ? POLLOUT : 0))};
    return 1;
}

int device_stream_open(const struct driver_job *job, struct driver_result *result,
    struct stream *out, struct error *err)
{
    struct held *h = held_new(job, err);
    if (!h)
        return RC_NO_MEMORY;
    int rc = route_open_before(&h->route, &h->job, result, err);
    if (rc == RC_OK)
        rc = route_knock(&h->route, &h->fd, &h->channel, err);
    if (rc) {
        held_close(h);
        return rc;
    }
    channel_stream(h, out);
    if (h->fd >= 0)
        *out = (struct stream){.ctx = h,
            .read = socket_read,
            .write = socket_write,
            .watch = socket_watch,
            .close = held_close};
    return RC_OK;
}
