/* Sessions of NETCONF, as a listener holds them. */
#include <poll.h>
#include <stdlib.h>

#include "drivers/netconf/notify.h"
#include "watch/listener.h"

/* Notifications that are read in one go before the listener may look up. */
#define MOST_AT_ONCE 64

static int open_netconf(const struct driver_job *job, void (*logged_in)(void *ctx), void *ctx,
    void **session, struct error *err)
{
    struct driver_result keys = {0}; /* those that are pinned already: nobody asks for others */
    struct netconf *netconf = NULL;
    int rc = netconf_open(job, &keys, &netconf, err);
    logged_in(ctx);
    driver_result_free(&keys);
    *session = netconf;
    return rc ? rc : netconf_subscribe(netconf, str_of(job->netconf.modules), job->command_ms, err);
}

/* True when it matters. */
static bool read_news(const struct netconf_news *news, struct notice *out)
{
    static const enum notice_kind kinds[] = {[NEWS_CHANGED] = NOTICE_CHANGED,
        [NEWS_PENDING] = NOTICE_PENDING,
        [NEWS_SETTLED] = NOTICE_SETTLED};
    if (news->kind == NEWS_OTHER)
        return false;
    out->kind = kinds[news->kind];
    out->wait_s = news->wait_s;
    notice_say(out->user, sizeof out->user, news->user);
    notice_say(out->address, sizeof out->address, news->address);
    return true;
}

static void wait_for_news(const struct netconf *session, int wake, unsigned timeout_ms)
{
    struct pollfd fds[STREAM_MOST_FDS + 1] = {{.fd = wake, .events = POLLIN}};
    size_t count = 1 + netconf_watch(session, fds + 1, STREAM_MOST_FDS);
    poll(fds, (nfds_t)count, (int)timeout_ms);
}

static int next_netconf(
    void *session, int wake, unsigned timeout_ms, struct notice *out, struct error *err)
{
    struct buf message = {0};
    struct netconf_news news;
    bool waited = false;
    int rc = 1;
    for (int i = 0; i < MOST_AT_ONCE && rc == 1; i++) {
        rc = netconf_notification(session, 0, &message, err);
        if (rc == 0 && !waited) {
            wait_for_news(session, wake, timeout_ms);
            waited = true;
            rc = netconf_notification(session, 0, &message, err);
        }
        if (rc == 1 && news_parse(buf_str(&message), &news, err))
            rc = err->code;
        if (rc == 1 && news.kind == NEWS_ENDED)
            rc = error_set(err, RC_CONNECT, "the device ended the subscription");
        if (rc == 1 && read_news(&news, out))
            break;
    }
    buf_wipe(&message);
    return rc < 0 ? rc : rc == 1 && out->kind != NOTICE_SUBSCRIBED;
}

static void close_netconf(void *session)
{
    netconf_close(session);
}

const struct hold hold_netconf = {open_netconf, next_netconf, close_netconf};
