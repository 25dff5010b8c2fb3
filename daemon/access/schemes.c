#include "access/rules.h"

const struct scheme *scheme_find(
    const struct reader *r, unsigned rank, const char *written, struct str value)
{
    for (const struct scheme *s = r->schemes; s; s = s->next)
        if ((s->rank == 0 || s->rank == rank) &&
            (written ? strcmp(s->written, written) == 0
                     : s->looks && value.len && regex_matches(s->looks, value)))
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
    static const char *const words[] = {"<removed>", "<hidden>", "<redacted>", "***",
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

static int hide_one(const struct regex *regex, struct str value, struct buf *out)
{
    struct str found;
    size_t end, at = 0, kept = 0;
    int rc = RC_OK;
    while (!rc && at <= value.len) {
        int hit = regex_find(regex, value, at, "secret", &found, &end);
        if (hit < 0)
            return buf_add(out, "***");
        if (hit == 0)
            break;
        rc = buf_append(out, value.at + kept, (size_t)(found.at - value.at) - kept);
        rc = rc ? rc : buf_add(out, "***");
        kept = (size_t)(found.at - value.at) + found.len;
        at = end > at ? end : at + 1;
    }
    return rc ? rc : buf_append(out, value.at + kept, value.len - kept);
}

int secrets_hide(const struct reader *r, struct str value, struct buf *out)
{
    struct buf one = {.cap = out->cap}, two = {.cap = out->cap};
    int rc = buf_add_str(&one, value);
    for (const struct regex_list *s = r->secrets; s && !rc; s = s->next) {
        buf_clear(&two);
        rc = hide_one(s->regex, buf_str(&one), &two);
        struct buf swap = one;
        one = two;
        two = swap;
    }
    rc = rc ? rc : buf_add_str(out, buf_str(&one));
    buf_wipe(&one);
    buf_wipe(&two);
    return rc;
}
