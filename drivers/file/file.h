/* Saved configs, from where another tool keeps them. Private to the driver; its promise stands at
 * file_pull() in drivers/driver.h. */
#ifndef ROLLCALL_FILE_H
#define ROLLCALL_FILE_H

#include <sys/stat.h>

#include "base/arena.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

#define FILE_MOST_FOUND 10000 /* files that one device's names may fit */

/* A file that may be a part of the device's config. */
struct found_file {
    const char *path;            /* below the folder; in the arena */
    const struct lyd_node *part; /* entry of the platform's `parts` */
    struct stat stat;            /* of a folder's file */
    const char *blob;            /* a repository's: its object's name, in the arena */
    bool link;                   /* a repository's: a link, which nobody follows */
    uint64_t size;
};

struct file_pull {
    const struct driver_job *job;
    struct driver_result *result;
    const struct platform *platform;
    const char *device;
    int64_t total_us; /* monotonic: the end of everything */
    size_t bytes_left;
    char place[256];
    struct arena memory;
    int folder; /* descriptor of job.file.path */
    bool git;
    struct buf listing;       /* a repository's files */
    struct found_file *found; /* in the arena: of each part the newest */
    size_t found_count;
    size_t seen; /* files that were looked at */
};

/* Take a file into account: its base name tells what part it is. `in_folder`: only a part whose
 * pattern fits. */
int file_add(struct file_pull *p, const struct found_file *file, bool in_folder, struct error *err);

/* What is asked of a source. Both give place and reason of their errors. */
int folder_find(struct file_pull *p, const char *pattern, struct error *err);
int folder_read(
    struct file_pull *p, const struct found_file *file, struct buf *text, struct error *err);

/* First the list of all that may be meant, then what fits one of the patterns. */
int git_list(struct file_pull *p, const char *const *patterns, struct error *err);
int git_find(struct file_pull *p, const char *pattern, struct error *err);
int git_read(
    struct file_pull *p, const struct found_file *file, struct buf *text, struct error *err);
/* Since when and by whom what was found is as it is. Not being able to say is no error. */
void git_date(struct file_pull *p);

/* ---- patterns (names.c) ---- */

/* RC_SETTINGS for a pattern that leads out of the folder: absolute, or with `..` in it. */
int names_check(const char *pattern, const char *place, struct error *err);
/* The first component of `*pattern`, which moves behind it; false at its end. */
bool names_next(const char **pattern, struct str *component);
/* A component with `*`, `?` or `[` that is not behind a backslash. */
bool names_is_wild(struct str component);
/* A component, or the whole pattern, as a name: without its backslashes. In the arena; NULL: full.
 */
char *names_plain(struct arena *arena, struct str component);
/* Whether a path fits: `*` and `?` never a slash, nor a dot at the beginning of a name. */
bool names_fit(const char *pattern, const char *path);

#endif
