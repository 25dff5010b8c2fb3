#include <fnmatch.h>

#include "drivers/file/file.h"

bool names_next(const char **pattern, struct str *component)
{
    while (**pattern == '/')
        (*pattern)++;
    *component = (struct str){*pattern, strcspn(*pattern, "/")};
    *pattern += component->len;
    return component->len > 0;
}

char *names_plain(struct arena *arena, struct str component)
{
    char *plain = arena_dup(arena, component), *out = plain;
    for (size_t i = 0; plain && i < component.len; i++) {
        if (component.at[i] == '\\' && i + 1 < component.len)
            i++;
        *out++ = component.at[i];
    }
    if (plain)
        *out = '\0';
    return plain;
}

bool names_is_wild(struct str component)
{
    for (size_t i = 0; i < component.len; i++)
        if (component.at[i] == '\\')
            i++;
        else if (strchr("*?[", component.at[i]))
            return true;
    return false;
}

/* A dot may be written with a backslash before it. */
static bool is_dots(struct str component)
{
    size_t dots = 0;
    for (size_t i = 0; i < component.len; i++) {
        if (component.at[i] == '\\' && i + 1 < component.len)
            i++;
        if (component.at[i] != '.')
            return false;
        dots++;
    }
    return dots == 1 || dots == 2;
}

int names_check(const char *pattern, const char *place, struct error *err)
{
    const char *at = pattern;
    struct str component;
    bool bad = *pattern == '/' || !*pattern;
    while (!bad && names_next(&at, &component))
        bad = is_dots(component);
    return bad ? error_at(err, RC_SETTINGS, place,
                     "\"%s\" is no name below a folder; neither / at its beginning nor .. in it",
                     pattern)
               : RC_OK;
}

bool names_fit(const char *pattern, const char *path)
{
    return fnmatch(pattern, path, FNM_PATHNAME | FNM_PERIOD) == 0;
}
