/* Programs that print a secret or an inventory. What such a program leaves running stays: it may be
 * the agent that keeps a key unlocked. */
#include "base/program.h"

#include "settings_private.h"

int command_run(const char *const *words, unsigned deadline_ms, struct buf *out, struct error *err)
{
    const struct program program = {
        .words = words, .deadline_ms = deadline_ms, .leaves_children = true};
    struct program_end end;
    int rc = program_run(&program, out, &end, err);
    /* what it complains of may be its secret */
    if (rc == RC_OK && end.status)
        rc = error_set(err, RC_IO, "%s failed with status %d; run it by hand to see why", words[0],
            end.status);
    return rc;
}
