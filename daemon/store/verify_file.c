/* The file itself: what SQLite says of its pages, and its schema against this program's. */
#include <stdio.h>
#include <stdlib.h>

#include "store/verify_private.h"

static int run_plain(struct verify *v, const char *sql, sqlite3_stmt **out, struct error *why)
{
    return sqlite3_prepare_v2(v->s->db, sql, -1, out, NULL) ? sql_error(v->s, why) : RC_OK;
}

/* SQLite says "ok", or a hundred lines of what is wrong. */
static int check_pages(struct verify *v)
{
    struct error why = ERROR_INIT;
    sqlite3_stmt *rows = NULL;
    int rc = run_plain(v, "PRAGMA integrity_check", &rows, &why);
    while (!rc && (rc = sql_step(v->s, rows, &why)) > 0) {
        const char *said = sql_word(rows, 0);
        rc = strcmp(said, "ok") == 0
                 ? RC_OK
                 : fault(v, FAULT_DAMAGED, NULL, "file", "SQLite says: %s", said);
    }
    sqlite3_finalize(rows);
    return fault_of(v, NULL, "file", rc, &why);
}

static int check_references(struct verify *v)
{
    struct error why = ERROR_INIT;
    sqlite3_stmt *rows = NULL;
    char where[96];
    int rc = run_plain(v, "PRAGMA foreign_key_check", &rows, &why);
    while (!rc && (rc = sql_step(v->s, rows, &why)) > 0) {
        snprintf(where, sizeof where, "%.60s %lld", sql_word(rows, 0),
            (long long)sqlite3_column_int64(rows, 1));
        rc = fault(v, FAULT_REMOVED, NULL, where, "the row of %s that it belongs to is missing",
            sql_word(rows, 2));
    }
    sqlite3_finalize(rows);
    return fault_of(v, NULL, "file", rc, &why);
}

/* ---- the schema ---- */

#define SCHEMA_ROWS                                                                                \
    "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema"                    \
    " WHERE name NOT LIKE 'sqlite_stat%'"

static bool has_row(sqlite3 *db, const char *text)
{
    sqlite3_stmt *row = NULL;
    bool found = false;
    if (sqlite3_prepare_v2(db,
            "SELECT 1 FROM sqlite_schema"
            " WHERE type || ' ' || name || ' ' || coalesce(sql, '') = ?1",
            -1, &row, NULL) == SQLITE_OK &&
        sqlite3_bind_text(row, 1, text, -1, SQLITE_STATIC) == SQLITE_OK)
        found = sqlite3_step(row) == SQLITE_ROW;
    sqlite3_finalize(row);
    return found;
}

/* What is in one and not in the other. */
static int compare_schema(struct verify *v, sqlite3 *db, sqlite3 *other, enum fault kind)
{
    sqlite3_stmt *rows = NULL;
    int rc = sqlite3_prepare_v2(db, SCHEMA_ROWS, -1, &rows, NULL);
    while (!rc && sqlite3_step(rows) == SQLITE_ROW) {
        const char *text = sql_word(rows, 0);
        if (!has_row(other, text))
            fault(v, kind, NULL, "table sqlite_schema", "%s: %.*s",
                kind == FAULT_REMOVED ? "missing, or changed" : "not made by rollcall",
                (int)strcspn(text, "(\n"), text);
    }
    sqlite3_finalize(rows);
    return RC_OK;
}

/* Triggers and indexes are as much part of what the store answers as rows are. */
static int check_schema(struct verify *v)
{
    sqlite3 *expected = NULL;
    int rc = schema_expected(&expected, v->err);
    if (!rc)
        rc = compare_schema(v, expected, v->s->db, FAULT_REMOVED);
    if (!rc)
        rc = compare_schema(v, v->s->db, expected, FAULT_ADDED);
    sqlite3_close(expected);
    return rc;
}

/* SQLite's own check of a large file takes a while, and tells nothing meanwhile. */
static int still_here(void *ctx)
{
    verify_progress(ctx, "pages", 0, 0);
    return 0;
}

int verify_file(struct verify *v)
{
    sqlite3_progress_handler(v->s->db, 1000000, still_here, v);
    int rc = check_pages(v);
    sqlite3_progress_handler(v->s->db, 0, NULL, NULL);
    if (!rc)
        rc = check_references(v);
    return rc ? rc : check_schema(v);
}
