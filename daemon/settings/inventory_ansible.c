/* What `ansible-inventory --list` prints: groups with hosts and children, and _meta.hostvars. */
#include <jansson.h>
#include <stdlib.h>

#include "base/io.h"
#include "base/program.h"
#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

#define MAX_JSON_BYTES ((size_t)64 << 20)
#define MAX_NESTING 16

struct play {
    struct loader *l;
    const struct lyd_node *leaf; /* file or command, for errors */
    json_t *root;
    json_t *vars;   /* _meta.hostvars */
    json_t *wanted; /* set of host names: an object with true in it */
};

/* All hosts of a group and its children into `set`. */
static void collect_hosts(json_t *root, const char *group, json_t *set, int nesting)
{
    json_t *entry = json_object_get(root, group), *item;
    size_t i;
    if (nesting > MAX_NESTING)
        return;
    json_array_foreach(json_object_get(entry, "hosts"), i, item)
    {
        if (json_is_string(item))
            json_object_set_new(set, json_string_value(item), json_true());
    }
    json_array_foreach(json_object_get(entry, "children"), i, item)
    {
        if (json_is_string(item))
            collect_hosts(root, json_string_value(item), set, nesting + 1);
    }
}

static const char *kept(struct play *p, const char *text)
{
    return text ? arena_dup(&p->l->memory->arena, str_of(text)) : NULL;
}

/* A variable that may be a number or a string; templates ("{{ ... }}") are none of our business. */
static const char *variable(struct play *p, json_t *vars, const char *name)
{
    json_t *value = json_object_get(vars, name);
    if (json_is_integer(value))
        return arena_format(
            &p->l->memory->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    const char *text = json_string_value(value);
    return text && *text && !strstr(text, "{{") ? kept(p, text) : NULL;
}

/* "cisco.ios.ios" is collection.plugin: the last word is what profiles know. */
static const char *platform_word(struct play *p, json_t *vars)
{
    const char *text = variable(p, vars, "ansible_network_os");
    const char *dot = text ? strrchr(text, '.') : NULL;
    return dot ? dot + 1 : text;
}

/* The first of our groups, in the file's order, that has this host as an Ansible group. */
static const char *group_of(struct play *p, json_t *const *sets, const char *host)
{
    size_t i = 0;
    for (const struct lyd_node *n = lyd_child(p->l->tree); n; n = n->next)
        if (strcmp(LYD_NAME(n), "groups") == 0 && json_object_get(sets[i++], host))
            return yang_leaf(n, "name");
    return NULL;
}

static int add_hosts(struct play *p, json_t *const *sets)
{
    const char *host;
    json_t *yes;
    json_object_foreach(p->wanted, host, yes)
    {
        json_t *vars = json_object_get(p->vars, host);
        struct found *f = found_add(p->l);
        if (!f)
            return settings_no_memory(p->l->err);
        f->name = kept(p, host);
        if (!f->name)
            return settings_no_memory(p->l->err);
        f->address = variable(p, vars, "ansible_host");
        f->port = variable(p, vars, "ansible_port");
        f->platform = platform_word(p, vars);
        f->group = group_of(p, sets, host);
    }
    return RC_OK;
}

static int add_groups(struct play *p)
{
    size_t count = 0, i = 0;
    for (const struct lyd_node *n = lyd_child(p->l->tree); n; n = n->next)
        count += strcmp(LYD_NAME(n), "groups") == 0;
    json_t **sets = calloc(count + 1, sizeof(json_t *));
    if (!sets)
        return settings_no_memory(p->l->err);
    for (const struct lyd_node *n = lyd_child(p->l->tree); n; n = n->next)
        if (strcmp(LYD_NAME(n), "groups") == 0) {
            sets[i] = json_object();
            collect_hosts(p->root, yang_leaf(n, "name"), sets[i++], 0);
        }
    int rc = add_hosts(p, sets);
    for (i = 0; i < count; i++)
        json_decref(sets[i]);
    free(sets);
    return rc;
}

static int read_hosts(struct play *p, const struct lyd_node *source)
{
    const struct lyd_node *leaf = NULL;
    const char *group = leaf_of(source, "hosts-of", &leaf), *host;
    json_t *value;
    p->vars = json_object_get(json_object_get(p->root, "_meta"), "hostvars");
    p->wanted = json_object();
    if (!p->wanted)
        return settings_no_memory(p->l->err);
    collect_hosts(p->root, group, p->wanted, 0);
    if (strcmp(group, "all") == 0)
        json_object_foreach(p->vars, host, value)
        {
            json_object_set_new(p->wanted, host, json_true());
        }
    else if (!json_object_get(p->root, group))
        return yaml_complain(leaf, p->l->err, "the inventory has no group \"%s\"", group);
    return add_groups(p);
}

static int fetch(struct play *p, const struct lyd_node *source, struct buf *text)
{
    struct error why = ERROR_INIT;
    const char *const *words = NULL;
    int rc;
    p->leaf = yang_child(source, "ansible-file");
    if (p->leaf) {
        const char *path = path_resolve(p->l, lyd_get_value(p->leaf));
        if (!path)
            return settings_no_memory(p->l->err);
        rc = io_read_file(path, text, &why);
        return rc ? yaml_complain(p->leaf, p->l->err, "cannot read %s: %s", path, why.text) : RC_OK;
    }
    p->leaf = yang_child(source, "ansible-command");
    rc = program_words(&p->l->memory->arena, lyd_get_value(p->leaf), &words, &why);
    if (rc == RC_OK)
        rc = command_run(words, 6 * COMMAND_DEADLINE_MS, text, &why);
    return rc ? yaml_complain(p->leaf, p->l->err, "%s", why.text) : RC_OK;
}

int inventory_ansible(struct loader *l, const struct lyd_node *source)
{
    struct play play = {.l = l};
    struct buf text = {.cap = MAX_JSON_BYTES};
    json_error_t why;
    int rc = fetch(&play, source, &text);
    if (rc)
        goto out;
    play.root = json_loadb(buf_text(&text), text.len, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(play.root))
        rc = yaml_complain(play.leaf, l->err, "not what ansible-inventory --list prints: %s",
            play.root ? "no JSON object" : why.text);
    else
        rc = read_hosts(&play, source);
out:
    json_decref(play.wanted);
    json_decref(play.root);
    buf_free(&text);
    return rc;
}
