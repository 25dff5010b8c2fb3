/* rooms: base syntax */
/* How fast each shape is read, in megabytes a second of one core: text generated from a few lines
 * that such a config is made of. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/yang.h"
#include "drivers/syntax/syntax.h"

static const struct {
    const char *name, *entry, *head, *body, *tail; /* %d in the body: a running number */
} shapes[] = {
    {"indented",
        "\"shape\":\"indented\",\"comment\":[\"!\"],\"ends\":[\"exit\",\"end\"],"
        "\"banner\":[\"banner *\"],\"ordered\":[\"access-list\",\"ip access-list >\"],"
        "\"verbatim\":[{\"opens\":\"crypto pki certificate chain * "
        "certificate\",\"ends\":\"quit\"}]",
        "",
        "interface GigabitEthernet0/%d\n description link to somewhere\n"
        " ip address 192.0.2.1 255.255.255.0\n no shutdown\n!\n",
        "end\n"},
    {"braces", "\"shape\":\"braces\",\"comment\":[\"#\"],\"quote\":\"\\\"\"", "interfaces {\n",
        "    ge-0/0/%d {\n        unit 0 {\n            description \"link to somewhere\";\n"
        "            family inet {\n                address 192.0.2.1/24;\n            }\n"
        "        }\n    }\n",
        "}\n"},
    {"set", "\"shape\":\"set\",\"comment\":[\"#\"],\"verbs\":[\"set\"],\"quote\":\"\\\"\"", "",
        "set interfaces ge-0/0/%d unit 0 family inet address 192.0.2.1/24\n"
        "set interfaces ge-0/0/1 description \"link to somewhere\"\n",
        ""},
    {"edit", "\"shape\":\"edit\",\"comment\":[\"#\"]", "config system interface\n",
        "    edit \"port%d\"\n        set vdom \"root\"\n        set ip 192.0.2.1 255.255.255.0\n"
        "        set allowaccess ping https ssh\n    next\n",
        "end\n"},
    {"keyvalue",
        "\"shape\":\"keyvalue\",\"comment\":[\"#\"],\"verbs\":[\"add\",\"set\"],"
        "\"ends\":[\"print\",\"export\"]",
        "/ip firewall filter\n",
        "add action=accept chain=input comment=\"rule %d\" connection-state=\\\n"
        "    established,related in-interface=ether1\n",
        ""},
    {"xml", "\"shape\":\"xml\",\"keys\":[\"name\"]", "<data>\n",
        "  <interface>\n    <name>ge-0/0/%d</name>\n    <description>link &amp; "
        "more</description>\n"
        "    <mtu>1500</mtu>\n  </interface>\n",
        "</data>\n"},
    {"json", "\"shape\":\"json\",\"keys\":[\"name\"]", "{\"m:interface\": [\n",
        "  {\"name\": \"ge-0/0/%d\", \"description\": \"link to somewhere\", \"mtu\": 1500},\n",
        "  {}]}\n"},
    {"data", "\"shape\":\"data\"", "<data>\n<interfaces xmlns=\"urn:example:if\">\n",
        "  <interface>\n    <name>ge-0/0/%d</name>\n    <description>link &amp; "
        "more</description>\n"
        "    <mtu>1500</mtu>\n  </interface>\n",
        "</interfaces>\n</data>\n"},
    {"data-json", "\"shape\":\"data\"", "{\"m:interface\": [\n",
        "  {\"name\": \"ge-0/0/%d\", \"description\": \"link to somewhere\", \"mtu\": 1500},\n",
        "  {}]}\n"},
    {"fields", "\"shape\":\"fields\",\"comment\":[\"#\"],\"under\":\"passwd\"", "",
        "user%d:x:1000:1000:Some One,,,:/home/user:/bin/bash\n", ""},
    {"words", "\"shape\":\"words\",\"comment\":[\"#\"],\"alone\":\"=(),:\"", "",
        "user%d ALL=(ALL:ALL) NOPASSWD: /usr/bin/id, /bin/ls # why\n", ""},
};

struct sum {
    size_t lines, words;
};

static int count_line(void *ctx, const struct syntax_line *line)
{
    struct sum *sum = ctx;
    sum->lines++;
    sum->words += line->word_count;
    return RC_OK;
}

static struct syntax *compile(struct ly_ctx *ctx, const char *entry)
{
    char json[2048];
    struct lyd_node *tree = NULL;
    struct syntax *s = NULL;
    snprintf(json, sizeof json,
        "{\"rollcall-platform:profile\":{\"syntax\":[{\"name\":\"x\",%s}]}}", entry);
    if (lyd_parse_data_mem(ctx, json, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) == LY_SUCCESS)
        syntax_new(yang_child(tree, "syntax"), &s, NULL);
    lyd_free_all(tree);
    return s;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static const char *const modules[] = {"rollcall-platform", NULL};
    size_t size = (size_t)(argc > 1 ? atoi(argv[1]) : 8) << 20;
    struct ly_ctx *ctx = NULL;
    if (yang_context(modules, &ctx, NULL))
        return 1;
    printf("%-10s %8s %10s %10s %8s\n", "shape", "MB", "lines", "words", "MB/s");
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct buf text = {.cap = 2 * size + 4096};
        struct sum sum = {0, 0};
        struct syntax_sink sink = {count_line, &sum};
        struct syntax *s = compile(ctx, shapes[i].entry);
        int rc = s ? buf_add(&text, shapes[i].head) : RC_SETTINGS;
        char number[512];
        for (int k = 0; !rc && text.len < size; k++) {
            const char *at = strstr(shapes[i].body, "%d");
            snprintf(number, sizeof number, "%.*s%d%s", (int)(at - shapes[i].body), shapes[i].body,
                k, at + 2);
            rc = buf_add(&text, number);
        }
        buf_add(&text, shapes[i].tail);
        double start = seconds();
        if (!rc)
            rc = syntax_read(s, buf_str(&text), &sink, NULL);
        double took = seconds() - start, megabytes = (double)text.len / 1e6;
        printf("%-10s %8.1f %10zu %10zu %8.0f%s\n", shapes[i].name, megabytes, sum.lines, sum.words,
            megabytes / took, rc ? "  failed" : "");
        buf_free(&text);
        syntax_free(s);
    }
    ly_ctx_destroy(ctx);
    return 0;
}
