/* rooms: base data */
/* YANG data: the first byte says whether it is read with a schema, with names, in force only, or is
 * the text of a schema itself; the rest is the text. */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "drivers/data/data.h"

enum { WITH_SCHEMA = 1, WITH_NAMES = 2, IN_FORCE = 4, IS_SCHEMA = 8 };

static const char schema_text[] =
    "/m:a container\n/m:a/e list key k ordered\n/m:a/e/k leaf string\n/m:a/i leaf identity default "
    "m:x\n/m:a/n leaf number default 5\n/m:a/p container presence\n/m:a/s leaf-list string\n"
    "/m:a/w leaf instance\n/m:a/y anydata\n/m:a/z leaf empty\nmodule m urn:m\n";

static volatile unsigned long seen; /* so that no compiler skips the reading */

static struct data_schema *schema_of(struct str text)
{
    struct data_schema *schema = NULL;
    return data_schema_parse(text, &schema, NULL) ? NULL : schema;
}

static int check_line(void *ctx, const struct data_line_of *line)
{
    const struct str *text = ctx;
    if (line->depth >= DATA_MAX_DEPTH || line->word_count == 0 || line->last < line->number ||
        line->number == 0 || line->start > line->end || line->end > text->len)
        abort();
    for (size_t i = 0; i < line->word_count; i++)
        seen += line->words[i].len ? (unsigned char)line->words[i].at[0] : 0;
    return RC_OK;
}

/* What every tree promises. */
static void check_tree(const struct data *data)
{
    struct buf path = {0};
    const xmlNode *node;
    for (size_t i = 0; (node = data_element(data, i)); i++) {
        uint32_t line = data_line(node);
        if (data_index(node) != i || line == 0 || data_last_line(node) < line ||
            !data_at_line(data, line) || !data_at_offset(data, data_offset(node)))
            abort();
        seen += data_value(node).len + data_is_default(data, node);
        buf_clear(&path);
        if (i < 200 && data_path(data, node, &path))
            abort();
        for (size_t k = 0; k < path.len; k++) /* safe for a terminal */
            if ((unsigned char)path.data[k] < ' ')
                abort();
    }
    buf_free(&path);
}

/* What was printed can be read, and prints the same. */
static void check_print(
    const struct data *data, enum data_form form, const struct data_schema *schema)
{
    struct buf text = {0}, again = {0};
    struct data *back = NULL;
    if (data_print(data, form, &text, NULL))
        abort();
    if (data_element(data, 0) && data_parse(buf_str(&text), schema, NULL, 0, &back, NULL) == 0 &&
        data_print(back, form, &again, NULL))
        abort();
    data_free(back);
    buf_free(&text);
    buf_free(&again);
}

static void check_annotation(struct str text)
{
    struct data_schema *schema = schema_of(str_of(schema_text));
    struct buf once = {0}, twice = {0};
    if (data_annotate(text, schema, &once, NULL) == RC_OK) {
        if (data_annotation(buf_str(&once)).len == 0 ||
            data_annotate(buf_str(&once), schema, &twice, NULL) ||
            !str_equal(buf_str(&once), buf_str(&twice)))
            abort();
    }
    buf_free(&once);
    buf_free(&twice);
    data_schema_free(schema);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const spaces[] = {"urn:*:m", NULL}, *const roots[] = {"a", NULL};
    static const struct data_module module = {"m", spaces, roots};
    static const struct data_names names = {&module, 1};
    if (size == 0)
        return 0;
    struct str text = {(const char *)bytes + 1, size - 1};
    if (bytes[0] & IS_SCHEMA) {
        struct data_schema *schema = schema_of(text);
        seen += data_schema_find(schema, STR("/m:a/e")) != NULL;
        data_schema_free(schema);
        return 0;
    }
    struct data_schema *schema = bytes[0] & WITH_SCHEMA ? schema_of(str_of(schema_text)) : NULL;
    struct data *data = NULL;
    if (data_parse(text, schema, bytes[0] & WITH_NAMES ? &names : NULL,
            bytes[0] & IN_FORCE ? DATA_IN_FORCE : 0, &data, NULL) == RC_OK) {
        check_tree(data);
        if (data_walk(data, check_line, &text))
            abort();
        check_print(data, DATA_XML, schema);
        check_print(data, DATA_JSON, schema);
        check_print(data, DATA_TREE, schema);
        check_annotation(text);
    }
    data_free(data);
    data_schema_free(schema);
    return 0;
}
