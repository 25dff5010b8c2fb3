/* Public keys as configs write them: base64 alone, a whole OpenSSH line with options and comment,
 * base64 of such lines, or an RSA key's DER in hexadecimal digits. Private to access. */
#ifndef ROLLCALL_ACCESS_KEYBLOB_H
#define ROLLCALL_ACCESS_KEYBLOB_H

#include "base/secret.h"

#define KEY_FINGERPRINT_SIZE 512

struct key_blob {
    char fingerprint[KEY_FINGERPRINT_SIZE]; /* SHA256:..., or the text when it is no whole key */
    struct str algorithm, comment;          /* views into the text, or into `decoded` */
    char *decoded;
};

void key_blob_read(struct str text, struct key_blob *out);

/* Hand each of several keys in `text`, a line each, to `take`. 0 when there are not several, the
 * number of keys, or what `take` returned first that is negative. */
int key_blob_each(struct str text, int (*take)(void *ctx, struct str key), void *ctx);
void key_blob_free(struct key_blob *b);

#endif
