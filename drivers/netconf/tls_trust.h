/* Whether a server that speaks TLS is the device: private to the TLS stream. */
#ifndef ROLLCALL_NETCONF_TLS_TRUST_H
#define ROLLCALL_NETCONF_TLS_TRUST_H

#include <openssl/ssl.h>

#include "drivers/driver.h"

#define TLS_KEY_ALGORITHM "tls-spki"

struct tls_trust {
    const struct driver_job *job;
    struct driver_result *result;
    const char *place;  /* for errors */
    struct error *err;  /* may be NULL */
    int rc;             /* what was decided; RC_OK before */
    int64_t thought_us; /* a person was asked for so long */
};

/* Decide during the handshake, before we show a certificate of our own. Believed is a pinned public
 * key; else, where there are authorities, a certificate of theirs for the hop's address or name;
 * else what host_key_policy and ask_host_key say. `trust` outlives the handshake. */
int tls_trust_set(SSL_CTX *ctx, struct tls_trust *trust, struct error *err);

#endif
