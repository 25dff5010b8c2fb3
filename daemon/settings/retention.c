/* Retention: what may go from the history, and when. */
#include <fnmatch.h>
#include <stdlib.h>

#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

#define DAY_S INT64_C(86400)

/* 1970 began with a Thursday. */
static const struct keep_period periods[] = {
    {"an hour", 3600, 0, 0},
    {"a day", DAY_S, 0, 0},
    {"a week", 7 * DAY_S, 3 * DAY_S, 0},
    {"a month", 0, 0, 1},
    {"a quarter", 0, 0, 3},
    {"a year", 0, 0, 12},
};

/* "90d"; the model has checked it. */
static int64_t age_us(const char *text)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'h', 3600}, {'d', DAY_S}, {'w', 7 * DAY_S}, {'y', 366 * DAY_S}};
    char *unit;
    int64_t number = strtol(text, &unit, 10), seconds = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (units[i].unit == *unit)
            seconds = units[i].seconds;
    return number * seconds * 1000000;
}

/* What stands behind `words` in the rule; NULL: they are not in it. */
static const char *behind(const char *rule, const char *words)
{
    const char *at = strstr(rule, words);
    return at ? at + strlen(words) : NULL;
}

/* "one a day of severity 60 for 1y"; the model has checked it. */
static struct keep_rule read_rule(const char *text)
{
    struct keep_rule rule = {.text = text};
    const char *newest = behind(text, "newest "), *severity = behind(text, " of severity "),
               *age = behind(text, " for "), *one = behind(text, "one ");
    for (size_t i = 0; one && i < sizeof periods / sizeof *periods; i++)
        if (strncmp(one, periods[i].word, strlen(periods[i].word)) == 0)
            rule.period = &periods[i];
    rule.newest = newest ? strtoul(newest, NULL, 10) : 0;
    rule.severity = severity ? atoi(severity) : 0;
    rule.for_us = age ? age_us(age) : 0;
    return rule;
}

static size_t count_children(const struct lyd_node *parent, const char *name)
{
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(parent); n; n = n->next)
        count += strcmp(LYD_NAME(n), name) == 0;
    return count;
}

/* The values of a leaf-list, NULL-terminated; NULL: no memory. */
static const char *const *read_words(
    struct loader *l, const struct lyd_node *parent, const char *name)
{
    const char **words =
        arena_take(&l->memory->arena, (count_children(parent, name) + 1) * sizeof(*words));
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(parent); words && n; n = n->next)
        if (strcmp(LYD_NAME(n), name) == 0)
            words[count++] = lyd_get_value(n);
    return words;
}

static int read_rules(struct loader *l, const struct lyd_node *node, struct keep_policy *policy)
{
    struct keep_rule *rules =
        arena_take(&l->memory->arena, (count_children(node, "keep") + 1) * sizeof *rules);
    if (!rules)
        return settings_no_memory(l->err);
    policy->rules = rules;
    for (const struct lyd_node *n = lyd_child(node); n; n = n->next)
        if (strcmp(LYD_NAME(n), "keep") == 0)
            rules[policy->rule_count++] = read_rule(lyd_get_value(n));
    return RC_OK;
}

static int check_groups(struct loader *l, const struct lyd_node *policy)
{
    for (const struct lyd_node *n = lyd_child(policy); n; n = n->next) {
        const char *nearest = NULL, *name = lyd_get_value(n);
        bool known = strcmp(LYD_NAME(n), "groups") != 0;
        for (const struct lyd_node *g = lyd_child(l->tree); g && !known; g = g->next) {
            if (strcmp(LYD_NAME(g), "groups") != 0)
                continue;
            const char *pair[] = {nearest ? nearest : yang_leaf(g, "name"), yang_leaf(g, "name")};
            const char *nearer = text_nearest(name, pair, 2);
            nearest = nearer ? nearer : nearest;
            known = strcmp(pair[1], name) == 0;
        }
        if (!known)
            return yaml_complain(n, l->err, "unknown group \"%.100s\"; %s%s%s", name,
                nearest ? "did you mean \"" : "it needs an entry in ", nearest ? nearest : "groups",
                nearest ? "\"?" : "");
    }
    return RC_OK;
}

static bool is_for_all(const struct keep_policy *policy)
{
    return !*policy->devices && !*policy->groups;
}

static int read_policy(struct loader *l, const struct lyd_node *node, struct keep_policy *policy,
    const struct keep_policy *before)
{
    const char *most = yang_leaf(node, "at-most");
    policy->name = yang_leaf(node, "name");
    policy->at_most = most ? strtoul(most, NULL, 10) : 0;
    policy->devices = read_words(l, node, "devices");
    policy->groups = read_words(l, node, "groups");
    if (!policy->devices || !policy->groups)
        return settings_no_memory(l->err);
    if (before && is_for_all(before))
        return yaml_complain(node, l->err,
            "policy %s stands behind %s, which is for every device: nothing is left for it; put it "
            "in front",
            policy->name, before->name);
    int rc = check_groups(l, node);
    return rc ? rc : read_rules(l, node, policy);
}

static int read_policies(struct loader *l, const struct lyd_node *node, struct retention *r)
{
    struct keep_policy *policies =
        arena_take(&l->memory->arena, (count_children(node, "policies") + 1) * sizeof *policies);
    int rc = policies ? RC_OK : settings_no_memory(l->err);
    r->policies = policies;
    for (const struct lyd_node *n = lyd_child(node); n && rc == RC_OK; n = n->next) {
        if (strcmp(LYD_NAME(n), "policies") != 0)
            continue;
        struct keep_policy *at = &policies[r->policy_count];
        rc = read_policy(l, n, at, r->policy_count ? at - 1 : NULL);
        r->policy_count++;
    }
    return rc;
}

int load_retention(struct loader *l)
{
    const struct lyd_node *node = yang_child(l->tree, "retention");
    if (!node)
        return RC_OK;
    struct retention *r = arena_take(&l->memory->arena, sizeof *r);
    if (!r)
        return settings_no_memory(l->err);
    r->runs_us = age_us(yang_leaf(node, "runs"));
    l->s->retention = r;
    return read_policies(l, node, r);
}

static bool fits(const struct keep_policy *policy, const char *device, const char *group)
{
    bool found = is_for_all(policy);
    for (const char *const *d = policy->devices; *d && !found; d++)
        found = fnmatch(*d, device, 0) == 0;
    for (const char *const *g = policy->groups; *g && group && !found; g++)
        found = strcmp(*g, group) == 0;
    return found;
}

const struct keep_policy *settings_policy(const struct settings *s, const char *device)
{
    const struct device *known = settings_device(s, device);
    size_t count = s->retention ? s->retention->policy_count : 0;
    for (size_t i = 0; i < count; i++)
        if (fits(&s->retention->policies[i], device, known ? known->group : NULL))
            return &s->retention->policies[i];
    return NULL;
}
