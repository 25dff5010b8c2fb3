/* Texts, stored once and compressed. */
#include <sodium.h>
#include <stdlib.h>

#include "store/sql.h"

#define LEVEL 3

enum codec { CODEC_PLAIN = 0, CODEC_ZSTD = 1 };

void blob_content(struct str text, unsigned char out[CONTENT_BYTES])
{
    crypto_generichash(out, CONTENT_BYTES, (const unsigned char *)text.at, text.len, NULL, 0);
}

/* `out` has room for ZSTD_compressBound(). Gives 0 when it would not get smaller. */
static int compress(
    struct store *s, struct str text, char *out, size_t room, size_t *len, struct error *err)
{
    if (!s->compressor && !(s->compressor = ZSTD_createCCtx()))
        return error_set(err, RC_NO_MEMORY, "out of memory");
    size_t got = ZSTD_compressCCtx(s->compressor, out, room, text.at, text.len, LEVEL);
    if (ZSTD_isError(got))
        return error_set(err, RC_STORE, "zstd: %s", ZSTD_getErrorName(got));
    *len = got < text.len ? got : 0;
    return RC_OK;
}

static int put_new(
    struct store *s, struct str content, struct str text, int64_t *id, struct error *err)
{
    size_t room = ZSTD_compressBound(text.len), len = 0;
    char *packed = malloc(room);
    if (!packed)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    int rc = compress(s, text, packed, room, &len, err);
    if (!rc) {
        struct str data = len ? (struct str){packed, len} : text;
        rc = sql_run(s, "put_blob",
            VALUES(V(content), V(text.len), V(len ? CODEC_ZSTD : CODEC_PLAIN), V(data)), err);
    }
    if (!rc)
        *id = sqlite3_last_insert_rowid(s->db);
    sodium_memzero(packed, room);
    free(packed);
    return rc;
}

int blob_put(struct store *s, struct str text, int64_t *id, struct error *err)
{
    if (text.len > SQL_MOST_BYTES)
        return error_set(err, RC_LIMIT, "a config of %zu bytes is too large for the store (%zu)",
            text.len, SQL_MOST_BYTES);
    unsigned char hash[CONTENT_BYTES];
    blob_content(text, hash);
    struct str content = {(const char *)hash, sizeof hash};
    int rc = sql_number(s, "find_blob", VALUES(V(content)), id, err);
    return rc == RC_NOT_FOUND ? put_new(s, content, text, id, err) : rc;
}

static int damaged(struct store *s, const char *name, struct error *err)
{
    return error_set(err, RC_INTEGRITY,
        "%s: what is stored as %s is not what was written; restore the file from a backup", s->path,
        name);
}

/* The frame must say the length the row says, and give it: neither is believed alone. */
static int decompress(struct store *s, struct str data, size_t length, struct buf *text)
{
    if (!s->decompressor && !(s->decompressor = ZSTD_createDCtx()))
        return RC_NO_MEMORY;
    if (ZSTD_getFrameContentSize(data.at, data.len) != length ||
        ZSTD_findFrameCompressedSize(data.at, data.len) != data.len)
        return RC_INTEGRITY;
    int rc = buf_reserve(text, length);
    if (rc)
        return rc;
    size_t got =
        ZSTD_decompressDCtx(s->decompressor, text->data + text->len, length, data.at, data.len);
    if (got != length)
        return RC_INTEGRITY;
    text->len += got;
    text->data[text->len] = '\0';
    return RC_OK;
}

int blob_get(struct store *s, sqlite3_stmt *row, struct buf *text, struct error *err)
{
    const char *name = sql_word(row, 0);
    struct str content = sql_bytes(row, 1), data = sql_bytes(row, 5);
    int64_t length = sqlite3_column_int64(row, 2);
    int codec = sqlite3_column_int(row, 3);
    bool encrypted = sqlite3_column_type(row, 4) != SQLITE_NULL;
    if (encrypted || (codec != CODEC_PLAIN && codec != CODEC_ZSTD))
        return error_set(err, RC_STORE,
            "%s: %s is stored in a way that this rollcall does not know; update it", s->path, name);
    if (length < 0 || (size_t)length > SQL_MOST_BYTES || content.len != CONTENT_BYTES)
        return damaged(s, name, err);
    size_t start = text->len;
    int rc;
    if (codec == CODEC_ZSTD)
        rc = decompress(s, data, (size_t)length, text);
    else
        rc = data.len == (size_t)length ? buf_add_str(text, data) : RC_INTEGRITY;
    unsigned char hash[CONTENT_BYTES];
    if (!rc) {
        blob_content((struct str){text->data + start, text->len - start}, hash);
        if (memcmp(hash, content.at, sizeof hash) != 0)
            rc = RC_INTEGRITY;
    }
    if (rc == RC_INTEGRITY)
        return damaged(s, name, err);
    return rc ? error_set(err, rc, "%s is too large to read", name) : RC_OK;
}
