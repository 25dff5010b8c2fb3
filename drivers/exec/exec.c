/* Commands of this host whose output is a config. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/program.h"
#include "base/yang.h"
#include "drivers/driver.h"
#include "drivers/platform.h"

#define USUAL_BYTES ((size_t)64 << 20)

struct pull {
    const struct driver_job *job;
    const struct driver_hop *device;
    struct driver_result *result;
    struct arena memory; /* words and environment; a password in it: wiped */
    const char *const *environment;
    int64_t total_us;
    size_t bytes_left;
    char place[256];
};

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "no memory for a command");
}

/* ---- what the commands are told ---- */

struct fact {
    const char *word; /* in braces, and in upper case behind ROLLCALL_ */
    const char *value;
};

#define FACTS 5

static void list_facts(const struct pull *p, char port[8], struct fact facts[FACTS])
{
    const struct driver_hop *device = p->device;
    snprintf(port, 8, "%u", device->port);
    const struct fact all[FACTS] = {{"host", device->address}, {"address", device->address},
        {"name", device->name}, {"port", device->port ? port : NULL}, {"user", device->login.user}};
    memcpy(facts, all, sizeof all);
}

/* The fact that `text`, behind an opening brace, names. */
static const struct fact *fact_at(const struct fact *facts, const char *text)
{
    for (size_t i = 0; i < FACTS; i++) {
        size_t len = strlen(facts[i].word);
        if (strncmp(text, facts[i].word, len) == 0 && text[len] == '}')
            return &facts[i];
    }
    return NULL;
}

/* One word with what stands in its braces; other braces are the command's own. What was put in
 * stays within its word, and the word is an option only if it was written as one. */
static int fill_word(
    struct pull *p, const struct fact *facts, const char *word, const char **out, struct error *err)
{
    struct buf made = {.cap = (size_t)64 << 10};
    int rc = RC_OK;
    for (const char *at = word; *at && rc == RC_OK;) {
        const struct fact *fact = *at == '{' ? fact_at(facts, at + 1) : NULL;
        if (!fact) {
            rc = buf_add_char(&made, *at++);
        } else if (!fact->value) {
            rc = error_at(err, RC_SETTINGS, p->place,
                "its command wants {%s}, and the settings do not say it", fact->word);
        } else if (*fact->value == '-' && at == word) {
            rc = error_at(
                err, RC_SETTINGS, p->place, "its {%s} would be taken for an option", fact->word);
        } else {
            rc = buf_add(&made, fact->value);
            at += strlen(fact->word) + 2;
        }
    }
    if (rc == RC_OK && !(*out = arena_dup(&p->memory, buf_str(&made))))
        rc = no_memory(err);
    else if (rc == RC_LIMIT)
        rc = error_at(err, rc, p->place, "a word of its command is too long");
    buf_free(&made);
    return rc;
}

static int fill_words(
    struct pull *p, const char *const *words, const char *const **out, struct error *err)
{
    struct fact facts[FACTS];
    char port[8];
    size_t count = 0;
    while (words[count])
        count++;
    const char **made = arena_take(&p->memory, (count + 1) * sizeof *made);
    int rc = made ? RC_OK : no_memory(err);
    list_facts(p, port, facts);
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        rc = fill_word(p, facts, words[i], &made[i], err);
    *out = made;
    return rc;
}

static int fill_environment(struct pull *p, struct error *err)
{
    const struct driver_exec *exec = &p->job->exec;
    const struct driver_login *login = &p->device->login;
    struct fact facts[FACTS];
    char port[8];
    size_t count = 0, given = 0;
    while (exec->environment && exec->environment[given])
        given++;
    const char **made = arena_take(&p->memory, (given + FACTS + 2) * sizeof *made);
    if (!made)
        return no_memory(err);
    for (; count < given; count++)
        made[count] = exec->environment[count];
    list_facts(p, port, facts);
    for (size_t i = 0; i < FACTS; i++) {
        if (!facts[i].value || strcmp(facts[i].word, "address") == 0)
            continue;
        char *variable = arena_format(&p->memory, "ROLLCALL_%s=%s", facts[i].word, facts[i].value);
        if (!variable)
            return no_memory(err);
        for (char *c = variable; *c != '='; c++)
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        made[count++] = variable;
    }
    if (exec->password_variable && login->password) {
        made[count] = arena_format(
            &p->memory, "%s=%s", exec->password_variable, secret_value(login->password).at);
        if (!made[count++])
            return no_memory(err);
    }
    p->environment = made;
    return RC_OK;
}

/* ---- running them ---- */

static unsigned deadline_ms(const struct pull *p)
{
    int64_t left_ms = (p->total_us - clock_mono_us(&clock_system)) / 1000;
    unsigned command_ms = p->job->command_ms;
    return left_ms < 1 ? 1 : left_ms < command_ms ? (unsigned)left_ms : command_ms;
}

/* What it says of its failure may be shown, if it does not repeat the password. */
static const char *shown_complaint(const struct pull *p, const struct program_end *end)
{
    struct str password = secret_value(p->device->login.password);
    return password.len && strstr(end->complaint, password.at) ? "" : end->complaint;
}

static int run(
    struct pull *p, const char *const *words, bool optional, struct buf *out, struct error *err)
{
    struct str password = secret_value(p->device->login.password);
    struct buf input = {.cap = (size_t)64 << 10};
    struct program_end end = {0};
    struct error why = ERROR_INIT;
    int rc = RC_OK;
    if (p->job->exec.password_input && password.len) {
        rc = buf_reserve(&input, password.len + 1);
        if (rc == RC_OK)
            rc = buf_format(&input, "%s\n", password.at);
    }
    const struct program program = {.words = words,
        .environment = p->environment,
        .input = buf_str(&input),
        .deadline_ms = deadline_ms(p)};
    rc = rc ? no_memory(&why) : program_run(&program, out, &end, &why);
    buf_wipe(&input);
    const char *complaint = shown_complaint(p, &end);
    if (rc)
        return error_at(
            err, (enum rc)rc, p->place, "%s%s%s", why.text, *complaint ? ": " : "", complaint);
    if (end.status)
        return error_at(err, optional ? RC_NOT_FOUND : RC_DIALOGUE, p->place,
            "%s ended with status %d%s%s", words[0], end.status, *complaint ? ": " : "", complaint);
    return RC_OK;
}

static int split(struct pull *p, const char *command, const char *const **words, struct error *err)
{
    struct error why = ERROR_INIT;
    const char *sign = program_shell_sign(command);
    if (sign)
        return error_at(err, RC_SETTINGS, p->place,
            "its command is for a shell (\"%c\"), and there is none here; driver: ssh runs it, or "
            "exec: {command: ...}",
            *sign);
    int rc = program_words(&p->memory, command, words, &why);
    return rc ? error_at(err, (enum rc)rc, p->place, "%s", why.text) : RC_OK;
}

/* A part that may be missing is left out when its command says no, or is not there. */
static int pull_part(
    struct pull *p, const struct lyd_node *part, const char *const *words, struct error *err)
{
    const char *name = yang_leaf(part, "name");
    bool optional = yang_is_true(part, "optional");
    struct buf text = {.cap = p->bytes_left};
    int rc = RC_OK;
    snprintf(p->place, sizeof p->place, "%s: %s", p->device->name, name);
    if (p->job->progress)
        p->job->progress(p->job->ctx, p->place);
    if (p->bytes_left == 0)
        return error_at(err, RC_LIMIT, p->place, "more config than allowed");
    if (!words)
        rc = split(p, yang_leaf(part, "command"), &words, err);
    if (rc == RC_OK)
        rc = fill_words(p, words, &words, err);
    if (rc == RC_OK)
        rc = run(p, words, optional, &text, err);
    if (rc == RC_OK)
        rc = platform_check_end(part, buf_str(&text), p->place, err);
    size_t len = text.len;
    if (rc == RC_OK)
        rc = driver_result_add_part(p->result, name, &text, err);
    if (rc == RC_OK)
        p->bytes_left -= len;
    buf_wipe(&text);
    if (rc != RC_NOT_FOUND || !optional)
        return rc;
    if (err)
        *err = (struct error)ERROR_INIT;
    return RC_OK;
}

static int pull_parts(struct pull *p, struct error *err)
{
    const struct platform *platform = p->job->platform;
    const char *const *command = p->job->exec.command;
    const char *kind = yang_leaf(platform->data, "session/kind");
    const struct lyd_node *part = platform_next_part(platform, NULL);
    snprintf(p->place, sizeof p->place, "%s", p->device->name);
    if (!part)
        return error_at(err, RC_SETTINGS, p->place, "platform %s has no parts", platform->name);
    if (command)
        return pull_part(p, part, command, err);
    if (!kind || strcmp(kind, "exec") != 0)
        return error_at(err, RC_SETTINGS, p->place,
            "the commands of platform %s are typed at a device's prompt; say what prints its "
            "config: exec: {command: ...}",
            platform->name);
    int rc = RC_OK;
    for (; part && rc == RC_OK; part = platform_next_part(platform, part))
        if (yang_leaf(part, "command"))
            rc = pull_part(p, part, NULL, err);
    if (rc == RC_OK && p->result->part_count == 0)
        rc = error_at(err, RC_INCOMPLETE, p->device->name, "the commands gave none of the parts");
    return rc;
}

int exec_pull(const struct driver_job *job, struct driver_result *result, struct error *err)
{
    int64_t start_us = clock_mono_us(&clock_system);
    struct pull p = {.job = job,
        .device = &job->hops[job->hop_count - 1],
        .result = result,
        .total_us = start_us + (int64_t)job->total_ms * 1000,
        .bytes_left = job->max_bytes ? job->max_bytes : USUAL_BYTES};
    *result = (struct driver_result){.platform = job->platform};
    int rc = job->platform ? RC_OK
                           : error_at(err, RC_NOT_FOUND, p.device->name,
                                 "what a command prints does not tell its platform; name it");
    if (rc == RC_OK)
        rc = fill_environment(&p, err);
    if (rc == RC_OK)
        rc = pull_parts(&p, err);
    result->dialogue_us = clock_mono_us(&clock_system) - start_us;
    if (rc)
        driver_result_drop_parts(result);
    arena_wipe(&p.memory);
    return rc;
}
