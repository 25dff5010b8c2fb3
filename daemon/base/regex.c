#include "base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

/* Generous for any sane expression on one line; an accident of nested quantifiers ends in
 * milliseconds. */
#define MATCH_STEPS 100000
#define MATCH_DEPTH 1000
#define MATCH_HEAP_KB 1024

struct regex {
    pcre2_code *code;
    pcre2_match_data *found;
    pcre2_match_context *limits;
};

int regex_new(const char *pattern, unsigned options, struct regex **out, struct error *err)
{
    int number;
    PCRE2_SIZE offset;
    uint32_t flags = PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C |
                     (options & REGEX_WHOLE ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0);
    struct regex *r = calloc(1, sizeof *r);
    if (!r)
        return error_set(err, RC_NO_MEMORY, "no memory for an expression");
    pcre2_compile_context *settings = pcre2_compile_context_create(NULL);
    if (!settings) {
        free(r);
        return error_set(err, RC_NO_MEMORY, "no memory for an expression");
    }
    pcre2_set_newline(settings, PCRE2_NEWLINE_ANYCRLF); /* saved configs have any of them */
    r->code = pcre2_compile(
        (PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, flags, &number, &offset, settings);
    pcre2_compile_context_free(settings);
    if (!r->code) {
        PCRE2_UCHAR text[128];
        pcre2_get_error_message(number, text, sizeof text);
        regex_free(r);
        return error_set(err, RC_SETTINGS, "regular expression \"%s\" is wrong at column %zu: %s",
            pattern, offset + 1, (char *)text);
    }
    if (options & REGEX_OFTEN)
        (void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE); /* a sandbox may refuse: then not */
    r->found = pcre2_match_data_create_from_pattern(r->code, NULL);
    r->limits = pcre2_match_context_create(NULL);
    if (!r->found || !r->limits) {
        regex_free(r);
        return error_set(err, RC_NO_MEMORY, "no memory for an expression");
    }
    pcre2_set_match_limit(r->limits, MATCH_STEPS);
    pcre2_set_depth_limit(r->limits, MATCH_DEPTH);
    pcre2_set_heap_limit(r->limits, MATCH_HEAP_KB);
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

static int match(const struct regex *r, struct str subject, size_t start)
{
    return pcre2_match(r->code, (PCRE2_SPTR)(subject.at ? subject.at : ""), subject.len, start, 0,
        r->found, r->limits);
}

bool regex_matches(const struct regex *r, struct str subject)
{
    return r && match(r, subject, 0) >= 0;
}

bool regex_matches_last(const struct regex *r, struct str subject)
{
    if (!regex_matches(r, subject))
        return false;
    size_t end = pcre2_get_ovector_pointer(r->found)[1];
    return str_trim((struct str){subject.at + end, subject.len - end}).len == 0;
}

int regex_find(const struct regex *r, struct str subject, size_t start, const char *group,
    struct str *found, size_t *end)
{
    if (start > subject.len)
        return 0;
    int rc = match(r, subject, start);
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
