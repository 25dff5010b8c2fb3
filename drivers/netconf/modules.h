/* Which YANG modules a device has: the part `modules` of a version.
 *
 * Lines of words, sorted, the same for the same set whoever announced it:
 *
 *   # announced ID                what the hello says of the set: when it says the same again, the
 *                                 device need not be asked
 *   module NAME REVISION NAMESPACE [feature F...] [deviation M...]
 *   import NAME REVISION NAMESPACE          only for others to import
 *   submodule NAME REVISION of MODULE
 *
 * A missing revision or namespace is `-`. */
#ifndef ROLLCALL_NETCONF_MODULES_H
#define ROLLCALL_NETCONF_MODULES_H

#include "drivers/netconf/session.h"

#define MODULES_PART "modules"
#define MODULES_ID_SIZE 65

/* Ask the device: yang-library 1.1 (RFC 8525), 1.0 (RFC 7895), else the hello alone. A library that
 * cannot be read is no failure: then the hello counts. */
int modules_learn(
    struct netconf *session, unsigned timeout_ms, struct buf *text, struct error *err);

/* From a reply to <get> or <get-data> with ietf-yang-library in it. Ours, because it comes from the
 * device: RC_FORMAT, RC_NOT_FOUND (no library in it), RC_LIMIT. */
int modules_from_library(struct str reply, struct buf *text, struct error *err);
int modules_from_hello(const struct netconf_hello *hello, struct buf *text, struct error *err);

/* ID of the line `# announced`. */
void modules_announced(const struct netconf_hello *hello, char id[MODULES_ID_SIZE]);

/* The set's name: SHA-256 in hex over all lines that are no comment. */
void modules_id(struct str text, char id[MODULES_ID_SIZE]);

/* Its lines one by one. `more`: features, deviations, or of what. */
struct modules_line {
    struct str kind, name, revision, name_space; /* the latter two empty where they are missing */
    struct str more;
};
bool modules_next(struct str *rest, struct modules_line *line);

/* Compile a set. `texts` are modules and submodules, named NAME@REVISION.yang (NAME.yang where the
 * set knows no revision). What is missing, broken or does not compile is left out with a line in
 * `notes`. `schema` gets the text of drivers/data/schema.h. Features and deviations count. */
int modules_compile(struct str modules, const struct part *texts, size_t count, struct buf *schema,
    struct buf *notes, struct error *err);

#endif
