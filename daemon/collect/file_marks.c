#include "collect/file_marks.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1 /* uthash would exit(): look whether hh.tbl is set instead */
#include <uthash.h>

struct file_marks {
    char *device, *mark;
    uint32_t version;
    UT_hash_handle hh;
};

static struct file_marks *find(const struct file_marks *marks, const char *device)
{
    struct file_marks *found = NULL;
    HASH_FIND_STR((struct file_marks *)(uintptr_t)marks, device, found);
    return found;
}

static void entry_free(struct file_marks *entry)
{
    if (!entry)
        return;
    free(entry->device);
    free(entry->mark);
    free(entry);
}

const char *file_marks_find(const struct file_marks *marks, const char *device, uint32_t version)
{
    const struct file_marks *found = find(marks, device);
    return found && found->version == version ? found->mark : NULL;
}

void file_marks_put(
    struct file_marks **marks, const char *device, uint32_t version, const char *mark)
{
    struct file_marks *old = find(*marks, device);
    if (old) {
        HASH_DEL(*marks, old);
        entry_free(old);
    }
    struct file_marks *made = mark ? calloc(1, sizeof *made) : NULL;
    if (!made)
        return;
    made->device = strdup(device);
    made->mark = strdup(mark);
    made->version = version;
    if (made->device && made->mark)
        HASH_ADD_KEYPTR(hh, *marks, made->device, strlen(made->device), made);
    if (!made->hh.tbl)
        entry_free(made);
}

void file_marks_free(struct file_marks **marks)
{
    struct file_marks *entry, *next;
    HASH_ITER(hh, *marks, entry, next)
    {
        HASH_DEL(*marks, entry);
        entry_free(entry);
    }
}
