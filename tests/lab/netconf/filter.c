#include "tests/lab/netconf/ncserver.h"

#include <ctype.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"

#define END_OF_MESSAGE "]]>]]>"
#define BASE_NS "urn:ietf:params:xml:ns:netconf:base:1.0"

/* One way. */
struct side {
    struct buf pending; /* as it came */
    bool chunked;       /* after the hellos of base 1.1 (RFC 6242) */
};

struct filter {
    struct nc_device *device;
    int client_in, client_out, server;
    struct side up, down;      /* from the client; from the server */
    bool server_1_1, both_1_1; /* base 1.1 was announced */
    struct buf request;        /* the last one */
};

static bool has(struct str text, const char *what)
{
    return memmem(text.at, text.len, what, strlen(what)) != NULL;
}

/* ---- framing ---- */

static void drop(struct buf *b, size_t len)
{
    memmove(b->data, b->data + len, b->len - len);
    b->len -= len;
}

/* Chunks up to the end of chunks: 0 when it has not come yet, else the bytes they take. */
static size_t unchunk(const struct buf *from, struct buf *message)
{
    size_t at = 0;

    for (;;) {
        size_t size = 0, start = at + 2;
        if (from->len < at + 4 || from->data[at] != '\n' || from->data[at + 1] != '#') {
            return 0;
        }
        if (from->data[start] == '#') {
            return at + 4;
        }
        for (; start < from->len && isdigit((unsigned char)from->data[start]); start++) {
            size = size * 10 + (size_t)(from->data[start] - '0');
        }
        start++; /* the line's end */
        if (from->len < start + size) {
            return 0;
        }
        buf_append(message, from->data + start, size);
        at = start + size;
    }
}

static bool next_message(struct side *side, struct buf *message)
{
    struct buf *from = &side->pending;
    size_t taken = 0;

    buf_clear(message);
    if (side->chunked) {
        taken = unchunk(from, message);
    } else {
        const size_t end = sizeof END_OF_MESSAGE - 1;
        const char *found = from->len ? memmem(from->data, from->len, END_OF_MESSAGE, end) : NULL;
        if (found) {
            buf_append(message, from->data, (size_t)(found - from->data));
            taken = message->len + end;
        }
    }
    if (taken) {
        drop(from, taken);
    }
    return taken != 0;
}

static void send_raw(int fd, const char *text)
{
    io_write_all(fd, text, strlen(text));
}

static void send_message(int fd, bool chunked, struct str message)
{
    char head[32];
    snprintf(head, sizeof head, "\n#%zu\n", message.len);
    if (chunked) {
        send_raw(fd, head);
    }
    io_write_all(fd, message.at, message.len);
    send_raw(fd, chunked ? "\n##\n" : END_OF_MESSAGE);
}

static void to_client(struct filter *f, struct str message)
{
    send_message(f->client_out, f->both_1_1, message);
}

/* Begin a message of which no end will come. */
static void begin_message(struct filter *f, size_t size)
{
    char head[32];
    snprintf(head, sizeof head, "\n#%zu\n", size);
    if (f->both_1_1) {
        send_raw(f->client_out, head);
    }
}

/* ---- misbehaviour ---- */

static _Noreturn void end(void)
{
    _exit(0);
}

/* Deaf and dumb until the client leaves. */
static _Noreturn void silence(struct filter *f)
{
    char byte[4096];
    while (read(f->client_in, byte, sizeof byte) > 0) {
    }
    end();
}

static struct str half(struct str reply)
{
    return (struct str){reply.at, reply.len / 2};
}

static void send_half(struct filter *f, struct str reply)
{
    begin_message(f, reply.len);
    io_write_all(f->client_out, reply.at, reply.len / 2);
}

static void do_hang(struct filter *f, struct str reply)
{
    send_half(f, reply);
    silence(f);
}

static void do_close(struct filter *f, struct str reply)
{
    send_half(f, reply);
    end();
}

static void do_truncated(struct filter *f, struct str reply)
{
    to_client(f, half(reply));
}

static void do_broken_chunk(struct filter *f, struct str reply)
{
    send_raw(f->client_out, "\n#12x\n");
    io_write_all(f->client_out, reply.at, reply.len);
    send_raw(f->client_out, "\n##\n");
}

static void do_two_replies(struct filter *f, struct str reply)
{
    to_client(f, reply);
    to_client(f, reply);
}

/* The reply with `instead` for its message-id attribute. */
static void with_id(struct filter *f, struct str reply, const char *instead)
{
    const char *id = memmem(reply.at, reply.len, " message-id=\"", 13);
    const char *close = id ? memchr(id + 13, '"', reply.len - (size_t)(id + 13 - reply.at)) : NULL;
    struct buf changed = {.cap = 0};

    if (!close) {
        to_client(f, reply);
        return;
    }
    buf_append(&changed, reply.at, (size_t)(id - reply.at));
    buf_add(&changed, instead);
    buf_append(&changed, close + 1, reply.len - (size_t)(close + 1 - reply.at));
    to_client(f, buf_str(&changed));
    buf_free(&changed);
}

static void do_wrong_id(struct filter *f, struct str reply)
{
    with_id(f, reply, " message-id=\"987654\"");
}

static void do_no_id(struct filter *f, struct str reply)
{
    with_id(f, reply, "");
}

/* <rpc-reply> as the request wants it, with `prologue` in front and `body` in it. */
static void begin_reply(struct filter *f, struct buf *out, const char *prologue)
{
    struct str request = buf_str(&f->request);
    const char *id = memmem(request.at, request.len, "message-id=\"", 12);
    int len = id ? (int)strcspn(id + 12, "\"") : 0;

    buf_add(out, prologue);
    buf_format(
        out, "<rpc-reply xmlns=\"" BASE_NS "\" message-id=\"%.*s\">", len, id ? id + 12 : "");
}

static void reply_instead(struct filter *f, const char *prologue, const char *body)
{
    struct buf reply = {.cap = 0};

    begin_reply(f, &reply, prologue);
    buf_add(&reply, body);
    buf_add(&reply, "</rpc-reply>");
    to_client(f, buf_str(&reply));
    buf_free(&reply);
}

static void do_rpc_error(struct filter *f, struct str reply)
{
    (void)reply;
    reply_instead(f, "",
        "<rpc-error><error-type>application</error-type><error-tag>resource-denied</error-tag>"
        "<error-severity>error</error-severity><error-message xml:lang=\"en\">the datastore is "
        "busy,&#10;\xc2\x9b"
        "31mtry later</error-message></rpc-error>");
}

static void do_empty(struct filter *f, struct str reply)
{
    (void)reply;
    reply_instead(f, "", "<data/>");
}

static void do_not_xml(struct filter *f, struct str reply)
{
    (void)reply;
    to_client(f, STR("\x01\xff garbage <<< & no XML at all"));
}

static void do_doctype(struct filter *f, struct str reply)
{
    (void)reply;
    reply_instead(f, "<!DOCTYPE rpc-reply SYSTEM \"file:///etc/hostname\">", "<data/>");
}

static void do_entities(struct filter *f, struct str reply)
{
    (void)reply;
    reply_instead(f,
        "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaaaaaaaaaaaa\"><!ENTITY b "
        "\"&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
        "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;\"><!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;\">"
        "<!ENTITY e \"&d;&d;&d;&d;&d;&d;&d;&d;&d;\"><!ENTITY f \"&e;&e;&e;&e;&e;&e;&e;&e;&e;\">]>",
        "<data><x xmlns=\"urn:acme:access\">&f;&f;&f;&f;</x></data>");
}

static void do_undefined(struct filter *f, struct str reply)
{
    (void)reply;
    reply_instead(f, "", "<data><x xmlns=\"urn:acme:access\">&acme;</x></data>");
}

static void do_deep(struct filter *f, struct str reply)
{
    const unsigned long depth = f->device->number ? f->device->number : 100000;
    struct buf body = {.cap = 0};

    (void)reply;
    buf_add(&body, "<data><x xmlns=\"urn:acme:access\">");
    for (unsigned long i = 0; i < depth; i++) {
        buf_add(&body, "<x>");
    }
    for (unsigned long i = 0; i < depth; i++) {
        buf_add(&body, "</x>");
    }
    buf_add(&body, "</x></data>");
    reply_instead(f, "", buf_text(&body));
    buf_free(&body);
}

static const char padding[] =
    "<x xmlns=\"urn:acme:padding\">1234567890123456789012345678901234567890123456789012345</x>\n";

static void do_endless(struct filter *f, struct str reply)
{
    struct buf text = {.cap = 0};

    (void)reply;
    begin_reply(f, &text, "");
    buf_add(&text, "<data>");
    do {
        begin_message(f, text.len);
        if (io_write_all(f->client_out, text.data, text.len) != 0) {
            end();
        }
        buf_clear(&text);
        for (int i = 0; i < 200; i++) {
            buf_add(&text, padding);
        }
    } while (true);
}

static void do_huge(struct filter *f, struct str reply)
{
    const size_t most = (f->device->number ? f->device->number : 20) << 20;
    const char *close = memmem(reply.at, reply.len, "</data>", 7);
    struct buf text = {.cap = 0};

    if (!close) {
        to_client(f, reply);
        return;
    }
    buf_append(&text, reply.at, (size_t)(close - reply.at));
    while (text.len < most) {
        buf_add(&text, padding);
    }
    buf_append(&text, close, reply.len - (size_t)(close - reply.at));
    to_client(f, buf_str(&text));
    buf_free(&text);
}

static const struct {
    const char *name;
    void (*act)(struct filter *f, struct str reply);
} misbehaviours[] = {{"hang", do_hang}, {"close", do_close}, {"truncated", do_truncated},
    {"broken-chunk", do_broken_chunk}, {"wrong-id", do_wrong_id}, {"no-id", do_no_id},
    {"two-replies", do_two_replies}, {"empty", do_empty}, {"rpc-error", do_rpc_error},
    {"not-xml", do_not_xml}, {"endless", do_endless}, {"deep", do_deep}, {"doctype", do_doctype},
    {"entities", do_entities}, {"undefined", do_undefined}, {"huge", do_huge}};

static bool is(const struct filter *f, const char *misbehaviour)
{
    return f->device->misbehave && strcmp(f->device->misbehave, misbehaviour) == 0;
}

/* Is this the operation of the last request? */
static bool requested(const struct filter *f, const char *operation)
{
    struct str rest = buf_str(&f->request);
    const size_t len = strlen(operation);
    const char *at;

    while ((at = memmem(rest.at, rest.len, operation, len))) {
        const bool begins = at > rest.at && (at[-1] == '<' || at[-1] == ':');
        rest.len -= (size_t)(at + len - rest.at);
        rest.at = at + len;
        if (begins && rest.len && strchr(" />\n", *rest.at)) {
            return true;
        }
    }
    return false;
}

static bool is_target(const struct filter *f)
{
    return f->device->only ? requested(f, f->device->only)
                           : requested(f, "get-config") || requested(f, "get-data");
}

static void on_reply(struct filter *f, struct str reply)
{
    if (f->device->misbehave && is_target(f)) {
        for (size_t i = 0; i < sizeof misbehaviours / sizeof *misbehaviours; i++) {
            if (is(f, misbehaviours[i].name)) {
                misbehaviours[i].act(f, reply);
                return;
            }
        }
    }
    to_client(f, reply);
}

/* ---- hellos ---- */

/* Announce base 1.0 twice rather than 1.1. */
static void only_1_0(const struct filter *f, struct buf *hello)
{
    static const char base[] = "urn:ietf:params:netconf:base:1.1";
    char *at =
        f->device->only_base_1_0 ? memmem(hello->data, hello->len, base, sizeof base - 1) : NULL;
    if (at) {
        at[sizeof base - 2] = '0';
    }
}

static bool speaks_1_1(const struct buf *hello)
{
    return has(buf_str(hello), "urn:ietf:params:netconf:base:1.1");
}

static void on_server_hello(struct filter *f, struct buf *hello)
{
    if (is(f, "no-hello")) {
        silence(f);
    }
    if (is(f, "garbage-hello")) {
        send_raw(f->client_out, "Welcome!\r\n\x1b[2J<hello><capabilities><<" END_OF_MESSAGE);
        silence(f);
    }
    only_1_0(f, hello);
    f->server_1_1 = speaks_1_1(hello);
    send_message(f->client_out, false, buf_str(hello));
}

static void on_client_hello(struct filter *f, struct buf *hello)
{
    only_1_0(f, hello);
    f->both_1_1 = speaks_1_1(hello) && f->server_1_1;
    f->up.chunked = f->down.chunked = f->both_1_1;
    send_message(f->server, false, buf_str(hello));
}

/* ---- both ways ---- */

static bool take_in(int fd, struct buf *pending)
{
    char bytes[65536];
    ssize_t got = read(fd, bytes, sizeof bytes);
    return got > 0 && buf_append(pending, bytes, (size_t)got) == 0;
}

static void wait_for_hello(int fd, struct side *side, struct buf *message)
{
    while (!next_message(side, message)) {
        if (!take_in(fd, &side->pending)) {
            end();
        }
    }
}

static void pass_on(struct filter *f, struct buf *message)
{
    while (next_message(&f->up, &f->request)) {
        send_message(f->server, f->both_1_1, buf_str(&f->request));
        if (!next_message(&f->down, message)) {
            wait_for_hello(f->server, &f->down, message);
        }
        on_reply(f, buf_str(message));
    }
}

void nc_filter(struct nc_device *device, int in, int out, int server)
{
    struct filter f = {.device = device, .client_in = in, .client_out = out, .server = server};
    struct buf message = {.cap = 0};
    struct pollfd fds[] = {{.fd = in, .events = POLLIN}, {.fd = server, .events = POLLIN}};

    wait_for_hello(server, &f.down, &message);
    on_server_hello(&f, &message);
    wait_for_hello(in, &f.up, &message);
    on_client_hello(&f, &message);
    do {
        pass_on(&f, &message);
    } while (poll(fds, 2, -1) > 0 && !fds[1].revents && take_in(in, &f.up.pending));
    buf_free(&message);
    buf_free(&f.request);
    buf_free(&f.up.pending);
    buf_free(&f.down.pending);
}
