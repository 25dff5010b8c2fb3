/* rooms: base settings */
#include "base/program.h"
#include "settings_fixture.h"

#include <signal.h>

static void put_secrets(void)
{
    put_mode("pw", "hunter2\nuser: bob\n", 0600);
    put_mode("crlf", "hunter2\r\n", 0400);
    put_mode("key", "-----BEGIN\nline\n-----END\n", 0600);
    put_mode("empty", "\n", 0600);
    put_mode("open", "hunter2\n", 0640);
    put_mode("kept.cred", "hunter2\n", 0440);
    put_mode("slow.sh", "#!/bin/sh\nsleep 600 &\necho $!\n", 0700);
    setenv("ROLLCALL_TEST_SECRET", "hunter2", 1);
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    unsetenv("ROLLCALL_TEST_NOTHING");
}

static int resolve(const char *yaml, mode_t mode, struct driver_login *login, struct error *err)
{
    char text[600];
    struct settings *s = NULL;
    snprintf(text, sizeof text, "credentials: {c: {user: bob, %s}}\n", yaml);
    put_mode("rollcall.yaml", text, mode);
    int rc = load(NULL, &s, err);
    if (rc == RC_OK)
        rc = settings_resolve(&s->memory->credentials[0], login, err);
    /* the login must not need the settings, but for the user's name */
    if (rc == RC_OK) {
        assert_string_equal(login->user, "bob");
        login->user = NULL;
    }
    settings_free(s);
    return rc;
}

static void each_source_gives_the_secret(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        mode_t mode;
    } cases[] = {
        {"password: {file: pw}", 0644},
        {"password: {file: crlf}", 0644},
        {"password: {env: ROLLCALL_TEST_SECRET}", 0644},
        {"password: {command: echo hunter2}", 0644},
        {"password: {command: \"printf '%s\\\\nmore\\\\n' hunter2\"}", 0644},
        {"password: {command: 'sh -c \"echo noise >&2; echo hunter2\"'}", 0644},
        {"password: {credential: kept.cred}", 0644},
        {"password: {clear-text: hunter2}", 0600},
    };
    put_secrets();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct driver_login login = {.user = NULL};
        struct error err = ERROR_INIT;
        if (resolve(cases[i].yaml, cases[i].mode, &login, &err))
            fail_msg("%s: %s: %s", cases[i].yaml, err.place, err.text);
        if (!str_is(secret_value(login.password), "hunter2"))
            fail_msg("%s", cases[i].yaml);
        assert_null(login.private_key);
        assert_null(login.enable_secret);
        login_free(&login);
    }
}

static void a_private_key_is_taken_whole(void **state)
{
    (void)state;
    struct driver_login login = {.user = NULL};
    struct error err = ERROR_INIT;
    put_secrets();
    assert_int_equal(
        resolve("private-key: {file: key}, passphrase: {file: pw}, enable: {file: pw}, agent: yes",
            0644, &login, &err),
        RC_OK);
    assert_true(str_is(secret_value(login.private_key), "-----BEGIN\nline\n-----END\n"));
    assert_true(str_is(secret_value(login.key_passphrase), "hunter2"));
    assert_true(str_is(secret_value(login.enable_secret), "hunter2"));
    assert_null(login.password);
    assert_true(login.use_agent);
    login_free(&login);
    login_free(&login);
    login_free(NULL);
}

static void a_secret_that_cannot_be_had_says_why_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *yaml;
        int code;
        const char *text;
    } cases[] = {
        {"password: {file: empty}", RC_SETTINGS, "the secret is empty"},
        {"password: {file: open}", RC_SETTINGS, "others may read it (mode 0640)"},
        {"password: {file: .}", RC_SETTINGS, "is not a regular file"},
        {"password: {env: ROLLCALL_TEST_NOTHING}", RC_SETTINGS,
            "the environment variable ROLLCALL_TEST_NOTHING is not set"},
        {"password: {credential: nothing}", RC_NOT_FOUND, "/nothing: No such file"},
        {"password: {command: /nowhere/program}", RC_NOT_FOUND,
            "cannot run /nowhere/program: No such file or directory"},
        {"password: {command: \"sh -c 'echo hunter2; echo hunter2 >&2; exit 3'\"}", RC_IO,
            "sh failed with status 3; run it by hand to see why"},
        {"password: {command: \"sh -c 'kill -9 $$'\"}", RC_IO, "sh died by signal 9"},
        {"password: {command: cat /dev/zero}", RC_LIMIT, "cat prints more than 65536 bytes"},
        {"password: {command: 'true'}", RC_SETTINGS, "the secret is empty"},
        {"password: {command: \"printf 'a\\\\000b'\"}", RC_SETTINGS,
            "the secret has a NUL byte in it"},
    };
    put_secrets();
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct driver_login login = {.user = NULL};
        struct error err = ERROR_INIT;
        int rc = resolve(cases[i].yaml, 0644, &login, &err);
        if (rc != cases[i].code || !strstr(err.text, cases[i].text) ||
            !strstr(err.place, "rollcall.yaml:1:") || !strchr(err.show, '^'))
            fail_msg("%s: %d %s: %s\n%s", cases[i].yaml, rc, err.place, err.text, err.show);
        assert_null(login.password);
        if (!strstr(cases[i].yaml, "echo hunter2"))
            assert_null(strstr(err.show, "hunter2"));
        assert_null(strstr(err.text, "hunter2"));
    }
}

static void a_child_that_outlives_its_parent_is_not_waited_for(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    char path[256];
    put_secrets();
    const char *const words[] = {path_in("slow.sh", path, sizeof path), NULL};
    struct buf out = {.cap = 100};
    assert_int_equal(command_run(words, 600000, &out, &err), RC_OK);
    pid_t sleeper = atoi(buf_text(&out));
    assert_true(sleeper > 1);
    assert_int_equal(kill(sleeper, SIGKILL), 0); /* still there: it held the pipe all the time */
    buf_free(&out);
}

static void a_command_past_its_deadline_is_killed_with_its_children(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct buf out = {.cap = 100};
    /* the grandchild tells its number; when its group is dead, nobody has it any more */
    const char *const words[] = {"sh", "-c", "sleep 600 & echo $!; wait", NULL};
    /* on a busy machine the shell may not even have begun: give it more */
    for (unsigned deadline_ms = 300; out.len == 0; deadline_ms *= 4) {
        assert_true(deadline_ms < 100000);
        assert_int_equal(command_run(words, deadline_ms, &out, &err), RC_TIMEOUT);
        assert_non_null(strstr(err.text, "sh did not finish within "));
    }
    pid_t sleeper = atoi(buf_text(&out));
    assert_true(sleeper > 1);
    char path[64], stat[256] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)sleeper);
    int fd;
    while ((fd = open(path, O_RDONLY)) >= 0) { /* gone, or a zombie that init will fetch */
        ssize_t len = read(fd, stat, sizeof stat - 1);
        close(fd);
        if (len <= 0 || strstr(stat, ") Z "))
            break;
    }
    buf_free(&out);
}

static void words_are_split_like_in_a_shell_and_nothing_is_expanded(void **state)
{
    (void)state;
    static const struct {
        const char *text, *joined;
    } cases[] = {
        {"pass show net/x", "pass|show|net/x"},
        {"  a\t b ", "a|b"},
        {"a 'b c' \"d e\"f", "a|b c|d ef"},
        {"a '' b", "a||b"},
        {"a\\ b c", "a b|c"},
        {"'it''s' \"q\\\"q\" 'b\\b'", "its|q\"q|b\\b"},
        {"echo $HOME `id` *", "echo|$HOME|`id`|*"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena arena = {.cap = 0};
        const char *const *words = NULL;
        char joined[200] = "";
        assert_int_equal(program_words(&arena, cases[i].text, &words, NULL), RC_OK);
        for (size_t w = 0; words[w]; w++)
            snprintf(joined + strlen(joined), sizeof joined - strlen(joined), "%s%s", w ? "|" : "",
                words[w]);
        assert_string_equal(joined, cases[i].joined);
        arena_free(&arena);
    }
}

static void sinks_get_their_secrets(void **state)
{
    (void)state;
    put_secrets();
    struct settings *s = loaded("sinks:\n"
                                "  a: {syslog: {host: h}}\n"
                                "  b: {webhook: {url: 'http://h/', authorization: {file: pw}, "
                                "hmac-key: {env: ROLLCALL_TEST_SECRET}}}\n");
    struct sink_settings *sinks = NULL;
    size_t count = 0;
    struct error err = ERROR_INIT;
    assert_int_equal(settings_resolve_sinks(s, &sinks, &count, &err), RC_OK);
    assert_int_equal(count, 2);
    assert_null(sinks[0].authorization);
    assert_true(str_is(secret_value(sinks[1].authorization), "hunter2"));
    assert_true(str_is(secret_value(sinks[1].hmac_key), "hunter2"));
    sinks_free(sinks, count);
    unsetenv("ROLLCALL_TEST_SECRET");
    sinks = NULL;
    assert_int_equal(settings_resolve_sinks(s, &sinks, &count, &err), RC_SETTINGS);
    assert_null(sinks);
    settings_free(s);
}

static void the_master_key_is_made_once_and_read_back(void **state)
{
    (void)state;
    char path[256];
    unsigned char key[FINGERPRINT_KEY_BYTES], again[FINGERPRINT_KEY_BYTES];
    struct error err = ERROR_INIT;
    struct stat st;
    path_in("installation.key", path, sizeof path);
    assert_int_equal(key_load(path, key, &err), RC_NOT_FOUND);
    assert_string_equal(err.text,
        "there is no master key; `rollcall init` makes one for a new store, for an old "
        "one restore your copy");
    assert_int_equal(key_create(path, &err), RC_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(key_load(path, key, &err), RC_OK);
    assert_int_equal(key_create(path, &err), RC_BUSY);
    assert_int_equal(key_load(path, again, &err), RC_OK);
    assert_memory_equal(key, again, sizeof key);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(key_load(path, key, &err), RC_SETTINGS);
    static const char *const broken[] = {"", "abc\n", "AAAA\n",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"};
    for (size_t i = 0; i < COUNT(broken); i++) {
        put_mode("installation.key", broken[i], 0600);
        assert_int_equal(key_load(path, key, &err), RC_SETTINGS);
    }
}

static void places_follow_xdg_for_ordinary_users(void **state)
{
    (void)state;
    char *path;
    setenv("ROLLCALL_SETTINGS", "/own/r.yaml", 1);
    path = settings_default_path();
    assert_string_equal(path, "/own/r.yaml");
    free(path);
    unsetenv("ROLLCALL_SETTINGS");
    setenv("HOME", "/home/ann", 1);
    setenv("XDG_CONFIG_HOME", "/x/config", 1);
    unsetenv("XDG_STATE_HOME");
    bool root = geteuid() == 0;
    path = settings_default_path();
    assert_string_equal(path, root || access("/etc/rollcall/rollcall.yaml", F_OK) == 0
                                  ? "/etc/rollcall/rollcall.yaml"
                                  : "/x/config/rollcall/rollcall.yaml");
    free(path);
    path = settings_default_state();
    assert_string_equal(path, root ? "/var/lib/rollcall" : "/home/ann/.local/state/rollcall");
    free(path);
    setenv("XDG_STATE_HOME", "relative/is/ignored", 1);
    path = settings_default_state();
    assert_string_equal(path, root ? "/var/lib/rollcall" : "/home/ann/.local/state/rollcall");
    free(path);
    static const char *const folders[][2] = {
        {"/etc/rollcall/rollcall.yaml", "/etc/rollcall/platforms"}, {"r.yaml", "./platforms"},
        {"/r.yaml", "/platforms"}};
    for (size_t i = 0; i < COUNT(folders); i++) {
        path = settings_platforms_folder(folders[i][0]);
        assert_string_equal(path, folders[i][1]);
        free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_source_gives_the_secret),
        cmocka_unit_test(a_private_key_is_taken_whole),
        cmocka_unit_test(a_secret_that_cannot_be_had_says_why_and_where),
        cmocka_unit_test(a_child_that_outlives_its_parent_is_not_waited_for),
        cmocka_unit_test(a_command_past_its_deadline_is_killed_with_its_children),
        cmocka_unit_test(words_are_split_like_in_a_shell_and_nothing_is_expanded),
        cmocka_unit_test(sinks_get_their_secrets),
        cmocka_unit_test(the_master_key_is_made_once_and_read_back),
        cmocka_unit_test(places_follow_xdg_for_ordinary_users),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
