/* What is said between engine, listeners and doorman. */
#include "watch/messages.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"

int watch_pack(uint32_t watch, const char *device, const struct driver_job *job, struct buf *out)
{
    struct buf packed = {.cap = MESSAGE_MOST_WATCH / 2};
    struct driver_job bare = job ? *job : (struct driver_job){0};
    /* a session is held, whatever the platform and what the pulls know of it */
    bare.platform = NULL;
    bare.netconf.filter = NULL;
    bare.netconf.have_count = 0;
    bool bad = (job && job_pack(device, &bare, &packed)) || pack_u32(out, watch) ||
               pack_str(out, buf_str(&packed));
    buf_wipe(&packed);
    return bad ? RC_LIMIT : RC_OK;
}

int watch_unpack(struct str message, uint32_t *watch, struct job **out, struct error *err)
{
    struct unpack u = {message, false};
    *watch = unpack_u32(&u);
    struct str packed = unpack_str(&u);
    *out = NULL;
    if (!unpack_done(&u))
        return error_set(err, RC_FORMAT, "a watch that makes no sense");
    return packed.len ? job_unpack(packed, NULL, out, err) : RC_OK;
}

void notice_say(char *out, size_t size, const char *text)
{
    text_escape(out, size, text ? text : "", text ? strlen(text) : 0);
}

int notice_pack(const struct notice *notice, struct buf *out)
{
    bool bad = pack_u32(out, notice->watch) || pack_u32(out, (uint32_t)notice->kind) ||
               pack_text(out, notice->user) || pack_text(out, notice->address) ||
               pack_u32(out, notice->wait_s) || pack_u32(out, (uint32_t)-notice->code) ||
               pack_text(out, notice->reason);
    return bad ? RC_LIMIT : RC_OK;
}

/* What text_escape() leaves alone and what fits. */
static void take_said(struct unpack *u, char *out, size_t size)
{
    struct str text = unpack_str(u);
    char escaped[2 * NOTICE_REASON_SIZE];
    if (!text.at || text.len >= size ||
        text_escape(escaped, sizeof escaped, text.at, text.len) != text.len ||
        memcmp(escaped, text.at, text.len) != 0)
        u->bad = true;
    else
        memcpy(out, text.at, text.len);
}

int notice_unpack(struct str message, struct notice *out, struct error *err)
{
    struct unpack u = {message, false};
    *out = (struct notice){0};
    out->watch = unpack_u32(&u);
    uint32_t kind = unpack_u32(&u);
    take_said(&u, out->user, sizeof out->user);
    take_said(&u, out->address, sizeof out->address);
    out->wait_s = unpack_u32(&u);
    uint32_t code = unpack_u32(&u);
    take_said(&u, out->reason, sizeof out->reason);
    if (!unpack_done(&u) || kind >= NOTICE_KINDS || code > (uint32_t)-RC_SINK ||
        (kind == NOTICE_LOST) != (code != 0))
        return error_set(err, RC_FORMAT, "a notice that makes no sense");
    out->kind = (enum notice_kind)kind;
    out->code = (enum rc) - (int)code;
    return RC_OK;
}

int doors_pack(const char *ssh, const char *tls, struct buf *out)
{
    return pack_text(out, ssh) || pack_text(out, tls) ? RC_LIMIT : RC_OK;
}

int doors_unpack(struct str message, struct doors *out, struct error *err)
{
    struct unpack u = {message, false};
    out->ssh = unpack_text(&u);
    out->tls = unpack_text(&u);
    if (unpack_done(&u))
        return RC_OK;
    doors_free(out);
    return error_set(err, RC_FORMAT, "doors that make no sense");
}

void doors_free(struct doors *doors)
{
    free(doors->ssh);
    free(doors->tls);
    *doors = (struct doors){0};
}

int call_pack(const struct call *call, struct buf *out)
{
    bool bad =
        pack_u32(out, call->tls) || pack_text(out, call->address) || pack_text(out, call->failure);
    return bad ? RC_LIMIT : RC_OK;
}

int call_unpack(struct str message, struct call *out, struct error *err)
{
    struct unpack u = {message, false};
    unsigned char address[sizeof(struct in6_addr)];
    *out = (struct call){.tls = unpack_u32(&u) != 0};
    take_said(&u, out->address, sizeof out->address);
    take_said(&u, out->failure, sizeof out->failure);
    bool known = inet_pton(AF_INET, out->address, address) == 1 ||
                 inet_pton(AF_INET6, out->address, address) == 1;
    if (!unpack_done(&u) || known == (out->failure[0] != '\0'))
        return error_set(err, RC_FORMAT, "a call that makes no sense");
    return RC_OK;
}
