/* Differences: two access trees into events, two configs into a text diff.
 *
 * Both are generic. Which difference means what is said by the model (rollcall-events:event
 * statements), which lines are volatile and where order counts by the platform's profile. */
#ifndef ROLLCALL_DIFF_H
#define ROLLCALL_DIFF_H

#include <jansson.h>
#include <libyang/libyang.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

/* ---- events ---- */

struct evidence {
    bool after;    /* line of the config after the change, else of the one before */
    char *part;    /* running, ... */
    uint32_t line; /* from 1 */
};

struct event {
    char *event;    /* id of the catalogue */
    int severity;   /* 1 to 100 */
    char *says;     /* one sentence, safe to show; {device} still in it, see below */
    char *path;     /* data path of the entry or node, "" when it is about the device. Several
                       entries in one event: that of their list */
    char *subject;  /* "bob", "vty 0 4", ... */
    json_t *before; /* value or entry, NULL when there was none; an array of several */
    json_t *after;
    const char *const *attack; /* NULL-terminated; owned by the catalogue */
    const char *const *controls;
    struct evidence *evidence;
    size_t evidence_count;
};

struct events {
    struct event *at;
    size_t count;
};

void events_free(struct events *events);

/* Put the device's name where `says` has {device}. */
int events_name_device(struct events *events, const char *device, struct error *err);

/* The catalogue and the model's annotations, compiled once. */
struct meaning;

/* `ctx` implements rollcall-access and rollcall-events; `catalogue` is the YAML text of
 * models/catalogue.yaml or of an operator's own. */
int meaning_new(const struct ly_ctx *ctx, const char *file, struct str catalogue,
    struct meaning **out, struct error *err);
void meaning_free(struct meaning *m);

/* Events of the change from `before` to `after` (either may be NULL: an empty tree), most severe
 * first, then by path. Appends. */
int diff_access(const struct meaning *m, const struct lyd_node *before,
    const struct lyd_node *after, struct events *out, struct error *err);

/* An event that no tree shows (device-unreachable, config-changed, host-key-changed ...): its
 * severity, mappings and sentence come from the catalogue. RC_NOT_FOUND when it is not in there. */
int event_add(const struct meaning *m, const char *event, const char *subject, const char *before,
    const char *after, struct events *out, struct error *err);

/* ---- config text ---- */

struct config; /* the parts of one version as trees of lines, without volatile lines */

/* A platform's syntaxes and volatile lines, compiled. One can read any number of configs, which may
 * outlive it. */
struct config_reader;

int config_reader_new(
    const struct platform *platform, struct config_reader **out, struct error *err);
void config_reader_free(struct config_reader *r);
/* Take lines in which that regular expression is found for volatile ones too. */
int config_reader_ignore(struct config_reader *r, const char *pattern, struct error *err);

/* `parts` are borrowed and must outlive the result. Parts without a line that counts are as good as
 * absent. Errors: RC_FORMAT, RC_LIMIT. */
int config_reader_read(const struct config_reader *r, const struct part *parts, size_t part_count,
    struct config **out, struct error *err);

/* The same with a reader made for the occasion. */
int config_read(const struct platform *platform, const struct part *parts, size_t part_count,
    struct config **out, struct error *err);
void config_free(struct config *c);

/* One of two versions that are to be compared. Borrowed. */
struct config_side {
    const struct config_reader *reader; /* of its platform */
    const struct part *parts;
    size_t part_count;
};

/* Read both so that only what somebody changed differs. YANG data is read with one schema, that of
 * the newer and where it is silent that of the older: neither learning what data means nor another
 * release of a device's modules is a change. A part that is text in one and data in the other is in
 * neither, and nor are those then that only one has: the device is read in another way. */
int config_read_pair(const struct config_side *older, const struct config_side *newer,
    struct config **before, struct config **after, struct error *err);
/* The name of a part that was left out so, or NULL. */
const char *config_incomparable(const struct config *c);
/* YANG data (drivers/data/data.h), not text. */
bool config_part_is_data(const struct config_reader *reader, const struct part *part);

#define CONFIG_DIGEST_BYTES 32

/* The same for two configs that differ only in volatile lines, blanks, the wrapping of banners, and
 * order where order means nothing. */
void config_digest(const struct config *c, unsigned char digest[CONFIG_DIGEST_BYTES]);

struct line_change {
    bool added; /* else removed */
    const char *part;
    uint32_t line;   /* number in the config after (added) or before (removed) */
    unsigned depth;  /* of the line in its section */
    struct str text; /* a view into that config's part: not redacted! */
    const uint32_t
        *section; /* line numbers of the enclosing lines, outermost first, in that config */
    size_t section_depth;
};

struct line_changes {
    struct line_change *at;
    size_t count;
};

/* Lines removed and added, in the order of the sections; none when the digests are the same, and
 * some otherwise. As few as can be, until a config is so different that finding the fewest would
 * cost more than a fixed amount of work: then more lines are reported than had to be. A section
 * whose own line changed and whose contents did not is reported without them. */
int diff_config(const struct config *before, const struct config *after, struct line_changes *out,
    struct error *err);
void line_changes_free(struct line_changes *changes);

#endif
