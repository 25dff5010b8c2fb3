/* To git: one child takes all commits in, so that no file is written twice and no hook is run. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "drivers/file/repository.h"
#include "transfer/child.h"
#include "transfer/export.h"
#include "transfer/plan.h"

#define MOST_MESSAGE ((size_t)64 << 10)
#define MOST_EVENTS 50 /* that a message tells one by one */

struct git_target {
    struct child import;
    char branch[256]; /* refs/heads/... */
    bool begun;       /* a commit of ours stands on the branch: it is gone on with */
    bool has_tip;
    struct buf out;
};

/* ---- the repository ---- */

/* Run it; the first line of its output, without its end, into `line`. */
static int ask(
    const char *folder, const char *const *words, bool writes, struct buf *line, struct error *err)
{
    struct child child = {0};
    bool more = false;
    int rc = child_start(&child, folder, words, writes, err);
    if (rc == RC_OK)
        rc = child_read_until(&child, '\n', line, &more, err);
    rc = rc ? rc : child_finish(&child, err);
    child_stop(&child);
    return rc;
}

static int is_missing(const char *path, bool *missing, struct error *err)
{
    DIR *folder = opendir(path);
    *missing = !folder && errno == ENOENT;
    if (!folder)
        return *missing ? RC_OK : error_at(err, RC_IO, path, "%s", strerror(errno));
    bool empty = true;
    for (const struct dirent *entry; empty && (entry = readdir(folder));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(folder);
    *missing = empty;
    return RC_OK;
}

static int make_repository(const char *path, struct error *err)
{
    static const char *const words[] = {
        "init", "--quiet", "--bare", "--initial-branch=main", "--template=", NULL};
    struct buf line = {.cap = MOST_MESSAGE};
    int rc = io_make_folders(path, err);
    if (rc == RC_OK)
        rc = ask(path, words, true, &line, err);
    buf_free(&line);
    return rc;
}

static int check_bare(const char *path, struct error *err)
{
    static const char *const words[] = {"rev-parse", "--is-bare-repository", NULL};
    struct buf line = {.cap = MOST_MESSAGE};
    struct error why = ERROR_INIT;
    int rc = ask(path, words, false, &line, &why);
    bool bare = rc == RC_OK && str_is(buf_str(&line), "true");
    buf_free(&line);
    if (rc == RC_NOT_FOUND)
        return error_at(err, RC_NOT_FOUND, path, "%s", why.text);
    return bare
               ? RC_OK
               : error_at(err, RC_IO, path,
                     "there is something that is no bare git repository; name a path that is free");
}

static int find_branch(struct git_target *target, const char *path, struct error *err)
{
    static const char *const name[] = {"symbolic-ref", "HEAD", NULL};
    static const char *const tip[] = {"rev-parse", "--verify", "--quiet", "HEAD^{commit}", NULL};
    struct buf line = {.cap = sizeof target->branch - 1};
    int rc = ask(path, name, false, &line, err);
    if (rc == RC_OK)
        snprintf(target->branch, sizeof target->branch, "%s", buf_text(&line));
    if (rc == RC_OK && strncmp(target->branch, "refs/heads/", 11) != 0)
        rc = error_at(err, RC_FORMAT, path, "its HEAD is no branch");
    buf_clear(&line);
    target->has_tip = rc == RC_OK && ask(path, tip, false, &line, NULL) == RC_OK && line.len;
    buf_free(&line);
    return rc;
}

static int open_target(struct exporting *e, void **state, struct error *err)
{
    static const char *const words[] = {"fast-import", "--quiet", "--done", NULL};
    const char *path = e->export->path;
    bool missing = false;
    struct git_target *target = calloc(1, sizeof *target);
    *state = target;
    int rc = target ? is_missing(path, &missing, err) : plan_no_memory(err);
    if (rc == RC_OK)
        rc = missing ? make_repository(path, err) : check_bare(path, err);
    if (rc == RC_OK)
        rc = find_branch(target, path, err);
    if (rc == RC_OK)
        rc = child_start(&target->import, path, words, true, err);
    return rc;
}

/* ---- what stands in it ---- */

static void take_message(struct exporting *e, struct str message)
{
    message = str_trim(message);
    const char *line = message.len ? memrchr(message.at, '\n', message.len) : NULL;
    size_t skip = line ? (size_t)(line + 1 - message.at) : 0;
    json_t *said = json_loadb(message.at + skip, message.len - skip, 0, NULL);
    const char *kind = json_string_value(json_object_get(said, "kind"));
    const char *device = json_string_value(json_object_get(said, "device"));
    json_int_t version = json_integer_value(json_object_get(said, "version"));
    struct export_device *known =
        kind && strcmp(kind, "exported") == 0 && device ? export_device_named(e, device) : NULL;
    if (known && version > known->there && version <= UINT32_MAX)
        known->there = (uint32_t)version;
    json_decref(said);
}

static int look(struct exporting *e, void *state, struct error *err)
{
    static const char *const words[] = {
        "log", "-z", "--first-parent", "--no-notes", "--format=%B", "HEAD", "--", NULL};
    const struct git_target *target = state;
    struct buf message = {.cap = MOST_MESSAGE};
    struct child log = {0};
    bool more = true;
    if (!target->has_tip)
        return RC_OK;
    int rc = child_start(&log, e->export->path, words, false, err);
    while (rc == RC_OK && more) {
        buf_clear(&message);
        rc = child_read_until(&log, '\0', &message, &more, err);
        if (rc == RC_OK && more)
            take_message(e, buf_str(&message));
    }
    rc = rc ? rc : child_finish(&log, err);
    child_stop(&log);
    buf_free(&message);
    return rc;
}

/* ---- a commit ---- */

struct telling {
    struct buf *message;
    size_t count;
};

static int tell_event(void *ctx, const char *json)
{
    struct telling *t = ctx;
    int rc = RC_OK;
    if (++t->count > MOST_EVENTS)
        return RC_OK;
    json_t *event = json_loads(json, 0, NULL);
    const char *name = json_string_value(json_object_get(event, "event"));
    const char *says = json_string_value(json_object_get(event, "says"));
    const char *subject = json_string_value(json_object_get(event, "subject"));
    if (name)
        rc = buf_format(t->message,
            "%3d %s: ", (int)json_integer_value(json_object_get(event, "severity")), name);
    if (name && rc == RC_OK)
        rc = buf_add_escaped(t->message, str_of(says ? says : subject ? subject : ""));
    if (name && rc == RC_OK)
        rc = buf_add_char(t->message, '\n');
    json_decref(event);
    return rc;
}

/* Exactly what it was, for who imports it again. */
static char *describe(const struct exporting *e, const struct exported *v)
{
    char created[TIME_TEXT_SIZE], seen[TIME_TEXT_SIZE];
    json_t *json = json_pack("{s:i,s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:b}", "rollcall", 1, "kind",
        "exported", "device", v->device, "version", (json_int_t)v->info.number, "created",
        time_format(v->info.created_us, created), "seen", time_format(v->info.seen_us, seen),
        "platform", v->info.platform, "digest", v->info.digest, "revealed", e->export->reveal);
    if (json && v->info.author && utf8_valid(v->info.author, strlen(v->info.author)))
        json_object_set_new(json, "author", json_string(v->info.author));
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static int write_message(
    struct exporting *e, const struct exported *v, struct buf *message, struct error *err)
{
    struct telling telling = {.message = message};
    char *described = describe(e, v);
    int rc = described ? buf_format(message, "%s: version %u\n\n", v->device, v->info.number)
                       : RC_NO_MEMORY;
    if (rc == RC_OK)
        rc = export_events(e, v, tell_event, &telling, err);
    if (rc == RC_OK && telling.count > MOST_EVENTS)
        rc = buf_format(message, "and %zu more events\n", telling.count - MOST_EVENTS);
    if (rc == RC_OK && telling.count)
        rc = buf_add_char(message, '\n');
    if (rc == RC_OK)
        rc = buf_format(message, "%s\n", described);
    e->report->events += telling.count;
    free(described);
    return rc == RC_NO_MEMORY ? plan_no_memory(err) : rc;
}

/* A person's name in a commit ends at < and at a line's end. */
static int write_name(struct buf *out, const char *name)
{
    int rc = RC_OK;
    for (; rc == RC_OK && *name; name++)
        rc = buf_add_char(out, strchr("<>\n\r", *name) || (unsigned char)*name < ' ' ? '_' : *name);
    return rc;
}

static int write_bytes(struct buf *out, struct str bytes)
{
    int rc = buf_format(out, "data %zu\n", bytes.len);
    rc = rc ? rc : buf_add_str(out, bytes);
    return rc ? rc : buf_add_char(out, '\n');
}

static int write_head(struct git_target *target, const struct exported *v)
{
    struct buf *out = &target->out;
    const char *author = v->info.author && *v->info.author ? v->info.author : "rollcall";
    long long seconds = (long long)(v->info.created_us / 1000000);
    int rc = buf_format(out, "commit %s\nauthor ", target->branch);
    rc = rc ? rc : write_name(out, author);
    return rc ? rc
              : buf_format(out, " <%s> %lld +0000\ncommitter rollcall <rollcall> %lld +0000\n",
                    strcmp(author, "rollcall") == 0 ? author : "", seconds, seconds);
}

static int write_files(struct git_target *target, const struct exported *v)
{
    struct buf *out = &target->out, folder = {0};
    int rc = export_quote(&folder, v->device);
    if (rc == RC_OK && target->has_tip && !target->begun)
        rc = buf_format(out, "from %s^0\n", target->branch);
    rc = rc ? rc : buf_format(out, "D %s\n", buf_text(&folder));
    for (size_t i = 0; rc == RC_OK && i < v->part_count; i++) {
        rc = buf_format(out, "M 100644 inline %s/", buf_text(&folder));
        rc = rc ? rc : export_quote(out, v->parts[i].name);
        rc = rc ? rc : buf_add_char(out, '\n');
        rc = rc ? rc : write_bytes(out, buf_str(&v->parts[i].text));
    }
    buf_free(&folder);
    return rc;
}

static int write_commit(
    struct exporting *e, void *state, const struct exported *v, struct error *err)
{
    struct git_target *target = state;
    struct buf message = {0};
    buf_clear(&target->out);
    int rc = write_message(e, v, &message, err);
    if (rc == RC_OK && (write_head(target, v) || write_bytes(&target->out, buf_str(&message)) ||
                           write_files(target, v)))
        rc = plan_no_memory(err);
    if (rc == RC_OK)
        rc = child_write(&target->import, buf_str(&target->out), err);
    target->begun = target->begun || rc == RC_OK;
    e->report->versions += rc == RC_OK;
    buf_free(&message);
    return rc;
}

static int finish(struct exporting *e, void *state, struct error *err)
{
    struct git_target *target = state;
    int rc = child_write(&target->import, STR("done\n"), err);
    rc = rc ? rc : child_finish(&target->import, err);
    return rc && err && !*err->place
               ? (snprintf(err->place, sizeof err->place, "%.255s", e->export->path), rc)
               : rc;
}

static void close_target(void *state)
{
    struct git_target *target = state;
    if (!target)
        return;
    child_stop(&target->import);
    buf_wipe(&target->out);
    free(target);
}

const struct export_target export_git = {.open = open_target,
    .look = look,
    .write = write_commit,
    .finish = finish,
    .close = close_target};
