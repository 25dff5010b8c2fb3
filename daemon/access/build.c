#include "access/build.h"

#include <stdio.h>

#include "base/yang.h"

int build_lines(
    struct building *b, struct lyd_node *node, const struct draft_line *lines, uint32_t count)
{
    char text[DRAFT_MAX_LINES * 80];
    size_t used = 0;
    for (uint32_t i = 0; i < count && used + 80 < sizeof text; i++) {
        if (lines[i].number == 0 || lines[i].part >= b->draft->part_count)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%.60s:%u", used ? " " : "",
            b->draft->parts[lines[i].part], lines[i].number);
    }
    if (used == 0)
        return RC_OK;
    /* a part's name comes from a collector: no line is better than no tree */
    if (lyd_new_meta(LYD_CTX(node), node, b->module, "line", text, 0, NULL))
        ly_err_clean((struct ly_ctx *)LYD_CTX(node), NULL);
    return RC_OK;
}

#define MAX_UNREAD 200 /* of values; each is looked for among the others */

/* A value that its node does not take: the config says something that we don't understand. */
static int put_unread(
    struct building *b, const struct draft_entry *e, const struct draft_field *f, const char *name)
{
    char text[400];
    ly_err_clean((struct ly_ctx *)LYD_CTX(b->top), NULL);
    if (b->unread++ >= MAX_UNREAD)
        return RC_OK;
    snprintf(
        text, sizeof text, "%s%s%s %s", e->section, name ? " " : "", name ? name : "", f->path);
    for (struct lyd_node *n = lyd_child(b->top); n; n = n->next)
        if (strcmp(LYD_NAME(n), "unread") == 0 && strcmp(yang_leaf(n, "text"), text) == 0)
            return RC_OK;
    struct lyd_node *unread;
    if (lyd_new_list(b->top, NULL, "unread", 0, &unread, text))
        return RC_INVALID;
    return build_lines(b, unread, &f->line, 1);
}

/* The value as the tree holds it: a secret's fingerprint instead of the secret. */
static const char *public_value(
    const struct building *b, const struct draft_field *f, char out[FINGERPRINT_TEXT_SIZE])
{
    return f->secret ? fingerprint_text(b->key, f->value, out) : f->value.at;
}

/* Containers on the way to the last name of `path`; `*last` points at that name. */
static struct lyd_node *make_way(struct lyd_node *from, const char *path, const char **last)
{
    const char *slash;
    while (from && (slash = strchr(path, '/'))) {
        char name[128];
        if ((size_t)(slash - path) >= sizeof name)
            return NULL;
        snprintf(name, sizeof name, "%.*s", (int)(slash - path), path);
        const struct lysc_node *schema =
            lys_find_child(from->schema, from->schema->module, name, 0, LYS_CONTAINER, 0);
        struct lyd_node *next = NULL;
        if (!schema || (lyd_find_sibling_val(lyd_child(from), schema, NULL, 0, &next) &&
                           lyd_new_inner(from, NULL, name, 0, &next)))
            return NULL;
        from = next;
        path = slash + 1;
    }
    *last = path;
    return from;
}

/* Among the fields from `first` on: those of one `sub` stand together. */
static const struct draft_field *find_field(
    const struct draft_entry *e, uint32_t first, const char *path, uint32_t sub)
{
    for (uint32_t i = first; i < e->field_count && (sub == 0 || e->fields[i].sub == sub); i++)
        if (e->fields[i].sub == sub && strcmp(e->fields[i].path, path) == 0)
            return &e->fields[i];
    return NULL;
}

static int new_list(struct lyd_node *parent, const char *name, const char *const *keys,
    size_t count, struct lyd_node **out)
{
    LY_ERR failed = count == 1   ? lyd_new_list(parent, NULL, name, 0, out, keys[0])
                    : count == 2 ? lyd_new_list(parent, NULL, name, 0, out, keys[0], keys[1])
                                 : LY_EINVAL;
    return failed ? RC_INVALID : RC_OK;
}

/* Key values of the list `schema` among the fields that share `sub`; `prefix` stands before their
 * names. */
static size_t find_keys(const struct building *b, const struct lysc_node *schema,
    const struct draft_entry *e, const char *prefix, uint32_t first, uint32_t sub,
    const char *keys[2], char prints[2][FINGERPRINT_TEXT_SIZE])
{
    size_t count = 0;
    for (const struct lysc_node *n = lysc_node_child(schema); n && (n->flags & LYS_KEY);
         n = n->next) {
        char path[200];
        snprintf(path, sizeof path, "%s%s", prefix, n->name);
        const struct draft_field *f = find_field(e, first, path, sub);
        if (!f || count == 2)
            return 0;
        keys[count] = public_value(b, f, prints[count]);
        count++;
    }
    return count;
}

static int put_leaf(struct building *b, const struct draft_entry *e, const struct draft_field *f,
    struct lyd_node *entry, const char *path, const char *name)
{
    char print[FINGERPRINT_TEXT_SIZE];
    const char *last;
    struct lyd_node *parent = make_way(entry, path, &last), *leaf = NULL;
    const struct lysc_node *schema =
        parent ? lys_find_child(parent->schema, parent->schema->module, last, 0, 0, 0) : NULL;
    if (!schema || !(schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)))
        return RC_INVALID;
    if (schema->flags & LYS_KEY)
        return RC_OK;
    if (schema->nodetype == LYS_LEAF && yang_child(parent, last))
        return RC_INVALID;
    const char *value = public_value(b, f, print);
    /* two values that differ in what is masked are one */
    if (schema->nodetype == LYS_LEAFLIST &&
        lyd_find_sibling_val(lyd_child(parent), schema, value, strlen(value), NULL) == LY_SUCCESS)
        return RC_OK;
    if (lyd_new_term(parent, NULL, last, value, 0, &leaf))
        return put_unread(b, e, f, name);
    return build_lines(b, leaf, &f->line, 1);
}

/* Every line that says something of an entry below. */
static int build_field_lines(
    struct building *b, struct lyd_node *node, const struct draft_field *fields, size_t count)
{
    struct draft_line lines[DRAFT_MAX_LINES];
    uint32_t known = 0;
    for (size_t i = 0; i < count && known < DRAFT_MAX_LINES; i++) {
        const struct draft_line *line = &fields[i].line;
        if (known == 0 || line->number != lines[known - 1].number ||
            line->part != lines[known - 1].part)
            lines[known++] = *line;
    }
    return build_lines(b, node, lines, known);
}

/* Fields [i, end) share a number: one entry of a list below the entry. */
static int put_sub_entry(struct building *b, const struct draft_entry *e, uint32_t i, uint32_t end,
    struct lyd_node *entry, const char *name)
{
    const char *keys[2], *slash = strchr(e->fields[i].path, '/');
    char list[100], prefix[101], prints[2][FINGERPRINT_TEXT_SIZE];
    if (!slash || (size_t)(slash - e->fields[i].path) >= sizeof list)
        return RC_INVALID;
    snprintf(list, sizeof list, "%.*s", (int)(slash - e->fields[i].path), e->fields[i].path);
    snprintf(prefix, sizeof prefix, "%s/", list);
    const struct lysc_node *schema =
        lys_find_child(entry->schema, entry->schema->module, list, 0, LYS_LIST, 0);
    size_t count = schema ? find_keys(b, schema, e, prefix, i, e->fields[i].sub, keys, prints) : 0;
    struct lyd_node *sub;
    if (count == 0 || new_list(entry, list, keys, count, &sub))
        return RC_INVALID;
    int rc = build_field_lines(b, sub, &e->fields[i], end - i);
    for (; i < end && !rc; i++) {
        if (strncmp(e->fields[i].path, prefix, strlen(prefix)) != 0)
            return RC_INVALID;
        rc = put_leaf(b, e, &e->fields[i], sub, e->fields[i].path + strlen(prefix), name);
    }
    return rc;
}

static int put_fields(
    struct building *b, const struct draft_entry *e, struct lyd_node *entry, const char *name)
{
    int rc = RC_OK;
    for (uint32_t i = 0, end; i < e->field_count && !rc; i = end) {
        const struct draft_field *f = &e->fields[i];
        end = i + 1;
        if (f->sub == 0) {
            rc = put_leaf(b, e, f, entry, f->path, name);
            continue;
        }
        while (end < e->field_count && e->fields[end].sub == f->sub)
            end++;
        rc = put_sub_entry(b, e, i, end, entry, name);
    }
    return rc;
}

static int put_entry(struct building *b, const struct draft_entry *e)
{
    const char *last, *keys[2], *name = NULL;
    char prints[2][FINGERPRINT_TEXT_SIZE];
    struct lyd_node *parent = make_way(b->top, e->section, &last), *entry = NULL;
    const struct lysc_node *schema =
        parent ? lys_find_child(parent->schema, parent->schema->module, last, 0, 0, 0) : NULL;
    if (!schema || !(schema->nodetype & (LYS_LIST | LYS_CONTAINER)))
        return RC_INVALID;
    if (schema->nodetype == LYS_CONTAINER) {
        entry = yang_child(parent, last);
        if (!entry && lyd_new_inner(parent, NULL, last, 0, &entry))
            return RC_INVALID;
        return put_fields(b, e, entry, NULL);
    }
    size_t count = find_keys(b, schema, e, "", 0, 0, keys, prints);
    if (count == 0 || new_list(parent, last, keys, count, &entry))
        return RC_INVALID;
    if (find_field(e, 0, "name", 0))
        name = find_field(e, 0, "name", 0)->value.at;
    int rc = build_lines(b, entry, e->lines, e->line_count);
    return rc ? rc : put_fields(b, e, entry, name);
}

int access_build(const struct ly_ctx *ctx, const struct platform *platform, const struct draft *d,
    const unsigned char key[FINGERPRINT_KEY_BYTES], struct lyd_node **tree, struct error *err)
{
    struct building b = {.platform = platform, .draft = d, .key = key};
    b.module = ly_ctx_get_module_implemented(ctx, "rollcall-access");
    if (!b.module || lyd_new_inner(NULL, b.module, "access", 0, &b.top))
        return error_set(err, RC_SETTINGS, "the context lacks rollcall-access");
    int rc = RC_OK;
    for (uint32_t i = 0; i < d->entry_count && !rc; i++)
        if ((rc = put_entry(&b, &d->entries[i]))) {
            ly_err_clean((struct ly_ctx *)ctx, NULL);
            error_set(err, rc, "what was read of a config does not fit the access model");
        }
    if (!rc)
        rc = build_conclusions(&b, err);
    if (!rc && lyd_validate_module(&b.top, b.module, LYD_VALIDATE_NO_STATE, NULL))
        rc = yang_error(ctx, RC_INVALID, err);
    if (rc) {
        lyd_free_all(b.top);
        return rc;
    }
    build_prune(b.top);
    *tree = b.top;
    return RC_OK;
}
