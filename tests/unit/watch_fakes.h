/* The rooms below `watch`, as small as its tests need them: two platforms, and a draft that is one
 * piece of text. */
#ifndef ROLLCALL_WATCH_FAKES_H
#define ROLLCALL_WATCH_FAKES_H

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "access/access.h"
#include "base/pack.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

static const struct platform fake_platforms[] = {{.name = "ios"}, {.name = "linux"}};

/* Any address: the fakes below know only the two. */
#define FAKE_PLATFORMS ((struct platforms *)(uintptr_t)fake_platforms)

const struct platform *platforms_at(const struct platforms *all, size_t index)
{
    (void)all;
    return index < 2 ? &fake_platforms[index] : NULL;
}

const struct platform *platforms_find(const struct platforms *all, const char *name)
{
    (void)all;
    for (size_t i = 0; i < 2; i++)
        if (strcasecmp(fake_platforms[i].name, name) == 0)
            return &fake_platforms[i];
    return NULL;
}

const struct platform *platforms_named(const struct platforms *all, const char *name)
{
    return platforms_find(all, name);
}

int platform_open(const struct platform *platform, struct error *err)
{
    (void)platform, (void)err;
    return RC_OK;
}

int platforms_load(
    const struct ly_ctx *ctx, const char *folder, struct platforms **out, struct error *err)
{
    (void)ctx, (void)folder, (void)err;
    *out = FAKE_PLATFORMS;
    return RC_OK;
}

void platforms_free(struct platforms *all)
{
    (void)all;
}

int reader_new(const struct platform *platform, struct reader **out, struct error *err)
{
    (void)err;
    *out = (struct reader *)(uintptr_t)platform;
    return RC_OK;
}

void reader_free(struct reader *r)
{
    (void)r;
}

struct draft {
    char *text;
};

int draft_read(const struct reader *r, const struct part *parts, size_t part_count,
    struct draft **out, struct error *err)
{
    (void)r, (void)err;
    *out = calloc(1, sizeof **out);
    (*out)->text = strdup(part_count ? buf_text(&parts[0].text) : "");
    return RC_OK;
}

void draft_free(struct draft *d)
{
    if (d)
        free(d->text);
    free(d);
}

int draft_pack(const struct draft *d, struct buf *out)
{
    return pack_text(out, d->text);
}

int draft_unpack(struct str message, struct draft **out, struct error *err)
{
    struct unpack u = {message, false};
    struct draft *d = calloc(1, sizeof *d);
    d->text = unpack_text(&u);
    if (!unpack_done(&u) || !d->text) {
        draft_free(d);
        return error_set(err, RC_FORMAT, "a draft that makes no sense");
    }
    *out = d;
    return RC_OK;
}

void driver_result_free(struct driver_result *result)
{
    for (size_t i = 0; i < result->part_count; i++) {
        free(result->parts[i].name);
        buf_free(&result->parts[i].text);
    }
    free(result->parts);
    for (size_t i = 0; i < result->host_key_count; i++) {
        struct driver_host_key *key = &result->host_keys[i];
        free(key->hop), free(key->algorithm), free(key->base64), free(key->fingerprint);
    }
    free(result->host_keys);
    free(result->hostname);
    *result = (struct driver_result){0};
}

#endif
