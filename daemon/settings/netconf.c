/* What only devices with driver netconf have, and where devices may call us. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

const struct lyd_node *first_leaf(
    const struct lyd_node *const levels[3], const char *container, const char *name)
{
    for (size_t i = 0; i < 3; i++) {
        const struct lyd_node *inner = levels[i] ? yang_child(levels[i], container) : NULL;
        const struct lyd_node *leaf = inner ? yang_child(inner, name) : NULL;
        if (leaf)
            return leaf;
    }
    return NULL;
}

static const struct lyd_node *find_leaf(const struct lyd_node *const levels[3], const char *name)
{
    return first_leaf(levels, "netconf", name);
}

static int read_authorities(
    struct loader *l, const struct lyd_node *leaf, struct device_netconf *out)
{
    if (!leaf)
        return RC_OK;
    out->authorities_file = path_resolve(l, lyd_get_value(leaf));
    if (!out->authorities_file)
        return settings_no_memory(l->err);
    if (access(out->authorities_file, R_OK))
        return yaml_complain(
            leaf, l->err, "there is no file %s, or it cannot be read", out->authorities_file);
    return RC_OK;
}

/* The model knows the characters, inet_pton() what they mean. */
static bool is_prefix(const char *text)
{
    unsigned char address[16];
    char host[64];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    if (len >= sizeof host)
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    long most = inet_pton(AF_INET, host, address) == 1    ? 32
                : inet_pton(AF_INET6, host, address) == 1 ? 128
                                                          : -1;
    return most >= 0 && (!slash || strtol(slash + 1, NULL, 10) <= most);
}

static int read_callers(struct loader *l, const struct lyd_node *first, struct device_netconf *out)
{
    size_t count = 0;
    if (!first)
        return RC_OK;
    if (!l->s->call_home_ssh && !l->s->call_home_tls)
        return yaml_complain(first, l->err,
            "nobody listens for devices that call: say where at the top, call-home: {ssh: "
            "'0.0.0.0:4334'}");
    for (const struct lyd_node *n = first; n; n = n->next)
        count += n->schema == first->schema;
    const char **callers = arena_take(&l->memory->arena, (count + 1) * sizeof *callers);
    if (!callers)
        return settings_no_memory(l->err);
    out->call_home = callers;
    for (const struct lyd_node *n = first; n; n = n->next) {
        if (n->schema != first->schema)
            continue;
        if (!is_prefix(lyd_get_value(n)))
            return yaml_complain(
                n, l->err, "\"%s\" is no IP address and no prefix", lyd_get_value(n));
        *callers++ = lyd_get_value(n);
    }
    return RC_OK;
}

int load_netconf(
    struct loader *l, const struct lyd_node *const levels[3], struct device_netconf *out)
{
    const struct lyd_node *filter = find_leaf(levels, "filter");
    out->tls = strcmp(lyd_get_value(find_leaf(levels, "transport")), "tls") == 0;
    out->datastore = lyd_get_value(find_leaf(levels, "datastore"));
    out->filter = filter ? lyd_get_value(filter) : NULL;
    out->notifications = strcmp(lyd_get_value(find_leaf(levels, "notifications")), "true") == 0;
    int rc = read_authorities(l, find_leaf(levels, "authorities-file"), out);
    return rc ? rc : read_callers(l, find_leaf(levels, "call-home"), out);
}

/* ---- for all ---- */

static int read_endpoint(struct loader *l, const char *name, const char **out)
{
    const struct lyd_node *leaf = NULL;
    *out = leaf_of(yang_child(l->tree, "call-home"), name, &leaf);
    long port = *out ? strtol(strrchr(*out, ':') + 1, NULL, 10) : 1;
    return port >= 1 && port <= 65535
               ? RC_OK
               : yaml_complain(leaf, l->err, "a port is a number from 1 to 65535");
}

/* What stands beside a file. */
static const char *beside(struct loader *l, const char *file, const char *name)
{
    const char *slash = strrchr(file, '/');
    int len = slash ? (int)(slash - file) : 1;
    return arena_format(&l->memory->arena, "%.*s/%s", len, slash ? file : ".", name);
}

int load_netconf_globals(struct loader *l)
{
    struct settings *s = l->s;
    const struct lyd_node *leaf = NULL;
    const char *schemas = yang_leaf(l->tree, "schemas");
    const char *modules = leaf_of(l->tree, "modules", &leaf);
    s->schemas = schemas ? path_resolve(l, schemas) : beside(l, s->store, "schemas");
    s->modules = modules ? path_resolve(l, modules) : beside(l, s->file, "modules");
    if (!s->schemas || !s->modules)
        return settings_no_memory(l->err);
    if (access(s->modules, R_OK | X_OK)) {
        if (leaf)
            return yaml_complain(
                leaf, l->err, "there is no folder %s, or it cannot be read", s->modules);
        s->modules = NULL;
    }
    int rc = read_endpoint(l, "ssh", &s->call_home_ssh);
    return rc ? rc : read_endpoint(l, "tls", &s->call_home_tls);
}
