/* Webhook: POST of the document as it is. */
#include <sodium.h>
#include <stdio.h>

#include "alert/sink.h"

/* Nobody reads the answer; more than this of it is not even waited for. */
#define MOST_ANSWER 65536

static size_t drop_answer(char *data, size_t size, size_t count, void *ctx)
{
    (void)data;
    size_t *total = ctx;
    *total += size * count;
    return *total > MOST_ANSWER ? 0 : size * count;
}

/* A header line. Bytes that could end it or start another one become '?'. */
static int add_header(struct curl_slist **headers, const char *name, struct str value)
{
    struct buf line = {.cap = 16384};
    int rc = buf_format(&line, "%s: ", name);
    for (size_t i = 0; !rc && i < value.len; i++)
        rc = buf_add_char(&line, value.at[i] >= ' ' && value.at[i] <= '~' ? value.at[i] : '?');
    struct curl_slist *more = rc ? NULL : curl_slist_append(*headers, buf_text(&line));
    buf_wipe(&line);
    if (!more)
        return RC_NO_MEMORY;
    *headers = more;
    return RC_OK;
}

static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *h = headers; h; h = h->next)
        sodium_memzero(h->data, strlen(h->data));
    curl_slist_free_all(headers);
}

static int add_signature(struct curl_slist **headers, const struct secret *key, const char *json)
{
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    char text[7 + 2 * sizeof mac + 1] = "sha256=";
    struct str value = secret_value(key);
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)value.at, value.len);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)json, strlen(json));
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_memzero(&state, sizeof state);
    sodium_bin2hex(text + 7, sizeof text - 7, mac, sizeof mac);
    return add_header(headers, "X-Rollcall-Signature", str_of(text));
}

static int make_headers(const struct sink_settings *settings, const struct document *d,
    const char *json, struct curl_slist **headers)
{
    int rc = add_header(headers, "Content-Type", STR("application/json"));
    if (!rc) /* no "Expect: 100-continue" and its extra round trip */
        rc = add_header(headers, "Expect", STR(""));
    if (!rc)
        rc = add_header(headers, "Idempotency-Key", str_of(d->id));
    if (!rc)
        rc = add_header(headers, "X-Rollcall-Event", str_of(d->event));
    if (!rc && settings->authorization)
        rc = add_header(headers, "Authorization", secret_value(settings->authorization));
    if (!rc && settings->hmac_key)
        rc = add_signature(headers, settings->hmac_key, json);
    return rc;
}

/* Only a refusal of the document itself is for ever. A wrong token or path is a mistake in the
 * settings: somebody will mend it, and the alert must not be gone by then. */
static int judge_status(const struct sink *s, long status, struct error *err)
{
    if (status >= 200 && status < 300)
        return RC_OK;
    switch (status) {
    case 401:
    case 403:
    case 407:
        return error_set(err, RC_SINK,
            "%s answered %ld; check authorization and hmac-key of sink %s", s->where, status,
            s->settings->name);
    case 404:
        return error_set(
            err, RC_SINK, "%s answered 404; check url of sink %s", s->where, s->settings->name);
    case 408:
    case 421:
    case 423:
    case 425:
    case 429:
        return error_set(err, RC_SINK, "%s answered %ld", s->where, status);
    default:
        break;
    }
    if (status >= 300 && status < 400)
        return error_set(err, RC_SINK,
            "%s answered %ld, and redirections are not followed; set url of sink %s to the place "
            "itself",
            s->where, status, s->settings->name);
    return error_set(err, status >= 400 && status < 500 ? RC_FORMAT : RC_SINK, "%s answered %ld",
        s->where, status);
}

static int post(struct sink *s, struct curl_slist *headers, const char *json, struct error *err)
{
    char text[CURL_ERROR_SIZE] = "";
    size_t answer = 0;
    CURL *curl = s->curl;
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, json);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(json));
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
    bool too_long = code == CURLE_WRITE_ERROR && answer > MOST_ANSWER;
    return code && !too_long ? curl_failed(s, code, text, err) : judge_status(s, status, err);
}

int webhook_send(struct sink *s, const struct document *d, const char *json, struct error *err)
{
    if (!s->curl) {
        s->curl = curl_handle(s->settings, NULL, err);
        if (!s->curl)
            return RC_NO_MEMORY;
        if (curl_easy_setopt(s->curl, CURLOPT_URL, s->settings->url))
            return error_set(err, RC_NO_MEMORY, "out of memory");
    }
    struct curl_slist *headers = NULL;
    int rc = make_headers(s->settings, d, json, &headers);
    if (rc)
        error_set(err, rc, "out of memory, or a header of sink %s is too long", s->settings->name);
    else
        rc = post(s, headers, json, err);
    free_headers(headers);
    return rc;
}

int webhook_check(struct sink *s, struct error *err)
{
    const struct sink_settings *settings = s->settings;
    CURLU *url = curl_url();
    char *scheme = NULL, *host = NULL, *port = NULL;
    int rc = RC_SETTINGS;
    if (url && settings->url && !curl_url_set(url, CURLUPART_URL, settings->url, 0) &&
        !curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) &&
        !curl_url_get(url, CURLUPART_HOST, &host, 0) &&
        (strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0)) {
        curl_url_get(url, CURLUPART_PORT, &port, 0);
        snprintf(s->where, sizeof s->where, "%s://%s%s%s", scheme, host, port ? ":" : "",
            port ? port : "");
        rc = RC_OK;
    } else {
        error_set(
            err, RC_SETTINGS, "url of sink %s is none; write https://HOST/PATH", settings->name);
    }
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(url);
    return rc;
}
