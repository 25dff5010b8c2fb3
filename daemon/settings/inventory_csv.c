/* Inventories with a device a line: CSV (RFC 4180), Oxidized's router.db, RANCID's router.db. */
#include <stdlib.h>

#include "base/io.h"
#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

#define MAX_FILE_BYTES ((size_t)64 << 20)
#define MAX_COLUMNS 64

enum { NAME, ADDRESS, PORT, DRIVER, PLATFORM, GROUP, CREDENTIAL, MEMBERS };
static const char *const member_names[MEMBERS] = {
    "name", "address", "port", "driver", "platform", "group", "credential"};

struct table {
    struct loader *l;
    const struct lyd_node *source, *leaf; /* the inventory's entry, and its leaf with the path */
    const char *file;
    char separator;
    bool quotes, titles, rancid;
    int columns[MEMBERS]; /* -1: not there */
    unsigned line;
    const char *fields[MAX_COLUMNS];
    size_t field_count;
};

static int wrong_line(const struct table *t, const char *line_text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int wrong_line(const struct table *t, const char *line_text, const char *format, ...)
{
    struct found here = {.file = t->file, .line = t->line, .line_text = line_text};
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return found_complain(&here, NULL, t->l->err, "%s", text);
}

/* ---- lines and fields ---- */

/* One field, without its quotes; `rest` moves behind the separator. False: a quote is not closed.
 */
static bool take_field(const struct table *t, struct str *rest, char *out, size_t *len)
{
    bool quoted = t->quotes && rest->len > 0 && *rest->at == '"';
    size_t i = quoted, used = 0;
    for (; i < rest->len; i++) {
        char c = rest->at[i];
        if (quoted && c == '"') {
            if (i + 1 == rest->len || rest->at[i + 1] != '"')
                break;
            i++;
        } else if (!quoted && c == t->separator) {
            break;
        }
        out[used++] = c;
    }
    if (quoted && i == rest->len)
        return false;
    i += quoted;
    while (i < rest->len && rest->at[i] != t->separator)
        i++;
    *rest = (struct str){rest->at + i, rest->len - i};
    *len = used;
    return true;
}

static int split_line(struct table *t, struct str line, const char *line_text)
{
    t->field_count = 0;
    struct str rest = line;
    for (;;) {
        char *field = arena_take(&t->l->memory->arena, rest.len + 1);
        size_t len = 0;
        if (!field)
            return settings_no_memory(t->l->err);
        if (t->field_count == MAX_COLUMNS)
            return wrong_line(t, line_text, "more than %d columns", MAX_COLUMNS);
        if (!take_field(t, &rest, field, &len))
            return wrong_line(
                t, line_text, "a quote is not closed (fields over several lines are not taken)");
        struct str trimmed = str_trim((struct str){field, len});
        field[(size_t)(trimmed.at - field) + trimmed.len] = '\0';
        t->fields[t->field_count++] = trimmed.at;
        if (rest.len == 0)
            return RC_OK;
        rest.at++;
        rest.len--;
    }
}

/* ---- which column holds what ---- */

static int column_by_title(struct table *t, const char *title, int member, bool wanted,
    const struct lyd_node *leaf, const char *line_text)
{
    for (size_t i = 0; i < t->field_count; i++)
        if (strcasecmp(t->fields[i], title) == 0) {
            t->columns[member] = (int)i;
            return RC_OK;
        }
    if (leaf)
        return yaml_complain(
            leaf, t->l->err, "%s has no column \"%s\" in its first line", t->file, title);
    return wanted ? wrong_line(t, line_text,
                        "no column \"%s\" in the first line; say which it is "
                        "in `columns`",
                        title)
                  : RC_OK;
}

static int read_titles(struct table *t, const char *line_text)
{
    const struct lyd_node *columns = yang_child(t->source, "columns");
    for (int m = 0; m < MEMBERS; m++) {
        const struct lyd_node *leaf = NULL;
        const char *title = leaf_of(columns, member_names[m], &leaf);
        int rc = column_by_title(t, title ? title : member_names[m], m, m == NAME, leaf, line_text);
        if (rc)
            return rc;
    }
    return RC_OK;
}

/* Oxidized counts columns from 0, and knows name and model unless told otherwise. */
static int read_numbers(struct table *t)
{
    const struct lyd_node *columns = yang_child(t->source, "columns");
    t->columns[NAME] = 0;
    t->columns[PLATFORM] = 1;
    for (int m = 0; m < MEMBERS; m++) {
        const struct lyd_node *leaf = NULL;
        const char *text = leaf_of(columns, member_names[m], &leaf);
        char *end = NULL;
        if (!text)
            continue;
        long number = strtol(text, &end, 10);
        if (end == text || *end || number < 0 || number >= MAX_COLUMNS)
            return yaml_complain(leaf, t->l->err,
                "a column of router.db is a number from 0 to %d, not \"%s\"", MAX_COLUMNS - 1,
                text);
        t->columns[m] = (int)number;
    }
    return RC_OK;
}

/* ---- devices ---- */

static const char *field(const struct table *t, int member)
{
    int column = t->columns[member];
    return column >= 0 && (size_t)column < t->field_count && *t->fields[column] ? t->fields[column]
                                                                                : NULL;
}

static int add_line(struct table *t, const char *line_text)
{
    if (t->rancid) {
        /* name;type;state[;comment]: everything but "up" is not collected (router.db(5)) */
        if (t->field_count < 3)
            return wrong_line(t, line_text, "RANCID's router.db has name;type;state");
        if (strcasecmp(t->fields[2], "up") != 0)
            return RC_OK;
    }
    if (!field(t, NAME))
        return wrong_line(t, line_text, "the device has no name");
    struct found *f = found_add(t->l);
    if (!f)
        return settings_no_memory(t->l->err);
    *f = (struct found){.name = field(t, NAME),
        .address = field(t, ADDRESS),
        .port = field(t, PORT),
        .driver = field(t, DRIVER),
        .platform = field(t, PLATFORM),
        .group = field(t, GROUP),
        .credential = field(t, CREDENTIAL),
        .file = t->file,
        .line = t->line,
        .line_text = line_text};
    return RC_OK;
}

static int read_lines(struct table *t, struct str text)
{
    struct str line;
    if (str_starts(text, "\xef\xbb\xbf")) /* Excel's byte order mark */
        text = (struct str){text.at + 3, text.len - 3};
    while (str_next_line(&text, &line)) {
        struct str trimmed = str_trim(line);
        t->line++;
        if (trimmed.len == 0 || *trimmed.at == '#')
            continue;
        const char *line_text = arena_dup(&t->l->memory->arena, line);
        if (!line_text)
            return settings_no_memory(t->l->err);
        if (!utf8_valid(line.at, line.len) || memchr(line.at, '\0', line.len))
            return wrong_line(t, line_text, "not UTF-8 text");
        int rc = split_line(t, line, line_text);
        if (rc == RC_OK && t->titles) {
            rc = read_titles(t, line_text);
            t->titles = false;
        } else if (rc == RC_OK) {
            rc = add_line(t, line_text);
        }
        if (rc)
            return rc;
    }
    return RC_OK;
}

/* Old RANCID files have colons between the fields, newer ones semicolons. */
static char rancid_separator(struct str text)
{
    struct str line;
    while (str_next_line(&text, &line)) {
        struct str trimmed = str_trim(line);
        if (trimmed.len > 0 && *trimmed.at != '#')
            return memchr(trimmed.at, ';', trimmed.len) ? ';' : ':';
    }
    return ';';
}

static const struct lyd_node *path_leaf(const struct lyd_node *source, struct table *t)
{
    const struct lyd_node *leaf = yang_child(source, "csv");
    if (leaf) {
        t->quotes = t->titles = true;
        t->separator = ',';
        return leaf;
    }
    t->separator = ':';
    leaf = yang_child(source, "router-db");
    if (leaf)
        return leaf;
    t->rancid = true;
    return yang_child(source, "rancid");
}

int inventory_csv(struct loader *l, const struct lyd_node *source)
{
    struct table t = {.l = l, .source = source, .columns = {-1, -1, -1, -1, -1, -1, -1}};
    struct buf text = {.cap = MAX_FILE_BYTES};
    struct error why = ERROR_INIT;
    t.leaf = path_leaf(source, &t);
    t.file = path_resolve(l, lyd_get_value(t.leaf));
    if (!t.file)
        return settings_no_memory(l->err);
    int rc = io_read_file(t.file, &text, &why);
    if (rc) {
        rc = yaml_complain(t.leaf, l->err, "cannot read %s: %s", t.file, why.text);
        goto out;
    }
    const char *separator = yang_leaf(source, "separator");
    if (separator)
        t.separator = *separator;
    if (t.rancid)
        t.separator = rancid_separator(buf_str(&text));
    if (!t.titles)
        rc = read_numbers(&t);
    if (rc == RC_OK)
        rc = read_lines(&t, buf_str(&text));
out:
    buf_free(&text);
    return rc;
}
