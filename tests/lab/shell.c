/* A command line like a router's: a prompt, an echo, a pager, enable. */
#include "tests/lab/lab.h"

#include <stdio.h>
#include <string.h>

#define MOST_LINE 4096

struct shell {
    struct lab_session *s;
    ssh_channel channel;
    struct lab_reply talk; /* prompts and echo */
    const char *hostname;
    bool privileged;
    bool after_cr; /* a LF that comes now belongs to the CR before */
    unsigned pager, commands;
    char input[4096];
    size_t at, len;
};

/* The next byte the client sent, waiting for it; -1 when it left. */
static int next_key(struct shell *sh)
{
    if (sh->at == sh->len) {
        int got = ssh_channel_read(sh->channel, sh->input, sizeof sh->input, 0);
        if (got <= 0) {
            return -1;
        }
        sh->at = 0;
        sh->len = (size_t)got;
    }
    return (unsigned char)sh->input[sh->at++];
}

/* Apply one key to the line; true when it ends it. `echo` collects what the device shows. */
static bool edit(struct shell *sh, int key, struct buf *line, struct buf *echo)
{
    bool after_cr = sh->after_cr;
    sh->after_cr = key == '\r';
    switch (key) {
    case '\n':
        return !after_cr;
    case '\r':
        return true;
    case '\b':
    case 0x7f:
        if (line->len) {
            line->data[--line->len] = 0;
            buf_add(echo, "\b \b");
        }
        return false;
    case 3: /* Ctrl-C and Ctrl-U: start again */
    case 21:
        buf_clear(line);
        return key == 3;
    default:
        if (key >= ' ') {
            buf_add_char(line, (char)key);
            buf_add_char(echo, (char)key);
        }
        return false;
    }
}

static bool read_line(struct shell *sh, bool show, struct buf *line)
{
    struct buf echo = {0};
    bool done = false, alive = true;

    buf_clear(line);
    line->cap = MOST_LINE;
    while (!done && alive) {
        int key = next_key(sh);
        if (key < 0) {
            alive = false;
            break;
        }
        done = edit(sh, key, line, &echo);
        if (done || sh->at == sh->len) {
            if (done && sh->s->conf.echo) {
                buf_add_char(&echo, '\n');
            }
            if (sh->s->conf.echo) {
                struct str shown = show ? buf_str(&echo) : done ? STR("\n") : STR("");
                alive = lab_send_text(&sh->talk, shown);
            }
            buf_clear(&echo);
        }
    }
    buf_free(&echo);
    return alive;
}

static const char *prompt(struct shell *sh)
{
    return lab_fill(sh->s, sh->s->conf.prompt, sh->hostname, (char)(sh->privileged ? '#' : '>'));
}

static bool wipe(struct lab_reply *r, size_t columns)
{
    struct buf out = {0};
    for (size_t i = 0; i < 3 * columns; i++) {
        buf_add_char(&out, i / columns == 1 ? ' ' : '\b');
    }
    bool sent = lab_send(r, buf_text(&out), out.len);
    buf_free(&out);
    return sent;
}

static bool send_pages(struct shell *sh, struct lab_reply *r, struct str text)
{
    const char *more = sh->s->conf.pager_text;
    unsigned lines = sh->pager;

    if (!lines) {
        return lab_send_text(r, text);
    }
    while (text.len) {
        size_t len = 0;
        for (unsigned i = 0; i < lines && len < text.len; i++) {
            const char *lf = memchr(text.at + len, '\n', text.len - len);
            len = lf ? (size_t)(lf + 1 - text.at) : text.len;
        }
        if (!lab_send_text(r, (struct str){text.at, len})) {
            return false;
        }
        text = (struct str){text.at + len, text.len - len};
        if (text.len) {
            int key = lab_send(r, more, strlen(more)) ? next_key(sh) : -1;
            if (key < 0 || !wipe(r, strlen(more))) {
                return false;
            }
            if (key == 'q') {
                break;
            }
            lines = key == '\r' || key == '\n' ? 1 : sh->pager;
        }
    }
    return true;
}

static bool enable(struct shell *sh)
{
    struct buf word = {0};
    bool alive = true;
    const char *wanted = sh->s->conf.enable;

    for (int tries = 0; alive && wanted && !sh->privileged && tries < 3; tries++) {
        alive = lab_send_text(&sh->talk, STR("Password: ")) && read_line(sh, false, &word);
        if (alive && str_is(buf_str(&word), wanted)) {
            break;
        }
        if (alive && tries == 2) {
            alive = lab_send_text(&sh->talk, STR("% Bad secrets\n\n"));
            wanted = NULL;
            goto out;
        }
    }
    sh->privileged = alive;
out:
    buf_free(&word);
    return alive;
}

static bool complain(struct shell *sh, struct lab_reply *r)
{
    char text[512];
    snprintf(text, sizeof text, "%*s^\n%s\n\n", (int)strlen(prompt(sh)), "", sh->s->conf.error);
    return lab_send_text(r, str_of(text));
}

static bool answer(struct shell *sh, struct lab_reply *r, const char *command)
{
    struct lab_session *s = sh->s;
    struct buf text = {0};
    bool alive = true;

    if (lab_conf_begins(&s->conf.pager_off, command)) {
        sh->pager = s->conf.pager_always ? sh->pager : 0;
    } else if (strcmp(command, "enable") == 0) {
        alive = enable(sh);
    } else if (strcmp(command, "disable") == 0) {
        sh->privileged = false;
    } else if (lab_conf_begins(&s->conf.silent, command)) {
        alive = true;
    } else if ((sh->privileged || !lab_conf_begins(&s->conf.privileged_only, command)) &&
               lab_command(s, command, "", &text)) {
        alive = lab_send_noise(r) && send_pages(sh, r, buf_str(&text));
    } else {
        alive = complain(sh, r);
    }
    buf_free(&text);
    return alive;
}

/* One command line. False when the session is over. */
static bool obey(struct shell *sh, const char *command)
{
    static const struct lab_words leaving = {{"exit", "logout", "quit"}, 3};
    struct lab_session *s = sh->s;
    struct lab_reply r = {.session = s, .channel = sh->channel};

    r.misbehave = !s->conf.only || strncmp(command, s->conf.only, strlen(s->conf.only)) == 0;
    lab_log(s, "command %s", command);
    if (lab_conf_begins(&leaving, command)) {
        return false;
    }
    if (r.misbehave && lab_conf_is(s->conf.drop, "command")) {
        lab_drop(s);
    }
    if (r.misbehave && lab_conf_is(s->conf.never, "answer")) {
        lab_hang(s);
    }
    if (r.misbehave && lab_conf_is(s->conf.endless, "output")) {
        return lab_send_endless(&r);
    }
    bool alive = answer(sh, &r, command);
    if (++sh->commands == s->conf.rename_after && s->conf.rename) {
        sh->hostname = s->conf.rename;
    }
    return alive;
}

static bool greet(struct shell *sh)
{
    struct lab_session *s = sh->s;
    struct buf motd = {0};
    bool alive = true;

    if (lab_conf_is(s->conf.drop, "login")) {
        lab_drop(s);
    }
    if (lab_conf_is(s->conf.endless, "motd")) {
        return lab_send_endless(&sh->talk);
    }
    if (s->conf.fake_prompt) {
        buf_format(&motd, "%s#\n%s>\n%s", sh->hostname, sh->hostname, "switch-9# ");
        buf_add(&motd, "type here\nadmin@host:~$ \nPassword: \n\n");
    }
    lab_file(s, "motd", &motd);
    alive = lab_send_text(&sh->talk, buf_str(&motd));
    if (alive && s->conf.escapes) {
        alive = lab_send_noise(&sh->talk) && lab_send(&sh->talk, "\007\033\\\r\n", 5);
    }
    if (alive && s->conf.question) {
        alive = lab_send_text(&sh->talk, str_of(s->conf.question)) && next_key(sh) >= 0 &&
                lab_send_text(&sh->talk, STR("\n"));
    }
    buf_free(&motd);
    return alive;
}

void lab_shell(struct lab_session *s, ssh_channel channel)
{
    struct shell sh = {
        .s = s,
        .channel = channel,
        .talk = {.session = s, .channel = channel, .misbehave = !s->conf.only, .whole = true},
        .hostname = lab_hostname(s),
        .privileged = s->conf.privileged,
        .pager = s->conf.pager,
    };
    struct buf line = {0};
    bool alive = greet(&sh);

    if (alive && lab_conf_is(s->conf.never, "prompt")) {
        lab_hang(s);
    }
    while (alive && lab_send_text(&sh.talk, str_of(prompt(&sh))) && read_line(&sh, true, &line)) {
        struct str command = str_trim(buf_str(&line));
        if (command.len) {
            alive = obey(&sh, arena_dup(&s->arena, command));
        }
    }
    buf_free(&line);
}
