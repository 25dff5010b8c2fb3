/* A folder of plain files: when each was saved is said by its name, by a folder's, or by its own
 * time. */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "transfer/plan.h"

#define MOST_DEPTH 12

enum dated_by { BY_FILE, BY_FOLDER, BY_TIME, DATED_KINDS };

struct saved {
    const char *name, *group, *part;
    const char *path; /* below the folder */
    int64_t time_us;
};

struct dated {
    struct plan *plan;
    struct saved *at;
    size_t count, room;
    size_t kinds[DATED_KINDS];
};

static int keep(struct dated *d, const struct saved *saved, enum dated_by by, struct error *err)
{
    if (d->count == d->room) {
        size_t room = d->room ? d->room * 2 : 256;
        struct saved *more = realloc(d->at, room * sizeof *more);
        if (!more)
            return plan_no_memory(err);
        d->at = more;
        d->room = room;
    }
    if (d->count == PLAN_MOST_REVISIONS)
        return error_set(err, RC_LIMIT, "there are more than %zu files", PLAN_MOST_REVISIONS);
    d->at[d->count++] = *saved;
    d->kinds[by]++;
    return RC_OK;
}

/* ---- what a path says ---- */

static struct str trim_signs(struct str s)
{
    while (s.len && strchr("-_.@ ", *s.at)) {
        s.at++;
        s.len--;
    }
    while (s.len && strchr("-_.@ ", s.at[s.len - 1]))
        s.len--;
    return s;
}

/* Its last component; `path` loses it. */
static struct str take_last(struct str *path)
{
    const char *slash = path->len ? memrchr(path->at, '/', path->len) : NULL;
    size_t skip = slash ? (size_t)(slash + 1 - path->at) : 0;
    struct str last = {path->at + skip, path->len - skip};
    path->len = skip ? skip - 1 : 0;
    return last;
}

/* The nearest folder that is no date: a group. */
static struct str group_in(struct str folders)
{
    int64_t time_us;
    size_t begin, end;
    while (folders.len) {
        struct str each = take_last(&folders);
        if (!date_find(each, &time_us, &begin, &end))
            return each;
    }
    return folders;
}

/* "edge-7-2026-03-01.cfg", "2026-03-01_edge-7.cfg", "edge-7/2026-03-01T1000.cfg" and, with another
 * part of the same device, "edge-7/2026-03-01T1000.startup.cfg". */
static bool by_file_name(struct dated *d, struct str folders, struct str base, struct saved *saved)
{
    struct arena *memory = &d->plan->memory;
    size_t begin, end;
    if (!date_find(base, &saved->time_us, &begin, &end))
        return false;
    const char *left = arena_format(memory, "%.*s", (int)begin, base.at);
    struct str before = trim_signs(str_of(left ? left : "")),
               after = {base.at + end, base.len - end};
    /* what stands behind the last dot is the kind of file */
    const char *dot = after.len ? memrchr(after.at, '.', after.len) : NULL;
    if (dot && (size_t)(after.at + after.len - dot) <= 7)
        after.len = (size_t)(dot - after.at);
    after = trim_signs(after);
    bool in_folder = before.len == 0 && folders.len &&
                     (after.len == 0 || (end < base.len && base.at[end] == '.'));
    struct str name = before.len ? before : in_folder ? take_last(&folders) : after;
    struct str group = group_in(folders);
    char *plain = name.len ? arena_dup(memory, name) : NULL;
    saved->name = plain ? plan_name(d->plan, plain) : NULL;
    saved->part = in_folder && after.len ? arena_dup(memory, after) : NULL;
    saved->group = group.len ? arena_dup(memory, group) : NULL;
    return true;
}

static bool by_folder_name(struct dated *d, struct str folders, struct saved *saved)
{
    size_t begin, end;
    struct str each, rest = folders;
    bool found = false;
    while (!found && rest.len) {
        each = take_last(&rest);
        found = date_find(each, &saved->time_us, &begin, &end);
    }
    struct str group = group_in(folders);
    saved->group = group.len ? arena_dup(&d->plan->memory, group) : NULL;
    return found;
}

static int take_file(struct dated *d, const FTSENT *file, size_t skip, struct error *err)
{
    struct saved saved = {.path = arena_dup(&d->plan->memory, str_of(file->fts_path + skip))};
    if (!saved.path)
        return plan_no_memory(err);
    struct str folders = str_of(saved.path);
    struct str base = take_last(&folders);
    if (by_file_name(d, folders, base, &saved))
        return saved.name ? keep(d, &saved, BY_FILE, err) : RC_OK;
    enum dated_by by = BY_FOLDER;
    saved.name = plan_name(d->plan, saved.path);
    if (!by_folder_name(d, folders, &saved)) {
        const struct timespec *time = &file->fts_statp->st_mtim;
        saved.time_us = (int64_t)time->tv_sec * 1000000 + time->tv_nsec / 1000;
        by = BY_TIME;
    }
    return saved.name ? keep(d, &saved, by, err) : RC_OK;
}

static int walk(struct dated *d, struct error *err)
{
    const char *path = d->plan->import->path;
    char *const roots[] = {(char *)(uintptr_t)path, NULL};
    struct stat stat_;
    if (stat(path, &stat_) || !S_ISDIR(stat_.st_mode))
        return error_at(err, errno == ENOENT ? RC_NOT_FOUND : RC_IO, path, "%s",
            errno == ENOENT ? "there is no such folder" : "it is no folder");
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_COMFOLLOW, NULL);
    size_t skip = strlen(path);
    int rc = tree ? RC_OK : error_at(err, RC_IO, path, "%s", strerror(errno));
    for (FTSENT *file; rc == RC_OK && (file = fts_read(tree));) {
        if (file->fts_level == 0)
            continue;
        if (file->fts_info == FTS_D && (file->fts_level > MOST_DEPTH || *file->fts_name == '.'))
            fts_set(tree, file, FTS_SKIP);
        if (file->fts_info == FTS_SL || file->fts_info == FTS_SLNONE)
            plan_note(
                d->plan, NULL, file->fts_path, NULL, "not read: a link, which is not followed");
        if (file->fts_info != FTS_F || *file->fts_name == '.' ||
            file->fts_pathlen >= PLAN_MOST_PATH)
            continue;
        size_t from = skip;
        while (file->fts_path[from] == '/')
            from++;
        rc = take_file(d, file, from, err);
    }
    if (tree)
        fts_close(tree);
    return rc;
}

/* ---- the plan ---- */

static int by_time(const void *a, const void *b)
{
    const struct saved *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    if (order == 0)
        order = (x->time_us > y->time_us) - (x->time_us < y->time_us);
    return order ? order : strcmp(x->path, y->path);
}

static bool same_group(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Files of one device and one moment are its parts; `commit` joins them. */
static int add(struct dated *d, struct source *source, const struct saved *saved, struct error *err)
{
    struct planned *device = NULL;
    char time[TIME_TEXT_SIZE];
    int rc = plan_device(d->plan, source, saved->name, saved->group, saved->path, &device, err);
    if (rc || !device)
        return rc;
    if (!same_group(device->group, saved->group)) {
        plan_note(d->plan, saved->name, saved->path, NULL,
            "not read: %s is a device of the same name", device->path);
        return RC_OK;
    }
    const struct revision revision = {.time_us = saved->time_us,
        .path = saved->path,
        .part = saved->part,
        .commit = arena_dup(&d->plan->memory, str_of(time_format(saved->time_us, time)))};
    return revision.commit ? plan_add(d->plan, device, &revision, err) : plan_no_memory(err);
}

static int read_revision(struct source *source, const struct planned *device,
    const struct revision *revision, struct buf *text, struct error *err)
{
    char path[2 * PLAN_MOST_PATH + 4096];
    struct stat stat_;
    (void)device;
    size_t len = (size_t)snprintf(path, sizeof path, "%s/%s", source->path, revision->path);
    if (len >= sizeof path || lstat(path, &stat_) || !S_ISREG(stat_.st_mode))
        return error_set(err, RC_IO, "%s is no file any more", revision->path);
    return io_read_file(path, text, err);
}

static void close_source(struct source *source)
{
    free(source);
}

static void rest_source(struct source *source)
{
    (void)source;
}

static const char *name_scheme(struct dated *d)
{
    static const char *const said[] = {[BY_FILE] = "files with dates in their names",
        [BY_FOLDER] = "folders with dates in their names",
        [BY_TIME] = "files without dates, by their own times"};
    const char *scheme = NULL;
    for (size_t i = 0; i < DATED_KINDS; i++)
        if (d->kinds[i])
            scheme = scheme ? arena_format(&d->plan->memory, "%s, and %s (%zu)", scheme, said[i],
                                  d->kinds[i])
                            : arena_format(&d->plan->memory, "%s (%zu)", said[i], d->kinds[i]);
    return scheme;
}

int plan_folder(struct plan *plan, struct error *err)
{
    struct dated d = {.plan = plan};
    struct source *source = calloc(1, sizeof *source);
    if (!source)
        return plan_no_memory(err);
    *source = (struct source){.path = plan->import->path,
        .read = read_revision,
        .rest = rest_source,
        .close = close_source};
    plan_add_source(plan, source);
    int rc = walk(&d, err);
    if (rc == RC_OK && d.count == 0)
        rc = error_at(err, RC_NOT_FOUND, plan->import->path, "no file in it that may be a config");
    if (rc == RC_OK)
        qsort(d.at, d.count, sizeof *d.at, by_time);
    for (size_t i = 0; rc == RC_OK && i < d.count; i++)
        rc = add(&d, source, &d.at[i], err);
    plan->scheme = name_scheme(&d);
    free(d.at);
    return rc;
}
