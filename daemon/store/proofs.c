/* The log as others see it: entries, heads, proofs. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/entry.h"
#include "store/keyring.h"
#include "store/log.h"
#include "store/nodes.h"

/* ---- nodes ---- */

static int no_node(const struct nodes *nodes, uint64_t entry)
{
    return error_set(nodes->err, RC_INTEGRITY,
        "%s: entry %llu of the log is missing or has lost its hashes; restore the file from a "
        "backup",
        nodes->s->path, (unsigned long long)entry);
}

int nodes_read(void *ctx, unsigned level, uint64_t index, struct merkle_hash *out)
{
    const struct nodes *nodes = ctx;
    uint64_t entry = merkle_last_leaf(level, index);
    sqlite3_stmt *row;
    int rc = sql_start(nodes->s, "entry_hashes", VALUES(V((int64_t)entry)), &row, nodes->err);
    if (rc)
        return rc;
    rc = sql_step(nodes->s, row, nodes->err);
    struct str hashes = rc > 0 ? sql_bytes(row, 0) : (struct str){"", 0};
    if (rc >= 0 && hashes.len < (level + 1) * sizeof *out)
        rc = no_node(nodes, entry);
    if (rc > 0) {
        memcpy(out, hashes.at + level * sizeof *out, sizeof *out);
        rc = RC_OK;
    }
    sql_end(nodes->s, row);
    return rc;
}

int store_log_size(struct store *s, uint64_t *size, struct error *err)
{
    int64_t number = 0;
    int rc = sql_number(s, "log_size", NO_VALUES, &number, err);
    *size = (uint64_t)number;
    return rc;
}

/* ---- entries ---- */

static int show_entry(struct store *s, sqlite3_stmt *row, struct store_log_entry *out,
    struct buf *text, struct error *err)
{
    struct buf document = {.cap = ENTRY_MOST_BYTES};
    struct str hashes = sql_bytes(row, 5);
    size_t at = 0;
    *out = (struct store_log_entry){.seq = (uint64_t)sqlite3_column_int64(row, 0),
        .kind = (enum entry_kind)sqlite3_column_int(row, 1),
        .device = sql_text(row, 2),
        .time_us = sqlite3_column_int64(row, 3)};
    if (!entry_kind_name(out->kind) || hashes.len < sizeof out->hash)
        return no_node(&(struct nodes){s, err}, out->seq);
    memcpy(out->hash.bytes, hashes.at, sizeof out->hash);
    buf_clear(text);
    int rc = log_document(s, (int64_t)out->seq, out->device, sql_bytes(row, 4), &document, err);
    out->pruned = rc == RC_NOT_FOUND;
    if (!rc) {
        rc = entry_leaf(out->kind, out->time_us, out->device, buf_str(&document), text, &at);
        out->leaf = buf_str(text);
        out->document = (struct str){out->leaf.at + at, document.len};
        if (rc)
            error_set(err, rc, "entry %llu of the log is too large to read",
                (unsigned long long)out->seq);
    }
    buf_wipe(&document);
    return out->pruned ? RC_OK : rc;
}

static const char *device_in(struct buf *text, const char *device, size_t *at)
{
    *at = text->len;
    return device && !buf_append(text, device, strlen(device) + 1) ? text->data + *at : NULL;
}

int store_log_entry(
    struct store *s, uint64_t seq, struct store_log_entry *out, struct buf *text, struct error *err)
{
    sqlite3_stmt *row;
    size_t at;
    *out = (struct store_log_entry){.seq = seq};
    int rc = sql_start(s, "entries", VALUES(V((int64_t)seq), V((int64_t)(seq + 1))), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0) {
        rc = show_entry(s, row, out, text, err);
        /* The row goes; its device's name moves behind the leaf, which may move it as well. */
        size_t document_at = (size_t)(out->document.at ? out->document.at - out->leaf.at : 0);
        const char *device = device_in(text, out->device, &at);
        if (!rc && out->device && !device)
            rc = error_set(err, RC_NO_MEMORY, "out of memory");
        out->device = device;
        out->leaf.at = text->data;
        out->document.at = out->leaf.at + document_at;
    } else if (!rc) {
        rc = error_set(err, RC_NOT_FOUND, "the log has no entry %llu", (unsigned long long)seq);
    }
    sql_end(s, row);
    return rc;
}

int store_log_walk(struct store *s, uint64_t from, uint64_t to,
    int (*each)(void *ctx, const struct store_log_entry *entry), void *ctx, struct error *err)
{
    struct buf text = {.cap = 2 * ENTRY_MOST_BYTES};
    struct store_log_entry entry;
    sqlite3_stmt *rows;
    int rc = sql_start(s, "entries", VALUES(V((int64_t)from), V((int64_t)to)), &rows, err);
    if (rc)
        return rc;
    while ((rc = sql_step(s, rows, err)) > 0) {
        rc = show_entry(s, rows, &entry, &text, err);
        if (rc || each(ctx, &entry))
            break;
    }
    sql_end(s, rows);
    buf_wipe(&text);
    return rc;
}

/* ---- heads and proofs ---- */

int store_head(struct store *s, uint64_t size, struct buf *note, struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(s, "head", VALUES(V((int64_t)size)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0)
        rc =
            buf_add(note, sql_word(row, 0)) ? error_set(err, RC_NO_MEMORY, "out of memory") : RC_OK;
    else if (!rc)
        rc = error_set(err, RC_NOT_FOUND, "no head of the log at size %llu was kept",
            (unsigned long long)size);
    sql_end(s, row);
    return rc;
}

/* Proofs read several rows: of one moment of the file, and not more than there are. */
static int check_size(struct store *s, uint64_t size, struct error *err)
{
    uint64_t there = 0;
    int rc = store_log_size(s, &there, err);
    if (!rc && size > there)
        rc = error_set(err, RC_NOT_FOUND, "the log has %llu entries, not %llu",
            (unsigned long long)there, (unsigned long long)size);
    return rc;
}

static int not_so_many(int rc, uint64_t asked, uint64_t size, struct error *err)
{
    return rc == RC_NOT_FOUND ? error_set(err, rc, "%llu is not within the %llu entries of the log",
                                    (unsigned long long)asked, (unsigned long long)size)
                              : rc;
}

int store_log_root(struct store *s, uint64_t size, struct merkle_hash *root, struct error *err)
{
    int rc = check_size(s, size, err);
    return rc ? rc : merkle_root(NODES(s, err), size, root);
}

int store_prove_inclusion(
    struct store *s, uint64_t seq, uint64_t size, struct proof *out, struct error *err)
{
    int rc = check_size(s, size, err);
    return rc ? rc
              : not_so_many(merkle_prove_inclusion(NODES(s, err), seq, size, out), seq, size, err);
}

int store_prove_consistency(
    struct store *s, uint64_t old, uint64_t size, struct proof *out, struct error *err)
{
    int rc = check_size(s, size, err);
    return rc ? rc
              : not_so_many(
                    merkle_prove_consistency(NODES(s, err), old, size, out), old, size, err);
}

/* ---- the log's key ---- */

int store_log_key(struct store *s, struct log_key *out, struct error *err)
{
    unsigned char seed[SIGN_SEED_BYTES];
    const char *id;
    int rc = log_id(s, &id, err);
    if (!rc)
        rc = keyring_sign_seed(s, seed, err);
    if (rc)
        return rc;
    memcpy(out->log, id, sizeof out->log);
    sign_public(seed, out->public_key);
    sodium_memzero(seed, sizeof seed);
    return RC_OK;
}

/* Nothing that could be taken for a head is signed. */
int store_sign(struct store *s, struct str text, struct buf *note, struct error *err)
{
    unsigned char seed[SIGN_SEED_BYTES];
    char first[LOG_NAME_SIZE + 16];
    const char *id;
    int rc = log_id(s, &id, err);
    if (rc)
        return rc;
    snprintf(first, sizeof first, "rollcall/%s evidence\n", id);
    if (!str_starts(text, first))
        return error_set(err, RC_INVALID, "a note of evidence must begin with its log's name");
    rc = keyring_sign_seed(s, seed, err);
    if (rc)
        return rc;
    if (note_sign(id, seed, text, note))
        rc = error_set(err, RC_INVALID, "a note of evidence cannot be signed");
    sodium_memzero(seed, sizeof seed);
    return rc;
}
