#include "access/rules.h"

const struct scheme *scheme_find(const struct reader *r, const char *written, struct str value)
{
    for (const struct scheme *s = r->schemes; s; s = s->next)
        if (written ? strcmp(s->written, written) == 0
                    : s->looks && value.len && regex_matches(s->looks, value))
            return s;
    return NULL;
}

static bool all_one_of(struct str value, const char *set)
{
    for (size_t i = 0; i < value.len; i++)
        if (!value.at[i] || !strchr(set, value.at[i]))
            return false;
    return true;
}

/* What devices and exporters write instead of a secret. */
bool secret_is_masked(const struct reader *r, struct str value)
{
    static const char *const words[] = {"<removed>", "<hidden>", "<redacted>", "<secret>",
        "<secret hidden>", "<configuration removed>", "<password>", "<omitted>", "<masked>",
        "removed", "REMOVED", "hidden", "REDACTED", "SCRUBBED", "<SCRUBBED>", "/* SECRET-DATA */",
        "$SECRET$"};
    if (value.len == 0)
        return false;
    if (all_one_of(value, "*") || (value.len >= 3 && all_one_of(value, "*.xX")))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(value, words[i]))
            return true;
    for (const struct regex_list *m = r->masked; m; m = m->next)
        if (regex_matches(m->regex, value))
            return true;
    return false;
}
