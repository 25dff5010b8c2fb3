/* ncserver: a NETCONF server by libnetconf2 for a device that exists only as a folder of files.
 *
 *   ncserver FOLDER                              one session on stdin and stdout: an sshd's
 * Subsystem ncserver --tls PORT FOLDER                   sessions over TLS on 127.0.0.1; PORT 0:
 * any free one ncserver --call-home ADDRESS:PORT FOLDER     one session over TLS, on a connection
 * that it makes ncserver --call-home ADDRESS:PORT -- COMMAND... COMMAND (sshd -i) with that
 * connection as its stdin
 *
 * --tls prints "port N" and goes on until SIGTERM or its parent's end.
 *
 *   FOLDER/data.xml        what stands in <data>, as it is; read anew for each request
 *   FOLDER/modules/        NAME.yang or NAME@REVISION.yang are announced, all features on, and
 * given out FOLDER/served/         NAME.yang is given out instead, or besides FOLDER/tls/
 * server.pem, server.key, ca.pem (of the clients) FOLDER/log             "rpc NAME" for each
 * request, of get-schema with the module
 *
 * FOLDER/server.conf, optional, "KEY VALUE" a line:
 *
 *   base 1.0               announce and speak this version alone
 *   module NAME            announce this one of IETF besides; again for more
 *   refuse NAME            give this module to nobody; again for more
 *   capability URI         announce it besides; again for more
 *   library no             no yang-library: the hello is all there is
 *   monitoring no          no get-schema
 *   nmda yes               ietf-netconf-nmda: get-data
 *
 * FOLDER/misbehave, read at the start of each session, "WHAT [NUMBER]" a line. At the hello:
 *
 *   no-hello   garbage-hello
 *
 * in the reply to get-config and get-data (or, with a line `only NAME`, to that request):
 *
 *   hang       half of it, then silence         close          half of it, then the end
 *   truncated  half of it, as if it were all    broken-chunk   a chunk whose size is none
 *   wrong-id   another message-id               no-id          none
 *   two-replies    each of them twice           empty          <data/>
 *   rpc-error  one, with a message              not-xml        noise in a good frame
 *   endless    elements without end             deep [N]       N elements in each other (100000)
 *   doctype    a document type in front         entities       one that declares entities that grow
 *   undefined  an entity that nobody declared   huge [N]       N MB of other data behind its own
 * (20)
 */
#ifndef NCSERVER_H
#define NCSERVER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"

#define NC_WORDS 16

struct nc_words {
    const char *at[NC_WORDS];
    unsigned count;
};

struct nc_device {
    const char *folder;
    struct arena arena;
    bool only_base_1_0, library, monitoring, nmda;
    struct nc_words modules, refused, capabilities;
    const char *misbehave; /* NULL: behave */
    unsigned long number;  /* of it; 0: none given */
    const char *only;
    int log_fd; /* -1: none */
};

/* ---- ncserver.c ---- */
int nc_device_read(struct nc_device *device);
const char *nc_path(struct nc_device *device, const char *name); /* in the folder */
void nc_log(const struct nc_device *device, const char *what, const char *of);
bool nc_has(const struct nc_words *words, const char *word);
/* A process at the other end of `*fd`, which serves one session there. */
int nc_start_session(struct nc_device *device, const char *user, int *fd);

/* ---- serve.c: the server proper ---- */
int nc_serve(struct nc_device *device, const char *user, int fd);

/* ---- filter.c: messages on their way, well-behaved or not ---- */
/* Between the client (in, out) and the server until either is gone. */
void nc_filter(struct nc_device *device, int in, int out, int server);

/* ---- tls.c ---- */
int nc_listen_tls(struct nc_device *device, unsigned port);
int nc_call_home_tls(struct nc_device *device, const char *to);
int nc_call_home_command(const char *to, char **command);

#endif
