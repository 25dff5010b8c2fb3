/* Devices resolved: own words over the group's over the defaults'. */
#include <stdio.h>
#include <stdlib.h>

#include "base/yaml.h"
#include "base/yang.h"
#include "settings_private.h"

#define MAX_DEADLINE_MS INT64_C(86400000)
#define MAX_ADVICE 64

/* Where the words for one device are looked up. */
struct lookup {
    struct loader *l;
    struct found *f;
    const struct lyd_node *levels[3]; /* device (NULL: from an inventory), group, defaults */
    const struct lyd_node *node;      /* where the last word was found; NULL: in the inventory */
    size_t level;                     /* at which level */
    size_t driver_level;
};

/* `path` may name a leaf in a container: "timeouts/total". */
static const char *look_up(struct lookup *k, const char *path)
{
    char part[64];
    const char *slash = strchr(path, '/');
    snprintf(part, sizeof part, "%.*s", slash ? (int)(slash - path) : 0, path);
    for (size_t i = 0; i < 3; i++) {
        const struct lyd_node *level = slash ? yang_child(k->levels[i], part) : k->levels[i];
        const char *text = leaf_of(level, slash ? slash + 1 : path, &k->node);
        k->level = i;
        if (text)
            return text;
    }
    k->node = NULL;
    return NULL;
}

/* The inventory's word when it has one. */
static const char *look_up_or(struct lookup *k, const char *own, const char *name)
{
    k->node = NULL;
    k->level = 0;
    return own ? own : look_up(k, name);
}

static int wrong(struct lookup *k, const char *leaf, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int wrong(struct lookup *k, const char *leaf, const char *format, ...)
{
    char text[600];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return k->node ? yaml_complain(k->node, k->l->err, "%s", text)
                   : found_complain(k->f, leaf, k->l->err, "%s", text);
}

/* ---- references ---- */

static const char *nearest_entry(const struct loader *l, const char *list, const char *name)
{
    const char *best = NULL;
    for (const struct lyd_node *n = lyd_child(l->tree); n; n = n->next)
        if (strcmp(LYD_NAME(n), list) == 0) {
            const char *pair[] = {best ? best : yang_leaf(n, "name"), yang_leaf(n, "name")};
            const char *nearer = text_nearest(name, pair, 2);
            best = nearer ? nearer : best;
        }
    return best;
}

static int unknown_entry(struct lookup *k, const char *leaf, const char *list, const char *name)
{
    const char *nearest = nearest_entry(k->l, list, name);
    return wrong(k, leaf, "unknown %s \"%.100s\"; %s%s%s", leaf, name,
        nearest ? "did you mean \"" : "it needs an entry in ", nearest ? nearest : list,
        nearest ? "\"?" : "");
}

static int find_group(struct lookup *k)
{
    const char *name = k->f->group;
    if (!name)
        return RC_OK;
    for (const struct lyd_node *n = lyd_child(k->l->tree); n; n = n->next)
        if (strcmp(LYD_NAME(n), "groups") == 0 && strcmp(yang_leaf(n, "name"), name) == 0) {
            k->levels[1] = k->f->group_node = n;
            return RC_OK;
        }
    k->node = NULL;
    if (!k->f->node && k->f->source && k->f->group == yang_leaf(k->f->source, "group"))
        k->node = yang_child(k->f->source, "group");
    return unknown_entry(k, "group", "groups", name);
}

static int find_credential(struct lookup *k, struct device *d)
{
    const char *name = look_up_or(k, k->f->credential, "credential");
    /* one that is for all devices is for their logins: a file has none, and a command must be given
       its own */
    if (d->protocol == DRIVER_FILE || (d->protocol == DRIVER_EXEC && (!name || k->level == 2)))
        return RC_OK;
    if (!name) {
        k->node = NULL;
        return wrong(
            k, NULL, "%s has no credential; name one in it, in its group or in defaults", d->name);
    }
    for (size_t i = 0; i < k->l->memory->credential_count; i++)
        if (strcmp(k->l->memory->credentials[i].name, name) == 0) {
            d->credential = &k->l->memory->credentials[i];
            return RC_OK;
        }
    return unknown_entry(k, "credential", "credentials", name);
}

/* `skip` is set when the source wants devices of unknown platforms left out. */
static int find_platform(struct lookup *k, struct device *d, bool *skip)
{
    const char *word = look_up_or(k, k->f->platform, "platform");
    if (strcasecmp(word, "auto") == 0)
        return RC_OK;
    d->platform = platforms_find(k->l->platforms, word);
    if (d->platform)
        return RC_OK;
    if (!k->node && k->f->unknown_platforms == UNKNOWN_RECOGNISE)
        return RC_OK;
    *skip = !k->node && k->f->unknown_platforms == UNKNOWN_SKIP;
    if (*skip)
        return RC_OK;
    const char *nearest = platforms_nearest(k->l->platforms, word);
    return wrong(k, "platform", "unknown platform \"%.60s\"; %s%s%s", word,
        nearest ? "did you mean \"" : "`rollcall platforms` lists them", nearest ? nearest : "",
        nearest ? "\"?" : "");
}

/* ---- schedules ---- */

static const struct lyd_node *named_schedule(const struct loader *l, const char *name)
{
    for (const struct lyd_node *n = lyd_child(l->tree); n; n = n->next)
        if (strcmp(LYD_NAME(n), "schedules") == 0 && strcmp(yang_leaf(n, "name"), name) == 0)
            return n;
    return NULL;
}

static int parse_schedule(struct lookup *k, const char *text, struct schedule_entry *e)
{
    const struct lyd_node *named = named_schedule(k->l, text), *when = NULL;
    struct error why = ERROR_INIT;
    const char *words = named ? leaf_of(named, "when", &when) : text;
    const char *splay = named ? yang_leaf(named, "splay") : NULL;
    if (splay)
        e->splay_s = duration_ms(splay) / 1000;
    if (strcasecmp(words, "never") == 0 || schedule_parse(words, &e->schedule, &why) == RC_OK)
        return RC_OK;
    if (when)
        return yaml_complain(when, k->l->err, "%s", why.text);
    const char *nearest = strpbrk(text, " \t@") ? NULL : nearest_entry(k->l, "schedules", text);
    if (nearest)
        return wrong(
            k, "schedule", "unknown schedule \"%.60s\"; did you mean \"%s\"?", text, nearest);
    return wrong(k, "schedule", "%s", why.text);
}

/* Devices share few schedules: each is parsed once. */
static int find_schedule(struct lookup *k, struct device *d)
{
    const char *text = look_up(k, "schedule");
    struct schedule_entry *e = k->l->memory->schedules;
    while (e && strcmp(e->text, text) != 0)
        e = e->next;
    if (!e) {
        e = arena_take(&k->l->memory->arena, sizeof *e);
        if (!e)
            return settings_no_memory(k->l->err);
        *e = (struct schedule_entry){.text = text, .splay_s = -1, .next = k->l->memory->schedules};
        int rc = parse_schedule(k, text, e);
        if (rc)
            return rc;
        k->l->memory->schedules = e;
    }
    d->schedule = d->jump_only ? NULL : e->schedule;
    int64_t splay_s = e->splay_s >= 0 ? e->splay_s : duration_ms(look_up(k, "splay")) / 1000;
    d->splay_s = (unsigned)(splay_s < 7 * 86400 ? splay_s : 7 * 86400);
    return RC_OK;
}

/* ---- plain values ---- */

static bool find_driver(const char *word, enum driver_protocol *protocol)
{
    static const char *const words[] = {[DRIVER_SSH] = "ssh",
        [DRIVER_NETCONF] = "netconf",
        [DRIVER_EXEC] = "exec",
        [DRIVER_FILE] = "file"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(word, words[i]) == 0) {
            *protocol = (enum driver_protocol)i;
            return true;
        }
    return false;
}

/* A bastion is gone through, not read: it speaks SSH whatever its group says. */
static int read_driver(struct lookup *k, struct device *d)
{
    const char *word = d->jump_only ? "ssh" : look_up_or(k, k->f->driver, "driver");
    k->driver_level = d->jump_only ? 2 : k->level;
    if (!find_driver(word, &d->protocol))
        return wrong(k, "driver", "driver takes ssh, netconf, exec or file, not \"%.60s\"", word);
    return d->protocol == DRIVER_NETCONF ? load_netconf(k->l, k->levels, &d->netconf) : RC_OK;
}

/* Its words are for a device's prompt, and nobody types them here. */
static int check_commands(struct lookup *k, const struct device *d)
{
    const char *kind = yang_leaf(d->platform->data, "session/kind");
    if (d->exec.command || !d->platform->data || (kind && strcmp(kind, "exec") == 0))
        return RC_OK;
    look_up_or(k, k->f->driver, "driver");
    return wrong(k, "driver",
        "the commands of platform %s are typed at a device's prompt; say what prints its config: "
        "exec: {command: ...}",
        d->platform->name);
}

/* How a device is read that nobody logs in to. */
static int read_local(struct lookup *k, struct device *d)
{
    const struct lyd_node *bad = NULL;
    if (!driver_is_local(d->protocol))
        return RC_OK;
    if (!d->platform) {
        look_up_or(k, k->f->platform, "platform");
        if (k->level == 2) /* nobody wrote auto for this one */
            look_up_or(k, k->f->driver, "driver");
        return wrong(k, "platform",
            "with driver %s the platform cannot be found out; name it (`rollcall platforms` lists "
            "them)",
            d->protocol == DRIVER_FILE ? "file" : "exec");
    }
    int rc = d->protocol == DRIVER_EXEC ? load_exec(k->l, k->levels, d)
                                        : load_file(k->l, k->levels, d, &bad);
    if (rc == RC_OK && bad)
        return yaml_complain(bad, k->l->err, "%s has no group to put in for {group}", d->name);
    if (rc == RC_OK && d->protocol == DRIVER_EXEC)
        rc = check_commands(k, d);
    if (rc == RC_OK && d->protocol == DRIVER_FILE && !d->file.path) {
        look_up_or(k, k->f->driver, "driver");
        rc = wrong(k, "driver", "driver file needs to know where: file: {path: ...}");
    }
    return rc;
}

static int check_netconf(struct lookup *k, const struct device *d)
{
    if (d->protocol != DRIVER_NETCONF)
        return RC_OK;
    if (d->netconf.tls && d->credential->certificate.kind == SECRET_NONE) {
        look_up_or(k, k->f->credential, "credential");
        return wrong(k, "credential", "TLS needs a certificate; credential \"%s\" has none",
            d->credential->name);
    }
    if (d->platform && d->platform->data && !yang_child(d->platform->data, "netconf")) {
        look_up_or(k, k->f->platform, "platform");
        return wrong(k, "platform",
            "platform %s is not read over NETCONF; name another one, auto, or driver: ssh",
            d->platform->name);
    }
    return RC_OK;
}

/* A port belongs to a driver: one that is said for all does not count where a group or a device
 * says another driver. */
static int read_port(struct lookup *k, struct device *d)
{
    const char *text = look_up_or(k, k->f->port, "port");
    char *end = NULL;
    if (!text || k->level > k->driver_level) {
        d->port = driver_is_local(d->protocol) ? 0
                  : d->protocol == DRIVER_SSH  ? 22
                  : d->netconf.tls             ? 6513
                                               : 830;
        return RC_OK;
    }
    long port = strtol(text, &end, 10);
    if (end == text || *end || port < 1 || port > 65535)
        return wrong(k, "port", "port takes a number from 1 to 65535, not \"%.60s\"", text);
    d->port = (uint16_t)port;
    return RC_OK;
}

static int read_deadline(struct lookup *k, const char *path, unsigned *out_ms)
{
    int64_t ms = duration_ms(look_up(k, path));
    if (ms < 1 || ms > MAX_DEADLINE_MS)
        return wrong(k, NULL, "a deadline is from 1ms to 1d");
    *out_ms = (unsigned)ms;
    return RC_OK;
}

static int read_limits(struct lookup *k, struct device *d)
{
    int rc = read_deadline(k, "timeouts/connect", &d->connect_ms);
    if (rc == RC_OK)
        rc = read_deadline(k, "timeouts/command", &d->command_ms);
    if (rc == RC_OK)
        rc = read_deadline(k, "timeouts/total", &d->total_ms);
    if (rc)
        return rc;
    int64_t bytes = size_bytes(look_up(k, "max-size"));
    if (bytes < 4096 || bytes > INT64_C(1) << 30)
        return wrong(k, NULL, "max-size is from 4K to 1G");
    d->max_bytes = (size_t)bytes;
    return RC_OK;
}

/* What the model checks in the file itself has to be checked in other tools' files too. */
static int check_names(struct lookup *k, const struct device *d)
{
    const char *bad_name =
        "a name has 1 to 128 characters, no blanks or commas, and does not begin "
        "with - or .";
    size_t len = strlen(d->name);
    if (len < 1 || len > 128 || strpbrk(d->name, " \t,\r\n\v\f") || *d->name == '-' ||
        *d->name == '.')
        return wrong(k, "name", "\"%.60s\": %s", d->name, bad_name);
    for (const char *c = d->name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            return wrong(k, "name", "\"%.60s\": %s", d->name, bad_name);
    if (*d->address == '-' || strlen(d->address) > 255 || strpbrk(d->address, " \t\r\n\v\f"))
        return wrong(k, "address", "\"%.60s\" is no host name or IP address", d->address);
    return RC_OK;
}

static int resolve(struct loader *l, struct found *f, struct device *d, bool *skip)
{
    struct lookup k = {.l = l, .f = f, .levels = {f->node, NULL, l->defaults}};
    *d = (struct device){.name = f->name, .address = f->address ? f->address : f->name};
    int rc = check_names(&k, d);
    if (rc == RC_OK)
        rc = find_group(&k);
    if (rc)
        return rc;
    d->group = f->group;
    d->jump_only = f->node && yang_is_true(f->node, "jump-only");
    d->host_key_policy =
        strcmp(look_up(&k, "host-keys"), "pinned") == 0 ? HOST_KEY_PINNED : HOST_KEY_FIRST_USE;
    d->legacy_algorithms = strcmp(look_up(&k, "legacy-algorithms"), "true") == 0;
    d->saved_copies = strcmp(look_up(&k, "saved-copies"), "true") == 0;
    rc = read_driver(&k, d);
    if (rc == RC_OK)
        rc = find_platform(&k, d, skip);
    if (rc == RC_OK && !*skip)
        rc = find_credential(&k, d);
    if (rc == RC_OK && !*skip)
        rc = check_netconf(&k, d);
    if (rc == RC_OK && !*skip)
        rc = read_local(&k, d);
    if (rc == RC_OK)
        rc = find_schedule(&k, d);
    if (rc == RC_OK)
        rc = read_port(&k, d);
    return rc ? rc : read_limits(&k, d);
}

/* ---- all of them ---- */

static int by_name(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    return order ? order : x->order < y->order ? -1 : 1;
}

static const char *found_place(const struct found *f, char *out, size_t size)
{
    if (f->file)
        snprintf(out, size, "%s:%u", f->file, f->line);
    else
        yaml_place(f->node ? f->node : f->source, out, size);
    return out;
}

static int check_unique(struct loader *l)
{
    for (size_t i = 1; i < l->found.count; i++) {
        const struct found *first = &l->found.at[i - 1], *second = &l->found.at[i];
        char place[256];
        if (strcmp(first->name, second->name) == 0)
            return found_complain(second, "name", l->err, "there is a device %s already, at %s",
                second->name, found_place(first, place, sizeof place));
    }
    return RC_OK;
}

int load_devices(struct loader *l)
{
    struct device *made = arena_take(&l->memory->arena, (l->found.count + 1) * sizeof *made);
    size_t count = 0;
    if (!made)
        return settings_no_memory(l->err);
    for (size_t i = 0; i < l->found.count; i++)
        l->found.at[i].order = i;
    if (l->found.count)
        qsort(l->found.at, l->found.count, sizeof *l->found.at, by_name);
    int rc = check_unique(l);
    for (size_t i = 0; i < l->found.count && rc == RC_OK; i++) {
        bool skip = false;
        rc = resolve(l, &l->found.at[i], &made[count], &skip);
        if (rc == RC_OK && !skip)
            l->found.at[count++] = l->found.at[i]; /* stays side by side with its device */
    }
    if (rc)
        return rc;
    l->found.count = count;
    l->s->devices = made;
    l->s->device_count = count;
    return load_jumps(l, made);
}
