/* Alerts: event documents to the outside.
 *
 * A sink takes one event document (JSON text, models/rollcall-events.yang) and answers whether the
 * other side has it. Delivery is at least once; the event's `id` is in every form, to deduplicate
 * by. A member "head" (a signed head of the log) goes along as it is, in syslog as its size and
 * root. Sinks hold no device credential and read no table. */
#ifndef ROLLCALL_ALERT_H
#define ROLLCALL_ALERT_H

#include <stdint.h>

#include "base/error.h"
#include "base/secret.h"

enum sink_kind { SINK_SYSLOG, SINK_WEBHOOK };
enum syslog_transport { SYSLOG_UDP, SYSLOG_TLS };

/* As the settings say. Borrowed. */
struct sink_settings {
    const char *name;
    enum sink_kind kind;
    int minimum; /* severity from which events go here */
    /* syslog (RFC 5424; 5426 UDP, 5425 TLS) */
    const char *host;
    uint16_t port;
    enum syslog_transport transport;
    int facility; /* RFC 5424 number; 10 is authpriv */
    /* webhook */
    const char *url;                    /* http or https */
    const struct secret *authorization; /* value of the Authorization header, or NULL */
    const struct secret *hmac_key; /* signs the body: X-Rollcall-Signature: sha256=HEX, or NULL */
    /* both */
    const char *ca_file;                     /* PEM; NULL: the system's */
    const char *certificate_file, *key_file; /* client certificate, or NULL */
    unsigned timeout_ms;
};

struct sink;

/* Open lazily: a host that is down is an error of sink_send(), not of this. */
int sink_new(const struct sink_settings *settings, struct sink **out, struct error *err);
void sink_free(struct sink *s);

/* Deliver one document. 0: the other side has it (UDP: it left). RC_SINK: try again later;
 * RC_FORMAT: never going to work, drop it. */
int sink_send(struct sink *s, const char *json, struct error *err);

/* When to try again after `tries` failures: 5 s, doubling to 15 min, with a little jitter. */
int64_t sink_retry_us(uint32_t tries, uint32_t random);

#endif
