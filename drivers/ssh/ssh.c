/* A pull over SSH, start to end. */
#include <stdlib.h>

#include "base/clock.h"
#include "drivers/ssh/recognise.h"

#define USUAL_BYTES ((size_t)64 << 20)
#define USUAL_COMMAND_MS 60000
#define DIALOGUE_SLACK 65536 /* banners, echoes and prompts around what counts */

struct pull {
    const struct driver_job *job;
    struct driver_result *result;
    struct route route;
    struct shell shell;
    struct dialogue dialogue;
    struct script *script;
    struct script *generic;
    size_t bytes_left;
    unsigned command_ms;
};

static int pull_part(struct pull *p, const struct script_part *wanted, struct error *err)
{
    struct buf text = {.cap = p->bytes_left};
    int rc = RC_OK;
    if (p->bytes_left == 0)
        return error_at(err, RC_LIMIT, p->route.place, "more config than allowed");
    if (p->script->exec) {
        rc = exec_part(&p->route, p->command_ms, wanted, &text, err);
    } else {
        route_step(&p->route, p->command_ms, "%.150s", wanted->command);
        rc = dialogue_part(&p->dialogue, wanted, &text, err);
    }
    size_t len = text.len;
    if (rc == RC_OK)
        rc = driver_result_add_part(p->result, wanted->name, &text, err);
    if (rc == RC_OK)
        p->bytes_left -= len;
    buf_wipe(&text);
    if (rc != RC_NOT_FOUND && !(rc == RC_INCOMPLETE && wanted->copy))
        return rc;
    if (err)
        *err = (struct error)ERROR_INIT;
    return RC_OK;
}

static int pull_parts(struct pull *p, struct error *err)
{
    int rc = RC_OK;
    if (p->script->part_count == 0)
        return error_at(err, RC_SETTINGS, p->job->hops[p->job->hop_count - 1].name,
            "platform %s is not read by commands; set `driver: netconf` for the device",
            p->result->platform->name);
    for (size_t i = 0; rc == RC_OK && i < p->script->part_count; i++)
        if (!p->job->no_copies || !p->script->parts[i].copy)
            rc = pull_part(p, &p->script->parts[i], err);
    if (rc == RC_OK && p->result->part_count == 0) {
        route_step(&p->route, p->command_ms, "pull");
        rc = error_at(err, RC_INCOMPLETE, p->route.place, "the device gave none of the parts");
    }
    return rc;
}

static int open_dialogue(struct pull *p, const struct script *script, struct error *err)
{
    const struct driver_hop *device = &p->job->hops[p->job->hop_count - 1];
    struct dialogue *d = &p->dialogue;
    int rc = shell_open(&p->shell, &p->route, &d->wire, err);
    if (rc)
        return rc;
    d->script = script;
    d->clock = &clock_system;
    d->name = device->name;
    d->enable_secret = device->login.enable_secret;
    d->user = device->login.user;
    d->password = device->login.password;
    d->login_here = p->route.open_door;
    d->total_us = p->route.total_us;
    d->command_ms = p->command_ms;
    dialogue_init(d, p->bytes_left + DIALOGUE_SLACK);
    route_step(&p->route, p->command_ms, "wait for the prompt");
    rc = dialogue_login(d, err);
    if (rc == RC_OK)
        p->result->hostname = dialogue_hostname(d);
    return rc;
}

static int find_platform(struct pull *p, struct error *err)
{
    struct dialogue *d = &p->dialogue;
    int rc = script_generic(p->job->platforms, &p->generic, err);
    if (rc)
        return rc;
    rc = open_dialogue(p, p->generic, err);
    if (rc == RC_OK)
        rc = recognise(&p->route, d, &p->result->platform, err);
    else if (rc == RC_DIALOGUE) {
        /* No shell for us, or one with a prompt beyond recognition: ask by exec, and when that
         * leads nowhere either, the first trouble is the one to tell. */
        shell_close(&p->shell);
        if (recognise(&p->route, NULL, &p->result->platform, NULL) == RC_OK)
            rc = RC_OK;
    }
    if (rc == RC_OK)
        rc = platform_open(p->result->platform, err);
    if (rc)
        return rc;
    rc = script_load(p->result->platform, &p->script, err);
    if (rc == RC_OK)
        d->script = p->script;
    return rc;
}

static int pull_device(struct pull *p, struct error *err)
{
    int rc;
    p->result->platform = p->job->platform;
    if (!p->job->platform)
        rc = find_platform(p, err);
    else if ((rc = script_load(p->job->platform, &p->script, err)) == RC_OK && !p->script->exec)
        rc = open_dialogue(p, p->script, err);
    if (rc)
        return rc;
    if (p->script->exec) {
        shell_close(&p->shell);
        return pull_parts(p, err);
    }
    route_step(&p->route, p->command_ms, "prepare the terminal");
    if ((rc = dialogue_prepare(&p->dialogue, err)))
        return rc;
    rc = pull_parts(p, err);
    dialogue_leave(&p->dialogue);
    return rc;
}

int ssh_pull(const struct driver_job *job, struct driver_result *result, struct error *err)
{
    int64_t start_us = clock_mono_us(&clock_system);
    *result = (struct driver_result){.platform = NULL};
    struct pull *p = calloc(1, sizeof *p);
    if (!p)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    p->job = job;
    p->result = result;
    p->bytes_left = job->max_bytes ? job->max_bytes : USUAL_BYTES;
    p->command_ms = job->command_ms ? job->command_ms : USUAL_COMMAND_MS;

    int rc = route_open(&p->route, job, result, err);
    if (rc == RC_OK)
        rc = pull_device(p, err);
    result->dialogue_us = clock_mono_us(&clock_system) - start_us;
    if (rc)
        driver_result_drop_parts(result);
    shell_close(&p->shell);
    route_close(&p->route);
    dialogue_free(&p->dialogue);
    script_free(p->script);
    script_free(p->generic);
    free(p);
    return rc;
}
