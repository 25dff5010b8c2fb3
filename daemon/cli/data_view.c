#include "cli/data_view.h"

#include <stdlib.h>

/* Secrets are found by lines, and a saved file may have all of it on one: so the tree is printed
 * with a value a line, that is redacted and read again, and what differs is hidden. */
struct data_view {
    struct data *original;
    struct data *shown; /* the same elements in the same order */
    struct buf text, redacted;
};

/* ---- lines ---- */

struct lines {
    struct str *at;
    size_t count;
};

static int split(struct str text, struct lines *out)
{
    struct str rest = text, line;
    size_t count = 0;
    while (str_next_line(&rest, &line))
        count++;
    if (!(out->at = calloc(count + 1, sizeof *out->at)))
        return RC_NO_MEMORY;
    for (rest = text; str_next_line(&rest, &line);)
        out->at[out->count++] = line;
    return RC_OK;
}

static struct str line_of(const struct lines *lines, uint32_t number)
{
    return number >= 1 && number <= lines->count ? lines->at[number - 1] : STR("");
}

/* The first <secret:XXXXXX> of a line. */
static struct str tag_in(struct str line)
{
    const char *from = line.len ? memmem(line.at, line.len, "<secret:", 8) : NULL;
    const char *to = from ? memchr(from, '>', line.len - (size_t)(from - line.at)) : NULL;
    return to ? (struct str){from, (size_t)(to - from) + 1} : STR("<secret>");
}

/* ---- hiding ---- */

struct hiding {
    struct data_view *v;
    struct lines plain, redacted;
};

static bool is_hidden(const struct hiding *h, uint32_t line)
{
    return !str_equal(line_of(&h->plain, line), line_of(&h->redacted, line));
}

/* A text of many lines (a config inside the data) loses only those that differ. */
static int hide_lines(struct hiding *h, const xmlNode *node, struct str value)
{
    struct buf shown = {0};
    struct str line;
    uint32_t number = data_line(node);
    int rc = RC_OK;
    for (bool first = true; !rc && str_next_line(&value, &line); first = false, number++) {
        rc = first ? RC_OK : buf_add_char(&shown, '\n');
        rc = rc ? rc
                : buf_add_str(
                      &shown, is_hidden(h, number) ? tag_in(line_of(&h->redacted, number)) : line);
    }
    rc = rc ? rc : data_hide(h->v->shown, node, buf_str(&shown));
    buf_wipe(&shown);
    return rc;
}

static int hide(struct hiding *h, const xmlNode *node)
{
    uint32_t line = data_line(node), last = data_last_line(node);
    struct str value = data_value(node);
    if (value.len > 0 && last > line)
        return hide_lines(h, node, value);
    for (; line <= last; line++)
        if (is_hidden(h, line))
            return data_hide(h->v->shown, node, tag_in(line_of(&h->redacted, line)));
    return RC_OK;
}

/* Both trees must have the same elements: what cannot be told apart is hidden as a whole. */
static int hide_all(struct hiding *h)
{
    const xmlNode *node, *twin;
    int rc = RC_OK;
    for (size_t i = 0; !rc && (node = data_element(h->v->shown, i)); i++) {
        twin = data_element(h->v->original, i);
        bool same =
            twin && xmlStrEqual(twin->name, node->name) && h->plain.count == h->redacted.count;
        rc = same ? hide(h, node) : data_hide(h->v->shown, node, STR("<secret>"));
    }
    return rc;
}

static int read_again(struct data_view *v, const struct part *part,
    const struct data_schema *schema, struct error *err)
{
    enum data_form form = data_is_json(v->original) ? DATA_JSON : DATA_XML;
    int rc = data_print(v->original, form, &v->text, err);
    if (rc == RC_OK && (rc = buf_add_str(&v->text, data_annotation(buf_str(&part->text)))))
        error_set(err, rc, "no memory to show data");
    return rc ? rc : data_parse(buf_str(&v->text), schema, NULL, 0, &v->shown, err);
}

static int redact(struct data_view *v, const struct reader *reader, const unsigned char *key,
    const struct part *part, struct error *err)
{
    struct hiding h = {.v = v};
    int rc = access_redact(reader, part->name, buf_str(&v->text), key, &v->redacted, err);
    if (rc)
        return rc;
    if (split(buf_str(&v->text), &h.plain) || split(buf_str(&v->redacted), &h.redacted) ||
        hide_all(&h))
        rc = error_set(err, RC_NO_MEMORY, "no memory to show data");
    free(h.plain.at);
    free(h.redacted.at);
    return rc;
}

int data_view_new(const struct reader *reader, const unsigned char *key, const struct part *part,
    const struct data_schema *schema, struct data_view **out, struct error *err)
{
    struct data_view *v = calloc(1, sizeof *v);
    if (!v)
        return error_set(err, RC_NO_MEMORY, "no memory to show data");
    int rc = data_parse(buf_str(&part->text), schema, NULL, 0, &v->original, err);
    rc = rc ? rc : read_again(v, part, schema, err);
    if (rc == RC_OK && key)
        rc = redact(v, reader, key, part, err);
    if (rc) {
        data_view_free(v);
        return error_context(err, "part %s", part->name);
    }
    *out = v;
    return RC_OK;
}

void data_view_free(struct data_view *v)
{
    if (!v)
        return;
    data_free(v->original);
    data_free(v->shown);
    buf_wipe(&v->text);
    buf_free(&v->redacted);
    free(v);
}

const struct data *data_view_tree(const struct data_view *v)
{
    return v->shown;
}

const xmlNode *data_view_at(const struct data_view *v, size_t offset, bool *begins)
{
    const xmlNode *node = data_at_offset(v->original, offset);
    *begins = node && data_offset(node) == offset;
    return node ? data_element(v->shown, data_index(node)) : NULL;
}
