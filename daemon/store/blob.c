/* Texts, stored once a device and part, each compressed against the one before. */
#include "store/blob.h"

#include <stdio.h>

#include "store/seal.h"
#include "store/sql.h"

/* Against a prefix nearly all is one long match, at any level. */
#define LEVEL_WHOLE 9
#define LEVEL_PREFIX 3
/* What two texts together need: (1 + 1) * BLOB_MOST_CHAIN_BYTES. */
#define MOST_WINDOW_LOG 23
#define LEAST_WINDOW_LOG 10
/* Above it zstd's hash tables forget the prefix's beginning: look for long matches first. */
#define MANY_BYTES ((size_t)128 << 10)
/* A chain's texts, by its bounds: BLOB_MOST_CHAIN_BYTES * (1 + 1/2 + ... + 1/127), and a root. */
#define MOST_TEXTS_BYTES (8 * BLOB_MOST_CHAIN_BYTES)
/* Larger ones are not kept to build on. */
#define MOST_KEPT_BYTES ((size_t)1 << 20)

/* Every zstd frame begins with these (RFC 8878, section 3.1.1): not stored. */
static const struct str magic = {"\x28\xb5\x2f\xfd", 4};

enum codec { CODEC_PLAIN = 0, CODEC_ZSTD = 1, CODEC_PREFIX = 2 };

/* One row, its data opened with the magic number in front. */
struct frame {
    int64_t id, device, base, content;
    uint32_t number, depth;
    size_t length;
    int codec;
    struct buf data;
};

/* From a blob along its bases, to one whose text is at hand or that has none. */
struct chain {
    struct frame at[BLOB_MOST_DEPTH + 1];
    size_t count;
    struct buf device;         /* name */
    const char *part;          /* what it is read as, for messages; or NULL */
    bool afresh;               /* the first one is read from the file, whatever is at hand */
    const struct buf *at_hand; /* the text of the last one, or NULL */
};

static void chain_free(struct chain *c)
{
    for (size_t i = 0; i < c->count; i++)
        buf_wipe(&c->at[i].data);
    buf_free(&c->device);
}

static int no_room(int rc, struct error *err)
{
    return error_set(err, (enum rc)rc,
        rc == RC_LIMIT ? "a text is too large to be read" : "out of memory in the store");
}

static int damaged(
    const struct store *s, const struct chain *c, const struct frame *f, struct error *err)
{
    return error_set(err, RC_INTEGRITY,
        "%s: %s of version %u of %s is not what was written (blob %lld); restore the file from a "
        "backup",
        s->path, c->part ? c->part : "a text", f->number, buf_text(&c->device), (long long)f->id);
}

/* ---- what names a text, and what it is bound to ---- */

static int64_t content_of(struct store *s, const char *part, struct str text)
{
    return BLIND(s, "blob", str_of(part), text);
}

struct place {
    char content[20];
    struct seal_place seal;
};

static void place_make(struct place *p, const char *device, uint32_t number, int64_t content)
{
    snprintf(p->content, sizeof p->content, "%016llx", (unsigned long long)content);
    p->seal =
        (struct seal_place){.what = "blob", .device = device, .number = number, .kind = p->content};
}

/* Made of the index key, which is never another one: a rotation changes no salt. */
static void make_salt(struct store *s, const char *device, uint32_t number, int64_t content,
    unsigned char salt[BLOB_SALT_BYTES])
{
    struct place p;
    char version[16];
    place_make(&p, device, number, content);
    snprintf(version, sizeof version, "%u", number);
    const int64_t halves[2] = {BLIND(s, "salt", str_of(device), str_of(version), str_of(p.content)),
        BLIND(s, "pepper", str_of(device), str_of(version), str_of(p.content))};
    memcpy(salt, halves, BLOB_SALT_BYTES);
}

/* ---- texts at hand: whoever reads a version may write the next one ---- */

static const struct buf *kept_find(const struct store *s, const struct frame *f)
{
    for (size_t i = 0; i < KEPT_TEXTS; i++)
        if (s->kept[i].id == f->id && s->kept[i].content == f->content)
            return &s->kept[i].text;
    return NULL;
}

/* Takes the text's memory. */
static void kept_put(struct store *s, int64_t id, int64_t content, struct buf *text)
{
    struct kept_text *kept = &s->kept[s->kept_next++ % KEPT_TEXTS];
    buf_wipe(&kept->text);
    *kept = (struct kept_text){.id = id, .content = content, .text = *text};
    *text = (struct buf){.cap = 0};
    if (kept->text.len > MOST_KEPT_BYTES)
        kept->id = 0;
}

void blob_forget(struct store *s)
{
    for (size_t i = 0; i < KEPT_TEXTS; i++) {
        buf_wipe(&s->kept[i].text);
        s->kept[i].id = 0;
    }
}

/* ---- reading ---- */

static int open_data(struct store *s, const struct chain *c, struct frame *f, struct str sealed)
{
    struct place p;
    place_make(&p, buf_text(&c->device), f->number, f->content);
    f->data.cap = SQL_MOST_BYTES;
    int rc = buf_reserve(&f->data, magic.len + sealed.len);
    if (!rc)
        rc = buf_add_str(&f->data, magic);
    return rc ? rc : unseal(s, &p.seal, sealed, &f->data, NULL);
}

/* An older blob of the same device, where the codec needs one: so no chain has a circle. */
static bool fits(const struct chain *c, const struct frame *f)
{
    return f->codec >= CODEC_PLAIN && f->codec <= CODEC_PREFIX && f->length <= SQL_MOST_BYTES &&
           (f->codec == CODEC_PREFIX) == (f->base != 0) && f->base >= 0 && f->base < f->id &&
           f->device == c->at[0].device;
}

static int read_row(struct store *s, sqlite3_stmt *row, struct chain *c, struct error *err)
{
    struct frame *f = &c->at[c->count++];
    int64_t length = sqlite3_column_int64(row, 5);
    *f = (struct frame){.id = sqlite3_column_int64(row, 0),
        .device = sqlite3_column_int64(row, 1),
        .number = sql_u32(row, 3),
        .content = sqlite3_column_int64(row, 4),
        .length = length < 0 ? SIZE_MAX : (size_t)length,
        .codec = sqlite3_column_int(row, 6),
        .base = sqlite3_column_int64(row, 7),
        .depth = sql_u32(row, 8)};
    buf_clear(&c->device);
    int rc = buf_add(&c->device, sql_word(row, 2));
    if (!rc && !fits(c, f))
        rc = RC_INTEGRITY;
    c->at_hand = c->afresh && c->count == 1 ? NULL : kept_find(s, f);
    if (!rc && !c->at_hand)
        rc = open_data(s, c, f, sql_bytes(row, 9));
    if (rc == RC_INTEGRITY)
        return damaged(s, c, f, err);
    return rc ? no_room(rc, err) : RC_OK;
}

static int read_frame(struct store *s, int64_t id, struct chain *c, struct error *err)
{
    sqlite3_stmt *row;
    int rc = sql_start(s, "blob", VALUES(V(id)), &row, err);
    if (rc)
        return rc;
    rc = sql_step(s, row, err);
    if (rc > 0)
        rc = read_row(s, row, c, err);
    else if (rc == 0)
        rc = error_set(err, RC_INTEGRITY,
            "%s: blob %lld%s%s is missing; restore the file from a backup", s->path, (long long)id,
            c->count ? ", which others need, of " : "", buf_text(&c->device));
    sql_end(s, row);
    return rc;
}

static int read_chain(struct store *s, int64_t id, struct chain *c, struct error *err)
{
    size_t bytes = 0;
    do {
        int rc = read_frame(s, id, c, err);
        if (rc)
            return rc;
        const struct frame *f = &c->at[c->count - 1];
        bytes += f->length;
        id = f->base;
        if (id && (c->count > BLOB_MOST_DEPTH || bytes > MOST_TEXTS_BYTES))
            return damaged(s, c, f, err);
    } while (id && !c->at_hand);
    return RC_OK;
}

/* The frame must say the length the row says, and give it: neither is believed alone. */
static int decompress(struct store *s, const struct frame *f, struct str prefix, struct buf *text)
{
    struct str data = buf_str(&f->data);
    if (!s->decompressor && !(s->decompressor = ZSTD_createDCtx()))
        return RC_NO_MEMORY;
    if (ZSTD_getFrameContentSize(data.at, data.len) != f->length ||
        ZSTD_findFrameCompressedSize(data.at, data.len) != data.len)
        return RC_INTEGRITY;
    int rc = buf_reserve(text, f->length);
    if (rc)
        return rc;
    ZSTD_DCtx_reset(s->decompressor, ZSTD_reset_session_only);
    ZSTD_DCtx_refPrefix(s->decompressor, prefix.at, prefix.len);
    size_t got =
        ZSTD_decompressDCtx(s->decompressor, text->data + text->len, f->length, data.at, data.len);
    if (got != f->length)
        return RC_INTEGRITY;
    text->len += got;
    text->data[text->len] = '\0';
    return RC_OK;
}

/* `text` is empty. */
static int decode(struct store *s, const struct frame *f, struct str prefix, struct buf *text)
{
    if (f->codec != CODEC_PLAIN)
        return decompress(s, f, prefix, text);
    struct str plain = {f->data.data + magic.len, f->data.len - magic.len};
    return plain.len == f->length ? buf_add_str(text, plain) : RC_INTEGRITY;
}

static int decode_chain(struct store *s, struct chain *c, struct buf *text, struct error *err)
{
    struct buf before = {.cap = SQL_MOST_BYTES};
    size_t i = c->count;
    int rc = RC_OK;
    if (c->at_hand) {
        rc = buf_add_str(text, buf_str(c->at_hand));
        i--;
    }
    while (!rc && i-- > 0) {
        struct buf swap = before;
        before = *text;
        *text = swap;
        buf_clear(text);
        rc = decode(s, &c->at[i], buf_str(&before), text);
        if (rc == RC_INTEGRITY)
            rc = damaged(s, c, &c->at[i], err);
        else if (rc)
            no_room(rc, err);
    }
    buf_wipe(&before);
    return rc;
}

/* A blob's text, with the chain's first frame for who wants to know more. `c` is empty but for how
 * it is read, and so is `text`. */
static int read_text(
    struct store *s, int64_t id, struct chain *c, struct buf *text, struct error *err)
{
    const char *part = c->part;
    text->cap = SQL_MOST_BYTES;
    int rc = read_chain(s, id, c, err);
    if (!rc)
        rc = decode_chain(s, c, text, err);
    if (!rc && part && content_of(s, part, buf_str(text)) != c->at[0].content)
        rc = damaged(s, c, &c->at[0], err);
    return rc;
}

int blob_get(struct store *s, int64_t id, const char *part, struct buf *text,
    unsigned char salt[BLOB_SALT_BYTES], struct error *err)
{
    struct chain c = {.part = part, .afresh = true};
    struct buf got = {.cap = 0};
    int rc = read_text(s, id, &c, &got, err);
    if (!rc && (rc = buf_add_str(text, buf_str(&got))))
        no_room(rc, err);
    if (!rc && salt)
        make_salt(s, buf_text(&c.device), c.at[0].number, c.at[0].content, salt);
    if (!rc)
        kept_put(s, id, c.at[0].content, &got);
    buf_wipe(&got);
    chain_free(&c);
    return rc;
}

int blob_same(
    struct store *s, int64_t id, const char *part, struct str text, bool *same, struct error *err)
{
    int64_t content = 0;
    int rc = sql_number(s, "blob_content", VALUES(V(id)), &content, err);
    if (rc == RC_NOT_FOUND)
        return error_set(err, RC_INTEGRITY,
            "%s: blob %lld is missing; restore the file from a backup", s->path, (long long)id);
    *same = !rc && content == content_of(s, part, text);
    return rc;
}

/* ---- writing ---- */

/* What a text is compressed against: nothing where the bounds are reached. */
struct base {
    int64_t id;
    uint32_t depth; /* of what is built on it */
    struct buf text;
};

static unsigned window_log(size_t bytes)
{
    unsigned log = LEAST_WINDOW_LOG;
    while (log < MOST_WINDOW_LOG && (size_t)1 << log < bytes)
        log++;
    return log;
}

/* Parameters that do not fit would show in the result alone: these always fit. */
static void set_up(ZSTD_CCtx *z, struct str text, const struct base *base)
{
    ZSTD_CCtx_reset(z, ZSTD_reset_session_and_parameters);
    ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, base->id ? LEVEL_PREFIX : LEVEL_WHOLE);
    if (!base->id)
        return;
    ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, (int)window_log(text.len + base->text.len));
    ZSTD_CCtx_setParameter(z, ZSTD_c_enableLongDistanceMatching, base->text.len > MANY_BYTES);
    ZSTD_CCtx_refPrefix(z, base->text.data, base->text.len);
}

/* `data` gets the frame, or the text itself where that is smaller. */
static int encode(struct store *s, struct str text, const struct base *base, int *codec,
    struct buf *data, struct error *err)
{
    size_t room = ZSTD_compressBound(text.len);
    data->cap = 2 * SQL_MOST_BYTES;
    if (!s->compressor && !(s->compressor = ZSTD_createCCtx()))
        return no_room(RC_NO_MEMORY, err);
    int rc = buf_reserve(data, room);
    if (rc)
        return no_room(rc, err);
    set_up(s->compressor, text, base);
    size_t got = ZSTD_compress2(s->compressor, data->data, room, text.at, text.len);
    if (ZSTD_isError(got))
        return error_set(err, RC_NO_MEMORY, "zstd: %s", ZSTD_getErrorName(got));
    *codec = got - magic.len >= text.len ? CODEC_PLAIN : base->id ? CODEC_PREFIX : CODEC_ZSTD;
    if (*codec != CODEC_PLAIN) {
        data->len = got - magic.len;
        memmove(data->data, data->data + magic.len, data->len);
    } else {
        buf_add_str(data, text); /* there is room */
    }
    return RC_OK;
}

static bool is_near(size_t length, const struct frame *base)
{
    size_t longest = length > base->length ? length : base->length;
    return base->depth < BLOB_MOST_DEPTH && longest * (base->depth + 1) <= BLOB_MOST_CHAIN_BYTES;
}

/* A base that is damaged, or another part's, is none: what comes later is written all the same, and
 * who reads it or verifies the store hears of it. */
static int base_find(struct store *s, int64_t id, const char *part, size_t length,
    struct base *base, struct error *err)
{
    struct chain c = {.part = part};
    int rc = id ? read_text(s, id, &c, &base->text, err) : RC_INTEGRITY;
    if (!rc && is_near(length, &c.at[0])) {
        base->id = id;
        base->depth = c.at[0].depth + 1;
    }
    chain_free(&c);
    return rc == RC_INTEGRITY ? RC_OK : rc;
}

/* Compress and seal. */
static int pack_text_of(struct store *s, const struct seal_place *place, struct str text,
    struct base *base, int *codec, struct buf *sealed, struct error *err)
{
    struct buf data = {.cap = 0};
    int rc = encode(s, text, base, codec, &data, err);
    if (!rc && *codec == CODEC_PLAIN)
        *base = (struct base){.text = base->text};
    if (!rc)
        rc = seal(s, KEY_CONFIG, place, buf_str(&data), sealed, err);
    buf_wipe(&data);
    return rc;
}

static int keep_copy(struct store *s, int64_t id, int64_t content, struct str text)
{
    struct buf copy = {.cap = SQL_MOST_BYTES};
    int rc = buf_add_str(&copy, text);
    kept_put(s, id, content, &copy);
    return rc;
}

static int put_new(struct store *s, const struct blob_owner *owner, int64_t content,
    struct str text, int64_t *id, struct error *err)
{
    struct base base = {.id = 0};
    struct buf sealed = {.cap = 2 * SQL_MOST_BYTES};
    struct place place;
    int codec = CODEC_PLAIN;
    place_make(&place, owner->device_name, owner->number, content);
    int rc = base_find(s, owner->base, owner->part, text.len, &base, err);
    if (!rc)
        rc = pack_text_of(s, &place.seal, text, &base, &codec, &sealed, err);
    if (!rc)
        rc = sql_run(s, "put_blob",
            VALUES(V(owner->device), V(owner->number), V(content), V(text.len), V(codec),
                base.id ? V(base.id) : value_null(), V(base.depth), V(buf_str(&sealed))),
            err);
    if (!rc)
        *id = sqlite3_last_insert_rowid(s->db);
    if (!rc && (rc = keep_copy(s, *id, content, text)))
        no_room(rc, err);
    buf_wipe(&base.text);
    buf_free(&sealed);
    return rc;
}

/* A blob with this very text. RC_NOT_FOUND. */
static int find_same(struct store *s, const struct blob_owner *owner, int64_t content,
    struct str text, int64_t *id, uint32_t *number, struct error *err)
{
    struct chain c = {.part = owner->part};
    struct buf stored = {.cap = 0};
    int rc = sql_number(s, "find_blob", VALUES(V(owner->device), V(content)), id, err);
    if (rc)
        return rc;
    rc = read_text(s, *id, &c, &stored, err);
    if (!rc && !str_equal(buf_str(&stored), text))
        rc = RC_NOT_FOUND;
    *number = c.at[0].number;
    if (!rc)
        kept_put(s, *id, content, &stored);
    buf_wipe(&stored);
    chain_free(&c);
    return rc == RC_INTEGRITY ? RC_NOT_FOUND : rc;
}

int blob_put(struct store *s, const struct blob_owner *owner, struct str text, int64_t *id,
    unsigned char salt[BLOB_SALT_BYTES], struct error *err)
{
    if (text.len > SQL_MOST_BYTES)
        return error_set(err, RC_LIMIT, "a config of %zu bytes is too large for the store (%zu)",
            text.len, SQL_MOST_BYTES);
    int64_t content = content_of(s, owner->part, text);
    uint32_t number = owner->number;
    int rc = find_same(s, owner, content, text, id, &number, err);
    if (rc == RC_NOT_FOUND) {
        number = owner->number;
        rc = put_new(s, owner, content, text, id, err);
    }
    if (!rc)
        make_salt(s, owner->device_name, number, content, salt);
    return rc;
}

/* ---- changing how one is written ---- */

int blob_rebase(struct store *s, int64_t id, int64_t base_id, struct error *err)
{
    struct chain c = {.afresh = true};
    struct buf text = {.cap = 0}, sealed = {.cap = 2 * SQL_MOST_BYTES};
    struct base base = {.id = 0};
    struct place place;
    int codec = CODEC_PLAIN;
    int rc = read_text(s, id, &c, &text, err);
    if (!rc)
        rc = base_find(s, base_id < id ? base_id : 0, NULL, text.len, &base, err);
    if (!rc) {
        place_make(&place, buf_text(&c.device), c.at[0].number, c.at[0].content);
        rc = pack_text_of(s, &place.seal, buf_str(&text), &base, &codec, &sealed, err);
    }
    if (!rc)
        rc = sql_run(s, "rewrite_blob",
            VALUES(V(id), V(codec), base.id ? V(base.id) : value_null(), V(base.depth),
                V(buf_str(&sealed))),
            err);
    buf_wipe(&text);
    buf_wipe(&base.text);
    buf_free(&sealed);
    chain_free(&c);
    return rc;
}
