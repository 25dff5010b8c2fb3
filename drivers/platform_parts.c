#include "base/regex.h"
#include "base/yang.h"
#include "drivers/platform.h"

const struct lyd_node *platform_next_part(
    const struct platform *platform, const struct lyd_node *last)
{
    const struct lyd_node *node = last ? last->next : lyd_child(platform->data);
    while (node && strcmp(LYD_NAME(node), "parts") != 0)
        node = node->next;
    return node;
}

static bool fits(const char *pattern, const char *name)
{
    struct regex *regex = NULL;
    bool found = regex_new(pattern, 0, &regex, NULL) == 0 && regex_matches(regex, str_of(name));
    regex_free(regex);
    return found;
}

const struct lyd_node *platform_part_of_file(const struct platform *platform, const char *name)
{
    for (const struct lyd_node *part = NULL; (part = platform_next_part(platform, part));) {
        const char *pattern = yang_leaf(part, "file");
        if (pattern && platform_part_in_force(platform, yang_leaf(part, "name")) &&
            fits(pattern, name))
            return part;
    }
    return NULL;
}

/* Blanks and line ends at its end do not count. */
static struct str last_line(struct str text)
{
    while (text.len && strchr(" \t\r\n", text.at[text.len - 1]))
        text.len--;
    const char *before = text.len ? memrchr(text.at, '\n', text.len) : NULL;
    return before ? (struct str){before + 1, (size_t)(text.at + text.len - before - 1)} : text;
}

int platform_check_end(
    const struct lyd_node *part, struct str text, const char *place, struct error *err)
{
    const char *pattern = yang_leaf(part, "ends");
    struct regex *ends = NULL;
    struct str last = last_line(text);
    int rc = pattern ? regex_new(pattern, 0, &ends, err) : RC_OK;
    if (rc == RC_OK && ends && (last.len == 0 || !regex_matches(ends, last)))
        rc = error_at(err, RC_INCOMPLETE, place,
            "the end was not seen in %zu bytes; the last line has %zu characters", text.len,
            last.len);
    regex_free(ends);
    return rc;
}
