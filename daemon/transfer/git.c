/* A git repository, read by two children for all of its history: one lists what each commit
 * changed, the other hands out texts. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "drivers/file/repository.h"
#include "transfer/child.h"
#include "transfer/plan.h"

#define MOST_TOKEN ((size_t)64 << 10)
#define MOST_HEADER 256

struct git_source {
    struct source base; /* path: of git's own folder */
    struct child texts;
};

/* One commit under way. */
struct commit {
    struct plan *plan;
    struct git_source *source;
    const char *name; /* in the plan's memory, as all that is kept */
    int64_t time_us;
    const char *author;
    struct buf message;
    struct buf entries;                    /* "MODES NAMES STATUS", NUL, PATH, NUL, ... */
    json_t *exported;                      /* what export_git.c says of it, or NULL */
    struct buf router_db, router_db_group; /* name of the newest one's blob, and whose it is */
};

static bool is_folder(const char *path)
{
    struct stat stat_;
    return stat(path, &stat_) == 0 && S_ISDIR(stat_.st_mode);
}

static bool is_git(struct plan *plan, const char *path)
{
    static const char *const inside[] = {"HEAD", "objects", "refs"};
    struct stat found;
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        const char *each = arena_format(&plan->memory, "%s/%s", path, inside[i]);
        if (!each || stat(each, &found))
            return false;
    }
    return true;
}

bool git_found(struct plan *plan, const char *path, const char **git)
{
    struct stat found;
    *git = arena_format(&plan->memory, "%s/.git", path);
    if (*git && lstat(*git, &found) == 0 && !S_ISLNK(found.st_mode))
        return true;
    *git = arena_dup(&plan->memory, str_of(path));
    return *git && is_folder(path) && is_git(plan, path);
}

/* ---- texts ---- */

static int start_texts(struct git_source *source, struct error *err)
{
    static const char *const words[] = {"cat-file", "--batch", NULL};
    return source->texts.pid ? RC_OK
                             : child_start(&source->texts, source->base.path, words, false, err);
}

/* "NAME blob SIZE", or why there is none. */
static int read_size(struct git_source *source, const char *object, size_t *size, struct error *err)
{
    struct buf header = {.cap = MOST_HEADER};
    struct str rest, name, kind, bytes;
    bool more = false;
    int rc = child_read_until(&source->texts, '\n', &header, &more, err);
    rest = buf_str(&header);
    if (rc == RC_OK && (!str_next_word(&rest, &name) || !str_next_word(&rest, &kind) ||
                           !str_is(kind, "blob") || !str_next_word(&rest, &bytes)))
        rc = error_set(err, RC_IO, "git has no text %.12s; the repository is damaged", object);
    if (rc == RC_OK)
        *size = strtoull(bytes.at, NULL, 10);
    buf_free(&header);
    return rc;
}

static int git_text(
    struct git_source *source, const char *object, struct buf *text, struct error *err)
{
    struct buf newline = {.cap = 1};
    size_t size = 0, cap = text->cap ? text->cap : BUF_DEFAULT_CAP;
    char asked[OBJECT_NAME_SIZE + 2];
    int len = snprintf(asked, sizeof asked, "%s\n", object);
    int rc = start_texts(source, err);
    if (rc == RC_OK)
        rc = child_write(&source->texts, (struct str){asked, (size_t)len}, err);
    if (rc == RC_OK)
        rc = read_size(source, object, &size, err);
    if (rc == RC_OK && size > cap - text->len)
        rc = error_set(err, RC_LIMIT, "it has %zu bytes, more than allowed", size);
    if (rc == RC_OK)
        rc = child_read(&source->texts, size, text, err);
    if (rc == RC_OK)
        rc = child_read(&source->texts, 1, &newline, err);
    if (rc)
        child_stop(&source->texts); /* what it still has to say is not wanted */
    buf_free(&newline);
    return rc;
}

static int read_revision(struct source *base, const struct planned *device,
    const struct revision *revision, struct buf *text, struct error *err)
{
    (void)device;
    return git_text((struct git_source *)base, revision->object, text, err);
}

static void close_source(struct source *base)
{
    struct git_source *source = (struct git_source *)base;
    child_stop(&source->texts);
    free(source);
}

static void rest_source(struct source *base)
{
    (void)base; /* the child waits for the next device */
}

/* ---- a commit ---- */

static bool is_word_of_host(struct str word)
{
    bool letter = false;
    for (size_t i = 0; i < word.len; i++) {
        if (strchr(":/()<>@'\"", word.at[i]))
            return true;
        letter = letter || (word.at[i] >= 'a' && word.at[i] <= 'z') ||
                 (word.at[i] >= 'A' && word.at[i] <= 'Z');
    }
    return !letter || str_is(word, "vty") || str_is(word, "console") || str_is(word, "syslog");
}

/* Oxidized is told of a change by "update NODE from USER", or an address that is nobody. */
static bool named_in_message(struct str message, struct str *name)
{
    struct str line, word;
    if (!str_next_line(&message, &line))
        return false;
    while (str_next_word(&line, &word))
        if ((str_is(word, "from") || str_is(word, "by")) && str_next_word(&line, name))
            return !is_word_of_host(*name);
    return false;
}

static const char *person(struct commit *c, const char *author)
{
    struct str name = str_trim(str_of(author));
    char plain[129];
    snprintf(plain, sizeof plain, "%.*s", (int)(name.len < 128 ? name.len : 128), name.at);
    if (git_is_tool(plain) && !named_in_message(buf_str(&c->message), &name))
        return NULL;
    return name.len && name.len < 128 && utf8_valid(name.at, name.len)
               ? arena_dup(&c->plan->memory, name)
               : NULL;
}

/* The last line of a message that export_git.c wrote. */
static json_t *exported_as(const struct buf *message)
{
    struct str text = str_trim(buf_str(message));
    const char *line = text.len ? memrchr(text.at, '\n', text.len) : NULL;
    size_t skip = line ? (size_t)(line + 1 - text.at) : 0;
    json_t *said = json_loadb(text.at + skip, text.len - skip, JSON_REJECT_DUPLICATES, NULL);
    const char *kind = json_string_value(json_object_get(said, "kind"));
    if (kind && strcmp(kind, "exported") == 0 && json_is_string(json_object_get(said, "device")) &&
        json_is_string(json_object_get(said, "platform")) &&
        json_is_string(json_object_get(said, "created")))
        return said;
    json_decref(said);
    return NULL;
}

struct entry {
    bool gone, link, other; /* other: a repository inside this one */
    struct str object;
    const char *path;
};

/* "OLDMODE NEWMODE OLDNAME NEWNAME STATUS" */
static bool parse_entry(const char *head, const char *path, struct entry *entry)
{
    struct str rest = str_of(head), word[5];
    for (size_t i = 0; i < 5; i++)
        if (!str_next_word(&rest, &word[i]))
            return false;
    *entry = (struct entry){.gone = str_is(word[4], "D"),
        .link = str_is(word[1], "120000"),
        .other = str_is(word[1], "160000"),
        .object = word[3],
        .path = path};
    return word[3].len < OBJECT_NAME_SIZE;
}

/* Where devices' files stand, by each tool. `group` is of the path. */
static bool is_config_path(const struct commit *c, const char *path, struct str *group)
{
    const char *slash = strrchr(path, '/');
    struct str folder = {path, slash ? (size_t)(slash - path) : 0};
    if (c->plan->import->from == IMPORT_RANCID) {
        if (folder.len < 7 || memcmp(folder.at + folder.len - 7, "configs", 7) != 0 ||
            (folder.len > 7 && folder.at[folder.len - 8] != '/'))
            return false;
        folder.len = folder.len > 8 ? folder.len - 8 : 0;
    }
    const char *last = folder.len ? memrchr(folder.at, '/', folder.len) : NULL;
    size_t skip = last ? (size_t)(last + 1 - folder.at) : 0;
    *group = (struct str){folder.at + skip, folder.len - skip};
    return true;
}

static bool is_router_db(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, "router.db") == 0;
}

static int keep_router_db(struct commit *c, const struct entry *entry)
{
    const char *slash = strrchr(entry->path, '/');
    buf_clear(&c->router_db);
    buf_clear(&c->router_db_group);
    int rc = buf_add_str(&c->router_db, entry->object);
    return rc || !slash
               ? rc
               : buf_append(&c->router_db_group, entry->path, (size_t)(slash - entry->path));
}

static const char *keep_path(struct commit *c, const struct planned *device, const char *path)
{
    return strcmp(device->path, path) == 0 ? device->path
                                           : arena_dup(&c->plan->memory, str_of(path));
}

static int add_revision(struct commit *c, struct planned *device, const struct entry *entry,
    const char *part, struct error *err)
{
    struct revision revision = {.time_us = c->time_us,
        .author = c->author,
        .commit = c->name,
        .path = keep_path(c, device, entry->path),
        .part = part,
        .object = entry->gone ? "" : arena_dup(&c->plan->memory, entry->object),
        .gone = entry->gone};
    const char *platform = json_string_value(json_object_get(c->exported, "platform"));
    revision.platform = platform ? arena_dup(&c->plan->memory, str_of(platform)) : NULL;
    if (!revision.path || !revision.object || (platform && !revision.platform))
        return plan_no_memory(err);
    return plan_add(c->plan, device, &revision, err);
}

static int hex_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* NAME/PART, where export_git.c wrote odd bytes as %XX. */
static const char *part_of(struct commit *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *part = slash ? arena_dup(&c->plan->memory, str_of(slash + 1)) : NULL;
    char *to = part;
    for (const char *from = part; from && *from; from++) {
        bool quoted = *from == '%' && hex_of(from[1]) >= 0 && hex_of(from[2]) >= 0;
        *to++ = quoted ? (char)(hex_of(from[1]) * 16 + hex_of(from[2])) : *from;
        from += quoted ? 2 : 0;
    }
    if (to)
        *to = '\0';
    return part;
}

static int take_exported(struct commit *c, const struct entry *entry, struct error *err)
{
    struct planned *device = NULL;
    const char *name = json_string_value(json_object_get(c->exported, "device"));
    const char *part = part_of(c, entry->path);
    if (!part)
        return RC_OK;
    int rc = plan_device(c->plan, &c->source->base, name, NULL, entry->path, &device, err);
    if (rc || !device)
        return rc;
    device->is_whole = true;
    return add_revision(c, device, entry, part, err);
}

static int take_config(struct commit *c, const struct entry *entry, struct error *err)
{
    struct planned *device = NULL;
    struct str group;
    if (!is_config_path(c, entry->path, &group))
        return RC_OK;
    const char *name = plan_name(c->plan, entry->path);
    char *own = group.len ? arena_dup(&c->plan->memory, group) : NULL;
    if (!name)
        return RC_OK;
    int rc = plan_device(c->plan, &c->source->base, name, own ? own : c->source->base.group,
        entry->path, &device, err);
    if (rc || !device || (entry->gone && !device->alive))
        return rc;
    rc = add_revision(c, device, entry, NULL, err);
    device->alive = entry->gone || rc ? NULL : device->revisions[device->count - 1].path;
    return rc;
}

static int take_entry(struct commit *c, const struct entry *entry, struct error *err)
{
    if (entry->other)
        return RC_OK;
    if (is_router_db(entry->path))
        return entry->gone || entry->link ? RC_OK : keep_router_db(c, entry);
    if (entry->link && !entry->gone) {
        plan_note(c->plan, NULL, entry->path, c->name, "not read: a link, which is not followed");
        return RC_OK;
    }
    if (c->plan->import->from == IMPORT_ROLLCALL)
        return c->exported ? take_exported(c, entry, err) : RC_OK;
    return take_config(c, entry, err);
}

/* First what is gone: a device may have moved to another folder. */
static int take_commit(struct commit *c, struct error *err)
{
    struct str entries = buf_str(&c->entries);
    const char *end = entries.at + entries.len;
    struct entry entry;
    int64_t time_us;
    int rc = RC_OK;
    if (!c->name)
        return RC_OK;
    if (c->plan->import->from == IMPORT_ROLLCALL) {
        c->exported = exported_as(&c->message);
        const char *created = json_string_value(json_object_get(c->exported, "created"));
        if (created && time_parse(created, 0, &time_us, NULL) == RC_OK)
            c->time_us = time_us;
    }
    for (int gone = 1; gone >= 0; gone--)
        for (const char *at = entries.at; rc == RC_OK && at < end;) {
            const char *path = at + strlen(at) + 1;
            if (parse_entry(at, path, &entry) && entry.gone == gone)
                rc = take_entry(c, &entry, err);
            at = path + strlen(path) + 1;
        }
    json_decref(c->exported);
    c->exported = NULL;
    c->name = NULL;
    return rc;
}

/* ---- all commits ---- */

/* Without its NUL; an entry's head may have a newline in front. */
static int next_token(struct child *log, struct buf *token, bool *more, struct error *err)
{
    buf_clear(token);
    return child_read_until(log, '\0', token, more, err);
}

static int begin_commit(struct commit *c, struct child *log, const char *head, struct error *err)
{
    struct buf author = {.cap = MOST_TOKEN};
    bool more = true;
    const char *space = strchr(head, ' ');
    int rc = take_commit(c, err);
    buf_clear(&c->entries);
    if (rc == RC_OK)
        rc = next_token(log, &author, &more, err);
    if (rc == RC_OK)
        rc = next_token(log, &c->message, &more, err);
    if (rc == RC_OK && space) {
        c->name = arena_dup(&c->plan->memory, (struct str){head, (size_t)(space - head)});
        c->time_us = strtoll(space, NULL, 10) * 1000000;
        c->author = person(c, buf_text(&author));
        if (!c->name)
            rc = plan_no_memory(err);
    }
    buf_free(&author);
    return rc;
}

static int add_entry(struct commit *c, struct child *log, const char *head, struct error *err)
{
    struct buf path = {.cap = PLAN_MOST_PATH + 1};
    bool more = true;
    int rc = next_token(log, &path, &more, err);
    bool fits = path.len <= PLAN_MOST_PATH;
    if (rc == RC_OK && !fits)
        plan_note(c->plan, NULL, "", c->name, "not read: a file whose path has more than %d bytes",
            PLAN_MOST_PATH);
    if (rc == RC_OK && fits &&
        (buf_append(&c->entries, head, strlen(head) + 1) ||
            buf_append(&c->entries, buf_text(&path), path.len + 1)))
        rc = plan_no_memory(err);
    buf_free(&path);
    return rc;
}

static int read_log(struct commit *c, struct child *log, struct error *err)
{
    struct buf token = {.cap = MOST_TOKEN};
    bool more = true;
    int rc = RC_OK;
    while (rc == RC_OK && (rc = next_token(log, &token, &more, err)) == RC_OK && more) {
        const char *head = buf_text(&token) + strspn(buf_text(&token), "\n");
        if (*head == ':')
            rc = add_entry(c, log, head + 1, err);
        else if (strncmp(head, "commit ", 7) == 0)
            rc = begin_commit(c, log, head + 7, err);
    }
    if (rc == RC_OK)
        rc = take_commit(c, err);
    buf_free(&token);
    return rc;
}

static int read_router_db(struct commit *c, struct error *err)
{
    struct buf text = {.cap = (size_t)16 << 20};
    const char *folder = buf_text(&c->router_db_group), *slash = strrchr(folder, '/');
    const char *group = *folder ? (slash ? slash + 1 : folder) : c->source->base.group;
    int rc = c->router_db.len ? git_text(c->source, buf_text(&c->router_db), &text, err) : RC_OK;
    if (rc == RC_OK)
        router_db_read(c->plan, *folder ? group : NULL, buf_str(&text));
    buf_free(&text);
    return rc;
}

static struct git_source *make_source(struct plan *plan, const char *git, const char *group)
{
    struct git_source *source = calloc(1, sizeof *source);
    if (!source)
        return NULL;
    source->base = (struct source){.path = git,
        .group = group,
        .read = read_revision,
        .rest = rest_source,
        .close = close_source};
    plan_add_source(plan, &source->base);
    return source;
}

/* Whether there is a commit at all: git's own words for that differ by release. */
static int check_head(const char *git, struct error *err)
{
    static const char *const words[] = {"rev-parse", "--verify", "--quiet", "HEAD^{commit}", NULL};
    struct child child = {0};
    struct buf name = {.cap = MOST_HEADER};
    struct error why = ERROR_INIT;
    bool more = false;
    int rc = child_start(&child, git, words, false, err);
    if (rc)
        return rc;
    rc = child_read_until(&child, '\n', &name, &more, err);
    bool failed = child_finish(&child, &why) != RC_OK;
    buf_free(&name);
    if (rc == RC_OK && failed && why.code == RC_NOT_FOUND)
        return error_at(err, why.code, git, "%s", why.text);
    if (rc == RC_OK && failed)
        return error_at(err, RC_NOT_FOUND, git, "no commit in it%s%s",
            strstr(why.text, "without a word") ? "" : ": ",
            strstr(why.text, "without a word") ? "" : why.text);
    return rc;
}

int git_plan(struct plan *plan, const char *git, const char *group, struct error *err)
{
    static const char *const words[] = {"log", "--reverse", "--first-parent", "-m", "--root",
        "--raw", "--no-renames", "--no-abbrev", "--no-ext-diff", "--no-textconv", "-z",
        "--format=commit %H %at%x00%an%x00%B", "HEAD", "--", NULL};
    struct commit c = {.plan = plan,
        .source = make_source(plan, git, group),
        .message = {.cap = MOST_TOKEN},
        .entries = {.cap = (size_t)1 << 30}};
    struct child log = {0};
    if (!c.source)
        return plan_no_memory(err);
    int rc = check_head(git, err);
    if (rc == RC_OK)
        rc = child_start(&log, git, words, false, err);
    if (rc == RC_OK)
        rc = read_log(&c, &log, err);
    rc = rc ? rc : child_finish(&log, err);
    child_stop(&log);
    if (rc == RC_OK)
        rc = read_router_db(&c, err);
    buf_free(&c.message);
    buf_free(&c.entries);
    buf_free(&c.router_db);
    buf_free(&c.router_db_group);
    if (rc && err && !*err->place)
        snprintf(err->place, sizeof err->place, "%.255s", git);
    return rc;
}
