/* rooms: base alert */
#include "alert_fixture.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "alert/sink.h"

/* ---- the line ---- */

static char *document_with(const char *member, json_t *value)
{
    json_t *json = json_loads(event_text, 0, NULL);
    json_object_set_new(json, member, value);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}

static void line_of(const char *json, size_t most, struct buf *out)
{
    struct document d;
    struct error err = ERROR_INIT;
    if (document_read(json, &d, &err) || syslog_line(&d, 10, "noc-1", most, out, &err))
        fail_msg("%s", err.text);
    document_free(&d);
}

static void an_event_becomes_one_line_of_rfc_5424(void **state)
{
    (void)state;
    struct buf line = {0};
    char expected[600];
    line_of(event_text, SYSLOG_UDP_MOST, &line);
    snprintf(expected, sizeof expected,
        "<82>1 2026-03-01T10:00:00.500000Z noc-1 rollcall %ld account-created "
        "[rollcall@32473 id=\"5f2c0e9a\" device=\"edge-7\" subject=\"bob\" severity=\"95\" "
        "verdict=\"unreviewed\" attack=\"T1136.001 T1098\"] account bob was created on edge-7",
        (long)getpid());
    assert_string_equal(buf_text(&line), expected);
    buf_free(&line);
}

static void the_severity_of_the_catalogue_gives_that_of_syslog(void **state)
{
    (void)state;
    static const struct {
        int severity, priority;
    } cases[] = {{100, 82}, {90, 82}, {89, 83}, {70, 83}, {69, 84}, {50, 84}, {49, 85}, {30, 85},
        {29, 86}, {1, 86}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *json = document_with("severity", json_integer(cases[i].severity)), start[16];
        struct buf line = {0};
        line_of(json, SYSLOG_UDP_MOST, &line);
        snprintf(start, sizeof start, "<%d>1 ", cases[i].priority);
        assert_memory_equal(line.data, start, strlen(start));
        buf_free(&line);
        free(json);
    }
}

static void nothing_from_a_device_breaks_the_line(void **state)
{
    (void)state;
    static const struct {
        const char *member, *raw, *in_line;
    } cases[] = {
        {"subject", "a\"b\\c]d", "subject=\"a\\\"b\\\\c\\]d\""},
        {"subject", "x\n<0>1 - - - - - - forged", "subject=\"x\\\\n<0>1"},
        {"subject", "\x1b[2J", "subject=\"\\\\x1b[2J\""},
        {"says", "two\r\nlines", "] two\\x0d\\nlines"},
        {"says", "gr\xc3\xbc\xc3\x9f", "] \xef\xbb\xbfgr\xc3\xbc\xc3\x9f"},
        {"device", "gr\xc3\xbc\xc3\x9f", "device=\"gr\xc3\xbc\xc3\x9f\""},
        {"event", "with blank \xc3\xbc", " with_blank___ ["},
        {"event", "a-name-that-is-longer-than-the-32-of-the-rfc",
            " a-name-that-is-longer-than-the-3 ["},
        {"seen_at", "yesterday\n", "1 - noc-1"},
        {"seen_at", "2026-03-01T12:00:00+02:00", "1 2026-03-01T10:00:00Z noc-1"},
        {"verdict", "", "severity=\"95\" attack="},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *json = document_with(cases[i].member, json_string(cases[i].raw));
        struct buf line = {0};
        line_of(json, SYSLOG_UDP_MOST, &line);
        if (!strstr(buf_text(&line), cases[i].in_line))
            fail_msg("expected %s in %s", cases[i].in_line, buf_text(&line));
        assert_null(strchr(buf_text(&line), '\n'));
        buf_free(&line);
        free(json);
    }
}

static void an_actor_is_named_in_the_data_and_in_the_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *user, *address, *in_line;
    } cases[] = {
        {"bob", "192.0.2.7",
            " user=\"bob\" address=\"192.0.2.7\"] account bob was created on edge-7, by bob from "
            "192.0.2.7"},
        {"e\nve", NULL, " user=\"e\\\\nve\"] account bob was created on edge-7, by e\\nve"},
        {NULL, NULL, "attack=\"T1136.001 T1098\"] account bob was created on edge-7"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *json = document_with("actor", json_pack("{s:s?,s:s?,s:s}", "user", cases[i].user,
                                                "address", cases[i].address, "source", "netconf"));
        struct buf line = {0};
        line_of(json, SYSLOG_UDP_MOST, &line);
        const char *found = strstr(buf_text(&line), cases[i].in_line);
        if (!found || strcmp(found, cases[i].in_line) != 0)
            fail_msg("expected %s at the end of %s", cases[i].in_line, buf_text(&line));
        buf_free(&line);
        free(json);
    }
}

static void a_long_event_loses_the_end_of_its_sentence_only(void **state)
{
    (void)state;
    static const size_t most[] = {SYSLOG_UDP_MOST, SYSLOG_TLS_MOST};
    char *raw = malloc(30001);
    for (size_t i = 0; i < 30000; i += 3)
        memcpy(raw + i, i % 2 ? "\xe2\x82\xac" : "]\"\\", 3);
    raw[30000] = '\0';
    json_t *json = json_loads(event_text, 0, NULL);
    static const char *const members[] = {"id", "event", "device", "subject", "verdict", "says"};
    for (size_t i = 0; i < COUNT(members); i++)
        json_object_set_new(json, members[i], json_string(raw));
    char *text = json_dumps(json, 0);
    for (size_t i = 0; i < COUNT(most); i++) {
        struct buf line = {0};
        line_of(text, most[i], &line);
        assert_in_range(line.len, most[i] - 4, most[i]);
        assert_true(utf8_valid(line.data, line.len));
        assert_non_null(strstr(line.data, "attack=\"T1136.001 T1098\"] "));
        buf_free(&line);
    }
    free(text);
    json_decref(json);
    free(raw);
}

static void what_is_no_event_is_dropped(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "[]", "{}", "{\"id\":\"a\"", "{\"id\":1,\"id\":1}",
        "{\"id\":\"a\",\"event\":\"b\"}", "{\"id\":\"a\",\"event\":\"b\",\"severity\":101}",
        "{\"id\":\"a\",\"event\":\"b\",\"severity\":\"90\"}",
        "{\"id\":\"\",\"event\":\"b\",\"severity\":90}"};
    const struct sink_settings settings = {
        .name = "noc", .kind = SINK_SYSLOG, .host = "127.0.0.1", .port = 9};
    struct sink *sink = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(sink_new(&settings, &sink, &err), 0);
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(sink_send(sink, cases[i], &err), RC_FORMAT);
    sink_free(sink);
}

static void settings_that_cannot_work_are_refused(void **state)
{
    (void)state;
    static const struct sink_settings cases[] = {
        {.name = "a", .kind = SINK_SYSLOG, .port = 514},
        {.name = "a", .kind = SINK_SYSLOG, .host = "", .port = 514},
        {.name = "a", .kind = SINK_SYSLOG, .host = "x"},
        {.name = "a", .kind = SINK_SYSLOG, .host = "x", .port = 514, .facility = 24},
        {.name = "a", .kind = SINK_WEBHOOK},
        {.name = "a", .kind = SINK_WEBHOOK, .url = "file:///etc/passwd"},
        {.name = "a", .kind = SINK_WEBHOOK, .url = "gopher://x/"},
        {.name = "a", .kind = SINK_WEBHOOK, .url = "https://"},
        {.name = "a", .kind = SINK_WEBHOOK, .url = "/path"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sink *sink = NULL;
        struct error err = ERROR_INIT;
        assert_int_equal(sink_new(&cases[i], &sink, &err), RC_SETTINGS);
        assert_null(sink);
    }
}

static void retries_wait_five_seconds_and_double_up_to_a_quarter_of_an_hour(void **state)
{
    (void)state;
    static const struct {
        uint32_t tries;
        int64_t seconds;
    } cases[] = {
        {0, 5}, {1, 5}, {2, 10}, {3, 20}, {8, 640}, {9, 900}, {10, 900}, {UINT32_MAX, 900}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        int64_t least = cases[i].seconds * 1000000;
        assert_int_equal(sink_retry_us(cases[i].tries, 0), least);
        assert_int_equal(sink_retry_us(cases[i].tries, UINT32_MAX), least + least / 10);
    }
}

/* ---- UDP ---- */

static void udp_sends_one_datagram_an_event(void **state)
{
    (void)state;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof here;
    assert_int_equal(bind(fd, (struct sockaddr *)&here, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&here, &len), 0);
    const struct sink_settings settings = {.name = "noc",
        .kind = SINK_SYSLOG,
        .host = "127.0.0.1",
        .port = ntohs(here.sin_port),
        .facility = 10};
    struct sink *sink = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(sink_new(&settings, &sink, &err), 0);
    for (int i = 0; i < 3; i++) {
        char got[4096];
        assert_int_equal(sink_send(sink, event_text, &err), 0);
        ssize_t n = recv(fd, got, sizeof got - 1, 0);
        assert_true(n > 0);
        got[n] = '\0';
        assert_memory_equal(got, "<82>1 2026-03-01T10:00:00.500000Z ", 34);
        assert_non_null(strstr(got, "id=\"" EVENT_ID "\""));
        assert_string_equal(got + n - 10, " on edge-7");
    }
    close(fd);
    /* nobody listens any more, and this machine knows it at once */
    assert_int_equal(sink_send(sink, event_text, &err), RC_SINK);
    assert_non_null(strstr(err.text, "127.0.0.1:"));
    sink_free(sink);
}

static void a_log_host_without_an_address_is_tried_again_later(void **state)
{
    (void)state;
    const struct sink_settings settings = {
        .name = "noc", .kind = SINK_SYSLOG, .host = "not a host", .port = 514};
    struct sink *sink = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(sink_new(&settings, &sink, &err), 0);
    assert_int_equal(sink_send(sink, event_text, &err), RC_SINK);
    sink_free(sink);
}

/* ---- TLS ---- */

struct certificates {
    char folder[64];
    char file[8][96]; /* paths, by the names below */
};

enum { CA, OTHER_CA, SERVER, SERVER_KEY, ELSEWHERE, ELSEWHERE_KEY, CLIENT, CLIENT_KEY };

/* Throw-away authorities and certificates, as an administrator would make them. */
static const char recipe[] =
    "set -e; cd \"$1\"; new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2'\n"
    "authority() { openssl req -x509 $new -subj \"/CN=$1\" -keyout $1.key -out $1.pem; }\n"
    "issue() { printf 'subjectAltName=%s' \"$2\" > $1.ext\n"
    "  openssl req $new -subj \"/CN=$1\" -keyout $1.key -out $1.csr\n"
    "  openssl x509 -req -in $1.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
    "-extfile $1.ext -out $1.pem; }\n"
    "authority ca; authority other; issue server DNS:localhost\n"
    "issue elsewhere DNS:elsewhere.example; issue client DNS:client.example\n";

static int make_certificates(void **state)
{
    static const char *const names[] = {"ca.pem", "other.pem", "server.pem", "server.key",
        "elsewhere.pem", "elsewhere.key", "client.pem", "client.key"};
    struct certificates *c = calloc(1, sizeof *c);
    snprintf(c->folder, sizeof c->folder, "/tmp/rollcall-alert-XXXXXX");
    if (!mkdtemp(c->folder))
        return -1;
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
            _exit(126);
        execlp("sh", "sh", "-c", recipe, "sh", c->folder, (char *)NULL);
        _exit(127);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    for (size_t i = 0; i < COUNT(names); i++)
        snprintf(c->file[i], sizeof c->file[i], "%s/%s", c->folder, names[i]);
    *state = c;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int remove_certificates(void **state)
{
    struct certificates *c = *state;
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", c->folder, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
    free(c);
    return 0;
}

static struct sink *tls_sink(struct sink_settings *settings, const struct server *server)
{
    struct sink *sink = NULL;
    struct error err = ERROR_INIT;
    settings->name = "noc";
    settings->kind = SINK_SYSLOG;
    settings->transport = SYSLOG_TLS;
    settings->port = server->port;
    settings->facility = 10;
    assert_int_equal(sink_new(settings, &sink, &err), 0);
    return sink;
}

static void must_send(struct sink *sink)
{
    struct error err = ERROR_INIT;
    if (sink_send(sink, event_text, &err))
        fail_msg("%s", err.text);
}

static void tls_frames_events_on_one_connection(void **state)
{
    const struct certificates *c = *state;
    struct server server;
    server_start(
        &server, (const char *const[]){"tls", c->file[SERVER], c->file[SERVER_KEY], "keep", NULL});
    struct sink_settings settings = {.host = "localhost", .ca_file = c->file[CA]};
    struct sink *sink = tls_sink(&settings, &server);
    for (int i = 0; i < 3; i++) {
        must_send(sink);
        json_t *said = server_next(&server);
        const char *message = json_string_value(json_object_get(said, "message"));
        assert_memory_equal(message, "<82>1 2026", 10);
        assert_non_null(strstr(message, "] account bob was created on edge-7"));
        assert_int_equal(json_integer_value(json_object_get(said, "connection")), 1);
        json_decref(said);
    }
    sink_free(sink);
    server_stop(&server);
}

static void a_peer_that_closed_is_connected_to_again_and_nothing_is_lost(void **state)
{
    const struct certificates *c = *state;
    static const char *const modes[] = {"close", "reset"};
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct server server;
        server_start(&server,
            (const char *const[]){"tls", c->file[SERVER], c->file[SERVER_KEY], modes[i], NULL});
        struct sink_settings settings = {.host = "localhost", .ca_file = c->file[CA]};
        struct sink *sink = tls_sink(&settings, &server);
        for (int connection = 1; connection <= 3; connection++) {
            struct error err = ERROR_INIT;
            int rc = sink_send(sink, event_text, &err);
            /* a reset may overtake the acknowledgement: then it is to be sent again */
            if (rc && (i == 0 || rc != RC_SINK))
                fail_msg("%s", err.text);
            json_t *said = server_next(&server);
            assert_int_equal(json_integer_value(json_object_get(said, "connection")), connection);
            json_decref(said);
            json_decref(server_next(&server)); /* closed */
        }
        sink_free(sink);
        server_stop(&server);
    }
}

static void only_the_right_peer_gets_an_event(void **state)
{
    const struct certificates *c = *state;
    static const struct {
        int certificate, key, ca;
        const char *host, *says;
    } cases[] = {
        {SERVER, SERVER_KEY, OTHER_CA, "localhost", "not to be trusted"},
        {SERVER, SERVER_KEY, -1, "localhost", "not to be trusted"}, /* the system's authorities */
        {ELSEWHERE, ELSEWHERE_KEY, CA, "localhost", "not to be trusted"},
        {SERVER, SERVER_KEY, CA, "127.0.0.1", "not to be trusted"},
        {SERVER, SERVER_KEY, SERVER_KEY, "localhost", "check the certificate files"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct server server;
        struct error err = ERROR_INIT;
        server_start(&server, (const char *const[]){"tls", c->file[cases[i].certificate],
                                  c->file[cases[i].key], "keep", NULL});
        struct sink_settings settings = {
            .host = cases[i].host, .ca_file = cases[i].ca < 0 ? NULL : c->file[cases[i].ca]};
        struct sink *sink = tls_sink(&settings, &server);
        int rc = sink_send(sink, event_text, &err);
        if (rc != RC_SINK || !strstr(err.text, cases[i].says))
            fail_msg("case %zu: %s: %s", i, rc_name((enum rc)rc), err.text);
        sink_free(sink);
        server_stop(&server);
    }
}

static void a_client_certificate_is_shown_when_asked_for(void **state)
{
    const struct certificates *c = *state;
    struct server server;
    server_start(&server, (const char *const[]){"tls", c->file[SERVER], c->file[SERVER_KEY], "keep",
                              c->file[CA], NULL});
    struct sink_settings settings = {.host = "localhost",
        .ca_file = c->file[CA],
        .certificate_file = c->file[CLIENT],
        .key_file = c->file[CLIENT_KEY]};
    struct sink *sink = tls_sink(&settings, &server);
    must_send(sink);
    expect_said(&server, "message", "bob");
    sink_free(sink);
    server_stop(&server);
}

static void a_peer_that_says_nothing_is_given_up(void **state)
{
    const struct certificates *c = *state;
    struct server server;
    struct error err = ERROR_INIT;
    server_start(&server, (const char *const[]){"silent", NULL});
    struct sink_settings settings = {
        .host = "localhost", .ca_file = c->file[CA], .timeout_ms = 200};
    struct sink *sink = tls_sink(&settings, &server);
    assert_int_equal(sink_send(sink, event_text, &err), RC_SINK);
    server_stop(&server);
    assert_int_equal(sink_send(sink, event_text, &err), RC_SINK); /* nobody there at all */
    sink_free(sink);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_becomes_one_line_of_rfc_5424),
        cmocka_unit_test(the_severity_of_the_catalogue_gives_that_of_syslog),
        cmocka_unit_test(nothing_from_a_device_breaks_the_line),
        cmocka_unit_test(an_actor_is_named_in_the_data_and_in_the_sentence),
        cmocka_unit_test(a_long_event_loses_the_end_of_its_sentence_only),
        cmocka_unit_test(what_is_no_event_is_dropped),
        cmocka_unit_test(settings_that_cannot_work_are_refused),
        cmocka_unit_test(retries_wait_five_seconds_and_double_up_to_a_quarter_of_an_hour),
        cmocka_unit_test(udp_sends_one_datagram_an_event),
        cmocka_unit_test(a_log_host_without_an_address_is_tried_again_later),
        cmocka_unit_test(tls_frames_events_on_one_connection),
        cmocka_unit_test(a_peer_that_closed_is_connected_to_again_and_nothing_is_lost),
        cmocka_unit_test(only_the_right_peer_gets_an_event),
        cmocka_unit_test(a_client_certificate_is_shown_when_asked_for),
        cmocka_unit_test(a_peer_that_says_nothing_is_given_up),
    };
    signal(SIGPIPE, SIG_DFL); /* as in a program that did not think of it */
    return cmocka_run_group_tests(tests, make_certificates, remove_certificates);
}
