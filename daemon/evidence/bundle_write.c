/* Making a bundle. */
#include "evidence/bundle_file.h"

#include <sodium.h>
#include <stdlib.h>

const char *bundle_time(int64_t time_us, char out[TIME_TEXT_SIZE])
{
    char text[TIME_TEXT_SIZE];
    time_format(time_us, text);
    snprintf(out, TIME_TEXT_SIZE, strchr(text, '.') ? "%.27s" : "%.19s.000000Z", text);
    return out;
}

bool bundle_parse_time(const char *text, int64_t *time_us)
{
    char with[TIME_TEXT_SIZE], without[TIME_TEXT_SIZE];
    if (text[0] < '0' || text[0] > '9' || time_parse(text, 0, time_us, NULL) || *time_us < 0)
        return false;
    return strcmp(text, bundle_time(*time_us, with)) == 0 ||
           strcmp(text, time_format(*time_us, without)) == 0;
}

int bundle_statement(
    const char *log_name, struct str signed_bytes, const char *made, struct buf *out)
{
    struct merkle_hash hash;
    char hex[MERKLE_HEX_SIZE];
    crypto_hash_sha256(hash.bytes, (const unsigned char *)signed_bytes.at, signed_bytes.len);
    return buf_format(
        out, "%s evidence\nsha256 %s\ntime %s\n", log_name, merkle_hex(&hash, hex), made);
}

/* ---- the document ---- */

static json_t *hex_of(const unsigned char *bytes, size_t size)
{
    char hex[2 * MERKLE_BYTES + 1];
    return json_string(sodium_bin2hex(hex, sizeof hex, bytes, size));
}

static json_t *proof_of(const struct proof *proof)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < proof->count; i++)
        if (json_array_append_new(list, hex_of(proof->hashes[i].bytes, MERKLE_BYTES))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *entries_of(const struct bundle *b)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < b->entry_count; i++) {
        const struct bundle_entry *e = &b->entries[i];
        json_t *entry = json_pack("{s:I,s:s%,s:o}", "seq", (json_int_t)e->seq, "leaf", e->leaf.at,
            e->leaf.len, "proof", proof_of(&e->proof));
        if (json_array_append_new(list, entry)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Text of a line, or, where JSON cannot hold it, its bytes. */
static json_t *line_text(struct str line, const unsigned char salt[LINES_SALT_BYTES])
{
    if (utf8_valid(line.at, line.len) && !memchr(line.at, '\0', line.len))
        return json_pack(
            "{s:o,s:s%}", "salt", hex_of(salt, LINES_SALT_BYTES), "text", line.at, line.len);
    size_t size = sodium_base64_encoded_len(line.len, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(size);
    if (!text)
        return NULL;
    sodium_bin2base64(
        text, size, (const unsigned char *)line.at, line.len, sodium_base64_VARIANT_ORIGINAL);
    json_t *json = json_pack("{s:o,s:s}", "salt", hex_of(salt, LINES_SALT_BYTES), "base64", text);
    free(text);
    return json;
}

static json_t *hidden_line(
    struct str line, struct str shown, const unsigned char salt[LINES_SALT_BYTES])
{
    struct merkle_hash leaf;
    struct buf safe = {.cap = 0};
    lines_leaf(salt, line, &leaf);
    if (shown.len && shown.at[shown.len - 1] == '\n')
        shown.len--;
    json_t *json = buf_add_escaped(&safe, shown)
                       ? NULL
                       : json_pack("{s:o,s:s}", "leaf", hex_of(leaf.bytes, MERKLE_BYTES), "shown",
                             buf_text(&safe));
    buf_free(&safe);
    return json;
}

static int add_line(json_t *list, struct str line, const struct str *shown,
    const unsigned char salt[LINES_SALT_BYTES], uint32_t number)
{
    unsigned char own[LINES_SALT_BYTES];
    lines_salt(salt, number, own);
    bool hide = shown && !str_equal(line, *shown);
    return json_array_append_new(
        list, hide ? hidden_line(line, *shown, own) : line_text(line, own));
}

/* A redaction that lost count of its lines would show the wrong ones: then all are hidden. */
static bool fits(const struct bundle_text *t)
{
    struct str a = t->text, b = *t->shown, line;
    for (;;) {
        bool more = lines_next(&a, &line);
        if (lines_next(&b, &line) != more)
            return false;
        if (!more)
            return true;
    }
}

static json_t *lines_of(const struct bundle_text *t)
{
    static const struct str unknown = {"(hidden)", 8};
    json_t *list = json_array();
    bool fit = t->shown && fits(t);
    struct str rest = t->text, others = t->shown ? *t->shown : t->text, line, shown = unknown;
    for (uint32_t i = 0; list && lines_next(&rest, &line); i++) {
        if (fit)
            lines_next(&others, &shown);
        if (add_line(list, line, t->shown ? &shown : NULL, t->salt, i)) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *parts_of(const struct bundle *b)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < b->part_count; i++)
        if (json_array_append_new(list, json_pack("{s:s,s:o}", "name", b->parts[i].name, "lines",
                                            lines_of(&b->parts[i])))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *accounts_of(const struct bundle *b)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < b->account_count; i++)
        if (add_line(
                list, b->accounts[i], NULL, b->access.salt, LINES_ACCOUNTS_FIRST + (uint32_t)i)) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static bool reveals_all(const struct bundle *b)
{
    for (size_t i = 0; i < b->part_count; i++)
        if (b->parts[i].shown)
            return false;
    return true;
}

static json_t *asked_of(const struct bundle *b)
{
    char at[TIME_TEXT_SIZE];
    json_t *asked = json_object();
    if (b->at_us && json_object_set_new(asked, "at", json_string(bundle_time(b->at_us, at))))
        return json_decref(asked), NULL;
    if (b->event && json_object_set_new(asked, "event", json_string(b->event)))
        return json_decref(asked), NULL;
    return asked;
}

static json_t *document_of(const struct bundle *b, const char *log, const char *key)
{
    char made[TIME_TEXT_SIZE], seen[TIME_TEXT_SIZE];
    json_t *document = json_pack("{s:i,s:s,s:{s:s,s:s},s:s,s:I,s:o,s:b,s:s,s:s,s:s,s:s%,s:o,s:o,"
                                 "s:o,s:o}",
        "rollcall", 1, "kind", "evidence", "made", "time", bundle_time(b->made_us, made), "program",
        BUNDLE_PROGRAM, "device", b->device, "version", (json_int_t)b->version, "asked",
        asked_of(b), "full", reveals_all(b), "seen", bundle_time(b->seen_us, seen), "log", log,
        "key", key, "head", b->head.at, b->head.len, "entries", entries_of(b), "parts", parts_of(b),
        "access", lines_of(&b->access), "accounts", accounts_of(b));
    return document;
}

/* ---- the file ---- */

/* No "<" in it, so that nothing in a config ends the element it stands in. */
static int put_json(const char *text, struct buf *out)
{
    int rc = RC_OK;
    for (const char *end; !rc && (end = strchr(text, '<')); text = end + 1) {
        rc = buf_append(out, text, (size_t)(end - text));
        if (!rc)
            rc = buf_add(out, "\\u003c");
    }
    return rc ? rc : buf_add(out, text);
}

static int put_document(json_t *document, struct buf *out)
{
    char *text = json_dumps(document, JSON_INDENT(1) | JSON_ENSURE_ASCII);
    int rc = text ? bundle_page(document, out) : RC_NO_MEMORY;
    if (!rc)
        rc = buf_add(out, BUNDLE_JSON);
    if (!rc)
        rc = put_json(text, out);
    if (!rc)
        rc = buf_add(out, "\n" BUNDLE_CLOSE);
    if (text)
        sodium_memzero(text, strlen(text));
    free(text);
    return rc;
}

static int put_statement(
    const struct bundle *b, const char *log, struct str file, struct buf *out, struct error *err)
{
    char made[TIME_TEXT_SIZE];
    struct buf text = {.cap = 0}, note = {.cap = NOTE_MOST_BYTES};
    int rc = bundle_statement(log, file, bundle_time(b->made_us, made), &text);
    if (rc)
        error_set(err, rc, "out of memory for a statement");
    if (!rc)
        rc = b->sign(b->ctx, buf_str(&text), &note, err);
    if (!rc && (buf_add(out, BUNDLE_STATEMENT) || buf_add_str(out, buf_str(&note)) ||
                   buf_add(out, BUNDLE_CLOSE BUNDLE_END)))
        rc = error_set(err, RC_LIMIT, "the evidence is too large for one file");
    buf_free(&text);
    buf_free(&note);
    return rc;
}

int bundle_write(const struct bundle *b, struct buf *out, struct error *err)
{
    char log[LOG_NAME_SIZE];
    struct buf key = {.cap = 0};
    size_t start = out->len;
    snprintf(log, sizeof log, "rollcall/%s", b->key->log);
    int rc = key_text(b->key, &key);
    json_t *document = rc ? NULL : document_of(b, log, buf_text(&key));
    rc = document ? put_document(document, out) : RC_NO_MEMORY;
    if (rc)
        error_set(err, rc, "out of memory, or too large for one file");
    if (!rc)
        rc = put_statement(b, log, (struct str){out->data + start, out->len - start}, out, err);
    json_decref(document);
    buf_free(&key);
    return rc;
}
