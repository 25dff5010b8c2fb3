/* A device's own list of its YANG modules: ietf-yang-library, both revisions of it. */
#include <stdlib.h>

#include "drivers/netconf/modules.h"
#include "drivers/netconf/scan.h"
#include "drivers/netconf/set.h"

#define TEXT_MOST 4096
#define EACH_MOST 2000 /* features, deviations, submodules of one module; sets of one schema */
#define ARENA_MOST ((size_t)128 << 20)

struct names {
    struct str at[EACH_MOST];
    size_t count;
};

struct reading {
    struct scan scan;
    struct arena arena;
    struct error *err;
    struct names features, deviations, submodules, revisions; /* of the module that is read */
    struct module_set *set;
    /* RFC 8525: which module sets make the running datastore */
    struct str schema;   /* its schema; empty: not known yet, or none is named */
    struct names wanted; /* the module sets of it */
    bool has_wanted, seen_library;
};

static int full(struct reading *r)
{
    return error_set(r->err, RC_LIMIT, "the list of YANG modules is too long");
}

/* ---- elements ---- */

/* Behind an OPEN (whose depth is `inside`), or behind a child: the next child that opens. */
static int next_child(struct reading *r, unsigned inside, bool *more)
{
    enum scan_token token = SCAN_TEXT;
    int rc = RC_OK;
    while (rc == RC_OK && token == SCAN_TEXT)
        rc = scan_next(&r->scan, &token, r->err);
    *more = rc == RC_OK && token == SCAN_OPEN && r->scan.depth == inside + 1;
    return rc;
}

static int read_text(struct reading *r, struct str *out)
{
    struct buf text = {.cap = TEXT_MOST};
    int rc = scan_text(&r->scan, &text, r->err);
    struct str trimmed = str_trim(buf_str(&text));
    const char *copy = rc == RC_OK ? arena_dup(&r->arena, trimmed) : NULL;
    *out = (struct str){copy ? copy : "", copy ? trimmed.len : 0};
    buf_free(&text);
    return rc == RC_OK && !copy ? full(r) : rc;
}

static int add_name(struct reading *r, struct names *names, struct str name)
{
    if (names->count == EACH_MOST)
        return full(r);
    names->at[names->count++] = name;
    return RC_OK;
}

static int read_name(struct reading *r, struct names *names)
{
    struct str name;
    int rc = read_text(r, &name);
    return rc == RC_OK ? add_name(r, names, name) : rc;
}

/* The children `name` and, where it is asked for, `revision` of a list's entry. */
static int read_entry(struct reading *r, struct str *name, struct str *revision)
{
    unsigned inside = r->scan.depth;
    bool more;
    struct str unused;
    *name = (struct str){"", 0};
    int rc = next_child(r, inside, &more);
    while (rc == RC_OK && more) {
        if (str_is(r->scan.name, "name"))
            rc = read_text(r, name);
        else if (str_is(r->scan.name, "revision"))
            rc = read_text(r, revision ? revision : &unused);
        else
            rc = scan_skip(&r->scan, r->err);
        if (rc == RC_OK)
            rc = next_child(r, inside, &more);
    }
    return rc;
}

/* A leaf-list's value (RFC 8525), or the name in a list's entry (RFC 7895). */
static int read_deviation(struct reading *r)
{
    struct scan ahead = r->scan;
    struct buf text = {.cap = TEXT_MOST};
    struct str name;
    int rc = scan_text(&ahead, &text, r->err);
    bool is_entry = rc == RC_OK && str_trim(buf_str(&text)).len == 0;
    buf_free(&text);
    if (rc)
        return rc;
    rc = is_entry ? read_entry(r, &name, NULL) : read_text(r, &name);
    return rc == RC_OK ? add_name(r, &r->deviations, name) : rc;
}

static int read_submodule(struct reading *r)
{
    struct str name, revision = {"", 0};
    int rc = read_entry(r, &name, &revision);
    if (rc == RC_OK)
        rc = add_name(r, &r->submodules, name);
    return rc == RC_OK ? add_name(r, &r->revisions, revision) : rc;
}

/* ---- modules ---- */

static int read_member(struct reading *r, struct announced_module *m)
{
    struct str name = r->scan.name, text;
    if (str_is(name, "name"))
        return read_text(r, &m->name);
    if (str_is(name, "revision"))
        return read_text(r, &m->revision);
    if (str_is(name, "namespace"))
        return read_text(r, &m->name_space);
    if (str_is(name, "feature"))
        return read_name(r, &r->features);
    if (str_is(name, "deviation"))
        return read_deviation(r);
    if (str_is(name, "submodule"))
        return read_submodule(r);
    if (!str_is(name, "conformance-type"))
        return scan_skip(&r->scan, r->err);
    int rc = read_text(r, &text);
    if (rc == RC_OK && str_is(text, "import"))
        m->kind = SET_IMPORT;
    return rc;
}

static int keep_module(struct reading *r, struct announced_module *m)
{
    bool added;
    m->features = r->features.at;
    m->feature_count = r->features.count;
    m->deviations = r->deviations.at;
    m->deviation_count = r->deviations.count;
    int rc = set_add(r->set, m, &added, r->err);
    for (size_t i = 0; i < r->submodules.count && rc == RC_OK && added; i++) {
        bool kept;
        struct announced_module sub = {.kind = SET_SUBMODULE,
            .name = r->submodules.at[i],
            .revision = r->revisions.at[i],
            .of = m->name};
        rc = set_add(r->set, &sub, &kept, r->err);
    }
    return rc;
}

static int read_module(struct reading *r, enum set_kind kind)
{
    struct announced_module m = {.kind = kind};
    unsigned inside = r->scan.depth;
    bool more;
    r->features.count = r->deviations.count = r->submodules.count = r->revisions.count = 0;
    int rc = next_child(r, inside, &more);
    while (rc == RC_OK && more) {
        rc = read_member(r, &m);
        if (rc == RC_OK)
            rc = next_child(r, inside, &more);
    }
    return rc == RC_OK ? keep_module(r, &m) : rc;
}

/* ---- lists of modules ---- */

static int read_modules(struct reading *r)
{
    unsigned inside = r->scan.depth;
    bool more;
    int rc = next_child(r, inside, &more);
    while (rc == RC_OK && more) {
        if (str_is(r->scan.name, "module"))
            rc = read_module(r, SET_MODULE);
        else if (str_is(r->scan.name, "import-only-module"))
            rc = read_module(r, SET_IMPORT);
        else
            rc = scan_skip(&r->scan, r->err);
        if (rc == RC_OK)
            rc = next_child(r, inside, &more);
    }
    return rc;
}

static bool is_among(const struct names *names, struct str name)
{
    for (size_t i = 0; i < names->count; i++)
        if (str_equal(names->at[i], name))
            return true;
    return false;
}

/* All module sets, or those that the running datastore has. Looks ahead for its name, which may
 * stand anywhere in it. */
static int read_module_set(struct reading *r)
{
    struct scan here = r->scan;
    struct str name;
    int rc = read_entry(r, &name, NULL);
    if (rc || (r->has_wanted && !is_among(&r->wanted, name)))
        return rc;
    r->scan = here;
    return read_modules(r);
}

/* ---- which sets the running datastore has ---- */

static bool is_running(struct str identity)
{
    const char *colon = memchr(identity.at, ':', identity.len);
    if (colon)
        identity = (struct str){colon + 1, identity.len - (size_t)(colon + 1 - identity.at)};
    return str_is(identity, "running");
}

static int read_datastore(struct reading *r)
{
    unsigned inside = r->scan.depth;
    struct str name = {"", 0}, schema = {"", 0};
    bool more;
    int rc = next_child(r, inside, &more);
    while (rc == RC_OK && more) {
        if (str_is(r->scan.name, "name"))
            rc = read_text(r, &name);
        else if (str_is(r->scan.name, "schema"))
            rc = read_text(r, &schema);
        else
            rc = scan_skip(&r->scan, r->err);
        if (rc == RC_OK)
            rc = next_child(r, inside, &more);
    }
    if (rc == RC_OK && is_running(name))
        r->schema = schema;
    return rc;
}

static int read_schema(struct reading *r)
{
    struct scan here = r->scan;
    struct str name;
    unsigned inside = r->scan.depth;
    bool more;
    int rc = read_entry(r, &name, NULL);
    if (rc || !str_equal(name, r->schema))
        return rc;
    r->scan = here;
    r->has_wanted = true;
    rc = next_child(r, inside, &more);
    while (rc == RC_OK && more) {
        rc = str_is(r->scan.name, "module-set") ? read_name(r, &r->wanted)
                                                : scan_skip(&r->scan, r->err);
        if (rc == RC_OK)
            rc = next_child(r, inside, &more);
    }
    return rc;
}

/* ---- the reply ---- */

enum pass { PASS_DATASTORES, PASS_SCHEMAS, PASS_MODULES };

static int read_library_child(struct reading *r, enum pass pass)
{
    struct str name = r->scan.name;
    if (pass == PASS_DATASTORES && str_is(name, "datastore"))
        return read_datastore(r);
    if (pass == PASS_SCHEMAS && str_is(name, "schema") && r->schema.len)
        return read_schema(r);
    if (pass == PASS_MODULES && str_is(name, "module-set"))
        return read_module_set(r);
    return scan_skip(&r->scan, r->err);
}

static int read_library(struct reading *r, enum pass pass)
{
    unsigned inside = r->scan.depth;
    bool more;
    r->seen_library = true;
    int rc = next_child(r, inside, &more);
    while (rc == RC_OK && more) {
        rc = read_library_child(r, pass);
        if (rc == RC_OK)
            rc = next_child(r, inside, &more);
    }
    return rc;
}

/* One way through the reply. A device that has both lists means the newer one. */
static int read_reply(struct reading *r, struct str reply, enum pass pass, bool old)
{
    enum scan_token token = SCAN_TEXT;
    scan_start(&r->scan, reply);
    int rc = scan_next(&r->scan, &token, r->err);
    while (rc == RC_OK && token != SCAN_END) {
        if (token == SCAN_OPEN && !old && str_is(r->scan.name, "yang-library"))
            rc = read_library(r, pass);
        else if (token == SCAN_OPEN && old && str_is(r->scan.name, "modules-state"))
            rc = read_modules(r);
        else if (token == SCAN_OPEN && r->scan.depth > 3) /* <rpc-reply><data> */
            rc = scan_skip(&r->scan, r->err);
        if (rc == RC_OK)
            rc = scan_next(&r->scan, &token, r->err);
    }
    return rc;
}

static int read_all(struct reading *r, struct str reply)
{
    int rc = read_reply(r, reply, PASS_DATASTORES, false);
    if (rc == RC_OK)
        rc = read_reply(r, reply, PASS_SCHEMAS, false);
    if (rc == RC_OK)
        rc = read_reply(r, reply, PASS_MODULES, false);
    if (rc == RC_OK && r->set->count == 0)
        rc = read_reply(r, reply, PASS_MODULES, true);
    if (rc == RC_OK && r->set->count == 0)
        rc = error_set(r->err, RC_NOT_FOUND, "no YANG library in the reply");
    return rc;
}

int modules_from_library(struct str reply, struct buf *text, struct error *err)
{
    struct module_set set = {.count = 0};
    struct reading *r = calloc(1, sizeof *r);
    if (!r)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    r->arena.cap = ARENA_MOST;
    r->err = err;
    r->set = &set;
    int rc = read_all(r, reply);
    if (rc == RC_OK && set_print(&set, text) != RC_OK)
        rc = full(r);
    arena_free(&r->arena);
    free(r);
    set_free(&set);
    return rc;
}
