/* What is to be exported, and where to. Private to transfer. */
#ifndef ROLLCALL_TRANSFER_EXPORT_H
#define ROLLCALL_TRANSFER_EXPORT_H

#include "base/arena.h"
#include "drivers/platform.h"
#include "transfer/transfer.h"

struct export_device {
    const char *name;
    uint32_t newest;
    uint32_t there; /* newest version that stands at the target; 0: none */
};

/* A version in the list of all. */
struct export_item {
    uint32_t device; /* index */
    uint32_t number;
    int64_t created_us;
};

struct exporting {
    const struct export *export;
    const struct export_listener *listener;
    struct export_report *report;
    struct arena memory;
    struct export_device *devices; /* sorted by name */
    size_t device_count, device_room;
    struct export_item *items; /* by time, device, number */
    size_t item_count, item_room;
    const struct platform *platform; /* of `reader` */
    struct reader *reader;
};

/* One version as it may leave. */
struct exported {
    const char *device;
    struct store_version info;
    struct part *parts;
    size_t part_count;
    struct buf access; /* JSON */
};

struct export_target {
    int (*open)(struct exporting *e, void **state, struct error *err);
    /* Sets devices' `there`. May be NULL. */
    int (*look)(struct exporting *e, void *state, struct error *err);
    int (*write)(
        struct exporting *e, void *state, const struct exported *version, struct error *err);
    int (*finish)(struct exporting *e, void *state, struct error *err);
    void (*close)(void *state); /* also after an error. NULL is fine */
};

extern const struct export_target export_git, export_folder, export_lines;

struct export_device *export_device_named(const struct exporting *e, const char *name);

/* Events of a version, oldest first: their documents. */
int export_events(struct exporting *e, const struct exported *version,
    int (*each)(void *ctx, const char *json), void *ctx, struct error *err);

/* The name as one component of a path: other bytes than letters, digits, - _ and . (not the first)
 * as %XX. Appended. */
int export_quote(struct buf *out, const char *name);

#endif
