/* What a store is put through in tests of power, memory and errors: works, each a few steps that
 * are acknowledged one by one and happen wholly or not at all. */
#ifndef ROLLCALL_STORE_WORK_H
#define ROLLCALL_STORE_WORK_H

#include "store_schema_1.h"
#include "store_state.h"

#include <dirent.h>

#include "base/io.h"

enum { WORK_MOST_STEPS = 8 };

struct work {
    const char *name;
    int (*prepare)(struct fixture *f);                /* what is there before; NULL: no file */
    int (*steps[WORK_MOST_STEPS])(struct fixture *f); /* each on an open store; up to a NULL */
};

static inline size_t work_steps(const struct work *work)
{
    size_t count = 0;
    while (count < WORK_MOST_STEPS && work->steps[count])
        count++;
    return count;
}

/* ---- steps ---- */

static inline void work_config(char *out, size_t size, const char *device, uint32_t number)
{
    size_t len = (size_t)snprintf(out, size, "hostname %s\nversion %u\n", device, number);
    for (unsigned i = 0; len + 80 < size; i++)
        len += (size_t)snprintf(out + len, size - len,
            "interface Gi0/%u\n description %u\n ip address 10.%u.%u.1\n", i,
            (i * 2654435761u) >> (i % 7 == number % 7 ? 3 : 5), i % 200, number % 7);
}

/* Version `number` of a device: a config of some pages, accounts that come, change and go, an event
 * for each sink. */
static inline int work_collect(struct fixture *f, const char *device, uint32_t number)
{
    char config[9000], id[64], json[128], name[16];
    snprintf(name, sizeof name, "user%u", number % 3);
    snprintf(id, sizeof id, "%s/%u", device, number);
    snprintf(json, sizeof json, "{\"event\":\"account-created\",\"subject\":\"%s\"}", name);
    work_config(config, sizeof config, device, number);
    const struct store_account accounts[] = {
        local_account("admin", 15), local_account("changes", number), local_account(name, 1)};
    const struct store_event event = {id, "account-created", 85, name, "/a", json};
    f->now_us = (1000 + number) * SECOND;
    return fixture_collect(f,
        &(struct sample){.device = device,
            .previous = number - 1,
            .config = config,
            .accounts = accounts,
            .account_count = COUNT(accounts),
            .events = &event,
            .event_count = 1},
        NULL);
}

static inline int work_first(struct fixture *f)
{
    return work_collect(f, "edge-7", 1);
}

static inline int work_second(struct fixture *f)
{
    return work_collect(f, "edge-7", 2);
}

static inline int work_third(struct fixture *f)
{
    return work_collect(f, "edge-7", 3);
}

static inline int work_other(struct fixture *f)
{
    return work_collect(f, "core", 1);
}

static inline int work_unchanged(struct fixture *f)
{
    f->now_us = 1010 * SECOND;
    return fixture_collect(f, &(struct sample){.unchanged = true, .previous = 3}, NULL);
}

static inline int work_failed(struct fixture *f)
{
    f->now_us = 1020 * SECOND;
    return fixture_collect(f, &(struct sample){.failure = "timeout"}, NULL);
}

static inline int work_host_key(struct fixture *f)
{
    return store_pin_host_key(f->store, "edge-7", "ssh-rsa", "AAAB", true, "trust", &f->err);
}

static inline int work_take_message(void *ctx, const struct store_message *m)
{
    *(int64_t *)ctx = m->id;
    return 1;
}

static inline int work_delivered(struct fixture *f)
{
    int64_t id = 0;
    int rc = store_outbox_due(f->store, NULL, 1, work_take_message, &id, &f->err);
    return rc ? rc : store_outbox_done(f->store, id, &f->err);
}

static inline int work_not_delivered(struct fixture *f)
{
    int64_t id = 0;
    int rc = store_outbox_due(f->store, NULL, 1, work_take_message, &id, &f->err);
    return rc ? rc : store_outbox_retry(f->store, id, f->now_us, "refused", &f->err);
}

static inline int work_lease(struct fixture *f)
{
    return store_lease_take(f->store, "edge-7", "elsewhere:1:aa", 60, &f->err);
}

static inline int work_lease_back(struct fixture *f)
{
    return store_lease_drop(f->store, "edge-7", "elsewhere:1:aa", &f->err);
}

/* Whoever reads is told all or an error. */
static inline int work_read(struct fixture *f)
{
    struct buf out = {0};
    int rc = store_tell(f, 1001 * SECOND, 1001 * SECOND, &out);
    buf_free(&out);
    return rc;
}

static inline int work_read_one(struct fixture *f)
{
    struct buf out = {0};
    struct store_version v = {0};
    struct store_part part = {"running", str_of("hostname")};
    bool same;
    int64_t due_us;
    size_t waiting;
    int rc = store_version(f->store, "edge-7", 1, 0, &v, &f->err);
    store_version_clear(&v);
    if (!rc)
        rc = store_version(f->store, "edge-7", 0, f->now_us, &v, &f->err);
    store_version_clear(&v);
    if (!rc)
        rc = store_version(f->store, "edge-7", 0, 0, &v, &f->err);
    store_version_clear(&v);
    if (!rc)
        rc = store_read_part(f->store, "edge-7", 1, "running", &out, &f->err);
    if (!rc)
        rc = store_same_parts(f->store, "edge-7", 1, &part, 1, &same, &f->err);
    if (!rc)
        rc = store_outbox_next(f->store, &due_us, &waiting, &f->err);
    buf_free(&out);
    return rc;
}

/* Three versions of two devices. */
static inline int work_prepared(struct fixture *f)
{
    int rc = work_first(f);
    if (!rc)
        rc = work_other(f);
    if (!rc)
        rc = work_second(f);
    return rc;
}

static inline bool work_go_on(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    return done <= total;
}

static inline int work_rotate(struct fixture *f)
{
    bool complete = false;
    int rc = store_keys_rotate(f->store, work_go_on, NULL, &complete, &f->err);
    if (!rc && !complete)
        fail_msg("a rotation that nobody stopped is not complete");
    return rc;
}

static inline int work_old_schema(struct fixture *f)
{
    make_schema_1(f);
    return 0;
}

static const struct work works[] = {
    {"a first collection", NULL, {work_first}},
    {"later collections", work_prepared, {work_third, work_unchanged, work_failed}},
    {"keys of hosts, leases, messages", work_prepared,
        {work_host_key, work_lease, work_delivered, work_not_delivered, work_lease_back}},
    {"a rotation of keys", work_prepared, {work_rotate}},
    {"a migration from schema 1", work_old_schema, {work_failed}},
    {"reading", work_prepared, {work_read, work_read_one}},
};

/* ---- the folder: kept, brought back ---- */

struct image {
    struct {
        char name[256];
        char *bytes;
        size_t len;
    } files[16];
    size_t count;
};

static inline void folder_empty(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder && (entry = readdir(folder)))
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
}

static inline void image_free(struct image *image)
{
    for (size_t i = 0; i < image->count; i++)
        free(image->files[i].bytes);
    image->count = 0;
}

static inline void image_take(struct image *image, const char *path)
{
    image_free(image);
    DIR *folder = opendir(path);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.')
            continue;
        assert_true(image->count < COUNT(image->files));
        char name[320];
        struct buf bytes = {0};
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        assert_int_equal(io_read_file(name, &bytes, NULL), 0);
        snprintf(image->files[image->count].name, sizeof image->files->name, "%s", entry->d_name);
        image->files[image->count].bytes = bytes.data;
        image->files[image->count++].len = bytes.len;
    }
    closedir(folder);
}

static inline void image_put(const struct image *image, const char *path)
{
    folder_empty(path);
    for (size_t i = 0; i < image->count; i++) {
        char name[320];
        snprintf(name, sizeof name, "%s/%s", path, image->files[i].name);
        FILE *file = fopen(name, "w");
        assert_non_null(file);
        assert_int_equal(
            fwrite(image->files[i].bytes, 1, image->files[i].len, file), image->files[i].len);
        fclose(file);
        chmod(name, 0600);
    }
}

/* ---- before and after ---- */

/* What a work begins with, and what the store says before it and behind each of its steps. */
struct course {
    const struct work *work;
    struct image before;
    struct buf said[WORK_MOST_STEPS + 1];
};

static inline void work_close(struct fixture *f)
{
    store_close(f->store);
    f->store = NULL;
}

static inline void work_tell(struct fixture *f, struct buf *out)
{
    int64_t now_us = f->now_us;
    f->now_us = 2000 * SECOND; /* all messages are due */
    fixture_must(f, store_tell(f, 1000 * SECOND, 1005 * SECOND, out));
    f->now_us = now_us;
}

static inline void course_begin(struct course *course, struct fixture *f, const struct work *work)
{
    *course = (struct course){.work = work};
    work_close(f);
    folder_empty(f->folder);
    fixture_open(f, STORE_WRITE);
    if (work->prepare)
        fixture_must(f, work->prepare(f));
    work_close(f);
    if (work->prepare)
        image_take(&course->before, f->folder);
    fixture_open(f, STORE_WRITE);
    work_tell(f, &course->said[0]);
    for (size_t i = 0; work->steps[i]; i++) {
        fixture_must(f, work->steps[i](f));
        work_tell(f, &course->said[i + 1]);
    }
    work_close(f);
}

static inline void course_end(struct course *course)
{
    image_free(&course->before);
    for (size_t i = 0; i < COUNT(course->said); i++)
        buf_free(&course->said[i]);
}

/* Open, all steps from `from` on, close. Gives how many steps there are behind us; -1 in *rc where
 * the open failed. */
static inline size_t course_run(
    const struct course *course, struct fixture *f, size_t from, int *rc)
{
    size_t done = from;
    *rc = store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, &f->err);
    while (!*rc && course->work->steps[done]) {
        *rc = course->work->steps[done](f);
        if (!*rc)
            done++;
    }
    work_close(f);
    return done;
}

/* The file as it is found: it opens, it is whole, all that was acknowledged (`done` steps) is
 * there, and at most the one step more that was under way. Then the rest is done, and ends where it
 * always ends. Gives the step that was found. */
static inline size_t course_must_go_on(
    const struct course *course, struct fixture *f, size_t done, const char *what)
{
    struct buf said = {0};
    size_t last = work_steps(course->work), found = done;
    fixture_open(f, STORE_WRITE);
    store_must_be_whole(f);
    work_tell(f, &said);
    while (found <= last && !str_equal(buf_str(&said), buf_str(&course->said[found])))
        found++;
    if (found > last || found > done + 1)
        fail_msg("%s, %s: %zu steps were acknowledged; the store says\n%s", course->work->name,
            what, done, buf_text(&said));
    for (size_t i = found; i < last; i++)
        if (course->work->steps[i](f))
            fail_msg("%s, %s: step %zu fails when done again: %s", course->work->name, what, i,
                f->err.text);
    store_must_be_whole(f);
    work_tell(f, &said);
    if (!str_equal(buf_str(&said), buf_str(&course->said[last])))
        fail_msg(
            "%s, %s: in the end the store says\n%s", course->work->name, what, buf_text(&said));
    work_close(f);
    buf_free(&said);
    return found;
}

#endif
