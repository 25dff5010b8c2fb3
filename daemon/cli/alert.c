#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* A document like any other, so that whoever receives it can be set up with it. */
static char *test_document(void)
{
    char id[40], now[TIME_TEXT_SIZE], host[256] = "";
    unsigned char random[12];
    randombytes_buf(random, sizeof random);
    strcpy(id, "test-");
    sodium_bin2hex(id + 5, sizeof id - 5, random, sizeof random);
    gethostname(host, sizeof host - 1);
    json_t *document = json_pack("{s:s,s:s,s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:[],s:[]}", "id", id,
        "event", "test", "severity", 30, "says", "test of this sink, nothing happened", "device",
        host, "path", "", "subject", "", "seen_at", time_format(clock_now_us(&clock_system), now),
        "verdict", "unreviewed", "attack", "controls");
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    json_decref(document);
    return text;
}

static int send_test(const struct sink_settings *settings, struct error *err)
{
    struct sink *sink = NULL;
    char *document = test_document();
    int rc =
        document ? sink_new(settings, &sink, err) : error_set(err, RC_NO_MEMORY, "out of memory");
    if (rc == 0)
        rc = sink_send(sink, document, err);
    sink_free(sink);
    free(document);
    return rc;
}

int command_alert(struct cli *cli, int argc, char **argv)
{
    int rc = cli_options(cli, "alert", NULL, &argc, argv);
    if (rc)
        return rc;
    if (argc != 2 || strcmp(argv[0], "test") != 0)
        return cli_operands("alert");
    rc = cli_open_settings(cli);
    if (rc)
        return rc;
    struct error err = ERROR_INIT;
    struct sink_settings *sinks = NULL;
    size_t count = 0, at = 0;
    rc = settings_resolve_sinks(cli->settings, &sinks, &count, &err);
    if (rc)
        return cli_fail(&err);
    while (at < count && strcmp(sinks[at].name, argv[1]) != 0)
        at++;
    if (at == count)
        rc = error_set(&err, RC_USAGE, "no sink \"%s\" in %s", argv[1], cli->settings->file);
    else
        rc = send_test(&sinks[at], &err);
    sinks_free(sinks, count);
    if (rc)
        return cli_fail(&err);
    cli_note(cli, "%s has taken the test event", argv[1]);
    return EXIT_CLEAN;
}
