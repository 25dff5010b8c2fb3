/* From the first byte to a prompt with full rights and without pager. */
#include <stdlib.h>

#include "drivers/ssh/dialogue_core.h"

#define MOST_NEWLINES 8
#define MOST_ANSWERS 20
#define LAST_BYTES 8192
#define NUDGE_US 2000000 /* a silent console server wants a key pressed first */

/* The last line that is not blank, in the end of what a device said: a flood of blank lines is not
 * searched from its start each time. */
static struct str last_line(const struct dialogue *d)
{
    struct str text = buf_str(&d->term.text);
    size_t skip = text.len > LAST_BYTES ? text.len - LAST_BYTES : 0;
    return text_last_line((struct str){text.at + skip, text.len - skip});
}

/* Words of a login on the command line itself, where SSH let everybody in. */
static bool ends_with(struct str line, const char *word)
{
    line = text_trim_end(line);
    size_t len = strlen(word);
    return line.len >= len && strncasecmp(line.at + line.len - len, word, len) == 0;
}

static bool asks_for_user(struct str line)
{
    static const char *const words[] = {"username:", "user name:", "user:", "login:"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (ends_with(line, words[i]))
            return true;
    return false;
}

/* Questions before `answered` are done with: an answer ends its line. */
static int mark_answered(struct dialogue *d)
{
    int rc = d->term.text.len > d->term.line ? terminal_newline(&d->term) : RC_OK;
    d->answered = d->term.line;
    return rc;
}

static int answer_login(struct dialogue *d, struct str line, int64_t deadline_us, bool *done)
{
    if (!d->login_here)
        return RC_OK;
    if (d->user && !d->sent_user && asks_for_user(line)) {
        *done = d->sent_user = true;
        return dialogue_send_line(d, str_of(d->user), deadline_us);
    }
    if (d->password && !d->sent_password && ends_with(line, "password:")) {
        *done = d->sent_password = true;
        return dialogue_send_line(d, secret_value(d->password), deadline_us);
    }
    return RC_OK;
}

/* Answer the question in the last line, when it is one and new. */
static int answer_question(struct dialogue *d, int64_t deadline_us, bool *answered)
{
    struct str line = last_line(d);
    *answered = false;
    if (line.len == 0 || (size_t)(line.at - buf_text(&d->term.text)) < d->answered)
        return RC_OK;
    int rc = answer_login(d, line, deadline_us, answered);
    for (size_t i = 0; !*answered && rc == RC_OK && i < d->script->answer_count; i++)
        if (regex_matches(d->script->answers[i].asks, line)) {
            *answered = true;
            rc = dialogue_send(d, str_of(d->script->answers[i].send), deadline_us);
        }
    if (rc == RC_OK && *answered)
        rc = ++d->answers > MOST_ANSWERS ? RC_LIMIT : mark_answered(d);
    return rc;
}

static int give_up(struct dialogue *d, int rc, struct error *err)
{
    char place[256], shown[160];
    struct str last = last_line(d);
    snprintf(place, sizeof place, "%s: login", d->name);
    dialogue_shown(d, last, shown);
    if (rc == RC_CONNECT)
        return error_at(err, RC_CONNECT, place,
            "the device closed the connection before its prompt; its last line: \"%s\"", shown);
    if (rc == RC_LIMIT)
        return error_at(err, RC_LIMIT, place,
            "the device talks without end before its prompt; its last line: \"%s\"", shown);
    if (rc != RC_TIMEOUT)
        return error_at(err, (enum rc)rc, place, "%s", rc_name((enum rc)rc));
    if (last.len == 0)
        return error_at(err, RC_TIMEOUT, place, "the device shows no prompt: it says nothing");
    return error_at(err, RC_DIALOGUE, place,
        "no prompt was recognised; the device's last line: \"%s\"; `prompt` or `answer` of the "
        "platform's profile should match it",
        shown);
}

static bool looks_like_prompt(const struct dialogue *d, struct str line)
{
    return line.len > 0 && line.len < 1000 && regex_matches(d->script->prompt, line);
}

/* Wait until the last line looks like a prompt. */
static int await_candidate(struct dialogue *d, int64_t deadline_us)
{
    bool nudged = false, answered;
    for (;;) {
        int rc = answer_question(d, deadline_us, &answered);
        if (rc)
            return rc;
        if (!answered && looks_like_prompt(d, terminal_line(&d->term)))
            return RC_OK;
        int64_t nudge = clock_mono_us(d->clock) + NUDGE_US;
        bool may_nudge = !nudged && terminal_line(&d->term).len == 0 && nudge < deadline_us;
        rc = dialogue_gather(d, may_nudge ? nudge : deadline_us);
        if (rc == RC_TIMEOUT && may_nudge) {
            nudged = true;
            rc = dialogue_send(d, STR("\n"), deadline_us);
        }
        if (rc)
            return rc;
    }
}

int dialogue_learn(struct dialogue *d, int64_t deadline_us, struct error *err)
{
    char *candidate = NULL;
    int rc = RC_OK;
    free(d->prompt);
    d->prompt = NULL;
    for (int i = 0; i < MOST_NEWLINES; i++) {
        if ((rc = await_candidate(d, deadline_us)))
            break;
        struct str line = text_trim_end(terminal_line(&d->term));
        if (candidate && str_is(line, candidate)) {
            d->prompt = candidate;
            return RC_OK;
        }
        free(candidate);
        candidate = strndup(line.at, line.len);
        if (!candidate) {
            rc = RC_NO_MEMORY;
            break;
        }
        /* The line that answers must be a new one. */
        size_t at = d->term.line;
        rc = dialogue_send(d, STR("\n"), deadline_us);
        while (rc == RC_OK && d->term.line == at)
            if ((rc = dialogue_gather(d, deadline_us)) == RC_OK)
                rc = dialogue_split_prompts(d, candidate);
        if (rc)
            break;
    }
    free(candidate);
    return give_up(d, rc ? rc : RC_TIMEOUT, err);
}

int dialogue_login(struct dialogue *d, struct error *err)
{
    return dialogue_learn(d, dialogue_deadline(d), err);
}

static int refuse_enable(struct dialogue *d, struct error *err, const char *why)
{
    char place[256];
    snprintf(place, sizeof place, "%s: %s", d->name, d->script->enable);
    return error_at(err, RC_AUTH, place, "%s", why);
}

static bool str_has(struct str s, const char *word)
{
    return memmem(s.at, s.len, word, strlen(word)) != NULL;
}

/* Give the command, and the secret when it is asked for. */
static int ask_for_rights(struct dialogue *d, int64_t deadline_us, struct error *err)
{
    const struct script *s = d->script;
    terminal_forget(&d->term);
    d->answered = 0;
    bool waited = false;
    int rc = dialogue_send_line(d, str_of(s->enable), deadline_us);
    while (rc == RC_OK) {
        if ((rc = dialogue_gather(d, deadline_us)))
            break;
        struct str line = terminal_line(&d->term);
        if (d->term.line > 0 && looks_like_prompt(d, line)) {
            /* A stale prompt stands before the command's echo. */
            if (waited || d->sent_enable || str_has(buf_str(&d->term.text), s->enable))
                return RC_OK;
            waited = true;
            int64_t grace = clock_mono_us(d->clock) + NO_ECHO_GRACE_US;
            rc = dialogue_gather(d, grace < deadline_us ? grace : deadline_us);
            if (rc == RC_TIMEOUT)
                return RC_OK;
            if (rc)
                break;
            line = terminal_line(&d->term);
        }
        if (!regex_matches_last(s->enable_asks, line) || d->term.line < d->answered)
            continue;
        if (d->sent_enable)
            return refuse_enable(d, err, "the device rejected the enable secret");
        if (!d->enable_secret)
            return refuse_enable(
                d, err, "the device asks for an enable secret, and none is set for it");
        d->sent_enable = true;
        rc = dialogue_send_line(d, secret_value(d->enable_secret), deadline_us);
        if (rc == RC_OK)
            rc = mark_answered(d);
    }
    return give_up(d, rc, err);
}

static int raise_rights(struct dialogue *d, struct error *err)
{
    int64_t deadline = dialogue_deadline(d);
    int rc = ask_for_rights(d, deadline, err);
    if (rc == RC_OK)
        rc = dialogue_learn(d, deadline, err);
    if (rc == RC_OK && regex_matches(d->script->enable_when, str_of(d->prompt)))
        rc = refuse_enable(d, err,
            d->sent_enable ? "the device rejected the enable secret"
                           : "the device did not raise our rights");
    return rc;
}

int dialogue_prepare(struct dialogue *d, struct error *err)
{
    int rc = RC_OK;
    struct str out;
    if (d->script->enable && regex_matches(d->script->enable_when, str_of(d->prompt)))
        rc = raise_rights(d, err);
    for (size_t i = 0; rc == RC_OK && i < d->script->prepare_count; i++)
        rc = dialogue_run(d, d->script->prepare[i], &out, err);
    return rc;
}
