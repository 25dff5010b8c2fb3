/* Settings: what is watched, how to get in, where alerts go.
 *
 * YAML validated by models/rollcall-settings.yang, with the inventory sources read and every device
 * resolved: its own words win over its group's, those over `defaults`. Credentials are references
 * until settings_resolve() fetches them. */
#ifndef ROLLCALL_SETTINGS_H
#define ROLLCALL_SETTINGS_H

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdint.h>

#include "alert/alert.h"
#include "base/error.h"
#include "base/secret.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

/* Where a secret comes from. */
struct secret_source {
    enum {
        SECRET_NONE,
        SECRET_FILE,
        SECRET_ENV,
        SECRET_COMMAND,
        SECRET_CREDENTIAL,
        SECRET_TEXT /* in the settings file, when nobody else may read that */
    } kind;
    const char *text;            /* path, variable, name of a systemd credential, or the secret */
    const char *const *words;    /* SECRET_COMMAND: program and arguments, NULL-terminated */
    bool is_public;              /* no secret at all: others may read its file */
    const struct lyd_node *node; /* for errors that point into the file */
};

struct credential {
    const char *name;
    const char *user;
    struct secret_source password, private_key, passphrase, enable;
    struct secret_source certificate; /* of the private key: PEM, for TLS */
    bool agent;
};

/* How a device that speaks NETCONF is read. */
struct device_netconf {
    bool tls;
    const char *authorities_file; /* TLS: PEM, or NULL: pinned keys only */
    const char *datastore;
    const char *filter;           /* driver_netconf.filter, or NULL */
    bool notifications;           /* hold a session and hear of changes */
    const char *const *call_home; /* addresses and prefixes it calls from (RFC 8071),
                                     NULL-terminated; NULL: it is connected to */
};

/* How a device is read by commands of this host. */
struct device_exec {
    const char *const *command;     /* words, NULL-terminated; NULL: the platform's own */
    const char *const *environment; /* NAME, NAME*, NAME=VALUE, NULL-terminated */
    const char *password_variable;  /* NULL: in none */
    bool password_input;
};

/* Where a device's saved config is. `names` are patterns: what the settings put in is quoted. */
struct device_file {
    const char *path;
    const char *const *names; /* NULL-terminated */
    enum file_kind kind;
    enum file_whole whole;
};

struct schedule; /* schedule.h: cron or interval */

struct device {
    const char *name, *address;
    uint16_t port; /* 0: none, with exec and file only */
    enum driver_protocol protocol;
    struct device_netconf netconf;
    struct device_exec exec;
    struct device_file file;
    const char *group;                   /* or NULL */
    const struct platform *platform;     /* NULL: recognise at each collection */
    const struct credential *credential; /* NULL: none, with exec and file only */
    const struct device *const *jumps;   /* hops before the device, first one first */
    size_t jump_count;
    bool jump_only; /* a bastion: never collected itself */
    enum host_key_policy host_key_policy;
    bool legacy_algorithms;
    bool saved_copies; /* read them too */
    unsigned connect_ms, command_ms, total_ms;
    size_t max_bytes;
    const struct schedule *schedule; /* NULL: only when asked */
    unsigned splay_s; /* the schedule is spread over so many seconds, the same moment each time */
};

/* ---- retention: which versions of a device stay ---- */

/* A stretch of the calendar, in UTC: of so many seconds, counted from `offset_s` before 1970, or of
 * so many months. */
struct keep_period {
    const char *word;
    int64_t seconds, offset_s;
    int months;
};

/* All bounds hold together. */
struct keep_rule {
    const char *text;                 /* as written */
    const struct keep_period *period; /* the last version of each one; NULL: every version */
    size_t newest;                    /* so many at most; 0: any number */
    int severity;                     /* with an event as grave; 0: any version */
    int64_t for_us;                   /* in force within that time; 0: whenever */
};

struct keep_policy {
    const char *name;
    const char *const *devices; /* patterns, NULL-terminated */
    const char *const *groups;  /* NULL-terminated */
    const struct keep_rule *rules;
    size_t rule_count; /* 0: all are kept, up to at_most */
    size_t at_most;    /* versions of a device; 0: any number */
};

struct retention {
    const struct keep_policy *policies; /* the first that fits a device counts */
    size_t policy_count;
    int64_t runs_us; /* runs are remembered so long */
};

/* Where signed heads of the log go, so that nobody can write another history unnoticed. */
struct heads_settings {
    const struct schedule *schedule; /* NULL: never */
    const char *file;                /* they are appended to it, or NULL */
    const char *git;                 /* working folder of a repository, or NULL */
    bool push;                       /* and to where its branch is pushed */
    const char *const *sinks;        /* names, NULL-terminated */
};

struct settings {
    const char *file;
    const char *store;               /* path of the SQLite file */
    struct secret_source master_key; /* of the store: settings_master_key() fetches it */
    const char *master_key_name;     /* for messages: "the key in /etc/..." */
    const char *key_file;            /* its file, or NULL: it comes from elsewhere */
    const char *schemas;             /* folder of the schema cache */
    const char *modules;             /* folder of YANG modules that the operator adds, or NULL */
    const char *call_home_ssh, *call_home_tls; /* ADDRESS:PORT to listen on, or NULL */
    unsigned collectors;                       /* how many devices at once */
    const struct device *devices;              /* sorted by name, jump hosts too */
    size_t device_count;
    const struct sink_settings *sinks; /* secrets in them are fetched by settings_resolve_sinks() */
    size_t sink_count;
    unsigned stale_after_s;     /* a device unread for longer is device-stale; 0: never */
    int64_t unsaved_after_us;   /* how long a config may differ from its saved copy; <0: for ever */
    const char *catalogue_file; /* the operator's own event catalogue, or NULL */
    const struct retention *retention; /* NULL: nothing is ever pruned */
    struct heads_settings heads;
    struct lyd_node *tree; /* the validated data */
    struct settings_memory *memory;
};

/* /etc/rollcall/rollcall.yaml when it exists, else $XDG_CONFIG_HOME/rollcall/rollcall.yaml (root:
 * always the first). `$ROLLCALL_SETTINGS` and --settings override. malloc'd. */
char *settings_default_path(void);
/* /var/lib/rollcall for root, else $XDG_STATE_HOME/rollcall. malloc'd. */
char *settings_default_state(void);
/* Folder beside the settings file where an operator puts own platforms: DIR/platforms. malloc'd */
char *settings_platforms_folder(const char *settings_file);

/* Load, validate and resolve. `ctx` implements rollcall-settings and outlives the result. All
 * mistakes are RC_SETTINGS with place and caret; the first one is returned. */
int settings_load(const struct ly_ctx *ctx, const char *file, const struct platforms *platforms,
    struct settings **out, struct error *err);
void settings_free(struct settings *s);

const struct device *settings_device(const struct settings *s, const char *name);
/* Nearest name to a mistyped one, or NULL. */
const char *settings_nearest(const struct settings *s, const char *name);

/* The policy that a device follows, also one that is no longer in the settings; NULL: none. */
const struct keep_policy *settings_policy(const struct settings *s, const char *device);

/* The login of a credential with its secrets fetched (files with checked modes, environment,
 * commands with a deadline of 10 s and no shell, systemd credentials). Caller frees with
 * login_free(). */
int settings_resolve(const struct credential *c, struct driver_login *login, struct error *err);
void login_free(struct driver_login *login);

/* Of its secrets only the password. */
int settings_resolve_password(
    const struct credential *c, struct driver_login *login, struct error *err);

/* The credential's certificate, appended: PEM, checked by nobody. Nothing when it has none. */
int settings_resolve_certificate(const struct credential *c, struct buf *pem, struct error *err);

/* Sinks with their secrets, for the notifier only. malloc'd array, freed with sinks_free(). */
int settings_resolve_sinks(
    const struct settings *s, struct sink_settings **out, size_t *count, struct error *err);
void sinks_free(struct sink_settings *sinks, size_t count);

/* ---- the store's master key: 32 bytes in base64 ---- */

#define MASTER_KEY_BYTES 32

/* From where the settings point. `settings` is a struct settings: this is what store_open() asks
 * (struct store_keys). Wipe the key after use. */
int settings_master_key(void *settings, unsigned char key[MASTER_KEY_BYTES], struct error *err);
/* Whether two settings name the same place for it. */
bool settings_same_master_key(const struct settings *a, const struct settings *b);

/* A key file, mode 0600. `init` creates it; RC_BUSY: it is there. */
int key_load(const char *file, unsigned char key[MASTER_KEY_BYTES], struct error *err);
int key_create(const char *file, struct error *err);
/* Put the key file `by` in the place of `file`, in one step that lasts. */
int key_replace(const char *file, const char *by, struct error *err);

/* ---- schedule.h's promise ---- */

/* First moment strictly after `after_us` at which the device is due: cron fields ("*\/15 * * * *",
 * local time zone) or an interval ("every 10m"), moved by the device's splay (a hash of its name).
 */
int64_t schedule_next_us(
    const struct schedule *s, const char *device, unsigned splay_s, int64_t after_us);
/* Parse one. RC_SETTINGS with what is wrong; the caller adds the place. malloc'd, free() it. */
int schedule_parse(const char *text, struct schedule **out, struct error *err);

#endif
