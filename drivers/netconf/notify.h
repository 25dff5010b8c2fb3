/* Hearing of changes: RFC 5277 subscriptions, or RFC 8639 and 8641 where a device has them, and
 * what notifications say (RFC 6470, and their like). */
#ifndef ROLLCALL_NETCONF_NOTIFY_H
#define ROLLCALL_NETCONF_NOTIFY_H

#include "drivers/netconf/session.h"

/* Ask for notifications of changed config. `modules` (a modules part, may be empty) tells what the
 * hello may not. RC_NOT_FOUND: the device has no notifications; RC_DIALOGUE: it refuses them; else
 * as netconf_rpc(). Afterwards only netconf_notification(). */
int netconf_subscribe(
    struct netconf *session, struct str modules, unsigned timeout_ms, struct error *err);

enum news_kind {
    NEWS_OTHER,   /* nothing about the config */
    NEWS_CHANGED, /* the config was changed */
    NEWS_PENDING, /* a commit waits for its confirmation: `wait_s` more seconds, unless told */
    NEWS_SETTLED, /* it has it, or was undone */
    NEWS_ENDED    /* no more notifications will come */
};

/* What a notification says. Text is valid UTF-8 without control characters, cut where too long,
 * empty where the device did not say. */
struct netconf_news {
    enum news_kind kind;
    char user[128];
    char address[64];    /* where that user came from */
    uint32_t session_id; /* of that user; 0: unknown */
    unsigned wait_s;
    char targets[1024]; /* what was edited: as many whole lines as fit, a path each */
};

/* Ours, because it comes from the device: RC_FORMAT, RC_LIMIT. */
int news_parse(struct str message, struct netconf_news *out, struct error *err);

#endif
