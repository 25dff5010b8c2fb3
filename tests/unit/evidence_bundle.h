/* A log with two versions of a router in it, and bundles about the first of them. */
#ifndef ROLLCALL_EVIDENCE_BUNDLE_FIXTURE_H
#define ROLLCALL_EVIDENCE_BUNDLE_FIXTURE_H

#include <sodium.h>
#include <stdio.h>

#include "evidence/bundle.h"
#include "tests/unit/evidence_tree.h"

#define FIXTURE_LOG "00112233445566778899aabbccddeeff"
#define FIXTURE_CREATED_US 1772323200000000 /* 2026-03-01T00:00:00Z */
#define FIXTURE_HOUR_US 3600000000
#define FIXTURE_EVENT "0123456789abcdef0123456789abcdef"

#define FIXTURE_TEXT(text)                                                                         \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const unsigned char fixture_seed[SIGN_SEED_BYTES] = "the seed of a log only for test";
static const unsigned char fixture_salts[3][LINES_SALT_BYTES] = {
    "running's salt.", "boot's salt....", "access's salt.."};

static const struct str fixture_running =
    FIXTURE_TEXT("hostname edge-1\n!\nusername bob privilege 15 secret 9 $9$s3cret\n"
                 "</script><b>&\"\n\xff\ntacacs-server key t0psecret\nend");
static const struct str fixture_shown =
    FIXTURE_TEXT("hostname edge-1\n!\nusername bob privilege 15 secret 9 <secret:abcdef>\n"
                 "</script><b>&\"\n\xff\ntacacs-server key <secret:123456>\nend");
static const struct str fixture_access = FIXTURE_TEXT(
    "{\"rollcall-access:access\":{\"account\":[{\"realm\":\"local\",\"name\":\"bob\"}]}}");
static const struct str fixture_accounts[2] = {
    FIXTURE_TEXT("{\"realm\":\"local\",\"name\":\"bob\",\"kind\":\"local\",\"privilege\":15,"
                 "\"admin\":true,\"enabled\":true,\"keys\":0}"),
    FIXTURE_TEXT("{\"realm\":\"local\",\"name\":\"oper\",\"kind\":\"local\",\"roles\":\"view\","
                 "\"admin\":false,\"enabled\":false,\"keys\":2}")};

struct fixture {
    struct test_log log;
    struct buf leaves[TREE_MOST];
    struct log_key key;
    struct buf head;
    struct bundle_entry entries[6];
    struct bundle_text parts[2];
    struct bundle bundle;
};

static int fixture_sign(void *ctx, struct str text, struct buf *note, struct error *err)
{
    struct fixture *f = ctx;
    (void)err;
    return note_sign(f->key.log, fixture_seed, text, note);
}

/* Appends an entry of the log; returns its number. */
static uint64_t fixture_add(
    struct fixture *f, const char *kind, const char *device, const char *document)
{
    uint64_t seq = f->log.tree.size;
    struct buf *leaf = &f->leaves[seq];
    char named[80] = "";
    if (device)
        snprintf(named, sizeof named, "\"device\":\"%s\",", device);
    buf_format(leaf,
        "{\"kind\":\"%s\",\"time\":\"2026-03-01T00:00:%02d.000000Z\",%s\"document\":%s}", kind,
        (int)seq, named, document);
    log_add(&f->log, buf_str(leaf));
    return seq;
}

static void fixture_root(const unsigned char *salt, struct str text, char hex[MERKLE_HEX_SIZE])
{
    struct merkle_hash root;
    lines_root(salt, text, &root);
    merkle_hex(&root, hex);
}

static void fixture_accounts_root(char hex[MERKLE_HEX_SIZE])
{
    struct lines l;
    struct merkle_hash root;
    lines_start(&l, fixture_salts[2], LINES_ACCOUNTS_FIRST);
    for (size_t i = 0; i < 2; i++)
        lines_add(&l, fixture_accounts[i]);
    lines_end(&l, &root);
    merkle_hex(&root, hex);
}

static uint64_t fixture_version(struct fixture *f, const char *more)
{
    char running[MERKLE_HEX_SIZE], boot[MERKLE_HEX_SIZE], access[MERKLE_HEX_SIZE];
    char accounts[MERKLE_HEX_SIZE], document[2048];
    fixture_root(fixture_salts[0], fixture_running, running);
    fixture_root(fixture_salts[1], (struct str){"", 0}, boot);
    fixture_root(fixture_salts[2], fixture_access, access);
    fixture_accounts_root(accounts);
    snprintf(document, sizeof document,
        "{\"number\":2,\"created\":\"2026-03-01T00:00:00.000000Z\",\"previous\":1,\"platform\":"
        "\"ios\",\"author\":\"eve\",\"parts\":[{\"name\":\"running\",\"bytes\":%zu,\"lines\":7,"
        "\"root\":\"%s\"},{\"name\":\"boot\",\"bytes\":0,\"lines\":0,\"root\":\"%s\"}],\"access\":{"
        "\"bytes\":%zu,\"lines\":1,\"root\":\"%s\"},\"accounts\":{\"count\":2,\"root\":\"%s\"},"
        "\"event_count\":1,\"worst_severity\":95%s}",
        fixture_running.len, running, boot, fixture_access.len, access, accounts, more);
    return fixture_add(f, "version", "edge-1", document);
}

static void fixture_take(struct fixture *f, uint64_t seq)
{
    struct bundle_entry *e = &f->entries[f->bundle.entry_count++];
    struct merkle_nodes nodes = log_nodes(&f->log);
    e->seq = seq;
    e->leaf = buf_str(&f->leaves[seq]);
    merkle_prove_inclusion(&nodes, seq, f->log.tree.size, &e->proof);
}

static void fixture_head(struct fixture *f)
{
    struct head head = {
        .size = f->log.tree.size, .time_us = FIXTURE_CREATED_US + 30 * FIXTURE_HOUR_US};
    memcpy(head.log, f->key.log, sizeof head.log);
    merkle_tree_root(&f->log.tree, &head.root);
    head_sign(&head, fixture_seed, &f->head);
}

/* `more` goes to the end of the version's document. */
static inline void fixture_make(struct fixture *f, const char *more)
{
    *f = (struct fixture){0};
    memcpy(f->key.log, FIXTURE_LOG, sizeof FIXTURE_LOG);
    sign_public(fixture_seed, f->key.public_key);
    fixture_add(f, "start", NULL, "{\"log\":\"" FIXTURE_LOG "\",\"version\":\"0.1.0\"}");
    fixture_add(f, "version", "edge-9", "{\"number\":1}");
    uint64_t version = fixture_version(f, more);
    uint64_t event = fixture_add(f, "event", "edge-1",
        "{\"id\":\"" FIXTURE_EVENT "\",\"event\":\"account-created\",\"version\":2,\"says\":"
        "\"account <bob> was created\"}");
    fixture_add(f, "action", NULL, "{\"action\":\"reveal\"}");
    uint64_t ack = fixture_add(
        f, "acknowledgement", "edge-1", "{\"event\":\"" FIXTURE_EVENT "\",\"user\":\"alice\"}");
    uint64_t approval = fixture_add(f, "approval", "edge-1", "{\"change\":\"CHG-1\"}");
    uint64_t next = fixture_add(f, "version", "edge-1",
        "{\"number\":3,\"created\":\"2026-03-02T00:00:00.000000Z\",\"previous\":2,"
        "\"previous_seen\":\"2026-03-01T05:00:00.000000Z\"}");
    fixture_add(f, "action", NULL, "{\"action\":\"evidence\"}");
    const uint64_t taken[] = {version, event, ack, approval, next};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        fixture_take(f, taken[i]);
    fixture_head(f);
    f->parts[0] =
        (struct bundle_text){.name = "running", .text = fixture_running, .shown = &fixture_shown};
    f->parts[1] = (struct bundle_text){.name = "boot", .text = {"", 0}};
    f->bundle.access = (struct bundle_text){.text = fixture_access};
    memcpy(f->parts[0].salt, fixture_salts[0], LINES_SALT_BYTES);
    memcpy(f->parts[1].salt, fixture_salts[1], LINES_SALT_BYTES);
    memcpy(f->bundle.access.salt, fixture_salts[2], LINES_SALT_BYTES);
    f->bundle.key = &f->key;
    f->bundle.head = buf_str(&f->head);
    f->bundle.device = "edge-1";
    f->bundle.version = 2;
    f->bundle.made_us = FIXTURE_CREATED_US + 31 * FIXTURE_HOUR_US;
    f->bundle.seen_us = FIXTURE_CREATED_US + 5 * FIXTURE_HOUR_US;
    f->bundle.at_us = FIXTURE_CREATED_US + FIXTURE_HOUR_US;
    f->bundle.entries = f->entries;
    f->bundle.parts = f->parts;
    f->bundle.part_count = 2;
    f->bundle.accounts = fixture_accounts;
    f->bundle.account_count = 2;
    f->bundle.sign = fixture_sign;
    f->bundle.ctx = f;
}

static inline void fixture_free(struct fixture *f)
{
    for (size_t i = 0; i < TREE_MOST; i++)
        buf_free(&f->leaves[i]);
    buf_free(&f->head);
}

/* What is in the statement of a file that somebody else wrote, but with the same key. */
static inline void fixture_sign_again(struct buf *file)
{
    static const char begin[] = "<script type=\"text/plain\" id=\"rollcall-statement\">\n";
    unsigned char hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1], text[256], made[64] = "";
    char *at = memmem(file->data, file->len, begin, sizeof begin - 1);
    char *time = memmem(file->data, file->len, "\"time\": \"", 9);
    if (!at || !time)
        return;
    sscanf(time + 9, "%40[^\"]", made);
    file->len = (size_t)(at - file->data);
    crypto_hash_sha256(hash, (unsigned char *)file->data, file->len);
    snprintf(text, sizeof text, "rollcall/" FIXTURE_LOG " evidence\nsha256 %s\ntime %s\n",
        sodium_bin2hex(hex, sizeof hex, hash, sizeof hash), made);
    buf_add(file, begin);
    note_sign(FIXTURE_LOG, fixture_seed, str_of(text), file);
    buf_add(file, "</script>\n</body>\n</html>\n");
}

#endif
