/* Pruning: versions, runs and messages that nobody needs any more. */
#include "store/prune.h"

#include <stdlib.h>

#include "store/blob.h"
#include "store/facts.h"
#include "store/json.h"
#include "store/log.h"

/* Versions in one transaction: a daemon waits no longer than for a large collection. */
#define BATCH 32

/* Runs in one transaction. */
#define RUN_BATCH 5000

/* Pages that are given back in one transaction. */
#define PAGE_STEP "256"

struct pruning {
    struct store *s;
    const struct prune *p;
    int64_t device; /* row */
    uint32_t newest;
    struct retained *versions; /* newest first, without those that are pruned */
    size_t count, room;
    int64_t next_us; /* when the version behind the one that is read began */
    struct prune_tally *tally;
    struct error *err;
};

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "out of memory");
}

/* ---- the plan ---- */

static int read_one(void *ctx, const struct store_version *v)
{
    struct pruning *w = ctx;
    if (w->count == w->room) {
        size_t room = w->room ? w->room * 2 : 64;
        struct retained *more = realloc(w->versions, room * sizeof *more);
        if (!more)
            return no_memory(w->err);
        w->versions = more;
        w->room = room;
    }
    if (!v->pruned)
        w->versions[w->count++] = (struct retained){.number = v->number,
            .from_us = v->created_us,
            .until_us = w->next_us,
            .severity = v->worst_severity,
            .bound = v->number == w->newest ? "newest version" : NULL};
    w->next_us = v->created_us;
    return 0;
}

static int compare_numbers(const void *a, const void *b)
{
    const struct retained *x = a, *y = b;
    return x->number < y->number ? 1 : x->number > y->number ? -1 : 0;
}

/* Versions that the statement names stay. */
static int bind_all(struct pruning *w, const char *name, const char *why, struct error *err)
{
    sqlite3_stmt *rows;
    int rc = sql_start(w->s, name, VALUES(V(w->device)), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(w->s, rows, err)) > 0) {
        const struct retained key = {.number = sql_u32(rows, 0)};
        struct retained *found = bsearch(&key, w->versions, w->count, sizeof key, compare_numbers);
        if (found)
            found->bound = why;
    }
    sql_end(w->s, rows);
    return rc;
}

static int find_device(struct pruning *w, struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(w->s, "device_numbers", VALUES(V(w->p->device)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(w->s, row, err);
    w->device = rc > 0 ? sqlite3_column_int64(row, 0) : 0;
    w->newest = rc > 0 ? sql_u32(row, 1) : 0;
    sql_end(w->s, row);
    return rc == 0  ? error_set(err, RC_NOT_FOUND, "nothing is known of \"%s\"", w->p->device)
           : rc < 0 ? rc
                    : RC_OK;
}

static int make_plan(struct pruning *w, struct error *err)
{
    int rc = find_device(w, err);
    w->next_us = INT64_MAX;
    if (!rc)
        rc = store_history(w->s, w->p->device, read_one, w, err);
    if (!rc && w->next_us == INT64_MAX)
        return RC_OK;
    if (!rc)
        rc = bind_all(w, "first_versions", "an account began with it", err);
    if (!rc)
        rc = bind_all(w, "held_versions", "on hold", err);
    if (!rc)
        retain_choose(w->p->policy, clock_now_us(w->s->clock), w->versions, w->count);
    return rc;
}

/* ---- how much it is ---- */

static int count_bytes(struct pruning *w, int64_t *going, int64_t *all, struct error *err)
{
    sqlite3_stmt *rows;
    int rc = sql_start(w->s, "stored_bytes", VALUES(V(w->device)), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(w->s, rows, err)) > 0) {
        const struct retained key = {.number = sql_u32(rows, 0)};
        const struct retained *found =
            bsearch(&key, w->versions, w->count, sizeof key, compare_numbers);
        int64_t bytes = sqlite3_column_int64(rows, 1);
        *all += bytes;
        *going += found && !found->kept ? bytes : 0;
    }
    sql_end(w->s, rows);
    return rc;
}

/* ---- texts ---- */

struct text {
    int64_t id, base; /* blobs; base 0: none */
    bool stays;
};

struct texts {
    struct text *at;
    size_t count, room;
};

static int compare_texts(const void *a, const void *b)
{
    const struct text *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id ? 1 : 0;
}

static int read_texts(struct store *s, int64_t device, struct texts *t, struct error *err)
{
    sqlite3_stmt *rows;
    int rc = sql_start(s, "device_blobs", VALUES(V(device)), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0) {
        if (t->count == t->room) {
            size_t room = t->room ? t->room * 2 : 128;
            struct text *more = realloc(t->at, room * sizeof *more);
            if (!more) {
                rc = no_memory(err);
                break;
            }
            t->at = more;
            t->room = room;
        }
        t->at[t->count++] = (struct text){sqlite3_column_int64(rows, 0),
            sqlite3_column_int64(rows, 1), sqlite3_column_int(rows, 2) != 0};
    }
    sql_end(s, rows);
    return rc;
}

static const struct text *find_text(const struct texts *t, int64_t id)
{
    const struct text key = {.id = id};
    return bsearch(&key, t->at, t->count, sizeof key, compare_texts);
}

/* The nearest text below that stays; 0: there is none. */
static int64_t base_that_stays(const struct texts *t, const struct text *text)
{
    const struct text *base = find_text(t, text->base);
    while (base && !base->stays)
        base = find_text(t, base->base);
    return base ? base->id : 0;
}

/* Those that no version has any more go, and what was built on them is built anew. */
static int sweep(struct store *s, int64_t device, struct error *err)
{
    struct texts t = {.at = NULL};
    int rc = read_texts(s, device, &t, err);
    for (size_t i = 0; !rc && i < t.count; i++) {
        const struct text *text = &t.at[i];
        int64_t base = base_that_stays(&t, text);
        if (text->stays && base != text->base)
            rc = blob_rebase(s, text->id, base, err);
    }
    for (size_t i = 0; !rc && i < t.count; i++)
        if (!t.at[i].stays)
            rc = sql_run(s, "drop_blob", VALUES(V(t.at[i].id)), err);
    free(t.at);
    return rc;
}

/* ---- one transaction ---- */

struct batch {
    int64_t seq[BATCH];
    uint32_t number[BATCH]; /* falling */
    size_t count;
};

/* A hold may have come since the plan was made, and another process may have been faster. */
static int choose_batch(struct pruning *w, size_t *next, struct batch *b, struct error *err)
{
    b->count = 0;
    for (; *next < w->count && b->count < BATCH; (*next)++) {
        const struct retained *v = &w->versions[*next];
        if (v->kept)
            continue;
        int rc = sql_number(w->s, "version_prunable", VALUES(V(w->device), V((int64_t)v->number)),
            &b->seq[b->count], err);
        if (rc && rc != RC_NOT_FOUND)
            return rc;
        if (!rc)
            b->number[b->count++] = v->number;
    }
    return RC_OK;
}

/* [{device, from, to, count}], stretches without a gap. */
static json_t *stretches(const char *device, const struct batch *b)
{
    json_t *array = json_array();
    for (size_t i = 0, end; i < b->count; i = end) {
        end = i + 1;
        while (end < b->count && b->number[end] + 1 == b->number[end - 1])
            end++;
        json_array_insert_new(array, 0,
            json_pack("{s:s,s:I,s:I,s:I}", "device", device, "from", (json_int_t)b->number[end - 1],
                "to", (json_int_t)b->number[i], "count", (json_int_t)(end - i)));
    }
    return array;
}

static json_t *user_of(const char *user_json)
{
    return user_json ? json_loads(user_json, 0, NULL) : json_pack("{s:s}", "name", "rollcalld");
}

static int put_entry(struct store *s, json_t *document, int64_t device, const char *name,
    uint64_t *seq, struct error *err)
{
    struct buf text = {.cap = 0};
    int rc = json_write(document, &text, err);
    if (!rc) {
        const struct log_item item = {
            .kind = ENTRY_PRUNE, .device = device, .name = name, .document = buf_str(&text)};
        rc = log_append(s, &item, seq, err);
    }
    buf_free(&text);
    return rc;
}

static int prune_batch(struct pruning *w, const struct batch *b, struct error *err)
{
    uint64_t seq = 0;
    int rc = put_entry(w->s,
        json_pack("{s:s,s:o,s:o}", "policy", w->p->policy->name, "user", user_of(w->p->user_json),
            "versions", stretches(w->p->device, b)),
        w->device, w->p->device, &seq, err);
    for (size_t i = 0; !rc && i < b->count; i++) {
        rc = sql_run(w->s, "prune_parts", VALUES(V(b->seq[i])), err);
        if (!rc)
            rc = sql_run(w->s, "prune_version", VALUES(V(b->seq[i]), V((int64_t)seq)), err);
    }
    return rc ? rc : sweep(w->s, w->device, err);
}

static int prune_some(struct pruning *w, size_t *next, struct error *err)
{
    struct batch b;
    int rc = sql_begin(w->s, err);
    if (rc)
        return rc;
    rc = choose_batch(w, next, &b, err);
    if (!rc && b.count)
        rc = prune_batch(w, &b, err);
    rc = sql_finish(w->s, rc, err);
    w->tally->versions += rc ? 0 : b.count;
    return rc;
}

/* What is freed is overwritten. */
static int overwrite(struct store *s, struct error *err)
{
    return sqlite3_exec(s->db, "PRAGMA secure_delete = ON", NULL, NULL, NULL) ? sql_error(s, err)
                                                                              : RC_OK;
}

static int carry_out(struct pruning *w, struct error *err)
{
    int64_t before = 0, after = 0, going = 0;
    int rc = overwrite(w->s, err);
    if (!rc)
        rc = count_bytes(w, &going, &before, err);
    for (size_t next = 0; !rc && next < w->count;)
        rc = prune_some(w, &next, err);
    if (!rc)
        rc = count_bytes(w, &going, &after, err);
    w->tally->bytes += before - after;
    return rc;
}

static int say(struct pruning *w, struct error *err)
{
    int64_t all = 0;
    for (size_t i = 0; i < w->count; i++)
        w->tally->versions += !w->versions[i].kept;
    return count_bytes(w, &w->tally->bytes, &all, err);
}

int store_prune(
    struct store *s, const struct prune *p, struct prune_tally *tally, struct error *err)
{
    struct pruning w = {.s = s, .p = p, .tally = tally, .err = err};
    int rc = make_plan(&w, err);
    for (size_t i = 0; !rc && p->each && i < w.count; i++)
        p->each(p->ctx, &w.versions[i]);
    if (!rc)
        rc = p->dry ? say(&w, err) : carry_out(&w, err);
    free(w.versions);
    return rc;
}

/* ---- runs and messages ---- */

/* One of them, with its entry. */
static int drop_rest(struct store *s, const struct prune_rest *p, const char *what,
    const char *statement, struct values values, size_t *dropped, struct error *err)
{
    uint64_t seq;
    int rc = sql_begin(s, err);
    if (rc)
        return rc;
    rc = sql_run(s, statement, values, err);
    *dropped = (size_t)sqlite3_changes(s->db);
    if (!rc && *dropped)
        rc = put_entry(s,
            json_pack("{s:o,s:I}", "user", user_of(p->user_json), what, (json_int_t)*dropped), 0,
            NULL, &seq, err);
    return sql_finish(s, rc, err);
}

static int drop_runs(struct store *s, const struct prune_rest *p, size_t *runs, struct error *err)
{
    size_t dropped = RUN_BATCH;
    int rc = RC_OK;
    while (!rc && dropped == RUN_BATCH) {
        rc = drop_rest(s, p, "runs", "drop_old_runs",
            VALUES(V(p->before_us), V((int64_t)RUN_BATCH)), &dropped, err);
        *runs += rc ? 0 : dropped;
    }
    return rc;
}

static bool is_known(struct store *s, const struct prune_rest *p, int64_t sink)
{
    bool known = false;
    for (size_t i = 0; i < p->sink_count; i++)
        known |= message_sink(s, p->sinks[i]) == sink;
    return known;
}

/* A sink that is in no settings, and how many messages wait for it. RC_NOT_FOUND: there is none. */
static int find_orphan(
    struct store *s, const struct prune_rest *p, int64_t *sink, size_t *count, struct error *err)
{
    sqlite3_stmt *rows;
    bool found = false;
    int rc = sql_start(s, "outbox_sinks", NO_VALUES, &rows, err);
    if (rc)
        return rc;
    while (!found && (rc = sql_step(s, rows, err)) > 0) {
        *sink = sqlite3_column_int64(rows, 0);
        found = !is_known(s, p, *sink);
        *count += found && p->dry ? (size_t)sqlite3_column_int64(rows, 1) : 0;
        found = found && !p->dry;
    }
    sql_end(s, rows);
    return rc < 0 ? rc : found ? RC_OK : RC_NOT_FOUND;
}

static int drop_messages(
    struct store *s, const struct prune_rest *p, size_t *messages, struct error *err)
{
    int64_t sink = 0;
    int rc;
    while (!(rc = find_orphan(s, p, &sink, messages, err))) {
        size_t dropped = 0;
        rc = drop_rest(s, p, "messages", "drop_outbox_of_sink", VALUES(V(sink)), &dropped, err);
        *messages += dropped;
        if (rc)
            return rc;
    }
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

int store_prune_rest(
    struct store *s, const struct prune_rest *p, size_t *runs, size_t *messages, struct error *err)
{
    int64_t old = 0;
    *runs = *messages = 0;
    int rc = p->dry ? sql_number(s, "count_old_runs", VALUES(V(p->before_us)), &old, err)
                    : drop_runs(s, p, runs, err);
    *runs += (size_t)old;
    return rc ? rc : drop_messages(s, p, messages, err);
}

/* ---- space ---- */

static int pragma_number(struct store *s, const char *pragma, int64_t *out, struct error *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(s->db, pragma, -1, &statement, NULL))
        return sql_error(s, err);
    int rc = sql_step(s, statement, err);
    *out = rc > 0 ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return rc < 0 ? rc : RC_OK;
}

int store_prune_end(struct store *s, int64_t *left, struct error *err)
{
    int64_t pages = 0, before = 0, size = 0;
    int rc = pragma_number(s, "PRAGMA freelist_count", &pages, err);
    while (!rc && pages != before) {
        before = pages;
        if (sqlite3_exec(s->db, "PRAGMA incremental_vacuum(" PAGE_STEP ")", NULL, NULL, NULL))
            return sql_error(s, err);
        rc = pragma_number(s, "PRAGMA freelist_count", &pages, err);
    }
    if (!rc)
        rc = pragma_number(s, "PRAGMA page_size", &size, err);
    *left = pages * size;
    /* who reads just now keeps it from being emptied: the next one will */
    sqlite3_exec(s->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    return rc;
}

/* ---- afterwards ---- */

int prune_explain(
    struct store *s, const char *device, uint32_t number, int64_t seq, struct error *err)
{
    struct store_log_entry entry;
    struct buf text = {.cap = 0};
    json_t *document = NULL;
    char when[TIME_TEXT_SIZE];
    int rc = store_log_entry(s, (uint64_t)seq, &entry, &text, err);
    if (!rc)
        rc = json_parse(s, entry.document, &document, err);
    const char *policy = json_string_value(json_object_get(document, "policy"));
    if (!rc)
        rc = error_set(err, RC_NOT_FOUND,
            "version %u of %s was pruned by policy %s on %s; the log keeps its hashes", number,
            device, policy, time_format(entry.time_us / 1000000 * 1000000, when));
    json_decref(document);
    buf_free(&text);
    return rc;
}
