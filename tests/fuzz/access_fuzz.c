/* rooms: access drivers syntax data base */
/* A config of IOS, the whole way: to a draft, through a message, to a tree, to JSON and back; and
 * shown without its secrets, line for line. */
#include <stdint.h>

#include "ios.h"

static struct reader *reader;

static void prepare(void)
{
    prepare_ios();
    must(reader_new(platform, &reader, &err));
}

static size_t count_lines(struct str text)
{
    struct str line;
    size_t count = 0;
    while (str_next_line(&text, &line))
        count++;
    return count;
}

static void show(struct str text)
{
    struct buf shown = {0};
    must(access_redact(reader, "running", text, key, &shown, &err));
    if (count_lines(text) != count_lines(buf_str(&shown)))
        abort();
    buf_free(&shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct part part = {.name = (char[]){"running"}};
    struct draft *draft = NULL, *passed = NULL;
    struct lyd_node *tree = NULL, *again = NULL;
    struct buf message = {0}, json = {0};
    if (!reader)
        prepare();
    must(buf_append(&part.text, data, size));
    show(buf_str(&part.text));
    if (draft_read(reader, &part, 1, &draft, &err) == 0) {
        must(draft_pack(draft, &message));
        must(draft_unpack(buf_str(&message), &passed, &err));
        must(access_build(ctx, platform, passed, key, &tree, &err));
        must(access_print(tree, true, &json, &err));
        must(access_parse(ctx, json.data, &again, &err));
        if (lyd_compare_single(tree, again, LYD_COMPARE_FULL_RECURSION))
            abort();
    }
    lyd_free_all(tree);
    lyd_free_all(again);
    draft_free(draft);
    draft_free(passed);
    buf_free(&message);
    buf_free(&json);
    buf_free(&part.text);
    return 0;
}
