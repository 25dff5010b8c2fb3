#include "cli/parts.h"

#include <stdlib.h>

#include "base/io.h"
#include "base/yang.h"
#include "drivers/file/saved.h"

/* The part named `name`, or by a file name; the first one when nothing fits. A saved file is looked
 * at as if it were in force: whoever wants it as a startup config says so. */
static const struct lyd_node *find_part(
    const struct platform *platform, const char *name, const char *file)
{
    const struct lyd_node *part = name ? NULL : platform_part_of_file(platform, file);
    if (!name && !part)
        return platform_next_part(platform, NULL);
    while (name && (part = platform_next_part(platform, part)))
        if (strcmp(name, yang_leaf(part, "name")) == 0)
            break;
    return part;
}

static int part_names(const struct platform *platform, struct buf *out)
{
    int rc = RC_OK;
    for (const struct lyd_node *part = NULL;
         rc == 0 && (part = platform_next_part(platform, part));) {
        rc = buf_add(out, out->len ? ", " : "");
        if (rc == 0)
            rc = buf_add(out, yang_leaf(part, "name"));
    }
    return rc;
}

static int read_part(
    const struct platform *platform, char *operand, struct part_list *out, struct error *err)
{
    char *equals = strchr(operand, '='), *slash = strchr(operand, '/');
    const char *name = NULL, *path = operand;
    if (equals && (!slash || equals < slash)) {
        *equals = '\0';
        name = operand;
        path = equals + 1;
    }
    const char *base = strrchr(path, '/');
    const struct lyd_node *part = find_part(platform, name, base ? base + 1 : path);
    if (!part) {
        struct buf names = {0};
        part_names(platform, &names);
        error_set(err, RC_USAGE, "platform %s has no part \"%s\"; it has: %s", platform->name, name,
            buf_text(&names));
        buf_free(&names);
        return RC_USAGE;
    }
    const char *found = yang_leaf(part, "name");
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->at[i].name, found) == 0)
            return error_set(err, RC_USAGE,
                "%s: part \"%s\" is given already; name the parts: PART=FILE", path, found);
    struct part *made = &out->at[out->count];
    *made = (struct part){.name = strdup(found)};
    if (!made->name)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    out->count++;
    int rc = io_read_file(path, &made->text, err);
    saved_restore(&made->text);
    return rc;
}

int parts_from_files(const struct platform *platform, char **operands, size_t count,
    struct part_list *out, struct error *err)
{
    *out = (struct part_list){.at = calloc(count ? count : 1, sizeof *out->at)};
    int rc = out->at ? RC_OK : error_set(err, RC_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = read_part(platform, operands[i], out, err);
    if (rc)
        part_list_free(out);
    return rc;
}

void part_list_free(struct part_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->at[i].name);
        buf_wipe(&list->at[i].text);
    }
    free(list->at);
    *list = (struct part_list){0};
}
