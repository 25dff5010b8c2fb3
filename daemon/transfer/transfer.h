/* Moving in and out: histories of other tools become versions as if they had been collected then,
 * and versions become files that other tools read.
 *
 * What is imported is hostile input like a device: no hook, filter or setting of a repository is
 * run, links are not followed, sizes are bounded. */
#ifndef ROLLCALL_TRANSFER_H
#define ROLLCALL_TRANSFER_H

#include "collect/collect.h"

enum import_from {
    IMPORT_OXIDIZED, /* git: a repository, or a folder of them, one a group */
    IMPORT_RANCID,   /* git or CVS */
    IMPORT_FOLDER,   /* files with dates in their names, or their own times */
    IMPORT_ROLLCALL  /* a git repository that export_run() wrote */
};

/* "oxidized", ...; false: there is none of that name. */
bool import_from_name(const char *name, enum import_from *from);

struct import_platform {
    const char
        *device; /* name or pattern of glob(7); NULL: every one that is told by nothing else */
    const struct platform *platform;
};

/* One device's turn is over, or what is to come with a dry run. */
struct import_device {
    const char *name, *group, *path; /* group: NULL: none. path: where it was found */
    const struct platform *platform; /* NULL: see `failure` */
    size_t revisions;                /* of them: */
    size_t versions;                 /* stored; none with a dry run */
    size_t unchanged;                /* equal but for volatile lines */
    size_t older;                    /* not newer than what is stored: imported before */
    size_t skipped;                  /* cut off, too big, ... : each has its note */
    size_t events;
    int64_t first_us, last_us; /* of all revisions; 0: there is none */
    struct error failure;      /* code RC_OK: the device was read to its end */
};

struct import_listener {
    void (*begun)(void *ctx, size_t devices, size_t revisions);
    void (*step)(void *ctx); /* a revision is done */
    /* What was left out and why. `device`: NULL: a file that is no device's. */
    void (*note)(
        void *ctx, const char *device, const char *path, const char *commit, const char *why);
    void (*device)(void *ctx, const struct import_device *device);
    void *ctx;
};

struct import {
    enum import_from from;
    const char *path;
    const struct import_platform *platforms; /* the first that fits */
    size_t platform_count;
    const char *device, *group; /* patterns: only these; NULL: all */
    bool dry_run;               /* setup.store may be NULL then */
    struct collect_setup setup;
    const struct platforms *all; /* what names of platforms mean */
    const volatile int *stop;    /* not 0: stop behind the revision at hand */
};

struct import_report {
    size_t devices, failed; /* devices: all that were found */
    size_t versions, events, unchanged, older, skipped;
    bool stopped;
    char scheme[200]; /* what the path was found to be */
};

/* Negative when nothing can be read at PATH, or the store fails; a device's own failure is told and
 * the others go on. What is stored stays, and is not imported again the next time. */
int import_run(const struct import *import, const struct import_listener *listener,
    struct import_report *report, struct error *err);

/* ---- out ---- */

enum export_to {
    EXPORT_GIT,    /* a bare repository: a commit a version, over all devices in order of time */
    EXPORT_FOLDER, /* NAME.cfg, the newest; or all: NAME/TIME.cfg */
    EXPORT_LINES   /* JSON Lines: versions, then events */
};

bool export_to_name(const char *name, enum export_to *to);

struct export
{
    enum export_to to;
    const char *path;           /* JSON Lines: - is stdout */
    const char *device;         /* pattern; NULL: all */
    int64_t since_us, until_us; /* versions created from, included, and to, excluded; 0: open */
    bool reveal;                /* secrets as the device sent them */
    bool all;                   /* a folder: every version */
    const struct ly_ctx *ctx;
    const struct platforms *platforms;
    const unsigned char *key; /* FINGERPRINT_KEY_BYTES: what stands for a secret */
    struct store *store;      /* STORE_READ is enough */
    const volatile int *stop; /* not 0: stop behind the version at hand; what is written is whole */
};

struct export_listener {
    void (*begun)(void *ctx, size_t versions);
    void (*step)(void *ctx);
    void (*note)(void *ctx, const char *device, uint32_t version, const char *why);
    void *ctx;
};

struct export_report {
    size_t devices, versions; /* versions: written */
    size_t there;             /* stood there already */
    size_t skipped;           /* each has its note */
    size_t events;
    bool stopped;
};

/* What stands at PATH is gone on with: only what is missing is written. */
int export_run(const struct export *export, const struct export_listener *listener,
    struct export_report *report, struct error *err);

#endif
