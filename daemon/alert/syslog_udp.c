/* Syslog over UDP (RFC 5426): one message, one datagram. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alert/sink.h"
#include "base/clock.h"

/* The name is looked up again that often: a log host that moved is found. */
#define KEEP_US (60 * INT64_C(1000000))

static void close_socket(struct sink *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static int open_socket(struct sink *s, struct error *err)
{
    int64_t now_us = clock_mono_us(&clock_system);
    if (s->fd >= 0 && now_us - s->opened_us < KEEP_US)
        return RC_OK;
    close_socket(s);
    char port[8];
    snprintf(port, sizeof port, "%u", s->settings->port);
    const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    int code = getaddrinfo(s->settings->host, port, &hints, &found);
    if (code)
        return error_set(err, RC_SINK, "%s: %s", s->where, gai_strerror(code));
    int why = EADDRNOTAVAIL;
    for (const struct addrinfo *a = found; a && s->fd < 0; a = a->ai_next) {
        s->fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (s->fd >= 0 && connect(s->fd, a->ai_addr, a->ai_addrlen) == 0)
            break;
        why = errno;
        close_socket(s);
    }
    freeaddrinfo(found);
    if (s->fd < 0)
        return error_set(err, RC_SINK, "%s: %s", s->where, strerror(why));
    s->opened_us = now_us;
    return RC_OK;
}

/* An ICMP error about an earlier datagram waits in the socket. */
static int take_error(int fd)
{
    int code = 0;
    socklen_t len = sizeof code;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len) ? errno : code;
}

int syslog_udp_send(struct sink *s, const struct document *d, struct error *err)
{
    struct buf line = {.cap = SYSLOG_UDP_MOST};
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    int rc = syslog_line(d, s->settings->facility, host, SYSLOG_UDP_MOST, &line, err);
    if (!rc)
        rc = open_socket(s, err);
    if (!rc) {
        take_error(s->fd);
        ssize_t sent = send(s->fd, line.data, line.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        /* Some refusals are there at once: a log host on this machine, a missing route. */
        int code = sent < 0 ? errno : take_error(s->fd);
        if (code) {
            close_socket(s);
            rc = error_set(err, RC_SINK, "%s: %s", s->where, strerror(code));
        }
    }
    buf_free(&line);
    return rc;
}
