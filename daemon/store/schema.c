/* The schema and how it moves on. */
#include <stdio.h>
#include <stdlib.h>

#include "base/embed.h"
#include "store/sql.h"

#define MIGRATION_PREFIX "daemon/store/migrate-"

/* "ROLL", so that file(1) and we can tell a store from other databases. */
#define APPLICATION_ID 0x524f4c4c

#define MOST_MIGRATIONS 64

/* What SQL alone cannot do, by the number of the migration. */
static int (*const steps[])(struct store *s, struct error *err) = {[2] = migrate_to_2};

static size_t embedded_migrations(struct migration out[MOST_MIGRATIONS])
{
    size_t count = 0;
    const struct embedded *file = NULL;
    while (count < MOST_MIGRATIONS && (file = embedded_next(MIGRATION_PREFIX, file))) {
        int number = atoi(file->name + strlen(MIGRATION_PREFIX));
        out[count++] = (struct migration){.number = number,
            .sql = file->data,
            .then = number < (int)(sizeof steps / sizeof *steps) ? steps[number] : NULL};
    }
    return count;
}

static int execute(struct store *s, const char *sql, struct error *err)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) ? sql_error(s, err) : RC_OK;
}

static int read_number(struct store *s, const char *sql, int64_t *out, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    int rc = RC_OK;
    if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL))
        return sql_error(s, err);
    rc = sql_step(s, statement, err);
    if (rc > 0) {
        *out = sqlite3_column_int64(statement, 0);
        rc = RC_OK;
    }
    sqlite3_finalize(statement);
    return rc;
}

static int read_marks(
    struct store *s, int64_t *application, int64_t *version, int64_t *tables, struct error *err)
{
    int rc = read_number(s, "PRAGMA application_id", application, err);
    if (!rc)
        rc = read_number(s, "PRAGMA user_version", version, err);
    return rc ? rc : read_number(s, "SELECT count(*) FROM sqlite_schema", tables, err);
}

/* One moment of the file: another process may be filling it just now. */
static int read_marks_at_once(
    struct store *s, int64_t *application, int64_t *version, int64_t *tables, struct error *err)
{
    if (!sqlite3_get_autocommit(s->db))
        return read_marks(s, application, version, tables, err);
    int rc = execute(s, "BEGIN", err);
    if (rc)
        return rc;
    rc = read_marks(s, application, version, tables, err);
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

/* 0: an empty file. Anything that is not ours is refused before it is touched. */
int schema_of_file(struct store *s, int *schema, struct error *err)
{
    int64_t application = 0, version = 0, tables = 0;
    int rc = read_marks_at_once(s, &application, &version, &tables, err);
    if (rc)
        return rc;
    if (application != APPLICATION_ID && (application || version || tables))
        return error_set(err, RC_STORE,
            "%s is the database of another program; name another file as store", s->path);
    *schema = (int)version;
    return RC_OK;
}

static int migrate_one(struct store *s, const struct migration *migration, struct error *err)
{
    int rc = sql_begin(s, err);
    if (rc)
        return rc;
    /* Another process may have been faster. */
    int schema = 0;
    rc = schema_of_file(s, &schema, err);
    if (!rc && schema < migration->number) {
        char mark[96];
        snprintf(mark, sizeof mark, "PRAGMA application_id = %d; PRAGMA user_version = %d",
            APPLICATION_ID, migration->number);
        rc = execute(s, migration->sql, err);
        if (!rc && migration->then)
            rc = migration->then(s, err);
        if (!rc)
            rc = execute(s, mark, err);
    }
    return sql_finish(s, rc, err);
}

/* What a migration leaves behind must not stay in the file, nor in its log: what is freed is
 * overwritten, and the log begins anew. That the log is in use by a reader is no failure: whoever
 * closes the file last writes it back. */
static void begin_wiping(struct store *s)
{
    sqlite3_exec(s->db, "PRAGMA secure_delete = ON", NULL, NULL, NULL);
    sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

static void end_wiping(struct store *s)
{
    sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_exec(s->db, "PRAGMA secure_delete = OFF", NULL, NULL, NULL);
}

int schema_bring(
    struct store *s, const struct migration *migrations, size_t count, struct error *err)
{
    int schema = 0, newest = count ? migrations[count - 1].number : 0;
    int rc = schema_of_file(s, &schema, err);
    if (rc)
        return rc;
    if (schema > newest)
        return error_set(err, RC_STORE,
            "%s was written by a newer rollcall (schema %d, this one knows %d); update this one",
            s->path, schema, newest);
    if (schema < newest && s->mode == STORE_READ)
        return error_set(err, RC_STORE,
            "%s is of an older rollcall (schema %d, this one needs %d); start rollcalld or run "
            "rollcall collect once: both bring it up to date",
            s->path, schema, newest);
    if (schema < newest)
        begin_wiping(s);
    for (size_t i = 0; !rc && i < count; i++)
        if (migrations[i].number > schema)
            rc = migrate_one(s, &migrations[i], err);
    if (schema < newest)
        end_wiping(s);
    return rc;
}

int schema_expected(sqlite3 **out, struct error *err)
{
    struct migration migrations[MOST_MIGRATIONS];
    size_t count = embedded_migrations(migrations);
    int bad = sqlite3_open(":memory:", out);
    for (size_t i = 0; !bad && i < count; i++)
        bad = sqlite3_exec(*out, migrations[i].sql, NULL, NULL, NULL);
    /* what the steps behind the SQL drop */
    bad = bad || sqlite3_exec(*out,
                     "DROP TABLE old_blob; DROP TABLE old_device; DROP TABLE old_version;"
                     "DROP TABLE old_part; DROP TABLE old_account; DROP TABLE old_interval;"
                     "DROP TABLE old_event; DROP TABLE old_run; DROP TABLE old_outbox;"
                     "DROP TABLE old_host_key",
                     NULL, NULL, NULL);
    return bad ? error_set(err, RC_NO_MEMORY, "out of memory in the store") : RC_OK;
}

int schema_prepare(struct store *s, struct error *err)
{
    struct migration migrations[MOST_MIGRATIONS];
    return schema_bring(s, migrations, embedded_migrations(migrations), err);
}
