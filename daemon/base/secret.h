/* Secrets: passwords, private keys, the installation's key.
 *
 * They live in memory that is locked, guarded and zeroed on free (libsodium). There is no function
 * that formats one, and none may be added. */
#ifndef ROLLCALL_BASE_SECRET_H
#define ROLLCALL_BASE_SECRET_H

#include "base/error.h"
#include "base/text.h"

struct secret; /* opaque */

#define FINGERPRINT_KEY_BYTES 32
#define FINGERPRINT_TEXT_SIZE 48

struct secret *secret_from(struct str value); /* copies; NULL when there is no memory */
struct str secret_value(
    const struct secret *s); /* a view, NUL behind it; NULL gives an empty one */
void secret_free(struct secret *s);

/* Keyed fingerprint of a secret's value as text: "k1:" and 22 characters of unpadded URL-safe
 * base64 (128 bits of BLAKE2b, RFC 7693). Without `key` nobody can test a guess against it. */
const char *fingerprint_text(const unsigned char key[FINGERPRINT_KEY_BYTES], struct str value,
    char out[FINGERPRINT_TEXT_SIZE]);

/* OpenSSH's form of a public key's fingerprint: "SHA256:..." of the decoded base64 blob.
 * RC_FORMAT when `base64` is no key blob. */
int ssh_fingerprint(struct str base64, char out[FINGERPRINT_TEXT_SIZE + 16]);

#endif
