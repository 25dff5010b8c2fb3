/* rooms: base evidence store */
/* wraps: malloc calloc realloc strdup */
/* Memory runs out in every single allocation of what the store does, SQLite's and the JSON
 * library's included: an error, nothing half, nothing kept, and the next try works. */
#include "store_work.h"

enum side { OURS, SQLITES };

/* SQLite's own are many and it is tested for them: some of them show what we make of its error. */
static const long strides[] = {[OURS] = 1, [SQLITES] = 101};

static struct {
    bool counts;
    enum side side;      /* whose allocations count */
    long count, fail_at; /* from 1; 0: never */
    bool failed;
    sqlite3_mem_methods sqlite;
} memory;

static bool runs_out(enum side side)
{
    if (!memory.counts || side != memory.side || ++memory.count != memory.fail_at)
        return false;
    memory.failed = true;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
    return runs_out(OURS) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return runs_out(OURS) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return runs_out(OURS) ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return runs_out(OURS) ? NULL : __real_strdup(text);
}

static void *sqlite_malloc(int size)
{
    return runs_out(SQLITES) ? NULL : memory.sqlite.xMalloc(size);
}

static void *sqlite_realloc(void *old, int size)
{
    return runs_out(SQLITES) ? NULL : memory.sqlite.xRealloc(old, size);
}

static int take_over_memory(void **state)
{
    (void)state;
    sqlite3_mem_methods ours;
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.sqlite);
    ours = memory.sqlite;
    ours.xMalloc = sqlite_malloc;
    ours.xRealloc = sqlite_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
    return sqlite3_initialize();
}

/* Gives the steps done; *rc of the one that failed. */
static size_t run_short_of_memory(const struct course *course, struct fixture *f, long at, int *rc)
{
    image_put(&course->before, f->folder);
    memory.count = 0;
    memory.fail_at = at;
    memory.failed = false;
    memory.counts = true;
    size_t done = course_run(course, f, 0, rc);
    memory.counts = false;
    return done;
}

static void no_allocation_that_fails_leaves_anything(void **state)
{
    struct fixture *f = *state;
#ifdef __SANITIZE_ADDRESS__
    skip(); /* its own allocator makes this take minutes */
#endif
    for (size_t i = 0; i < 2 * COUNT(works); i++) {
        const struct work *work = &works[i / 2];
        struct course course;
        long at = 1, places = 0, errors = 0;
        memory.side = i % 2 ? SQLITES : OURS;
        course_begin(&course, f, work);
        sqlite3_int64 used = sqlite3_memory_used();
        do {
            char what[64];
            int rc = 0;
            snprintf(what, sizeof what, "allocation %ld fails", at);
            size_t done = run_short_of_memory(&course, f, at, &rc);
            if (rc && rc != RC_NO_MEMORY && rc != RC_STORE)
                fail_msg("%s, %s: %s: %s", work->name, what, rc_name((enum rc)rc), f->err.text);
            if (sqlite3_memory_used() != used)
                fail_msg("%s, %s: SQLite keeps %lld bytes", work->name, what,
                    (long long)sqlite3_memory_used() - used);
            errors += rc != 0;
            size_t found = course_must_go_on(&course, f, done, what);
            if (found != done && course.said[done].len != course.said[found].len)
                fail_msg("%s, %s: step %zu failed and is there", work->name, what, done);
            places += memory.failed;
            at += strides[memory.side];
        } while (memory.failed);
        print_message("# %s: %ld allocations%s fail, %ld of them with an error\n", work->name,
            places, i % 2 ? " of SQLite" : "", errors);
        course_end(&course);
    }
    fixture_open(f, STORE_WRITE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(no_allocation_that_fails_leaves_anything),
    };
    return cmocka_run_group_tests(tests, take_over_memory, NULL);
}
