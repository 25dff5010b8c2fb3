/* rooms: access diff drivers syntax data base */
/* What reading a config costs in each shape of syntax, in megabytes a second of one core, beside
 * the least it could cost in the same run: one pass over the lines, and for XML and JSON what
 * libxml2 and jansson take. Configs of devices: little access, much else. Then one of 10 MB with
 * 20,000 accounts, all the way to the events of a change. Best of some rounds. */
#include <jansson.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "access/access.h"
#include "base/embed.h"
#include "base/yang.h"
#include "diff/diff.h"
#include "drivers/syntax/parts.h"

enum { ROUNDS = 3 };

static const struct {
    const char *shape, *platform, *part;
    const char *head, *body, *tail; /* %d in the body: a running number */
} texts[] = {
    {"indented", "ios", "running",
        "aaa new-model\nusername bob privilege 15 secret 9 $9$abcdefgh$Hnn2aLMUCtOYiRxGvNvv\n",
        "interface GigabitEthernet0/%d\n description link to somewhere\n"
        " ip address 192.0.2.1 255.255.255.0\n ip ospf cost 10\n no shutdown\n!\n",
        "line vty 0 4\n transport input ssh\n!\nend\n"},
    {"braces", "junos", "running",
        "system {\n    login {\n        user bob {\n            class super-user;\n        }\n    "
        "}\n}\ninterfaces {\n",
        "    ge-0/0/%d {\n        unit 0 {\n            description \"link to somewhere\";\n"
        "            family inet {\n                address 192.0.2.1/24;\n            }\n"
        "        }\n    }\n",
        "}\n"},
    {"set", "junos", "running", "set system login user bob class super-user\n",
        "set interfaces ge-0/0/%d unit 0 family inet address 192.0.2.1/24\n"
        "set interfaces ge-0/0/1 unit 0 description \"link to somewhere\"\n",
        ""},
    {"edit", "fortios", "running",
        "config system admin\n    edit \"bob\"\n        set accprofile \"super_admin\"\n"
        "    next\nend\nconfig firewall policy\n",
        "    edit %d\n        set name \"rule\"\n        set srcintf \"port1\"\n"
        "        set srcaddr \"all\"\n        set service \"HTTPS\" \"SSH\"\n    next\n",
        "end\n"},
    {"keyvalue", "routeros", "running", "/user\nadd name=bob group=full\n/ip firewall filter\n",
        "add action=accept chain=input comment=\"rule %d\" connection-state=\\\n"
        "    established,related in-interface=ether1\n",
        ""},
    {"xml", "panos", "running",
        "<config>\n  <mgt-config><users><entry name=\"bob\"><permissions><role-based><superuser>yes"
        "</superuser></role-based></permissions></entry></users></mgt-config>\n  <address>\n",
        "    <entry name=\"host-%d\">\n      <ip-netmask>192.0.2.1</ip-netmask>\n"
        "      <description>somewhere &amp; more</description>\n    </entry>\n",
        "  </address>\n</config>\n"},
    {"json", "aws", "details",
        "{\n    \"UserDetailList\": [{\"UserName\": \"bob\"}],\n    \"Policies\": [\n",
        "        {\"PolicyName\": \"policy-%d\", \"Arn\": \"arn:aws:iam::123456789012:policy/x\", "
        "\"Path\": \"/\", \"IsAttachable\": true},\n",
        "        {}\n    ]\n}\n"},
    {"fields", "linux", "passwd", "root:x:0:0:root:/root:/bin/bash\n",
        "www%d:x:33:33:Some Service,,,:/var/www/somewhere:/usr/sbin/nologin\n", ""},
    {"words", "linux", "sshd", "Port 22\n",
        "AcceptEnv LANG LC_%d # and more\nSubsystem sftp /usr/lib/openssh/sftp-server\n", ""},
};

static struct ly_ctx *ctx;
static struct platforms *all;
static const unsigned char key[FINGERPRINT_KEY_BYTES] = {1};
static struct error err = ERROR_INIT;

static void must(int rc)
{
    char line[1200];
    if (!rc)
        return;
    fprintf(stderr, "reading_bench: %s\n", error_line(&err, line, sizeof line));
    exit(1);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void make_text(
    struct buf *out, size_t size, const char *head, const char *body, const char *tail)
{
    const char *at = strstr(body, "%d");
    must(buf_add(out, head));
    for (unsigned i = 0; out->len < size; i++)
        must(buf_format(out, "%.*s%u%s", (int)(at - body), body, i, at + 2));
    must(buf_add(out, tail));
}

/* ---- what is measured ---- */

struct subject {
    const struct platform *platform;
    struct reader *reader;
    struct config_reader *config_reader;
    struct part_syntaxes *syntaxes;
    struct part part;
};

static volatile size_t lines_seen;

static void pass(const struct subject *s)
{
    struct str rest = buf_str(&s->part.text);
    size_t lines = 0;
    for (const char *next; rest.len && (next = memchr(rest.at, '\n', rest.len)); lines++)
        rest = (struct str){next + 1, rest.len - (size_t)(next + 1 - rest.at)};
    lines_seen = lines;
}

static void parse_by_library(const struct subject *s)
{
    struct str text = buf_str(&s->part.text);
    if (*text.at == '<') {
        xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC};
        if (xmlSAXUserParseMemory(&sax, NULL, text.at, (int)text.len))
            must(error_set(&err, RC_FORMAT, "libxml2 does not read it"));
    } else {
        json_error_t wrong;
        json_t *json = json_loadb(text.at, text.len, 0, &wrong);
        if (!json)
            must(error_set(&err, RC_FORMAT, "jansson does not read it: %s", wrong.text));
        json_decref(json);
    }
}

static int count_line(void *user, const struct syntax_line *line)
{
    (void)user, (void)line;
    lines_seen++;
    return RC_OK;
}

static void parse(const struct subject *s)
{
    struct syntax_sink sink = {count_line, NULL};
    struct str text = buf_str(&s->part.text);
    must(syntax_read(part_syntax(s->syntaxes, s->part.name, text, NULL), text, &sink, &err));
}

static void extract(const struct subject *s)
{
    struct draft *draft = NULL;
    must(draft_read(s->reader, &s->part, 1, &draft, &err));
    draft_free(draft);
}

static void make_tree_of_lines(const struct subject *s)
{
    struct config *config = NULL;
    must(config_reader_read(s->config_reader, &s->part, 1, &config, &err));
    config_free(config);
}

static void redact(const struct subject *s)
{
    struct buf shown = {0};
    must(access_redact(s->reader, s->part.name, buf_str(&s->part.text), key, &shown, &err));
    buf_free(&shown);
}

/* Seconds of the best round. */
static double measure(void (*step)(const struct subject *s), const struct subject *s)
{
    double best = 1e9;
    for (int i = 0; i < ROUNDS; i++) {
        double start = seconds();
        step(s);
        double took = seconds() - start;
        best = took < best ? took : best;
    }
    return best;
}

static void open_subject(struct subject *s, const char *platform, const char *part)
{
    *s = (struct subject){.platform = platforms_find(all, platform)};
    s->part.name = (char *)part;
    if (!s->platform)
        must(error_set(&err, RC_NOT_FOUND, "there is no platform %s", platform));
    must(reader_new(s->platform, &s->reader, &err));
    must(config_reader_new(s->platform, &s->config_reader, &err));
    must(part_syntaxes_new(s->platform->data, &s->syntaxes, &err));
}

static void close_subject(struct subject *s)
{
    reader_free(s->reader);
    config_reader_free(s->config_reader);
    part_syntaxes_free(s->syntaxes);
    buf_free(&s->part.text);
}

/* ---- reports ---- */

static void report_shape(size_t i, size_t size)
{
    struct subject s;
    open_subject(&s, texts[i].platform, texts[i].part);
    make_text(&s.part.text, size, texts[i].head, texts[i].body, texts[i].tail);
    double mb = (double)s.part.text.len / 1e6;
    double least = measure(pass, &s), parsed = measure(parse, &s), read = measure(extract, &s);
    printf("%-9s %-9s %6.0f %6.0f %6.0f  x%-5.1f %6.0f %6.0f ", texts[i].shape, texts[i].platform,
        mb / least, mb / parsed, mb / read, read / least, mb / measure(make_tree_of_lines, &s),
        mb / measure(redact, &s));
    if (strchr("<{", *s.part.text.data)) {
        double library = measure(parse_by_library, &s);
        printf("%6.0f  x%.1f", mb / library, parsed / library);
    }
    putchar('\n');
    close_subject(&s);
}

/* Most of it interfaces; `privilege` is that of the last account. */
static void make_crowd(struct buf *out, unsigned privilege)
{
    must(buf_add(out, "version 17.9\naaa new-model\n"));
    for (unsigned i = 0; i < 20000; i++)
        must(buf_format(out,
            "username user%u privilege %u secret 9 "
            "$9$abcdefgh%06u$Hnn2aLMUCtOYiRxGvNvv9k8JEAxDCbZcRXVEGFXb7Kk\n",
            i, i == 19999 ? privilege : i % 15, i));
    for (unsigned i = 0; out->len < 10000000; i++)
        must(buf_format(out,
            "interface GigabitEthernet0/%u\n description link %u\n"
            " ip address 192.0.2.1 255.255.255.0\n no shutdown\n!\n",
            i, i));
    must(buf_add(out, "end\n"));
}

static struct lyd_node *build(const struct subject *s, double took[2])
{
    struct draft *draft = NULL;
    struct lyd_node *tree = NULL;
    double start = seconds();
    must(draft_read(s->reader, &s->part, 1, &draft, &err));
    double after = seconds();
    must(access_build(ctx, s->platform, draft, key, &tree, &err));
    took[0] = after - start;
    took[1] = seconds() - after;
    draft_free(draft);
    return tree;
}

static void report_crowd(void)
{
    const struct embedded *file = embedded_find("models/catalogue.yaml");
    struct meaning *meaning = NULL;
    struct subject s;
    must(meaning_new(ctx, file->name, (struct str){file->data, file->len}, &meaning, &err));
    open_subject(&s, "ios", "running");
    double best[3] = {1e9, 1e9, 1e9}, sum = 1e9;
    size_t events_seen = 0;
    for (int i = 0; i < ROUNDS; i++) {
        double took[3];
        struct events events = {0};
        buf_clear(&s.part.text);
        make_crowd(&s.part.text, 1);
        struct lyd_node *before = build(&s, took);
        buf_clear(&s.part.text);
        make_crowd(&s.part.text, 15);
        struct lyd_node *after = build(&s, took);
        double start = seconds();
        must(diff_access(meaning, before, after, &events, &err));
        took[2] = seconds() - start;
        events_seen = events.count;
        if (took[0] + took[1] + took[2] < sum) {
            sum = took[0] + took[1] + took[2];
            memcpy(best, took, sizeof best);
        }
        events_free(&events);
        lyd_free_all(before);
        lyd_free_all(after);
    }
    printf(
        "10 MB with 20,000 accounts, one promoted: read %.0f ms, built %.0f ms, compared %.0f ms "
        "(%zu event): %.0f ms\n",
        best[0] * 1e3, best[1] * 1e3, best[2] * 1e3, events_seen, sum * 1e3);
    close_subject(&s);
    meaning_free(meaning);
}

int main(int argc, char **argv)
{
    static const char *const modules[] = {
        "rollcall-access", "rollcall-events", "rollcall-platform", NULL};
    size_t size = (size_t)(argc > 1 ? atoi(argv[1]) : 8) << 20;
    must(yang_context(modules, &ctx, &err));
    must(platforms_load(ctx, NULL, &all, &err));
    printf("MB/s of one core, %zu MiB of each:\n", size >> 20);
    printf("%-9s %-9s %6s %6s %6s  %-6s %6s %6s %6s\n", "shape", "platform", "a pass", "parse",
        "+read", "/pass", "lines", "redact", "library");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        report_shape(i, size);
    report_crowd();
    platforms_free(all);
    ly_ctx_destroy(ctx);
    return 0;
}
