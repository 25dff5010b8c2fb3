/* NETCONF over TLS (RFC 7589): OpenSSL between two streams. It sees no socket and no file. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "drivers/netconf/tls_trust.h"
#include "drivers/stream.h"

#define PIECE 16384
#define USUAL_CONNECT_MS 30000

struct tls {
    struct stream below;
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out;      /* owned by ssl: what came, what shall go */
    char unsent[PIECE]; /* taken from `out` and not written yet */
    size_t unsent_at, unsent_len;
    char place[256];
};

static int out_of_memory(const struct tls *t, struct error *err)
{
    return error_at(err, RC_NO_MEMORY, t->place, "out of memory");
}

static const char *reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code ? ERR_reason_error_string(code) : NULL;
    return text ? text : "the connection broke";
}

/* ---- moving bytes below ---- */

static int push(struct tls *t, struct error *err)
{
    for (;;) {
        if (t->unsent_at == t->unsent_len) {
            int got = BIO_read(t->out, t->unsent, sizeof t->unsent);
            if (got <= 0)
                return RC_OK;
            t->unsent_at = 0;
            t->unsent_len = (size_t)got;
        }
        ssize_t put = t->below.write(
            t->below.ctx, t->unsent + t->unsent_at, t->unsent_len - t->unsent_at, err);
        if (put < 0)
            return RC_CONNECT;
        if (put == 0)
            return RC_OK;
        t->unsent_at += (size_t)put;
    }
}

/* Bytes that came; negative: the stream below ended. */
static ssize_t pull(struct tls *t, struct error *err)
{
    char bytes[PIECE];
    ssize_t got = t->below.read(t->below.ctx, bytes, sizeof bytes, err);
    if (got > 0 && BIO_write(t->in, bytes, (int)got) != got) {
        error_set(err, RC_NO_MEMORY, "out of memory");
        return -1;
    }
    return got;
}

/* ---- as a stream ---- */

/* The server's last word when it does not want our certificate; with TLS 1.3 that may come late. */
static bool is_refusal(unsigned long code)
{
    switch (ERR_GET_REASON(code)) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        return true;
    default:
        return false;
    }
}

static void say_why(struct error *err)
{
    if (is_refusal(ERR_peek_last_error()))
        error_set(err, RC_AUTH, "the device does not accept our certificate (%s)", reason());
    else
        error_set(err, RC_CONNECT, "TLS: %s", reason());
}

/* What OpenSSL wants after a call that moved nothing. 1: call again, 0: wait, -1: it is over. */
static int go_on(struct tls *t, int result, struct error *err)
{
    int want = SSL_get_error(t->ssl, result);
    if (want == SSL_ERROR_SSL) {
        say_why(err);
        push(t, NULL);
        return -1;
    }
    if (push(t, err))
        return -1;
    if (want == SSL_ERROR_WANT_READ) {
        ssize_t got = pull(t, err);
        return got > 0 ? 1 : (int)got;
    }
    if (want == SSL_ERROR_WANT_WRITE)
        return 0;
    error_set(err, RC_CONNECT, "the device closed the connection");
    return -1;
}

static ssize_t tls_read(void *ctx, void *to, size_t most, struct error *err)
{
    struct tls *t = ctx;
    int next;
    do {
        ERR_clear_error();
        int got = SSL_read(t->ssl, to, most < PIECE ? (int)most : PIECE);
        if (got > 0)
            return push(t, err) ? -1 : got;
        next = go_on(t, got, err);
    } while (next > 0);
    return next;
}

static ssize_t tls_write(void *ctx, const void *from, size_t len, struct error *err)
{
    struct tls *t = ctx;
    int next;
    if (push(t, err))
        return -1;
    if (t->unsent_at < t->unsent_len || len == 0)
        return 0; /* nothing is piled up here */
    do {
        ERR_clear_error();
        int put = SSL_write(t->ssl, from, len < PIECE ? (int)len : PIECE);
        if (put > 0)
            return push(t, err) ? -1 : put;
        next = go_on(t, put, err);
    } while (next > 0);
    return next;
}

static size_t tls_watch(void *ctx, struct pollfd *fds, size_t room)
{
    struct tls *t = ctx;
    return t->below.watch(t->below.ctx, fds, room);
}

static void tls_close(void *ctx)
{
    struct tls *t = ctx;
    if (t->ssl && SSL_is_init_finished(t->ssl)) {
        SSL_shutdown(t->ssl); /* the goodbye; nothing is waited for */
        push(t, NULL);
    }
    ERR_clear_error();
    SSL_free(t->ssl);
    SSL_CTX_free(t->ctx);
    if (t->below.close)
        t->below.close(t->below.ctx);
    OPENSSL_cleanse(t, sizeof *t);
    free(t);
}

/* ---- who we are ---- */

static int passphrase(char *out, int size, int writing, void *arg)
{
    (void)writing;
    struct str value = secret_value(arg);
    if (!arg || value.len > (size_t)size)
        return -1; /* never asked on a terminal */
    memcpy(out, value.at, value.len);
    return (int)value.len;
}

static int load_chain(struct tls *t, const char *pem, struct error *err)
{
    BIO *in = BIO_new_mem_buf(pem, -1);
    X509 *own = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
    bool fine = own && SSL_CTX_use_certificate(t->ctx, own) == 1;
    X509_free(own);
    for (X509 *each; fine && (each = PEM_read_bio_X509(in, NULL, NULL, NULL));) {
        fine = SSL_CTX_add1_chain_cert(t->ctx, each) == 1;
        X509_free(each);
    }
    BIO_free(in);
    ERR_clear_error();
    return fine ? RC_OK
                : error_at(err, RC_AUTH, t->place, "the certificate cannot be read: it is no PEM");
}

static int load_identity(struct tls *t, const struct driver_job *job, struct error *err)
{
    const struct driver_login *login = &job->hops[job->hop_count - 1].login;
    if (!job->netconf.certificate || !login->private_key)
        return error_at(err, RC_AUTH, t->place, "TLS needs a certificate and its private key");
    int rc = load_chain(t, job->netconf.certificate, err);
    if (rc)
        return rc;
    struct str text = secret_value(login->private_key);
    BIO *in = BIO_new_mem_buf(text.at, (int)text.len);
    EVP_PKEY *key =
        in ? PEM_read_bio_PrivateKey(in, NULL, passphrase, (void *)login->key_passphrase) : NULL;
    BIO_free(in);
    if (!key)
        rc = error_at(err, RC_AUTH, t->place,
            "the private key cannot be read: its passphrase is missing or wrong, or it is no PEM");
    else if (SSL_CTX_use_PrivateKey(t->ctx, key) != 1)
        rc = error_at(err, RC_AUTH, t->place, "the private key does not belong to the certificate");
    EVP_PKEY_free(key);
    ERR_clear_error();
    return rc;
}

/* ---- opening ---- */

static int set_up(
    struct tls *t, const struct driver_job *job, struct tls_trust *trust, struct error *err)
{
    const struct driver_hop *hop = &job->hops[job->hop_count - 1];
    t->ctx = SSL_CTX_new(TLS_client_method());
    if (!t->ctx || SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION) != 1)
        return out_of_memory(t, err);
    int rc = load_identity(t, job, err);
    if (rc == RC_OK)
        rc = tls_trust_set(t->ctx, trust, err);
    if (rc)
        return rc;
    t->in = BIO_new(BIO_s_mem());
    t->out = BIO_new(BIO_s_mem());
    t->ssl = SSL_new(t->ctx);
    if (!t->in || !t->out || !t->ssl) {
        BIO_free(t->in);
        BIO_free(t->out);
        return out_of_memory(t, err);
    }
    BIO_set_mem_eof_return(t->in, -1);
    BIO_set_mem_eof_return(t->out, -1);
    SSL_set_bio(t->ssl, t->in, t->out);
    SSL_set_connect_state(t->ssl);
    SSL_set_options(t->ssl, SSL_OP_NO_RENEGOTIATION); /* what was decided stays so */
    if (strspn(hop->address, "0123456789.") != strlen(hop->address) && !strchr(hop->address, ':'))
        SSL_set_tlsext_host_name(t->ssl, hop->address);
    return RC_OK;
}

static int wait_below(struct tls *t, int64_t deadline_us)
{
    struct pollfd fds[STREAM_MOST_FDS];
    int64_t left = deadline_us - clock_mono_us(&clock_system);
    if (left <= 0)
        return RC_TIMEOUT;
    size_t count = t->below.watch(t->below.ctx, fds, STREAM_MOST_FDS);
    int ready = poll(fds, (nfds_t)count, left < 1000000 ? (int)(left / 1000) + 1 : 1000);
    return ready < 0 && errno != EINTR ? RC_IO : RC_OK;
}

static int shake_hands(
    struct tls *t, const struct tls_trust *trust, int64_t deadline_us, struct error *err)
{
    for (;;) {
        struct error why = ERROR_INIT;
        ERR_clear_error();
        int done = SSL_do_handshake(t->ssl);
        if (trust->rc)
            return push(t, NULL), trust->rc; /* `err` has it; the device hears the alert */
        if (done == 1)
            return push(t, &why) ? error_at(err, RC_CONNECT, t->place, "%s", why.text) : RC_OK;
        int next = go_on(t, done, &why);
        if (next < 0)
            return error_at(err, why.code, t->place, "%s", why.text);
        int rc = next == 0 ? wait_below(t, deadline_us + trust->thought_us) : RC_OK;
        if (rc)
            return error_at(err, (enum rc)rc, t->place, "no answer in time");
    }
}

int tls_stream_open(const struct driver_job *job, struct driver_result *result, struct stream *out,
    struct error *err)
{
    struct tls *t = calloc(1, sizeof *t);
    if (!t)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    struct tls_trust trust = {.job = job, .result = result, .place = t->place, .err = err};
    snprintf(t->place, sizeof t->place, "%s: TLS", job->hops[job->hop_count - 1].name);
    int rc = set_up(t, job, &trust, err);
    if (rc == RC_OK)
        rc = device_stream_open(job, result, &t->below, err);
    const int64_t ms = job->connect_ms ? job->connect_ms : USUAL_CONNECT_MS;
    if (rc == RC_OK && job->progress)
        job->progress(job->ctx, "TLS");
    if (rc == RC_OK)
        rc = shake_hands(t, &trust, clock_mono_us(&clock_system) + ms * 1000, err);
    if (rc) {
        tls_close(t);
        return rc;
    }
    /* The library may keep the callback's argument longer than this function lives. */
    SSL_CTX_set_cert_verify_callback(t->ctx, NULL, NULL);
    *out = (struct stream){
        .ctx = t, .read = tls_read, .write = tls_write, .watch = tls_watch, .close = tls_close};
    return RC_OK;
}
