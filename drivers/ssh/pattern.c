#include "drivers/ssh/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

/* Generous for any sane expression on one line; a nested-quantifier accident ends in milliseconds.
 */
#define MATCH_STEPS 200000
#define MATCH_HEAP_KB 1024

struct pattern {
    pcre2_code *code;
    pcre2_match_data *found;
    pcre2_match_context *limits;
};

int pattern_new(const char *text, struct pattern **out, struct error *err)
{
    int fault = 0;
    PCRE2_SIZE at = 0;
    struct pattern *p = calloc(1, sizeof *p);
    if (!p)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    p->code =
        pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_MULTILINE, &fault, &at, NULL);
    if (!p->code) {
        PCRE2_UCHAR why[128];
        pcre2_get_error_message(fault, why, sizeof why);
        pattern_free(p);
        return error_set(err, RC_SETTINGS, "regular expression \"%s\" is wrong at column %zu: %s",
            text, at + 1, (const char *)why);
    }
    p->found = pcre2_match_data_create(1, NULL);
    p->limits = pcre2_match_context_create(NULL);
    if (!p->found || !p->limits) {
        pattern_free(p);
        return error_set(err, RC_NO_MEMORY, "out of memory");
    }
    pcre2_set_match_limit(p->limits, MATCH_STEPS);
    pcre2_set_heap_limit(p->limits, MATCH_HEAP_KB);
    *out = p;
    return RC_OK;
}

void pattern_free(struct pattern *p)
{
    if (!p)
        return;
    pcre2_code_free(p->code);
    pcre2_match_data_free(p->found);
    pcre2_match_context_free(p->limits);
    free(p);
}

bool pattern_found(const struct pattern *p, struct str s)
{
    /* With one pair of offsets PCRE2 answers 0 when there are groups. */
    return p && pcre2_match(
                    p->code, (PCRE2_SPTR)(s.at ? s.at : ""), s.len, 0, 0, p->found, p->limits) >= 0;
}

bool pattern_found_last(const struct pattern *p, struct str s)
{
    if (!pattern_found(p, s))
        return false;
    size_t end = pcre2_get_ovector_pointer(p->found)[1];
    return str_trim((struct str){s.at + end, s.len - end}).len == 0;
}
