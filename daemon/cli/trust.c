#include <stdlib.h>
#include <string.h>

#include "cli/action.h"
#include "cli/term.h"
#include "collect/job.h"

/* The device's key is wanted, nothing else: refuse at the moment it is shown. */
static bool refuse(void *ctx, const char *hop, const char *algorithm, const char *fingerprint)
{
    (void)ctx, (void)hop, (void)algorithm, (void)fingerprint;
    return false;
}

static const struct driver_host_key *key_of(const struct driver_result *result, const char *hop)
{
    for (size_t i = 0; i < result->host_key_count; i++)
        if (strcmp(result->host_keys[i].hop, hop) == 0)
            return &result->host_keys[i];
    return NULL;
}

/* Hops on the way must be trusted already; the device's own pins are left out, so that its key is
 * shown whatever it is. No login of the device is needed for that. */
static int fetch(
    struct cli *cli, const struct device *device, struct driver_result *result, struct error *err)
{
    struct job_kit kit = {0};
    int rc = job_kit_fill(&kit, device, cli->store, err);
    if (rc == 0) {
        kit.hops[kit.count - 1].host_keys = NULL;
        kit.job.host_key_policy = HOST_KEY_PINNED;
        kit.job.ask_host_key = refuse;
        rc = driver_run(&kit.job, result, err);
    }
    job_kit_clear(&kit);
    return rc == RC_HOST_KEY && key_of(result, device->name) ? RC_OK : rc;
}

/* A yes by option, by the expected fingerprint, or by a person. */
static int decide(struct cli *cli, const char *device, const struct driver_host_key *key, bool yes,
    const char *expected)
{
    if (expected) {
        if (strcmp(expected, key->fingerprint) == 0)
            return EXIT_CLEAN;
        struct error err = ERROR_INIT;
        error_set(&err, RC_HOST_KEY, "%s shows %s, not %s; nothing pinned", device,
            key->fingerprint, expected);
        return cli_fail(&err);
    }
    if (yes || term_yes("Pin it? Type yes: "))
        return EXIT_CLEAN;
    cli_note(cli, "nothing pinned%s",
        term_present() ? "" : "; without a terminal: --fingerprint SHA256:... or --yes");
    return EXIT_FINDINGS;
}

int command_trust(struct cli *cli, int argc, char **argv)
{
    bool yes = false;
    const char *expected = NULL;
    const struct option_row rows[] = {
        {"yes", 'y', OPTION_FLAG, &yes, NULL, "pin it without asking"},
        {"fingerprint", 'f', OPTION_TEXT, &expected, "F", "pin it only when it is SHA256:..."},
        {0}};
    int rc = cli_options(cli, "trust", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1)
        return cli_operands("trust");
    const struct device *device;
    rc = cli_device(cli, argv[0], &device);
    if (rc == 0 && driver_is_local(device->protocol))
        return cli_usage("trust", "%s shows no host key: nobody logs in to it", device->name);
    if (rc == 0)
        rc = cli_open_store(cli, STORE_WRITE);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    struct driver_result result = {0};
    struct buf pinned = {0};
    rc = fetch(cli, device, &result, &err);
    const struct driver_host_key *key = rc ? NULL : key_of(&result, device->name);
    if (rc == 0 && !key)
        rc = error_set(&err, RC_DIALOGUE, "%s showed no host key", device->name);
    if (rc == 0)
        rc = store_host_keys(cli->store, device->name, &pinned, &err);
    if (rc) {
        rc = cli_fail(&err);
        goto out;
    }
    char line[1200];
    snprintf(line, sizeof line, "%s %s", key->algorithm, key->base64);
    const char *found = pinned.len ? strstr(buf_text(&pinned), line) : NULL;
    struct writer *w = cli_writer(cli, "host-key");
    writer_object(w, "host_key", NULL);
    writer_text(w, "device", device->name, STYLE_PLAIN);
    writer_text(w, "algorithm", key->algorithm, STYLE_PLAIN);
    writer_text(w, "fingerprint", key->fingerprint, STYLE_PLAIN);
    writer_text(w, "pinned",
        found        ? "yes"
        : pinned.len ? "another key"
                     : "no",
        found        ? STYLE_GOOD
        : pinned.len ? STYLE_BAD
                     : STYLE_PLAIN);
    writer_close(w);
    fflush(stdout);
    rc = found ? EXIT_CLEAN : decide(cli, device->name, key, yes, expected);
    if (rc == 0 && !found)
        rc = cli_record_action(cli, "trust", device->name,
            json_pack("{s:s,s:s}", "algorithm", key->algorithm, "fingerprint", key->fingerprint));
    if (rc == 0 && !found) {
        if (store_pin_host_key(
                cli->store, device->name, key->algorithm, key->base64, true, "trust", &err))
            rc = cli_fail(&err);
        else
            cli_note(cli, "pinned");
    }
out:
    buf_free(&pinned);
    driver_result_free(&result);
    return rc;
}
