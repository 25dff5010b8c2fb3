#include "drivers/ssh/script.h"

#include <stdlib.h>

#include "base/yang.h"

size_t script_count(const struct lyd_node *parent, const char *name)
{
    size_t count = 0;
    for (const struct lyd_node *n = parent ? lyd_child(parent) : NULL; n; n = n->next)
        count += strcmp(LYD_NAME(n), name) == 0;
    return count;
}

/* The next entry named `name` after `last` (NULL: the first). */
static const struct lyd_node *next_of(
    const struct lyd_node *parent, const char *name, const struct lyd_node *last)
{
    const struct lyd_node *n = last ? last->next : parent ? lyd_child(parent) : NULL;
    while (n && strcmp(LYD_NAME(n), name) != 0)
        n = n->next;
    return n;
}

static int pattern_of(
    const struct lyd_node *parent, const char *name, struct regex **out, struct error *err)
{
    const char *text = yang_leaf(parent, name);
    return text ? regex_new(text, 0, out, err) : RC_OK;
}

int script_load_answers(const struct lyd_node *session, struct script *s, struct error *err)
{
    int rc = RC_OK;
    const struct lyd_node *n = NULL;
    while (rc == RC_OK && (n = next_of(session, "answer", n))) {
        struct script_answer *answer = &s->answers[s->answer_count];
        answer->send = yang_leaf(n, "send");
        rc = pattern_of(n, "asks", &answer->asks, err);
        if (rc == RC_OK)
            s->answer_count++;
    }
    return rc;
}

static int load_session(const struct lyd_node *session, struct script *s, struct error *err)
{
    const char *kind = yang_leaf(session, "kind");
    const struct lyd_node *enable = yang_child(session, "enable");
    const struct lyd_node *pager = yang_child(session, "pager");
    const struct lyd_node *n = NULL;
    int rc;

    s->exec = kind && strcmp(kind, "exec") == 0;
    s->leave = yang_leaf(session, "leave");
    s->answers = calloc(script_count(session, "answer") + 1, sizeof *s->answers);
    s->prepare = calloc(script_count(session, "prepare") + 1, sizeof *s->prepare);
    s->errors = calloc(script_count(session, "error") + 1, sizeof *s->errors);
    if (!s->answers || !s->prepare || !s->errors)
        return error_set(err, RC_NO_MEMORY, "out of memory");

    const char *prompt = yang_leaf(session, "prompt");
    if ((rc = regex_new(prompt ? prompt : SCRIPT_USUAL_PROMPT, 0, &s->prompt, err)) ||
        (rc = script_load_answers(session, s, err)))
        return rc;
    if (enable) {
        s->enable = yang_leaf(enable, "command");
        if ((rc = pattern_of(enable, "when", &s->enable_when, err)) ||
            (rc = pattern_of(enable, "asks", &s->enable_asks, err)))
            return rc;
    }
    if (pager) {
        s->pager_answer = yang_leaf(pager, "answer");
        if ((rc = pattern_of(pager, "match", &s->pager, err)))
            return rc;
    }
    while ((n = next_of(session, "prepare", n)))
        s->prepare[s->prepare_count++] = lyd_get_value(n);
    while ((n = next_of(session, "error", n))) {
        if ((rc = regex_new(lyd_get_value(n), 0, &s->errors[s->error_count], err)))
            return rc;
        s->error_count++;
    }
    return RC_OK;
}

static int load_parts(const struct lyd_node *profile, struct script *s, struct error *err)
{
    const struct lyd_node *n = NULL;
    s->parts = calloc(script_count(profile, "parts") + 1, sizeof *s->parts);
    if (!s->parts)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    while ((n = next_of(profile, "parts", n))) {
        const char *command = yang_leaf(n, "command");
        if (!command)
            continue; /* it comes another way: by NETCONF, or out of a file */
        struct script_part *part = &s->parts[s->part_count++];
        part->name = yang_leaf(n, "name");
        part->command = command;
        part->optional = yang_is_true(n, "optional");
        part->copy = yang_leaf(n, "copy-of") != NULL;
        int rc = pattern_of(n, "ends", &part->ends, err);
        if (rc)
            return rc;
    }
    return RC_OK;
}

int script_load(const struct platform *platform, struct script **out, struct error *err)
{
    struct script *s = calloc(1, sizeof *s);
    if (!s)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    int rc = load_session(yang_child(platform->data, "session"), s, err);
    if (rc == RC_OK)
        rc = load_parts(platform->data, s, err);
    if (rc) {
        script_free(s);
        if (err)
            error_context(err, "platform %s", platform->name);
        return rc;
    }
    *out = s;
    return RC_OK;
}

void script_free(struct script *s)
{
    if (!s)
        return;
    regex_free(s->prompt);
    for (size_t i = 0; i < s->answer_count; i++)
        regex_free(s->answers[i].asks);
    free(s->answers);
    regex_free(s->enable_when);
    regex_free(s->enable_asks);
    free(s->prepare);
    regex_free(s->pager);
    for (size_t i = 0; i < s->error_count; i++)
        regex_free(s->errors[i]);
    free(s->errors);
    for (size_t i = 0; i < s->part_count; i++)
        regex_free(s->parts[i].ends);
    free(s->parts);
    free(s);
}
