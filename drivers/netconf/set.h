/* A set of YANG modules: the lines of modules.h, parsed. */
#ifndef ROLLCALL_NETCONF_SET_H
#define ROLLCALL_NETCONF_SET_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#define SET_MOST 100000

enum set_kind { SET_IMPORT, SET_MODULE, SET_SUBMODULE };

struct set_module {
    enum set_kind kind;
    const char *name;
    const char *revision;          /* NULL: unknown */
    const char *name_space;        /* NULL: unknown; of a submodule: NULL */
    const char *of;                /* of a submodule: its module */
    const char *const *features;   /* sorted, NULL-terminated */
    const char *const *deviations; /* modules; likewise */
};

struct module_set {
    struct arena arena;
    struct set_module *at;
    size_t count, room;
};

/* What a device announced, before it is believed. Texts are copied. */
struct announced_module {
    enum set_kind kind;
    struct str name, revision, name_space, of;
    const struct str *features, *deviations;
    size_t feature_count, deviation_count;
};

/* Add one. False when its name is none (it is left out then); features and the like that are no
 * names are left out. RC_LIMIT past SET_MOST. */
int set_add(
    struct module_set *set, const struct announced_module *module, bool *added, struct error *err);

/* From the text; lines that are none of it are passed over. */
int set_parse(struct str text, struct module_set *set, struct error *err);
/* Sorted, each once. */
int set_print(struct module_set *set, struct buf *text);
void set_free(struct module_set *set);

/* NAME@REVISION, or NAME. */
int set_key(const char *name, const char *revision, struct buf *out);

#endif
