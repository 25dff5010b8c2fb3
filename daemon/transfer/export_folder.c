/* To a folder: NAME.cfg, or of all versions NAME/TIME.cfg, which import --from folder reads; other
 * parts of a device than its first as NAME.PART.cfg. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/io.h"
#include "transfer/export.h"
#include "transfer/plan.h"

static int open_folder(struct exporting *e, void **state, struct error *err)
{
    *state = NULL;
    return io_make_folders(e->export->path, err);
}

/* Without colons, which some file systems do not take: 2026-03-01T100000.5Z. */
static void short_time(int64_t time_us, char out[TIME_TEXT_SIZE])
{
    char text[TIME_TEXT_SIZE];
    size_t len = 0;
    time_format(time_us, text);
    for (const char *at = text; *at; at++)
        if (*at != ':')
            out[len++] = *at;
    out[len] = '\0';
}

static int file_path(const struct exporting *e, const struct exported *v, size_t part,
    struct buf *path, struct error *err)
{
    char time[TIME_TEXT_SIZE];
    short_time(v->info.created_us, time);
    int rc = buf_format(path, "%s/", e->export->path);
    rc = rc ? rc : export_quote(path, v->device);
    if (rc == RC_OK && e->export->all && part == 0)
        rc = io_make_folders(buf_text(path), err);
    if (rc == RC_OK && e->export->all)
        rc = buf_format(path, "/%s", time);
    if (rc == RC_OK && part > 0)
        rc = buf_add_char(path, '.');
    if (rc == RC_OK && part > 0)
        rc = export_quote(path, v->parts[part].name);
    return rc ? rc : buf_add(path, ".cfg");
}

/* Its own time says since when it is so. */
static int date_file(const char *path, int64_t time_us, struct error *err)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
        {.tv_sec = time_us / 1000000, .tv_nsec = time_us % 1000000 * 1000}};
    return utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW)
               ? error_at(err, RC_IO, path, "%s", strerror(errno))
               : RC_OK;
}

static bool is_there(const char *path, const struct exported *v, size_t part)
{
    struct buf text = {.cap = v->parts[part].text.len + 1};
    bool same = io_read_file(path, &text, NULL) == RC_OK &&
                str_equal(buf_str(&text), buf_str(&v->parts[part].text));
    buf_wipe(&text);
    return same;
}

static int write_part(
    struct exporting *e, const struct exported *v, size_t part, bool *wrote, struct error *err)
{
    struct buf path = {0};
    int rc = file_path(e, v, part, &path, err);
    if (rc == RC_OK && !is_there(buf_text(&path), v, part)) {
        rc = io_write_file(buf_text(&path), 0600, false, buf_str(&v->parts[part].text), err);
        *wrote = true;
    }
    if (rc == RC_OK)
        rc = date_file(buf_text(&path), v->info.created_us, err);
    buf_free(&path);
    return rc == RC_NO_MEMORY ? plan_no_memory(err) : rc;
}

static int write_files(
    struct exporting *e, void *state, const struct exported *v, struct error *err)
{
    bool wrote = false;
    int rc = RC_OK;
    (void)state;
    for (size_t i = 0; rc == RC_OK && i < v->part_count; i++)
        rc = write_part(e, v, i, &wrote, err);
    e->report->versions += wrote;
    e->report->there += !wrote;
    return rc;
}

static int finish(struct exporting *e, void *state, struct error *err)
{
    (void)e;
    (void)state;
    (void)err;
    return RC_OK;
}

static void close_folder(void *state)
{
    (void)state;
}

const struct export_target export_folder = {
    .open = open_folder, .write = write_files, .finish = finish, .close = close_folder};
