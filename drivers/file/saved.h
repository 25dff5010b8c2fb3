/* What tools that save configs do to them. */
#ifndef ROLLCALL_FILE_SAVED_H
#define ROLLCALL_FILE_SAVED_H

#include "base/buf.h"

/* RANCID's first line, `!RANCID-CONTENT-TYPE: cisco`, stands in a config that it found whole. */
bool saved_by_rancid(struct str text);

/* RANCID turns a line whose secret it took out into a comment, "!username bob password <removed>":
 * make it a line of the config again, in place. */
void saved_restore(struct buf *text);

#endif
