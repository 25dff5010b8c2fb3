#include <stdlib.h>
#include <string.h>

#include "diff/scope.h"
#include "diff/values.h"

#define DEVICE "{device}"

static void event_clear(struct event *e)
{
    free(e->event);
    free(e->says);
    free(e->path);
    free(e->subject);
    json_decref(e->before);
    json_decref(e->after);
    for (size_t i = 0; i < e->evidence_count; i++)
        free(e->evidence[i].part);
    free(e->evidence);
}

void events_cut(struct events *events, size_t count)
{
    while (events->count > count)
        event_clear(&events->at[--events->count]);
}

void events_free(struct events *events)
{
    if (!events)
        return;
    events_cut(events, 0);
    free(events->at);
    *events = (struct events){0};
}

/* A value must not be able to stand for the device. */
static int add_harmless(struct buf *out, const struct buf *text)
{
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < text->len; i++)
        rc = strncmp(text->data + i, DEVICE, sizeof DEVICE - 1) == 0
                 ? buf_add(out, "\\x7b")
                 : buf_add_char(out, text->data[i]);
    return rc;
}

/* Append what the word in braces at the start of `says` stands for; 0 when it is none of ours. */
static size_t expand(struct buf *out, const char *says, const char *subject, const json_t *before,
    const json_t *after, int *rc)
{
    struct buf text = {.cap = 4096};
    size_t len = 0;
    if (strncmp(says, "{subject}", 9) == 0) {
        json_t *name = json_string(subject);
        len = 9;
        *rc = name ? value_say(&text, name) : RC_NO_MEMORY;
        json_decref(name);
    } else if (strncmp(says, "{before}", 8) == 0) {
        len = 8;
        *rc = value_say(&text, before);
    } else if (strncmp(says, "{after}", 7) == 0) {
        len = 7;
        *rc = value_say(&text, after);
    }
    if (len && !*rc)
        *rc = add_harmless(out, &text);
    buf_free(&text);
    return len;
}

static char *sentence(
    const char *says, const char *subject, const json_t *before, const json_t *after)
{
    struct buf out = {.cap = 8192};
    int rc = RC_OK;
    while (!rc && *says) {
        size_t len = *says == '{' ? expand(&out, says, subject, before, after, &rc) : 0;
        if (!len) {
            len = 1;
            rc = buf_add_char(&out, *says);
        }
        says += len;
    }
    char *text = rc ? NULL : strdup(buf_text(&out));
    buf_free(&out);
    return text;
}

int events_append(struct events *events, const struct kind *kind, const char *path,
    const char *subject, json_t *before, json_t *after, struct error *err)
{
    /* Room doubles at powers of two, so that no capacity need be kept. */
    size_t count = events->count;
    struct event e = {
        .event = strdup(kind->id),
        .severity = kind->severity,
        .says = sentence(kind->says, subject, before, after),
        .path = strdup(path),
        .subject = strdup(subject),
        .before = before,
        .after = after,
        .attack = kind->attack,
        .controls = kind->controls,
    };
    if ((count & (count - 1)) == 0) {
        struct event *grown = realloc(events->at, (count ? count * 2 : 1) * sizeof *grown);
        if (!grown)
            goto full;
        events->at = grown;
    }
    if (!e.event || !e.says || !e.path || !e.subject)
        goto full;
    events->at[events->count++] = e;
    return RC_OK;
full:
    event_clear(&e);
    return error_set(err, RC_NO_MEMORY, "no memory for events");
}

int event_add(const struct meaning *m, const char *event, const char *subject, const char *before,
    const char *after, struct events *out, struct error *err)
{
    const struct kind *kind = kind_find(m, event);
    if (!kind)
        return error_set(err, RC_NOT_FOUND, "the catalogue has no event \"%s\"", event);
    json_t *was = before ? json_string(before) : NULL, *is = after ? json_string(after) : NULL;
    if ((before && !was) || (after && !is)) {
        json_decref(was);
        json_decref(is);
        return error_set(err, RC_INVALID, "event %s: a value is not UTF-8", event);
    }
    return events_append(out, kind, "", subject ? subject : "", was, is, err);
}

int events_name_device(struct events *events, const char *device, struct error *err)
{
    char name[256];
    text_escape(name, sizeof name, device, strlen(device));
    for (size_t i = 0; i < events->count; i++) {
        struct buf out = {.cap = 16384};
        const char *says = events->at[i].says, *hole;
        int rc = RC_OK;
        while (!rc && (hole = strstr(says, DEVICE))) {
            rc = buf_append(&out, says, (size_t)(hole - says));
            rc = rc ? rc : buf_add(&out, name);
            says = hole + sizeof DEVICE - 1;
        }
        rc = rc ? rc : buf_add(&out, says);
        char *named = rc ? NULL : strdup(buf_text(&out));
        buf_free(&out);
        if (!named)
            return error_set(err, rc ? rc : RC_NO_MEMORY, "no memory for events");
        free(events->at[i].says);
        events->at[i].says = named;
    }
    return RC_OK;
}
