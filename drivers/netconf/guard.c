#include "drivers/netconf/guard.h"

#define END_OF_MESSAGE "]]>]]>"
#define MOST_CHUNK 4294967295u /* RFC 6242, section 4.2 */

/* Of chunked framing: LF HASH (digit+ LF data | HASH LF). */
enum { BEFORE, AT_HASH, AT_SIZE, IN_SIZE, IN_DATA, AT_END, BETWEEN };

void guard_next(struct guard *g)
{
    /* It may have held a config: what it grew to is given back. */
    size_t cap = g->message.cap;
    buf_wipe(&g->message);
    g->message.cap = cap;
    g->whole = false;
    g->state = BEFORE;
    g->header_len = 0;
}

void guard_free(struct guard *g)
{
    buf_wipe(&g->message);
}

static int append(struct guard *g, const char *bytes, size_t len, struct error *err)
{
    int rc = buf_append(&g->message, bytes, len);
    if (rc == RC_LIMIT)
        return error_set(err, RC_LIMIT, "a message of more than %zu bytes", g->message.cap);
    return rc ? error_set(err, (enum rc)rc, "out of memory") : RC_OK;
}

/* ---- end-of-message framing: base:1.0, and each hello ---- */

static int take_marked(struct guard *g, struct str bytes, size_t *used, struct error *err)
{
    size_t before = g->message.len, mark = sizeof END_OF_MESSAGE - 1;
    int rc = append(g, bytes.at, bytes.len, err);
    *used = bytes.len;
    if (rc)
        return rc;
    size_t from = before > mark - 1 ? before - (mark - 1) : 0;
    const char *text = buf_text(&g->message);
    const char *found = memmem(text + from, g->message.len - from, END_OF_MESSAGE, mark);
    if (found) {
        size_t end = (size_t)(found - text);
        *used = end + mark - before;
        g->message.len = end;
        g->message.data[end] = '\0';
        g->whole = true;
    }
    return RC_OK;
}

/* ---- chunked framing ---- */

static int broken(const struct guard *g, struct error *err)
{
    char shown[80];
    text_escape(shown, sizeof shown, g->header, g->header_len);
    return error_set(err, RC_FORMAT,
        "a broken chunk after %zu bytes of the message: \"%s\" is no chunk header", g->message.len,
        shown);
}

/* One byte of a chunk's header. False: it does not belong there. */
static bool take_header(struct guard *g, char c)
{
    bool digit = c >= '0' && c <= '9';
    if (g->header_len < sizeof g->header)
        g->header[g->header_len++] = c;
    switch (g->state) {
    case BEFORE:
    case BETWEEN:
        g->state = AT_HASH;
        return c == '\n';
    case AT_HASH:
        g->state = AT_SIZE;
        return c == '#';
    case AT_SIZE:
        g->state = c == '#' ? AT_END : IN_SIZE;
        g->left = digit ? (uint64_t)(c - '0') : 0;
        /* The end of a message that has no chunk is none. */
        return c == '#' ? g->message.len > 0 : digit && c != '0';
    case IN_SIZE:
        if (c == '\n') {
            g->state = IN_DATA;
            g->header_len = 0;
            return true;
        }
        g->left = digit ? g->left * 10 + (uint64_t)(c - '0') : MOST_CHUNK + (uint64_t)1;
        return g->left <= MOST_CHUNK;
    case AT_END:
        g->whole = c == '\n';
        return g->whole;
    default:
        return false;
    }
}

static int take_chunked(struct guard *g, struct str bytes, size_t *used, struct error *err)
{
    size_t at = 0;
    int rc = RC_OK;
    while (rc == RC_OK && at < bytes.len && !g->whole) {
        if (g->state != IN_DATA) {
            if (!take_header(g, bytes.at[at++]))
                rc = broken(g, err);
            continue;
        }
        size_t here = bytes.len - at;
        if (here > g->left)
            here = (size_t)g->left;
        rc = append(g, bytes.at + at, here, err);
        at += here;
        g->left -= here;
        if (g->left == 0)
            g->state = BETWEEN;
    }
    *used = at;
    return rc;
}

int guard_take(struct guard *g, struct str bytes, size_t *used, struct error *err)
{
    *used = 0;
    if (g->whole || bytes.len == 0)
        return RC_OK;
    return g->chunked ? take_chunked(g, bytes, used, err) : take_marked(g, bytes, used, err);
}

int guard_frame(bool chunked, struct str message, struct buf *out)
{
    int rc = chunked ? buf_format(out, "\n#%zu\n", message.len) : RC_OK;
    if (rc == RC_OK)
        rc = buf_add_str(out, message);
    if (rc == RC_OK)
        rc = buf_add(out, chunked ? "\n##\n" : END_OF_MESSAGE);
    return rc;
}

/* ---- what a message is ---- */

static bool kind_of(struct str name, enum guard_kind *kind)
{
    static const char *const names[] = {"hello", "rpc", "rpc-reply", "notification"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_is(name, names[i])) {
            *kind = (enum guard_kind)i;
            return true;
        }
    return false;
}

/* Behind the OPEN of an rpc-error. What it says is appended. */
static int read_error(struct scan *s, bool *warning, struct buf *out, struct error *err)
{
    struct buf message = {.cap = 4096}, tag = {.cap = 256}, path = {.cap = 1024},
               severity = {.cap = 64}, ignored = {.cap = 0};
    enum scan_token token;
    unsigned outside = s->depth - 1;
    int rc = RC_OK;
    while (rc == RC_OK && s->depth > outside) {
        if ((rc = scan_next(s, &token, err)) || token != SCAN_OPEN)
            continue;
        struct buf *to = str_is(s->name, "error-message")    ? &message
                         : str_is(s->name, "error-tag")      ? &tag
                         : str_is(s->name, "error-path")     ? &path
                         : str_is(s->name, "error-severity") ? &severity
                                                             : &ignored;
        /* A value too long is cut short: it is only shown. */
        rc = to == &ignored ? scan_skip(s, err) : scan_text(s, to, err);
        if (rc == RC_LIMIT && s->depth > outside + 1)
            rc = scan_skip(s, err);
    }
    *warning = str_is(str_trim(buf_str(&severity)), "warning");
    if (rc == RC_OK && !*warning && out) {
        struct str says = str_trim(buf_str(&message)), named = str_trim(buf_str(&tag)),
                   where = str_trim(buf_str(&path));
        if (says.len > 0)
            rc = buf_format(out, "%.*s (%.*s)", (int)says.len, says.at, (int)named.len, named.at);
        else
            rc = buf_add_str(out, named.len > 0 ? named : STR("an error without a reason"));
        if (rc == RC_OK && where.len > 0)
            rc = buf_format(out, " at %.*s", (int)where.len, where.at);
    }
    buf_free(&message);
    buf_free(&tag);
    buf_free(&path);
    buf_free(&severity);
    return rc;
}

int guard_complaint(struct str reply, struct buf *out, struct error *err)
{
    struct scan s;
    enum scan_token token;
    scan_start(&s, reply);
    int rc = scan_next(&s, &token, err);
    while (rc == RC_OK && out->len == 0 && token != SCAN_END) {
        bool warning;
        rc = scan_next(&s, &token, err);
        if (rc == RC_OK && token == SCAN_OPEN)
            rc = str_is(s.name, "rpc-error") ? read_error(&s, &warning, out, err)
                                             : scan_skip(&s, err);
    }
    return rc;
}

/* Behind the OPEN of an element directly in the message. */
static int inspect_element(struct scan *s, struct guard_seen *out, bool *other, struct error *err)
{
    bool warning = false;
    if (!str_is(s->name, "rpc-error")) {
        *other = *other || !str_is(s->name, "ok");
        return scan_skip(s, err);
    }
    int rc = read_error(s, &warning, NULL, err);
    out->failed = out->failed || !warning;
    return rc;
}

int guard_inspect(struct str message, struct guard_seen *out, struct error *err)
{
    struct scan s;
    enum scan_token token;
    bool other = false;
    *out = (struct guard_seen){.failed = false};
    scan_start(&s, message);
    int rc = scan_next(&s, &token, err);
    if (rc)
        return rc;
    if (!kind_of(s.name, &out->kind)) {
        char shown[64];
        text_escape(shown, sizeof shown, s.name.at, s.name.len);
        return error_set(err, RC_FORMAT, "<%s> is no message of NETCONF", shown);
    }
    if (!scan_attribute(&s, "message-id", &out->id))
        out->id = (struct str){NULL, 0};
    while (rc == RC_OK && token != SCAN_END) {
        rc = scan_next(&s, &token, err);
        if (rc == RC_OK && token == SCAN_OPEN)
            rc = inspect_element(&s, out, &other, err);
    }
    out->ok = !other && !out->failed;
    return rc;
}
