#include "watch/messages.h"

#include <stdlib.h>

#include "base/pack.h"
#include "drivers/platform.h"

#define MOST_HOPS 16
#define MOST_HAVE 20000
#define MOST_WORDS 4096 /* of a command, of an environment */

static bool pack_secret(struct buf *out, const struct secret *secret)
{
    return pack_u32(out, secret != NULL) || pack_str(out, secret_value(secret));
}

static bool pack_login(struct buf *out, const struct driver_login *login)
{
    return pack_text(out, login->user) || pack_secret(out, login->password) ||
           pack_secret(out, login->private_key) || pack_secret(out, login->key_passphrase) ||
           pack_secret(out, login->enable_secret) || pack_u32(out, login->use_agent);
}

static bool pack_hop(struct buf *out, const struct driver_hop *hop)
{
    return pack_text(out, hop->name) || pack_text(out, hop->address) || pack_u32(out, hop->port) ||
           pack_text(out, hop->host_keys) || pack_u32(out, hop->legacy_algorithms) ||
           pack_login(out, &hop->login);
}

static bool pack_netconf(struct buf *out, const struct driver_netconf *netconf)
{
    bool bad = pack_u32(out, netconf->tls) || pack_text(out, netconf->certificate) ||
               pack_text(out, netconf->authorities) || pack_text(out, netconf->datastore) ||
               pack_text(out, netconf->filter) || pack_text(out, netconf->modules) ||
               pack_u32(out, (uint32_t)netconf->have_count);
    for (size_t i = 0; !bad && i < netconf->have_count; i++)
        bad =
            pack_text(out, netconf->have[i].name) || pack_str(out, buf_str(&netconf->have[i].text));
    return bad;
}

/* NULL is told apart from an empty list. */
static bool pack_words(struct buf *out, const char *const *words)
{
    uint32_t count = 0;
    while (words && words[count])
        count++;
    bool bad = pack_u32(out, words != NULL) || pack_u32(out, count);
    for (uint32_t i = 0; !bad && i < count; i++)
        bad = pack_text(out, words[i]);
    return bad;
}

static bool pack_local(struct buf *out, const struct driver_job *job)
{
    const struct driver_exec *exec = &job->exec;
    const struct driver_file *file = &job->file;
    return pack_words(out, exec->command) || pack_words(out, exec->environment) ||
           pack_text(out, exec->password_variable) || pack_u32(out, exec->password_input) ||
           pack_text(out, file->path) || pack_words(out, file->names) ||
           pack_u32(out, file->kind) || pack_u32(out, file->whole) || pack_text(out, file->mark);
}

int job_pack(const char *device, const struct driver_job *job, struct buf *out)
{
    bool bad = pack_text(out, device) ||
               pack_text(out, job->platform ? job->platform->name : NULL) ||
               pack_u32(out, job->host_key_policy == HOST_KEY_FIRST_USE) ||
               pack_u32(out, job->connect_ms) || pack_u32(out, job->command_ms) ||
               pack_u32(out, job->total_ms) || pack_i64(out, (int64_t)job->max_bytes) ||
               pack_u32(out, job->no_copies) || pack_u32(out, job->task) ||
               pack_u32(out, job->protocol) || pack_netconf(out, &job->netconf) ||
               pack_local(out, job) || pack_u32(out, (uint32_t)job->hop_count);
    for (size_t i = 0; !bad && i < job->hop_count; i++)
        bad = pack_hop(out, &job->hops[i]);
    return bad ? RC_LIMIT : RC_OK;
}

static const struct secret *take_secret(struct unpack *u)
{
    bool present = unpack_u32(u) != 0;
    struct str value = unpack_str(u);
    if (u->bad || !present)
        return NULL;
    struct secret *secret = secret_from(value);
    if (!secret)
        u->bad = true;
    return secret;
}

static void take_hop(struct unpack *u, struct driver_hop *hop)
{
    hop->name = unpack_text(u);
    hop->address = unpack_text(u);
    uint32_t port = unpack_u32(u);
    hop->host_keys = unpack_text(u);
    hop->legacy_algorithms = unpack_u32(u) != 0;
    hop->login.user = unpack_text(u);
    hop->login.password = take_secret(u);
    hop->login.private_key = take_secret(u);
    hop->login.key_passphrase = take_secret(u);
    hop->login.enable_secret = take_secret(u);
    hop->login.use_agent = unpack_u32(u) != 0;
    hop->port = (uint16_t)port;
    if (!hop->name || !hop->address || port > UINT16_MAX)
        u->bad = true;
}

static void take_hops(struct unpack *u, struct driver_job *job)
{
    uint32_t count = unpack_count(u, 15 * sizeof(uint32_t));
    if (count == 0 || count > MOST_HOPS)
        u->bad = true;
    if (u->bad)
        return;
    struct driver_hop *hops = calloc(count, sizeof *hops);
    if (!hops) {
        u->bad = true;
        return;
    }
    job->hops = hops;
    job->hop_count = count;
    for (uint32_t i = 0; i < count; i++)
        take_hop(u, &hops[i]);
}

static void take_have(struct unpack *u, struct driver_netconf *netconf)
{
    uint32_t count = unpack_count(u, 2 * sizeof(uint32_t));
    if (count > MOST_HAVE)
        u->bad = true;
    struct part *have = u->bad || !count ? NULL : calloc(count, sizeof *have);
    if (count && !have)
        u->bad = true;
    if (!have)
        return;
    netconf->have = have;
    netconf->have_count = count;
    for (uint32_t i = 0; i < count; i++) {
        have[i].name = unpack_text(u);
        if (buf_add_str(&have[i].text, unpack_str(u)) || !have[i].name)
            u->bad = true;
    }
}

static void take_netconf(struct unpack *u, struct driver_netconf *netconf)
{
    netconf->tls = unpack_u32(u) != 0;
    netconf->certificate = unpack_text(u);
    netconf->authorities = unpack_text(u);
    netconf->datastore = unpack_text(u);
    netconf->filter = unpack_text(u);
    netconf->modules = unpack_text(u);
    take_have(u, netconf);
}

/* Both are known ones, and only NETCONF has anything to learn. */
static void take_kind(struct unpack *u, struct driver_job *job)
{
    uint32_t task = unpack_u32(u), protocol = unpack_u32(u);
    if (task > DRIVER_LEARN || protocol > DRIVER_FILE || (task && protocol != DRIVER_NETCONF))
        u->bad = true;
    job->task = task == DRIVER_LEARN ? DRIVER_LEARN : DRIVER_PULL;
    job->protocol = u->bad ? DRIVER_SSH : (enum driver_protocol)protocol;
}

/* malloc'd with its words; NULL where there is none. */
static const char *const *take_words(struct unpack *u)
{
    bool present = unpack_u32(u) != 0;
    uint32_t count = unpack_count(u, sizeof(uint32_t));
    if (count > MOST_WORDS)
        u->bad = true;
    const char **words = u->bad || !present ? NULL : calloc((size_t)count + 1, sizeof *words);
    if (present && !words)
        u->bad = true;
    for (uint32_t i = 0; words && i < count; i++)
        if (!(words[i] = unpack_text(u)))
            u->bad = true;
    return words;
}

static void take_local(struct unpack *u, struct driver_job *job)
{
    struct driver_exec *exec = &job->exec;
    struct driver_file *file = &job->file;
    exec->command = take_words(u);
    exec->environment = take_words(u);
    exec->password_variable = unpack_text(u);
    exec->password_input = unpack_u32(u) != 0;
    file->path = unpack_text(u);
    file->names = take_words(u);
    uint32_t kind = unpack_u32(u), whole = unpack_u32(u);
    file->mark = unpack_text(u);
    if (kind > FILE_GIT || whole > WHOLE_BY_END ||
        (job->protocol == DRIVER_FILE && (!file->path || !file->names || !file->names[0])) ||
        (exec->command && !exec->command[0]))
        u->bad = true;
    file->kind = kind == FILE_GIT ? FILE_GIT : kind == FILE_FOLDER ? FILE_FOLDER : FILE_FIND_OUT;
    file->whole = whole == WHOLE_BY_END   ? WHOLE_BY_END
                  : whole == WHOLE_ALWAYS ? WHOLE_ALWAYS
                                          : WHOLE_FIND_OUT;
}

int job_unpack(
    struct str message, const struct platforms *platforms, struct job **out, struct error *err)
{
    struct unpack u = {message, false};
    struct job *job = calloc(1, sizeof *job);
    if (!job)
        return error_set(err, RC_NO_MEMORY, "no memory for a job");
    job->device = unpack_text(&u);
    job->platform = unpack_text(&u);
    struct driver_job *driver = &job->driver;
    driver->host_key_policy = unpack_u32(&u) ? HOST_KEY_FIRST_USE : HOST_KEY_PINNED;
    driver->connect_ms = unpack_u32(&u);
    driver->command_ms = unpack_u32(&u);
    driver->total_ms = unpack_u32(&u);
    int64_t max_bytes = unpack_i64(&u);
    driver->no_copies = unpack_u32(&u) != 0;
    take_kind(&u, driver);
    take_netconf(&u, &driver->netconf);
    take_local(&u, driver);
    take_hops(&u, driver);
    driver->max_bytes = (size_t)max_bytes;
    driver->platforms = platforms;
    driver->platform = job->platform ? platforms_find(platforms, job->platform) : NULL;
    if (!unpack_done(&u) || !job->device || max_bytes <= 0 ||
        (job->platform && !driver->platform)) {
        job_free(job);
        return error_set(err, RC_FORMAT, "a job that makes no sense");
    }
    *out = job;
    return RC_OK;
}

/* driver.h borrows everything, so its pointers are const; here they are ours. */
static struct driver_hop *own_hop(struct job *job, size_t index)
{
    return (struct driver_hop *)(uintptr_t)&job->driver.hops[index];
}

void job_take_call(struct job *job, int socket)
{
    if (socket > 0)
        own_hop(job, job->driver.hop_count - 1)->socket = socket;
}

static void free_const(const void *p)
{
    free((void *)(uintptr_t)p);
}

static void free_secret(const struct secret *s)
{
    secret_free((struct secret *)(uintptr_t)s);
}

static void free_netconf(const struct driver_netconf *netconf)
{
    struct part *have = (struct part *)(uintptr_t)netconf->have;
    for (size_t i = 0; i < netconf->have_count; i++) {
        free(have[i].name);
        buf_free(&have[i].text);
    }
    free(have);
    free_const(netconf->certificate);
    free_const(netconf->authorities);
    free_const(netconf->datastore);
    free_const(netconf->filter);
    free_const(netconf->modules);
}

/* A variable may hold a token. */
static void free_words(const char *const *words)
{
    for (size_t i = 0; words && words[i]; i++) {
        explicit_bzero((void *)(uintptr_t)words[i], strlen(words[i]));
        free_const(words[i]);
    }
    free_const(words);
}

static void free_local(const struct driver_job *job)
{
    free_words(job->exec.command);
    free_words(job->exec.environment);
    free_const(job->exec.password_variable);
    free_const(job->file.path);
    free_words(job->file.names);
    free_const(job->file.mark);
}

void job_forget_logins(struct job *job)
{
    for (size_t i = 0; i < job->driver.hop_count; i++) {
        struct driver_login *login = &own_hop(job, i)->login;
        free_secret(login->password);
        free_secret(login->private_key);
        free_secret(login->key_passphrase);
        free_secret(login->enable_secret);
        login->password = login->private_key = NULL;
        login->key_passphrase = login->enable_secret = NULL;
    }
}

void job_free(struct job *job)
{
    if (!job)
        return;
    job_forget_logins(job);
    for (size_t i = 0; i < job->driver.hop_count; i++) {
        const struct driver_hop *hop = &job->driver.hops[i];
        free_const(hop->name);
        free_const(hop->address);
        free_const(hop->host_keys);
        free_const(hop->login.user);
    }
    free_const(job->driver.hops);
    free_netconf(&job->driver.netconf);
    free_local(&job->driver);
    free(job->device);
    free(job->platform);
    free(job);
}
