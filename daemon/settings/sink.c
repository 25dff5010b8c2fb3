/* Sinks: where they are at load, their secrets when the notifier asks. */
#include <stdlib.h>

#include "base/yang.h"
#include "settings_private.h"

static const char *path_of(struct loader *l, const struct lyd_node *parent, const char *name)
{
    const char *path = yang_leaf(parent, name);
    return path ? path_resolve(l, path) : NULL;
}

static void read_syslog(const struct lyd_node *node, struct sink_settings *sink)
{
    const struct lyd_node *facility = yang_child(node, "facility");
    const char *port = yang_leaf(node, "port");
    sink->kind = SINK_SYSLOG;
    sink->host = yang_leaf(node, "host");
    sink->transport = strcmp(yang_leaf(node, "transport"), "tls") == 0 ? SYSLOG_TLS : SYSLOG_UDP;
    sink->port = port                            ? (uint16_t)strtoul(port, NULL, 10)
                 : sink->transport == SYSLOG_TLS ? 6514
                                                 : 514;
    sink->facility = ((const struct lyd_node_term *)facility)->value.enum_item->value;
}

static int read_sink(struct loader *l, const struct lyd_node *node, struct sink_settings *sink,
    struct sink_secrets *secrets)
{
    const struct lyd_node *kind = yang_child(node, "syslog");
    sink->name = yang_leaf(node, "name");
    sink->minimum = atoi(yang_leaf(node, "minimum-severity"));
    if (kind) {
        read_syslog(kind, sink);
    } else {
        kind = yang_child(node, "webhook");
        sink->kind = SINK_WEBHOOK;
        sink->url = yang_leaf(kind, "url");
    }
    sink->ca_file = path_of(l, kind, "ca-file");
    sink->certificate_file = path_of(l, kind, "certificate-file");
    sink->key_file = path_of(l, kind, "key-file");
    int64_t timeout_ms = duration_ms(yang_leaf(kind, "timeout"));
    sink->timeout_ms = (unsigned)(timeout_ms < 3600000 ? timeout_ms : 3600000);
    int rc = secret_source_read(l, yang_child(kind, "authorization"), &secrets->authorization);
    return rc ? rc : secret_source_read(l, yang_child(kind, "hmac-key"), &secrets->hmac_key);
}

int load_sinks(struct loader *l)
{
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(l->tree); n; n = n->next)
        count += strcmp(LYD_NAME(n), "sinks") == 0;
    struct sink_settings *sinks = arena_take(&l->memory->arena, (count + 1) * sizeof *sinks);
    struct sink_secrets *secrets = arena_take(&l->memory->arena, (count + 1) * sizeof *secrets);
    if (!sinks || !secrets)
        return settings_no_memory(l->err);
    l->s->sinks = sinks;
    l->memory->sink_secrets = secrets;
    for (const struct lyd_node *n = lyd_child(l->tree); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "sinks") != 0)
            continue;
        size_t i = l->s->sink_count++;
        int rc = read_sink(l, n, &sinks[i], &secrets[i]);
        if (rc)
            return rc;
    }
    return RC_OK;
}

int settings_resolve_sinks(
    const struct settings *s, struct sink_settings **out, size_t *count, struct error *err)
{
    struct sink_settings *made = calloc(s->sink_count + 1, sizeof *made);
    int rc = made ? RC_OK : settings_no_memory(err);
    for (size_t i = 0; i < s->sink_count && rc == RC_OK; i++) {
        struct secret *authorization = NULL, *key = NULL;
        const struct sink_secrets *secrets = &s->memory->sink_secrets[i];
        rc = secret_source_fetch(&secrets->authorization, false, &authorization, err);
        if (rc == RC_OK)
            rc = secret_source_fetch(&secrets->hmac_key, false, &key, err);
        made[i] = s->sinks[i];
        made[i].authorization = authorization;
        made[i].hmac_key = key;
    }
    if (rc) {
        sinks_free(made, made ? s->sink_count : 0);
        return rc;
    }
    *out = made;
    *count = s->sink_count;
    return RC_OK;
}

void sinks_free(struct sink_settings *sinks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        secret_free((struct secret *)sinks[i].authorization);
        secret_free((struct secret *)sinks[i].hmac_key);
    }
    free(sinks);
}
