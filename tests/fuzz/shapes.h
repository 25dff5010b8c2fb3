/* Texts of any size in each syntax, for what measures readers: the usual kind, and what an attacker
 * would make of it. */
#ifndef ROLLCALL_FUZZ_SHAPES_H
#define ROLLCALL_FUZZ_SHAPES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/yang.h"
#include "drivers/syntax/syntax.h"

#define TEXT_INDENTED                                                                              \
    "\"shape\":\"indented\",\"comment\":[\"!\"],\"ends\":[\"exit\",\"end\"],"                      \
    "\"banner\":[\"banner *\"],\"ordered\":[\"access-list\",\"ip access-list >\"],"                \
    "\"opens\":[\"vlan\"],\"paired\":[\"%^%#\"],"                                                  \
    "\"verbatim\":[{\"opens\":\"certificate\",\"ends\":\"quit\"},"                                 \
    "{\"opens\":\"* certificate\",\"ends\":\"quit\"},"                                             \
    "{\"opens\":\"macro\",\"ends\":\"@\",\"flat\":true}]"
#define TEXT_QUOTED "\"shape\":\"indented\",\"quote\":\"\\\"'\",\"alone\":\"=\""
#define TEXT_BRACES "\"shape\":\"braces\",\"comment\":[\"#\"]"
#define TEXT_WRAPPED "\"shape\":\"braces\",\"wrapped\":true"
#define TEXT_SET "\"shape\":\"set\",\"comment\":[\"#\"],\"verbs\":[\"set\"]"
#define TEXT_EDIT "\"shape\":\"edit\",\"comment\":[\"#\"]"
#define TEXT_KEYVALUE                                                                              \
    "\"shape\":\"keyvalue\",\"comment\":[\"#\"],\"verbs\":[\"add\",\"set\"],"                      \
    "\"ends\":[\"print\",\"export\"],\"separator\":\".\""
#define TEXT_XML "\"shape\":\"xml\",\"keys\":[\"name\"],\"drop\":[\"entry\"]"
#define TEXT_JSON "\"shape\":\"json\",\"keys\":[\"name\"]"
#define TEXT_DATA "\"shape\":\"data\""
#define TEXT_FIELDS "\"shape\":\"fields\",\"comment\":[\"#\"],\"under\":\"passwd\",\"lead\":\"!\""
#define TEXT_WORDS                                                                                 \
    "\"shape\":\"words\",\"comment\":[\"#\"],\"alone\":\"=\",\"glue\":\",:\",\"lower\":true,"      \
    "\"assign\":\"=\",\"opens\":[\"match\"],\"once\":[\"user\"]"

struct text_kind {
    const char *name;
    const char *syntax;             /* inside of a profile's syntax entry, or NULL */
    const char *head, *body, *tail; /* the body is repeated, %d in it a running number */
    const char *grow;               /* stands in front of the body's copy N, N times */
};

static const struct text_kind text_kinds[] = {
    {"indented", TEXT_INDENTED, "",
        "interface GigabitEthernet0/%d\n description link to somewhere\n"
        " ip address 192.0.2.1 255.255.255.0\n no shutdown\n!\n",
        "end\n", NULL},
    {"indented, one line", TEXT_INDENTED, "", "word%d ", "", NULL},
    {"indented, one word", TEXT_INDENTED, "", "abcdefgh", "", NULL},
    {"indented, deeper and deeper", TEXT_INDENTED, "", "x\n", "", " "},
    {"indented, certificates that never end", TEXT_INDENTED, "", "certificate %d\n", "", "\t"},
    {"indented, certificates in certificates", TEXT_INDENTED, "", "certificate %d\n", "quit\n",
        "\t"},
    {"indented, macros that never end", TEXT_INDENTED, "", "macro %d\n", "", NULL},
    {"indented, banners that never end", TEXT_INDENTED, "", "banner a%d ^C x\n banner motd\n", "",
        NULL},
    {"indented, banners of all kinds", TEXT_INDENTED, "", "banner a ^%d\nbanner b \xc2\xa7 x\n", "",
        NULL},
    {"indented, blocks that are not", TEXT_INDENTED, "", "vlan %d\nname x\n", "", NULL},
    {"indented, more than terminals show", TEXT_INDENTED, "",
        "user\b\b\b\b    \x1b[2Kuser%d --More-- \b\b\b\b x\n", "", NULL},
    {"indented, pairs", TEXT_INDENTED, "", "%^%#ab%d ", "", NULL},
    {"indented, carriage returns", TEXT_INDENTED, "a %d", "\r", "\n", NULL},
    {"quoted", TEXT_QUOTED, "", "a%d = \"b c\" 'd\\' \"e \\\" f\"\n", "", NULL},
    {"quoted, quotes that never end", TEXT_QUOTED, "", "\"a%d\\\" ' ", "", NULL},
    {"quoted, backslashes", TEXT_QUOTED, "\"", "\\\\\\\" ", "", NULL},
    {"braces", TEXT_BRACES, "interfaces {\n",
        "    ge-0/0/%d {\n        unit 0 {\n            description \"link to somewhere\";\n"
        "            family inet {\n                address 192.0.2.1/24;\n            }\n"
        "        }\n    }\n",
        "}\n", NULL},
    {"braces, one line", TEXT_BRACES, "a { ", "b { c%d d; [ e f ] } ", "}", NULL},
    {"braces, one statement", TEXT_BRACES, "a ", "b%d ", ";", NULL},
    {"braces, lists", TEXT_BRACES, "", "a [ b c%d d ] [ e ] x;\n", "", NULL},
    {"braces, one list", TEXT_BRACES, "a [ ", "b%d ", " ];", NULL},
    {"braces, brackets", TEXT_BRACES, "a ", "[ ", ";", NULL},
    {"braces, quotes that never end", TEXT_BRACES, "", "a \"b%d\\\" 'c\n", "", NULL},
    {"braces, quotes over lines", TEXT_BRACES, "", "a \"b%d\nc\" 'd\n' e;\n", "", NULL},
    {"braces, comments", TEXT_BRACES, "", "/* %d *//* { */ a /*\n;*/; # x\n", "/*", NULL},
    {"braces, lists over lines", TEXT_BRACES, "", "a [\nb%d\n]\nc [\n", "", NULL},
    {"braces, one list over lines", TEXT_BRACES, "a [\n", "b%d\n", "]\n", NULL},
    {"wrapped, one word", TEXT_WRAPPED, "key ",
        "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUlocHEwSllKdldi%d\n", ";", NULL},
    {"wrapped, words", TEXT_WRAPPED, "",
        "key%d c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUlocHEwSllKdldi\nd e\n", "", NULL},
    {"braces, closing", TEXT_BRACES, "", "a;}", "", NULL},
    {"set", TEXT_SET, "",
        "set interfaces ge-0/0/%d unit 0 family inet address 192.0.2.1/24\n"
        "set interfaces ge-0/0/1 description \"link to somewhere\"\n",
        "", NULL},
    {"set, one line", TEXT_SET, "set ", "a%d ", "", NULL},
    {"set, lists", TEXT_SET, "", "set a%d [ b c ] d [ e\n", "", NULL},
    {"set, one list", TEXT_SET, "set a [ ", "b%d ", " ]", NULL},
    {"set, deactivated", TEXT_SET, "", "set a%d b c\ndeactivate a%d b\n", "", NULL},
    {"set, quotes that never end", TEXT_SET, "", "set a\"%d'b\"c\\\" d\n", "", NULL},
    {"set, pieces", TEXT_SET, "set ", "a\"b'%d\"'c\"", "", NULL},
    {"edit", TEXT_EDIT, "config system interface\n",
        "    edit \"port%d\"\n        set vdom \"root\"\n        set ip 192.0.2.1 255.255.255.0\n"
        "        set allowaccess ping https ssh\n    next\n",
        "end\n", NULL},
    {"edit, one line", TEXT_EDIT, "config a\nset b ", "c%d ", "", NULL},
    {"edit, quotes over lines", TEXT_EDIT, "", "set a \"b%d\nc\"\nset d \"e\\\"\n", "", NULL},
    {"edit, ends", TEXT_EDIT, "", "end\nnext\nconfig a\nedit %d\nend\n", "", NULL},
    {"keyvalue", TEXT_KEYVALUE, "/ip firewall filter\n",
        "add action=accept chain=input comment=\"rule %d\" connection-state=\\\n"
        "    established,related in-interface=ether1\n",
        "", NULL},
    {"keyvalue, one line", TEXT_KEYVALUE, "/a\n", "b%d=c ", "", NULL},
    {"keyvalue, continued", TEXT_KEYVALUE, "/a\nadd ", "b%d=c \\\n", "", NULL},
    {"keyvalue, entries", TEXT_KEYVALUE, "Flags: X - disabled, R - running\n",
        " %d XR ;;; one\n     name=\"x\" group=full\n", "", NULL},
    {"keyvalue, one entry", TEXT_KEYVALUE, "Flags: X - disabled\n 0 X a=b\n", "   c%d=\"d\"\n", "",
        NULL},
    {"keyvalue, paths", TEXT_KEYVALUE, "", "/a/b%d/print\n/c d e=f\n", "", NULL},
    {"keyvalue, one path", TEXT_KEYVALUE, "/", "a%d/", "\n", NULL},
    {"keyvalue, keys", TEXT_KEYVALUE, "", "users.%d.name=x\n", "", NULL},
    {"keyvalue, legends", TEXT_KEYVALUE, "Flags: ", "X - disabled%d, ", "\n", NULL},
    {"xml", TEXT_XML, "<data>\n",
        "  <interface>\n    <name>ge-0/0/%d</name>\n    <description>link &amp; "
        "more</description>\n"
        "    <mtu>1500</mtu>\n  </interface>\n",
        "</data>\n", NULL},
    {"xml, small", TEXT_XML, "<data>", "<a/>", "</data>", NULL},
    {"xml, one text", TEXT_XML, "<data>", "text%d &amp; ", "</data>", NULL},
    {"xml, text between", TEXT_XML, "<data>", "text%d<a/>", "</data>", NULL},
    {"xml, attributes", TEXT_XML, "<data>", "<a b=\"%d\" c='d>'/>", "</data>", NULL},
    {"xml, many attributes", TEXT_XML, "<data ", "a%d='b' ", "/>", NULL},
    {"xml, documents", TEXT_XML, "", "<?xml version='1.0'?>\n<a><name>%d</name></a>\n", "", NULL},
    {"xml, before it", TEXT_XML, "", "< prompt%d\n", "<a/>", NULL},
    {"xml, comments", TEXT_XML, "<data>", "<!-- %d < > -->", "</data>", NULL},
    {"json", TEXT_JSON, "{\"m:interface\": [\n",
        "  {\"name\": \"ge-0/0/%d\", \"description\": \"link to somewhere\", \"mtu\": 1500},\n",
        "  {}]}\n", NULL},
    {"json, small", TEXT_JSON, "{\"a\":[", "1,", "2]}", NULL},
    {"json, one text", TEXT_JSON, "{\"a\":\"", "text%d\\n\\u00e9", "\"}", NULL},
    {"json, members", TEXT_JSON, "{", "\"a%d\":{\"b\":[[1]]},", "\"z\":1}", NULL},
    {"json, before it", TEXT_JSON, "", "prompt%d>\n", "{}", NULL},
    {"data", TEXT_DATA, "<data>\n<interfaces xmlns=\"urn:example:if\">\n",
        "  <interface>\n    <name>ge-0/0/%d</name>\n    <description>link &amp; "
        "more</description>\n"
        "    <mtu>1500</mtu>\n  </interface>\n",
        "</interfaces>\n</data>\n", NULL},
    {"data, small", TEXT_DATA, "<data>", "<a xmlns='urn:a'/>", "</data>", NULL},
    {"data, JSON", TEXT_DATA, "{\"m:interface\": [\n",
        "  {\"name\": \"ge-0/0/%d\", \"description\": \"link to somewhere\", \"mtu\": 1500},\n",
        "  {}]}\n", NULL},
    {"data, small JSON", TEXT_DATA, "{\"m:a\":[", "1,", "2]}", NULL},
    {"fields", TEXT_FIELDS, "", "user%d:x:1000:1000:Some One,,,:/home/user:/bin/bash\n", "", NULL},
    {"fields, one line", TEXT_FIELDS, "a", ":!!%d", "", NULL},
    {"words", TEXT_WORDS, "", "user%d ALL=(ALL:ALL) NOPASSWD: /usr/bin/id, /bin/ls # why\n", "",
        NULL},
    {"words, one line", TEXT_WORDS, "a ", "b%d , ", "", NULL},
    {"words, continued", TEXT_WORDS, "a", "b%d \\\n", "", NULL},
    {"words, blocks", TEXT_WORDS, "", "match a\nuser %d\nuser b\n", "", NULL},
};

enum { TEXT_KINDS = sizeof text_kinds / sizeof *text_kinds };

/* About `size` bytes of it. */
static inline int text_make(const struct text_kind *kind, size_t size, struct buf *out)
{
    int rc = buf_add(out, kind->head);
    for (unsigned i = 0; !rc && out->len < size; i++) {
        for (unsigned k = 0; kind->grow && !rc && k < i && out->len < size; k++)
            rc = buf_add(out, kind->grow);
        const char *at = kind->body, *mark;
        while (!rc && (mark = strstr(at, "%d"))) {
            rc = buf_append(out, at, (size_t)(mark - at));
            rc = rc ? rc : buf_format(out, "%u", i);
            at = mark + 2;
        }
        rc = rc ? rc : buf_add(out, at);
    }
    return rc ? rc : buf_add(out, kind->tail);
}

/* `entry` as a syntax. Ends the program when it is none. */
static inline struct syntax *text_syntax(struct ly_ctx *ctx, const char *entry)
{
    char json[2048];
    struct lyd_node *tree = NULL;
    struct syntax *s = NULL;
    snprintf(json, sizeof json,
        "{\"rollcall-platform:profile\":{\"syntax\":[{\"name\":\"x\",%s},"
        "{\"name\":\"y\",\"shape\":\"indented\"}]}}",
        entry);
    if (lyd_parse_data_mem(ctx, json, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) ||
        syntax_new(yang_child(tree, "syntax"), &s, NULL)) {
        fprintf(stderr, "not a syntax: %s\n", json);
        exit(1);
    }
    lyd_free_all(tree);
    return s;
}

#endif
