/* rooms: collect access diff settings store netconf ssh syntax data drivers base */
#include "collect_fixture.h"

#define CONFIG                                                                                     \
    "version 17.9\nhostname edge-1\n"                                                              \
    "username bob privilege 1 secret 9 $9$salt$hashhashhash\n"                                     \
    "username al privilege 15 secret 9 $9$salt$hashhashhash\n"                                     \
    "interface Gi1\n description an uplink with a rather long description, as they are\n"          \
    "interface Gi2\n description an uplink with a rather long description, as they are\n"          \
    "interface Gi3\n description an uplink with a rather long description, as they are\n"          \
    "end\n"
#define SHRUNKEN "version 17.9\nhostname edge-1\nend\n"

#define KEY_A "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
#define PRINT_B "SHA256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void a_silence_is_told_when_it_begins_and_when_it_ends(void **state)
{
    struct fixture *f = *state;
    read_config(f, CONFIG);
    fail_pull(f, RC_CONNECT);
    assert_string_equal(f->events, "device-unreachable(edge-1)");
    fail_pull(f, RC_CONNECT);
    assert_string_equal(f->events, "");
    fail_pull(f, RC_TIMEOUT);
    assert_string_equal(f->events, "");
    read_config(f, CONFIG);
    assert_string_equal(f->events, "device-recovered(edge-1)");
    assert_false(f->report.new_version);
    read_config(f, CONFIG);
    assert_string_equal(f->events, "");
    fail_pull(f, RC_INCOMPLETE);
    assert_string_equal(f->events, "device-unreachable(edge-1)");
}

static void a_rejected_login_is_another_event_than_silence(void **state)
{
    struct fixture *f = *state;
    read_config(f, CONFIG);
    fail_pull(f, RC_AUTH);
    assert_string_equal(f->events, "collector-locked-out(edge-1)");
    fail_pull(f, RC_AUTH);
    assert_string_equal(f->events, "");
    fail_pull(f, RC_CONNECT);
    assert_string_equal(f->events, "device-unreachable(edge-1)");
    fail_pull(f, RC_AUTH);
    assert_string_equal(f->events, "");
}

static void a_failure_is_no_version_and_deletes_no_account(void **state)
{
    struct fixture *f = *state;
    struct store_version v;
    read_config(f, CONFIG);
    for (enum rc code = RC_CONNECT; code >= RC_CRASH; code--) {
        if (code == RC_STORE || code == RC_BUSY || code == RC_INTEGRITY)
            continue;
        fail_pull(f, code);
        must(f, store_version(f->store, "edge-1", 0, 0, &v, &f->err));
        assert_int_equal(v.number, 1);
        store_version_clear(&v);
    }
    read_config(f, CONFIG);
    assert_int_equal(f->report.version, 1);
    assert_int_equal(f->report.accounts, 2);
}

static void a_config_that_shrank_is_believed_when_it_is_seen_twice(void **state)
{
    struct fixture *f = *state;
    read_config(f, CONFIG);
    f->config = SHRUNKEN;
    collect_now(f);
    assert_int_equal(f->report.failure.code, RC_INCOMPLETE);
    assert_true(f->report.soon);
    assert_string_equal(f->events, "");
    /* another short one is seen for the first time */
    f->config = "version 17.9\nhostname edge\nend\n";
    collect_now(f);
    assert_int_equal(f->report.failure.code, RC_INCOMPLETE);
    /* back to normal: nothing happened */
    read_config(f, CONFIG);
    assert_string_equal(f->events, "");
    assert_int_equal(f->report.version, 1);
    f->config = SHRUNKEN;
    collect_now(f);
    assert_int_equal(f->report.failure.code, RC_INCOMPLETE);
    read_config(f, SHRUNKEN);
    assert_int_equal(f->report.version, 2);
    assert_string_equal(f->events, "account-deleted(al) account-deleted(bob) config-changed()");
}

static void a_part_that_is_missing_is_believed_when_it_is_missing_twice(void **state)
{
    struct fixture *f = *state;
    f->startup = CONFIG;
    read_config(f, CONFIG);
    f->startup = NULL;
    collect_now(f);
    assert_int_equal(f->report.failure.code, RC_INCOMPLETE);
    assert_non_null(strstr(f->report.failure.text, "startup"));
    assert_string_equal(f->events, "");
    /* it is back: nothing happened */
    f->startup = CONFIG;
    read_config(f, CONFIG);
    assert_int_equal(f->report.version, 1);
    f->startup = NULL;
    collect_now(f);
    assert_int_equal(f->report.failure.code, RC_INCOMPLETE);
    read_config(f, CONFIG);
    assert_int_equal(f->report.version, 2);
}

static void an_account_that_is_left_in_the_startup_config_alone_is_gone(void **state)
{
    struct fixture *f = *state;
    f->startup = CONFIG;
    read_config(f, CONFIG);
    char text[1000];
    snprintf(text, sizeof text, "version 17.9\nhostname edge-1\n%s", strstr(CONFIG, "interface"));
    read_config(f, text);
    assert_string_equal(f->events, "account-deleted(al) account-deleted(bob) "
                                   "startup-differs-from-running(startup)");
}

static void a_config_that_only_lost_its_accounts_is_believed_at_once(void **state)
{
    struct fixture *f = *state;
    read_config(f, CONFIG);
    char text[1000];
    snprintf(text, sizeof text, "version 17.9\nhostname edge-1\n%s", strstr(CONFIG, "interface"));
    read_config(f, text);
    assert_string_equal(f->events, "account-deleted(al) account-deleted(bob)");
}

static void a_changed_host_key_is_told_once_for_each_key(void **state)
{
    struct fixture *f = *state;
    read_config(f, CONFIG);
    must(f, store_pin_host_key(f->store, "edge-1", "ssh-ed25519", KEY_A, false, "trust", &f->err));
    f->key = (struct driver_host_key){.hop = (char *)(uintptr_t) "edge-1",
        .algorithm = (char *)(uintptr_t) "ssh-ed25519",
        .base64 = (char *)(uintptr_t) "AAAA",
        .fingerprint = (char *)(uintptr_t)PRINT_B,
        .changed = true};
    fail_pull(f, RC_HOST_KEY);
    assert_string_equal(f->events, "host-key-changed(edge-1)");
    assert_non_null(strstr(buf_text(&f->json), PRINT_B));
    fail_pull(f, RC_HOST_KEY);
    assert_string_equal(f->events, "");
    f->key.fingerprint = (char *)(uintptr_t) "SHA256:cccc";
    fail_pull(f, RC_HOST_KEY);
    assert_string_equal(f->events, "host-key-changed(edge-1)");
}

static void a_key_is_pinned_at_first_use_for_a_hop_of_the_job_only(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *hop;
        enum host_key_policy policy;
        bool pinned;
    } cases[] = {{"edge-2", HOST_KEY_FIRST_USE, false}, {"edge-1", HOST_KEY_PINNED, false},
        {"edge-1", HOST_KEY_FIRST_USE, true}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf keys = {0};
        f->device.host_key_policy = cases[i].policy;
        f->key = (struct driver_host_key){.hop = (char *)(uintptr_t)cases[i].hop,
            .algorithm = (char *)(uintptr_t) "ssh-ed25519",
            .base64 = (char *)(uintptr_t)KEY_A,
            .fingerprint = (char *)(uintptr_t) "SHA256:aaaa"};
        read_config(f, CONFIG);
        must(f, store_host_keys(f->store, cases[i].hop, &keys, &f->err));
        assert_int_equal(keys.len != 0, cases[i].pinned);
        buf_free(&keys);
    }
}

static void a_device_unread_for_long_is_stale_once(void **state)
{
    struct fixture *f = *state;
    f->settings.stale_after_s = 3600;
    read_config(f, CONFIG);
    fail_pull(f, RC_CONNECT);
    f->now_us += 3600 * SECOND;
    fail_pull(f, RC_CONNECT);
    assert_string_equal(f->events, "device-stale(edge-1)");
    fail_pull(f, RC_CONNECT);
    assert_string_equal(f->events, "");
    read_config(f, CONFIG);
    assert_string_equal(f->events, "device-recovered(edge-1)");
}

static void a_credential_that_cannot_be_read_is_a_failed_run(void **state)
{
    struct fixture *f = *state;
    static const struct credential missing = {.name = "c",
        .user = "rollcall",
        .password = {.kind = SECRET_FILE, .text = "/nonexistent/password"}};
    f->device.credential = &missing;
    f->config = CONFIG;
    assert_int_not_equal(
        collect_device(f->collect, &f->device, fixture_pull, f, &f->report, &f->err), 0);
    assert_int_equal(f->report.failure.code, f->err.code);
    assert_int_not_equal(f->err.code, RC_BUSY);
    f->device.credential = &fixture_credential;
    read_config(f, CONFIG);
    assert_string_equal(f->events, "device-recovered(edge-1)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        COLLECT_TEST(a_silence_is_told_when_it_begins_and_when_it_ends),
        COLLECT_TEST(a_rejected_login_is_another_event_than_silence),
        COLLECT_TEST(a_failure_is_no_version_and_deletes_no_account),
        COLLECT_TEST(a_config_that_shrank_is_believed_when_it_is_seen_twice),
        COLLECT_TEST(a_part_that_is_missing_is_believed_when_it_is_missing_twice),
        COLLECT_TEST(an_account_that_is_left_in_the_startup_config_alone_is_gone),
        COLLECT_TEST(a_config_that_only_lost_its_accounts_is_believed_at_once),
        COLLECT_TEST(a_changed_host_key_is_told_once_for_each_key),
        COLLECT_TEST(a_key_is_pinned_at_first_use_for_a_hop_of_the_job_only),
        COLLECT_TEST(a_device_unread_for_long_is_stale_once),
        COLLECT_TEST(a_credential_that_cannot_be_read_is_a_failed_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
