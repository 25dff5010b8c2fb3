/* rooms: base settings */
/* YAML into the settings model: whatever comes, it is a tree or a mistake with a place. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml.h"
#include "base/yang.h"
#include "settings/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void parse_schedules(const struct lyd_node *tree)
{
    for (const struct lyd_node *n = lyd_child(tree); n; n = n->next) {
        struct schedule *s = NULL;
        const char *when = strcmp(LYD_NAME(n), "schedules") == 0 ? yang_leaf(n, "when") : NULL;
        if (when && schedule_parse(when, &s, NULL) == RC_OK) {
            int64_t next = schedule_next_us(s, "r1", 300, INT64_C(1790000000000000));
            if (next <= INT64_C(1790000000000000))
                abort();
        }
        free(s);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char *const modules[] = {"rollcall-settings", NULL};
    static struct ly_ctx *ctx;
    struct lyd_node *tree = NULL;
    struct error err = ERROR_INIT;
    if (!ctx && yang_context(modules, &ctx, NULL))
        abort();
    int rc = yaml_parse(ctx, "rollcall-settings:settings", "fuzz.yaml",
        (struct str){(const char *)data, len}, &tree, &err);
    if (rc == RC_OK)
        parse_schedules(tree);
    else if (!*err.text || strchr(err.text, '\n') || strchr(err.show, '\x1b'))
        abort();
    yaml_free(tree);
    return 0;
}
