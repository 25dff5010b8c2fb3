#include "cli/life.h"

#include <stdlib.h>
#include <string.h>

#include "cli/past.h"
#include "cli/render.h"

/* Events about the name on one device, newest first. */
struct known_events {
    char *device;
    json_t *documents;
};

struct life {
    struct cli *cli;
    const char *name;
    struct known_events events;
    struct error err;
    int rc;
};

/* What made a span begin or end. */
struct cause {
    json_t *event; /* the gravest; borrowed; NULL: none is known */
    struct store_version version;
};

static int keep_event(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    (void)seen_us, (void)device;
    return json_array_append_new(ctx, json_loads(json, 0, NULL));
}

/* Spans come device by device: their events are read once. */
static int load_events(struct life *life, const char *device)
{
    struct known_events *known = &life->events;
    const struct store_event_query query = {.device = device, .subject = life->name};
    if (known->device && strcmp(known->device, device) == 0)
        return RC_OK;
    json_decref(known->documents);
    free(known->device);
    known->documents = json_array();
    known->device = strdup(device);
    if (!known->documents || !known->device)
        return error_set(&life->err, RC_NO_MEMORY, "out of memory");
    return store_events(life->cli->store, &query, keep_event, known->documents, &life->err);
}

static int64_t number_of(const json_t *document, const char *name)
{
    return json_integer_value(json_object_get(document, name));
}

/* Of the account itself, not of a server or line that is called the same. */
static bool is_about_account(const json_t *document)
{
    const char *path = json_string_value(json_object_get(document, "path"));
    return path && strstr(path, "/account");
}

static json_t *gravest_event(const json_t *documents, uint32_t version)
{
    json_t *best = NULL, *document;
    size_t i;
    json_array_foreach(documents, i, document)
    {
        if (number_of(document, "version") == version && is_about_account(document) &&
            (!best || number_of(document, "severity") > number_of(best, "severity")))
            best = document;
    }
    return best;
}

/* The version that began at `at_us`, and what was said of it. */
static int find_cause(struct life *life, const char *device, int64_t at_us, struct cause *out)
{
    *out = (struct cause){0};
    int rc = load_events(life, device);
    if (rc == RC_OK)
        rc = store_version(life->cli->store, device, 0, at_us, &out->version, &life->err);
    if (rc == RC_OK)
        out->event = gravest_event(life->events.documents, out->version.number);
    return rc;
}

static const char *member(const json_t *document, const char *name)
{
    return json_string_value(json_object_get(document, name));
}

/* By the word of who told of the change, else by the config's own. Who changed a config last did
 * not make what was in it already. */
static const char *author_of(const struct cause *cause)
{
    const char *user = member(json_object_get(cause->event, "actor"), "user");
    return user || !cause->event ? user : cause->version.author;
}

static void show_account(struct writer *w, const struct store_account *a)
{
    writer_text(w, "realm", a->realm, STYLE_MACHINE);
    writer_text(w, "kind", a->kind, STYLE_MACHINE);
    if (a->has_privilege)
        writer_number(w, "privilege", a->privilege, STYLE_PLAIN);
    writer_text(w, "role", a->roles && *a->roles ? a->roles : NULL, STYLE_PLAIN);
    writer_flag(w, "admin", a->admin, a->admin ? STYLE_BAD : STYLE_PLAIN);
    writer_flag(w, "enabled", a->enabled, STYLE_PLAIN);
    writer_text(w, "secret", a->secret_scheme, STYLE_PLAIN);
    writer_number(w, "keys", a->key_count, STYLE_PLAIN);
}

static void show_cause(struct writer *w, const struct cause *cause)
{
    const char *verdict = member(cause->event, "verdict");
    writer_number(w, "version", cause->version.number, STYLE_PLAIN);
    writer_text(w, "event", member(cause->event, "event"), STYLE_PLAIN);
    writer_text(w, "event_id", member(cause->event, "id"), STYLE_MACHINE);
    writer_text(w, "by", author_of(cause), STYLE_PLAIN);
    writer_text(w, "approval", verdict ? verdict : "unreviewed", STYLE_PLAIN);
}

static void show_end(struct writer *w, const struct cause *end)
{
    if (!end->version.number)
        return;
    writer_number(w, "ended_version", end->version.number, STYLE_MACHINE);
    writer_text(w, "ended_event", member(end->event, "event"), STYLE_MACHINE);
    writer_text(w, "ended_by", author_of(end), STYLE_MACHINE);
}

static void show_span(struct life *life, const struct store_account_span *span,
    const struct cause *cause, const struct cause *end)
{
    struct writer *w = life->cli->out;
    char since[SINCE_SIZE];
    bool from_start = span->from_us == span->first_us && span->first_version == 1;
    const struct since when = {
        .at_us = span->from_us, .at_least = from_start, .doubtful = cause->version.doubtful};
    writer_object(w, NULL, NULL);
    writer_text(w, "device", span->device, STYLE_PLAIN);
    writer_text(w, "name", span->account.name, STYLE_MACHINE);
    writer_text(w, "since", since_text(&when, since), STYLE_HUMAN);
    writer_time(w, "since", span->from_us, STYLE_MACHINE);
    writer_flag(w, "since_first", from_start, STYLE_MACHINE);
    writer_time(w, "until", span->to_us == INT64_MAX ? 0 : span->to_us, STYLE_PLAIN);
    show_account(w, &span->account);
    show_cause(w, cause);
    show_end(w, end);
    writer_text(w, "note", version_note(&cause->version), STYLE_PLAIN);
    writer_close(w);
}

static int take_span(void *ctx, const struct store_account_span *span)
{
    struct life *life = ctx;
    struct cause cause = {0}, end = {0};
    life->rc = find_cause(life, span->device, span->from_us, &cause);
    if (life->rc == RC_OK && span->to_us != INT64_MAX)
        life->rc = find_cause(life, span->device, span->to_us, &end);
    if (life->rc == RC_OK)
        show_span(life, span, &cause, &end);
    store_version_clear(&cause.version);
    store_version_clear(&end.version);
    return life->rc;
}

/* ---- nobody of that name ---- */

struct near {
    const char *name;
    char *best;
};

static int compare_name(void *ctx, const struct store_account_row *row)
{
    struct near *near = ctx;
    const char *names[] = {near->best ? near->best : row->account.name, row->account.name};
    const char *best = text_nearest(near->name, names, 2);
    if (best && best != near->best) {
        free(near->best);
        near->best = strdup(best);
    }
    return 0;
}

static int explain_nobody(struct life *life, const char *device)
{
    struct near near = {.name = life->name};
    const struct store_account_query query = {.device = device};
    struct store_version newest = {0};
    struct error *err = &life->err;
    int rc = RC_OK;
    if (device)
        rc = past_explain(life->cli, store_version(life->cli->store, device, 0, 0, &newest, err),
            device, 0, 0, err);
    store_version_clear(&newest);
    if (rc == RC_OK)
        rc = store_accounts(life->cli->store, &query, compare_name, &near, err);
    if (rc == RC_OK)
        rc = error_set(err, RC_NOT_FOUND, "no account \"%s\" was ever seen%s%s%s%s%s", life->name,
            device ? " on " : "", device ? device : "", near.best ? "; did you mean \"" : "",
            near.best ? near.best : "", near.best ? "\"?" : "");
    free(near.best);
    return rc;
}

int show_life(struct cli *cli, const char *name, const char *device)
{
    struct life life = {.cli = cli, .name = name, .err = ERROR_INIT};
    struct writer *w = cli_writer(cli, "account-history");
    writer_text(w, "name", name, STYLE_MACHINE);
    writer_list(w, "spans", NULL);
    int rc = store_account_life(cli->store, device, name, take_span, &life, &life.err);
    rc = rc ? rc : life.rc;
    writer_close(w);
    if (rc == RC_OK && writer_rows(w) == 0)
        rc = explain_nobody(&life, device);
    json_decref(life.events.documents);
    free(life.events.device);
    return rc ? cli_fail(&life.err) : EXIT_CLEAN;
}
