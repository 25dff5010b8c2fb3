/* A driver gets a running config off a device.
 *
 * It runs inside a collector process: blocking calls, one device, nothing to lose. A driver checks
 * that each part is whole; what it returns counts, everything else is an error. */
#ifndef ROLLCALL_DRIVER_H
#define ROLLCALL_DRIVER_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"

struct platform; /* platform.h */
struct platforms;

/* How to log in somewhere. Members that are NULL are not tried. Borrowed. */
struct driver_login {
    const char *user;
    const struct secret *password;
    const struct secret *private_key; /* text of an OpenSSH or PEM private key */
    const struct secret *key_passphrase;
    const struct secret *enable_secret;
    bool use_agent; /* the agent at SSH_AUTH_SOCK */
};

/* One server on the way; the last one is the device. All speak SSH, except that the device may
 * speak TLS (driver_netconf.tls). */
struct driver_hop {
    const char *name; /* what the operator calls it */
    const char *address;
    uint16_t port;
    int socket; /* a connection that stands already (Call Home), taken over; 0: make one */
    struct driver_login login;
    const char *host_keys;  /* pinned keys, one "ALGORITHM BASE64" a line; NULL: none pinned. With
                               TLS the certificate's public key: "tls-spki BASE64 of its DER" */
    bool legacy_algorithms; /* old key exchanges, ssh-rsa, ssh-dss, CBC, SHA-1 MACs */
};

enum host_key_policy {
    HOST_KEY_PINNED,   /* only a key that is pinned */
    HOST_KEY_FIRST_USE /* an unpinned hop's key is taken and reported */
};

enum driver_protocol { DRIVER_SSH, DRIVER_NETCONF, DRIVER_EXEC, DRIVER_FILE };

/* Whether the config is fetched on this host: nothing is connected to. */
static inline bool driver_is_local(enum driver_protocol protocol)
{
    return protocol == DRIVER_EXEC || protocol == DRIVER_FILE;
}

/* What a job is for. */
enum driver_task {
    DRIVER_PULL, /* the config */
    DRIVER_LEARN /* NETCONF: what the device's data means, see netconf_learn() */
};

/* What only NETCONF needs. Borrowed; zeroed it means: over SSH, all of the running datastore. */
struct driver_netconf {
    bool tls; /* RFC 7589 instead of SSH: login.private_key is the key of `certificate` */
    const char *certificate; /* TLS: the client's, PEM, with its chain */
    const char *authorities; /* TLS: PEM; NULL: only a pinned public key is believed */
    const char *datastore;   /* running, ...; NULL: running */
    const char *filter;      /* an XPath, or the elements of a subtree filter (begins with `<`) */
    const char *modules;     /* part `modules` of the last time: not asked for again when the device
                                announces the same. NULL: unknown */
    const struct part *have; /* DRIVER_LEARN: modules that are known, named NAME@REVISION.yang */
    size_t have_count;
};

/* What only `exec` needs. Borrowed. */
struct driver_exec {
    const char *const *command; /* prints the platform's first part; NULL-terminated words. NULL:
                                   the commands of the platform's parts */
    const char *const *environment; /* NAME=VALUE, NULL-terminated: all that they get */
    const char *password_variable;  /* the login's password goes into this variable; NULL: not */
    bool password_input;            /* or to their stdin, as a line */
};

enum file_kind { FILE_FIND_OUT, FILE_FOLDER, FILE_GIT };
enum file_whole { WHOLE_FIND_OUT, WHOLE_ALWAYS, WHOLE_BY_END }; /* see file_pull() */

/* What only `file` needs. Borrowed. */
struct driver_file {
    const char *path;         /* a folder, or a git repository, bare or with a work tree */
    const char *const *names; /* patterns of glob(7) below it, NULL-terminated: of these the first
                                 that anything is found by. `*` stays within a folder */
    enum file_kind kind;
    enum file_whole whole;
    const char *mark; /* of the last time: when nothing has changed since, the result only says
                         so. NULL: unknown */
};

struct driver_job {
    enum driver_task task;
    enum driver_protocol protocol;
    struct driver_netconf netconf;
    struct driver_exec exec;
    struct driver_file file;
    const struct driver_hop *hops; /* jump hosts first, the device last */
    size_t hop_count;
    enum host_key_policy host_key_policy;
    const struct platform *platform;   /* NULL: find out */
    const struct platforms *platforms; /* to choose from when `platform` is NULL */
    unsigned connect_ms, command_ms,
        total_ms;     /* deadlines: each connect, each command, all of it */
    size_t max_bytes; /* most bytes of all parts together */
    bool no_copies;   /* leave out parts that are saved copies of others */
    /* Asked about an unknown key when not NULL (a person at a terminal): true to go on. */
    bool (*ask_host_key)(
        void *ctx, const char *hop, const char *algorithm, const char *fingerprint);
    /* Told what is going on, for a progress line; may be NULL. */
    void (*progress)(void *ctx, const char *step);
    void *ctx;
};

/* A key that a hop showed. Strings are owned by the result. */
struct driver_host_key {
    char *hop;         /* driver_hop.name */
    char *algorithm;   /* ssh-ed25519, ... */
    char *base64;      /* the public key */
    char *fingerprint; /* SHA256:... */
    bool pinned;       /* it was among the pinned ones */
    bool changed;      /* others were pinned, this one is new: the pull failed with RC_HOST_KEY */
};

/* One named piece of a device's config: running, startup, users, a file of a host. */
struct part {
    char *name;
    struct buf text;
};

/* The part of that name, or NULL. */
const struct part *part_find(const struct part *parts, size_t count, const char *name);

struct driver_result {
    const struct platform *platform; /* the one used; borrowed from the job */
    struct part *parts;
    size_t part_count;
    struct driver_host_key *host_keys; /* filled also when the pull fails */
    size_t host_key_count;
    char *hostname;      /* as the device's prompt says, or NULL */
    int64_t dialogue_us; /* time from the first connect to the last byte */
    /* Of files only: */
    char *mark;         /* names this very content, for the next job; NULL: none */
    bool unchanged;     /* it is what the job's mark says: there are no parts */
    int64_t changed_us; /* since when the content has been so; 0: unknown */
    char *author;       /* whose commit it is, where that is a person; or NULL */
};

/* What the job says, by the driver that its protocol names. */
int driver_run(const struct driver_job *job, struct driver_result *result, struct error *err);

/* Pull the device's data over NETCONF: the parts `running` (XML as the device sent it, one element
 * a line, without <rpc-reply> and <data>) and `modules` (the YANG modules it has, see
 * drivers/netconf/modules.h). The platform is the job's, else the first whose `netconf/recognise`
 * fits, else `netconf`. Errors as below, and RC_FORMAT for what is no NETCONF. */
int netconf_pull(const struct driver_job *job, struct driver_result *result, struct error *err);

/* Fetch the modules that are in netconf.modules and not in netconf.have, and compile them all. The
 * parts are `schema` (the text of drivers/data/schema.h), `notes` (a line for each module that was
 * left out, and why), and each fetched module as NAME@REVISION.yang. Nothing fails because of a bad
 * module. */
int netconf_learn(const struct driver_job *job, struct driver_result *result, struct error *err);

/* Pull all parts of the platform over SSH. On failure the parts are empty, the host keys may not
 * be. Errors: RC_CONNECT, RC_HOST_KEY, RC_AUTH, RC_TIMEOUT, RC_DIALOGUE (with what was seen,
 * escaped), RC_INCOMPLETE, RC_LIMIT, RC_NOT_FOUND (platform not recognised). */
int ssh_pull(const struct driver_job *job, struct driver_result *result, struct error *err);

/* Run the commands on this host, each without a shell (base/program.h) and with status 0 to its
 * end; of a part with `ends` that must be seen as well. `{host}` (or `{address}`), `{name}`,
 * `{port}` and
 * `{user}` in their words are what the last hop says; the same stands in the variables
 * ROLLCALL_HOST, ..., for those that are for a shell: `sh -c '...'`. Errors: RC_NOT_FOUND (no such
 * program), RC_DIALOGUE (another status, with the first line of its stderr), RC_SETTINGS (a command
 * that cannot be run so), RC_INCOMPLETE, RC_TIMEOUT, RC_LIMIT, RC_IO.
 *
 * A collector has given up all files, so it cannot run anything. One for `exec` keeps what the
 * command needs and reads no byte of what came before the command and all it started are dead;
 * then it gives up the same rights as every other, and only then parses. */
int exec_pull(const struct driver_job *job, struct driver_result *result, struct error *err);

/* Read the newest version of saved configs: of a folder what stands in it, of a git repository what
 * HEAD says. Files are parts by their base names (`parts/file`), the newest of each.
 *
 * A commit is whole, and so is a file with RANCID's header: the tool has seen to it. A file in a
 * folder is whole when its last line is the platform's `ends`, and only when it did not change
 * while it was read. Errors: RC_NOT_FOUND (no such folder or file), RC_SETTINGS (a link that leads
 * out of the folder, no regular file, no repository), RC_INCOMPLETE, RC_LIMIT, RC_TIMEOUT, RC_IO.
 *
 * The collector gives up all files but this folder (and git's program) before it looks at any. */
int file_pull(const struct driver_job *job, struct driver_result *result, struct error *err);

/* Do once, before a fork, what each process would otherwise do at its first pull: look up what the
 * libraries have. Optional; makes no connection. */
void ssh_prepare(void);

/* Add a part, which takes `text` over; RC_NO_MEMORY, then it is untouched. */
int driver_result_add_part(
    struct driver_result *result, const char *name, struct buf *text, struct error *err);

/* Both wipe the parts: they hold secrets. */
void driver_result_drop_parts(struct driver_result *result);
void driver_result_free(struct driver_result *result);

#endif
