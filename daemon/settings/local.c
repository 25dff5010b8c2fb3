/* What only devices with drivers exec and file have: nobody logs in to them. */
#include "base/program.h"
#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

/* A leaf-list's entries, NULL-terminated; NULL: no memory. */
static const char **list_values(struct loader *l, const struct lyd_node *first)
{
    size_t count = 0;
    for (const struct lyd_node *n = first; n; n = n->next)
        count += n->schema == first->schema;
    const char **values = arena_take(&l->memory->arena, (count + 1) * sizeof *values);
    count = 0;
    for (const struct lyd_node *n = values ? first : NULL; n; n = n->next)
        if (n->schema == first->schema)
            values[count++] = lyd_get_value(n);
    return values;
}

/* A program that is named by a path stands beside the settings, as every other file. */
static int place_program(struct loader *l, const char **words)
{
    if (*words[0] != '/' && strchr(words[0], '/'))
        words[0] = path_resolve(l, words[0]);
    return words[0] ? RC_OK : settings_no_memory(l->err);
}

static int read_command(struct loader *l, const struct lyd_node *leaf, struct device_exec *out)
{
    struct error why = ERROR_INIT;
    if (!leaf)
        return RC_OK;
    const char **words = list_values(l, leaf);
    if (!words)
        return settings_no_memory(l->err);
    if (!words[1]) {
        const char *const *split = NULL;
        if (program_words(&l->memory->arena, words[0], &split, &why))
            return yaml_complain(leaf, l->err, "%s", why.text);
        words = (const char **)(uintptr_t)split;
    }
    out->command = words;
    return place_program(l, words);
}

/* As tools of the clouds find their own login. */
static const char *const usual_environment[] = {"AWS_*", "AZURE_*", "CLOUDSDK_*",
    "GOOGLE_APPLICATION_CREDENTIALS", "KUBECONFIG", "GH_*", "GAM*", "DOCKER_HOST",
    "XDG_CONFIG_HOME", NULL};

int load_exec(struct loader *l, const struct lyd_node *const levels[3], struct device *d)
{
    const struct lyd_node *environment = first_leaf(levels, "exec", "environment");
    const struct lyd_node *variable = first_leaf(levels, "exec", "password-variable");
    const struct lyd_node *input = first_leaf(levels, "exec", "password-input");
    d->exec.environment = environment ? list_values(l, environment) : usual_environment;
    d->exec.password_input = input && strcmp(lyd_get_value(input), "true") == 0;
    if (!d->exec.password_input)
        d->exec.password_variable = variable ? lyd_get_value(variable) : "ROLLCALL_PASSWORD";
    return d->exec.environment ? read_command(l, first_leaf(levels, "exec", "command"), &d->exec)
                               : settings_no_memory(l->err);
}

/* ---- files ---- */

static const char *const usual_names[] = {"{name}", "{name}.cfg", "{name}.conf", "{group}/{name}",
    "configs/{name}", "{group}/configs/{name}", NULL};

/* `pattern`: what is put in is no wildcard. */
static int add_value(struct buf *out, const char *value, bool pattern)
{
    int rc = RC_OK;
    for (; *value && rc == RC_OK; value++) {
        if (pattern && strchr("*?[\\", *value))
            rc = buf_add_char(out, '\\');
        if (rc == RC_OK)
            rc = buf_add_char(out, *value);
    }
    return rc;
}

/* With the device's own in the braces. `*out` NULL: it wants a group, and there is none. */
static int fill(struct loader *l, const struct device *d, const struct lyd_node *leaf,
    const char *text, bool pattern, const char **out)
{
    const struct {
        const char *word, *value;
    } facts[] = {{"{name}", d->name}, {"{group}", d->group}, {"{address}", d->address}};
    struct buf made = {.cap = 8192};
    int rc = RC_OK;
    *out = NULL;
    while (*text && rc == RC_OK) {
        size_t i = 0;
        while (i < 3 && strncmp(text, facts[i].word, strlen(facts[i].word)) != 0)
            i++;
        if (i == 3) {
            rc = buf_add_char(&made, *text++);
        } else if (!facts[i].value) {
            buf_free(&made);
            return RC_OK;
        } else if (!pattern && strchr(facts[i].value, '/')) {
            buf_free(&made);
            return yaml_complain(leaf, l->err,
                "\"%s\" has a slash in it and cannot be put into the path", facts[i].value);
        } else {
            rc = add_value(&made, facts[i].value, pattern);
            text += strlen(facts[i].word);
        }
    }
    if (rc == RC_OK)
        *out = arena_dup(&l->memory->arena, buf_str(&made));
    buf_free(&made);
    return *out ? RC_OK : settings_no_memory(l->err);
}

static int read_names(
    struct loader *l, const struct lyd_node *leaf, struct device *d, const struct lyd_node **wrong)
{
    const char *const *given = leaf ? list_values(l, leaf) : usual_names;
    size_t count = 0, made = 0;
    while (given && given[count])
        count++;
    const char **names = arena_take(&l->memory->arena, (count + 1) * sizeof *names);
    if (!given || !names)
        return settings_no_memory(l->err);
    for (size_t i = 0; i < count; i++) {
        int rc = fill(l, d, leaf, given[i], true, &names[made]);
        if (rc)
            return rc;
        made += names[made] != NULL;
    }
    d->file.names = names;
    *wrong = made ? NULL : leaf;
    return RC_OK;
}

int load_file(struct loader *l, const struct lyd_node *const levels[3], struct device *d,
    const struct lyd_node **wrong)
{
    const struct lyd_node *path = first_leaf(levels, "file", "path");
    const struct lyd_node *git = first_leaf(levels, "file", "git");
    const struct lyd_node *whole = first_leaf(levels, "file", "whole");
    const char *filled = NULL;
    int rc = read_names(l, first_leaf(levels, "file", "name"), d, wrong);
    if (rc || *wrong || !path)
        return rc;
    if (git)
        d->file.kind = strcmp(lyd_get_value(git), "true") == 0 ? FILE_GIT : FILE_FOLDER;
    if (whole)
        d->file.whole = strcmp(lyd_get_value(whole), "true") == 0 ? WHOLE_ALWAYS : WHOLE_BY_END;
    rc = fill(l, d, path, lyd_get_value(path), false, &filled);
    *wrong = rc == RC_OK && !filled ? path : NULL;
    if (filled && !(d->file.path = path_resolve(l, filled)))
        rc = settings_no_memory(l->err);
    return rc;
}
