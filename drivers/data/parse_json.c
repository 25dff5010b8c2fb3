/* JSON (RFC 8259) as YANG data is written in it (RFC 7951), with metadata (RFC 7952).
 *
 * Read here and not by jansson, which doesn't say on which line a value stands. */
#include <ctype.h>
#include <stdlib.h>

#include "drivers/data/tree.h"

enum { NESTING_MOST = 2 * DATA_MAX_DEPTH }; /* of objects and arrays */

struct json {
    struct builder *b;
    const char *at, *end;
    struct buf text; /* of the string read last, without its escapes */
    unsigned nesting;
};

/* What is read: the value of a member, or one of an array. */
struct member {
    struct str name;
    struct space *space;
    size_t from;
    unsigned flags;
};

static size_t offset(const struct json *j, const char *at)
{
    return (size_t)(at - j->b->text.at);
}

static int fail(struct json *j, const char *what)
{
    return build_fail(j->b, RC_FORMAT, offset(j, j->at < j->end ? j->at : j->end), what);
}

static void skip_blanks(struct json *j)
{
    while (j->at < j->end && memchr(" \t\r\n", *j->at, 4))
        j->at++;
}

static bool take(struct json *j, char c)
{
    skip_blanks(j);
    if (j->at == j->end || *j->at != c)
        return false;
    j->at++;
    return true;
}

static int deeper(struct json *j)
{
    return ++j->nesting > NESTING_MOST
               ? build_fail(j->b, RC_LIMIT, offset(j, j->at), "nested too deep")
               : RC_OK;
}

/* ---- strings ---- */

/* \uXXXX, `j->at` behind the u. */
static int take_unicode(struct json *j)
{
    char bytes[4];
    long code = json_unicode(&j->at, j->end);
    return code < 0 ? fail(j, "not JSON: expected four hexadecimal digits")
                    : buf_append(&j->text, bytes, utf8_put(bytes, (unsigned)code));
}

static int take_escape(struct json *j)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    char c = j->at < j->end ? *j->at++ : '\0';
    if (c == 'u')
        return take_unicode(j);
    const char *letter = c ? strchr(letters, c) : NULL;
    return letter ? buf_add_char(&j->text, meant[letter - letters])
                  : fail(j, "not JSON: an unknown escape");
}

/* The string at `j->at`, into `j->text`. */
static int take_string(struct json *j)
{
    int rc = RC_OK;
    buf_clear(&j->text);
    for (j->at++; !rc;) {
        const char *from = j->at;
        while (j->at < j->end && *j->at != '"' && *j->at != '\\' && (unsigned char)*j->at >= ' ')
            j->at++;
        rc = buf_append(&j->text, from, (size_t)(j->at - from));
        if (rc)
            break;
        if (j->at == j->end)
            return fail(j, "not JSON: a string does not end");
        char c = *j->at;
        if ((unsigned char)c < ' ')
            return fail(j, "not JSON: a control character in a string");
        j->at++;
        if (c == '"')
            return RC_OK;
        rc = take_escape(j);
    }
    return rc == RC_LIMIT ? build_fail(j->b, rc, offset(j, j->at), "too much text") : rc;
}

/* ---- bare words ---- */

static const char *skip_digits(const char *at, const char *end)
{
    while (at < end && isdigit((unsigned char)*at))
        at++;
    return at;
}

const char *json_number_end(const char *at, const char *end)
{
    at += at < end && *at == '-';
    const char *digits = at;
    at = skip_digits(at, end);
    if (at == digits || (*digits == '0' && at > digits + 1))
        return NULL;
    if (at < end && *at == '.') {
        digits = at + 1;
        at = skip_digits(digits, end);
        if (at == digits)
            return NULL;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        digits = at + 1;
        digits += digits < end && (*digits == '+' || *digits == '-');
        at = skip_digits(digits, end);
        if (at == digits)
            return NULL;
    }
    return at;
}

static int take_bare(struct json *j, struct str *word)
{
    static const char *const known[] = {"true", "false", "null"};
    const char *from = j->at, *end = json_number_end(from, j->end);
    struct str rest = {from, (size_t)(j->end - from)};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_starts(rest, known[i]))
            end = from + strlen(known[i]);
    if (!end || (end < j->end && !memchr(" \t\r\n,]}", *end, 7)))
        return fail(j, "not JSON: expected a value");
    *word = (struct str){from, (size_t)(end - from)};
    j->at = end;
    return RC_OK;
}

/* ---- metadata ---- */

static int skip_value(struct json *j, unsigned *flags);

static int skip_inside(struct json *j, char close, unsigned *flags)
{
    int rc = deeper(j);
    if (rc || take(j, close)) {
        j->nesting--;
        return rc;
    }
    do {
        bool inactive = false;
        if (close == '}') {
            skip_blanks(j);
            if (j->at == j->end || *j->at != '"')
                return fail(j, "not JSON: expected the name of a member");
            if ((rc = take_string(j)))
                return rc;
            struct str name = buf_str(&j->text);
            inactive = str_is(name, "inactive") ||
                       (name.len > 9 && memcmp(name.at + name.len - 9, ":inactive", 9) == 0);
            if (!take(j, ':'))
                return fail(j, "not JSON: expected a colon");
        }
        skip_blanks(j);
        struct str rest = {j->at, (size_t)(j->end - j->at)};
        if (inactive && (str_starts(rest, "true") || str_starts(rest, "\"inactive\"")))
            *flags |= PLACE_INACTIVE;
        if ((rc = skip_value(j, flags)))
            return rc;
    } while (take(j, ','));
    j->nesting--;
    return take(j, close) ? RC_OK : fail(j, "not JSON: expected a comma or a closing bracket");
}

/* A value that is no data, but may say that something is inactive. */
static int skip_value(struct json *j, unsigned *flags)
{
    struct str word;
    if (take(j, '{'))
        return skip_inside(j, '}', flags);
    if (take(j, '['))
        return skip_inside(j, ']', flags);
    if (j->at == j->end)
        return fail(j, "not JSON: it ends too early");
    return *j->at == '"' ? take_string(j) : take_bare(j, &word);
}

/* `@` is about the object itself, `@name` about its member, wherever that stands. */
static void mark(struct json *j, struct str name, unsigned flags)
{
    struct builder *b = j->b;
    if (name.len == 0)
        build_flag(b, flags);
    const char *colon = memchr(name.at, ':', name.len);
    struct str bare =
        colon ? (struct str){colon + 1, name.len - (size_t)(colon + 1 - name.at)} : name;
    for (xmlNode *node = b->open->children; name.len > 0 && node; node = node->next)
        if (place_of(node) && str_is(bare, (const char *)node->name))
            place_of(node)->flags |= flags;
}

/* ---- data ---- */

static int read_value(struct json *j, const struct member *m);

static bool is_identifier(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!isalnum((unsigned char)text.at[i]) && !strchr("-._", text.at[i] ? text.at[i] : ':'))
            return false;
    return text.len > 0 && !isdigit((unsigned char)text.at[0]);
}

/* `module:name` (RFC 7951 §4); an IPv6 address has more than one colon. */
static int name_member(struct json *j, struct str text, struct member *m)
{
    const char *colon = memchr(text.at, ':', text.len);
    m->space = NULL;
    m->flags = 0;
    m->name = text;
    if (!colon)
        return RC_OK;
    struct str module = {text.at, (size_t)(colon - text.at)};
    struct str name = {colon + 1, text.len - module.len - 1};
    if (!is_identifier(module) || !is_identifier(name))
        return RC_OK;
    m->name = name;
    m->space = build_module(j->b, module);
    return m->space ? RC_OK : build_fail(j->b, RC_LIMIT, offset(j, j->at), "too many modules");
}

struct later {        /* metadata of members, applied when all members are there */
    struct buf names; /* flags as a byte, the name, NUL */
};

static int keep_mark(struct later *later, struct str name, unsigned flags)
{
    int rc = flags ? buf_add_char(&later->names, (char)flags) : RC_OK;
    rc = rc || !flags ? rc : buf_add_str(&later->names, name);
    return rc || !flags ? rc : buf_add_char(&later->names, '\0');
}

enum { MARKS_MOST = 64 }; /* in one object: each is looked for among its members */

static void apply_marks(struct json *j, const struct later *later)
{
    struct str rest = buf_str(&later->names);
    for (size_t i = 0; rest.len > 1 && i < MARKS_MOST; i++) {
        struct str name = {rest.at + 1, strnlen(rest.at + 1, rest.len - 1)};
        mark(j, name, (unsigned char)rest.at[0]);
        rest.at += name.len + 2;
        rest.len -= name.len + 2;
    }
}

/* That of a leaf-list speaks of single values (an array): these stay as they are. */
static int read_metadata(struct json *j, struct str name, struct later *later)
{
    unsigned flags = 0;
    skip_blanks(j);
    bool object = j->at < j->end && *j->at == '{';
    int rc = skip_value(j, &flags);
    return rc || !object ? rc : keep_mark(later, name, flags);
}

static int read_member(struct json *j, struct later *later)
{
    struct member m;
    unsigned flags = 0;
    skip_blanks(j);
    m.from = offset(j, j->at);
    if (j->at == j->end || *j->at != '"')
        return fail(j, "not JSON: expected the name of a member");
    int rc = take_string(j);
    if (rc)
        return rc;
    char *copy = malloc(j->text.len + 1);
    if (!copy)
        return build_fail(j->b, RC_NO_MEMORY, m.from, "out of memory");
    memcpy(copy, buf_text(&j->text), j->text.len + 1);
    struct str name = {copy, strlen(copy)};
    if (!take(j, ':'))
        rc = fail(j, "not JSON: expected a colon");
    else if (str_starts(name, "@"))
        rc = read_metadata(j, (struct str){name.at + 1, name.len - 1}, later);
    else if (str_starts(name, "_annotate"))
        rc = skip_value(j, &flags);
    else if (!(rc = name_member(j, name, &m)))
        rc = read_value(j, &m);
    free(copy);
    return rc;
}

/* The members of the object, whose brace is taken. */
static int read_members(struct json *j)
{
    struct later later = {0};
    int rc = deeper(j);
    bool empty = !rc && take(j, '}');
    if (!rc && !empty) {
        do
            rc = read_member(j, &later);
        while (!rc && take(j, ','));
        if (!rc && !take(j, '}'))
            rc = fail(j, "not JSON: expected a comma or a closing brace");
    }
    if (!rc)
        apply_marks(j, &later);
    buf_free(&later.names);
    j->nesting--;
    return rc;
}

static int read_object(struct json *j, const struct member *m)
{
    int rc = build_open(j->b, m->name, m->space, m->from, offset(j, j->at));
    if (!rc)
        build_flag(j->b, m->flags);
    rc = rc ? rc : read_members(j);
    if (!rc)
        build_close(j->b, offset(j, j->at));
    return rc;
}

/* Each is an element of the member's name, which begins where the value does: but the first begins
 * with the name. */
static int read_array(struct json *j, const struct member *m)
{
    struct member each = *m;
    each.flags |= PLACE_ARRAY;
    int rc = deeper(j);
    if (rc || take(j, ']')) {
        j->nesting--;
        return rc;
    }
    do {
        rc = read_value(j, &each);
        skip_blanks(j);
        if (j->at + 1 < j->end) {
            const char *next = j->at + 1;
            while (next < j->end && memchr(" \t\r\n", *next, 4))
                next++;
            each.from = offset(j, next);
        }
    } while (!rc && take(j, ','));
    j->nesting--;
    return rc || take(j, ']') ? rc : fail(j, "not JSON: expected a comma or a closing bracket");
}

static int read_scalar(struct json *j, const struct member *m)
{
    struct str value = {"", 0};
    bool quoted = *j->at == '"';
    int rc = quoted ? take_string(j) : take_bare(j, &value);
    if (rc)
        return rc;
    if (quoted)
        value = buf_str(&j->text);
    bool null = !quoted && str_is(value, "null");
    rc = build_open(j->b, m->name, m->space, m->from, offset(j, j->at));
    if (!rc)
        build_flag(j->b, m->flags | (quoted || null ? 0 : PLACE_BARE));
    rc = rc || null ? rc : build_text(j->b, value);
    if (!rc)
        build_close(j->b, offset(j, j->at));
    return rc;
}

static int read_value(struct json *j, const struct member *m)
{
    skip_blanks(j);
    if (take(j, '{'))
        return read_object(j, m);
    if (take(j, '['))
        return read_array(j, m);
    if (j->at == j->end)
        return fail(j, "not JSON: it ends too early");
    return read_scalar(j, m);
}

/* At the top stands an object, or an array of them. */
static int read_top(struct json *j)
{
    if (take(j, '{'))
        return read_members(j);
    if (!take(j, '['))
        return fail(j, "not JSON: expected an object");
    if (take(j, ']'))
        return RC_OK;
    int rc;
    do
        rc = take(j, '{') ? read_members(j) : fail(j, "not JSON: expected an object");
    while (!rc && take(j, ','));
    return rc || take(j, ']') ? rc : fail(j, "not JSON: expected a comma or a closing bracket");
}

int parse_json(struct builder *b)
{
    struct json j = {.b = b, .at = b->text.at + b->start, .end = b->text.at + b->text.len};
    j.text.cap = b->text.len * 3 + 4;
    int rc = read_top(&j);
    buf_wipe(&j.text);
    return rc;
}
