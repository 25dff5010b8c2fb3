#include "collect/job.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "drivers/netconf/modules.h"

#define MOST_PEM_BYTES ((size_t)4 << 20)

/* A command gets the password alone, and that only where there is one to give. */
static int fill_login(const struct job_kit *kit, const struct device *device,
    struct driver_login *login, struct error *err)
{
    if (!device->credential || kit->job.protocol != DRIVER_EXEC)
        return RC_OK;
    return settings_resolve_password(device->credential, login, err);
}

static int fill_hop(struct job_kit *kit, size_t index, const struct device *device,
    struct store *store, struct error *err)
{
    struct driver_hop *hop = &kit->hops[index];
    struct buf *keys = &kit->host_keys[index];
    *hop = (struct driver_hop){.name = device->name,
        .address = device->address,
        .port = device->port,
        .legacy_algorithms = device->legacy_algorithms};
    kit->count = index + 1;
    if (driver_is_local(kit->job.protocol))
        return fill_login(kit, device, &hop->login, err);
    int rc = store_host_keys(store, device->name, keys, err);
    if (rc == RC_OK && keys->len)
        hop->host_keys = buf_text(keys);
    if (rc == RC_OK && device->credential)
        rc = settings_resolve(device->credential, &hop->login, err);
    return rc;
}

static const char *text_or_null(const struct buf *text)
{
    return text->len ? buf_text(text) : NULL;
}

static int fill_netconf(
    struct job_kit *kit, const struct device *device, struct store *store, struct error *err)
{
    const struct device_netconf *netconf = &device->netconf;
    int rc = store_read_part(store, device->name, 0, MODULES_PART, &kit->modules, NULL);
    if (rc && rc != RC_NOT_FOUND)
        return error_set(err, (enum rc)rc, "cannot read the modules of the last version");
    rc = RC_OK;
    if (netconf->tls && netconf->authorities_file)
        rc = io_read_file(netconf->authorities_file, &kit->authorities, err);
    if (rc == RC_OK && netconf->tls && device->credential)
        rc = settings_resolve_certificate(device->credential, &kit->certificate, err);
    kit->job.netconf = (struct driver_netconf){.tls = netconf->tls,
        .certificate = text_or_null(&kit->certificate),
        .authorities = text_or_null(&kit->authorities),
        .datastore = netconf->datastore,
        .filter = netconf->filter,
        .modules = text_or_null(&kit->modules)};
    return rc;
}

/* `entry` of the settings: NAME=VALUE, or NAME and NAME*, which take from our own environment. */
static bool environment_fits(const char *entry, const char *variable)
{
    size_t len = strcspn(variable, "="), wanted = strlen(entry);
    if (wanted && entry[wanted - 1] == '*')
        return len >= wanted - 1 && strncmp(entry, variable, wanted - 1) == 0;
    return len == wanted && strncmp(entry, variable, len) == 0;
}

static bool is_wanted(const char *const *entries, const char *variable)
{
    for (; *entries; entries++)
        if (!strchr(*entries, '=') && environment_fits(*entries, variable))
            return true;
    return false;
}

static int fill_environment(
    struct job_kit *kit, const char *const *entries, const char *const **out, struct error *err)
{
    static const char *const always[] = {"PATH", "HOME", "USER", "LOGNAME", "TZ", NULL};
    size_t most = 2, count = 0;
    for (char **each = environ; each && *each; each++)
        most++;
    for (const char *const *entry = entries; *entry; entry++)
        most++;
    const char **made = arena_take(&kit->words, most * sizeof *made);
    if (!made)
        return error_set(err, RC_NO_MEMORY, "no memory for a job");
    made[count++] = "LANG=C.UTF-8";
    for (char **each = environ; each && *each; each++)
        if (strchr(*each, '=') && (is_wanted(always, *each) || is_wanted(entries, *each)))
            made[count++] = *each;
    for (const char *const *entry = entries; *entry; entry++)
        if (strchr(*entry, '='))
            made[count++] = *entry;
    *out = made;
    return RC_OK;
}

static int fill_exec(struct job_kit *kit, const struct device *device, struct error *err)
{
    kit->job.exec = (struct driver_exec){.command = device->exec.command,
        .password_variable = device->exec.password_variable,
        .password_input = device->exec.password_input};
    return fill_environment(kit, device->exec.environment, &kit->job.exec.environment, err);
}

static void fill_file(struct job_kit *kit, const struct device *device)
{
    const struct device_file *file = &device->file;
    kit->job.file = (struct driver_file){
        .path = file->path, .names = file->names, .kind = file->kind, .whole = file->whole};
}

int job_kit_fill(
    struct job_kit *kit, const struct device *device, struct store *store, struct error *err)
{
    size_t count = device->jump_count + 1;
    *kit = (struct job_kit){.certificate.cap = MOST_PEM_BYTES, .authorities.cap = MOST_PEM_BYTES};
    kit->hops = calloc(count, sizeof *kit->hops);
    kit->host_keys = calloc(count, sizeof *kit->host_keys);
    if (!kit->hops || !kit->host_keys)
        return error_set(err, RC_NO_MEMORY, "no memory for a job");
    kit->job = (struct driver_job){.protocol = device->protocol,
        .hops = kit->hops,
        .hop_count = count,
        .host_key_policy = device->host_key_policy,
        .platform = device->platform,
        .connect_ms = device->connect_ms,
        .command_ms = device->command_ms,
        .total_ms = device->total_ms,
        .max_bytes = device->max_bytes,
        .no_copies = !device->saved_copies};
    int rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        rc = fill_hop(kit, i, i < device->jump_count ? device->jumps[i] : device, store, err);
    if (rc)
        return rc;
    if (device->protocol == DRIVER_FILE)
        fill_file(kit, device);
    return device->protocol == DRIVER_NETCONF ? fill_netconf(kit, device, store, err)
           : device->protocol == DRIVER_EXEC  ? fill_exec(kit, device, err)
                                              : RC_OK;
}

void job_kit_clear(struct job_kit *kit)
{
    for (size_t i = 0; i < kit->count; i++) {
        login_free(&kit->hops[i].login);
        buf_free(&kit->host_keys[i]);
    }
    free(kit->hops);
    free(kit->host_keys);
    buf_free(&kit->certificate);
    buf_free(&kit->authorities);
    buf_free(&kit->modules);
    arena_wipe(&kit->words);
    *kit = (struct job_kit){0};
}

const struct driver_hop *job_kit_hop(const struct job_kit *kit, const char *name)
{
    for (size_t i = 0; i < kit->count; i++)
        if (strcmp(kit->hops[i].name, name) == 0)
            return &kit->hops[i];
    return NULL;
}
