/* Inside `collect`: one collection while it is under way. */
#ifndef ROLLCALL_COLLECT_RUN_H
#define ROLLCALL_COLLECT_RUN_H

#include "collect/collect.h"
#include "collect/file_marks.h"
#include "collect/job.h"
#include "drivers/data/schema.h"
#include "drivers/netconf/cache.h"
#include "drivers/netconf/modules.h"

/* Schemas of sets of modules that are kept in memory. */
#define MOST_SCHEMAS 4

/* A platform's rules, compiled and kept for the next collection. */
struct rules {
    const struct platform *platform;
    struct config_reader *config; /* for digest and text diff */
    struct reader *access;        /* for redaction; NULL until a version needs it */
};

struct set_schema {
    char set[MODULES_ID_SIZE];
    struct data_schema *schema; /* NULL: a free place */
    uint64_t used;              /* when last, in uses */
};

struct collect {
    struct collect_setup setup;
    char holder[160]; /* of leases */
    struct rules **rules;
    size_t rules_count;
    struct schema_cache *cache; /* NULL: none */
    struct set_schema schemas[MOST_SCHEMAS];
    uint64_t schema_uses;
    struct file_marks *marks;
    struct file_marks *copies; /* devices whose saved copies need no other look, see startup.h */
};

struct collection {
    struct collect *c;
    const struct device *device;
    int64_t started_us;
    bool leased;
    struct actor actor;              /* strings owned; all NULL: nobody told of a change */
    const struct collect_past *past; /* NULL: it is now */
    struct job_kit job;
};

/* What the store says of the device so far. */
struct known {
    uint32_t failures;            /* in a row */
    char *failure, *message;      /* of the last run; NULL: it succeeded */
    int64_t last_success_us;      /* 0: never */
    struct store_version version; /* number 0: none yet */
    struct driver_result parts;   /* of that version, when they were asked for */
    struct lyd_node *tree;        /* likewise */
    uint32_t accounts, admins;
};

int known_load(struct known *k, struct store *s, const char *device, struct error *err);
int known_load_parts(struct known *k, struct store *s, const char *device, struct error *err);
void known_free(struct known *k);

struct run {
    struct collect *c;
    struct collection *collection;
    const struct device *device;
    struct result *result;
    struct collect_report *report;
    struct known known;
    int64_t ended_us;
    struct config *config;
    char digest[2 * CONFIG_DIGEST_BYTES + 1];
    struct lyd_node *tree;
    struct events events;
    bool copies_open;                /* a saved copy differs, and it is too early to tell */
    size_t changes_from, changes_to; /* those of the events that somebody's change raised */
};

/* The list of YANG modules, or NULL. */
const struct part *modules_part(const struct driver_result *driver);

/* The tree of the version before. One that an older model wrote and this one refuses is read again
 * from that version's parts. */
int known_load_tree(struct run *r, struct error *err);

/* Compiled rules of a platform; owned by `c`. */
int rules_config(struct collect *c, const struct platform *platform,
    const struct config_reader **out, struct error *err);
int rules_access(struct collect *c, const struct platform *platform, const struct reader **out,
    struct error *err);
void rules_forget(struct collect *c);

/* ---- what data means (explain.c) ---- */

void schemas_open(struct collect *c);
void schemas_close(struct collect *c);
/* What the memory has of them, after the cache changed. */
void schemas_forget(struct collect *c);

/* Annotate all data of a NETCONF device with what is known of it, see drivers/data/data.h.
 * RC_FORMAT when a part is none. */
int explain_data(struct collection *collection, struct driver_result *driver, struct error *err);

/* ---- checks of what came (whole.c); their complaint is the run's failure ---- */

int check_whole(const struct run *r, struct error *failure);
/* A config that lost a part, or most of its size and accounts, at once is not believed the first
 * time. Needs the parts and the tree of the version before. */
int check_shrunken(const struct run *r, struct error *failure);
/* The last run ended with check_shrunken()'s complaint. */
bool was_shrunken(const struct known *k);

/* ---- events (findings.c) ---- */

int find_changes(struct run *r, struct error *err);  /* between two versions */
int find_modules(struct run *r, struct error *err);  /* another set of YANG modules (modules.c) */
int find_failure(struct run *r, struct error *err);  /* why this run has none */
int find_recovery(struct run *r, struct error *err); /* the first success after failures */
int find_new_pins(struct run *r, struct error *err); /* host keys that were pinned just now */

#endif
