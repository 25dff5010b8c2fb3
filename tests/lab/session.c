/* One SSH connection: algorithms, host keys, authentication, channels. */
#include "tests/lab/lab.h"

#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_CHANNELS = 64 };

/* What a channel was opened for. */
struct job {
    ssh_channel channel;
    char *command; /* NULL: a shell */
    bool asked, done;
};

struct state {
    struct lab_session *s;
    struct ssh_channel_callbacks_struct channel_callbacks;
    struct job jobs[MOST_CHANNELS];
    unsigned job_count, refusals, round; /* round of keyboard-interactive */
    const char *asked_user; /* answers of keyboard-interactive do not say whose they are */
    bool authenticated, greeted;
};

/* ---- authentication ---- */

static bool method_allowed(const struct lab_session *s, const char *name)
{
    struct str rest = str_of(s->conf.auth), word;
    while (str_next_word(&rest, &word)) {
        if (str_is(word, name)) {
            return true;
        }
    }
    return false;
}

/* Password of a user, NULL when there is no such user. */
static const char *password_of(const struct lab_session *s, const char *user)
{
    for (unsigned i = 0; i < s->conf.users.count; i++) {
        struct str rest = str_of(s->conf.users.at[i]), name;
        if (str_next_word(&rest, &name) && (str_is(name, user) || str_is(name, "*"))) {
            return str_trim(rest).at;
        }
    }
    return NULL;
}

static void send_banner(struct state *st)
{
    struct lab_session *s = st->s;
    struct buf text = {0};
    bool endless = lab_conf_is(s->conf.endless, "banner");

    if (st->greeted) {
        return;
    }
    st->greeted = true;
    if (lab_conf_is(s->conf.drop, "auth")) {
        lab_drop(s);
    }
    if (lab_conf_is(s->conf.never, "auth")) {
        lab_hang(s);
    }
    if (endless) {
        buf_add(&text, "authorised users only, and so on and so on\r\n");
    }
    if (endless || lab_file(s, "banner", &text)) {
        ssh_string banner = ssh_string_from_char(buf_text(&text));
        do {
            if (ssh_send_issue_banner(s->ssh, banner) != SSH_OK || !ssh_is_connected(s->ssh)) {
                _exit(0);
            }
        } while (endless && ssh_blocking_flush(s->ssh, -1) == SSH_OK);
        ssh_string_free(banner);
    }
    buf_free(&text);
}

static int decide(struct state *st, const char *method, const char *user, bool good)
{
    struct lab_session *s = st->s;
    lab_log(s, "auth %s %s %s", method, user, good ? "accepted" : "refused");
    if (good) {
        s->user = arena_dup(&s->arena, str_of(user));
        st->authenticated = true;
        return SSH_AUTH_SUCCESS;
    }
    if (++st->refusals == s->conf.auth_tries) {
        lab_log(s, "too many refusals");
        lab_leave(s);
    }
    return SSH_AUTH_DENIED;
}

static int auth_none(ssh_session ssh, const char *user, void *ctx)
{
    struct state *st = ctx;
    (void)ssh;
    send_banner(st);
    if (!method_allowed(st->s, "none")) {
        return SSH_AUTH_DENIED; /* how clients ask for the methods: no try */
    }
    return decide(st, "none", user, password_of(st->s, user) != NULL);
}

static int auth_password(ssh_session ssh, const char *user, const char *password, void *ctx)
{
    struct state *st = ctx;
    const char *wanted = password_of(st->s, user);
    (void)ssh;
    send_banner(st);
    bool good =
        wanted && *wanted && method_allowed(st->s, "password") && strcmp(wanted, password) == 0;
    return decide(st, "password", user, good);
}

static bool key_authorized(struct lab_session *s, ssh_key key)
{
    struct buf text = {0};
    bool found = false;

    if (s->conf.authorized_keys && lab_file(s, s->conf.authorized_keys, &text)) {
        struct str rest = buf_str(&text), line, type, base64;
        while (!found && str_next_line(&rest, &line)) {
            ssh_key known = NULL;
            if (!str_next_word(&line, &type) || !str_next_word(&line, &base64)) {
                continue;
            }
            enum ssh_keytypes_e kind = ssh_key_type_from_name(arena_dup(&s->arena, type));
            if (ssh_pki_import_pubkey_base64(arena_dup(&s->arena, base64), kind, &known) == 0) {
                found = ssh_key_cmp(known, key, SSH_KEY_CMP_PUBLIC) == 0;
                ssh_key_free(known);
            }
        }
    }
    buf_free(&text);
    return found;
}

static int auth_key(ssh_session ssh, const char *user, ssh_key key, char signature, void *ctx)
{
    struct state *st = ctx;
    (void)ssh;
    send_banner(st);
    bool good = password_of(st->s, user) && method_allowed(st->s, "publickey") &&
                key_authorized(st->s, key);
    if (good && signature == SSH_PUBLICKEY_STATE_NONE) {
        return SSH_AUTH_SUCCESS; /* only asked whether it would do */
    }
    return decide(st, "publickey", user, good && signature == SSH_PUBLICKEY_STATE_VALID);
}

/* Keyboard-interactive has no callback of its own: rounds of questions, by message. */
static int auth_interactive(struct state *st, ssh_message msg)
{
    static const char *const questions[] = {"Password: ", "One-time code: "};
    struct lab_session *s = st->s;
    char echo = 0;

    send_banner(st);
    if (!method_allowed(s, "keyboard-interactive")) {
        return 1;
    }
    if (!ssh_message_auth_kbdint_is_response(msg)) {
        st->round = 0;
        st->asked_user = arena_dup(&s->arena, str_of(ssh_message_auth_user(msg)));
    } else {
        const char *user = st->asked_user ? st->asked_user : "";
        const char *expected = st->round ? s->conf.second_factor : password_of(s, user);
        const char *given = ssh_userauth_kbdint_getnanswers(s->ssh) == 1
                                ? ssh_userauth_kbdint_getanswer(s->ssh, 0)
                                : NULL;
        bool good = given && expected && *expected && strcmp(given, expected) == 0;
        if (!good || st->round == 1 || !s->conf.second_factor) {
            if (decide(st, "keyboard-interactive", user, good) != SSH_AUTH_SUCCESS) {
                return 1;
            }
            ssh_message_auth_reply_success(msg, 0);
            return 0;
        }
        st->round = 1;
    }
    const char *question[] = {questions[st->round]};
    ssh_message_auth_interactive_request(msg, "", "", 1, question, &echo);
    return 0;
}

static int on_message(ssh_session ssh, ssh_message msg, void *ctx)
{
    (void)ssh;
    if (ssh_message_type(msg) == SSH_REQUEST_AUTH &&
        ssh_message_subtype(msg) == (int)SSH_AUTH_METHOD_INTERACTIVE) {
        return auth_interactive(ctx, msg);
    }
    return 1;
}

/* ---- channels ---- */

static struct job *job_of(struct state *st, ssh_channel channel)
{
    for (unsigned i = 0; i < st->job_count; i++) {
        if (st->jobs[i].channel == channel) {
            return &st->jobs[i];
        }
    }
    return NULL;
}

static int on_pty(ssh_session ssh, ssh_channel channel, const char *term, int width, int height,
    int pixel_width, int pixel_height, void *ctx)
{
    (void)ssh, (void)channel, (void)term, (void)width, (void)height;
    (void)pixel_width, (void)pixel_height, (void)ctx;
    return 0;
}

static int on_shell(ssh_session ssh, ssh_channel channel, void *ctx)
{
    struct state *st = ctx;
    struct job *job = job_of(st, channel);
    (void)ssh;
    if (!job || job->asked || !st->s->conf.shell) {
        return 1;
    }
    job->asked = true;
    return 0;
}

static int on_exec(ssh_session ssh, ssh_channel channel, const char *command, void *ctx)
{
    struct state *st = ctx;
    struct job *job = job_of(st, channel);
    (void)ssh;
    if (!job || job->asked || !st->s->conf.exec) {
        return 1;
    }
    job->asked = true;
    job->command = arena_dup(&st->s->arena, str_of(command));
    return 0;
}

static ssh_channel on_open(ssh_session ssh, void *ctx)
{
    struct state *st = ctx;
    if (!st->authenticated || st->job_count == MOST_CHANNELS) {
        return NULL;
    }
    ssh_channel channel = ssh_channel_new(ssh);
    ssh_set_channel_callbacks(channel, &st->channel_callbacks);
    st->jobs[st->job_count++] = (struct job){.channel = channel};
    return channel;
}

/* An exec channel: the reply of the same files, and an exit status. */
static void exec_job(struct lab_session *s, struct job *job)
{
    struct buf text = {0}, extra = {0}, status = {0};
    struct lab_reply r = {.session = s, .channel = job->channel};
    const char *only = s->conf.only;

    r.misbehave = !only || strncmp(job->command, only, strlen(only)) == 0;
    lab_log(s, "exec %s", job->command);
    if (r.misbehave && lab_conf_is(s->conf.drop, "command")) {
        lab_drop(s);
    }
    if (r.misbehave && lab_conf_is(s->conf.never, "answer")) {
        lab_hang(s);
    }
    if (r.misbehave && lab_conf_is(s->conf.endless, "output")) {
        lab_send_endless(&r);
    }
    bool known = lab_command(s, job->command, "", &text);
    lab_command(s, job->command, ".status", &status);
    lab_command(s, job->command, ".stderr", &extra);
    if (!known && !status.len) {
        buf_format(&extra, "sh: %s: not found\n", job->command);
        buf_add(&status, "127");
    }
    lab_send_noise(&r);
    if (text.len) {
        lab_send(&r, text.data, text.len);
    }
    if (extra.len) {
        ssh_channel_write_stderr(job->channel, extra.data, (uint32_t)extra.len);
    }
    ssh_channel_send_eof(job->channel);
    if (s->conf.exit_status) {
        ssh_channel_request_send_exit_status(job->channel, atoi(buf_text(&status)));
    }
    ssh_channel_close(job->channel);
    buf_free(&text);
    buf_free(&extra);
    buf_free(&status);
}

static void run_jobs(struct state *st)
{
    for (unsigned i = 0; i < st->job_count; i++) {
        struct job *job = &st->jobs[i];
        if (!job->asked || job->done) {
            continue;
        }
        job->done = true;
        if (job->command) {
            exec_job(st->s, job);
        } else {
            lab_shell(st->s, job->channel);
            ssh_channel_send_eof(job->channel);
            ssh_channel_close(job->channel);
        }
    }
}

/* ---- the connection ---- */

static void set_algorithms(struct lab_session *s, ssh_bind bind)
{
    static const char old_ciphers[] = "aes128-cbc,aes256-cbc,3des-cbc", old_macs[] = "hmac-sha1";
    if (s->conf.legacy) {
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_KEY_EXCHANGE,
            "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1");
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, "ssh-rsa");
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_CIPHERS_C_S, old_ciphers);
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_CIPHERS_S_C, old_ciphers);
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HMAC_C_S, old_macs);
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HMAC_S_C, old_macs);
    }
}

static void set_host_keys(struct lab_session *s, ssh_bind bind, ssh_key fresh_key)
{
    const struct lab_words *files = &s->conf.host_keys;
    for (unsigned i = 0; i < files->count && !s->conf.another_host_key; i++) {
        const char *path = arena_format(&s->arena, "%s/%s", s->folder, files->at[i]);
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_HOSTKEY, path);
    }
    if (s->conf.another_host_key || (s->conf.legacy && !files->count)) {
        ssh_key key = NULL;
        enum ssh_keytypes_e type = s->conf.legacy ? SSH_KEYTYPE_RSA : SSH_KEYTYPE_ED25519;
        ssh_pki_generate(type, 2048, &key);
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, key);
    } else if (!files->count) {
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, ssh_key_dup(fresh_key));
    }
}

static void wait_for_client(struct state *st)
{
    struct lab_session *s = st->s;
    ssh_event event = ssh_event_new();

    ssh_event_add_session(event, s->ssh);
    while (ssh_is_connected(s->ssh) && ssh_event_dopoll(event, -1) == SSH_OK) {
        run_jobs(st);
    }
    ssh_event_free(event);
}

static int methods(const struct lab_session *s)
{
    int set = 0;
    set |= method_allowed(s, "password") ? (int)SSH_AUTH_METHOD_PASSWORD : 0;
    set |= method_allowed(s, "publickey") ? (int)SSH_AUTH_METHOD_PUBLICKEY : 0;
    set |= method_allowed(s, "keyboard-interactive") ? (int)SSH_AUTH_METHOD_INTERACTIVE : 0;
    return set;
}

void lab_serve(struct lab_session *s, int fd, ssh_key fresh_key)
{
    struct state st = {.s = s};
    bool no = false;
    struct ssh_server_callbacks_struct callbacks = {
        .userdata = &st,
        .auth_none_function = auth_none,
        .auth_password_function = auth_password,
        .auth_pubkey_function = auth_key,
        .channel_open_request_session_function = on_open,
    };
    st.channel_callbacks = (struct ssh_channel_callbacks_struct){
        .userdata = &st,
        .channel_pty_request_function = on_pty,
        .channel_shell_request_function = on_shell,
        .channel_exec_request_function = on_exec,
    };
    ssh_callbacks_init(&callbacks);
    ssh_callbacks_init(&st.channel_callbacks);

    if (lab_conf_is(s->conf.drop, "connect")) {
        lab_drop(s);
    }
    while (lab_conf_is(s->conf.never, "connect")) {
        char byte;
        if (read(fd, &byte, 1) <= 0) {
            _exit(0);
        }
    }
    ssh_bind bind = ssh_bind_new();
    ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
    if (s->conf.ident) {
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_BANNER, s->conf.ident);
    }
    set_algorithms(s, bind);
    set_host_keys(s, bind, fresh_key);
    s->ssh = ssh_new();
    ssh_set_server_callbacks(s->ssh, &callbacks);
    ssh_set_message_callback(s->ssh, on_message, &st);
    ssh_set_auth_methods(s->ssh, methods(s));
    if (ssh_bind_accept_fd(bind, s->ssh, fd) != SSH_OK) {
        lab_log(s, "accept: %s", ssh_get_error(bind));
        _exit(1);
    }
    if (ssh_handle_key_exchange(s->ssh) != SSH_OK) {
        lab_log(s, "key exchange: %s", ssh_get_error(s->ssh));
        _exit(1);
    }
    wait_for_client(&st);
    lab_log(s, "end");
    _exit(0);
}
