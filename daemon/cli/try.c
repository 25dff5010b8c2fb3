#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/yang.h"
#include "cli/render.h"
#include "cli/target.h"
#include "cli/term.h"
#include "drivers/netconf/modules.h"

/* The first key of the usual ones that can be read, or the one named. Wrong modes are an error only
 * for a named one. */
static int load_key(const char *named, struct secret **key, struct error *err)
{
    static const char *const usual[] = {"id_ed25519", "id_ecdsa", "id_rsa"};
    struct buf text = {.cap = 65536};
    int rc = RC_OK;
    if (named) {
        rc = io_read_secret_file(named, &text, err);
    } else {
        const char *home = getenv("HOME");
        for (size_t i = 0; home && i < sizeof usual / sizeof *usual && text.len == 0; i++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/.ssh/%s", home, usual[i]);
            buf_clear(&text);
            if (io_read_secret_file(path, &text, NULL))
                buf_clear(&text);
        }
    }
    if (rc == 0 && text.len && !(*key = secret_from(buf_str(&text))))
        rc = error_set(err, RC_NO_MEMORY, "out of memory");
    buf_wipe(&text);
    return rc;
}

struct question {
    struct cli *cli;
    bool accept_new;
};

static bool ask_host_key(void *ctx, const char *hop, const char *algorithm, const char *fingerprint)
{
    struct question *q = ctx;
    if (q->accept_new) {
        cli_note(q->cli, "%s: taking %s key %s", hop, algorithm, fingerprint);
        return true;
    }
    if (!term_present())
        return false;
    char text[700];
    snprintf(text, sizeof text, "%s shows the %s key %s. Is it the right one? Type yes: ", hop,
        algorithm, fingerprint);
    return term_yes(text);
}

static void show_step(void *ctx, const char *step)
{
    const struct question *q = ctx;
    if (!q->cli->quiet && isatty(STDERR_FILENO)) {
        char safe[200];
        text_escape(safe, sizeof safe, step, strlen(step));
        fprintf(stderr, "\r%s\x1b[K", safe);
    }
}

/* From the environment, else from the terminal. NULL when there is none. */
static struct secret *find_secret(const char *variable, const char *what, const struct target *t)
{
    const char *given = getenv(variable);
    if (given)
        return secret_from(str_of(given));
    char prompt[512];
    snprintf(prompt, sizeof prompt, "%s of %s@%s: ", what, t->user, t->host);
    return term_password(prompt);
}

static int pull(struct cli *cli, const struct target *targets, const struct driver_login *logins,
    size_t count, const struct platform *platform, struct question *question, bool legacy,
    struct driver_result *result, struct error *err)
{
    struct driver_hop hops[9] = {0};
    for (size_t i = 0; i < count; i++)
        hops[i] = (struct driver_hop){.name = targets[i].host,
            .address = targets[i].host,
            .port = targets[i].port,
            .login = logins[i],
            .legacy_algorithms = legacy && i + 1 == count};
    const struct driver_job job = {.protocol = targets[count - 1].protocol,
        .hops = hops,
        .hop_count = count,
        .host_key_policy = HOST_KEY_PINNED,
        .platform = platform,
        .platforms = cli->platforms,
        .connect_ms = 15000,
        .command_ms = 60000,
        .total_ms = 300000,
        .max_bytes = (size_t)64 << 20,
        .no_copies = true, /* nobody's account */
        .ask_host_key = ask_host_key,
        .progress = show_step,
        .ctx = question};
    int rc = driver_run(&job, result, err);
    if (!cli->quiet && isatty(STDERR_FILENO))
        fputs("\r\x1b[K", stderr);
    return rc;
}

static bool has_module(struct str modules, const char *name)
{
    struct str line, word;
    while (str_next_line(&modules, &line))
        if (str_next_word(&line, &word) && str_is(word, "module") && str_next_word(&line, &word) &&
            str_is(word, name))
            return true;
    return false;
}

/* The mappings that know any of the device's modules, with a blank between them. */
static int list_mappings(const struct driver_result *result, struct buf *out)
{
    const struct part *modules = part_find(result->parts, result->part_count, MODULES_PART);
    int rc = RC_OK;
    const struct lyd_node *const *mapping = modules ? result->platform->mappings : NULL;
    for (; mapping && *mapping && rc == RC_OK; mapping++) {
        const struct lyd_node *module = lyd_child(*mapping);
        while (module && !(strcmp(LYD_NAME(module), "modules") == 0 &&
                             has_module(buf_str(&modules->text), yang_leaf(module, "name"))))
            module = module->next;
        if (module)
            rc = buf_format(out, "%s%s", out->len ? " " : "", yang_leaf(*mapping, "mapping"));
    }
    return rc;
}

static void show_mappings(struct writer *w, const struct driver_result *result)
{
    struct buf mappings = {.cap = 4096};
    if (list_mappings(result, &mappings) == RC_OK && mappings.len) {
        writer_line(w, STYLE_PLAIN, "read by %s", buf_text(&mappings));
        writer_text(w, "mappings", buf_text(&mappings), STYLE_MACHINE);
    }
    buf_free(&mappings);
}

static int show(struct cli *cli, const struct target *t, const struct driver_result *result,
    size_t *findings, struct error *err)
{
    struct reader *reader = NULL;
    struct draft *draft = NULL;
    struct lyd_node *tree = NULL;
    int rc = reader_new(result->platform, &reader, err);
    if (rc == 0)
        rc = draft_read(reader, result->parts, result->part_count, &draft, err);
    if (rc == 0)
        rc = access_build(cli->ctx, result->platform, draft, cli->key, &tree, err);
    struct writer *w = rc == 0 ? cli_writer(cli, "access") : NULL;
    if (rc == 0 && !w)
        rc = error_set(err, RC_NO_MEMORY, "out of memory");
    if (rc == 0) {
        writer_line(w, STYLE_PLAIN, "%s is %s%s%s, %.1f s", t->host, result->platform->title,
            result->hostname ? ", calls itself " : "", result->hostname ? result->hostname : "",
            (double)result->dialogue_us / 1e6);
        writer_text(w, "device", t->host, STYLE_MACHINE);
        writer_text(w, "platform", result->platform->name, STYLE_MACHINE);
        writer_text(w, "hostname", result->hostname, STYLE_MACHINE);
        writer_text(w, "author", draft_author(draft), STYLE_MACHINE);
        show_mappings(w, result);
        if (draft_author(draft))
            writer_line(w, STYLE_PLAIN, "last changed by %s", draft_author(draft));
        rc = render_access(w, tree, false, err);
    }
    if (rc == 0)
        rc = render_findings(cli, result->platform->name, tree, findings, err);
    lyd_free_all(tree);
    draft_free(draft);
    reader_free(reader);
    return rc;
}

int command_try(struct cli *cli, int argc, char **argv)
{
    const char *platform_name = NULL, *identity = NULL;
    struct option_list jumps = {0};
    bool legacy = false, enable = false;
    struct question question = {.cli = cli};
    const struct option_row rows[] = {
        {"platform", 'p', OPTION_TEXT, &platform_name, "P", "do not find out: it is this one"},
        {"identity", 'i', OPTION_TEXT, &identity, "FILE", "private key (default: ~/.ssh/id_*)"},
        {"enable", 'e', OPTION_FLAG, &enable, NULL,
            "ask for an enable secret (else: the password)"},
        {"jump", 'J', OPTION_LIST, &jumps, "HOST", "through [USER@]HOST[:PORT]; may be repeated"},
        {"legacy", 0, OPTION_FLAG, &legacy, NULL, "old key exchanges, ssh-rsa and CBC too"},
        {"accept-new", 0, OPTION_FLAG, &question.accept_new, NULL, "trust an unknown host key"},
        {0}};
    int rc = cli_options(cli, "try", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1)
        return cli_operands("try");
    if (jumps.count > 8)
        return cli_usage("try", "more than 8 jump hosts");
    struct target targets[9];
    struct driver_login logins[9] = {0};
    struct error err = ERROR_INIT;
    const struct platform *platform = NULL;
    for (size_t i = 0; i <= jumps.count; i++)
        if (target_parse(i < jumps.count ? jumps.at[i] : argv[0], &targets[i], &err))
            return cli_fail(&err);
    for (size_t i = 0; i < jumps.count; i++)
        if (targets[i].protocol != DRIVER_SSH)
            return cli_usage("try", "a jump host speaks SSH, not %s", jumps.at[i]);
    rc = platform_name ? cli_platform(cli, platform_name, &platform) : cli_open_platforms(cli);
    if (rc == 0)
        rc = cli_open_key_or_random(cli);
    if (rc)
        return rc;
    struct secret *key = NULL, *password = NULL, *enable_secret = NULL;
    if (load_key(identity, &key, &err))
        return cli_fail(&err);
    size_t device = jumps.count, findings = 0;
    password = find_secret("ROLLCALL_PASSWORD", "password", &targets[device]);
    if (enable || getenv("ROLLCALL_ENABLE"))
        enable_secret = find_secret("ROLLCALL_ENABLE", "enable secret", &targets[device]);
    for (size_t i = 0; i <= device; i++)
        logins[i] = (struct driver_login){.user = targets[i].user,
            .password = i == device ? password : NULL,
            .private_key = key,
            .enable_secret = i < device      ? NULL
                             : enable_secret ? enable_secret
                                             : password,
            .use_agent = getenv("SSH_AUTH_SOCK") != NULL};
    struct driver_result result = {0};
    rc = pull(cli, targets, logins, device + 1, platform, &question, legacy, &result, &err);
    if (rc == 0)
        rc = show(cli, &targets[device], &result, &findings, &err);
    else if (rc == RC_HOST_KEY && !term_present() && !question.accept_new)
        cli_note(cli, "to trust an unknown key: --accept-new");
    driver_result_free(&result);
    secret_free(enable_secret);
    secret_free(password);
    secret_free(key);
    return rc ? cli_fail(&err) : findings ? EXIT_FINDINGS : EXIT_CLEAN;
}
