/* Platforms: what a device of one kind prompts, sends and means, read from YAML profiles
 * (models/rollcall-platform.yang; drivers/platforms/README.md is for those who write them). */
#ifndef ROLLCALL_PLATFORM_H
#define ROLLCALL_PLATFORM_H

#include <libyang/libyang.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

struct platforms;

struct profile;

struct platform {
    const char *name;  /* ios */
    const char *title; /* Cisco IOS and IOS XE */
    const char *file;  /* where the profile came from: embedded name or path */
    /* The profile: container `profile` of rollcall-platform. Until it is opened only what tells
       platforms apart and reaches devices: aliases, class, extends, recognise, session, netconf
       and its own parts. Examples and manual only in platform_whole(). */
    const struct lyd_node *data;
    /* What reads its data, in order: containers `mapping` of rollcall-platform, NULL-terminated.
       NULL: none, or not open. */
    const struct lyd_node *const *mappings;
    struct profile *own; /* private; NULL: made by hand, and open */
};

/* All profiles: those compiled in, then those of `folder` (NULL or not there: none), which replace
 * a compiled-in one of the same name; and mappings likewise, those of an operator from the folder
 * `mappings` beside `folder`. `ctx` must implement rollcall-platform and outlive the result. A
 * wrong profile or mapping is an error with file:line:column. */
int platforms_load(
    const struct ly_ctx *ctx, const char *folder, struct platforms **out, struct error *err);
void platforms_free(struct platforms *all);

/* By name or alias, whatever the case, and opened. NULL when unknown (or, after a line in the log,
 * when it cannot be read). */
const struct platform *platforms_find(const struct platforms *all, const char *name);

/* The same, not opened. */
const struct platform *platforms_named(const struct platforms *all, const char *name);

/* Nearest name to a mistyped one, or NULL. */
const char *platforms_nearest(const struct platforms *all, const char *name);

/* One by one, sorted by name, not opened. NULL past the end. */
const struct platform *platforms_at(const struct platforms *all, size_t index);

/* Read the rest of a profile, what it extends, and its mappings, unless that is done. What stood in
 * `data` stays valid. */
int platform_open(const struct platform *platform, struct error *err);

/* The profile as its file has it, with examples and manual, and without what it extends. Lives as
 * long as the platform. */
int platform_whole(
    const struct platform *platform, const struct lyd_node **whole, struct error *err);

/* Whether what stands in a part holds on the device now; a startup config does not. */
bool platform_part_in_force(const struct platform *platform, const char *part);

/* The entry of `parts` behind `last` (NULL: the first); NULL: there is no other. */
const struct lyd_node *platform_next_part(
    const struct platform *platform, const struct lyd_node *last);

/* What a saved file of that base name is: the part in force whose `file` it fits, else NULL. */
const struct lyd_node *platform_part_of_file(const struct platform *platform, const char *name);

/* Whether the last line of `text` that is not blank is the part's `ends`; also where it has none.
 * RC_INCOMPLETE with the place; the line itself is not shown, it may hold a secret. */
int platform_check_end(
    const struct lyd_node *part, struct str text, const char *place, struct error *err);

/* Compile every regular expression of a profile and its mappings. platforms_load() does so for
 * those of a folder; the ones compiled in were checked with their examples. */
int platform_check_regexes(const struct platform *platform, struct error *err);

#endif
