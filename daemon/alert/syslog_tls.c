/* Syslog over TLS (RFC 5425): messages with their length in front, on a connection that stays. */
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "alert/sink.h"
#include "base/clock.h"

static int64_t now_ms(void)
{
    return clock_mono_us(&clock_system) / 1000;
}

static int socket_of(CURL *curl)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &fd);
    return fd;
}

static void disconnect(struct sink *s)
{
    curl_easy_cleanup(s->curl);
    s->curl = NULL;
}

/* Built by libcurl's own parser, so that nothing in a host name can become another part. */
static CURLcode set_target(CURL *curl, const struct sink_settings *settings)
{
    char port[8], host[300];
    bool bare_v6 = strchr(settings->host, ':') && settings->host[0] != '[';
    snprintf(port, sizeof port, "%u", settings->port);
    snprintf(host, sizeof host, bare_v6 ? "[%s]" : "%s", settings->host);
    CURLU *url = curl_url();
    char *text = NULL;
    CURLcode code = CURLE_URL_MALFORMAT;
    if (url && !curl_url_set(url, CURLUPART_SCHEME, "https", 0) &&
        !curl_url_set(url, CURLUPART_HOST, host, 0) &&
        !curl_url_set(url, CURLUPART_PORT, port, 0) && !curl_url_get(url, CURLUPART_URL, &text, 0))
        code = curl_easy_setopt(curl, CURLOPT_URL, text);
    curl_free(text);
    curl_url_cleanup(url);
    return code;
}

static int reconnect(struct sink *s, struct error *err)
{
    char text[CURL_ERROR_SIZE] = "";
    disconnect(s);
    s->curl = curl_handle(s->settings, text, err);
    if (!s->curl)
        return RC_NO_MEMORY;
    curl_easy_setopt(s->curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(s->curl, CURLOPT_SSL_ENABLE_ALPN, 0L); /* this is no HTTP */
    curl_easy_setopt(s->curl, CURLOPT_PROXY, "");           /* nor for a web proxy */
    CURLcode code = set_target(s->curl, s->settings);
    if (!code)
        code = curl_easy_perform(s->curl);
    int rc = RC_OK;
    if (code) {
        rc = curl_failed(s, code, text, err);
        disconnect(s);
        return rc;
    }
    curl_easy_setopt(s->curl, CURLOPT_ERRORBUFFER, NULL); /* ours ends here */
    return RC_OK;
}

/* A receiver never speaks, so what can be read is the end, or TLS talking to itself. One that does
 * speak, and does not stop, is not worth the connection. */
static bool is_closed(CURL *curl)
{
    char waste[1024];
    size_t got = 0;
    CURLcode code = CURLE_OK;
    for (int i = 0; i < 64 && code == CURLE_OK; i++) {
        code = curl_easy_recv(curl, waste, sizeof waste, &got);
        if (code == CURLE_OK && got == 0)
            return true;
    }
    return code != CURLE_AGAIN;
}

static int send_all(struct sink *s, struct str text, int64_t until_ms, struct error *err)
{
    while (text.len) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(s->curl, text.at, text.len, &sent);
        if (code && code != CURLE_AGAIN)
            return curl_failed(s, code, "", err);
        text.at += sent;
        text.len -= sent;
        int64_t left_ms = until_ms - now_ms();
        if (text.len && left_ms <= 0)
            return error_set(err, RC_SINK, "%s: does not take the event", s->where);
        struct pollfd p = {.fd = socket_of(s->curl), .events = POLLOUT};
        if (code == CURLE_AGAIN)
            poll(&p, 1, (int)left_ms);
    }
    return RC_OK;
}

/* Syslog has no answer. What can be known is that the other machine has the bytes: TCP has nothing
 * unacknowledged any more. A host that vanished is so found at once, not after a quarter of an hour
 * of silent repetition. */
static int wait_acknowledged(struct sink *s, int64_t until_ms, struct error *err)
{
    int fd = socket_of(s->curl), wait_ms = 1, waiting = 0;
    while (ioctl(fd, SIOCOUTQ, &waiting) == 0 && waiting > 0) {
        if (now_ms() >= until_ms)
            return error_set(err, RC_SINK, "%s: no sign that the event arrived", s->where);
        struct pollfd p = {.fd = fd};
        poll(&p, 1, wait_ms);
        if (p.revents & (POLLERR | POLLHUP | POLLNVAL))
            return error_set(err, RC_SINK, "%s: connection broke off", s->where);
        wait_ms = wait_ms < 50 ? wait_ms * 2 : wait_ms;
    }
    return RC_OK;
}

static int deliver(struct sink *s, struct str frame, struct error *err)
{
    int64_t until_ms = now_ms() + sink_timeout_ms(s->settings);
    int rc = send_all(s, frame, until_ms, err);
    if (!rc)
        rc = wait_acknowledged(s, until_ms, err);
    if (rc)
        disconnect(s);
    return rc;
}

int syslog_tls_send(struct sink *s, const struct document *d, struct error *err)
{
    struct buf line = {.cap = SYSLOG_TLS_MOST}, frame = {.cap = SYSLOG_TLS_MOST + 16};
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    int rc = syslog_line(d, s->settings->facility, host, SYSLOG_TLS_MOST, &line, err);
    if (!rc && (rc = buf_format(&frame, "%zu %s", line.len, buf_text(&line))))
        error_set(err, RC_FORMAT, "the event is too large for syslog");
    bool fresh = !s->curl || is_closed(s->curl);
    if (!rc && fresh)
        rc = reconnect(s, err);
    if (!rc) {
        rc = deliver(s, buf_str(&frame), err);
        /* The old connection may have died unseen; a new one gets one chance. */
        if (rc == RC_SINK && !fresh && !(rc = reconnect(s, err)))
            rc = deliver(s, buf_str(&frame), err);
    }
    buf_free(&line);
    buf_free(&frame);
    return rc;
}
