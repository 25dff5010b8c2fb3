#include "collect/startup.h"

#include <stdlib.h>

#include "base/yang.h"
#include "collect/evidence.h"

#define DIFFERS "startup-differs-from-running"
#define AGREES "startup-agrees-with-running"
/* Most versions looked at to learn since when a copy has differed. */
#define MOST_VERSIONS 20
#define LINES_ANNOTATION "line"

/* A part and its saved copy, by the profile's word and as they came. */
struct copy {
    const struct lyd_node *rule; /* entry of `parts` */
    const char *name, *of;
    const struct part *saved, *runs;
};

/* Accounts that only one of the two has. */
struct lonely {
    json_t *runs, *saved; /* names */
    struct evidence *lines;
    size_t line_count;
};

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "no memory to compare a config with its saved copy");
}

/* ---- do they say the same? ---- */

static int open_reader(const struct platform *platform, const struct copy *copy,
    struct config_reader **out, struct error *err)
{
    struct config_reader *reader = NULL;
    int rc = config_reader_new(platform, &reader, err);
    for (const struct lyd_node *n = lyd_child(copy->rule); rc == RC_OK && n; n = n->next)
        if (strcmp(LYD_NAME(n), "not-copied") == 0)
            rc = config_reader_ignore(reader, lyd_get_value(n), err);
    if (rc)
        config_reader_free(reader);
    else
        *out = reader;
    return rc;
}

/* The copy as if it were the part it is a copy of. */
static struct part as_original(const struct copy *copy, const struct part *part)
{
    return (struct part){.name = (char *)(uintptr_t)copy->of, .text = part->text};
}

static int digest_part(const struct config_reader *reader, const struct part *part,
    unsigned char digest[CONFIG_DIGEST_BYTES], struct error *err)
{
    struct config *config = NULL;
    int rc = config_reader_read(reader, part, 1, &config, err);
    if (rc == RC_OK)
        config_digest(config, digest);
    config_free(config);
    return rc;
}

static int says_same(
    const struct platform *platform, const struct copy *copy, bool *same, struct error *err)
{
    unsigned char digests[2][CONFIG_DIGEST_BYTES];
    struct config_reader *reader = NULL;
    const struct part runs = as_original(copy, copy->runs), saved = as_original(copy, copy->saved);
    int rc = open_reader(platform, copy, &reader, err);
    if (rc == RC_OK)
        rc = digest_part(reader, &runs, digests[0], err);
    if (rc == RC_OK)
        rc = digest_part(reader, &saved, digests[1], err);
    if (rc == RC_OK)
        *same = memcmp(digests[0], digests[1], CONFIG_DIGEST_BYTES) == 0;
    config_reader_free(reader);
    return rc;
}

/* ---- since when do they not? ---- */

static int differs_in_version(
    struct run *r, const struct copy *copy, uint32_t number, bool *differs, struct error *err)
{
    struct part runs = {0}, saved = {0};
    struct copy old = *copy;
    bool same = true;
    struct store *store = r->c->setup.store;
    int rc = store_read_part(store, r->device->name, number, copy->of, &runs.text, err);
    if (rc == RC_OK)
        rc = store_read_part(store, r->device->name, number, copy->name, &saved.text, err);
    old.runs = &runs;
    old.saved = &saved;
    if (rc == RC_OK)
        rc = says_same(r->result->driver.platform, &old, &same, err);
    buf_wipe(&runs.text);
    buf_wipe(&saved.text);
    *differs = !same;
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* From the newest version back: no further than it matters. */
static int differing_since(struct run *r, const struct copy *copy, bool new_version,
    int64_t long_enough_us, int64_t *since_us, struct error *err)
{
    uint32_t number = r->known.version.number;
    bool differs = true;
    int rc = RC_OK;
    *since_us = r->ended_us;
    if (!new_version) {
        *since_us = r->known.version.created_us;
        number--;
    }
    for (int i = 0; i < MOST_VERSIONS && number && differs && *since_us > long_enough_us; i++) {
        struct store_version version = {0};
        rc = differs_in_version(r, copy, number, &differs, err);
        if (rc == RC_OK && differs)
            rc = store_version(r->c->setup.store, r->device->name, number--, 0, &version, err);
        if (rc == RC_OK && differs)
            *since_us = version.created_us;
        store_version_clear(&version);
        if (rc)
            return rc == RC_NOT_FOUND ? RC_OK : rc;
    }
    return RC_OK;
}

/* ---- whose accounts are in one only? ---- */

static int read_tree(struct run *r, const struct copy *copy, const struct part *part,
    struct lyd_node **tree, struct error *err)
{
    const struct collect_setup *setup = &r->c->setup;
    const struct platform *platform = r->result->driver.platform;
    const struct reader *reader = NULL;
    const struct part alone = as_original(copy, part);
    struct draft *draft = NULL;
    int rc = rules_access(r->c, platform, &reader, err);
    if (rc == RC_OK)
        rc = draft_read(reader, &alone, 1, &draft, err);
    if (rc == RC_OK)
        rc = access_build(setup->ctx, platform, draft, setup->key, tree, err);
    draft_free(draft);
    return rc;
}

static const char *lines_of(const struct lyd_node *node)
{
    for (const struct lyd_meta *meta = node->meta; meta; meta = meta->next)
        if (strcmp(meta->name, LINES_ANNOTATION) == 0)
            return lyd_get_meta_value(meta);
    return "";
}

/* "running:12 running:13", of a part that is called `part` in truth. */
static int add_lines(struct lonely *l, const struct lyd_node *node, const char *part)
{
    struct str rest = str_of(lines_of(node)), word;
    while (str_next_word(&rest, &word)) {
        const char *colon = memrchr(word.at, ':', word.len);
        struct evidence *more = realloc(l->lines, (l->line_count + 1) * sizeof *more);
        if (!more)
            return RC_NO_MEMORY;
        l->lines = more;
        if (colon)
            more[l->line_count++] = (struct evidence){.after = true,
                .part = (char *)(uintptr_t)part,
                .line = (uint32_t)strtoul(colon + 1, NULL, 10)};
    }
    return RC_OK;
}

static int add_name(json_t *names, const struct lyd_node *account)
{
    const char *realm = yang_leaf(account, "realm"), *name = yang_leaf(account, "name");
    json_t *text =
        strcmp(realm, "local") == 0 ? json_string(name) : json_sprintf("%s of %s", name, realm);
    return json_array_append_new(names, text) ? RC_NO_MEMORY : RC_OK;
}

/* Those of `here` that are not in `there`. */
static int add_lonely(struct lonely *l, json_t *names, const struct lyd_node *here,
    const struct lyd_node *there, const char *part)
{
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(here); rc == RC_OK && n; n = n->next) {
        struct lyd_node *twin = NULL;
        if (strcmp(LYD_NAME(n), "account") != 0 ||
            lyd_find_sibling_first(lyd_child(there), n, &twin) == LY_SUCCESS)
            continue;
        rc = add_name(names, n);
        rc = rc ? rc : add_lines(l, n, part);
    }
    return rc;
}

static int find_lonely(struct run *r, const struct copy *copy, struct lonely *l, struct error *err)
{
    struct lyd_node *runs = NULL, *saved = NULL;
    *l = (struct lonely){.runs = json_array(), .saved = json_array()};
    int rc = read_tree(r, copy, copy->runs, &runs, err);
    if (rc == RC_OK)
        rc = read_tree(r, copy, copy->saved, &saved, err);
    if (rc == RC_OK && (add_lonely(l, l->runs, runs, saved, copy->of) ||
                           add_lonely(l, l->saved, saved, runs, copy->name)))
        rc = no_memory(err);
    lyd_free_all(runs);
    lyd_free_all(saved);
    return rc;
}

static bool is_anybody_lonely(const struct lonely *l)
{
    return json_array_size(l->runs) + json_array_size(l->saved) > 0;
}

static void lonely_free(struct lonely *l)
{
    json_decref(l->runs);
    json_decref(l->saved);
    free(l->lines);
}

/* ---- what was told already? ---- */

struct told {
    int64_t at_us; /* 0: never */
    json_t *document;
};

static int keep_told(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    struct told *told = ctx;
    (void)device;
    told->at_us = seen_us;
    told->document = json_loads(json, 0, NULL);
    return 1;
}

static int last_told(
    struct run *r, const char *event, const struct copy *copy, struct told *told, struct error *err)
{
    const struct store_event_query query = {
        .device = r->device->name, .event = event, .subject = copy->name, .limit = 1};
    *told = (struct told){0};
    return store_events(r->c->setup.store, &query, keep_told, told, err);
}

/* `told`: the last complaint, when nothing was heard of an agreement since. */
static int last_complaint(
    struct run *r, const struct copy *copy, struct told *told, struct error *err)
{
    struct told agreed = {0};
    int rc = last_told(r, DIFFERS, copy, told, err);
    if (rc == RC_OK && told->at_us)
        rc = last_told(r, AGREES, copy, &agreed, err);
    if (agreed.at_us > told->at_us)
        told->at_us = 0;
    json_decref(agreed.document);
    return rc;
}

static bool holds_all(const json_t *names, const json_t *of)
{
    size_t i, j;
    json_t *wanted, *name;
    json_array_foreach(of, i, wanted)
    {
        bool found = false;
        json_array_foreach(names, j, name) found |= json_equal(name, wanted);
        if (!found)
            return false;
    }
    return true;
}

static bool was_told_of(const struct told *told, const struct lonely *l)
{
    return told->at_us && holds_all(json_object_get(told->document, "before"), l->runs) &&
           holds_all(json_object_get(told->document, "after"), l->saved);
}

/* ---- events ---- */

static int say_names(struct buf *says, const char *what, const json_t *names)
{
    size_t i;
    json_t *name;
    char safe[300];
    int rc = json_array_size(names) ? buf_add(says, what) : RC_OK;
    json_array_foreach(names, i, name)
    {
        const char *text = json_string_value(name);
        text_escape(safe, sizeof safe, text, strlen(text));
        rc = rc ? rc : buf_add(says, i ? ", " : " ");
        rc = rc ? rc : buf_add(says, safe);
    }
    return rc;
}

/* What a reload would do to them: before it, and after it. */
static int name_lonely(struct event *event, const struct lonely *l)
{
    struct buf says = {.cap = 16384};
    int rc = buf_add(&says, event->says);
    rc = rc ? rc : say_names(&says, "; a reload deletes", l->runs);
    rc = rc ? rc : say_names(&says, "; a reload brings back", l->saved);
    char *text = rc ? NULL : strdup(buf_text(&says));
    buf_free(&says);
    if (!text)
        return RC_NO_MEMORY;
    free(event->says);
    event->says = text;
    event->before = json_array_size(l->runs) ? json_incref(l->runs) : NULL;
    event->after = json_array_size(l->saved) ? json_incref(l->saved) : NULL;
    return RC_OK;
}

static int raise_difference(
    struct run *r, const struct copy *copy, const struct lonely *l, struct error *err)
{
    size_t count = r->events.count;
    int rc = event_raise(r->c->setup.meaning, DIFFERS, copy->name, NULL, NULL, &r->events, err);
    if (rc == RC_OK && r->events.count > count && name_lonely(&r->events.at[count], l))
        rc = no_memory(err);
    if (rc == RC_OK && evidence_attach(&r->events, count, l->lines, l->line_count))
        rc = no_memory(err);
    return rc;
}

/* Whether it is time to tell of a difference that concerns no account. */
static int is_overdue(
    struct run *r, const struct copy *copy, bool new_version, bool *overdue, struct error *err)
{
    int64_t wait_us = r->c->setup.settings->unsaved_after_us, since_us;
    *overdue = false;
    if (wait_us < 0)
        return RC_OK;
    int rc = differing_since(r, copy, new_version, r->ended_us - wait_us, &since_us, err);
    *overdue = rc == RC_OK && since_us <= r->ended_us - wait_us;
    r->copies_open |= !*overdue;
    return rc;
}

static int judge_difference(struct run *r, const struct copy *copy, const struct told *told,
    bool new_version, struct error *err)
{
    struct lonely lonely;
    bool news = false;
    int rc = find_lonely(r, copy, &lonely, err);
    if (rc == RC_OK && is_anybody_lonely(&lonely))
        news = !was_told_of(told, &lonely);
    else if (rc == RC_OK && !told->at_us)
        rc = is_overdue(r, copy, new_version, &news, err);
    if (rc == RC_OK && news)
        rc = raise_difference(r, copy, &lonely, err);
    lonely_free(&lonely);
    return rc;
}

static int judge_copy(struct run *r, const struct copy *copy, bool new_version, struct error *err)
{
    struct told told = {0};
    bool same = false;
    int rc = says_same(r->result->driver.platform, copy, &same, err);
    if (rc == RC_OK)
        rc = last_complaint(r, copy, &told, err);
    if (rc == RC_OK && !same)
        rc = judge_difference(r, copy, &told, new_version, err);
    else if (rc == RC_OK && told.at_us)
        rc = event_raise(r->c->setup.meaning, AGREES, copy->name, NULL, NULL, &r->events, err);
    json_decref(told.document);
    return rc;
}

/* Both came. */
static bool find_pair(
    const struct driver_result *driver, const struct lyd_node *rule, struct copy *copy)
{
    *copy = (struct copy){
        .rule = rule, .name = yang_leaf(rule, "name"), .of = yang_leaf(rule, "copy-of")};
    if (!copy->of)
        return false;
    copy->saved = part_find(driver->parts, driver->part_count, copy->name);
    copy->runs = part_find(driver->parts, driver->part_count, copy->of);
    return copy->saved && copy->runs;
}

int find_copies(struct run *r, bool new_version, struct error *err)
{
    const struct driver_result *driver = &r->result->driver;
    struct copy copy;
    int rc = RC_OK;
    if (!new_version && file_marks_find(r->c->copies, r->device->name, r->known.version.number))
        return RC_OK;
    for (const struct lyd_node *rule = NULL;
         rc == RC_OK && driver->platform && (rule = platform_next_part(driver->platform, rule));)
        if (find_pair(driver, rule, &copy))
            rc = judge_copy(r, &copy, new_version, err);
    return rc;
}

void keep_copies(const struct run *r)
{
    file_marks_put(&r->c->copies, r->device->name, r->report->version,
        r->copies_open ? NULL : "nothing more to tell");
}
