/* The log: one line an entry on stderr, with a priority systemd's journal understands when stderr
 * goes there (sd-daemon(3) prefixes). Control characters are escaped; secrets cannot be given to
 * it. */
#ifndef ROLLCALL_BASE_LOG_H
#define ROLLCALL_BASE_LOG_H

#include "base/error.h"

enum log_level { LOG_ERROR = 3, LOG_WARN = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

/* `program` stands in front of each line; kept, not copied. `most` is the least urgent level shown.
 */
void log_open(const char *program, enum log_level most);
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_error(const struct error *err); /* at LOG_ERROR, place in front */

#endif
