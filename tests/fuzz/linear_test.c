/* rooms: access diff drivers syntax data base */
/* Reading costs time in proportion to the text, and bounded memory, whatever an attacker writes.
 *
 * Time is not measured but counted, so that a busy machine changes nothing: the build for fuzzing
 * calls us for each comparison that our code makes, and bytes that memchr() and memmem() pass are
 * added. Memory is what the sanitizer's allocator gave out. Four times the text may cost six times
 * the steps; a square would be sixteen. */
#include <sanitizer/allocator_interface.h>
#include <stdbool.h>
#include <stdint.h>

#include "access/access.h"
#include "base/embed.h"
#include "diff/diff.h"
#include "shapes.h"

enum { SMALL = 1 << 14, TIMES = 4, MOST_TIMES = 6 };

/* ---- counting ---- */

#define UNCOUNTED __attribute__((no_sanitize("coverage")))

static uint64_t steps;

#define COMPARISON(name, type)                                                                     \
    void name(type a, type b);                                                                     \
    UNCOUNTED void name(type a, type b)                                                            \
    {                                                                                              \
        (void)a, (void)b;                                                                          \
        steps++;                                                                                   \
    }
COMPARISON(__sanitizer_cov_trace_cmp1, uint8_t)
COMPARISON(__sanitizer_cov_trace_cmp2, uint16_t)
COMPARISON(__sanitizer_cov_trace_cmp4, uint32_t)
COMPARISON(__sanitizer_cov_trace_cmp8, uint64_t)
COMPARISON(__sanitizer_cov_trace_const_cmp1, uint8_t)
COMPARISON(__sanitizer_cov_trace_const_cmp2, uint16_t)
COMPARISON(__sanitizer_cov_trace_const_cmp4, uint32_t)
COMPARISON(__sanitizer_cov_trace_const_cmp8, uint64_t)

enum { BYTES_A_STEP = 8 };

void *__real_memchr(const void *s, int c, size_t n);
void *__wrap_memchr(const void *s, int c, size_t n);
void *__real_memrchr(const void *s, int c, size_t n);
void *__wrap_memrchr(const void *s, int c, size_t n);
void *__real_memmem(const void *s, size_t len, const void *what, size_t what_len);
void *__wrap_memmem(const void *s, size_t len, const void *what, size_t what_len);

UNCOUNTED void *__wrap_memchr(const void *s, int c, size_t n)
{
    const char *found = __real_memchr(s, c, n);
    steps += (found ? (size_t)(found - (const char *)s) : n) / BYTES_A_STEP;
    return (void *)found;
}

UNCOUNTED void *__wrap_memrchr(const void *s, int c, size_t n)
{
    const char *found = __real_memrchr(s, c, n);
    steps += (found ? n - (size_t)(found - (const char *)s) : n) / BYTES_A_STEP;
    return (void *)found;
}

UNCOUNTED void *__wrap_memmem(const void *s, size_t len, const void *what, size_t what_len)
{
    const char *found = __real_memmem(s, len, what, what_len);
    steps += (found ? (size_t)(found - (const char *)s) : len) / BYTES_A_STEP;
    return (void *)found;
}

static size_t allocated, most_allocated;

static UNCOUNTED void on_malloc(const volatile void *at, size_t size)
{
    (void)at;
    allocated += size;
    most_allocated = allocated > most_allocated ? allocated : most_allocated;
}

static UNCOUNTED void on_free(const volatile void *at)
{
    size_t size = at ? __sanitizer_get_allocated_size(at) : 0;
    allocated -= size < allocated ? size : allocated;
}

struct cost {
    uint64_t steps;
    size_t bytes; /* at the peak */
};

static uint64_t steps_before;

static void start(void)
{
    allocated = most_allocated = 0;
    steps_before = steps;
}

static struct cost stop(void)
{
    return (struct cost){steps - steps_before, most_allocated};
}

/* ---- results ---- */

static unsigned number, failed;

/* More than the memory that grows with nothing. */
enum { FIXED_BYTES = 3 << 19 };

static void check(const char *what, const char *step, const struct cost cost[2], size_t size,
    unsigned most_memory)
{
    double times = (double)cost[1].steps / (double)(cost[0].steps + 1);
    bool slow = cost[0].steps > SMALL / 64 && times > MOST_TIMES;
    bool large = cost[1].bytes > FIXED_BYTES + (size_t)most_memory * size;
    failed += slow || large;
    printf("%sok %u - %s: %s: %.1f steps a byte, %.1f times as many for %d times the text, %.1f "
           "bytes a byte\n",
        slow || large ? "not " : "", ++number, what, step, (double)cost[1].steps / (double)size,
        times, TIMES, (double)cost[1].bytes / (double)size);
}

/* ---- readers alone ---- */

static struct ly_ctx *ctx;

static int take_line(void *user, const struct syntax_line *line)
{
    (void)user, (void)line;
    return RC_OK;
}

static void measure_reader(const struct text_kind *kind)
{
    struct syntax *s = text_syntax(ctx, kind->syntax);
    struct syntax_sink sink = {take_line, NULL};
    struct cost cost[2];
    size_t size = 0;
    for (int i = 0; i < 2; i++) {
        struct buf text = {0};
        if (text_make(kind, i ? SMALL * TIMES : SMALL, &text))
            abort();
        size = text.len;
        start();
        (void)syntax_read(s, buf_str(&text), &sink, NULL);
        cost[i] = stop();
        buf_free(&text);
    }
    /* data is parsed as a whole, its smallest elements to a hundred times their size */
    check(kind->name, "read", cost, size, strncmp(kind->name, "data", 4) == 0 ? 100 : 8);
    syntax_free(s);
}

/* ---- the whole way ---- */

static const struct {
    const char *platform, *part;
    struct text_kind kind;
} configs[] = {
#define CONFIG(platform, part, name, head, body, tail)                                             \
    {                                                                                              \
        platform, part,                                                                            \
        {                                                                                          \
            name, NULL, head, body, tail, NULL                                                     \
        }                                                                                          \
    }
    CONFIG("ios", "running", "ios, accounts", "",
        "username user%d privilege 15 secret 9 $9$abcdefgh%d$Hnn2\n", "end\n"),
    CONFIG("ios", "running", "ios, interfaces", "",
        "interface GigabitEthernet0/%d\n description link\n ip address 192.0.2.1 255.255.255.0\n!"
        "\n",
        "end\n"),
    CONFIG("ios", "running", "ios, one account in many lines", "",
        "username bob privilege 15 secret 9 $9$abcdefgh%d$Hnn2\n", "end\n"),
    CONFIG(
        "ios", "running", "ios, one account in one line", "username bob ", "view v%d ", "\nend\n"),
    CONFIG("ios", "running", "ios, one account in one block", "username bob\n",
        " view v%d\n secret 5 x%d\n privilege %d\n", "end\n"),
    CONFIG("ios", "running", "ios, keys", "ip ssh pubkey-chain\n",
        "  username u%d\n   key-string\n    AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7\n   exit\n", "end\n"),
    CONFIG("ios", "running", "ios, keys of one",
        "username u secret x\nip ssh pubkey-chain\n  username u\n", "   key-hash ssh-rsa %d x\n",
        "end\n"),
    CONFIG("ios", "running", "ios, keys in lines of one",
        "username u secret x\nip ssh pubkey-chain\n  username u\n",
        "   key-string\n    AAAAB3NzaC1yc2EAAAADAQ%d\n   exit\n", "end\n"),
    CONFIG("ios", "running", "ios, one key", "ip ssh pubkey-chain\n  username u\n   key-string\n",
        "    AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7%d\n", "   exit\nend\n"),
    CONFIG("ios", "running", "ios, unread", "", "username u%d quantum foo\n", "end\n"),
    CONFIG("ios", "running", "ios, one view", "parser view v\n", " commands exec include show %d\n",
        "end\n"),
    CONFIG("ios", "running", "ios, commands", "", "privilege exec level 7 show %d\n", "end\n"),
    CONFIG("ios", "running", "ios, one access list", "ip access-list standard M\n",
        " permit 192.0.2.%d\n", "line vty 0 4\n access-class M in\nend\n"),
    CONFIG("ios", "running", "ios, access lists", "", "access-list %d permit 192.0.2.1\n", "end\n"),
    CONFIG("ios", "running", "ios, communities", "", "snmp-server community c%d RO\n", "end\n"),
    CONFIG("ios", "running", "ios, method lists", "",
        "aaa authentication login l%d group tacacs+ local\n", "end\n"),
    CONFIG("ios", "running", "ios, one method list", "aaa authentication login l", " group g%d",
        "\nend\n"),
    CONFIG("ios", "running", "ios, lines", "", "line vty %d\n transport input ssh\n", "end\n"),
    CONFIG("ios", "running", "ios, one server group", "aaa group server tacacs+ g\n",
        " server name s%d\n", "end\n"),
    CONFIG("ios", "running", "ios, accounts that go", "",
        "username a%d secret x\nno username a%d\n", "end\n"),
    CONFIG("linux", "passwd", "linux, accounts", "root:x:0:0:root:/root:/bin/bash\n",
        "u%d:x:1%d:1000::/home/x:/bin/bash\n", ""),
    CONFIG("linux", "group", "linux, one group", "g:x:1:", "u%d,", ""),
    CONFIG("linux", "group", "linux, groups", "", "g%d:x:1:a,b\n", ""),
    CONFIG("linux", "sudoers", "linux, rights", "", "u%d ALL=(ALL) ALL\n%g%d ALL=(ALL) ALL\n", ""),
    CONFIG("linux", "sudoers", "linux, rights of many", "", "u%d,", "x ALL=(ALL) ALL\n"),
    CONFIG("linux", "sshd", "linux, a server", "", "AllowUsers u%d\nMatch User x\n x no\n", ""),
    CONFIG("junos", "running", "junos, accounts", "system { login {\n",
        "user u%d { class super-user; authentication { encrypted-password \"$6$a%d$b\"; } }\n",
        "}}\n"),
    CONFIG("junos", "running", "junos, accounts in set lines", "",
        "set system login user u%d class super-user\n"
        "set system login user u%d authentication encrypted-password \"$6$a$b\"\n",
        ""),
    CONFIG("junos", "running", "junos, groups", "",
        "set groups g%d system login user u%d class super-user\nset apply-groups g%d\n", ""),
    CONFIG("panos", "running", "panos, accounts", "<config><mgt-config><users>\n",
        "<entry name=\"u%d\"><phash>$5$aa$%d</phash></entry>\n", "</users></mgt-config></config>"),
    CONFIG("fortios", "running", "fortios, accounts", "config system admin\n",
        "edit \"u%d\"\nset accprofile \"super_admin\"\nset password ENC SH2%d\nnext\n", "end\n"),
    CONFIG("routeros", "running", "routeros, accounts", "/user\n", "add name=u%d group=full\n", ""),
};

struct way {
    const struct platform *platform;
    struct reader *reader;
    struct config_reader *config_reader;
    struct meaning *meaning;
};

enum step { READ, BUILD, EVENTS, REDACT, DIFF, STEPS };

/* Each step once; errors are those of limits. */
static void go(const struct way *w, const char *part_name, struct buf text, struct cost out[STEPS])
{
    static const unsigned char key[FINGERPRINT_KEY_BYTES] = {1};
    struct part part = {.name = (char *)part_name, .text = text};
    struct draft *draft = NULL;
    struct lyd_node *tree = NULL;
    struct events events = {0};
    struct buf shown = {0};
    struct config *config = NULL, *none = NULL;
    struct line_changes changes = {0};
    start();
    int rc = draft_read(w->reader, &part, 1, &draft, NULL);
    out[READ] = stop();
    start();
    rc = rc ? rc : access_build(ctx, w->platform, draft, key, &tree, NULL);
    out[BUILD] = stop();
    start();
    rc = rc ? rc : diff_access(w->meaning, NULL, tree, &events, NULL);
    out[EVENTS] = stop();
    start();
    (void)access_redact(w->reader, part_name, buf_str(&text), key, &shown, NULL);
    out[REDACT] = stop();
    start();
    rc = config_reader_read(w->config_reader, &part, 1, &config, NULL);
    rc = rc ? rc : config_reader_read(w->config_reader, NULL, 0, &none, NULL);
    rc = rc ? rc : diff_config(none, config, &changes, NULL);
    out[DIFF] = stop();
    line_changes_free(&changes);
    config_free(config);
    config_free(none);
    buf_free(&shown);
    events_free(&events);
    lyd_free_all(tree);
    draft_free(draft);
}

static void measure_way(const struct way *w, const char *part, const struct text_kind *kind)
{
    static const char *const names[STEPS] = {"read", "built", "told", "shown", "compared"};
    /* entries of the tree are large, and lines that make one short */
    static const unsigned memory[STEPS] = {110, 200, 200, 110, 40};
    struct cost cost[2][STEPS], of_step[2];
    size_t size = 0;
    for (int i = 0; i < 2; i++) {
        struct buf text = {0};
        if (text_make(kind, i ? SMALL * TIMES : SMALL, &text))
            abort();
        size = text.len;
        go(w, part, text, cost[i]);
        buf_free(&text);
    }
    for (int step = 0; step < STEPS; step++) {
        of_step[0] = cost[0][step];
        of_step[1] = cost[1][step];
        check(kind->name, names[step], of_step, size, memory[step]);
    }
}

int main(int argc, char **argv)
{
    static const char *const modules[] = {
        "rollcall-access", "rollcall-events", "rollcall-platform", NULL};
    const struct embedded *file = embedded_find("models/catalogue.yaml");
    const char *only = argc > 1 ? argv[1] : "";
    struct platforms *all = NULL;
    struct way way = {0};
    struct error err = ERROR_INIT;
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
    if (yang_context(modules, &ctx, &err) || platforms_load(ctx, NULL, &all, &err) ||
        meaning_new(ctx, file->name, (struct str){file->data, file->len}, &way.meaning, &err)) {
        fprintf(stderr, "linear_test: %s\n", err.text);
        return 1;
    }
    for (int i = 0; i < TEXT_KINDS; i++)
        if (strstr(text_kinds[i].name, only))
            measure_reader(&text_kinds[i]);
    for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
        if (!strstr(configs[i].kind.name, only))
            continue;
        way.platform = platforms_find(all, configs[i].platform);
        if (!way.platform || reader_new(way.platform, &way.reader, &err) ||
            config_reader_new(way.platform, &way.config_reader, &err)) {
            printf("not ok %u - %s: %s\n", ++number, configs[i].kind.name, err.text);
            failed++;
        } else {
            measure_way(&way, configs[i].part, &configs[i].kind);
        }
        reader_free(way.reader);
        config_reader_free(way.config_reader);
        way.reader = NULL;
        way.config_reader = NULL;
    }
    printf("1..%u\n", number);
    meaning_free(way.meaning);
    platforms_free(all);
    ly_ctx_destroy(ctx);
    return failed > 0;
}
