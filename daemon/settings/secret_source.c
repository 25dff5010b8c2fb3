/* Secrets are fetched when they are needed, from where the settings point. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/program.h"
#include "base/yaml.h"
#include "settings_private.h"

/* A look at a secret's file when settings load, so that `check` and a reload tell early. Files that
 * we may not look at are left to the process that has to read them. */
static int check_file(
    const struct lyd_node *leaf, const struct secret_source *source, struct error *err)
{
    const char *path = source->text;
    struct stat st;
    if (stat(path, &st)) {
        if (errno == ENOENT || errno == ENOTDIR)
            return yaml_complain(leaf, err, "there is no file %s", path);
        return RC_OK;
    }
    if (!S_ISREG(st.st_mode))
        return yaml_complain(leaf, err, "%s is not a regular file", path);
    if (!source->is_public && (st.st_mode & (S_IRWXG | S_IRWXO)))
        return yaml_complain(leaf, err,
            "%s holds a secret and others may read it (mode %04o); type: chmod 600 %s", path,
            (unsigned)(st.st_mode & 07777), path);
    return RC_OK;
}

static int check_own_file(struct loader *l, const struct lyd_node *leaf)
{
    struct stat st;
    if (stat(l->s->file, &st) == 0 && !(st.st_mode & (S_IRWXG | S_IRWXO)))
        return RC_OK;
    return yaml_complain(leaf, l->err,
        "a secret stands in a file that others may read; type: chmod 600 %s, or use file, env or "
        "command",
        l->s->file);
}

int secret_source_read(
    struct loader *l, const struct lyd_node *container, struct secret_source *out)
{
    const struct lyd_node *leaf = container ? lyd_child(container) : NULL;
    *out = (struct secret_source){.kind = SECRET_NONE, .is_public = out->is_public};
    if (!leaf)
        return RC_OK;
    const char *name = LYD_NAME(leaf), *text = lyd_get_value(leaf);
    out->node = leaf;
    out->text = text;
    if (strcmp(name, "env") == 0) {
        out->kind = SECRET_ENV;
    } else if (strcmp(name, "credential") == 0) {
        out->kind = SECRET_CREDENTIAL;
    } else if (strcmp(name, "clear-text") == 0) {
        out->kind = SECRET_TEXT;
        return out->is_public ? RC_OK : check_own_file(l, leaf);
    } else if (strcmp(name, "command") == 0) {
        out->kind = SECRET_COMMAND;
        struct error why = ERROR_INIT;
        if (program_words(&l->memory->arena, text, &out->words, &why))
            return yaml_complain(leaf, l->err, "%s", why.text);
    } else {
        out->kind = SECRET_FILE;
        out->text = path_resolve(l, text);
        return out->text ? check_file(leaf, out, l->err) : settings_no_memory(l->err);
    }
    return RC_OK;
}

static int read_credential(const char *name, struct buf *out, struct error *err)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    char path[4096];
    if (!folder)
        return error_set(err, RC_SETTINGS,
            "no systemd credentials here ($CREDENTIALS_DIRECTORY is not set); the unit needs "
            "LoadCredential=%s:FILE",
            name);
    if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path)
        return error_set(err, RC_LIMIT, "$CREDENTIALS_DIRECTORY is too long");
    /* systemd guards the folder; an ACL on the file may look like a readable group */
    return io_read_file(path, out, err);
}

static int read_variable(const char *name, struct buf *out, struct error *err)
{
    const char *value = getenv(name);
    if (!value)
        return error_set(err, RC_SETTINGS, "the environment variable %s is not set", name);
    return buf_add(out, value) ? settings_no_memory(err) : RC_OK;
}

static int read_source(const struct secret_source *source, struct buf *out, struct error *err)
{
    switch (source->kind) {
    case SECRET_FILE:
        return source->is_public ? io_read_file(source->text, out, err)
                                 : io_read_secret_file(source->text, out, err);
    case SECRET_ENV:
        return read_variable(source->text, out, err);
    case SECRET_COMMAND:
        return command_run(source->words, COMMAND_DEADLINE_MS, out, err);
    case SECRET_CREDENTIAL:
        return read_credential(source->text, out, err);
    case SECRET_TEXT:
        return buf_add(out, source->text) ? settings_no_memory(err) : RC_OK;
    default:
        return RC_OK;
    }
}

/* Put the place of the reference in front of what went wrong, keeping the code. */
static int at_reference(const struct secret_source *source, int rc, struct error *err)
{
    struct error why = err ? *err : (struct error)ERROR_INIT;
    char line[sizeof why.place + sizeof why.text + 2];
    if (!err || !source->node)
        return rc;
    yaml_complain(source->node, err, "%s", error_line(&why, line, sizeof line));
    err->code = rc;
    return rc;
}

int secret_source_fetch(
    const struct secret_source *source, bool whole, struct secret **out, struct error *err)
{
    struct buf text = {.cap = SECRET_MAX_BYTES};
    *out = NULL;
    if (source->kind == SECRET_NONE)
        return RC_OK;
    /* at once: a buffer that grows leaves copies of the secret behind */
    int rc = buf_reserve(&text, SECRET_MAX_BYTES) ? settings_no_memory(err)
                                                  : read_source(source, &text, err);
    struct str value = buf_str(&text), line;
    if (rc == RC_OK && !whole && source->kind != SECRET_ENV) {
        struct str rest = value;
        value = str_next_line(&rest, &line) ? line : (struct str){"", 0};
    }
    if (rc == RC_OK && value.len == 0)
        rc = error_set(err, RC_SETTINGS, "the secret is empty");
    if (rc == RC_OK && memchr(value.at, '\0', value.len))
        rc = error_set(err, RC_SETTINGS, "the secret has a NUL byte in it");
    if (rc == RC_OK && !(*out = secret_from(value)))
        rc = settings_no_memory(err);
    buf_wipe(&text);
    return rc ? at_reference(source, rc, err) : RC_OK;
}
