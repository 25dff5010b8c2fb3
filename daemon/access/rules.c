#include "access/map.h"

#include <stdlib.h>

#include "access/lost.h"
#include "base/yaml.h"
#include "base/yang.h"

struct compiling {
    struct reader *r;
    struct section *section;
    struct action *action;
    const char *into;
    const struct lyd_node *node; /* for complaints */
};

int complain_at(const struct lyd_node *node, struct error *err)
{
    char text[sizeof err->text];
    if (!err)
        return RC_SETTINGS;
    memcpy(text, err->text, sizeof text);
    return yaml_complain(node, err, "%s", text);
}

static bool is_bound(const struct action *a, const char *name)
{
    for (size_t i = 0; i < a->binding_count; i++)
        if (a->bindings[i].name == name)
            return true;
    return false;
}

static int put_binding(
    struct compiling *c, const char *name, struct target *target, bool prefix, struct error *err)
{
    struct action *a = c->action;
    if (a->binding_count == a->binding_room) {
        size_t room = a->binding_room ? a->binding_room * 2 : 4;
        struct binding *grown = arena_take(&c->r->arena, room * sizeof *grown);
        if (!grown)
            return error_set(err, RC_NO_MEMORY, "no memory for rules");
        if (a->binding_count)
            memcpy(grown, a->bindings, a->binding_count * sizeof *grown);
        a->bindings = grown;
        a->binding_room = room;
    }
    a->bindings[a->binding_count++] = (struct binding){name, target, prefix};
    return RC_OK;
}

static int add_binding(struct compiling *c, const char *name, struct error *err)
{
    if (is_bound(c->action, name))
        return RC_OK;
    struct target *target = target_get(c->r, c->section, c->into, name, err);
    return target ? put_binding(c, name, target, false, err) : RC_SETTINGS;
}

/* What prefixes capture is for all rules whose entries have such a node. */
static int bind_prefixes(struct compiling *c, struct error *err)
{
    int rc = RC_OK;
    for (size_t i = 0; i < c->r->below_name_count && !rc; i++) {
        const char *name = c->r->below_names[i];
        struct target *target =
            is_bound(c->action, name) ? NULL : target_get(c->r, c->section, NULL, name, NULL);
        if (target)
            rc = put_binding(c, name, target, true, err);
    }
    return rc;
}

static int name_capture(void *ctx, const struct capture *capture, struct error *err)
{
    struct compiling *c = ctx;
    if (capture->name[0] == '$' || capture->name == c->r->ignored ||
        capture->name == c->r->hidden || !c->section)
        return RC_OK;
    return add_binding(c, capture->name, err);
}

static int parse_template(struct reader *r, const char *value, struct template_piece **pieces)
{
    while (*value) {
        struct template_piece *piece = arena_take(&r->arena, sizeof *piece);
        if (!piece)
            return RC_NO_MEMORY;
        const char *end = *value == '{' ? strchr(value, '}') : NULL;
        if (end) {
            piece->name =
                intern(&r->arena, &r->names, (struct str){value + 1, (size_t)(end - value) - 1});
            value = end + 1;
        } else {
            size_t len = 1 + strcspn(value + 1, "{");
            piece->text = (struct str){value, len};
            value += len;
        }
        *pieces = piece;
        pieces = &piece->next;
    }
    return RC_OK;
}

static int add_assignments(struct compiling *c, const struct lyd_node *parent, const char *list,
    struct assignment **head, struct error *err)
{
    while (*head)
        head = &(*head)->next;
    for (const struct lyd_node *n = lyd_child(parent); n; n = n->next) {
        if (strcmp(LYD_NAME(n), list) != 0)
            continue;
        const char *text = lyd_get_value(n), *equals = strstr(text, " = ");
        struct assignment *made = arena_take(&c->r->arena, sizeof *made);
        const char *name =
            intern(&c->r->arena, &c->r->names, (struct str){text, (size_t)(equals - text)});
        if (!made || !name)
            return error_set(err, RC_NO_MEMORY, "no memory for rules");
        made->target = target_get(c->r, c->section, c->into, name, err);
        if (!made->target)
            return complain_at(n, err);
        if (parse_template(c->r, equals + 3, &made->pieces))
            return error_set(err, RC_NO_MEMORY, "no memory for rules");
        *head = made;
        head = &made->next;
    }
    return RC_OK;
}

static int compile_options(struct compiling *c, const struct lyd_node *parent, struct error *err);

/* The option's words go into `trie`; what may follow it into a trie of its own. */
static int compile_option(
    struct compiling *outer, struct trie *trie, const struct lyd_node *node, struct error *err)
{
    struct reader *r = outer->r;
    struct action *action = arena_take(&r->arena, sizeof *action);
    if (!action)
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    const char *into = yang_leaf(node, "into");
    struct compiling c = {r, outer->section, action, into ? into : outer->into, node};
    action->match = yang_leaf(node, "match");
    action->into = into;
    action->priority = yang_is_true(node, "yield") ? PRIORITY_YIELDING : PRIORITY_NORMAL;
    struct trie_use use = {.what = action, .named = name_capture, .ctx = &c};
    int rc = trie_add(trie, action->match, &use, err);
    if (rc)
        return complain_at(node, err);
    rc = add_assignments(&c, node, "set", &action->sets, err);
    return rc ? rc : compile_options(&c, node, err);
}

static int compile_options(struct compiling *c, const struct lyd_node *parent, struct error *err)
{
    struct reader *r = c->r;
    int rc = RC_OK;
    struct trie *trie = NULL;
    for (const struct lyd_node *n = lyd_child(parent); n && !rc; n = n->next) {
        if (strcmp(LYD_NAME(n), "options") != 0)
            continue;
        if (!trie) {
            if (r->option_trie_count == sizeof r->option_tries / sizeof *r->option_tries)
                return error_set(err, RC_LIMIT, "too many rules with options");
            trie = arena_take(&r->arena, sizeof *trie);
            if (!trie)
                return error_set(err, RC_NO_MEMORY, "no memory for rules");
            rc = trie_init(trie, &r->arena, &r->names, err);
            if (rc)
                return rc;
            r->option_tries[r->option_trie_count++] = trie;
            c->action->options = trie;
        }
        rc = compile_option(c, trie, n, err);
    }
    return rc;
}

static size_t count_names(const struct lyd_node *parent, const char *list)
{
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(parent); n; n = n->next)
        count += strcmp(LYD_NAME(n), list) == 0;
    return count;
}

/* Returns where the next one goes. */
static const char **add_names(const struct lyd_node *parent, const char *list, const char **at)
{
    for (const struct lyd_node *n = lyd_child(parent); n; n = n->next)
        if (strcmp(LYD_NAME(n), list) == 0)
            *at++ = lyd_get_value(n);
    return at;
}

static int list_names(struct reader *r, const struct lyd_node *parent, const char *list,
    const char ***out, struct error *err)
{
    size_t count = count_names(parent, list);
    if (count == 0)
        return RC_OK;
    *out = arena_take(&r->arena, (count + 1) * sizeof **out);
    if (!*out)
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    add_names(parent, list, *out);
    return RC_OK;
}

/* Those of the profile and of its mappings. */
static int list_communities(struct reader *r, struct error *err)
{
    static const char list[] = "default-communities";
    const struct platform *p = r->platform;
    size_t count = count_names(p->data, list);
    for (const struct lyd_node *const *m = p->mappings; m && *m; m++)
        count += count_names(*m, list);
    if (!(r->communities = arena_take(&r->arena, (count + 1) * sizeof *r->communities)))
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    const char **at = add_names(p->data, list, r->communities);
    for (const struct lyd_node *const *m = p->mappings; m && *m; m++)
        at = add_names(*m, list, at);
    return RC_OK;
}

static bool binds(const struct action *a, const struct target *target)
{
    for (size_t i = 0; i < a->binding_count; i++)
        if (a->bindings[i].target == target)
            return true;
    return false;
}

static int compile_rule(struct reader *r, const struct lyd_node *node, struct error *err)
{
    struct rule *rule = arena_take(&r->arena, sizeof *rule);
    if (!rule)
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    rule->section = section_get(r, yang_leaf(node, "entry"), err);
    if (!rule->section)
        return complain_at(node, err);
    struct compiling c = {r, rule->section, &rule->action, NULL, node};
    rule->action.match = yang_leaf(node, "match");
    rule->action.priority = yang_is_true(node, "yield") ? PRIORITY_YIELDING : PRIORITY_NORMAL;
    rule->attach = yang_is_true(node, "attach");
    rule->delete = yang_is_true(node, "delete");
    struct trie_use use = {.what = rule, .named = name_capture, .ctx = &c};
    int rc = trie_add(&r->rules, rule->action.match, &use, err);
    const char *by = yang_leaf(node, "by");
    if (!rc && by && !(rule->by = target_get(r, rule->section, NULL, by, err)))
        rc = RC_SETTINGS;
    if (!rc && by && !binds(&rule->action, rule->by))
        rc = error_set(err, RC_SETTINGS, "`by: %s` needs a {%s} in the match", by, by);
    if (rc)
        return complain_at(node, err);
    if ((rc = add_assignments(&c, node, "set", &rule->action.sets, err)) ||
        (rc = add_assignments(&c, node, "default", &rule->defaults, err)) ||
        (rc = list_names(r, node, "in", &rule->in, err)) || (rc = compile_options(&c, node, err)) ||
        (rc = bind_prefixes(&c, err)))
        return rc;
    rule->strict = yang_leaf(node, "strict")
                       ? yang_is_true(node, "strict")
                       : rule->action.options && strcmp(rule->section->path, "account") == 0;
    return RC_OK;
}

static int compile_suspicious(struct reader *r, const struct lyd_node *node, struct error *err)
{
    struct rule *rule = arena_take(&r->arena, sizeof *rule);
    if (!rule)
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    rule->action.match = lyd_get_value(node);
    rule->pass = strcmp(LYD_NAME(node), "pass") == 0;
    struct compiling c = {r, NULL, &rule->action, NULL, node};
    struct trie_use use = {.what = rule, .named = name_capture, .ctx = &c};
    return trie_add(&r->rules, rule->action.match, &use, err) ? complain_at(node, err) : RC_OK;
}

/* ---- prefixes ---- */

static bool is_node_somewhere(struct reader *r, const struct lyd_node *profile, const char *name)
{
    for (const struct lyd_node *n = lyd_child(profile); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "access") != 0)
            continue;
        struct section *section = section_get(r, yang_leaf(n, "entry"), NULL);
        if (section && target_get(r, section, NULL, name, NULL))
            return true;
    }
    return false;
}

struct prefix_naming {
    struct reader *r;
    size_t captures;
};

static int name_prefix(void *ctx, const struct capture *capture, struct error *err)
{
    struct prefix_naming *n = ctx;
    struct reader *r = n->r;
    n->captures++;
    if (capture->name[0] == '$' || capture->name == r->ignored || capture->name == r->hidden)
        return RC_OK;
    for (size_t i = 0; i < r->below_name_count; i++)
        if (r->below_names[i] == capture->name)
            return RC_OK;
    if (!is_node_somewhere(r, r->platform->data, capture->name))
        return error_set(err, RC_SETTINGS, "no rule's entry has a node \"%s\"", capture->name);
    r->below_names[r->below_name_count++] = capture->name;
    return RC_OK;
}

static int compile_prefix(struct reader *r, const struct lyd_node *node, struct error *err)
{
    struct rule *rule = arena_take(&r->arena, sizeof *rule);
    struct below *below = arena_take(&r->arena, sizeof *below);
    if (!rule || !below)
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    below->mark.name = r->marked;
    below->when = yang_leaf(node, "when");
    below->yields = yang_is_true(node, "yield");
    below->next = r->belows;
    r->belows = below;
    r->conditional |= below->when != NULL;
    rule->below = below;
    rule->action.match = yang_leaf(node, "prefix");
    struct prefix_naming naming = {r, 0};
    struct trie_use use = {.what = rule, .prefix = true, .named = name_prefix, .ctx = &naming};
    int rc = trie_add(&r->rules, rule->action.match, &use, err);
    if (!rc && below->when && naming.captures == 0)
        rc = error_set(err, RC_SETTINGS, "`when` needs a capture in the prefix");
    return rc ? complain_at(node, err) : RC_OK;
}

/* Before the rules, which take what prefixes capture. */
static int compile_prefixes(struct reader *r, struct error *err)
{
    const struct lyd_node *profile = r->platform->data;
    size_t room = count_names(profile, "below") * 40 + 1; /* a pattern has no more words */
    if (!(r->below_names = arena_take(&r->arena, room * sizeof *r->below_names)))
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(profile); n && !rc; n = n->next)
        if (strcmp(LYD_NAME(n), "below") == 0)
            rc = compile_prefix(r, n, err);
    return rc;
}

static int compile_regex(struct reader *r, const struct lyd_node *node, bool whole,
    struct regex_list **list, struct error *err)
{
    struct regex_list *made = arena_take(&r->arena, sizeof *made);
    if (!made)
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    if (regex_new(lyd_get_value(node), REGEX_OFTEN | (whole ? REGEX_WHOLE : 0), &made->regex, err))
        return complain_at(node, err);
    while (*list)
        list = &(*list)->next;
    *list = made;
    return RC_OK;
}

/* Secrets on every platform, by the words that announce them and by how hashes look. */
static const char *const secrets_everywhere[] = {
    "(?i)(?<![\\w.-])(?:password|passwd|passphrase|secret|psk|pre-shared-key|shared-secret|"
    "shared-key|key-string|encrypted-password|plaintext-password|hashed-password|private-key|phash|"
    "auth-password|priv-password|auth-key|authentication-key)[ \\t]*[=: \\t][ \\t]*"
    "(?:(?:\\d{1,3}|ENC|encrypted|hash|cipher|simple|irreversible-cipher|ciphertext|plaintext|"
    "sha512|sha256|md5|clear|text|level[ \\t]+\\d+)[ \\t]+)*[\"']?(?<secret>[^\\s\"';<]+)",
    "(?i)(?<![\\w.-])key[ \\t]+\\d{1,2}[ \\t]+[\"']?(?<secret>[^\\s\"';<]+)",
    "(?i)<[\\w:-]*(?:password|passwd|secret|passphrase|psk|phash|private-key|-hash)[\\w-]*"
    "(?:\\s[^>]*)?>(?<secret>[^<]+)",
    "(?i)\"[^\"]*(?:password|passwd|secret|passphrase|psk|private-key)[^\"]*\"[ \\t]*:[ \\t]*"
    "\"(?<secret>(?:[^\"\\\\]|\\\\.)+)",
    "(?<secret>\\$(?:\\d{1,2}[a-z]?|y|gy|sha\\d+|2[aby])\\$[^\\s\"';<]{6,})",
    "(?<secret>%[\\^$+@]%[#$+@].+?%[\\^$+@]%[#$+@])",
};

static int compile_secrets(struct reader *r, struct error *err)
{
    struct regex_list **at = &r->secrets;
    for (size_t i = 0; i < sizeof secrets_everywhere / sizeof *secrets_everywhere; i++) {
        while (*at)
            at = &(*at)->next;
        if (!(*at = arena_take(&r->arena, sizeof **at)))
            return error_set(err, RC_NO_MEMORY, "no memory for rules");
        int rc = regex_new(secrets_everywhere[i], REGEX_OFTEN, &(*at)->regex, err);
        if (rc)
            return rc;
    }
    return RC_OK;
}

static int compile_scheme(
    struct reader *r, const struct lyd_node *node, unsigned rank, struct error *err)
{
    struct scheme *made = arena_take(&r->arena, sizeof *made), **at = &r->schemes;
    if (!made)
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    made->rank = rank;
    made->written = yang_leaf(node, "written");
    made->name = yang_leaf(node, "name");
    made->strength = yang_leaf(node, "strength");
    made->is_volatile = yang_is_true(node, "volatile");
    const char *looks = yang_leaf(node, "looks");
    if (looks && regex_new(looks, REGEX_OFTEN, &made->looks, err))
        return complain_at(node, err);
    while (*at)
        at = &(*at)->next;
    *at = made;
    return RC_OK;
}

static int compile_values(
    struct reader *r, const struct lyd_node *node, unsigned rank, struct error *err)
{
    const char *path = yang_leaf(node, "node");
    /* the longest entry that is a start of the path */
    struct target *target = NULL;
    for (size_t len = strlen(path); len > 0 && !target; len--) {
        if (path[len] != '/')
            continue;
        const char *section = arena_dup(&r->arena, (struct str){path, len});
        struct section *found = section ? section_get(r, section, NULL) : NULL;
        const char *name = intern(&r->arena, &r->names, str_of(path + len + 1));
        if (found && name)
            target = target_get(r, found, NULL, name, NULL);
    }
    if (!target)
        return yaml_complain(node, err, "there is no node \"%s\" in the access model", path);
    struct value_map **end = &target->map;
    for (const struct lyd_node *n = lyd_child(node); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "map") != 0)
            continue;
        const char *text = lyd_get_value(n), *equals = strstr(text, " = ");
        struct value_map *made = arena_take(&r->arena, sizeof *made);
        if (!made ||
            !(made->from = arena_dup(&r->arena, (struct str){text, (size_t)(equals - text)})))
            return error_set(err, RC_NO_MEMORY, "no memory for rules");
        made->to = equals + 3;
        made->rank = rank;
        while (*end)
            end = &(*end)->next;
        *end = made;
    }
    return RC_OK;
}

static int compile_table(
    struct reader *r, const struct lyd_node *n, unsigned rank, struct error *err)
{
    const char *name = LYD_NAME(n);
    if (strcmp(name, "schemes") == 0)
        return compile_scheme(r, n, rank, err);
    if (strcmp(name, "masked") == 0)
        return compile_regex(r, n, true, &r->masked, err);
    if (strcmp(name, "secrets") == 0)
        return compile_regex(r, n, false, &r->secrets, err);
    if (strcmp(name, "values") == 0)
        return compile_values(r, n, rank, err);
    return RC_OK;
}

int tables_compile(
    struct reader *r, const struct lyd_node *tables, unsigned rank, struct error *err)
{
    int rc = RC_OK;
    for (const struct lyd_node *n = lyd_child(tables); n && !rc; n = n->next)
        rc = compile_table(r, n, rank, err);
    return rc;
}

static int compile_node(struct reader *r, const struct lyd_node *n, struct error *err)
{
    const char *name = LYD_NAME(n);
    if (strcmp(name, "access") == 0)
        return compile_rule(r, n, err);
    if (strcmp(name, "suspicious") == 0 || strcmp(name, "pass") == 0)
        return compile_suspicious(r, n, err);
    if (strcmp(name, "author") == 0 && regex_new(lyd_get_value(n), REGEX_OFTEN, &r->author, err))
        return complain_at(n, err);
    return RC_OK;
}

/* The schema of the access tree: the platform's context has it, or we make our own. */
static int find_model(struct reader *r, struct error *err)
{
    const struct ly_ctx *ctx = LYD_CTX(r->platform->data);
    const struct lys_module *module = ly_ctx_get_module_implemented(ctx, "rollcall-access");
    if (!module) {
        int rc = yang_context((const char *const[]){"rollcall-access", NULL}, &r->own_ctx, err);
        if (rc)
            return rc;
        module = ly_ctx_get_module_implemented(r->own_ctx, "rollcall-access");
    }
    r->access = lys_find_child(NULL, module, "access", 0, LYS_CONTAINER, 0);
    return r->access ? RC_OK : error_set(err, RC_SETTINGS, "the access model has no top");
}

int reader_new(const struct platform *platform, struct reader **out, struct error *err)
{
    struct reader *r = calloc(1, sizeof *r);
    if (!r)
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    r->platform = platform;
    r->ignored = intern(&r->arena, &r->names, STR("_"));
    r->hidden = intern(&r->arena, &r->names, STR("!"));
    r->marked = intern(&r->arena, &r->names, STR("{"));
    int rc = r->ignored && r->hidden && r->marked
                 ? find_model(r, err)
                 : error_set(err, RC_NO_MEMORY, "no memory for rules");
    if (!rc)
        rc = trie_init(&r->rules, &r->arena, &r->names, err);
    if (!rc)
        rc = part_syntaxes_new(platform->data, &r->syntaxes, err);
    if (!rc)
        rc = list_communities(r, err);
    if (!rc && !(r->unread = section_get(r, "unread", err)))
        rc = RC_SETTINGS;
    if (!rc)
        rc = compile_prefixes(r, err);
    if (!rc)
        rc = lost_compile(r, platform->data, err);
    for (const struct lyd_node *n = lyd_child(platform->data); n && !rc; n = n->next)
        rc = compile_node(r, n, err);
    if (!rc)
        rc = tables_compile(r, platform->data, 0, err);
    if (!rc)
        rc = mappings_compile(r, err);
    if (!rc)
        rc = compile_secrets(r, err);
    if (rc) {
        reader_free(r);
        return rc;
    }
    *out = r;
    return RC_OK;
}

static void free_regexes(struct regex_list *list)
{
    for (; list; list = list->next)
        regex_free(list->regex);
}

void reader_free(struct reader *r)
{
    if (!r)
        return;
    trie_free(&r->rules);
    for (size_t i = 0; i < r->option_trie_count; i++)
        trie_free(r->option_tries[i]);
    for (struct scheme *s = r->schemes; s; s = s->next)
        regex_free(s->looks);
    part_syntaxes_free(r->syntaxes);
    free_regexes(r->masked);
    free_regexes(r->secrets);
    regex_free(r->author);
    lost_free(r);
    map_expressions_free(r->expressions);
    if (r->own_ctx)
        ly_ctx_destroy(r->own_ctx);
    arena_free(&r->arena);
    free(r);
}
