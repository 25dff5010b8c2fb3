/* Salted lines. */
#include "evidence/lines.h"

#include <sodium.h>

void lines_salt(const unsigned char salt[LINES_SALT_BYTES], uint32_t number,
    unsigned char out[LINES_SALT_BYTES])
{
    unsigned char hash[crypto_hash_sha256_BYTES], data[LINES_SALT_BYTES + 4];
    memcpy(data, salt, LINES_SALT_BYTES);
    for (size_t i = 0; i < 4; i++)
        data[LINES_SALT_BYTES + i] = (unsigned char)(number >> (24 - 8 * i));
    crypto_hash_sha256(hash, data, sizeof data);
    memcpy(out, hash, LINES_SALT_BYTES);
    sodium_memzero(data, sizeof data);
}

void lines_leaf(
    const unsigned char line_salt[LINES_SALT_BYTES], struct str line, struct merkle_hash *out)
{
    merkle_leaf_of((struct str){(const char *)line_salt, LINES_SALT_BYTES}, line, out);
}

bool lines_next(struct str *rest, struct str *line)
{
    if (rest->len == 0)
        return false;
    const char *end = memchr(rest->at, '\n', rest->len);
    *line = (struct str){rest->at, end ? (size_t)(end - rest->at) + 1 : rest->len};
    rest->at += line->len;
    rest->len -= line->len;
    return true;
}

void lines_start(struct lines *l, const unsigned char salt[LINES_SALT_BYTES], uint32_t first)
{
    l->tree.size = 0;
    memcpy(l->salt, salt, LINES_SALT_BYTES);
    l->first = first;
}

void lines_add(struct lines *l, struct str line)
{
    unsigned char salt[LINES_SALT_BYTES];
    struct merkle_hash leaf;
    lines_salt(l->salt, l->first + (uint32_t)l->tree.size, salt);
    lines_leaf(salt, line, &leaf);
    merkle_append(&l->tree, &leaf, NULL);
}

void lines_end(const struct lines *l, struct merkle_hash *root)
{
    merkle_tree_root(&l->tree, root);
}

size_t lines_root(
    const unsigned char salt[LINES_SALT_BYTES], struct str text, struct merkle_hash *root)
{
    struct lines l;
    struct str line;
    lines_start(&l, salt, 0);
    while (lines_next(&text, &line))
        lines_add(&l, line);
    lines_end(&l, root);
    return (size_t)l.tree.size;
}
