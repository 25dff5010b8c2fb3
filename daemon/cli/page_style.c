/* Pages as text for a terminal, and as a manual page. */
#include <string.h>

#include "base/text.h"
#include "cli/page.h"
#include "cli/term.h"

/* ---- text ---- */

#define NARROWEST 40
#define USUAL_WIDTH 100

/* Words of `text`, wrapped; the first line begins at column `at`, the others at `indent`. */
static void wrap(FILE *out, const char *text, size_t at, size_t indent)
{
    struct str rest = str_of(text), word;
    unsigned width = term_width(out) ? term_width(out) : USUAL_WIDTH;
    bool first = true;
    if (width < NARROWEST)
        width = NARROWEST;
    while (str_next_word(&rest, &word)) {
        if (!first && at + 1 + word.len > width) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        fprintf(out, "%s%.*s", first ? "" : " ", (int)word.len, word.at);
        at += word.len + !first;
        first = false;
    }
    fputc('\n', out);
}

static void text_title(FILE *out, const char *name, const char *title)
{
    fprintf(out, "%s: %s\n", name, title);
}

static void text_heading(FILE *out, const char *text)
{
    fprintf(out, "\n%s\n", text);
}

static void text_paragraph(FILE *out, const char *text)
{
    fprintf(out, "  ");
    wrap(out, text, 2, 2);
}

#define NAME_COLUMNS 18

static void text_item(FILE *out, const char *name, const char *text)
{
    bool listed = strcmp(name, "-") == 0;
    int used = fprintf(out, "  %-*s%s", listed ? 0 : NAME_COLUMNS, name, listed ? " " : "  ");
    wrap(out, text, (size_t)used, listed ? 4 : NAME_COLUMNS + 4);
}

static void text_literal(FILE *out, const char *text)
{
    struct str rest = str_of(text), line;
    while (str_next_line(&rest, &line))
        fprintf(out, "    %.*s\n", (int)line.len, line.at);
}

const struct page_style page_as_text = {
    text_title, text_heading, text_paragraph, text_item, text_literal};

/* ---- roff, macros of man(7) ---- */

/* On one line, so that only its first character may mean something to roff. */
static void put_roff(FILE *out, struct str text, bool typed)
{
    if (text.len && (text.at[0] == '.' || text.at[0] == '\''))
        fputs("\\&", out);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '\\')
            fputs("\\e", out);
        else if (c == '-' && typed)
            fputs("\\-", out);
        else if ((c == '\'' || c == '`' || c == '^' || c == '~') && typed)
            fputs(c == '\'' ? "\\(aq" : c == '`' ? "\\(ga" : c == '^' ? "\\(ha" : "\\(ti", out);
        else
            fputc(c == '\n' ? ' ' : c, out);
    }
}

static void put_line(FILE *out, const char *text, bool typed)
{
    put_roff(out, str_trim(str_of(text)), typed);
    fputc('\n', out);
}

static void roff_title(FILE *out, const char *name, const char *title)
{
    fputs(".SH ", out);
    for (; *name; name++)
        fputc(*name >= 'a' && *name <= 'z' ? *name - 'a' + 'A' : *name, out);
    fputs("\n", out);
    put_line(out, title, false);
    fputs(".RS\n", out);
}

static void roff_heading(FILE *out, const char *text)
{
    fputs(".PP\n.B ", out);
    put_line(out, text, false);
}

static void roff_paragraph(FILE *out, const char *text)
{
    fputs(".br\n", out);
    put_line(out, text, false);
}

static void roff_item(FILE *out, const char *name, const char *text)
{
    if (strcmp(name, "-") == 0) {
        fputs(".IP \\(bu 2\n", out);
    } else {
        fputs(".TP 20\n", out);
        put_line(out, name, true);
    }
    if (*text)
        put_line(out, text, true);
    else
        fputs("\\&\n", out);
}

static void roff_literal(FILE *out, const char *text)
{
    struct str rest = str_of(text), line;
    fputs(".IP\n.EX\n", out);
    while (str_next_line(&rest, &line)) {
        put_roff(out, line, true);
        fputc('\n', out);
    }
    fputs(".EE\n", out);
}

const struct page_style page_as_roff = {
    roff_title, roff_heading, roff_paragraph, roff_item, roff_literal};

/* ---- the manual ---- */

static const struct {
    const char *class, *title;
} classes[] = {
    {"network", "Network devices"},
    {"host", "Hosts"},
    {"service", "Directories, clouds and other services"},
};

static const char *member(const json_t *page, const char *name)
{
    return json_string_value(json_object_get(page, name));
}

static bool reads(const json_t *page, const char *entry)
{
    const json_t *each;
    size_t i;
    json_array_foreach(json_object_get(page, "reads"), i,
        each) if (strncmp(member(each, "entry"), entry, strlen(entry)) == 0) return true;
    return false;
}

/* What the table says of a platform: a mark for each kind of thing that is read. */
static const struct {
    const char *entry, *heading;
} columns[] = {
    {"account", "users"},
    {"enable-secret", "enable"},
    {"aaa", "AAA"},
    {"line", "lines"},
    {"acl", "ACL"},
    {"snmp", "SNMP"},
    {"logging", "logs"},
    {"service", "serv."},
    {"script", "scripts"},
};

#define COLUMNS (sizeof columns / sizeof *columns)

static void table_row(FILE *out, const json_t *page)
{
    put_roff(out, str_of(member(page, "platform")), true);
    fputs("\tT{\n", out);
    put_line(out, member(page, "title"), false);
    fputs("T}", out);
    for (size_t i = 0; i < COLUMNS; i++)
        fputs(reads(page, columns[i].entry) ? "\tx" : "\t", out);
    fputc('\n', out);
}

/* tbl(1) */
static void table(FILE *out, const json_t *pages, const char *class)
{
    const json_t *page;
    size_t i;
    fputs(".TS\nlb lb", out);
    for (i = 0; i < COLUMNS; i++)
        fputs(i + 1 < COLUMNS ? " lb1" : " lb", out);
    fputs("\nl lw(20n)", out);
    for (i = 0; i < COLUMNS; i++)
        fputs(i + 1 < COLUMNS ? " c1" : " c", out);
    fputs(".\nname\tplatform", out);
    for (i = 0; i < COLUMNS; i++)
        fprintf(out, "\t%s", columns[i].heading);
    fputc('\n', out);
    json_array_foreach(pages, i, page) if (strcmp(member(page, "class"), class) == 0)
        table_row(out, page);
    fputs(".TE\n", out);
}

void page_manual(FILE *out, const json_t *pages)
{
    const json_t *page;
    size_t i;
    fputs(
        "'\\\" t\n.\\\" Made of the profiles by `rollcall platforms --manual`.\n"
        ".TH ROLLCALL\\-PLATFORMS 7 \"\" rollcall \"rollcall manual\"\n.nh\n.ad l\n"
        ".SH NAME\nrollcall\\-platforms \\- platforms that rollcall reads, and what it reads of "
        "each\n"
        ".SH DESCRIPTION\nEach platform has a profile: how it is found out and talked to, how its "
        "config is written, where accounts and access stand in it. This page is made of the "
        "profiles that are compiled in;\n.B rollcall platforms\n.I NAME\nshows the same of one, "
        "your own included.\n.PP\nAn x means that the profile has rules for it.\n",
        out);
    for (size_t c = 0; c < sizeof classes / sizeof *classes; c++) {
        fputs(".SS ", out);
        put_line(out, classes[c].title, false);
        table(out, pages, classes[c].class);
    }
    json_array_foreach(pages, i, page)
    {
        page_show(out, &page_as_roff, page);
        fputs(".RE\n", out);
    }
    fputs(".SH SEE ALSO\n.BR rollcall (1),\n.BR rollcall.yaml (5)\n", out);
}
