/* A disk that loses its power, and one that fails: a VFS over SQLite's own.
 *
 * While it is the default VFS every file SQLite opens goes through here. What was written is kept
 * twice: in the real file, as the running program sees it, and here as what the platter is sure to
 * have (synced) and what is on its way (written since). disk_fall() makes of the two what may be
 * found after a power failure, and puts that into the real files. */
#ifndef ROLLCALL_STORE_VFS_H
#define ROLLCALL_STORE_VFS_H

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISK_SECTOR 512

enum disk_operation {
    DISK_WRITE = 1,
    DISK_SYNC = 2,
    DISK_TRUNCATE = 4,
    DISK_DELETE = 8,
    DISK_READ = 16,
    DISK_OPEN = 32,
    DISK_LOCK = 64,
    DISK_CHANGES = DISK_WRITE | DISK_SYNC | DISK_TRUNCATE | DISK_DELETE,
    DISK_ALL = 127,
};

/* What becomes of writes that were not synced. Seeds from DISK_SEEDED on: each by lot kept, lost or
 * cut, so that later ones may be there and earlier ones not. */
enum disk_luck {
    DISK_KEPT, /* all are there: the program was killed, the machine lives */
    DISK_LOST, /* none */
    DISK_TORN, /* all, the last one cut somewhere */
    DISK_SEEDED,
};

struct disk_change {
    enum disk_operation kind; /* write, truncate, delete */
    int64_t at;               /* offset, or length to truncate to */
    size_t len;
    unsigned char *bytes;
};

struct disk_file {
    char path[160];
    bool there;    /* its name is on the platter */
    bool deleted;  /* for the running program */
    bool journals; /* a log or journal: its first sync syncs the folder as well */
    unsigned char *synced;
    size_t len;
    struct disk_change *changes;
    size_t count, room;
};

static struct {
    sqlite3_vfs vfs, *below;
    struct disk_file files[16];
    size_t file_count;
    long operations;  /* so far, of `counted` kinds */
    unsigned counted; /* kinds */
    long fall_at;     /* power fails in this operation, from 1; 0: never */
    bool fallen;
    long fail_at, fail_count; /* operations that fail, from 1; 0: none */
    int fail_code;            /* 0: the I/O error that fits */
    bool failed;              /* one did */
} disk;

/* ---- what is remembered ---- */

static inline struct disk_file *disk_find(const char *path)
{
    for (size_t i = 0; i < disk.file_count; i++)
        if (strcmp(disk.files[i].path, path) == 0)
            return &disk.files[i];
    return NULL;
}

static inline void disk_load(struct disk_file *file)
{
    FILE *stream = fopen(file->path, "r");
    if (!stream)
        return;
    fseek(stream, 0, SEEK_END);
    file->len = (size_t)ftell(stream);
    rewind(stream);
    file->synced = malloc(file->len + 1);
    assert_int_equal(fread(file->synced, 1, file->len, stream), file->len);
    fclose(stream);
    file->there = file->len > 0; /* an empty one may just have been made */
}

static inline struct disk_file *disk_know(const char *path, int flags)
{
    struct disk_file *file = disk_find(path);
    if (file)
        return file;
    assert_true(disk.file_count < COUNT(disk.files));
    file = &disk.files[disk.file_count++];
    *file = (struct disk_file){.journals = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL |
                                                       SQLITE_OPEN_SUPER_JOURNAL)};
    snprintf(file->path, sizeof file->path, "%s", path);
    disk_load(file);
    return file;
}

static inline void disk_remember(
    struct disk_file *file, enum disk_operation kind, int64_t at, const void *bytes, size_t len)
{
    if (!file)
        return;
    if (file->count == file->room) {
        file->room = file->room ? 2 * file->room : 16;
        file->changes = realloc(file->changes, file->room * sizeof *file->changes);
        assert_non_null(file->changes);
    }
    struct disk_change *change = &file->changes[file->count++];
    *change = (struct disk_change){.kind = kind, .at = at, .len = len};
    if (len) {
        change->bytes = malloc(len);
        memcpy(change->bytes, bytes, len);
    }
}

static inline void disk_resize(struct disk_file *file, size_t len)
{
    file->synced = realloc(file->synced, len + 1);
    assert_non_null(file->synced);
    if (len > file->len)
        memset(file->synced + file->len, 0, len - file->len);
    file->len = len;
}

static inline void disk_apply(struct disk_file *file, const struct disk_change *change, size_t len)
{
    switch (change->kind) {
    case DISK_WRITE:
        if ((size_t)change->at + len > file->len)
            disk_resize(file, (size_t)change->at + len);
        memcpy(file->synced + change->at, change->bytes, len);
        break;
    case DISK_TRUNCATE:
        disk_resize(file, (size_t)change->at);
        break;
    default:
        disk_resize(file, 0);
        file->there = false;
    }
}

static inline void disk_drop_changes(struct disk_file *file)
{
    for (size_t i = 0; i < file->count; i++)
        free(file->changes[i].bytes);
    file->count = 0;
}

/* A folder that is synced has all names that are in it, and none that is not. */
static inline void disk_settle_folder(void)
{
    for (size_t i = 0; i < disk.file_count; i++) {
        struct disk_file *file = &disk.files[i];
        file->there = !file->deleted;
        if (!file->deleted)
            continue;
        disk_drop_changes(file);
        disk_resize(file, 0);
    }
}

static inline void disk_settle(struct disk_file *file)
{
    if (!file)
        return;
    for (size_t i = 0; i < file->count; i++)
        disk_apply(file, &file->changes[i], file->changes[i].len);
    disk_drop_changes(file);
    if (file->journals)
        disk_settle_folder();
}

/* ---- an operation: it happens, it fails, or the power does ---- */

enum disk_fate { DISK_DONE, DISK_FAILS, DISK_IS_OFF, DISK_FALLS };

static inline enum disk_fate disk_fate(enum disk_operation kind)
{
    if (disk.fallen)
        return DISK_IS_OFF;
    if (!(disk.counted & kind))
        return DISK_DONE;
    long now = ++disk.operations;
    if (now == disk.fall_at) {
        disk.fallen = true;
        return DISK_FALLS;
    }
    if (disk.fail_at && now >= disk.fail_at && now - disk.fail_at < disk.fail_count) {
        disk.failed = true;
        return DISK_FAILS;
    }
    return DISK_DONE;
}

static inline int disk_code(enum disk_fate fate, int code)
{
    return fate == DISK_FAILS && disk.fail_code ? disk.fail_code : code;
}

/* ---- SQLite's side ---- */

struct disk_handle {
    sqlite3_file base;
    struct disk_file *file; /* NULL: temporary */
    sqlite3_file *below;    /* behind this struct */
};

#define DISK_BELOW(handle) (((struct disk_handle *)(handle))->below)
#define DISK_FILE(handle) (((struct disk_handle *)(handle))->file)

static inline int disk_close(sqlite3_file *h)
{
    return DISK_BELOW(h)->pMethods ? DISK_BELOW(h)->pMethods->xClose(DISK_BELOW(h)) : SQLITE_OK;
}

static inline int disk_read(sqlite3_file *h, void *out, int len, sqlite3_int64 at)
{
    enum disk_fate fate = disk_fate(DISK_READ);
    if (fate != DISK_DONE)
        return disk_code(fate, SQLITE_IOERR_READ);
    return DISK_BELOW(h)->pMethods->xRead(DISK_BELOW(h), out, len, at);
}

static inline int disk_write(sqlite3_file *h, const void *bytes, int len, sqlite3_int64 at)
{
    enum disk_fate fate = disk_fate(DISK_WRITE);
    if (fate == DISK_DONE || fate == DISK_FALLS)
        disk_remember(DISK_FILE(h), DISK_WRITE, at, bytes, (size_t)len);
    if (fate != DISK_DONE)
        return disk_code(fate, SQLITE_IOERR_WRITE);
    return DISK_BELOW(h)->pMethods->xWrite(DISK_BELOW(h), bytes, len, at);
}

static inline int disk_truncate(sqlite3_file *h, sqlite3_int64 len)
{
    enum disk_fate fate = disk_fate(DISK_TRUNCATE);
    if (fate == DISK_DONE || fate == DISK_FALLS)
        disk_remember(DISK_FILE(h), DISK_TRUNCATE, len, NULL, 0);
    if (fate != DISK_DONE)
        return disk_code(fate, SQLITE_IOERR_TRUNCATE);
    return DISK_BELOW(h)->pMethods->xTruncate(DISK_BELOW(h), len);
}

static inline int disk_sync(sqlite3_file *h, int flags)
{
    enum disk_fate fate = disk_fate(DISK_SYNC);
    if (fate != DISK_DONE)
        return disk_code(fate, SQLITE_IOERR_FSYNC);
    disk_settle(DISK_FILE(h));
    return DISK_BELOW(h)->pMethods->xSync(DISK_BELOW(h), flags);
}

static inline int disk_size(sqlite3_file *h, sqlite3_int64 *len)
{
    return disk.fallen ? SQLITE_IOERR_FSTAT
                       : DISK_BELOW(h)->pMethods->xFileSize(DISK_BELOW(h), len);
}

static inline int disk_lock(sqlite3_file *h, int level)
{
    enum disk_fate fate = disk_fate(DISK_LOCK);
    if (fate != DISK_DONE)
        return disk_code(fate, SQLITE_IOERR_LOCK);
    return DISK_BELOW(h)->pMethods->xLock(DISK_BELOW(h), level);
}

static inline int disk_unlock(sqlite3_file *h, int level)
{
    return DISK_BELOW(h)->pMethods->xUnlock(DISK_BELOW(h), level);
}

static inline int disk_reserved(sqlite3_file *h, int *out)
{
    return DISK_BELOW(h)->pMethods->xCheckReservedLock(DISK_BELOW(h), out);
}

static inline int disk_control(sqlite3_file *h, int op, void *arg)
{
    return DISK_BELOW(h)->pMethods->xFileControl(DISK_BELOW(h), op, arg);
}

static inline int disk_sector(sqlite3_file *h)
{
    return DISK_BELOW(h)->pMethods->xSectorSize(DISK_BELOW(h));
}

static inline int disk_traits(sqlite3_file *h)
{
    return DISK_BELOW(h)->pMethods->xDeviceCharacteristics(DISK_BELOW(h));
}

static inline int disk_shm_map(sqlite3_file *h, int page, int size, int extend, void volatile **out)
{
    enum disk_fate fate = disk_fate(DISK_LOCK);
    if (fate != DISK_DONE)
        return disk_code(fate, SQLITE_IOERR_SHMMAP);
    return DISK_BELOW(h)->pMethods->xShmMap(DISK_BELOW(h), page, size, extend, out);
}

static inline int disk_shm_lock(sqlite3_file *h, int offset, int count, int flags)
{
    enum disk_fate fate = flags & SQLITE_SHM_LOCK ? disk_fate(DISK_LOCK) : DISK_DONE;
    if (fate != DISK_DONE)
        return disk_code(fate, SQLITE_IOERR_SHMLOCK);
    return DISK_BELOW(h)->pMethods->xShmLock(DISK_BELOW(h), offset, count, flags);
}

static inline void disk_shm_barrier(sqlite3_file *h)
{
    DISK_BELOW(h)->pMethods->xShmBarrier(DISK_BELOW(h));
}

static inline int disk_shm_unmap(sqlite3_file *h, int remove)
{
    return DISK_BELOW(h)->pMethods->xShmUnmap(DISK_BELOW(h), remove && !disk.fallen);
}

static const sqlite3_io_methods disk_methods = {.iVersion = 2,
    .xClose = disk_close,
    .xRead = disk_read,
    .xWrite = disk_write,
    .xTruncate = disk_truncate,
    .xSync = disk_sync,
    .xFileSize = disk_size,
    .xLock = disk_lock,
    .xUnlock = disk_unlock,
    .xCheckReservedLock = disk_reserved,
    .xFileControl = disk_control,
    .xSectorSize = disk_sector,
    .xDeviceCharacteristics = disk_traits,
    .xShmMap = disk_shm_map,
    .xShmLock = disk_shm_lock,
    .xShmBarrier = disk_shm_barrier,
    .xShmUnmap = disk_shm_unmap};

static inline int disk_open(
    sqlite3_vfs *vfs, const char *name, sqlite3_file *h, int flags, int *out_flags)
{
    (void)vfs;
    struct disk_handle *handle = (struct disk_handle *)h;
    *handle = (struct disk_handle){.below = (sqlite3_file *)(handle + 1)};
    enum disk_fate fate = disk_fate(DISK_OPEN);
    if (fate != DISK_DONE)
        return disk_code(fate, SQLITE_CANTOPEN);
    int code = disk.below->xOpen(disk.below, name, handle->below, flags, out_flags);
    if (code)
        return code;
    handle->base.pMethods = &disk_methods;
    handle->file = name ? disk_know(name, flags) : NULL;
    if (handle->file)
        handle->file->deleted = false;
    return SQLITE_OK;
}

static inline int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    enum disk_fate fate = disk_fate(DISK_DELETE);
    struct disk_file *file = disk_find(name);
    if (fate == DISK_DONE || fate == DISK_FALLS)
        disk_remember(file, DISK_DELETE, 0, NULL, 0);
    if (fate != DISK_DONE)
        return disk_code(fate, SQLITE_IOERR_DELETE);
    int code = disk.below->xDelete(disk.below, name, sync_folder);
    if (file)
        file->deleted = true;
    if (sync_folder)
        disk_settle_folder();
    return code;
}

static inline int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    return disk.fallen ? SQLITE_IOERR_ACCESS : disk.below->xAccess(disk.below, name, flags, out);
}

/* ---- the test's side ---- */

static inline void disk_forget(void)
{
    for (size_t i = 0; i < disk.file_count; i++) {
        disk_drop_changes(&disk.files[i]);
        free(disk.files[i].changes);
        free(disk.files[i].synced);
    }
    disk.file_count = 0;
}

/* From now on files are opened on this disk; it counts operations of the kinds `counted`. */
static inline void disk_plug_in(unsigned counted)
{
    if (!disk.below) {
        disk.below = sqlite3_vfs_find(NULL);
        disk.vfs = *disk.below;
        disk.vfs.zName = "disk";
        disk.vfs.pNext = NULL;
        disk.vfs.szOsFile = (int)sizeof(struct disk_handle) + disk.below->szOsFile;
        disk.vfs.xOpen = disk_open;
        disk.vfs.xDelete = disk_delete;
        disk.vfs.xAccess = disk_access;
    }
    disk_forget();
    disk.operations = disk.fall_at = disk.fail_at = 0;
    disk.fallen = disk.failed = false;
    disk.counted = counted;
    sqlite3_vfs_register(&disk.vfs, 1);
}

/* Everything on it must be closed. */
static inline void disk_unplug(void)
{
    sqlite3_vfs_unregister(&disk.vfs);
    sqlite3_vfs_register(disk.below, 1);
}

static inline void disk_write_out(const struct disk_file *file, bool there)
{
    if (!there) {
        unlink(file->path);
        return;
    }
    FILE *stream = fopen(file->path, "w");
    assert_non_null(stream);
    assert_int_equal(fwrite(file->synced, 1, file->len, stream), file->len);
    fclose(stream);
}

/* How much of a write arrives. */
static inline size_t disk_cut(const struct disk_change *change, unsigned *lot)
{
    size_t len = (size_t)rand_r(lot) % (change->len + 1);
    return rand_r(lot) % 2 ? len : len / DISK_SECTOR * DISK_SECTOR;
}

static inline void disk_fall_file(struct disk_file *file, unsigned luck, unsigned *lot)
{
    bool named = file->there || luck == DISK_KEPT || luck == DISK_TORN;
    bool gone = false;
    if (!named && luck >= DISK_SEEDED)
        named = rand_r(lot) % 2;
    for (size_t i = 0; i < file->count; i++) {
        const struct disk_change *change = &file->changes[i];
        size_t len = change->len;
        bool arrives = luck != DISK_LOST;
        if (luck == DISK_TORN && i == file->count - 1)
            len = disk_cut(change, lot);
        if (luck >= DISK_SEEDED) {
            arrives = rand_r(lot) % 2;
            len = rand_r(lot) % 4 ? len : disk_cut(change, lot);
        }
        if (!arrives)
            continue;
        disk_apply(file, change, len);
        gone = change->kind == DISK_DELETE;
    }
    disk_write_out(file, named && !gone);
}

/* After the power has failed and all is closed: the files become what may be found then. */
static inline void disk_fall(unsigned luck)
{
    unsigned lot = luck * 2654435761u + (unsigned)disk.fall_at;
    for (size_t i = 0; i < disk.file_count; i++)
        disk_fall_file(&disk.files[i], luck, &lot);
    disk_forget();
}

#endif
