/* labd: devices that exist only as folders of files, served over real SSH.
 *
 *   labd [--port N] [--devices N] [--log FILE] FOLDER
 *
 * It listens on 127.0.0.1 and prints "port N", then "key ALGORITHM BASE64 FINGERPRINT" for each
 * host key. One process a connection. It ends on SIGTERM and with its parent.
 *
 * FOLDER/lab.conf, all optional, "KEY VALUE" a line, '#' starts a comment:
 *
 *   hostname NAME         may contain @user@, @port@ and @number@ (which of --devices, from 1)
 *   user NAME PASSWORD    again for each user; NAME * is anybody; PASSWORD empty: keys only
 *   auth METHODS          of: password keyboard-interactive publickey none
 *   authorized_keys FILE  for all users, in FOLDER
 *   second_factor CODE    keyboard-interactive asks for it after the password
 *   host_key FILE         in FOLDER, again for more; without one a fresh ed25519 key
 *   ident TEXT            SSH-2.0-TEXT
 *   shell no, exec no     refuse this kind of channel
 *   prompt FORM           "@hostname@@sign@" without it
 *   privileged yes        start at '#', enable is not needed
 *   enable PASSWORD       what enable asks for; without it enable asks nothing
 *   privileged_only TEXT  commands that begin with TEXT are unknown at '>'; again for more
 *   question TEXT         asked after login, any key answers it
 *   pager LINES           page length, 0 is no pager
 *   pager_text TEXT       "--More--" without it
 *   pager_off COMMAND     turns the pager off; again for more
 *   silent COMMAND        known, prints nothing; again for more
 *   error TEXT            what an unknown command prints
 *
 * FOLDER/banner is sent before authentication, FOLDER/motd after it. FOLDER/commands/NAME is the
 * reply to a command, read anew each time; NAME is the command with everything but letters,
 * digits, '.' and '-' as '_' ("show_running-config", "cat__etc_passwd"). NAME.status holds the exit
 * status of an exec channel (0 without it, 127 for an unknown command), NAME.stderr what goes
 * there. FOLDER/devices/HOSTNAME/commands/NAME is preferred when there is one. @hostname@ in files
 * is replaced.
 *
 * FOLDER/misbehave has the same form, is read for each session after lab.conf, and may hold all of
 * the above and:
 *
 *   only TEXT             misbehave in replies to commands that begin with TEXT
 *   slow MS               pause before each piece of a reply of `slow_bytes N` bytes (1)
 *   cut N                 stop a reply after N bytes, then, by `then`: close | drop | hang
 *   garbage N             N bytes of noise before a reply
 *   escapes yes           terminal sequences of all kinds in replies and the motd
 *   fake_prompt yes       the motd holds lines that look like prompts
 *   rename NAME           the hostname changes after `rename_after N` commands (1)
 *   drop WHEN             the connection, at: connect | auth | login | command
 *   never WHAT            send nothing instead of: connect | auth | prompt | answer
 *   endless WHAT          banner | motd | output
 *   auth_tries N          disconnect after N refusals
 *   another_host_key yes  a fresh key
 *   line_end NAME         crlf | crcrlf | cr | lf
 *   echo no
 *   pager_always yes      nothing turns it off
 *   legacy yes            only algorithms of ten years ago, with an RSA host key
 *   exit_status no        exec channels close without one
 */
#ifndef LAB_H
#define LAB_H

#include <libssh/libssh.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"

#define LAB_WORDS 32

struct lab_words {
    const char *at[LAB_WORDS];
    unsigned count;
};

/* lab.conf and misbehave, read. */
struct lab_conf {
    const char *hostname, *auth, *authorized_keys, *second_factor, *ident, *prompt, *enable;
    const char *question, *pager_text, *error;
    struct lab_words users, host_keys, privileged_only, pager_off, silent;
    bool shell, exec, privileged;
    unsigned pager;

    const char *only, *then, *rename, *drop, *never, *endless, *line_end;
    unsigned slow, slow_bytes, cut, garbage, rename_after, auth_tries;
    bool cuts, escapes, fake_prompt, another_host_key, echo, pager_always, legacy, exit_status;
};

/* One connection, in its own process. */
struct lab_session {
    const char *folder;
    const char *user;
    unsigned port, number;
    int log_fd; /* -1: none */
    ssh_session ssh;
    struct arena arena;
    struct lab_conf conf;
};

/* ---- conf.c ---- */
int lab_conf_read(struct lab_session *s);
bool lab_conf_is(const char *value, const char *word); /* `value` may be NULL */
bool lab_conf_begins(const struct lab_words *words, const char *command);
/* `form` with @user@, @port@, @number@, @hostname@ and @sign@ filled in. */
char *lab_fill(struct lab_session *s, const char *form, const char *hostname, char sign);
char *lab_hostname(struct lab_session *s);

/* ---- files.c ---- */
/* A file in the folder, or of this device below devices/. False when there is none. */
bool lab_file(struct lab_session *s, const char *name, struct buf *out);
bool lab_command(struct lab_session *s, const char *command, const char *suffix, struct buf *out);

/* ---- reply.c: bytes on their way to a channel, well-behaved or not ---- */
struct lab_reply {
    struct lab_session *session;
    ssh_channel channel;
    bool misbehave; /* slow and all the rest */
    bool whole;     /* but never cut: prompts, echo, the motd */
    size_t sent;
};
/* All return false when the channel is gone. */
bool lab_send(struct lab_reply *r, const void *bytes, size_t len);
bool lab_send_text(struct lab_reply *r, struct str text); /* line ends as the device writes them */
bool lab_send_noise(struct lab_reply *r);                 /* garbage and escapes as configured */
bool lab_send_endless(struct lab_reply *r);
_Noreturn void lab_hang(struct lab_session *s); /* deaf and dumb until the client leaves */
_Noreturn void lab_drop(struct lab_session *s);
_Noreturn void lab_leave(struct lab_session *s); /* flush, disconnect, end the process */

/* ---- shell.c ---- */
void lab_shell(struct lab_session *s, ssh_channel channel);

/* ---- session.c ---- */
_Noreturn void lab_serve(struct lab_session *s, int fd, ssh_key fresh_key);

/* ---- labd.c ---- */
void lab_log(const struct lab_session *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
