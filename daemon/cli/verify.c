/* Is it as it was written? The store, or a file of evidence. */
#include "store/verify.h"

#include <stdlib.h>

#include "base/arena.h"
#include "cli/evidence.h"
#include "cli/heads.h"
#include "cli/term.h"

/* Findings and pruned versions that are listed; all are counted. */
#define MOST_LISTED 1000

struct pruned {
    struct store_pruned p;
    struct pruned *next;
};

struct proving {
    struct writer *w;
    struct progress progress;
    const char *what; /* of the progress */
    size_t listed;
    struct arena memory;
    struct pruned *pruned, **last;
    size_t pruned_count;
};

static void show_fault(void *ctx, const struct store_fault *f)
{
    struct proving *p = ctx;
    if (p->listed++ >= MOST_LISTED)
        return;
    progress_clear(&p->progress);
    writer_object(p->w, NULL, NULL);
    writer_text(p->w, "fault", fault_name(f->kind), STYLE_BAD);
    writer_text(p->w, "device", f->device, STYLE_PLAIN);
    if (f->version)
        writer_number(p->w, "version", f->version, STYLE_PLAIN);
    writer_time(p->w, "time", f->time_us, STYLE_PLAIN);
    writer_text(p->w, "where", f->where, STYLE_PLAIN);
    writer_text(p->w, "says", f->text, STYLE_PLAIN);
    writer_close(p->w);
}

/* The list of faults is open: these come behind it. */
static void keep_pruned(void *ctx, const struct store_pruned *pruned)
{
    struct proving *p = ctx;
    if (p->pruned_count++ >= MOST_LISTED)
        return;
    struct pruned *copy = arena_take(&p->memory, sizeof *copy);
    if (!copy)
        return;
    copy->p = *pruned;
    copy->p.policy = arena_dup(&p->memory, str_of(pruned->policy));
    copy->p.device = arena_dup(&p->memory, str_of(pruned->device));
    copy->p.user = pruned->user ? arena_dup(&p->memory, str_of(pruned->user)) : NULL;
    *p->last = copy;
    p->last = &copy->next;
}

static void show_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    struct proving *p = ctx;
    if (!p->what || strcmp(p->what, what) != 0) {
        progress_clear(&p->progress);
        progress_start(&p->progress, p->what = what, (size_t)total);
    }
    p->progress.done = done ? (size_t)done - 1 : 0;
    progress_step(&p->progress, false);
}

static void show_pruned(struct proving *p)
{
    writer_list(p->w, "pruned", p->pruned ? "pruned by the rules (no fault)" : NULL);
    for (const struct pruned *at = p->pruned; at; at = at->next) {
        writer_object(p->w, NULL, NULL);
        writer_text(p->w, "device", at->p.device, STYLE_PLAIN);
        writer_number(p->w, "from", at->p.from, STYLE_PLAIN);
        writer_number(p->w, "to", at->p.to, STYLE_PLAIN);
        writer_number(p->w, "count", at->p.count, STYLE_PLAIN);
        writer_text(p->w, "policy", at->p.policy, STYLE_PLAIN);
        writer_time(p->w, "on", at->p.time_us, STYLE_PLAIN);
        writer_text(p->w, "by", at->p.user, STYLE_PLAIN);
        writer_close(p->w);
    }
    writer_close(p->w);
}

static void show_result(struct writer *w, const struct store_verified *v)
{
    char root[MERKLE_HEX_SIZE];
    struct buf key = {.cap = 0};
    writer_flag(w, "holds", v->faults == 0, STYLE_MACHINE);
    writer_number(w, "faults", (int64_t)v->faults, STYLE_MACHINE);
    writer_number(w, "size", (int64_t)v->size, STYLE_MACHINE);
    writer_text(w, "root", v->rooted ? merkle_hex(&v->root, root) : NULL, STYLE_MACHINE);
    writer_time(w, "head_time", v->head_us, STYLE_MACHINE);
    writer_text(w, "key", key_text(&v->key, &key) ? NULL : buf_text(&key), STYLE_MACHINE);
    writer_number(w, "versions", (int64_t)v->versions, STYLE_MACHINE);
    writer_number(w, "texts", (int64_t)v->texts, STYLE_MACHINE);
    writer_number(w, "events", (int64_t)v->events, STYLE_MACHINE);
    writer_number(w, "heads", (int64_t)v->heads, STYLE_MACHINE);
    writer_number(w, "kept_heads", (int64_t)v->kept_heads, STYLE_MACHINE);
    writer_number(w, "versions_pruned", (int64_t)v->pruned, STYLE_MACHINE);
    writer_gap(w);
    writer_line(w, STYLE_PLAIN,
        "%llu entries, %llu versions with %llu texts, %llu events, %llu heads, %llu kept elsewhere",
        (unsigned long long)v->size, (unsigned long long)v->versions, (unsigned long long)v->texts,
        (unsigned long long)v->events, (unsigned long long)v->heads,
        (unsigned long long)v->kept_heads);
    if (v->rooted)
        writer_line(w, STYLE_DIM, "root %s", merkle_hex(&v->root, root));
    writer_line(w, STYLE_DIM, "key  %s", buf_text(&key));
    if (v->faults)
        writer_line(w, STYLE_BAD, "%llu fault%s: this is not the history that was written",
            (unsigned long long)v->faults, v->faults == 1 ? "" : "s");
    else
        writer_line(w, STYLE_GOOD, "%s",
            v->kept_heads ? "the history is whole, and fits the heads kept elsewhere"
                          : "the history is whole; that nobody wrote it anew with its own keys, "
                            "only a head kept elsewhere tells (--head)");
    buf_free(&key);
}

static int prove(struct cli *cli, const char *device, const struct kept_heads *kept)
{
    struct proving p = {.what = NULL};
    struct store_verified result;
    struct error err = ERROR_INIT;
    p.last = &p.pruned;
    p.w = cli_writer(cli, "verify");
    const struct store_verify request = {.device = device,
        .heads = kept->at,
        .head_count = kept->count,
        .fault = show_fault,
        .pruned = keep_pruned,
        .progress = cli->quiet ? NULL : show_progress,
        .ctx = &p};
    writer_list(p.w, "findings", NULL);
    int rc = store_verify(cli->store, &request, &result, &err);
    writer_close(p.w);
    if (p.what)
        progress_clear(&p.progress);
    if (rc) {
        arena_free(&p.memory);
        return cli_fail(&err);
    }
    if (p.listed > MOST_LISTED)
        writer_line(p.w, STYLE_DIM, "... and %zu more", p.listed - MOST_LISTED);
    show_pruned(&p);
    show_result(p.w, &result);
    arena_free(&p.memory);
    return result.faults ? EXIT_INTEGRITY : EXIT_CLEAN;
}

static int prove_store(struct cli *cli, const char *device, const struct option_list *heads)
{
    struct kept_heads kept = {.at = NULL};
    struct error err = ERROR_INIT;
    int rc = RC_OK;
    for (size_t i = 0; !rc && i < heads->count; i++)
        rc = kept_heads_read(cli, heads->at[i], &kept, &err);
    rc = rc ? cli_fail(&err) : cli_open_store(cli, STORE_READ);
    if (rc == EXIT_CLEAN)
        rc = prove(cli, device, &kept);
    kept_heads_free(&kept);
    return rc;
}

int command_verify(struct cli *cli, int argc, char **argv)
{
    const char *key = NULL, *device = NULL, *proof = NULL;
    struct option_list heads = {.count = 0};
    const struct option_row rows[] = {
        {"key", 'k', OPTION_TEXT, &key, "PUBLIC", "the log's public key, or a file with it"},
        {"device", 'd', OPTION_TEXT, &device, "D", "only the versions of this device"},
        {"head", 0, OPTION_LIST, &heads, "FILE", "heads kept elsewhere: a file, a folder, or -"},
        {"consistency", 0, OPTION_TEXT, &proof, "PROOF",
            "check that the log of one head begins with that of another"},
        {0}};
    int rc = cli_options(cli, "verify", rows, &argc, argv);
    if (rc)
        return rc;
    if (proof)
        return argc == 2 && key ? consistency_check(cli, proof, argv[0], argv[1], key)
                                : cli_usage("verify", "--consistency PROOF needs --key PUBLIC and "
                                                      "two files: an old head and a new one");
    if (argc == 0 && !key)
        return prove_store(cli, device, &heads);
    if (argc != 1 || device || heads.count)
        return cli_operands("verify");
    return evidence_check_file(cli, argv[0], key);
}
