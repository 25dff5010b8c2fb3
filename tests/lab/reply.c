#include "tests/lab/lab.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

void lab_hang(struct lab_session *s)
{
    struct pollfd peer = {.fd = ssh_get_fd(s->ssh), .events = POLLRDHUP};
    lab_log(s, "hang");
    while (poll(&peer, 1, -1) <= 0) {
    }
    _exit(0);
}

void lab_drop(struct lab_session *s)
{
    lab_log(s, "drop");
    _exit(0); /* the kernel closes the connection, nobody says goodbye */
}

void lab_leave(struct lab_session *s)
{
    ssh_blocking_flush(s->ssh, 2000);
    ssh_disconnect(s->ssh);
    _exit(0);
}

static void cut_here(struct lab_reply *r)
{
    struct lab_session *s = r->session;
    lab_log(s, "cut after %zu bytes", r->sent);
    ssh_blocking_flush(s->ssh, 2000);
    if (lab_conf_is(s->conf.then, "hang")) {
        lab_hang(s);
    }
    if (lab_conf_is(s->conf.then, "drop")) {
        lab_drop(s);
    }
    ssh_channel_send_eof(r->channel);
    ssh_channel_close(r->channel);
    lab_leave(s);
}

static bool write_all(struct lab_reply *r, const char *bytes, size_t len)
{
    while (len) {
        uint32_t piece = (uint32_t)(len < 1 << 20 ? len : 1 << 20);
        int done = ssh_channel_write(r->channel, bytes, piece);
        if (done <= 0) {
            return false;
        }
        bytes += done;
        len -= (size_t)done;
        r->sent += (size_t)done;
    }
    return true;
}

static bool write_slowly(struct lab_reply *r, const char *bytes, size_t len)
{
    const struct lab_conf *conf = &r->session->conf;
    const struct timespec pause = {conf->slow / 1000, conf->slow % 1000 * 1000000L};
    while (len) {
        size_t piece = conf->slow_bytes && conf->slow_bytes < len ? conf->slow_bytes : len;
        nanosleep(&pause, NULL);
        if (!write_all(r, bytes, piece) || ssh_blocking_flush(r->session->ssh, -1) != SSH_OK) {
            return false;
        }
        bytes += piece;
        len -= piece;
    }
    return true;
}

bool lab_send(struct lab_reply *r, const void *bytes, size_t len)
{
    const struct lab_conf *conf = &r->session->conf;
    bool cut = r->misbehave && !r->whole && conf->cuts && r->sent + len >= conf->cut;

    if (cut) {
        len = conf->cut > r->sent ? conf->cut - r->sent : 0;
    }
    bool sent = r->misbehave && conf->slow ? write_slowly(r, bytes, len) : write_all(r, bytes, len);
    if (cut) {
        cut_here(r);
    }
    return sent;
}

bool lab_send_text(struct lab_reply *r, struct str text)
{
    static const struct {
        const char *name, *bytes;
    } ends[] = {{"crlf", "\r\n"}, {"crcrlf", "\r\r\n"}, {"cr", "\r"}, {"lf", "\n"}};
    const char *end = "\r\n";
    struct buf out = {0};

    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (lab_conf_is(r->session->conf.line_end, ends[i].name)) {
            end = ends[i].bytes;
        }
    }
    buf_reserve(&out, text.len + text.len / 16);
    while (text.len) {
        const char *lf = memchr(text.at, '\n', text.len);
        size_t line = lf ? (size_t)(lf - text.at) : text.len;
        buf_append(&out, text.at, line);
        if (lf) {
            buf_add(&out, end);
            line++;
        }
        text = (struct str){text.at + line, text.len - line};
    }
    bool sent = lab_send(r, buf_text(&out), out.len);
    buf_free(&out);
    return sent;
}

bool lab_send_noise(struct lab_reply *r)
{
    /* Colours, cursor, title, clipboard, device status and answerback requests, alternate screen,
     * a device control string, and what should close them but does not. */
    static const char escapes[] =
        "\033[31mred\033[0m\033[2J\033[H\033]0;owned\007"
        "\033]52;c;b3duZWQ=\007\033[6n\005\033[c\033[?1049h"
        "\033P$qm\033\\\033]8;;http://example.net/\033\\link\033]8;;\033\\"
        "\xc2\x9b"
        "31m\x9d"
        "0;owned\x9c\033[999999999999C\033]0;never closed";
    const struct lab_conf *conf = &r->session->conf;
    unsigned state = 1;

    for (unsigned i = 0; i < conf->garbage; i++) {
        state = state * 1103515245 + 12345;
        char byte = (char)(state >> 16);
        if (!lab_send(r, &byte, 1)) {
            return false;
        }
    }
    return !conf->escapes || (lab_send(r, escapes, sizeof escapes - 1) && lab_send(r, "\r\n", 2));
}

bool lab_send_endless(struct lab_reply *r)
{
    static const char line[] = "interface Loopback0\n description a line like any other\n!\n";
    while (lab_send_text(r, (struct str){line, sizeof line - 1})) {
    }
    return false;
}
