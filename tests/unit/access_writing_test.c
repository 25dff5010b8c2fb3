/* rooms: access drivers syntax data base */
/* The same config written in other ways gives the same tree: line ends, blanks, a byte order mark,
 * banners, options on lines of their own. A text cut anywhere is read or refused. */
#include "access_examples.h"

/* ---- line ends, blanks ---- */

static bool is_continued(const struct lyd_node *entry, struct str line)
{
    const char *with = yang_leaf(entry, "continuation");
    if (!with && is_shape(entry, "keyvalue words"))
        with = "\\";
    return with && line.len > 0 && line.at[line.len - 1] == *with;
}

/* Physical lines whose end is inside a word or banner. */
static bool *find_inner(const struct subject *s, size_t which, const struct syntax *syntax)
{
    struct lines l = {.text = buf_str(&s->parts[which].text)};
    struct syntax_sink sink = {take_line, &l};
    find_starts(&l);
    bool *inner = calloc(l.start_count + 2, sizeof *inner);
    assert_non_null(inner);
    syntax_read(syntax, l.text, &sink, NULL);
    for (size_t i = 0; i < l.count; i++)
        for (uint32_t n = l.at[i].number; n < l.at[i].last; n++)
            inner[n - 1] = true;
    free_lines(&l);
    return inner;
}

static void try_line_ends(const struct subject *s, size_t which, const struct lyd_node *entry,
    const struct syntax *syntax)
{
    static const struct {
        const char *what, *end, *behind;
    } ways[] = {{"CR LF", "\r\n", ""}, {"CR CR LF", "\r\r\n", ""}, {"CR alone", "\r", ""},
        {"blanks at line ends", "\n", "  "}};
    bool *inner = find_inner(s, which, syntax);
    for (size_t i = 0; i < COUNT(ways); i++) {
        struct str rest = buf_str(&s->parts[which].text), line;
        struct buf out = {0};
        if (*ways[i].behind && is_shape(entry, "fields")) /* a blank is part of a field */
            continue;
        for (size_t n = 0; str_next_line(&rest, &line); n++) {
            buf_add_str(&out, line);
            buf_add(&out, is_continued(entry, line) || inner[n] ? "" : ways[i].behind);
            buf_add(&out, ways[i].end);
        }
        expect_same(s, ways[i].what, which, buf_str(&out));
        buf_free(&out);
    }
    free(inner);
}

static void try_mark(const struct subject *s, size_t which)
{
    struct buf out = {0};
    buf_add(&out, "\xef\xbb\xbf");
    buf_add_str(&out, buf_str(&s->parts[which].text));
    expect_same(s, "a byte order mark", which, buf_str(&out));
    buf_free(&out);
}

/* ---- banners ---- */

/* The example's own lines, but those with the delimiter. */
static void add_look_alikes(struct buf *out, struct str text, char delimiter)
{
    struct str line;
    while (str_next_line(&text, &line))
        if (!memchr(line.at, delimiter, line.len) && !memchr(line.at, '^', line.len)) {
            buf_add_str(out, line);
            buf_add_char(out, '\n');
        }
}

static void try_banner(const struct subject *s, size_t which, const struct lyd_node *entry)
{
    static const char *const delimiters[] = {"^C", "\x03", "#", "%"};
    struct str text = buf_str(&s->parts[which].text);
    for (const struct lyd_node *n = lyd_child(entry); n; n = n->next) {
        const char *opens = strcmp(LYD_NAME(n), "banner") == 0 ? lyd_get_value(n) : NULL;
        if (!opens || strchr(opens, '*'))
            continue;
        for (size_t i = 0; i < COUNT(delimiters); i++) {
            struct buf out = {0};
            char *alone = strdup(opens);
            buf_format(&out, "%s %s\n", opens, delimiters[i]);
            /* the banner alone may mean something */
            buf_format(&out, "hello%s\n", delimiters[i]);
            buf_add_str(&out, text);
            char *expected = read_with(s, which, buf_str(&out));
            buf_clear(&out);
            buf_format(&out, "%s %s\n", opens, delimiters[i]);
            add_look_alikes(&out, text, *delimiters[i]);
            buf_format(&out, "%s\n", delimiters[i]);
            buf_add_str(&out, text);
            char *json = read_with(s, which, buf_str(&out));
            if (!json || !expected || strcmp(json, expected) != 0)
                complain(s, "a banner", buf_str(&out), json ? json : "an error");
            free(alone);
            free(json);
            free(expected);
            buf_free(&out);
        }
    }
}

/* ---- cuts ---- */

static void try_cuts(const struct subject *s, size_t which)
{
    struct str text = buf_str(&s->parts[which].text);
    for (int i = 0; text.len > 0 && i < 6; i++)
        free(read_with(s, which, (struct str){text.at, draw((uint32_t)text.len)}));
    struct lines l = {.text = text};
    find_starts(&l);
    for (int i = 0; l.start_count > 0 && i < 6; i++)
        free(read_with(s, which, (struct str){text.at, l.starts[draw((uint32_t)l.start_count)]}));
    free_lines(&l);
}

/* ---- options on lines of their own ---- */

enum { MOST_OPTIONS = 64 };

static size_t lines_tried;

/* A line whose options a strict rule knows: where they begin. */
struct options {
    struct str words[MOST_OPTIONS];
    size_t count;
    size_t at[MOST_OPTIONS + 1]; /* words before the first option, the second, ... */
    size_t known;
    bool open; /* another may follow the last */
};

/* The tree of the part alone, with this text. */
static struct lyd_node *read_alone(const struct subject *s, size_t which, struct str text)
{
    struct part parts[MOST_PARTS];
    struct lyd_node *tree = NULL;
    for (size_t i = 0; i < s->count; i++)
        parts[i] = (struct part){.name = s->parts[i].name};
    assert_int_equal(buf_add_str(&parts[which].text, text), 0);
    (void)read_parts(s, parts, &tree);
    buf_free(&parts[which].text);
    return tree;
}

/* Do the plain words of a pattern all come behind the first `at` words? */
static bool has_all(const struct options *o, size_t at, struct str pattern)
{
    struct str token;
    while (str_next_word(&pattern, &token)) {
        bool found = memchr(token.at, '{', token.len) || memchr(token.at, '|', token.len) ||
                     memchr(token.at, '?', token.len) || *token.at == '>';
        for (size_t i = at; i < o->count && !found; i++)
            found = str_equal(o->words[i], token);
        if (!found)
            return false;
    }
    return true;
}

/* Words of a pattern of plain ones and captures of one word that `o` begins with. 0: it does not;
 * MOST_OPTIONS + 1: it might, there is more in the pattern than that. */
static size_t fits(const char *pattern, const struct options *o)
{
    struct str rest = str_of(pattern), token;
    size_t at = 0;
    while (str_next_word(&rest, &token)) {
        bool capture = *token.at == '{';
        if (memchr(token.at, '?', token.len) || memchr(token.at, '>', token.len) ||
            (capture &&
                (token.at[token.len - 1] != '}' || strchr(".+~,", token.at[token.len - 2]))))
            return has_all(o, at, rest) ? MOST_OPTIONS + 1 : 0;
        if (at == o->count)
            return 0;
        struct str word = o->words[at++];
        bool found = capture;
        while (!found && token.len > 0) {
            const char *bar = memchr(token.at, '|', token.len);
            size_t len = bar ? (size_t)(bar - token.at) : token.len;
            found = str_equal(word, (struct str){token.at, len});
            len += bar != NULL;
            token = (struct str){token.at + len, token.len - len};
        }
        if (!found)
            return 0;
    }
    return at;
}

/* Words before the options, by the one rule for accounts that fits. 0: none, or it is not plain. */
static size_t words_of_rule(const struct subject *s, const struct options *o)
{
    size_t words = 0;
    for (const struct lyd_node *n = lyd_child(s->platform->data); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "access") != 0 || strcmp(yang_leaf(n, "entry"), "account") != 0)
            continue;
        size_t here = fits(yang_leaf(n, "match"), o);
        if (here == 0)
            continue;
        if (words || here > MOST_OPTIONS || yang_is_true(n, "attach") || yang_is_true(n, "delete"))
            return 0;
        words = here;
    }
    return words;
}

static void add_words(struct buf *out, const struct options *o, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        buf_format(out, "%.*s ", (int)o->words[i].len, o->words[i].at);
}

static bool knows(const struct subject *s, size_t which, const struct options *o, size_t from,
    size_t to, const char *behind)
{
    struct buf text = {0};
    add_words(&text, o, 0, from < o->at[0] ? from : o->at[0]);
    add_words(&text, o, from, to);
    buf_format(&text, "%s\n", behind);
    struct lyd_node *tree = read_alone(s, which, buf_str(&text));
    bool known = !tree || !yang_child(tree, "unread");
    lyd_free_all(tree);
    buf_free(&text);
    return known;
}

/* Options that say something of one secret belong to one line. */
static bool share_a_secret(const struct subject *s, size_t which, const struct options *o)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < o->known; i++) {
        struct buf text = {0};
        add_words(&text, o, 0, o->at[0]);
        add_words(&text, o, o->at[i], o->at[i + 1]);
        struct lyd_node *tree = read_alone(s, which, buf_str(&text));
        const struct lyd_node *account = tree ? yang_child(tree, "account") : NULL;
        count += account && yang_child(account, "secret");
        lyd_free_all(tree);
        buf_free(&text);
    }
    return count > 1;
}

/* Does an option end before word `i`, and another begin there? Then a word that nobody knows would
 * be reported there, and nothing is of what follows. */
static bool is_border(const struct subject *s, size_t which, const struct options *o, size_t i)
{
    return !knows(s, which, o, 0, i, "zzqq") &&
           (i == o->count || knows(s, which, o, i, o->count, ""));
}

static bool has_token(struct str pattern, struct str word)
{
    struct str token;
    while (str_next_word(&pattern, &token))
        if (str_equal(token, word))
            return true;
    return false;
}

/* Is there an option that is several of these in one? */
static bool has_long_option(const struct subject *s, const struct options *o)
{
    const struct lyd_node *node;
    for (const struct lyd_node *n = lyd_child(s->platform->data); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "access") != 0 || strcmp(yang_leaf(n, "entry"), "account") != 0)
            continue;
        LYD_TREE_DFS_BEGIN(n, node)
        {
            const char *match =
                strcmp(LYD_NAME(node), "options") == 0 ? yang_leaf(node, "match") : NULL;
            size_t count = 0;
            for (size_t i = 0; match && i + 1 < o->known; i++)
                count += has_token(str_of(match), o->words[o->at[i]]);
            if (count > 1)
                return true;
            LYD_TREE_DFS_END(n, node);
        }
    }
    return false;
}

static bool find_options(const struct subject *s, size_t which, struct str line, struct options *o)
{
    struct str word;
    *o = (struct options){.count = 0};
    if (memchr(line.at, '"', line.len) || memchr(line.at, '\'', line.len))
        return false;
    while (o->count < MOST_OPTIONS && str_next_word(&line, &word))
        o->words[o->count++] = word;
    size_t first = words_of_rule(s, o);
    o->at[0] = first;
    for (size_t i = first; first > 0 && i <= o->count; i++)
        if (is_border(s, which, o, i))
            o->at[o->known++] = i;
    o->open = o->known > 0 && o->at[o->known - 1] == o->count;
    if (!o->open && o->known > 0)
        o->at[o->known++] = o->count;
    return o->known > 2 && o->at[0] == first && !share_a_secret(s, which, o) &&
           !has_long_option(s, o); /* the entry and at least two options */
}

/* Each option on a line of its own, or all on one in the opposite order. */
static void write_options(struct buf *out, const struct options *o, bool split)
{
    size_t last = o->known - 1;
    for (size_t i = 0; split && i < last; i++) {
        add_words(out, o, 0, o->at[0]);
        add_words(out, o, o->at[i], o->at[i + 1]);
        buf_add_char(out, '\n');
    }
    if (split)
        return;
    add_words(out, o, 0, o->at[0]);
    for (size_t i = o->open ? last : last - 1; i > 0; i--)
        add_words(out, o, o->at[i - 1], o->at[i]);
    if (!o->open)
        add_words(out, o, o->at[last - 1], o->at[last]);
    buf_add_char(out, '\n');
}

static void try_options(const struct subject *s, size_t which, const struct syntax *syntax)
{
    struct lines l = {.text = buf_str(&s->parts[which].text)};
    struct syntax_sink sink = {take_line, &l};
    find_starts(&l);
    if (syntax_read(syntax, l.text, &sink, NULL) || yang_child(s->tree, "unread"))
        l.count = 0;
    for (size_t i = 0; i < l.count; i++) {
        const struct line *line = &l.at[i];
        size_t end = l.starts[line->number];
        struct options o;
        if (line->depth > 0 || line->last > line->number ||
            (i + 1 < l.count && l.at[i + 1].depth > 0) || l.text.at[line->start] == ' ' ||
            !find_options(
                s, which, str_trim((struct str){l.text.at + line->start, end - line->start}), &o))
            continue;
        for (int way = 0; way < 2; way++) {
            struct buf out = {0};
            buf_append(&out, l.text.at, line->start);
            write_options(&out, &o, way == 0);
            buf_append(&out, l.text.at + end, l.text.len - end);
            expect_same(s,
                way == 0 ? "options on lines of their own" : "options the other way round", which,
                buf_str(&out));
            buf_free(&out);
            lines_tried++;
        }
    }
    free_lines(&l);
}

/* ---- all of them ---- */

static void try_part(const struct subject *s, size_t which, const struct lyd_node *entry,
    const struct syntax *syntax)
{
    try_line_ends(s, which, entry, syntax);
    try_mark(s, which);
    try_cuts(s, which);
    if (is_shape(entry, "indented"))
        try_banner(s, which, entry);
    if (is_shape(entry, "indented set words"))
        try_options(s, which, syntax);
}

static void examples_may_be_written_in_other_ways(void **state)
{
    (void)state;
    static const struct trial trial = {.part = try_part};
    try_examples(&trial);
    if (getenv("COUNT"))
        fprintf(stderr, "%zu lines\n", lines_tried);
    assert_true(lines_tried > 100 || getenv("ROLLCALL_TEST_PLATFORM"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_may_be_written_in_other_ways),
    };
    return cmocka_run_group_tests_name("access_writing", tests, examples_setup, examples_teardown);
}
