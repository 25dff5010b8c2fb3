/* Which repositories a path means. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "transfer/plan.h"

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names in a folder, sorted. `names` is malloc'd, they are in the plan's memory. */
static int list_folder(
    struct plan *plan, const char *path, const char ***names, size_t *count, struct error *err)
{
    DIR *folder = opendir(path);
    size_t room = 0;
    *names = NULL;
    *count = 0;
    if (!folder)
        return error_at(err, errno == ENOENT ? RC_NOT_FOUND : RC_IO, path, "%s", strerror(errno));
    int rc = RC_OK;
    for (const struct dirent *entry; rc == RC_OK && (entry = readdir(folder));) {
        if (*entry->d_name == '.')
            continue;
        if (*count == room) {
            room = room ? room * 2 : 64;
            const char **more = realloc(*names, room * sizeof *more);
            if (!more) {
                rc = plan_no_memory(err);
                break;
            }
            *names = more;
        }
        (*names)[*count] = arena_dup(&plan->memory, str_of(entry->d_name));
        rc = (*names)[(*count)++] ? RC_OK : plan_no_memory(err);
    }
    closedir(folder);
    if (rc == RC_OK && *count)
        qsort(*names, *count, sizeof **names, by_text);
    return rc;
}

/* Its last component without ".git". */
static const char *group_of(struct plan *plan, const char *path)
{
    struct str name = str_of(path);
    while (name.len > 1 && name.at[name.len - 1] == '/')
        name.len--;
    const char *slash = memrchr(name.at, '/', name.len);
    size_t skip = slash ? (size_t)(slash + 1 - name.at) : 0;
    name.at += skip;
    name.len -= skip;
    if (name.len > 4 && memcmp(name.at + name.len - 4, ".git", 4) == 0)
        name.len -= 4;
    return arena_dup(&plan->memory, name);
}

static bool is_empty(const struct error *err)
{
    return err->code == RC_NOT_FOUND && strncmp(err->text, "no commit", 9) == 0;
}

/* The repositories that stand in a folder, each a group. One without commits is none yet. */
static int plan_groups(struct plan *plan, const char *path, size_t *found, struct error *err)
{
    const char **names = NULL, *git;
    size_t count = 0;
    int rc = list_folder(plan, path, &names, &count, err);
    for (size_t i = 0; rc == RC_OK && i < count; i++) {
        struct error why = ERROR_INIT;
        const char *each = arena_format(&plan->memory, "%s/%s", path, names[i]);
        if (!each || !git_found(plan, each, &git))
            continue;
        ++*found;
        rc = git_plan(plan, git, group_of(plan, names[i]), &why);
        if (rc && is_empty(&why)) {
            plan_note(plan, NULL, each, NULL, "not read: no commit in it");
            rc = RC_OK;
        } else if (rc && err) {
            *err = why;
        }
    }
    free(names);
    return rc;
}

int plan_git(struct plan *plan, struct error *err)
{
    const char *path = plan->import->path, *git;
    size_t found = 0;
    plan->scheme = "a git repository";
    if (git_found(plan, path, &git))
        return git_plan(plan, git, NULL, err);
    int rc = plan_groups(plan, path, &found, err);
    plan->scheme = "git repositories, one a group";
    return rc || found ? rc
                       : error_at(err, RC_NOT_FOUND, path,
                             "no git repository here, nor one in the folders below; for files "
                             "without one: --from folder");
}

/* RANCID's base folder has CVS or git repositories in CVS, and what is checked out beside it. */
int plan_rancid(struct plan *plan, struct error *err)
{
    struct stat stat_;
    const char *path = plan->import->path, *git;
    const char *inner = arena_format(&plan->memory, "%s/CVS", path);
    size_t found = 0;
    plan->scheme = "RANCID's git repository";
    if (git_found(plan, path, &git))
        return git_plan(plan, git, group_of(plan, path), err);
    if (inner && stat(inner, &stat_) == 0 && S_ISDIR(stat_.st_mode))
        path = inner;
    plan->scheme = "RANCID's git repositories, one a group";
    int rc = plan_groups(plan, path, &found, err);
    if (rc || found)
        return rc;
    plan->scheme = "RANCID's CVS repository";
    rc = cvs_plan(plan, path, &found, err);
    return rc || found ? rc
                       : error_at(err, RC_NOT_FOUND, path,
                             "no git repository and no file GROUP/configs/NAME,v here; PATH is "
                             "RANCID's CVSROOT, not what is checked out of it");
}
