/* rooms: access diff drivers syntax data base */
/* An account whose lines are taken out of a config is one event. */
#include "diff/diff.h"

#include "access_examples.h"

static struct meaning *meaning;
static size_t tried; /* accounts */

#define MOST_LINES 64

struct places {
    uint32_t number[MOST_LINES]; /* in the part */
    size_t which[MOST_LINES];
    size_t count;
};

static void add_places(const struct subject *s, const struct lyd_node *node, struct places *out)
{
    for (const struct lyd_meta *m = node->meta; m; m = m->next) {
        struct str rest = str_of(lyd_get_meta_value(m)), word;
        if (strcmp(m->name, "line") != 0)
            continue;
        while (str_next_word(&rest, &word)) {
            const char *colon = memchr(word.at, ':', word.len);
            if (!colon || out->count == MOST_LINES)
                continue;
            for (size_t p = 0; p < s->count; p++)
                if (str_equal(str_of(s->parts[p].name),
                        (struct str){word.at, (size_t)(colon - word.at)})) {
                    out->number[out->count] = (uint32_t)strtoul(colon + 1, NULL, 10);
                    out->which[out->count++] = p;
                }
        }
    }
}

static void list_places(const struct subject *s, const struct lyd_node *entry, struct places *out)
{
    const struct lyd_node *node;
    out->count = 0;
    LYD_TREE_DFS_BEGIN(entry, node)
    {
        add_places(s, node, out);
        LYD_TREE_DFS_END(entry, node);
    }
}

/* The end of the statement at `at` in a text of braces: its semicolon, its line, or the brace that
 * closes it. */
static size_t end_of_statement(struct str text, size_t at)
{
    unsigned open = 0;
    for (; at < text.len; at++) {
        struct str rest = {text.at + at, text.len - at};
        const char *close = NULL;
        if (text.at[at] == '"')
            close = memchr(rest.at + 1, '"', rest.len - 1);
        else if (str_starts(rest, "/*"))
            close = memmem(rest.at, rest.len, "*/", 2);
        if (close)
            at = (size_t)(close - text.at);
        else if (text.at[at] == '{')
            open++;
        else if (text.at[at] == '\n' && open == 0 && !str_starts(str_trim(rest), "{"))
            return at + 1;
        else if (text.at[at] == '}' && open == 0) /* of the block around it */
            return at;
        else if ((text.at[at] == ';' && open == 0) || (text.at[at] == '}' && --open == 0))
            return at + 1;
    }
    return text.len;
}

/* Where the block that line `i` opens ends. */
static size_t end_of_block(const struct lines *l, size_t i, const struct lyd_node *entry)
{
    unsigned deepest = l->at[i].depth;
    uint32_t last = l->at[i].last;
    if (is_shape(entry, "braces"))
        return end_of_statement(l->text, l->at[i].start);
    for (size_t k = i + 1; k < l->count && l->at[k].depth > l->at[i].depth; k++) {
        deepest = l->at[k].depth;
        last = l->at[k].last > last ? l->at[k].last : last;
    }
    size_t to_close = is_shape(entry, "edit") ? deepest - l->at[i].depth : 0;
    for (; to_close > 0 && last < l->start_count; last++) {
        struct str line = {l->text.at + l->starts[last], l->starts[last + 1] - l->starts[last]};
        line = str_trim(line);
        to_close -= str_is(line, "next") || str_is(line, "end");
    }
    return l->starts[last];
}

static bool has_word(struct str line, const char *name)
{
    struct str word;
    while (str_next_word(&line, &word)) {
        while (word.len > 0 && strchr("\";{", word.at[word.len - 1]))
            word.len--;
        while (word.len > 0 && *word.at == '"')
            word = (struct str){word.at + 1, word.len - 1};
        if (str_is(word, name))
            return true;
    }
    return false;
}

/* What is taken out: an account's places, or all lines that name it. */
struct taking {
    const struct places *places;
    const char *name; /* NULL: the places */
};

static bool is_taken(const struct taking *t, const struct lines *l, size_t i, size_t which)
{
    const struct line *line = &l->at[i];
    struct str text = {l->text.at + line->start, l->starts[line->number] - line->start};
    for (size_t k = 0; k < t->places->count; k++)
        if (t->places->which[k] == which && t->places->number[k] == line->number)
            return true;
    return t->name && has_word(text, t->name);
}

/* Which bytes of the part are of blocks that are taken out; NULL: it is no text of lines. Free it,
 * and the lines. */
static bool *find_gone(
    const struct subject *s, size_t which, const struct taking *t, struct lines *l)
{
    const struct syntax *syntax;
    const struct lyd_node *entry = syntax_of(s, which, &syntax);
    *l = (struct lines){.text = buf_str(&s->parts[which].text)};
    if (!entry || is_shape(entry, "xml json data"))
        return NULL;
    l->braces = is_shape(entry, "braces");
    struct syntax_sink sink = {take_line, l};
    find_starts(l);
    bool *gone = calloc(l->text.len + 1, sizeof *gone);
    assert_non_null(gone);
    syntax_read(syntax, l->text, &sink, NULL);
    for (size_t i = 0; i < l->count; i++)
        if (is_taken(t, l, i, which))
            for (size_t at = l->at[i].start, end = end_of_block(l, i, entry); at < end; at++)
                gone[at] = true;
    return gone;
}

/* The part's text without the blocks of these lines. */
static void cut_out(const struct subject *s, size_t which, const struct taking *t, struct buf *out)
{
    struct lines l;
    bool *gone = find_gone(s, which, t, &l);
    for (size_t i = 0; i < l.text.len; i++)
        if (!gone || !gone[i])
            buf_add_char(out, l.text.at[i]);
    free(gone);
    free_lines(&l);
}

/* Another entry of the tree is made by what is taken out with the account. */
static bool is_entangled(
    const struct subject *s, const struct lyd_node *account, const struct taking *t)
{
    const struct lyd_node *node;
    bool found = false;
    for (size_t p = 0; p < s->count; p++) {
        struct lines l;
        bool *gone = find_gone(s, p, t, &l);
        LYD_TREE_DFS_BEGIN(s->tree, node)
        {
            struct places other = {.count = 0};
            LYD_TREE_DFS_continue = node == account;
            if (gone && node != account)
                add_places(s, node, &other);
            for (size_t k = 0; k < other.count; k++)
                if (other.which[k] == p && other.number[k] <= l.start_count) {
                    size_t from = l.starts[other.number[k] - 1], to = l.starts[other.number[k]];
                    found = found || memchr(gone + from, true, to - from);
                }
            LYD_TREE_DFS_END(s->tree, node);
        }
        free(gone);
        free_lines(&l);
    }
    return found;
}

/* The events that come when these lines go, as a text; "account-deleted(NAME)" is as it should
 * be. */
static void list_events(const struct subject *s, const struct taking *t, struct buf *out)
{
    struct part parts[MOST_PARTS];
    struct lyd_node *tree = NULL;
    struct events events = {0};
    struct error err = ERROR_INIT;
    bool empty = false; /* nothing that a device would send */
    buf_clear(out);
    memcpy(parts, s->parts, sizeof parts);
    for (size_t p = 0; p < s->count; p++) {
        parts[p].text = (struct buf){0};
        cut_out(s, p, t, &parts[p].text);
        empty = empty || str_trim(buf_str(&parts[p].text)).len == 0;
    }
    if (empty)
        buf_add(out, "account-deleted(");
    else if (read_parts(s, parts, &tree) == 0)
        assert_int_equal(diff_access(meaning, s->tree, tree, &events, &err), 0);
    for (size_t i = 0; i < events.count; i++)
        buf_format(out, "%s%s(%s)", i ? " " : "", events.at[i].event, events.at[i].subject);
    events_free(&events);
    lyd_free_all(tree);
    for (size_t p = 0; p < s->count; p++)
        buf_free(&parts[p].text);
}

/* One event, of whatever name the deletion of this kind of account has. */
static bool is_one_deletion(const char *events)
{
    return strstr(events, "account-deleted(") == events && !strstr(events, ") ");
}

static void try_without(const struct subject *s, const struct lyd_node *account)
{
    struct places own;
    struct buf events = {0};
    list_places(s, account, &own);
    if (own.count == 0 || own.count == MOST_LINES)
        return;
    for (size_t i = 0; i < own.count; i++) {
        const struct syntax *syntax;
        const struct lyd_node *entry = syntax_of(s, own.which[i], &syntax);
        if (!entry || is_shape(entry, "xml json data"))
            return;
    }
    struct taking taking = {&own, NULL};
    if (is_entangled(s, account, &taking))
        return;
    tried++;
    list_events(s, &taking, &events);
    if (!is_one_deletion(buf_text(&events))) { /* what else is said of it goes with it */
        taking.name = yang_leaf(account, "name");
        list_events(s, &taking, &events);
    }
    if (!is_one_deletion(buf_text(&events))) {
        struct buf text = {0};
        cut_out(s, own.which[0], &taking, &text);
        complain(s, "an account less", buf_str(&text), buf_text(&events));
        buf_free(&text);
    }
    buf_free(&events);
}
static void try_accounts(const struct subject *s)
{
    for (struct lyd_node *n = lyd_child(s->tree); n; n = n->next)
        if (strcmp(LYD_NAME(n), "account") == 0)
            try_without(s, n);
}

static void an_account_less_is_one_event(void **state)
{
    (void)state;
    static const struct trial trial = {.version = try_accounts};
    const struct embedded *file = embedded_find("models/catalogue.yaml");
    struct error err = ERROR_INIT;
    assert_int_equal(
        meaning_new(ctx, file->name, (struct str){file->data, file->len}, &meaning, &err), 0);
    try_examples(&trial);
    meaning_free(meaning);
    assert_true(tried > 100 || getenv("ROLLCALL_TEST_PLATFORM"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_less_is_one_event),
    };
    return cmocka_run_group_tests_name("access_deletion", tests, examples_setup, examples_teardown);
}
