/* rooms: watch collect base */
#include "test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "watch/messages.h"
#include "watch_fakes.h"

static const struct driver_hop sample_hops[] = {
    {.name = "bastion", .address = "198.51.100.1", .port = 2222, .login = {.user = "hop"}},
    {.name = "edge-1",
        .address = "192.0.2.1",
        .port = 22,
        .host_keys = "ssh-ed25519 AAAA\n",
        .legacy_algorithms = true},
};

static void pack_sample_job(struct buf *out)
{
    struct driver_hop hops[2];
    memcpy(hops, sample_hops, sizeof hops);
    struct secret *password = secret_from(STR("s3\0cret"));
    hops[1].login = (struct driver_login){.user = "bob", .password = password, .use_agent = true};
    char names[][20] = {"a@2024-01-01.yang", "b.yang"};
    struct part have[] = {{.name = names[0]}, {.name = names[1]}};
    buf_add(&have[0].text, "module a {}\n");
    struct driver_job job = {.task = DRIVER_LEARN,
        .protocol = DRIVER_NETCONF,
        .netconf = {.tls = true,
            .certificate = "PEM\n",
            .datastore = "running",
            .filter = "/system",
            .modules = "module a 2024-01-01 urn:a\n",
            .have = have,
            .have_count = 2},
        .hops = hops,
        .hop_count = 2,
        .host_key_policy = HOST_KEY_FIRST_USE,
        .platform = &fake_platforms[0],
        .connect_ms = 1,
        .command_ms = 2,
        .total_ms = 3,
        .max_bytes = (size_t)5 << 32,
        .no_copies = true};
    assert_int_equal(job_pack("edge-1", &job, out), 0);
    secret_free(password);
    buf_free(&have[0].text);
}

static void a_job_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct buf message = {0};
    struct job *job = NULL;
    pack_sample_job(&message);
    assert_int_equal(job_unpack(buf_str(&message), FAKE_PLATFORMS, &job, NULL), 0);
    assert_string_equal(job->device, "edge-1");
    assert_ptr_equal(job->driver.platform, &fake_platforms[0]);
    assert_int_equal(job->driver.host_key_policy, HOST_KEY_FIRST_USE);
    assert_int_equal(job->driver.total_ms, 3);
    assert_true(job->driver.max_bytes == (size_t)5 << 32);
    assert_true(job->driver.no_copies);
    assert_int_equal(job->driver.hop_count, 2);
    const struct driver_hop *jump = &job->driver.hops[0], *hop = &job->driver.hops[1];
    assert_string_equal(jump->name, "bastion");
    assert_int_equal(jump->port, 2222);
    assert_null(jump->host_keys);
    assert_null(jump->login.password);
    assert_string_equal(hop->login.user, "bob");
    assert_true(str_equal(secret_value(hop->login.password), STR("s3\0cret")));
    assert_null(hop->login.private_key);
    assert_true(hop->login.use_agent && hop->legacy_algorithms);
    assert_string_equal(hop->host_keys, "ssh-ed25519 AAAA\n");
    assert_int_equal(job->driver.task, DRIVER_LEARN);
    assert_int_equal(job->driver.protocol, DRIVER_NETCONF);
    const struct driver_netconf *netconf = &job->driver.netconf;
    assert_true(netconf->tls);
    assert_string_equal(netconf->certificate, "PEM\n");
    assert_null(netconf->authorities);
    assert_string_equal(netconf->datastore, "running");
    assert_string_equal(netconf->filter, "/system");
    assert_string_equal(netconf->modules, "module a 2024-01-01 urn:a\n");
    assert_int_equal(netconf->have_count, 2);
    assert_string_equal(netconf->have[0].name, "a@2024-01-01.yang");
    assert_string_equal(buf_text(&netconf->have[0].text), "module a {}\n");
    assert_int_equal(netconf->have[1].text.len, 0);
    job_free(job);
    buf_wipe(&message);
}

static void a_local_job_arrives_as_it_was_sent(void **state)
{
    (void)state;
    static const char *const words[] = {"cat", "a b", NULL}, *const none[] = {NULL};
    const struct driver_hop hop = {.name = "r1", .address = "192.0.2.1"};
    struct driver_job sent = {.protocol = DRIVER_FILE,
        .exec = {.command = words,
            .environment = none,
            .password_variable = "TOKEN",
            .password_input = true},
        .file = {.path = "/saved",
            .names = words,
            .kind = FILE_GIT,
            .whole = WHOLE_BY_END,
            .mark = "running 1\n"},
        .hops = &hop,
        .hop_count = 1,
        .max_bytes = 1000};
    struct buf message = {0};
    struct job *job = NULL;
    assert_int_equal(job_pack("r1", &sent, &message), 0);
    assert_int_equal(job_unpack(buf_str(&message), FAKE_PLATFORMS, &job, NULL), 0);
    const struct driver_exec *exec = &job->driver.exec;
    const struct driver_file *file = &job->driver.file;
    assert_int_equal(job->driver.protocol, DRIVER_FILE);
    assert_string_equal(exec->command[1], "a b");
    assert_null(exec->command[2]);
    assert_non_null(exec->environment);
    assert_null(exec->environment[0]);
    assert_string_equal(exec->password_variable, "TOKEN");
    assert_true(exec->password_input);
    assert_string_equal(file->path, "/saved");
    assert_string_equal(file->names[0], "cat");
    assert_true(file->kind == FILE_GIT && file->whole == WHOLE_BY_END);
    assert_string_equal(file->mark, "running 1\n");
    job_free(job);
    /* files need a place and a name */
    for (int missing = 0; missing < 2; missing++) {
        struct driver_job bad = sent;
        if (missing)
            bad.file.names = none;
        else
            bad.file.path = NULL;
        buf_clear(&message);
        assert_int_equal(job_pack("r1", &bad, &message), 0);
        assert_int_equal(job_unpack(buf_str(&message), FAKE_PLATFORMS, &job, NULL), RC_FORMAT);
    }
    buf_wipe(&message);
}

/* Cut at every length, and each byte overwritten: refused or sane, never more than that. */
static void a_job_that_was_cut_or_damaged_is_refused_or_harmless(void **state)
{
    (void)state;
    struct buf message = {0};
    struct job *job = NULL;
    pack_sample_job(&message);
    for (size_t cut = 0; cut < message.len; cut++)
        assert_int_equal(
            job_unpack((struct str){message.data, cut}, FAKE_PLATFORMS, &job, NULL), RC_FORMAT);
    for (size_t i = 0; i < message.len; i++) {
        char kept = message.data[i];
        message.data[i] = (char)0xff;
        job = NULL;
        if (job_unpack(buf_str(&message), FAKE_PLATFORMS, &job, NULL) == 0)
            assert_true(job->driver.hop_count == 2);
        job_free(job);
        message.data[i] = kept;
    }
    buf_wipe(&message);
}

static struct result *sample_result(const char *part)
{
    struct result *result = calloc(1, sizeof *result);
    struct driver_result *driver = &result->driver;
    driver->platform = &fake_platforms[0];
    driver->hostname = strdup("edge-1");
    driver->dialogue_us = 1234;
    driver->parts = calloc(2, sizeof *driver->parts);
    driver->part_count = 2;
    driver->parts[0].name = strdup("running");
    buf_add(&driver->parts[0].text, "hostname edge-1\nend\n");
    driver->parts[1].name = strdup(part);
    driver->host_keys = calloc(1, sizeof *driver->host_keys);
    driver->host_key_count = 1;
    driver->host_keys[0] = (struct driver_host_key){.hop = strdup("edge-1"),
        .algorithm = strdup("ssh-ed25519"),
        .base64 = strdup("AAAAC3Nz+/="),
        .fingerprint = strdup("SHA256:abc"),
        .pinned = true};
    draft_read(NULL, driver->parts, 1, &result->draft, NULL);
    return result;
}

static void a_result_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct buf message = {0};
    struct result *sent = sample_result("users"), *got = NULL;
    assert_int_equal(result_pack(sent, &message), 0);
    assert_int_equal(result_unpack(buf_str(&message), FAKE_PLATFORMS, DRIVER_PULL, &got, NULL), 0);
    assert_int_equal(got->failure.code, 0);
    assert_ptr_equal(got->driver.platform, &fake_platforms[0]);
    assert_int_equal(got->driver.part_count, 2);
    assert_string_equal(got->driver.parts[0].name, "running");
    assert_string_equal(buf_text(&got->driver.parts[0].text), "hostname edge-1\nend\n");
    assert_string_equal(got->driver.host_keys[0].base64, "AAAAC3Nz+/=");
    assert_true(got->driver.host_keys[0].pinned && !got->driver.host_keys[0].changed);
    assert_string_equal(got->draft->text, "hostname edge-1\nend\n");
    assert_int_equal(got->driver.dialogue_us, 1234);
    result_free(sent);
    result_free(got);
    buf_free(&message);
}

/* What was learned has no draft, and more parts with longer names than a config. */
static void a_draft_is_there_exactly_when_a_config_was_asked_for(void **state)
{
    (void)state;
    struct buf config = {0}, lesson = {0};
    struct result *sent = sample_result("users"), *got = NULL;
    char name[120];
    result_pack(sent, &config);
    draft_free(sent->draft);
    sent->draft = NULL;
    memset(name, 'm', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    free(sent->driver.parts[1].name);
    sent->driver.parts[1].name = strdup(name);
    result_pack(sent, &lesson);
    const struct {
        const struct buf *message;
        enum driver_task task;
        int rc;
    } cases[] = {{&config, DRIVER_PULL, 0}, {&config, DRIVER_LEARN, RC_FORMAT},
        {&lesson, DRIVER_PULL, RC_FORMAT}, {&lesson, DRIVER_LEARN, 0}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        got = NULL;
        int rc =
            result_unpack(buf_str(cases[i].message), FAKE_PLATFORMS, cases[i].task, &got, NULL);
        assert_int_equal(rc, cases[i].rc);
        result_free(got);
    }
    result_free(sent);
    buf_free(&config);
    buf_free(&lesson);
}

static void a_failure_brings_its_text_escaped_and_its_host_keys_but_no_parts(void **state)
{
    (void)state;
    struct buf message = {0};
    struct result *sent = sample_result("users"), *got = NULL;
    sent->failure = (struct error){.code = RC_AUTH, .place = "edge-1: login", .text = "no\x1b[2J"};
    assert_int_equal(result_pack(sent, &message), 0);
    assert_int_equal(result_unpack(buf_str(&message), FAKE_PLATFORMS, DRIVER_PULL, &got, NULL), 0);
    assert_int_equal(got->failure.code, RC_AUTH);
    assert_string_equal(got->failure.place, "edge-1: login");
    assert_string_equal(got->failure.text, "no\\x1b[2J");
    assert_int_equal(got->driver.host_key_count, 1);
    assert_int_equal(got->driver.part_count, 0);
    assert_null(got->draft);
    result_free(sent);
    result_free(got);
    buf_free(&message);
}

static void a_result_that_was_cut_or_damaged_is_refused_or_harmless(void **state)
{
    (void)state;
    struct buf message = {0};
    struct result *sent = sample_result("users"), *got = NULL;
    result_pack(sent, &message);
    for (size_t cut = 0; cut < message.len; cut++)
        assert_int_equal(
            result_unpack((struct str){message.data, cut}, FAKE_PLATFORMS, DRIVER_PULL, &got, NULL),
            RC_FORMAT);
    for (size_t i = 0; i < message.len; i++) {
        char kept = message.data[i];
        message.data[i] = (char)0xfe;
        got = NULL;
        result_unpack(buf_str(&message), FAKE_PLATFORMS, DRIVER_PULL, &got, NULL);
        result_free(got);
        message.data[i] = kept;
    }
    result_free(sent);
    buf_free(&message);
}

static void a_result_must_make_sense(void **state)
{
    (void)state;
    static const struct {
        const char *what, *part, *algorithm;
        bool no_platform, no_parts;
    } cases[] = {{.what = "two parts of one name", .part = "running"},
        {.what = "a part named by escapes", .part = "\x1b[2J"},
        {.what = "a part without a name", .part = ""},
        {.what = "a path as algorithm", .part = "users", .algorithm = "a\nb"},
        {.what = "no platform", .part = "users", .no_platform = true},
        {.what = "no parts", .part = "users", .no_parts = true}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf message = {0};
        struct result *sent = sample_result(cases[i].part), *got = NULL;
        size_t parts = sent->driver.part_count;
        if (cases[i].no_platform)
            sent->driver.platform = NULL;
        if (cases[i].no_parts)
            sent->driver.part_count = 0;
        if (cases[i].algorithm) {
            free(sent->driver.host_keys[0].algorithm);
            sent->driver.host_keys[0].algorithm = strdup(cases[i].algorithm);
        }
        assert_int_equal(result_pack(sent, &message), 0);
        if (result_unpack(buf_str(&message), FAKE_PLATFORMS, DRIVER_PULL, &got, NULL) != RC_FORMAT)
            fail_msg("accepted: %s", cases[i].what);
        sent->driver.part_count = parts;
        result_free(sent);
        buf_free(&message);
    }
}

static void a_frame_of_another_type_or_too_long_is_refused_before_it_is_read(void **state)
{
    (void)state;
    static const struct {
        uint32_t type, length;
        enum rc rc;
    } cases[] = {{MESSAGE_JOB, 4, RC_FORMAT}, {MESSAGE_RESULT, 1001, RC_LIMIT},
        {MESSAGE_RESULT, 0xffffffff, RC_LIMIT}, {0, 0, RC_FORMAT},
        {MESSAGE_RESULT, 1000, RC_CRASH /* it never comes */}};
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int piecewise = 0; piecewise < 2; piecewise++) {
            int pair[2];
            assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
            uint32_t head[2] = {cases[i].type, cases[i].length};
            assert_int_equal(write(pair[0], head, sizeof head), sizeof head);
            close(pair[0]);
            struct inbox inbox = {.type = MESSAGE_RESULT, .most = 1000};
            struct buf body = {0};
            int rc = piecewise ? inbox_read(&inbox, pair[1], NULL)
                               : message_receive(pair[1], MESSAGE_RESULT, 1000, &body, NULL);
            assert_int_equal(rc, cases[i].rc);
            buf_free(&body);
            buf_free(&inbox.body);
            close(pair[1]);
        }
}

static void a_message_in_single_bytes_is_whole_only_at_its_last(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    static const char wire[] = {'S', 'E', 'R', 'R', 3, 0, 0, 0, 'a', 'b', 'c'};
    struct inbox inbox = {.type = MESSAGE_RESULT, .most = 10};
    for (size_t i = 0; i < sizeof wire; i++) {
        assert_int_equal(inbox_read(&inbox, pair[1], NULL), 0);
        assert_int_equal(write(pair[0], wire + i, 1), 1);
    }
    assert_int_equal(inbox_read(&inbox, pair[1], NULL), 1);
    assert_string_equal(buf_text(&inbox.body), "abc");
    buf_free(&inbox.body);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_arrives_as_it_was_sent),
        cmocka_unit_test(a_local_job_arrives_as_it_was_sent),
        cmocka_unit_test(a_job_that_was_cut_or_damaged_is_refused_or_harmless),
        cmocka_unit_test(a_result_arrives_as_it_was_sent),
        cmocka_unit_test(a_draft_is_there_exactly_when_a_config_was_asked_for),
        cmocka_unit_test(a_failure_brings_its_text_escaped_and_its_host_keys_but_no_parts),
        cmocka_unit_test(a_result_that_was_cut_or_damaged_is_refused_or_harmless),
        cmocka_unit_test(a_result_must_make_sense),
        cmocka_unit_test(a_frame_of_another_type_or_too_long_is_refused_before_it_is_read),
        cmocka_unit_test(a_message_in_single_bytes_is_whole_only_at_its_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
