/* What the sinks share. Private to this room. */
#ifndef ROLLCALL_ALERT_SINK_H
#define ROLLCALL_ALERT_SINK_H

#include <curl/curl.h>
#include <stdbool.h>

#include "alert/alert.h"
#include "base/buf.h"

struct sink {
    const struct sink_settings *settings;
    CURL *curl;        /* webhook, syslog over TLS: kept, with its connection, between events */
    int fd;            /* syslog over UDP; -1: not open */
    int64_t opened_us; /* monotonic: when `fd` was */
    char where[300];   /* "host:port" or "https://host:port", for errors: no userinfo, no path */
};

/* ---- documents ---- */

/* The members of an event document that sinks need. Texts are never NULL. */
struct document {
    struct json_t *json;
    const char *id, *event, *device, *subject, *verdict, *says, *seen_at;
    const char *user, *address;        /* of the actor */
    char attack[128];                  /* blank-separated */
    char head_size[24], head_root[48]; /* of the log's head that goes along; "" without one */
    int severity;
};

/* RC_FORMAT when it is none. */
int document_read(const char *text, struct document *out, struct error *err);
void document_free(struct document *d);

/* ---- syslog ---- */

#define SYSLOG_UDP_MOST 2048 /* RFC 5426 section 3.2: receivers should take that much */
#define SYSLOG_TLS_MOST 8192 /* RFC 5425 section 4.3.1: the same */

/* An RFC 5424 message of at most `most` bytes (at least SYSLOG_UDP_MOST). Appends. */
int syslog_line(const struct document *d, int facility, const char *host, size_t most,
    struct buf *out, struct error *err);

int syslog_udp_send(struct sink *s, const struct document *d, struct error *err);
int syslog_tls_send(struct sink *s, const struct document *d, struct error *err);

/* ---- webhook ---- */

int webhook_check(struct sink *s, struct error *err);
int webhook_send(struct sink *s, const struct document *d, const char *json, struct error *err);

/* ---- libcurl ---- */

unsigned sink_timeout_ms(const struct sink_settings *settings);
/* A handle with what both uses want: time limits, TLS as the settings say, errors into `text`
 * (CURL_ERROR_SIZE bytes). */
CURL *curl_handle(const struct sink_settings *settings, char *text, struct error *err);
/* RC_SINK with libcurl's words for `code`. */
int curl_failed(const struct sink *s, CURLcode code, const char *text, struct error *err);

#endif
