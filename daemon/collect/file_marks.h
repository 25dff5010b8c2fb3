/* Which files a device's version was read from: a look at them is enough while they are the same.
 * Kept in memory only; whoever starts anew reads each once. */
#ifndef ROLLCALL_COLLECT_FILE_MARKS_H
#define ROLLCALL_COLLECT_FILE_MARKS_H

#include <stdint.h>

struct file_marks;

/* The mark (driver_result.mark) of what is version `version` of a device; NULL: unknown. Valid
 * until the next call. */
const char *file_marks_find(const struct file_marks *marks, const char *device, uint32_t version);

/* Keep it, or, `mark` NULL, forget what was kept. Where memory runs out nothing is kept. */
void file_marks_put(
    struct file_marks **marks, const char *device, uint32_t version, const char *mark);

void file_marks_free(struct file_marks **marks);

#endif
