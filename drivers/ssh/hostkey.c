/* Host keys: pinned by us, in no file of libssh's. */
#include <libssh/libssh.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "drivers/ssh/route.h"

#define SAFE_HOST_KEYS                                                                             \
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"                     \
    "rsa-sha2-512,rsa-sha2-256"
#define SAFE_KEX                                                                                   \
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"        \
    "ecdh-sha2-nistp521,diffie-hellman-group18-sha512,diffie-hellman-group16-sha512,"              \
    "diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256"
#define SAFE_CIPHERS                                                                               \
    "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,"      \
    "aes192-ctr,aes128-ctr"
#define SAFE_MACS                                                                                  \
    "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512"
#define OLD_KEX                                                                                    \
    ",diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1,diffie-hellman-group1-sha1"
#define OLD_HOST_KEYS ",ssh-rsa,ssh-dss" /* libssh leaves out what it was built without */
#define OLD_CIPHERS ",aes256-cbc,aes192-cbc,aes128-cbc,3des-cbc"
#define OLD_MACS ",hmac-sha1-etm@openssh.com,hmac-sha1"

static bool next_pinned(struct str *rest, struct str *algorithm, struct str *base64)
{
    struct str line;
    while (str_next_line(rest, &line))
        if (str_next_word(&line, algorithm) && str_next_word(&line, base64))
            return true;
    return false;
}

/* A server with several keys shows the first that both sides name: ask for the pinned one. */
static int host_key_order(const struct driver_hop *hop, struct buf *out)
{
    struct str rest = str_of(hop->host_keys), algorithm, base64;
    int rc = RC_OK;
    while (rc == RC_OK && next_pinned(&rest, &algorithm, &base64)) {
        if (!str_is(algorithm, "ssh-rsa"))
            rc = buf_format(out, "%.*s,", (int)algorithm.len, algorithm.at);
        else
            rc = buf_format(
                out, "rsa-sha2-512,rsa-sha2-256,%s", hop->legacy_algorithms ? "ssh-rsa," : "");
    }
    if (rc == RC_OK)
        rc = buf_format(out, "%s%s", SAFE_HOST_KEYS, hop->legacy_algorithms ? OLD_HOST_KEYS : "");
    return rc;
}

int route_offer_algorithms(
    struct route *r, const struct driver_hop *hop, ssh_session session, struct error *err)
{
    struct buf order = {.cap = 65536};
    int smallest = 768;
    int rc = RC_OK;
    if (hop->host_keys || hop->legacy_algorithms) /* else libssh's own order is the same */
        rc = host_key_order(hop, &order);
    if (rc == RC_OK && order.len > 0 &&
        ssh_options_set(session, SSH_OPTIONS_HOSTKEYS, buf_text(&order)))
        rc = RC_CONNECT;
    if (rc == RC_OK && hop->legacy_algorithms &&
        (ssh_options_set(session, SSH_OPTIONS_KEY_EXCHANGE, SAFE_KEX OLD_KEX) ||
            ssh_options_set(session, SSH_OPTIONS_CIPHERS_C_S, SAFE_CIPHERS OLD_CIPHERS) ||
            ssh_options_set(session, SSH_OPTIONS_CIPHERS_S_C, SAFE_CIPHERS OLD_CIPHERS) ||
            ssh_options_set(session, SSH_OPTIONS_HMAC_C_S, SAFE_MACS OLD_MACS) ||
            ssh_options_set(session, SSH_OPTIONS_HMAC_S_C, SAFE_MACS OLD_MACS) ||
            ssh_options_set(
                session, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, SAFE_HOST_KEYS OLD_HOST_KEYS) ||
            ssh_options_set(session, SSH_OPTIONS_RSA_MIN_SIZE, &smallest)))
        rc = RC_CONNECT;
    buf_free(&order);
    return rc ? error_at(err, (enum rc)rc, r->place, "%s", ssh_get_error(session)) : RC_OK;
}

/* Read the key the server showed into a new entry of the result. */
static int note_key(struct route *r, const struct driver_hop *hop, ssh_session session,
    struct driver_host_key **out, struct error *err)
{
    struct driver_result *result = r->result;
    char fingerprint[FINGERPRINT_TEXT_SIZE + 16];
    char *base64 = NULL;
    ssh_key key = NULL;
    int rc = RC_HOST_KEY;
    if (ssh_get_server_publickey(session, &key) != SSH_OK ||
        ssh_pki_export_pubkey_base64(key, &base64) != SSH_OK ||
        ssh_fingerprint(str_of(base64), fingerprint)) {
        error_at(err, RC_HOST_KEY, r->place, "the host key cannot be read");
        goto out;
    }
    struct driver_host_key *more =
        realloc(result->host_keys, (result->host_key_count + 1) * sizeof *more);
    if (!more) {
        rc = error_at(err, RC_NO_MEMORY, r->place, "out of memory");
        goto out;
    }
    result->host_keys = more;
    *out = &more[result->host_key_count++];
    **out = (struct driver_host_key){.hop = strdup(hop->name),
        .algorithm = strdup(ssh_key_type_to_char(ssh_key_type(key))),
        .base64 = strdup(base64),
        .fingerprint = strdup(fingerprint)};
    rc = (*out)->hop && (*out)->algorithm && (*out)->base64 && (*out)->fingerprint
             ? RC_OK
             : error_at(err, RC_NO_MEMORY, r->place, "out of memory");
out:
    ssh_string_free_char(base64);
    ssh_key_free(key);
    return rc;
}

/* Fingerprint of the pinned key that this one replaces: of its algorithm, or the first. */
static void replaced_fingerprint(
    const struct driver_hop *hop, const char *algorithm, char out[FINGERPRINT_TEXT_SIZE + 16])
{
    struct str rest = str_of(hop->host_keys), name, base64, was = {NULL, 0};
    while (next_pinned(&rest, &name, &base64))
        if (!was.at || str_is(name, algorithm))
            was = base64;
    if (!was.at || ssh_fingerprint(was, out))
        strcpy(out, "unreadable");
}

int route_check_host_key(
    struct route *r, const struct driver_hop *hop, ssh_session session, struct error *err)
{
    struct driver_host_key *key = NULL;
    int rc = note_key(r, hop, session, &key, err);
    if (rc)
        return rc;
    struct str rest = str_of(hop->host_keys), algorithm, base64;
    bool any = false;
    while (next_pinned(&rest, &algorithm, &base64)) {
        any = true;
        if (str_is(base64, key->base64) && str_is(algorithm, key->algorithm))
            key->pinned = true;
    }
    if (key->pinned)
        return RC_OK;
    if (any) {
        char was[FINGERPRINT_TEXT_SIZE + 16];
        key->changed = true;
        replaced_fingerprint(hop, key->algorithm, was);
        return error_at(err, RC_HOST_KEY, hop->name,
            "host key changed (was %s, now %s); if the device was replaced: rollcall trust %s", was,
            key->fingerprint, hop->name);
    }
    if (r->job->host_key_policy == HOST_KEY_FIRST_USE)
        return RC_OK;
    if (r->job->ask_host_key) {
        int64_t asked = clock_mono_us(&clock_system);
        bool trusted =
            r->job->ask_host_key(r->job->ctx, hop->name, key->algorithm, key->fingerprint);
        /* A person's time to think is not the device's. */
        int64_t thought = clock_mono_us(&clock_system) - asked;
        r->deadline_us += thought;
        r->total_us += thought;
        if (trusted)
            return RC_OK;
        return error_at(err, RC_HOST_KEY, hop->name, "host key %s %s is not trusted",
            key->algorithm, key->fingerprint);
    }
    return error_at(err, RC_HOST_KEY, hop->name,
        "host key is not known (%s %s); to trust it: rollcall trust %s", key->algorithm,
        key->fingerprint, hop->name);
}
