#include "access/keyblob.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

/* Fingerprint of the first word of `line` that is a key; what stands before and behind it is
 * algorithm and comment. */
static bool read_line(struct str line, struct key_blob *out)
{
    struct str rest = line, word, before = {"", 0};
    while (str_next_word(&rest, &word)) {
        char print[FINGERPRINT_TEXT_SIZE + 16];
        if (word.len >= 20 && ssh_fingerprint(word, print) == RC_OK) {
            snprintf(out->fingerprint, sizeof out->fingerprint, "%s", print);
            out->algorithm = before;
            out->comment = str_trim(rest);
            return true;
        }
        before = word;
    }
    return false;
}

/* The algorithm is the first field of the blob itself (RFC 4253 section 6.6). */
static void name_algorithm(struct str text, struct key_blob *out)
{
    unsigned char head[48];
    size_t len = 0, take = text.len < 60 ? text.len / 4 * 4 : 60;
    if (sodium_base642bin(head, sizeof head, text.at, take, NULL, &len, NULL,
            sodium_base64_VARIANT_ORIGINAL) != 0 ||
        len < 8)
        return;
    size_t size = (size_t)head[2] << 8 | head[3];
    if (size > len - 4 || (out->decoded = strndup((char *)head + 4, size)) == NULL)
        return;
    out->algorithm = str_of(out->decoded);
}

void key_blob_read(struct str text, struct key_blob *out)
{
    *out = (struct key_blob){.algorithm = {"", 0}, .comment = {"", 0}};
    text = str_trim(text);
    if (read_line(text, out)) {
        if (out->algorithm.len == 0)
            name_algorithm(text, out);
        return;
    }
    size_t len = 0;
    out->decoded = malloc(text.len + 1);
    if (out->decoded &&
        sodium_base642bin((unsigned char *)out->decoded, text.len, text.at, text.len, "\r\n \t",
            &len, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
        read_line((struct str){out->decoded, len}, out))
        return;
    text_escape(out->fingerprint, sizeof out->fingerprint, text.at, text.len);
}

void key_blob_free(struct key_blob *b)
{
    free(b->decoded);
    b->decoded = NULL;
}
