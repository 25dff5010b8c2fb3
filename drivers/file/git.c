/* A git repository with saved configs, read by git itself: three commands that only look. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/program.h"
#include "drivers/file/file.h"
#include "drivers/file/repository.h"

#define MOST_LISTING ((size_t)64 << 20)
#define MOST_WORDS 32

const char *const git_environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C",
    "HOME=/nonexistent", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
    "GIT_ATTR_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=/bin/false",
    "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none",
    "GIT_NO_REPLACE_OBJECTS=1", "GIT_LITERAL_PATHSPECS=1", NULL};

const char *const git_settings[] = {"-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null",
    "-c", "core.fsmonitor=false", "-c", "core.pager=cat", "-c", "log.showSignature=false", "-c",
    "protocol.allow=never", "-c", "core.quotePath=false", "--no-pager", NULL};

/* Words for git; NULL where memory ran out. */
struct call {
    const char *words[MOST_WORDS];
    size_t count;
};

static void say(struct call *call, const char *word)
{
    if (call->count < MOST_WORDS - 1)
        call->words[call->count++] = word;
}

static const char *git_folder(struct file_pull *p)
{
    struct stat stat;
    const char *path = p->job->file.path;
    const char *inner = arena_format(&p->memory, "%s/.git", path);
    return inner && lstat(inner, &stat) == 0 ? inner : path;
}

/* The repository may be somebody else's: we only read it, and run nothing of it. */
static struct call call_git(struct file_pull *p)
{
    struct call call = {.count = 0};
    say(&call, "git");
    for (size_t i = 0; git_settings[i]; i++)
        say(&call, git_settings[i]);
    const char *folder = git_folder(p);
    say(&call, arena_format(&p->memory, "--git-dir=%s", folder ? folder : ""));
    return call;
}

static int run(struct file_pull *p, const struct call *call, struct buf *out, struct error *err)
{
    int64_t left_ms = (p->total_us - clock_mono_us(&clock_system)) / 1000;
    struct program_end end;
    struct error why = ERROR_INIT;
    const struct program program = {.words = call->words,
        .environment = git_environment,
        .deadline_ms = left_ms < 1 ? 1 : (unsigned)left_ms};
    for (size_t i = 0; i < call->count; i++)
        if (!call->words[i])
            return error_set(err, RC_NO_MEMORY, "no memory for a command");
    int rc = program_run(&program, out, &end, &why);
    if (rc)
        return error_at(err, (enum rc)rc, p->place, "%s", why.text);
    if (end.status)
        return error_at(err, RC_IO, p->place, "git cannot read %s: %s", p->job->file.path,
            *end.complaint ? end.complaint : "it does not say why");
    return RC_OK;
}

/* ---- what there is ---- */

/* The beginning of a pattern that is plain; "" when it begins with a wildcard. */
static const char *plain_start(struct file_pull *p, const char *pattern)
{
    const char *at = pattern, *end = pattern;
    struct str component;
    while (names_next(&at, &component) && !names_is_wild(component))
        end = component.at + component.len;
    return names_plain(&p->memory, (struct str){pattern, (size_t)(end - pattern)});
}

int git_list(struct file_pull *p, const char *const *patterns, struct error *err)
{
    struct call call = call_git(p);
    const char *starts[8];
    size_t count = 0;
    bool all = false;
    for (; patterns[count] && !all; count++) {
        all = count == sizeof starts / sizeof *starts;
        const char *start = all ? NULL : plain_start(p, patterns[count]);
        if (!all && !start)
            return error_set(err, RC_NO_MEMORY, "no memory for names of files");
        if (!all && *start)
            starts[count] = start;
        else
            all = true;
    }
    say(&call, "ls-tree");
    say(&call, "-rlz");
    say(&call, "--full-tree");
    say(&call, "HEAD");
    say(&call, "--");
    for (size_t i = 0; !all && i < count; i++)
        say(&call, starts[i]);
    p->listing.cap = MOST_LISTING;
    return run(p, &call, &p->listing, err);
}

/* "MODE blob NAME SIZE<tab>PATH", which may hold anything but NUL. */
static int take_entry(struct file_pull *p, struct str entry, const char *pattern, struct error *err)
{
    struct str mode, kind, name, size;
    const char *tab = memchr(entry.at, '\t', entry.len);
    struct str head = {entry.at, tab ? (size_t)(tab - entry.at) : 0};
    if (!tab || !str_next_word(&head, &mode) || !str_next_word(&head, &kind) ||
        !str_next_word(&head, &name) || !str_next_word(&head, &size))
        return error_at(err, RC_FORMAT, p->place, "git lists something else than files");
    if (!str_is(kind, "blob"))
        return RC_OK; /* another repository inside this one */
    const char *path = tab + 1, *slash = strrchr(path, '/');
    bool in_folder = false, fits = names_fit(pattern, path);
    if (!fits && slash) {
        char *folder = arena_dup(&p->memory, (struct str){path, (size_t)(slash - path)});
        in_folder = folder && names_fit(pattern, folder);
    }
    if (!fits && !in_folder)
        return RC_OK;
    struct found_file file = {.path = arena_dup(&p->memory, str_of(path)),
        .blob = arena_dup(&p->memory, name),
        .link = str_is(mode, "120000"),
        .size = strtoull(size.at, NULL, 10)};
    if (!file.path || !file.blob)
        return error_set(err, RC_NO_MEMORY, "no memory for names of files");
    return file_add(p, &file, in_folder, err);
}

int git_find(struct file_pull *p, const char *pattern, struct error *err)
{
    const char *at = buf_text(&p->listing), *end = at + p->listing.len;
    int rc = RC_OK;
    for (; rc == RC_OK && at < end; at += strlen(at) + 1)
        rc = take_entry(p, str_of(at), pattern, err);
    return rc;
}

int git_read(
    struct file_pull *p, const struct found_file *file, struct buf *text, struct error *err)
{
    struct call call = call_git(p);
    if (file->link)
        return error_at(
            err, RC_SETTINGS, p->place, "%s is a link, and links are not followed", file->path);
    say(&call, "cat-file");
    say(&call, "blob");
    say(&call, file->blob);
    int rc = run(p, &call, text, err);
    return rc == RC_OK && text->len != file->size
               ? error_at(err, RC_INCOMPLETE, p->place, "git gave %zu of %llu bytes of %s",
                     text->len, (unsigned long long)file->size, file->path)
               : rc;
}

/* ---- whose commit ---- */

bool git_is_tool(const char *name)
{
    static const char *const tools[] = {
        "oxidized", "rancid", "git", "root", "backup", "rollcall", "nobody", "www-data"};
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
        if (strcasecmp(name, tools[i]) == 0)
            return true;
    return !*name;
}

/* What is committed last, of all parts. The whole history may have to be looked through, so half of
 * the time that is left is the most it may take. */
void git_date(struct file_pull *p)
{
    struct call call = call_git(p);
    struct buf out = {.cap = 4096};
    int64_t end_us = p->total_us, now_us = clock_mono_us(&clock_system);
    say(&call, "log");
    say(&call, "-1");
    say(&call, "--format=%ct%x00%an");
    say(&call, "HEAD");
    say(&call, "--");
    for (size_t i = 0; i < p->found_count; i++)
        say(&call, p->found[i].path);
    p->total_us = now_us + (end_us - now_us) / 2;
    if (run(p, &call, &out, NULL) == RC_OK && out.len > 0) {
        char *name = out.data + strlen(out.data);
        name += name < out.data + out.len;
        name[strcspn(name, "\n")] = '\0';
        p->result->changed_us = strtoll(out.data, NULL, 10) * 1000000;
        if (!git_is_tool(name) && utf8_valid(name, strlen(name)) && strlen(name) < 128)
            p->result->author = strdup(name);
    }
    p->total_us = end_us;
    buf_free(&out);
}
