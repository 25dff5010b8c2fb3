/* What is known of a NETCONF device's YANG modules. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/yang.h"
#include "cli/cli.h"
#include "drivers/netconf/cache.h"

struct known {
    struct store_version info;
    const struct platform *platform; /* NULL: not known here any more */
    struct buf modules, schema, notes;
    bool learned;
};

static int load(struct cli *cli, const char *device, struct known *k, struct error *err)
{
    struct schema_cache *cache = NULL;
    int rc = store_version(cli->store, device, 0, 0, &k->info, err);
    if (rc == RC_OK) {
        k->platform = platforms_find(cli->platforms, k->info.platform);
        rc = store_read_part(cli->store, device, k->info.number, MODULES_PART, &k->modules, err);
        if (rc == RC_NOT_FOUND)
            error_at(err, rc, device, "its last version was not read over NETCONF");
    }
    if (rc == RC_OK)
        rc = schema_cache_open(cli->settings->schemas, cli->settings->modules, &cache, err);
    if (rc == RC_OK) {
        rc = schema_cache_find(cache, buf_str(&k->modules), &k->schema, &k->notes, err);
        k->learned = rc == RC_OK;
    }
    schema_cache_close(cache);
    return rc == RC_NOT_FOUND && k->modules.len ? RC_OK : rc;
}

static void forget(struct known *k)
{
    store_version_clear(&k->info);
    buf_free(&k->modules);
    buf_free(&k->schema);
    buf_free(&k->notes);
}

/* ---- numbers ---- */

static size_t count_kind(const struct known *k, const char *kind)
{
    struct str rest = buf_str(&k->modules);
    struct modules_line line;
    size_t count = 0;
    while (modules_next(&rest, &line))
        count += str_is(line.kind, kind);
    return count;
}

static size_t count_lines(const struct buf *text)
{
    struct str rest = buf_str(text), line;
    size_t count = 0;
    while (str_next_line(&rest, &line))
        count++;
    return count;
}

static void show_numbers(struct writer *w, const char *device, const struct known *k)
{
    char id[MODULES_ID_SIZE];
    size_t modules = count_kind(k, "module"), imports = count_kind(k, "import"),
           submodules = count_kind(k, "submodule");
    modules_id(buf_str(&k->modules), id);
    writer_text(w, "device", device, STYLE_MACHINE);
    writer_text(w, "platform", k->info.platform, STYLE_MACHINE);
    writer_number(w, "version", k->info.number, STYLE_MACHINE);
    writer_text(w, "set", id, STYLE_MACHINE);
    writer_number(w, "modules", (int64_t)modules, STYLE_MACHINE);
    writer_number(w, "imported", (int64_t)imports, STYLE_MACHINE);
    writer_number(w, "submodules", (int64_t)submodules, STYLE_MACHINE);
    writer_flag(w, "learned", k->learned, STYLE_MACHINE);
    writer_line(w, STYLE_PLAIN,
        "%s: %zu YANG modules, %zu only imported, %zu submodules; set %.12s", device, modules,
        imports, submodules, id);
    if (!k->learned) {
        writer_line(w, STYLE_WARN,
            "not learned yet: its data is compared as plain XML; a collection learns it");
        return;
    }
    writer_number(w, "nodes", (int64_t)count_lines(&k->schema), STYLE_MACHINE);
    writer_line(w, STYLE_GOOD, "learned: %zu lines of schema, %zu notes", count_lines(&k->schema),
        count_lines(&k->notes));
}

/* ---- mappings ---- */

static bool fits(const struct modules_line *line, const struct lyd_node *wanted)
{
    char name_space[1001];
    if (str_is(line->name, yang_leaf(wanted, "name")))
        return true;
    if (line->name_space.len == 0 || line->name_space.len >= sizeof name_space)
        return false;
    memcpy(name_space, line->name_space.at, line->name_space.len);
    name_space[line->name_space.len] = '\0';
    for (const struct lyd_node *n = lyd_child(wanted); n; n = n->next)
        if (strcmp(LYD_NAME(n), "namespace") == 0 &&
            fnmatch(lyd_get_value(n), name_space, FNM_NOESCAPE) == 0)
            return true;
    return false;
}

/* The first module of the set that a mapping reads. */
static bool find_applying(
    const struct known *k, const struct lyd_node *mapping, struct modules_line *line)
{
    struct str rest = buf_str(&k->modules);
    while (modules_next(&rest, line)) {
        if (!str_is(line->kind, "module"))
            continue;
        for (const struct lyd_node *n = lyd_child(mapping); n; n = n->next)
            if (strcmp(LYD_NAME(n), "modules") == 0 && fits(line, n))
                return true;
    }
    return false;
}

static void show_mapping(struct writer *w, const struct known *k, const struct lyd_node *mapping)
{
    struct modules_line line;
    struct buf because = {0};
    bool applies = find_applying(k, mapping, &line);
    if (applies)
        buf_format(&because, "%.*s%s%.*s", (int)line.name.len, line.name.at,
            line.revision.len ? "@" : "", (int)line.revision.len, line.revision.at);
    writer_object(w, NULL, NULL);
    writer_text(w, "mapping", yang_leaf(mapping, "mapping"), STYLE_PLAIN);
    writer_flag(w, "applies", applies, applies ? STYLE_GOOD : STYLE_DIM);
    writer_text(w, "module", because.data, STYLE_PLAIN);
    writer_text(w, "title", yang_leaf(mapping, "title"), STYLE_PLAIN);
    writer_close(w);
    buf_free(&because);
}

static void show_mappings(struct writer *w, const struct known *k)
{
    writer_gap(w);
    writer_list(w, "mappings", NULL);
    for (size_t i = 0; k->platform && k->platform->mappings && k->platform->mappings[i]; i++)
        show_mapping(w, k, k->platform->mappings[i]);
    writer_close(w);
    if (writer_rows(w) == 0)
        writer_line(w, STYLE_WARN, "platform %s has no mappings", k->info.platform);
}

/* ---- notes and modules ---- */

static void show_str(struct writer *w, const char *name, struct str value)
{
    char *copy = value.len ? strndup(value.at, value.len) : NULL;
    writer_text(w, name, copy, STYLE_PLAIN);
    free(copy);
}

static void show_notes(struct writer *w, const struct known *k)
{
    struct str rest = buf_str(&k->notes), line;
    writer_list(w, "notes", "left out, or taken otherwise");
    while (str_next_line(&rest, &line)) {
        const char *colon = memmem(line.at, line.len, ": ", 2);
        size_t name = colon ? (size_t)(colon - line.at) : 0;
        writer_object(w, NULL, NULL);
        show_str(w, "module", (struct str){line.at, name});
        show_str(w, "note", colon ? (struct str){colon + 2, line.len - name - 2} : line);
        writer_close(w);
    }
    writer_close(w);
}

static void show_modules(struct writer *w, const struct known *k)
{
    struct str rest = buf_str(&k->modules);
    struct modules_line line;
    writer_list(w, "list", "modules");
    while (modules_next(&rest, &line)) {
        writer_object(w, NULL, NULL);
        show_str(w, "module", line.name);
        show_str(w, "revision", line.revision);
        show_str(w, "kind", line.kind);
        show_str(w, "namespace", line.name_space);
        show_str(w, "with", line.more);
        writer_close(w);
    }
    writer_close(w);
}

int command_schema(struct cli *cli, int argc, char **argv)
{
    bool modules = false;
    const struct option_row rows[] = {
        {"modules", 'm', OPTION_FLAG, &modules, NULL, "list the modules too"}, {0}};
    int rc = cli_options(cli, "schema", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1)
        return cli_operands("schema");
    rc = cli_open_store(cli, STORE_READ);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    struct known k = {.learned = false};
    rc = load(cli, argv[0], &k, &err);
    if (rc == RC_OK) {
        struct writer *w = cli_writer(cli, "schema");
        show_numbers(w, argv[0], &k);
        show_mappings(w, &k);
        if (k.notes.len)
            show_notes(w, &k);
        if (modules)
            show_modules(w, &k);
    }
    forget(&k);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}
