/* A pull over NETCONF, start to end. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/regex.h"
#include "base/yang.h"
#include "drivers/data/data.h"
#include "drivers/netconf/filter.h"
#include "drivers/netconf/modules.h"
#include "drivers/netconf/pull.h"
#include "drivers/netconf/scan.h"
#include "drivers/platform.h"

#define USUAL_BYTES ((size_t)64 << 20)
#define USUAL_MS 60000
#define DATA_PART "running"

struct pull {
    const struct driver_job *job;
    struct driver_result *result;
    struct netconf *session;
    struct buf modules;
    unsigned command_ms;
    char place[256]; /* "DEVICE: STEP" */
};

static void name_step(struct pull *p, const char *step)
{
    snprintf(p->place, sizeof p->place, "%s: %s", p->job->hops[p->job->hop_count - 1].name, step);
    if (p->job->progress)
        p->job->progress(p->job->ctx, step);
}

/* ---- which modules ---- */

/* What the device had last time, when it announces the same again. */
static bool know_modules(struct pull *p)
{
    char id[MODULES_ID_SIZE], line[MODULES_ID_SIZE + 16];
    struct str rest = str_of(p->job->netconf.modules), each;
    modules_announced(netconf_hello(p->session), id);
    snprintf(line, sizeof line, "# announced %s", id);
    while (str_next_line(&rest, &each))
        if (str_is(each, line))
            return buf_add(&p->modules, p->job->netconf.modules) == RC_OK;
    return false;
}

static int find_modules(struct pull *p, struct error *err)
{
    name_step(p, "modules");
    return know_modules(p) ? RC_OK : modules_learn(p->session, p->command_ms, &p->modules, err);
}

/* ---- which platform ---- */

static bool is_seen(const struct pull *p, const struct regex *pattern)
{
    const struct netconf_hello *hello = netconf_hello(p->session);
    struct str rest = buf_str(&p->modules), line;
    for (size_t i = 0; i < hello->count; i++)
        if (regex_matches(pattern, str_of(hello->capabilities[i])))
            return true;
    while (str_next_line(&rest, &line))
        if (regex_matches(pattern, line))
            return true;
    return false;
}

/* Whether each of its patterns is seen; one that does not compile is seen nowhere. */
static bool is_recognised(const struct pull *p, const struct platform *platform)
{
    const struct lyd_node *netconf = yang_child(platform->data, "netconf");
    bool any = false;
    for (const struct lyd_node *n = netconf ? lyd_child(netconf) : NULL; n; n = n->next) {
        struct regex *pattern = NULL;
        if (strcmp(LYD_NAME(n), "recognise") != 0)
            continue;
        bool seen = regex_new(lyd_get_value(n), 0, &pattern, NULL) == RC_OK && is_seen(p, pattern);
        regex_free(pattern);
        if (!seen)
            return false;
        any = true;
    }
    return any;
}

static int find_platform(struct pull *p, struct error *err)
{
    const struct platform *platform = p->job->platform, *each;
    name_step(p, "recognise");
    for (size_t i = 0; !platform && (each = platforms_at(p->job->platforms, i)); i++)
        if (is_recognised(p, each))
            platform = each;
    if (!platform)
        platform = platforms_find(p->job->platforms, "netconf");
    if (!platform)
        return error_at(err, RC_NOT_FOUND, p->place, "platform not recognised");
    int rc = platform_open(platform, err);
    if (rc)
        return rc;
    if (!yang_child(platform->data, "netconf"))
        return error_at(
            err, RC_SETTINGS, p->place, "platform %s cannot be read over NETCONF", platform->name);
    p->result->platform = platform;
    return RC_OK;
}

/* ---- the data ---- */

/* Look into a reply: what is beside <data> is blanked out (warnings). */
static int check_reply(struct pull *p, struct buf *reply, struct error *err)
{
    struct scan s;
    enum scan_token token;
    bool found = false, filled = false;
    scan_start(&s, buf_str(reply));
    int rc = scan_next(&s, &token, err);
    while (rc == RC_OK && token != SCAN_END) {
        size_t before = s.at;
        rc = scan_next(&s, &token, err);
        if (rc || token != SCAN_OPEN)
            continue;
        if (s.depth == 2 && !str_is(s.name, "data")) {
            rc = scan_skip(&s, err);
            size_t start = (size_t)(s.text.at - reply->data) + before;
            memset(reply->data + start, ' ', s.at - before);
            continue;
        }
        found = true;
        filled = filled || s.depth > 2;
        if (s.depth > 2)
            rc = scan_skip(&s, err);
    }
    if (rc == RC_OK && !found)
        return error_at(err, RC_FORMAT, p->place, "the device replies without <data>");
    if (rc == RC_OK && !filled)
        return error_at(err, RC_INCOMPLETE, p->place,
            "the device gave an empty configuration; may this user read it%s?",
            p->job->netconf.filter ? ", and does the filter select anything" : "");
    return rc;
}

/* In the form in which versions are kept: however a device breaks its lines, one element a line. */
static int lay_out(struct pull *p, struct str reply, struct buf *text, struct error *err)
{
    struct data *data = NULL;
    text->cap = p->job->max_bytes ? p->job->max_bytes : USUAL_BYTES;
    int rc = data_parse(reply, NULL, NULL, 0, &data, err);
    if (rc == RC_OK)
        rc = data_print(data, DATA_XML, text, err);
    data_free(data);
    if (rc == RC_OK && text->len == 0)
        rc = error_at(err, RC_INCOMPLETE, p->place, "the device gave no data");
    if (rc == RC_LIMIT)
        rc = error_at(err, RC_LIMIT, p->place, "more config than allowed (%zu bytes)", text->cap);
    return rc;
}

static int pull_data(struct pull *p, struct error *err)
{
    struct buf operation = {0}, reply = {0}, text = {0};
    const struct netconf_ask ask = {.datastore = p->job->netconf.datastore,
        .filter = p->job->netconf.filter,
        .hello = netconf_hello(p->session),
        .modules = buf_str(&p->modules)};
    name_step(p, "get the data");
    int rc = ask_operation(&ask, &operation, err);
    if (rc == RC_OK)
        rc = netconf_rpc(p->session, buf_str(&operation), p->command_ms, &reply, err);
    if (rc == RC_OK)
        rc = check_reply(p, &reply, err);
    if (rc == RC_OK)
        rc = lay_out(p, buf_str(&reply), &text, err);
    if (rc == RC_OK)
        rc = driver_result_add_part(p->result, DATA_PART, &text, err);
    buf_free(&operation);
    buf_wipe(&reply);
    buf_wipe(&text);
    return rc;
}

static int pull_all(struct pull *p, struct error *err)
{
    int rc = find_modules(p, err);
    if (rc == RC_OK)
        rc = find_platform(p, err);
    if (rc == RC_OK)
        rc = pull_data(p, err);
    if (rc == RC_OK)
        rc = driver_result_add_part(p->result, MODULES_PART, &p->modules, err);
    return rc;
}

int pull_session(const struct driver_job *job, struct netconf *session,
    struct driver_result *result, struct error *err)
{
    struct pull p = {.job = job,
        .result = result,
        .session = session,
        .command_ms = job->command_ms ? job->command_ms : USUAL_MS};
    int rc = pull_all(&p, err);
    if (rc && err && !err->place[0])
        snprintf(err->place, sizeof err->place, "%s", p.place);
    if (rc)
        driver_result_drop_parts(result);
    buf_free(&p.modules);
    return rc;
}

int netconf_pull(const struct driver_job *job, struct driver_result *result, struct error *err)
{
    int64_t start_us = clock_mono_us(&clock_system);
    struct netconf *session = NULL;
    *result = (struct driver_result){.platform = NULL};
    int rc = netconf_open(job, result, &session, err);
    if (rc == RC_OK)
        rc = pull_session(job, session, result, err);
    result->dialogue_us = clock_mono_us(&clock_system) - start_us;
    netconf_close(session);
    return rc;
}
