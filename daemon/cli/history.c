#include <stdlib.h>
#include <string.h>

#include "cli/life.h"
#include "cli/past.h"
#include "cli/render.h"

static int show_version(void *ctx, const struct store_version *v)
{
    struct writer *w = ctx;
    writer_object(w, NULL, NULL);
    writer_number(w, "version", v->number, STYLE_PLAIN);
    writer_time(w, "created", v->created_us, STYLE_PLAIN);
    writer_time(w, "seen", v->seen_us, STYLE_DIM);
    writer_text(w, "author", v->author, STYLE_PLAIN);
    writer_number(w, "events", v->event_count, STYLE_PLAIN);
    if (v->worst_severity)
        writer_number(w, "worst", v->worst_severity, style_of_severity(v->worst_severity));
    writer_number(w, "bytes", (int64_t)v->bytes, STYLE_PLAIN);
    writer_text(w, "note", version_note(v), STYLE_WARN);
    writer_flag(w, "pruned", v->pruned, STYLE_MACHINE);
    writer_flag(w, "doubtful", v->doubtful, STYLE_MACHINE);
    writer_text(w, "platform", v->platform, STYLE_MACHINE);
    writer_text(w, "digest", v->digest, STYLE_MACHINE);
    writer_close(w);
    return 0;
}

/* ---- of one part ---- */

/* What became of the part in a version. */
enum change { SAME, CHANGED, APPEARED, GONE, UNKNOWN };

struct step {
    uint32_t number;
    int64_t created_us, seen_us;
    char *platform, *author;
    bool pruned, doubtful;
    enum change change;
    size_t bytes;
};

struct steps {
    struct step *at; /* newest first */
    size_t count;
    bool full; /* no memory */
};

static int keep_step(void *ctx, const struct store_version *v)
{
    struct steps *steps = ctx;
    struct step *more = realloc(steps->at, (steps->count + 1) * sizeof *more);
    steps->full = !more;
    if (!more)
        return 1;
    steps->at = more;
    more[steps->count++] = (struct step){.number = v->number,
        .created_us = v->created_us,
        .seen_us = v->seen_us,
        .pruned = v->pruned,
        .doubtful = v->doubtful,
        .platform = v->platform ? strdup(v->platform) : NULL,
        .author = v->author ? strdup(v->author) : NULL};
    return 0;
}

static void steps_free(struct steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        free(steps->at[i].platform);
        free(steps->at[i].author);
    }
    free(steps->at);
}

/* Whether both say the same by the words of a platform; those of an unknown one are compared byte
 * by byte. */
static int says_same(struct cli *cli, const char *platform, const struct part *a,
    const struct part *b, bool *same, struct error *err)
{
    const struct platform *known = platforms_find(cli->platforms, platform);
    unsigned char digests[2][CONFIG_DIGEST_BYTES];
    const struct part *const parts[] = {a, b};
    struct config_reader *reader = NULL;
    *same = str_equal(buf_str(&a->text), buf_str(&b->text));
    if (*same || !known)
        return RC_OK;
    int rc = config_reader_new(known, &reader, err);
    for (size_t i = 0; rc == RC_OK && i < 2; i++) {
        struct config *config = NULL;
        rc = config_reader_read(reader, parts[i], 1, &config, err);
        if (rc == RC_OK)
            config_digest(config, digests[i]);
        config_free(config);
    }
    config_reader_free(reader);
    *same = rc == RC_OK && memcmp(digests[0], digests[1], CONFIG_DIGEST_BYTES) == 0;
    return rc;
}

/* `last` is the part in the version before, `now` gets it in this one; a name: it is there. */
static int take_step(struct cli *cli, const char *device, const char *name, struct step *step,
    const struct part *last, struct part *now, struct error *err)
{
    bool same = true;
    int rc = store_read_part(cli->store, device, step->number, name, &now->text, err);
    if (rc == RC_OK)
        now->name = (char *)(uintptr_t)name;
    else if (rc == RC_NOT_FOUND)
        rc = RC_OK;
    step->bytes = now->text.len;
    if (rc == RC_OK && last->name && now->name)
        rc = says_same(cli, step->platform, last, now, &same, err);
    step->change = !last->name && now->name   ? APPEARED
                   : last->name && !now->name ? GONE
                   : same                     ? SAME
                                              : CHANGED;
    return rc;
}

/* From the oldest on. */
static int compare_steps(
    struct cli *cli, const char *device, const char *name, struct steps *steps, struct error *err)
{
    struct part last = {0};
    int rc = RC_OK;
    for (size_t i = steps->count; rc == RC_OK && i-- > 0;) {
        struct part now = {0};
        if (steps->at[i].pruned) {
            steps->at[i].change = UNKNOWN;
            continue;
        }
        rc = take_step(cli, device, name, &steps->at[i], &last, &now, err);
        buf_wipe(&last.text);
        last = now;
    }
    buf_wipe(&last.text);
    return rc;
}

static void show_steps(struct writer *w, const struct steps *steps)
{
    static const char *const words[] = {
        [CHANGED] = "changed", [APPEARED] = "appeared", [GONE] = "gone", [UNKNOWN] = "pruned"};
    int64_t seen_us = 0; /* of the newest version that still has it so */
    for (size_t i = 0; i < steps->count; i++) {
        const struct step *step = &steps->at[i];
        seen_us = seen_us ? seen_us : step->seen_us;
        if (step->change == SAME)
            continue;
        writer_object(w, NULL, NULL);
        writer_number(w, "version", step->number, STYLE_PLAIN);
        writer_time(w, "created", step->created_us, STYLE_PLAIN);
        writer_time(w, "seen", seen_us, STYLE_DIM);
        writer_text(w, "change", words[step->change], STYLE_PLAIN);
        writer_text(w, "author", step->author, STYLE_PLAIN);
        if (step->change != UNKNOWN)
            writer_number(w, "bytes", (int64_t)step->bytes, STYLE_PLAIN);
        writer_text(w, "note", step->doubtful ? "time doubtful" : NULL, STYLE_WARN);
        writer_close(w);
        seen_us = 0;
    }
}

static int show_part(struct cli *cli, const char *device, const char *part, struct error *err)
{
    struct steps steps = {0};
    int rc = store_history(cli->store, device, keep_step, &steps, err);
    if (rc == RC_OK && steps.full)
        rc = error_set(err, RC_NO_MEMORY, "out of memory");
    if (rc == RC_OK && steps.count == 0)
        rc = past_explain(cli, RC_NOT_FOUND, device, 0, 0, err);
    if (rc == RC_OK)
        rc = compare_steps(cli, device, part, &steps, err);
    struct writer *w = rc == RC_OK ? cli_writer(cli, "history") : NULL;
    if (w) {
        writer_text(w, "device", device, STYLE_MACHINE);
        writer_text(w, "part", part, STYLE_MACHINE);
        writer_list(w, "versions", NULL);
        show_steps(w, &steps);
        writer_close(w);
    }
    if (w && writer_rows(w) == 0)
        rc = error_set(err, RC_NOT_FOUND, "no version of %s ever had a part \"%s\"", device, part);
    steps_free(&steps);
    return rc;
}

/* ---- of the device ---- */

static int show_versions(struct cli *cli, const char *device, struct error *err)
{
    struct writer *w = cli_writer(cli, "history");
    writer_text(w, "device", device, STYLE_MACHINE);
    writer_list(w, "versions", NULL);
    int rc = store_history(cli->store, device, show_version, w, err);
    writer_close(w);
    if (rc == 0 && writer_rows(w) == 0)
        rc = past_explain(cli,
            error_set(err, RC_NOT_FOUND, "%s has no version yet; pull one: rollcall collect %s",
                device, device),
            device, 0, 0, err);
    return rc;
}

int command_history(struct cli *cli, int argc, char **argv)
{
    const char *part = NULL, *account = NULL, *device = NULL;
    const struct option_row rows[] = {
        {"part", 0, OPTION_TEXT, &part, "P", "where this part changed: running, startup, ..."},
        {"account", 'a', OPTION_TEXT, &account, "N", "the life of an account, on all devices"},
        {"device", 'd', OPTION_TEXT, &device, "D", "with --account: on this one"}, {0}};
    int rc = cli_options(cli, "history", rows, &argc, argv);
    if (rc)
        return rc;
    if (account ? argc || part : argc != 1 || device)
        return cli_operands("history");
    rc = cli_open_store(cli, STORE_READ);
    if (rc)
        return rc;
    if (account)
        return show_life(cli, account, device);
    struct error err = ERROR_INIT;
    rc = part ? show_part(cli, argv[0], part, &err) : show_versions(cli, argv[0], &err);
    return rc ? cli_fail(&err) : EXIT_CLEAN;
}
