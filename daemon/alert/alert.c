/* Sinks: one way in for all kinds. */
#include "alert/alert.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "alert/sink.h"

#define FIRST_RETRY_US (5 * INT64_C(1000000))
#define LAST_RETRY_US (15 * 60 * INT64_C(1000000))

static int check_syslog(struct sink *s, struct error *err)
{
    const struct sink_settings *settings = s->settings;
    if (!settings->host || !*settings->host || !settings->port)
        return error_set(err, RC_SETTINGS, "sink %s has no host or port", settings->name);
    if (settings->facility < 0 || settings->facility > 23)
        return error_set(
            err, RC_SETTINGS, "facility of sink %s is none of 0 to 23 (RFC 5424)", settings->name);
    bool v6 = strchr(settings->host, ':') && settings->host[0] != '[';
    snprintf(s->where, sizeof s->where, v6 ? "[%s]:%u" : "%s:%u", settings->host, settings->port);
    return RC_OK;
}

int sink_new(const struct sink_settings *settings, struct sink **out, struct error *err)
{
    *out = NULL;
    if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT))
        return error_set(err, RC_SINK, "libsodium or libcurl does not start");
    struct sink *s = calloc(1, sizeof *s);
    if (!s)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    s->settings = settings;
    s->fd = -1;
    int rc = settings->kind == SINK_SYSLOG ? check_syslog(s, err) : webhook_check(s, err);
    if (rc) {
        sink_free(s);
        return rc;
    }
    *out = s;
    return RC_OK;
}

/* OpenSSL writes to a closed connection without MSG_NOSIGNAL, and libcurl does not care when it may
 * not touch signals. Held back for us alone; one that comes is thrown away. */
struct quiet {
    sigset_t old;
    bool was_pending;
};

static void hold_sigpipe(struct quiet *q)
{
    sigset_t pipe_only, pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    sigpending(&pending);
    q->was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_only, &q->old);
}

static void release_sigpipe(const struct quiet *q)
{
    sigset_t pipe_only;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    if (!q->was_pending)
        while (sigtimedwait(&pipe_only, NULL, &(struct timespec){0}) > 0)
            ;
    pthread_sigmask(SIG_SETMASK, &q->old, NULL);
}

void sink_free(struct sink *s)
{
    if (!s)
        return;
    struct quiet quiet;
    hold_sigpipe(&quiet);
    curl_easy_cleanup(s->curl); /* says goodbye over TLS */
    release_sigpipe(&quiet);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

static int send_document(
    struct sink *s, const struct document *d, const char *json, struct error *err)
{
    if (s->settings->kind == SINK_WEBHOOK)
        return webhook_send(s, d, json, err);
    return s->settings->transport == SYSLOG_TLS ? syslog_tls_send(s, d, err)
                                                : syslog_udp_send(s, d, err);
}

int sink_send(struct sink *s, const char *json, struct error *err)
{
    struct document d;
    int rc = document_read(json, &d, err);
    if (rc)
        return rc;
    struct quiet quiet;
    hold_sigpipe(&quiet);
    rc = send_document(s, &d, json, err);
    release_sigpipe(&quiet);
    document_free(&d);
    return rc;
}

int64_t sink_retry_us(uint32_t tries, uint32_t random)
{
    int64_t wait_us = FIRST_RETRY_US;
    for (uint32_t i = 1; i < tries && wait_us < LAST_RETRY_US; i++)
        wait_us *= 2;
    if (wait_us > LAST_RETRY_US)
        wait_us = LAST_RETRY_US;
    return wait_us + (int64_t)((double)wait_us / 10 * random / UINT32_MAX);
}
