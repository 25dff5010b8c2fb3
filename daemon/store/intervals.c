/* Account intervals: who had an account from when to when.
 *
 * The accounts of the new version and the open intervals of the device, both sorted, are walked
 * side by side; only what differs is written. */
#include <stdlib.h>

#include "base/arena.h"
#include "store/facts.h"
#include "store/seal.h"

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
    struct buf plain;
};

static int compare_accounts(const struct store_account *a, const struct store_account *b)
{
    int order = strcmp(a->realm, b->realm);
    return order ? order : strcmp(a->name, b->name);
}

static int compare_intervals(const void *a, const void *b)
{
    const struct interval *one = a, *two = b;
    return compare_accounts(&one->now, &two->now);
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

static int make_room(struct open_intervals *open, struct error *err)
{
    if (open->count < open->room)
        return RC_OK;
    size_t room = open->room ? open->room * 2 : 16;
    struct interval *more = realloc(open->at, room * sizeof *more);
    if (!more)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    open->at = more;
    open->room = room;
    return RC_OK;
}

static int keep_account(struct open_intervals *open, struct store_account *a, struct error *err)
{
    bool full = false;
    a->realm = keep(&open->text, a->realm, &full);
    a->name = keep(&open->text, a->name, &full);
    a->kind = keep(&open->text, a->kind, &full);
    a->roles = keep(&open->text, a->roles, &full);
    a->secret_scheme = keep(&open->text, a->secret_scheme, &full);
    return full ? error_set(err, RC_NO_MEMORY, "out of memory") : RC_OK;
}

static int read_row(struct store *s, const char *device, struct open_intervals *open,
    sqlite3_stmt *row, struct error *err)
{
    int rc = make_room(open, err);
    if (rc)
        return rc;
    struct interval *i = &open->at[open->count];
    *i = (struct interval){.account = sqlite3_column_int64(row, 0),
        .from_us = sqlite3_column_int64(row, 1),
        .first_us = sqlite3_column_int64(row, 2),
        .first_version = sql_u32(row, 3)};
    const struct interval_key key = {device, i->account, i->from_us};
    rc = facts_open_account(s, &key, sql_bytes(row, 4), &open->plain, &i->now, err);
    if (!rc)
        rc = keep_account(open, &i->now, err);
    open->count += !rc;
    return rc;
}

static int read_open(struct store *s, const struct interval_update *u, struct open_intervals *open,
    struct error *err)
{
    sqlite3_stmt *rows;
    int rc = sql_start(s, "open_accounts", VALUES(V(u->device)), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0)
        if ((rc = read_row(s, u->device_name, open, rows, err)))
            break;
    sql_end(s, rows);
    if (!rc && open->count)
        qsort(open->at, open->count, sizeof *open->at, compare_intervals);
    return rc;
}

static int close_one(struct store *s, const struct interval *i, int64_t now_us, struct error *err)
{
    return sql_run(s, "close_interval", VALUES(V(i->account), V(i->from_us), V(now_us)), err);
}

/* From `from_us` on; there without a gap since `since`. */
static int open_one(struct store *s, const struct interval *i, const char *device,
    const struct store_account *a, struct error *err)
{
    struct buf sealed = {.cap = 0};
    const struct interval_key key = {device, i->account, i->from_us};
    int rc = facts_seal_account(s, &key, a, &sealed, err);
    if (!rc)
        rc = sql_run(s, "open_interval",
            VALUES(V(i->account), V(i->from_us), V(i->first_us), V(i->first_version),
                V(buf_str(&sealed))),
            err);
    buf_free(&sealed);
    return rc;
}

static int open_new(struct store *s, const struct interval_update *u, const struct store_account *a,
    struct error *err)
{
    struct interval i = {.from_us = u->now_us, .first_us = u->now_us, .first_version = u->number};
    int64_t who = account_who(s, a->realm, a->name), name = account_name(s, a->name);
    int rc = sql_number(s, "find_account", VALUES(V(u->device), V(who)), &i.account, err);
    if (rc == RC_NOT_FOUND)
        rc = sql_number(s, "put_account", VALUES(V(u->device), V(who), V(name)), &i.account, err);
    return rc ? rc : open_one(s, &i, u->device_name, a, err);
}

static int replace(struct store *s, const struct interval_update *u, const struct interval *old,
    const struct store_account *a, struct error *err)
{
    struct interval next = *old;
    next.from_us = u->now_us;
    int rc = close_one(s, old, u->now_us, err);
    return rc ? rc : open_one(s, &next, u->device_name, a, err);
}

int accounts_sort(const struct store_account *accounts, size_t count,
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

int intervals_update(struct store *s, const struct interval_update *u, struct error *err)
{
    struct open_intervals open = {.at = NULL};
    int rc = read_open(s, u, &open, err);
    size_t i = 0, j = 0;
    while (!rc && (i < open.count || j < u->count)) {
        int order = i == open.count ? 1
                    : j == u->count ? -1
                                    : compare_accounts(&open.at[i].now, u->accounts[j]);
        if (order < 0) {
            rc = close_one(s, &open.at[i++], u->now_us, err);
        } else if (order > 0) {
            rc = open_new(s, u, u->accounts[j++], err);
        } else {
            if (!same_attributes(&open.at[i].now, u->accounts[j]))
                rc = replace(s, u, &open.at[i], u->accounts[j], err);
            i++;
            j++;
        }
    }
    free(open.at);
    arena_free(&open.text);
    buf_free(&open.plain);
    return rc;
}
