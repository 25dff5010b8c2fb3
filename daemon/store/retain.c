/* What a policy keeps: one walk a rule, from the newest version to the oldest. */
#include <time.h>

#include "store/prune.h"

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The number of the stretch of the calendar that the time is in. */
static int64_t period_of(const struct keep_period *period, int64_t time_us)
{
    int64_t seconds = floor_div(time_us, 1000000);
    if (period->seconds)
        return floor_div(seconds + period->offset_s, period->seconds);
    struct tm tm = {0};
    time_t t = (time_t)seconds;
    gmtime_r(&t, &tm);
    return floor_div((int64_t)tm.tm_year * 12 + tm.tm_mon, period->months);
}

static void keep(struct retained *version, const char *why)
{
    version->why = version->kept ? version->why : why;
    version->kept = true;
}

/* What an event changed shows only beside the version before. */
static void keep_before(
    const struct keep_rule *rule, struct retained *versions, size_t i, size_t count)
{
    if (rule->severity && i + 1 < count && versions[i + 1].number + 1 == versions[i].number)
        keep(&versions[i + 1], rule->text);
}

static void keep_by_rule(
    const struct keep_rule *rule, int64_t now_us, struct retained *versions, size_t count)
{
    size_t taken = 0;
    int64_t last = 0;
    for (size_t i = 0; i < count; i++) {
        const struct retained *v = &versions[i];
        int64_t period = rule->period ? period_of(rule->period, v->from_us) : 0;
        if (v->severity < rule->severity)
            continue;
        if (rule->for_us && v->until_us <= now_us - rule->for_us)
            continue;
        if (rule->newest && taken == rule->newest)
            continue;
        if (rule->period && taken && period == last)
            continue;
        last = period;
        taken++;
        keep(&versions[i], rule->text);
        keep_before(rule, versions, i, count);
    }
}

/* The oldest go first. */
static void keep_at_most(size_t most, struct retained *versions, size_t count)
{
    size_t kept = 0;
    for (struct retained *v = versions; v < versions + count; v++) {
        if (!v->bound && v->kept && kept >= most) {
            v->kept = false;
            v->why = "at-most";
        }
        kept += v->kept;
    }
}

void retain_choose(
    const struct keep_policy *policy, int64_t now_us, struct retained *versions, size_t count)
{
    static const struct keep_rule all = {.text = "all"};
    for (struct retained *v = versions; v < versions + count; v++) {
        v->kept = v->bound != NULL;
        v->why = v->bound ? v->bound : "no rule keeps it";
    }
    for (size_t i = 0; i < policy->rule_count; i++)
        keep_by_rule(&policy->rules[i], now_us, versions, count);
    if (policy->rule_count == 0)
        keep_by_rule(&all, now_us, versions, count);
    if (policy->at_most)
        keep_at_most(policy->at_most, versions, count);
}
