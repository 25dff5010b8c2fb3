/* Leases: one writer a device. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "store/sql.h"

/* No lease is longer: one that seems to be is from before the clock was set back. */
#define MOST_LEASE_S 86400

/* A holder ("host:pid:random") on this machine whose process is gone: killed, it dropped nothing,
 * and nobody need wait for its lease to run out. */
static bool is_gone(const char *holder)
{
    char host[64] = "", name[64];
    long pid;
    gethostname(host, sizeof host - 1);
    return sscanf(holder, "%63[^:]:%ld:", name, &pid) == 2 && pid > 0 && strcmp(host, name) == 0 &&
           kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

/* The holder's name when somebody else holds it now; empty else. */
static int find_other(struct store *s, const char *device, const char *holder, int64_t now_us,
    char *other, size_t size, struct error *err)
{
    *other = '\0';
    sqlite3_stmt *row;
    int rc = sql_start(s, "find_lease", VALUES(V(device)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0) {
        const char *who = sql_word(row, 0);
        int64_t until_us = sqlite3_column_int64(row, 1);
        bool runs = until_us > now_us && until_us - now_us <= (int64_t)MOST_LEASE_S * 1000000;
        if (runs && strcmp(who, holder) != 0 && !is_gone(who))
            text_escape(other, size, who, strlen(who));
        rc = RC_OK;
    }
    sql_end(s, row);
    return rc;
}

/* A lease that a power failure takes away leaves no one behind who held it: it need not wait for
 * the disk. The next commit of a collection syncs what was written before it. */
static int begin_lightly(struct store *s, struct error *err)
{
    sqlite3_exec(s->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
    return sql_begin(s, err);
}

static int finish_lightly(struct store *s, int rc, struct error *err)
{
    rc = sql_finish(s, rc, err);
    if (sqlite3_exec(s->db, "PRAGMA synchronous = FULL", NULL, NULL, NULL) != SQLITE_OK && !rc)
        rc = error_set(err, RC_STORE, "%s: cannot turn syncing on again", s->path);
    return rc;
}

static int refuse(const char *device, const char *other, struct error *err)
{
    return error_set(err, RC_BUSY, "%s is being collected by %s; wait for it", device, other);
}

int store_lease_take(
    struct store *s, const char *device, const char *holder, unsigned seconds, struct error *err)
{
    char other[256];
    seconds = seconds > MOST_LEASE_S ? MOST_LEASE_S : seconds;
    int rc = begin_lightly(s, err);
    if (rc)
        return finish_lightly(s, rc, err);
    int64_t now_us = clock_now_us(s->clock);
    rc = find_other(s, device, holder, now_us, other, sizeof other, err);
    if (!rc && *other)
        rc = refuse(device, other, err);
    if (!rc)
        rc = sql_run(s, "put_lease",
            VALUES(V(device), V(holder), V(now_us + (int64_t)seconds * 1000000)), err);
    return finish_lightly(s, rc, err);
}

int store_lease_drop(struct store *s, const char *device, const char *holder, struct error *err)
{
    char other[256];
    int rc = begin_lightly(s, err);
    if (rc)
        return finish_lightly(s, rc, err);
    rc = find_other(s, device, holder, clock_now_us(s->clock), other, sizeof other, err);
    if (!rc && *other)
        rc = refuse(device, other, err);
    if (!rc)
        rc = sql_run(s, "drop_lease", VALUES(V(device), V(holder)), err);
    return finish_lightly(s, rc, err);
}
