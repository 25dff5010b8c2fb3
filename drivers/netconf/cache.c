#include "drivers/netconf/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "drivers/netconf/set.h"
#include "drivers/netconf/sources.h"

/* Of what ID.schema holds: another number, and it is learned again. */
#define SCHEMA_FORM 1
#define HAVE_MOST ((size_t)200 << 20)     /* bytes of schema_cache_have() */
#define OPERATORS_MOST ((size_t)64 << 20) /* bytes of them that are the operator's */
#define FILES_MOST 5000                   /* files of a folder of the operator */
#define HASH_SIZE (2 * crypto_hash_sha256_BYTES + 1)
#define SHORT_HASH 16 /* digits in a file's name */

/* Standard modules that devices forget to give; others there are no device's. */
static const char system_folder[] = "/usr/share/yang";

struct schema_cache {
    char *folder, *operators;
};

int schema_cache_open(
    const char *folder, const char *operators, struct schema_cache **out, struct error *err)
{
    struct schema_cache *cache = calloc(1, sizeof *cache);
    if (cache) {
        cache->folder = strdup(folder);
        cache->operators = operators ? strdup(operators) : NULL;
    }
    if (!cache || !cache->folder || (operators && !cache->operators)) {
        schema_cache_close(cache);
        return error_set(err, RC_NO_MEMORY, "out of memory");
    }
    *out = cache;
    return RC_OK;
}

void schema_cache_close(struct schema_cache *cache)
{
    if (!cache)
        return;
    free(cache->folder);
    free(cache->operators);
    free(cache);
}

/* ---- files ---- */

struct path {
    char text[4096];
};

static struct path path_of(const char *folder, const char *sub, const char *name, const char *end)
{
    struct path p;
    if (snprintf(p.text, sizeof p.text, "%s/%s/%s%s", folder, sub, name, end) >= (int)sizeof p.text)
        p.text[0] = '\0'; /* no such file */
    return p;
}

static const char *hash_of(struct str bytes, char out[HASH_SIZE])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, (const unsigned char *)bytes.at, bytes.len);
    return sodium_bin2hex(out, HASH_SIZE, digest, sizeof digest);
}

/* Whole or not at all; not synced, since it may be lost. */
static int write_file(const char *path, struct str bytes, struct error *err)
{
    char temporary[4200];
    if (!*path)
        return error_set(err, RC_LIMIT, "the schema cache's path is too long");
    snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return error_at(err, RC_IO, path, "%s", strerror(errno));
    int rc = io_write_all(fd, bytes.at, bytes.len);
    if (close(fd) || rc || rename(temporary, path)) {
        error_at(err, RC_IO, path, "%s", strerror(errno));
        unlink(temporary);
        return RC_IO;
    }
    return RC_OK;
}

static int make_folder(const char *folder, const char *sub, struct error *err)
{
    struct path p = path_of(folder, sub, "", "");
    return p.text[0] ? io_make_folders(p.text, err)
                     : error_at(err, RC_LIMIT, folder, "path too long");
}

/* ---- sets ---- */

/* In ID.modules behind the set: "# schema FORM BYTES SHA-256", written last. */
static int seal(struct str schema, struct buf *out)
{
    char hash[HASH_SIZE];
    return buf_format(out, "# schema %d %zu %s\n", SCHEMA_FORM, schema.len, hash_of(schema, hash));
}

/* The seal of a set that is there; false when it is not, or is another's. */
static bool read_seal(const struct schema_cache *cache, const char *id, struct buf *sealed)
{
    char found[MODULES_ID_SIZE];
    struct buf text = {0};
    struct path path = path_of(cache->folder, "sets", id, ".modules");
    struct str rest, line;
    bool fits = io_read_file(path.text, &text, NULL) == RC_OK;
    if (fits) {
        modules_id(buf_str(&text), found);
        fits = strcmp(found, id) == 0;
    }
    rest = buf_str(&text);
    while (fits && str_next_line(&rest, &line))
        if (str_starts(line, "# schema ")) {
            buf_clear(sealed);
            fits = buf_add_str(sealed, line) == RC_OK && buf_add_char(sealed, '\n') == RC_OK;
        }
    buf_free(&text);
    return fits && sealed->len > 0;
}

bool schema_cache_has(const struct schema_cache *cache, struct str modules)
{
    char id[MODULES_ID_SIZE];
    struct buf sealed = {0};
    struct stat st;
    int form = 0;
    size_t bytes = 0;
    modules_id(modules, id);
    struct path path = path_of(cache->folder, "sets", id, ".schema");
    bool has = read_seal(cache, id, &sealed) &&
               sscanf(buf_text(&sealed), "# schema %d %zu ", &form, &bytes) == 2 &&
               form == SCHEMA_FORM && stat(path.text, &st) == 0 && (size_t)st.st_size == bytes;
    buf_free(&sealed);
    return has;
}

static bool is_sealed(struct str schema, const struct buf *sealed)
{
    struct buf expected = {0};
    bool same = seal(schema, &expected) == RC_OK && str_equal(buf_str(&expected), buf_str(sealed));
    buf_free(&expected);
    return same;
}

int schema_cache_find(const struct schema_cache *cache, struct str modules, struct buf *schema,
    struct buf *notes, struct error *err)
{
    char id[MODULES_ID_SIZE];
    struct buf sealed = {0}, text = {0};
    modules_id(modules, id);
    struct path path = path_of(cache->folder, "sets", id, ".schema");
    struct path noted = path_of(cache->folder, "sets", id, ".notes");
    struct path set = path_of(cache->folder, "sets", id, ".modules");
    int rc = RC_OK;
    bool known = read_seal(cache, id, &sealed);
    bool whole = known && io_read_file(path.text, &text, NULL) == RC_OK &&
                 is_sealed(buf_str(&text), &sealed);
    if (known && !whole) {
        unlink(set.text); /* so that it is learned again */
        rc = error_at(err, RC_NOT_FOUND, path.text, "damaged; it is to be learned again");
    } else if (!known) {
        rc = error_set(err, RC_NOT_FOUND, "what these YANG modules mean is not learned yet");
    } else if (buf_add_str(schema, buf_str(&text))) {
        rc = error_at(err, RC_LIMIT, path.text, "too big");
    } else if (notes) {
        io_read_file(noted.text, notes, NULL); /* for people: it may be missing */
    }
    buf_free(&text);
    buf_free(&sealed);
    return rc;
}

/* ---- modules that are there ---- */

struct having {
    struct part *at;
    size_t count, room;
    size_t bytes;
};

static bool has_name(const struct having *h, const char *name)
{
    for (size_t i = 0; i < h->count; i++)
        if (strcmp(h->at[i].name, name) == 0)
            return true;
    return false;
}

static int add_part(struct having *h, const char *name, struct buf *text)
{
    if (h->count == h->room) {
        size_t room = h->room ? h->room * 2 : 64;
        struct part *more = realloc(h->at, room * sizeof *more);
        if (!more)
            return RC_NO_MEMORY;
        h->at = more;
        h->room = room;
    }
    struct part *p = &h->at[h->count];
    *p = (struct part){.name = strdup(name), .text = *text};
    if (!p->name)
        return RC_NO_MEMORY;
    *text = (struct buf){0};
    h->count++;
    h->bytes += p->text.len;
    return RC_OK;
}

/* Whether a file holds the module `name`; its own revision as a part's name. */
static bool read_module(const char *path, struct str name, struct buf *text, struct buf *part)
{
    struct yang_outline outline = {.name = NULL};
    text->cap = YANG_MAX_BYTES;
    bool fits =
        io_read_file(path, text, NULL) == RC_OK &&
        yang_outline(buf_str(text), &outline, NULL) == RC_OK && str_is(name, outline.name) &&
        set_key(outline.name, outline.revision, part) == RC_OK && buf_add(part, ".yang") == RC_OK;
    yang_outline_free(&outline);
    return fits;
}

/* A module without revision may be another one on each device. */
static int have_cached(
    const struct schema_cache *cache, const struct set_module *m, struct having *h)
{
    struct buf key = {0}, text = {0}, own = {0};
    int rc = RC_OK;
    if (!m->revision || h->bytes >= HAVE_MOST)
        return RC_OK;
    rc = set_key(m->name, m->revision, &key);
    if (rc == RC_OK)
        rc = buf_add(&key, ".yang");
    struct path path = path_of(cache->folder, "modules", buf_text(&key), "");
    if (rc == RC_OK && !has_name(h, buf_text(&key)) &&
        read_module(path.text, str_of(m->name), &text, &own))
        rc = add_part(h, buf_text(&key), &text);
    buf_free(&key);
    buf_free(&text);
    buf_free(&own);
    return rc;
}

static int have_file(const char *folder, const char *file, struct having *h)
{
    struct str name, revision;
    struct buf text = {0}, part = {0};
    int rc = RC_OK;
    struct path path = path_of(folder, "", file, "");
    if (source_name(file, &name, &revision) && read_module(path.text, name, &text, &part) &&
        !has_name(h, buf_text(&part)))
        rc = add_part(h, buf_text(&part), &text);
    buf_free(&text);
    buf_free(&part);
    return rc;
}

static int any_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int standard_file(const struct dirent *entry)
{
    return strncmp(entry->d_name, "ietf-", 5) == 0 || strncmp(entry->d_name, "iana-", 5) == 0;
}

static int have_folder(const char *folder, int (*chosen)(const struct dirent *), struct having *h)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, chosen, alphasort);
    size_t most = h->bytes + OPERATORS_MOST;
    int rc = RC_OK;
    for (int i = 0; i < count; i++) {
        if (rc == RC_OK && i < FILES_MOST && h->bytes < most)
            rc = have_file(folder, entries[i]->d_name, h);
        free(entries[i]);
    }
    free(entries);
    return rc;
}

static int have_all(
    const struct schema_cache *cache, const struct module_set *set, struct having *h)
{
    int rc = RC_OK;
    for (size_t i = 0; i < set->count && rc == RC_OK; i++)
        rc = have_cached(cache, &set->at[i], h);
    if (rc == RC_OK && cache->operators)
        rc = have_folder(cache->operators, any_file, h);
    if (rc == RC_OK)
        rc = have_folder(system_folder, standard_file, h);
    return rc;
}

int schema_cache_have(const struct schema_cache *cache, struct str modules, struct part **out,
    size_t *count, struct error *err)
{
    struct module_set set;
    struct having h = {.count = 0};
    int rc = set_parse(modules, &set, err);
    if (rc == RC_OK && have_all(cache, &set, &h) != RC_OK)
        rc = error_set(err, RC_NO_MEMORY, "out of memory");
    for (size_t i = 0; rc && i < h.count; i++) {
        free(h.at[i].name);
        buf_free(&h.at[i].text);
    }
    if (rc) {
        free(h.at);
        h = (struct having){.count = 0};
    }
    set_free(&set);
    *out = h.at;
    *count = h.count;
    return rc;
}

/* ---- keeping ---- */

/* What was seen first stays; another text stands beside it. One that is no such module gives way.
 */
static int keep_module(const struct schema_cache *cache, const struct part *part, struct error *err)
{
    struct str name, revision, text = buf_str(&part->text);
    struct buf there = {0}, own = {0}, file = {0};
    char hash[HASH_SIZE];
    int rc = RC_OK;
    if (!source_name(part->name, &name, &revision))
        return RC_OK;
    struct path path = path_of(cache->folder, "modules", part->name, "");
    bool known = read_module(path.text, name, &there, &own);
    if (known && !str_equal(buf_str(&there), text)) {
        rc = buf_format(&file, "%.*s+%.*s.yang", (int)(strlen(part->name) - strlen(".yang")),
            part->name, SHORT_HASH, hash_of(text, hash));
        path = path_of(cache->folder, "modules", buf_text(&file), "");
    }
    if (rc == RC_OK && (!known || file.len))
        rc = write_file(path.text, text, err);
    buf_free(&there);
    buf_free(&own);
    buf_free(&file);
    return rc;
}

static struct str text_of(const struct part *parts, size_t count, const char *name)
{
    const struct part *part = part_find(parts, count, name);
    return part ? buf_str(&part->text) : (struct str){"", 0};
}

static int keep_set(const struct schema_cache *cache, struct str modules, struct str schema,
    struct str notes, struct error *err)
{
    char id[MODULES_ID_SIZE];
    struct buf set = {0};
    struct str line;
    modules_id(modules, id);
    int rc = RC_OK;
    while (rc == RC_OK && str_next_line(&modules, &line))
        if (line.len && line.at[0] != '#')
            rc = buf_format(&set, "%.*s\n", (int)line.len, line.at);
    if (rc == RC_OK)
        rc = seal(schema, &set);
    if (rc)
        rc = error_set(err, rc, "the list of YANG modules is too long");
    if (rc == RC_OK)
        rc = write_file(path_of(cache->folder, "sets", id, ".schema").text, schema, err);
    if (rc == RC_OK)
        rc = write_file(path_of(cache->folder, "sets", id, ".notes").text, notes, err);
    if (rc == RC_OK)
        rc = write_file(path_of(cache->folder, "sets", id, ".modules").text, buf_str(&set), err);
    buf_free(&set);
    return rc;
}

int schema_cache_keep(struct schema_cache *cache, struct str modules, const struct part *parts,
    size_t count, struct error *err)
{
    int rc = make_folder(cache->folder, "modules", err);
    if (rc == RC_OK)
        rc = make_folder(cache->folder, "sets", err);
    for (size_t i = 0; i < count && rc == RC_OK; i++)
        rc = keep_module(cache, &parts[i], err);
    return rc ? rc
              : keep_set(cache, modules, text_of(parts, count, "schema"),
                    text_of(parts, count, "notes"), err);
}
