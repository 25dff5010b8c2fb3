/* What all readers share: settings, the walk over physical lines, words, and reporting a line.
 * Private to the room. */
#ifndef ROLLCALL_SYNTAX_READING_H
#define ROLLCALL_SYNTAX_READING_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/regex.h"
#include "pattern.h"
#include "syntax.h"

enum shape {
    SHAPE_INDENTED,
    SHAPE_BRACES,
    SHAPE_SET,
    SHAPE_EDIT,
    SHAPE_KEYVALUE,
    SHAPE_XML,
    SHAPE_JSON,
    SHAPE_DATA,
    SHAPE_FIELDS,
    SHAPE_WORDS,
    SHAPE_COUNT,
};

struct strs {
    struct str *at;
    size_t count;
};

struct verbatim {
    struct str ends;
    bool join, flat;
};

/* Elements whose text is read by another syntax. */
struct embedded_text {
    struct str element;
    struct syntax *syntax; /* owned */
};

/* Classes of bytes. */
enum {
    BYTE_BLANK = 1,    /* between words */
    BYTE_QUOTE = 2,    /* quotes */
    BYTE_ALONE = 4,    /* a word by itself */
    BYTE_PAIRED = 8,   /* may begin a paired mark */
    BYTE_COMMENT = 16, /* may begin a comment */
    BYTE_GLUE = 32,    /* takes blanks around it away */
    BYTE_LEAD = 64     /* at the start of a field a word by itself */
};

struct syntax {
    enum shape shape;
    struct arena arena; /* owns every text below */
    struct strs comment, keep, ends, verbs, paired, keys, drop, once;
    struct str under[16];
    size_t under_count;
    struct str banner_end;
    struct verbatim *verbatim;
    size_t verbatim_count;
    struct embedded_text *embedded;
    size_t embedded_count;
    char continuation; /* 0: none */
    char separator;    /* 0: none */
    bool glued;        /* some bytes are BYTE_GLUE */
    bool lower;        /* the first word is put in lower case */
    bool wrapped;      /* a line was cut at the terminal's width, and goes on in the next */
    bool header;       /* the first line names the fields */
    char assign;       /* may stand behind the first word; 0: none */
    bool mixed;        /* quotes may begin inside a word, a backslash protects outside of them */
    bool plain;        /* nothing but blanks matters to words */
    unsigned char bytes[256];
    struct patterns patterns;
    struct regex *detect; /* NULL: fits every text */
};

/* Most words of a line. What comes after them is part of the last one. */
#define SYNTAX_MAX_WORDS 4096

struct level {
    struct pattern_state state;
    bool inside; /* order counts in here */
    bool inactive;
};

/* One walk over one text. */
struct reading {
    const struct syntax *s;
    const struct syntax_sink *sink;
    const struct data_schema *schema; /* of data; NULL: what its annotation says */
    struct error *err;
    struct str text, rest; /* all of it; what is not read yet */
    uint32_t number;       /* of the last physical line read */
    struct str raw;        /* that line as it came */
    struct str *spare;     /* room for as many words, taken when first needed */
    struct str *words;     /* of the line being read; SYNTAX_MAX_WORDS + under fit */
    size_t count;
    const char *fold_from, *fold_end; /* what the last word becomes when there are too many */
    struct buf joined;                /* a line that was continued */
    char *scratch;                    /* room for four times the text, taken when first needed */
    size_t scratch_used, scratch_most;
    bool is_text;           /* the line at hand is a banner or the like */
    bool dirty;             /* the text holds backspaces, escapes, NULs, or a pager's remains */
    bool no_delimiter[256]; /* known not to occur in what is left */
    bool no_caret[256];     /* the same for ^X written as two characters */
    bool no_quote[256];     /* the same for closing quotes */
    const char *no_bracket; /* end of the line in which none closes any more */
    bool no_banner_end;
    int failed;          /* memory ran out in a place that cannot say so */
    const char **barren; /* [i]: up to there the end of verbatim i does not occur */
    size_t searched;     /* bytes, in vain, for delimiters of several bytes */
    struct level levels[SYNTAX_MAX_DEPTH + 1]; /* [d] is around the lines of depth d */
};

/* Where a line that is reported stands in the text. */
struct span {
    uint32_t number, last;
    struct str raw;
};

/* ---- physical lines ---- */

/* The next line, rid of what a terminal would not show; moves on, counts it, keeps it in `raw`.
 * Forgets the scratch of the line before unless `more`: then this line continues that one. */
bool reading_next(struct reading *r, bool more, struct str *line);

/* Columns that a line is indented by (a tab goes to the next multiple of 8). */
unsigned line_indent(struct str line);

/* Scratch memory for `len` bytes that lives until the next line. Never NULL unless memory is out:
 * each byte of the text may be copied four times. */
char *reading_scratch(struct reading *r, size_t len);

/* Begins with one of `comment` and not with one of `keep`; `line` is trimmed. */
bool is_comment(const struct syntax *s, struct str line);
bool strs_has(const struct strs *list, struct str word);

/* ---- words ---- */

void reading_clear(struct reading *r); /* forget the words */

/* Add a word that came from `source`; `end` is where its line ends, should there be too many. */
void reading_word(struct reading *r, struct str word, const char *source, const char *end);

/* Add the words of `line`: blanks separate, quotes, paired marks and lone characters as the syntax
 * says. A comment behind blanks ends the line where `trailing` is set. */
void reading_split(struct reading *r, struct str line, bool trailing);

/* The next word of `rest`, which moves past it. False at the end. */
bool reading_take(struct reading *r, struct str *rest, bool trailing, struct str *word);

/* The same, where a word that begins with a quote may end lines further on: then these lines are
 * taken, and `line` becomes what is left of the last one. */
bool reading_take_far(struct reading *r, struct str *line, bool trailing, struct str *word);

/* The bracket that closes the one at `at`, which is in a line that ends at `end`; NULL when none
 * does. */
const char *reading_bracket(struct reading *r, const char *at, const char *end);

/* The next line and those that continue it, joined. `span` covers them. `more` as above. */
bool reading_next_joined(struct reading *r, bool more, struct str *line, struct span *span);

/* ---- reporting ---- */

/* Drop verbs, put `under` in front, ask the patterns. Call before reading_report(), once. */
void reading_match(struct reading *r, unsigned depth, struct pattern_match *match);

int reading_report(struct reading *r, unsigned depth, struct span span, bool inactive,
    const struct pattern_match *match);

/* Both. */
int reading_line(struct reading *r, unsigned depth, struct span span, bool inactive);

/* Words [from, to) of a statement are a list: reports it once for each of them, as configs of
 * another style write it. */
struct word_list {
    size_t from, to;
};

int reading_list(
    struct reading *r, unsigned depth, struct span span, bool inactive, struct word_list list);

/* Take words from `line` up to its end, `[ a b ]` as a list. Only the last list counts. */
void reading_take_list(struct reading *r, struct str *line, struct word_list *list);

/* "line N: ..." */
int reading_fail(struct reading *r, enum rc code, uint32_t number, const char *what);

/* ---- the readers ---- */

int indented_read(struct reading *r);
int braces_read(struct reading *r);
int set_read(struct reading *r);
int edit_read(struct reading *r);
int keyvalue_read(struct reading *r);
int xml_read(struct reading *r);
int json_read(struct reading *r);
int data_read(struct reading *r);
int fields_read(struct reading *r);
int words_read(struct reading *r);

#endif
