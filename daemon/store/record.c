/* A version's entry in the log. */
#include "store/record.h"

#include <stdlib.h>

#include "evidence/lines.h"
#include "store/blob.h"
#include "store/json.h"
#include "store/log.h"

/* What the steps hand on. */
struct putting {
    struct store *s;
    const struct record *r;
    int64_t before;         /* seq of the version before; -1: there is none */
    int64_t before_seen_us; /* when that was last seen */
    int64_t before_access;  /* blob */
    json_t *before_document;
    int64_t access; /* blob */
    int64_t *blobs; /* of the parts */
    json_t *parts, *access_json, *accounts;
};

/* ---- the version before ---- */

static int find_before(struct putting *p, struct error *err)
{
    sqlite3_stmt *row;
    p->before = -1;
    int rc = sql_start(
        p->s, "version_before", VALUES(V(p->r->device), V((int64_t)p->r->number - 1)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(p->s, row, err);
    if (rc > 0) {
        p->before = sqlite3_column_int64(row, 0);
        p->before_seen_us = sqlite3_column_int64(row, 1);
        p->before_access = sqlite3_column_int64(row, 2);
    }
    sql_end(p->s, row);
    if (rc <= 0)
        return rc;
    rc = record_read(p->s, p->before, p->r->device_name, &p->before_document, err);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* The blob of the part of this name in the version before; 0: none. */
static int base_of(struct putting *p, const char *name, int64_t *base, struct error *err)
{
    const char *known;
    *base = 0;
    for (size_t i = 0; (known = record_part(p->before_document, i)); i++) {
        if (strcmp(known, name) != 0)
            continue;
        int rc = sql_number(p->s, "part_blob", VALUES(V(p->before), V(i)), base, err);
        return rc == RC_NOT_FOUND ? RC_OK : rc;
    }
    return RC_OK;
}

/* ---- texts ---- */

/* {name?, bytes, lines, root}; NULL: no memory. */
static json_t *describe(
    const char *name, size_t bytes, size_t lines, const struct merkle_hash *root)
{
    char hex[MERKLE_HEX_SIZE];
    json_t *json = json_object();
    int bad = name ? json_object_set_new(json, "name", json_text(name)) : 0;
    bad |= json_object_set_new(json, "bytes", json_integer((json_int_t)bytes));
    bad |= json_object_set_new(json, "lines", json_integer((json_int_t)lines));
    bad |= json_object_set_new(json, "root", json_string(merkle_hex(root, hex)));
    if (!bad)
        return json;
    json_decref(json);
    return NULL;
}

static int put_text(struct putting *p, const char *part, int64_t base, struct str text,
    int64_t *blob, unsigned char salt[STORE_SALT_BYTES], struct error *err)
{
    const struct blob_owner owner = {.device = p->r->device,
        .device_name = p->r->device_name,
        .number = p->r->number,
        .part = part,
        .base = base};
    return blob_put(p->s, &owner, text, blob, salt, err);
}

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "out of memory for an entry of the log");
}

static int put_part(struct putting *p, size_t i, struct error *err)
{
    const struct store_part *part = &p->r->parts[i];
    unsigned char salt[STORE_SALT_BYTES];
    struct merkle_hash root;
    int64_t base;
    int rc = base_of(p, part->name, &base, err);
    if (!rc)
        rc = put_text(p, part->name, base, part->text, &p->blobs[i], salt, err);
    if (rc)
        return rc;
    size_t lines = lines_root(salt, part->text, &root);
    json_t *json = describe(part->name, part->text.len, lines, &root);
    return json_array_append_new(p->parts, json) ? no_memory(err) : RC_OK;
}

static int put_parts(struct putting *p, struct error *err)
{
    int rc = RC_OK;
    p->parts = json_array();
    p->blobs = calloc(p->r->part_count + 1, sizeof *p->blobs);
    if (!p->parts || !p->blobs)
        return no_memory(err);
    for (size_t i = 0; !rc && i < p->r->part_count; i++)
        rc = put_part(p, i, err);
    return rc;
}

/* ---- accounts ---- */

int store_account_line(const struct store_account *a, struct buf *out)
{
    json_t *json = json_object();
    int bad = json_object_set_new(json, "realm", json_text(a->realm));
    bad |= json_object_set_new(json, "name", json_text(a->name));
    bad |= json_object_set_new(json, "kind", json_text(a->kind ? a->kind : ""));
    if (a->has_privilege)
        bad |= json_object_set_new(json, "privilege", json_integer(a->privilege));
    if (a->roles && *a->roles)
        bad |= json_object_set_new(json, "roles", json_text(a->roles));
    bad |= json_object_set_new(json, "admin", json_boolean(a->admin));
    bad |= json_object_set_new(json, "enabled", json_boolean(a->enabled));
    if (a->secret_scheme)
        bad |= json_object_set_new(json, "secret", json_text(a->secret_scheme));
    bad |= json_object_set_new(json, "keys", json_integer(a->key_count));
    if (bad) {
        json_decref(json);
        return RC_NO_MEMORY;
    }
    return json_write(json, out, NULL);
}

/* {count, root}. */
static int describe_accounts(
    struct putting *p, const unsigned char salt[STORE_SALT_BYTES], struct error *err)
{
    struct buf line = {.cap = 0};
    struct merkle_hash root;
    struct lines tree;
    char hex[MERKLE_HEX_SIZE];
    int rc = RC_OK;
    lines_start(&tree, salt, LINES_ACCOUNTS_FIRST);
    for (size_t i = 0; !rc && i < p->r->account_count; i++) {
        buf_clear(&line);
        rc = store_account_line(p->r->accounts[i], &line);
        lines_add(&tree, buf_str(&line));
    }
    lines_end(&tree, &root);
    buf_free(&line);
    if (!rc)
        p->accounts = json_pack(
            "{s:I,s:s}", "count", (json_int_t)p->r->account_count, "root", merkle_hex(&root, hex));
    return p->accounts ? RC_OK : no_memory(err);
}

static int put_access(struct putting *p, struct error *err)
{
    struct str text = str_of(p->r->access_json);
    unsigned char salt[STORE_SALT_BYTES];
    struct merkle_hash root;
    int rc = put_text(p, "access", p->before_access, text, &p->access, salt, err);
    if (rc)
        return rc;
    size_t lines = lines_root(salt, text, &root);
    p->access_json = describe(NULL, text.len, lines, &root);
    return describe_accounts(p, salt, err);
}

/* ---- the entry ---- */

static json_t *take(json_t **json)
{
    json_t *taken = *json;
    *json = NULL;
    return taken;
}

static int set_origin(json_t *d, const struct putting *p)
{
    const struct record *r = p->r;
    int bad = json_object_set_new(d, "number", json_integer(r->number));
    bad |= json_object_set_new(d, "created", json_time(r->created_us));
    bad |= json_object_set_new(d, "previous", json_integer((json_int_t)r->number - 1));
    if (p->before >= 0)
        bad |= json_object_set_new(d, "previous_seen", json_time(p->before_seen_us));
    bad |= json_object_set_new(d, "platform", json_text(r->platform));
    bad |= json_object_set_new(d, "digest", json_text(r->digest));
    if (r->author)
        bad |= json_object_set_new(d, "author", json_text(r->author));
    if (r->changed_us)
        bad |= json_object_set_new(d, "changed", json_time(r->changed_us));
    return bad;
}

static int set_what(json_t *d, struct putting *p)
{
    const struct record *r = p->r;
    int bad = json_object_set_new(d, "parts", take(&p->parts));
    bad |= json_object_set_new(d, "access", take(&p->access_json));
    bad |= json_object_set_new(d, "accounts", take(&p->accounts));
    bad |= json_object_set_new(d, "event_count", json_integer(r->event_count));
    bad |= json_object_set_new(d, "worst_severity", json_integer(r->worst_severity));
    if (r->doubtful)
        bad |= json_object_set_new(d, "doubtful", json_true());
    if (r->imported_json)
        bad |= json_object_set_new(d, "imported", json_loads(r->imported_json, 0, NULL));
    return bad;
}

static int put_entry(struct putting *p, uint64_t *seq, struct error *err)
{
    struct buf text = {.cap = 0};
    json_t *document = json_object();
    int bad = set_origin(document, p);
    bad |= set_what(document, p);
    if (bad) {
        json_decref(document);
        return no_memory(err);
    }
    int rc = json_write(document, &text, err);
    const struct log_item item = {.kind = ENTRY_VERSION,
        .device = p->r->device,
        .name = p->r->device_name,
        .document = buf_str(&text)};
    if (!rc)
        rc = log_append(p->s, &item, seq, err);
    buf_free(&text);
    return rc;
}

static int put_rows(struct putting *p, uint64_t seq, struct error *err)
{
    const struct record *r = p->r;
    int rc = sql_run(p->s, "put_version",
        VALUES(V((int64_t)seq), V(r->device), V(r->number), V(r->created_us), V(r->seen_us),
            V(p->access), V(r->doubtful)),
        err);
    for (size_t i = 0; !rc && i < r->part_count; i++)
        rc = sql_run(p->s, "put_part", VALUES(V((int64_t)seq), V(i), V(p->blobs[i])), err);
    return rc;
}

int record_put(struct store *s, const struct record *record, uint64_t *seq, struct error *err)
{
    struct putting p = {.s = s, .r = record};
    int rc = find_before(&p, err);
    if (!rc)
        rc = put_parts(&p, err);
    if (!rc)
        rc = put_access(&p, err);
    if (!rc)
        rc = put_entry(&p, seq, err);
    if (!rc)
        rc = put_rows(&p, *seq, err);
    json_decref(p.before_document);
    json_decref(p.parts);
    json_decref(p.access_json);
    json_decref(p.accounts);
    free(p.blobs);
    return rc;
}

/* ---- and back ---- */

int record_read(
    struct store *s, int64_t seq, const char *device, json_t **document, struct error *err)
{
    struct buf text = {.cap = 0};
    *document = NULL;
    int rc = log_read(s, seq, device, &text, err);
    if (!rc)
        rc = json_parse(s, buf_str(&text), document, err);
    buf_free(&text);
    return rc;
}

static char *view_of(const json_t *document, const char *key)
{
    return (char *)(uintptr_t)json_string_value(json_object_get(document, key));
}

void record_view(const json_t *document, struct store_version *out)
{
    const json_t *parts = json_object_get(document, "parts");
    out->platform = view_of(document, "platform");
    out->digest = view_of(document, "digest");
    out->author = view_of(document, "author");
    out->event_count = (uint32_t)json_integer_value(json_object_get(document, "event_count"));
    out->worst_severity = (int)json_integer_value(json_object_get(document, "worst_severity"));
    out->bytes = 0;
    for (size_t i = 0; i < json_array_size(parts); i++)
        out->bytes +=
            (size_t)json_integer_value(json_object_get(json_array_get(parts, i), "bytes"));
}

const char *record_part(const json_t *document, size_t position)
{
    return json_string_value(
        json_object_get(json_array_get(json_object_get(document, "parts"), position), "name"));
}
