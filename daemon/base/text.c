#include "base/text.h"

#include <ctype.h>
#include <stdio.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.len > 0 && is_blank(s.at[0])) {
        s.at++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.at[s.len - 1]))
        s.len--;
    return s;
}

bool str_next_line(struct str *rest, struct str *line)
{
    if (rest->len == 0)
        return false;
    size_t end = 0;
    while (end < rest->len && rest->at[end] != '\n' && rest->at[end] != '\r')
        end++;
    *line = (struct str){rest->at, end};
    /* A run of CRs is one end, with a LF behind it or without: looking past a run from each of its
     * bytes would take quadratic time. */
    size_t next = end;
    while (next < rest->len && rest->at[next] == '\r')
        next++;
    if (next < rest->len && rest->at[next] == '\n')
        next++;
    rest->at += next;
    rest->len -= next;
    return true;
}

bool str_next_word(struct str *rest, struct str *word)
{
    size_t start = 0;
    while (start < rest->len && is_blank(rest->at[start]))
        start++;
    size_t end = start;
    while (end < rest->len && !is_blank(rest->at[end]))
        end++;
    *word = (struct str){rest->at + start, end - start};
    rest->at += end;
    rest->len -= end;
    return word->len > 0;
}

size_t utf8_length(const char *at, size_t len)
{
    const unsigned char *b = (const unsigned char *)at;
    if (len == 0)
        return 0;
    if (b[0] < 0x80)
        return 1;
    size_t need = b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : 2;
    if (b[0] < 0xC2 || b[0] > 0xF4 || len < need)
        return 0;
    for (size_t i = 1; i < need; i++)
        if ((b[i] & 0xC0) != 0x80)
            return 0;
    if ((b[0] == 0xE0 && b[1] < 0xA0) || (b[0] == 0xED && b[1] > 0x9F) ||
        (b[0] == 0xF0 && b[1] < 0x90) || (b[0] == 0xF4 && b[1] > 0x8F))
        return 0; /* overlong, surrogate, or beyond U+10FFFF */
    return need;
}

size_t utf8_put(char *out, unsigned code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3F));
    out[0] = (char)((0xF00u >> len & 0xF0) | code);
    return len;
}

/* Four hexadecimal digits at `at`, or -1. */
static long hex4(const char *at, const char *end)
{
    long value = 0;
    for (int i = 0; i < 4; i++) {
        if (at + i >= end || !isxdigit((unsigned char)at[i]))
            return -1;
        int c = tolower((unsigned char)at[i]);
        value = value * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return value;
}

long json_unicode(const char **at, const char *end)
{
    long code = hex4(*at, end);
    if (code < 0)
        return -1;
    *at += 4;
    if (code >= 0xD800 && code < 0xDC00 && end - *at > 5 && (*at)[0] == '\\' && (*at)[1] == 'u') {
        long low = hex4(*at + 2, end);
        if (low >= 0xDC00 && low < 0xE000) {
            *at += 6;
            return 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
    }
    return code == 0 || (code >= 0xD800 && code < 0xE000) ? 0xFFFD : code;
}

bool utf8_valid(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t step = utf8_length(text + i, len - i);
        if (step == 0)
            return false;
        i += step;
    }
    return true;
}

static unsigned code_point(const char *at, size_t len)
{
    const unsigned char *b = (const unsigned char *)at;
    unsigned value = len == 1 ? b[0] : b[0] & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++)
        value = value << 6 | (b[i] & 0x3Fu);
    return value;
}

/* Code points that move the cursor or turn the direction of what follows. */
static bool is_unsafe(unsigned c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

size_t text_escape(char *out, size_t size, const char *text, size_t len)
{
    size_t used = 0;
    if (size == 0)
        return 0;
    for (size_t i = 0; i < len;) {
        char piece[16];
        size_t step = utf8_length(text + i, len - i);
        int made;
        if (step == 0) {
            made = snprintf(piece, sizeof piece, "\\x%02x", (unsigned char)text[i]);
            step = 1;
        } else {
            unsigned c = code_point(text + i, step);
            if (c == '\n')
                made = snprintf(piece, sizeof piece, "\\n");
            else if (is_unsafe(c))
                made = snprintf(piece, sizeof piece, c < 0x100 ? "\\x%02x" : "\\u{%x}", c);
            else
                made = snprintf(piece, sizeof piece, "%.*s", (int)step, text + i);
        }
        if (used + (size_t)made + (i + step < len ? 4 : 1) > size) {
            static const char cut[] = "...";
            for (const char *dot = cut; *dot && used + 1 < size; dot++)
                out[used++] = *dot;
            break;
        }
        memcpy(out + used, piece, (size_t)made);
        used += (size_t)made;
        i += step;
    }
    out[used] = '\0';
    return used;
}

size_t text_width(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

size_t text_distance(const char *a, const char *b)
{
    size_t rows[3][64], *last = rows[0], *row = rows[1], *before = rows[2];
    size_t la = strlen(a), lb = strlen(b);
    if (la > 63 || lb > 63)
        return 64;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = last[j] < row[j - 1] ? last[j] + 1 : row[j - 1] + 1;
            size_t change = last[j - 1] + (a[i - 1] != b[j - 1]);
            best = change < best ? change : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                best = before[j - 2] + 1 < best ? before[j - 2] + 1 : best;
            row[j] = best;
        }
    }
    return row[lb];
}

const char *text_nearest(const char *word, const char *const *words, size_t count)
{
    const char *best = NULL;
    size_t len = strlen(word);
    size_t best_distance = len < 3 ? len : 3;
    for (size_t i = 0; i < count; i++) {
        size_t distance = text_distance(word, words[i]);
        if (distance < best_distance) {
            best = words[i];
            best_distance = distance;
        }
    }
    return best;
}
