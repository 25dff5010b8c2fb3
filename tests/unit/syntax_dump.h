/* Reads a text by a syntax given as JSON and writes down what comes: for each line its depth, then
 * its words with a bar between them; `+` marks order that counts, `-` what is out of force. */
#ifndef ROLLCALL_TESTS_SYNTAX_DUMP_H
#define ROLLCALL_TESTS_SYNTAX_DUMP_H

#include <stdio.h>

#include "base/buf.h"
#include "base/yang.h"
#include "drivers/syntax/syntax.h"
#include "test.h"

struct dump {
    struct buf out;
    struct str text;
    bool numbers; /* write `number-last` in front, too */
};

static struct ly_ctx *dump_ctx;

static int dump_setup(void **state)
{
    static const char *const modules[] = {"rollcall-platform", NULL};
    (void)state;
    struct error err = ERROR_INIT;
    return yang_context(modules, &dump_ctx, &err);
}

static int dump_teardown(void **state)
{
    (void)state;
    ly_ctx_destroy(dump_ctx);
    return 0;
}

static int dump_line(void *ctx, const struct syntax_line *line)
{
    struct dump *d = ctx;
    assert_true(line->word_count > 0);
    assert_true(line->depth < SYNTAX_MAX_DEPTH);
    assert_true(line->number >= 1 && line->last >= line->number);
    assert_true(
        line->raw.at >= d->text.at && line->raw.at + line->raw.len <= d->text.at + d->text.len);
    if (d->numbers)
        buf_format(&d->out, "%u-%u ", line->number, line->last);
    buf_format(
        &d->out, "%u%s%s: ", line->depth, line->ordered ? "+" : "", line->inactive ? "-" : "");
    for (size_t i = 0; i < line->word_count; i++) {
        buf_add(&d->out, i ? "|" : "");
        buf_add_str(&d->out, line->words[i]);
    }
    buf_add_char(&d->out, '\n');
    return 0;
}

/* `entry` is the inside of a syntax entry as JSON: "\"shape\":\"indented\"". Free with
 * syntax_free(). */
static struct syntax *dump_syntax(const char *entry)
{
    struct buf json = {.cap = 1 << 20};
    struct lyd_node *tree = NULL;
    struct error err = ERROR_INIT;
    struct syntax *s = NULL;
    buf_format(&json,
        "{\"rollcall-platform:profile\":{\"platform\":\"test\",\"title\":\"Test\","
        "\"syntax\":[{\"name\":\"test\",%s}]}}",
        entry);
    if (lyd_parse_data_mem(
            dump_ctx, buf_text(&json), LYD_JSON, LYD_PARSE_ONLY | LYD_PARSE_STRICT, 0, &tree)) {
        yang_error(dump_ctx, RC_INVALID, &err);
        fail_msg("%s: %s", buf_text(&json), err.text);
    }
    if (syntax_new(yang_child(tree, "syntax"), &s, &err))
        fail_msg("%s", err.text);
    lyd_free_all(tree);
    buf_free(&json);
    return s;
}

/* The dump of `text`, or what went wrong. Free it. */
static char *dump_read(const struct syntax *s, struct str text, bool numbers)
{
    struct dump d = {.out = {.cap = 1 << 26}, .text = text, .numbers = numbers};
    struct syntax_sink sink = {dump_line, &d};
    struct error err = ERROR_INIT;
    if (syntax_read(s, text, &sink, &err)) {
        char line[1024];
        buf_clear(&d.out);
        buf_format(&d.out, "error %s: %s", rc_name(err.code), error_line(&err, line, sizeof line));
    }
    return d.out.data ? d.out.data : strdup("");
}

struct dump_case {
    const char *what, *text, *expected;
};

static void dump_check(const char *entry, const struct dump_case *cases, size_t count)
{
    struct syntax *s = dump_syntax(entry);
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        char *got = dump_read(s, str_of(cases[i].text), false);
        if (strcmp(got, cases[i].expected) != 0) {
            print_error("%s\n--- expected\n%s--- got\n%s\n", cases[i].what, cases[i].expected, got);
            wrong++;
        }
        free(got);
    }
    syntax_free(s);
    assert_int_equal(wrong, 0);
}

#endif
