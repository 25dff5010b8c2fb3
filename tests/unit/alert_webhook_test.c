/* rooms: base alert */
#include "alert_fixture.h"

#define TOKEN "Bearer hunter2-token"
#define USERINFO "robot:hunter2-password"
#define QUERY "key=hunter2-query"

static int start_server(void **state)
{
    struct server *server = calloc(1, sizeof *server);
    server_start(server, (const char *const[]){"http", NULL});
    *state = server;
    return 0;
}

static int stop_server(void **state)
{
    server_stop(*state);
    free(*state);
    return 0;
}

static struct sink *hook(
    struct sink_settings *settings, const struct server *server, const char *path, char url[200])
{
    struct sink *sink = NULL;
    struct error err = ERROR_INIT;
    snprintf(
        url, 200, "http://" USERINFO "@127.0.0.1:%u/hunter2-path/%s?" QUERY, server->port, path);
    settings->name = "chat";
    settings->kind = SINK_WEBHOOK;
    settings->url = url;
    assert_int_equal(sink_new(settings, &sink, &err), 0);
    return sink;
}

static const char *header(const json_t *said, const char *name)
{
    const char *value = json_string_value(json_object_get(json_object_get(said, "headers"), name));
    return value ? value : "(none)";
}

static void the_document_is_posted_with_id_kind_and_signature(void **state)
{
    struct server *server = *state;
    struct secret *token = secret_from(STR(TOKEN)), *key = secret_from(STR("Jefe"));
    struct sink_settings settings = {.authorization = token, .hmac_key = key};
    char url[200];
    struct error err = ERROR_INIT;
    struct sink *sink = hook(&settings, server, "200", url);
    json_int_t peer = 0;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sink_send(sink, event_text, &err), 0);
        json_t *said = server_next(server);
        assert_string_equal(json_string_value(json_object_get(said, "body")), event_text);
        assert_string_equal(
            json_string_value(json_object_get(said, "path")), "/hunter2-path/200?" QUERY);
        assert_string_equal(header(said, "content-type"), "application/json");
        assert_string_equal(header(said, "idempotency-key"), EVENT_ID);
        assert_string_equal(header(said, "x-rollcall-event"), "account-created");
        assert_string_equal(header(said, "authorization"), TOKEN);
        assert_string_equal(header(said, "expect"), "(none)");
        assert_memory_equal(header(said, "user-agent"), "rollcall/", 9);
        assert_memory_equal(header(said, "x-rollcall-signature"), "sha256=", 7);
        assert_int_equal(strlen(header(said, "x-rollcall-signature")), 7 + 64);
        json_int_t from = json_integer_value(json_object_get(said, "peer"));
        assert_true(peer == 0 || peer == from); /* the connection is kept */
        peer = from;
        json_decref(said);
    }
    sink_free(sink);
    secret_free(token);
    secret_free(key);
}

/* The value is openssl's: printf BODY | openssl dgst -sha256 -hmac Jefe */
static void the_signature_is_the_hmac_of_the_body(void **state)
{
    struct server *server = *state;
    struct secret *key = secret_from(STR("Jefe"));
    struct sink_settings settings = {.hmac_key = key};
    char url[200];
    struct error err = ERROR_INIT;
    struct sink *sink = hook(&settings, server, "204", url);
    assert_int_equal(sink_send(sink, "{\"id\":\"a\",\"event\":\"b\",\"severity\":1}", &err), 0);
    json_t *said = server_next(server);
    assert_string_equal(header(said, "x-rollcall-signature"),
        "sha256=1523b78bdd29dd818a2afd9c9d1cfc6e1c253b785462bcb903dd9852ee81b1dc");
    /* without our own, the URL's userinfo is the authorization */
    assert_memory_equal(header(said, "authorization"), "Basic ", 6);
    json_decref(said);
    sink_free(sink);
    secret_free(key);
}

static void answers_say_whether_to_try_again(void **state)
{
    struct server *server = *state;
    struct secret *token = secret_from(STR(TOKEN));
    static const struct {
        const char *path;
        int rc;
        const char *says;
    } cases[] = {
        {"200", 0, ""},
        {"202", 0, ""},
        {"500", RC_SINK, "answered 500"},
        {"503", RC_SINK, "answered 503"},
        {"429", RC_SINK, "answered 429"},
        {"408", RC_SINK, "answered 408"},
        {"401", RC_SINK, "check authorization and hmac-key of sink chat"},
        {"404", RC_SINK, "check url of sink chat"},
        {"400", RC_FORMAT, "answered 400"},
        {"413", RC_FORMAT, "answered 413"},
        {"422", RC_FORMAT, "answered 422"},
        {"redirect", RC_SINK, "redirections are not followed"},
        {"drop", RC_SINK, ""},
        {"slow", RC_SINK, ""},
        {"endless", 0, ""},
        {"200", 0, ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sink_settings settings = {.authorization = token, .timeout_ms = 2000};
        if (strcmp(cases[i].path, "slow") == 0)
            settings.timeout_ms = 200;
        char url[200];
        struct error err = ERROR_INIT;
        struct sink *sink = hook(&settings, server, cases[i].path, url);
        int rc = sink_send(sink, event_text, &err);
        if (rc != cases[i].rc || !strstr(err.text, cases[i].says))
            fail_msg("%s: %s: %s", cases[i].path, rc_name((enum rc)rc), err.text);
        assert_null(strstr(err.text, "hunter2"));
        assert_null(strstr(err.place, "hunter2"));
        json_t *said = server_next(server);
        assert_non_null(strstr(json_string_value(json_object_get(said, "path")), cases[i].path));
        json_decref(said);
        sink_free(sink);
    }
    secret_free(token);
}

static void no_credential_is_in_an_error_when_nobody_answers(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "http://" USERINFO "@127.0.0.1:1/hunter2-path?" QUERY,
        "https://" USERINFO "@127.0.0.1:1/hunter2-path?" QUERY,
        "https://" USERINFO "@nowhere.invalid/hunter2-path?" QUERY,
        "https://" USERINFO "@[::1]:1/hunter2-path?" QUERY,
        "ftp://" USERINFO "@127.0.0.1/hunter2-path?" QUERY,
        "https://" USERINFO "@127.0.0.1:99999/hunter2-path?" QUERY,
        USERINFO " nonsense",
    };
    for (size_t i = 0; i < COUNT(urls); i++) {
        const struct sink_settings settings = {
            .name = "chat", .kind = SINK_WEBHOOK, .url = urls[i], .timeout_ms = 2000};
        struct sink *sink = NULL;
        struct error err = ERROR_INIT;
        int rc = sink_new(&settings, &sink, &err);
        if (!rc)
            rc = sink_send(sink, event_text, &err);
        assert_true(rc == RC_SINK || rc == RC_SETTINGS);
        if (strstr(err.text, "hunter2") || strstr(err.show, "hunter2"))
            fail_msg("%s", err.text);
        sink_free(sink);
    }
}

static void what_is_in_an_event_starts_no_header(void **state)
{
    struct server *server = *state;
    struct sink_settings settings = {.timeout_ms = 2000};
    char url[200];
    struct error err = ERROR_INIT;
    struct sink *sink = hook(&settings, server, "200", url);
    assert_int_equal(sink_send(sink,
                         "{\"id\":\"a\\r\\nX-Evil: 1\",\"event\":\"b\\nX-Evil: 2\","
                         "\"severity\":1}",
                         &err),
        0);
    json_t *said = server_next(server);
    assert_string_equal(header(said, "x-evil"), "(none)");
    assert_string_equal(header(said, "idempotency-key"), "a??X-Evil: 1");
    json_decref(said);
    sink_free(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_is_posted_with_id_kind_and_signature),
        cmocka_unit_test(the_signature_is_the_hmac_of_the_body),
        cmocka_unit_test(answers_say_whether_to_try_again),
        cmocka_unit_test(no_credential_is_in_an_error_when_nobody_answers),
        cmocka_unit_test(what_is_in_an_event_starts_no_header),
    };
    return cmocka_run_group_tests(tests, start_server, stop_server);
}
