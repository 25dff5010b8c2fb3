#include "drivers/netconf/notify.h"

#include <stdlib.h>

#include "drivers/netconf/scan.h"

#define NOTIFICATION "urn:ietf:params:netconf:capability:notification:1.0"
#define SUBSCRIBED "urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"
#define PUSH "urn:ietf:params:xml:ns:yang:ietf-yang-push"
#define USUAL_WAIT_S 600 /* of a confirmed commit, RFC 6241, section 8.4.5.1 */
#define LONGEST_VALUE 4096

/* ---- subscribing ---- */

static bool has_module(const struct netconf *s, struct str modules, const char *uri)
{
    struct str line, kind, name, revision, name_space;
    if (hello_find(netconf_hello(s), uri))
        return true;
    while (str_next_line(&modules, &line))
        if (str_next_word(&line, &kind) && str_is(kind, "module") && str_next_word(&line, &name) &&
            str_next_word(&line, &revision) && str_next_word(&line, &name_space) &&
            str_is(name_space, uri))
            return true;
    return false;
}

static int request(struct netconf *s, struct str operation, unsigned timeout_ms, struct error *err)
{
    struct buf reply = {0};
    int rc = netconf_rpc(s, operation, timeout_ms, &reply, err);
    buf_wipe(&reply);
    return rc;
}

/* RFC 8639: the stream says who changed something, push (RFC 8641) that anything did. One of them
 * is enough. */
static int establish(struct netconf *s, struct str modules, unsigned timeout_ms, struct error *err)
{
    static const char stream[] = "<establish-subscription xmlns=\"" SUBSCRIBED "\">"
                                 "<stream>NETCONF</stream></establish-subscription>";
    static const char push[] =
        "<establish-subscription xmlns=\"" SUBSCRIBED "\" xmlns:yp=\"" PUSH "\">"
        "<yp:datastore xmlns:ds=\"urn:ietf:params:xml:ns:yang:ietf-datastores\">ds:running"
        "</yp:datastore><yp:on-change><yp:sync-on-start>false</yp:sync-on-start></yp:on-change>"
        "</establish-subscription>";
    int rc = request(s, str_of(stream), timeout_ms, err);
    if ((rc && rc != RC_DIALOGUE) || !has_module(s, modules, PUSH))
        return rc;
    struct error other = ERROR_INIT;
    int pushed = request(s, str_of(push), timeout_ms, &other);
    if (pushed == RC_OK || pushed == RC_DIALOGUE)
        return rc && pushed ? rc : RC_OK;
    if (err)
        *err = other;
    return pushed;
}

int netconf_subscribe(
    struct netconf *session, struct str modules, unsigned timeout_ms, struct error *err)
{
    static const char create[] =
        "<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"/>";
    bool old = hello_find(netconf_hello(session), NOTIFICATION) != NULL;
    bool dynamic = has_module(session, modules, SUBSCRIBED);
    int rc = RC_DIALOGUE;
    if (!old && !dynamic)
        return error_set(err, RC_NOT_FOUND, "the device has no notifications");
    if (dynamic)
        rc = establish(session, modules, timeout_ms, err);
    if (rc == RC_DIALOGUE && old)
        rc = request(session, str_of(create), timeout_ms, err);
    if (rc == RC_OK && err)
        *err = (struct error)ERROR_INIT; /* one way was refused, another was not */
    return rc;
}

/* ---- reading ---- */

static bool is_any(struct str name, const char *const *names)
{
    for (; *names; names++)
        if (str_is(name, *names))
            return true;
    return false;
}

/* Of RFC 6470, 8639 and 8641; sys... is how yuma's servers say the same. */
static const char *const changes[] = {
    "netconf-config-change", "sysConfigChange", "push-change-update", "push-update", NULL};
static const char *const commits[] = {"netconf-confirmed-commit", "sysConfirmedCommit", NULL};
static const char *const ends[] = {
    "notificationComplete", "subscription-terminated", "subscription-suspended", NULL};

static enum news_kind kind_of(struct str name)
{
    if (is_any(name, changes))
        return NEWS_CHANGED;
    if (is_any(name, commits))
        return NEWS_SETTLED; /* unless its event says that it begins */
    return is_any(name, ends) ? NEWS_ENDED : NEWS_OTHER;
}

static unsigned number_of(struct str text, unsigned otherwise)
{
    uint64_t number = 0;
    if (text.len == 0 || text.len > 10)
        return otherwise;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9')
            return otherwise;
        number = number * 10 + (uint64_t)(text.at[i] - '0');
    }
    return number <= UINT32_MAX ? (unsigned)number : otherwise;
}

static void add_target(struct netconf_news *news, struct str path)
{
    char shown[512];
    size_t len = text_escape(shown, sizeof shown, path.at, path.len);
    size_t before = strlen(news->targets);
    if (before + len + 2 > sizeof news->targets)
        return;
    memcpy(news->targets + before, shown, len);
    memcpy(news->targets + before + len, "\n", 2);
}

static void take_value(struct netconf_news *news, struct str name, struct str value)
{
    static const char *const users[] = {"username", "userName", NULL};
    static const char *const hosts[] = {"source-host", "remoteHost", NULL};
    static const char *const ids[] = {"session-id", "sessionId", NULL};
    static const char *const events[] = {"confirm-event", "confirmEvent", NULL};
    static const char *const waits[] = {"start", "extend", NULL};
    if (is_any(name, users)) {
        text_escape(news->user, sizeof news->user, value.at, value.len);
    } else if (is_any(name, hosts)) {
        text_escape(news->address, sizeof news->address, value.at, value.len);
    } else if (is_any(name, ids)) {
        news->session_id = number_of(value, 0);
    } else if (str_is(name, "target")) {
        add_target(news, value);
    } else if (str_is(name, "timeout")) {
        news->wait_s = number_of(value, USUAL_WAIT_S);
    } else if (is_any(name, events) && is_any(value, waits)) {
        news->kind = NEWS_PENDING;
    } else if (str_is(name, "datastore") && str_is(value, "startup") &&
               news->kind == NEWS_CHANGED) {
        news->kind = NEWS_OTHER; /* what holds now is still the same */
    }
}

/* Values of pushed data say nothing to us: anybody may have put them there. */
static bool is_data(struct str name)
{
    static const char *const data[] = {"datastore-changes", "datastore-contents", "value", NULL};
    return is_any(name, data);
}

/* Behind the OPEN of the event: what stands in it, at any depth. */
static int read_event(struct scan *s, struct netconf_news *news, struct error *err)
{
    struct buf text = {.cap = LONGEST_VALUE};
    struct str name = {NULL, 0};
    enum scan_token token;
    unsigned outside = s->depth - 1;
    int rc = RC_OK;
    while (rc == RC_OK && s->depth > outside) {
        rc = scan_next(s, &token, err);
        if (rc == RC_OK && token == SCAN_OPEN && is_data(s->name)) {
            rc = scan_skip(s, err);
        } else if (rc == RC_OK && token == SCAN_OPEN) {
            name = s->name;
            buf_clear(&text);
        } else if (rc == RC_OK && token == SCAN_TEXT && name.at && s->value.len < LONGEST_VALUE) {
            /* A value too long says nothing. */
            (void)(s->cdata ? buf_add_str(&text, s->value) : scan_decode(s->value, &text));
        } else if (rc == RC_OK && token == SCAN_CLOSE && name.at) {
            take_value(news, name, str_trim(buf_str(&text)));
            name.at = NULL; /* only an element without others has a value */
        }
    }
    buf_wipe(&text);
    return rc;
}

int news_parse(struct str message, struct netconf_news *out, struct error *err)
{
    struct scan s;
    enum scan_token token;
    *out = (struct netconf_news){.kind = NEWS_OTHER};
    scan_start(&s, message);
    int rc = scan_next(&s, &token, err);
    if (rc == RC_OK && !str_is(s.name, "notification"))
        return error_set(err, RC_FORMAT, "no notification");
    while (rc == RC_OK && token != SCAN_END) {
        rc = scan_next(&s, &token, err);
        if (rc || token != SCAN_OPEN)
            continue;
        enum news_kind kind = kind_of(s.name);
        if (kind == NEWS_OTHER) {
            rc = scan_skip(&s, err);
            continue;
        }
        out->kind = kind;
        rc = read_event(&s, out, err);
    }
    if (out->kind == NEWS_PENDING && out->wait_s == 0)
        out->wait_s = USUAL_WAIT_S;
    if (out->kind != NEWS_PENDING)
        out->wait_s = 0;
    return rc;
}
