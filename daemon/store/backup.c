/* A copy of the store, and back. */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sql.h"

#define PATH_SIZE 4200

/* Pages between two looks at whether it goes on well. */
#define STEP_PAGES 1024

/* Where SQLite's locks lie: a connection holds a shared one here for as long as it is open
 * (sqlite.org/fileformat2.html#the_lock_byte_page). */
#define LOCK_AT 0x40000000
#define LOCK_BYTES 512

static int failed(const char *what, const char *path, struct error *err)
{
    return error_set(err, RC_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

/* "ROLL" in a database's header. */
static bool is_store_file(const char *path)
{
    char header[72] = "";
    FILE *file = fopen(path, "re");
    bool is = file && fread(header, 1, sizeof header, file) == sizeof header &&
              memcmp(header + 68, "ROLL", 4) == 0;
    if (file)
        fclose(file);
    return is;
}

static bool same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int sync_folder(const char *path, struct error *err)
{
    char folder[PATH_SIZE];
    const char *slash = strrchr(path, '/');
    snprintf(
        folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 || fsync(fd) ? failed("sync", folder, err) : RC_OK;
    if (fd >= 0)
        close(fd);
    return rc;
}

static int move_file(const char *from, const char *to, struct error *err)
{
    if (rename(from, to))
        return failed("rename", from, err);
    return sync_folder(to, err);
}

/* An empty file of this name that only we may read. */
static int create_file(const char *path, struct error *err)
{
    unlink(path); /* of one that was stopped */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed("create", path, err);
    close(fd);
    return RC_OK;
}

/* ---- copying ---- */

static int raw_error(sqlite3 *db, const char *path, struct error *err)
{
    int code = sqlite3_errcode(db) & 0xff;
    return error_set(err, code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? RC_INTEGRITY : RC_STORE,
        "%s: %s", path, sqlite3_errmsg(db));
}

/* All pages in one read transaction: no writer can make it begin again. Then it becomes one file
 * that needs no other beside it. */
static int copy_pages(sqlite3 *from, sqlite3 *to, const char *path, struct error *err)
{
    sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");
    if (!copy)
        return raw_error(to, path, err);
    int code;
    do
        code = sqlite3_backup_step(copy, STEP_PAGES);
    while (code == SQLITE_OK);
    code = sqlite3_backup_finish(copy);
    if (code)
        return error_set(err, code == SQLITE_CORRUPT ? RC_INTEGRITY : RC_STORE,
            "cannot copy the store to %s: %s", path, sqlite3_errstr(code));
    if (sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL))
        return raw_error(to, path, err);
    return RC_OK;
}

static int copy_to_file(sqlite3 *from, const char *path, struct error *err)
{
    sqlite3 *to = NULL;
    int rc = create_file(path, err);
    if (rc)
        return rc;
    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL))
        rc = raw_error(to, path, err);
    if (!rc && sqlite3_exec(from, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL))
        rc = raw_error(from, path, err);
    if (!rc)
        rc = copy_pages(from, to, path, err);
    sqlite3_exec(from, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(to);
    return rc;
}

/* ---- proving ---- */

struct proving {
    struct merkle_tree tree;
    bool wrong;
};

static int prove_entry(void *ctx, const struct store_log_entry *entry)
{
    struct proving *p = ctx;
    struct merkle_hash leaf = entry->hash;
    if (!entry->pruned)
        merkle_leaf(entry->leaf, &leaf);
    merkle_append(&p->tree, &leaf, NULL);
    p->wrong |= !merkle_equal(&leaf, &entry->hash);
    return 0;
}

static int check_pages(struct store *s, struct error *err)
{
    sqlite3_stmt *check = NULL;
    if (sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &check, NULL))
        return sql_error(s, err);
    int rc = sql_step(s, check, err);
    if (rc > 0)
        rc = strcmp(sql_word(check, 0), "ok") == 0
                 ? RC_OK
                 : error_set(err, RC_INTEGRITY, "%s: %s", s->path, sql_word(check, 0));
    sqlite3_finalize(check);
    return rc;
}

/* Every page, and every entry of the log up to its root. */
static int prove(struct store *s, uint64_t *entries, struct error *err)
{
    struct proving p = {.wrong = false};
    struct merkle_hash root, kept;
    int rc = check_pages(s, err);
    if (!rc)
        rc = store_log_size(s, entries, err);
    if (!rc)
        rc = store_log_walk(s, 0, *entries, prove_entry, &p, err);
    if (!rc)
        rc = store_log_root(s, *entries, &kept, err);
    if (rc)
        return rc;
    merkle_tree_root(&p.tree, &root);
    if (p.wrong || !merkle_equal(&root, &kept))
        return error_set(
            err, RC_INTEGRITY, "%s: the log is not the one whose hashes are kept", s->path);
    return RC_OK;
}

static int prove_file(const char *path, const struct store_keys *keys, const struct clock *clock,
    struct store_copy *out, struct error *err)
{
    struct stat st = {0};
    struct store *s = NULL;
    int rc = store_open(path, STORE_READ, keys, clock, &s, err);
    if (!rc)
        rc = prove(s, &out->entries, err);
    store_close(s);
    stat(path, &st);
    out->bytes = (size_t)st.st_size;
    return rc;
}

/* ---- backup ---- */

static int check_target(const struct store *s, const char *file, struct error *err)
{
    if (same_file(s->path, file))
        return error_set(err, RC_STORE, "%s is the store itself; name another file", file);
    if (access(file, F_OK) == 0 && !is_store_file(file))
        return error_set(
            err, RC_STORE, "%s is there and no backup; name another file, or remove it", file);
    return RC_OK;
}

int store_backup(struct store *s, const char *file, const struct store_keys *keys,
    struct store_copy *out, struct error *err)
{
    char fresh[PATH_SIZE];
    struct store_copy made = {0};
    snprintf(fresh, sizeof fresh, "%s.new", file);
    int rc = check_target(s, file, err);
    if (rc)
        return rc;
    rc = copy_to_file(s->db, fresh, err);
    if (!rc && (rc = prove_file(fresh, keys, s->clock, &made, err)))
        error_context(err, "the copy is not good");
    if (!rc)
        rc = move_file(fresh, file, err);
    if (rc)
        unlink(fresh);
    else if (out)
        *out = made;
    return rc;
}

/* ---- restore ---- */

struct restoring {
    const struct store_restore *r;
    const struct store_keys *keys;
    const struct clock *clock;
    char fresh[PATH_SIZE];
    struct store_copy *out;
};

static int copy_backup(const struct restoring *w, struct error *err)
{
    sqlite3 *from = NULL;
    int rc = RC_OK;
    if (!is_store_file(w->r->file))
        return access(w->r->file, F_OK)
                   ? error_set(err, RC_NOT_FOUND, "there is no file %s", w->r->file)
                   : error_set(err, RC_STORE, "%s is no backup of a store", w->r->file);
    if (sqlite3_open_v2(w->r->file, &from, SQLITE_OPEN_READONLY, NULL))
        rc = raw_error(from, w->r->file, err);
    if (!rc)
        rc = copy_to_file(from, w->fresh, err);
    sqlite3_close(from);
    return rc;
}

/* The log in place must be the beginning of the backup's: then nothing is lost. */
static int compare_logs(const struct restoring *w, struct store *backup, struct error *err)
{
    struct store *here = NULL;
    struct error why = ERROR_INIT;
    struct merkle_hash ours, theirs;
    uint64_t size = 0;
    bool begins_so = false;
    int rc = store_open(w->r->store, STORE_READ, w->keys, w->clock, &here, &why);
    if (!rc)
        rc = store_log_size(here, &size, &why);
    w->out->lost = size > w->out->entries ? size - w->out->entries : 0;
    if (!rc && !w->out->lost) {
        rc = store_log_root(here, size, &ours, &why);
        begins_so = !rc && !store_log_root(backup, size, &theirs, &why) &&
                    memcmp(&ours, &theirs, sizeof ours) == 0;
    }
    store_close(here);
    if (begins_so || w->r->force)
        return RC_OK;
    if (rc)
        return error_set(err, RC_STORE,
            "whether the backup is newer than the store in place cannot be told (%s); restore it "
            "all the same: --force",
            why.text);
    if (w->out->lost)
        return error_set(err, RC_STORE,
            "the store in place is newer: its log has %llu entries more than the backup; restore "
            "it all the same, and keep the one in place beside it: --force",
            (unsigned long long)w->out->lost);
    return error_set(err, RC_STORE,
        "the store in place has another history than the backup; restore it all the same, and keep "
        "the one in place beside it: --force");
}

static int prepare(const struct restoring *w, struct error *err)
{
    struct store *backup = NULL;
    const struct store_entry entry = {.kind = ENTRY_ACTION, .document = w->r->document};
    int rc = store_open(w->fresh, STORE_WRITE, w->keys, w->clock, &backup, err);
    if (!rc)
        rc = prove(backup, &w->out->entries, err);
    if (!rc && w->out->replaced)
        rc = compare_logs(w, backup, err);
    if (!rc)
        rc = store_record(backup, &entry, NULL, err);
    store_close(backup);
    return rc;
}

/* Locks out whoever would open the store now; gives the descriptor that holds the lock. */
static int lock_store(const char *path, int *fd, struct error *err)
{
    struct flock lock = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_AT, .l_len = LOCK_BYTES};
    *fd = open(path, O_RDWR | O_CLOEXEC);
    if (*fd < 0)
        return failed("open", path, err);
    if (fcntl(*fd, F_SETLK, &lock) == 0)
        return RC_OK;
    fcntl(*fd, F_GETLK, &lock);
    return error_set(err, RC_BUSY,
        "process %ld has the store open; stop rollcalld and whatever else uses it, then restore "
        "again",
        (long)lock.l_pid);
}

static int put_aside(const struct restoring *w, const char *end, struct error *err)
{
    char from[PATH_SIZE], to[PATH_SIZE];
    snprintf(from, sizeof from, "%s%s", w->r->store, end);
    snprintf(to, sizeof to, "%s%s", w->out->beside, end);
    return access(from, F_OK) ? RC_OK : move_file(from, to, err);
}

/* What has not come from the log into the file yet goes with it. */
static int swap(const struct restoring *w, struct error *err)
{
    char when[TIME_TEXT_SIZE], shared[PATH_SIZE];
    snprintf(w->out->beside, sizeof w->out->beside, "%.480s.%s", w->r->store,
        time_format(clock_now_us(w->clock) / 1000000 * 1000000, when));
    snprintf(shared, sizeof shared, "%s-shm", w->r->store);
    int rc = put_aside(w, "", err);
    if (!rc)
        rc = put_aside(w, "-wal", err);
    unlink(shared);
    return rc ? rc : move_file(w->fresh, w->r->store, err);
}

int store_restore(const struct store_restore *r, const struct store_keys *keys,
    const struct clock *clock, struct store_copy *out, struct error *err)
{
    *out = (struct store_copy){.replaced = access(r->store, F_OK) == 0};
    struct restoring w = {.r = r, .keys = keys, .clock = clock, .out = out};
    int lock = -1;
    snprintf(w.fresh, sizeof w.fresh, "%s.restored", r->store);
    int rc = same_file(r->file, r->store)
                 ? error_set(err, RC_STORE, "%s is the store in place", r->file)
                 : copy_backup(&w, err);
    if (!rc)
        rc = prepare(&w, err);
    if (!rc && out->replaced)
        rc = lock_store(r->store, &lock, err);
    if (!rc)
        rc = out->replaced ? swap(&w, err) : move_file(w.fresh, r->store, err);
    if (lock >= 0)
        close(lock);
    if (rc)
        unlink(w.fresh);
    return rc;
}
