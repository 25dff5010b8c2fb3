/* rooms: access drivers syntax data base */
/* What a collector sends, made up: it is refused, or makes a draft that builds a valid tree or
 * none. */
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct draft *draft = NULL;
    struct lyd_node *tree = NULL, *again = NULL;
    struct buf json = {0};
    if (!platform)
        prepare("ios");
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
