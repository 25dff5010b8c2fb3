/* rooms: access drivers syntax data base */
/* Lines at the top in another order give the same tree, where the syntax's `ordered` does not say
 * otherwise. */
#include "access_examples.h"

struct chunk {
    struct str text; /* a line at the top, all in it, and what follows that is no line */
    bool ordered;
};

struct order {
    struct str before; /* the first chunk */
    const char *end;   /* stands behind each, or NULL */
};

/* Where the chunk of line `i` starts: with the comment or end of block before it, when only that
 * puts an indented line at the top. */
static size_t chunk_start(const struct lines *l, size_t i)
{
    size_t start = l->at[i].start, number = l->at[i].number - 1;
    uint32_t before = i > 0 ? l->at[i - 1].last : 0;
    if (start < l->text.len && l->text.at[start] == ' ')
        while (number > before)
            start = l->starts[--number];
    return start;
}

/* Returns what stands before the first chunk. */
static struct str find_chunks(const struct lines *l, struct chunk **chunks, size_t *count)
{
    size_t first = l->text.len;
    *chunks = calloc(l->count + 1, sizeof **chunks);
    assert_non_null(*chunks);
    *count = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct line *line = &l->at[i];
        size_t start = chunk_start(l, i);
        bool inside = start < l->text.len && l->text.at[start] == ' ' && *count > 0;
        if (line->depth > 0 || inside ||
            (*count && l->text.at + start == (*chunks)[*count - 1].text.at)) {
            if (*count)
                (*chunks)[*count - 1].ordered |= line->ordered && line->depth == 0;
            continue;
        }
        if (*count == 0)
            first = start;
        (*chunks)[(*count)++] =
            (struct chunk){{l->text.at + start, 0}, line->ordered && line->depth == 0};
    }
    for (size_t i = 0; i < *count; i++) {
        const char *end = i + 1 < *count ? (*chunks)[i + 1].text.at : l->text.at + l->text.len;
        (*chunks)[i].text.len = (size_t)(end - (*chunks)[i].text.at);
    }
    return (struct str){l->text.at, first};
}

/* What ends a block that a line of `opens` begins; NULL: there are none. */
static const char *block_end(const struct lyd_node *entry)
{
    if (!yang_child(entry, "opens"))
        return NULL;
    const char *end = yang_leaf(entry, "ends");
    return end ? end : yang_leaf(entry, "comment");
}

static void join(struct buf *out, const struct order *o, const struct chunk *chunks, size_t count)
{
    buf_clear(out);
    buf_add_str(out, o->before);
    for (size_t i = 0; i < count; i++) {
        buf_add_str(out, chunks[i].text);
        if (out->len && out->data[out->len - 1] != '\n')
            buf_add_char(out, '\n');
        if (o->end)
            buf_format(out, "%s\n", o->end);
    }
}

static void swap(struct chunk *a, struct chunk *b)
{
    struct chunk c = *a;
    *a = *b;
    *b = c;
}

static bool is_same(const struct subject *s, size_t which, struct str text)
{
    char *json = read_with(s, which, text);
    bool same = json && strcmp(json, s->json) == 0;
    free(json);
    return same;
}

/* Statements may undo or override what stands above them: is one of the chunks such a statement,
 * or one that is overridden? Without the first there would be more, without the second the same,
 * and the second at the end would count. */
static bool override_each_other(const struct subject *s, size_t which, const struct order *o,
    const struct chunk *chunks, size_t count)
{
    struct chunk *other = calloc(count + 1, sizeof *other);
    struct buf out = {0};
    bool found = false;
    assert_non_null(other);
    for (size_t i = 0; i < count && !found; i++) {
        memcpy(other, chunks, i * sizeof *other);
        memcpy(other + i, chunks + i + 1, (count - i - 1) * sizeof *other);
        join(&out, o, other, count - 1);
        char *without = read_with(s, which, buf_str(&out));
        found = without && strlen(without) > strlen(s->json);
        if (without && strcmp(without, s->json) == 0) {
            other[count - 1] = chunks[i];
            join(&out, o, other, count);
            found = !is_same(s, which, buf_str(&out));
        }
        free(without);
    }
    buf_free(&out);
    free(other);
    return found;
}

/* Each unordered chunk to where one was. */
static void shuffle(struct chunk *chunks, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = draw((uint32_t)i);
        if (!chunks[i - 1].ordered && !chunks[k].ordered)
            swap(&chunks[i - 1], &chunks[k]);
    }
}

/* Which two sisters must not change places. */
static void name_culprits(const struct subject *s, size_t which, const struct order *o,
    const struct chunk *chunks, size_t count)
{
    struct chunk *other = calloc(count + 1, sizeof *other);
    struct buf out = {0};
    assert_non_null(other);
    for (size_t i = 0; i + 1 < count && *s->failed <= 40; i++) {
        struct str a = chunks[i].text, b = chunks[i + 1].text, x, y;
        if (chunks[i].ordered || chunks[i + 1].ordered)
            continue;
        memcpy(other, chunks, count * sizeof *other);
        swap(&other[i], &other[i + 1]);
        join(&out, o, other, count);
        if (!is_same(s, which, buf_str(&out)) && str_next_line(&a, &x) && str_next_line(&b, &y))
            fprintf(stderr, "---- order counts: \"%.*s\" before \"%.*s\"\n", (int)x.len, x.at,
                (int)y.len, y.at);
    }
    buf_free(&out);
    free(other);
}

static void try_order(const struct subject *s, size_t which, const struct lyd_node *entry,
    const struct syntax *syntax)
{
    struct lines l = {.text = buf_str(&s->parts[which].text)};
    struct syntax_sink sink = {take_line, &l};
    struct chunk *chunks = NULL;
    struct buf out = {0};
    size_t count = 0;
    find_starts(&l);
    if (syntax_read(syntax, l.text, &sink, NULL) == 0) {
        struct order o = {.end = block_end(entry)};
        o.before = find_chunks(&l, &chunks, &count);
        struct chunk *given = calloc(count + 1, sizeof *given);
        assert_non_null(given);
        memcpy(given, chunks, count * sizeof *given);
        for (int round = 0; round < 2; round++) {
            shuffle(chunks, count);
            join(&out, &o, chunks, count);
            if (is_same(s, which, buf_str(&out)) || override_each_other(s, which, &o, given, count))
                continue;
            expect_same(s, "another order", which, buf_str(&out));
            name_culprits(s, which, &o, given, count);
            break;
        }
        free(given);
    }
    buf_free(&out);
    free(chunks);
    free_lines(&l);
}
static void try_part(const struct subject *s, size_t which, const struct lyd_node *entry,
    const struct syntax *syntax)
{
    if (is_shape(entry, "indented set words fields edit"))
        try_order(s, which, entry, syntax);
}

static void order_means_something_only_where_a_profile_says_so(void **state)
{
    (void)state;
    static const struct trial trial = {.part = try_part};
    try_examples(&trial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_means_something_only_where_a_profile_says_so),
    };
    return cmocka_run_group_tests_name("access_order", tests, examples_setup, examples_teardown);
}
