#include "diff/config_tree.h"

#include <sodium.h>
#include <stdlib.h>

#define LINES_MAX ((size_t)8 << 20) /* of one part; child_count must hold it */
#define LINE_LENGTH 24              /* of a text, at first */

/* BLAKE2b with a purpose of its own for each kind of thing, so that no config can pass one off as
 * another. Changing any of these, or what is hashed, makes every stored digest another. */
#define PURPOSE_LINE "rollcall line 1"
#define PURPOSE_CONTENTS "rollcall block1"
#define PURPOSE_SECTION "rollcall sect. 1"
#define PURPOSE_CONFIG "rollcall config1"

static void hash_bytes(const char *purpose, struct str data, struct hash *out)
{
    unsigned char personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    memcpy(personal, purpose, strnlen(purpose, sizeof personal));
    crypto_generichash_blake2b_salt_personal(
        out->bytes, HASH_BYTES, (const unsigned char *)data.at, data.len, NULL, 0, NULL, personal);
}

/* Numbers and lengths are eight bytes, the lowest first, on every machine. */
static int add_number(struct buf *to, uint64_t number)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    return buf_append(to, bytes, sizeof bytes);
}

static int no_room(int rc, struct error *err)
{
    return error_set(err, rc, "the config has too many lines to compare");
}

/* ---- filling ---- */

static bool make_room(struct config_part *p, size_t room)
{
    struct config_line *grown = realloc(p->lines, room * sizeof *grown);
    if (!grown)
        return false;
    p->lines = grown;
    p->room = room;
    return true;
}

static struct config_line *new_line(struct config_part *p)
{
    if (p->count == p->room && !make_room(p, p->room * 2))
        return NULL;
    struct config_line *line = &p->lines[p->count++];
    *line = (struct config_line){.parent = NO_LINE, .next = NO_LINE};
    return line;
}

int config_part_begin(struct config_part *p, const char *name, size_t text_len, struct error *err)
{
    size_t room = text_len / LINE_LENGTH + 16;
    *p = (struct config_part){.name = name};
    if (!make_room(p, room < LINES_MAX ? room : LINES_MAX))
        return no_room(RC_NO_MEMORY, err);
    new_line(p);
    return RC_OK;
}

static int hash_words(struct buf *scratch, const struct syntax_line *line, struct hash *out)
{
    buf_clear(scratch);
    int rc = buf_add_char(scratch, line->inactive ? 1 : 0);
    for (size_t i = 0; !rc && i < line->word_count; i++) {
        rc = add_number(scratch, line->words[i].len);
        rc = rc ? rc : buf_add_str(scratch, line->words[i]);
    }
    if (!rc)
        hash_bytes(PURPOSE_LINE, buf_str(scratch), out);
    return rc;
}

/* The last line of smaller depth. */
static uint32_t find_parent(const struct config_part *p, unsigned depth)
{
    uint32_t at = (uint32_t)(p->count - 1);
    while (at != 0 && p->lines[at].depth >= depth)
        at = p->lines[at].parent;
    return at;
}

int config_part_line(
    struct config_part *p, struct buf *scratch, const struct syntax_line *line, struct error *err)
{
    struct str raw = str_trim(line->raw);
    if (p->count > LINES_MAX || raw.len > UINT32_MAX)
        return no_room(RC_LIMIT, err);
    uint32_t parent = find_parent(p, line->depth), at = (uint32_t)p->count;
    struct config_line *new = new_line(p);
    if (!new)
        return no_room(RC_NO_MEMORY, err);
    new->raw = raw.at;
    new->raw_len = (uint32_t)raw.len;
    new->number = line->number;
    new->depth = line->depth &(SYNTAX_MAX_DEPTH - 1);
    new->ordered = line->ordered;
    new->parent = parent;
    struct config_line *up = &p->lines[parent];
    if (up->child_count)
        p->lines[up->inside].next = at;
    else
        p->parent_count++;
    up->inside = at;
    up->child_count = (up->child_count + 1) & 0xffffff;
    int rc = hash_words(scratch, line, &new->subtree);
    return rc ? no_room(rc, err) : RC_OK;
}

/* ---- subtrees ---- */

static int compare_hashes(const void *a, const void *b)
{
    return hash_compare(a, b);
}

/* What is in a line: a set of those whose order means nothing, then the sequence of the others. */
int config_contents(const struct config_part *p, uint32_t line, struct buf *scratch,
    struct hash *out, struct error *err)
{
    size_t unordered = 0, total = p->lines[line].child_count;
    buf_clear(scratch);
    int rc = add_number(scratch, 0);
    for (int ordered = 0; !rc && ordered <= 1; ordered++)
        for (uint32_t at = config_first(p, line); !rc && at != NO_LINE; at = p->lines[at].next) {
            if (p->lines[at].ordered != (unsigned)ordered)
                continue;
            rc = buf_append(scratch, &p->lines[at].subtree, sizeof p->lines[at].subtree);
            unordered += !ordered;
        }
    if (rc)
        return no_room(rc, err);
    for (size_t i = 0; i < 8; i++)
        scratch->data[i] = (char)((uint64_t)unordered >> (8 * i));
    if (total)
        qsort(scratch->data + 8, unordered, HASH_BYTES, compare_hashes);
    hash_bytes(PURPOSE_CONTENTS, buf_str(scratch), out);
    return RC_OK;
}

int config_part_end(struct config_part *p, struct buf *scratch, struct error *err)
{
    uint32_t parents = 0;
    if (!(p->owns = malloc((p->parent_count + 1) * sizeof *p->owns)))
        return no_room(RC_NO_MEMORY, err);
    for (size_t i = p->count; i-- > 0;) {
        struct config_line *line = &p->lines[i];
        struct hash both[2] = {line->subtree};
        if (!line->child_count)
            continue;
        int rc = config_contents(p, (uint32_t)i, scratch, &both[1], err);
        if (rc)
            return rc;
        line->inside = parents;
        p->owns[parents++] = line->subtree;
        hash_bytes(PURPOSE_SECTION, (struct str){(const char *)both, sizeof both}, &line->subtree);
    }
    return RC_OK;
}

void config_part_free(struct config_part *p)
{
    free(p->lines);
    free(p->owns);
    *p = (struct config_part){0};
}

/* ---- the whole ---- */

void config_digest(const struct config *c, unsigned char digest[CONFIG_DIGEST_BYTES])
{
    _Static_assert(CONFIG_DIGEST_BYTES == HASH_BYTES, "the digest is a hash");
    crypto_generichash_blake2b_state state;
    unsigned char personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    memcpy(personal, PURPOSE_CONFIG, strnlen(PURPOSE_CONFIG, sizeof personal));
    crypto_generichash_blake2b_init_salt_personal(
        &state, NULL, 0, CONFIG_DIGEST_BYTES, NULL, personal);
    for (size_t i = 0; i < c->part_count; i++) {
        /* The name's NUL ends it; a hash has a fixed length. */
        const struct config_part *p = &c->parts[i];
        crypto_generichash_blake2b_update(
            &state, (const unsigned char *)p->name, strlen(p->name) + 1);
        crypto_generichash_blake2b_update(&state, p->lines[0].subtree.bytes, HASH_BYTES);
    }
    crypto_generichash_blake2b_final(&state, digest, CONFIG_DIGEST_BYTES);
}

void config_free(struct config *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->part_count; i++)
        config_part_free(&c->parts[i]);
    free(c->parts);
    free(c);
}
