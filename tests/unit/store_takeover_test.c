/* rooms: base store */
#include "store_fixture.h"

#include <sys/wait.h>

/* "host:pid:random" of a process that has ended, or of us. */
static void holder_of(char out[128], bool ended)
{
    char host[64] = "";
    pid_t pid = getpid();
    gethostname(host, sizeof host - 1);
    if (ended) {
        pid = fork();
        if (pid == 0)
            _exit(0);
        waitpid(pid, NULL, 0);
    }
    snprintf(out, 128, "%s:%ld:00000000", host, (long)pid);
}

static void nobody_waits_for_the_lease_of_a_process_that_was_killed(void **state)
{
    struct fixture *f = *state;
    char dead[128], alive[128];
    holder_of(dead, true);
    holder_of(alive, false);
    assert_int_equal(store_lease_take(f->store, "edge-1", dead, 600, NULL), 0);
    assert_int_equal(store_lease_take(f->store, "edge-1", alive, 600, NULL), 0);
    assert_int_equal(store_lease_take(f->store, "edge-1", "other:1:x", 600, NULL), RC_BUSY);
    assert_int_equal(store_lease_drop(f->store, "edge-1", alive, NULL), 0);
}

static void a_process_of_another_machine_is_waited_for(void **state)
{
    struct fixture *f = *state;
    char dead[128], other[160];
    holder_of(dead, true);
    snprintf(other, sizeof other, "not-%s", dead);
    assert_int_equal(store_lease_take(f->store, "edge-1", other, 600, NULL), 0);
    assert_int_equal(store_lease_take(f->store, "edge-1", dead, 600, NULL), RC_BUSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(nobody_waits_for_the_lease_of_a_process_that_was_killed),
        STORE_TEST(a_process_of_another_machine_is_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
