/* rooms: base data syntax drivers ssh netconf */
/* What reading one device over NETCONF costs: CPU and wall time by libnetconf2 alone, or by the
 * driver, which has its list of modules from the last time.
 *
 *   netconf_bench bare PORT USER KEY-FILE COUNT   connect, log in, hello, get-config, close; COUNT
 *                                                 times with one context, which knows all modules
 *   netconf_bench pull PORT USER KEY-FILE COUNT   the same by netconf_pull()
 *
 * Prints "MICROSECONDS-OF-CPU MICROSECONDS-OF-WALL BYTES", each for one collection. */
#include <libssh/libssh.h>
#include <nc_client.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/yang.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

struct target {
    unsigned port;
    const char *user, *key_file;
    size_t bytes; /* of the last config */
};

static int64_t cpu_us(void)
{
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * INT64_C(1000000) +
           used.ru_utime.tv_usec + used.ru_stime.tv_usec;
}

/* ---- libnetconf2 alone ---- */

static ssh_session log_in(const struct target *t)
{
    ssh_session ssh = ssh_new();
    ssh_key key = NULL;
    int yes = 1, no = 0;

    ssh_options_set(ssh, SSH_OPTIONS_HOST, "127.0.0.1");
    ssh_options_set(ssh, SSH_OPTIONS_PORT, &t->port);
    ssh_options_set(ssh, SSH_OPTIONS_USER, t->user);
    ssh_options_set(ssh, SSH_OPTIONS_NODELAY, &yes);
    ssh_options_set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &no);
    if (ssh_connect(ssh) != SSH_OK ||
        ssh_pki_import_privkey_file(t->key_file, NULL, NULL, NULL, &key) != SSH_OK ||
        ssh_userauth_publickey(ssh, NULL, key) != SSH_AUTH_SUCCESS) {
        fprintf(stderr, "bare: %s\n", ssh_get_error(ssh));
        ssh_free(ssh);
        ssh = NULL;
    }
    ssh_key_free(key);
    return ssh;
}

static int get_config(struct nc_session *session)
{
    struct nc_rpc *rpc =
        nc_rpc_getconfig(NC_DATASTORE_RUNNING, NULL, NC_WD_EXPLICIT, NC_PARAMTYPE_CONST);
    struct lyd_node *envelope = NULL, *reply = NULL;
    uint64_t id = 0;
    int rc = 1;

    if (nc_send_rpc(session, rpc, 10000, &id) == NC_MSG_RPC &&
        nc_recv_reply(session, rpc, id, 10000, &envelope, &reply) == NC_MSG_REPLY && reply &&
        lyd_child(reply)) {
        rc = 0;
    }
    lyd_free_tree(envelope);
    lyd_free_tree(reply);
    nc_rpc_free(rpc);
    return rc;
}

/* `ctx` is filled by the first session (from the server), and warm in all others. */
static int bare(struct target *t, struct ly_ctx *ctx)
{
    ssh_session ssh = log_in(t);
    struct nc_session *session = ssh ? nc_connect_libssh(ssh, ctx) : NULL;
    int rc = session ? get_config(session) : 1;

    nc_session_free(session, NULL);
    return rc;
}

static int bares(struct target *t, unsigned count, int64_t *cpu)
{
    struct ly_ctx *ctx = NULL;
    int rc = ly_ctx_new(NULL, LY_CTX_DISABLE_SEARCHDIR_CWD, &ctx) ? 1 : 0;

    nc_client_init();
    nc_verbosity(NC_VERB_ERROR);
    ly_log_options(LY_LOSTORE);
    rc = rc ? rc : bare(t, ctx);
    *cpu = cpu_us();
    for (unsigned i = 0; i < count && rc == 0; i++) {
        rc = bare(t, ctx);
    }
    *cpu = cpu_us() - *cpu;
    nc_client_destroy();
    ly_ctx_destroy(ctx);
    return rc;
}

/* ---- the driver ---- */

static int pull(
    struct target *t, const struct driver_job *job, struct buf *modules, struct buf *running)
{
    struct driver_result result = {.platform = NULL};
    struct error err = ERROR_INIT;
    char line[1200];
    int rc = netconf_pull(job, &result, &err);

    for (size_t i = 0; i < result.part_count; i++) {
        struct buf *to = strcmp(result.parts[i].name, "modules") == 0 ? modules : running;
        buf_clear(to);
        buf_add_str(to, buf_str(&result.parts[i].text));
    }
    t->bytes = running->len;
    if (rc) {
        fprintf(stderr, "pull: %s\n", error_line(&err, line, sizeof line));
    }
    driver_result_free(&result);
    return rc;
}

static int pulls_of(struct target *t, struct driver_job *job, unsigned count, int64_t *cpu)
{
    struct buf modules = {.cap = 0}, last = {.cap = 0}, running = {.cap = 0};
    int rc;

    ssh_prepare();
    rc = pull(t, job, &modules, &running);
    *cpu = cpu_us();
    for (unsigned i = 0; i < count && rc == 0; i++) {
        buf_clear(&last);
        buf_add_str(&last, buf_str(&modules));
        job->netconf.modules = buf_text(&last);
        rc = pull(t, job, &modules, &running);
    }
    *cpu = cpu_us() - *cpu;
    buf_free(&modules);
    buf_free(&last);
    buf_free(&running);
    return rc;
}

static int pulls(struct target *t, unsigned count, int64_t *cpu)
{
    const char *const modules[] = {"rollcall-platform", NULL};
    struct buf text = {.cap = 65536};
    struct platforms *all = NULL;
    struct ly_ctx *ctx = NULL;
    int rc = io_read_file(t->key_file, &text, NULL);
    struct secret *key = secret_from(buf_str(&text));
    const struct driver_hop hop = {.name = "bench",
        .address = "127.0.0.1",
        .port = (uint16_t)t->port,
        .login = {.user = t->user, .private_key = key}};
    struct driver_job job = {.protocol = DRIVER_NETCONF,
        .hops = &hop,
        .hop_count = 1,
        .host_key_policy = HOST_KEY_FIRST_USE,
        .connect_ms = 20000,
        .command_ms = 20000,
        .total_ms = 60000,
        .max_bytes = 64 << 20};

    rc = rc ? rc : yang_context(modules, &ctx, NULL);
    rc = rc ? rc : platforms_load(ctx, NULL, &all, NULL);
    job.platform = rc ? NULL : platforms_find(all, "netconf");
    job.platforms = all;
    rc = rc ? rc : pulls_of(t, &job, count, cpu);
    platforms_free(all);
    ly_ctx_destroy(ctx);
    secret_free(key);
    buf_wipe(&text);
    return rc;
}

int main(int argc, char **argv)
{
    int64_t cpu = 0, wall = clock_mono_us(&clock_system);

    if (argc != 6) {
        return 2;
    }
    struct target t = {
        .port = (unsigned)atoi(argv[2]), .user = argv[3], .key_file = argv[4], .bytes = 0};
    unsigned count = (unsigned)atoi(argv[5]);
    int rc = strcmp(argv[1], "pull") == 0 ? pulls(&t, count, &cpu) : bares(&t, count, &cpu);
    if (rc || !count) {
        return 1;
    }
    wall = clock_mono_us(&clock_system) - wall;
    printf("%lld %lld %zu\n", (long long)(cpu / count), (long long)(wall / (count + 1)), t.bytes);
    return 0;
}
