/* XPath expressions of mappings: checked, compiled, and the paths that stand in them. */
#include "access/map.h"

#include <libxml/xpathInternals.h>

#include "base/yaml.h"

enum token {
    TOKEN_END,
    TOKEN_NAME,     /* NAME, PREFIX:NAME, PREFIX:* */
    TOKEN_FUNCTION, /* a name in front of a parenthesis */
    TOKEN_TEST,     /* text() and the like, as a whole */
    TOKEN_AXIS,     /* child:: */
    TOKEN_STAR,
    TOKEN_DOT, /* . and .. */
    TOKEN_AT,
    TOKEN_SLASH,     /* / and // */
    TOKEN_PREDICATE, /* [...], as a whole */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_VALUE,   /* literal or number */
    TOKEN_OPERATOR /* and the comma */
};

struct scan {
    struct reader *r;
    xmlXPathContext *compiler;
    const struct mapping *mapping;
    const char *at;
    enum token last;
    struct str text;     /* of the last name */
    bool comma;          /* the last token was one */
    unsigned depth;      /* of parentheses */
    unsigned in_matches; /* their depth inside matches(); 0: not there */
    struct error *err;
};

static bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
    return is_name_start(c) || is_digit(c) || c == '-' || c == '.';
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* Behind what can be no operand, a star or a name is no operator (XPath 1.0 §3.7). */
static bool expects_operand(enum token last)
{
    return last == TOKEN_END || last == TOKEN_AT || last == TOKEN_AXIS || last == TOKEN_OPEN ||
           last == TOKEN_OPERATOR || last == TOKEN_SLASH || last == TOKEN_FUNCTION;
}

static bool is_one_of(struct str word, const char *const *words)
{
    for (; *words; words++)
        if (str_is(word, *words))
            return true;
    return false;
}

static int check_prefix(const struct scan *s, struct str prefix)
{
    for (size_t i = 0; i < s->mapping->module_count; i++)
        if (str_is(prefix, s->mapping->modules[i].name))
            return RC_OK;
    return error_set(s->err, RC_SETTINGS, "module %.*s is not among the mapping's `modules`",
        (int)prefix.len, prefix.at);
}

static int check_function(const struct scan *s, struct str name)
{
    static const char *const known[] = {"last", "position", "count", "local-name", "namespace-uri",
        "name", "string", "concat", "starts-with", "contains", "substring-before",
        "substring-after", "substring", "string-length", "normalize-space", "translate", "boolean",
        "not", "true", "false", "number", "sum", "floor", "ceiling", "round", "bare", "matches",
        "words", "current", NULL};
    if (is_one_of(name, known))
        return RC_OK;
    return error_set(s->err, RC_SETTINGS, "there is no function %.*s()", (int)name.len, name.at);
}

static int scan_name(struct scan *s)
{
    static const char *const operators[] = {"and", "or", "div", "mod", NULL};
    static const char *const tests[] = {"text", "node", "comment", "processing-instruction", NULL};
    const char *start = s->at, *end = start;
    while (is_name_char(*end))
        end++;
    struct str first = {start, (size_t)(end - start)};
    if (!expects_operand(s->last) && is_one_of(first, operators)) {
        s->at = end;
        s->last = TOKEN_OPERATOR;
        return RC_OK;
    }
    if (end[0] == ':' && end[1] != ':') { /* a module's */
        int rc = check_prefix(s, first);
        if (rc)
            return rc;
        end++;
        if (*end == '*')
            end++;
        else
            while (is_name_char(*end))
                end++;
    }
    const char *behind = skip_blanks(end);
    s->last = TOKEN_NAME;
    if (behind[0] == ':' && behind[1] == ':') {
        end = behind + 2;
        s->last = TOKEN_AXIS;
    } else if (*behind == '(' && is_one_of(first, tests)) {
        end = behind + strcspn(behind, ")");
        end += *end == ')';
        s->last = TOKEN_TEST;
    } else if (*behind == '(') {
        s->last = TOKEN_FUNCTION;
    }
    s->text = (struct str){start, (size_t)(end - start)};
    s->at = end;
    if (s->last == TOKEN_FUNCTION && str_is(s->text, "matches"))
        s->in_matches = s->depth + 1;
    return s->last == TOKEN_FUNCTION ? check_function(s, s->text) : RC_OK;
}

static int scan_token(struct scan *s);

/* All of a predicate, to its closing bracket. */
static int scan_predicate(struct scan *s)
{
    struct scan inside = *s;
    inside.at++;
    inside.last = TOKEN_END;
    for (;;) {
        inside.at = skip_blanks(inside.at);
        if (*inside.at == ']' || !*inside.at)
            break;
        int rc = scan_token(&inside);
        if (rc)
            return rc;
    }
    s->at = inside.at + (*inside.at == ']');
    s->last = TOKEN_PREDICATE;
    return RC_OK;
}

/* The second argument of matches() is an expression of another kind. */
static int check_regex(const struct scan *s, struct str literal)
{
    struct regex *regex = NULL;
    char text[1000];
    if (!s->comma || s->depth != s->in_matches || literal.len < 2 || literal.len >= sizeof text)
        return RC_OK;
    memcpy(text, literal.at + 1, literal.len - 2);
    text[literal.len - 2] = '\0';
    int rc = regex_new(text, 0, &regex, s->err);
    regex_free(regex);
    return rc;
}

static int scan_token(struct scan *s)
{
    int rc = RC_OK;
    s->at = skip_blanks(s->at);
    char c = *s->at;
    enum token kind = TOKEN_OPERATOR;
    size_t len = 1;
    if (is_name_start(c))
        return scan_name(s);
    if (c == '[')
        return scan_predicate(s);
    if (c == '\0') {
        kind = TOKEN_END;
        len = 0;
    } else if (c == '\'' || c == '"') {
        const char *end = strchr(s->at + 1, c);
        kind = TOKEN_VALUE;
        len = end ? (size_t)(end - s->at) + 1 : strlen(s->at);
        rc = check_regex(s, (struct str){s->at, len});
    } else if (is_digit(c) || (c == '.' && is_digit(s->at[1]))) {
        kind = TOKEN_VALUE;
        len = strspn(s->at, "0123456789.");
    } else if (c == '.') {
        kind = TOKEN_DOT;
        len = s->at[1] == '.' ? 2 : 1;
    } else if (c == '/') {
        kind = TOKEN_SLASH;
        len = s->at[1] == '/' ? 2 : 1;
    } else if (c == '(' || c == ')' || c == '@') {
        kind = c == '(' ? TOKEN_OPEN : c == ')' ? TOKEN_CLOSE : TOKEN_AT;
        s->depth += c == '(';
        s->depth -= c == ')' && s->depth;
    } else if (c == '*' && expects_operand(s->last)) {
        kind = TOKEN_STAR;
    }
    s->last = kind;
    s->comma = c == ',';
    s->at += len;
    return rc;
}

static bool is_step(enum token t)
{
    return t == TOKEN_NAME || t == TOKEN_TEST || t == TOKEN_STAR || t == TOKEN_DOT;
}

static bool begins_path(enum token t)
{
    return is_step(t) || t == TOKEN_AXIS || t == TOKEN_AT || t == TOKEN_SLASH;
}

/* Whether `t` behind `before` belongs to the same path. */
static bool goes_on(enum token before, enum token t)
{
    if (t == TOKEN_SLASH || t == TOKEN_PREDICATE)
        return before != TOKEN_SLASH && before != TOKEN_AXIS && before != TOKEN_AT;
    if (is_step(t))
        return before == TOKEN_SLASH || before == TOKEN_AXIS || before == TOKEN_AT;
    return (t == TOKEN_AXIS || t == TOKEN_AT) && before == TOKEN_SLASH;
}

/* ---- compiling ---- */

static void no_complaint(void *ctx, xmlErrorPtr error)
{
    (void)ctx, (void)error;
}

/* Take the modules' names out: PREFIX:NAME becomes NAME. */
static void strip_modules(char *text)
{
    char *to = text;
    while (*text) {
        size_t len = 1;
        if (*text == '\'' || *text == '"') {
            const char *end = strchr(text + 1, *text);
            len = end ? (size_t)(end - text) + 1 : strlen(text);
        } else if (is_name_char(*text)) {
            while (is_name_char(text[len]))
                len++;
            if (text[len] == ':' && text[len + 1] != ':') {
                text += len + 1;
                continue;
            }
        }
        memmove(to, text, len);
        to += len;
        text += len;
    }
    *to = '\0';
}

xmlXPathContext *map_compiler_new(void)
{
    xmlXPathContext *compiler = xmlXPathNewContext(NULL);
    if (compiler)
        compiler->error = no_complaint;
    return compiler;
}

static int compile_one(struct scan *s, const char *text, xmlXPathCompExpr **out)
{
    *out = xmlXPathCtxtCompile(s->compiler, (const xmlChar *)text);
    return *out ? RC_OK : error_set(s->err, RC_SETTINGS, "\"%s\" is no XPath expression", text);
}

static int compile(struct scan *s, struct str text, struct map_xpath_pair *out)
{
    char *copy = arena_dup(&s->r->arena, text);
    if (!copy)
        return error_set(s->err, RC_NO_MEMORY, "no memory for mappings");
    int rc = compile_one(s, copy, &out->with);
    if (rc)
        return rc;
    strip_modules(copy);
    return compile_one(s, copy, &out->without);
}

static int add_source(struct scan *s, struct map_expression *e, struct str path)
{
    struct map_path *made = arena_take(&s->r->arena, sizeof *made), **at = &e->sources;
    if (!made)
        return error_set(s->err, RC_NO_MEMORY, "no memory for mappings");
    while (*at)
        at = &(*at)->next;
    *at = made;
    return compile(s, path, &made->compiled);
}

/* The paths of an expression, as they stand outside of predicates. What a path behind a parenthesis
 * selects is what stood in the parenthesis. */
static int find_sources(struct scan *s, struct map_expression *e)
{
    const char *start = NULL, *end = NULL;
    enum token before = TOKEN_END;
    bool behind = false;
    for (;;) {
        s->at = skip_blanks(s->at);
        const char *from = s->at;
        int rc = scan_token(s);
        if (rc)
            return rc;
        bool more = (start || behind) && goes_on(before, s->last);
        if (!more && start) {
            if ((rc = add_source(s, e, (struct str){start, (size_t)(end - start)})))
                return rc;
            start = NULL;
        }
        if (!more) {
            behind = s->last == TOKEN_CLOSE;
            start = begins_path(s->last) ? from : NULL;
        }
        if (s->last == TOKEN_END) /* libxml2 lets the last parenthesis be missing */
            return s->depth ? error_set(s->err, RC_SETTINGS, "a parenthesis is not closed") : RC_OK;
        end = s->at;
        before = s->last;
    }
}

int map_expression_new(struct reader *r, xmlXPathContext *compiler, const struct mapping *mapping,
    const char *text, const struct lyd_node *at, struct map_expression **out, struct error *err)
{
    struct map_expression *e = arena_take(&r->arena, sizeof *e);
    struct error why = ERROR_INIT;
    if (!e)
        return error_set(err, RC_NO_MEMORY, "no memory for mappings");
    e->all = r->expressions;
    r->expressions = e;
    struct scan s = {.r = r, .compiler = compiler, .mapping = mapping, .at = text, .err = &why};
    int rc = compile(&s, str_of(text), &e->compiled);
    rc = rc ? rc : find_sources(&s, e);
    if (rc)
        return yaml_complain(at, err, "%s", why.text);
    *out = e;
    return RC_OK;
}

static void free_pair(const struct map_xpath_pair *pair)
{
    xmlXPathFreeCompExpr(pair->with);
    xmlXPathFreeCompExpr(pair->without);
}

void map_expressions_free(struct map_expression *all)
{
    for (; all; all = all->all) {
        free_pair(&all->compiled);
        for (struct map_path *p = all->sources; p; p = p->next)
            free_pair(&p->compiled);
    }
}
