/* Signed heads of a log, as notes that people can read and other tools can check.
 *
 * A note (C2SP's signed note) is a text, an empty line, and signature lines; an Ed25519 signature
 * (RFC 8032) is over the text with its last newline. A head (C2SP's checkpoint) is a note of this
 * text:
 *
 *     rollcall/LOG          the log's name; LOG is 32 lower-case hex digits
 *     SIZE                  how many entries it has
 *     BASE64                the root over them
 *     time RFC3339          when it was signed
 *
 * The key's name is the log's. */
#ifndef ROLLCALL_EVIDENCE_HEAD_H
#define ROLLCALL_EVIDENCE_HEAD_H

#include "base/buf.h"
#include "base/error.h"
#include "evidence/merkle.h"

#define SIGN_SEED_BYTES 32
#define SIGN_PUBLIC_BYTES 32
#define LOG_ID_SIZE 33                  /* 32 hex digits and a NUL */
#define LOG_NAME_SIZE (LOG_ID_SIZE + 9) /* "rollcall/" in front */
#define NOTE_MOST_SIGNATURES 16         /* other keys' may stand beside ours */
#define NOTE_MOST_BYTES ((size_t)1 << 20)

/* A log and its public key: what an auditor must know from elsewhere. */
struct log_key {
    char log[LOG_ID_SIZE];
    unsigned char public_key[SIGN_PUBLIC_BYTES];
};

struct head {
    char log[LOG_ID_SIZE];
    uint64_t size;
    struct merkle_hash root;
    int64_t time_us;
};

/* ---- keys ---- */

void sign_public(
    const unsigned char seed[SIGN_SEED_BYTES], unsigned char public_key[SIGN_PUBLIC_BYTES]);

/* "rollcall/LOG+HEX+BASE64", the form of Go's note package. */
int key_text(const struct log_key *key, struct buf *out);
/* PEM of SubjectPublicKeyInfo (RFC 8410): what `openssl` reads. It does not name the log. */
int key_pem(const struct log_key *key, struct buf *out);
/* Either form, blanks around it allowed. With PEM, `log` is empty: any log fits it. RC_FORMAT. */
int key_parse(struct str text, struct log_key *out, struct error *err);

/* ---- notes ---- */

/* Sign `text`, which is valid UTF-8, has no control character but \n and ends with one; appends the
 * note. */
int note_sign(const char log[LOG_ID_SIZE], const unsigned char seed[SIGN_SEED_BYTES],
    struct str text, struct buf *note);
/* Check the form of a note and the signature of `key` on it; `text` is a view into it, set as soon
 * as the form is right. RC_FORMAT: it is no note. RC_NOT_FOUND: `key` has not signed it.
 * RC_INTEGRITY: the signature is not of this text. */
int note_open(struct str note, const struct log_key *key, struct str *text, struct error *err);

/* ---- heads ---- */

/* Append the signed note of a head. */
int head_sign(const struct head *head, const unsigned char seed[SIGN_SEED_BYTES], struct buf *note);
/* Read a head without looking at signatures: nothing of it may be believed. RC_FORMAT. */
int head_parse(struct str note, struct head *out, struct error *err);
/* Read it and check that `key` has signed it; codes of note_open(), and RC_INTEGRITY when it is of
 * another log than the key's. */
int head_open(struct str note, const struct log_key *key, struct head *out, struct error *err);

#endif
