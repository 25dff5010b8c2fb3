#include "watch/messages.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/pack.h"
#include "drivers/platform.h"

/* Of a device's config, or of the modules that it taught us. */
static const struct {
    uint32_t parts;
    size_t name;
} most[] = {[DRIVER_PULL] = {256, 64}, [DRIVER_LEARN] = {5000, 250}};

#define MOST_HOST_KEYS 64
#define MOST_MARK ((size_t)64 << 10)
#define MOST_AUTHOR 160

static bool pack_parts(struct buf *out, const struct driver_result *driver)
{
    bool bad = pack_u32(out, (uint32_t)driver->part_count) != 0;
    for (size_t i = 0; !bad && i < driver->part_count; i++)
        bad =
            pack_text(out, driver->parts[i].name) || pack_str(out, buf_str(&driver->parts[i].text));
    return bad;
}

static bool pack_host_keys(struct buf *out, const struct driver_result *driver)
{
    bool bad = pack_u32(out, (uint32_t)driver->host_key_count) != 0;
    for (size_t i = 0; !bad && i < driver->host_key_count; i++) {
        const struct driver_host_key *key = &driver->host_keys[i];
        bad = pack_text(out, key->hop) || pack_text(out, key->algorithm) ||
              pack_text(out, key->base64) || pack_text(out, key->fingerprint) ||
              pack_u32(out, key->pinned) || pack_u32(out, key->changed);
    }
    return bad;
}

static bool pack_draft(struct buf *out, const struct draft *draft)
{
    struct buf packed = {0};
    bool bad = pack_u32(out, draft != NULL) || (draft && draft_pack(draft, &packed)) ||
               pack_str(out, buf_str(&packed));
    buf_wipe(&packed);
    return bad;
}

int result_pack(const struct result *result, struct buf *out)
{
    const struct driver_result *driver = &result->driver;
    bool bad = pack_u32(out, (uint32_t)-result->failure.code) ||
               pack_text(out, result->failure.place) || pack_text(out, result->failure.text) ||
               pack_text(out, driver->platform ? driver->platform->name : NULL) ||
               pack_text(out, driver->hostname) || pack_i64(out, driver->dialogue_us) ||
               pack_host_keys(out, driver) || pack_text(out, driver->mark) ||
               pack_u32(out, driver->unchanged) || pack_i64(out, driver->changed_us) ||
               pack_text(out, driver->author);
    if (!bad && result->failure.code == RC_OK && !driver->unchanged)
        bad = pack_parts(out, driver) || pack_draft(out, result->draft);
    return bad ? RC_LIMIT : RC_OK;
}

/* Names of parts and algorithms, keys in base64: no place for anything else. */
static bool is_plain(const char *text, size_t limit)
{
    size_t len = text ? strlen(text) : 0;
    if (len == 0 || len > limit)
        return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("+/=@:._-", *text))
            return false;
    return true;
}

static void take_host_key(struct unpack *u, struct driver_host_key *key)
{
    key->hop = unpack_text(u);
    key->algorithm = unpack_text(u);
    key->base64 = unpack_text(u);
    key->fingerprint = unpack_text(u);
    key->pinned = unpack_u32(u) != 0;
    key->changed = unpack_u32(u) != 0;
    if (!key->hop || !is_plain(key->algorithm, 64) || !is_plain(key->base64, 16384) ||
        !is_plain(key->fingerprint, 128))
        u->bad = true;
}

static void take_host_keys(struct unpack *u, struct driver_result *driver)
{
    uint32_t count = unpack_count(u, 6 * sizeof(uint32_t));
    if (count > MOST_HOST_KEYS)
        u->bad = true;
    if (u->bad || count == 0)
        return;
    driver->host_keys = calloc(count, sizeof *driver->host_keys);
    if (!driver->host_keys) {
        u->bad = true;
        return;
    }
    driver->host_key_count = count;
    for (uint32_t i = 0; i < count; i++)
        take_host_key(u, &driver->host_keys[i]);
}

static bool name_is_taken(const struct driver_result *driver, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(driver->parts[i].name, driver->parts[count].name) == 0)
            return true;
    return false;
}

static void take_parts(struct unpack *u, enum driver_task task, struct driver_result *driver)
{
    uint32_t count = unpack_count(u, 2 * sizeof(uint32_t));
    if (count == 0 || count > most[task].parts)
        u->bad = true;
    driver->parts = u->bad ? NULL : calloc(count, sizeof *driver->parts);
    if (!driver->parts) {
        u->bad = true;
        return;
    }
    driver->part_count = count;
    for (uint32_t i = 0; i < count && !u->bad; i++) {
        driver->parts[i].name = unpack_text(u);
        struct str text = unpack_str(u);
        if (!is_plain(driver->parts[i].name, most[task].name) || name_is_taken(driver, i) ||
            buf_add_str(&driver->parts[i].text, text))
            u->bad = true;
    }
}

static void take_failure(struct unpack *u, struct error *failure)
{
    uint32_t code = unpack_u32(u);
    char *place = unpack_text(u), *text = unpack_text(u);
    if (code > (uint32_t)-RC_SINK)
        u->bad = true;
    /* through error_at(), which escapes */
    else if (code && !u->bad)
        error_at(failure, (enum rc) - (int)code, place ? place : "", "%s", text ? text : "");
    free(place);
    free(text);
}

/* Whose commit it was: a word for people. */
static void take_author(struct unpack *u, struct driver_result *driver)
{
    char *author = unpack_text(u), shown[MOST_AUTHOR];
    if (author && *author) {
        text_escape(shown, sizeof shown, author, strlen(author));
        driver->author = strdup(shown);
    }
    free(author);
}

/* There is one exactly when the task was to read a config. */
static int take_draft(
    struct unpack *u, enum driver_task task, struct draft **draft, struct error *err)
{
    bool present = unpack_u32(u) != 0;
    struct str packed = unpack_str(u);
    if (present != (task == DRIVER_PULL))
        u->bad = true;
    return u->bad || !present ? RC_OK : draft_unpack(packed, draft, err);
}

int result_unpack(struct str message, const struct platforms *platforms, enum driver_task task,
    struct result **out, struct error *err)
{
    struct unpack u = {message, false};
    int rc = RC_OK;
    struct result *result = calloc(1, sizeof *result);
    if (!result)
        return error_set(err, RC_NO_MEMORY, "no memory for a result");
    take_failure(&u, &result->failure);
    char *platform = unpack_text(&u);
    result->driver.platform = platform ? platforms_find(platforms, platform) : NULL;
    if (platform && !result->driver.platform)
        u.bad = true;
    free(platform);
    result->driver.hostname = unpack_text(&u);
    result->driver.dialogue_us = unpack_i64(&u);
    take_host_keys(&u, &result->driver);
    result->driver.mark = unpack_text(&u);
    result->driver.unchanged = unpack_u32(&u) != 0;
    result->driver.changed_us = unpack_i64(&u);
    take_author(&u, &result->driver);
    if (result->driver.mark && strlen(result->driver.mark) > MOST_MARK)
        u.bad = true;
    if (result->failure.code == RC_OK && !result->driver.platform)
        u.bad = true;
    if (result->failure.code == RC_OK && !result->driver.unchanged) {
        take_parts(&u, task, &result->driver);
        rc = take_draft(&u, task, &result->draft, err);
    }
    if (rc == RC_OK && !unpack_done(&u))
        rc = error_set(err, RC_FORMAT, "the collector's result makes no sense");
    if (rc)
        result_free(result);
    else
        *out = result;
    return rc;
}
