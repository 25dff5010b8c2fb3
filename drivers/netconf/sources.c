#include "drivers/netconf/sources.h"

#include <stdio.h>
#include <stdlib.h>

#define NOTE_MOST 400

int source_note(struct buf *notes, const char *name, const char *revision, const char *format, ...)
{
    char raw[NOTE_MOST], text[NOTE_MOST + 100];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    text_escape(text, sizeof text, raw, strlen(raw));
    return buf_format(
        notes, "%s%s%s: %s\n", name, revision ? "@" : "", revision ? revision : "", text);
}

bool source_name(const char *part, struct str *name, struct str *revision)
{
    struct str whole = str_of(part);
    *revision = (struct str){"", 0};
    if (whole.len < 6 || strcmp(part + whole.len - 5, ".yang") != 0)
        return false;
    whole.len -= 5;
    const char *at = memchr(whole.at, '@', whole.len);
    *name = at ? (struct str){whole.at, (size_t)(at - whole.at)} : whole;
    if (at)
        *revision = (struct str){at + 1, whole.len - name->len - 1};
    return yang_is_identifier(*name) && (!at || yang_is_revision(*revision));
}

static int by_name(const void *a, const void *b)
{
    const struct source *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(y->revision ? y->revision : "", x->revision ? x->revision : "");
}

struct source *sources_find(const struct sources *sources, struct str name, const char *revision)
{
    size_t low = 0, high = sources->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *at = sources->at[middle].name;
        int order = strncmp(at, name.at, name.len);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    struct source *found = NULL;
    for (; low < sources->count && str_is(name, sources->at[low].name); low++) {
        struct source *s = &sources->at[low];
        if (s->broken)
            continue;
        if (revision ? s->revision && strcmp(s->revision, revision) == 0 : s->chosen)
            return s;
        if (!revision && !found)
            found = s;
    }
    return found;
}

static int add_source(const struct part *text, struct sources *out, struct buf *notes)
{
    struct str name, revision;
    if (!source_name(text->name, &name, &revision))
        return RC_OK;
    struct source *s = &out->at[out->count];
    struct error why = ERROR_INIT;
    *s = (struct source){.name = arena_dup(&out->arena, name), .text = buf_str(&text->text)};
    if (!s->name)
        return RC_NO_MEMORY;
    int rc = yang_outline(s->text, &s->outline, &why);
    if (rc == RC_OK && strcmp(s->name, s->outline.name) != 0)
        rc = error_set(&why, RC_FORMAT, "it is %s", s->outline.name);
    if (rc == RC_OK) {
        s->revision = s->outline.revision;
        out->count++;
        return RC_OK;
    }
    yang_outline_free(&s->outline);
    const char *date = revision.len ? arena_dup(&out->arena, revision) : NULL;
    return source_note(notes, s->name, date, "%s", why.text);
}

int sources_read(const struct part *texts, size_t count, struct sources *out, struct buf *notes,
    struct error *err)
{
    *out = (struct sources){.at = calloc(count + 1, sizeof *out->at)};
    int rc = out->at ? RC_OK : RC_NO_MEMORY;
    for (size_t i = 0; i < count && rc == RC_OK; i++)
        rc = add_source(&texts[i], out, notes);
    if (rc)
        return error_set(err, rc, "cannot read the YANG modules: %s", rc_name(rc));
    qsort(out->at, out->count, sizeof *out->at, by_name);
    return RC_OK;
}

void sources_free(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        yang_outline_free(&sources->at[i].outline);
        buf_free(&sources->at[i].lean);
    }
    free(sources->at);
    arena_free(&sources->arena);
    *sources = (struct sources){0};
}

/* An import of a revision that is not there takes what is: dates in imports are left behind by
 * those who update modules. */
static bool lacks_revision(const struct sources *sources, const struct source *s)
{
    for (const struct yang_need *need = s->outline.needs; need; need = need->next)
        if (need->revision && !sources_find(sources, str_of(need->name), need->revision))
            return true;
    return false;
}

void source_loosen(struct source *s)
{
    s->loose = true;
    buf_free(&s->lean);
}

const char *source_lean(const struct sources *sources, struct source *s)
{
    struct error err = ERROR_INIT;
    unsigned flags =
        (s->loose ? YANG_NO_LEAFREFS : 0U) | (lacks_revision(sources, s) ? YANG_ANY_REVISION : 0U);
    if (s->lean.len == 0 && yang_lean(s->text, flags, &s->lean, &err) != RC_OK)
        return NULL;
    return s->lean.data;
}
