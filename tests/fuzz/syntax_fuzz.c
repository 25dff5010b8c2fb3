/* rooms: base syntax */
/* All readers: the first byte picks one of the syntaxes below, the rest is the text. */
#include <stdint.h>
#include <stdlib.h>

#include "base/yang.h"
#include "drivers/syntax/syntax.h"

static const char *const entries[] = {
    "\"shape\":\"indented\",\"comment\":[\"!\"],\"ends\":[\"exit\"],\"banner\":[\"banner *\"],"
    "\"ordered\":[\"access-list\",\"ip access-list >\",\"* * a\"],\"paired\":[\"%^%#\"],"
    "\"verbatim\":[{\"opens\":\"certificate\",\"ends\":\"quit\"},"
    "{\"opens\":\"key-string\",\"ends\":\"exit\",\"join\":true},"
    "{\"opens\":\"macro\",\"ends\":\"@\",\"flat\":true}]",
    "\"shape\":\"indented\",\"comment\":[\"#\"],\"quote\":\"\\\"'\",\"alone\":\"=\","
    "\"opens\":[\"vlan\"],\"under\":\"a b\",\"verbs\":[\"nv\",\"set\"]",
    "\"shape\":\"braces\",\"comment\":[\"#\",\"//\"],\"ordered\":[\"system authentication-order\"]",
    "\"shape\":\"set\",\"comment\":[\"#\"],\"verbs\":[\"set\"]",
    "\"shape\":\"edit\",\"comment\":[\"#\"]",
    "\"shape\":\"keyvalue\",\"comment\":[\"#\"],\"verbs\":[\"add\",\"set\"],\"ends\":[\"print\"]",
    "\"shape\":\"xml\",\"keys\":[\"name\",\"member uid\"],\"drop\":[\"entry\",\"data\"],"
    "\"embedded\":[{\"element\":\"cli\",\"syntax\":\"y\"}]",
    "\"shape\":\"json\",\"keys\":[\"name\"],\"drop\":[\"data\"]",
    "\"shape\":\"fields\",\"comment\":[\"#\"],\"under\":\"passwd\"",
    "\"shape\":\"words\",\"comment\":[\"#\"],\"keep\":[\"#include\"],\"opens\":[\"match\"],"
    "\"lower\":true,\"assign\":\"=\",\"alone\":\"(),:\"",
};
enum { ENTRIES = sizeof entries / sizeof *entries };

static struct syntax *syntaxes[ENTRIES];
static volatile unsigned long words_read; /* so that no compiler skips the reading */
static struct ly_ctx *ctx;                /* kept: what can be reached at the end is no leak */

static void compile(void)
{
    static const char *const modules[] = {"rollcall-platform", NULL};
    struct error err = ERROR_INIT;
    if (yang_context(modules, &ctx, &err))
        abort();
    for (size_t i = 0; i < ENTRIES; i++) {
        char json[2048];
        struct lyd_node *tree = NULL;
        snprintf(json, sizeof json,
            "{\"rollcall-platform:profile\":{\"syntax\":[{\"name\":\"x\",%s},"
            "{\"name\":\"y\",\"shape\":\"indented\"}]}}",
            entries[i]);
        if (lyd_parse_data_mem(ctx, json, LYD_JSON, LYD_PARSE_ONLY, 0, &tree) ||
            syntax_new(yang_child(tree, "syntax"), &syntaxes[i], &err))
            abort();
        lyd_free_all(tree);
    }
}

struct seen {
    struct str text;
    unsigned depth; /* of the last line */
    uint32_t number;
    unsigned long sum;
};

/* What every reader promises. */
static int check(void *user, const struct syntax_line *line)
{
    struct seen *seen = user;
    const char *end = seen->text.at + seen->text.len;
    if (line->depth >= SYNTAX_MAX_DEPTH || line->depth > seen->depth + 1 || line->word_count == 0 ||
        line->last < line->number || line->number < seen->number)
        abort();
    if (line->raw.at < seen->text.at || line->raw.at > end ||
        line->raw.len > (size_t)(end - line->raw.at))
        abort();
    for (size_t i = 0; i < line->word_count; i++)
        for (size_t k = 0; k < line->words[i].len; k++)
            seen->sum += (unsigned char)line->words[i].at[k];
    seen->depth = line->depth;
    seen->number = line->number;
    return RC_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!syntaxes[0])
        compile();
    if (size == 0)
        return 0;
    struct seen seen = {.text = {(const char *)data + 1, size - 1}, .depth = (unsigned)-1};
    struct syntax_sink sink = {check, &seen};
    const struct syntax *s = syntaxes[data[0] % ENTRIES];
    syntax_fits(s, seen.text);
    syntax_read(s, seen.text, &sink, NULL);
    words_read = seen.sum;
    return 0;
}
