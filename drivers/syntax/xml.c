/* XML by libxml2's push parser: no network, no document type's entities, bounded depth. */
#include <ctype.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tree.h"

enum { CHUNK = 1 << 16 };

struct xml {
    struct tree tree;
    xmlParserCtxtPtr parser;
    struct buf text;   /* of the innermost element, entities replaced */
    const char *start; /* of the document in the original text */
    const char *end;   /* behind its last element, when it is closed */
    int rc;
};

static void stop(struct xml *x, int rc)
{
    x->rc = rc;
    xmlStopParser(x->parser);
}

/* Where the parser is, in the original text. */
static const char *place(const struct xml *x)
{
    const struct str *text = &x->tree.r->text;
    long consumed = xmlByteConsumed(x->parser);
    size_t room = (size_t)(text->at + text->len - x->start);
    return x->start + (consumed < 0 ? 0 : (size_t)consumed > room ? room : (size_t)consumed);
}

static const char *tag_start(const struct xml *x, const char *at)
{
    const char *open = at > x->start ? memrchr(x->start, '<', (size_t)(at - x->start)) : NULL;
    return open ? open : at;
}

/* The start of the tag is behind us, its end may be ahead: attributes hold no `<`, but `>`. */
static const char *tag_end(const struct xml *x, const char *at)
{
    const struct str *text = &x->tree.r->text;
    const char *close = memchr(at, '>', (size_t)(text->at + text->len - at));
    return close ? close + 1 : at;
}

static struct str keep_copy(struct xml *x, struct arena *arena, struct str s)
{
    char *copy = arena_dup(arena, s);
    if (!copy) {
        stop(x, reading_fail(x->tree.r, RC_LIMIT, x->tree.r->number, "too much text"));
        return (struct str){"", 0};
    }
    return (struct str){copy, s.len};
}

static bool is_off(struct str name, struct str value)
{
    if (str_is(name, "inactive"))
        return str_is(value, "inactive") || str_is(value, "true");
    return str_is(name, "operation") && (str_is(value, "delete") || str_is(value, "remove"));
}

/* The name as it stands behind `tag`, if it does: that needs no copy. */
static struct str keep_name(struct xml *x, const char *tag, struct str prefix, struct str name)
{
    const struct str *text = &x->tree.r->text;
    const char *at = tag + 1 + (prefix.len > 0 ? prefix.len + 1 : 0);
    if (at + name.len <= text->at + text->len && memcmp(at, name.at, name.len) == 0)
        return (struct str){at, name.len};
    return keep_copy(x, &x->tree.names, name);
}

/* Text that stands before a child belongs to the element itself. */
static void keep_text(struct xml *x)
{
    struct node *node = &tree_top(&x->tree)->node;
    struct str text = str_trim(buf_str(&x->text));
    if (text.len > 0 && x->tree.nesting > 0 && !node->has_value) {
        text = keep_copy(x, &x->tree.texts, text);
        node->value = text.at;
        node->value_len = (uint32_t)text.len;
        node->has_value = true;
    }
    buf_clear(&x->text);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
    int namespace_count, const xmlChar **namespaces, int count, int defaulted,
    const xmlChar **attributes)
{
    struct xml *x = ctx;
    (void)uri, (void)namespace_count, (void)namespaces, (void)defaulted;
    if (x->rc)
        return;
    keep_text(x);
    const char *at = place(x), *tag = tag_start(x, at);
    struct str kept =
        keep_name(x, tag, str_of(prefix ? (const char *)prefix : ""), str_of((const char *)name));
    int rc = x->rc ? x->rc : tree_open(&x->tree, kept, tag, tag_end(x, at));
    for (int i = 0; !rc && i < count; i++) {
        const char *from = (const char *)attributes[5 * i + 3];
        struct str key = str_of((const char *)attributes[5 * i]);
        struct str value = {from, (size_t)((const char *)attributes[5 * i + 4] - from)};
        if (is_off(key, value))
            tree_top(&x->tree)->node.inactive = true;
        rc = tree_attribute(
            &x->tree, keep_copy(x, &x->tree.texts, key), keep_copy(x, &x->tree.texts, value));
    }
    if (rc)
        stop(x, rc);
}

/* The text of a leaf as a view into the original, where that says the same. */
static bool view_of_text(const struct xml *x, const char *close, struct str *view)
{
    const char *head = x->tree.r->text.at + tree_top((struct tree *)&x->tree)->node.head;
    if (close < head)
        return false;
    *view = str_trim((struct str){head, (size_t)(close - head)});
    return !memchr(view->at, '&', view->len) && !memchr(view->at, '<', view->len) &&
           str_equal(*view, str_trim(buf_str(&x->text)));
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xml *x = ctx;
    int rc;
    (void)name, (void)prefix, (void)uri;
    if (x->rc)
        return;
    const struct opened *open = tree_top(&x->tree);
    const struct node *node = &open->node;
    const char *at = place(x), *head = x->tree.r->text.at + node->head;
    struct str value;
    if (at < head)
        at = head;
    if (open->reported || (open->last && !open->last->attribute))
        keep_text(x);
    if (node->has_value)
        value = (struct str){node->value, node->value_len};
    else if (!view_of_text(x, tag_start(x, at), &value))
        value = keep_copy(x, &x->tree.texts, str_trim(buf_str(&x->text)));
    if (!x->rc && (rc = tree_close(&x->tree, value.len > 0 ? &value : NULL, at)))
        stop(x, rc);
    buf_clear(&x->text);
    if (!x->rc && x->tree.nesting == 0) {
        x->end = at;
        xmlStopParser(x->parser);
    }
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
    struct xml *x = ctx;
    if (!x->rc && buf_append(&x->text, text, (size_t)len))
        stop(x, reading_fail(x->tree.r, RC_LIMIT, x->tree.r->number, "too much text"));
}

static xmlEntityPtr on_entity(void *ctx, const xmlChar *name)
{
    (void)ctx;
    return xmlGetPredefinedEntity(name);
}

/* One that no declaration explains, or that a document type would: neither belongs in a config. */
static void on_reference(void *ctx, const xmlChar *name)
{
    struct xml *x = ctx;
    (void)name;
    if (!x->rc)
        stop(x, reading_fail(x->tree.r, RC_FORMAT, x->tree.r->number, "not XML: unknown entity"));
}

static void on_error(void *ctx, xmlErrorPtr error)
{
    (void)ctx, (void)error;
}

static bool is_clean(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if ((unsigned char)c < ' ' && c != '\t' && c != '\n' && c != '\r')
            return false;
    }
    return utf8_valid(text.at, text.len);
}

/* Behind the next `what`, or `at` itself when none comes. */
static const char *skip_past(const char *at, const char *end, const char *what)
{
    const char *found = memmem(at, (size_t)(end - at), what, strlen(what));
    return found ? found + strlen(what) : at;
}

/* libxml2 compares each attribute of a tag with all before it, so a tag must not have many. NULL,
 * or the tag that has. */
static const char *find_crowded_tag(struct str text)
{
    const char *end = text.at + text.len, *at = text.at;
    bool comments = true, cdata = true; /* more of them may end */
    while (at < end && (at = memchr(at, '<', (size_t)(end - at)))) {
        struct str here = {at, (size_t)(end - at)};
        const char *tag = at++;
        bool comment = comments && str_starts(here, "<!--");
        if (comment || (cdata && str_starts(here, "<![CDATA["))) {
            const char *next = skip_past(at, end, comment ? "-->" : "]]>");
            *(comment ? &comments : &cdata) = next != at;
            at = next;
            continue;
        }
        for (unsigned values = 0; at < end && *at != '>' && *at != '<'; at++) {
            if (*at != '"' && *at != '\'')
                continue;
            if (++values > TREE_MOST_ATTRIBUTES)
                return tag;
            const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));
            if (!close)
                break;
            at = close;
        }
    }
    return NULL;
}

/* Bytes that no XML may hold, replaced one by one, so that places stay. NULL: out of memory. */
static char *clean_copy(struct str text)
{
    char *copy = malloc(text.len);
    if (!copy)
        return NULL;
    for (size_t i = 0; i < text.len;) {
        size_t step = utf8_length(text.at + i, text.len - i);
        if (step == 0)
            copy[i++] = '?';
        else if ((unsigned char)text.at[i] < ' ' && !memchr("\t\n\r", text.at[i], 3))
            copy[i++] = ' ';
        else
            for (; step > 0; step--, i++)
                copy[i] = text.at[i];
    }
    return copy;
}

static void feed(struct xml *x, struct str text)
{
    for (size_t at = 0; at < text.len && !x->rc && !x->end;) {
        int len = text.len - at < CHUNK ? (int)(text.len - at) : CHUNK;
        at += (size_t)len;
        if (xmlParseChunk(x->parser, text.at + at - (size_t)len, len, at == text.len) && !x->rc &&
            !x->end)
            break;
    }
}

/* One document, which starts at `text.at`; `x->end` is set when it is whole. */
static int read_document(struct xml *x, struct str text, struct str clean)
{
    xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .cdataBlock = on_text,
        .getEntity = on_entity,
        .reference = on_reference,
        .serror = on_error};
    struct reading *r = x->tree.r;
    x->start = text.at;
    x->end = NULL;
    buf_clear(&x->text);
    x->parser = xmlCreatePushParserCtxt(&sax, x, NULL, 0, NULL);
    if (!x->parser)
        return reading_fail(r, RC_NO_MEMORY, r->number, "out of memory");
    xmlCtxtUseOptions(x->parser,
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC);
    feed(x, clean);
    int rc = x->rc;
    if (!rc && !x->end) {
        const xmlError *error = xmlCtxtGetLastError(x->parser);
        char what[256];
        snprintf(what, sizeof what, "not XML: %s",
            error && error->message ? error->message : "it ends too early");
        what[strcspn(what, "\n")] = '\0';
        rc = reading_fail(r, RC_FORMAT, tree_number(&x->tree, place(x)), what);
    }
    xmlFreeDoc(x->parser->myDoc); /* the parser's own, for a document type's entities */
    x->parser->myDoc = NULL;
    xmlFreeParserCtxt(x->parser);
    x->parser = NULL;
    return rc;
}

/* The next line that starts like an element or a declaration: what is before it is an echo of the
 * command or a prompt. */
static bool find_document(struct str *rest)
{
    struct str at = *rest, line;
    while (at.len > 0) {
        str_next_line(&at, &line);
        line = str_trim(line);
        if (line.len > 1 && line.at[0] == '<' &&
            (isalpha((unsigned char)line.at[1]) || strchr("_?!", line.at[1]))) {
            *rest = (struct str){line.at, rest->len - (size_t)(line.at - rest->at)};
            return true;
        }
    }
    return false;
}

int xml_read(struct reading *r)
{
    struct xml x = {.rc = RC_OK};
    char *copy = NULL;
    struct str rest = r->text;
    bool first = true;
    int rc = tree_start(&x.tree, r);
    if (rc)
        goto out;
    const char *crowded = find_crowded_tag(r->text);
    if (crowded) {
        rc = reading_fail(r, RC_LIMIT, tree_number(&x.tree, crowded), "too many attributes");
        goto out;
    }
    if (!is_clean(r->text) && !(copy = clean_copy(r->text))) {
        rc = reading_fail(r, RC_NO_MEMORY, 1, "out of memory");
        goto out;
    }
    /* Behind the first document come prompts, which may look like a tag, or more documents. */
    while (find_document(&rest) && (first || str_starts(rest, "<?xml"))) {
        const char *clean = copy ? copy + (rest.at - r->text.at) : rest.at;
        if ((rc = read_document(&x, rest, (struct str){clean, rest.len})))
            goto out;
        rest.len -= (size_t)(x.end - rest.at);
        rest.at = x.end;
        first = false;
    }
    rc = first ? reading_fail(r, RC_FORMAT, 1, "not XML: no element in it") : tree_report(&x.tree);
out:
    buf_wipe(&x.text);
    tree_free(&x.tree);
    if (copy) {
        explicit_bzero(copy, r->text.len);
        free(copy);
    }
    return rc;
}
