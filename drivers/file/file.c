#include "drivers/file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/yang.h"
#include "drivers/file/saved.h"

#define USUAL_BYTES ((size_t)64 << 20)
#define MOST_MARK ((size_t)64 << 10)

/* ---- which files ---- */

/* Of a folder by its time, of a repository by its name. */
static bool is_newer(const struct found_file *a, const struct found_file *b)
{
    const struct timespec *x = &a->stat.st_mtim, *y = &b->stat.st_mtim;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec > y->tv_sec;
    return x->tv_nsec != y->tv_nsec ? x->tv_nsec > y->tv_nsec : strcmp(a->path, b->path) > 0;
}

int file_add(struct file_pull *p, const struct found_file *file, bool in_folder, struct error *err)
{
    const char *slash = strrchr(file->path, '/');
    struct found_file made = *file;
    if (++p->seen > FILE_MOST_FOUND)
        return error_at(
            err, RC_LIMIT, p->place, "more than %d files fit its name", FILE_MOST_FOUND);
    made.part = platform_part_of_file(p->platform, slash ? slash + 1 : file->path);
    if (!made.part && !in_folder)
        made.part = platform_next_part(p->platform, NULL);
    if (!made.part)
        return RC_OK;
    for (size_t i = 0; i < p->found_count; i++)
        if (p->found[i].part == made.part) {
            if (is_newer(&made, &p->found[i]))
                p->found[i] = made;
            return RC_OK;
        }
    p->found[p->found_count++] = made;
    return RC_OK;
}

static int make_room(struct file_pull *p, struct error *err)
{
    size_t parts = 0;
    for (const struct lyd_node *part = NULL; (part = platform_next_part(p->platform, part));)
        parts++;
    p->found = arena_take(&p->memory, (parts + 1) * sizeof *p->found);
    if (!p->found)
        return error_set(err, RC_NO_MEMORY, "no memory for names of files");
    return parts ? RC_OK
                 : error_at(
                       err, RC_SETTINGS, p->device, "platform %s has no parts", p->platform->name);
}

static bool has(const struct file_pull *p, const char *name)
{
    return faccessat(p->folder, name, F_OK, 0) == 0;
}

static int open_source(struct file_pull *p, struct error *err)
{
    const struct driver_file *file = &p->job->file;
    p->folder = open(file->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->folder < 0)
        return error_at(err, errno == ENOENT ? RC_NOT_FOUND : RC_IO, p->device,
            errno == ENOTDIR ? "%s is no folder" : "cannot read %s: %s", file->path,
            strerror(errno));
    p->git = file->kind == FILE_GIT ||
             (file->kind == FILE_FIND_OUT &&
                 (has(p, ".git") || (has(p, "HEAD") && has(p, "objects") && has(p, "refs"))));
    return RC_OK;
}

static int find_files(struct file_pull *p, struct error *err)
{
    const char *const *names = p->job->file.names;
    int rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && names[i]; i++)
        rc = names_check(names[i], p->device, err);
    if (rc == RC_OK && p->git)
        rc = git_list(p, names, err);
    for (size_t i = 0; rc == RC_OK && names[i] && p->found_count == 0; i++)
        rc = p->git ? git_find(p, names[i], err) : folder_find(p, names[i], err);
    if (rc == RC_OK && p->found_count == 0)
        rc = error_at(err, RC_NOT_FOUND, p->device, "no file %s%s in %s%s", names[0],
            names[1] ? " (nor another that may be meant)" : "", p->job->file.path,
            p->git ? "'s last commit" : "");
    return rc;
}

/* ---- have they changed? ---- */

static int make_mark(const struct file_pull *p, struct buf *mark)
{
    int rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < p->found_count; i++) {
        const struct found_file *f = &p->found[i];
        const char *part = yang_leaf(f->part, "name");
        rc = f->blob ? buf_format(mark, "%s %s\n", part, f->blob)
                     : buf_format(mark, "%s %s %lld %lld %lld %lld.%ld %lld.%ld\n", part, f->path,
                           (long long)f->stat.st_dev, (long long)f->stat.st_ino,
                           (long long)f->stat.st_size, (long long)f->stat.st_mtim.tv_sec,
                           f->stat.st_mtim.tv_nsec, (long long)f->stat.st_ctim.tv_sec,
                           f->stat.st_ctim.tv_nsec);
    }
    return rc;
}

static bool is_as_before(struct file_pull *p)
{
    struct buf mark = {.cap = MOST_MARK};
    const char *before = p->job->file.mark;
    if (make_mark(p, &mark) == RC_OK)
        p->result->mark = strdup(buf_text(&mark));
    buf_free(&mark);
    return before && p->result->mark && strcmp(before, p->result->mark) == 0;
}

/* ---- reading them ---- */

static bool needs_end(const struct file_pull *p, const struct buf *text)
{
    switch (p->job->file.whole) {
    case WHOLE_ALWAYS:
        return false;
    case WHOLE_BY_END:
        return true;
    default:
        return !p->git && !saved_by_rancid(buf_str(text));
    }
}

static int check_whole(const struct file_pull *p, const struct found_file *file,
    const struct buf *text, struct error *err)
{
    if (!needs_end(p, text))
        return RC_OK;
    int rc = platform_check_end(file->part, buf_str(text), p->place, err);
    if (rc == RC_INCOMPLETE && p->job->file.whole == WHOLE_FIND_OUT)
        return error_at(err, RC_INCOMPLETE, p->place,
            "%s has not the end of a whole config; if the tool that writes it sees to that: file: "
            "{whole: true}",
            file->path);
    return rc;
}

static int read_file(struct file_pull *p, const struct found_file *file, struct error *err)
{
    const char *part = yang_leaf(file->part, "name");
    struct buf text = {.cap = p->bytes_left};
    snprintf(p->place, sizeof p->place, "%s: %s", p->device, part);
    if (file->size > p->bytes_left)
        return error_at(err, RC_LIMIT, p->place, "%s has %llu bytes, more than allowed", file->path,
            (unsigned long long)file->size);
    int rc = p->git ? git_read(p, file, &text, err) : folder_read(p, file, &text, err);
    if (rc == RC_OK)
        rc = check_whole(p, file, &text, err);
    size_t len = text.len;
    if (rc == RC_OK) {
        saved_restore(&text);
        rc = driver_result_add_part(p->result, part, &text, err);
    }
    if (rc == RC_OK)
        p->bytes_left -= len;
    buf_wipe(&text);
    return rc;
}

static void folder_date(struct file_pull *p)
{
    for (size_t i = 0; i < p->found_count; i++) {
        const struct timespec *time = &p->found[i].stat.st_mtim;
        int64_t us = (int64_t)time->tv_sec * 1000000 + time->tv_nsec / 1000;
        if (us > p->result->changed_us)
            p->result->changed_us = us;
    }
}

static int pull(struct file_pull *p, struct error *err)
{
    int rc = make_room(p, err);
    if (rc == RC_OK)
        rc = open_source(p, err);
    if (rc == RC_OK)
        rc = find_files(p, err);
    if (rc)
        return rc;
    p->result->unchanged = is_as_before(p);
    if (p->result->unchanged)
        return RC_OK;
    /* in the platform's order, whatever the folder's */
    for (const struct lyd_node *part = NULL;
         rc == RC_OK && (part = platform_next_part(p->platform, part));)
        for (size_t i = 0; rc == RC_OK && i < p->found_count; i++)
            if (p->found[i].part == part)
                rc = read_file(p, &p->found[i], err);
    if (rc == RC_OK && p->git)
        git_date(p);
    else if (rc == RC_OK)
        folder_date(p);
    return rc;
}

int file_pull(const struct driver_job *job, struct driver_result *result, struct error *err)
{
    int64_t start_us = clock_mono_us(&clock_system);
    const char *device = job->hops[job->hop_count - 1].name;
    struct file_pull p = {.job = job,
        .result = result,
        .platform = job->platform,
        .device = device,
        .total_us = start_us + (int64_t)job->total_ms * 1000,
        .bytes_left = job->max_bytes ? job->max_bytes : USUAL_BYTES,
        .folder = -1};
    snprintf(p.place, sizeof p.place, "%s", device);
    *result = (struct driver_result){.platform = job->platform};
    int rc = job->platform ? pull(&p, err)
                           : error_at(err, RC_NOT_FOUND, device,
                                 "a file does not tell its platform; name it");
    result->dialogue_us = clock_mono_us(&clock_system) - start_us;
    if (rc)
        driver_result_drop_parts(result);
    if (p.folder >= 0)
        close(p.folder);
    buf_free(&p.listing);
    arena_free(&p.memory);
    return rc;
}
