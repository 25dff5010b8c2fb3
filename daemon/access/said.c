#include "access/said.h"

#include <stdio.h>

static void add(char *out, size_t size, struct str word)
{
    size_t used = strlen(out);
    if (used + 2 >= size || word.len == 0)
        return;
    if (used)
        out[used++] = ' ';
    text_escape(out + used, size - used, word.at, word.len);
}

/* A capture may be shown when it names the entry: it went to one of its keys, and is no secret. */
static bool may_show(const struct action *action, const struct capture *capture)
{
    for (size_t i = 0; i < action->binding_count; i++)
        if (action->bindings[i].name == capture->name)
            return action->bindings[i].target->key &&
                   action->bindings[i].target->kind != TARGET_SECRET;
    return false;
}

static void add_path(char *out, size_t size, const struct trie_node *node,
    const struct caught *caught, const struct action *action)
{
    if (!node->parent)
        return;
    bool is_capture = node->label.len == 0 && !node->fresh;
    add_path(out, size, node->parent, is_capture && caught ? caught->before : caught, action);
    if (!is_capture)
        add(out, size, node->label);
    else if (caught && may_show(action, caught->capture))
        for (size_t i = 0; i < caught->count; i++)
            add(out, size, caught->words[i]);
}

const char *said_words(struct arena *arena, const struct trie_node *node,
    const struct caught *caught, const struct action *action)
{
    char text[400] = "";
    add_path(text, sizeof text, node, caught, action);
    return arena_dup(arena, str_of(text));
}

/* [a-z][a-z-]{0,23}: a keyword, not a password that somebody put in the wrong place. */
static bool is_plain(struct str word)
{
    if (word.len == 0 || word.len > 24 || word.at[0] == '-')
        return false;
    for (size_t i = 0; i < word.len; i++)
        if ((word.at[i] < 'a' || word.at[i] > 'z') && word.at[i] != '-')
            return false;
    return true;
}

static void add_words(char *out, size_t size, const struct trie_node *node)
{
    if (!node->parent)
        return;
    add_words(out, size, node->parent);
    add(out, size, node->label);
}

void said_with(
    const char *said, const struct trie_node *node, struct str word, char *out, size_t size)
{
    snprintf(out, size, "%s", said);
    add_words(out, size, node);
    if (is_plain(word))
        add(out, size, word);
}
