/* Private to daemon/settings. */
#ifndef ROLLCALL_SETTINGS_PRIVATE_H
#define ROLLCALL_SETTINGS_PRIVATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "settings/settings.h"

#define SETTINGS_MAX_DEVICES 1000000
#define SETTINGS_MAX_HOPS 8
#define SECRET_MAX_BYTES ((size_t)64 << 10)
#define COMMAND_DEADLINE_MS 10000

/* A schedule and the words it was written with: devices share them. */
struct schedule_entry {
    const char *text;
    struct schedule *schedule; /* NULL: never */
    int64_t splay_s;           /* from `schedules`; -1: the device's */
    struct schedule_entry *next;
};

struct sink_secrets {
    struct secret_source authorization, hmac_key;
};

/* What settings own. */
struct settings_memory {
    struct arena arena;
    struct schedule_entry *schedules;
    const struct credential *credentials;
    size_t credential_count;
    struct sink_secrets *sink_secrets; /* one for each of settings.sinks */
};

/* A device as its source has it. Members that the source does not know are NULL. */
struct found {
    const char *name, *address, *port, *driver, *platform, *group, *credential;
    size_t order;                      /* of reading */
    const struct lyd_node *node;       /* its entry in the settings file, or NULL */
    const struct lyd_node *source;     /* the inventory's entry otherwise */
    const struct lyd_node *group_node; /* its group's entry, once it is found */
    const char *file;                  /* the inventory's file, when it has lines */
    unsigned line;
    const char *line_text;
    enum { UNKNOWN_REFUSE, UNKNOWN_SKIP, UNKNOWN_RECOGNISE } unknown_platforms;
};

struct found_list {
    struct found *at;
    size_t count, room;
};

/* What the steps of settings_load() hand on. */
struct loader {
    struct settings *s;
    struct settings_memory *memory;
    const struct platforms *platforms;
    const char *folder; /* of the settings file */
    struct lyd_node *tree;
    const struct lyd_node *defaults;
    struct found_list found;
    struct error *err;
};

/* RC_NO_MEMORY with its words. */
int settings_no_memory(struct error *err);

/* ---- steps, in order ---- */
int load_master_key(struct loader *l);
int load_netconf_globals(struct loader *l);
int load_credentials(struct loader *l);
int load_inventory(struct loader *l); /* fills l->found, with the devices of the file itself */
int load_devices(struct loader *l);
int load_jumps(struct loader *l, struct device *devices);
/* How one device is read over NETCONF, by the first of `levels` (device, group, defaults; NULL:
 * none) that says a word of it. Complains at that word. */
int load_netconf(
    struct loader *l, const struct lyd_node *const levels[3], struct device_netconf *out);
/* The same for drivers exec and file; `d` has its name, address, group and platform. */
int load_exec(struct loader *l, const struct lyd_node *const levels[3], struct device *d);
int load_file(struct loader *l, const struct lyd_node *const levels[3], struct device *d,
    const struct lyd_node **wrong);
/* What is said of a driver in the container `container` by the first of `levels` that has this leaf
 * (or leaf-list). */
const struct lyd_node *first_leaf(
    const struct lyd_node *const levels[3], const char *container, const char *name);
int load_sinks(struct loader *l);
int load_retention(struct loader *l);
int load_heads(struct loader *l);

/* ---- inventories ---- */
struct found *found_add(struct loader *l); /* zeroed; NULL: no memory or too many */
/* A mistake in what `leaf` says of a device: at the leaf, or at the inventory's line. */
int found_complain(const struct found *f, const char *leaf, struct error *err, const char *format,
    ...) __attribute__((format(printf, 4, 5)));
int inventory_csv(struct loader *l, const struct lyd_node *source);
int inventory_ansible(struct loader *l, const struct lyd_node *source);

/* ---- small things ---- */

/* NAME in the folder of settings_default_state(). In the arena; NULL: no memory. */
const char *in_state_folder(struct loader *l, const char *name);
/* A path as written, from the settings' folder or the user's home. In the arena; NULL: no memory.
 */
const char *path_resolve(struct loader *l, const char *path);
/* "10m" in milliseconds. -1 when it is no duration (the model has checked). */
int64_t duration_ms(const char *text);
int64_t size_bytes(const char *text);
/* Child leaf's text, with the node for errors. */
const char *leaf_of(const struct lyd_node *parent, const char *name, const struct lyd_node **leaf);

/* Where a secret comes from, from a container that uses secret-source; NULL gives SECRET_NONE.
 * `out->is_public` stays as it was. */
int secret_source_read(
    struct loader *l, const struct lyd_node *container, struct secret_source *out);
/* Fetch it. `whole`: a private key; otherwise the first line counts. NULL in `out` for SECRET_NONE.
 */
int secret_source_fetch(
    const struct secret_source *source, bool whole, struct secret **out, struct error *err);

/* Run without a shell, stdin and stderr closed off. What it prints is appended; past the deadline,
 * it and all that it started is killed. RC_TIMEOUT, RC_LIMIT, RC_NOT_FOUND, or RC_IO when it fails.
 */
int command_run(const char *const *words, unsigned deadline_ms, struct buf *out, struct error *err);

#endif
