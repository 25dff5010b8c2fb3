/* rooms: base store */
/* The disk is full, fails, is locked or write-protected in every second operation of what the store
 * does (ROLLCALL_SEEDS=1: in every one): an error that says what to do, nothing half, and it goes
 * on once the disk is well again. */
#include "store_vfs.h"
#include "store_work.h"

#include <limits.h>

struct trouble {
    const char *what;
    int code;       /* SQLite's; 0: the I/O error that fits the operation */
    unsigned kinds; /* operations that it happens in */
    long count;     /* of operations in a row */
    long stride;    /* in every so many of them */
};

static const struct trouble troubles[] = {
    {"one operation fails", 0, DISK_ALL, 1, 1},
    {"the disk fails", 0, DISK_ALL, LONG_MAX, 5},
    {"the disk is full", SQLITE_FULL, DISK_CHANGES & ~(unsigned)DISK_DELETE, LONG_MAX, 2},
    {"it became read-only", SQLITE_READONLY, DISK_CHANGES, LONG_MAX, 5},
    {"a file does not open", SQLITE_CANTOPEN, DISK_OPEN, 1, 1},
    {"somebody has a lock for a moment", SQLITE_BUSY, DISK_LOCK, 1, 1},
    {"a page is damaged", SQLITE_CORRUPT, DISK_READ, 1, 1},
    {"no memory below", SQLITE_IOERR_NOMEM, DISK_ALL, 1, 7},
};

static void must_advise(const struct fixture *f, int rc, const char *what)
{
    static const char *const advice[] = {"free some space", "see whether its disk",
        "check who owns", "check that its folder", "try again", "restore it from a backup",
        "out of memory"};
    static const int codes[] = {RC_STORE, RC_BUSY, RC_INTEGRITY, RC_NO_MEMORY};
    bool coded = false, advised = false;
    for (size_t i = 0; i < COUNT(codes); i++)
        coded |= rc == codes[i];
    for (size_t i = 0; i < COUNT(advice); i++)
        advised |= strstr(f->err.text, advice[i]) != NULL;
    if (!coded || f->err.code != (enum rc)rc || !advised)
        fail_msg("%s: %s: %s", what, rc_name((enum rc)rc), f->err.text);
}

/* The whole work on a disk with this trouble from operation `at` on; each step that fails is done
 * again on the same connection when it is over. Gives how many failed. */
static int work_in_trouble(const struct course *course, struct fixture *f,
    const struct trouble *trouble, long at, const char *what)
{
    int failures = 0, rc;
    struct buf said = {0};
    image_put(&course->before, f->folder);
    disk_plug_in(trouble->kinds);
    disk.fail_at = at;
    disk.fail_count = trouble->count;
    disk.fail_code = trouble->code;
    while ((rc = store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, &f->err))) {
        must_advise(f, rc, what);
        disk.fail_at = 0;
        if (++failures > 1)
            fail_msg("%s: it does not open when all is well again: %s", what, f->err.text);
    }
    for (size_t done = 0; course->work->steps[done];) {
        rc = course->work->steps[done](f);
        if (rc) {
            must_advise(f, rc, what);
            disk.fail_at = 0;
            if (++failures > 1)
                fail_msg("%s: it does not go on when all is well again: %s", what, f->err.text);
            work_tell(f, &said);
            if (!str_equal(buf_str(&said), buf_str(&course->said[done])))
                fail_msg(
                    "%s: step %zu failed and left something:\n%s", what, done, buf_text(&said));
        }
        done += rc == 0;
    }
    work_close(f);
    disk_unplug();
    buf_free(&said);
    return failures;
}

static void no_trouble_of_the_disk_leaves_anything_half(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(works); i++) {
        struct course course;
        course_begin(&course, f, &works[i]);
        for (size_t t = 0; t < COUNT(troubles); t++) {
            long stride = troubles[t].stride * (getenv("ROLLCALL_SEEDS") ? 1 : 2);
            long places = 0, failed = 0, last = LONG_MAX;
            for (long at = 1; at <= last; at += stride) {
                char what[160];
                snprintf(what, sizeof what, "%s, %s, operation %ld", works[i].name,
                    troubles[t].what, at);
                failed += work_in_trouble(&course, f, &troubles[t], at, what);
                if (!disk.failed)
                    break; /* behind the last */
                course_must_go_on(&course, f, work_steps(&works[i]), what);
                places++;
            }
            print_message("# %s: %s at %ld places, %ld errors\n", works[i].name, troubles[t].what,
                places, failed);
        }
        course_end(&course);
    }
    disk_forget();
    fixture_open(f, STORE_WRITE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(no_trouble_of_the_disk_leaves_anything_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
