/* The page of a bundle: what a person reads. It is made of the document alone, so that it can be
 * held against it. */
#include "evidence/bundle_file.h"

#include <stdarg.h>
#include <stdlib.h>

struct page {
    struct buf *out;
    int rc; /* of the first thing that failed; the rest is left out */
};

static void put(struct page *p, const char *html)
{
    if (!p->rc)
        p->rc = buf_add(p->out, html);
}

/* Text from strangers: no control character, no markup. */
static void put_text(struct page *p, struct str text)
{
    struct buf safe = {.cap = 0};
    if (!p->rc)
        p->rc = buf_add_escaped(&safe, text);
    for (size_t i = 0; !p->rc && i < safe.len; i++) {
        switch (safe.data[i]) {
        case '<':
            put(p, "&lt;");
            break;
        case '>':
            put(p, "&gt;");
            break;
        case '&':
            put(p, "&amp;");
            break;
        case '"':
            put(p, "&quot;");
            break;
        default:
            p->rc = buf_add_char(p->out, safe.data[i]);
        }
    }
    buf_free(&safe);
}

static void put_word(struct page *p, const char *text)
{
    put_text(p, str_of(text ? text : ""));
}

static void put_format(struct page *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void put_format(struct page *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct buf text = {.cap = 0};
    if (!p->rc)
        p->rc = buf_vformat(&text, format, args);
    va_end(args);
    put_text(p, buf_str(&text));
    buf_free(&text);
}

static void put_row(struct page *p, const char *head, const char *text)
{
    if (!text)
        return;
    put(p, "<tr><th>");
    put_word(p, head);
    put(p, "</th><td>");
    put_word(p, text);
    put(p, "</td></tr>\n");
}

/* ---- its pieces ---- */

static const char style[] =
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;margin:1em 0}th,td{text-align:left;vertical-align:top;"
    "padding:.2em 1em .2em 0;border-bottom:1px solid #ddd}th{font-weight:600;white-space:nowrap}"
    "ol.lines,pre{font:13px/1.4 monospace;background:#f6f6f6;padding-top:1em;padding-bottom:1em;"
    "overflow-x:auto}ol.lines{padding-left:5em}pre{padding-left:1em}ol.lines li{white-space:pre}"
    "ol.lines li.hidden{background:#fbe9c6}.small{font-size:13px;color:#555}";

static void put_start(struct page *p, json_t *d)
{
    put(p, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
           "style-src 'unsafe-inline'\">\n<title>");
    put_word(p, bundle_string(d, "device"));
    put_format(p, ", version %lld", (long long)json_integer_value(json_object_get(d, "version")));
    put(p, "</title>\n<style>");
    put(p, style);
    put(p, "</style>\n</head>\n<body>\n<h1>");
    put_word(p, bundle_string(d, "device"));
    put_format(p, ", version %lld", (long long)json_integer_value(json_object_get(d, "version")));
    put(p, "</h1>\n<p>What was read of this device, as it stands in a log that only grows. This "
           "page alone proves nothing: <code>rollcall verify --key KEY FILE</code> checks it, "
           "without the store it came from, with the public key of the log that you got from "
           "elsewhere. rollcall-evidence(5) says how, to check it without rollcall.</p>\n");
}

/* The text of an entry, or NULL: it is a stranger's. */
static json_t *leaf_of(json_t *entry)
{
    return json_loads(bundle_string(entry, "leaf"), JSON_REJECT_DUPLICATES, NULL);
}

static const char *kind_of(json_t *leaf)
{
    const char *kind = bundle_string(leaf, "kind");
    return kind ? kind : "";
}

static void put_version(struct page *p, json_t *d)
{
    json_t *leaf = leaf_of(json_array_get(json_object_get(d, "entries"), 0));
    json_t *v = json_object_get(leaf, "document"), *asked = json_object_get(d, "asked");
    put(p, "<table>\n");
    put_row(p, "Asked for the time", bundle_string(asked, "at"));
    put_row(p, "Asked for the event", bundle_string(asked, "event"));
    put_row(p, "So since", bundle_string(v, "created"));
    put_row(p, "Last seen unchanged", bundle_string(d, "seen"));
    put_row(p, "Written into the log", bundle_string(leaf, "time"));
    put_row(p, "Platform", bundle_string(v, "platform"));
    put_row(p, "Changed by", bundle_string(v, "author"));
    put_row(
        p, "Clock", json_is_true(json_object_get(v, "doubtful")) ? "could not be trusted" : NULL);
    put_row(p, "This file made", bundle_string(json_object_get(d, "made"), "time"));
    put_row(p, "Made by", bundle_string(json_object_get(d, "made"), "program"));
    put_row(p, "Log", bundle_string(d, "log"));
    put_row(p, "Public key", bundle_string(d, "key"));
    put(p, "</table>\n");
    json_decref(leaf);
}

static void put_about(struct page *p, json_t *leaf)
{
    json_t *document = json_object_get(leaf, "document");
    char *text = NULL;
    const char *says = bundle_string(document, "says"), *event = bundle_string(document, "event");
    if (strcmp(kind_of(leaf), "version") == 0)
        put(p, "the version behind this one");
    else if (strcmp(kind_of(leaf), "event") == 0 && (says || event))
        put_word(p, says ? says : event);
    else if ((text = json_dumps(document, JSON_COMPACT)))
        put_word(p, text);
    free(text);
}

static void put_entries(struct page *p, json_t *d)
{
    size_t i;
    json_t *entry;
    put(p, "<h2>What is in the log about it</h2>\n<table>\n<tr><th>Entry</th><th>Time</th>"
           "<th>Kind</th><th></th></tr>\n");
    json_array_foreach(json_object_get(d, "entries"), i, entry)
    {
        json_t *leaf = leaf_of(entry);
        put(p, "<tr><td>");
        put_format(p, "%lld", (long long)json_integer_value(json_object_get(entry, "seq")));
        put(p, "</td><td>");
        put_word(p, bundle_string(leaf, "time"));
        put(p, "</td><td>");
        put_word(p, kind_of(leaf));
        put(p, "</td><td>");
        if (i == 0)
            put(p, "this version");
        else
            put_about(p, leaf);
        put(p, "</td></tr>\n");
        json_decref(leaf);
    }
    put(p, "</table>\n");
}

static void put_account(struct page *p, json_t *line)
{
    const char *text = bundle_string(line, "text"), *role;
    json_t *account = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    json_t *privilege = json_object_get(account, "privilege");
    put(p, "<tr><td>");
    put_word(p, bundle_string(account, "name"));
    put(p, "</td><td>");
    put_word(p, bundle_string(account, "realm"));
    put(p, "</td><td>");
    put_word(p, bundle_string(account, "kind"));
    put(p, "</td><td>");
    if (privilege)
        put_format(p, "%lld", (long long)json_integer_value(privilege));
    put(p, "</td><td>");
    put_word(p, (role = bundle_string(account, "roles")) ? role : "");
    put(p, "</td><td>");
    put(p, json_is_true(json_object_get(account, "admin")) ? "yes" : "");
    put(p, "</td><td>");
    put(p, json_is_false(json_object_get(account, "enabled")) ? "no" : "yes");
    put(p, "</td></tr>\n");
    json_decref(account);
}

static void put_accounts(struct page *p, json_t *d)
{
    size_t i;
    json_t *line;
    put(p, "<h2>Accounts</h2>\n<table>\n<tr><th>Name</th><th>Realm</th><th>Kind</th>"
           "<th>Privilege</th><th>Roles</th><th>Full rights</th><th>Enabled</th></tr>\n");
    json_array_foreach(json_object_get(d, "accounts"), i, line) put_account(p, line);
    put(p, "</table>\n");
}

static void put_line(struct page *p, json_t *line)
{
    json_t *text = json_object_get(line, "text");
    const char *shown = bundle_string(line, "shown"), *bytes = bundle_string(line, "base64");
    struct str whole = {json_string_value(text), json_string_length(text)};
    put(p, shown ? "<li class=\"hidden\">" : "<li>");
    if (whole.len && whole.at[whole.len - 1] == '\n')
        whole.len--;
    if (text)
        put_text(p, whole);
    if (shown)
        put_word(p, shown);
    if (bytes)
        put_format(p, "(bytes that are no text, in base64: %s)", bytes);
    put(p, "</li>\n");
}

static void put_lines(struct page *p, json_t *lines)
{
    size_t i;
    json_t *line;
    put(p, "<ol class=\"lines\">\n");
    json_array_foreach(lines, i, line) put_line(p, line);
    put(p, "</ol>\n");
}

static void put_config(struct page *p, json_t *d)
{
    size_t i;
    json_t *part;
    json_array_foreach(json_object_get(d, "parts"), i, part)
    {
        put(p, "<h2>Config: ");
        put_word(p, bundle_string(part, "name"));
        put(p, "</h2>\n");
        if (!json_is_true(json_object_get(d, "full")))
            put(p,
                "<p class=\"small\">Marked lines hold secrets and are hidden: what stands there "
                "in their place is not in the log. The hidden line itself is, by its hash.</p>\n");
        put_lines(p, json_object_get(part, "lines"));
    }
    put(p, "<h2>Access, as read from it</h2>\n");
    put_lines(p, json_object_get(d, "access"));
}

static void put_head(struct page *p, json_t *d)
{
    struct log_key key;
    struct buf pem = {.cap = 0};
    struct str head = str_of(bundle_string(d, "head")), line;
    put(p,
        "<h2>The log's signed head</h2>\n<p class=\"small\">Heads are sent out as the log grows. "
        "One that was kept elsewhere shows whether the log was rewritten since.</p>\n<pre>");
    while (str_next_line(&head, &line)) {
        put_text(p, line);
        put(p, "\n");
    }
    put(p, "</pre>\n");
    if (key_parse(str_of(bundle_string(d, "key")), &key, NULL) == 0 && !p->rc)
        p->rc = key_pem(&key, &pem);
    put(p, "<p class=\"small\">The public key for openssl:</p>\n<pre>");
    put(p, buf_text(&pem));
    put(p, "</pre>\n");
    buf_free(&pem);
}

int bundle_page(json_t *document, struct buf *out)
{
    struct page p = {.out = out};
    put_start(&p, document);
    put_version(&p, document);
    put_entries(&p, document);
    put_accounts(&p, document);
    put_config(&p, document);
    put_head(&p, document);
    return p.rc;
}
