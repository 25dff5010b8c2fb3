/* RANCID's CVS repository: GROUP/configs/NAME,v, and GROUP/configs/Attic/NAME,v of devices that are
 * gone. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "drivers/file/repository.h"
#include "transfer/plan.h"
#include "transfer/rcs.h"

#define MOST_FILE ((size_t)512 << 20)
#define MOST_DEPTH 12

struct cvs_source {
    struct source base;
    struct rcs *open; /* of the device that is being replayed */
    const char *path; /* its file */
};

/* Whether it is one, by its place: "GROUP/configs/" in front. */
static bool is_config(const FTSENT *file, struct str *group)
{
    const FTSENT *folder = file->fts_parent;
    if (strcmp(folder->fts_name, "Attic") == 0)
        folder = folder->fts_parent;
    if (!folder || folder->fts_level < 0 || strcmp(folder->fts_name, "configs") != 0)
        return false;
    *group = folder->fts_level > 0
                 ? (struct str){folder->fts_parent->fts_name, folder->fts_parent->fts_namelen}
                 : (struct str){"", 0};
    return true;
}

static int open_rcs(const char *path, struct rcs **out, struct error *err)
{
    struct buf file = {.cap = MOST_FILE};
    int rc = io_read_file(path, &file, err);
    if (rc)
        buf_wipe(&file);
    else
        rc = rcs_open(&file, out, err);
    return rc;
}

static int read_revision(struct source *base, const struct planned *device,
    const struct revision *revision, struct buf *text, struct error *err)
{
    struct cvs_source *source = (struct cvs_source *)base;
    (void)device;
    int rc = RC_OK;
    if (source->path != revision->path) {
        rcs_close(source->open);
        source->open = NULL;
        source->path = revision->path;
        rc = open_rcs(revision->path, &source->open, err);
    }
    if (rc == RC_OK && !source->open)
        return error_set(err, RC_FORMAT, "%s cannot be read", revision->path);
    return rc ? rc : rcs_text(source->open, revision->index, text, err);
}

static void rest_source(struct source *base)
{
    struct cvs_source *source = (struct cvs_source *)base;
    rcs_close(source->open);
    source->open = NULL;
    source->path = NULL;
}

static void close_source(struct source *base)
{
    rest_source(base);
    free(base);
}

static int add_revision(struct plan *plan, struct planned *device, const char *path,
    const struct rcs *rcs, size_t index, struct error *err)
{
    const struct rcs_revision *shown = rcs_at(rcs, index);
    bool person = !git_is_tool(shown->author) && utf8_valid(shown->author, strlen(shown->author));
    struct revision revision = {.time_us = shown->time_us,
        .commit = arena_dup(&plan->memory, str_of(shown->number)),
        .author = person ? arena_dup(&plan->memory, str_of(shown->author)) : NULL,
        .path = path,
        .index = (uint32_t)index,
        .gone = shown->dead};
    if (!revision.commit || (person && !revision.author))
        return plan_no_memory(err);
    return plan_add(plan, device, &revision, err);
}

static int take_file(struct plan *plan, struct source *source, const FTSENT *file, struct str group,
    struct error *err)
{
    struct planned *device = NULL;
    struct error why = ERROR_INIT;
    struct rcs *rcs = NULL;
    char plain[PLAN_MOST_PATH];
    snprintf(plain, sizeof plain, "%.*s", (int)file->fts_namelen - 2, file->fts_name);
    const char *name = plan_name(plan, plain);
    char *path = arena_dup(&plan->memory, str_of(file->fts_path));
    char *own = group.len ? arena_dup(&plan->memory, group) : NULL;
    if (!path)
        return plan_no_memory(err);
    int rc = name ? plan_device(plan, source, name, own, path, &device, err) : RC_OK;
    if (rc || !device)
        return rc;
    device->alive = path; /* another file of that name, in the Attic too, is another device */
    if (open_rcs(path, &rcs, &why)) {
        plan_note(plan, name, path, NULL, "not read: %s", why.text);
        return RC_OK;
    }
    for (size_t i = 0; rc == RC_OK && i < rcs_count(rcs); i++)
        rc = add_revision(plan, device, path, rcs, i, err);
    rcs_close(rcs);
    return rc;
}

static int take_router_db(struct plan *plan, const FTSENT *file)
{
    struct rcs *rcs = NULL;
    struct buf text = {.cap = (size_t)16 << 20};
    if (open_rcs(file->fts_path, &rcs, NULL) == RC_OK && rcs_count(rcs) &&
        rcs_text(rcs, rcs_count(rcs) - 1, &text, NULL) == RC_OK)
        router_db_read(
            plan, file->fts_level > 1 ? file->fts_parent->fts_name : NULL, buf_str(&text));
    rcs_close(rcs);
    buf_free(&text);
    return RC_OK;
}

/* Twice: what router.db tells is of devices that are known by then. */
static int walk(struct plan *plan, struct source *source, const char *path, bool lists,
    size_t *found, struct error *err)
{
    char *const roots[] = {(char *)(uintptr_t)path, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    struct str group;
    int rc = tree ? RC_OK : error_at(err, RC_IO, path, "%s", strerror(errno));
    for (FTSENT *file; rc == RC_OK && (file = fts_read(tree));) {
        size_t len = file->fts_namelen;
        if (file->fts_info == FTS_D &&
            (file->fts_level > MOST_DEPTH || strcmp(file->fts_name, "CVSROOT") == 0))
            fts_set(tree, file, FTS_SKIP);
        if (file->fts_info != FTS_F || len < 3 || file->fts_pathlen >= PLAN_MOST_PATH ||
            strcmp(file->fts_name + len - 2, ",v") != 0)
            continue;
        if (lists && strcmp(file->fts_name, "router.db,v") == 0)
            rc = take_router_db(plan, file);
        else if (!lists && is_config(file, &group)) {
            ++*found;
            rc = take_file(plan, source, file, group, err);
        }
    }
    if (tree)
        fts_close(tree);
    return rc;
}

int cvs_plan(struct plan *plan, const char *path, size_t *found, struct error *err)
{
    struct cvs_source *source = calloc(1, sizeof *source);
    if (!source)
        return plan_no_memory(err);
    source->base = (struct source){
        .path = path, .read = read_revision, .rest = rest_source, .close = close_source};
    plan_add_source(plan, &source->base);
    int rc = walk(plan, &source->base, path, false, found, err);
    return rc ? rc : walk(plan, &source->base, path, true, found, err);
}
