/* What a device's data means, learned once: the modules that nobody has yet are fetched, those that
 * they import or include too, and all are compiled. */
#include "drivers/netconf/learn.h"

#include <stdio.h>
#include <stdlib.h>

#include "drivers/netconf/modules.h"
#include "drivers/netconf/scan.h"
#include "drivers/netconf/set.h"
#include "drivers/netconf/sources.h"
#include "drivers/platform.h"

#define USUAL_BYTES ((size_t)64 << 20)
#define USUAL_MS 60000
#define REFUSALS_MOST 5 /* in a row from the first on: then it has no <get-schema> */

/* A module that is needed: had, fetched, or not to be had. */
struct lesson {
    const char *name, *revision; /* revision NULL: any */
    const char *by;              /* who imports it; NULL: the set lists it */
};

struct learning {
    const struct driver_job *job;
    const struct learn_opener *opener;
    struct driver_result *result;
    struct error *err;
    struct netconf *session; /* NULL: nothing was missing yet */
    struct module_set set;
    struct arena arena;
    struct lesson *lessons;
    size_t lesson_count, lesson_room, done;
    struct part *texts; /* all that is known: first those of the job (borrowed), then fetched */
    size_t text_count, text_room;
    size_t bytes, most;
    size_t refused, fetched;
    const char *refused_name; /* the first that was refused, and why */
    const char *refused_why;
    struct buf notes, schema;
};

static int out_of_memory(struct learning *l)
{
    return error_set(l->err, RC_NO_MEMORY, "out of memory");
}

static void progress(const struct learning *l, const char *step)
{
    if (l->job->progress)
        l->job->progress(l->job->ctx, step);
}

/* ---- what is known, and what is needed ---- */

static bool has_text(const struct learning *l, const char *name, const char *revision)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < l->text_count; i++) {
        const char *part = l->texts[i].name;
        if (strncmp(part, name, len) != 0)
            continue;
        if (!revision && (strcmp(part + len, ".yang") == 0 || part[len] == '@'))
            return true;
        if (revision && part[len] == '@' &&
            strncmp(part + len + 1, revision, strlen(revision)) == 0)
            return true;
    }
    return false;
}

/* A module of the set that has no revision is the device's own, whatever others call so. */
static bool is_known(const struct learning *l, const struct lesson *lesson)
{
    if (lesson->by)
        return has_text(l, lesson->name, NULL);
    return lesson->revision && has_text(l, lesson->name, lesson->revision);
}

static int need(struct learning *l, const char *name, const char *revision, const char *by)
{
    for (size_t i = 0; by && i < l->lesson_count; i++)
        if (strcmp(l->lessons[i].name, name) == 0)
            return RC_OK;
    if (l->lesson_count >= SET_MOST)
        return RC_OK;
    if (l->lesson_count == l->lesson_room) {
        size_t room = l->lesson_room ? l->lesson_room * 2 : 64;
        struct lesson *more = realloc(l->lessons, room * sizeof *more);
        if (!more)
            return out_of_memory(l);
        l->lessons = more;
        l->lesson_room = room;
    }
    l->lessons[l->lesson_count++] = (struct lesson){name, revision, by};
    return RC_OK;
}

/* What a text imports and includes; the names are copied. */
static int need_all_of(struct learning *l, const struct yang_outline *outline)
{
    int rc = RC_OK;
    for (const struct yang_need *n = outline->needs; n && rc == RC_OK; n = n->next) {
        if (has_text(l, n->name, NULL))
            continue;
        const char *name = arena_dup(&l->arena, str_of(n->name));
        const char *by = arena_dup(&l->arena, str_of(outline->name));
        const char *revision = n->revision ? arena_dup(&l->arena, str_of(n->revision)) : NULL;
        if (!name || !by || (n->revision && !revision))
            return out_of_memory(l);
        rc = need(l, name, revision, by);
    }
    return rc;
}

static int add_text(struct learning *l, struct part text)
{
    if (l->text_count == l->text_room) {
        size_t room = l->text_room ? l->text_room * 2 : 64;
        struct part *more = realloc(l->texts, room * sizeof *more);
        if (!more)
            return out_of_memory(l);
        l->texts = more;
        l->text_room = room;
    }
    l->texts[l->text_count++] = text;
    return RC_OK;
}

/* The set's modules first, then what those at hand need beside them. */
static int look_around(struct learning *l)
{
    int rc = RC_OK;
    for (size_t i = 0; i < l->job->netconf.have_count && rc == RC_OK; i++)
        rc = add_text(l, l->job->netconf.have[i]);
    for (size_t i = 0; i < l->set.count && rc == RC_OK; i++)
        rc = need(l, l->set.at[i].name, l->set.at[i].revision, NULL);
    for (size_t i = 0; i < l->job->netconf.have_count && rc == RC_OK; i++) {
        struct yang_outline outline;
        if (yang_outline(buf_str(&l->texts[i].text), &outline, NULL) == RC_OK)
            rc = need_all_of(l, &outline);
        yang_outline_free(&outline);
    }
    return rc;
}

/* ---- fetching ---- */

int schema_from_reply(struct str reply, struct buf *text, struct error *err)
{
    struct scan s;
    enum scan_token token;
    scan_start(&s, reply);
    int rc = scan_next(&s, &token, err);
    while (rc == RC_OK && token != SCAN_END) {
        if (token == SCAN_OPEN && s.depth == 2 && str_is(s.name, "data"))
            return scan_text(&s, text, err);
        rc = scan_next(&s, &token, err);
    }
    return rc ? rc : error_set(err, RC_FORMAT, "no text of a module in the reply");
}

static int ask(struct learning *l, const struct lesson *lesson, bool with_revision,
    struct buf *text, struct error *err)
{
    struct buf request = {0}, reply = {0};
    unsigned timeout_ms = l->job->command_ms ? l->job->command_ms : USUAL_MS;
    int rc = buf_format(&request,
        "<get-schema xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\"><identifier>%s"
        "</identifier>%s%s%s<format>yang</format></get-schema>",
        lesson->name, with_revision ? "<version>" : "", with_revision ? lesson->revision : "",
        with_revision ? "</version>" : "");
    if (rc)
        rc = error_set(err, rc, "out of memory");
    else
        rc = netconf_rpc(l->session, buf_str(&request), timeout_ms, &reply, err);
    if (rc == RC_OK && schema_from_reply(buf_str(&reply), text, err) != RC_OK)
        rc = RC_DIALOGUE;
    buf_free(&request);
    buf_free(&reply);
    return rc;
}

static int open_session(struct learning *l)
{
    if (l->session)
        return RC_OK;
    return l->opener->open(l->opener->ctx, l->job, l->result, &l->session, l->err);
}

static int refuse(struct learning *l, const struct lesson *lesson, const struct error *why)
{
    l->refused++;
    if (lesson->by) /* the set's own get a note when they are compiled */
        return source_note(
            &l->notes, lesson->name, lesson->revision, "not there, but %s needs it", lesson->by);
    if (l->refused_name)
        return RC_OK;
    l->refused_name = lesson->name;
    l->refused_why = arena_dup(&l->arena, str_of(why->text));
    return l->refused_why ? RC_OK : out_of_memory(l);
}

/* Keep what came, if it is the module that was asked for. */
static int keep(struct learning *l, const struct lesson *lesson, struct buf *text)
{
    struct yang_outline outline;
    struct error why = ERROR_INIT;
    struct buf name = {0};
    int rc = yang_outline(buf_str(text), &outline, &why);
    if (rc == RC_OK && strcmp(outline.name, lesson->name) != 0)
        rc = error_set(&why, RC_FORMAT, "the device gave %s instead", outline.name);
    if (rc) {
        rc = source_note(&l->notes, lesson->name, lesson->revision, "%s", why.text);
    } else {
        const char *revision = lesson->revision ? lesson->revision : outline.revision;
        rc = set_key(lesson->name, revision, &name);
        if (rc == RC_OK)
            rc = buf_add(&name, ".yang");
        if (rc == RC_OK)
            rc = add_text(l, (struct part){name.data, *text});
        if (rc == RC_OK) {
            name = *text = (struct buf){0};
            l->bytes += l->texts[l->text_count - 1].text.len;
            l->fetched++;
            rc = need_all_of(l, &outline);
        }
    }
    yang_outline_free(&outline);
    buf_free(&name);
    return rc;
}

static int fetch(struct learning *l, const struct lesson *lesson)
{
    struct buf text = {.cap = YANG_MAX_BYTES};
    struct error why = ERROR_INIT;
    char step[64];
    int rc = open_session(l);
    if (rc)
        return rc;
    snprintf(step, sizeof step, "module %zu of %zu", l->done + 1, l->lesson_count);
    progress(l, step);
    rc = ask(l, lesson, lesson->revision != NULL, &text, &why);
    if (rc == RC_DIALOGUE && lesson->revision && lesson->by) {
        buf_clear(&text); /* dates in imports are left behind by those who update modules */
        rc = ask(l, lesson, false, &text, &why);
    }
    if (rc == RC_OK)
        rc = keep(l, lesson, &text);
    else if (rc == RC_DIALOGUE)
        rc = refuse(l, lesson, &why);
    else if (l->err)
        *l->err = why;
    buf_free(&text);
    return rc;
}

static int fetch_all(struct learning *l)
{
    int rc = RC_OK;
    for (; l->done < l->lesson_count && rc == RC_OK; l->done++) {
        struct lesson lesson = l->lessons[l->done]; /* the list may move */
        if (is_known(l, &lesson))
            continue;
        if (l->fetched == 0 && l->refused >= REFUSALS_MOST)
            break;
        if (l->bytes >= l->most)
            return buf_format(
                &l->notes, "more than %zu bytes of modules: the rest was not fetched\n", l->most);
        rc = fetch(l, &lesson);
    }
    if (rc == RC_OK && l->refused_name)
        rc = source_note(&l->notes, l->refused_name, NULL, "%s", l->refused_why);
    return rc;
}

/* ---- the result ---- */

static int hand_over(struct learning *l)
{
    struct driver_result *r = l->result;
    size_t had = l->job->netconf.have_count;
    int rc = driver_result_add_part(r, "schema", &l->schema, l->err);
    if (rc == RC_OK)
        rc = driver_result_add_part(r, "notes", &l->notes, l->err);
    for (size_t i = had; rc == RC_OK && i < l->text_count; i++)
        rc = driver_result_add_part(r, l->texts[i].name, &l->texts[i].text, l->err);
    if (rc)
        return rc;
    r->platform = l->job->platform;
    if (!r->platform && l->job->platforms)
        r->platform = platforms_find(l->job->platforms, "netconf");
    return RC_OK;
}

static void free_learning(struct learning *l)
{
    netconf_close(l->session);
    for (size_t i = l->job->netconf.have_count; i < l->text_count; i++) {
        free(l->texts[i].name);
        buf_free(&l->texts[i].text);
    }
    free(l->texts);
    free(l->lessons);
    set_free(&l->set);
    arena_free(&l->arena);
    buf_free(&l->notes);
    buf_free(&l->schema);
}

int learn_modules(const struct driver_job *job, const struct learn_opener *opener,
    struct driver_result *result, struct error *err)
{
    struct learning l = {.job = job,
        .opener = opener,
        .result = result,
        .err = err,
        .most = job->max_bytes ? job->max_bytes : USUAL_BYTES};
    *result = (struct driver_result){0};
    struct str modules = str_of(job->netconf.modules ? job->netconf.modules : "");
    int rc = set_parse(modules, &l.set, err);
    if (rc == RC_OK)
        rc = look_around(&l);
    if (rc == RC_OK)
        rc = fetch_all(&l);
    if (rc == RC_OK) {
        progress(&l, "compiling");
        rc = modules_compile(modules, l.texts, l.text_count, &l.schema, &l.notes, err);
    }
    if (rc == RC_OK)
        rc = hand_over(&l);
    free_learning(&l);
    return rc;
}

static int open_by_job(void *ctx, const struct driver_job *job, struct driver_result *result,
    struct netconf **out, struct error *err)
{
    (void)ctx;
    return netconf_open(job, result, out, err);
}

int netconf_learn(const struct driver_job *job, struct driver_result *result, struct error *err)
{
    const struct learn_opener opener = {.open = open_by_job};
    return learn_modules(job, &opener, result, err);
}
