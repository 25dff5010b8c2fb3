/* Account intervals: who had an account from when to when.
 *
 * The accounts of the new version and the open intervals of the device, both sorted, are walked
 * side by side; only what differs is written. */
#include <stdlib.h>

#include "base/arena.h"
#include "store/sql.h"

#define MOST_ACCOUNTS 1000000

struct interval {
    int64_t account;
    struct store_account now;
    int64_t from_us, first_us;
    uint32_t first_version;
};

struct open_intervals {
    struct interval *at;
    size_t count, room;
    struct arena text;
};

static int compare_accounts(const struct store_account *a, const struct store_account *b)
{
    int order = strcmp(a->realm, b->realm);
    return order ? order : strcmp(a->name, b->name);
}

static int compare_pointers(const void *a, const void *b)
{
    return compare_accounts(
        *(const struct store_account *const *)a, *(const struct store_account *const *)b);
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* NULL and "" are the same where the table has no NULL. */
static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

static bool same_attributes(const struct store_account *a, const struct store_account *b)
{
    return a->has_privilege == b->has_privilege &&
           (!a->has_privilege || a->privilege == b->privilege) && a->admin == b->admin &&
           a->enabled == b->enabled && a->key_count == b->key_count &&
           same_text(text_or_empty(a->kind), text_or_empty(b->kind)) &&
           same_text(text_or_empty(a->roles), text_or_empty(b->roles)) &&
           same_text(a->secret_scheme, b->secret_scheme);
}

static char *keep(struct arena *a, const char *text, bool *full)
{
    char *copy = text ? arena_dup(a, str_of(text)) : NULL;
    *full |= text && !copy;
    return copy;
}

static int read_row(struct open_intervals *open, sqlite3_stmt *row, struct error *err)
{
    if (open->count == open->room) {
        size_t room = open->room ? open->room * 2 : 16;
        struct interval *more = realloc(open->at, room * sizeof *more);
        if (!more)
            return error_set(err, RC_NO_MEMORY, "out of memory");
        open->at = more;
        open->room = room;
    }
    bool full = false;
    open->at[open->count++] = (struct interval){
        .account = sqlite3_column_int64(row, 0),
        .now = {.realm = keep(&open->text, sql_word(row, 1), &full),
            .name = keep(&open->text, sql_word(row, 2), &full),
            .kind = keep(&open->text, sql_word(row, 3), &full),
            .has_privilege = sqlite3_column_type(row, 4) != SQLITE_NULL,
            .privilege = sqlite3_column_int64(row, 4),
            .roles = keep(&open->text, sql_word(row, 5), &full),
            .admin = sqlite3_column_int(row, 6) != 0,
            .enabled = sqlite3_column_int(row, 7) != 0,
            .secret_scheme = keep(&open->text, sql_text(row, 8), &full),
            .key_count = sql_u32(row, 9)},
        .from_us = sqlite3_column_int64(row, 10),
        .first_us = sqlite3_column_int64(row, 11),
        .first_version = sql_u32(row, 12),
    };
    return full ? error_set(err, RC_NO_MEMORY, "out of memory") : RC_OK;
}

static int read_open(
    struct store *s, int64_t device, struct open_intervals *open, struct error *err)
{
    sqlite3_stmt *rows;
    int rc = sql_start(s, "open_accounts", VALUES(V(device)), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0)
        if ((rc = read_row(open, rows, err)))
            break;
    sql_end(s, rows);
    return rc;
}

static int close_one(struct store *s, const struct interval *i, int64_t now_us, struct error *err)
{
    return sql_run(s, "close_interval", VALUES(V(i->account), V(i->from_us), V(now_us)), err);
}

static int open_one(struct store *s, int64_t account, const struct store_account *a, int64_t now_us,
    int64_t first_us, uint32_t first_version, struct error *err)
{
    return sql_run(s, "open_interval",
        VALUES(V(account), V(now_us), V(first_us), V(first_version), V(text_or_empty(a->kind)),
            a->has_privilege ? V(a->privilege) : value_null(), V(text_or_empty(a->roles)),
            V(a->admin), V(a->enabled), V(a->secret_scheme), V(a->key_count)),
        err);
}

static int open_new(struct store *s, int64_t device, const struct store_account *a, int64_t now_us,
    uint32_t number, struct error *err)
{
    int64_t account = 0;
    int rc =
        sql_number(s, "put_account", VALUES(V(device), V(a->realm), V(a->name)), &account, err);
    return rc ? rc : open_one(s, account, a, now_us, now_us, number, err);
}

static int replace(struct store *s, const struct interval *old, const struct store_account *a,
    int64_t now_us, struct error *err)
{
    int rc = close_one(s, old, now_us, err);
    return rc ? rc : open_one(s, old->account, a, now_us, old->first_us, old->first_version, err);
}

static int sort_accounts(const struct store_account *accounts, size_t count,
    const struct store_account ***out, struct error *err)
{
    if (count > MOST_ACCOUNTS)
        return error_set(err, RC_LIMIT, "%zu accounts on one device are too many", count);
    const struct store_account **sorted = malloc((count + 1) * sizeof(*sorted));
    if (!sorted)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    *out = sorted;
    for (size_t i = 0; i < count; i++) {
        if (!accounts[i].realm || !accounts[i].name)
            return error_set(err, RC_INVALID, "an account without a realm or name");
        sorted[i] = &accounts[i];
    }
    qsort(sorted, count, sizeof(*sorted), compare_pointers);
    for (size_t i = 1; i < count; i++)
        if (compare_accounts(sorted[i - 1], sorted[i]) == 0)
            return error_set(err, RC_INVALID, "the account %s is there twice", sorted[i]->name);
    return RC_OK;
}

int intervals_update(struct store *s, int64_t device, uint32_t number, int64_t now_us,
    const struct store_account *accounts, size_t count, struct error *err)
{
    struct open_intervals open = {.at = NULL};
    const struct store_account **sorted = NULL;
    int rc = sort_accounts(accounts, count, &sorted, err);
    if (!rc)
        rc = read_open(s, device, &open, err);
    size_t i = 0, j = 0;
    while (!rc && (i < open.count || j < count)) {
        int order = i == open.count ? 1
                    : j == count    ? -1
                                    : compare_accounts(&open.at[i].now, sorted[j]);
        if (order < 0) {
            rc = close_one(s, &open.at[i++], now_us, err);
        } else if (order > 0) {
            rc = open_new(s, device, sorted[j++], now_us, number, err);
        } else {
            if (!same_attributes(&open.at[i].now, sorted[j]))
                rc = replace(s, &open.at[i], sorted[j], now_us, err);
            i++;
            j++;
        }
    }
    free(sorted);
    free(open.at);
    arena_free(&open.text);
    return rc;
}
