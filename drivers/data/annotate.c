/* The schema that stands behind the data. */
#include "drivers/data/tree.h"

#define BEGIN "<?rollcall-schema"
#define END "?>"

/* Only at the very end, on lines of its own. */
struct str data_annotation(struct str text)
{
    struct str none = {"", 0}, trimmed = str_trim(text);
    const char *start = text.at + text.len;
    if (trimmed.len < strlen(BEGIN END) ||
        memcmp(trimmed.at + trimmed.len - strlen(END), END, strlen(END)) != 0)
        return none;
    /* No `<?` can be inside: paths and names have none, and values no question mark. */
    while ((start = memrchr(text.at, '?', (size_t)(start - text.at)))) {
        if (start == text.at || start[-1] != '<')
            continue;
        start--;
        struct str found = {start, (size_t)(text.at + text.len - start)};
        bool alone = start == text.at || start[-1] == '\n';
        return alone && str_starts(found, BEGIN) ? found : none;
    }
    return none;
}

struct str data_without_annotation(struct str text)
{
    text.len -= data_annotation(text).len;
    return text;
}

static void mark_all(const struct data *data, struct table *marked, int *rc)
{
    for (size_t i = 0; !*rc && i < data->count; i++) {
        const struct schema_node *node = place_of(data->elements[i])->schema;
        if (node && node->is.kind != DATA_UNKNOWN && !table_find(marked, node, NULL))
            *rc = table_put(marked, node, NULL, (void *)node);
    }
}

static bool occurs(void *ctx, const char *name_space)
{
    const struct data *data = ctx;
    for (const struct space *s = data->spaces; s; s = s->next)
        if (s->uri && strcmp((const char *)s->uri, name_space) == 0)
            return true;
    return false;
}

int data_annotate(
    struct str text, const struct data_schema *full, struct buf *out, struct error *err)
{
    struct data *data = NULL;
    struct table marked = {0};
    struct str body = data_without_annotation(text);
    int rc = full ? data_parse(body, full, NULL, 0, &data, err) : RC_OK;
    if (rc)
        return rc;
    rc = buf_add_str(out, body);
    if (full && !rc) {
        rc = body.len && body.at[body.len - 1] != '\n' ? buf_add_char(out, '\n') : RC_OK;
        rc = rc ? rc : buf_add(out, BEGIN "\n");
        mark_all(data, &marked, &rc);
        rc = rc ? rc : schema_print_some(full, &marked, occurs, data, out);
        rc = rc ? rc : buf_add(out, END "\n");
    }
    table_free(&marked);
    data_free(data);
    return rc ? error_set(err, rc, "no memory for a schema beside the data") : RC_OK;
}

/* The lines inside. */
static struct str schema_text(struct str text)
{
    struct str inside = data_annotation(text), line;
    if (!str_next_line(&inside, &line))
        return (struct str){"", 0};
    inside = str_trim(inside);
    inside.len -= inside.len >= strlen(END) ? strlen(END) : inside.len;
    return inside;
}

int data_own_schema(struct str text, struct data_schema **out, struct error *err)
{
    *out = NULL;
    return data_annotation(text).len ? data_schema_parse(schema_text(text), out, err) : RC_OK;
}

int data_common_schema(
    struct str newer, struct str older, struct data_schema **out, struct error *err)
{
    struct buf both = {0};
    *out = NULL;
    if (!data_annotation(newer).len && !data_annotation(older).len)
        return RC_OK;
    int rc = buf_add_str(&both, schema_text(newer));
    rc = rc ? rc : buf_add_char(&both, '\n');
    rc = rc ? rc : buf_add_str(&both, schema_text(older));
    rc = rc ? error_set(err, rc, "no memory for a schema")
            : data_schema_parse(buf_str(&both), out, err);
    buf_free(&both);
    return rc;
}
