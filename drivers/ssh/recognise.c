#include "drivers/ssh/recognise.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/yang.h"

#define MOST_COMMANDS 16
#define MOST_FITTING 8
#define MOST_OUTPUT (1u << 20)

struct search {
    struct route *route;
    struct dialogue *dialogue; /* NULL: no shell */
    struct str greeting;       /* identification string and banner */
    struct {
        const char *command;
        struct buf output;
    } asked[MOST_COMMANDS];
    size_t asked_count;
    const struct platform *fitting[MOST_FITTING];
    size_t fitting_count;
};

static int found_in(const char *pattern, struct str text, bool *found, struct error *err)
{
    struct regex *p = NULL;
    int rc = regex_new(pattern, 0, &p, err);
    *found = rc == RC_OK && regex_matches(p, text);
    regex_free(p);
    return rc;
}

static int ask(struct search *s, const char *command, struct buf *output, struct error *err)
{
    output->cap = MOST_OUTPUT;
    if (s->dialogue) {
        struct str out;
        route_step(s->route, s->route->job->command_ms, "recognise the platform: %.100s", command);
        int rc = dialogue_run(s->dialogue, command, &out, err);
        return rc ? rc : buf_add_str(output, out);
    }
    struct exec_reply reply = {.out = {.cap = MOST_OUTPUT}};
    int rc = exec_run(s->route, s->route->job->command_ms, command, &reply, err);
    *output = reply.out;
    /* A server that does not run it is just another platform, as long as it is still there. */
    return rc && ssh_is_connected(route_session(s->route)) ? RC_OK : rc;
}

/* What a command prints, from the device at the first time only. */
static int answer_to(struct search *s, const char *command, struct str *out, struct error *err)
{
    for (size_t i = 0; i < s->asked_count; i++)
        if (strcmp(s->asked[i].command, command) == 0) {
            *out = buf_str(&s->asked[i].output);
            return RC_OK;
        }
    if (s->asked_count == MOST_COMMANDS) {
        *out = STR("");
        return RC_OK;
    }
    s->asked[s->asked_count].command = command;
    struct buf *output = &s->asked[s->asked_count++].output;
    int rc = ask(s, command, output, err);
    *out = buf_str(output);
    return rc;
}

static int try_platform(
    struct search *s, const struct platform *p, bool by_server, bool *fits, struct error *err)
{
    const struct lyd_node *hints = yang_child(p->data, "recognise");
    const char *server = yang_leaf(hints, "server"), *prompt = yang_leaf(hints, "prompt");
    const char *command = yang_leaf(hints, "command"), *match = yang_leaf(hints, "match");
    int rc = RC_OK;
    *fits = false;
    if (!hints || by_server != (server != NULL) || !(server || prompt || match))
        return RC_OK;
    if (!s->dialogue && strcmp(yang_leaf(p->data, "session/kind"), "exec") != 0)
        return RC_OK;
    *fits = true;
    if (server)
        rc = found_in(server, s->greeting, fits, err);
    if (rc == RC_OK && *fits && prompt && s->dialogue)
        rc = found_in(prompt, str_of(s->dialogue->prompt), fits, err);
    if (rc == RC_OK && *fits && command && match) {
        struct str output;
        rc = answer_to(s, command, &output, err);
        if (rc == RC_OK)
            rc = found_in(match, output, fits, err);
    }
    return rc;
}

/* `general` names itself behind `special` in special's list `before`. */
static bool is_before(const struct platform *special, const struct platform *general)
{
    const struct lyd_node *hints = yang_child(special->data, "recognise");
    for (const struct lyd_node *n = hints ? lyd_child(hints) : NULL; n; n = n->next)
        if (strcmp(LYD_NAME(n), "before") == 0 && strcmp(lyd_get_value(n), general->name) == 0)
            return true;
    return false;
}

static int search_all(struct search *s, bool by_server, struct error *err)
{
    const struct platform *p;
    for (size_t i = 0; (p = platforms_at(s->route->job->platforms, i)); i++) {
        bool fits;
        int rc = try_platform(s, p, by_server, &fits, err);
        if (rc)
            return rc;
        if (fits && s->fitting_count < MOST_FITTING)
            s->fitting[s->fitting_count++] = p;
    }
    return RC_OK;
}

static int choose(struct search *s, const struct platform **out, struct error *err)
{
    char names[120] = "", shown[100];
    size_t left = 0;
    for (size_t i = 0; i < s->fitting_count; i++) {
        bool beaten = false;
        for (size_t k = 0; k < s->fitting_count; k++)
            beaten = beaten || is_before(s->fitting[k], s->fitting[i]);
        if (beaten)
            continue;
        *out = s->fitting[i];
        size_t len = strlen(names);
        snprintf(names + len, sizeof names - len, "%s%s", left++ ? ", " : "", s->fitting[i]->name);
    }
    if (left == 1)
        return RC_OK;
    route_step(s->route, s->route->job->command_ms, "recognise the platform");
    if (left > 1)
        return error_at(
            err, RC_NOT_FOUND, s->route->place, "it may be any of %s; name the platform", names);
    text_escape(shown, sizeof shown, s->greeting.at, strcspn(s->greeting.at, "\n"));
    char prompt[100] = "none";
    if (s->dialogue)
        text_escape(prompt, sizeof prompt, s->dialogue->prompt, strlen(s->dialogue->prompt));
    return error_at(err, RC_NOT_FOUND, s->route->place,
        "no known platform fits (server \"%s\", prompt \"%s\"); name the platform", shown, prompt);
}

int recognise(struct route *r, struct dialogue *d, const struct platform **out, struct error *err)
{
    struct search s = {.route = r, .dialogue = d};
    struct buf greeting = {.cap = 65536};
    const char *server = ssh_get_serverbanner(route_session(r));
    char *banner = ssh_get_issue_banner(route_session(r));
    int rc = buf_format(&greeting, "%s\n", server ? server : "");
    if (rc == RC_OK && banner)
        rc = buf_append(&greeting, banner, strnlen(banner, 32768));
    ssh_string_free_char(banner);
    s.greeting = buf_str(&greeting);
    if (rc == RC_OK)
        rc = search_all(&s, true, err);
    if (rc == RC_OK && s.fitting_count == 0)
        rc = search_all(&s, false, err);
    if (rc == RC_OK)
        rc = choose(&s, out, err);
    for (size_t i = 0; i < s.asked_count; i++)
        buf_wipe(&s.asked[i].output);
    buf_free(&greeting);
    return rc;
}
