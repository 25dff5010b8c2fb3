/* rooms: base diff */
#include <stdio.h>
#include <string.h>

#include "diff/sequence.h"
#include "test.h"

#define MAX 40

static uint64_t seed;

static uint32_t roll(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % below;
}

static uint32_t longest_common(const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m)
{
    uint32_t best[MAX + 1][MAX + 1] = {0};
    for (uint32_t i = 1; i <= n; i++)
        for (uint32_t j = 1; j <= m; j++) {
            uint32_t up = best[i - 1][j], left = best[i][j - 1];
            best[i][j] = a[i - 1] == b[j - 1] ? best[i - 1][j - 1] + 1 : up > left ? up : left;
        }
    return best[n][m];
}

/* Number of matches; they must be of equal ids and rise. */
static uint32_t check(
    const uint32_t *a, uint32_t n, const uint32_t *b, uint32_t m, uint32_t ids, int64_t budget)
{
    uint32_t match[MAX], count = 0, next = 0;
    struct error err = ERROR_INIT;
    assert_int_equal(sequence_match(a, n, b, m, ids, &budget, match, &err), RC_OK);
    for (uint32_t i = 0; i < n; i++) {
        if (match[i] == NO_MATCH)
            continue;
        assert_true(match[i] >= next && match[i] < m);
        assert_int_equal(a[i], b[match[i]]);
        next = match[i] + 1;
        count++;
    }
    return count;
}

static void a_longest_common_subsequence_is_found(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        uint32_t a[MAX], b[MAX];
        seed = round;
        uint32_t n = roll(MAX), m = roll(MAX), ids = 1 + roll(round % 2 ? 4 : 30);
        for (uint32_t i = 0; i < n; i++)
            a[i] = roll(ids);
        for (uint32_t i = 0; i < m; i++)
            b[i] = roll(ids);
        assert_int_equal(check(a, n, b, m, ids, 1000000), longest_common(a, n, b, m));
        check(a, n, b, m, ids, -1);
        check(a, n, b, m, ids, roll(50));
    }
}

static void what_is_unique_is_matched_without_any_budget(void **state)
{
    (void)state;
    static const uint32_t a[] = {9, 1, 2, 3, 4, 5, 8, 8}, b[] = {3, 1, 2, 7, 4, 5, 6, 8};
    assert_int_equal(check(a, COUNT(a), b, COUNT(b), 10, -1), 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_longest_common_subsequence_is_found),
        cmocka_unit_test(what_is_unique_is_matched_without_any_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
