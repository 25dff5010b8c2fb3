/* XML by libxml2's SAX2 parser: no document type, no entities but XML's own, no network. */
#include <ctype.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>

#include "drivers/data/tree.h"

#define NETCONF_BASE "urn:ietf:params:xml:ns:netconf:base:1.0"

/* Around every document, because several elements may stand at its top. It is not in the text. */
#define AROUND "<a>"

/* Blanks behind it: near its end libxml2 moves the text, which goes wrong when that is not its own.
 */
enum { DOCUMENTS_MOST = 64, MARGIN = 4096 };

struct xml {
    struct builder *b;
    xmlParserCtxt *parser;
    struct buf text;  /* of the innermost element, since its last child */
    size_t start;     /* where the document begins in the text */
    size_t end;       /* behind its last element, when it is whole */
    unsigned nesting; /* open elements, AROUND among them */
    size_t broken;    /* place of the parser's first complaint */
    int code;         /* what it was; 0: none */
    char why[256];
    int rc;
};

static void stop(struct xml *x, int rc)
{
    x->rc = rc;
    xmlStopParser(x->parser);
}

static void fail(struct xml *x, enum rc code, size_t offset, const char *what)
{
    stop(x, build_fail(x->b, code, offset, what));
}

/* Where the parser is, in the text. */
static size_t place(const struct xml *x)
{
    long consumed = xmlByteConsumed(x->parser) - (long)strlen(AROUND);
    size_t at = x->start + (consumed < 0 ? 0 : (size_t)consumed);
    return at < x->b->text.len ? at : x->b->text.len;
}

static size_t tag_start(const struct xml *x, size_t at)
{
    const char *text = x->b->text.at;
    const char *open = at > x->start ? memrchr(text + x->start, '<', at - x->start) : NULL;
    return open ? (size_t)(open - text) : at;
}

/* The start of the tag is behind us, its end may be ahead: `>` in an attribute is behind us, too.
 */
static size_t tag_end(const struct xml *x, size_t at)
{
    const struct str *text = &x->b->text;
    const char *close = memchr(text->at + at, '>', text->len - at);
    return close ? (size_t)(close - text->at) + 1 : at;
}

static int flush_text(struct xml *x)
{
    int rc = build_text(x->b, buf_str(&x->text));
    if (x->text.len)
        explicit_bzero(x->text.data, x->text.len);
    buf_clear(&x->text);
    return rc;
}

/* ---- attributes ---- */

static unsigned flag_of(struct str name, struct str space, struct str value)
{
    bool yes = str_is(value, "true") || str_is(value, "1");
    if (str_is(name, "inactive"))
        return yes || str_is(value, "inactive") ? PLACE_INACTIVE : 0;
    if (str_is(name, "operation"))
        return str_is(value, "delete") || str_is(value, "remove") ? PLACE_DELETED : 0;
    if (str_is(name, "default") && yes && space.len > 0 &&
        memmem(space.at, space.len, ":netconf:default:", 17))
        return PLACE_SAID_DEFAULT;
    return 0;
}

static unsigned flags_of(int count, const xmlChar **attributes)
{
    unsigned flags = 0;
    for (int i = 0; i < count; i++) {
        const xmlChar **a = attributes + 5 * i;
        struct str value = {(const char *)a[3], (size_t)(a[4] - a[3])};
        struct str space = str_of(a[2] ? (const char *)a[2] : "");
        flags |= flag_of(str_of((const char *)a[0]), space, value);
    }
    return flags;
}

static int declare(struct xml *x, int count, const xmlChar **namespaces)
{
    int rc = RC_OK;
    for (int i = 0; !rc && i < count; i++) {
        const char *prefix = (const char *)namespaces[2 * i];
        const char *uri = (const char *)namespaces[2 * i + 1];
        rc = build_scope(x->b, prefix ? prefix : "", uri ? uri : "");
    }
    return rc;
}

/* ---- events ---- */

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
    int namespace_count, const xmlChar **namespaces, int count, int defaulted,
    const xmlChar **attributes)
{
    struct xml *x = ctx;
    struct space *space = NULL;
    (void)defaulted;
    if (x->rc || x->nesting++ == 0)
        return;
    size_t at = place(x), from = tag_start(x, at);
    if (prefix && !uri) {
        fail(x, RC_FORMAT, from, "not XML: a prefix that is not declared");
        return;
    }
    int rc = flush_text(x);
    if (!rc && declare(x, namespace_count, namespaces))
        rc = build_fail(x->b, RC_LIMIT, from, "too many namespaces");
    if (!rc && uri && *uri && strcmp((const char *)uri, NETCONF_BASE) != 0 &&
        !(space = build_space(x->b, (const char *)uri)))
        rc = build_fail(x->b, RC_LIMIT, from, "too many namespaces");
    rc = rc ? rc : build_open(x->b, str_of((const char *)name), space, from, tag_end(x, at));
    if (rc)
        stop(x, rc);
    else
        build_flag(x->b, flags_of(count, attributes));
}

/* Something closes in what is left. */
static bool closes(struct str rest)
{
    const char *at = rest.at, *end = rest.at + rest.len;
    while ((at = memchr(at, '/', (size_t)(end - at)))) {
        if ((at > rest.at && at[-1] == '<') || (at + 1 < end && at[1] == '>'))
            return true;
        at++;
    }
    return false;
}

/* Another element follows. A lone tag is the prompt of a device. */
static bool goes_on(const struct xml *x, size_t at)
{
    const struct str *text = &x->b->text;
    while (at < text->len && isspace((unsigned char)text->at[at]))
        at++;
    struct str rest = {text->at + at, text->len - at};
    if (rest.len < 2 || rest.at[0] != '<' || str_starts(rest, "<?xml"))
        return false;
    return strchr("?!", rest.at[1]) ||
           ((isalpha((unsigned char)rest.at[1]) || rest.at[1] == '_') && closes(rest));
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct xml *x = ctx;
    (void)name, (void)prefix, (void)uri;
    if (x->rc || x->nesting == 0 || --x->nesting == 0)
        return;
    size_t at = place(x);
    int rc = flush_text(x);
    build_close(x->b, at);
    if (rc) {
        stop(x, rc);
    } else if (x->nesting == 1 && !goes_on(x, at)) {
        x->end = at;
        xmlStopParser(x->parser);
    }
}

static void on_text(void *ctx, const xmlChar *text, int len)
{
    struct xml *x = ctx;
    if (!x->rc && x->nesting > 1 && buf_append(&x->text, text, (size_t)len))
        fail(x, RC_LIMIT, place(x), "too much text");
}

static xmlEntityPtr on_entity(void *ctx, const xmlChar *name)
{
    (void)ctx;
    return xmlGetPredefinedEntity(name);
}

static void on_reference(void *ctx, const xmlChar *name)
{
    struct xml *x = ctx;
    (void)name;
    if (!x->rc)
        fail(x, RC_FORMAT, place(x), "not XML: an entity that is not XML's own");
}

static void on_document_type(
    void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    struct xml *x = ctx;
    (void)name, (void)external, (void)system;
    if (!x->rc)
        fail(x, RC_FORMAT, place(x), "not XML: a document type");
}

static void on_error(void *ctx, xmlErrorPtr error)
{
    struct xml *x = ctx;
    if (x->code || error->level != XML_ERR_FATAL)
        return;
    x->code = error->code;
    x->broken = place(x);
    snprintf(x->why, sizeof x->why, "not XML: %s", error->message ? error->message : "");
    x->why[strcspn(x->why, "\n")] = '\0';
}

/* ---- documents ---- */

static int explain(struct xml *x)
{
    const struct str *text = &x->b->text;
    size_t at = x->code ? x->broken : text->len;
    struct str here = {text->at + at, text->len - at};
    if (!x->code || at == text->len)
        return build_fail(x->b, RC_FORMAT, at, "not XML: it ends too early");
    if (str_starts(here, "!DOCTYPE") || str_starts(here, "<!DOCTYPE"))
        return build_fail(x->b, RC_FORMAT, at, "not XML: a document type");
    if (x->code == XML_ERR_UNDECLARED_ENTITY)
        return build_fail(x->b, RC_FORMAT, at, "not XML: an entity that is not XML's own");
    return build_fail(x->b, RC_FORMAT, at, x->why);
}

/* libxml2 makes a copy, which nobody wipes: reading memory of ours in place (a static buffer) it
 * loses its way in what is cut off inside an instruction or a comment, and reads wild (2.9.14). */
static int run(struct xml *x, char *text, size_t len)
{
    xmlParserInputBuffer *buffer =
        xmlParserInputBufferCreateMem(text, (int)len, XML_CHAR_ENCODING_NONE);
    xmlParserInput *input =
        buffer ? xmlNewIOInputStream(x->parser, buffer, XML_CHAR_ENCODING_NONE) : NULL;
    if (!input) {
        xmlFreeParserInputBuffer(buffer);
        return build_fail(x->b, RC_NO_MEMORY, x->start, "out of memory");
    }
    inputPush(x->parser, input);
    xmlParseDocument(x->parser);
    if (!x->rc && !x->end)
        x->rc = explain(x);
    return x->rc;
}

/* What stands at `x->start`, up to what does not belong to it. */
static int read_document(struct xml *x)
{
    static xmlSAXHandler sax = {.initialized = XML_SAX2_MAGIC,
        .internalSubset = on_document_type,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .cdataBlock = on_text,
        .getEntity = on_entity,
        .reference = on_reference,
        .serror = on_error};
    const struct str rest = {x->b->text.at + x->start, x->b->text.len - x->start};
    size_t len = strlen(AROUND) + rest.len + MARGIN;
    if (len > INT32_MAX)
        return build_fail(x->b, RC_LIMIT, x->start, "longer than 2 GiB");
    char *text = malloc(len + 1);
    x->parser = xmlNewParserCtxt();
    x->end = 0;
    x->nesting = 0;
    x->code = 0;
    int rc = RC_OK;
    if (!text || !x->parser) {
        rc = build_fail(x->b, RC_NO_MEMORY, x->start, "out of memory");
    } else {
        memcpy(text, AROUND, strlen(AROUND));
        memcpy(text + strlen(AROUND), rest.at, rest.len);
        memset(text + len - MARGIN, ' ', MARGIN);
        text[len] = '\0';
        *x->parser->sax = sax;
        x->parser->userData = x;
        xmlCtxtUseOptions(x->parser,
            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC);
        rc = run(x, text, len);
    }
    if (x->parser && x->parser->myDoc) {
        xmlFreeDoc(x->parser->myDoc);
        x->parser->myDoc = NULL;
    }
    xmlFreeParserCtxt(x->parser);
    if (text)
        explicit_bzero(text, len);
    free(text);
    return rc;
}

/* Past the declaration of XML, whose encoding means nothing: only UTF-8 gets here. */
static void skip_declaration(struct xml *x)
{
    const struct str *text = &x->b->text;
    struct str rest = {text->at + x->start, text->len - x->start};
    const char *end =
        str_starts(rest, "<?xml") && rest.len > 5 && isspace((unsigned char)rest.at[5])
            ? memmem(rest.at, rest.len, "?>", 2)
            : NULL;
    if (end)
        x->start = (size_t)(end - text->at) + 2;
}

/* The next line that begins with a declaration. */
static bool next_document(struct xml *x)
{
    const struct str *text = &x->b->text;
    const char *found = memmem(text->at + x->end, text->len - x->end, "<?xml", 5);
    if (found)
        x->start = (size_t)(found - text->at);
    return found;
}

int parse_xml(struct builder *b)
{
    struct xml x = {.b = b, .start = b->start};
    int rc = RC_OK;
    for (size_t count = 0; !rc; count++) {
        skip_declaration(&x);
        rc = count < DOCUMENTS_MOST ? read_document(&x)
                                    : build_fail(b, RC_LIMIT, x.start, "too many documents");
        if (rc || !next_document(&x))
            break;
    }
    buf_wipe(&x.text);
    return rc;
}
