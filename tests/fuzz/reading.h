/* What fuzzers of configs share: the models, a platform, a key, and the whole way of a config. */
#ifndef ROLLCALL_FUZZ_READING_H
#define ROLLCALL_FUZZ_READING_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "access/access.h"
#include "base/yang.h"

static struct ly_ctx *ctx;
static const struct platform *platform;
static const unsigned char key[FINGERPRINT_KEY_BYTES] = {1};
static struct error err;

static inline void must(int rc)
{
    if (!rc)
        return;
    fprintf(stderr, "%s: %s\n", rc_name(rc), err.text);
    abort();
}

static inline void prepare(const char *name)
{
    static const char *const modules[] = {"rollcall-access", "rollcall-platform", NULL};
    static struct platforms *all; /* lives as long as the process */
    must(yang_context(modules, &ctx, &err));
    must(platforms_load(ctx, NULL, &all, &err));
    platform = platforms_find(all, name);
}

static inline size_t count_lines(struct str text)
{
    struct str line;
    size_t count = 0;
    while (str_next_line(&text, &line))
        count++;
    return count;
}

/* Without its secrets it has the same lines. */
static inline void show(const struct reader *reader, const char *part, struct str text)
{
    struct buf shown = {0};
    int rc = access_redact(reader, part, text, key, &shown, &err);
    must(rc == RC_LIMIT ? RC_OK : rc);
    if (rc == RC_OK && count_lines(text) != count_lines(buf_str(&shown)))
        abort();
    buf_free(&shown);
}

/* To a draft, through a message, to a tree, to JSON and back. */
static inline void read_whole_way(
    const struct reader *reader, const char *name, const uint8_t *data, size_t size)
{
    struct part part = {.name = (char *)name};
    struct draft *draft = NULL, *passed = NULL;
    struct lyd_node *tree = NULL, *again = NULL;
    struct buf message = {0}, json = {0};
    must(buf_append(&part.text, data, size));
    show(reader, name, buf_str(&part.text));
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
}

#endif
