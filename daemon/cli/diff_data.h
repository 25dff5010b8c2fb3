/* Differences of YANG data, told in paths. */
#ifndef ROLLCALL_CLI_DIFF_DATA_H
#define ROLLCALL_CLI_DIFF_DATA_H

#include "cli/version.h"
#include "collect/event_json.h"

struct data_changes;

struct data_comparison {
    const struct version *before, *after;
    const unsigned char *key;
    struct redactor *redactor; /* of both: for text of another syntax inside the data */
};

/* The changes of the part `name`, which is data in both versions or in the only one that has it. */
int data_changes_new(const struct data_comparison *of, const char *name,
    const struct line_changes *changes, struct data_changes **out, struct error *err);
void data_changes_free(struct data_changes *c);

/* As objects of the open list, for programs; as lines, for people. */
void data_changes_list(const struct data_changes *c, struct writer *w);
void data_changes_print(const struct data_changes *c, struct writer *w);

#endif
