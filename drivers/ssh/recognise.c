#include "drivers/ssh/recognise.h"

#include <stdio.h>
#include <stdlib.h>

#include "drivers/ssh/candidates.h"

#define MOST_OUTPUT (1u << 20)

struct asking {
    struct route *route;
    struct dialogue *dialogue; /* NULL: no shell */
    struct buf answer;
};

static int ask(void *ctx, const char *command, struct str *answer, struct error *err)
{
    struct asking *a = ctx;
    buf_wipe(&a->answer);
    a->answer.cap = MOST_OUTPUT;
    if (a->dialogue) {
        route_step(a->route, a->route->job->command_ms, "recognise the platform: %.100s", command);
        return dialogue_run(a->dialogue, command, answer, err);
    }
    struct exec_reply reply = {.out = {.cap = MOST_OUTPUT}};
    int rc = exec_run(a->route, a->route->job->command_ms, command, &reply, err);
    a->answer = reply.out;
    *answer = buf_str(&a->answer);
    /* A server that does not run it is just another platform, as long as it is still there. */
    return rc && ssh_is_connected(route_session(a->route)) ? RC_OK : rc;
}

/* The one that fits, or why it cannot be told. */
static int choose(const struct route *r, const struct sight *sight,
    const struct platform *const *fitting, size_t count, const struct platform **out,
    struct error *err)
{
    char names[120] = "", shown[100], prompt[100] = "none";
    if (count == 1) {
        *out = fitting[0];
        return RC_OK;
    }
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(names);
        snprintf(names + len, sizeof names - len, "%s%s", i ? ", " : "", fitting[i]->name);
    }
    if (count > 1)
        return error_at(
            err, RC_NOT_FOUND, r->place, "it may be any of %s; name the platform", names);
    text_escape(shown, sizeof shown, sight->greeting.at, strcspn(sight->greeting.at, "\n"));
    if (sight->prompt)
        text_escape(prompt, sizeof prompt, sight->prompt, strlen(sight->prompt));
    return error_at(err, RC_NOT_FOUND, r->place,
        "no known platform fits (server \"%s\", prompt \"%s\"); name the platform", shown, prompt);
}

static int find(
    struct asking *a, struct str greeting, const struct platform **out, struct error *err)
{
    const struct platform *const *fitting = NULL;
    size_t count = 0;
    const struct sight sight = {.greeting = greeting,
        .prompt = a->dialogue ? a->dialogue->prompt : NULL,
        .ask = ask,
        .ctx = a};
    int rc = candidates_find(a->route->job->platforms, &sight, &fitting, &count, err);
    if (rc)
        return rc;
    route_step(a->route, a->route->job->command_ms, "recognise the platform");
    rc = choose(a->route, &sight, fitting, count, out, err);
    free((void *)(uintptr_t)fitting);
    return rc;
}

int recognise(struct route *r, struct dialogue *d, const struct platform **out, struct error *err)
{
    struct asking a = {.route = r, .dialogue = d};
    struct buf greeting = {.cap = 65536};
    const char *server = ssh_get_serverbanner(route_session(r));
    char *banner = ssh_get_issue_banner(route_session(r));
    int rc = buf_format(&greeting, "%s\n", server ? server : "");
    if (rc == RC_OK && banner)
        rc = buf_append(&greeting, banner, strnlen(banner, 32768));
    ssh_string_free_char(banner);
    if (rc == RC_OK)
        rc = find(&a, buf_str(&greeting), out, err);
    buf_wipe(&a.answer);
    buf_free(&greeting);
    return rc;
}
