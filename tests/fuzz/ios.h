/* What fuzzers of IOS configs share: the models, the platform, a key. */
#ifndef ROLLCALL_FUZZ_IOS_H
#define ROLLCALL_FUZZ_IOS_H

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

static void prepare_ios(void)
{
    static const char *const modules[] = {"rollcall-access", "rollcall-platform", NULL};
    static struct platforms *all; /* lives as long as the process */
    must(yang_context(modules, &ctx, &err));
    must(platforms_load(ctx, NULL, &all, &err));
    platform = platforms_find(all, "ios");
}

#endif
