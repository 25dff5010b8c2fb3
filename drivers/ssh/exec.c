#include <libssh/callbacks.h>
#include <stdio.h>

#include "drivers/ssh/channel.h"

/* What the callbacks fill while the packets come in. */
struct intake {
    struct exec_reply *reply;
    char complaint[120]; /* first bytes of stderr */
    size_t complaint_len;
    bool full;
    bool has_status;
    char signal[32];
};

static int take_data(
    ssh_session session, ssh_channel channel, void *data, uint32_t len, int is_stderr, void *ctx)
{
    (void)session, (void)channel;
    struct intake *in = ctx;
    if (is_stderr) {
        size_t room = sizeof in->complaint - in->complaint_len;
        size_t more = len < room ? len : room;
        memcpy(in->complaint + in->complaint_len, data, more);
        in->complaint_len += more;
    } else if (!in->full && buf_append(&in->reply->out, data, len)) {
        in->full = true;
    }
    return (int)len;
}

static void take_status(ssh_session session, ssh_channel channel, int status, void *ctx)
{
    (void)session, (void)channel;
    struct intake *in = ctx;
    in->reply->status = status;
    in->has_status = true;
}

static void take_signal(ssh_session session, ssh_channel channel, const char *name, int core,
    const char *text, const char *language, void *ctx)
{
    (void)session, (void)channel, (void)core, (void)text, (void)language;
    struct intake *in = ctx;
    text_escape(in->signal, sizeof in->signal, name, strlen(name));
}

/* Until the end of the output, and the status that belongs to it. */
static int take_in(struct route *r, ssh_channel channel, struct intake *in)
{
    while (!in->full && !ssh_channel_is_closed(channel) &&
           !(ssh_channel_is_eof(channel) && (in->has_status || in->signal[0]))) {
        /* Asking for the status makes libssh look at its socket, also after the end of output. */
        (void)ssh_channel_get_exit_status(channel);
        if (ssh_channel_poll(channel, 0) == SSH_ERROR)
            return RC_CONNECT;
        if (in->full || ssh_channel_is_closed(channel) ||
            (ssh_channel_is_eof(channel) && (in->has_status || in->signal[0])))
            break;
        if (route_wait(r))
            return RC_TIMEOUT;
    }
    return in->full ? RC_LIMIT : RC_OK;
}

static int judge(struct route *r, const struct intake *in, int rc, struct error *err)
{
    size_t len = in->reply->out.len;
    if (rc == RC_LIMIT)
        return error_at(err, RC_LIMIT, r->place, "more output than allowed (%zu bytes)", len);
    if (rc == RC_TIMEOUT)
        return error_at(err, RC_TIMEOUT, r->place, "not finished in time, after %zu bytes", len);
    if (in->signal[0])
        return error_at(err, RC_DIALOGUE, r->place, "the command died of signal %s", in->signal);
    if (rc || !in->has_status)
        return error_at(err, RC_INCOMPLETE, r->place,
            "the connection closed after %zu bytes, without an exit status", len);
    return RC_OK;
}

int exec_run(
    struct route *r, unsigned ms, const char *command, struct exec_reply *reply, struct error *err)
{
    struct intake in = {.reply = reply};
    struct ssh_channel_callbacks_struct callbacks = {.userdata = &in,
        .channel_data_function = take_data,
        .channel_exit_status_function = take_status,
        .channel_exit_signal_function = take_signal};
    ssh_callbacks_init(&callbacks);
    ssh_channel channel = ssh_channel_new(route_session(r));
    int rc;

    route_step(r, ms, "%.150s", command);
    if (!channel)
        return error_at(err, RC_NO_MEMORY, r->place, "out of memory");
    ssh_set_channel_callbacks(channel, &callbacks);
    ROUTE_CALL(r, rc, SSH_AGAIN, ssh_channel_open_session(channel));
    if (rc == SSH_OK)
        ROUTE_CALL(r, rc, SSH_AGAIN, ssh_channel_request_exec(channel, command));
    if (rc != SSH_OK)
        rc = route_fail(r, RC_DIALOGUE, err);
    else
        rc = judge(r, &in, take_in(r, channel, &in), err);
    struct str said = str_trim((struct str){in.complaint, in.complaint_len}), line = said;
    str_next_line(&said, &line);
    text_escape(reply->complaint, sizeof reply->complaint, line.at, line.len);
    ssh_remove_channel_callbacks(channel, &callbacks);
    ssh_channel_free(channel);
    return rc;
}

int exec_part(struct route *r, unsigned ms, const struct script_part *part, struct buf *out,
    struct error *err)
{
    struct exec_reply reply = {.out = {.cap = out->cap}};
    int rc = exec_run(r, ms, part->command, &reply, err);
    if (rc == RC_OK && reply.status != 0)
        rc = error_at(err, part->optional ? RC_NOT_FOUND : RC_DIALOGUE, r->place,
            "exit status %d%s%s", reply.status, reply.complaint[0] ? ": " : "", reply.complaint);
    if (rc == RC_OK && part->ends) {
        struct str last = text_last_line(buf_str(&reply.out));
        if (last.len == 0 || !regex_matches(part->ends, last))
            rc = error_at(err, RC_INCOMPLETE, r->place,
                "the end was not seen in %zu bytes; the last line has %zu characters",
                reply.out.len, last.len);
    }
    if (rc) {
        buf_wipe(&reply.out);
        return rc;
    }
    *out = reply.out;
    return RC_OK;
}
