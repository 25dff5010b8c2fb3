/* rooms: access drivers syntax base */
/* What a collector sends, made up: it is refused, or makes a draft that builds a valid tree or
 * none. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "access/access.h"
#include "base/yang.h"

static struct ly_ctx *ctx;
static const struct platform *platform;
static const unsigned char key[FINGERPRINT_KEY_BYTES] = {1};

static struct error err;

static void must(int rc)
{
    if (!rc)
        return;
    fprintf(stderr, "%s: %s\n", rc_name(rc), err.text);
    abort();
}

static void prepare(void)
{
    static const char *const modules[] = {"rollcall-access", "rollcall-platform", NULL};
    static struct platforms *all; /* lives as long as the process */
    must(yang_context(modules, &ctx, &err));
    must(platforms_load(ctx, NULL, &all, &err));
    platform = platforms_find(all, "ios");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct draft *draft = NULL;
    struct lyd_node *tree = NULL, *again = NULL;
    struct buf json = {0};
    if (!platform)
        prepare();
    if (draft_unpack((struct str){(const char *)data, size}, &draft, &err) == 0 &&
        access_build(ctx, platform, draft, key, &tree, &err) == 0) {
        must(access_print(tree, true, &json, &err));
        must(access_parse(ctx, json.data, &again, &err));
    }
    lyd_free_all(tree);
    lyd_free_all(again);
    draft_free(draft);
    buf_free(&json);
    return 0;
}
