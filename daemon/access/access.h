/* From config text to the access tree (models/rollcall-access.yang).
 *
 * Two steps, because two processes do them. A collector, which holds no key, reads the parts of a
 * version into a *draft*: entries of the access model with values as the config wrote them, secrets
 * included. The engine, which alone has the key, builds the tree from it: secrets become
 * fingerprints, keys their SHA256, libyang validates everything as if a stranger had written it. */
#ifndef ROLLCALL_ACCESS_H
#define ROLLCALL_ACCESS_H

#include <libyang/libyang.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/secret.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

/* A platform's rules, compiled. One can read any number of configs. */
struct reader;

int reader_new(const struct platform *platform, struct reader **out, struct error *err);
void reader_free(struct reader *r);

/* What a config says, before the key turned its secrets into fingerprints. */
struct draft;

/* Read all parts of one version. Unknown syntax is no error: it is kept as `unread`. */
int draft_read(const struct reader *r, const struct part *parts, size_t part_count,
    struct draft **out, struct error *err);
void draft_free(struct draft *d); /* wipes: it holds secrets */

/* To and from a message between processes. draft_unpack() checks every length and number. */
int draft_pack(const struct draft *d, struct buf *out);
int draft_unpack(struct str message, struct draft **out, struct error *err);

/* Who last changed the config by the config's own words ("! Last configuration change ... by u"),
 * or NULL. Owned by the draft. */
const char *draft_author(const struct draft *d);

/* Build and validate the tree. `ctx` implements rollcall-access. The tree is NULL-safe to diff and
 * freed with lyd_free_all(). `platform` gives the tables: schemes, administrators, defaults. */
int access_build(const struct ly_ctx *ctx, const struct platform *platform, const struct draft *d,
    const unsigned char key[FINGERPRINT_KEY_BYTES], struct lyd_node **tree, struct error *err);

/* To and from JSON (RFC 7951), with the line annotations. `out` gets the bare object
 * {"rollcall-access:access":{...}}. */
int access_print(const struct lyd_node *tree, bool with_lines, struct buf *out, struct error *err);
int access_parse(
    const struct ly_ctx *ctx, const char *json, struct lyd_node **tree, struct error *err);

/* A part's text with every secret in it replaced by <secret:XXXXXX>, XXXXXX being the start of its
 * keyed fingerprint, so that a changed secret shows as changed. Finds secrets by the access rules,
 * by the profile's own list, and by words that announce one on every platform. Line numbers and
 * line ends stay as they are. */
int access_redact(const struct reader *r, const char *part, struct str text,
    const unsigned char key[FINGERPRINT_KEY_BYTES], struct buf *out, struct error *err);

#endif
