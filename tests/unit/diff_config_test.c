/* rooms: base drivers syntax diff */
#include <stdio.h>
#include <string.h>

#include "base/yang.h"
#include "diff/diff.h"
#include "test.h"

static struct ly_ctx *ctx;
static struct lyd_node *profile;
static struct platform platform = {.name = "toy", .title = "Toy", .file = "toy.yaml"};
static struct config_reader *reader;

static const char profile_json[] =
    "{'rollcall-platform:profile':{'syntax':["
    "{'name':'xml','shape':'xml','detect':'^<','keys':['name']},"
    "{'name':'junos','shape':'braces','detect':'^system'},"
    "{'name':'cli','shape':'indented','comment':['!'],'ends':['end'],'banner':['banner motd'],"
    "'ordered':['access-list','acl * >']}],"
    "'volatile':['^clock-period ','^Current configuration','^statistics$']}}";

static int set_up(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    const char *modules[] = {"rollcall-platform", NULL};
    char json[sizeof profile_json];
    memcpy(json, profile_json, sizeof json);
    for (char *quote = json; (quote = strchr(quote, '\'')); quote++)
        *quote = '"';
    if (yang_context(modules, &ctx, &err) ||
        lyd_parse_data_mem(ctx, json, LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &profile))
        return -1;
    platform.data = profile;
    return config_reader_new(&platform, &reader, &err);
}

static int tear_down(void **state)
{
    (void)state;
    config_reader_free(reader);
    lyd_free_all(profile);
    ly_ctx_destroy(ctx);
    return 0;
}

/* ---- texts ---- */

#define PARTS_MAX 4

/* A version: "== NAME" begins a part, what comes before the first is `running`. */
struct version {
    struct part parts[PARTS_MAX];
    size_t count;
    struct config *config;
};

static void version_of(const char *text, struct version *v)
{
    struct error err = ERROR_INIT;
    const char *name = "running";
    memset(v, 0, sizeof *v);
    while (true) {
        const char *next = strstr(text, "== ");
        size_t len = next ? (size_t)(next - text) : strlen(text);
        struct part *part = &v->parts[v->count++];
        part->name = strndup(name, strcspn(name, "\n"));
        assert_int_equal(buf_append(&part->text, text, len), RC_OK);
        if (!next)
            break;
        name = next + 3;
        text = name + strcspn(name, "\n") + 1;
    }
    if (config_reader_read(reader, v->parts, v->count, &v->config, &err))
        fail_msg("%s", err.text);
}

static void version_free(struct version *v)
{
    config_free(v->config);
    for (size_t i = 0; i < v->count; i++) {
        free(v->parts[i].name);
        buf_free(&v->parts[i].text);
    }
}

static bool same_digest(const struct version *a, const struct version *b)
{
    unsigned char x[CONFIG_DIGEST_BYTES], y[CONFIG_DIGEST_BYTES];
    config_digest(a->config, x);
    config_digest(b->config, y);
    return memcmp(x, y, sizeof x) == 0;
}

/* Changes of two versions; the digests must say the same. */
static struct line_changes changes_of(const struct version *a, const struct version *b)
{
    struct line_changes changes = {0};
    struct error err = ERROR_INIT;
    if (diff_config(a->config, b->config, &changes, &err))
        fail_msg("%s", err.text);
    if (same_digest(a, b) != (changes.count == 0))
        fail_msg(
            "digests %s, but %zu changes", same_digest(a, b) ? "equal" : "differ", changes.count);
    return changes;
}

/* "-PART:LINE(SECTION SECTION) TEXT" of each, a line each; PART only when it is not running. */
static void list(const struct line_changes *changes, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < changes->count && len < size; i++) {
        const struct line_change *c = &changes->at[i];
        bool running = strcmp(c->part, "running") == 0;
        len += (size_t)snprintf(out + len, size - len, "%c%s%s%u", c->added ? '+' : '-',
            running ? "" : c->part, running ? "" : ":", c->line);
        for (size_t s = 0; s < c->section_depth && len < size; s++)
            len += (size_t)snprintf(out + len, size - len, "%s%u", s ? " " : "(", c->section[s]);
        if (len < size)
            len += (size_t)snprintf(out + len, size - len, "%s %.*s\n", c->section_depth ? ")" : "",
                (int)c->text.len, c->text.at);
        assert_int_equal(c->depth, c->section_depth);
    }
}

/* ---- tables ---- */

static const struct {
    const char *name, *before, *after, *changes;
} cases[] = {
    {"nothing", "a\nb\n", "a\nb\n", ""},
    {"blanks, comments, line ends", "a  b\n c\nd\n", "! x\r\na b \r\n\tc\r\n\r\n!\r\nd\r\nend\r\n",
        ""},
    {"order at the top", "a\nb\n c\n d\n", "b\n d\n c\na\n", ""},
    {"volatile lines", "clock-period 1\na\n",
        "Current configuration : 7 bytes\na\nclock-period 2\n", ""},
    {"a volatile section goes with what is in it", "statistics\n a 1\n  b\nc\n",
        "statistics\n a 2\nc\n", ""},
    {"a re-wrapped banner", "banner motd ^C\nKeep\nout\n^C\na\n", "banner motd ^C Keep out ^C\na\n",
        ""},
    {"another banner", "banner motd ^C\nKeep out\n^C\n", "banner motd ^C\nCome in\n^C\n",
        "-1 banner motd ^C\nKeep out\n^C\n+1 banner motd ^C\nCome in\n^C\n"},
    {"a line added", "a\nc\n", "a\nb\nc\n", "+2 b\n"},
    {"a line removed", "a\nb\nc\n", "a\nc\n", "-2 b\n"},
    {"a line changed", "a 1\nb\n", "a 2\nb\n", "-1 a 1\n+1 a 2\n"},
    {"from nothing", "", "a\n b\n", "+1 a\n+2(1) b\n"},
    {"to nothing", "a\n b\n", "", "-1 a\n-2(1) b\n"},
    {"a line twice is not once", "a\na\n", "a\n", "-2 a\n"},
    {"a line twice more", "a\n", "a\na\na\n", "+2 a\n+3 a\n"},
    {"inside a section", "i 1\n x\n y\ni 2\n x\n", "i 2\n x\ni 1\n y\n z\n", "-2(1) x\n+5(3) z\n"},
    {"deep inside", "a\n b\n  c\n   d\n", "a\n b\n  c\n   e\n", "-4(1 2 3) d\n+4(1 2 3) e\n"},
    {"a line moved to another section", "i 1\n x\n y\ni 2\n z\n", "i 1\n x\ni 2\n z\n y\n",
        "-3(1) y\n+5(3) y\n"},
    {"a section removed", "i 1\n x\n  y\ni 2\n x\n", "i 2\n x\n", "-1 i 1\n-2(1) x\n-3(1 2) y\n"},
    {"a section that has a new name only", "line 0 4\n x\n y\n", "line 0 15\n y\n x\n",
        "-1 line 0 4\n+1 line 0 15\n"},
    {"sections of different kinds are not one", "line 0\n x\n", "room 0\n x\n",
        "-1 line 0\n-2(1) x\n+1 room 0\n+2(1) x\n"},
    {"a section loses all that is in it", "a\n b\n", "a\n", "-2(1) b\n"},
    {"sections of one name are told apart by what they begin with",
        "u\n n 1\n r x\nu\n n 2\n r y\n", "u\n n 0\n r z\nu\n n 2\n r w\nu\n n 1\n r x\n",
        "+1 u\n+2(1) n 0\n+3(1) r z\n-6(4) r y\n+6(4) r w\n"},
    {"order of an access list", "acl 1\n deny a\n permit b\n", "acl 1\n permit b\n deny a\n",
        "-2(1) deny a\n+3(1) deny a\n"},
    {"order of numbered lists", "access-list 1 deny a\nx\naccess-list 1 permit b\n",
        "access-list 1 permit b\nx\naccess-list 1 deny a\n",
        "-1 access-list 1 deny a\n+3 access-list 1 deny a\n"},
    {"other lines between ordered ones", "access-list 1 a\nx\naccess-list 1 b\n",
        "x\naccess-list 1 a\naccess-list 1 b\n", ""},
    {"an entry inserted", "acl 1\n a\n b\n c\n", "acl 1\n a\n x\n b\n c\n", "+3(1) x\n"},
    {"an entry changed inside", "acl 1\n a\n b\n  x\n c\n", "acl 1\n a\n b\n  y\n c\n",
        "-4(1 3) x\n+4(1 3) y\n"},
    {"a part appears", "a\n", "a\n== users\nb\n", "+users:1 b\n"},
    {"a part vanishes", "a\n== users\nb\n c\n", "a\n", "-users:1 b\n-users:2(1) c\n"},
    {"a part of nothing is none", "a\n== users\n!\nclock-period 1\n", "a\n", ""},
    {"a line moved to another part", "a\nb\n== users\nc\n", "a\n== users\nb\nc\n",
        "-2 b\n+users:1 b\n"},
    {"parts in another order", "a\n== users\nb\n== keys\nc\n", "a\n== keys\nc\n== users\nb\n", ""},
    {"a line out of force", "system {\n a b;\n}\n", "system {\n inactive: a b;\n}\n",
        "-2(1) a b\n+2(1) inactive: a b\n"},
    {"XML in another order", "<c><u><name>a</name><p>1</p></u><u><name>b</name><p>2</p></u></c>",
        "<c>\n<u><p>2</p><name>b</name></u>\n<u><name>a</name><p>1</p></u>\n</c>", ""},
};

static void each_change_is_found_where_it_is(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char got[2048];
        struct version before, after;
        version_of(cases[i].before, &before);
        version_of(cases[i].after, &after);
        struct line_changes changes = changes_of(&before, &after);
        list(&changes, got, sizeof got);
        if (strcmp(got, cases[i].changes) != 0) {
            print_error("%s: expected\n%sgot\n%s", cases[i].name, cases[i].changes, got);
            failures++;
        }
        line_changes_free(&changes);
        changes = changes_of(&after, &before);
        line_changes_free(&changes);
        version_free(&before);
        version_free(&after);
    }
    assert_int_equal(failures, 0);
}

static void words_do_not_run_into_each_other(void **state)
{
    (void)state;
    static const char *const all[] = {"ab c\n", "a bc\n", "a b c\n", "abc\n", "a\n b c\n",
        "a b\n c\n", "a\n b\n  c\n", "a\n b\n c\n", "a\nb\nc\n", "a\nb\n c\n", "a\n== c\nb\n",
        "a\nb\n== c\n"};
    for (size_t i = 0; i < COUNT(all); i++)
        for (size_t j = 0; j < COUNT(all); j++) {
            struct version a, b;
            version_of(all[i], &a);
            version_of(all[j], &b);
            struct line_changes changes = changes_of(&a, &b);
            assert_int_equal(changes.count == 0, i == j);
            line_changes_free(&changes);
            version_free(&a);
            version_free(&b);
        }
}

/* What was stored must be found again by the next release, on another machine. */
static void the_digest_of_a_config_never_changes(void **state)
{
    (void)state;
    static const char expected[] =
        "84dc67ffe513a6407c4ddf390858cafceef1a36b2b23f5057e5fc97ea3a96c4a";
    struct version v;
    unsigned char digest[CONFIG_DIGEST_BYTES];
    char hex[2 * CONFIG_DIGEST_BYTES + 1];
    version_of("hostname r1\ninterface e0\n mtu 1500\n no shutdown\nacl 1\n permit a\n deny b\n"
               "== users\nbob\n",
        &v);
    config_digest(v.config, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(hex, expected);
    version_free(&v);
}

/* ---- random trees ---- */

static uint64_t seed;

static unsigned roll(unsigned below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % below;
}

struct node {
    char text[24];
    struct node *children;
    size_t count;
};

static void grow(struct node *n, unsigned depth)
{
    n->count = roll(depth == 0 ? 12 : 5);
    n->children = calloc(n->count + 8, sizeof *n->children);
    for (size_t i = 0; i < n->count; i++) {
        struct node *child = &n->children[i];
        static const char *const heads[] = {"acl", "i", "access-list", "u"};
        snprintf(child->text, sizeof child->text, "%s %u", heads[roll(4)], roll(4));
        if (depth < 3 && roll(3) == 0)
            grow(child, depth + 1);
    }
}

static void fell(struct node *n)
{
    for (size_t i = 0; i < n->count; i++)
        fell(&n->children[i]);
    free(n->children);
}

static bool starts(const struct node *n, const char *with)
{
    return strncmp(n->text, with, strlen(with)) == 0;
}

/* Put sisters in another order, but not those whose order counts: access-list lines at the top, and
 * what is in one or in an acl. */
static void shuffle(struct node *n, unsigned depth)
{
    for (size_t i = 0; i + 1 < n->count; i++) {
        struct node *a = &n->children[i], *b = &n->children[i + 1];
        bool fixed = depth == 0 && starts(a, "access-list") && starts(b, "access-list");
        if (!fixed && roll(2)) {
            struct node swap = *a;
            *a = *b;
            *b = swap;
        }
    }
    for (size_t i = 0; i < n->count; i++)
        if (depth > 0 || !starts(&n->children[i], "ac"))
            shuffle(&n->children[i], depth + 1);
}

/* Change something somewhere, or nothing. */
static void mutate(struct node *n)
{
    if (!n->count)
        return;
    size_t at = roll((unsigned)n->count);
    struct node *child = &n->children[at];
    switch (roll(5)) {
    case 0:
        snprintf(child->text, sizeof child->text, "i %u", roll(5));
        break;
    case 1:
        fell(child);
        memmove(child, child + 1, (n->count - at - 1) * sizeof *child);
        n->count--;
        break;
    case 2: {
        struct node swap = *child;
        size_t other = roll((unsigned)n->count);
        *child = n->children[other];
        n->children[other] = swap;
        break;
    }
    default:
        mutate(child);
    }
}

static void write_out(const struct node *n, unsigned depth, struct buf *out)
{
    for (size_t i = 0; i < n->count; i++) {
        assert_int_equal(buf_format(out, "%*s%s\n", (int)depth, "", n->children[i].text), RC_OK);
        write_out(&n->children[i], depth + 1, out);
    }
}

static void version_of_tree(const struct node *n, struct version *v)
{
    struct buf text = {0};
    write_out(n, 0, &text);
    version_of(buf_text(&text), v);
    buf_free(&text);
}

/* How often a text stands in a version, plus what the changes say. */
static void check_balance(
    const struct version *a, const struct version *b, const struct line_changes *changes)
{
    struct str rest[2] = {buf_str(&a->parts[0].text), buf_str(&b->parts[0].text)}, line;
    unsigned long sum[2] = {0, 0};
    for (int side = 0; side < 2; side++)
        while (str_next_line(&rest[side], &line)) {
            unsigned long hash = 5381;
            line = str_trim(line);
            for (size_t i = 0; i < line.len; i++)
                hash = hash * 33 + (unsigned char)line.at[i];
            sum[side] += hash * hash;
        }
    for (size_t c = 0; c < changes->count; c++) {
        unsigned long hash = 5381;
        line = changes->at[c].text;
        for (size_t i = 0; i < line.len; i++)
            hash = hash * 33 + (unsigned char)line.at[i];
        sum[0] += changes->at[c].added ? hash * hash : -(hash * hash);
    }
    if (sum[0] != sum[1])
        fail_msg("seed %llu: the changes do not lead from one to the other\n%s---\n%s",
            (unsigned long long)seed, buf_text(&a->parts[0].text), buf_text(&b->parts[0].text));
}

static void order_that_means_nothing_changes_nothing(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 400; round++) {
        struct node tree = {0};
        struct version a, b;
        seed = round;
        grow(&tree, 0);
        version_of_tree(&tree, &a);
        shuffle(&tree, 0);
        version_of_tree(&tree, &b);
        struct line_changes changes = changes_of(&a, &b);
        if (changes.count)
            fail_msg("round %u:\n%s---\n%s", round, buf_text(&a.parts[0].text),
                buf_text(&b.parts[0].text));
        version_free(&a);
        version_free(&b);
        fell(&tree);
    }
}

static void changes_lead_from_one_config_to_the_other(void **state)
{
    (void)state;
    unsigned different = 0;
    for (unsigned round = 0; round < 2000; round++) {
        struct node tree = {0};
        struct version a, b;
        seed = round + 1000000;
        grow(&tree, 0);
        version_of_tree(&tree, &a);
        for (unsigned i = roll(4); i; i--)
            mutate(&tree);
        if (roll(2))
            shuffle(&tree, 0);
        version_of_tree(&tree, &b);
        struct line_changes changes = changes_of(&a, &b);
        different += changes.count > 0;
        check_balance(&a, &b, &changes);
        line_changes_free(&changes);
        version_free(&a);
        version_free(&b);
        fell(&tree);
    }
    assert_in_range(different, 500, 1900);
}

/* ---- size ---- */

static void an_entry_for_each(struct buf *out, unsigned from, unsigned count, unsigned step)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(buf_format(out, " permit host %u\n", (from + i * step) % 65521), RC_OK);
}

static void a_hostile_config_costs_bounded_work(void **state)
{
    (void)state;
    struct buf before = {0}, after = {0};
    struct version a, b;
    buf_add(&before, "acl 1\n");
    buf_add(&after, "acl 1\n");
    an_entry_for_each(&before, 0, 60000, 1);
    an_entry_for_each(&after, 7, 60000, 12345); /* nearly the same lines, in a wild order */
    version_of(buf_text(&before), &a);
    version_of(buf_text(&after), &b);
    struct line_changes changes = changes_of(&a, &b);
    assert_in_range(changes.count, 100000, 120000);
    check_balance(&a, &b, &changes);
    line_changes_free(&changes);
    version_free(&a);
    version_free(&b);
    buf_free(&before);
    buf_free(&after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_found_where_it_is),
        cmocka_unit_test(words_do_not_run_into_each_other),
        cmocka_unit_test(the_digest_of_a_config_never_changes),
        cmocka_unit_test(order_that_means_nothing_changes_nothing),
        cmocka_unit_test(changes_lead_from_one_config_to_the_other),
        cmocka_unit_test(a_hostile_config_costs_bounded_work),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
