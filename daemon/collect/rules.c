/* Compiled rules of the platforms that this process has met. */
#include <stdlib.h>

#include "collect/run.h"

static int no_memory(const struct platform *platform, struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "no memory for the rules of %s", platform->name);
}

static int find_rules(
    struct collect *c, const struct platform *platform, struct rules **out, struct error *err)
{
    for (size_t i = 0; i < c->rules_count; i++)
        if (c->rules[i]->platform == platform) {
            *out = c->rules[i];
            return RC_OK;
        }
    struct rules **more = realloc(c->rules, (c->rules_count + 1) * sizeof(struct rules *));
    if (!more)
        return no_memory(platform, err);
    c->rules = more;
    struct rules *rules = calloc(1, sizeof *rules);
    if (!rules)
        return no_memory(platform, err);
    rules->platform = platform;
    *out = more[c->rules_count++] = rules;
    return RC_OK;
}

int rules_config(struct collect *c, const struct platform *platform,
    const struct config_reader **out, struct error *err)
{
    struct rules *rules = NULL;
    int rc = find_rules(c, platform, &rules, err);
    if (rc == RC_OK && !rules->config)
        rc = config_reader_new(platform, &rules->config, err);
    if (rc == RC_OK)
        *out = rules->config;
    return rc;
}

int rules_access(struct collect *c, const struct platform *platform, const struct reader **out,
    struct error *err)
{
    struct rules *rules = NULL;
    int rc = find_rules(c, platform, &rules, err);
    if (rc == RC_OK && !rules->access)
        rc = reader_new(platform, &rules->access, err);
    if (rc == RC_OK)
        *out = rules->access;
    return rc;
}

void rules_forget(struct collect *c)
{
    for (size_t i = 0; i < c->rules_count; i++) {
        config_reader_free(c->rules[i]->config);
        reader_free(c->rules[i]->access);
        free(c->rules[i]);
    }
    free(c->rules);
    c->rules = NULL;
    c->rules_count = 0;
}
