/* rooms: base ssh */
#include <stdio.h>

#include "test.h"

#include "base/yaml.h"
#include "base/yang.h"
#include "ssh_device.c"

#define SECRET "open sesame"

static const char profile_text[] = //
    "platform: test\n"
    "title: a device of the tests\n"
    "session:\n"
    "  prompt: '^[\\w.:/@()-]+[>#] ?$'\n"
    "  answer: { 'press any key': { send: \" \" }, '\\[y/n\\]:? ?$': { send: \"n\\n\" } }\n"
    "  enable: { command: enable, when: '> ?$' }\n"
    "  prepare: [terminal length 0, terminal width 0]\n"
    "  pager: { match: '--More--' }\n"
    "  error: ['^% ?(Invalid|Incomplete)', 'uthorization failed']\n"
    "  leave: exit\n"
    "parts:\n"
    "  running: { command: show running-config, ends: '^end$' }\n"
    "  users: { command: show users, ends: '.', optional: true }\n"
    "  modules: { in-force: false }\n";

static struct {
    struct ly_ctx *ctx;
    struct lyd_node *tree;
    struct platform platform;
    struct script *script;
    struct secret *secret, *password;
} shared;

static int set_up(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    const char *const modules[] = {"rollcall-platform", NULL};
    if (yang_context(modules, &shared.ctx, &err) ||
        yaml_parse(shared.ctx, "rollcall-platform:profile", "test.yaml", str_of(profile_text),
            &shared.tree, &err)) {
        print_error("%s %s\n%s\n", err.place, err.text, err.show);
        return -1;
    }
    shared.platform = (struct platform){.name = "test", .data = shared.tree};
    shared.secret = secret_from(str_of(SECRET));
    shared.password = secret_from(STR("hunter2"));
    return script_load(&shared.platform, &shared.script, &err);
}

static int tear_down(void **state)
{
    (void)state;
    script_free(shared.script);
    secret_free(shared.secret);
    secret_free(shared.password);
    yaml_free(shared.tree);
    ly_ctx_destroy(shared.ctx);
    return 0;
}

#define CONFIG                                                                                     \
    "Building configuration...\n"                                                                  \
    "\n"                                                                                           \
    "hostname edge-7\n"                                                                            \
    "interface Gi0\n"                                                                              \
    " description x\n"                                                                             \
    " no shutdown\n"                                                                               \
    "banner motd ^C\n"                                                                             \
    "edge-7#\n"                                                                                    \
    "end\n"                                                                                        \
    "edge-7#\n"                                                                                    \
    "^C\n"                                                                                         \
    "username bob privilege 15\n"                                                                  \
    "end\n"

static const struct device_reply replies[] = {{"terminal length 0", ""}, {"terminal width 0", ""},
    {"show running-config", CONFIG}, {"show users", "bob\n"}, {NULL, NULL}};
static const struct device_reply denying[] = {{"terminal length 0", ""}, {"terminal width 0", ""},
    {"show running-config", "% Authorization failed\n"}, {NULL, NULL}};
static const struct device_reply empty[] = {
    {"terminal length 0", ""}, {"terminal width 0", ""}, {"show running-config", ""}, {NULL, NULL}};
static const struct device_reply coloured[] = {{"terminal length 0", ""}, {"terminal width 0", ""},
    {"show running-config",
        "\033[1mhostname\033[0m edge-7\n\033]0;title\a\033[?25lx\033[K\n\033(Bend\n"},
    {NULL, NULL}};
static const struct device_reply moving[] = {{"terminal length 0", ""}, {"terminal width 0", ""},
    {"show running-config", "username evil\rremark all is well\nusername evil\b\b\b\bgood\nend\n"},
    {NULL, NULL}};

struct outcome {
    int rc;
    struct buf text;
    char *hostname;
    struct error err;
};

static void pull(struct device *device, const struct secret *enable, size_t cap, struct outcome *o)
{
    struct dialogue d = {.script = shared.script,
        .name = "edge-7",
        .enable_secret = enable,
        .user = "bob",
        .password = shared.password,
        .login_here = device->asks_login,
        .command_ms = 30000};
    *o = (struct outcome){.err = ERROR_INIT};
    device_start(device, &d);
    d.total_us = device->now_us + 300 * 1000000;
    dialogue_init(&d, cap);
    o->rc = dialogue_login(&d, &o->err);
    if (o->rc == RC_OK)
        o->hostname = dialogue_hostname(&d);
    if (o->rc == RC_OK)
        o->rc = dialogue_prepare(&d, &o->err);
    if (o->rc == RC_OK)
        o->rc = dialogue_part(&d, &shared.script->parts[0], &o->text, &o->err);
    if (o->rc == RC_OK)
        dialogue_leave(&d);
    dialogue_free(&d);
    device_free(device);
}

static void outcome_free(struct outcome *o)
{
    buf_free(&o->text);
    free(o->hostname);
}

struct talk {
    const char *name;
    struct device device;
    int rc;
    const char *text; /* what comes out; NULL: CONFIG when rc is 0 */
    const char *says; /* found in the error */
    bool no_secret;   /* no enable secret is set */
};

#define ROUTER .prompt = "edge-7#", .replies = replies

static const struct talk talks[] = {
    {.name = "a plain router", .device = {ROUTER}},
    {.name = "a prompt with a blank behind it",
        .device = {.prompt = "edge-7# ", .replies = replies}},
    {.name = "a message of the day", .device = {ROUTER, .greeting = "\r\nWelcome.\r\n\r\n"}},
    {.name = "a banner that ends like a prompt",
        .device = {ROUTER, .greeting = "\r\nWelcome to\r\nrouter#\r\n"}},
    {.name = "a banner that stalls at what looks like a prompt",
        .device = {ROUTER, .greeting = "\r\nWelcome to\r\nrouter#",
            .late = "\r\n and mind the gap\r\n"}},
    {.name = "bytes that trickle",
        .device = {ROUTER, .piece = 1, .greeting = "\r\nhello\r\nrouter#\r\n"}},
    {.name = "pieces of seven bytes", .device = {ROUTER, .piece = 7}},
    {.name = "CR CR LF line ends", .device = {ROUTER, .eol = "\r\r\n"}},
    {.name = "LF CR line ends", .device = {ROUTER, .eol = "\n\r"}},
    {.name = "lone CR line ends", .device = {ROUTER, .eol = "\r"}},
    {.name = "LF line ends", .device = {ROUTER, .eol = "\n"}},
    {.name = "no echo", .device = {ROUTER, .no_echo = true}},
    {.name = "no echo, and bytes that trickle", .device = {ROUTER, .no_echo = true, .piece = 1}},
    {.name = "a pager wiped by backspaces",
        .device = {ROUTER, .pager = " --More-- ", .page_lines = 2,
            .wipe = "\b\b\b\b\b\b\b\b\b\b          \b\b\b\b\b\b\b\b\b\b"}},
    {.name = "a pager wiped by CR and blanks",
        .device = {ROUTER, .pager = "--More--", .page_lines = 3, .wipe = "\r        \r"}},
    {.name = "a pager wiped by blank after backspace",
        .device = {ROUTER, .pager = "--More--", .page_lines = 3,
            .wipe = "\b \b\b \b\b \b\b \b\b \b\b \b\b \b\b \b"}},
    {.name = "a pager wiped by an escape sequence",
        .device = {ROUTER, .pager = "--More--", .page_lines = 1, .wipe = "\033[8D\033[K"}},
    {.name = "a pager in pieces",
        .device = {ROUTER, .pager = "--More--", .page_lines = 1, .wipe = "\r\033[2K", .piece = 1}},
    {.name = "a pager and lone CR line ends",
        .device = {ROUTER, .pager = "--More--", .page_lines = 2, .wipe = "\r        \r",
            .eol = "\r"}},
    {.name = "a question at login",
        .device = {ROUTER, .question = "Please press any key to go on"}},
    {.name = "a question and a banner",
        .device = {ROUTER, .greeting = "News!\r\n", .question = "Read the news? [y/n] "}},
    {.name = "a login on the command line", .device = {ROUTER, .asks_login = true}},
    {.name = "enable with a secret",
        .device = {.prompt = "edge-7>",
            .enabled_prompt = "edge-7#",
            .enable_secret = SECRET,
            .replies = replies}},
    {.name = "enable in pieces, without echo",
        .device = {.prompt = "edge-7>",
            .enabled_prompt = "edge-7#",
            .enable_secret = SECRET,
            .replies = replies,
            .piece = 1,
            .no_echo = true}},
    {.name = "enable without a secret",
        .device = {.prompt = "edge-7>", .enabled_prompt = "edge-7#", .replies = replies}},
    {.name = "a wrong enable secret",
        .device = {.prompt = "edge-7>",
            .enabled_prompt = "edge-7#",
            .enable_secret = "other",
            .replies = replies},
        .rc = RC_AUTH,
        .says = "rejected the enable secret"},
    {.name = "an enable secret that nobody set",
        .device = {.prompt = "edge-7>",
            .enabled_prompt = "edge-7#",
            .enable_secret = "other",
            .replies = replies},
        .rc = RC_AUTH,
        .says = "none is set",
        .no_secret = true},
    {.name = "enable that is refused",
        .device = {.prompt = "edge-7>", .replies = replies},
        .rc = RC_AUTH,
        .says = "did not raise"},
    {.name = "escape sequences",
        .device = {.prompt = "edge-7#", .replies = coloured},
        .text = "hostname edge-7\nx\nend\n"},
    {.name = "a config cannot overwrite itself",
        .device = {.prompt = "edge-7#", .replies = moving},
        .text = "username evil\nremark all is well\nusername evilgood\nend\n"},
    {.name = "a refused command",
        .device = {.prompt = "edge-7#", .replies = denying},
        .rc = RC_DIALOGUE,
        .says = "edge-7: show running-config: the device refused: % Authorization failed"},
    {.name = "an empty reply",
        .device = {.prompt = "edge-7#", .replies = empty},
        .rc = RC_INCOMPLETE,
        .says = "in 0 bytes"},
    {.name = "a device that says nothing",
        .device = {.prompt = NULL},
        .rc = RC_TIMEOUT,
        .says = "says nothing"},
    {.name = "a device that never prompts",
        .device = {.greeting = "Go away\033[5m\r\n"},
        .rc = RC_DIALOGUE,
        .says = "last line: \"Go away\""},
    {.name = "a prompt that repeats our password",
        .device = {.greeting = "bad hunter2 again"},
        .rc = RC_DIALOGUE,
        .says = "(hidden"},
    {.name = "a prompt that changes",
        .device = {ROUTER, .renamed = "other#"},
        .rc = RC_TIMEOUT,
        .says = "prompt did not come back"},
    {.name = "output without end",
        .device = {ROUTER, .endless = true},
        .rc = RC_LIMIT,
        .says = "more output"},
};

static void noise_leaves_the_config_as_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(talks); i++) {
        const struct talk *t = &talks[i];
        struct device device = t->device;
        struct outcome o;
        char line[1024];
        pull(&device, t->no_secret ? NULL : shared.secret, 100000, &o);
        error_line(&o.err, line, sizeof line);
        const char *want = t->rc ? "" : t->text ? t->text : CONFIG;
        if (o.rc != t->rc || strcmp(buf_text(&o.text), want) != 0 ||
            (t->says && !strstr(line, t->says)))
            fail_msg("%s: rc %d (%s), want %d; text:\n%s\nwant:\n%s", t->name, o.rc, line, t->rc,
                buf_text(&o.text), want);
        if (o.rc == RC_OK)
            assert_string_equal(o.hostname, "edge-7");
        if (strstr(line, SECRET) || strstr(line, "hunter2"))
            fail_msg("%s: a secret in the error: %s", t->name, line);
        assert_true(device.secrets <= 1);
        outcome_free(&o);
    }
}

/* 26 KB in which every trap stands: the prompt, the end mark, and both as the last lines before
 * most places of a cut. */
static void make_config(struct buf *b)
{
    for (int i = 0; b->len < 26 * 1024; i++) {
        buf_format(b, "interface Gi0/%d\n description link %d\n", i, i);
        if (i % 40 == 7)
            buf_add(b, "banner motd ^C\nsay edge-7#\nend\nedge-7#\n^C\n");
        if (i % 60 == 9)
            buf_add(b, "event manager applet x\n action 1 cli command \"end\"\nend\n");
    }
    buf_add(b, "end\n");
}

#ifdef __SANITIZE_ADDRESS__
#define CUT_STEP 9 /* slow there, and the release build tries every byte */
#else
#define CUT_STEP 1
#endif

static void try_cut(const struct device_reply *with, enum device_cut cut, size_t at)
{
    struct device device = {
        .prompt = "edge-7#", .replies = with, .cut = cut, .cut_at = at, .piece = 4000};
    struct outcome o;
    pull(&device, NULL, 100000, &o);
    if (o.rc == RC_OK || o.text.len > 0)
        fail_msg("a config cut off at byte %zu (kind %d) was believed", at, cut);
    if (cut == CUT_CLOSE)
        assert_int_equal(o.rc, RC_INCOMPLETE);
    if (cut == CUT_HANG)
        assert_int_equal(o.rc, RC_TIMEOUT);
    outcome_free(&o);
}

static void a_config_cut_off_anywhere_never_counts(void **state)
{
    (void)state;
    struct buf config = {.cap = 100000};
    make_config(&config);
    const struct device_reply with[] = {{"terminal length 0", ""}, {"terminal width 0", ""},
        {"show running-config", buf_text(&config)}, {NULL, NULL}};
    size_t wire_len = config.len;
    for (size_t i = 0; i < config.len; i++)
        wire_len += config.data[i] == '\n';
    for (size_t at = 0; at <= wire_len + strlen("edge-7#"); at += CUT_STEP) {
        try_cut(with, CUT_CLOSE, at);
        try_cut(with, CUT_HANG, at);
    }
    /* Whole, it is believed. */
    struct device whole = {.prompt = "edge-7#", .replies = with, .piece = 4000};
    struct outcome o;
    pull(&whole, NULL, 100000, &o);
    assert_int_equal(o.rc, RC_OK);
    assert_string_equal(buf_text(&o.text), buf_text(&config));
    outcome_free(&o);
    buf_free(&config);
}

/* The device itself stops half way and prompts again. Only its end mark tells: a cut right behind a
 * line that is the mark cannot be seen by anybody, so this config has no such line. */
static void a_reply_that_the_device_breaks_off_never_counts(void **state)
{
    (void)state;
    struct buf config = {.cap = 100000};
    for (int i = 0; config.len < 3000; i++)
        buf_format(&config, "interface Gi0/%d\n description the end of line %d\nedge-7#\n", i, i);
    buf_add(&config, "end\n");
    const struct device_reply with[] = {{"terminal length 0", ""}, {"terminal width 0", ""},
        {"show running-config", buf_text(&config)}, {NULL, NULL}};
    for (size_t at = 1; at + 6 < config.len; at++) {
        try_cut(with, CUT_PROMPT, at);
        try_cut(with, CUT_ERROR, at);
    }
    buf_free(&config);
}

static void any_pieces_give_the_same_text(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 400; piece++) {
        struct device device = {ROUTER, .piece = piece, .pager = "--More--", .page_lines = 4,
            .wipe = "\r        \r", .greeting = "\r\nrouter#\r\nhello\r\n"};
        struct outcome o;
        pull(&device, NULL, 100000, &o);
        if (o.rc || strcmp(buf_text(&o.text), CONFIG) != 0)
            fail_msg("pieces of %zu bytes: %s\n%s", piece, o.err.text, buf_text(&o.text));
        outcome_free(&o);
    }
}

static void an_optional_part_may_be_refused(void **state)
{
    (void)state;
    struct device device = {.prompt = "edge-7#", .replies = denying};
    struct dialogue d = {.script = shared.script, .name = "edge-7", .command_ms = 1000};
    struct error err = ERROR_INIT;
    struct buf text = {.cap = 1000};
    device_start(&device, &d);
    d.total_us = device.now_us + 100000000;
    dialogue_init(&d, 10000);
    assert_int_equal(dialogue_login(&d, &err), RC_OK);
    assert_int_equal(dialogue_part(&d, &shared.script->parts[1], &text, &err), RC_NOT_FOUND);
    assert_int_equal(dialogue_part(&d, &shared.script->parts[0], &text, &err), RC_DIALOGUE);
    dialogue_free(&d);
    device_free(&device);
}

static void hostnames_are_read_from_any_prompt(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"edge-7#", "edge-7"}, {"edge-7>", "edge-7"},
        {"bob@edge-7:~$", "edge-7"}, {"[admin@edge-7] >", "edge-7"},
        {"RP/0/RSP0/CPU0:edge-7#", "edge-7"}, {"edge-7.example.net(config)#", "edge-7.example.net"},
        {"#", NULL}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct dialogue d = {.prompt = (char *)(uintptr_t)cases[i][0]};
        char *name = dialogue_hostname(&d);
        if (cases[i][1])
            assert_string_equal(name, cases[i][1]);
        else
            assert_null(name);
        free(name);
    }
}

static void a_wrong_expression_is_named(void **state)
{
    (void)state;
    struct regex *p = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(regex_new("a(b", 0, &p, &err), RC_SETTINGS);
    assert_non_null(strstr(err.text, "column 4"));
}

static void a_part_without_a_command_is_none_for_ssh(void **state)
{
    (void)state;
    assert_int_equal(shared.script->part_count, 2);
    for (size_t i = 0; i < shared.script->part_count; i++)
        assert_non_null(shared.script->parts[i].command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_without_a_command_is_none_for_ssh),
        cmocka_unit_test(noise_leaves_the_config_as_it_is),
        cmocka_unit_test(any_pieces_give_the_same_text),
        cmocka_unit_test(a_config_cut_off_anywhere_never_counts),
        cmocka_unit_test(a_reply_that_the_device_breaks_off_never_counts),
        cmocka_unit_test(an_optional_part_may_be_refused),
        cmocka_unit_test(hostnames_are_read_from_any_prompt),
        cmocka_unit_test(a_wrong_expression_is_named),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
