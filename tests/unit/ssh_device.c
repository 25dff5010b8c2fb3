#include "ssh_device.h"

static int64_t device_clock(void *ctx)
{
    return ((struct device *)ctx)->now_us;
}

static void say(struct device *d, const char *text)
{
    buf_add(&d->out, text);
}

static void say_prompt(struct device *d)
{
    if (d->prompt && !d->hangs && !d->closed)
        say(d, d->enabled && d->enabled_prompt ? d->enabled_prompt : d->prompt);
}

static const char *eol(const struct device *d)
{
    return d->eol ? d->eol : "\r\n";
}

/* Print on, page by page; the prompt follows the last one. */
static void print_paged(struct device *d)
{
    size_t lines = 0;
    d->paging = false;
    const char *c = d->paged + d->page_at, *lf;
    for (; (lf = strchr(c, '\n')); c = lf + 1) {
        buf_append(&d->out, c, (size_t)(lf - c));
        say(d, eol(d));
        if (d->pager && ++lines == d->page_lines && lf[1]) {
            say(d, d->pager);
            d->paging = true;
            d->page_at = (size_t)(lf + 1 - d->paged);
            return;
        }
    }
    say_prompt(d);
}

static void cut_reply(struct device *d, size_t start)
{
    if (d->out.len < start + d->cut_at)
        return;
    d->out.len = start + d->cut_at;
    d->closed = d->cut == CUT_CLOSE;
    d->hangs = d->cut == CUT_HANG;
    if (d->cut == CUT_ERROR)
        say(d, "\r\n% Internal error, output aborted\r\n");
    if (d->cut == CUT_PROMPT)
        say(d, "\r\n");
    say_prompt(d);
}

static void answer_command(struct device *d)
{
    d->floods = d->endless;
    for (const struct device_reply *r = d->replies; r && r->command; r++)
        if (strcmp(r->command, d->line) == 0) {
            size_t start = d->out.len;
            d->paged = r->output;
            d->page_at = 0;
            print_paged(d);
            if (d->cut && strcmp(d->line, "show running-config") == 0)
                cut_reply(d, start);
            return;
        }
    say(d, "% Invalid input detected at '^' marker.");
    say(d, eol(d));
    say_prompt(d);
}

static void take_secret(struct device *d)
{
    d->wants_secret = false;
    d->secrets++;
    say(d, eol(d));
    if (strcmp(d->line, d->enable_secret) == 0) {
        d->enabled = true;
        say_prompt(d);
    } else if (d->secrets < 3) {
        d->wants_secret = true;
        say(d, "Password: ");
    } else {
        say(d, "% Bad secrets\r\n");
        say_prompt(d);
    }
}

static void take_login(struct device *d)
{
    say(d, eol(d));
    if (d->wants_login == 1) {
        d->wants_login = strcmp(d->line, "bob") == 0 ? 2 : 1;
        say(d, d->wants_login == 2 ? "Password: " : "Username: ");
    } else {
        d->wants_login = strcmp(d->line, "hunter2") == 0 ? 0 : 1;
        if (d->wants_login)
            say(d, "% Login invalid\r\nUsername: ");
        else
            say_prompt(d);
    }
}

static void take_line(struct device *d)
{
    d->line[d->line_len] = '\0';
    if (d->wants_secret) {
        take_secret(d);
    } else if (d->wants_login) {
        take_login(d);
    } else {
        bool late = d->line_len == 0 && d->late && !d->was_late;
        if (!d->no_echo && !late)
            say(d, eol(d));
        if (d->line_len == 0) {
            d->newlines++;
            if (late) {
                d->was_late = true;
                say(d, d->late);
                say_prompt(d);
                say(d, eol(d));
            }
            say_prompt(d);
        } else if (strcmp(d->line, "enable") == 0 && !d->enabled) {
            d->wants_secret = d->enable_secret != NULL;
            d->enabled = !d->enable_secret && d->enabled_prompt;
            say(d, d->wants_secret ? "Password: " : "");
            if (!d->wants_secret)
                say_prompt(d);
        } else {
            answer_command(d);
            if (d->renamed)
                d->prompt = d->renamed;
        }
    }
    d->line_len = 0;
}

static int device_write(void *ctx, struct str bytes, int64_t deadline_us)
{
    (void)deadline_us;
    struct device *d = ctx;
    if (d->closed)
        return RC_CONNECT;
    for (size_t i = 0; i < bytes.len && !d->hangs; i++) {
        char c = bytes.at[i];
        if (d->asked) {
            d->asked = false;
            say(d, eol(d));
            say_prompt(d);
        } else if (d->paging) {
            say(d, d->wipe);
            print_paged(d);
        } else if (c == '\n') {
            take_line(d);
        } else if (d->line_len + 1 < sizeof d->line) {
            if (c != ' ' || d->line_len > 0) /* blanks in front mean nothing */
                d->line[d->line_len++] = c;
            if (!d->no_echo && !d->wants_secret && d->wants_login != 2)
                buf_add_char(&d->out, c);
        }
    }
    return RC_OK;
}

static void greet(struct device *d)
{
    d->started = true;
    say(d, d->greeting ? d->greeting : "");
    if (d->question) {
        d->asked = true;
        say(d, d->question);
    } else if (d->asks_login) {
        d->wants_login = 1;
        say(d, "Username: ");
    } else if (!d->late) {
        say_prompt(d);
    }
}

static long device_read(void *ctx, char *bytes, size_t size, int64_t deadline_us)
{
    struct device *d = ctx;
    if (!d->started)
        greet(d);
    bool waits = deadline_us > d->now_us;
    size_t left = d->out.len - d->sent;
    if (d->floods && left == 0) {
        memset(bytes, 'x', size);
        return (long)size;
    }
    if (left == 0 && d->closed)
        return 0;
    if (left == 0 || (d->paused && !waits)) {
        if (deadline_us > d->now_us)
            d->now_us = deadline_us;
        return RC_TIMEOUT;
    }
    size_t most = d->piece && d->piece < size ? d->piece : size;
    size_t len = left < most ? left : most;
    memcpy(bytes, d->out.data + d->sent, len);
    d->sent += len;
    d->paused = d->piece > 0;
    d->now_us += d->piece ? 100 : 1;
    return (long)len;
}

void device_start(struct device *d, struct dialogue *with)
{
    d->clock = (struct clock){.now_us = device_clock, .mono_us = device_clock, .ctx = d};
    d->now_us = 1000000;
    with->wire = (struct wire){.read = device_read, .write = device_write, .ctx = d};
    with->clock = &d->clock;
}

void device_free(struct device *d)
{
    buf_free(&d->out);
}
