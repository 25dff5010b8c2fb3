/* XPath over a device's data, bounded, with the functions that mappings have beside XPath's own. */
#include <stdlib.h>

#include "access/map.h"

#include <libxml/xpathInternals.h>

/* For one part of a version: seconds, where honest data takes milliseconds. */
#define MOST_OPERATIONS 200000000ul

#define BETWEEN '\x1f' /* values of one string; it can stand in no XML */

#define MOST_EXPRESSIONS 64 /* of matches() that are kept */

struct kept_regex {
    char *text;
    struct regex *regex;
};

struct map_xpath {
    xmlXPathContext *ctx;
    bool bare;
    const xmlNode *at; /* where the expression is evaluated: current() */
    struct kept_regex regexes[MOST_EXPRESSIONS];
    size_t regex_count;
};

/* ---- text ---- */

bool map_text(const xmlNode *node, struct str *text)
{
    if (node->type == XML_ELEMENT_NODE) {
        *text = data_value(node);
        return xmlFirstElementChild((xmlNode *)node) == NULL;
    }
    if (node->type == XML_ATTRIBUTE_NODE)
        node = node->children;
    else if (node->type != XML_TEXT_NODE)
        return false;
    *text = str_of(node && node->content ? (const char *)node->content : "");
    return true;
}

static size_t node_count(const xmlXPathObject *object)
{
    return object->type == XPATH_NODESET && object->nodesetval ? (size_t)object->nodesetval->nodeNr
                                                               : 0;
}

/* ---- functions ---- */

static struct map_xpath *self(xmlXPathParserContext *ctxt)
{
    return ctxt->context->userData;
}

static void return_text(xmlXPathParserContext *ctxt, struct buf *text)
{
    xmlChar *copy = xmlStrndup((const xmlChar *)buf_text(text), (int)text->len);
    if (copy)
        valuePush(ctxt, xmlXPathWrapString(copy));
    else
        xmlXPathErr(ctxt, XPATH_MEMORY_ERROR);
    buf_wipe(text);
}

/* What `each` makes of every text of the argument, as one text or several. */
static void map_texts(
    xmlXPathParserContext *ctxt, int nargs, int (*each)(struct str text, struct buf *out))
{
    CHECK_ARITY(1);
    xmlXPathObject *argument = valuePop(ctxt);
    struct buf out = {.cap = (size_t)16 << 20};
    int rc = argument ? RC_OK : RC_NO_MEMORY;
    if (!rc && argument->type == XPATH_NODESET) {
        for (size_t i = 0; i < node_count(argument) && !rc; i++) {
            struct str text;
            if (map_text(argument->nodesetval->nodeTab[i], &text))
                rc = each(text, &out);
        }
    } else if (!rc) {
        xmlChar *text = xmlXPathCastToString(argument);
        rc = text ? each(str_of((const char *)text), &out) : RC_NO_MEMORY;
        xmlFree(text);
    }
    xmlXPathFreeObject(argument);
    if (rc) {
        buf_wipe(&out);
        xmlXPathErr(ctxt, XPATH_MEMORY_ERROR);
        return;
    }
    return_text(ctxt, &out);
}

static int add_value(struct buf *out, struct str value)
{
    int rc = out->len ? buf_add_char(out, BETWEEN) : RC_OK;
    return rc ? rc : buf_add_str(out, value);
}

static int add_bare(struct str text, struct buf *out)
{
    const char *colon = memchr(text.at, ':', text.len);
    if (colon)
        text = (struct str){colon + 1, text.len - (size_t)(colon + 1 - text.at)};
    return add_value(out, text);
}

static int add_words(struct str text, struct buf *out)
{
    struct str word;
    int rc = RC_OK;
    while (!rc && str_next_word(&text, &word))
        rc = add_value(out, word);
    return rc;
}

static void bare(xmlXPathParserContext *ctxt, int nargs)
{
    map_texts(ctxt, nargs, add_bare);
}

static void words(xmlXPathParserContext *ctxt, int nargs)
{
    map_texts(ctxt, nargs, add_words);
}

/* Compiled once; NULL when it is none. */
static const struct regex *find_regex(struct map_xpath *x, const char *text)
{
    for (size_t i = 0; i < x->regex_count; i++)
        if (strcmp(x->regexes[i].text, text) == 0)
            return x->regexes[i].regex;
    struct kept_regex made = {.text = strdup(text)};
    if (!made.text || x->regex_count == MOST_EXPRESSIONS ||
        regex_new(text, REGEX_OFTEN, &made.regex, NULL)) {
        free(made.text);
        return NULL;
    }
    x->regexes[x->regex_count++] = made;
    return made.regex;
}

static bool any_matches(const struct regex *regex, const xmlXPathObject *subject)
{
    if (subject->type == XPATH_NODESET) {
        struct str text;
        for (size_t i = 0; i < node_count(subject); i++)
            if (map_text(subject->nodesetval->nodeTab[i], &text) && regex_matches(regex, text))
                return true;
        return false;
    }
    xmlChar *text = xmlXPathCastToString((xmlXPathObject *)subject);
    bool found = text && regex_matches(regex, str_of((const char *)text));
    xmlFree(text);
    return found;
}

static void matches(xmlXPathParserContext *ctxt, int nargs)
{
    CHECK_ARITY(2);
    xmlChar *pattern = xmlXPathPopString(ctxt);
    xmlXPathObject *subject = valuePop(ctxt);
    const struct regex *regex = pattern ? find_regex(self(ctxt), (const char *)pattern) : NULL;
    bool found = regex && subject && any_matches(regex, subject);
    xmlFree(pattern);
    xmlXPathFreeObject(subject);
    if (regex)
        valuePush(ctxt, xmlXPathNewBoolean(found));
    else
        xmlXPathErr(ctxt, XPATH_INVALID_OPERAND);
}

/* As in YANG: the node that the whole expression is evaluated at. */
static void current(xmlXPathParserContext *ctxt, int nargs)
{
    CHECK_ARITY(0);
    valuePush(ctxt, xmlXPathNewNodeSet((xmlNode *)self(ctxt)->at));
}

/* ---- contexts ---- */

static void no_complaint(void *ctx, xmlErrorPtr error)
{
    (void)ctx, (void)error;
}

static int register_all(const struct reader *r, xmlXPathContext *ctx)
{
    static const struct {
        const char *name;
        xmlXPathFunction function;
    } functions[] = {{"bare", bare}, {"words", words}, {"matches", matches}, {"current", current}};
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (xmlXPathRegisterFunc(ctx, (const xmlChar *)functions[i].name, functions[i].function))
            return RC_NO_MEMORY;
    for (size_t i = 0; i < r->names_of_data.count; i++) {
        const xmlChar *name = (const xmlChar *)r->names_of_data.modules[i].name;
        if (xmlXPathRegisterNs(ctx, name, name))
            return RC_NO_MEMORY;
    }
    return RC_OK;
}

int map_xpath_new(
    const struct reader *r, const struct data *data, bool bare, struct map_xpath **out)
{
    struct map_xpath *x = calloc(1, sizeof *x);
    if (x)
        x->ctx = xmlXPathNewContext(data_document(data));
    if (!x || !x->ctx || register_all(r, x->ctx)) {
        map_xpath_free(x);
        return RC_NO_MEMORY;
    }
    x->bare = bare;
    x->ctx->userData = x;
    x->ctx->error = no_complaint;
    x->ctx->opLimit = MOST_OPERATIONS;
    xmlXPathContextSetCache(x->ctx, 1, -1, 0);
    *out = x;
    return RC_OK;
}

void map_xpath_free(struct map_xpath *x)
{
    if (!x)
        return;
    for (size_t i = 0; i < x->regex_count; i++) {
        free(x->regexes[i].text);
        regex_free(x->regexes[i].regex);
    }
    xmlXPathFreeContext(x->ctx);
    free(x);
}

/* ---- evaluation ---- */

static int evaluate(struct map_xpath *x, const struct map_xpath_pair *compiled, const xmlNode *node,
    xmlXPathObject **out, struct error *err)
{
    x->at = node ? node : (const xmlNode *)x->ctx->doc;
    x->ctx->node = (xmlNode *)x->at;
    xmlResetError(&x->ctx->lastError);
    *out = xmlXPathCompiledEval(x->bare ? compiled->without : compiled->with, x->ctx);
    if (*out)
        return RC_OK;
    switch (x->ctx->lastError.code) {
    case XML_XPATH_EXPRESSION_OK + XPATH_OP_LIMIT_EXCEEDED:
    case XML_XPATH_EXPRESSION_OK + XPATH_RECURSION_LIMIT_EXCEEDED:
        return error_set(err, RC_LIMIT, "its data takes too long to read");
    case XML_XPATH_EXPRESSION_OK + XPATH_MEMORY_ERROR:
        return error_set(err, RC_NO_MEMORY, "no memory for what the data says");
    default:
        return error_set(err, RC_SETTINGS, "a mapping's expression cannot be evaluated");
    }
}

int map_nodes(struct map_xpath *x, const struct map_xpath_pair *compiled, const xmlNode *node,
    xmlXPathObject **out, struct error *err)
{
    int rc = evaluate(x, compiled, node, out, err);
    if (rc || (*out)->type == XPATH_NODESET)
        return rc;
    xmlXPathFreeObject(*out);
    *out = NULL;
    return error_set(err, RC_SETTINGS, "a mapping's expression selects no nodes");
}

static bool push(struct map_values *values, struct str text, const xmlNode *node)
{
    if (values->count == values->room) {
        size_t room = values->room ? values->room * 2 : 8;
        struct map_value *grown = realloc(values->at, room * sizeof *grown);
        if (!grown)
            return false;
        values->at = grown;
        values->room = room;
    }
    values->at[values->count++] = (struct map_value){text, node};
    return true;
}

static bool push_nodes(struct map_values *values)
{
    for (size_t i = 0; i < node_count(values->object); i++) {
        const xmlNode *node = values->object->nodesetval->nodeTab[i];
        struct str text;
        if (map_text(node, &text) && !push(values, text, node))
            return false;
    }
    return true;
}

static bool push_texts(struct map_values *values, struct str text)
{
    while (text.len) {
        const char *end = memchr(text.at, BETWEEN, text.len);
        size_t len = end ? (size_t)(end - text.at) : text.len;
        struct str one = str_trim((struct str){text.at, len});
        if (one.len && !push(values, one, NULL))
            return false;
        text.at += len + (end != NULL);
        text.len -= len + (end != NULL);
    }
    return true;
}

int map_values(struct map_xpath *x, const struct map_expression *e, const xmlNode *node,
    struct map_values *out, struct error *err)
{
    *out = (struct map_values){0};
    int rc = evaluate(x, &e->compiled, node, &out->object, err);
    bool ok = true;
    if (rc)
        return rc;
    if (out->object->type == XPATH_NODESET) {
        ok = push_nodes(out);
    } else {
        if (out->object->type != XPATH_STRING) /* its own conversion frees what it converts */
            out->object = xmlXPathConvertString(out->object);
        ok = out->object && push_texts(out, str_of((const char *)out->object->stringval));
    }
    if (ok)
        return RC_OK;
    map_values_free(out);
    return error_set(err, RC_NO_MEMORY, "no memory for what the data says");
}

void map_values_free(struct map_values *values)
{
    if (values->object && values->object->type == XPATH_STRING && values->object->stringval)
        explicit_bzero(values->object->stringval, strlen((char *)values->object->stringval));
    xmlXPathFreeObject(values->object);
    free(values->at);
    *values = (struct map_values){0};
}
