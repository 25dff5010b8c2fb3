/* rooms: base syntax drivers ssh */
/* One pull by drivers/ssh, for tests that need no more than it.
 *
 *   pull [OPTION...] HOP...
 *
 * HOP is one argument of words: name=edge-7 port=2222 [address=127.0.0.1] user=bob
 * [password=VARIABLE] [enable=VARIABLE] [key=FILE] [passphrase=VARIABLE] [agent=yes] [pin=FILE]
 * [legacy=yes]. VARIABLE names a variable of the environment. Prints what came, a line each; the
 * parts' texts with --show. A failure is one line on stderr, "CODE: PLACE: TEXT", and exit 1. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/io.h"
#include "base/yang.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

#define MOST_HOPS 8

struct input {
    struct driver_hop hops[MOST_HOPS];
    size_t count;
    struct secret *secrets[MOST_HOPS * 4];
    size_t secret_count;
    struct buf files[MOST_HOPS * 2];
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

static int pull(struct driver_job *job, const char *platform, const char *folder, bool text)
{
    const char *const modules[] = {"rollcall-platform", NULL};
    struct ly_ctx *ctx = NULL;
    struct platforms *all = NULL;
    struct driver_result result = {.platform = NULL};
    struct error err = ERROR_INIT;
    char line[1200];
    int rc = yang_context(modules, &ctx, &err);
    if (rc == RC_OK)
        rc = platforms_load(ctx, folder, &all, &err);
    if (rc == RC_OK) {
        job->platforms = all;
        job->platform = platform ? platforms_find(all, platform) : NULL;
        rc = ssh_pull(job, &result, &err);
        show(&result, text);
    }
    if (rc)
        fprintf(stderr, "%s: %s\n", rc_name((enum rc)rc), error_line(&err, line, sizeof line));
    driver_result_free(&result);
    platforms_free(all);
    ly_ctx_destroy(ctx);
    return rc ? 1 : 0;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"platform", required_argument, NULL, 'p'},
        {"platforms", required_argument, NULL, 'f'}, {"first-use", no_argument, NULL, 'u'},
        {"ask", required_argument, NULL, 'a'}, {"connect-ms", required_argument, NULL, 'c'},
        {"command-ms", required_argument, NULL, 'm'}, {"total-ms", required_argument, NULL, 't'},
        {"max-bytes", required_argument, NULL, 'b'}, {"show", no_argument, NULL, 's'}, {0}};
    static struct input in;
    struct driver_job job = {.hops = in.hops,
        .connect_ms = 20000,
        .command_ms = 20000,
        .total_ms = 60000,
        .max_bytes = 16 << 20};
    const char *platform = NULL, *folder = NULL;
    bool text = false;
    int option;
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
        default:
            return 2;
        }
    }
    while (optind < argc && in.count < MOST_HOPS)
        take_hop(&in, argv[optind++]);
    job.hop_count = in.count;
    int rc = pull(&job, platform, folder, text);
    for (size_t i = 0; i < in.secret_count; i++)
        secret_free(in.secrets[i]);
    for (size_t i = 0; i < in.file_count; i++)
        buf_wipe(&in.files[i]);
    return rc;
}
