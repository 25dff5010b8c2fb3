/* Rows that no entry stands behind, and what is not in the log but sealed. */
#include <stdio.h>

#include "store/facts.h"
#include "store/seal.h"
#include "store/verify_private.h"

/* ---- rows without an entry, times without a version ---- */

/* Each statement gives what is wrong: number of the row, device's name, version, time. All take the
 * device's row, or 0 for all. */
static const struct {
    const char *statement, *table;
    enum fault kind;
    const char *text;
} strangers[] = {
    {"verify_stray_versions", "version", FAULT_ADDED, "the log knows no such version"},
    {"verify_stray_events", "event", FAULT_ADDED, "the log knows no such event"},
    {"verify_stray_parts", "part", FAULT_ADDED, "a part of a version that is not there"},
    {"verify_newest", "device", FAULT_CHANGED, "its newest version is another one"},
    {"verify_interval_ends", "account_interval", FAULT_CHANGED,
        "it begins or ends with no version of the device"},
    {"verify_interval_firsts", "account_interval", FAULT_CHANGED,
        "since when the account is there does not fit the intervals before, or the version"},
    {"verify_old_unsent_heads", "head", FAULT_ADDED, "a head that nobody was sent"},
};

static int tell_strangers(struct verify *v, size_t i)
{
    struct error why = ERROR_INIT;
    sqlite3_stmt *rows;
    char where[64];
    int rc = sql_start(v->s, strangers[i].statement, VALUES(V(v->device)), &rows, &why);
    while (!rc && (rc = sql_step(v->s, rows, &why)) > 0) {
        const struct culprit who = {.device = sql_text(rows, 1),
            .version = sql_u32(rows, 2),
            .time_us = sqlite3_column_int64(rows, 3)};
        snprintf(where, sizeof where, "%s %lld", strangers[i].table,
            (long long)sqlite3_column_int64(rows, 0));
        rc = fault(v, strangers[i].kind, &who, where, "%s", strangers[i].text);
    }
    sql_end(v->s, rows);
    snprintf(where, sizeof where, "table %s", strangers[i].table);
    return fault_of(v, NULL, where, rc, &why);
}

/* ---- rows with sealed facts ---- */

/* A row's columns begin with its number, its device's name, a time. Gives the column that is not
 * what it was, or NULL; `rc` what could not be opened. */
typedef const char *(*row_check)(
    struct verify *v, sqlite3_stmt *row, struct buf *plain, int *rc, struct error *why);

static const char *check_device(
    struct verify *v, sqlite3_stmt *row, struct buf *plain, int *rc, struct error *why)
{
    struct device_facts f = {.newest = 0};
    *rc = facts_open_device(
        v->s, sqlite3_column_int64(row, 0), sql_word(row, 1), sql_bytes(row, 6), plain, &f, why);
    if (*rc)
        return NULL;
    return f.newest != sqlite3_column_int64(row, 3)            ? "newest"
           : f.last_try_us != sqlite3_column_int64(row, 4)     ? "last_try_us"
           : f.last_success_us != sqlite3_column_int64(row, 5) ? "last_success_us"
                                                               : NULL;
}

static const char *check_account(
    struct verify *v, sqlite3_stmt *row, struct buf *plain, int *rc, struct error *why)
{
    struct store_account a = {.realm = NULL};
    const struct interval_key key = {
        sql_word(row, 1), sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 2)};
    *rc = facts_open_account(v->s, &key, sql_bytes(row, 5), plain, &a, why);
    if (*rc)
        return NULL;
    return account_who(v->s, a.realm, a.name) != sqlite3_column_int64(row, 3) ? "who"
           : account_name(v->s, a.name) != sqlite3_column_int64(row, 4)       ? "name"
                                                                              : NULL;
}

static const char *check_run(
    struct verify *v, sqlite3_stmt *row, struct buf *plain, int *rc, struct error *why)
{
    struct run_facts f;
    const char *device = sql_word(row, 1);
    int64_t ended_us = sqlite3_column_int64(row, 2), started_us = sqlite3_column_int64(row, 3);
    if (run_mark(v->s, device, started_us, ended_us, sql_u32(row, 4)) !=
        sqlite3_column_int64(row, 5))
        return "mark";
    if (sqlite3_column_type(row, 6) != SQLITE_NULL)
        *rc = facts_open_run(v->s, device, ended_us, sql_bytes(row, 6), plain, &f, why);
    return NULL;
}

static const char *check_message(
    struct verify *v, sqlite3_stmt *row, struct buf *plain, int *rc, struct error *why)
{
    struct message_facts f = {.sink = NULL};
    *rc = facts_open_message(v->s, sqlite3_column_int64(row, 3), sql_bytes(row, 7), plain, &f, why);
    if (*rc)
        return NULL;
    return message_sink(v->s, f.sink) != sqlite3_column_int64(row, 4) ? "sink"
           : f.due_us != sqlite3_column_int64(row, 5)                 ? "due_us"
           : f.tries != sqlite3_column_int64(row, 6)                  ? "tries"
                                                                      : NULL;
}

static const char *check_host_key(
    struct verify *v, sqlite3_stmt *row, struct buf *plain, int *rc, struct error *why)
{
    struct host_key_facts f = {.hop = NULL};
    *rc =
        facts_open_host_key(v->s, sqlite3_column_int64(row, 3), sql_bytes(row, 5), plain, &f, why);
    if (*rc)
        return NULL;
    return host_key_hop(v->s, f.hop) != sqlite3_column_int64(row, 4)   ? "hop"
           : host_key_pinned(v->s, &f) != sqlite3_column_int64(row, 3) ? "pinned"
                                                                       : NULL;
}

static const struct {
    const char *statement, *table, *what;
    row_check check;
} tables[] = {
    {"verify_devices", "device", "what is known of the device", check_device},
    {"verify_intervals", "account_interval", "the account", check_account},
    {"verify_runs", "run", "a try", check_run},
    {"verify_outbox", "outbox", "a message that waits", check_message},
    {"verify_host_keys", "host_key", "a pinned host key", check_host_key},
};

static int check_table(struct verify *v, size_t i)
{
    struct error why = ERROR_INIT;
    struct buf plain = {.cap = 0};
    sqlite3_stmt *rows;
    char where[64];
    int rc = sql_start(v->s, tables[i].statement, VALUES(V(v->device)), &rows, &why);
    while (!rc && (rc = sql_step(v->s, rows, &why)) > 0) {
        struct error closed = ERROR_INIT;
        rc = RC_OK;
        const char *column = tables[i].check(v, rows, &plain, &rc, &closed);
        const struct culprit who = {
            .device = sql_text(rows, 1), .time_us = sqlite3_column_int64(rows, 2)};
        snprintf(where, sizeof where, "%s %lld, %s", tables[i].table,
            (long long)sqlite3_column_int64(rows, 0), column ? column : "facts");
        if (column || rc == RC_INTEGRITY)
            rc = fault(
                v, FAULT_CHANGED, &who, where, "%s is not what was written there", tables[i].what);
        else
            rc = fault_of(v, &who, where, rc, &closed);
        if (rc)
            why = *v->err;
    }
    sql_end(v->s, rows);
    buf_wipe(&plain);
    snprintf(where, sizeof where, "table %s", tables[i].table);
    return fault_of(v, NULL, where, rc, &why);
}

int verify_rows(struct verify *v)
{
    int rc = RC_OK;
    size_t count = sizeof strangers / sizeof *strangers;
    size_t all = count + sizeof tables / sizeof *tables;
    for (size_t i = 0; !rc && i < all; i++) {
        verify_progress(v, "tables", i, all);
        rc = i < count ? tell_strangers(v, i) : check_table(v, i - count);
    }
    return rc;
}
