/* A draft: entries of the access model with values as the config wrote them. Private to access.
 *
 * It is all that passes from a collector to the engine, so it is flat and speaks in names only. */
#ifndef ROLLCALL_ACCESS_DRAFT_H
#define ROLLCALL_ACCESS_DRAFT_H

#include "access/access.h"
#include "base/arena.h"

struct draft_line {
    uint32_t part, number;
};

struct draft_field {
    const char *path; /* below the entry: privilege, secret/scheme, ssh-key/algorithm */
    struct str value; /* valid UTF-8 without control characters, unless it is a secret */
    struct draft_line line;
    uint32_t sub; /* fields of one entry of a list below the entry share a number; 0: none */
    bool secret;  /* only its fingerprint may go on */
};

struct draft_entry {
    const char *section; /* aaa/server */
    struct draft_field *fields;
    struct draft_line *lines;
    uint32_t field_count, line_count;
};

struct draft {
    struct arena arena;
    const char *author;
    const char **parts;    /* names */
    const char **mappings; /* names of those that had something to read */
    struct draft_entry *entries;
    uint32_t part_count, mapping_count, entry_count;
};

#define DRAFT_MAX_BYTES ((size_t)512 << 20)
#define DRAFT_MAX_VALUE 65536
#define DRAFT_MAX_LINES 16 /* places kept for one entry */

struct draft *draft_new(void);

#endif
