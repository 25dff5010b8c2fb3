/* Documents of the log as trees. Private to the store. */
#ifndef ROLLCALL_STORE_JSON_H
#define ROLLCALL_STORE_JSON_H

#include <jansson.h>

#include "store/sql.h"

/* RC_INTEGRITY: what was unsealed is no JSON object. Release with json_decref(). */
int json_parse(struct store *s, struct str text, json_t **out, struct error *err);
/* A string of any bytes: escaped where they are no UTF-8. NULL gives NULL, and so does memory that
 * is full. */
json_t *json_text(const char *text);
/* With six digits of a second. */
json_t *json_time(int64_t time_us);
/* Appended, compact; takes `document` (NULL: there was no memory). */
int json_write(json_t *document, struct buf *out, struct error *err);

#endif
