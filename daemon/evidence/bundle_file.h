/* What writing, showing and checking of bundles share. */
#ifndef ROLLCALL_EVIDENCE_BUNDLE_FILE_H
#define ROLLCALL_EVIDENCE_BUNDLE_FILE_H

#include <jansson.h>

#include "base/clock.h"
#include "evidence/bundle.h"

/* Each stands on a line of its own. The statement is over all bytes in front of its own line. */
#define BUNDLE_JSON "<script type=\"application/json\" id=\"rollcall-evidence\">\n"
#define BUNDLE_STATEMENT "<script type=\"text/plain\" id=\"rollcall-statement\">\n"
#define BUNDLE_CLOSE "</script>\n"
#define BUNDLE_END "</body>\n</html>\n"

#define BUNDLE_PROGRAM "rollcall " ROLLCALL_VERSION

/* With microseconds, always. */
const char *bundle_time(int64_t time_us, char out[TIME_TEXT_SIZE]);
/* That, or the same without a fraction of nothing. */
bool bundle_parse_time(const char *text, int64_t *time_us);

/* The text that the statement signs. */
int bundle_statement(
    const char *log_name, struct str signed_bytes, const char *made, struct buf *out);

/* The page of a document whose form is right, up to the line of BUNDLE_JSON. */
int bundle_page(json_t *document, struct buf *out);

/* The document's form: every member that must be there, and no other. RC_INVALID with the place in
 * it ("/parts/0/name") in the text. */
int bundle_form(json_t *document, struct error *err);

/* A member's string; never NULL in a document whose form is right. */
static inline const char *bundle_string(json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}

#endif
