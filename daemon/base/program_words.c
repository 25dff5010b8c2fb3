#include "base/program.h"

#define MOST_WORDS 128

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Copy one word to `out` (NULL: only look); moves `*text` past it. `*sign` gets the first sign of a
 * shell. False: a quote is not closed. */
static bool take_word(const char **text, char *out, const char **sign)
{
    const char *at = *text;
    char quote = '\0';
    for (; *at; at++) {
        if (!quote && is_blank(*at))
            break;
        if (*at == '\\' && quote != '\'' && at[1]) {
            at++;
        } else if (quote ? *at == quote : *at == '"' || *at == '\'') {
            quote = quote ? '\0' : *at;
            continue;
        } else if (!*sign && strchr(quote == '"' ? "$`" : quote ? "" : ";|&<>()$`", *at)) {
            *sign = at;
        }
        if (out)
            *out++ = *at;
    }
    if (out)
        *out = '\0';
    *text = at;
    return !quote;
}

int program_words(
    struct arena *arena, const char *text, const char *const **words, struct error *err)
{
    const char **made = arena_take(arena, (MOST_WORDS + 1) * sizeof *made);
    const char *sign = NULL;
    size_t count = 0, len = strlen(text);
    if (!made)
        return error_set(err, RC_NO_MEMORY, "no memory for a command");
    for (;;) {
        text += strspn(text, " \t\n");
        if (!*text)
            break;
        char *word = arena_take(arena, len + 1);
        if (!word)
            return error_set(err, RC_NO_MEMORY, "no memory for a command");
        if (count == MOST_WORDS)
            return error_set(err, RC_SETTINGS, "a command has at most %d words", MOST_WORDS);
        if (!take_word(&text, word, &sign))
            return error_set(err, RC_SETTINGS, "a quote in the command is not closed");
        made[count++] = word;
    }
    if (count == 0)
        return error_set(err, RC_SETTINGS, "the command is empty");
    *words = made;
    return RC_OK;
}

const char *program_shell_sign(const char *text)
{
    const char *sign = NULL;
    while (*(text += strspn(text, " \t\n")))
        take_word(&text, NULL, &sign);
    return sign;
}
