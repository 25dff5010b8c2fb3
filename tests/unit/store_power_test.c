/* rooms: base store */
/* The power fails in every single write, sync, truncation and deletion of what the store does, and
 * what was not synced is kept, lost, cut or shuffled. ROLLCALL_SEEDS=N: all of these at
 * each point, and N more shuffles. */
#include "store_vfs.h"
#include "store_work.h"

static unsigned seeds(void)
{
    const char *text = getenv("ROLLCALL_SEEDS");
    return DISK_SEEDED + 1 + (text ? (unsigned)atoi(text) : 0);
}

/* All that was not synced is lost at every point; the other kinds of luck take turns, unless more
 * are asked for. */
static bool is_tried(long at, unsigned luck)
{
    static const unsigned turns[] = {DISK_KEPT, DISK_TORN, DISK_SEEDED};
    return luck == DISK_LOST || seeds() > DISK_SEEDED + 1 || luck == turns[at % 3];
}

/* Power fails in operation `at`. Gives the steps acknowledged before. */
static size_t run_until(const struct course *course, struct fixture *f, long at)
{
    int rc;
    image_put(&course->before, f->folder);
    disk_plug_in(DISK_CHANGES);
    disk.fall_at = at;
    size_t done = course_run(course, f, 0, &rc);
    disk_unplug();
    return done;
}

/* And again while the store recovers, in operation `at` of that. */
static bool fall_in_recovery(struct fixture *f, long at, unsigned luck)
{
    disk_plug_in(DISK_CHANGES);
    disk.fall_at = at;
    store_open(f->path, STORE_WRITE, &test_keys, &f->clock, &f->store, NULL);
    work_close(f);
    disk_unplug();
    bool fell = disk.fallen;
    disk_fall(luck);
    return fell;
}

static void no_power_failure_loses_or_halves_anything(void **state)
{
    struct fixture *f = *state;
    long points = 0, files = 0, twice = 0;
    for (size_t i = 0; i < COUNT(works); i++) {
        struct course course;
        course_begin(&course, f, &works[i]);
        run_until(&course, f, 0);
        long last = disk.operations;
        disk_forget();
        assert_true(last > 0);
        for (long at = 1; at <= last; at++)
            for (unsigned luck = 0; luck < seeds(); luck++) {
                char what[96];
                if (!is_tried(at, luck))
                    continue;
                snprintf(what, sizeof what, "power failure at %ld of %ld, luck %u", at, last, luck);
                size_t done = run_until(&course, f, at);
                assert_true(disk.fallen);
                disk_fall(luck);
                if (luck >= DISK_TORN)
                    twice += fall_in_recovery(f, 1 + at % 7, luck + 100);
                course_must_go_on(&course, f, done, what);
                files++;
            }
        points += last;
        print_message("# %s: %ld crash points\n", works[i].name, last);
        course_end(&course);
    }
    print_message("# %ld crash points, %ld states of the disk, %ld of them after another crash in "
                  "recovery\n",
        points, files, twice);
    fixture_open(f, STORE_WRITE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(no_power_failure_loses_or_halves_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
