/* libcurl, set up once for both of its uses. */
#include "alert/sink.h"

#define DEFAULT_TIMEOUT_MS 10000

unsigned sink_timeout_ms(const struct sink_settings *settings)
{
    return settings->timeout_ms ? settings->timeout_ms : DEFAULT_TIMEOUT_MS;
}

static CURLcode set_tls(CURL *curl, const struct sink_settings *settings)
{
    CURLcode code = curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (!code)
        code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    if (!code)
        code = curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!code && settings->ca_file) {
        code = curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file);
        /* Else the system's folder of certificates would be trusted beside it. */
        if (!code)
            code = curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    if (!code && settings->certificate_file)
        code = curl_easy_setopt(curl, CURLOPT_SSLCERT, settings->certificate_file);
    if (!code && settings->key_file)
        code = curl_easy_setopt(curl, CURLOPT_SSLKEY, settings->key_file);
    return code;
}

CURL *curl_handle(const struct sink_settings *settings, char *text, struct error *err)
{
    CURL *curl = curl_easy_init();
    CURLcode code = curl ? set_tls(curl, settings) : CURLE_OUT_OF_MEMORY;
    long timeout_ms = (long)sink_timeout_ms(settings);
    if (!code)
        code = curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (!code)
        code = curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    if (!code)
        code = curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    if (!code)
        code = curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    if (!code)
        code = curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    if (!code)
        code = curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    if (!code)
        code = curl_easy_setopt(curl, CURLOPT_USERAGENT, "rollcall/" ROLLCALL_VERSION);
    if (!code)
        code = curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
    if (!code)
        return curl;
    error_set(err, RC_NO_MEMORY, "libcurl: %s", curl_easy_strerror(code));
    curl_easy_cleanup(curl);
    return NULL;
}

int curl_failed(const struct sink *s, CURLcode code, const char *text, struct error *err)
{
    const char *said = text && *text ? text : curl_easy_strerror(code);
    switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
        return error_set(err, RC_SINK,
            "%s: its certificate is not to be trusted (%s); check ca-file of sink %s", s->where,
            said, s->settings->name);
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return error_set(err, RC_SINK, "%s: %s; check the certificate files of sink %s", s->where,
            said, s->settings->name);
    default:
        return error_set(err, RC_SINK, "%s: %s", s->where, said);
    }
}
