/* Compiling a set of modules that a device gave: some of them do not compile, and libyang gives up
 * a whole context then. So it is tried without the ones to blame, in a new context each time. */
#include <libyang/libyang.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "drivers/netconf/flatten.h"
#include "drivers/netconf/modules.h"
#include "drivers/netconf/set.h"
#include "drivers/netconf/sources.h"

#define ROUNDS_MOST 60
#define SECONDS_MOST 90 /* of this process, for the search for what to leave out */

/* A module of the set that is to be compiled. */
struct wanted {
    const struct set_module *announced;
    struct source *source;
    const char **features; /* those that the text has */
    bool out;              /* left out, with a note */
};

struct compilation {
    struct module_set set;
    struct sources sources;
    struct wanted *at; /* sorted by name */
    size_t count;
    struct arena arena;
    struct buf *notes;
    struct error *err;
    struct ly_ctx *ctx;
    clock_t begun;
};

static int out_of_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "out of memory");
}

/* ---- what is wanted ---- */

static int leave_out(struct compilation *c, struct wanted *w, const char *why)
{
    w->out = true;
    return source_note(c->notes, w->announced->name, w->announced->revision, "%s", why);
}

static bool has_feature(const struct sources *sources, const struct source *s, const char *name)
{
    for (const struct yang_name *f = s->outline.features; f; f = f->next)
        if (strcmp(f->name, name) == 0)
            return true;
    for (const struct yang_need *need = s->outline.needs; need; need = need->next) {
        if (!need->include)
            continue;
        const struct source *sub = sources_find(sources, str_of(need->name), NULL);
        for (const struct yang_name *f = sub ? sub->outline.features : NULL; f; f = f->next)
            if (strcmp(f->name, name) == 0)
                return true;
    }
    return false;
}

/* libyang refuses a module that lacks a feature it is told to turn on. */
static const char **known_features(struct compilation *c, const struct wanted *w)
{
    size_t count = 0, kept = 0;
    while (w->announced->features[count])
        count++;
    const char **out = arena_take(&c->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; out && i < count; i++)
        if (has_feature(&c->sources, w->source, w->announced->features[i]))
            out[kept++] = w->announced->features[i];
    return out;
}

static struct source *source_of(const struct sources *sources, const struct set_module *m)
{
    struct source *exact = m->revision ? sources_find(sources, str_of(m->name), m->revision) : NULL;
    return exact ? exact : sources_find(sources, str_of(m->name), NULL);
}

static int want(struct compilation *c, const struct set_module *m)
{
    struct wanted *w = &c->at[c->count++];
    *w = (struct wanted){.announced = m, .source = source_of(&c->sources, m)};
    if (!w->source)
        return leave_out(c, w, "not there; the device does not give it");
    if (w->source->outline.submodule)
        return leave_out(c, w, "a submodule");
    w->source->chosen = true;
    w->features = known_features(c, w);
    if (!w->features)
        return out_of_memory(c->err);
    if (m->revision && w->source->revision && strcmp(m->revision, w->source->revision) != 0)
        return source_note(
            c->notes, m->name, m->revision, "read by revision %s", w->source->revision);
    return RC_OK;
}

static int newest_first(const void *a, const void *b)
{
    const struct set_module *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : strcmp(y->revision ? y->revision : "", x->revision ? x->revision : "");
}

static int want_all(struct compilation *c)
{
    int rc = RC_OK;
    const struct set_module *last = NULL;
    c->at = calloc(c->set.count + 1, sizeof *c->at);
    if (!c->at)
        return out_of_memory(c->err);
    if (c->set.count)
        qsort(c->set.at, c->set.count, sizeof *c->set.at, newest_first);
    for (size_t i = 0; i < c->set.count && rc == RC_OK; i++) {
        const struct set_module *m = &c->set.at[i];
        if (m->kind != SET_MODULE)
            continue;
        if (last && strcmp(last->name, m->name) == 0)
            rc = source_note(c->notes, m->name, m->revision, "announced twice; the newest counts");
        else
            rc = want(c, m);
        last = m;
    }
    return rc;
}

static int against_name(const void *key, const void *element)
{
    const struct str *name = key;
    const char *other = ((const struct wanted *)element)->announced->name;
    int order = strncmp(name->at, other, name->len);
    return order ? order : -(int)(other[name->len] != '\0');
}

static struct wanted *find_wanted(const struct compilation *c, struct str name)
{
    return c->count ? bsearch(&name, c->at, c->count, sizeof *c->at, against_name) : NULL;
}

/* ---- contexts ---- */

/* A module that is not there, for those who import it: most do so for an extension, or for a part
 * that is not used. */
static const char *stub_module(struct compilation *c, const char *name)
{
    bool acm = strcmp(name, "ietf-netconf-acm") == 0;
    return arena_format(&c->arena,
        "module %s{yang-version 1.1;namespace \"urn:x-absent:%s\";prefix absent;%s}", name, name,
        acm ? "extension default-deny-all;extension default-deny-write;" : "");
}

static const char *stub_submodule(struct compilation *c, const char *module, const char *name)
{
    const struct source *of = sources_find(&c->sources, str_of(module), NULL);
    return arena_format(&c->arena, "submodule %s{yang-version %s;belongs-to %s{prefix absent;}}",
        name, of ? of->outline.version : "1", module);
}

static bool is_internal(const char *name)
{
    static const char *const names[] = {"yang", "ietf-inet-types", "ietf-yang-types",
        "ietf-yang-metadata", "ietf-yang-schema-mount", "ietf-yang-structure-ext"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static LY_ERR give_text(const char *module, const char *revision, const char *submodule,
    const char *submodule_revision, void *user, LYS_INFORMAT *format, const char **text,
    ly_module_imp_data_free_clb *free_text)
{
    struct compilation *c = user;
    const char *name = submodule ? submodule : module;
    struct source *s =
        sources_find(&c->sources, str_of(name), submodule ? submodule_revision : revision);
    if (s && s->outline.submodule == (submodule != NULL))
        *text = source_lean(&c->sources, s);
    else if (submodule)
        *text = stub_submodule(c, module, submodule);
    else
        *text = is_internal(name) ? NULL : stub_module(c, name);
    *format = LYS_IN_YANG;
    *free_text = NULL;
    return *text ? LY_SUCCESS : LY_ENOTFOUND;
}

static int new_context(struct compilation *c, uint16_t more)
{
    const uint16_t options = LY_CTX_DISABLE_SEARCHDIRS | LY_CTX_NO_YANGLIBRARY;
    ly_ctx_destroy(c->ctx);
    c->ctx = NULL;
    if (ly_ctx_new(NULL, (uint16_t)(options | more), &c->ctx))
        return out_of_memory(c->err);
    ly_ctx_set_module_imp_clb(c->ctx, give_text, c);
    return RC_OK;
}

/* ---- who is to blame ---- */

static bool is_error(const struct ly_err_item *e)
{
    return e->level == LY_LLERR && e->msg;
}

/* The first message says what is wrong. */
static const char *first_message(const struct ly_ctx *ctx)
{
    for (const struct ly_err_item *e = ly_err_first(ctx); e; e = e->next)
        if (is_error(e))
            return e->msg;
    return "libyang does not say why";
}

/* The name in quotes behind `words`; empty when they are not there. */
static struct str quoted_behind(const char *text, const char *words)
{
    const char *at = text ? strstr(text, words) : NULL;
    const char *begin = at ? at + strlen(words) : "", *end = strchr(begin, '"');
    return (struct str){begin, end ? (size_t)(end - begin) : 0};
}

/* A path names a module where it changes, /a:b/c/{augment='/x:y'}/d:e: the last one is whose node
 * it is. What stands in quotes has prefixes instead. */
static struct str last_module(const char *path)
{
    struct str found = {"", 0};
    const char *word = path;
    bool quoted = false;
    for (const char *c = path; c && *c; c++) {
        if (*c == '\'')
            quoted = !quoted;
        if (!quoted && *c == ':')
            found = (struct str){word, (size_t)(c - word)};
        if (*c == '/' || *c == '{' || *c == '[')
            word = c + 1;
    }
    return found;
}

static struct str innermost_parsed(const struct ly_ctx *ctx)
{
    struct str name = {"", 0};
    for (const struct ly_err_item *e = ly_err_first(ctx); e && name.len == 0; e = e->next)
        if (is_error(e)) {
            name = quoted_behind(e->msg, "Parsing module \"");
            if (name.len == 0)
                name = quoted_behind(e->msg, "Parsing submodule \"");
        }
    return name;
}

/* It does not parse. From now on a stub stands for it. */
static int call_broken(struct compilation *c, struct source *s)
{
    s->broken = true;
    return source_note(c->notes, s->name, s->revision, "%s", first_message(c->ctx));
}

/* Import a module alone, without compiling: one that does not parse spoils no other so. */
static int probe(struct compilation *c, struct wanted *w, size_t number)
{
    for (;;) {
        char text[600];
        const char *revision = w->source->revision;
        snprintf(text, sizeof text,
            "module x-probe-%zu{namespace \"urn:x-probe:%zu\";prefix x;import %s{prefix y;%s%s%s}}",
            number, number, w->source->name, revision ? "revision-date " : "",
            revision ? revision : "", revision ? ";" : "");
        ly_err_clean(c->ctx, NULL);
        if (lys_parse_mem(c->ctx, text, LYS_IN_YANG, NULL) == LY_SUCCESS)
            return RC_OK;
        struct source *s = sources_find(&c->sources, innermost_parsed(c->ctx), NULL);
        if (!s || s == w->source)
            break;
        int rc = call_broken(c, s);
        if (rc)
            return rc;
    }
    w->source->broken = true;
    return leave_out(c, w, first_message(c->ctx));
}

static int probe_all(struct compilation *c)
{
    int rc = new_context(c, 0);
    for (size_t i = 0; i < c->count && rc == RC_OK; i++)
        if (!c->at[i].out)
            rc = probe(c, &c->at[i], i);
    return rc;
}

/* A reference to what is not there: its own, or that of a typedef it imports. False when both were
 * taken for text already. */
static bool loosen(struct compilation *c, struct source *s)
{
    bool more = !s->loose;
    if (more)
        source_loosen(s);
    for (const struct yang_need *need = more ? NULL : s->outline.needs; need; need = need->next) {
        struct source *of = sources_find(&c->sources, str_of(need->name), need->revision);
        if (of && !of->loose) {
            source_loosen(of);
            more = true;
        }
    }
    return more;
}

static int accuse(struct compilation *c, struct wanted *w, const char *why)
{
    if (strstr(why, "in path")) {
        bool first = !w->source->loose;
        if (loosen(c, w->source))
            return first ? source_note(c->notes, w->announced->name, w->announced->revision,
                               "what it refers to is not there: %s", why)
                         : RC_OK;
    }
    if (!w->out)
        return leave_out(c, w, why);
    w->source->broken = true; /* who imports it brings its deviations along */
    return RC_OK;
}

/* Leave out whom the messages name. False in `found` when they name nobody. */
static int blame(struct compilation *c, bool *found)
{
    int rc = RC_OK;
    for (const struct ly_err_item *e = ly_err_first(c->ctx); e && rc == RC_OK; e = e->next) {
        /* A consequence of what another deviates. */
        if (!is_error(e) || strstr(e->msg, "deviated and/or refined node failed"))
            continue;
        struct str name = quoted_behind(e->msg, "from module \"");
        struct wanted *w = find_wanted(c, name.len ? name : last_module(e->path));
        if (!w || !w->source || w->source->broken)
            continue;
        *found = true;
        rc = accuse(c, w, e->msg);
    }
    return rc;
}

/* ---- the whole set ---- */

/* Load the first `most` of those that are not out. `stopped`: the one that could not be loaded. */
static int load(struct compilation *c, size_t most, struct wanted **stopped)
{
    int rc = new_context(c, LY_CTX_EXPLICIT_COMPILE | LY_CTX_SET_PRIV_PARSED);
    *stopped = NULL;
    for (size_t i = 0; i < most && rc == RC_OK && !*stopped; i++) {
        struct wanted *w = &c->at[i];
        if (!w->out &&
            !ly_ctx_load_module(c->ctx, w->source->name, w->source->revision, w->features))
            *stopped = w;
    }
    return rc;
}

/* The messages name nobody: the last of the shortest list that does not compile. */
static int search(struct compilation *c)
{
    char why[400];
    size_t good = 0, bad = c->count;
    snprintf(why, sizeof why, "%s", first_message(c->ctx));
    while (bad - good > 1) {
        size_t middle = good + (bad - good) / 2;
        struct wanted *stopped;
        int rc = load(c, middle, &stopped);
        if (rc)
            return rc;
        if (!stopped && ly_ctx_compile(c->ctx) == LY_SUCCESS)
            good = middle;
        else
            bad = middle;
    }
    return bad > good && !c->at[bad - 1].out ? leave_out(c, &c->at[bad - 1], why) : RC_OK;
}

static int try_once(struct compilation *c, bool *probed, bool *done)
{
    struct wanted *stopped;
    int rc = load(c, c->count, &stopped);
    if (rc)
        return rc;
    if (stopped && !*probed) {
        *probed = true;
        return probe_all(c);
    }
    if (stopped)
        return leave_out(c, stopped, first_message(c->ctx));
    if (ly_ctx_compile(c->ctx) == LY_SUCCESS) {
        *done = true;
        return RC_OK;
    }
    bool found = false;
    rc = blame(c, &found);
    return rc == RC_OK && !found ? search(c) : rc;
}

static bool is_wanted(const void *user, const struct lys_module *module)
{
    const struct compilation *c = user;
    const struct wanted *w = find_wanted(c, str_of(module->name));
    return w && !w->out;
}

static int compile(struct compilation *c, struct buf *schema)
{
    bool probed = false, done = false;
    int rc = RC_OK;
    for (unsigned round = 0; round < ROUNDS_MOST && rc == RC_OK && !done; round++) {
        if ((clock() - c->begun) / CLOCKS_PER_SEC > SECONDS_MOST)
            break;
        rc = try_once(c, &probed, &done);
    }
    if (rc == RC_OK && !done)
        return buf_add(c->notes, "too many modules do not compile: none was taken\n");
    return rc == RC_OK ? schema_flatten(c->ctx, is_wanted, c, schema, c->notes, c->err) : rc;
}

int modules_compile(struct str modules, const struct part *texts, size_t count, struct buf *schema,
    struct buf *notes, struct error *err)
{
    struct compilation c = {.notes = notes, .err = err, .begun = clock()};
    uint32_t options = ly_log_options(LY_LOSTORE);
    int rc = set_parse(modules, &c.set, err);
    if (rc == RC_OK)
        rc = sources_read(texts, count, &c.sources, notes, err);
    if (rc == RC_OK)
        rc = want_all(&c);
    if (rc == RC_OK)
        rc = compile(&c, schema);
    ly_ctx_destroy(c.ctx);
    ly_log_options(options);
    sources_free(&c.sources);
    set_free(&c.set);
    arena_free(&c.arena);
    free(c.at);
    return rc;
}
