/* A folder with saved configs. Every file is opened below the folder by the kernel's own check
 * (openat2(2), RESOLVE_BENEATH): no link and no `..` leads out, whoever changes it meanwhile. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "drivers/file/file.h"

#define MOST_ENTRIES 1000000 /* names read in one folder */

static int open_below(int folder, const char *path, int flags)
{
    struct open_how how = {
        .flags = (unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
}

/* Why it cannot be opened, in the words of who has to mend it. */
static int refuse(const struct file_pull *p, const char *path, int cause, struct error *err)
{
    if (cause == EXDEV)
        return error_at(err, RC_SETTINGS, p->place, "%s is a link that leads out of %s", path,
            p->job->file.path);
    return error_at(err, cause == ENOENT || cause == ENOTDIR ? RC_NOT_FOUND : RC_IO, p->place,
        "cannot read %s: %s", path, strerror(cause));
}

/* What stands there, without opening it: a device may do something when it is opened. */
static int look(const struct file_pull *p, const char *path, struct stat *stat, struct error *err)
{
    int fd = open_below(p->folder, path, O_PATH);
    if (fd < 0)
        return refuse(p, path, errno, err);
    int cause = fstat(fd, stat) ? errno : 0;
    close(fd);
    return cause ? refuse(p, path, cause, err) : RC_OK;
}

static int add_folder(struct file_pull *p, const char *path, struct error *err);

static int add_file(struct file_pull *p, const char *path, bool in_folder, struct error *err)
{
    struct found_file file = {.path = path};
    int rc = look(p, path, &file.stat, err);
    if (rc)
        return rc;
    file.size = (uint64_t)file.stat.st_size;
    if (S_ISREG(file.stat.st_mode))
        return file_add(p, &file, in_folder, err);
    if (in_folder)
        return RC_OK;
    if (S_ISDIR(file.stat.st_mode))
        return add_folder(p, path, err);
    return error_at(err, RC_SETTINGS, p->place, "%s is no regular file", path);
}

typedef int each_name(void *ctx, const char *path, struct error *err);

/* Every name in a folder; `path` "" is the top. */
static int walk(
    struct file_pull *p, const char *path, each_name *each, void *ctx, struct error *err)
{
    int fd = open_below(p->folder, *path ? path : ".", O_RDONLY | O_DIRECTORY);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? RC_OK : refuse(p, path, errno, err);
    DIR *names = fdopendir(fd);
    if (!names) {
        close(fd);
        return error_at(err, RC_NO_MEMORY, p->place, "no memory to look into a folder");
    }
    int rc = RC_OK;
    size_t count = 0;
    for (const struct dirent *entry; rc == RC_OK && (entry = readdir(names));) {
        if (++count > MOST_ENTRIES)
            rc =
                error_at(err, RC_LIMIT, p->place, "more than %d names in one folder", MOST_ENTRIES);
        else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = each(ctx, entry->d_name, err);
    }
    closedir(names);
    return rc;
}

struct search {
    struct file_pull *p;
    const char *path;    /* the folder that is walked */
    const char *pattern; /* of a name in it; NULL: any */
    const char *rest;    /* of the pattern behind that */
};

static int find(struct file_pull *p, const char *path, const char *pattern, struct error *err);

static const char *joined(struct file_pull *p, const char *path, const char *name)
{
    return *path ? arena_format(&p->memory, "%s/%s", path, name)
                 : arena_dup(&p->memory, str_of(name));
}

static int each_fitting(void *ctx, const char *name, struct error *err)
{
    const struct search *s = ctx;
    if (!names_fit(s->pattern, name))
        return RC_OK;
    const char *path = joined(s->p, s->path, name);
    return path ? find(s->p, path, s->rest, err)
                : error_set(err, RC_NO_MEMORY, "no memory for names of files");
}

static int each_part(void *ctx, const char *name, struct error *err)
{
    const struct search *s = ctx;
    if (!platform_part_of_file(s->p->platform, name))
        return RC_OK;
    const char *path = joined(s->p, s->path, name);
    return path ? add_file(s->p, path, true, err)
                : error_set(err, RC_NO_MEMORY, "no memory for names of files");
}

/* Of a folder with the name those files that are parts by their own. */
static int add_folder(struct file_pull *p, const char *path, struct error *err)
{
    struct search s = {.p = p, .path = path};
    return walk(p, path, each_part, &s, err);
}

/* What fits the rest of a pattern below `path`. As deep as the pattern is long. */
static int find(struct file_pull *p, const char *path, const char *pattern, struct error *err)
{
    struct str component;
    if (!names_next(&pattern, &component))
        return add_file(p, path, false, err);
    char *plain = names_plain(&p->memory, component);
    char *wild = arena_dup(&p->memory, component);
    const char *next = plain ? joined(p, path, plain) : NULL;
    if (!wild || !next)
        return error_set(err, RC_NO_MEMORY, "no memory for names of files");
    if (names_is_wild(component)) {
        struct search s = {.p = p, .path = path, .pattern = wild, .rest = pattern};
        return walk(p, path, each_fitting, &s, err);
    }
    struct error why = ERROR_INIT;
    struct stat stat;
    int rc = look(p, next, &stat, &why);
    if (rc == RC_NOT_FOUND)
        return RC_OK;
    if (rc && err)
        *err = why;
    return rc ? rc : find(p, next, pattern, err);
}

int folder_find(struct file_pull *p, const char *pattern, struct error *err)
{
    return find(p, "", pattern, err);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static int read_all(
    struct file_pull *p, int fd, const char *path, struct buf *text, struct error *err)
{
    ssize_t got = 1;
    while (got > 0) {
        if (buf_reserve(text, 1) || text->len >= text->cap)
            return error_at(err, RC_LIMIT, p->place, "%s has more bytes than allowed", path);
        size_t room = text->room - text->len - 1;
        got = read(fd, text->data + text->len, room < 65536 ? room : 65536);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            text->len += (size_t)got;
    }
    text->data[text->len] = '\0';
    return got < 0 ? refuse(p, path, errno, err) : RC_OK;
}

int folder_read(
    struct file_pull *p, const struct found_file *file, struct buf *text, struct error *err)
{
    struct stat before, after;
    int fd = open_below(p->folder, file->path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return refuse(p, file->path, errno, err);
    int rc = fstat(fd, &before) ? refuse(p, file->path, errno, err) : RC_OK;
    if (rc == RC_OK && is_same(&before, &file->stat))
        rc = read_all(p, fd, file->path, text, err);
    if (rc == RC_OK && fstat(fd, &after))
        rc = refuse(p, file->path, errno, err);
    close(fd);
    if (rc == RC_OK)
        rc = look(p, file->path, &before, err);
    if (rc == RC_OK && (!is_same(&after, &file->stat) || !is_same(&before, &file->stat) ||
                           text->len != file->size))
        rc = error_at(
            err, RC_INCOMPLETE, p->place, "%s was written to while it was read", file->path);
    return rc;
}
