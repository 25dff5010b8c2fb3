/* One event as an RFC 5424 message. */
#include <stdio.h>
#include <unistd.h>

#include "alert/sink.h"
#include "base/clock.h"

/* 32473 is the enterprise number for examples (RFC 5612); an own one becomes a setting when there
 * is one. */
#define SD_ID "rollcall@32473"

/* Most bytes of a value in the structured data, escaped for safety but not yet for the syntax
 * (which can double it). All of them together stay far below SYSLOG_UDP_MOST, so that cutting only
 * ever cuts the sentence. */
static const struct {
    const char *name;
    size_t most;
} limits[] = {{"id", 96}, {"device", 96}, {"subject", 160}, {"severity", 8}, {"verdict", 24},
    {"attack", 128}, {"user", 96}, {"address", 64}, {"head_size", 20}, {"head_root", 44}};

/* RFC 5424 section 6.2.1; our scale is that of the catalogue. */
static int syslog_severity(int severity)
{
    return severity >= 90 ? 2 : severity >= 70 ? 3 : severity >= 50 ? 4 : severity >= 30 ? 5 : 6;
}

/* Header fields are printable US-ASCII without blanks; "-" where nothing is left. */
static int add_word(struct buf *out, const char *text, size_t most)
{
    size_t start = out->len;
    int rc = RC_OK;
    for (; !rc && *text && out->len - start < most; text++)
        rc = buf_add_char(out, *text > ' ' && *text <= '~' ? *text : '_');
    return rc || out->len > start ? rc : buf_add_char(out, '-');
}

/* RFC 5424 has the date and time of RFC 3339, but not all of its freedom. */
static int add_time(struct buf *out, const char *seen_at)
{
    int64_t time_us;
    char text[TIME_TEXT_SIZE];
    if (!*seen_at || time_parse(seen_at, 0, &time_us, NULL))
        return buf_add_char(out, '-');
    return buf_add(out, time_format(time_us, text));
}

/* text_escape() takes away what could break a line; then RFC 5424 section 6.3.3. */
static int add_value(struct buf *out, const char *name, const char *text, size_t most)
{
    char safe[256];
    int rc = buf_format(out, " %s=\"", name);
    text_escape(safe, most + 1 < sizeof safe ? most + 1 : sizeof safe, text, strlen(text));
    for (const char *at = safe; !rc && *at; at++) {
        if (*at == '"' || *at == '\\' || *at == ']')
            rc = buf_add_char(out, '\\');
        if (!rc)
            rc = buf_add_char(out, *at);
    }
    return rc ? rc : buf_add_char(out, '"');
}

static int add_structured_data(struct buf *out, const struct document *d)
{
    char severity[8];
    snprintf(severity, sizeof severity, "%d", d->severity);
    const char *const values[] = {d->id, d->device, d->subject, severity, d->verdict, d->attack,
        d->user, d->address, d->head_size, d->head_root};
    int rc = buf_add(out, " [" SD_ID);
    for (size_t i = 0; !rc && i < sizeof values / sizeof *values; i++)
        if (*values[i])
            rc = add_value(out, limits[i].name, values[i], limits[i].most);
    return rc ? rc : buf_add_char(out, ']');
}

/* The sentence, as far as it fits, cut between characters. A byte order mark says that it is UTF-8
 * (section 6.4), where that makes a difference. */
static int add_message(struct buf *out, const struct document *d, size_t room)
{
    struct buf safe = {.cap = (size_t)1 << 20};
    int rc = buf_add_escaped(&safe, str_of(d->says));
    if (!rc && *d->user)
        rc = buf_add(&safe, ", by ");
    if (!rc && *d->user)
        rc = buf_add_escaped(&safe, str_of(d->user));
    if (!rc && *d->address)
        rc = buf_add(&safe, " from ");
    if (!rc && *d->address)
        rc = buf_add_escaped(&safe, str_of(d->address));
    const char *text = buf_text(&safe);
    size_t len = 0, step;
    bool ascii = true;
    if (room > 4) {
        room -= 4; /* a blank and the mark */
        while (!rc && (step = utf8_length(text + len, safe.len - len)) && len + step <= room) {
            ascii = ascii && step == 1;
            len += step;
        }
    }
    if (!rc && len)
        rc = buf_format(out, " %s%.*s", ascii ? "" : "\xef\xbb\xbf", (int)len, text);
    buf_free(&safe);
    return rc;
}

int syslog_line(const struct document *d, int facility, const char *host, size_t most,
    struct buf *out, struct error *err)
{
    size_t start = out->len;
    int rc = buf_format(out, "<%d>1 ", facility * 8 + syslog_severity(d->severity));
    if (!rc)
        rc = add_time(out, d->seen_at);
    if (!rc)
        rc = buf_add_char(out, ' ');
    if (!rc)
        rc = add_word(out, host, 255);
    if (!rc)
        rc = buf_format(out, " rollcall %ld ", (long)getpid());
    if (!rc)
        rc = add_word(out, d->event, 32);
    if (!rc)
        rc = add_structured_data(out, d);
    if (!rc)
        rc = add_message(out, d, most > out->len - start ? most - (out->len - start) : 0);
    return rc ? error_set(err, RC_FORMAT, "the event is too large for syslog") : RC_OK;
}
