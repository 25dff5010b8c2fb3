/* Scalars against YANG types: what a type takes, in words for people. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/yaml_node.h"
#include "base/yang.h"

#define MAX_WORDS 64

static const struct lysc_type *type_of(const struct lysc_node *schema)
{
    /* leaf and leaf-list keep their type at different offsets */
    const struct lysc_type *type = schema->nodetype == LYS_LEAF
                                       ? ((const struct lysc_node_leaf *)schema)->type
                                       : ((const struct lysc_node_leaflist *)schema)->type;
    if (type->basetype == LY_TYPE_LEAFREF)
        type = ((const struct lysc_type_leafref *)type)->realtype;
    return type;
}

const char *yaml_value_text(const struct lysc_node *schema, const struct yaml_node *value)
{
    const struct lysc_type *type = type_of(schema);
    if (type->basetype == LY_TYPE_BOOL && value->plain) {
        if (strcmp(value->text, "yes") == 0)
            return "true";
        if (strcmp(value->text, "no") == 0)
            return "false";
    }
    if (type->basetype == LY_TYPE_EMPTY)
        return "";
    return value->text;
}

const char *yaml_advice(
    const char *word, const char *const *words, size_t count, char *out, size_t size)
{
    const char *nearest = word ? text_nearest(word, words, count) : NULL;
    if (nearest) {
        snprintf(out, size, "; did you mean \"%s\"?", nearest);
        return out;
    }
    size_t used = 0;
    *out = '\0';
    for (size_t i = 0; i < count && used + 80 < size; i++)
        used += (size_t)snprintf(
            out + used, size - used, "%s%.60s", i == 0 ? "; known here: " : ", ", words[i]);
    return out;
}

/* ---- words a type knows ---- */

struct words {
    const char *at[MAX_WORDS];
    size_t count;
};

static void add_word(struct words *words, const char *word)
{
    if (words->count < MAX_WORDS)
        words->at[words->count++] = word;
}

static void add_identities(const struct lysc_ident *identity, struct words *words)
{
    LY_ARRAY_COUNT_TYPE i;
    LY_ARRAY_FOR(identity->derived, i)
    {
        add_word(words, identity->derived[i]->name);
    }
}

static void words_of(const struct lysc_type *type, struct words *words)
{
    LY_ARRAY_COUNT_TYPE i;
    if (type->basetype == LY_TYPE_ENUM) {
        const struct lysc_type_enum *e = (const struct lysc_type_enum *)type;
        LY_ARRAY_FOR(e->enums, i)
        {
            add_word(words, e->enums[i].name);
        }
    } else if (type->basetype == LY_TYPE_BITS) {
        const struct lysc_type_bits *bits = (const struct lysc_type_bits *)type;
        LY_ARRAY_FOR(bits->bits, i)
        {
            add_word(words, bits->bits[i].name);
        }
    } else if (type->basetype == LY_TYPE_IDENT) {
        const struct lysc_type_identityref *ref = (const struct lysc_type_identityref *)type;
        LY_ARRAY_FOR(ref->bases, i)
        {
            add_identities(ref->bases[i], words);
        }
    } else if (type->basetype == LY_TYPE_BOOL) {
        add_word(words, "true");
        add_word(words, "false");
    } else if (type->basetype == LY_TYPE_UNION) {
        const struct lysc_type_union *u = (const struct lysc_type_union *)type;
        LY_ARRAY_FOR(u->types, i)
        {
            words_of(u->types[i], words);
        }
    }
}

/* ---- what a type takes ---- */

static const struct lysc_range *range_of(const struct lysc_type *type)
{
    switch (type->basetype) {
    case LY_TYPE_STRING:
        return ((const struct lysc_type_str *)type)->length;
    case LY_TYPE_BINARY:
        return ((const struct lysc_type_bin *)type)->length;
    case LY_TYPE_DEC64:
        return ((const struct lysc_type_dec *)type)->range;
    case LY_TYPE_UINT8:
    case LY_TYPE_UINT16:
    case LY_TYPE_UINT32:
    case LY_TYPE_UINT64:
    case LY_TYPE_INT8:
    case LY_TYPE_INT16:
    case LY_TYPE_INT32:
    case LY_TYPE_INT64:
        return ((const struct lysc_type_num *)type)->range;
    default:
        return NULL;
    }
}

static void describe_range(
    const struct lysc_range *range, bool is_signed, const char *unit, struct buf *out)
{
    LY_ARRAY_COUNT_TYPE i;
    LY_ARRAY_FOR(range->parts, i)
    {
        if (i > 0)
            buf_add(out, " or ");
        if (is_signed)
            buf_format(
                out, "%" PRId64 " to %" PRId64, range->parts[i].min_64, range->parts[i].max_64);
        else if (range->parts[i].max_u64 == UINT64_MAX)
            buf_format(out, "at least %" PRIu64, range->parts[i].min_u64);
        else if (range->parts[i].min_u64 == range->parts[i].max_u64)
            buf_format(out, "%" PRIu64, range->parts[i].min_u64);
        else
            buf_format(
                out, "%" PRIu64 " to %" PRIu64, range->parts[i].min_u64, range->parts[i].max_u64);
    }
    buf_add(out, unit);
}

static void describe_number(const struct lysc_type *type, struct buf *out)
{
    static const struct {
        LY_DATA_TYPE type;
        const char *bounds;
    } natural[] = {{LY_TYPE_UINT8, "0 to 255"}, {LY_TYPE_UINT16, "0 to 65535"},
        {LY_TYPE_UINT32, "0 to 4294967295"}, {LY_TYPE_UINT64, "of 0 or more"},
        {LY_TYPE_INT8, "-128 to 127"}, {LY_TYPE_INT16, "-32768 to 32767"},
        {LY_TYPE_INT32, "-2147483648 to 2147483647"}, {LY_TYPE_INT64, "without a fraction"}};
    buf_add(out, "a number");
    if (type->basetype == LY_TYPE_DEC64)
        return;
    const struct lysc_range *range = range_of(type);
    if (range) {
        buf_add(out, " from ");
        describe_range(range, type->basetype > LY_TYPE_DEC64, "", out);
        return;
    }
    for (size_t i = 0; i < sizeof natural / sizeof *natural; i++)
        if (natural[i].type == type->basetype)
            buf_format(out, "%s%s",
                natural[i].bounds[0] == 'o' || natural[i].bounds[0] == 'w' ? " " : " from ",
                natural[i].bounds);
}

static void describe_string(const struct lysc_type_str *type, struct buf *out)
{
    LY_ARRAY_COUNT_TYPE i;
    buf_add(out, "text");
    if (type->length) {
        buf_add(out, " of ");
        describe_range(type->length, false, " characters", out);
    }
    LY_ARRAY_FOR(type->patterns, i)
    {
        buf_format(out, "%s %s", type->patterns[i]->inverted ? " not like" : " like",
            type->patterns[i]->expr);
    }
}

static void describe(const struct lysc_type *type, struct buf *out)
{
    struct words words = {.count = 0};
    LY_ARRAY_COUNT_TYPE i;
    switch (type->basetype) {
    case LY_TYPE_BOOL:
        buf_add(out, "true or false");
        return;
    case LY_TYPE_ENUM:
    case LY_TYPE_IDENT:
    case LY_TYPE_BITS:
        words_of(type, &words);
        for (size_t w = 0; w < words.count; w++)
            buf_format(out, "%s%s",
                w == 0                 ? ""
                : w + 1 == words.count ? " or "
                                       : ", ",
                words.at[w]);
        return;
    case LY_TYPE_STRING:
        describe_string((const struct lysc_type_str *)type, out);
        return;
    case LY_TYPE_BINARY:
        buf_add(out, "base64");
        return;
    case LY_TYPE_EMPTY:
        buf_add(out, "true (or is left out)");
        return;
    case LY_TYPE_INST:
        buf_add(out, "the path of a node");
        return;
    case LY_TYPE_UNION:
        LY_ARRAY_FOR(((const struct lysc_type_union *)type)->types, i)
        {
            if (i > 0)
                buf_add(out, " or ");
            describe(((const struct lysc_type_union *)type)->types[i], out);
        }
        return;
    case LY_TYPE_LEAFREF:
        describe(((const struct lysc_type_leafref *)type)->realtype, out);
        return;
    default:
        describe_number(type, out);
    }
}

/* The model's own error-message for a pattern, range or length, when it has one. */
static const char *own_message(const struct lysc_type *type, const char *message)
{
    const struct lysc_range *range = range_of(type);
    LY_ARRAY_COUNT_TYPE i;
    if (range && range->emsg && strcmp(range->emsg, message) == 0)
        return range->emsg;
    if (type->basetype == LY_TYPE_STRING)
        LY_ARRAY_FOR(((const struct lysc_type_str *)type)->patterns, i)
        {
            const char *text = ((const struct lysc_type_str *)type)->patterns[i]->emsg;
            if (text && strcmp(text, message) == 0)
                return text;
        }
    return NULL;
}

static int refuse_value(const struct lysc_node *schema, const struct yaml_node *value,
    const char *message, struct error *err)
{
    const struct lysc_type *type = type_of(schema);
    const char *own = own_message(type, message);
    char seen[128] = "another value";
    if (!value->hidden)
        snprintf(seen, sizeof seen, strlen(value->text) > 60 ? "\"%.60s...\"" : "\"%.60s\"",
            value->text);
    if (own)
        return yaml_mistake(&value->mark, err, "%s: %s is not valid; %s", schema->name, seen, own);

    struct words words = {.count = 0};
    words_of(type, &words);
    const char *nearest = value->hidden ? NULL : text_nearest(value->text, words.at, words.count);
    struct buf takes = {.cap = 400};
    describe(type, &takes);
    int rc =
        yaml_mistake(&value->mark, err, "%s takes %s, not %s%s%s%s", schema->name, buf_text(&takes),
            seen, nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    buf_free(&takes);
    return rc;
}

int yaml_check_shape(
    const struct lysc_node *schema, const struct yaml_node *value, struct error *err)
{
    if (value->kind != YAML_SCALAR)
        return yaml_mistake(&value->mark, err, "%s takes one value, not a %s", schema->name,
            value->kind == YAML_MAPPING ? "mapping" : "sequence");
    if (type_of(schema)->basetype == LY_TYPE_EMPTY)
        return yaml_is_null(value) || strcmp(value->text, "true") == 0 ||
                       strcmp(value->text, "yes") == 0
                   ? RC_OK
                   : refuse_value(schema, value, "", err);
    if (value->plain && !*value->text)
        return yaml_mistake(&value->mark, err,
            "%s has no value; write '' when it shall be empty text", schema->name);
    return RC_OK;
}

int yaml_check_value(
    const struct lysc_node *schema, const struct yaml_node *value, struct error *err)
{
    const struct ly_ctx *ctx = schema->module->ctx;
    const char *text = yaml_value_text(schema, value);
    LY_ERR rc = lyd_value_validate(ctx, schema, text, strlen(text), NULL, NULL, NULL);
    if (rc == LY_SUCCESS || rc == LY_EINCOMPLETE)
        return RC_OK;
    const struct ly_err_item *first = ly_err_first(ctx);
    char message[400] = "";
    if (first)
        snprintf(message, sizeof message, "%s", first->prev->msg ? first->prev->msg : "");
    ly_err_clean((struct ly_ctx *)ctx, NULL);
    return refuse_value(schema, value, message, err);
}

int yaml_term(struct lyd_node *parent, const struct lysc_node *schema, struct yaml_node *value,
    struct error *err)
{
    int rc = yaml_check_shape(schema, value, err);
    if (rc)
        return rc;
    struct lyd_node *node = NULL;
    if (lyd_new_term(
            parent, schema->module, schema->name, yaml_value_text(schema, value), 0, &node)) {
        rc = yaml_check_value(schema, value, err);
        return rc ? rc : yang_error(schema->module->ctx, RC_SETTINGS, err);
    }
    node->priv = &value->mark;
    return RC_OK;
}
