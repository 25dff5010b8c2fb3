#include "watch/heads.h"

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/log.h"
#include "evidence/head.h"

#define MOST_PLACES 64

enum place_kind { PLACE_FILE, PLACE_GIT, PLACE_SINK };

struct place {
    enum place_kind kind;
    const char *target; /* path, or name of the sink */
    char *name;         /* "file /mnt/heads": as the store and the status know it */
    uint64_t size;      /* of the head it has; 0: none */
    int64_t sent_us;
    uint32_t failures; /* in a row */
    int64_t pause_until_mono_us;
};

struct heads {
    struct heads_setup setup;
    struct place places[MOST_PLACES];
    size_t count;
};

/* ---- the places ---- */

static int add_place(struct heads *h, enum place_kind kind, const char *target, struct error *err)
{
    static const char *const kinds[] = {"file", "git", "sink"};
    char *name = NULL;
    if (h->count == MOST_PLACES)
        return error_set(err, RC_LIMIT, "heads go to more than %d places", MOST_PLACES);
    if (asprintf(&name, "%s %s", kinds[kind], target) < 0)
        return error_set(err, RC_NO_MEMORY, "no memory for heads");
    h->places[h->count++] = (struct place){.kind = kind, .target = target, .name = name};
    return RC_OK;
}

static int add_places(struct heads *h, struct error *err)
{
    const struct heads_settings *settings = h->setup.settings;
    int rc = RC_OK;
    if (settings->file)
        rc = add_place(h, PLACE_FILE, settings->file, err);
    if (!rc && settings->git)
        rc = add_place(h, PLACE_GIT, settings->git, err);
    for (size_t i = 0; !rc && settings->sinks && settings->sinks[i]; i++)
        rc = add_place(h, PLACE_SINK, settings->sinks[i], err);
    return rc;
}

static int remember(void *ctx, const struct store_head_place *known)
{
    struct heads *h = ctx;
    for (size_t i = 0; i < h->count; i++)
        if (strcmp(h->places[i].name, known->place) == 0) {
            h->places[i].size = known->size;
            h->places[i].sent_us = known->sent_us;
        }
    return 0;
}

int heads_new(const struct heads_setup *setup, struct heads **out, struct error *err)
{
    struct heads *h = calloc(1, sizeof *h);
    if (!h)
        return error_set(err, RC_NO_MEMORY, "no memory for heads");
    h->setup = *setup;
    int rc = add_places(h, err);
    if (!rc)
        rc = store_head_places(setup->store, remember, h, err);
    if (rc)
        heads_free(h);
    else
        *out = h;
    return rc;
}

void heads_free(struct heads *h)
{
    if (!h)
        return;
    for (size_t i = 0; i < h->count; i++)
        free(h->places[i].name);
    free(h);
}

/* ---- a head ---- */

struct letter {
    struct buf note;
    struct head head;
};

static int read_newest(struct heads *h, struct letter *letter, struct error *err)
{
    int rc = store_head(h->setup.store, 0, &letter->note, err);
    return rc ? rc : head_parse(buf_str(&letter->note), &letter->head, err);
}

/* As an event among others, so that every sink can take it. */
static char *document_of(const struct letter *letter)
{
    char time[TIME_TEXT_SIZE], root[MERKLE_HEX_SIZE], id[LOG_ID_SIZE + 32], says[160];
    const struct head *head = &letter->head;
    merkle_hex(&head->root, root);
    snprintf(id, sizeof id, "head-%s-%llu", head->log, (unsigned long long)head->size);
    snprintf(says, sizeof says, "the log has %llu entries, root %s", (unsigned long long)head->size,
        root);
    json_t *json = json_pack("{s:i,s:s,s:s,s:s,s:i,s:s,s:s,s:s,s:I,s:s,s:s}", "rollcall", 1, "kind",
        "head", "id", id, "event", "log-head", "severity", 1, "says", says, "seen_at",
        time_format(head->time_us, time), "log", head->log, "size", (json_int_t)head->size, "root",
        root, "head", buf_text(&letter->note));
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

static int send_to_sink(
    struct heads *h, const char *sink, const struct letter *letter, struct error *err)
{
    char *json = document_of(letter);
    int rc = json ? h->setup.send(h->setup.ctx, sink, json, err)
                  : error_set(err, RC_NO_MEMORY, "no memory for a head");
    free(json);
    return rc;
}

static int hand_over(
    struct heads *h, const struct place *p, const struct letter *letter, struct error *err)
{
    switch (p->kind) {
    case PLACE_FILE:
        return heads_to_file(p->target, buf_str(&letter->note), err);
    case PLACE_GIT:
        return heads_to_git(
            p->target, buf_str(&letter->note), letter->head.time_us, h->setup.settings->push, err);
    default:
        return send_to_sink(h, p->target, letter, err);
    }
}

/* ---- when ---- */

static bool is_due(const struct heads *h, const struct place *p, uint64_t size)
{
    const struct schedule *schedule = h->setup.settings->schedule;
    const struct clock *clock = h->setup.clock;
    if (!schedule || size <= p->size || clock_mono_us(clock) < p->pause_until_mono_us)
        return false;
    int64_t now_us = clock_now_us(clock);
    /* one that was sent in the future was sent by a clock that has been set back */
    return !p->sent_us || p->sent_us > now_us ||
           schedule_next_us(schedule, "heads", 0, p->sent_us) <= now_us;
}

static int arrived(struct heads *h, struct place *p, const struct letter *letter, struct error *err)
{
    p->size = letter->head.size;
    p->sent_us = clock_now_us(h->setup.clock);
    p->failures = 0;
    return store_head_sent(h->setup.store, p->name, buf_str(&letter->note), err);
}

static int failed(struct heads *h, struct place *p, struct error *why, struct error *err)
{
    if (p->failures == 0)
        log_line(LOG_WARN, "a head of the log did not get to %s: %s; will be tried again", p->name,
            why->text);
    p->pause_until_mono_us =
        clock_mono_us(h->setup.clock) + sink_retry_us(p->failures++, randombytes_random());
    return store_head_failed(h->setup.store, p->name, why->text, err);
}

static int serve(struct heads *h, struct place *p, struct letter *letter, struct error *err)
{
    struct error why = ERROR_INIT;
    int rc = letter->note.len ? RC_OK : read_newest(h, letter, err);
    if (rc)
        return rc;
    return hand_over(h, p, letter, &why) ? failed(h, p, &why, err) : arrived(h, p, letter, err);
}

int heads_pass(struct heads *h, struct error *err)
{
    struct letter letter = {.note = {.cap = NOTE_MOST_BYTES}};
    uint64_t size = 0;
    int rc = h->count ? store_log_size(h->setup.store, &size, err) : RC_OK;
    for (size_t i = 0; !rc && i < h->count; i++)
        if (is_due(h, &h->places[i], size))
            rc = serve(h, &h->places[i], &letter, err);
    buf_free(&letter.note);
    return rc;
}

/* ---- with an event ---- */

char *heads_attach(struct heads *h, const char *json)
{
    struct letter letter = {.note = {.cap = NOTE_MOST_BYTES}};
    char *text = NULL;
    json_t *document = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(document) && read_newest(h, &letter, NULL) == RC_OK &&
        json_object_set_new(document, "head", json_string(buf_text(&letter.note))) == 0)
        text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    buf_free(&letter.note);
    return text;
}
