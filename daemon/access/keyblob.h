/* Public keys as configs write them: base64 alone, a whole OpenSSH line with options and comment,
 * or base64 of such a line. Private to access. */
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
void key_blob_free(struct key_blob *b);

#endif
