#include "drivers/ssh/route.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define PUMP_BYTES 16384
#define LONGEST_POLL_US 1000000 /* libssh is asked again at least this often */
#define USUAL_CONNECT_MS 30000

static int64_t now_us(void)
{
    return clock_mono_us(&clock_system);
}

ssh_session route_session(const struct route *r)
{
    return r->hops[r->count - 1].session;
}

static void name_step(struct route *r, const char *step)
{
    const struct driver_hop *device = &r->job->hops[r->job->hop_count - 1];
    snprintf(r->place, sizeof r->place, "%s: %s", device->name, step);
}

void route_step(struct route *r, unsigned ms, const char *format, ...)
{
    char step[200];
    va_list args;
    va_start(args, format);
    vsnprintf(step, sizeof step, format, args);
    va_end(args);
    name_step(r, step);
    r->deadline_us = now_us() + (int64_t)(ms ? ms : USUAL_CONNECT_MS) * 1000;
    if (r->deadline_us > r->total_us)
        r->deadline_us = r->total_us;
    if (r->job->progress)
        r->job->progress(r->job->ctx, step);
}

int route_fail(struct route *r, enum rc code, struct error *err)
{
    int64_t now = now_us();
    if (now >= r->total_us)
        return error_at(err, RC_TIMEOUT, r->place, "the time for the whole pull is over");
    if (now >= r->deadline_us)
        return error_at(err, RC_TIMEOUT, r->place, "no answer in time");
    return error_at(err, code, r->place, "%s", ssh_get_error(route_session(r)));
}

/* ---- waiting, and moving the bytes of the hops below ---- */

/* From the tunnel to the session inside it. False when the tunnel has ended. */
static bool pump_up(struct route_hop *hop)
{
    char bytes[PUMP_BYTES];
    for (;;) {
        if (hop->pending.len == 0) {
            int got = ssh_channel_read_nonblocking(hop->tunnel, bytes, sizeof bytes, 0);
            if (got <= 0)
                return got == 0 && !ssh_channel_is_eof(hop->tunnel);
            if (buf_append(&hop->pending, bytes, (size_t)got))
                return false;
        }
        ssize_t put =
            send(hop->inner, hop->pending.data, hop->pending.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put <= 0)
            return put < 0 && (errno == EAGAIN || errno == EINTR);
        hop->pending.len -= (size_t)put;
        memmove(hop->pending.data, hop->pending.data + put, hop->pending.len);
    }
}

/* From the session inside to the tunnel, as far as its window goes. */
static bool pump_down(struct route_hop *hop)
{
    char bytes[PUMP_BYTES];
    uint32_t window;
    while ((window = ssh_channel_window_size(hop->tunnel)) > 0) {
        size_t most = window < sizeof bytes ? window : sizeof bytes;
        ssize_t got = recv(hop->inner, bytes, most, MSG_DONTWAIT);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR;
        if (got == 0)
            return false;
        for (ssize_t done = 0; done < got;) {
            int put = ssh_channel_write(hop->tunnel, bytes + done, (uint32_t)(got - done));
            if (put <= 0)
                return false;
            done += put;
        }
    }
    return true;
}

static void pump(struct route_hop *hop)
{
    if (hop->inner >= 0 && (!pump_up(hop) || !pump_down(hop))) {
        /* The session inside reads the end of file, and says so. */
        close(hop->inner);
        hop->inner = -1;
    }
}

static short poll_events(ssh_session session)
{
    return (short)(POLLIN | (ssh_get_poll_flags(session) & SSH_WRITE_PENDING ? POLLOUT : 0));
}

void route_pump(struct route *r)
{
    for (size_t i = 0; i + 1 < r->count; i++)
        pump(&r->hops[i]);
}

size_t route_watch(const struct route *r, struct pollfd *fds, size_t room)
{
    size_t n = 0;
    if (room > 0)
        fds[n++] = (struct pollfd){
            .fd = ssh_get_fd(route_session(r)), .events = poll_events(route_session(r))};
    for (size_t i = 0; i + 1 < r->count && n + 2 <= room; i++) {
        const struct route_hop *hop = &r->hops[i];
        if (hop->inner < 0)
            continue;
        fds[n++] =
            (struct pollfd){.fd = ssh_get_fd(hop->session), .events = poll_events(hop->session)};
        /* With the window shut nothing more is taken from the session inside. */
        short events = ssh_channel_window_size(hop->tunnel) > 0 ? POLLIN : 0;
        if (hop->pending.len > 0)
            events |= POLLOUT;
        fds[n++] = (struct pollfd){.fd = hop->inner, .events = events};
    }
    return n;
}

int route_wait(struct route *r)
{
    for (;;) {
        struct pollfd fds[2 * ROUTE_MOST_HOPS];
        int64_t left = r->deadline_us - now_us();
        if (left <= 0)
            return RC_TIMEOUT;
        route_pump(r);
        size_t n = route_watch(r, fds, 2 * ROUTE_MOST_HOPS);
        if (left > LONGEST_POLL_US)
            left = LONGEST_POLL_US;
        struct timespec patience = {.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
        int ready = ppoll(fds, (nfds_t)n, &patience, NULL);
        if (ready == 0 || fds[0].revents || (ready < 0 && errno != EINTR))
            return RC_OK; /* ready == 0: the deadline is looked at when the caller is back */
    }
}

int route_wait_channel(struct route *r, ssh_channel channel)
{
    if (r->count > 1)
        return route_wait(r);
    /* Nothing to pump: libssh may wait by itself, which saves two system calls. */
    int64_t left = r->deadline_us - now_us();
    if (left <= 0)
        return RC_TIMEOUT;
    (void)ssh_channel_poll_timeout(
        channel, (int)((left < LONGEST_POLL_US ? left : LONGEST_POLL_US) / 1000) + 1, 0);
    return RC_OK;
}

/* ---- getting to a hop ---- */

static int reason(struct route *r, int fault, struct error *err)
{
    char text[128];
    snprintf(text, sizeof text, "%s", strerror(fault));
    if (text[0] >= 'A' && text[0] <= 'Z')
        text[0] = (char)(text[0] + 'a' - 'A');
    return error_at(err, fault == ETIMEDOUT ? RC_TIMEOUT : RC_CONNECT, r->place, "%s", text);
}

/* Without the first, Nagle and the peer's delayed ACK cost 40 ms a command; without the others a
 * session that is held for days would never learn that its device is gone. */
static void tune_socket(int fd)
{
    static const struct {
        int level, name, value;
    } options[] = {{IPPROTO_TCP, TCP_NODELAY, 1}, {SOL_SOCKET, SO_KEEPALIVE, 1},
        {IPPROTO_TCP, TCP_KEEPIDLE, 60}, {IPPROTO_TCP, TCP_KEEPINTVL, 15},
        {IPPROTO_TCP, TCP_KEEPCNT, 4}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int));
}

/* One address; 0 or an errno. */
static int connect_address(struct route *r, const struct addrinfo *to, int *out)
{
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    int fault = connect(fd, to->ai_addr, to->ai_addrlen) == 0 ? 0 : errno;
    if (fault == EINPROGRESS) {
        struct pollfd p = {.fd = fd, .events = POLLOUT};
        int ready;
        do {
            int64_t left = r->deadline_us - now_us();
            ready = poll(&p, 1, left > 0 ? (int)(left / 1000) + 1 : 0);
        } while (ready < 0 && errno == EINTR);
        socklen_t size = sizeof fault;
        if (ready == 0)
            fault = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size) < 0)
            fault = errno;
    }
    if (fault) {
        close(fd);
        return fault;
    }
    tune_socket(fd);
    *out = fd;
    return 0;
}

/* A connection that stands already. */
static int adopt_socket(struct route *r, const struct driver_hop *hop, int *fd, struct error *err)
{
    int flags = fcntl(hop->socket, F_GETFL);
    if (flags < 0 || fcntl(hop->socket, F_SETFL, flags | O_NONBLOCK) < 0)
        return reason(r, errno, err);
    tune_socket(hop->socket);
    *fd = hop->socket;
    return RC_OK;
}

static int connect_tcp(struct route *r, const struct driver_hop *hop, int *fd, struct error *err)
{
    if (hop->socket > 0)
        return adopt_socket(r, hop, fd, err);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *all = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", hop->port);
    int fault = getaddrinfo(hop->address, port, &hints, &all);
    if (fault)
        return error_at(err, RC_CONNECT, r->place, "no address for \"%s\": %s", hop->address,
            gai_strerror(fault));
    fault = EHOSTUNREACH;
    for (const struct addrinfo *to = all; to; to = to->ai_next)
        if ((fault = connect_address(r, to, fd)) == 0)
            break;
    freeaddrinfo(all);
    return fault ? reason(r, fault, err) : RC_OK;
}

/* A channel of the last hop to the next one. */
static int open_tunnel(
    struct route *r, const struct driver_hop *hop, ssh_channel *channel, struct error *err)
{
    int rc;
    *channel = ssh_channel_new(route_session(r));
    if (!*channel)
        return error_at(err, RC_NO_MEMORY, r->place, "out of memory");
    ROUTE_CALL(r, rc, SSH_AGAIN,
        ssh_channel_open_forward(*channel, hop->address, hop->port, "127.0.0.1", 0));
    return rc == SSH_OK ? RC_OK : route_fail(r, RC_CONNECT, err);
}

/* The same, with a socket pair in front of it for the next session. */
static int connect_tunnel(struct route *r, const struct driver_hop *hop, int *fd, struct error *err)
{
    struct route_hop *below = &r->hops[r->count - 1];
    int pair[2], rc = open_tunnel(r, hop, &below->tunnel, err);
    if (rc)
        return rc;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return reason(r, errno, err);
    below->inner = pair[0];
    *fd = pair[1];
    return RC_OK;
}

static int configure(struct route *r, const struct driver_hop *hop, ssh_session session,
    socket_t fd, struct error *err)
{
    bool no = false;
    int quiet = SSH_LOG_NOLOG, nodelay = 1;
    unsigned port = hop->port;
    /* Nothing of the account that runs us has a say: no config, no known hosts, no keys. */
    if (ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no) ||
        ssh_options_set(session, SSH_OPTIONS_LOG_VERBOSITY, &quiet) ||
        ssh_options_set(session, SSH_OPTIONS_SSH_DIR, "/nonexistent") ||
        ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null") ||
        ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null") ||
        ssh_options_set(session, SSH_OPTIONS_HOST, hop->address) ||
        ssh_options_set(session, SSH_OPTIONS_PORT, &port) ||
        ssh_options_set(session, SSH_OPTIONS_USER, hop->login.user ? hop->login.user : "") ||
        ssh_options_set(session, SSH_OPTIONS_NODELAY, &nodelay) ||
        ssh_options_set(session, SSH_OPTIONS_FD, &fd))
        return error_at(err, RC_CONNECT, r->place, "%s", ssh_get_error(session));
    ssh_set_blocking(session, 0);
    return route_offer_algorithms(r, hop, session, err);
}

static int handshake(struct route *r, const struct driver_hop *hop, struct error *err)
{
    ssh_session session = route_session(r);
    int rc;
    ROUTE_CALL(r, rc, SSH_AGAIN, ssh_connect(session));
    if (rc == SSH_OK)
        return RC_OK;
    rc = route_fail(r, RC_CONNECT, err);
    if (err && strstr(err->text, "no match for method") && !hop->legacy_algorithms) {
        size_t len = strlen(err->text);
        snprintf(err->text + len, sizeof err->text - len,
            "; if the device is that old, allow it legacy algorithms");
    }
    return rc;
}

static bool is_device(const struct route *r, const struct driver_hop *hop)
{
    return hop == &r->job->hops[r->job->hop_count - 1];
}

static void step_connect(struct route *r, const struct driver_hop *hop)
{
    bool last = is_device(r, hop);
    const char *to = last ? "" : hop->name, *colon = last ? "" : ": ";
    char through[100] = "";
    if (r->count > 0)
        snprintf(through, sizeof through, " through %s", (hop - 1)->name);
    if (r->count == 0 && hop->socket > 0)
        route_step(r, r->job->connect_ms, "%s%scalled by %s", to, colon, hop->address);
    else
        route_step(r, r->job->connect_ms, "%s%sconnect %s:%u%s", to, colon, hop->address, hop->port,
            through);
}

static int open_hop(struct route *r, const struct driver_hop *hop, struct error *err)
{
    bool last = is_device(r, hop);
    char step[150];
    int fd = -1;
    step_connect(r, hop);
    if (!hop->login.user)
        return error_at(err, RC_AUTH, r->place, "no user name is set");
    int rc = r->count == 0 ? connect_tcp(r, hop, &fd, err) : connect_tunnel(r, hop, &fd, err);
    if (rc)
        return rc;
    struct route_hop *here = &r->hops[r->count];
    here->session = ssh_new();
    if (!here->session) {
        close(fd);
        return error_at(err, RC_NO_MEMORY, r->place, "out of memory");
    }
    r->count++;
    if ((rc = configure(r, hop, here->session, fd, err))) {
        close(fd);
        return rc;
    }
    /* From here on the session owns the socket. */
    if ((rc = handshake(r, hop, err)) || (rc = route_check_host_key(r, hop, here->session, err)))
        return rc;
    snprintf(step, sizeof step, "%s%slog in", last ? "" : hop->name, last ? "" : ": ");
    name_step(r, step);
    return route_log_in(r, hop, here->session, err);
}

static int open_hops(struct route *r, const struct driver_job *job, struct driver_result *result,
    size_t spared, struct error *err)
{
    *r = (struct route){.job = job, .result = result};
    for (size_t i = 0; i < ROUTE_MOST_HOPS; i++)
        r->hops[i].inner = -1;
    r->total_us = now_us() + (job->total_ms ? (int64_t)job->total_ms * 1000 : 600000000);
    if (job->hop_count == 0 || job->hop_count > ROUTE_MOST_HOPS)
        return error_set(err, RC_LIMIT, "a way of %zu hops: 1 to %d are possible", job->hop_count,
            ROUTE_MOST_HOPS);
    int rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i + spared < job->hop_count; i++)
        rc = open_hop(r, &job->hops[i], err);
    return rc;
}

int route_open(
    struct route *r, const struct driver_job *job, struct driver_result *result, struct error *err)
{
    return open_hops(r, job, result, 0, err);
}

int route_open_before(
    struct route *r, const struct driver_job *job, struct driver_result *result, struct error *err)
{
    return open_hops(r, job, result, 1, err);
}

int route_knock(struct route *r, int *fd, ssh_channel *channel, struct error *err)
{
    const struct driver_hop *device = &r->job->hops[r->job->hop_count - 1];
    step_connect(r, device);
    *fd = -1;
    *channel = NULL;
    return r->count == 0 ? connect_tcp(r, device, fd, err) : open_tunnel(r, device, channel, err);
}

void route_close(struct route *r)
{
    while (r->count > 0) {
        struct route_hop *top = &r->hops[r->count - 1];
        if (ssh_is_connected(top->session))
            ssh_disconnect(top->session);
        ssh_free(top->session);
        r->count--;
        if (r->count > 0) {
            struct route_hop *below = &r->hops[r->count - 1];
            pump(below); /* the goodbye */
            if (below->inner >= 0)
                close(below->inner);
            below->inner = -1;
            buf_wipe(&below->pending);
        }
    }
}
