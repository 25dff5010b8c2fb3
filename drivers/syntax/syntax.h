/* Syntax readers: config text in, lines of words out.
 *
 * Every config is a tree of lines: a line of words, and the lines inside it. A reader walks its
 * text once and reports each line with its depth; what encloses a line are the last lines of
 * smaller depth. So indented blocks, braces, set lines, edit/next/end, key=value, XML, JSON and the
 * files of a host all look the same to what reads accounts and to what compares configs. Verbs
 * (set, add) are dropped, key=value becomes two words, an XML element or JSON member is a word,
 * quoting is undone. */
#ifndef ROLLCALL_SYNTAX_H
#define ROLLCALL_SYNTAX_H

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

struct syntax_line {
    unsigned depth;          /* 0 at the top; at most SYNTAX_MAX_DEPTH - 1 */
    const struct str *words; /* at least one; valid during the call only */
    size_t word_count;
    uint32_t number; /* line number in the text, from 1 */
    uint32_t last;   /* last line number it covers: banners and quoted values span lines */
    struct str raw;  /* the source text it came from, a view into the text */
    bool ordered;    /* its order among its sisters counts (ACL entries, leaf-lists) */
    bool is_text;    /* a banner or what stands as it is: behind the words that say so, no config */
    bool inactive;   /* present, but out of force (Junos inactive:) */
};

#define SYNTAX_MAX_DEPTH 64

/* Where lines go. A non-zero return stops the reader and becomes its result. */
struct syntax_sink {
    int (*line)(void *ctx, const struct syntax_line *line);
    void *ctx;
};

/* A reader for one part of one platform: the shape named in the profile and its settings. */
struct syntax;

/* Compile the profile's `syntax` entry (a list instance of rollcall-platform). */
int syntax_new(const struct lyd_node *entry, struct syntax **out, struct error *err);
void syntax_free(struct syntax *s);

/* True when the entry's `detect` finds something in the beginning of `text`, or it has none. */
bool syntax_fits(const struct syntax *s, struct str text);

/* Read `text`. Unknown syntax is never an error; RC_LIMIT and RC_FORMAT (XML, JSON that cannot be
 * parsed, with the line) are. Past 4096 words of a line the rest is part of its last word. Time is
 * linear in the text. Words are views into the text where quoting allows; views outside of it live
 * until the line call returns. */
int syntax_read(
    const struct syntax *s, struct str text, const struct syntax_sink *sink, struct error *err);

/* The text is YANG data (drivers/data/data.h): its lines have words as paths do. */
bool syntax_is_data(const struct syntax *s);

/* The same as syntax_read(), data by this schema instead of that of its annotation. NULL: its own.
 */
struct data_schema;
int syntax_read_as(const struct syntax *s, struct str text, const struct data_schema *schema,
    const struct syntax_sink *sink, struct error *err);

#endif
