#include "drivers/netconf/yang_text.h"

struct scan {
    const char *at, *end, *copied; /* up to `copied` the lean copy is written */
    size_t line;
    struct yang_outline *outline;
    struct buf *lean;
    struct error *err;
    const char *parents[YANG_MAX_DEPTH + 1]; /* keywords we know, else "" */
    size_t depth;
    size_t dropped; /* depth of the statement that is left out, counted from 1; 0: none */
    struct yang_need *need;
    unsigned flags;
};

struct token {
    enum { END, WORD, STRING, SEMICOLON, OPEN, CLOSE } kind;
    struct str text; /* of a string: between its quotes */
};

/* ---- names ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool yang_is_identifier(struct str s)
{
    if (s.len == 0 || s.len > 128 || !is_letter(s.at[0]))
        return false;
    for (size_t i = 1; i < s.len; i++)
        if (!is_letter(s.at[i]) && !is_digit(s.at[i]) && s.at[i] != '-' && s.at[i] != '.')
            return false;
    return true;
}

bool yang_is_revision(struct str s)
{
    if (s.len != 10)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (i == 4 || i == 7 ? s.at[i] != '-' : !is_digit(s.at[i]))
            return false;
    return true;
}

/* ---- tokens ---- */

static int complain(const struct scan *s, enum rc code, const char *what)
{
    return error_set(s->err, code, "line %zu: %s", s->line, what);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void step(struct scan *s)
{
    if (*s->at == '\n')
        s->line++;
    s->at++;
}

static bool looking_at(const struct scan *s, char first, char second)
{
    return s->end - s->at >= 2 && s->at[0] == first && s->at[1] == second;
}

/* Blanks and comments. */
static int skip_gap(struct scan *s)
{
    while (s->at < s->end) {
        if (is_blank(*s->at)) {
            step(s);
        } else if (looking_at(s, '/', '/')) {
            while (s->at < s->end && *s->at != '\n')
                s->at++;
        } else if (looking_at(s, '/', '*')) {
            s->at += 2;
            while (s->at < s->end && !looking_at(s, '*', '/'))
                step(s);
            if (s->at == s->end)
                return complain(s, RC_FORMAT, "a comment without its end");
            s->at += 2;
        } else {
            break;
        }
    }
    return RC_OK;
}

static int copy_until(struct scan *s, const char *until)
{
    int rc = RC_OK;
    if (s->lean && s->dropped == 0)
        rc = buf_append(s->lean, s->copied, (size_t)(until - s->copied));
    s->copied = until;
    return rc;
}

/* An escape that YANG 1.1 does not know means itself: both characters (RFC 6020 §6.1.3). */
static int read_escape(struct scan *s)
{
    int rc = RC_OK;
    if (s->end - s->at < 2)
        return complain(s, RC_FORMAT, "a string without its end");
    if (!strchr("nt\"\\", s->at[1]) || s->at[1] == '\0') {
        rc = copy_until(s, s->at);
        if (rc == RC_OK && s->lean && s->dropped == 0)
            rc = buf_add_char(s->lean, '\\');
    }
    s->at++;
    step(s);
    return rc;
}

static int read_quoted(struct scan *s, struct token *t)
{
    char quote = *s->at++;
    int rc = RC_OK;
    t->kind = STRING;
    t->text.at = s->at;
    while (s->at < s->end && *s->at != quote && rc == RC_OK) {
        if (*s->at == '\\' && quote == '"')
            rc = read_escape(s);
        else
            step(s);
    }
    if (rc)
        return rc;
    if (s->at == s->end)
        return complain(s, RC_FORMAT, "a string without its end");
    t->text.len = (size_t)(s->at - t->text.at);
    s->at++;
    return RC_OK;
}

static int next_token(struct scan *s, struct token *t)
{
    int rc = skip_gap(s);
    *t = (struct token){END, {s->at, 0}};
    if (rc || s->at == s->end)
        return rc;
    if (*s->at == '"' || *s->at == '\'')
        return read_quoted(s, t);
    if (*s->at == ';' || *s->at == '{' || *s->at == '}') {
        t->kind = *s->at == ';' ? SEMICOLON : *s->at == '{' ? OPEN : CLOSE;
        s->at++;
        return RC_OK;
    }
    t->kind = WORD;
    while (s->at < s->end && !is_blank(*s->at) && !strchr(";{}\"'", *s->at))
        s->at++;
    t->text.len = (size_t)(s->at - t->text.at);
    return t->text.len ? RC_OK : complain(s, RC_FORMAT, "a byte that is no YANG");
}

/* ---- statements ---- */

static const char *const shapeless[] = {"description", "reference", "contact", "organization",
    "pattern", "length", "range", "must", "when", "unique", "status", "mandatory", "min-elements",
    "max-elements", "units", "error-message", "error-app-tag"};

static const char *const remembered[] = {"feature", "deviate"};

static const char *known_among(const char *const *words, size_t count, struct str keyword)
{
    for (size_t i = 0; i < count; i++)
        if (str_is(keyword, words[i]))
            return words[i];
    return NULL;
}

static const char *parent_of(const struct scan *s)
{
    return s->depth ? s->parents[s->depth] : "";
}

/* Extensions: those at the top of a submodule crash libyang 2.1, which leaves them undefined. */
static bool is_shapeless(const struct scan *s, struct str keyword)
{
    const char *colon = memchr(keyword.at, ':', keyword.len);
    if (colon) {
        struct str name = {colon + 1, keyword.len - (size_t)(colon + 1 - keyword.at)};
        return !str_is(name, "default-deny-all") || s->depth < 2;
    }
    /* A feature that the device has is on, whatever it says about others. */
    if (str_is(keyword, "if-feature") && strcmp(parent_of(s), "feature") == 0)
        return true;
    /* A deviation that "replaces" what is not there is refused; state is in no config anyway. */
    if (str_is(keyword, "config") && strcmp(parent_of(s), "deviate") == 0)
        return true;
    if ((s->flags & YANG_ANY_REVISION) && str_is(keyword, "revision-date"))
        return true;
    return known_among(shapeless, sizeof shapeless / sizeof *shapeless, keyword) != NULL;
}

static int note_need(struct scan *s, struct str name, bool include)
{
    struct yang_need *need = arena_take(&s->outline->arena, sizeof *need);
    if (!need)
        return complain(s, RC_LIMIT, "too much of it");
    *need =
        (struct yang_need){arena_dup(&s->outline->arena, name), NULL, include, s->outline->needs};
    s->outline->needs = s->need = need;
    return RC_OK;
}

static int note_feature(struct scan *s, struct str name)
{
    struct yang_name *feature = arena_take(&s->outline->arena, sizeof *feature);
    if (!feature)
        return complain(s, RC_LIMIT, "too much of it");
    *feature = (struct yang_name){arena_dup(&s->outline->arena, name), s->outline->features};
    s->outline->features = feature;
    return RC_OK;
}

static int outline_top(struct scan *s, struct str keyword, struct str argument)
{
    s->outline->submodule = str_is(keyword, "submodule");
    if (!s->outline->submodule && !str_is(keyword, "module"))
        return complain(s, RC_FORMAT, "no module");
    if (s->outline->name)
        return complain(s, RC_FORMAT, "more than one module");
    if (!yang_is_identifier(argument))
        return complain(s, RC_FORMAT, "a module without a name");
    s->outline->name = arena_dup(&s->outline->arena, argument);
    return RC_OK;
}

static void outline_revision(struct scan *s, struct str date)
{
    const char *newest = s->outline->revision;
    if (yang_is_revision(date) && (!newest || memcmp(date.at, newest, date.len) > 0))
        s->outline->revision = arena_dup(&s->outline->arena, date);
}

static int outline_statement(struct scan *s, struct str keyword, struct str argument)
{
    if (s->depth == 0)
        return outline_top(s, keyword, argument);
    if (s->depth == 2 && str_is(keyword, "revision-date") && s->need && yang_is_revision(argument))
        s->need->revision = arena_dup(&s->outline->arena, argument);
    if (s->depth != 1)
        return RC_OK;
    s->need = NULL;
    bool include = str_is(keyword, "include");
    if ((include || str_is(keyword, "import")) && yang_is_identifier(argument))
        return note_need(s, argument, include);
    if (str_is(keyword, "feature") && yang_is_identifier(argument))
        return note_feature(s, argument);
    if (str_is(keyword, "belongs-to") && yang_is_identifier(argument))
        s->outline->belongs_to = arena_dup(&s->outline->arena, argument);
    if (str_is(keyword, "yang-version"))
        s->outline->version = str_is(argument, "1.1") ? "1.1" : "1";
    if (str_is(keyword, "revision"))
        outline_revision(s, argument);
    return RC_OK;
}

/* What was left out leaves its line ends behind. */
static int resume_copy(struct scan *s)
{
    int rc = RC_OK;
    for (const char *c = s->copied; c < s->at && rc == RC_OK && s->lean; c++)
        if (*c == '\n')
            rc = buf_add_char(s->lean, '\n');
    s->copied = s->at;
    s->dropped = 0;
    return rc;
}

static int open_block(struct scan *s, struct str keyword)
{
    if (s->depth == YANG_MAX_DEPTH)
        return complain(s, RC_LIMIT, "blocks in blocks in blocks");
    const char *known = known_among(remembered, sizeof remembered / sizeof *remembered, keyword);
    s->parents[++s->depth] = known ? known : "";
    return RC_OK;
}

/* `type leafref { ... }` is left out, and `type string;` stands there instead. */
static int replace_leafref(struct scan *s, const struct token *keyword)
{
    struct scan ahead = *s;
    struct token t;
    int rc = next_token(&ahead, &t);
    if (rc || !str_is(t.text, "leafref"))
        return rc;
    rc = copy_until(s, keyword->text.at);
    if (rc == RC_OK && s->lean)
        rc = buf_add(s->lean, "type string;");
    s->dropped = s->depth + 1;
    return rc;
}

/* A statement up to its semicolon or brace; its keyword was read. */
static int read_statement(struct scan *s, const struct token *keyword)
{
    struct str argument = {"", 0};
    struct token t;
    int rc = RC_OK;
    if (s->dropped == 0 && is_shapeless(s, keyword->text)) {
        rc = copy_until(s, keyword->text.at);
        s->dropped = s->depth + 1;
    } else if (s->dropped == 0 && (s->flags & YANG_NO_LEAFREFS) && str_is(keyword->text, "type")) {
        rc = replace_leafref(s, keyword);
    }
    for (bool first = true; rc == RC_OK; first = false) {
        rc = next_token(s, &t);
        if (rc || t.kind == SEMICOLON || t.kind == OPEN)
            break;
        if (t.kind == END || t.kind == CLOSE)
            return complain(s, RC_FORMAT, "a statement without its end");
        if (first)
            argument = t.text;
    }
    if (rc == RC_OK && s->dropped == 0)
        rc = outline_statement(s, keyword->text, argument);
    if (rc == RC_OK && t.kind == OPEN)
        rc = open_block(s, keyword->text);
    else if (rc == RC_OK && s->dropped == s->depth + 1)
        rc = resume_copy(s);
    return rc;
}

static int close_block(struct scan *s)
{
    if (s->depth == 0)
        return complain(s, RC_FORMAT, "a brace too many");
    s->depth--;
    return s->dropped == s->depth + 1 ? resume_copy(s) : RC_OK;
}

static int read_all(struct scan *s)
{
    for (;;) {
        struct token t;
        int rc = next_token(s, &t);
        if (rc == RC_OK && t.kind == END)
            break;
        if (rc == RC_OK && t.kind == CLOSE)
            rc = close_block(s);
        else if (rc == RC_OK && t.kind == WORD)
            rc = read_statement(s, &t);
        else if (rc == RC_OK)
            rc = complain(s, RC_FORMAT, "no YANG statement");
        if (rc)
            return rc;
    }
    if (s->depth)
        return complain(s, RC_FORMAT, "a block without its end");
    if (!s->outline->name)
        return complain(s, RC_FORMAT, "no module");
    return copy_until(s, s->end);
}

static int scan_text(struct scan *s, struct str text, struct yang_outline *out)
{
    *out = (struct yang_outline){.arena.cap = (size_t)16 << 20, .version = "1"};
    if (text.len > YANG_MAX_BYTES)
        return error_set(s->err, RC_LIMIT, "more than %zu bytes", YANG_MAX_BYTES);
    if (memchr(text.at, '\0', text.len))
        return error_set(s->err, RC_FORMAT, "a NUL byte in it");
    s->at = s->copied = text.at;
    s->end = text.at + text.len;
    s->line = 1;
    s->outline = out;
    return read_all(s);
}

int yang_outline(struct str text, struct yang_outline *out, struct error *err)
{
    struct scan s = {.err = err};
    return scan_text(&s, text, out);
}

int yang_lean(struct str text, unsigned flags, struct buf *lean, struct error *err)
{
    struct scan s = {.lean = lean, .flags = flags, .err = err};
    struct yang_outline outline;
    int rc = scan_text(&s, text, &outline);
    yang_outline_free(&outline);
    return rc;
}

void yang_outline_free(struct yang_outline *outline)
{
    arena_free(&outline->arena);
    *outline = (struct yang_outline){0};
}
