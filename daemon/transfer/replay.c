/* Revisions of other tools become versions: oldest first, each as if it had been collected then. */
#include <fnmatch.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/yang.h"
#include "drivers/file/saved.h"
#include "transfer/plan.h"

#define MOST_PARTS 64
#define HOLD_S 600
#define HOLD_AGAIN_US ((int64_t)HOLD_S * 1000000 / 3)
#define USUAL_BYTES ((size_t)64 << 20)
#define MOST_READERS 32

/* A config that shrank and was replaced within a day was a mistake of the tool that saved it. */
#define SOON_US ((int64_t)24 * 3600 * 1000000)

struct known_reader {
    const struct platform *platform;
    struct reader *reader;
};

struct replay {
    struct plan *plan;
    struct collect *collect; /* NULL: a dry run */
    struct import_report *report;
    struct known_reader readers[MOST_READERS];
    size_t reader_count;
};

/* A file that is there at the moment. */
struct current {
    const char *part;
    const struct revision *revision;
};

/* One device's turn. */
struct turn {
    struct replay *replay;
    const struct planned *planned;
    struct device device; /* as in the settings, or made up */
    struct import_device result;
    const struct revision *from, *until; /* the moment at hand */
    struct current current[MOST_PARTS];
    size_t current_count;
    bool needs_end;
    int64_t newest_us; /* of what is stored */
    int64_t held_us;   /* monotonic */
};

/* ---- which platform ---- */

static const struct platform *named(const struct turn *t, const char *name)
{
    return name ? platforms_find(t->replay->plan->import->all, name) : NULL;
}

static const struct platform *by_option(const struct turn *t, bool all)
{
    const struct import *import = t->replay->plan->import;
    for (size_t i = 0; i < import->platform_count; i++) {
        const char *device = import->platforms[i].device;
        if (all ? !device : device && fnmatch(device, t->planned->name, 0) == 0)
            return import->platforms[i].platform;
    }
    return NULL;
}

static int read_text(
    const struct turn *t, const struct revision *revision, struct buf *text, struct error *err)
{
    text->cap = t->device.max_bytes;
    return t->planned->source->read(t->planned->source, t->planned, revision, text, err);
}

/* "!RANCID-CONTENT-TYPE: cisco" */
static bool header_type(struct str text, char out[64])
{
    struct str line, word;
    if (!saved_by_rancid(text) || !str_next_line(&text, &line))
        return false;
    const char *colon = memchr(line.at, ':', line.len);
    struct str type = {colon + 1, line.len - (size_t)(colon + 1 - line.at)};
    if (!str_next_word(&type, &word) || word.len >= 64)
        return false;
    snprintf(out, 64, "%.*s", (int)word.len, word.at);
    return true;
}

static const struct revision *last_text(const struct planned *device)
{
    for (size_t i = device->count; i > 0; i--)
        if (!device->revisions[i - 1].gone)
            return &device->revisions[i - 1];
    return NULL;
}

static bool find_header(const struct turn *t, char out[64])
{
    const struct revision *last = last_text(t->planned);
    struct buf text = {0};
    bool found = last && !last->platform && read_text(t, last, &text, NULL) == RC_OK &&
                 header_type(buf_str(&text), out);
    buf_wipe(&text);
    return found;
}

static int unknown(struct turn *t, const char *where, const char *word, struct error *failure)
{
    return word
               ? error_set(failure, RC_NOT_FOUND,
                     "no platform is named \"%s\", as %s says; name one: --platform %s=P", word,
                     where, t->planned->name)
               : error_set(failure, RC_NOT_FOUND,
                     "nothing says its platform; name it: --platform %s=P, or --platform P for all",
                     t->planned->name);
}

/* The settings, what the command says of this device, the tool's own words, what the command says
 * of all. */
static int find_platform(struct turn *t, struct error *failure)
{
    char header[64];
    const struct revision *last = last_text(t->planned);
    const char *exported = last ? last->platform : NULL, *hint = t->planned->hint;
    const struct platform **platform = &t->device.platform;
    if (!*platform)
        *platform = by_option(t, false);
    if (!*platform && exported)
        *platform = named(t, exported);
    if (!*platform && hint)
        *platform = named(t, hint);
    bool has_header = !*platform && find_header(t, header);
    if (has_header)
        *platform = named(t, header);
    if (!*platform)
        *platform = by_option(t, true);
    if (!*platform)
        return unknown(t,
            exported     ? "the export"
            : has_header ? "its header"
                         : "router.db",
            exported     ? exported
            : has_header ? header
                         : hint,
            failure);
    return platform_open(*platform, failure);
}

static int find_reader(
    struct replay *r, const struct platform *platform, const struct reader **out, struct error *err)
{
    for (size_t i = 0; i < r->reader_count; i++)
        if (r->readers[i].platform == platform) {
            *out = r->readers[i].reader;
            return RC_OK;
        }
    if (r->reader_count == MOST_READERS)
        reader_free(r->readers[--r->reader_count].reader);
    struct known_reader *known = &r->readers[r->reader_count];
    *known = (struct known_reader){.platform = platform};
    int rc = reader_new(platform, &known->reader, err);
    r->reader_count += rc == RC_OK;
    *out = known->reader;
    return rc;
}

/* ---- what is there at a moment ---- */

static void note(struct turn *t, const struct revision *revision, const char *why)
{
    plan_note(t->replay->plan, t->planned->name, revision->path, revision->commit, "%s", why);
}

static void skip(struct turn *t, const char *why)
{
    t->result.skipped++;
    note(t, t->from, why);
}

static const struct lyd_node *find_part(const struct turn *t, const struct revision *revision)
{
    const char *slash = strrchr(revision->path, '/');
    const struct lyd_node *part =
        platform_part_of_file(t->device.platform, slash ? slash + 1 : revision->path);
    return part ? part : platform_next_part(t->device.platform, NULL);
}

static const char *part_name(const struct turn *t, const struct revision *revision)
{
    const struct lyd_node *part = revision->part ? NULL : find_part(t, revision);
    return part ? yang_leaf(part, "name") : revision->part;
}

/* The moment's files take the place of those before. */
static void move_on(struct turn *t)
{
    for (const struct revision *r = t->from; r < t->until; r++) {
        const char *part = part_name(t, r);
        size_t at = 0;
        while (part && at < t->current_count && strcmp(t->current[at].part, part) != 0)
            at++;
        if (!part || at == MOST_PARTS)
            continue;
        if (!r->gone) {
            t->current[at] = (struct current){part, r};
            t->current_count += at == t->current_count;
        } else if (at < t->current_count) {
            memmove(&t->current[at], &t->current[at + 1],
                (--t->current_count - at) * sizeof *t->current);
        }
    }
}

static bool is_whole(const struct turn *t, const struct revision *revision, struct str text)
{
    if (revision->part || t->planned->is_whole || saved_by_rancid(text))
        return true;
    return platform_check_end(find_part(t, revision), text, "", NULL) == RC_OK;
}

/* A tool that keeps the line that ends a config keeps it always: of such a device a revision
 * without it is cut off. */
static bool shows_end(const struct turn *t, const struct revision *revision)
{
    struct buf text = {0};
    bool shows = revision && read_text(t, revision, &text, NULL) == RC_OK &&
                 is_whole(t, revision, buf_str(&text));
    buf_wipe(&text);
    return shows;
}

static const struct revision *first_text(const struct planned *device)
{
    for (size_t i = 0; i < device->count; i++)
        if (!device->revisions[i].gone)
            return &device->revisions[i];
    return NULL;
}

static int add_part(
    struct turn *t, const struct current *current, struct driver_result *driver, struct error *err)
{
    struct buf text = {0};
    int rc = read_text(t, current->revision, &text, err);
    if (rc == RC_OK && t->needs_end && !is_whole(t, current->revision, buf_str(&text)))
        rc = error_set(err, RC_INCOMPLETE, "cut off: the end of the config is not there");
    if (rc == RC_OK && !t->planned->is_whole)
        saved_restore(&text);
    if (rc == RC_OK)
        rc = driver_result_add_part(driver, current->part, &text, err);
    buf_wipe(&text);
    return rc;
}

static bool is_part_of(const struct current *current, const struct lyd_node *part)
{
    return strcmp(current->part, yang_leaf(part, "name")) == 0;
}

/* In the platform's order, then what it does not know. */
static int add_parts(struct turn *t, struct driver_result *driver, struct error *err)
{
    bool done[MOST_PARTS] = {false};
    int rc = RC_OK;
    for (const struct lyd_node *part = NULL;
         rc == RC_OK && (part = platform_next_part(t->device.platform, part));)
        for (size_t i = 0; rc == RC_OK && i < t->current_count; i++)
            if (!done[i] && is_part_of(&t->current[i], part)) {
                done[i] = true;
                rc = add_part(t, &t->current[i], driver, err);
            }
    for (size_t i = 0; rc == RC_OK && i < t->current_count; i++)
        if (!done[i])
            rc = add_part(t, &t->current[i], driver, err);
    return rc;
}

static const char *author_of(const struct turn *t)
{
    for (const struct revision *r = t->from; r < t->until; r++)
        if (r->author)
            return r->author;
    return NULL;
}

/* As a collector would have sent it. */
static int make_result(struct turn *t, struct result **out, struct error *err)
{
    const char *author = author_of(t);
    const struct reader *reader = NULL;
    struct result *result = calloc(1, sizeof *result);
    if (!result)
        return plan_no_memory(err);
    struct driver_result *driver = &result->driver;
    driver->platform = t->device.platform;
    driver->author = author ? strdup(author) : NULL;
    int rc = add_parts(t, driver, err);
    if (rc == RC_OK)
        rc = find_reader(t->replay, t->device.platform, &reader, err);
    if (rc == RC_OK)
        rc = draft_read(reader, driver->parts, driver->part_count, &result->draft, err);
    if (rc)
        result_free(result);
    else
        *out = result;
    return rc;
}

/* ---- a moment becomes a version ---- */

static char *imported_as(const struct turn *t)
{
    static const char *const tools[] = {[IMPORT_OXIDIZED] = "oxidized",
        [IMPORT_RANCID] = "rancid",
        [IMPORT_FOLDER] = "folder",
        [IMPORT_ROLLCALL] = "rollcall"};
    const struct revision *r = t->from;
    json_t *json = json_pack("{s:s}", "from", tools[t->replay->plan->import->from]);
    if (json && utf8_valid(r->path, strlen(r->path)))
        json_object_set_new(json, "path", json_string(r->path));
    if (json && r->commit)
        json_object_set_new(json, "commit", json_string(r->commit));
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static bool was_replaced_soon(const struct turn *t)
{
    const struct revision *end = t->planned->revisions + t->planned->count;
    return t->until < end && t->until->time_us - t->from->time_us < SOON_US;
}

/* Once more when it shrank, and stayed so. */
static int put(struct turn *t, struct collect_report *report, struct error *err)
{
    char *imported = imported_as(t);
    struct collect_past past = {.at_us = t->from->time_us, .imported_json = imported};
    int rc = imported ? RC_OK : plan_no_memory(err);
    for (int look = 0; rc == RC_OK && look < 2; look++) {
        struct error why = ERROR_INIT;
        struct result *result = NULL;
        *report = (struct collect_report){0};
        if (make_result(t, &result, &why)) {
            report->failure = why;
            break;
        }
        rc = collect_replay(t->replay->collect, &t->device, &past, result, report, err);
        if (!report->soon || was_replaced_soon(t))
            break;
        past.believed = true;
    }
    free(imported);
    return rc;
}

static int take_moment(struct turn *t, struct error *err)
{
    struct collect_report report;
    int rc = put(t, &report, err);
    if (rc)
        return rc;
    if (report.failure.code) {
        skip(t, report.failure.text);
        return RC_OK;
    }
    t->result.versions += report.new_version;
    t->result.unchanged += !report.new_version;
    t->result.events += report.event_count;
    return RC_OK;
}

static int hold(struct turn *t, struct error *err)
{
    int64_t now_us = clock_mono_us(&clock_system);
    if (t->held_us && now_us - t->held_us < HOLD_AGAIN_US)
        return RC_OK;
    t->held_us = now_us;
    return collect_hold(t->replay->collect, &t->device, HOLD_S, err);
}

static int step(struct turn *t, int64_t now_us, struct error *err)
{
    const struct revision *r = t->from;
    size_t before = t->current_count;
    move_on(t);
    if (r->time_us <= t->newest_us) {
        t->result.older++;
        return RC_OK;
    }
    if (t->current_count == 0) {
        t->result.skipped += !before;
        note(t, r,
            before ? "removed there: the device's last version stays as it is"
                   : "not read: it is no part of its platform");
        return RC_OK;
    }
    if (r->time_us > now_us || r->time_us <= 0) {
        skip(t, "not read: its time lies in the future, or is none");
        return RC_OK;
    }
    int rc = hold(t, err);
    return rc ? rc : take_moment(t, err);
}

static bool is_stopped(const struct replay *r)
{
    const volatile int *stop = r->plan->import->stop;
    r->report->stopped = r->report->stopped || (stop && *stop);
    return r->report->stopped;
}

static int run(struct turn *t, struct error *err)
{
    const struct import_listener *listener = t->replay->plan->listener;
    const struct revision *end = t->planned->revisions + t->planned->count;
    int64_t now_us = clock_now_us(t->replay->plan->import->setup.clock);
    int rc = RC_OK;
    for (t->from = t->planned->revisions; rc == RC_OK && t->from < end; t->from = t->until) {
        if (is_stopped(t->replay))
            break;
        t->until = t->from + 1;
        while (t->until < end && t->until->joined)
            t->until++;
        t->result.revisions++;
        rc = step(t, now_us, err);
        for (const struct revision *r = t->from; r < t->until && listener->step; r++)
            listener->step(listener->ctx);
    }
    if (t->held_us)
        collect_release(t->replay->collect, &t->device);
    return rc;
}

/* ---- a device ---- */

/* As the settings have it, without what makes it one to be connected to; or made up. */
static void make_device(struct turn *t)
{
    const struct planned *p = t->planned;
    const struct device *known = settings_device(t->replay->plan->import->setup.settings, p->name);
    t->device =
        known ? *known : (struct device){.name = p->name, .address = p->name, .group = p->group};
    t->device.host_key_policy = HOST_KEY_PINNED;
    if (!t->device.max_bytes)
        t->device.max_bytes = USUAL_BYTES;
}

static int find_newest(struct turn *t, struct error *err)
{
    struct store_version version = {0};
    struct store *store = t->replay->plan->import->setup.store;
    int rc = store ? store_version(store, t->planned->name, 0, 0, &version, err) : RC_NOT_FOUND;
    if (rc == RC_OK)
        t->newest_us = version.created_us > version.seen_us ? version.created_us : version.seen_us;
    store_version_clear(&version);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* A dry run: what there is, and how much of it is new. */
static void count_only(struct turn *t)
{
    for (size_t i = 0; i < t->planned->count; i++) {
        const struct revision *r = &t->planned->revisions[i];
        t->result.revisions += !r->joined;
        t->result.older += !r->joined && r->time_us <= t->newest_us;
    }
}

static void add_up(struct import_report *report, const struct import_device *d)
{
    report->failed += d->failure.code != RC_OK;
    report->versions += d->versions;
    report->events += d->events;
    report->unchanged += d->unchanged;
    report->older += d->older;
    report->skipped += d->skipped;
}

static int take_turn(struct replay *r, const struct planned *planned, struct error *err)
{
    const struct import_listener *listener = r->plan->listener;
    struct turn *t = calloc(1, sizeof *t);
    if (!t)
        return plan_no_memory(err);
    t->replay = r;
    t->planned = planned;
    make_device(t);
    struct import_device *result = &t->result;
    *result = (struct import_device){
        .name = planned->name, .group = t->device.group, .path = planned->path};
    if (planned->count) {
        result->first_us = planned->revisions[0].time_us;
        result->last_us = planned->revisions[planned->count - 1].time_us;
    }
    int rc = find_newest(t, err);
    if (rc == RC_OK && planned->count == 0)
        error_set(&result->failure, RC_FORMAT, "nothing of it can be read");
    else if (rc == RC_OK)
        find_platform(t, &result->failure);
    result->platform = t->device.platform;
    if (rc == RC_OK && result->failure.code == RC_OK && !r->collect) {
        count_only(t);
    } else if (rc == RC_OK && result->failure.code == RC_OK) {
        t->needs_end = shows_end(t, last_text(planned)) || shows_end(t, first_text(planned));
        rc = run(t, err);
    }
    planned->source->rest(planned->source);
    if (rc == RC_BUSY && err) {
        result->failure = *err; /* somebody collects it: the next time, then */
        rc = RC_OK;
    }
    add_up(r->report, result);
    if (rc == RC_OK && listener->device)
        listener->device(listener->ctx, result);
    free(t);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    const struct planned *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

int replay(struct plan *plan, struct import_report *report, struct error *err)
{
    struct replay r = {.plan = plan, .report = report};
    const struct import_listener *listener = plan->listener;
    int rc = plan->import->dry_run ? RC_OK : collect_open(&plan->import->setup, &r.collect, err);
    if (plan->count)
        qsort(plan->devices, plan->count, sizeof(struct planned *), by_name);
    report->devices = plan->count;
    if (rc == RC_OK && listener->begun)
        listener->begun(listener->ctx, plan->count, plan->revisions);
    for (size_t i = 0; rc == RC_OK && i < plan->count && !is_stopped(&r); i++)
        rc = take_turn(&r, plan->devices[i], err);
    for (size_t i = 0; i < r.reader_count; i++)
        reader_free(r.readers[i].reader);
    collect_close(r.collect);
    return rc;
}
