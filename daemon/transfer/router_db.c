/* RANCID's list of devices: NAME;TYPE;STATE, in its old form with colons. */
#include "transfer/plan.h"

/* Cut at the first of `signs`; what follows it stays in `rest`. */
static struct str take_field(struct str *rest, const char *signs)
{
    struct str field = {rest->at, 0};
    while (field.len < rest->len && !strchr(signs, rest->at[field.len]))
        field.len++;
    size_t skip = field.len < rest->len ? field.len + 1 : field.len;
    rest->at += skip;
    rest->len -= skip;
    return str_trim(field);
}

static struct planned *find_device(const struct plan *plan, const char *group, struct str name)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct planned *each = plan->devices[i];
        if (strlen(each->name) == name.len && strncasecmp(each->name, name.at, name.len) == 0 &&
            (!group || (each->group && strcmp(each->group, group) == 0)))
            return each;
    }
    return NULL;
}

void router_db_read(struct plan *plan, const char *group, struct str text)
{
    struct str line;
    while (str_next_line(&text, &line)) {
        line = str_trim(line);
        if (line.len == 0 || *line.at == '#')
            continue;
        /* a semicolon anywhere: a colon belongs to an IPv6 address */
        const char *signs = memchr(line.at, ';', line.len) ? ";" : ":";
        struct str name = take_field(&line, signs), type = take_field(&line, signs);
        struct planned *device = type.len ? find_device(plan, group, name) : NULL;
        if (device && !device->hint)
            device->hint = arena_dup(&plan->memory, type);
    }
}
