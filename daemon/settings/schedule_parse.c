/* "every 10m", five cron fields, or @daily: words to bits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "schedule.h"
#include "settings_private.h"

struct field {
    const char *name;
    unsigned least, most;
    const char *const *words; /* names for `least` and what follows */
    size_t word_count;
};

static const char *const months[] = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static const struct field fields[] = {
    {"minute", 0, 59, NULL, 0},
    {"hour", 0, 23, NULL, 0},
    {"day", 1, 31, NULL, 0},
    {"month", 1, 12, months, 12},
    {"weekday", 0, 7, weekdays, 7},
};

static int wrong(const struct field *field, struct str text, const char *why, struct error *err)
{
    return error_set(err, RC_SETTINGS, "%s field \"%.*s\": %s", field->name,
        (int)(text.len < 40 ? text.len : 40), text.at, why);
}

/* A number or a name at `*at`. */
static bool take_value(const struct field *field, struct str *rest, unsigned *value)
{
    size_t len = 0;
    *value = 0;
    while (len < rest->len && len < 4 && rest->at[len] >= '0' && rest->at[len] <= '9')
        *value = *value * 10 + (unsigned)(rest->at[len++] - '0');
    for (size_t i = 0; len == 0 && i < field->word_count; i++)
        if (rest->len >= 3 && strncasecmp(rest->at, field->words[i], 3) == 0) {
            *value = field->least + (unsigned)i;
            len = 3;
        }
    rest->at += len;
    rest->len -= len;
    return len > 0;
}

static bool take_char(struct str *rest, char c)
{
    if (rest->len == 0 || *rest->at != c)
        return false;
    rest->at++;
    rest->len--;
    return true;
}

/* One of the parts between commas: *, 5, 1-5, any of them with /STEP. */
static int parse_part(const struct field *field, struct str part, uint64_t *bits, struct error *err)
{
    unsigned from = field->least, to = field->most, step = 1;
    struct str rest = part;
    char bounds[64];
    bool range = true;
    if (!take_char(&rest, '*')) {
        if (!take_value(field, &rest, &from))
            return wrong(field, part, "not a number, a name, a range or *", err);
        to = from;
        range = take_char(&rest, '-');
        if (range && !take_value(field, &rest, &to))
            return wrong(field, part, "the range has no end", err);
    }
    snprintf(bounds, sizeof bounds, "takes %u to %u", field->least, field->most);
    if (from < field->least || from > field->most || to > field->most)
        return wrong(field, part, bounds, err);
    if (from > to)
        return wrong(field, part, "runs backwards; write it as two ranges with a comma", err);
    if (take_char(&rest, '/')) {
        if (!take_value(&fields[0], &rest, &step) || step == 0)
            return wrong(field, part, "the step after / is a number from 1", err);
        to = range ? to : field->most;
    }
    if (rest.len > 0)
        return wrong(field, part, "has something behind it that does not belong there", err);
    for (unsigned value = from; value <= to; value += step)
        *bits |= UINT64_C(1) << value;
    return RC_OK;
}

static int parse_field(
    const struct field *field, struct str text, uint64_t *bits, struct error *err)
{
    *bits = 0;
    for (;;) {
        const char *comma = memchr(text.at, ',', text.len);
        struct str part = {text.at, comma ? (size_t)(comma - text.at) : text.len};
        int rc = parse_part(field, part, bits, err);
        if (rc || !comma)
            return rc;
        text.len -= part.len + 1;
        text.at = comma + 1;
    }
}

/* 31 February never comes; a schedule without a day is a mistake. */
static int check_days(const struct schedule *s, struct error *err)
{
    static const unsigned lengths[] = {0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!s->any_weekday)
        return RC_OK;
    for (unsigned month = 1; month <= 12; month++)
        for (unsigned day = 1; day <= lengths[month]; day++)
            if ((s->months >> month & 1) && (s->days >> day & 1))
                return RC_OK;
    return error_set(err, RC_SETTINGS, "no month of the schedule has such a day");
}

static int parse_cron(const char *text, struct schedule *s, struct error *err)
{
    uint64_t bits[5];
    bool any[5];
    struct str rest = str_of(text), words[6];
    size_t count = 0;
    while (count < 6 && str_next_word(&rest, &words[count]))
        count++;
    if (count < 5)
        return error_set(err, RC_SETTINGS,
            "\"%.60s\" is no schedule: write every 10m, @daily, never, or five fields: minute hour "
            "day month weekday",
            text);
    if (count > 5)
        return error_set(err, RC_SETTINGS, "a schedule has five fields; \"%.*s\" is one too many",
            (int)(words[5].len < 40 ? words[5].len : 40), words[5].at);
    for (size_t i = 0; i < 5; i++) {
        int rc = parse_field(&fields[i], words[i], &bits[i], err);
        if (rc)
            return rc;
        any[i] = words[i].at[0] == '*';
    }
    *s = (struct schedule){.minutes = bits[0],
        .hours = (uint32_t)bits[1],
        .days = (uint32_t)bits[2],
        .months = (uint16_t)bits[3],
        .weekdays = (uint8_t)((bits[4] | bits[4] >> 7) & 0x7F),
        .any_day = any[2],
        .any_weekday = any[4]};
    return check_days(s, err);
}

static int parse_interval(const char *span, struct schedule *s, struct error *err)
{
    int64_t ms = duration_ms(span);
    if (ms < 1000 || ms > INT64_C(366) * 86400000 || ms % 1000)
        return error_set(err, RC_SETTINGS,
            "every \"%.40s\": a number and a unit, from 1s to 366d: every 10m, every 2h", span);
    *s = (struct schedule){.interval_s = ms / 1000};
    return RC_OK;
}

static const char *long_form(const char *text)
{
    static const char *const names[][2] = {{"@hourly", "0 * * * *"}, {"@daily", "0 0 * * *"},
        {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"}, {"@monthly", "0 0 1 * *"},
        {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(text, names[i][0]) == 0)
            return names[i][1];
    return NULL;
}

int schedule_parse(const char *text, struct schedule **out, struct error *err)
{
    *out = NULL;
    struct schedule *made = calloc(1, sizeof *made);
    if (!made)
        return settings_no_memory(err);
    const char *cron = *text == '@' ? long_form(text) : text;
    int rc;
    if (!cron)
        rc = error_set(err, RC_SETTINGS,
            "unknown schedule \"%.40s\"; known here: @hourly, @daily, @weekly, @monthly, @yearly",
            text);
    else if (strncasecmp(cron, "every ", 6) == 0)
        rc = parse_interval(cron + 6 + strspn(cron + 6, " "), made, err);
    else
        rc = parse_cron(cron, made, err);
    if (rc) {
        free(made);
        return rc;
    }
    tzset(); /* localtime_r() need not do it */
    *out = made;
    return RC_OK;
}
