/* Real servers (alert_server.py) as children of a test, and what they say. */
#ifndef ROLLCALL_ALERT_FIXTURE_H
#define ROLLCALL_ALERT_FIXTURE_H

#include "test.h"

#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alert/alert.h"

#define EVENT_ID "5f2c0e9a"

static const char event_text[] =
    "{\"rollcall\":1,\"kind\":\"event\",\"id\":\"" EVENT_ID "\",\"event\":\"account-created\","
    "\"severity\":95,\"says\":\"account bob was created on edge-7\",\"device\":\"edge-7\","
    "\"subject\":\"bob\",\"verdict\":\"unreviewed\",\"seen_at\":\"2026-03-01T10:00:00.5Z\","
    "\"attack\":[\"T1136.001\",\"T1098\"]}";

struct server {
    pid_t pid;
    FILE *says;
    uint16_t port;
};

/* alert_server.py lies beside the tests. */
static inline void server_start(struct server *s, const char *const *words)
{
    const char *argv[10] = {"python3", "-u"};
    char script[256];
    const char *slash = strrchr(__FILE__, '/');
    snprintf(script, sizeof script, "%.*salert_server.py", slash ? (int)(slash + 1 - __FILE__) : 0,
        __FILE__);
    argv[2] = script;
    for (size_t i = 0; words[i] && i < 6; i++)
        argv[3 + i] = words[i];
    int out[2];
    assert_int_equal(pipe(out), 0);
    s->pid = fork();
    if (s->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
        dup2(out[1], 1);
        close(out[0]);
        close(out[1]);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    close(out[1]);
    s->says = fdopen(out[0], "r");
    char line[16];
    if (!fgets(line, sizeof line, s->says))
        fail_msg("alert_server.py did not start; run from the top of the tree");
    s->port = (uint16_t)atoi(line);
}

static inline void server_stop(struct server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    fclose(s->says);
}

/* The next thing the server says; the caller frees it. */
static inline json_t *server_next(struct server *s)
{
    json_t *said = json_loadf(s->says, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(said);
    return said;
}

/* Expect `text` in member `name` of it. */
static inline void expect_said(struct server *s, const char *name, const char *text)
{
    json_t *said = server_next(s);
    const char *value = json_string_value(json_object_get(said, name));
    if (!value || !strstr(value, text))
        fail_msg("expected %s with \"%s\", got: %s", name, text, json_dumps(said, 0));
    json_decref(said);
}

#endif
