/* What is known of a device now: its row. Private to the store. */
#ifndef ROLLCALL_STORE_DEVICES_H
#define ROLLCALL_STORE_DEVICES_H

#include "store/facts.h"

struct device {
    int64_t id;
    const char *name; /* borrowed */
    uint32_t newest;  /* version number; 0: none yet */
    struct device_facts facts;
    struct buf plain; /* where the facts' texts lie */
};

/* The row of `name`, made where there is none. Release with device_free(), also on errors. */
int device_load(struct store *s, const char *name, struct device *d, struct error *err);
int device_save(struct store *s, struct device *d, struct error *err);
void device_free(struct device *d);

#endif
