#include "drivers/netconf/modules.h"

#include <sodium.h>
#include <stdlib.h>

#include "drivers/netconf/set.h"

#define WORDS_MOST 2000

/* What ietf-yang-library is asked for: both revisions of it; a device passes over what it does not
 * know. */
static const char library_request[] =
    "<get><filter type=\"subtree\">"
    "<yang-library xmlns=\"urn:ietf:params:xml:ns:yang:ietf-yang-library\"/>"
    "<modules-state xmlns=\"urn:ietf:params:xml:ns:yang:ietf-yang-library\"/>"
    "</filter></get>";

static const char *const library_capabilities[] = {
    "urn:ietf:params:netconf:capability:yang-library:1.1",
    "urn:ietf:params:netconf:capability:yang-library:1.0",
};

/* ---- names of sets ---- */

static void hex_of(crypto_hash_sha256_state *state, char id[MODULES_ID_SIZE])
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(state, digest);
    sodium_bin2hex(id, MODULES_ID_SIZE, digest, sizeof digest);
}

static void hash_line(crypto_hash_sha256_state *state, struct str line)
{
    crypto_hash_sha256_update(state, (const unsigned char *)line.at, line.len);
    crypto_hash_sha256_update(state, (const unsigned char *)"\n", 1);
}

static bool tells_of_modules(const char *capability)
{
    char *module = capability_parameter(capability, "module");
    bool tells = module != NULL;
    free(module);
    for (size_t i = 0; i < sizeof library_capabilities / sizeof *library_capabilities; i++)
        tells = tells || str_starts(str_of(capability), library_capabilities[i]);
    return tells;
}

/* The library's id alone would do, if no device forgot to change it. */
void modules_announced(const struct netconf_hello *hello, char id[MODULES_ID_SIZE])
{
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (size_t i = 0; i < hello->count; i++)
        if (tells_of_modules(hello->capabilities[i]))
            hash_line(&state, str_of(hello->capabilities[i]));
    hex_of(&state, id);
}

void modules_id(struct str text, char id[MODULES_ID_SIZE])
{
    crypto_hash_sha256_state state;
    struct str line;
    crypto_hash_sha256_init(&state);
    while (str_next_line(&text, &line))
        if (line.len && line.at[0] != '#')
            hash_line(&state, line);
    hex_of(&state, id);
}

static void forget_missing(struct str *word)
{
    if (str_is(*word, "-"))
        *word = (struct str){"", 0};
}

bool modules_next(struct str *rest, struct modules_line *line)
{
    struct str text;
    while (str_next_line(rest, &text)) {
        *line = (struct modules_line){.name_space = {"", 0}};
        if (text.len == 0 || text.at[0] == '#' || !str_next_word(&text, &line->kind) ||
            !str_next_word(&text, &line->name) || !str_next_word(&text, &line->revision))
            continue;
        if (!str_is(line->kind, "submodule"))
            str_next_word(&text, &line->name_space);
        forget_missing(&line->revision);
        forget_missing(&line->name_space);
        line->more = str_trim(text);
        return true;
    }
    return false;
}

/* ---- from the hello ---- */

static size_t split(char *list, struct str *out)
{
    size_t count = 0;
    char *rest = list, *word;
    while (rest && count < WORDS_MOST && (word = strsep(&rest, ",")))
        out[count++] = str_trim(str_of(word));
    return count;
}

static int add_capability(struct module_set *set, const char *capability, struct str *features,
    struct str *deviations, struct error *err)
{
    char *name = capability_parameter(capability, "module");
    char *revision = capability_parameter(capability, "revision");
    char *has = capability_parameter(capability, "features");
    char *deviates = capability_parameter(capability, "deviations");
    bool added;
    int rc = RC_OK;
    if (name) {
        struct announced_module m = {.kind = SET_MODULE,
            .name = str_of(name),
            .revision = str_of(revision),
            .name_space = {capability, strcspn(capability, "?")},
            .features = features,
            .feature_count = split(has, features),
            .deviations = deviations,
            .deviation_count = split(deviates, deviations)};
        rc = set_add(set, &m, &added, err);
    }
    free(name);
    free(revision);
    free(has);
    free(deviates);
    return rc;
}

static int add_announced(const struct netconf_hello *hello, struct buf *text, struct error *err)
{
    char id[MODULES_ID_SIZE];
    modules_announced(hello, id);
    int rc = buf_format(text, "# announced %s\n", id);
    return rc ? error_set(err, rc, "the list of YANG modules is too long") : RC_OK;
}

int modules_from_hello(const struct netconf_hello *hello, struct buf *text, struct error *err)
{
    struct module_set set = {.count = 0};
    struct str *words = calloc(2 * (size_t)WORDS_MOST, sizeof *words);
    int rc =
        words ? add_announced(hello, text, err) : error_set(err, RC_NO_MEMORY, "out of memory");
    for (size_t i = 0; i < hello->count && rc == RC_OK; i++)
        rc = add_capability(&set, hello->capabilities[i], words, words + WORDS_MOST, err);
    if (rc == RC_OK && set_print(&set, text) != RC_OK)
        rc = error_set(err, RC_LIMIT, "the list of YANG modules is too long");
    free(words);
    set_free(&set);
    return rc;
}

/* ---- from the device ---- */

static bool may_have_library(const struct netconf_hello *hello)
{
    for (size_t i = 0; i < hello->count; i++)
        if (strstr(hello->capabilities[i], "yang-library"))
            return true;
    return false;
}

static void cut(struct buf *text, size_t len)
{
    text->len = len;
    if (text->data)
        text->data[len] = '\0';
}

/* RC_NOT_FOUND: it has none that can be read. */
static int ask_library(
    struct netconf *session, unsigned timeout_ms, struct buf *text, struct error *err)
{
    struct buf reply = {0};
    size_t before = text->len;
    int rc = netconf_rpc(session, STR(library_request), timeout_ms, &reply, err);
    if (rc == RC_DIALOGUE)
        rc = RC_NOT_FOUND;
    if (rc == RC_OK) {
        rc = modules_from_library(buf_str(&reply), text, err);
        if (rc == RC_FORMAT || rc == RC_LIMIT)
            rc = RC_NOT_FOUND;
    }
    if (rc == RC_NOT_FOUND)
        cut(text, before);
    buf_free(&reply);
    return rc;
}

int modules_learn(struct netconf *session, unsigned timeout_ms, struct buf *text, struct error *err)
{
    const struct netconf_hello *hello = netconf_hello(session);
    size_t before = text->len;
    int rc = RC_NOT_FOUND;
    if (may_have_library(hello)) {
        rc = add_announced(hello, text, err);
        if (rc == RC_OK)
            rc = ask_library(session, timeout_ms, text, err);
    }
    if (rc != RC_NOT_FOUND)
        return rc;
    cut(text, before);
    return modules_from_hello(hello, text, err);
}
