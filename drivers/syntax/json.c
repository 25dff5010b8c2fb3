/* JSON: a member is a line, each element of an array is one of the member's name.
 *
 * Read here and not by jansson, which doesn't say on which line a value stands. */
#include <ctype.h>

#include "tree.h"

struct json {
    struct tree tree;
    const char *at, *end;
};

static int fail(struct json *j, const char *what)
{
    const char *at = j->at < j->end ? j->at : j->end;
    return reading_fail(j->tree.r, RC_FORMAT, tree_number(&j->tree, at), what);
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

/* The character of \uXXXX at `*at` (at the u), which moves to its last digit. */
static unsigned take_unicode(const char **at, const char *end)
{
    const char *digits = *at + 1;
    long code = json_unicode(&digits, end);
    if (code < 0)
        return 0xFFFD;
    *at = digits - 1;
    return (unsigned)code;
}

/* `raw` without its escapes, in `arena`. No escape is shorter than what it stands for. */
static int unescape(struct json *j, struct arena *arena, struct str raw, struct str *out)
{
    static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
    char *copy = arena_dup(arena, raw);
    size_t len = 0;
    if (!copy)
        return reading_fail(j->tree.r, RC_LIMIT, j->tree.r->number, "too much text");
    for (const char *at = raw.at, *end = raw.at + raw.len; at < end; at++) {
        const char *letter;
        if (*at != '\\' || at + 1 == end)
            copy[len++] = *at;
        else if (*++at == 'u')
            len += utf8_put(copy + len, take_unicode(&at, end));
        else if ((letter = strchr(letters, *at)) && *letter)
            copy[len++] = meant[letter - letters];
        else
            copy[len++] = *at;
    }
    *out = (struct str){copy, len};
    return RC_OK;
}

static int take_string(struct json *j, struct arena *arena, struct str *out)
{
    const char *from = j->at + 1, *p = from;
    bool escaped = false;
    for (; p < j->end && *p != '"'; p++)
        if (*p == '\\' && p + 1 < j->end) {
            escaped = true;
            p++;
        }
    if (p >= j->end) {
        j->at = j->end;
        return fail(j, "not JSON: a string does not end");
    }
    j->at = p + 1;
    *out = (struct str){from, (size_t)(p - from)};
    return escaped ? unescape(j, arena, *out, out) : RC_OK;
}

/* Without the module in front (RFC 7951 §4); an IPv6 address has more than one colon. */
static struct str cut_module(struct str name)
{
    const char *colon = memchr(name.at, ':', name.len), *end = name.at + name.len;
    if (!colon || colon == name.at || colon + 1 == end ||
        memchr(colon + 1, ':', (size_t)(end - colon - 1)))
        return name;
    if (isdigit((unsigned char)*name.at) || !(isalpha((unsigned char)colon[1]) || colon[1] == '_'))
        return name;
    for (const char *p = name.at; p < colon; p++)
        if (!isalnum((unsigned char)*p) && !strchr("_-.", *p))
            return name;
    return (struct str){colon + 1, (size_t)(end - colon - 1)};
}

static int read_value(struct json *j, struct str name, const char *from, unsigned nesting);

static int read_object(struct json *j, struct str name, const char *from, unsigned nesting)
{
    int rc = tree_open(&j->tree, name, from, j->at);
    if (rc || take(j, '}')) {
        return rc ? rc : tree_close(&j->tree, NULL, j->at);
    }
    do {
        struct str member;
        skip_blanks(j);
        const char *start = j->at;
        if (j->at == j->end || *j->at != '"')
            return fail(j, "not JSON: expected the name of a member");
        if ((rc = take_string(j, &j->tree.names, &member)))
            return rc;
        if (!take(j, ':'))
            return fail(j, "not JSON: expected a colon");
        if ((rc = read_value(j, cut_module(member), start, nesting + 1)))
            return rc;
    } while (take(j, ','));
    if (!take(j, '}'))
        return fail(j, "not JSON: expected a comma or a closing brace");
    return tree_close(&j->tree, NULL, j->at);
}

static int read_array(struct json *j, struct str name, const char *from, unsigned nesting)
{
    int rc = RC_OK;
    if (take(j, ']')) { /* present, and empty */
        rc = tree_open(&j->tree, name, from, j->at);
        return rc ? rc : tree_close(&j->tree, NULL, j->at);
    }
    do {
        skip_blanks(j);
        if ((rc = read_value(j, name, j->at, nesting + 1)))
            return rc;
    } while (take(j, ','));
    return take(j, ']') ? RC_OK : fail(j, "not JSON: expected a comma or a closing bracket");
}

/* A string, or a bare word: null is no value at all. */
static int read_scalar(struct json *j, struct str name, const char *from)
{
    struct str value;
    int rc = tree_open(&j->tree, name, from, j->at);
    bool quoted = *j->at == '"';
    if (rc)
        return rc;
    if (quoted) {
        rc = take_string(j, &j->tree.texts, &value);
    } else {
        const char *start = j->at;
        while (j->at < j->end && (isalnum((unsigned char)*j->at) || memchr("+-.", *j->at, 3)))
            j->at++;
        value = (struct str){start, (size_t)(j->at - start)};
        if (value.len == 0)
            return fail(j, "not JSON: expected a value");
    }
    bool null = !quoted && str_is(value, "null");
    return rc ? rc : tree_close(&j->tree, null ? NULL : &value, j->at);
}

static int read_value(struct json *j, struct str name, const char *from, unsigned nesting)
{
    skip_blanks(j);
    if (nesting > TREE_MAX_NESTING)
        return reading_fail(j->tree.r, RC_LIMIT, tree_number(&j->tree, j->at), "nested too deep");
    if (take(j, '{'))
        return read_object(j, name, from, nesting);
    if (take(j, '['))
        return read_array(j, name, from, nesting);
    if (j->at == j->end)
        return fail(j, "not JSON: it ends too early");
    return read_scalar(j, name, from);
}

int json_read(struct reading *r)
{
    struct json j = {.end = r->text.at + r->text.len};
    struct str rest = r->text, line;
    int rc = tree_start(&j.tree, r);
    /* Before it come echoes and prompts, and behind it, too. */
    while (!rc && !j.at && str_next_line(&rest, &line)) {
        line = str_trim(line);
        if (line.len > 0 && (*line.at == '{' || *line.at == '['))
            j.at = line.at;
    }
    if (!rc && !j.at)
        rc = reading_fail(r, RC_FORMAT, 1, "not JSON: no object or array in it");
    rc = rc ? rc : read_value(&j, (struct str){"", 0}, j.at, 0);
    rc = rc ? rc : tree_report(&j.tree);
    tree_free(&j.tree);
    return rc;
}
