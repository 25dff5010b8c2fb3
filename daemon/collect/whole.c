/* Is what came to be believed? A driver has seen the end of each part; a collector may lie, and a
 * device may be in the middle of losing its config. */
#include <stdio.h>

#include "base/yang.h"
#include "collect/run.h"

/* Less than a third of what it was, with accounts gone. */
#define SHRUNKEN 3

static size_t total_bytes(const struct driver_result *driver)
{
    size_t total = 0;
    for (size_t i = 0; i < driver->part_count; i++)
        total += driver->parts[i].text.len;
    return total;
}

int check_whole(const struct run *r, struct error *failure)
{
    const struct driver_result *driver = &r->result->driver;
    const struct platform *asked = r->device->platform;
    size_t total = total_bytes(driver);
    if (driver->unchanged && !r->collection->job.job.file.mark)
        return error_set(failure, RC_INVALID, "the collector answered what it was not asked");
    if (driver->unchanged)
        return RC_OK;
    if (!driver->platform || !r->result->draft)
        return error_set(failure, RC_INCOMPLETE, "the collector's result is not whole");
    if (asked && strcmp(asked->name, driver->platform->name) != 0)
        return error_set(failure, RC_INVALID, "the collector answered about platform %s, not %s",
            driver->platform->name, asked->name);
    if (total == 0)
        return error_set(failure, RC_INCOMPLETE, "the config is empty");
    if (total > r->device->max_bytes)
        return error_set(failure, RC_LIMIT, "the config has %zu bytes, more than %zu", total,
            r->device->max_bytes);
    return RC_OK;
}

static struct lyd_node *find_account(const struct lyd_node *tree, const struct lyd_node *like)
{
    struct lyd_node *found = NULL;
    return lyd_find_sibling_first(lyd_child(tree), like, &found) == LY_SUCCESS ? found : NULL;
}

static size_t accounts_gone(const struct lyd_node *before, const struct lyd_node *after)
{
    size_t gone = 0;
    for (const struct lyd_node *node = lyd_child(before); node; node = node->next)
        if (strcmp(LYD_NAME(node), "account") == 0 && !find_account(after, node))
            gone++;
    return gone;
}

/* Names this very config, so that seeing it again can be told from seeing another short one. */
static void digest_mark(const char *digest, char out[32])
{
    snprintf(out, 32, "[%.16s]", digest);
}

bool was_shrunken(const struct known *k)
{
    return k->failure && k->message && strcmp(k->failure, rc_name(RC_INCOMPLETE)) == 0 &&
           strstr(k->message, "believed when the same is seen again");
}

/* A part that was there before and was left out now: what stood in it is not gone, but unread. */
static const char *lost_part(const struct run *r)
{
    const struct driver_result *before = &r->known.parts, *after = &r->result->driver;
    for (size_t i = 0; i < before->part_count; i++) {
        size_t at = 0;
        while (at < after->part_count && strcmp(before->parts[i].name, after->parts[at].name) != 0)
            at++;
        if (at == after->part_count)
            return before->parts[i].name;
    }
    return NULL;
}

int check_shrunken(const struct run *r, struct error *failure)
{
    const struct known *k = &r->known;
    size_t total = total_bytes(&r->result->driver);
    char mark[32];
    digest_mark(r->digest, mark);
    if (!k->version.number || (was_shrunken(k) && strstr(k->message, mark)))
        return RC_OK;
    const char *lost = lost_part(r);
    if (lost)
        return error_set(failure, RC_INCOMPLETE,
            "part \"%s\", which was there before, could not be read; believed when the same is "
            "seen "
            "again %s",
            lost, mark);
    if (total >= k->version.bytes / SHRUNKEN)
        return RC_OK;
    size_t gone = accounts_gone(k->tree, r->tree);
    if (gone == 0)
        return RC_OK;
    return error_set(failure, RC_INCOMPLETE,
        "the config shrank from %zu to %zu bytes and %zu account%s gone; believed when the same is "
        "seen again %s",
        k->version.bytes, total, gone, gone == 1 ? " is" : "s are", mark);
}
