/* The texts of a set's modules, ready for libyang. */
#ifndef ROLLCALL_NETCONF_SOURCES_H
#define ROLLCALL_NETCONF_SOURCES_H

#include "drivers/driver.h"
#include "drivers/netconf/yang_text.h"

struct source {
    const char *name;
    const char *revision; /* the text's own, or NULL */
    struct yang_outline outline;
    struct str text; /* borrowed */
    struct buf lean; /* made when it is asked for */
    bool broken;     /* does not parse: as if it were not there */
    bool loose;      /* what its leafrefs refer to is not there: they are strings */
    bool chosen;     /* the revision that counts where none is asked for */
};

struct sources {
    struct arena arena;
    struct source *at; /* sorted by name, the newest revision first */
    size_t count;
};

/* Parts named NAME@REVISION.yang or NAME.yang; others are passed over. What is no module gets a
 * line in `notes`. */
int sources_read(const struct part *texts, size_t count, struct sources *out, struct buf *notes,
    struct error *err);
void sources_free(struct sources *sources);

/* `revision` NULL: the chosen one, else the newest. NULL: not there, or broken. */
struct source *sources_find(const struct sources *sources, struct str name, const char *revision);

/* The lean text for libyang, NUL behind it. NULL: no memory. */
const char *source_lean(const struct sources *sources, struct source *source);

void source_loosen(struct source *source);

/* NAME of NAME@REVISION.yang; false when it is no such name. `revision` is empty without one. */
bool source_name(const char *part, struct str *name, struct str *revision);

/* Append "NAME@REVISION: WHY", in one line, escaped. */
int source_note(struct buf *notes, const char *name, const char *revision, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
