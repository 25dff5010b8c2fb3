#include "drivers/netconf/tls_trust.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "base/clock.h"

static const struct driver_hop *device_of(const struct tls_trust *t)
{
    return &t->job->hops[t->job->hop_count - 1];
}

/* ---- the key it showed ---- */

static char *base64_of(const unsigned char *bytes, size_t len)
{
    char *text = malloc(len / 3 * 4 + 5);
    if (text)
        EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
    return text;
}

/* OpenSSH's form: base64 of the SHA-256, without its padding. */
static char *fingerprint_of(const unsigned char *bytes, size_t len)
{
    unsigned char hash[32];
    if (EVP_Digest(bytes, len, hash, NULL, EVP_sha256(), NULL) != 1)
        return NULL;
    char *base64 = base64_of(hash, sizeof hash), *text = NULL;
    size_t room = base64 ? strlen(base64) + sizeof "SHA256:" : 0;
    if (base64 && (text = malloc(room))) {
        base64[strcspn(base64, "=")] = '\0';
        snprintf(text, room, "SHA256:%s", base64);
    }
    free(base64);
    return text;
}

static int note_key(struct tls_trust *t, X509 *certificate, struct driver_host_key **out)
{
    struct driver_result *result = t->result;
    unsigned char *der = NULL;
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    if (len <= 0)
        return error_at(t->err, RC_HOST_KEY, t->place, "the certificate's key cannot be read");
    struct driver_host_key *more =
        realloc(result->host_keys, (result->host_key_count + 1) * sizeof *more);
    if (more)
        result->host_keys = more;
    struct driver_host_key key = {.hop = strdup(device_of(t)->name),
        .algorithm = strdup(TLS_KEY_ALGORITHM),
        .base64 = base64_of(der, (size_t)len),
        .fingerprint = fingerprint_of(der, (size_t)len)};
    OPENSSL_free(der);
    if (more && key.hop && key.algorithm && key.base64 && key.fingerprint) {
        *out = &more[result->host_key_count++];
        **out = key;
        return RC_OK;
    }
    free(key.hop);
    free(key.algorithm);
    free(key.base64);
    free(key.fingerprint);
    return error_at(t->err, RC_NO_MEMORY, t->place, "out of memory");
}

/* It needs no pin, so there is none to offer. */
static void forget_key(struct tls_trust *t)
{
    struct driver_host_key *key = &t->result->host_keys[--t->result->host_key_count];
    free(key->hop);
    free(key->algorithm);
    free(key->base64);
    free(key->fingerprint);
}

/* ---- is it believed ---- */

/* `any`: some key of this kind is pinned. */
static bool is_pinned(const struct driver_hop *hop, const char *base64, bool *any)
{
    struct str rest = str_of(hop->host_keys), line, algorithm, pinned;
    *any = false;
    while (str_next_line(&rest, &line)) {
        if (!str_next_word(&line, &algorithm) || !str_next_word(&line, &pinned) ||
            !str_is(algorithm, TLS_KEY_ALGORITHM))
            continue;
        *any = true;
        if (str_is(pinned, base64))
            return true;
    }
    return false;
}

static bool is_for(const struct driver_hop *hop, X509 *certificate)
{
    return X509_check_ip_asc(certificate, hop->address, 0) == 1 ||
           X509_check_host(certificate, hop->address, 0, 0, NULL) == 1 ||
           X509_check_host(certificate, hop->name, 0, 0, NULL) == 1;
}

static int ask_authorities(struct tls_trust *t, X509_STORE_CTX *chain, X509 *certificate)
{
    const struct driver_hop *hop = device_of(t);
    if (X509_verify_cert(chain) != 1)
        return error_at(t->err, RC_HOST_KEY, t->place,
            "the device's certificate is not believed: %s",
            X509_verify_cert_error_string(X509_STORE_CTX_get_error(chain)));
    if (!is_for(hop, certificate))
        return error_at(t->err, RC_HOST_KEY, t->place,
            "the device's certificate is neither for \"%s\" nor for \"%s\"", hop->address,
            hop->name);
    forget_key(t);
    return RC_OK;
}

static int ask_person(struct tls_trust *t, const struct driver_host_key *key)
{
    const struct driver_hop *hop = device_of(t);
    if (t->job->host_key_policy == HOST_KEY_FIRST_USE)
        return RC_OK;
    if (!t->job->ask_host_key)
        return error_at(t->err, RC_HOST_KEY, hop->name,
            "host key is not known (%s %s); to trust it: rollcall trust %s", key->algorithm,
            key->fingerprint, hop->name);
    int64_t asked = clock_mono_us(&clock_system);
    bool trusted = t->job->ask_host_key(t->job->ctx, hop->name, key->algorithm, key->fingerprint);
    t->thought_us = clock_mono_us(&clock_system) - asked;
    return trusted ? RC_OK
                   : error_at(t->err, RC_HOST_KEY, hop->name, "host key %s %s is not trusted",
                         key->algorithm, key->fingerprint);
}

static int decide(struct tls_trust *t, X509_STORE_CTX *chain)
{
    const struct driver_hop *hop = device_of(t);
    X509 *certificate = X509_STORE_CTX_get0_cert(chain);
    struct driver_host_key *key = NULL;
    bool any;
    if (!certificate)
        return error_at(t->err, RC_HOST_KEY, t->place, "the device shows no certificate");
    int rc = note_key(t, certificate, &key);
    if (rc)
        return rc;
    key->pinned = is_pinned(hop, key->base64, &any);
    if (key->pinned)
        return RC_OK;
    if (t->job->netconf.authorities)
        return ask_authorities(t, chain, certificate);
    if (!any)
        return ask_person(t, key);
    key->changed = true;
    return error_at(t->err, RC_HOST_KEY, hop->name,
        "host key changed (now %s %s); if the device was replaced: rollcall trust %s",
        key->algorithm, key->fingerprint, hop->name);
}

static int on_certificate(X509_STORE_CTX *chain, void *arg)
{
    struct tls_trust *t = arg;
    t->rc = decide(t, chain);
    if (t->rc == RC_OK)
        X509_STORE_CTX_set_error(chain, X509_V_OK);
    return t->rc == RC_OK;
}

int tls_trust_set(SSL_CTX *ctx, struct tls_trust *trust, struct error *err)
{
    const char *pem = trust->job->netconf.authorities;
    X509_STORE *store = SSL_CTX_get_cert_store(ctx);
    size_t count = 0;
    BIO *in = pem ? BIO_new_mem_buf(pem, -1) : NULL;
    for (X509 *each; in && (each = PEM_read_bio_X509(in, NULL, NULL, NULL)); count++) {
        X509_STORE_add_cert(store, each);
        X509_free(each);
    }
    BIO_free(in);
    ERR_clear_error(); /* the end of the text is an error to it */
    if (pem && count == 0)
        return error_at(
            err, RC_SETTINGS, trust->place, "the authorities hold no certificate in PEM form");
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(ctx, on_certificate, trust);
    return RC_OK;
}
