/* Where a mistake is: place, source line and caret, without the secrets that stand beside it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/yaml.h"
#include "base/yaml_node.h"

#define SHOW_WIDTH 120 /* bytes of a source line that are shown around the caret */

bool yaml_key_is_secret(const char *key, size_t len)
{
    static const char *const parts[] = {
        "pass", "secret", "token", "authorization", "hmac", "clear", "community", "private"};
    static const char *const words[] = {"enable", "key", "url"};
    char name[64];
    if (len >= sizeof name)
        len = sizeof name - 1;
    memcpy(name, key, len);
    name[len] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcasestr(name, parts[i]))
            return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(name, words[i]) == 0)
            return true;
    return false;
}

void yaml_hide(struct yaml_node *node)
{
    struct yaml_source *source = node->mark.source;
    if (node->kind != YAML_SCALAR || node->hidden)
        return;
    node->hidden = true;
    struct yaml_hidden *hidden = arena_take(&source->arena, sizeof *hidden);
    if (!hidden)
        return;
    *hidden = (struct yaml_hidden){node->mark.offset, node->end, source->hidden};
    source->hidden = hidden;
}

static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* End of the value that starts at `at`: in a flow collection it ends before the next comma or
 * bracket outside quotes, else with the line. */
static size_t value_end(struct str line, size_t at, bool flow)
{
    char quote = '\0';
    for (; at < line.len; at++) {
        char c = line.at[at];
        if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (flow && (c == ',' || c == '}' || c == ']'))
            return at;
    }
    return at;
}

/* Mark the bytes of a line that stand behind a key which sounds like a secret. Text only, because
 * a file with a syntax error has no tree. */
static void mask_by_key(struct str line, bool *masked)
{
    bool flow = false;
    for (size_t i = 0; i < line.len; i++) {
        flow = flow || line.at[i] == '{' || line.at[i] == '[';
        bool spaced = i + 1 == line.len || line.at[i + 1] == ' ' || line.at[i + 1] == '\t';
        bool quoted = i > 0 && (line.at[i - 1] == '"' || line.at[i - 1] == '\'');
        if (line.at[i] != ':' || !(spaced || quoted))
            continue;
        size_t end = quoted ? i - 1 : i, start = end;
        while (start > 0 && is_key_char(line.at[start - 1]))
            start--;
        if (!yaml_key_is_secret(line.at + start, end - start))
            continue;
        size_t from = i + 1;
        while (from < line.len && (line.at[from] == ' ' || line.at[from] == '\t'))
            from++;
        if (from == line.len || line.at[from] == '{')
            continue;
        size_t to = value_end(line, from, flow && line.at[from] != '[');
        memset(masked + from, true, to - from);
        i = to - 1;
    }
}

static struct str line_around(struct str text, size_t offset)
{
    size_t start = offset, end = offset;
    while (start > 0 && text.at[start - 1] != '\n' && text.at[start - 1] != '\r')
        start--;
    while (end < text.len && text.at[end] != '\n' && text.at[end] != '\r')
        end++;
    return (struct str){text.at + start, end - start};
}

/* Cut a long line to a window with the caret in it, at borders of code points. */
static struct str window(struct str line, size_t *caret)
{
    if (line.len <= SHOW_WIDTH)
        return line;
    size_t start = *caret > SHOW_WIDTH / 2 ? *caret - SHOW_WIDTH / 2 : 0;
    while (start < line.len && ((unsigned char)line.at[start] & 0xC0) == 0x80)
        start++;
    size_t len = line.len - start < SHOW_WIDTH ? line.len - start : SHOW_WIDTH;
    *caret -= start < *caret ? start : *caret;
    return (struct str){line.at + start, len};
}

static void mask_hidden(
    const struct yaml_source *source, size_t line_start, size_t len, bool *masked)
{
    for (const struct yaml_hidden *h = source->hidden; h; h = h->next) {
        size_t from = h->start > line_start ? h->start - line_start : 0;
        size_t to = h->end > line_start ? h->end - line_start : 0;
        for (; from < to && from < len; from++)
            masked[from] = true;
    }
}

static void show(const struct yaml_mark *mark, char *out, size_t size)
{
    const struct yaml_source *source = mark->source;
    struct str full = line_around(source->text, mark->offset);
    size_t caret = mark->offset - (size_t)(full.at - source->text.at);
    struct str line = window(full, &caret);
    bool masked[SHOW_WIDTH] = {false};
    bool whole[4096] = {false};
    *out = '\0';
    if (full.len > sizeof whole)
        return; /* too long to tell what is secret in it */
    mask_by_key(full, whole);
    memcpy(masked, whole + (line.at - full.at), line.len);
    mask_hidden(source, (size_t)(line.at - source->text.at), line.len, masked);

    char text[SHOW_WIDTH * 8] = "";
    size_t used = 0, column = 0;
    for (size_t i = 0; i < line.len;) {
        size_t step = utf8_length(line.at + i, line.len - i);
        step = step ? step : 1;
        char piece[16];
        if (masked[i])
            snprintf(piece, sizeof piece, "%s", i > 0 && masked[i - 1] ? "" : "***");
        else if (line.at[i] == '\t')
            strcpy(piece, " ");
        else
            text_escape(piece, sizeof piece, line.at + i, step);
        if (i < caret)
            column += text_width(piece);
        if (used + strlen(piece) + column + 4 >= size || used + strlen(piece) >= sizeof text)
            break;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s", piece);
        i += step;
    }
    snprintf(out, size, "%s\n%*s^", text, (int)column, "");
}

static const char *place(const struct yaml_mark *mark, char *out, size_t size)
{
    /* A place without its line number is none: a long path loses its front instead. */
    const char *file = mark->source->file;
    size_t len = strlen(file);
    size_t room = size > 48 ? size - 48 : 0;
    snprintf(out, size, "%s%s:%u:%u", len > room ? "..." : "",
        len > room ? file + len - room : file, mark->line, mark->column);
    return out;
}

static int complain(
    const struct yaml_mark *mark, struct error *err, const char *format, va_list args)
{
    char text[sizeof err->text], where[sizeof err->place];
    if (!err)
        return RC_SETTINGS;
    vsnprintf(text, sizeof text, format, args);
    error_at(err, RC_SETTINGS, place(mark, where, sizeof where), "%s", text);
    show(mark, err->show, sizeof err->show);
    return RC_SETTINGS;
}

int yaml_mistake(const struct yaml_mark *mark, struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int rc = complain(mark, err, format, args);
    va_end(args);
    return rc;
}

/* Nodes that defaults added stand where their parent does. */
static const struct yaml_mark *mark_of(const struct lyd_node *node)
{
    while (node && !node->priv)
        node = lyd_parent(node);
    return node ? node->priv : NULL;
}

const char *yaml_place(const struct lyd_node *node, char *out, size_t size)
{
    const struct yaml_mark *mark = mark_of(node);
    if (mark)
        return place(mark, out, size);
    snprintf(out, size, "%s", "?");
    return out;
}

int yaml_complain(const struct lyd_node *node, struct error *err, const char *format, ...)
{
    const struct yaml_mark *mark = mark_of(node);
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    int rc = RC_SETTINGS;
    if (mark) {
        rc = complain(mark, err, format, args);
    } else {
        vsnprintf(text, sizeof text, format, args);
        error_set(err, rc, "%s", text);
    }
    va_end(args);
    return rc;
}
