#include "drivers/netconf/flatten.h"

#include <ctype.h>
#include <stdlib.h>

#define DEPTH_MOST 100
#define BYTES_MOST ((size_t)48 << 20) /* of the text: past it, what is deepest is left out */
#define TYPEDEF_MOST 16               /* typedefs of typedefs that are looked through */

struct flat {
    struct buf lines; /* NUL behind each */
    size_t *starts;
    size_t count, room;
    struct buf path; /* of the node that is looked at */
    unsigned depth, depth_most;
    bool measuring; /* only count: bytes of the lines of each depth */
    size_t bytes[DEPTH_MOST];
};

/* ---- types ---- */

static const char *type_word(const struct lysc_type *type);

/* What all members of a union are, else "union". */
static const char *union_word(const struct lysc_type_union *of)
{
    const char *word = NULL;
    LY_ARRAY_COUNT_TYPE i;
    LY_ARRAY_FOR(of->types, i)
    {
        const char *member = type_word(of->types[i]);
        if (word && strcmp(word, member) != 0)
            return "union";
        word = member;
    }
    return word ? word : "union";
}

/* How RFC 7951 writes it: 64-bit and decimal numbers are strings. */
static const char *type_word(const struct lysc_type *type)
{
    switch (type->basetype) {
    case LY_TYPE_INT8:
    case LY_TYPE_INT16:
    case LY_TYPE_INT32:
    case LY_TYPE_UINT8:
    case LY_TYPE_UINT16:
    case LY_TYPE_UINT32:
        return "number";
    case LY_TYPE_BOOL:
        return "boolean";
    case LY_TYPE_EMPTY:
        return "empty";
    case LY_TYPE_IDENT:
        return "identity";
    case LY_TYPE_INST:
        return "instance";
    case LY_TYPE_LEAFREF:
        return type_word(((const struct lysc_type_leafref *)type)->realtype);
    case LY_TYPE_UNION:
        return union_word((const struct lysc_type_union *)type);
    default:
        return "string";
    }
}

/* ---- secrets ---- */

static bool holds_text(const struct lysc_type *type)
{
    if (type->basetype == LY_TYPE_STRING || type->basetype == LY_TYPE_BINARY)
        return true;
    if (type->basetype != LY_TYPE_UNION)
        return false;
    LY_ARRAY_COUNT_TYPE i;
    const struct lysc_type_union *of = (const struct lysc_type_union *)type;
    LY_ARRAY_FOR(of->types, i)
    {
        if (holds_text(of->types[i]))
            return true;
    }
    return false;
}

static bool has_word(const char *name, const char *const *words)
{
    for (; *words; words++)
        if (strcasestr(name, *words))
            return true;
    return false;
}

static bool is_secret_typedef(const char *name)
{
    static const char *const words[] = {"crypt-hash", "password", "passwd", "passphrase", "secret",
        "unreadable", "encrypted", "hashed", NULL};
    return has_word(name, words);
}

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), tail = strlen(end);
    if (len < tail || strcasecmp(name + len - tail, end) != 0)
        return false;
    return len == tail || !isalnum((unsigned char)name[len - tail - 1]);
}

/* Many modules say `type string` of a password: then its name has to do. */
static bool is_secret_name(const char *name)
{
    static const char *const ends[] = {"password", "passwd", "passphrase", "secret", "private-key",
        "pre-shared-key", "shared-key", "psk", "auth-key", "authentication-key", "encryption-key",
        "md5-key", "key-string", "password-hashed", "secret-key", "secret-key-hashed",
        "encrypted-password", "crypt-hash"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends_with(name, ends[i]))
            return true;
    return false;
}

static const struct lysp_tpdf *typedef_in(const struct lysp_tpdf *typedefs, const char *name)
{
    LY_ARRAY_COUNT_TYPE i;
    LY_ARRAY_FOR(typedefs, i)
    {
        if (strcmp(typedefs[i].name, name) == 0)
            return &typedefs[i];
    }
    return NULL;
}

static const struct lysp_tpdf *typedef_of_module(const struct lysp_module *module, const char *name)
{
    const struct lysp_tpdf *found = typedef_in(module->typedefs, name);
    LY_ARRAY_COUNT_TYPE i;
    if (found)
        return found;
    LY_ARRAY_FOR(module->includes, i)
    {
        const struct lysp_submodule *sub = module->includes[i].submodule;
        if (sub && (found = typedef_in(sub->typedefs, name)))
            return found;
    }
    return NULL;
}

/* The typedef that a type's name means, where it stands at the top of a module. */
static const struct lysp_tpdf *find_typedef(const struct lysp_type *type)
{
    const struct lysp_module *module = type->pmod;
    const char *colon = type->name ? strchr(type->name, ':') : NULL;
    if (!module || !type->name)
        return NULL;
    if (!colon)
        return typedef_of_module(module->is_submod ? module->mod->parsed : module, type->name);
    LY_ARRAY_COUNT_TYPE i;
    size_t len = (size_t)(colon - type->name);
    LY_ARRAY_FOR(module->imports, i)
    {
        const char *prefix = module->imports[i].prefix;
        if (strlen(prefix) == len && memcmp(prefix, type->name, len) == 0)
            return module->imports[i].module && module->imports[i].module->parsed
                       ? typedef_of_module(module->imports[i].module->parsed, colon + 1)
                       : NULL;
    }
    return module->mod->parsed ? typedef_of_module(module->mod->parsed, colon + 1) : NULL;
}

static bool is_secret_type(const struct lysp_type *type)
{
    for (unsigned i = 0; type && i < TYPEDEF_MOST; i++) {
        const char *colon = type->name ? strchr(type->name, ':') : NULL;
        const char *name = colon ? colon + 1 : type->name;
        if (name && is_secret_typedef(name))
            return true;
        const struct lysp_tpdf *def = find_typedef(type);
        type = def ? &def->type : NULL;
    }
    return false;
}

static bool is_denied(const struct lysc_node *node)
{
    LY_ARRAY_COUNT_TYPE i;
    LY_ARRAY_FOR(node->exts, i)
    {
        if (node->exts[i].def && strcmp(node->exts[i].def->name, "default-deny-all") == 0)
            return true;
    }
    return false;
}

static bool is_secret(const struct lysc_node *node, const struct lysc_type *type)
{
    if (!holds_text(type))
        return false;
    for (const struct lysc_node *at = node; at; at = at->parent)
        if (is_denied(at))
            return true;
    const struct lysp_node *parsed = node->priv;
    if (parsed && node->nodetype == LYS_LEAF &&
        is_secret_type(&((const struct lysp_node_leaf *)parsed)->type))
        return true;
    if (parsed && node->nodetype == LYS_LEAFLIST &&
        is_secret_type(&((const struct lysp_node_leaflist *)parsed)->type))
        return true;
    return is_secret_name(node->name);
}

/* ---- lines ---- */

static int begin_line(struct flat *f)
{
    if (f->measuring) {
        buf_clear(&f->lines);
        return RC_OK;
    }
    if (f->count == f->room) {
        size_t room = f->room ? f->room * 2 : 1024;
        size_t *more = realloc(f->starts, room * sizeof *more);
        if (!more)
            return RC_NO_MEMORY;
        f->starts = more;
        f->room = room;
    }
    f->starts[f->count++] = f->lines.len;
    return RC_OK;
}

static int end_line(struct flat *f)
{
    if (f->measuring)
        f->bytes[f->depth ? f->depth - 1 : 0] += f->lines.len + 1;
    return buf_add_char(&f->lines, '\0');
}

static int add_value(struct buf *out, const char *value)
{
    int rc = RC_OK;
    for (const char *c = value; *c && rc == RC_OK; c++) {
        unsigned char byte = (unsigned char)*c;
        rc = byte < ' ' || byte == 0x7f || byte == '\\' || byte == '?'
                 ? buf_format(out, "\\%02X", byte)
                 : buf_add_char(out, *c);
    }
    return rc;
}

static int add_list(struct flat *f, const struct lysc_node *node)
{
    int rc = buf_add(&f->lines, " list");
    bool first = true;
    for (const struct lysc_node *key = lysc_node_child(node);
         key && lysc_is_key(key) && rc == RC_OK; key = key->next, first = false)
        rc = buf_format(&f->lines, "%s %s", first ? " key" : "", key->name);
    if (rc == RC_OK && (node->flags & LYS_ORDBY_USER))
        rc = buf_add(&f->lines, " ordered");
    return rc;
}

static int add_leaf(struct flat *f, const struct lysc_node *node)
{
    const struct lysc_node_leaf *leaf = (const struct lysc_node_leaf *)node;
    int rc = buf_format(&f->lines, " leaf %s%s", type_word(leaf->type),
        is_secret(node, leaf->type) ? " secret" : "");
    const char *value = NULL;
    if (rc == RC_OK && leaf->dflt)
        value = lyd_value_get_canonical(node->module->ctx, leaf->dflt);
    if (rc == RC_OK && value)
        rc = buf_add(&f->lines, " default ");
    return rc == RC_OK && value ? add_value(&f->lines, value) : rc;
}

static int add_leaf_list(struct flat *f, const struct lysc_node *node)
{
    const struct lysc_type *type = ((const struct lysc_node_leaflist *)node)->type;
    return buf_format(&f->lines, " leaf-list %s%s%s", type_word(type),
        node->flags & LYS_ORDBY_USER ? " ordered" : "", is_secret(node, type) ? " secret" : "");
}

static int add_what(struct flat *f, const struct lysc_node *node)
{
    switch (node->nodetype) {
    case LYS_CONTAINER:
        return buf_add(
            &f->lines, node->flags & LYS_PRESENCE ? " container presence" : " container");
    case LYS_LIST:
        return add_list(f, node);
    case LYS_LEAF:
        return add_leaf(f, node);
    case LYS_LEAFLIST:
        return add_leaf_list(f, node);
    default:
        return buf_add(&f->lines, " anydata");
    }
}

static int add_node(struct flat *f, const struct lysc_node *node)
{
    int rc = begin_line(f);
    if (rc == RC_OK)
        rc = buf_add_str(&f->lines, buf_str(&f->path));
    if (rc == RC_OK)
        rc = add_what(f, node);
    return rc == RC_OK ? end_line(f) : rc;
}

static bool is_config(const struct lysc_node *node)
{
    const uint16_t kinds = LYS_CONTAINER | LYS_LIST | LYS_LEAF | LYS_LEAFLIST | LYS_ANYDATA;
    return (node->nodetype & kinds) && (node->flags & LYS_CONFIG_W);
}

static int walk(struct flat *f, const struct lysc_node *parent, const struct lysc_module *module)
{
    const struct lysc_node *node = NULL;
    size_t len = f->path.len;
    int rc = RC_OK;
    if (f->depth == f->depth_most)
        return RC_OK;
    f->depth++;
    while (rc == RC_OK && (node = lys_getnext(node, parent, module, 0))) {
        if (!is_config(node))
            continue;
        if (!parent || node->module != parent->module)
            rc = buf_format(&f->path, "/%s:%s", node->module->name, node->name);
        else
            rc = buf_format(&f->path, "/%s", node->name);
        if (rc == RC_OK)
            rc = add_node(f, node);
        if (rc == RC_OK && (node->nodetype & (LYS_CONTAINER | LYS_LIST)))
            rc = walk(f, node, NULL);
        f->path.len = len;
    }
    f->depth--;
    return rc;
}

/* A namespace is a device's text: with blanks in it, it is none. */
static bool is_word(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7f)
            return false;
    return true;
}

static int add_module(struct flat *f, const struct lys_module *module)
{
    int rc = RC_OK;
    if (is_word(module->ns)) {
        rc = begin_line(f);
        if (rc == RC_OK)
            rc = buf_format(&f->lines, "module %s %s", module->name, module->ns);
        if (rc == RC_OK)
            rc = end_line(f);
    }
    if (rc == RC_OK && module->compiled)
        rc = walk(f, NULL, module->compiled);
    return rc;
}

static int by_line(const void *a, const void *b, void *lines)
{
    return strcmp(
        (const char *)lines + *(const size_t *)a, (const char *)lines + *(const size_t *)b);
}

static int print_lines(struct flat *f, struct buf *schema)
{
    int rc = RC_OK;
    if (f->count)
        qsort_r(f->starts, f->count, sizeof *f->starts, by_line, f->lines.data);
    for (size_t i = 0; i < f->count && rc == RC_OK; i++) {
        rc = buf_add(schema, f->lines.data + f->starts[i]);
        if (rc == RC_OK)
            rc = buf_add_char(schema, '\n');
    }
    return rc;
}

struct chosen {
    bool (*counts)(const void *user, const struct lys_module *module);
    const void *user;
};

static int add_modules(struct flat *f, const struct ly_ctx *ctx, const struct chosen *chosen)
{
    const struct lys_module *module;
    uint32_t index = 0;
    int rc = RC_OK;
    while (rc == RC_OK && (module = ly_ctx_get_module_iter(ctx, &index)))
        if (module->implemented && chosen->counts(chosen->user, module))
            rc = add_module(f, module);
    return rc;
}

/* Groupings in groupings make schemas of a million nodes out of little text. What is found deepest
 * in them is left out then: it is compared as plain XML. */
static int choose_depth(
    struct flat *f, const struct ly_ctx *ctx, const struct chosen *chosen, struct buf *notes)
{
    size_t sum = 0;
    f->measuring = true;
    int rc = add_modules(f, ctx, chosen);
    f->measuring = false;
    unsigned depth = 0;
    while (rc == RC_OK && depth < DEPTH_MOST && sum + f->bytes[depth] <= BYTES_MOST)
        sum += f->bytes[depth++];
    f->depth_most = depth;
    buf_clear(&f->lines);
    return rc == RC_OK && depth < DEPTH_MOST
               ? buf_format(
                     notes, "schema: too many nodes; those below %u others are not in it\n", depth)
               : rc;
}

int schema_flatten(const struct ly_ctx *ctx,
    bool (*counts)(const void *user, const struct lys_module *module), const void *user,
    struct buf *schema, struct buf *notes, struct error *err)
{
    struct flat f = {.depth_most = DEPTH_MOST};
    const struct chosen chosen = {counts, user};
    int rc = choose_depth(&f, ctx, &chosen, notes);
    if (rc == RC_OK)
        rc = add_modules(&f, ctx, &chosen);
    if (rc == RC_OK)
        rc = print_lines(&f, schema);
    buf_free(&f.lines);
    buf_free(&f.path);
    free(f.starts);
    return rc ? error_set(err, rc, "the schema is too big") : RC_OK;
}
