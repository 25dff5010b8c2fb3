/* Collecting a platform's page, and the order in which it is told. */
#include "cli/page.h"

#include <string.h>

#include "base/buf.h"
#include "base/yang.h"

/* ---- collecting ---- */

static void set_text(json_t *to, const char *name, const char *value)
{
    if (value)
        json_object_set_new(to, name, json_string(value));
}

static void set_leaf(json_t *to, const char *name, const struct lyd_node *from, const char *leaf)
{
    set_text(to, name, from ? yang_leaf(from, leaf) : NULL);
}

static bool is_called(const struct lyd_node *node, const char *name)
{
    return strcmp(LYD_NAME(node), name) == 0;
}

static json_t *values(const struct lyd_node *parent, const char *list)
{
    json_t *all = json_array();
    for (const struct lyd_node *n = parent ? lyd_child(parent) : NULL; n; n = n->next)
        if (is_called(n, list))
            json_array_append_new(all, json_string(lyd_get_value(n)));
    return all;
}

static void set_values(
    json_t *to, const char *name, const struct lyd_node *parent, const char *list)
{
    json_t *all = values(parent, list);
    if (json_array_size(all))
        json_object_set(to, name, all);
    json_decref(all);
}

static void add_once(json_t *all, const char *name, size_t len)
{
    const json_t *each;
    size_t i;
    json_array_foreach(all, i, each) if (strlen(json_string_value(each)) == len &&
                                         memcmp(json_string_value(each), name, len) == 0) return;
    json_array_append_new(all, json_stringn(name, len));
}

/* "secret/scheme" is told as secret; what the secret's own words are, too. */
static void add_node(json_t *nodes, const char *name, size_t len)
{
    static const char *const of_secret[] = {"scheme", "strength", "fingerprint", "volatile"};
    if (len == 0 || name[0] == '$' || name[0] == '_' || name[0] == '!')
        return;
    const char *slash = memchr(name, '/', len);
    if (slash)
        len = (size_t)(slash - name);
    for (size_t i = 0; i < sizeof of_secret / sizeof *of_secret; i++)
        if (strlen(of_secret[i]) == len && memcmp(of_secret[i], name, len) == 0) {
            name = "secret";
            len = strlen(name);
        }
    add_once(nodes, name, len);
}

static void add_pattern(json_t *nodes, const char *pattern)
{
    for (const char *at = strchr(pattern, '{'); at; at = strchr(at + 1, '{'))
        add_node(nodes, at + 1, strcspn(at + 1, ".+~,?*:}"));
}

/* Names that a rule, option or mapping of an entry gives values to. */
static void add_rule(json_t *nodes, const struct lyd_node *rule)
{
    const char *into = yang_leaf(rule, "into");
    const char *list = into ? into : yang_leaf(rule, "list");
    if (list)
        add_node(nodes, list, strlen(list));
    else if (yang_leaf(rule, "match"))
        add_pattern(nodes, yang_leaf(rule, "match"));
    for (const struct lyd_node *n = lyd_child(rule); n; n = n->next) {
        if (is_called(n, "options") || is_called(n, "into"))
            if (n->schema->nodetype == LYS_LIST)
                add_rule(nodes, n);
        if (!list && (is_called(n, "set") || is_called(n, "default")))
            add_node(nodes, lyd_get_value(n), strcspn(lyd_get_value(n), " "));
    }
}

static json_t *entry_of(json_t *reads, const char *name)
{
    json_t *each;
    size_t i;
    json_array_foreach(reads, i, each) if (strcmp(json_string_value(json_object_get(each, "entry")),
                                               name) == 0) return json_object_get(each, "nodes");
    json_t *nodes = json_array();
    json_array_append_new(reads, json_pack("{s:s, s:o}", "entry", name, "nodes", nodes));
    return nodes;
}

static void add_rules(json_t *reads, const struct lyd_node *tables, const char *list)
{
    for (const struct lyd_node *n = lyd_child(tables); n; n = n->next)
        if (is_called(n, list))
            add_rule(entry_of(reads, yang_leaf(n, "entry")), n);
}

static json_t *parts_of(const struct platform *p)
{
    json_t *all = json_array();
    for (const struct lyd_node *n = lyd_child(p->data); n; n = n->next) {
        if (!is_called(n, "parts"))
            continue;
        json_t *part = json_pack("{s:s, s:b, s:b}", "name", yang_leaf(n, "name"), "optional",
            yang_is_true(n, "optional"), "in_force", yang_is_true(n, "in-force"));
        set_leaf(part, "command", n, "command");
        set_leaf(part, "copy_of", n, "copy-of");
        json_array_append_new(all, part);
    }
    return all;
}

static json_t *recognised_by(const struct platform *p)
{
    static const char *const ways[] = {"server", "prompt", "command", "match"};
    json_t *how = json_object();
    const struct lyd_node *hints = yang_child(p->data, "recognise");
    for (size_t i = 0; hints && i < sizeof ways / sizeof *ways; i++)
        set_leaf(how, ways[i], hints, ways[i]);
    set_values(how, "netconf", yang_child(p->data, "netconf"), "recognise");
    return how;
}

/* A list of objects with some leaves of each. */
static json_t *rows(const struct lyd_node *parent, const char *list, const char *const *leaves)
{
    json_t *all = json_array();
    for (const struct lyd_node *n = parent ? lyd_child(parent) : NULL; n; n = n->next) {
        if (!is_called(n, list))
            continue;
        json_t *row = json_object();
        for (size_t i = 0; leaves[i]; i++)
            set_leaf(row, leaves[i], n, leaves[i]);
        json_array_append_new(all, row);
    }
    return all;
}

json_t *page_new(const struct platform *p, const struct lyd_node *whole)
{
    const struct lyd_node *manual = yang_child(whole, "manual");
    json_t *page = json_object(), *reads = json_array();
    set_text(page, "platform", p->name);
    set_text(page, "title", p->title);
    set_leaf(page, "class", p->data, "class");
    set_values(page, "aliases", p->data, "aliases");
    set_values(page, "extends", whole, "extends");
    set_text(page, "file", p->file);
    set_text(page, "session", yang_leaf(p->data, "session/kind"));
    json_object_set_new(page, "netconf", json_boolean(yang_child(p->data, "netconf") != NULL));
    json_object_set_new(page, "recognised", recognised_by(p));
    json_object_set_new(page, "parts", parts_of(p));
    add_rules(reads, p->data, "access");
    for (const struct lyd_node *const *m = p->mappings; m && *m; m++)
        add_rules(reads, *m, "map");
    json_object_set_new(page, "reads", reads);
    json_object_set_new(page, "schemes",
        rows(p->data, "schemes", (const char *const[]){"written", "name", "strength", NULL}));
    set_values(page, "default_accounts", p->data, "default-accounts");
    set_leaf(page, "admin", p->data, "admin");
    json_object_set_new(page, "announces",
        rows(p->data, "announces", (const char *const[]){"line", "user", "address", NULL}));
    if (manual) {
        set_leaf(page, "rights", manual, "rights");
        set_leaf(page, "account", manual, "account");
        set_values(page, "misses", manual, "misses");
        json_object_set_new(
            page, "lacks", rows(manual, "lacks", (const char *const[]){"proof", "why", NULL}));
        set_leaf(page, "tried", manual, "tried");
        set_values(page, "sources", manual, "sources");
    }
    return page;
}

/* ---- telling ---- */

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void add_joined(struct buf *out, const json_t *array, const char *between)
{
    const json_t *each;
    size_t i;
    json_array_foreach(array, i, each)
        buf_format(out, "%s%s", i ? between : "", json_string_value(each));
}

static void show_list(FILE *out, const struct page_style *s, const json_t *page, const char *name,
    const char *heading)
{
    const json_t *all = json_object_get(page, name), *each;
    size_t i;
    if (json_array_size(all))
        s->heading(out, heading);
    json_array_foreach(all, i, each) s->item(out, "-", json_string_value(each));
}

static void show_known_as(FILE *out, const struct page_style *s, const json_t *page)
{
    struct buf text = {0};
    add_joined(&text, json_object_get(page, "aliases"), ", ");
    if (text.len)
        s->item(out, "also called", text.data);
    buf_clear(&text);
    add_joined(&text, json_object_get(page, "extends"), ", ");
    if (text.len)
        s->item(out, "is also", text.data);
    s->item(out, "class", text_of(page, "class"));
    buf_free(&text);
}

static void show_recognised(FILE *out, const struct page_style *s, const json_t *page)
{
    const json_t *how = json_object_get(page, "recognised"), *each;
    size_t i;
    struct buf text = {0};
    if (json_object_size(how))
        s->heading(out, "How it is found out");
    if (text_of(how, "server"))
        s->item(out, "SSH server or banner", text_of(how, "server"));
    if (text_of(how, "prompt"))
        s->item(out, "prompt", text_of(how, "prompt"));
    if (text_of(how, "command"))
        s->item(out, text_of(how, "command"), text_of(how, "match") ? text_of(how, "match") : "");
    json_array_foreach(json_object_get(how, "netconf"), i, each)
        s->item(out, "NETCONF module", json_string_value(each));
    buf_free(&text);
}

static void show_parts(FILE *out, const struct page_style *s, const json_t *page)
{
    const json_t *part;
    size_t i;
    struct buf text = {0};
    if (json_array_size(json_object_get(page, "parts")))
        s->heading(out, "What is pulled");
    json_array_foreach(json_object_get(page, "parts"), i, part)
    {
        buf_clear(&text);
        const char *command = text_of(part, "command");
        buf_add(&text, command ? command : "over NETCONF, or from a file");
        if (json_is_true(json_object_get(part, "optional")))
            buf_add(&text, " (may be missing)");
        const char *copy_of = text_of(part, "copy_of");
        if (copy_of) {
            buf_add(&text, " (the saved copy of ");
            buf_add(&text, copy_of);
            buf_add(&text, ": told of when it differs)");
        } else if (!json_is_true(json_object_get(part, "in_force")))
            buf_add(&text, " (kept and compared; no account is read of it)");
        s->item(out, text_of(part, "name"), text.data);
    }
    buf_free(&text);
}

static void show_reads(FILE *out, const struct page_style *s, const json_t *page)
{
    const json_t *entry;
    size_t i;
    if (json_array_size(json_object_get(page, "reads")))
        s->heading(out, "What is read");
    json_array_foreach(json_object_get(page, "reads"), i, entry)
    {
        struct buf text = {0};
        add_joined(&text, json_object_get(entry, "nodes"), ", ");
        s->item(out, text_of(entry, "entry"), buf_text(&text));
        buf_free(&text);
    }
    if (text_of(page, "admin"))
        s->item(out, "full rights", text_of(page, "admin"));
}

static void show_schemes(FILE *out, const struct page_style *s, const json_t *page)
{
    const json_t *scheme;
    size_t i;
    if (json_array_size(json_object_get(page, "schemes")))
        s->heading(out, "Forms of secrets, and how well they protect");
    json_array_foreach(json_object_get(page, "schemes"), i, scheme)
    {
        struct buf text = {0};
        buf_format(&text, "%s: %s", text_of(scheme, "name"), text_of(scheme, "strength"));
        s->item(out, text_of(scheme, "written"), text.data);
        buf_free(&text);
    }
}

static void show_account(FILE *out, const struct page_style *s, const json_t *page)
{
    if (!text_of(page, "rights") && !text_of(page, "account"))
        return;
    s->heading(out, "The account to read it with");
    if (text_of(page, "rights"))
        s->paragraph(out, text_of(page, "rights"));
    if (text_of(page, "account"))
        s->literal(out, text_of(page, "account"));
}

static void show_announces(FILE *out, const struct page_style *s, const json_t *page)
{
    const json_t *each;
    size_t i;
    if (json_array_size(json_object_get(page, "announces")))
        s->heading(out, "Log messages that tell of a change");
    json_array_foreach(json_object_get(page, "announces"), i, each)
        s->literal(out, text_of(each, "line"));
}

static void show_lacks(FILE *out, const struct page_style *s, const json_t *page)
{
    const json_t *each;
    size_t i;
    if (json_array_size(json_object_get(page, "lacks")))
        s->heading(out, "What it does not have");
    json_array_foreach(json_object_get(page, "lacks"), i, each)
        s->item(out, text_of(each, "proof"), text_of(each, "why"));
}

void page_show(FILE *out, const struct page_style *s, const json_t *page)
{
    s->title(out, text_of(page, "platform"), text_of(page, "title"));
    show_known_as(out, s, page);
    show_account(out, s, page);
    show_parts(out, s, page);
    show_recognised(out, s, page);
    show_reads(out, s, page);
    show_list(out, s, page, "misses", "What is not read");
    show_lacks(out, s, page);
    show_schemes(out, s, page);
    show_list(out, s, page, "default_accounts", "Accounts that the vendor ships");
    show_announces(out, s, page);
    show_list(out, s, page, "sources", "Sources");
    if (text_of(page, "tried")) {
        s->heading(out, "Tried on");
        s->paragraph(out, text_of(page, "tried"));
    }
}
