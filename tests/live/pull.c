/* rooms: base syntax drivers ssh netconf data */
/* One pull by drivers/, for tests that need no more than it.
 *
 *   pull [OPTION...] HOP...
 *
 * HOP is one argument of words: name=edge-7 port=2222 [address=127.0.0.1] user=bob
 * [password=VARIABLE] [enable=VARIABLE] [key=FILE] [passphrase=VARIABLE] [agent=yes] [pin=FILE]
 * [legacy=yes] [listen=PORT]. VARIABLE names a variable of the environment; listen waits for the
 * device to call. Prints what came, a line each; the parts' texts with --show. --notices N:
 * instead, tells N notifications of changes. A failure is one line on stderr, "CODE: PLACE: TEXT",
 * and exit 1. */
#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/yang.h"
#include "drivers/driver.h"
#include "drivers/netconf/notify.h"
#include "drivers/platform.h"

#define MOST_HOPS 8

struct input {
    struct driver_hop hops[MOST_HOPS];
    size_t count;
    struct secret *secrets[MOST_HOPS * 4];
    size_t secret_count;
    struct buf files[MOST_HOPS * 2 + 4];
    size_t file_count;
};

static const struct secret *keep(struct input *in, struct secret *secret)
{
    in->secrets[in->secret_count++] = secret;
    return secret;
}

static const struct secret *from_environment(struct input *in, const char *variable)
{
    const char *value = getenv(variable);
    return value ? keep(in, secret_from(str_of(value))) : NULL;
}

static struct buf *from_file(struct input *in, const char *path)
{
    struct buf *b = &in->files[in->file_count++];
    b->cap = 65536;
    io_read_file(path, b, NULL);
    return b;
}

/* Wait for a device that calls home; its connection. */
static int called(const char *port)
{
    struct sockaddr_in here = {.sin_family = AF_INET,
        .sin_port = htons((uint16_t)atoi(port)),
        .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int one = 1, server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (const struct sockaddr *)&here, sizeof here) || listen(server, 1))
        perror("listen");
    puts("listening");
    fflush(stdout);
    int fd = accept4(server, NULL, NULL, SOCK_CLOEXEC);
    close(server);
    return fd;
}

static void take_word(struct input *in, struct driver_hop *hop, const char *name, char *value)
{
    if (strcmp(name, "name") == 0)
        hop->name = value;
    else if (strcmp(name, "address") == 0)
        hop->address = value;
    else if (strcmp(name, "port") == 0)
        hop->port = (uint16_t)atoi(value);
    else if (strcmp(name, "user") == 0)
        hop->login.user = value;
    else if (strcmp(name, "password") == 0)
        hop->login.password = from_environment(in, value);
    else if (strcmp(name, "enable") == 0)
        hop->login.enable_secret = from_environment(in, value);
    else if (strcmp(name, "passphrase") == 0)
        hop->login.key_passphrase = from_environment(in, value);
    else if (strcmp(name, "key") == 0)
        hop->login.private_key = keep(in, secret_from(buf_str(from_file(in, value))));
    else if (strcmp(name, "agent") == 0)
        hop->login.use_agent = strcmp(value, "yes") == 0;
    else if (strcmp(name, "pin") == 0)
        hop->host_keys = buf_text(from_file(in, value));
    else if (strcmp(name, "legacy") == 0)
        hop->legacy_algorithms = strcmp(value, "yes") == 0;
    else if (strcmp(name, "listen") == 0)
        hop->socket = called(value);
}

static void take_hop(struct input *in, char *text)
{
    struct driver_hop *hop = &in->hops[in->count++];
    *hop = (struct driver_hop){.address = "127.0.0.1", .port = 22};
    for (char *save = NULL, *word = strtok_r(text, " ", &save); word;
         word = strtok_r(NULL, " ", &save)) {
        char *equals = strchr(word, '=');
        if (equals) {
            *equals = '\0';
            take_word(in, hop, word, equals + 1);
        }
    }
}

static bool answer(void *ctx, const char *hop, const char *algorithm, const char *fingerprint)
{
    printf("asked %s %s %s\n", hop, algorithm, fingerprint);
    return strcmp(ctx, "yes") == 0;
}

static void show(const struct driver_result *result, bool text)
{
    if (result->platform)
        printf("platform %s\n", result->platform->name);
    if (result->hostname)
        printf("hostname %s\n", result->hostname);
    for (size_t i = 0; i < result->host_key_count; i++) {
        const struct driver_host_key *key = &result->host_keys[i];
        printf("host-key %s %s %s%s%s\n", key->hop, key->algorithm, key->fingerprint,
            key->pinned ? " pinned" : "", key->changed ? " changed" : "");
    }
    for (size_t i = 0; i < result->part_count; i++) {
        printf("part %s %zu\n", result->parts[i].name, result->parts[i].text.len);
        if (text)
            fwrite(result->parts[i].text.data, 1, result->parts[i].text.len, stdout);
    }
}

static int tell_notices(const struct driver_job *job, int count, struct error *err)
{
    struct driver_result result = {.platform = NULL};
    struct netconf *session = NULL;
    struct buf message = {0};
    int rc = netconf_open(job, &result, &session, err);
    if (rc == RC_OK)
        rc = netconf_subscribe(session, STR(""), job->command_ms, err);
    if (rc == RC_OK)
        puts("subscribed");
    fflush(stdout);
    while (rc == RC_OK && count > 0) {
        struct netconf_news news;
        int got = netconf_notification(session, job->command_ms, &message, err);
        rc = got == 0  ? error_set(err, RC_TIMEOUT, "no notification")
             : got < 0 ? got
                       : news_parse(buf_str(&message), &news, err);
        if (rc || news.kind == NEWS_OTHER)
            continue;
        printf("notice %d user %s address %s targets %s", (int)news.kind, news.user, news.address,
            news.targets);
        fflush(stdout);
        count--;
    }
    buf_free(&message);
    netconf_close(session);
    driver_result_free(&result);
    return rc;
}

static int say(int rc, const struct error *err)
{
    char line[1200];
    if (rc)
        fprintf(stderr, "%s: %s\n", rc_name((enum rc)rc), error_line(err, line, sizeof line));
    return rc ? 1 : 0;
}

static int pull(struct driver_job *job, const char *platform, const char *folder, bool text)
{
    const char *const modules[] = {"rollcall-platform", NULL};
    struct ly_ctx *ctx = NULL;
    struct platforms *all = NULL;
    struct driver_result result = {.platform = NULL};
    struct error err = ERROR_INIT;
    int rc = yang_context(modules, &ctx, &err);
    if (rc == RC_OK)
        rc = platforms_load(ctx, folder, &all, &err);
    if (rc == RC_OK) {
        job->platforms = all;
        job->platform = platform ? platforms_find(all, platform) : NULL;
        rc = job->protocol == DRIVER_SSH ? ssh_pull(job, &result, &err)
                                         : netconf_pull(job, &result, &err);
        show(&result, text);
    }
    driver_result_free(&result);
    platforms_free(all);
    ly_ctx_destroy(ctx);
    return say(rc, &err);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"platform", required_argument, NULL, 'p'},
        {"platforms", required_argument, NULL, 'f'}, {"first-use", no_argument, NULL, 'u'},
        {"ask", required_argument, NULL, 'a'}, {"connect-ms", required_argument, NULL, 'c'},
        {"command-ms", required_argument, NULL, 'm'}, {"total-ms", required_argument, NULL, 't'},
        {"max-bytes", required_argument, NULL, 'b'}, {"show", no_argument, NULL, 's'},
        {"netconf", no_argument, NULL, 'N'}, {"tls", required_argument, NULL, 'T'},
        {"authorities", required_argument, NULL, 'A'}, {"datastore", required_argument, NULL, 'D'},
        {"filter", required_argument, NULL, 'F'}, {"modules", required_argument, NULL, 'M'},
        {"notices", required_argument, NULL, 'n'}, {0}};
    static struct input in;
    struct driver_job job = {.hops = in.hops,
        .connect_ms = 20000,
        .command_ms = 20000,
        .total_ms = 60000,
        .max_bytes = 16 << 20};
    const char *platform = NULL, *folder = NULL;
    bool text = false;
    int option, notices = 0;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'p':
            platform = optarg;
            break;
        case 'f':
            folder = optarg;
            break;
        case 'u':
            job.host_key_policy = HOST_KEY_FIRST_USE;
            break;
        case 'a':
            job.ask_host_key = answer;
            job.ctx = optarg;
            break;
        case 'c':
            job.connect_ms = (unsigned)atoi(optarg);
            break;
        case 'm':
            job.command_ms = (unsigned)atoi(optarg);
            break;
        case 't':
            job.total_ms = (unsigned)atoi(optarg);
            break;
        case 'b':
            job.max_bytes = (size_t)atol(optarg);
            break;
        case 's':
            text = true;
            break;
        case 'N':
            job.protocol = DRIVER_NETCONF;
            break;
        case 'T': /* the client's certificate */
            job.netconf.tls = true;
            job.netconf.certificate = buf_text(from_file(&in, optarg));
            break;
        case 'A':
            job.netconf.authorities = buf_text(from_file(&in, optarg));
            break;
        case 'D':
            job.netconf.datastore = optarg;
            break;
        case 'F':
            job.netconf.filter = optarg;
            break;
        case 'M':
            job.netconf.modules = buf_text(from_file(&in, optarg));
            break;
        case 'n':
            notices = atoi(optarg);
            break;
        default:
            return 2;
        }
    }
    while (optind < argc && in.count < MOST_HOPS)
        take_hop(&in, argv[optind++]);
    job.hop_count = in.count;
    struct error err = ERROR_INIT;
    int rc =
        notices ? say(tell_notices(&job, notices, &err), &err) : pull(&job, platform, folder, text);
    for (size_t i = 0; i < in.secret_count; i++)
        secret_free(in.secrets[i]);
    for (size_t i = 0; i < in.file_count; i++)
        buf_wipe(&in.files[i]);
    return rc;
}
