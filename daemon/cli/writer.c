#include "cli/writer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

#define MOST_COLUMNS 32
#define MOST_DEPTH 16

struct cell {
    char *text; /* escaped; NULL: absent */
    enum style style;
};

struct row {
    struct cell cells[MOST_COLUMNS];
};

/* The list that text and CSV are collecting. */
struct table {
    char *names[MOST_COLUMNS];
    size_t columns;
    struct row *rows;
    size_t count, room;
};

struct writer {
    enum writer_format format;
    FILE *out;
    bool colour, failed;
    unsigned width;
    json_t *root;
    json_t *open[MOST_DEPTH]; /* borrowed from root */
    size_t depth;
    size_t list_depth; /* depth at which the collected list is open; 0: none */
    struct table table;
    char *title;
    size_t csv_lists;
    size_t rows;  /* of the list closed last */
    bool printed; /* something stands in the line above */
};

static const char *colour_of(enum style style)
{
    switch (style) {
    case STYLE_GOOD:
        return "\x1b[32m";
    case STYLE_WARN:
        return "\x1b[33m";
    case STYLE_BAD:
        return "\x1b[1;31m";
    case STYLE_DIM:
        return "\x1b[2m";
    default:
        return NULL;
    }
}

struct writer *writer_new(
    enum writer_format format, FILE *out, const char *kind, bool colour, unsigned width)
{
    struct writer *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->format = format;
    w->out = out;
    w->colour = colour;
    w->width = width;
    w->root = json_pack("{s:i,s:s}", "rollcall", 1, "kind", kind);
    w->open[0] = w->root;
    if (!w->root) {
        free(w);
        return NULL;
    }
    return w;
}

static void print_styled(struct writer *w, const char *text, enum style style)
{
    const char *colour = w->colour ? colour_of(style) : NULL;
    fprintf(w->out, "%s%s%s", colour ? colour : "", text, colour ? "\x1b[0m" : "");
}

/* ---- tables ---- */

static void table_free(struct table *t)
{
    for (size_t r = 0; r < t->count; r++)
        for (size_t c = 0; c < t->columns; c++)
            free(t->rows[r].cells[c].text);
    for (size_t c = 0; c < t->columns; c++)
        free(t->names[c]);
    free(t->rows);
    *t = (struct table){0};
}

static size_t cell_width(const struct cell *cell)
{
    return cell->text ? text_width(cell->text) : 1;
}

/* A column that is empty in all rows is not shown. */
static bool column_used(const struct table *t, size_t column)
{
    for (size_t r = 0; r < t->count; r++)
        if (t->rows[r].cells[column].text)
            return true;
    return false;
}

static void measure(const struct table *t, size_t widths[MOST_COLUMNS])
{
    for (size_t c = 0; c < t->columns; c++) {
        widths[c] = 0;
        if (!column_used(t, c))
            continue;
        widths[c] = strlen(t->names[c]);
        for (size_t r = 0; r < t->count; r++)
            if (cell_width(&t->rows[r].cells[c]) > widths[c])
                widths[c] = cell_width(&t->rows[r].cells[c]);
    }
}

/* Shorten the widest columns until a row fits the terminal. */
static void squeeze(const struct writer *w, size_t columns, size_t widths[MOST_COLUMNS])
{
    if (w->width < 20)
        return;
    for (;;) {
        size_t total = 0, widest = 0;
        for (size_t c = 0; c < columns; c++) {
            total += widths[c] ? widths[c] + 2 : 0;
            if (widths[c] > widths[widest])
                widest = c;
        }
        if (total <= w->width + 2 || widths[widest] <= 12)
            return;
        widths[widest]--;
    }
}

static void print_cell(struct writer *w, const struct cell *cell, size_t width, bool last)
{
    const char *text = cell->text ? cell->text : "-";
    size_t have = text_width(text);
    if (have > width) {
        size_t bytes = 0;
        for (size_t columns = 0; columns < width - 1; columns++)
            bytes += utf8_length(text + bytes, strlen(text + bytes));
        char *cut = strndup(text, bytes);
        print_styled(w, cut ? cut : "", cell->style);
        free(cut);
        fputs("…", w->out);
        have = width;
    } else {
        print_styled(w, text, cell->style);
    }
    if (!last)
        fprintf(w->out, "%*s", (int)(width - have + 2), "");
}

static void print_table(struct writer *w)
{
    struct table *t = &w->table;
    size_t widths[MOST_COLUMNS], last = 0;
    if (t->count == 0 && w->title)
        return; /* a heading over nothing */
    if (w->title) {
        writer_gap(w);
        print_styled(w, w->title, STYLE_PLAIN);
        fputc('\n', w->out);
    }
    measure(t, widths);
    squeeze(w, t->columns, widths);
    for (size_t c = 0; c < t->columns; c++)
        if (widths[c])
            last = c;
    for (size_t c = 0; c < t->columns && t->count; c++)
        if (widths[c]) {
            struct cell head = {t->names[c], STYLE_DIM};
            for (char *letter = t->names[c]; *letter; letter++)
                *letter = *letter >= 'a' && *letter <= 'z' ? (char)(*letter - 32) : *letter;
            print_cell(w, &head, widths[c], c == last);
        }
    if (t->count)
        fputc('\n', w->out);
    for (size_t r = 0; r < t->count; r++) {
        for (size_t c = 0; c < t->columns; c++)
            if (widths[c])
                print_cell(w, &t->rows[r].cells[c], widths[c], c == last);
        fputc('\n', w->out);
    }
    w->printed = true;
}

/* RFC 4180; a leading =, +, - or @ is made harmless for spreadsheets. */
static void print_csv_field(FILE *out, const char *text)
{
    bool formula = *text && strchr("=+-@", *text) && (text[1] < '0' || text[1] > '9');
    if (!formula && !strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputs(formula ? "\"'" : "\"", out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_csv(struct writer *w)
{
    struct table *t = &w->table;
    if (w->csv_lists++)
        return;
    for (size_t c = 0; c < t->columns; c++)
        fprintf(w->out, "%s%s", c ? "," : "", t->names[c]);
    fputs(t->columns ? "\r\n" : "", w->out);
    for (size_t r = 0; r < t->count; r++) {
        for (size_t c = 0; c < t->columns; c++) {
            fputs(c ? "," : "", w->out);
            if (t->rows[r].cells[c].text)
                print_csv_field(w->out, t->rows[r].cells[c].text);
        }
        fputs("\r\n", w->out);
    }
}

/* ---- the walk ---- */

static json_t *innermost(struct writer *w)
{
    return w->open[w->depth];
}

static void push(struct writer *w, const char *name, json_t *value)
{
    json_t *parent = innermost(w);
    if (!value || w->depth + 1 == MOST_DEPTH) {
        json_decref(value);
        w->failed = true;
        w->depth += w->depth + 1 < MOST_DEPTH;
        w->open[w->depth] = parent;
        return;
    }
    int rc = json_is_array(parent) ? json_array_append_new(parent, value)
                                   : json_object_set_new(parent, name, value);
    w->failed |= rc != 0;
    w->open[++w->depth] = rc ? parent : value;
}

void writer_list(struct writer *w, const char *name, const char *title)
{
    push(w, name, json_array());
    if (w->format != WRITER_JSON && w->list_depth == 0) {
        w->list_depth = w->depth;
        free(w->title);
        w->title = title ? strdup(title) : NULL;
    }
}

void writer_object(struct writer *w, const char *name, const char *title)
{
    push(w, name, json_object());
    if (w->format == WRITER_TEXT && title && w->list_depth == 0) {
        writer_gap(w);
        fprintf(w->out, "%s\n", title);
    }
    if (w->list_depth && w->depth == w->list_depth + 1) {
        struct table *t = &w->table;
        if (t->count == t->room) {
            size_t room = t->room ? t->room * 2 : 64;
            struct row *rows = realloc(t->rows, room * sizeof *rows);
            if (!rows) {
                w->failed = true;
                return;
            }
            t->rows = rows;
            t->room = room;
        }
        t->rows[t->count++] = (struct row){0};
    }
}

void writer_close(struct writer *w)
{
    json_t *closing = innermost(w);
    if (json_is_array(closing))
        w->rows = json_array_size(closing);
    if (w->list_depth == w->depth && w->depth) {
        if (w->format == WRITER_TEXT)
            print_table(w);
        else
            print_csv(w);
        table_free(&w->table);
        w->list_depth = 0;
    }
    if (w->depth)
        w->depth--;
    /* text and CSV have printed it: a million rows need not stay in memory */
    if (w->format != WRITER_JSON && json_is_array(closing))
        json_array_clear(closing);
}

static void add_cell(struct writer *w, const char *name, const char *value, enum style style)
{
    struct table *t = &w->table;
    if (t->count == 0)
        return;
    size_t column = 0;
    while (column < t->columns && strcmp(t->names[column], name) != 0)
        column++;
    if (column == MOST_COLUMNS)
        return;
    if (column == t->columns) {
        t->names[column] = strdup(name);
        if (!t->names[column]) {
            w->failed = true;
            return;
        }
        t->columns++;
    }
    struct buf escaped = {0};
    if (value && *value && buf_add_escaped(&escaped, str_of(value)))
        w->failed = true;
    struct cell *cell = &t->rows[t->count - 1].cells[column];
    free(cell->text);
    *cell = (struct cell){escaped.data, style};
}

static void print_pair(struct writer *w, const char *name, const char *value, enum style style)
{
    struct buf escaped = {0};
    if (!value || buf_add_escaped(&escaped, str_of(value)))
        return;
    fprintf(w->out, "  %-*s", 14, name);
    print_styled(w, buf_text(&escaped), style);
    fputc('\n', w->out);
    w->printed = true;
    buf_free(&escaped);
}

static void put(
    struct writer *w, const char *name, json_t *json, const char *text, enum style style)
{
    if (w->format == WRITER_JSON) {
        if (style == STYLE_HUMAN || !json)
            json_decref(json);
        else if (!name)
            w->failed |= json_array_append_new(innermost(w), json) != 0;
        else
            w->failed |= json_object_set_new(innermost(w), name, json) != 0;
        return;
    }
    json_decref(json);
    if (!name || style == (w->format == WRITER_TEXT ? STYLE_MACHINE : STYLE_HUMAN))
        return;
    if (w->list_depth && w->depth == w->list_depth + 1)
        add_cell(w, name, text, style);
    else if (w->format == WRITER_TEXT && w->list_depth == 0)
        print_pair(w, name, text, style);
}

/* Text that is not UTF-8 has no place in JSON: its odd bytes are written as \xNN. */
static json_t *json_text(const char *value)
{
    size_t len = strlen(value);
    if (utf8_valid(value, len))
        return json_stringn(value, len);
    struct buf escaped = {0};
    json_t *made =
        buf_add_escaped(&escaped, str_of(value)) ? NULL : json_stringn(escaped.data, escaped.len);
    buf_free(&escaped);
    return made;
}

void writer_text(struct writer *w, const char *name, const char *value, enum style style)
{
    put(w, name, value ? json_text(value) : NULL, value, style);
}

void writer_number(struct writer *w, const char *name, int64_t value, enum style style)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)value);
    put(w, name, json_integer(value), text, style);
}

void writer_flag(struct writer *w, const char *name, bool value, enum style style)
{
    put(w, name, json_boolean(value),
        w->format == WRITER_CSV ? (value ? "true" : "false")
        : value                 ? "yes"
                                : "no",
        style);
}

void writer_time(struct writer *w, const char *name, int64_t time_us, enum style style)
{
    char text[TIME_TEXT_SIZE];
    writer_text(w, name,
        time_us
            ? time_format(w->format == WRITER_TEXT ? time_us / 1000000 * 1000000 : time_us, text)
            : NULL,
        style);
}

void writer_json(struct writer *w, const char *name, json_t *value, enum style style)
{
    if (w->format == WRITER_JSON || !value || json_is_string(value)) {
        put(w, name, value ? json_incref(value) : NULL, json_string_value(value), style);
    } else {
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        put(w, name, NULL, text, style);
        free(text);
    }
    json_decref(value);
}

void writer_line(struct writer *w, enum style style, const char *format, ...)
{
    if (w->format != WRITER_TEXT)
        return;
    struct buf raw = {0}, escaped = {0};
    va_list args;
    va_start(args, format);
    int rc = buf_vformat(&raw, format, args);
    va_end(args);
    /* tabs are harmless in a line of their own */
    for (struct str rest = buf_str(&raw); rc == 0 && rest.len;) {
        const char *tab = memchr(rest.at, '\t', rest.len);
        size_t len = tab ? (size_t)(tab - rest.at) : rest.len;
        rc = buf_add_escaped(&escaped, (struct str){rest.at, len});
        if (rc == 0 && tab)
            rc = buf_add_char(&escaped, '\t');
        rest.at += len + (tab != NULL);
        rest.len -= len + (tab != NULL);
    }
    if (rc == 0) {
        print_styled(w, buf_text(&escaped), style);
        fputc('\n', w->out);
        w->printed = true;
    } else {
        w->failed = true;
    }
    buf_free(&raw);
    buf_free(&escaped);
}

void writer_gap(struct writer *w)
{
    if (w->format == WRITER_TEXT && w->printed) {
        fputc('\n', w->out);
        w->printed = false;
    }
}

size_t writer_rows(const struct writer *w)
{
    return w->rows;
}

enum writer_format writer_format_of(const struct writer *w)
{
    return w->format;
}

int writer_end(struct writer *w)
{
    if (!w)
        return -1;
    while (w->depth)
        writer_close(w);
    if (w->format == WRITER_JSON) {
        w->failed |= json_dumpf(w->root, w->out, JSON_COMPACT | JSON_PRESERVE_ORDER) != 0;
        fputc('\n', w->out);
    }
    bool failed = fflush(w->out) != 0 || ferror(w->out) != 0 || w->failed;
    json_decref(w->root);
    free(w->title);
    free(w);
    return failed ? -1 : 0;
}
