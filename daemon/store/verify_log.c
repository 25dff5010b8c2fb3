/* Walking the log: every leaf and node computed anew, held against the signed heads. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/entry.h"
#include "store/keyring.h"
#include "store/log.h"
#include "store/seal.h"
#include "store/verify_private.h"

/* Entries that are not what was written there: where else they belong is asked at the end. */
#define MOST_STRAYS 64

struct stray {
    int64_t seq;
    struct merkle_hash kept, found; /* of the leaf */
    bool opened;                    /* `found` is known */
};

/* A head that the log must fit. */
struct claim {
    struct head head;
    const char *source; /* of one kept elsewhere; NULL: the store's own */
};

struct walk {
    struct verify *v;
    struct merkle_tree tree;
    bool known[MERKLE_LEVELS]; /* tree.whole[level] could be told */
    int64_t next;              /* number that the next entry must have */
    int64_t time_us;           /* of the last one */
    bool jumped;               /* that was a clock entry */
    struct claim *claims;      /* by size */
    size_t claim_count, claim_next;
    const struct claim *fits; /* the largest that the log was found to fit */
    uint64_t whole;           /* the largest size below that of the claim at hand that fits one */
    bool rewritten;           /* one did not fit: all that follow will not either */
    struct stray strays[MOST_STRAYS];
    size_t stray_count;
};

/* ---- heads ---- */

static int by_size(const void *a, const void *b)
{
    const struct claim *x = a, *y = b;
    return x->head.size < y->head.size ? -1 : x->head.size > y->head.size;
}

static int add_claim(struct walk *w, const struct head *head, const char *source)
{
    if (w->claim_count % 64 == 0) {
        struct claim *more = realloc(w->claims, (w->claim_count + 64) * sizeof *more);
        if (!more)
            return error_set(w->v->err, RC_NO_MEMORY, "out of memory");
        w->claims = more;
    }
    w->claims[w->claim_count++] = (struct claim){.head = *head, .source = source};
    return RC_OK;
}

/* A note against this store's keys: each that ever signed. RC_OK, or a fault was told. */
static bool open_note(
    struct walk *w, struct str note, const char *where, const char *what, struct head *head)
{
    struct verify *v = w->v;
    struct error why = ERROR_INIT;
    struct log_key key = v->out->key;
    int rc = RC_NOT_FOUND;
    for (int64_t id = 0; rc == RC_NOT_FOUND && verify_sign_key(v->s, &id, &key);)
        rc = head_open(note, &key, head, &why);
    if (rc == RC_OK)
        return true;
    fault(v, rc == RC_FORMAT ? FAULT_CHANGED : FAULT_UNSIGNED, NULL, where, "%s: %s", what,
        rc == RC_NOT_FOUND ? "it is not signed by this store's key" : why.text);
    return false;
}

static int read_own_head(struct walk *w, sqlite3_stmt *row)
{
    char where[64];
    struct head head;
    int64_t size = sqlite3_column_int64(row, 0);
    snprintf(where, sizeof where, "head %lld", (long long)size);
    w->v->out->heads++;
    if (!open_note(w, str_of(sql_word(row, 2)), where, "a head of the store", &head))
        return RC_OK;
    if ((int64_t)head.size != size || head.time_us != sqlite3_column_int64(row, 1))
        fault(w->v, FAULT_CHANGED, &(struct culprit){.time_us = head.time_us}, where,
            "its row says size %lld, and what is signed %llu", (long long)size,
            (unsigned long long)head.size);
    if (head.time_us > w->v->out->head_us)
        w->v->out->head_us = head.time_us;
    return add_claim(w, &head, NULL);
}

static int read_own_heads(struct walk *w)
{
    struct verify *v = w->v;
    struct error why = ERROR_INIT;
    sqlite3_stmt *rows;
    int rc = sql_start(v->s, "verify_heads", NO_VALUES, &rows, &why);
    while (!rc && (rc = sql_step(v->s, rows, &why)) > 0)
        if ((rc = read_own_head(w, rows)))
            return sql_end(v->s, rows), rc;
    sql_end(v->s, rows);
    return fault_of(v, NULL, "table head", rc, &why);
}

static int read_kept_heads(struct walk *w)
{
    const struct store_verify *r = w->v->request;
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < r->head_count; i++) {
        struct head head;
        w->v->out->kept_heads++;
        if (open_note(w, r->heads[i].note, r->heads[i].source, "the head kept there", &head))
            rc = add_claim(w, &head, r->heads[i].source);
    }
    return rc;
}

/* ---- a head against the log ---- */

static bool whole_edge(const struct walk *w)
{
    for (unsigned level = 0; level < MERKLE_LEVELS - 1; level++)
        if ((w->tree.size >> level & 1) && !w->known[level])
            return false;
    return true;
}

static void tell_rewritten(struct walk *w, const struct claim *c)
{
    char signed_at[TIME_TEXT_SIZE];
    uint64_t from = w->whole;
    fault(w->v, c->source ? FAULT_REWRITTEN : FAULT_CHANGED,
        &(struct culprit){.time_us = c->head.time_us}, c->source ? c->source : "table entry",
        "%sat %llu entries the head of %s has another root: the first entry that cannot be the "
        "same is one of %llu to %llu",
        c->source ? "rewritten: " : "", (unsigned long long)c->head.size,
        time_format(c->head.time_us, signed_at), (unsigned long long)from,
        (unsigned long long)c->head.size - 1);
}

/* All heads of the size that the log has now. */
static void check_claims(struct walk *w)
{
    struct merkle_hash root;
    w->whole = w->fits ? w->fits->head.size : 0;
    while (w->claim_next < w->claim_count && w->claims[w->claim_next].head.size == w->tree.size) {
        const struct claim *c = &w->claims[w->claim_next++];
        if (!whole_edge(w))
            continue; /* what is missing has been told */
        merkle_tree_root(&w->tree, &root);
        if (merkle_equal(&root, &c->head.root))
            w->fits = c;
        else if (!w->rewritten || c->source)
            tell_rewritten(w, c);
        w->rewritten = w->rewritten || w->fits != c;
    }
}

static void check_later_claims(struct walk *w)
{
    for (; w->claim_next < w->claim_count; w->claim_next++) {
        const struct claim *c = &w->claims[w->claim_next];
        char signed_at[TIME_TEXT_SIZE];
        fault(w->v, c->source ? FAULT_ROLLED_BACK : FAULT_TRUNCATED,
            &(struct culprit){.time_us = c->head.time_us}, c->source ? c->source : "table entry",
            "%s: the head of %s says %llu entries, this store has %llu",
            c->source ? "rolled back" : "truncated", time_format(c->head.time_us, signed_at),
            (unsigned long long)c->head.size, (unsigned long long)w->tree.size);
    }
}

/* The last entries must be under a head of the store's own. */
static void check_covered(struct walk *w)
{
    uint64_t covered = 0;
    for (size_t i = 0; i < w->claim_count; i++)
        if (!w->claims[i].source && w->claims[i].head.size > covered)
            covered = w->claims[i].head.size;
    if (covered < w->tree.size)
        fault(w->v, FAULT_UNSIGNED, NULL, "table head",
            "entries from %llu to %llu are under no signed head", (unsigned long long)covered,
            (unsigned long long)w->tree.size - 1);
}

/* ---- the tree ---- */

/* Entries up to `seq` are not there: of the right edge only what was complete before is known. */
static void skip_to(struct walk *w, uint64_t seq)
{
    for (unsigned level = 0; level < MERKLE_LEVELS - 1; level++) {
        uint64_t index = (seq >> level) - 1;
        if ((seq >> level & 1) && merkle_last_leaf(level, index) >= w->tree.size)
            w->known[level] = false;
    }
    w->tree.size = seq;
}

/* The nodes that were kept with the entry, against those that follow from what is below. What was
 * kept goes on to be used, so that one fault is told once. */
static bool append_nodes(struct walk *w, const struct merkle_hash *kept, size_t count)
{
    struct merkle_hash node = kept[0];
    bool good = true;
    for (unsigned level = 1; level < count; level++) {
        struct merkle_hash *left = &w->tree.whole[level - 1];
        if (w->known[level - 1]) {
            merkle_node(left, &node, &node);
            good = good && merkle_equal(&node, &kept[level]);
        }
        node = kept[level];
    }
    w->tree.whole[count - 1] = node;
    w->known[count - 1] = true;
    w->tree.size++;
    return good;
}

static size_t trailing_zeros(uint64_t number)
{
    size_t zeros = 0;
    while (!(number >> zeros & 1))
        zeros++;
    return zeros;
}

/* ---- an entry ---- */

static struct culprit culprit_of(const struct entry_row *e)
{
    return (struct culprit){.device = e->name, .time_us = e->time_us};
}

static void stray(struct walk *w, const struct stray *stray)
{
    if (w->stray_count < MOST_STRAYS)
        w->strays[w->stray_count++] = *stray;
}

/* The leaf from what was sealed. RC_NOT_FOUND: it was pruned. */
static int open_entry(struct walk *w, const struct entry_row *e, struct buf *document,
    struct merkle_hash *leaf, struct error *why)
{
    struct buf text = {.cap = 0};
    size_t at;
    int rc = log_document(w->v->s, e->seq, e->name, e->body, document, why);
    if (!rc)
        rc = entry_leaf(e->kind, e->time_us, e->name, buf_str(document), &text, &at);
    if (!rc)
        merkle_leaf(buf_str(&text), leaf);
    buf_wipe(&text);
    return rc;
}

static void check_order(struct walk *w, const struct entry_row *e)
{
    char where[48], before[TIME_TEXT_SIZE], now[TIME_TEXT_SIZE];
    const struct culprit who = culprit_of(e);
    snprintf(where, sizeof where, "entry %lld, time_us", (long long)e->seq);
    if (e->seq > 0 && e->kind != ENTRY_CLOCK && !w->jumped && e->time_us < w->time_us - LOG_BACK_US)
        fault(w->v, FAULT_REORDERED, &who, where,
            "it is of %s, and the one before of %s, without a jump of the clock between them",
            time_format(e->time_us, now), time_format(w->time_us, before));
    w->jumped = e->kind == ENTRY_CLOCK;
    w->time_us = e->time_us;
}

static int check_body(struct walk *w, const struct entry_row *e, const struct merkle_hash *kept)
{
    struct verify *v = w->v;
    struct buf document = {.cap = 0};
    struct error why = ERROR_INIT;
    struct stray here = {.seq = e->seq, .kept = *kept};
    const struct culprit who = culprit_of(e);
    const char *kind = entry_kind_name(e->kind);
    char where[48];
    snprintf(where, sizeof where, "entry %lld, body", (long long)e->seq);
    int rc = open_entry(w, e, &document, &here.found, &why);
    if (rc == RC_OK && merkle_equal(kept, &here.found)) {
        rc = verify_entry(v, e, buf_str(&document));
    } else if (rc == RC_OK || rc == RC_INTEGRITY) {
        here.opened = rc == RC_OK;
        stray(w, &here);
        rc = fault(v, FAULT_CHANGED, &who, where, "the %s is not what was written there%s", kind,
            here.opened ? ": the log keeps another hash of it" : "");
    } else if (rc == RC_NOT_FOUND) {
        rc = fault(v, FAULT_REMOVED, &who, where, "the %s has no text any more", kind);
    }
    buf_wipe(&document);
    return fault_of(v, &who, where, rc, &why);
}

static int check_entry(struct walk *w, const struct entry_row *e)
{
    struct verify *v = w->v;
    char where[48];
    const struct culprit who = culprit_of(e);
    if (e->seq > w->next) {
        snprintf(where, sizeof where, "table entry");
        fault(v, FAULT_REMOVED, &who, where, "entries %lld to %lld are missing", (long long)w->next,
            (long long)e->seq - 1);
        skip_to(w, (uint64_t)e->seq);
    }
    w->next = e->seq + 1;
    size_t count = trailing_zeros((uint64_t)w->next) + 1;
    snprintf(where, sizeof where, "entry %lld, hashes", (long long)e->seq);
    if (e->hashes.len != count * MERKLE_BYTES || !entry_kind_name(e->kind)) {
        fault(v, FAULT_CHANGED, &who, where, "it has not the hashes, or the kind, of an entry");
        skip_to(w, (uint64_t)w->next);
        return RC_OK;
    }
    struct merkle_hash kept[MERKLE_LEVELS];
    memcpy(kept, e->hashes.at, e->hashes.len);
    check_order(w, e);
    int rc = RC_OK;
    if (!v->device || v->device == e->device || e->kind == ENTRY_START)
        rc = check_body(w, e, kept);
    if (!append_nodes(w, kept, count))
        fault(v, FAULT_CHANGED, &who, where,
            "its nodes do not follow from the entries before: one of %llu to %lld is another",
            (unsigned long long)w->next - ((uint64_t)1 << (count - 1)), (long long)e->seq);
    check_claims(w);
    return rc;
}

/* ---- the walk ---- */

static struct entry_row read_row(sqlite3_stmt *row)
{
    return (struct entry_row){.seq = sqlite3_column_int64(row, 0),
        .kind = (enum entry_kind)sqlite3_column_int(row, 1),
        .device = sqlite3_column_int64(row, 2),
        .name = sql_text(row, 3),
        .time_us = sqlite3_column_int64(row, 4),
        .body = sql_bytes(row, 5),
        .hashes = sql_bytes(row, 6)};
}

/* From `from` to the end, or to where the file cannot be read. */
static int walk_from(struct walk *w, int64_t from, uint64_t total, struct error *why)
{
    struct verify *v = w->v;
    sqlite3_stmt *rows;
    int bad = 0;
    int rc = sql_start(v->s, "verify_entries", VALUES(V(from)), &rows, why);
    while (!rc && !bad && (rc = sql_step(v->s, rows, why)) > 0) {
        const struct entry_row e = read_row(rows);
        rc = 0;
        bad = check_entry(w, &e);
        verify_progress(v, "log", (uint64_t)w->next, total);
    }
    sql_end(v->s, rows);
    if (bad)
        *why = *v->err;
    return bad ? bad : rc;
}

/* Where a page is broken, those behind it may be whole: look further and further on. */
static int walk_all(struct walk *w)
{
    struct verify *v = w->v;
    uint64_t total = 0, step = 1;
    int rc = store_log_size(v->s, &total, NULL) ? RC_OK : RC_OK;
    for (int64_t from = 0;; step *= 2) {
        struct error why = ERROR_INIT;
        int64_t next = w->next;
        rc = walk_from(w, from, total, &why);
        if (rc != RC_INTEGRITY)
            return fault_of(v, NULL, "table entry", rc, &why);
        if (step == 1 || w->next > next)
            fault(v, FAULT_DAMAGED, NULL, "table entry", "entry %lld cannot be read: %s",
                (long long)w->next, why.text);
        step = w->next > next ? 1 : step;
        from = (from > w->next ? from : w->next) + (int64_t)step;
        if (step > (uint64_t)1 << 40 || from < 0)
            return RC_OK;
    }
}

/* ---- what stands in another's place ---- */

/* `stray` belongs where `place` is: its text opens there, or has the hash that is kept there. */
static bool belongs(struct walk *w, const struct stray *stray, const struct stray *place)
{
    struct verify *v = w->v;
    struct buf document = {.cap = 0};
    sqlite3_stmt *row;
    if (stray->opened)
        return merkle_equal(&stray->found, &place->kept);
    if (sql_start(v->s, "verify_entry", VALUES(V(stray->seq)), &row, NULL))
        return false;
    bool fits = false;
    if (sql_step(v->s, row, NULL) > 0) {
        struct entry_row e = read_row(row);
        fits = log_document(v->s, place->seq, e.name, e.body, &document, NULL) == RC_OK;
    }
    sql_end(v->s, row);
    buf_wipe(&document);
    return fits;
}

static void find_places(struct walk *w)
{
    char where[48];
    for (size_t i = 0; i < w->stray_count; i++)
        for (size_t j = 0; j < w->stray_count; j++) {
            if (i == j || !belongs(w, &w->strays[i], &w->strays[j]))
                continue;
            snprintf(where, sizeof where, "entry %lld, body", (long long)w->strays[i].seq);
            fault(w->v, FAULT_REORDERED, NULL, where, "what is there was written as entry %lld",
                (long long)w->strays[j].seq);
        }
}

int verify_log(struct verify *v)
{
    struct walk *w = calloc(1, sizeof *w);
    if (!w)
        return error_set(v->err, RC_NO_MEMORY, "out of memory");
    w->v = v;
    int rc = read_own_heads(w);
    if (!rc)
        rc = read_kept_heads(w);
    if (!rc && w->claim_count)
        qsort(w->claims, w->claim_count, sizeof *w->claims, by_size);
    check_claims(w);
    if (!rc)
        rc = walk_all(w);
    if (!rc) {
        check_later_claims(w);
        check_covered(w);
        find_places(w);
        v->out->size = w->tree.size;
        v->out->rooted = whole_edge(w);
        merkle_tree_root(&w->tree, &v->out->root);
    }
    free(w->claims);
    free(w);
    return rc;
}
