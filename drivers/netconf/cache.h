/* Schemas on disk: YANG modules by name, revision and content, and what sets of them compile to.
 *
 *   FOLDER/modules/NAME@REVISION.yang       as first seen; another content of the same name and
 *   FOLDER/modules/NAME@REVISION+HASH.yang  revision stands beside it
 *   FOLDER/sets/ID.modules, ID.schema, ID.notes
 *
 * It only saves work: losing it loses nothing. Files appear whole (rename) or not at all; what is
 * damaged or foreign counts as missing, and is learned again. */
#ifndef ROLLCALL_NETCONF_CACHE_H
#define ROLLCALL_NETCONF_CACHE_H

#include "drivers/netconf/modules.h"

struct schema_cache;

/* `operators` (may be NULL or not there): modules that the operator adds; they count where the
 * device has none of that name, or does not give it. */
int schema_cache_open(
    const char *folder, const char *operators, struct schema_cache **out, struct error *err);
void schema_cache_close(struct schema_cache *cache);

/* The compiled schema of a set (a `modules` part). RC_NOT_FOUND: not learned yet. Text is appended;
 * `notes` may be NULL. */
int schema_cache_find(const struct schema_cache *cache, struct str modules, struct buf *schema,
    struct buf *notes, struct error *err);

/* Whether schema_cache_find() would find it, without reading it. */
bool schema_cache_has(const struct schema_cache *cache, struct str modules);

/* The modules of a set that are there already, and all that the operator and the system have to
 * offer beside them: driver_netconf.have. Those without revision are not among them: each device
 * may have its own. Freed by the caller, texts too. */
int schema_cache_have(const struct schema_cache *cache, struct str modules, struct part **out,
    size_t *count, struct error *err);

/* What netconf_learn() brought home. */
int schema_cache_keep(struct schema_cache *cache, struct str modules, const struct part *parts,
    size_t count, struct error *err);

#endif
