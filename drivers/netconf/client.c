#include "drivers/netconf/client.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <nc_client.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "drivers/driver.h"
#include "drivers/netconf/guard.h"

#define BASE "urn:ietf:params:xml:ns:netconf:base:1.0"
#define MOST_STAND_IN                                                                              \
    65536 /* bytes of what the library sends: it fits into the socket's buffer                     \
           */
#define LONGEST_ID 64
#define AT_ONCE_MS 1000 /* the answer stands in the socket when the library looks */

/* One context for all sessions: it holds the library's own ietf-netconf and never more. The library
 * writes to it at each start, so threads take turns. */
static struct ly_ctx *context;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

struct client {
    struct nc_session *session;
    struct nc_rpc *rpc; /* the stand-in under way */
    uint64_t id;
    int ours, theirs; /* ends of the socket pair; -1: closed */
};

static void say_nothing(const struct nc_session *session, NC_VERB_LEVEL level, const char *text)
{
    (void)session, (void)level, (void)text;
}

/* Both libraries would write to stderr, also what a device sent. */
static void silence(void)
{
    nc_set_print_clb_session(say_nothing);
    nc_verbosity(NC_VERB_ERROR);
    ly_log_options(LY_LOSTORE);
}

static int out_of_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "out of memory");
}

/* Everything the library wrote, as the one message it is. */
static int take_message(struct client *c, struct guard *g, struct error *err)
{
    char bytes[4096];
    while (!g->whole) {
        ssize_t got = recv(c->ours, bytes, sizeof bytes, MSG_DONTWAIT);
        size_t used;
        if (got <= 0)
            return error_set(err, RC_IO, "libnetconf2 sent no message");
        int rc = guard_take(g, (struct str){bytes, (size_t)got}, &used, err);
        if (rc)
            return rc;
    }
    return RC_OK;
}

static int put_message(struct client *c, bool chunked, const struct buf *message, struct error *err)
{
    struct buf framed = {0};
    int rc = guard_frame(chunked, buf_str(message), &framed);
    if (rc == RC_OK &&
        send(c->ours, framed.data, framed.len, MSG_DONTWAIT | MSG_NOSIGNAL) != (ssize_t)framed.len)
        rc = RC_IO;
    buf_free(&framed);
    return rc ? error_set(err, (enum rc)rc, "cannot pass a message to libnetconf2") : RC_OK;
}

/* The library's ietf-netconf imports this one for two extensions, and not every machine has it. */
static const char access_control[] = "module ietf-netconf-acm {"
                                     "  namespace \"urn:ietf:params:xml:ns:yang:ietf-netconf-acm\";"
                                     "  prefix nacm;"
                                     "  extension default-deny-write;"
                                     "  extension default-deny-all;"
                                     "}";

static int make_context(struct error *err)
{
    if (context)
        return RC_OK;
    if (ly_ctx_new(NULL, LY_CTX_NO_YANGLIBRARY | LY_CTX_DISABLE_SEARCHDIR_CWD, &context))
        return out_of_memory(err);
    if (!lys_parse_mem(context, access_control, LYS_IN_YANG, NULL))
        return RC_OK;
    ly_ctx_destroy(context);
    context = NULL;
    return error_set(err, RC_IO, "libyang takes no module");
}

/* The device's hello, as far as the library shall know it: chunks are cheapest to read for it, and
 * with no module announced it asks for none. */
static int connect_session(struct client *c, uint32_t session_id, struct error *err)
{
    struct buf hello = {0};
    struct guard greeting = {.message = {.cap = MOST_STAND_IN}};
    int rc = make_context(err);
    if (rc == RC_OK && buf_format(&hello,
                           "<hello xmlns=\"" BASE "\"><capabilities>"
                           "<capability>urn:ietf:params:netconf:base:1.0</capability>"
                           "<capability>urn:ietf:params:netconf:base:1.1</capability>"
                           "</capabilities><session-id>%u</session-id></hello>",
                           session_id))
        rc = out_of_memory(err);
    if (rc == RC_OK)
        rc = put_message(c, false, &hello, err);
    if (rc == RC_OK && !(c->session = nc_connect_inout(c->theirs, c->theirs, context)))
        rc = error_set(err, RC_IO, "libnetconf2 starts no session");
    if (rc == RC_OK)
        rc = take_message(c, &greeting, err);
    buf_free(&hello);
    guard_free(&greeting);
    return rc;
}

int client_open(uint32_t session_id, struct client **out, struct error *err)
{
    int pair[2];
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        return out_of_memory(err);
    c->ours = c->theirs = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
        int rc = error_set(err, RC_IO, "cannot make a socket: %s", strerror(errno));
        client_close(c);
        return rc;
    }
    c->ours = pair[0];
    c->theirs = pair[1];
    pthread_mutex_lock(&turn);
    silence();
    int rc = connect_session(c, session_id, err);
    silence(); /* the library turned libyang's voice on */
    pthread_mutex_unlock(&turn);
    if (rc) {
        client_close(c);
        return rc;
    }
    *out = c;
    return RC_OK;
}

/* Its stand-in has our operation in it instead of its own. */
static int write_rpc(struct str stand_in, struct str operation, struct buf *rpc, struct error *err)
{
    struct guard_seen seen;
    int rc = guard_inspect(stand_in, &seen, err);
    if (rc)
        return rc;
    rc = buf_format(
        rpc, "<rpc xmlns=\"" BASE "\" message-id=\"%.*s\">", (int)seen.id.len, seen.id.at);
    if (rc == RC_OK)
        rc = buf_add_str(rpc, operation);
    if (rc == RC_OK)
        rc = buf_add(rpc, "</rpc>");
    return rc ? error_set(err, (enum rc)rc, "the request is too long") : RC_OK;
}

int client_request(struct client *c, struct str operation, struct buf *rpc, struct error *err)
{
    struct guard request = {.chunked = true, .message = {.cap = MOST_STAND_IN}};
    int rc = RC_OK;
    nc_rpc_free(c->rpc);
    c->rpc = nc_rpc_get(NULL, NC_WD_UNKNOWN, NC_PARAMTYPE_CONST);
    if (!c->rpc)
        return out_of_memory(err);
    pthread_mutex_lock(&turn);
    if (nc_send_rpc(c->session, c->rpc, AT_ONCE_MS, &c->id) != NC_MSG_RPC)
        rc = error_set(err, RC_IO, "libnetconf2 sends no request");
    pthread_mutex_unlock(&turn);
    if (rc == RC_OK)
        rc = take_message(c, &request, err);
    if (rc == RC_OK)
        rc = write_rpc(buf_str(&request.message), operation, rpc, err);
    guard_free(&request);
    return rc;
}

/* What the library makes of the stand-in. */
static int judge_reply(struct client *c, struct error *err)
{
    struct lyd_node *envelope = NULL, *op = NULL;
    NC_MSG_TYPE type = nc_recv_reply(c->session, c->rpc, c->id, AT_ONCE_MS, &envelope, &op);
    lyd_free_tree(envelope);
    lyd_free_tree(op);
    if (type == NC_MSG_REPLY)
        return RC_OK;
    if (type == NC_MSG_REPLY_ERR_MSGID)
        return error_set(err, RC_FORMAT,
            "the device answers another request than the one asked (wrong message-id)");
    return error_set(err, RC_FORMAT, "libnetconf2 refuses the reply");
}

int client_reply(struct client *c, struct str id, struct error *err)
{
    struct buf reply = {0};
    char shown[LONGEST_ID + 1];
    if (!id.at)
        return error_set(err, RC_FORMAT, "a reply without message-id");
    text_escape(shown, sizeof shown, id.at, id.len);
    if (id.len > LONGEST_ID || strpbrk(shown, "\"<"))
        return error_set(err, RC_FORMAT, "a reply with the message-id \"%s\"", shown);
    int rc = buf_format(
        &reply, "<rpc-reply xmlns=\"" BASE "\" message-id=\"%s\"><ok/></rpc-reply>", shown);
    rc = rc ? out_of_memory(err) : put_message(c, true, &reply, err);
    if (rc == RC_OK) {
        pthread_mutex_lock(&turn);
        rc = judge_reply(c, err);
        pthread_mutex_unlock(&turn);
    }
    buf_free(&reply);
    return rc;
}

void client_close(struct client *c)
{
    if (!c)
        return;
    /* The device was told already: the library shall find its line cut, and not wait. */
    if (c->ours >= 0)
        shutdown(c->ours, SHUT_WR);
    pthread_mutex_lock(&turn);
    nc_session_free(c->session, NULL);
    pthread_mutex_unlock(&turn);
    nc_rpc_free(c->rpc);
    if (c->ours >= 0)
        close(c->ours);
    if (c->theirs >= 0)
        close(c->theirs);
    free(c);
}

void netconf_prepare(void)
{
    /* The first session loads the library's modules; one with nobody is enough. */
    struct client *c = NULL;
    if (client_open(1, &c, NULL) == RC_OK)
        client_close(c);
}
