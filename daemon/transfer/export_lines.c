/* To JSON Lines: an object a line, its `kind` says what: first `version`, oldest first, then
 * `event`, newest first, as it is stored. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "transfer/export.h"
#include "transfer/plan.h"

struct lines_target {
    FILE *file;
    char *made; /* the file while it is written; NULL: stdout */
    struct exporting *e;
    bool failed;
};

static int open_lines(struct exporting *e, void **state, struct error *err)
{
    const char *path = e->export->path;
    struct lines_target *target = calloc(1, sizeof *target);
    *state = target;
    if (!target)
        return plan_no_memory(err);
    target->e = e;
    if (strcmp(path, "-") == 0) {
        target->file = stdout;
        return RC_OK;
    }
    if (asprintf(&target->made, "%s.new-XXXXXX", path) < 0) {
        target->made = NULL;
        return plan_no_memory(err);
    }
    int fd = mkostemp(target->made, O_CLOEXEC); /* 0600 */
    target->file = fd < 0 ? NULL : fdopen(fd, "w");
    if (target->file)
        return RC_OK;
    int cause = errno;
    if (fd >= 0)
        close(fd);
    else
        target->made[0] = '\0';
    return error_at(err, RC_IO, path, "%s", strerror(cause));
}

static int put_line(struct lines_target *target, json_t *json, struct error *err)
{
    if (!json)
        return plan_no_memory(err);
    int bad = json_dumpf(json, target->file, JSON_COMPACT) || fputc('\n', target->file) == EOF;
    json_decref(json);
    return bad ? error_at(err, RC_IO, target->e->export->path, "%s", strerror(errno)) : RC_OK;
}

/* Text; or, where it is no UTF-8, base64. */
static json_t *part_json(const struct part *part)
{
    struct str text = buf_str(&part->text);
    if (utf8_valid(text.at, text.len) && !memchr(text.at, '\0', text.len))
        return json_pack("{s:s,s:s%}", "name", part->name, "text", text.at, text.len);
    size_t room = sodium_base64_encoded_len(text.len, sodium_base64_VARIANT_ORIGINAL);
    char *base64 = malloc(room);
    if (!base64)
        return NULL;
    sodium_bin2base64(
        base64, room, (const unsigned char *)text.at, text.len, sodium_base64_VARIANT_ORIGINAL);
    json_t *json = json_pack("{s:s,s:s}", "name", part->name, "base64", base64);
    free(base64);
    return json;
}

static int write_version(
    struct exporting *e, void *state, const struct exported *v, struct error *err)
{
    char created[TIME_TEXT_SIZE], seen[TIME_TEXT_SIZE];
    json_t *parts = json_array();
    for (size_t i = 0; i < v->part_count; i++)
        json_array_append_new(parts, part_json(&v->parts[i]));
    json_t *access = json_loads(buf_text(&v->access), 0, NULL);
    bool named = v->info.author && utf8_valid(v->info.author, strlen(v->info.author));
    json_t *json = json_pack("{s:i,s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:s?,s:b,s:o,s:o*}", "rollcall", 1,
        "kind", "version", "device", v->device, "version", (json_int_t)v->info.number, "created",
        time_format(v->info.created_us, created), "seen", time_format(v->info.seen_us, seen),
        "platform", v->info.platform, "digest", v->info.digest, "author",
        named ? v->info.author : NULL, "revealed", e->export->reveal, "parts", parts, "access",
        access);
    int rc = put_line(state, json, err);
    e->report->versions += rc == RC_OK;
    return rc;
}

static int write_event(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    struct lines_target *target = ctx;
    const char *wanted = target->e->export->device;
    (void)seen_us;
    if (wanted && fnmatch(wanted, device, 0) != 0)
        return 0;
    target->failed = fprintf(target->file, "%s\n", json) < 0;
    target->e->report->events++;
    return target->failed;
}

static int finish(struct exporting *e, void *state, struct error *err)
{
    struct lines_target *target = state;
    const struct store_event_query q = {
        .since_us = e->export->since_us, .until_us = e->export->until_us};
    int rc = store_events(e->export->store, &q, write_event, target, err);
    if (rc == RC_OK && (target->failed || fflush(target->file)))
        rc = error_at(err, RC_IO, e->export->path, "%s", strerror(errno));
    if (rc || !target->made)
        return rc;
    if (fsync(fileno(target->file)) || rename(target->made, e->export->path))
        return error_at(err, RC_IO, e->export->path, "%s", strerror(errno));
    target->made[0] = '\0';
    return RC_OK;
}

static void close_lines(void *state)
{
    struct lines_target *target = state;
    if (!target)
        return;
    if (target->file && target->file != stdout)
        fclose(target->file);
    if (target->made && *target->made)
        unlink(target->made);
    free(target->made);
    free(target);
}

const struct export_target export_lines = {
    .open = open_lines, .write = write_version, .finish = finish, .close = close_lines};
