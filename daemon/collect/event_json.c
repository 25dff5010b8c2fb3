#include "collect/event_json.h"

#include <sodium.h>
#include <stdlib.h>

#include "base/clock.h"

static void hash_field(crypto_generichash_state *hash, const char *text)
{
    uint64_t len = text ? strlen(text) : 0;
    crypto_generichash_update(hash, (const unsigned char *)&len, sizeof len);
    crypto_generichash_update(hash, (const unsigned char *)(text ? text : ""), len);
}

const char *event_id(
    const struct event *event, const struct event_origin *origin, char out[EVENT_ID_SIZE])
{
    crypto_generichash_state hash;
    unsigned char digest[16];
    crypto_generichash_init(&hash, NULL, 0, sizeof digest);
    hash_field(&hash, "rollcall event 1");
    hash_field(&hash, origin->device);
    hash_field(&hash, origin->state);
    crypto_generichash_update(
        &hash, (const unsigned char *)&origin->version, sizeof origin->version);
    hash_field(&hash, event->event);
    hash_field(&hash, event->path);
    hash_field(&hash, event->subject);
    hash_field(&hash, json_string_value(event->after)); /* another new key, another event */
    crypto_generichash_final(&hash, digest, sizeof digest);
    return sodium_bin2hex(out, EVENT_ID_SIZE, digest, sizeof digest);
}

/* JSON has no place for bytes that are no UTF-8: they come escaped. */
static json_t *json_of(struct str text)
{
    if (utf8_valid(text.at, text.len))
        return json_stringn(text.at ? text.at : "", text.len);
    struct buf escaped = {0};
    json_t *json = buf_add_escaped(&escaped, text) ? NULL : json_string(buf_text(&escaped));
    buf_free(&escaped);
    return json;
}

static json_t *json_words(const char *const *words)
{
    json_t *array = json_array();
    for (; words && *words; words++)
        json_array_append_new(array, json_string(*words));
    return array;
}

static json_t *json_number(uint32_t number)
{
    return number ? json_integer(number) : json_null();
}

static json_t *json_time(int64_t time_us)
{
    char text[TIME_TEXT_SIZE];
    return json_string(time_format(time_us, text));
}

static json_t *json_text(const char *text)
{
    return text ? json_of(str_of(text)) : json_null();
}

static json_t *json_actor(const struct event_origin *origin)
{
    const struct actor *told = origin->actor;
    if (told)
        return json_pack("{s:o,s:o,s:o}", "user", json_text(told->user), "address",
            json_text(told->address), "source", json_text(told->source));
    return origin->author ? json_pack("{s:o,s:n,s:s}", "user", json_text(origin->author), "address",
                                "source", "config")
                          : json_null();
}

static json_t *json_evidence(const struct event *event, const struct event_origin *origin)
{
    json_t *array = json_array();
    for (size_t i = 0; i < event->evidence_count && i < EVIDENCE_MOST; i++) {
        const struct evidence *e = &event->evidence[i];
        json_t *line =
            json_pack("{s:o,s:i}", "part", json_of(str_of(e->part)), "line", (int)e->line);
        struct str text;
        if (!e->after)
            json_object_set_new(line, "removed", json_true());
        if (origin->redactor && redactor_line(origin->redactor, e, &text))
            json_object_set_new(line, "text", json_of(text));
        json_array_append_new(array, line);
    }
    return array;
}

static json_t *json_value(json_t *value)
{
    return value ? json_incref(value) : json_null();
}

char *event_document(const struct event *event, const struct event_origin *origin)
{
    char id[EVENT_ID_SIZE];
    json_t *json = json_pack("{s:i,s:s,s:s,s:s,s:i,s:o,s:s}", "rollcall", 1, "kind", "event", "id",
        event_id(event, origin, id), "event", event->event, "severity", event->severity, "says",
        json_of(str_of(event->says)), "device", origin->device);
    if (!json)
        return NULL;
    int bad = json_object_set_new(json, "path", json_of(str_of(event->path)));
    bad |= json_object_set_new(json, "subject", json_of(str_of(event->subject)));
    bad |= json_object_set_new(json, "before", json_value(event->before));
    bad |= json_object_set_new(json, "after", json_value(event->after));
    bad |= json_object_set_new(json, "version", json_number(origin->version));
    bad |= json_object_set_new(json, "previous", json_number(origin->previous));
    bad |= json_object_set_new(json, "seen_at", json_time(origin->seen_us));
    bad |= json_object_set_new(json, "actor", json_actor(origin));
    bad |= json_object_set_new(json, "verdict", json_string("unreviewed"));
    bad |= json_object_set_new(json, "change", json_null());
    bad |= json_object_set_new(json, "attack", json_words(event->attack));
    bad |= json_object_set_new(json, "controls", json_words(event->controls));
    bad |= json_object_set_new(json, "evidence", json_evidence(event, origin));
    char *text = bad ? NULL : json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return text;
}
