#include "access/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

struct regex {
    pcre2_code *code;
    pcre2_match_data *found; /* one reader is used by one thread */
    pcre2_match_context *limits;
};

int regex_new(const char *pattern, bool whole, struct regex **out, struct error *err)
{
    int number;
    PCRE2_SIZE offset;
    uint32_t options = PCRE2_MULTILINE | (whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0);
    struct regex *r = calloc(1, sizeof *r);
    if (!r)
        return error_set(err, RC_NO_MEMORY, "no memory for an expression");
    r->code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &number, &offset, NULL);
    if (!r->code) {
        PCRE2_UCHAR text[128];
        pcre2_get_error_message(number, text, sizeof text);
        regex_free(r);
        return error_set(
            err, RC_SETTINGS, "%s at character %zu of \"%s\"", (char *)text, offset + 1, pattern);
    }
    (void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE); /* a sandbox may refuse; then without */
    r->found = pcre2_match_data_create_from_pattern(r->code, NULL);
    r->limits = pcre2_match_context_create(NULL);
    if (!r->found || !r->limits) {
        regex_free(r);
        return error_set(err, RC_NO_MEMORY, "no memory for an expression");
    }
    pcre2_set_match_limit(r->limits, 100000);
    pcre2_set_depth_limit(r->limits, 1000);
    *out = r;
    return RC_OK;
}

void regex_free(struct regex *r)
{
    if (!r)
        return;
    pcre2_match_context_free(r->limits);
    pcre2_match_data_free(r->found);
    pcre2_code_free(r->code);
    free(r);
}

bool regex_matches(const struct regex *r, struct str subject)
{
    return pcre2_match(r->code, (PCRE2_SPTR)(subject.at ? subject.at : ""), subject.len, 0, 0,
               r->found, r->limits) >= 0;
}

int regex_find(const struct regex *r, struct str subject, size_t start, const char *group,
    struct str *found, size_t *end)
{
    if (start > subject.len)
        return 0;
    int rc = pcre2_match(r->code, (PCRE2_SPTR)(subject.at ? subject.at : ""), subject.len, start, 0,
        r->found, r->limits);
    if (rc < 0)
        return rc == PCRE2_ERROR_NOMATCH ? 0 : -1;
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(r->found);
    size_t from = at[0], to = at[1];
    *end = at[1];
    int number = group ? pcre2_substring_number_from_name(r->code, (PCRE2_SPTR)group) : -1;
    if (number > 0 && at[2 * number] != PCRE2_UNSET) {
        from = at[2 * number];
        to = at[2 * number + 1];
    }
    if (to < from) /* \K inside a lookahead */
        return 0;
    *found = (struct str){subject.at + from, to - from};
    return 1;
}
