/* Who is out there: the file's own devices, then those of other tools' lists. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

struct found *found_add(struct loader *l)
{
    struct found_list *list = &l->found;
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 64;
        struct found *more =
            list->count < SETTINGS_MAX_DEVICES ? realloc(list->at, room * sizeof *more) : NULL;
        if (!more)
            return NULL;
        list->at = more;
        list->room = room;
    }
    struct found *f = &list->at[list->count++];
    *f = (struct found){.name = NULL};
    return f;
}

int found_complain(
    const struct found *f, const char *leaf, struct error *err, const char *format, ...)
{
    char text[sizeof err->text], place[sizeof err->place];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (f->node) {
        const struct lyd_node *at = leaf ? yang_child(f->node, leaf) : NULL;
        return yaml_complain(at ? at : f->node, err, "%s", text);
    }
    if (!f->file)
        return yaml_complain(f->source, err, "device %s: %s", f->name, text);
    size_t len = strlen(f->file);
    snprintf(place, sizeof place, "%s%s:%u:1", len > 200 ? "..." : "",
        len > 200 ? f->file + len - 200 : f->file, f->line);
    error_at(err, RC_SETTINGS, place, "%s", text);
    if (err && f->line_text) {
        size_t used = text_escape(err->show, 160, f->line_text, strlen(f->line_text));
        snprintf(err->show + used, sizeof err->show - used, "\n^");
    }
    return RC_SETTINGS;
}

static int add_own(struct loader *l, const struct lyd_node *node)
{
    struct found *f = found_add(l);
    if (!f)
        return settings_no_memory(l->err);
    *f = (struct found){.name = yang_leaf(node, "name"),
        .address = yang_leaf(node, "address"),
        .group = yang_leaf(node, "group"),
        .node = node};
    return RC_OK; /* what else it says is looked up with its group and the defaults */
}

/* What holds for every device of a source. */
static void finish_source(struct loader *l, const struct lyd_node *source, size_t first)
{
    const char *group = yang_leaf(source, "group");
    const char *unknown = yang_leaf(source, "unknown-platforms");
    for (size_t i = first; i < l->found.count; i++) {
        struct found *f = &l->found.at[i];
        f->source = source;
        if (!f->group)
            f->group = group;
        f->unknown_platforms = strcmp(unknown, "skip") == 0        ? UNKNOWN_SKIP
                               : strcmp(unknown, "recognise") == 0 ? UNKNOWN_RECOGNISE
                                                                   : UNKNOWN_REFUSE;
    }
}

int load_inventory(struct loader *l)
{
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(l->tree); n && rc == RC_OK; n = n->next) {
        size_t first = l->found.count;
        if (strcmp(LYD_NAME(n), "devices") == 0) {
            rc = add_own(l, n);
        } else if (strcmp(LYD_NAME(n), "inventory") == 0) {
            bool ansible = yang_child(n, "ansible-file") || yang_child(n, "ansible-command");
            rc = ansible ? inventory_ansible(l, n) : inventory_csv(l, n);
            finish_source(l, n, first);
        }
    }
    return rc;
}
