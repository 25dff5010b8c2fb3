#include "drivers/ssh/terminal.h"

#include <endian.h>
#include <stdint.h>

/* Control sequences of ECMA-48 in the forms that routers and shells send. */
enum { GROUND, ESCAPE, CHARSET, CSI, STRING, STRING_ESCAPE };

#define WIDEST_MOVE 512     /* columns a cursor movement may open with blanks */
#define LONGEST_STRING 4096 /* a window title; beyond it the device is talking nonsense */

struct str terminal_line(const struct terminal *t)
{
    return (struct str){buf_text(&t->text) + t->line, t->text.len - t->line};
}

int terminal_newline(struct terminal *t)
{
    int rc = buf_add_char(&t->text, '\n');
    t->line = t->text.len;
    t->cursor = 0;
    t->cr = t->loose = false;
    return rc;
}

void terminal_forget(struct terminal *t)
{
    struct str line = terminal_line(t);
    if (t->line > 0)
        memmove(t->text.data, line.at, line.len + 1);
    t->text.len = line.len;
    t->line = 0;
}

struct str text_trim_end(struct str s)
{
    while (s.len > 0 && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t'))
        s.len--;
    return s;
}

struct str text_last_line(struct str text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.at[text.len - 1]))
        text.len--;
    const char *lf = text.len > 0 ? memrchr(text.at, '\n', text.len) : NULL;
    size_t start = lf ? (size_t)(lf + 1 - text.at) : 0;
    return (struct str){text.at + start, text.len - start};
}

void terminal_free(struct terminal *t)
{
    buf_wipe(&t->text);
}

static bool all_blank(struct str s)
{
    while (s.len > 0 && s.at[0] == ' ')
        s.at++, s.len--;
    return s.len == 0;
}

static bool loosen(struct terminal *t)
{
    struct str line = terminal_line(t);
    if (!t->loose)
        t->loose = all_blank(line) || (t->may_overwrite && t->may_overwrite(t->ctx, line));
    return t->loose;
}

/* Only what follows a CR says whether it went back in its line or ended it. */
static int settle_cr(struct terminal *t)
{
    if (!t->cr)
        return RC_OK;
    t->cr = false;
    bool empty = t->text.len == t->line;
    if (empty ? !t->lf && !t->loose : !loosen(t))
        return terminal_newline(t);
    t->cursor = 0;
    return RC_OK;
}

static int pad_to_cursor(struct terminal *t)
{
    int rc = RC_OK;
    while (rc == RC_OK && t->text.len < t->line + t->cursor)
        rc = buf_add_char(&t->text, ' ');
    return rc;
}

static void cut(struct terminal *t, size_t len)
{
    t->text.len = t->line + len;
    if (t->text.data)
        t->text.data[t->text.len] = '\0';
}

void terminal_wipe_line(struct terminal *t)
{
    cut(t, 0);
    t->cursor = 0;
    t->loose = true;
}

static int put(struct terminal *t, char c)
{
    int rc = settle_cr(t);
    if (rc == RC_OK)
        rc = pad_to_cursor(t);
    if (rc)
        return rc;
    struct str line = terminal_line(t);
    if (t->loose && c != ' ' && all_blank(line)) {
        /* What stood here was wiped: the line begins anew. */
        t->loose = false;
        cut(t, t->cursor);
        line.len = t->cursor;
    }
    if (t->cursor < line.len)
        t->text.data[t->line + t->cursor] = c;
    else
        rc = buf_add_char(&t->text, c);
    t->cursor++;
    return rc;
}

static int move_to(struct terminal *t, size_t column)
{
    int rc = settle_cr(t);
    if (rc)
        return rc;
    if (column < t->cursor && !loosen(t)) {
        rc = terminal_newline(t);
        column = 0;
    }
    t->cursor = column < t->cursor + WIDEST_MOVE ? column : t->cursor + WIDEST_MOVE;
    return rc;
}

static int back(struct terminal *t, size_t columns)
{
    int rc = settle_cr(t);
    if (rc == RC_OK && t->cursor > 0 && loosen(t))
        t->cursor -= columns < t->cursor ? columns : t->cursor;
    return rc;
}

static int erase(struct terminal *t, unsigned what)
{
    int rc = settle_cr(t);
    size_t len = t->text.len - t->line;
    if (rc || len == 0 || (what == 0 && t->cursor >= len))
        return rc;
    if (!loosen(t))
        return what == 2 ? terminal_newline(t) : RC_OK;
    if (what == 0)
        cut(t, t->cursor);
    else if (what == 2) {
        cut(t, 0);
        t->cursor = 0;
    } else
        for (size_t i = 0; i < len && i <= t->cursor; i++)
            t->text.data[t->line + i] = ' ';
    return RC_OK;
}

static int control(struct terminal *t, char final)
{
    unsigned first = t->numbers[0];
    unsigned times = first ? first : 1;
    switch (final) {
    case 'C':
        return move_to(t, t->cursor + times);
    case 'D':
        return back(t, times);
    case 'E':
        return terminal_newline(t);
    case 'G':
        return move_to(t, times - 1);
    case 'H':
    case 'f': /* the row is unknown here: only the column counts */
        return move_to(t, t->numbers[1] ? t->numbers[1] - 1 : 0);
    case 'J':
    case 'K':
        return erase(t, first);
    default: /* colours, modes, scroll regions, questions to the terminal */
        return RC_OK;
    }
}

static int ground(struct terminal *t, char c)
{
    switch (c) {
    case '\n':
        t->lf = true;
        return terminal_newline(t);
    case '\r': {
        /* Two are two ends of lines, but where LF ends them (CR CR LF) only noise. */
        int rc = t->cr && !t->lf ? terminal_newline(t) : RC_OK;
        t->cr = true;
        return rc;
    }
    case '\b':
        return back(t, 1);
    case '\033':
        t->state = ESCAPE;
        return RC_OK;
    default:
        return c == '\t' || ((unsigned char)c >= ' ' && c != 0x7f) ? put(t, c) : RC_OK;
    }
}

static int escape(struct terminal *t, char c)
{
    t->state = GROUND;
    t->number_count = t->swallowed = 0;
    memset(t->numbers, 0, sizeof t->numbers);
    if (c == '[')
        t->state = CSI;
    else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
        t->state = STRING;
    else if (strchr("()*+-./#% ", c) && c)
        t->state = CHARSET;
    else if (c == 'E')
        return terminal_newline(t);
    return RC_OK;
}

static int sequence(struct terminal *t, char c)
{
    if (c >= '0' && c <= '9') {
        if (t->number_count < TERMINAL_NUMBERS && t->numbers[t->number_count] < 10000)
            t->numbers[t->number_count] = t->numbers[t->number_count] * 10 + (unsigned)(c - '0');
    } else if (c == ';') {
        t->number_count++;
    } else if (c >= 0x40 && c < 0x7f) {
        t->state = GROUND;
        return control(t, c);
    } else if (c < ' ' || ++t->swallowed > 32) {
        /* A control character inside a sequence breaks it off: nothing of a line gets lost. */
        t->state = GROUND;
        return ground(t, c);
    }
    return RC_OK;
}

static int special(struct terminal *t, char c)
{
    switch (t->state) {
    case ESCAPE:
        return escape(t, c);
    case CSI:
        return sequence(t, c);
    case STRING:
        if (c == '\033')
            t->state = STRING_ESCAPE;
        else if (c == '\a' || c == '\n' || ++t->swallowed > LONGEST_STRING)
            t->state = GROUND;
        return c == '\n' ? terminal_newline(t) : RC_OK;
    case STRING_ESCAPE: /* ESC \ ends the string; any other is a new sequence */
        t->state = GROUND;
        return c == '\\' ? RC_OK : escape(t, c);
    case CHARSET:
        t->state = GROUND;
        return RC_OK;
    default:
        return ground(t, c);
    }
}

static bool is_plain(char c)
{
    return (unsigned char)c >= ' ' && c != 0x7f;
}

/* How many of eight bytes come before the first control character. */
static size_t plain_bytes(uint64_t w)
{
    w = le64toh(w);
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t below_blank = (w - ones * ' ') & ~w;
    uint64_t del = w ^ (ones * 0x7f);
    uint64_t found = (below_blank | ((del - ones) & ~del)) & tops; /* the lowest one is exact */
    return found ? (size_t)__builtin_ctzll(found) / 8 : sizeof w;
}

/* Text and line ends only, onto the end of the line: so does nearly all of a config go by. Returns
 * how many bytes it took. */
static size_t feed_plain(struct terminal *t, struct str bytes)
{
    if (buf_reserve(&t->text, bytes.len + sizeof(uint64_t)))
        return 0; /* near the cap: byte by byte */
    const char *at = bytes.at, *end = at + bytes.len;
    char *out = t->text.data + t->text.len, *line = t->text.data + t->line;
    for (;;) {
        size_t plain = sizeof(uint64_t);
        for (uint64_t w; plain == sizeof w && end - at >= (ptrdiff_t)sizeof w;) {
            memcpy(&w, at, sizeof w);
            memcpy(out, &w, sizeof w);
            plain = plain_bytes(w);
            at += plain;
            out += plain;
        }
        while (at < end && (is_plain(*at) || *at == '\t'))
            *out++ = *at++;
        if (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
            at++;
        if (at == end || *at != '\n')
            break;
        *out++ = *at++;
        line = out;
        t->lf = true;
    }
    *out = '\0';
    t->text.len = (size_t)(out - t->text.data);
    t->line = (size_t)(line - t->text.data);
    t->cursor = t->text.len - t->line;
    return (size_t)(at - bytes.at);
}

int terminal_feed(struct terminal *t, struct str bytes)
{
    int rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < bytes.len;) {
        if (t->state == GROUND && !t->cr && !t->loose && t->line + t->cursor == t->text.len)
            i += feed_plain(t, (struct str){bytes.at + i, bytes.len - i});
        if (i < bytes.len)
            rc = special(t, bytes.at[i++]);
    }
    return rc;
}
