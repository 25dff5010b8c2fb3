#include "drivers/netconf/scan.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int wrong(const struct scan *s, struct error *err, const char *what)
{
    return error_set(err, RC_FORMAT, "%s, at byte %zu of the message", what, s->at);
}

void scan_start(struct scan *s, struct str text)
{
    s->text = str_starts(text, "\xEF\xBB\xBF") ? (struct str){text.at + 3, text.len - 3} : text;
    s->at = 0;
    s->depth = 0;
    s->cdata = s->empty = s->begun = false;
}

static struct str rest(const struct scan *s)
{
    return (struct str){s->text.at + s->at, s->text.len - s->at};
}

/* Go on behind the next `end`. False: it never comes. */
static bool pass(struct scan *s, const char *end)
{
    struct str r = rest(s);
    const char *found = memmem(r.at, r.len, end, strlen(end));
    if (!found)
        return false;
    s->at = (size_t)(found - s->text.at) + strlen(end);
    return true;
}

/* Length of the reference at the start of `r`, 0: none that XML itself knows. */
static size_t reference_length(struct str r, unsigned long *code)
{
    static const struct {
        const char *text;
        char means;
    } own[] = {{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (str_starts(r, own[i].text)) {
            *code = (unsigned char)own[i].means;
            return strlen(own[i].text);
        }
    if (!str_starts(r, "&#"))
        return 0;
    bool hex = r.len > 2 && r.at[2] == 'x';
    size_t at = hex ? 3 : 2, first = at;
    *code = 0;
    for (; at < r.len && at < first + 8; at++) {
        char c = r.at[at];
        unsigned digit = c >= '0' && c <= '9'          ? (unsigned)(c - '0')
                         : hex && c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : hex && c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                       : 99;
        if (digit == 99)
            break;
        *code = *code * (hex ? 16 : 10) + digit;
    }
    bool fits = at > first && at < r.len && r.at[at] == ';' && *code > 0 && *code <= 0x10FFFF &&
                (*code < 0xD800 || *code > 0xDFFF);
    return fits ? at + 1 : 0;
}

static int check_references(struct scan *s, struct str text, struct error *err)
{
    while (text.len > 0) {
        const char *found = memchr(text.at, '&', text.len);
        unsigned long code;
        if (!found)
            break;
        text = (struct str){found, text.len - (size_t)(found - text.at)};
        size_t len = reference_length(text, &code);
        s->at = (size_t)(found - s->text.at);
        if (len == 0)
            return wrong(s, err, "a reference to an entity that XML itself does not have");
        text = (struct str){text.at + len, text.len - len};
    }
    return RC_OK;
}

static int append_code(unsigned long code, struct buf *out)
{
    char bytes[4];
    size_t len;
    if (code < 0x80) {
        bytes[0] = (char)code;
        len = 1;
    } else if (code < 0x800) {
        bytes[0] = (char)(0xC0 | code >> 6);
        len = 2;
    } else if (code < 0x10000) {
        bytes[0] = (char)(0xE0 | code >> 12);
        len = 3;
    } else {
        bytes[0] = (char)(0xF0 | code >> 18);
        len = 4;
    }
    for (size_t i = 1; i < len; i++)
        bytes[i] = (char)(0x80 | (code >> 6 * (len - 1 - i) & 0x3F));
    return buf_append(out, bytes, len);
}

int scan_decode(struct str raw, struct buf *out)
{
    int rc = RC_OK;
    while (rc == RC_OK && raw.len > 0) {
        const char *found = memchr(raw.at, '&', raw.len);
        size_t plain = found ? (size_t)(found - raw.at) : raw.len;
        unsigned long code = 0;
        rc = buf_append(out, raw.at, plain);
        raw = (struct str){raw.at + plain, raw.len - plain};
        if (!found || rc)
            continue;
        size_t len = reference_length(raw, &code);
        rc = len > 0 ? append_code(code, out) : buf_add_char(out, '&');
        len = len > 0 ? len : 1;
        raw = (struct str){raw.at + len, raw.len - len};
    }
    return rc;
}

/* ---- tags ---- */

static bool is_name_byte(char c)
{
    return (unsigned char)c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':';
}

static struct str take_name(struct scan *s)
{
    size_t start = s->at;
    while (s->at < s->text.len && is_name_byte(s->text.at[s->at]))
        s->at++;
    return (struct str){s->text.at + start, s->at - start};
}

static void take_blanks(struct scan *s)
{
    while (s->at < s->text.len && is_blank(s->text.at[s->at]))
        s->at++;
}

static struct str without_prefix(struct str name)
{
    const char *colon = memchr(name.at, ':', name.len);
    size_t skip = colon ? (size_t)(colon + 1 - name.at) : 0;
    return (struct str){name.at + skip, name.len - skip};
}

/* NAME="VALUE" with blanks around it. False when there is none. */
static bool take_attribute(struct scan *s, struct str *name, struct str *value)
{
    take_blanks(s);
    *name = take_name(s);
    take_blanks(s);
    if (name->len == 0 || s->at >= s->text.len || s->text.at[s->at] != '=')
        return false;
    s->at++;
    take_blanks(s);
    char quote = s->at < s->text.len ? s->text.at[s->at] : '\0';
    if (quote != '"' && quote != '\'')
        return false;
    size_t start = ++s->at;
    const char *end = memchr(s->text.at + start, quote, s->text.len - start);
    if (!end)
        return false;
    *value = (struct str){s->text.at + start, (size_t)(end - s->text.at) - start};
    s->at = start + value->len + 1;
    return !memchr(value->at, '<', value->len);
}

bool scan_attribute(const struct scan *s, const char *name, struct str *value)
{
    struct str found;
    struct scan inner = {.text = s->attributes};
    while (take_attribute(&inner, &found, value))
        if (str_is(found, name))
            return true;
    return false;
}

static int take_open(struct scan *s, struct error *err)
{
    struct str whole = take_name(s), name, value;
    if (whole.len == 0)
        return wrong(s, err, "a < that begins no element");
    if (s->depth == 0 && s->begun)
        return wrong(s, err, "a second element behind the message's end");
    if (s->depth == SCAN_MAX_DEPTH)
        return error_set(err, RC_LIMIT, "elements are nested more than %d deep", SCAN_MAX_DEPTH);
    size_t start = s->at;
    for (;;) {
        take_blanks(s);
        if (s->at >= s->text.len)
            return wrong(s, err, "a tag without an end");
        s->attributes = (struct str){s->text.at + start, s->at - start};
        if (s->text.at[s->at] == '>' || s->text.at[s->at] == '/')
            break;
        if (!take_attribute(s, &name, &value))
            return wrong(s, err, "a broken tag");
        size_t at = s->at;
        int rc = check_references(s, value, err);
        if (rc)
            return rc;
        s->at = at;
    }
    s->empty = s->text.at[s->at] == '/';
    s->at += s->empty ? 2 : 1;
    if (s->at > s->text.len || s->text.at[s->at - 1] != '>')
        return wrong(s, err, "a broken tag");
    s->begun = true;
    s->open[s->depth++] = whole;
    s->name = without_prefix(whole);
    return RC_OK;
}

static int take_close(struct scan *s, struct error *err)
{
    struct str whole = take_name(s);
    take_blanks(s);
    if (s->at >= s->text.len || s->text.at[s->at] != '>')
        return wrong(s, err, "a broken tag");
    s->at++;
    if (s->depth == 0 || !str_equal(s->open[s->depth - 1], whole))
        return wrong(s, err, "an end tag that fits no element");
    s->depth--;
    s->name = without_prefix(whole);
    return RC_OK;
}

/* ---- tokens ---- */

static int take_text(struct scan *s, bool *some, struct error *err)
{
    struct str r = rest(s);
    const char *end = memchr(r.at, '<', r.len);
    s->value = (struct str){r.at, end ? (size_t)(end - r.at) : r.len};
    s->cdata = false;
    *some = s->depth > 0;
    if (s->depth == 0 && str_trim(s->value).len > 0)
        return wrong(s, err, s->begun ? "text behind the message's end" : "text that is no XML");
    size_t behind = s->at + s->value.len;
    int rc = check_references(s, s->value, err);
    if (rc == RC_OK)
        s->at = behind;
    return rc;
}

/* Behind `<!` or `<?`. `some`: it is text. */
static int take_markup(struct scan *s, bool *some, struct error *err)
{
    struct str r = rest(s);
    *some = false;
    if (str_starts(r, "<?"))
        return pass(s, "?>") ? RC_OK : wrong(s, err, "an instruction without an end");
    if (str_starts(r, "<!--"))
        return pass(s, "-->") ? RC_OK : wrong(s, err, "a comment without an end");
    if (!str_starts(r, "<![CDATA[") || s->depth == 0)
        return wrong(s, err,
            str_starts(r, "<!DOCTYPE") || str_starts(r, "<!doctype")
                ? "a document type, which NETCONF does not allow"
                : "a declaration, which NETCONF does not allow");
    s->at += 9;
    size_t start = s->at;
    if (!pass(s, "]]>"))
        return wrong(s, err, "a CDATA section without an end");
    s->value = (struct str){s->text.at + start, s->at - 3 - start};
    *some = s->cdata = true;
    return RC_OK;
}

int scan_next(struct scan *s, enum scan_token *token, struct error *err)
{
    if (s->empty) {
        s->empty = false;
        s->name = without_prefix(s->open[--s->depth]);
        *token = SCAN_CLOSE;
        return RC_OK;
    }
    while (s->at < s->text.len) {
        bool some = false;
        int rc;
        char next = s->at + 1 < s->text.len ? s->text.at[s->at + 1] : '\0';
        if (s->text.at[s->at] != '<') {
            rc = take_text(s, &some, err);
        } else if (next == '!' || next == '?') {
            rc = take_markup(s, &some, err);
        } else if (next == '/') {
            s->at += 2;
            *token = SCAN_CLOSE;
            return take_close(s, err);
        } else {
            s->at++;
            *token = SCAN_OPEN;
            return take_open(s, err);
        }
        *token = SCAN_TEXT;
        if (rc || some)
            return rc;
    }
    *token = SCAN_END;
    if (s->depth > 0)
        return wrong(s, err, "the message ends inside an element");
    return s->begun ? RC_OK : wrong(s, err, "an empty message");
}

int scan_skip(struct scan *s, struct error *err)
{
    enum scan_token token;
    unsigned outside = s->depth - 1;
    int rc = RC_OK;
    while (rc == RC_OK && s->depth > outside)
        rc = scan_next(s, &token, err);
    return rc;
}

int scan_text(struct scan *s, struct buf *out, struct error *err)
{
    enum scan_token token;
    unsigned outside = s->depth - 1;
    while (s->depth > outside) {
        int rc = scan_next(s, &token, err);
        if (rc)
            return rc;
        if (token != SCAN_TEXT || s->depth != outside + 1)
            continue;
        rc = s->cdata ? buf_add_str(out, s->value) : scan_decode(s->value, out);
        if (rc)
            return error_set(err, (enum rc)rc, "a value too long");
    }
    return RC_OK;
}
