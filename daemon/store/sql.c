#include "store/sql.h"

#include <stdlib.h>

#include "base/embed.h"
#include "store/keyring.h"
#include "store/log.h"

#define STATEMENTS_FILE "daemon/store/statements.sql"

/* ---- errors ---- */

int sql_error(struct store *s, struct error *err)
{
    int code = s->db ? sqlite3_errcode(s->db) & 0xff : SQLITE_NOMEM;
    const char *said = s->db ? sqlite3_errmsg(s->db) : "out of memory";
    switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(err, RC_BUSY,
            "%s: another process is writing; try again, and look for one that hangs "
            "(fuser -v %s)",
            s->path, s->path);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return error_set(err, RC_INTEGRITY,
            "%s is damaged or no store at all (%s); restore it from a backup, or save what can be "
            "read: sqlite3 %s .recover",
            s->path, said, s->path);
    case SQLITE_FULL:
        return error_set(err, RC_STORE,
            "no room left for %s; nothing of this was written: free some space and it goes on",
            s->path);
    case SQLITE_IOERR:
        return error_set(err, RC_STORE,
            "cannot read or write %s (%s); nothing of this was written: see whether its disk is "
            "full, over a quota or failing",
            s->path, said);
    case SQLITE_READONLY:
        return error_set(err, RC_STORE,
            "%s cannot be written; check who owns it and its folder, and that its file system is "
            "mounted for writing",
            s->path);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return error_set(err, RC_STORE,
            "cannot open %s; check that its folder exists and that you may read and write both",
            s->path);
    case SQLITE_NOMEM:
        return error_set(err, RC_NO_MEMORY, "out of memory in the store");
    case SQLITE_TOOBIG:
        return error_set(err, RC_LIMIT, "too large for the store");
    case SQLITE_CONSTRAINT:
        return error_set(err, RC_INVALID, "the store refuses it: %s", said);
    default:
        return error_set(err, RC_STORE, "%s: %s", s->path, said);
    }
}

/* ---- the file of statements ---- */

static const char name_line[] = "\n-- name: ";

static size_t count_names(const char *text)
{
    size_t count = 0;
    while ((text = strstr(text, name_line))) {
        count++;
        text++;
    }
    return count;
}

int sql_load(struct store *s, struct error *err)
{
    const struct embedded *file = embedded_find(STATEMENTS_FILE);
    if (!file)
        return error_set(err, RC_STORE, "%s is not in this program", STATEMENTS_FILE);
    size_t count = count_names(file->data);
    s->statements = calloc(count ? count : 1, sizeof *s->statements);
    if (!s->statements)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    const char *at = strstr(file->data, name_line);
    for (size_t i = 0; i < count; i++) {
        const char *name = at + strlen(name_line), *end = strchr(name, '\n');
        const char *next = strstr(end, name_line);
        struct statement *statement = &s->statements[i];
        statement->name = name;
        statement->name_len = (size_t)(end - name);
        statement->sql = (struct str){end, next ? (size_t)(next - end) : strlen(end)};
        HASH_ADD_KEYPTR(hh, s->by_name, statement->name, statement->name_len, statement);
        if (!statement->hh.tbl)
            return error_set(err, RC_NO_MEMORY, "out of memory");
        at = next;
    }
    return RC_OK;
}

void sql_unload(struct store *s)
{
    struct statement *statement, *next;
    HASH_ITER(hh, s->by_name, statement, next)
    {
        sqlite3_finalize(statement->prepared);
        HASH_DEL(s->by_name, statement);
    }
    free(s->statements);
    s->statements = NULL;
}

/* ---- running them ---- */

static int bind_value(sqlite3_stmt *statement, int index, const struct value *v)
{
    /* A NULL pointer would bind as NULL. */
    const char *at = v->bytes.at ? v->bytes.at : "";
    switch (v->kind) {
    case VALUE_INT:
        return sqlite3_bind_int64(statement, index, v->number);
    case VALUE_TEXT:
        return sqlite3_bind_text64(statement, index, at, v->bytes.len, SQLITE_STATIC, SQLITE_UTF8);
    case VALUE_BYTES:
        return sqlite3_bind_blob64(statement, index, at, v->bytes.len, SQLITE_STATIC);
    case VALUE_NULL:
        break;
    }
    return sqlite3_bind_null(statement, index);
}

static int prepare(struct store *s, const struct statement *statement, unsigned flags,
    sqlite3_stmt **out, struct error *err)
{
    if (sqlite3_prepare_v3(s->db, statement->sql.at, (int)statement->sql.len, flags, out, NULL))
        return sql_error(s, err);
    return RC_OK;
}

int sql_start(
    struct store *s, const char *name, struct values values, sqlite3_stmt **out, struct error *err)
{
    *out = NULL;
    struct statement *statement;
    HASH_FIND(hh, s->by_name, name, strlen(name), statement);
    if (!statement)
        return error_set(err, RC_STORE, "%s has no statement %s", STATEMENTS_FILE, name);
    sqlite3_stmt *prepared = NULL;
    int rc = RC_OK;
    if (!statement->prepared)
        rc = prepare(s, statement, SQLITE_PREPARE_PERSISTENT, &statement->prepared, err);
    if (rc)
        return rc;
    prepared = statement->prepared;
    if (sqlite3_stmt_busy(prepared)) {
        rc = prepare(s, statement, 0, &prepared, err);
        if (rc)
            return rc;
        s->copies++;
    }
    /* One that came to its end and was not ended yet takes no values. */
    sqlite3_reset(prepared);
    /* Statements that differ in where they enter are given the same values; not all use all. */
    size_t count = (size_t)sqlite3_bind_parameter_count(prepared);
    for (size_t i = 0; i < values.count && i < count; i++) {
        if (bind_value(prepared, (int)i + 1, &values.at[i])) {
            rc = sql_error(s, err);
            sql_end(s, prepared);
            return rc;
        }
    }
    *out = prepared;
    return RC_OK;
}

int sql_step(struct store *s, sqlite3_stmt *statement, struct error *err)
{
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        return sql_error(s, err);
    }
}

void sql_end(struct store *s, sqlite3_stmt *statement)
{
    if (!statement)
        return;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    if (!s->copies)
        return;
    for (struct statement *known = s->by_name; known; known = known->hh.next)
        if (known->prepared == statement)
            return;
    sqlite3_finalize(statement);
    s->copies--;
}

int sql_run(struct store *s, const char *name, struct values values, struct error *err)
{
    sqlite3_stmt *statement;
    int rc = sql_start(s, name, values, &statement, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, statement, err)) > 0)
        ;
    sql_end(s, statement);
    return rc;
}

int sql_number(
    struct store *s, const char *name, struct values values, int64_t *out, struct error *err)
{
    sqlite3_stmt *statement;
    int rc = sql_start(s, name, values, &statement, err);
    if (rc)
        return rc;
    rc = sql_step(s, statement, err);
    if (rc > 0) {
        *out = sqlite3_column_int64(statement, 0);
        /* RETURNING writes at the first step, but only the last one makes sure of it. */
        while ((rc = sql_step(s, statement, err)) > 0)
            ;
    } else if (rc == 0) {
        rc = RC_NOT_FOUND;
    }
    sql_end(s, statement);
    return rc;
}

/* A transaction that cannot go on is over. */
static int finish_begin(struct store *s, int rc)
{
    if (rc)
        sql_run(s, "rollback", NO_VALUES, NULL);
    return rc;
}

int sql_begin(struct store *s, struct error *err)
{
    if (s->mode != STORE_WRITE)
        return error_set(err, RC_STORE, "%s was opened for reading only", s->path);
    int rc = sql_run(s, "begin", NO_VALUES, err);
    /* What is written now is sealed with the newest keys there are. */
    return rc ? rc : finish_begin(s, keyring_refresh(s, err));
}

int sql_finish(struct store *s, int rc, struct error *err)
{
    if (!rc)
        rc = log_sign(s, err);
    if (!rc)
        rc = sql_run(s, "commit", NO_VALUES, err);
    log_end(s, rc == 0);
    /* SQLite rolls back by itself after some errors, not after all. */
    if (rc && !sqlite3_get_autocommit(s->db))
        sql_run(s, "rollback", NO_VALUES, NULL);
    return rc;
}

int sql_look(struct store *s, struct error *err)
{
    int64_t size;
    int rc = sql_run(s, "look", NO_VALUES, err);
    /* the snapshot is taken with the first row that is read */
    return rc ? rc : finish_begin(s, sql_number(s, "log_size", NO_VALUES, &size, err));
}

void sql_look_end(struct store *s)
{
    sql_run(s, "commit", NO_VALUES, NULL);
}

/* ---- columns ---- */

const char *sql_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

const char *sql_word(sqlite3_stmt *statement, int column)
{
    const char *text = sql_text(statement, column);
    return text ? text : "";
}

struct str sql_bytes(sqlite3_stmt *statement, int column)
{
    const char *at = sqlite3_column_blob(statement, column);
    return (struct str){at ? at : "", at ? (size_t)sqlite3_column_bytes(statement, column) : 0};
}

uint32_t sql_u32(sqlite3_stmt *statement, int column)
{
    int64_t number = sqlite3_column_int64(statement, column);
    return number < 0 ? 0 : number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}
