#include "drivers/ssh/channel.h"

/* Wide and high, so that few devices wrap or page even before they are told not to. */
#define TERMINAL_NAME "vt100"
#define TERMINAL_COLUMNS 511
#define TERMINAL_ROWS 1000

static long shell_read(void *ctx, char *bytes, size_t size, int64_t deadline_us)
{
    struct shell *s = ctx;
    s->route->deadline_us = deadline_us;
    for (;;) {
        int got = ssh_channel_read_nonblocking(s->channel, bytes, (uint32_t)size, 0);
        if (got > 0)
            return got;
        if (got < 0 || ssh_channel_is_eof(s->channel) || ssh_channel_is_closed(s->channel))
            return 0;
        if (route_wait_channel(s->route, s->channel))
            return RC_TIMEOUT;
    }
}

static int shell_write(void *ctx, struct str bytes, int64_t deadline_us)
{
    struct shell *s = ctx;
    s->route->deadline_us = deadline_us;
    while (bytes.len > 0) {
        int put = ssh_channel_write(s->channel, bytes.at, (uint32_t)bytes.len);
        if (put < 0 && put != SSH_AGAIN)
            return RC_CONNECT;
        if (put > 0) {
            bytes.at += put;
            bytes.len -= (size_t)put;
        } else if (route_wait(s->route)) {
            return RC_TIMEOUT;
        }
    }
    return RC_OK;
}

int shell_open(struct shell *s, struct route *r, struct wire *wire, struct error *err)
{
    int rc;
    *s = (struct shell){.route = r, .channel = ssh_channel_new(route_session(r))};
    *wire = (struct wire){.read = shell_read, .write = shell_write, .ctx = s};
    route_step(r, r->job->connect_ms, "open a shell");
    if (!s->channel)
        return error_at(err, RC_NO_MEMORY, r->place, "out of memory");
    ROUTE_CALL(r, rc, SSH_AGAIN, ssh_channel_open_session(s->channel));
    if (rc != SSH_OK)
        return route_fail(r, RC_DIALOGUE, err);
    /* Without a terminal some servers still give a shell, and it still has a prompt. */
    ROUTE_CALL(r, rc, SSH_AGAIN,
        ssh_channel_request_pty_size(s->channel, TERMINAL_NAME, TERMINAL_COLUMNS, TERMINAL_ROWS));
    if (rc != SSH_AGAIN)
        ROUTE_CALL(r, rc, SSH_AGAIN, ssh_channel_request_shell(s->channel));
    return rc == SSH_OK ? RC_OK : route_fail(r, RC_DIALOGUE, err);
}

void shell_close(struct shell *s)
{
    if (s->channel)
        ssh_channel_free(s->channel);
    s->channel = NULL;
}
