/* What is to be imported: devices with their revisions, oldest first, before any is read. Private
 * to transfer.
 *
 * A source (git.c, cvs.c, dated.c) fills the plan and later hands out texts; replay.c does the rest
 * the same way for all. */
#ifndef ROLLCALL_TRANSFER_PLAN_H
#define ROLLCALL_TRANSFER_PLAN_H

#include "base/arena.h"
#include "transfer/transfer.h"

#define PLAN_MOST_REVISIONS ((size_t)4 << 20)
#define PLAN_MOST_PATH 1024
#define OBJECT_NAME_SIZE 65 /* hex of SHA-256 and NUL */

struct source;

struct revision {
    int64_t time_us;
    const char *author; /* a person, or NULL */
    const char *commit; /* its name there, or NULL */
    const char *path;
    const char *part;     /* of a platform's; NULL: by the file's name */
    const char *object;   /* git: the blob's name */
    const char *platform; /* as the tool that wrote it says, or NULL */
    uint32_t index;       /* RCS: the number of the revision */
    bool gone;            /* the file was removed */
    bool joined;          /* one moment with the revision before: another part of the device */
};

struct planned {
    const char *name, *group;
    const char *path;  /* where it was found first */
    const char *alive; /* the file that it is, until it is removed */
    const char *hint;  /* the platform by router.db, or NULL */
    struct source *source;
    struct revision *revisions;
    size_t count, room;
    bool is_whole; /* its files need no end: the tool has seen to it */
};

struct plan {
    const struct import *import;
    const struct import_listener *listener;
    struct arena memory;
    struct planned **devices; /* in the order found */
    size_t count, room;
    struct planned **by_name; /* open addressing; a power of two */
    size_t slots;
    struct source *sources;
    size_t revisions;
    const char *scheme;
};

/* Where revisions come from: a repository, a folder. */
struct source {
    struct source *next;
    const char *path, *group; /* group: by its own name; or NULL */
    /* The text of a revision, appended; more than text's cap is RC_LIMIT. */
    int (*read)(struct source *source, const struct planned *device,
        const struct revision *revision, struct buf *text, struct error *err);
    void (*rest)(struct source *source);  /* after a device's last revision; NULL: nothing to do */
    void (*close)(struct source *source); /* frees it */
};

/* Takes the source over. */
void plan_add_source(struct plan *plan, struct source *source);

/* The device of that name, made when it is new. `path` is a file that may be it; NULL with RC_OK:
 * not wanted, or (with a note) another file has that name already. */
int plan_device(struct plan *plan, struct source *source, const char *name, const char *group,
    const char *path, struct planned **out, struct error *err);

/* Behind the others of the device; strings must be in the plan's memory. */
int plan_add(
    struct plan *plan, struct planned *device, const struct revision *revision, struct error *err);

/* Name of a device by its file: without folders and the usual ends of names (.cfg, ...), unless the
 * settings have a device with them. In the plan's memory; NULL: it is no device's (README, ...), or
 * (RC_NO_MEMORY at the next step) there is no room. */
const char *plan_name(struct plan *plan, const char *path);

void plan_note(const struct plan *plan, const char *device, const char *path, const char *commit,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

int plan_no_memory(struct error *err);
void plan_free(struct plan *plan);

/* ---- sources: each looks at import->path ---- */

int plan_git(struct plan *plan, struct error *err);    /* oxidized, rollcall */
int plan_rancid(struct plan *plan, struct error *err); /* git or CVS */
int plan_folder(struct plan *plan, struct error *err);

/* One repository. A folder with a repository in it gives the path of git's own folder, in memory.
 */
bool git_found(struct plan *plan, const char *path, const char **git);
int git_plan(struct plan *plan, const char *git, const char *group, struct error *err);
/* The RCS files below. `found`: how many. */
int cvs_plan(struct plan *plan, const char *path, size_t *found, struct error *err);

/* Lines of a router.db, "NAME;TYPE;up" or "NAME:TYPE:up": hints for devices of `group` (NULL: all).
 */
void router_db_read(struct plan *plan, const char *group, struct str text);

/* ---- dates in names ---- */

/* Find "2026-03-01", "20260301", each with or without a time ("T1000", "_10-00-00", "-100000", ...)
 * in `name`; UTC. `begin` and `end` enclose it. */
bool date_find(struct str name, int64_t *time_us, size_t *begin, size_t *end);

/* ---- replay ---- */

int replay(struct plan *plan, struct import_report *report, struct error *err);

#endif
