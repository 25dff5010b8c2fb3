/* Backups: the store as it was at one moment, in one file.
 *
 * A backup is a store: as encrypted as the store itself, and of use only together with the master
 * key, which is not in it. */
#ifndef ROLLCALL_STORE_BACKUP_H
#define ROLLCALL_STORE_BACKUP_H

#include "store/store.h"

struct store_copy {
    uint64_t entries; /* of the log in the backup */
    size_t bytes;     /* of the file */
    bool replaced;    /* restore: there was a store in place, */
    uint64_t lost;    /* which had so many entries more than the backup, */
    char beside[512]; /* and is kept under this name */
};

/* Copy `s` into `file` (0600) while others write. What stands under that name is replaced at the
 * end, when the copy has been read and proved from beginning to end; RC_STORE when it is the store
 * itself or no store at all. `keys` as for store_open(). `out` may be NULL. */
int store_backup(struct store *s, const char *file, const struct store_keys *keys,
    struct store_copy *out, struct error *err);

struct store_restore {
    const char *file;     /* the backup */
    const char *store;    /* where it shall be */
    bool force;           /* also over a store that the backup is no continuation of */
    const char *document; /* the entry of kind `action` that the restored log goes on with */
};

/* Put a backup in the place of the store. It is proved first and brought to this program's schema.
 * RC_STORE when the log in place is not the beginning of the backup's, or cannot be read: only with
 * `force`. RC_BUSY while a process has the store open. The store in place is kept beside it. */
int store_restore(const struct store_restore *r, const struct store_keys *keys,
    const struct clock *clock, struct store_copy *out, struct error *err);

#endif
