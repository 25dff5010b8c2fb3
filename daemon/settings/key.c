/* The store's master key. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "base/program.h"
#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

/* ---- where it comes from ---- */

static int use_file(struct loader *l, const struct lyd_node *leaf)
{
    struct settings *s = l->s;
    s->key_file = leaf ? path_resolve(l, lyd_get_value(leaf)) : in_state_folder(l, "key");
    if (!s->key_file)
        return settings_no_memory(l->err);
    s->master_key = (struct secret_source){.kind = SECRET_FILE, .text = s->key_file, .node = leaf};
    s->master_key_name = arena_format(&l->memory->arena, "the key in %s", s->key_file);
    return RC_OK;
}

static int use_command(struct loader *l, const struct lyd_node *leaf)
{
    struct secret_source *source = &l->s->master_key;
    struct error why = ERROR_INIT;
    *source =
        (struct secret_source){.kind = SECRET_COMMAND, .text = lyd_get_value(leaf), .node = leaf};
    l->s->master_key_name = "the key that key-command prints";
    if (program_words(&l->memory->arena, source->text, &source->words, &why))
        return yaml_complain(leaf, l->err, "%s", why.text);
    return RC_OK;
}

static int use_credential(struct loader *l, const struct lyd_node *leaf)
{
    l->s->master_key = (struct secret_source){
        .kind = SECRET_CREDENTIAL, .text = lyd_get_value(leaf), .node = leaf};
    l->s->master_key_name =
        arena_format(&l->memory->arena, "the credential %s", l->s->master_key.text);
    return RC_OK;
}

int load_master_key(struct loader *l)
{
    const struct lyd_node *command = yang_child(l->tree, "key-command");
    const struct lyd_node *credential = yang_child(l->tree, "key-credential");
    int rc = command      ? use_command(l, command)
             : credential ? use_credential(l, credential)
                          : use_file(l, yang_child(l->tree, "key-file"));
    return rc == RC_OK && !l->s->master_key_name ? settings_no_memory(l->err) : rc;
}

bool settings_same_master_key(const struct settings *a, const struct settings *b)
{
    return a->master_key.kind == b->master_key.kind &&
           strcmp(a->master_key.text, b->master_key.text) == 0;
}

/* ---- reading it ---- */

static int parse(
    struct str text, const char *place, unsigned char key[MASTER_KEY_BYTES], struct error *err)
{
    struct str line = str_trim(text);
    size_t len = 0;
    if (sodium_base642bin(key, MASTER_KEY_BYTES, line.at, line.len, NULL, &len, NULL,
            sodium_base64_VARIANT_ORIGINAL) == 0 &&
        len == MASTER_KEY_BYTES)
        return RC_OK;
    sodium_memzero(key, MASTER_KEY_BYTES);
    return error_at(err, RC_SETTINGS, place,
        "not a master key (%d bytes in base64); restore it from your copy: nothing else opens the "
        "store",
        MASTER_KEY_BYTES);
}

int key_load(const char *file, unsigned char key[MASTER_KEY_BYTES], struct error *err)
{
    struct buf text = {.cap = 4096};
    int rc = sodium_init() < 0 || buf_reserve(&text, 4096) ? settings_no_memory(err)
                                                           : io_read_secret_file(file, &text, err);
    if (rc == RC_NOT_FOUND)
        rc = error_at(err, rc, file,
            "there is no master key; `rollcall init` makes one for a new store, for an old one "
            "restore your copy");
    if (rc == RC_OK)
        rc = parse(buf_str(&text), file, key, err);
    buf_wipe(&text);
    return rc;
}

/* Of a store and its key, this says that it is not the store that is missing. */
static int load_existing(const char *file, unsigned char key[MASTER_KEY_BYTES], struct error *err)
{
    int rc = key_load(file, key, err);
    if (rc != RC_NOT_FOUND)
        return rc;
    if (err)
        err->code = RC_SETTINGS;
    return RC_SETTINGS;
}

int settings_master_key(void *settings, unsigned char key[MASTER_KEY_BYTES], struct error *err)
{
    const struct settings *s = settings;
    struct secret *text = NULL;
    if (s->key_file)
        return load_existing(s->key_file, key, err);
    int rc = secret_source_fetch(&s->master_key, false, &text, err);
    if (rc == RC_OK)
        rc = parse(secret_value(text), s->master_key_name, key, err);
    secret_free(text);
    return rc;
}

/* ---- making one ---- */

/* "." where there is none in `file`. */
static int folder_of(const char *file, char folder[4096], struct error *err)
{
    const char *slash = strrchr(file, '/');
    int len = !slash ? 0 : slash == file ? 1 : (int)(slash - file);
    return snprintf(folder, 4096, "%.*s%s", len, file, len ? "" : ".") < 4096
               ? RC_OK
               : error_at(err, RC_LIMIT, file, "path too long");
}

static int make_folder_of(const char *file, struct error *err)
{
    char folder[4096];
    int rc = folder_of(file, folder, err);
    return rc ? rc : io_make_folders(folder, err);
}

int key_create(const char *file, struct error *err)
{
    unsigned char key[MASTER_KEY_BYTES];
    char text[64];
    if (sodium_init() < 0)
        return error_set(err, RC_IO, "libsodium does not start");
    int rc = make_folder_of(file, err);
    if (rc)
        return rc;
    randombytes_buf(key, sizeof key);
    sodium_bin2base64(text, sizeof text - 1, key, sizeof key, sodium_base64_VARIANT_ORIGINAL);
    strcat(text, "\n");
    rc = io_write_file(file, 0600, true, str_of(text), err);
    sodium_memzero(key, sizeof key);
    sodium_memzero(text, sizeof text);
    return rc;
}

int key_replace(const char *file, const char *by, struct error *err)
{
    char folder[4096];
    int rc = folder_of(file, folder, err);
    if (rc)
        return rc;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || rename(by, file) || fsync(fd))
        rc = error_at(err, RC_IO, file, "%s cannot be put in its place: %s", by, strerror(errno));
    if (fd >= 0)
        close(fd);
    return rc;
}
