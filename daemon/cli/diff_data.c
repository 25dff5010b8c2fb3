#include "cli/diff_data.h"

#include <stdlib.h>

#include "cli/data_view.h"

struct data_change {
    char *path;
    char *before, *after; /* values, "" where there is none; NULL: not there */
    uint32_t line;        /* in the version after, else in the one before */
    bool inner;           /* a line of another syntax, inside the element */
    size_t order;         /* among the changes */
};

struct data_changes {
    const char *part;
    struct data_schema *schema;
    const struct part *parts[2]; /* before, after; NULL: none */
    struct data_view *views[2];
    struct data_change *at;
    size_t count;
};

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "no memory to show data");
}

/* ---- one change ---- */

/* What a line of another syntax says. */
static struct str inner_line(struct redactor *redactor, const struct line_change *change)
{
    struct evidence e = {
        .after = change->added, .part = (char *)(uintptr_t)change->part, .line = change->line};
    struct str line = {"", 0};
    return redactor_line(redactor, &e, &line) ? str_trim(line) : STR("<secret>");
}

static char *copy_of(struct str text)
{
    return strndup(text.len ? text.at : "", text.len);
}

static int add_change(struct data_changes *c, const struct data_comparison *of,
    const struct line_change *change, struct error *err)
{
    struct data_change *new = &c->at[c->count];
    const struct data_view *view = c->views[change->added];
    size_t offset = (size_t)(change->text.at - buf_text(&c->parts[change->added]->text));
    struct buf path = {0};
    bool begins = false;
    const xmlNode *node = data_view_at(view, offset, &begins);
    if (!node)
        return RC_OK;
    struct str value = begins ? data_value(node) : inner_line(of->redactor, change);
    char *text = copy_of(value);
    *new = (struct data_change){.line = change->line, .inner = !begins, .order = c->count};
    *(change->added ? &new->after : &new->before) = text;
    int rc = data_path(data_view_tree(view), node, &path);
    new->path = rc ? NULL : path.data;
    c->count++;
    return rc || !text ? no_memory(err) : RC_OK;
}

/* ---- what belongs together ---- */

static int by_path(const void *a, const void *b)
{
    const struct data_change *x = a, *y = b;
    int order = strcmp(x->path, y->path);
    if (order)
        return order;
    return (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *a, const void *b)
{
    const struct data_change *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

static void clear_change(struct data_change *c)
{
    free(c->path);
    free(c->before);
    free(c->after);
    *c = (struct data_change){0};
}

static bool is_twin(const struct data_change *a, const struct data_change *b)
{
    return !a->inner && !b->inner && !a->before != !b->before && strcmp(a->path, b->path) == 0;
}

/* What went and came at one path is one change. It stands where it came. */
static void merge(struct data_change *into, struct data_change *from)
{
    if (into->after) {
        into->before = from->before;
        from->before = NULL;
    } else {
        into->after = from->after;
        into->line = from->line;
        into->order = from->order;
        from->after = NULL;
    }
    clear_change(from);
}

/* One that begins with the path of a moved entry moved with it. */
static bool moved_along(const struct data_change *c, const char *moved)
{
    size_t len = moved ? strlen(moved) : 0;
    return moved && c->before && c->after && strcmp(c->before, c->after) == 0 &&
           strncmp(c->path, moved, len) == 0 && c->path[len] == '/';
}

static void pair(struct data_changes *c)
{
    size_t kept = 0;
    const char *moved = NULL;
    if (c->count)
        qsort(c->at, c->count, sizeof *c->at, by_path);
    for (size_t i = 0; i < c->count; i++) {
        if (kept && is_twin(&c->at[kept - 1], &c->at[i]))
            merge(&c->at[kept - 1], &c->at[i]);
        else
            c->at[kept++] = c->at[i];
    }
    c->count = kept;
    for (size_t i = kept = 0; i < c->count; i++) {
        struct data_change *change = &c->at[i];
        if (moved_along(change, moved)) {
            clear_change(change);
            continue;
        }
        if (change->before && change->after && strcmp(change->before, change->after) == 0)
            moved = change->path;
        c->at[kept++] = *change;
    }
    c->count = kept;
    if (c->count)
        qsort(c->at, c->count, sizeof *c->at, by_order);
}

/* ---- all of them ---- */

static int open_views(struct data_changes *c, const struct data_comparison *of, struct error *err)
{
    const struct version *versions[2] = {of->before, of->after};
    struct str texts[2] = {STR(""), STR("")};
    for (int i = 0; i < 2; i++)
        if ((c->parts[i] = part_find(versions[i]->parts.at, versions[i]->parts.count, c->part)))
            texts[i] = buf_str(&c->parts[i]->text);
    int rc = data_common_schema(texts[1], texts[0], &c->schema, err);
    for (int i = 0; i < 2 && rc == RC_OK; i++)
        if (c->parts[i])
            rc = data_view_new(
                versions[i]->reader, of->key, c->parts[i], c->schema, &c->views[i], err);
    return rc;
}

int data_changes_new(const struct data_comparison *of, const char *name,
    const struct line_changes *changes, struct data_changes **out, struct error *err)
{
    struct data_changes *c = calloc(1, sizeof *c);
    if (!c || !(c->at = calloc(changes->count + 1, sizeof *c->at))) {
        free(c);
        return no_memory(err);
    }
    c->part = name;
    int rc = open_views(c, of, err);
    for (size_t i = 0; rc == RC_OK && i < changes->count; i++)
        if (strcmp(changes->at[i].part, name) == 0)
            rc = add_change(c, of, &changes->at[i], err);
    if (rc) {
        data_changes_free(c);
        return rc;
    }
    pair(c);
    *out = c;
    return RC_OK;
}

void data_changes_free(struct data_changes *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->count; i++)
        clear_change(&c->at[i]);
    for (int i = 0; i < 2; i++)
        data_view_free(c->views[i]);
    data_schema_free(c->schema);
    free(c->at);
    free(c);
}

/* ---- showing ---- */

static const char *operation_of(const struct data_change *c)
{
    if (!c->before || !c->after)
        return c->after ? "create" : "delete";
    return strcmp(c->before, c->after) == 0 ? "move" : "replace";
}

/* An element without a value has none to show. */
static void write_value(struct writer *w, const char *name, const char *value)
{
    if (value && *value)
        writer_text(w, name, value, STYLE_PLAIN);
}

void data_changes_list(const struct data_changes *c, struct writer *w)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct data_change *change = &c->at[i];
        writer_object(w, NULL, NULL);
        writer_text(w, "part", c->part, STYLE_PLAIN);
        writer_text(w, "path", change->path, STYLE_PLAIN);
        writer_text(w, "op", operation_of(change), STYLE_PLAIN);
        writer_number(w, "line", change->line, STYLE_PLAIN);
        write_value(w, "before", change->before);
        write_value(w, "after", change->after);
        writer_close(w);
    }
}

static void print(struct writer *w, char sign, const char *path, const char *value)
{
    struct str rest = str_of(value), line = {"", 0};
    enum style style = sign == '+' ? STYLE_GOOD : sign == '-' ? STYLE_BAD : STYLE_WARN;
    bool several = memchr(value, '\n', rest.len);
    if (!several)
        writer_line(w, style, "%c %s%s%s", sign, path, *value ? " " : "", value);
    else
        writer_line(w, style, "%c %s", sign, path);
    while (several && str_next_line(&rest, &line))
        writer_line(w, style, "%c   %.*s", sign, (int)line.len, line.at);
}

void data_changes_print(const struct data_changes *c, struct writer *w)
{
    for (size_t i = 0; i < c->count; i++) {
        const struct data_change *change = &c->at[i];
        bool moved = strcmp(operation_of(change), "move") == 0;
        if (moved)
            print(w, '~', change->path, "(moved)");
        if (change->before && !moved)
            print(w, '-', change->path, change->before);
        if (change->after && !moved)
            print(w, '+', change->path, change->after);
    }
}
