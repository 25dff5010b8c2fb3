/* An entry of the log: its leaf, and how its document is kept. */
#include "store/entry.h"

#include <sodium.h>
#include <stdlib.h>

/* ---- the leaf ---- */

const char *entry_kind_name(enum entry_kind kind)
{
    static const char *const names[ENTRY_KINDS] = {[ENTRY_START] = "start",
        [ENTRY_VERSION] = "version",
        [ENTRY_EVENT] = "event",
        [ENTRY_ACKNOWLEDGEMENT] = "acknowledgement",
        [ENTRY_APPROVAL] = "approval",
        [ENTRY_ACTION] = "action",
        [ENTRY_PRUNE] = "prune",
        [ENTRY_CLOCK] = "clock"};
    return (unsigned)kind < ENTRY_KINDS ? names[kind] : NULL;
}

const char *entry_time(int64_t time_us, char out[TIME_TEXT_SIZE])
{
    time_format(time_us, out);
    if (!strchr(out, '.'))
        strcpy(strchr(out, 'Z'), ".000000Z");
    return out;
}

static int add_quoted(struct buf *out, const char *text)
{
    int rc = buf_add_char(out, '"');
    for (; !rc && *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ')
            rc = buf_format(out, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            rc = buf_format(out, "\\%c", c);
        else
            rc = buf_add_char(out, (char)c);
    }
    return rc ? rc : buf_add_char(out, '"');
}

int entry_leaf(enum entry_kind kind, int64_t time_us, const char *device, struct str document,
    struct buf *leaf, size_t *document_at)
{
    char time[TIME_TEXT_SIZE];
    int rc = buf_format(leaf, "{\"kind\":\"%s\",\"time\":\"%s\",", entry_kind_name(kind),
        entry_time(time_us, time));
    if (!rc && device)
        rc = buf_add(leaf, "\"device\":");
    if (!rc && device)
        rc = add_quoted(leaf, device);
    if (!rc && device)
        rc = buf_add_char(leaf, ',');
    if (!rc)
        rc = buf_add(leaf, "\"document\":");
    *document_at = leaf->len;
    if (!rc)
        rc = buf_add_str(leaf, document);
    return rc ? rc : buf_add_char(leaf, '}');
}

/* ---- the document, small ----
 *
 * A body is one byte that says how it is packed, and then:
 * 0  the document as it is;
 * 1  a zstd frame without its magic number, of the document with `dictionary` in front of it and
 *    each quoted hash in hexadecimal replaced by one control character; then these hashes' bytes in
 *    order. Hashes do not compress, and as text they would cost more and spoil the rest. */

enum packing { PACKED_PLAIN = 0, PACKED_ZSTD = 1 };

/* What documents are made of, the most frequent last. Bodies in files depend on every byte of it: a
 * better one is another number. */
static const char dictionary[] =
    "{\"log\":\"\",\"version\":\"0.1.0\",\"migrated_from\":1}{\"before\":\"2026-01-01T00:00:00."
    "000000Z\",\"after\":\"2026-01-01T00:00:00.000000Z\"}{\"policy\":\"\",\"user\":{\"name\":\"root"
    "\",\"uid\":0,\"login\":\"\",\"from\":\"192.0.2.1\"},\"versions\":[{\"device\":\"\",\"from\":1,"
    "\"to\":2,\"count\":1}],\"runs\":0}{\"event\":\"\",\"user\":{\"name\":\"\",\"uid\":1000},"
    "\"note\":\"\"}{\"action\":\"reveal\",\"user\":{\"name\":\"\",\"uid\":1000,\"login\":\"\"},"
    "\"arguments\":{\"device\":\"\",\"version\":}}evidence export backup restore key-rotated hold "
    "release import prune ,\"imported\":{\"from\":\"oxidized\",\"path\":\"\",\"commit\":\"\"}"
    "snmp-community-added aaa-method-none role-changed enable-secret-changed logging-removed "
    "source-acl-removed privilege-lowered privilege-raised account-disabled account-enabled "
    "ssh-key-removed ssh-key-added secret-changed account-changed account-deleted "
    "device-unreachable T1098.004 T1136.001 T1556.004 T1562.008 T1078.003 "
    "local template remote-mapping ssh telnet netconf console http vty sha512 scrypt md5 "
    "reversible "
    "weak strong none true false null nx-os junos fortios routeros vrp comware eos ios-xr ios "
    "username  privilege 15 secret 9 $9$<redacted> service password-encryption "
    "\",\"doubtful\":true,\"changed\":\"2026-01-01T00:00:00Z\",\"author\":\"admin startup "
    "{\"rollcall\":1,\"kind\":\"event\",\"id\":\"\2\",\"event\":\"account-created\",\"severity\":"
    "85,"
    "\"says\":\"account  was created with privilege 15\",\"device\":\"router\",\"path\":\""
    "/rollcall-access:access/account[realm='local'][name='']/privilege\",\"subject\":\"\","
    "\"before\":null,\"after\":\"\",\"version\":2,\"previous\":1,\"seen_at\":\"2026-01-01T00:00:00"
    "Z\",\"actor\":{\"user\":null,\"address\":null,\"source\":null},\"verdict\":\"unreviewed\","
    "\"change\":null,\"attack\":[\"T1136.001\"],\"controls\":[],\"evidence\":[{\"line\":1,\"text\":"
    "\"\"}]}{\"rollcall\":1,\"kind\":\"event\",\"id\":\"\2\",\"event\":\"config-changed\","
    "\"severity\":20,\"says\":\"the config "
    "changed\",\"path\":\"\",\"subject\":\"\",\"before\":null,"
    "\"after\":null,\"attack\":[],\"evidence\":[]}"
    "{\"number\":2,\"created\":\"2026-01-01T00:00:00.000000Z\",\"previous\":1,\"previous_seen\":"
    "\"2026-01-01T00:00:00.000000Z\",\"platform\":\"ios\",\"digest\":\"\1\",\"parts\":[{\"name\":"
    "\"running\",\"bytes\":26000,\"lines\":900,\"root\":\"\1\"}],\"access\":{\"bytes\":2000,"
    "\"lines\":1,\"root\":\"\1\"},\"accounts\":{\"count\":6,\"root\":\"\1\"},\"event_count\":1,"
    "\"worst_severity\":20}";

#define LEVEL 12

struct entry_codec {
    ZSTD_CCtx *compressor;
    ZSTD_DCtx *decompressor;
    ZSTD_CDict *to;
    ZSTD_DDict *from;
};

static const unsigned char magic[4] = {0x28, 0xb5, 0x2f, 0xfd}; /* RFC 8878, section 3.1.1 */

void entry_codec_free(struct store *s)
{
    struct entry_codec *codec = s->codec;
    if (!codec)
        return;
    ZSTD_freeCCtx(codec->compressor);
    ZSTD_freeDCtx(codec->decompressor);
    ZSTD_freeCDict(codec->to);
    ZSTD_freeDDict(codec->from);
    free(codec);
    s->codec = NULL;
}

/* At its first use; NULL when there is no memory. */
static struct entry_codec *codec_of(struct store *s)
{
    if (s->codec)
        return s->codec;
    struct entry_codec *codec = s->codec = calloc(1, sizeof *codec);
    if (!codec)
        return NULL;
    codec->compressor = ZSTD_createCCtx();
    codec->decompressor = ZSTD_createDCtx();
    codec->to = ZSTD_createCDict(dictionary, sizeof dictionary - 1, LEVEL);
    codec->from = ZSTD_createDDict(dictionary, sizeof dictionary - 1);
    if (!codec->compressor || !codec->decompressor || !codec->to || !codec->from)
        entry_codec_free(s);
    return s->codec;
}

/* The control characters that stand for quoted hashes, and how many bytes these have. */
static const struct {
    char mark;
    size_t bytes;
} hashes[] = {{'\1', 32}, {'\2', 16}};
#define HASHES (sizeof hashes / sizeof *hashes)

/* How many bytes of hash are written in hexadecimal from `at` up to a quote; 0: none. */
static size_t find_hash(struct str rest, char *mark)
{
    size_t len = 0;
    while (len < rest.len && ((rest.at[len] >= '0' && rest.at[len] <= '9') ||
                                 (rest.at[len] >= 'a' && rest.at[len] <= 'f')))
        len++;
    for (size_t i = 0; i < HASHES; i++)
        if (len == 2 * hashes[i].bytes && len < rest.len && rest.at[len] == '"') {
            *mark = hashes[i].mark;
            return hashes[i].bytes;
        }
    return 0;
}

static bool has_marks(struct str text)
{
    for (size_t i = 0; i < HASHES; i++)
        if (memchr(text.at, hashes[i].mark, text.len))
            return true;
    return false;
}

/* Split a document into its text with marks and the hashes. */
static int take_hashes_out(struct str document, struct buf *text, struct buf *bytes)
{
    int rc = buf_reserve(text, document.len);
    if (!rc)
        rc = buf_reserve(bytes, document.len / 2 + 1);
    for (size_t i = 0; !rc && i < document.len; i++) {
        char mark;
        struct str rest = {document.at + i + 1, document.len - i - 1};
        text->data[text->len++] = document.at[i];
        size_t len = document.at[i] == '"' ? find_hash(rest, &mark) : 0;
        if (!len)
            continue;
        sodium_hex2bin(
            (unsigned char *)bytes->data + bytes->len, len, rest.at, 2 * len, NULL, NULL, NULL);
        bytes->len += len;
        text->data[text->len++] = mark;
        i += 2 * len;
    }
    return rc;
}

static int compress(struct entry_codec *codec, struct str text, struct buf *body)
{
    size_t room = ZSTD_compressBound(text.len);
    int rc = buf_reserve(body, room + 1);
    if (rc)
        return rc;
    char *out = body->data + body->len;
    size_t len =
        ZSTD_compress_usingCDict(codec->compressor, out, room, text.at, text.len, codec->to);
    if (ZSTD_isError(len))
        return RC_NO_MEMORY;
    memmove(out, out + sizeof magic, len - sizeof magic);
    body->len += len - sizeof magic;
    return RC_OK;
}

static int pack_small(struct entry_codec *codec, struct str document, struct buf *body)
{
    struct buf text = {.cap = 0}, bytes = {.cap = 0};
    int rc = buf_add_char(body, PACKED_ZSTD);
    if (!rc)
        rc = take_hashes_out(document, &text, &bytes);
    if (!rc)
        rc = compress(codec, buf_str(&text), body);
    if (!rc)
        rc = buf_add_str(body, buf_str(&bytes));
    buf_wipe(&text);
    buf_free(&bytes);
    return rc;
}

int entry_pack(struct store *s, struct str document, struct buf *body, struct error *err)
{
    if (document.len > ENTRY_MOST_BYTES)
        return error_set(err, RC_LIMIT, "a document of %zu bytes is too large for the log (%zu)",
            document.len, ENTRY_MOST_BYTES);
    struct entry_codec *codec = codec_of(s);
    int rc = codec ? RC_OK : RC_NO_MEMORY;
    if (!rc && has_marks(document)) {
        rc = buf_add_char(body, PACKED_PLAIN);
        if (!rc)
            rc = buf_add_str(body, document);
    } else if (!rc) {
        rc = pack_small(codec, document, body);
    }
    return rc ? error_set(err, rc, "out of memory for an entry of the log") : RC_OK;
}

/* ---- and back ---- */

static size_t hash_of_mark(char mark)
{
    for (size_t i = 0; i < HASHES; i++)
        if (mark == hashes[i].mark)
            return hashes[i].bytes;
    return 0;
}

static int put_hashes_in(struct str text, struct str bytes, struct buf *document)
{
    int rc = buf_reserve(document, text.len + 2 * bytes.len + 1);
    for (size_t i = 0; !rc && i < text.len; i++) {
        size_t len = hash_of_mark(text.at[i]);
        if (!len) {
            document->data[document->len++] = text.at[i];
            continue;
        }
        if (len > bytes.len)
            return RC_INTEGRITY;
        sodium_bin2hex(
            document->data + document->len, 2 * len + 1, (const unsigned char *)bytes.at, len);
        document->len += 2 * len;
        bytes.at += len;
        bytes.len -= len;
    }
    return rc || !bytes.len ? rc : RC_INTEGRITY;
}

/* `frame` begins with the magic number; what is behind it are the hashes. */
static int unpack_frame(struct entry_codec *codec, struct str frame, struct buf *document)
{
    struct buf text = {.cap = ENTRY_MOST_BYTES};
    unsigned long long len = ZSTD_getFrameContentSize(frame.at, frame.len);
    size_t size = ZSTD_findFrameCompressedSize(frame.at, frame.len);
    if (ZSTD_isError(size) || len > ENTRY_MOST_BYTES)
        return RC_INTEGRITY;
    int rc = buf_reserve(&text, (size_t)len + 1);
    if (!rc && ZSTD_decompress_usingDDict(
                   codec->decompressor, text.data, (size_t)len, frame.at, size, codec->from) != len)
        rc = RC_INTEGRITY;
    if (!rc)
        rc = put_hashes_in((struct str){text.data, (size_t)len},
            (struct str){frame.at + size, frame.len - size}, document);
    buf_wipe(&text);
    return rc;
}

int entry_unpack(struct store *s, struct str body, struct buf *document)
{
    struct entry_codec *codec = codec_of(s);
    struct buf frame = {.cap = 0};
    if (!codec)
        return RC_NO_MEMORY;
    if (!body.len || (body.at[0] != PACKED_PLAIN && body.at[0] != PACKED_ZSTD))
        return RC_INTEGRITY;
    struct str rest = {body.at + 1, body.len - 1};
    if (body.at[0] == PACKED_PLAIN)
        return buf_add_str(document, rest);
    int rc = buf_append(&frame, magic, sizeof magic);
    if (!rc)
        rc = buf_add_str(&frame, rest);
    if (!rc)
        rc = unpack_frame(codec, buf_str(&frame), document);
    if (document->data)
        document->data[document->len] = '\0';
    buf_free(&frame);
    return rc;
}
