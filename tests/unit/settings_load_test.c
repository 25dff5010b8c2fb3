/* rooms: base settings */
#include "settings_fixture.h"

static const char full[] =
    "store: history.db\n"
    "key-file: /var/key\n"
    "collectors: 7\n"
    "stale-after: 12h\n"
    "unsaved-after: 20m\n"
    "event-catalogue: own.yaml\n"
    "defaults:\n"
    "  credential: net\n"
    "  schedule: nightly\n"
    "  timeouts: {connect: 500ms}\n"
    "groups:\n"
    "  core:\n"
    "    platform: ios\n"
    "    credential: old\n"
    "    port: 2222\n"
    "    jump: bastion\n"
    "    legacy-algorithms: yes\n"
    "    saved-copies: no\n"
    "    timeouts: {total: 9m}\n"
    "devices:\n"
    "  edge-2: {address: 192.0.2.2, group: core, port: 22, max-size: 1M, schedule: every 10m}\n"
    "  edge-1: {group: core, host-keys: pinned}\n"
    "  bastion: {address: b.example.net, jump-only: true, jump: outer}\n"
    "  outer: {platform: debian, schedule: never, jump: none}\n"
    "credentials:\n"
    "  net: {user: rollcall, password: {env: ROLLCALL_TEST_PASSWORD}}\n"
    "  old: {user: admin, agent: true, enable: {command: 'echo \"two words\"'}}\n"
    "schedules:\n"
    "  nightly: {when: 0 2 * * *, splay: 1h}\n"
    "sinks:\n"
    "  noc:\n"
    "    syslog: {host: 192.0.2.9, transport: tls, facility: local3, ca-file: ca.pem}\n"
    "  chat:\n"
    "    minimum-severity: 70\n"
    "    webhook: {url: 'https://chat.example.net/x', hmac-key: {env: ROLLCALL_TEST_PASSWORD}}\n";

static void every_setting_reaches_its_member(void **state)
{
    (void)state;
    struct settings *s = loaded(full);
    char path[256];
    assert_string_equal(s->file, path_in("rollcall.yaml", path, sizeof path));
    assert_string_equal(s->store, path_in("history.db", path, sizeof path));
    assert_string_equal(s->catalogue_file, path_in("own.yaml", path, sizeof path));
    assert_string_equal(s->key_file, "/var/key");
    assert_int_equal(s->collectors, 7);
    assert_int_equal(s->stale_after_s, 12 * 3600);
    assert_true(s->unsaved_after_us == INT64_C(1200000000));

    assert_int_equal(s->device_count, 4);
    assert_string_equal(s->devices[0].name, "bastion");
    assert_string_equal(s->devices[3].name, "outer");
    assert_int_equal(s->sink_count, 2);
    const struct sink_settings *noc = &s->sinks[0], *chat = &s->sinks[1];
    assert_int_equal(noc->kind, SINK_SYSLOG);
    assert_int_equal(noc->port, 6514);
    assert_int_equal(noc->facility, 19);
    assert_int_equal(noc->minimum, 0);
    assert_int_equal(noc->timeout_ms, 10000);
    assert_string_equal(noc->ca_file, path_in("ca.pem", path, sizeof path));
    assert_int_equal(chat->kind, SINK_WEBHOOK);
    assert_int_equal(chat->minimum, 70);
    assert_string_equal(chat->url, "https://chat.example.net/x");
    assert_null(chat->hmac_key);
    settings_free(s);
}

static void a_device_wins_over_its_group_and_that_over_the_defaults(void **state)
{
    (void)state;
    struct settings *s = loaded(full);
    const struct device *one = settings_device(s, "edge-1"), *two = settings_device(s, "edge-2");
    assert_string_equal(one->address, "edge-1");
    assert_string_equal(one->group, "core");
    assert_string_equal(one->platform->name, "ios");
    assert_string_equal(one->credential->name, "old");
    assert_int_equal(one->port, 2222);
    assert_int_equal(one->host_key_policy, HOST_KEY_PINNED);
    assert_true(one->legacy_algorithms);
    assert_false(one->saved_copies);
    assert_int_equal(one->connect_ms, 500);
    assert_int_equal(one->command_ms, 60000);
    assert_int_equal(one->total_ms, 540000);
    assert_int_equal(one->max_bytes, 64 << 20);
    assert_non_null(one->schedule);
    assert_int_equal(one->splay_s, 3600);
    assert_int_equal(two->port, 22);
    assert_int_equal(two->max_bytes, 1 << 20);
    assert_int_equal(two->host_key_policy, HOST_KEY_FIRST_USE);
    assert_int_equal(two->splay_s, 300);
    assert_true(two->schedule != one->schedule);
    const struct device *outer = settings_device(s, "outer");
    assert_null(outer->schedule);
    assert_string_equal(outer->platform->name, "linux");
    assert_null(settings_device(s, "edge-9"));
    assert_string_equal(settings_nearest(s, "egde-1"), "edge-1");
    settings_free(s);
}

static void the_first_hop_brings_its_own_jumps(void **state)
{
    (void)state;
    struct settings *s = loaded(full);
    const struct device *one = settings_device(s, "edge-1");
    assert_int_equal(one->jump_count, 2);
    assert_string_equal(one->jumps[0]->name, "outer");
    assert_string_equal(one->jumps[1]->name, "bastion");
    assert_true(settings_device(s, "bastion")->jump_only);
    assert_null(settings_device(s, "bastion")->schedule);
    settings_free(s);

    /* a default jump does not lead a bastion through itself, nor another one through it */
    s = loaded("defaults: {jump: b1, credential: c}\n"
               "devices: {b1: {}, b2: {jump-only: true}, r1: {}, r2: {jump: [b2, b1]}}\n"
               "credentials: {c: {user: u, agent: true}}\n");
    assert_int_equal(settings_device(s, "b1")->jump_count, 0);
    assert_int_equal(settings_device(s, "b2")->jump_count, 0);
    assert_int_equal(settings_device(s, "r1")->jump_count, 1);
    assert_int_equal(settings_device(s, "r2")->jump_count, 2);
    assert_string_equal(settings_device(s, "r2")->jumps[0]->name, "b2");
    settings_free(s);
}

static void an_empty_file_is_a_start(void **state)
{
    (void)state;
    struct settings *s = loaded("# nothing yet\n");
    assert_int_equal(s->device_count, 0);
    assert_int_equal(s->sink_count, 0);
    assert_int_equal(s->collectors, 32);
    assert_int_equal(s->stale_after_s, 2 * 86400);
    assert_true(s->unsaved_after_us == INT64_C(3600000000));
    assert_non_null(strstr(s->store, "/rollcall.db"));
    assert_non_null(strstr(s->key_file, "/key"));
    assert_null(settings_device(s, "x"));
    assert_null(settings_nearest(s, "x"));
    settings_free(s);
}

#define LOGIN "credentials: {c: {user: u, agent: true}}\n"

static const char netconf[] =
    "store: /var/state/history.db\n"
    "call-home: {ssh: '[::]:4334', tls: '198.51.100.1:4335'}\n"
    "defaults: {credential: c, port: 22, netconf: {notifications: no}}\n"
    "groups:\n"
    "  core: {driver: netconf, netconf: {filter: /system, call-home: [192.0.2.0/24, "
    "'2001:db8::1']}}\n"
    "devices:\n"
    "  r1: {driver: netconf}\n"
    "  r2: {group: core, netconf: {transport: tls, authorities-file: ca.pem, notifications: yes}}\n"
    "  r3: {group: core, port: 2022, credential: p, netconf: {datastore: startup, call-home: "
    "192.0.2.7}}\n"
    "  r4: {group: core, driver: ssh}\n"
    "  hop: {group: core, jump-only: true}\n"
    "credentials:\n"
    "  p: {user: u, agent: true}\n"
    "  c: {user: u, private-key: {env: ROLLCALL_TEST_KEY}, certificate: {file: open.pem}}\n";

static void netconf_devices_have_their_own_words_and_ports(void **state)
{
    (void)state;
    put("ca.pem", "an authority\n");
    put("open.pem", "a certificate\nand its chain\n"); /* anybody may read it */
    struct settings *s = loaded(netconf);
    char path[256];
    const struct device *r1 = settings_device(s, "r1"), *r2 = settings_device(s, "r2"),
                        *r3 = settings_device(s, "r3"), *r4 = settings_device(s, "r4");
    assert_string_equal(s->schemas, "/var/state/schemas");
    assert_null(s->modules);
    assert_string_equal(s->call_home_ssh, "[::]:4334");
    assert_string_equal(s->call_home_tls, "198.51.100.1:4335");
    assert_int_equal(r1->protocol, DRIVER_NETCONF);
    assert_int_equal(r1->port, 830);
    assert_string_equal(r1->netconf.datastore, "running");
    assert_false(r1->netconf.tls || r1->netconf.notifications);
    assert_null(r1->netconf.call_home);
    assert_int_equal(r2->port, 6513);
    assert_true(r2->netconf.tls && r2->netconf.notifications);
    assert_string_equal(r2->netconf.authorities_file, path_in("ca.pem", path, sizeof path));
    assert_string_equal(r2->netconf.filter, "/system");
    assert_string_equal(r2->netconf.call_home[1], "2001:db8::1");
    assert_null(r2->netconf.call_home[2]);
    assert_int_equal(r3->port, 2022);
    assert_string_equal(r3->netconf.datastore, "startup");
    assert_string_equal(r3->netconf.call_home[0], "192.0.2.7");
    assert_null(r3->netconf.call_home[1]);
    assert_int_equal(r4->protocol, DRIVER_SSH);
    assert_int_equal(r4->port, 22);
    assert_int_equal(settings_device(s, "hop")->protocol, DRIVER_SSH);
    struct buf pem = {.cap = 1000};
    assert_int_equal(settings_resolve_certificate(r1->credential, &pem, NULL), 0);
    assert_string_equal(buf_text(&pem), "a certificate\nand its chain\n");
    buf_clear(&pem);
    assert_int_equal(settings_resolve_certificate(r3->credential, &pem, NULL), 0);
    assert_int_equal(pem.len, 0);
    buf_free(&pem);
    settings_free(s);
}

static const char local[] = LOGIN
    "defaults: {credential: c, platform: ios, jump: hop, port: 2022}\n"
    "groups:\n"
    "  saved: {driver: file, file: {path: 'repositories/{group}.git', name: [a, 'x/{name}-*']}}\n"
    "devices:\n"
    "  hop: {jump-only: true}\n"
    "  f1: {group: saved}\n"
    "  'f[2': {group: saved, file: {git: true, whole: no}}\n"
    "  f3: {driver: file, file: {path: /saved, git: false, whole: yes}}\n"
    "  e1: {driver: exec, exec: {command: \"tools/fetch '{host} x'\"}}\n"
    "  e2: {driver: exec, credential: c, port: 1433, exec: {command: [a b, c], environment: [X*, "
    "A=b], password-input: true}}\n"
    "  e3: {driver: exec, platform: linux, exec: {password-variable: TOKEN}}\n";

static void devices_without_a_login_have_their_own_words(void **state)
{
    (void)state;
    struct settings *s = loaded(local);
    char path[256];
    const struct device *f1 = settings_device(s, "f1"), *f2 = settings_device(s, "f[2"),
                        *f3 = settings_device(s, "f3"), *e1 = settings_device(s, "e1"),
                        *e2 = settings_device(s, "e2"), *e3 = settings_device(s, "e3");
    assert_int_equal(f1->protocol, DRIVER_FILE);
    assert_null(f1->credential);
    assert_int_equal(f1->port, 0);
    assert_int_equal(f1->jump_count, 0);
    assert_string_equal(f1->file.path, path_in("repositories/saved.git", path, sizeof path));
    assert_string_equal(f1->file.names[0], "a");
    assert_string_equal(f1->file.names[1], "x/f1-*");
    assert_null(f1->file.names[2]);
    assert_true(f1->file.kind == FILE_FIND_OUT && f1->file.whole == WHOLE_FIND_OUT);
    assert_string_equal(f2->file.names[1], "x/f\\[2-*"); /* a name is no pattern */
    assert_true(f2->file.kind == FILE_GIT && f2->file.whole == WHOLE_BY_END);
    assert_string_equal(f3->file.path, "/saved");
    assert_string_equal(f3->file.names[0], "f3");
    assert_string_equal(f3->file.names[3], "configs/f3"); /* of no group */
    assert_null(f3->file.names[4]);
    assert_true(f3->file.kind == FILE_FOLDER && f3->file.whole == WHOLE_ALWAYS);
    assert_int_equal(e1->protocol, DRIVER_EXEC);
    assert_null(e1->credential); /* that of defaults is for logins */
    assert_string_equal(e1->exec.command[0], path_in("tools/fetch", path, sizeof path));
    assert_string_equal(e1->exec.command[1], "{host} x");
    assert_null(e1->exec.command[2]);
    assert_string_equal(e1->exec.environment[0], "AWS_*");
    assert_string_equal(e1->exec.password_variable, "ROLLCALL_PASSWORD");
    assert_string_equal(e2->credential->name, "c");
    assert_int_equal(e2->port, 1433);
    assert_string_equal(e2->exec.command[0], "a b");
    assert_string_equal(e2->exec.environment[1], "A=b");
    assert_null(e2->exec.environment[2]);
    assert_true(e2->exec.password_input && !e2->exec.password_variable);
    assert_null(e3->exec.command);
    assert_string_equal(e3->exec.password_variable, "TOKEN");
    settings_free(s);
}

static const struct {
    const char *yaml, *place, *text, *show;
} mistakes[] = {
    {"colectors: 5\n", "1:1", "unknown key \"colectors\" in settings; did you mean \"collectors\"?",
        "colectors: ***\n^"},
    {"collectors: many\n", "1:13", "collectors takes a number from 1 to 1024, not \"many\"",
        "collectors: many\n            ^"},
    {"collectors: 2\ncollectors: 3\n", "2:1",
        "duplicate key \"collectors\"; it is already in line 1", "collectors: 3\n^"},
    {LOGIN "devices:\n  r1: {credential: c, platform: iosx}\n", "3:33",
        "unknown platform \"iosx\"; did you mean \"ios\"?",
        "  r1: {credential: c, platform: iosx}\n                                ^"},
    {LOGIN "devices:\n  r1: {credential: c, platform: enigma}\n", "3:33",
        "unknown platform \"enigma\"; `rollcall platforms` lists them", NULL},
    {LOGIN "defaults: {platform: iso, credential: c}\ndevices: {r1: }\n", "2:22",
        "unknown platform \"iso\"; did you mean \"ios\"?", NULL},
    {LOGIN "devices: {r1: {}}\n", "2:11",
        "r1 has no credential; name one in it, in its group or in defaults", NULL},
    {"credentials: {core: {user: u, agent: true}}\ndevices: {r1: {credential: corr}}\n", "2:28",
        "unknown credential \"corr\"; did you mean \"core\"?", NULL},
    {LOGIN "devices: {r1: {credential: other}}\n", "2:28",
        "unknown credential \"other\"; it needs an entry in credentials", NULL},
    {LOGIN "groups: {core: {}}\ndevices: {r1: {credential: c, group: cor}}\n", "3:38",
        "unknown group \"cor\"; did you mean \"core\"?", NULL},
    {LOGIN "devices: {r1: {credential: c, jump: r2}, r3: {credential: c}}\n", "2:37",
        "unknown jump host \"r2\"; did you mean \"r1\"?", NULL},
    {LOGIN "devices: {r1: {credential: c, jump: r1}}\n", "2:37", "r1 cannot jump through itself",
        NULL},
    {LOGIN "defaults: {credential: c}\ndevices:\n  a: {jump: b}\n  b: {jump: c}\n  c: {jump: a}\n",
        "6:13", "jumps go in a circle: a is reached through itself",
        "  c: {jump: a}\n            ^"},
    {LOGIN "defaults: {credential: c}\ndevices:\n  a: {jump: [b, c, b]}\n  b:\n  c:\n", "4:20",
        "jump \"b\" is here twice; the other one is at", NULL},
    {LOGIN "devices:\n- {name: r1, credential: c}\n- {name: r1, credential: c}\n", "4:3",
        "devices \"r1\" is here twice; the other one is at", NULL},
    {LOGIN "devices: {r1: {credential: c, schedule: evry 10m}}\n", "2:41",
        "\"evry 10m\" is no schedule: write every 10m, @daily, never, or five fields: minute hour "
        "day month weekday",
        NULL},
    {LOGIN "schedules: {night: {when: 0 25 * * *}}\n"
           "devices: {r1: {credential: c, schedule: night}}\n",
        "2:27", "hour field \"25\": takes 0 to 23", NULL},
    {LOGIN "schedules: {night: {when: '@daily'}}\n"
           "devices: {r1: {credential: c, schedule: nigth}}\n",
        "3:41", "unknown schedule \"nigth\"; did you mean \"night\"?", NULL},
    {LOGIN "devices: {r1: {credential: c, splay: 5}}\n", "2:38",
        "splay: \"5\" is not valid; a span of time is a number and a unit: 500ms, 30s, 10m, 2h, "
        "1d, 1w",
        NULL},
    {LOGIN "devices: {r1: {credential: c, timeouts: {total: 3d}}}\n", "2:49",
        "a deadline is from 1ms to 1d", NULL},
    {LOGIN "devices: {r1: {credential: c, max-size: 9G}}\n", "2:41", "max-size is from 4K to 1G",
        NULL},
    {LOGIN "devices: {'a b': {credential: c}}\n", "2:11",
        "name: \"a b\" is not valid; a name has no blanks and no commas", NULL},
    {LOGIN "devices: {r1: {credential: c, port: 0}}\n", "2:37",
        "port takes a number from 1 to 65535, not \"0\"", NULL},
    {LOGIN "devices: {r1: {credential: c, driver: netcnf}}\n", "2:39",
        "driver takes ssh, netconf, exec or file, not \"netcnf\"; did you mean \"netconf\"?", NULL},
    {LOGIN "devices: {r1: {credential: c, driver: netconf, netconf: {transport: tls}}}\n", "2:28",
        "TLS needs a certificate; credential \"c\" has none", NULL},
    {LOGIN "devices: {r1: {credential: c, driver: netconf, netconf: {authorities-file: no.pem}}}\n",
        "2:76", "/no.pem, or it cannot be read", NULL},
    {LOGIN "devices: {r1: {credential: c, driver: netconf, netconf: {call-home: 192.0.2.1}}}\n",
        "2:69", "nobody listens for devices that call: say where at the top, call-home: ", NULL},
    {LOGIN "call-home: {ssh: '*:4334'}\n"
           "devices: {r1: {credential: c, driver: netconf, netconf: {call-home: 192.0.2.1/33}}}\n",
        "3:69", "\"192.0.2.1/33\" is no IP address and no prefix", NULL},
    {"devices: {r1: {driver: file, file: {path: x}}}\n", "1:24",
        "with driver file the platform cannot be found out; name it", NULL},
    {"devices: {r1: {driver: exec, platform: auto, exec: {command: x}}}\n", "1:40",
        "with driver exec the platform cannot be found out; name it", NULL},
    {"devices: {r1: {driver: file, platform: ios}}\n", "1:24",
        "driver file needs to know where: file: {path: ...}", NULL},
    {"devices: {r1: {driver: file, platform: ios, file: {path: '{group}'}}}\n", "1:58",
        "r1 has no group to put in for {group}", NULL},
    {"devices: {a/b: {driver: file, platform: ios, file: {path: 'x/{name}'}}}\n", "1:59",
        "\"a/b\" has a slash in it and cannot be put into the path", NULL},
    {"devices: {r1: {driver: exec, platform: ios, exec: {command: \"a 'b\"}}}\n", "1:61",
        "a quote in the command is not closed", NULL},
    {"devices: {r1: {driver: exec, platform: ios, exec: {command: a, environment: [A-B]}}}\n",
        "1:78", "write NAME, the beginning of names as AWS_*, or NAME=VALUE", NULL},
    {LOGIN "call-home: {ssh: '*:0'}\n", "2:18", "a port is a number from 1 to 65535", NULL},
    {LOGIN "call-home: {tls: 4335}\n", "2:18", "write ADDRESS:PORT, an IPv6 address in brackets",
        NULL},
    {LOGIN "modules: yang\n", "2:10", "there is no folder ", NULL},
    {LOGIN "defaults: {credential: c, driver: netconf}\ndevices: {r1: {jump: r2}, r2: {}}\n",
        "3:22", "a jump host speaks SSH, and r2 is read over NETCONF; give its SSH server an entry",
        NULL},
    {"credentials: {c: {user: u, agent: yes, certificate: {env: X}}}\n", "1:40",
        "a certificate needs its private-key", NULL},
    {"credentials: {c: {user: u}}\n", "1:15",
        "a credential needs a password, a private-key, or agent: true", NULL},
    {"credentials: {c: {user: u, agent: yes, passphrase: {env: X}}}\n", "1:40",
        "a passphrase needs its private-key", NULL},
    {"credentials: {c: {agent: yes}}\n", "1:15", "credentials \"c\" needs \"user\"", NULL},
    {"credentials: {c: {user: u, password: hunter2}}\n", "1:38",
        "password takes a mapping; known here: file, env, command, credential, clear-text",
        "credentials: {c: {user: u, password: ***}}\n                                     ^"},
    {"credentials: {c: {user: u, password: {clear-text: hunter2}}}\n", "1:51",
        "a secret stands in a file that others may read; type: chmod 600 ", NULL},
    {"credentials: {c: {user: u, password: {file: gone}}}\n", "1:45", "there is no file ", NULL},
    {"credentials: {c: {user: u, password: {file: open}}}\n", "1:45",
        "/open holds a secret and "
        "others may read it (mode "
        "0644); type: chmod 600 ",
        NULL},
    {"credentials: {c: {user: u, password: {file: x, env: X}}}\n", "1:48",
        "file and env exclude each other; keep one", NULL},
    {"credentials: {c: {user: u, password: {}}}\n", "1:28",
        "password needs one of: file, env, command, credential, clear-text", NULL},
    {"credentials: {c: {user: u, password: {command: \"pass 'x\"}}}\n", "1:48",
        "a quote in the command is not closed", NULL},
    {"sinks: {a: {}}\n", "1:9", "sinks \"a\" needs one of: syslog, webhook", NULL},
    {"sinks: {a: {webhook: {url: 'ftp://x/hunter2'}}}\n", "1:28",
        "url: another value is not valid; a webhook's address begins with https:// or http://",
        "sinks: {a: {webhook: {url: ***}}}\n                           ^"},
    {"sinks: {a: {syslog: {host: h, facility: lokal0}}}\n", "1:41",
        "facility takes user, daemon, auth, syslog, authpriv, audit, alert, local0, local1, "
        "local2, "
        "local3, local4, local5, local6 or local7, not \"lokal0\"; did you mean \"local0\"?",
        NULL},
    {"sinks: {a: {syslog: {host: h, certificate-file: x}}}\n", "1:49",
        "a client certificate needs its key-file", NULL},
};

static void every_mistake_has_place_caret_and_advice(void **state)
{
    (void)state;
    int wrong = 0;
    put("open", "hunter2\n");
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct settings *s = NULL;
        struct error err = ERROR_INIT;
        char place[200];
        int rc = load(mistakes[i].yaml, &s, &err);
        snprintf(place, sizeof place, "%s/rollcall.yaml:%s", folder, mistakes[i].place);
        assert_null(strstr(err.text, "hunter2"));
        assert_null(strstr(err.show, "hunter2"));
        if (rc == RC_SETTINGS && !s && strcmp(err.place, place) == 0 &&
            strstr(err.text, mistakes[i].text) && strchr(err.show, '^') &&
            (!mistakes[i].show || strcmp(err.show, mistakes[i].show) == 0))
            continue;
        wrong++;
        print_error("%s  came: %d %s: %s\n%s\n  want: %s: %s\n", mistakes[i].yaml, rc, err.place,
            err.text, err.show, mistakes[i].place, mistakes[i].text);
        settings_free(s);
    }
    assert_int_equal(wrong, 0);
}

static void a_missing_settings_file_says_how_to_get_one(void **state)
{
    (void)state;
    struct settings *s = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(settings_load(ctx, "/nowhere/rollcall.yaml", NULL, &s, &err), RC_SETTINGS);
    assert_string_equal(err.place, "/nowhere/rollcall.yaml");
    assert_string_equal(err.text, "there is no such file; `rollcall init` writes one");
}

static void a_long_chain_of_jumps_is_refused(void **state)
{
    (void)state;
    struct buf text = {.cap = 1 << 20};
    struct settings *s = NULL;
    struct error err = ERROR_INIT;
    buf_add(&text, LOGIN "defaults: {credential: c}\ndevices:\n");
    for (int i = 0; i < 2000; i++)
        buf_format(&text, "  d%d: {jump: d%d}\n", i, i + 1);
    buf_add(&text, "  d2000:\n");
    assert_int_equal(load(buf_text(&text), &s, &err), RC_SETTINGS);
    assert_string_equal(err.text, "more than 8 jumps");
    buf_free(&text);
}

static void ten_thousand_devices_load(void **state)
{
    (void)state;
    struct buf text = {.cap = 8 << 20};
    buf_add(&text, LOGIN "defaults: {credential: c, schedule: every 10m}\n"
                         "groups: {core: {platform: ios}}\ndevices:\n");
    for (int i = 0; i < 10000; i++)
        buf_format(&text, "  edge-%d: {address: 10.0.%d.%d, group: core}\n", i, i / 256, i % 256);
    struct settings *s = loaded(buf_text(&text));
    assert_int_equal(s->device_count, 10000);
    assert_string_equal(settings_device(s, "edge-9999")->address, "10.0.39.15");
    settings_free(s);
    buf_free(&text);
}

static void the_model_and_the_sample_agree(void **state)
{
    (void)state;
    const struct embedded *sample = embedded_find("etc/rollcall.yaml");
    assert_non_null(sample);
    struct settings *s = loaded(sample->data);
    assert_int_equal(s->device_count, 0);
    assert_int_equal(s->sink_count, 0);
    settings_free(s);
}

/* Whoever takes the # from an example gets a file that is right. */
static void every_example_in_the_sample_is_valid_too(void **state)
{
    (void)state;
    struct str rest = str_of(embedded_find("etc/rollcall.yaml")->data), line;
    struct buf text = {.cap = 1 << 20};
    while (str_next_line(&rest, &line)) {
        /* an even number of blanks behind the # is YAML, an odd one is prose */
        size_t blanks = line.len > 1 && *line.at == '#' ? strspn(line.at + 1, " ") : 1;
        if (blanks % 2 == 0 && line.at[1] != '#')
            line = (struct str){line.at + 1, line.len - 1};
        buf_add_str(&text, line);
        buf_add_char(&text, '\n');
    }
    for (char *at = text.data; (at = strstr(at, "file: /etc/rollcall/")); at++)
        memcpy(at, "env:  ", 6), memset(at + 6, 'X', strcspn(at + 6, " }\n"));
    put("inventory.csv", "name,address\n");
    struct settings *s = loaded(buf_text(&text));
    assert_true(s->device_count > 2);
    assert_int_equal(s->sink_count, 2);
    settings_free(s);
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_setting_reaches_its_member),
        cmocka_unit_test(a_device_wins_over_its_group_and_that_over_the_defaults),
        cmocka_unit_test(the_first_hop_brings_its_own_jumps),
        cmocka_unit_test(an_empty_file_is_a_start),
        cmocka_unit_test(netconf_devices_have_their_own_words_and_ports),
        cmocka_unit_test(devices_without_a_login_have_their_own_words),
        cmocka_unit_test(every_mistake_has_place_caret_and_advice),
        cmocka_unit_test(a_missing_settings_file_says_how_to_get_one),
        cmocka_unit_test(a_long_chain_of_jumps_is_refused),
        cmocka_unit_test(ten_thousand_devices_load),
        cmocka_unit_test(the_model_and_the_sample_agree),
        cmocka_unit_test(every_example_in_the_sample_is_valid_too),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
