/* rooms: base store */
/* A long history of a fleet, in the store and in git, side by side in one run.
 *
 *     history_bench [--devices N] [--versions N] [--sample N] [--folder F] [--keep] [--no-git]
 *
 * The fleet of "must show" is --devices 10000 --versions 200: two million versions, some hours of
 * git and 100 GB below --folder. What is measured is CPU, of this process for the store, of the
 * children for git; both histories hold the same configs, and the store what was read out of them
 * and its log as well. */
#include <getopt.h>

#include "store/sql.h"
#include "store/store.h"

#include "../unit/store_keys.h"
#include "history_git.h"

struct bench {
    uint32_t devices, versions, sample;
    const char *folder;
    bool keep, no_git;
    char work[300], path[340], repository[340];
    int64_t now_us;
    struct store *store;
    struct buf config, access, event;
};

struct cost {
    double bytes;                    /* on disk, a version */
    double build, write;             /* CPU seconds, a version */
    double newest, oldest;           /* CPU seconds, a read */
    double newest_each, oldest_each; /* the same within one process */
    double accounts, accounts_wall;  /* seconds */
};

static int64_t bench_now(void *ctx)
{
    return ((struct bench *)ctx)->now_us;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int rc, const struct error *err)
{
    if (rc)
        history_die(err->text);
}

/* ---- the store ---- */

static void open_store(struct bench *b)
{
    static struct clock clock;
    struct error err = ERROR_INIT;
    clock = (struct clock){bench_now, bench_now, b};
    must(store_open(b->path, STORE_WRITE, &test_keys, &clock, &b->store, &err), &err);
}

/* The texts are made before and outside of what is measured. */
static double collect(struct bench *b, uint32_t device, uint32_t version)
{
    char name[32], id[64];
    snprintf(name, sizeof name, "router-%05u", device);
    snprintf(id, sizeof id, "%08x%08x/%u", history_mix(device, version, 1),
        history_mix(device, version, 2), device);
    struct store_account accounts[HISTORY_ACCOUNTS];
    for (uint32_t i = 0; i < HISTORY_ACCOUNTS; i++)
        accounts[i] = (struct store_account){.realm = "local",
            .name = history_names[i],
            .kind = "local",
            .roles = "",
            .has_privilege = true,
            .privilege = 15,
            .admin = true,
            .enabled = true,
            .secret_scheme = "scrypt",
            .key_count = history_account_changes(i, version)};
    buf_clear(&b->config);
    buf_clear(&b->access);
    buf_clear(&b->event);
    history_config(&b->config, device, version);
    history_access(&b->access, device, version);
    history_event(&b->event, device, version);
    char digest[65];
    for (uint32_t i = 0; i < 8; i++)
        snprintf(digest + i * 8, 9, "%08x", history_mix(device, version, 50 + i));
    const struct store_part part = {"running", buf_str(&b->config)};
    const struct store_event event = {id, "config-changed", 20, "", "", buf_text(&b->event)};
    const struct store_collection c = {.device = name,
        .address = "192.0.2.1",
        .platform = "ios",
        .started_us = b->now_us - 2000000,
        .ended_us = b->now_us,
        .new_version = true,
        .previous = version,
        .digest = digest,
        .author = history_names[version % HISTORY_ACCOUNTS],
        .parts = &part,
        .part_count = 1,
        .access_json = buf_text(&b->access),
        .accounts = accounts,
        .account_count = HISTORY_ACCOUNTS,
        .events = &event,
        .event_count = 1};
    struct error err = ERROR_INIT;
    double before = history_cpu(RUSAGE_SELF);
    must(store_collect(b->store, &c, NULL, &err), &err);
    return history_cpu(RUSAGE_SELF) - before;
}

static void set(struct bench *b, const char *pragma)
{
    if (sqlite3_exec(b->store->db, pragma, NULL, NULL, NULL))
        history_die(sqlite3_errmsg(b->store->db));
}

static void store_build(struct bench *b, struct cost *cost)
{
    struct stat st;
    double count = (double)b->devices * b->versions, sum = 0;
    set(b, "PRAGMA synchronous = OFF");
    for (uint32_t v = 0; v < b->versions; v++) {
        b->now_us = history_time_s(v) * 1000000;
        for (uint32_t d = 0; d < b->devices; d++, b->now_us += 1000)
            sum += collect(b, d, v);
    }
    set(b, "PRAGMA wal_checkpoint(TRUNCATE)");
    stat(b->path, &st);
    cost->bytes = (double)st.st_size / count;
    cost->build = sum / count;
    set(b, "PRAGMA synchronous = FULL");
}

/* As in a daemon that has been up for a while: one process, one commit each. */
static void store_writes(struct bench *b, struct cost *cost)
{
    uint32_t rounds = 20 * b->sample, each = (rounds + b->devices - 1) / b->devices, done = 0;
    double sum = 0;
    b->now_us = history_time_s(b->versions) * 1000000;
    for (uint32_t v = 0; v < each; v++)
        for (uint32_t d = 0; d < b->devices && done < rounds; d++, done++, b->now_us += 1000)
            sum += collect(b, d, b->versions + v);
    cost->write = sum / done;
}

static double store_reads(struct bench *b, uint32_t number)
{
    uint32_t times = 20 * b->sample;
    struct buf text = {0};
    struct error err = ERROR_INIT;
    double before = history_cpu(RUSAGE_SELF);
    for (uint32_t i = 0; i < times; i++) {
        char name[32];
        snprintf(name, sizeof name, "router-%05u", history_mix(i, 3, 4) % b->devices);
        buf_clear(&text);
        must(store_read_part(b->store, name, number, "running", &text, &err), &err);
        if (text.len < 20000)
            history_die("a config came back short");
    }
    buf_free(&text);
    return (history_cpu(RUSAGE_SELF) - before) / times;
}

static int count_row(void *ctx, const struct store_account_row *row)
{
    *(size_t *)ctx += row->account.admin;
    return 0;
}

static void store_accounts_then(struct bench *b, uint32_t version, struct cost *cost)
{
    size_t rows = 0;
    struct error err = ERROR_INIT;
    const struct store_account_query query = {
        .at_us = history_time_s(version) * 1000000 + (int64_t)b->devices * 1000};
    double before = history_cpu(RUSAGE_SELF), start = seconds();
    must(store_accounts(b->store, &query, count_row, &rows, &err), &err);
    cost->accounts = history_cpu(RUSAGE_SELF) - before;
    cost->accounts_wall = seconds() - start;
    if (rows != (size_t)b->devices * HISTORY_ACCOUNTS)
        history_die("accounts are missing");
}

static struct cost measure_store(struct bench *b)
{
    struct cost cost = {0};
    open_store(b);
    store_build(b, &cost);
    cost.newest = store_reads(b, b->versions);
    cost.oldest = store_reads(b, 1);
    store_accounts_then(b, b->versions / 2, &cost);
    store_writes(b, &cost);
    store_close(b->store);
    return cost;
}

/* ---- git ---- */

/* `back`: commits behind the newest. */
static double git_show(const struct bench *b, uint64_t back)
{
    double sum = 0;
    for (uint32_t i = 0; i < b->sample; i++)
        sum += git_run(b->repository, "exec git show main~%llu:router-%05u >/dev/null",
            (unsigned long long)back, history_mix(i, 3, 4) % b->devices);
    return sum / b->sample;
}

/* All files of one commit in one process: what a read costs without the start of a program. */
static double git_all_files(const struct bench *b, const char *commit, double *wall)
{
    double start = seconds();
    double cpu = git_run(b->repository,
        "git ls-tree -r \"%s\" | cut -c 13-52 | git cat-file --batch >/dev/null", commit);
    *wall = seconds() - start;
    return cpu;
}

static struct cost measure_git(struct bench *b)
{
    struct cost cost = {0};
    double count = (double)b->devices * b->versions, gc, anew, wall;
    git_create(b->repository);
    cost.build = git_import(b->repository, b->devices, b->versions) / count;
    git_run(b->repository, "git gc --quiet");
    gc = git_bytes(b->repository) / count;
    /* fast-import's own deltas are poorer than those that gc finds among loose objects */
    git_run(b->repository, "git repack -a -d -f -q && git gc --quiet");
    anew = git_bytes(b->repository) / count;
    printf("git: %.0f bytes a version after gc of the import, %.0f with its deltas made anew\n", gc,
        anew);
    cost.bytes = gc < anew ? gc : anew;
    cost.newest = git_show(b, 0);
    cost.oldest = git_show(b, (uint64_t)b->devices * (b->versions - 1));
    cost.newest_each = git_all_files(b, "main", &wall) / b->devices;
    char then[80];
    snprintf(
        then, sizeof then, "$(git rev-list -1 --before=%lld main)", (long long)history_time_s(0));
    cost.oldest_each = git_all_files(b, then, &wall) / b->devices;
    snprintf(then, sizeof then, "$(git rev-list -1 --before=%lld main)",
        (long long)history_time_s(b->versions / 2));
    cost.accounts = git_all_files(b, then, &cost.accounts_wall);
    git_run(b->repository, "git reset -q --hard");
    cost.write = git_commits(b->repository, b->devices, b->versions, b->sample);
    return cost;
}

/* ---- the table ---- */

static void row(
    const char *what, const char *unit, double scale, double ours, double theirs, double goal)
{
    printf("%-40s %-6s %11.1f %11.1f   x%-8.3f", what, unit, ours * scale, theirs * scale,
        ours / theirs);
    if (goal > 0)
        printf(" x%-7.3f %s", goal, ours <= theirs * goal ? "met" : "NOT met");
    putchar('\n');
}

static void print_table(const struct cost *ours, const struct cost *git)
{
    printf("\n%-40s %-6s %11s %11s   %-9s %s\n", "", "", "rollcall", "git", "ratio", "goal");
    row("on disk, a version", "bytes", 1, ours->bytes, git->bytes, 1);
    row("CPU of a write (git add, git commit)", "us", 1e6, ours->write, git->write, 0.05);
    row("CPU of a write (git fast-import)", "us", 1e6, ours->build, git->build, 0);
    row("CPU of a read, newest (git show)", "us", 1e6, ours->newest, git->newest, 0);
    row("CPU of a read, oldest (git show)", "us", 1e6, ours->oldest, git->oldest, 0);
    row("CPU of a read, newest (cat-file --batch)", "us", 1e6, ours->newest, git->newest_each, 0);
    row("CPU of a read, oldest (cat-file --batch)", "us", 1e6, ours->oldest, git->oldest_each, 0);
    row("accounts at T (git: the files alone)", "ms", 1e3, ours->accounts, git->accounts, 0);
    row("  the same, by the clock on the wall", "ms", 1e3, ours->accounts_wall, git->accounts_wall,
        0);
}

static void parse(struct bench *b, int argc, char **argv)
{
    static const struct option options[] = {{"devices", 1, NULL, 'd'}, {"versions", 1, NULL, 'v'},
        {"sample", 1, NULL, 's'}, {"folder", 1, NULL, 'f'}, {"keep", 0, NULL, 'k'},
        {"no-git", 0, NULL, 'n'}, {0}};
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;)
        switch (c) {
        case 'd':
            b->devices = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'v':
            b->versions = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 's':
            b->sample = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'f':
            b->folder = optarg;
            break;
        case 'k':
            b->keep = true;
            break;
        case 'n':
            b->no_git = true;
            break;
        default:
            exit(2);
        }
    if (!b->devices || b->versions < 2 || !b->sample)
        history_die("wants some devices, two versions and a sample");
}

int main(int argc, char **argv)
{
    static struct bench b = {.devices = 300, .versions = 60, .sample = 25, .folder = "/tmp"};
    parse(&b, argc, argv);
    snprintf(b.work, sizeof b.work, "%s/rollcall-history-XXXXXX", b.folder);
    if (!mkdtemp(b.work))
        history_die(b.folder);
    snprintf(b.path, sizeof b.path, "%s/store", b.work);
    snprintf(b.repository, sizeof b.repository, "%s/git", b.work);
    setvbuf(stdout, NULL, _IOLBF, 0);
    history_config(&b.config, 0, b.versions - 1);
    printf("%u devices x %u versions, %zu bytes a config, in %s\n", b.devices, b.versions,
        b.config.len, b.work);
    struct cost ours = measure_store(&b), git = {0};
    printf("rollcall: %.0f bytes a version, %.0f us CPU a write\n", ours.bytes, ours.write * 1e6);
    if (!b.no_git) {
        git = measure_git(&b);
        print_table(&ours, &git);
    }
    if (!b.keep)
        git_run(b.folder, "rm -rf '%s'", b.work);
    buf_free(&b.config);
    buf_free(&b.access);
    buf_free(&b.event);
    return 0;
}
