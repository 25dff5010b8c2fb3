#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static void format_into(char *out, size_t size, const char *format, va_list args)
{
    char raw[1024];
    vsnprintf(raw, sizeof raw, format, args);
    text_escape(out, size, raw, strlen(raw));
}

int error_set(struct error *err, enum rc code, const char *format, ...)
{
    if (!err)
        return code;
    *err = (struct error){.code = code};
    va_list args;
    va_start(args, format);
    format_into(err->text, sizeof err->text, format, args);
    va_end(args);
    return code;
}

int error_at(struct error *err, enum rc code, const char *place, const char *format, ...)
{
    if (!err)
        return code;
    *err = (struct error){.code = code};
    text_escape(err->place, sizeof err->place, place, strlen(place));
    va_list args;
    va_start(args, format);
    format_into(err->text, sizeof err->text, format, args);
    va_end(args);
    return code;
}

int error_context(struct error *err, const char *format, ...)
{
    if (!err)
        return RC_OK;
    char front[256];
    va_list args;
    va_start(args, format);
    format_into(front, sizeof front, format, args);
    va_end(args);
    char old[sizeof err->text];
    memcpy(old, err->text, sizeof old);
    char joined[sizeof front + sizeof old + 4];
    int len = snprintf(joined, sizeof joined, "%s: %s", front, old);
    text_escape(err->text, sizeof err->text, joined, (size_t)len);
    return err->code;
}

const char *rc_name(enum rc code)
{
    static const char *const names[] = {"ok", "usage", "settings", "not-found", "io", "no-memory",
        "limit", "format", "connect", "host-key", "auth", "timeout", "dialogue", "incomplete",
        "invalid", "store", "busy", "integrity", "crash", "sink"};
    size_t index = (size_t)-code;
    return code <= 0 && index < sizeof names / sizeof *names ? names[index] : "unknown";
}

const char *error_line(const struct error *err, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s", err->place, *err->place ? ": " : "", err->text);
    return out;
}
