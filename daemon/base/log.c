#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

static const char *log_program = "rollcall";
static enum log_level log_most = LOG_NOTICE;
static bool log_journal;

void log_open(const char *program, enum log_level most)
{
    log_program = program;
    log_most = most;
    log_journal = getenv("JOURNAL_STREAM") != NULL && !isatty(STDERR_FILENO);
}

static void write_line(enum log_level level, const char *raw)
{
    char text[1400], line[1500];
    text_escape(text, sizeof text, raw, strlen(raw));
    int len = log_journal ? snprintf(line, sizeof line, "<%d>%s\n", (int)level, text)
                          : snprintf(line, sizeof line, "%s: %s\n", log_program, text);
    /* one write: lines of several processes do not mix */
    if (len > 0 && write(STDERR_FILENO, line, (size_t)len) < 0)
        return;
}

void log_line(enum log_level level, const char *format, ...)
{
    if (level > log_most)
        return;
    char raw[1300];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    write_line(level, raw);
}

void log_error(const struct error *err)
{
    char line[1100];
    write_line(LOG_ERROR, error_line(err, line, sizeof line));
}
