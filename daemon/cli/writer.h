/* One walk over a result serves every format.
 *
 * A command opens objects and lists and writes fields; the format decides what becomes of them:
 * text shows a list as a table and an object as lines, JSON nests them, CSV prints the first list.
 * Text from devices is escaped here, whatever the format. */
#ifndef ROLLCALL_WRITER_H
#define ROLLCALL_WRITER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum writer_format { WRITER_TEXT, WRITER_JSON, WRITER_CSV };

enum style {
    STYLE_PLAIN,
    STYLE_MACHINE, /* not in text: JSON and CSV only */
    STYLE_HUMAN,   /* text only */
    STYLE_GOOD,
    STYLE_WARN,
    STYLE_BAD,
    STYLE_DIM,
};

struct writer;

/* The document {"rollcall":1,"kind":KIND,...}. `colour` and `width` (columns, 0: unlimited) concern
 * text only. NULL when there is no memory. */
struct writer *writer_new(
    enum writer_format format, FILE *out, const char *kind, bool colour, unsigned width);

/* A list of objects. In text, `title` stands above the table (NULL: none). */
void writer_list(struct writer *w, const char *name, const char *title);
/* An object: an item of the open list (name NULL), or a member. */
void writer_object(struct writer *w, const char *name, const char *title);
void writer_close(struct writer *w); /* the innermost list or object */

/* Fields of the open object. A NULL text is an absent field: "-" in a table, no member in JSON. */
void writer_text(struct writer *w, const char *name, const char *value, enum style style);
void writer_number(struct writer *w, const char *name, int64_t value, enum style style);
void writer_flag(struct writer *w, const char *name, bool value, enum style style);
void writer_time(
    struct writer *w, const char *name, int64_t time_us, enum style style); /* 0: none */
/* A value that is JSON already (a reference is taken over): nested in JSON, compact in the others.
 * Without a name it is an item of the open list, for JSON only. */
void writer_json(struct writer *w, const char *name, json_t *value, enum style style);

/* A line for people between tables; nothing in JSON and CSV. */
void writer_line(struct writer *w, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An empty line in text, when something stands above it already. */
void writer_gap(struct writer *w);

/* Rows of the list that was closed last. */
size_t writer_rows(const struct writer *w);

/* For what has quite another shape in JSON than in a table. */
enum writer_format writer_format_of(const struct writer *w);

/* Finish the document and free the writer. Non-zero when something could not be written (memory,
 * full disk, closed pipe). */
int writer_end(struct writer *w);

#endif
