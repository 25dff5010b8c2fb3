/* Reads data and writes down what comes. */
#ifndef ROLLCALL_TESTS_DATA_DUMP_H
#define ROLLCALL_TESTS_DATA_DUMP_H

#include "base/buf.h"
#include "drivers/data/data.h"
#include "test.h"

/* A device as the examples have it: own modules, own names. */
#define DUMP_SCHEMA                                                                                \
    "/m:box container\n"                                                                           \
    "/m:box/entry list key area name\n"                                                            \
    "/m:box/entry/area leaf string\n"                                                              \
    "/m:box/entry/name leaf string\n"                                                              \
    "/m:box/entry/x:extra leaf string\n"                                                           \
    "/m:box/kind leaf identity default x:plain\n"                                                  \
    "/m:box/limit leaf number default 5\n"                                                         \
    "/m:box/log leaf-list string\n"                                                                \
    "/m:box/on container presence\n"                                                               \
    "/m:box/order leaf-list string ordered\n"                                                      \
    "/m:box/where leaf instance\n"                                                                 \
    "/m:box/yes leaf boolean\n"                                                                    \
    "/m:box/zero leaf empty\n"                                                                     \
    "module m urn:example:m\n"                                                                     \
    "module x http://example.com/x/1.0\n"

static inline struct data_schema *dump_schema(const char *text)
{
    struct error err = ERROR_INIT;
    struct data_schema *schema = NULL;
    if (data_schema_parse(str_of(text), &schema, &err))
        fail_msg("%s: %s", err.place, err.text);
    return schema;
}

static inline struct data *dump_parse(
    const char *text, const struct data_schema *schema, unsigned flags)
{
    struct error err = ERROR_INIT;
    struct data *data = NULL;
    char line[1200];
    if (data_parse(str_of(text), schema, NULL, flags, &data, &err))
        fail_msg("%s\n%s", text, error_line(&err, line, sizeof line));
    return data;
}

/* Each element's path, and the text of a leaf behind a blank. */
static inline char *dump_paths(const struct data *data)
{
    struct buf out = {0};
    const xmlNode *node;
    for (size_t i = 0; (node = data_element(data, i)); i++) {
        assert_int_equal(data_index(node), i);
        data_path(data, node, &out);
        struct str value = data_value(node);
        if (value.len)
            buf_add_char(&out, ' ');
        buf_add_str(&out, value);
        buf_add_char(&out, '\n');
    }
    buf_add(&out, "");
    return out.data ? out.data : calloc(1, 1);
}

static inline int dump_line(void *ctx, const struct data_line_of *line)
{
    struct buf *out = ctx;
    buf_format(out, "%u%s%s: ", line->depth, line->ordered ? "+" : "", line->inactive ? "-" : "");
    for (size_t i = 0; i < line->word_count; i++) {
        buf_add(out, i ? "|" : "");
        buf_add_str(out, line->words[i]);
    }
    buf_add_char(out, '\n');
    return 0;
}

static inline char *dump_lines(const struct data *data)
{
    struct buf out = {0};
    assert_int_equal(data_walk(data, dump_line, &out), 0);
    return out.data ? out.data : calloc(1, 1);
}

static inline char *dump_print(const struct data *data, enum data_form form)
{
    struct buf out = {0};
    assert_int_equal(data_print(data, form, &out, NULL), 0);
    return out.data ? out.data : calloc(1, 1);
}

#endif
