#include <jansson.h>
#include <stdio.h>

#include "alert/sink.h"

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text ? text : "";
}

static void join_words(const json_t *words, char *out, size_t size)
{
    size_t used = 0, i;
    const json_t *word;
    *out = '\0';
    json_array_foreach(words, i, word)
    {
        const char *text = json_string_value(word);
        if (!text || used + strlen(text) + 2 > size)
            continue;
        used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "", text);
    }
}

static void copy_line(struct str *note, char *out, size_t size)
{
    struct str line;
    *out = '\0';
    if (str_next_line(note, &line) && line.len < size)
        snprintf(out, size, "%.*s", (int)line.len, line.at);
}

/* Syslog has no room for a signature: the head's size and root, its second and third line. */
static void shorten_head(const char *note, struct document *d)
{
    struct str rest = str_of(note), name;
    if (!str_next_line(&rest, &name))
        return;
    copy_line(&rest, d->head_size, sizeof d->head_size);
    copy_line(&rest, d->head_root, sizeof d->head_root);
}

int document_read(const char *text, struct document *out, struct error *err)
{
    *out = (struct document){.json = NULL};
    json_error_t why;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    if (!json)
        return error_set(err, RC_FORMAT, "the event is no JSON: %s", why.text);
    const json_t *actor = json_object_get(json, "actor");
    *out = (struct document){.json = json,
        .user = text_of(actor, "user"),
        .address = text_of(actor, "address"),
        .id = text_of(json, "id"),
        .event = text_of(json, "event"),
        .device = text_of(json, "device"),
        .subject = text_of(json, "subject"),
        .verdict = text_of(json, "verdict"),
        .says = text_of(json, "says"),
        .seen_at = text_of(json, "seen_at"),
        .severity = (int)json_integer_value(json_object_get(json, "severity"))};
    join_words(json_object_get(json, "attack"), out->attack, sizeof out->attack);
    shorten_head(text_of(json, "head"), out);
    if (*out->id && *out->event && out->severity >= 1 && out->severity <= 100)
        return RC_OK;
    document_free(out);
    return error_set(err, RC_FORMAT, "the event has no id, event or severity");
}

void document_free(struct document *d)
{
    json_decref(d->json);
    *d = (struct document){.json = NULL};
}
