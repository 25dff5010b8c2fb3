/* Opening and closing. */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/blob.h"
#include "store/entry.h"
#include "store/keyring.h"
#include "store/sql.h"

/* The file holds what routers hold: nobody else may read it. SQLite gives -wal and -shm the mode
 * of the file itself. An existing file is never opened here: closing a descriptor would drop the
 * locks that another connection of this process has on it (POSIX, fcntl(2)). */
static int create_file(const char *path, struct error *err)
{
    struct stat st;
    if (stat(path, &st) == 0) {
        if (!S_ISREG(st.st_mode))
            return error_set(err, RC_STORE, "%s is no regular file", path);
        if ((st.st_mode & 077) && chmod(path, st.st_mode & 0700))
            return error_set(err, RC_STORE,
                "others may read %s and that cannot be changed: %s; type: chmod 600 %s", path,
                strerror(errno), path);
        return RC_OK;
    }
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return RC_OK;
    if (fd < 0)
        return error_set(err, RC_STORE,
            "cannot create %s: %s; check that its folder exists and that you may write to it", path,
            strerror(errno));
    fchmod(fd, 0600);
    close(fd);
    return RC_OK;
}

/* Of two that change an empty file at once SQLite refuses one without waiting. */
static int use_log(struct store *s, struct error *err)
{
    const int step_ms = 10;
    int code, waited_ms = 0;
    while ((code = sqlite3_exec(s->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL))) {
        if ((code & 0xff) != SQLITE_BUSY || waited_ms >= SQL_BUSY_MS)
            return sql_error(s, err);
        waited_ms += sqlite3_sleep(step_ms);
    }
    return RC_OK;
}

static int set_up_writing(struct store *s, struct error *err)
{
    static const char writer[] = "PRAGMA synchronous = FULL;"
                                 "PRAGMA journal_size_limit = 67108864;";
    int schema, rc = schema_of_file(s, &schema, err);
    if (!rc)
        rc = use_log(s, err);
    if (!rc && sqlite3_exec(s->db, writer, NULL, NULL, NULL))
        rc = sql_error(s, err);
    return rc;
}

static int set_up_connection(struct store *s, struct error *err)
{
    static const char common[] = "PRAGMA foreign_keys = ON;"
                                 "PRAGMA temp_store = MEMORY;" /* no secret in a forgotten file */
                                 "PRAGMA cell_size_check = ON;"
                                 "PRAGMA cache_size = -16384;";
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, SQL_BUSY_MS);
    sqlite3_limit(s->db, SQLITE_LIMIT_LENGTH, (int)SQL_MOST_BYTES + 1024);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (sqlite3_exec(s->db, common, NULL, NULL, NULL))
        return sql_error(s, err);
    return s->mode == STORE_WRITE ? set_up_writing(s, err) : RC_OK;
}

/* sqlite3_open_v2() takes a URI for the one flag that has no other way in. */
static int open_immutable(struct store *s, struct error *err)
{
    char *uri = sqlite3_mprintf("file:%s?immutable=1", s->path);
    if (!uri)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    sqlite3_close(s->db);
    s->db = NULL;
    int code = sqlite3_open_v2(
        uri, &s->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, NULL);
    sqlite3_free(uri);
    return code ? sql_error(s, err) : set_up_connection(s, err);
}

/* A reader of a WAL file must write -shm. On a file system mounted read-only nobody writes at all,
 * so there the file may be taken as it is (a snapshot, a backup), unless a log lies beside it. */
static bool is_frozen(const struct store *s)
{
    if (strpbrk(s->path, "?#%"))
        return false;
    char *wal = sqlite3_mprintf("%s-wal", s->path);
    bool frozen = wal && access(s->path, W_OK) < 0 && errno == EROFS && access(wal, F_OK) < 0;
    sqlite3_free(wal);
    return frozen;
}

static int connect_file(struct store *s, struct error *err)
{
    int flags = s->mode == STORE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
    if (sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL))
        return sql_error(s, err);
    if (s->mode == STORE_READ && is_frozen(s))
        return open_immutable(s, err);
    return set_up_connection(s, err);
}

int store_open(const char *path, enum store_mode mode, const struct store_keys *keys,
    const struct clock *clock, struct store **out, struct error *err)
{
    *out = NULL;
    struct stat st;
    if (mode == STORE_READ && stat(path, &st) < 0 && errno == ENOENT)
        return error_set(
            err, RC_NOT_FOUND, "there is no store at %s yet; rollcall collect makes it", path);
    if (sodium_init() < 0)
        return error_set(err, RC_STORE, "libsodium does not start");
    struct store *s = calloc(1, sizeof *s);
    if (!s || !(s->path = strdup(path))) {
        free(s);
        return error_set(err, RC_NO_MEMORY, "out of memory");
    }
    s->mode = mode;
    s->clock = clock;
    s->keys = keys;
    int rc = mode == STORE_WRITE ? create_file(path, err) : RC_OK;
    if (!rc)
        rc = sql_load(s, err);
    if (!rc)
        rc = connect_file(s, err);
    if (!rc)
        rc = schema_prepare(s, err);
    if (!rc && !s->keyring)
        rc = keyring_open(s, err);
    if (rc) {
        store_close(s);
        return rc;
    }
    *out = s;
    return RC_OK;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    sql_unload(s);
    blob_forget(s);
    entry_codec_free(s);
    keyring_close(s);
    sqlite3_close(s->db);
    ZSTD_freeCCtx(s->compressor);
    ZSTD_freeDCtx(s->decompressor);
    free(s->path);
    free(s);
}
