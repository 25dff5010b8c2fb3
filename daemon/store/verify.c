/* Proving the history: one snapshot, one pass after the other, and going on after a fault. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/keyring.h"
#include "store/log.h"
#include "store/verify_private.h"

/* ---- faults ---- */

const char *fault_name(enum fault fault)
{
    static const char *const names[FAULTS] = {[FAULT_CHANGED] = "changed",
        [FAULT_REMOVED] = "removed",
        [FAULT_ADDED] = "added",
        [FAULT_REORDERED] = "reordered",
        [FAULT_TRUNCATED] = "truncated",
        [FAULT_ROLLED_BACK] = "rolled-back",
        [FAULT_REWRITTEN] = "rewritten",
        [FAULT_UNSIGNED] = "unsigned",
        [FAULT_DAMAGED] = "damaged"};
    return names[fault];
}

int fault(struct verify *v, enum fault kind, const struct culprit *who, const char *where,
    const char *format, ...)
{
    char text[768], safe[1024];
    static const struct culprit nobody;
    const struct culprit *c = who ? who : &nobody;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    text_escape(safe, sizeof safe, text, strlen(text));
    const struct store_fault f = {.kind = kind,
        .device = c->device,
        .version = c->version,
        .time_us = c->time_us,
        .where = where,
        .text = safe};
    v->out->faults++;
    v->request->fault(v->request->ctx, &f);
    return RC_OK;
}

int fault_of(
    struct verify *v, const struct culprit *who, const char *where, int rc, const struct error *why)
{
    switch (rc) {
    case RC_OK:
        return RC_OK;
    case RC_NO_MEMORY:
    case RC_BUSY:
    case RC_STORE:
    case RC_IO:
        if (why != v->err)
            *v->err = *why;
        return rc;
    default:
        return fault(v, rc == RC_INTEGRITY ? FAULT_DAMAGED : FAULT_CHANGED, who, where, "%s",
            *why->text ? why->text : rc_name((enum rc)rc));
    }
}

void verify_progress(const struct verify *v, const char *what, uint64_t done, uint64_t total)
{
    if (v->request->progress)
        v->request->progress(v->request->ctx, what, done, total);
}

/* ---- keys ---- */

bool verify_sign_key(struct store *s, int64_t *id, struct log_key *key)
{
    if (sql_number(s, "verify_sign_key", VALUES(V(*id), V(KEY_SIGN)), id, NULL))
        return false;
    const unsigned char *seed = keyring_find(s, *id);
    if (seed)
        sign_public(seed, key->public_key);
    return seed;
}

/* ---- the passes ---- */

static int find_device(struct verify *v)
{
    const char *name = v->request->device;
    int rc = name ? sql_number(v->s, "device_id", VALUES(V(name)), &v->device, v->err) : RC_OK;
    return rc == RC_NOT_FOUND
               ? error_set(v->err, rc, "nothing is known of \"%s\"; see: rollcall status", name)
               : rc;
}

/* Where the clock went back: what was written before may have a time that never was. */
static int read_jumps(struct verify *v)
{
    struct error why = ERROR_INIT;
    sqlite3_stmt *rows;
    int rc = sql_start(v->s, "verify_jumps", VALUES(V(ENTRY_CLOCK)), &rows, &why);
    while (!rc && (rc = sql_step(v->s, rows, &why)) > 0) {
        struct jump *more = v->jumps;
        if (v->jump_count % 64 == 0)
            more = realloc(v->jumps, (v->jump_count + 64) * sizeof *more);
        if (more) {
            v->jumps = more;
            v->jumps[v->jump_count++] =
                (struct jump){sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1)};
        }
        rc = more ? RC_OK : error_set(&why, RC_NO_MEMORY, "out of memory");
    }
    sql_end(v->s, rows);
    return fault_of(v, NULL, "table entry", rc, &why);
}

static int read_key(struct verify *v)
{
    struct error why = ERROR_INIT;
    return fault_of(v, NULL, "entry 0, body", store_log_key(v->s, &v->out->key, &why), &why);
}

static int run_passes(struct verify *v)
{
    static int (*const passes[])(struct verify *) = {
        verify_file, read_key, read_jumps, verify_log, verify_rows};
    int rc = find_device(v);
    for (size_t i = 0; !rc && i < sizeof passes / sizeof *passes; i++)
        rc = passes[i](v);
    return rc;
}

int store_verify(struct store *s, const struct store_verify *request, struct store_verified *out,
    struct error *err)
{
    struct error unheard = ERROR_INIT;
    struct verify v = {.s = s, .request = request, .out = out, .err = err ? err : &unheard};
    *out = (struct store_verified){.size = 0};
    v.texts = calloc(KNOWN_TEXTS, sizeof *v.texts);
    int rc = v.texts ? sql_look(s, v.err) : error_set(v.err, RC_NO_MEMORY, "out of memory");
    if (!rc) {
        rc = run_passes(&v);
        sql_look_end(s);
    }
    free(v.texts);
    free(v.jumps);
    return rc;
}
