/* An entry against the rows that are made from it. */
#include <stdio.h>
#include <stdlib.h>

#include "evidence/lines.h"
#include "store/blob.h"
#include "store/facts.h"
#include "store/json.h"
#include "store/log.h"
#include "store/record.h"
#include "store/verify_private.h"

/* A version with its row. */
struct held {
    struct verify *v;
    const struct entry_row *e;
    const json_t *document;
    struct culprit who;
    uint32_t number;
    int64_t created_us, seen_us, access, pruned; /* 0 and -1: NULL */
    bool doubt;
    unsigned char salt[STORE_SALT_BYTES]; /* of the access tree */
    bool salted;
};

static int64_t number_of(const json_t *document, const char *key)
{
    return json_integer_value(json_object_get(document, key));
}

static const char *text_of(const json_t *document, const char *key)
{
    const char *text = json_string_value(json_object_get(document, key));
    return text ? text : "";
}

/* 0 where there is none. */
static int64_t time_of(const json_t *document, const char *key)
{
    int64_t time_us = 0;
    const char *text = text_of(document, key);
    return *text && time_parse(text, 0, &time_us, NULL) == 0 ? time_us : 0;
}

static int __attribute__((format(printf, 4, 5)))
bad(const struct held *h, enum fault kind, const char *column, const char *format, ...)
{
    char text[512], where[96];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(where, sizeof where, "version %lld, %s", (long long)h->e->seq, column);
    return fault(h->v, kind, &h->who, where, "%s", text);
}

/* ---- texts ---- */

static struct known_text *slot_of(const struct verify *v, int64_t blob)
{
    return &v->texts[(uint64_t)blob % KNOWN_TEXTS];
}

static int read_text(struct verify *v, int64_t blob, const char *part, struct error *why)
{
    struct known_text *known = slot_of(v, blob);
    struct buf text = {.cap = 0};
    if (known->blob == blob)
        return RC_OK;
    int rc = blob_get(v->s, blob, part, &text, known->salt, why);
    known->blob = rc ? 0 : blob;
    if (!rc) {
        known->bytes = text.len;
        known->lines = lines_root(known->salt, buf_str(&text), &known->root);
        v->out->texts++;
    }
    buf_wipe(&text);
    return rc;
}

/* A blob against what the entry says of it: {name, bytes, lines, root}. */
static int check_text(struct held *h, int64_t blob, const json_t *said, const char *part)
{
    char column[96], hex[MERKLE_HEX_SIZE];
    struct error why = ERROR_INIT;
    snprintf(column, sizeof column, "%.64s (blob %lld)", part, (long long)blob);
    int rc = read_text(h->v, blob, part, &why);
    if (rc == RC_INTEGRITY || rc == RC_NOT_FOUND || rc == RC_LIMIT || rc == RC_FORMAT)
        return bad(h, rc == RC_NOT_FOUND ? FAULT_REMOVED : FAULT_CHANGED, column,
            rc == RC_NOT_FOUND ? "its text \"%s\" is missing" : "its text \"%s\" was changed",
            part);
    if (rc)
        return fault_of(h->v, &h->who, column, rc, &why);
    const struct known_text *known = slot_of(h->v, blob);
    merkle_hex(&known->root, hex);
    if (strcmp(hex, text_of(said, "root")) != 0 ||
        known->bytes != (size_t)number_of(said, "bytes") ||
        known->lines != (size_t)number_of(said, "lines"))
        return bad(h, FAULT_CHANGED, column,
            "its text \"%s\" is not the one that the log has the root of", part);
    return RC_OK;
}

static int check_parts(struct held *h)
{
    struct verify *v = h->v;
    struct error why = ERROR_INIT;
    const json_t *parts = json_object_get(h->document, "parts");
    size_t count = json_array_size(parts), at = 0;
    sqlite3_stmt *rows;
    int rc = sql_start(v->s, "verify_parts", VALUES(V(h->e->seq)), &rows, &why);
    while (!rc && (rc = sql_step(v->s, rows, &why)) > 0) {
        int64_t position = sqlite3_column_int64(rows, 0), blob = sqlite3_column_int64(rows, 1);
        const json_t *said = json_array_get(parts, at);
        rc = position == (int64_t)at && at < count
                 ? check_text(h, blob, said, text_of(said, "name"))
                 : bad(h, FAULT_CHANGED, "part", "it has a part at %lld that the log does not know",
                       (long long)position);
        at++;
    }
    sql_end(v->s, rows);
    if (rc)
        return fault_of(v, &h->who, "table part", rc, &why);
    return at < count ? bad(h, FAULT_REMOVED, "part", "%zu of its %zu parts are missing",
                            count - at, count)
                      : RC_OK;
}

static int check_access(struct held *h)
{
    int rc = check_text(h, h->access, json_object_get(h->document, "access"), "access");
    const struct known_text *known = slot_of(h->v, h->access);
    h->salted = known->blob == h->access;
    if (h->salted)
        memcpy(h->salt, known->salt, sizeof h->salt);
    return rc;
}

/* ---- accounts ---- */

struct accounts {
    struct lines tree;
    struct buf line;
    int rc;
};

static int add_account(void *ctx, const struct store_account_row *row)
{
    struct accounts *a = ctx;
    buf_clear(&a->line);
    a->rc = store_account_line(&row->account, &a->line);
    lines_add(&a->tree, buf_str(&a->line));
    return a->rc;
}

/* Who had an account when this version came, by the intervals, against the log. */
static int check_accounts(struct held *h)
{
    struct verify *v = h->v;
    const json_t *said = json_object_get(h->document, "accounts");
    const struct store_account_query query = {.at_us = h->created_us, .device = h->e->name};
    struct accounts a = {.rc = RC_OK};
    struct error why = ERROR_INIT;
    struct merkle_hash root;
    char hex[MERKLE_HEX_SIZE];
    if (!h->salted)
        return RC_OK; /* told already */
    lines_start(&a.tree, h->salt, LINES_ACCOUNTS_FIRST);
    int rc = store_accounts(v->s, &query, add_account, &a, &why);
    rc = rc ? rc : a.rc;
    lines_end(&a.tree, &root);
    buf_free(&a.line);
    v->out->accounts += a.tree.tree.size;
    if (rc)
        return fault_of(v, &h->who, "table account_interval", rc, &why);
    if (strcmp(merkle_hex(&root, hex), text_of(said, "root")) != 0)
        return bad(h, FAULT_CHANGED, "account_interval",
            "the accounts of that moment (%llu) are not those in the log (%lld)",
            (unsigned long long)a.tree.tree.size, (long long)number_of(said, "count"));
    return RC_OK;
}

/* ---- the row ---- */

static bool is_doubtful(const struct held *h)
{
    bool doubtful = json_is_true(json_object_get(h->document, "doubtful"));
    for (size_t i = h->v->jump_count; i-- && h->v->jumps[i].seq > h->e->seq;)
        doubtful = doubtful || h->v->jumps[i].after_us < h->created_us;
    return doubtful;
}

static int check_before(const struct held *h)
{
    struct verify *v = h->v;
    struct error why = ERROR_INIT;
    sqlite3_stmt *row;
    if (number_of(h->document, "previous") != (int64_t)h->number - 1)
        return bad(h, FAULT_CHANGED, "number", "it does not follow the version before");
    if (h->number == 1)
        return RC_OK;
    int rc = sql_start(v->s, "verify_version_before",
        VALUES(V(h->e->device), V((int64_t)h->number - 1)), &row, &why);
    if (!rc && (rc = sql_step(v->s, row, &why)) >= 0) {
        if (rc == 0)
            bad(h, FAULT_REMOVED, "number", "the version before it, %u, is missing", h->number - 1);
        else if (sqlite3_column_int64(row, 0) >= h->created_us)
            bad(h, FAULT_REORDERED, "created_us", "it is not later than the version before");
        else if (sqlite3_column_int64(row, 1) != time_of(h->document, "previous_seen"))
            bad(h, FAULT_CHANGED, "seen_us",
                "when the version before, %u, was last seen is not what the log says",
                h->number - 1);
        rc = RC_OK;
    }
    sql_end(v->s, row);
    return fault_of(v, &h->who, "table version", rc, &why);
}

static int check_row(struct held *h, int64_t device)
{
    if (device != h->e->device)
        bad(h, FAULT_CHANGED, "device", "it stands at another device");
    if (h->created_us != time_of(h->document, "created"))
        bad(h, FAULT_CHANGED, "created_us", "when it was first seen is not what the log says");
    if (h->number != (uint32_t)number_of(h->document, "number"))
        bad(h, FAULT_CHANGED, "number", "it has the number %u, and %lld in the log", h->number,
            (long long)number_of(h->document, "number"));
    if (h->seen_us < h->created_us)
        bad(h, FAULT_CHANGED, "seen_us", "it was last seen before it was first seen");
    if (h->doubt != is_doubtful(h))
        bad(h, FAULT_CHANGED, "doubt", "its time is marked as %s, and the log says otherwise",
            h->doubt ? "doubtful" : "certain");
    return check_before(h);
}

/* ---- pruned ones ---- */

/* Whether `item` of a prune entry's list is about this version. */
static bool covers(const json_t *item, const struct held *h)
{
    return strcmp(text_of(item, "device"), h->e->name ? h->e->name : "") == 0 &&
           number_of(item, "from") <= h->number && h->number <= number_of(item, "to");
}

/* The texts of a version may be missing only if an entry says so. */
static int check_pruned(const struct held *h)
{
    struct verify *v = h->v;
    struct error why = ERROR_INIT;
    struct buf text = {.cap = 0};
    json_t *document = NULL;
    const json_t *item;
    size_t i;
    bool covered = false;
    int rc = log_read(v->s, h->pruned, h->e->name, &text, &why);
    if (!rc)
        rc = json_parse(v->s, buf_str(&text), &document, &why);
    json_array_foreach(json_object_get(document, "versions"), i, item)
    {
        covered = covered || covers(item, h);
    }
    json_decref(document);
    buf_free(&text);
    if (!rc && !covered)
        return bad(h, FAULT_CHANGED, "pruned", "it is marked as pruned by entry %lld, which is not",
            (long long)h->pruned);
    if (!rc)
        v->out->pruned++;
    return fault_of(v, &h->who, "version, pruned", rc, &why);
}

static int check_contents(struct held *h)
{
    if (h->pruned >= 0)
        return check_pruned(h);
    if (!h->access)
        return bad(h, FAULT_REMOVED, "access", "its texts are gone, and nobody has pruned them");
    int rc = check_parts(h);
    if (!rc)
        rc = check_access(h);
    return rc ? rc : check_accounts(h);
}

static int hold_row(struct held *h, sqlite3_stmt *row)
{
    int64_t device = sqlite3_column_int64(row, 0);
    h->number = sql_u32(row, 1);
    h->who.version = h->number;
    h->created_us = sqlite3_column_int64(row, 2);
    h->seen_us = sqlite3_column_int64(row, 3);
    h->access = sqlite3_column_int64(row, 4);
    h->doubt = sqlite3_column_int(row, 5);
    h->pruned = sqlite3_column_type(row, 6) == SQLITE_NULL ? -1 : sqlite3_column_int64(row, 6);
    int rc = check_row(h, device);
    return rc ? rc : check_contents(h);
}

int verify_version(struct verify *v, const struct entry_row *entry, const json_t *document)
{
    struct held h = {.v = v,
        .e = entry,
        .document = document,
        .who = {.device = entry->name,
            .version = (uint32_t)number_of(document, "number"),
            .time_us = entry->time_us}};
    struct error why = ERROR_INIT;
    sqlite3_stmt *row;
    v->out->versions++;
    int rc = sql_start(v->s, "verify_version", VALUES(V(entry->seq)), &row, &why);
    if (!rc && (rc = sql_step(v->s, row, &why)) >= 0)
        rc = rc ? hold_row(&h, row)
                : bad(&h, FAULT_REMOVED, "seq", "version %u has no row any more", h.who.version);
    sql_end(v->s, row);
    return fault_of(v, &h.who, "table version", rc, rc ? &why : v->err);
}

/* ---- other kinds ---- */

static int check_prune_count(struct verify *v, const struct entry_row *e, const json_t *item)
{
    struct error why = ERROR_INIT;
    int64_t count = 0;
    const struct culprit who = {.device = text_of(item, "device"), .time_us = e->time_us};
    int rc = sql_number(v->s, "verify_pruned_count",
        VALUES(V(text_of(item, "device")), V(number_of(item, "from")), V(number_of(item, "to")),
            V(e->seq)),
        &count, &why);
    if (!rc && count != number_of(item, "count"))
        return fault(v, FAULT_CHANGED, &who, "version, pruned",
            "%lld versions are marked as pruned by entry %lld, which pruned %lld", (long long)count,
            (long long)e->seq, (long long)number_of(item, "count"));
    return fault_of(v, &who, "table version", rc, &why);
}

static int verify_prune(struct verify *v, const struct entry_row *e, const json_t *document)
{
    const json_t *item;
    size_t i;
    int rc = RC_OK;
    json_array_foreach(json_object_get(document, "versions"), i, item)
    {
        const json_t *user = json_object_get(document, "user");
        const struct store_pruned pruned = {.policy = text_of(document, "policy"),
            .user = json_is_object(user) ? text_of(user, "name") : json_string_value(user),
            .time_us = e->time_us,
            .device = text_of(item, "device"),
            .from = (uint32_t)number_of(item, "from"),
            .to = (uint32_t)number_of(item, "to"),
            .count = (uint32_t)number_of(item, "count")};
        if (v->request->pruned)
            v->request->pruned(v->request->ctx, &pruned);
        if (!rc)
            rc = check_prune_count(v, e, item);
    }
    return rc;
}

/* The column of an event's row that does not follow from its document, or NULL. */
static const char *differing_column(
    struct store *s, sqlite3_stmt *row, const struct entry_row *e, const json_t *document)
{
    const struct {
        const char *name, *from; /* column, member of the document (NULL: of the entry) */
        int64_t expected;
    } columns[] = {{"device", NULL, e->device},
        {"version", "version", number_of(document, "version")},
        {"uid", "id", event_uid(s, text_of(document, "id"))},
        {"event", "event", event_kind(s, text_of(document, "event"))},
        {"subject", "subject", event_subject(s, text_of(document, "subject"))}};
    for (int i = 0; i < (int)(sizeof columns / sizeof *columns); i++)
        if ((!columns[i].from || json_object_get(document, columns[i].from)) &&
            sqlite3_column_type(row, i) != SQLITE_NULL &&
            sqlite3_column_int64(row, i) != columns[i].expected)
            return columns[i].name;
    /* the document may have whole seconds, and a clock that was set back moves the row's time */
    int64_t said_us = time_of(document, "seen_at"), seen_us = sqlite3_column_int64(row, 5);
    bool far = seen_us < said_us - 1000000 || seen_us > said_us + 1000000;
    return said_us && far && !sqlite3_column_int(row, 6) ? "seen_us" : NULL;
}

static int verify_event(struct verify *v, const struct entry_row *e, const json_t *document)
{
    struct error why = ERROR_INIT;
    const struct culprit who = {.device = e->name,
        .version = (uint32_t)number_of(document, "version"),
        .time_us = e->time_us};
    char where[64];
    sqlite3_stmt *row;
    v->out->events++;
    snprintf(where, sizeof where, "event %lld", (long long)e->seq);
    int rc = sql_start(v->s, "verify_event", VALUES(V(e->seq)), &row, &why);
    if (!rc && (rc = sql_step(v->s, row, &why)) >= 0) {
        const char *column = rc ? differing_column(v->s, row, e, document) : NULL;
        if (rc == 0)
            fault(v, FAULT_REMOVED, &who, where, "the event \"%s\" has no row any more",
                text_of(document, "event"));
        else if (column)
            fault(v, FAULT_CHANGED, &who, where, "column %s is not what the log says", column);
        rc = RC_OK;
    }
    sql_end(v->s, row);
    return fault_of(v, &who, where, rc, &why);
}

int verify_entry(struct verify *v, const struct entry_row *entry, struct str document)
{
    static int (*const checks[ENTRY_KINDS])(struct verify *, const struct entry_row *,
        const json_t *) = {[ENTRY_VERSION] = verify_version,
        [ENTRY_EVENT] = verify_event,
        [ENTRY_PRUNE] = verify_prune};
    struct error why = ERROR_INIT;
    json_t *json = NULL;
    if (!checks[entry->kind])
        return RC_OK;
    int rc = json_parse(v->s, document, &json, &why);
    if (!rc)
        rc = checks[entry->kind](v, entry, json);
    else
        rc = fault_of(v, NULL, "table entry", rc, &why);
    json_decref(json);
    return rc;
}
