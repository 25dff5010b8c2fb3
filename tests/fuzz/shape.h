/* A fuzzer of one shape of syntax: a file gives `entries`, the insides of syntax entries, and
 * includes this. The first byte of the input picks the entry, the rest is the text. */
#include <stdint.h>
#include <stdlib.h>

#include "shapes.h"

enum { ENTRIES = sizeof entries / sizeof *entries };

static volatile unsigned long words_read; /* so that no compiler skips the reading */

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
    static const char *const modules[] = {"rollcall-platform", NULL};
    static struct syntax *syntaxes[ENTRIES];
    static struct ly_ctx *ctx; /* kept: what can be reached at the end is no leak */
    if (!ctx && yang_context(modules, &ctx, NULL))
        abort();
    for (size_t i = 0; !syntaxes[ENTRIES - 1]; i++)
        syntaxes[i] = text_syntax(ctx, entries[i]);
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
