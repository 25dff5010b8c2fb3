#include "drivers/ssh/dialogue.h"

#include <stdlib.h>

#include "drivers/ssh/dialogue_core.h"

#define READ_BYTES 32768
#define MOST_PAGES 100000 /* answered pagers in one wait */
#define MOST_CONFIRMS 64  /* lines of a config that look like the prompt */
#define ERROR_LINES 5
#define LONGEST_PAUSE 1000

/* A pager's pause; a line that grows without end is none, and is not searched again and again. */
static bool is_pause(const struct dialogue *d, struct str line, bool last)
{
    if (line.len == 0 || line.len > LONGEST_PAUSE)
        return false;
    return last ? regex_matches_last(d->script->pager, line)
                : regex_matches(d->script->pager, line);
}

static bool may_overwrite(void *ctx, struct str line)
{
    const struct dialogue *d = ctx;
    size_t len = d->prompt ? strlen(d->prompt) : 0;
    return (d->term.lf && len > 0 && line.len >= len && memcmp(line.at, d->prompt, len) == 0) ||
           is_pause(d, line, false);
}

void dialogue_init(struct dialogue *d, size_t max_bytes)
{
    d->term = (struct terminal){.may_overwrite = may_overwrite, .ctx = d};
    d->term.text.cap = max_bytes;
}

void dialogue_free(struct dialogue *d)
{
    terminal_free(&d->term);
    free(d->prompt);
    d->prompt = NULL;
}

int64_t dialogue_deadline(const struct dialogue *d)
{
    int64_t end = clock_mono_us(d->clock) + (int64_t)d->command_ms * 1000;
    return end < d->total_us ? end : d->total_us;
}

bool dialogue_is_prompt(const struct dialogue *d, struct str line)
{
    return d->prompt && str_is(text_trim_end(line), d->prompt);
}

bool dialogue_at_prompt(const struct dialogue *d)
{
    return dialogue_is_prompt(d, terminal_line(&d->term));
}

static bool holds_secret(struct str line, const struct secret *secret)
{
    struct str value = secret_value(secret);
    return value.len > 0 && memmem(line.at, line.len, value.at, value.len);
}

const char *dialogue_shown(const struct dialogue *d, struct str line, char out[160])
{
    if (holds_secret(line, d->password) || holds_secret(line, d->enable_secret))
        strcpy(out, "(hidden: it repeats our password)");
    else
        text_escape(out, 160, line.at, line.len);
    return out;
}

int dialogue_send(struct dialogue *d, struct str text, int64_t deadline_us)
{
    int rc = d->wire.write(d->wire.ctx, text, deadline_us);
    if (rc && rc != RC_TIMEOUT)
        d->closed = true;
    return rc;
}

int dialogue_send_line(struct dialogue *d, struct str line, int64_t deadline_us)
{
    struct buf b = {.cap = 8192};
    int rc = buf_add_str(&b, line);
    if (rc == RC_OK)
        rc = buf_add_char(&b, '\n');
    if (rc == RC_OK)
        rc = dialogue_send(d, buf_str(&b), deadline_us);
    buf_wipe(&b);
    return rc;
}

/* The last line is one after which the device may be waiting for us. */
static bool may_wait_here(const struct dialogue *d)
{
    struct str line = terminal_line(&d->term);
    return !d->prompt || dialogue_is_prompt(d, line) || is_pause(d, line, true);
}

/* Read once, and where that ends in what a device waits behind, until nothing more is there. */
static int read_burst(struct dialogue *d, int64_t deadline_us)
{
    char bytes[READ_BYTES];
    int rc = RC_TIMEOUT;
    while (rc == RC_TIMEOUT || may_wait_here(d)) {
        long got = d->closed ? 0 : d->wire.read(d->wire.ctx, bytes, sizeof bytes, deadline_us);
        if (got <= 0) {
            if (got != RC_TIMEOUT)
                d->closed = true;
            return rc == RC_OK ? RC_OK : d->closed ? RC_CONNECT : RC_TIMEOUT;
        }
        rc = terminal_feed(&d->term, (struct str){bytes, (size_t)got});
        if (rc)
            return rc;
        if (clock_mono_us(d->clock) > d->total_us)
            return RC_OK;
        deadline_us = 0; /* the rest of the burst, without waiting */
    }
    return RC_OK;
}

int dialogue_gather(struct dialogue *d, int64_t deadline_us)
{
    for (size_t pages = 0; pages < MOST_PAGES; pages++) {
        /* A device that trickles on for ever always has something to read. */
        if (clock_mono_us(d->clock) > deadline_us)
            return RC_TIMEOUT;
        int rc = read_burst(d, deadline_us);
        if (rc)
            return rc;
        if (dialogue_at_prompt(d) || !is_pause(d, terminal_line(&d->term), true))
            return RC_OK;
        /* The pause is no content: whatever wipes it now finds an empty line. */
        terminal_wipe_line(&d->term);
        rc = dialogue_send(d, str_of(d->script->pager_answer), deadline_us);
        if (rc)
            return rc == RC_TIMEOUT ? rc : RC_CONNECT;
    }
    return RC_LIMIT;
}

/* ---- commands ---- */

/* A command under way: where its echo ended, once it was seen. */
struct reply {
    const char *command;
    bool echoed;
    size_t start; /* offset of the first byte of output */
    size_t seen;  /* offset up to which lines were looked at */
};

/* The echo is the prompt's line with the command at its end; narrow terminals scroll its front. */
static bool is_echo(const struct dialogue *d, struct str line, const char *command)
{
    size_t prompt = strlen(d->prompt), len = strlen(command);
    line = text_trim_end(line);
    if (line.len < prompt || memcmp(line.at, d->prompt, prompt) != 0)
        return false;
    struct str typed = str_trim((struct str){line.at + prompt, line.len - prompt});
    size_t tail = len > 12 ? 12 : len;
    return typed.len >= tail &&
           memcmp(typed.at + typed.len - tail, command + len - tail, tail) == 0;
}

/* Look at the lines that were finished since the last look. Stale prompts (an answer to a newline
 * that came late) stand before the echo and are no output. */
static void find_echo(struct dialogue *d, struct reply *r)
{
    while (!r->echoed && r->seen < d->term.line) {
        struct str rest = {d->term.text.data + r->seen, d->term.line - r->seen};
        size_t len = (size_t)((const char *)memchr(rest.at, '\n', rest.len) - rest.at);
        struct str line = {rest.at, len};
        if (is_echo(d, line, r->command)) {
            r->echoed = true;
            d->echo = ECHO_ON;
            r->start = r->seen + len + 1;
        } else if (text_trim_end(line).len > 0 && !dialogue_is_prompt(d, line) &&
                   d->echo != ECHO_ON) {
            return; /* output has begun */
        }
        r->seen += len + 1;
    }
}

/* Without an echo the output starts in the line of the prompt, or below it. */
static void start_without_echo(const struct dialogue *d, struct reply *r)
{
    size_t prompt = strlen(d->prompt);
    struct str rest = buf_str(&d->term.text), line;
    r->start = 0;
    while (str_next_line(&rest, &line) && rest.len > 0 &&
           (dialogue_is_prompt(d, line) || text_trim_end(line).len == 0))
        r->start = (size_t)(rest.at - d->term.text.data);
    struct str at = {d->term.text.data + r->start, d->term.text.len - r->start};
    if (at.len > prompt && memcmp(at.at, d->prompt, prompt) == 0 && d->term.line > r->start)
        r->start += prompt;
}

/* Nothing but blank lines and prompts from `from` to the end. */
static bool only_prompts(const struct dialogue *d, size_t from)
{
    struct str rest = {buf_text(&d->term.text) + from, d->term.text.len - from}, line;
    while (str_next_line(&rest, &line))
        if (text_trim_end(line).len > 0 && !dialogue_is_prompt(d, line))
            return false;
    return true;
}

/* Without an echo there may be no line end either between two prompts: put one there. */
int dialogue_split_prompts(struct dialogue *d, const char *prompt)
{
    struct str line = text_trim_end(terminal_line(&d->term));
    size_t len = strlen(prompt);
    if (d->echo == ECHO_ON || line.len < 2 * len || !str_starts(line, prompt))
        return RC_OK;
    if (!str_is(str_trim((struct str){line.at + len, line.len - len}), prompt))
        return RC_OK;
    terminal_wipe_line(&d->term);
    int rc = terminal_feed(&d->term, str_of(prompt));
    if (rc == RC_OK)
        rc = terminal_newline(&d->term);
    return rc ? rc : terminal_feed(&d->term, str_of(prompt));
}

/* One wait for the prompt behind the command's output. `must_print`: where nothing is
 * echoed, a prompt with nothing before it is a stale one. */
static int await_prompt(struct dialogue *d, struct reply *r, bool must_print, int64_t deadline_us)
{
    for (;;) {
        int rc = dialogue_gather(d, deadline_us);
        if (rc || (rc = dialogue_split_prompts(d, d->prompt)))
            return rc;
        find_echo(d, r);
        if (!dialogue_at_prompt(d) || d->term.line == 0)
            continue;
        if (r->echoed)
            return RC_OK;
        if (d->echo == ECHO_UNKNOWN) {
            int64_t grace = clock_mono_us(d->clock) + NO_ECHO_GRACE_US;
            size_t before = d->term.text.len;
            rc = dialogue_gather(d, grace < deadline_us ? grace : deadline_us);
            if (rc && rc != RC_TIMEOUT)
                return rc;
            find_echo(d, r);
            if (d->term.text.len != before)
                continue; /* look again at what came */
            d->echo = ECHO_OFF;
        }
        if (d->echo == ECHO_OFF && (!must_print || !only_prompts(d, 0)))
            return RC_OK;
    }
}

/* Send an empty line until nothing but the prompt answers it. */
static int confirm_prompt(struct dialogue *d, int64_t deadline_us)
{
    for (int i = 0; i < MOST_CONFIRMS; i++) {
        size_t at = d->term.line;
        int rc = dialogue_send(d, STR("\n"), deadline_us);
        while (rc == RC_OK && (d->term.line == at || !dialogue_at_prompt(d)))
            if ((rc = dialogue_gather(d, deadline_us)) == RC_OK)
                rc = dialogue_split_prompts(d, d->prompt);
        if (rc)
            return rc;
        if (only_prompts(d, at))
            return RC_OK;
    }
    return RC_LIMIT;
}

/* Where the output ends: before the first of the prompts that close the text. */
static size_t output_end(const struct dialogue *d, size_t start)
{
    const char *text = buf_text(&d->term.text);
    size_t line = d->term.line, end = line;
    while (line > start) {
        const char *lf = line > 1 ? memrchr(text, '\n', line - 1) : NULL;
        size_t before = lf ? (size_t)(lf + 1 - text) : 0;
        struct str s = {text + before, line - 1 - before};
        if (before < start || (text_trim_end(s).len > 0 && !dialogue_is_prompt(d, s)))
            break;
        if (dialogue_is_prompt(d, s))
            end = before;
        line = before;
    }
    return end > start ? end : start;
}

static int run(struct dialogue *d, const char *command, bool part, struct str *out)
{
    struct reply r = {.command = command};
    int64_t deadline = dialogue_deadline(d);
    terminal_forget(&d->term);
    int rc = dialogue_send_line(d, str_of(command), deadline);
    if (rc == RC_OK)
        rc = await_prompt(d, &r, part, deadline);
    if (rc == RC_OK && part)
        rc = confirm_prompt(d, deadline);
    if (!r.echoed && d->term.line > 0)
        start_without_echo(d, &r);
    size_t end = rc == RC_OK ? output_end(d, r.start) : d->term.text.len;
    *out = (struct str){buf_text(&d->term.text) + r.start, end > r.start ? end - r.start : 0};
    return rc;
}

/* What failed, with nothing of the output: it may be a config. */
static int complain(
    struct dialogue *d, int rc, const char *command, struct str seen, bool part, struct error *err)
{
    unsigned long long bytes = seen.len;
    char place[256];
    snprintf(place, sizeof place, "%s: %s", d->name, command);
    switch (rc) {
    case RC_TIMEOUT:
        if (clock_mono_us(d->clock) >= d->total_us)
            return error_at(err, RC_TIMEOUT, place,
                "the time for the whole pull is over, after %llu bytes of this command", bytes);
        return error_at(err, RC_TIMEOUT, place,
            "the prompt did not come back within %u s, after %llu bytes", d->command_ms / 1000,
            bytes);
    case RC_CONNECT:
        return error_at(err, part ? RC_INCOMPLETE : RC_CONNECT, place,
            "the device closed the connection after %llu bytes", bytes);
    case RC_LIMIT:
        return error_at(err, RC_LIMIT, place, "more output than allowed (%llu bytes)", bytes);
    default:
        return error_at(err, (enum rc)rc, place, "%s", rc_name((enum rc)rc));
    }
}

int dialogue_run(struct dialogue *d, const char *command, struct str *out, struct error *err)
{
    int rc = run(d, command, false, out);
    return rc ? complain(d, rc, command, *out, false, err) : RC_OK;
}

/* The line that says the device refused the command, if there is one. */
static bool is_refused(const struct script *script, struct str text, struct str *which)
{
    for (int i = 0; i < ERROR_LINES && str_next_line(&text, which); i++)
        for (size_t e = 0; e < script->error_count; e++)
            if (regex_matches(script->errors[e], *which))
                return true;
    return false;
}

int dialogue_part(
    struct dialogue *d, const struct script_part *part, struct buf *out, struct error *err)
{
    struct str text, refusal;
    char place[256], shown[160];
    snprintf(place, sizeof place, "%s: %s", d->name, part->command);
    int rc = run(d, part->command, true, &text);
    if (rc)
        return complain(d, rc, part->command, text, true, err);
    if (is_refused(d->script, text, &refusal))
        return error_at(err, part->optional ? RC_NOT_FOUND : RC_DIALOGUE, place,
            "the device refused: %s", dialogue_shown(d, refusal, shown));
    struct str last = text_last_line(text);
    if (part->ends && (last.len == 0 || !regex_matches(part->ends, last)))
        return error_at(err, RC_INCOMPLETE, place,
            "the end of the config was not seen in %zu bytes; the last line has %zu characters",
            text.len, last.len);
    rc = buf_add_str(out, text);
    return rc ? error_at(err, (enum rc)rc, place, "more config than allowed (%zu bytes)", text.len)
              : RC_OK;
}

void dialogue_leave(struct dialogue *d)
{
    if (!d->closed && d->script->leave)
        dialogue_send_line(d, str_of(d->script->leave), clock_mono_us(d->clock) + 1000000);
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

char *dialogue_hostname(const struct dialogue *d)
{
    if (!d->prompt)
        return NULL;
    /* bob@edge-7:~$, [admin@edge-7] >, RP/0/RSP0/CPU0:edge-7#, A:edge-7#, edge-7(config)# */
    const char *at = strrchr(d->prompt, '@');
    const char *colon = strrchr(d->prompt, ':');
    const char *start = at ? at + 1 : colon ? colon + 1 : d->prompt;
    while (*start && !is_name_char(*start))
        start++;
    size_t len = 0;
    while (is_name_char(start[len]))
        len++;
    return len ? strndup(start, len) : NULL;
}
