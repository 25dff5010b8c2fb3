/* Logging in to one hop: `none` to hear what the server offers, then what was given for it, each
 * secret once. */
#include <libssh/libssh.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/ssh/route.h"

#define MOST_ROUNDS 8  /* of keyboard-interactive */
#define MOST_PROMPTS 8 /* in one of them */

struct attempt {
    struct route *route;
    const struct driver_login *login;
    ssh_session session;
    bool key_done, agent_done, interactive_done, password_sent;
    char tried[80];
    char trouble[160]; /* what a person should know besides */
};

static void note_try(struct attempt *a, const char *method)
{
    size_t len = strlen(a->tried);
    snprintf(a->tried + len, sizeof a->tried - len, "%s%s", len ? ", " : "", method);
}

/* libssh and OpenSSL would ask on the terminal. */
static int no_passphrase(
    const char *prompt, char *out, size_t size, int echo, int verify, void *ctx)
{
    (void)prompt, (void)out, (void)size, (void)echo, (void)verify, (void)ctx;
    return -1;
}

static int try_key(struct attempt *a)
{
    struct str passphrase = secret_value(a->login->key_passphrase);
    ssh_key key = NULL;
    int rc;
    a->key_done = true;
    note_try(a, "publickey");
    if (ssh_pki_import_privkey_base64(secret_value(a->login->private_key).at,
            a->login->key_passphrase ? passphrase.at : NULL, no_passphrase, NULL, &key) != SSH_OK) {
        snprintf(a->trouble, sizeof a->trouble,
            "; the private key cannot be read: its passphrase is missing or wrong, or it is none");
        return SSH_AUTH_DENIED;
    }
    ROUTE_CALL(a->route, rc, SSH_AUTH_AGAIN, ssh_userauth_publickey(a->session, NULL, key));
    ssh_key_free(key);
    return rc;
}

static int try_agent(struct attempt *a)
{
    int rc;
    a->agent_done = true;
    note_try(a, "agent");
    ROUTE_CALL(a->route, rc, SSH_AUTH_AGAIN, ssh_userauth_agent(a->session, NULL));
    /* No agent, or none of its keys: the next method may still do. */
    return rc == SSH_AUTH_ERROR && ssh_is_connected(a->session) ? SSH_AUTH_DENIED : rc;
}

static int try_password(struct attempt *a)
{
    int rc;
    a->password_sent = true;
    note_try(a, "password");
    ROUTE_CALL(a->route, rc, SSH_AUTH_AGAIN,
        ssh_userauth_password(a->session, NULL, secret_value(a->login->password).at));
    return rc;
}

static bool mentions(const char *prompt, const char *const *words)
{
    for (; *words; words++)
        if (strcasestr(prompt, *words))
            return true;
    return false;
}

/* Answer one question; false when we have no answer to it. */
static bool answer_prompt(struct attempt *a, unsigned i)
{
    static const char *const one_time[] = {"code", "token", "otp", "verification", NULL};
    static const char *const names[] = {"user", "login", "name", NULL};
    char echo = 0;
    const char *prompt = ssh_userauth_kbdint_getprompt(a->session, i, &echo);
    const char *answer = NULL;
    if (!prompt)
        return false;
    if (echo && mentions(prompt, names))
        answer = a->login->user;
    else if (!echo && !a->password_sent && !mentions(prompt, one_time))
        answer = secret_value(a->login->password).at;
    if (answer && !echo)
        a->password_sent = true;
    if (answer && ssh_userauth_kbdint_setanswer(a->session, i, answer) == 0)
        return true;
    char shown[64];
    text_escape(shown, sizeof shown, prompt, strlen(prompt));
    snprintf(a->trouble, sizeof a->trouble,
        "; the server asks \"%s\", to which we have no answer%s", shown,
        a->password_sent ? " left" : "");
    return false;
}

static int try_interactive(struct attempt *a)
{
    int rc;
    a->interactive_done = true;
    note_try(a, "keyboard-interactive");
    for (int round = 0; round < MOST_ROUNDS; round++) {
        ROUTE_CALL(a->route, rc, SSH_AUTH_AGAIN, ssh_userauth_kbdint(a->session, NULL, NULL));
        if (rc != SSH_AUTH_INFO)
            return rc;
        int prompts = ssh_userauth_kbdint_getnprompts(a->session);
        if (prompts < 0 || prompts > MOST_PROMPTS)
            return SSH_AUTH_ERROR;
        for (int i = 0; i < prompts; i++)
            if (!answer_prompt(a, (unsigned)i))
                return SSH_AUTH_INFO;
    }
    return SSH_AUTH_INFO;
}

/* The next thing that the server offers and we have. False when nothing is left. */
static bool try_next(struct attempt *a, unsigned offered, int *rc)
{
    const struct driver_login *login = a->login;
    bool password = login->password && !a->password_sent;
    if (login->private_key && !a->key_done && offered & SSH_AUTH_METHOD_PUBLICKEY)
        *rc = try_key(a);
    else if (password && offered & SSH_AUTH_METHOD_PASSWORD)
        *rc = try_password(a);
    else if (password && !a->interactive_done && offered & SSH_AUTH_METHOD_INTERACTIVE)
        *rc = try_interactive(a);
    else if (login->use_agent && !a->agent_done && offered & SSH_AUTH_METHOD_PUBLICKEY)
        *rc = try_agent(a);
    else
        return false;
    return true;
}

static const char *method_names(int methods, char out[96])
{
    static const struct {
        unsigned bit;
        const char *name;
    } all[] = {{SSH_AUTH_METHOD_PUBLICKEY, "publickey"}, {SSH_AUTH_METHOD_PASSWORD, "password"},
        {SSH_AUTH_METHOD_INTERACTIVE, "keyboard-interactive"},
        {SSH_AUTH_METHOD_HOSTBASED, "hostbased"}, {SSH_AUTH_METHOD_GSSAPI_MIC, "gssapi"}};
    out[0] = '\0';
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if ((unsigned)methods & all[i].bit) {
            size_t len = strlen(out);
            snprintf(out + len, 96 - len, "%s%s", len ? ", " : "", all[i].name);
        }
    return out[0] ? out : "nothing";
}

static int refuse(struct attempt *a, int offered, struct error *err)
{
    char names[96];
    const char *user = a->login->user ? a->login->user : "";
    method_names(offered, names);
    if (!a->tried[0])
        return error_at(err, RC_AUTH, a->route->place,
            "no way to log in as %s: the server offers %s, and no fitting password or key is set",
            user, names);
    return error_at(err, RC_AUTH, a->route->place,
        "authentication failed for %s (tried: %s; server offers: %s)%s", user, a->tried, names,
        a->trouble);
}

int route_log_in(
    struct route *r, const struct driver_hop *hop, ssh_session session, struct error *err)
{
    struct attempt a = {.route = r, .login = &hop->login, .session = session};
    int rc, offered = 0;
    r->open_door = false;
    ROUTE_CALL(r, rc, SSH_AUTH_AGAIN, ssh_userauth_none(session, NULL));
    if (rc == SSH_AUTH_SUCCESS) {
        r->open_door = true;
        return RC_OK;
    }
    while (rc == SSH_AUTH_DENIED || rc == SSH_AUTH_PARTIAL) {
        offered = ssh_userauth_list(session, NULL);
        if (!try_next(&a, (unsigned)offered, &rc))
            return refuse(&a, offered, err);
    }
    if (rc == SSH_AUTH_SUCCESS)
        return RC_OK;
    if (rc == SSH_AUTH_INFO || (rc == SSH_AUTH_ERROR && a.tried[0] && !ssh_is_connected(session)))
        return refuse(&a, offered, err);
    return route_fail(r, RC_AUTH, err);
}
