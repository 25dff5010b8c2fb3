/* NETCONF over TLS (RFC 7589) and Call Home (RFC 8071), the device's side of both. */
#include "tests/lab/netconf/ncserver.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

static SSL_CTX *make_context(struct nc_device *device)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    const char *authorities = nc_path(device, "tls/ca.pem");

    if (!ctx || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_use_certificate_chain_file(ctx, nc_path(device, "tls/server.pem")) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, nc_path(device, "tls/server.key"), SSL_FILETYPE_PEM) !=
            1 ||
        SSL_CTX_load_verify_locations(ctx, authorities, NULL) != 1) {
        ERR_print_errors_fp(stderr);
        SSL_CTX_free(ctx);
        return NULL;
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return ctx;
}

/* The user is the common name of the client's certificate (RFC 7407's common-name). */
static char *user_of(struct nc_device *device, const SSL *tls)
{
    X509 *certificate = SSL_get1_peer_certificate(tls);
    char name[200] = "nobody";

    if (certificate) {
        X509_NAME_get_text_by_NID(
            X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
        X509_free(certificate);
    }
    return arena_dup(&device->arena, str_of(name));
}

/* Move what TLS and the filter have for each other until either ends. */
static void relay(SSL *tls, int plain)
{
    struct pollfd fds[] = {
        {.fd = SSL_get_fd(tls), .events = POLLIN}, {.fd = plain, .events = POLLIN}};
    char bytes[16384];

    for (;;) {
        if (!SSL_pending(tls) && poll(fds, 2, -1) < 0) {
            return;
        }
        if (SSL_pending(tls) || fds[0].revents) {
            int got = SSL_read(tls, bytes, sizeof bytes);
            if (got <= 0 || io_write_all(plain, bytes, (size_t)got) != 0) {
                return;
            }
        }
        if (fds[1].revents) {
            ssize_t got = read(plain, bytes, sizeof bytes);
            if (got <= 0 || SSL_write(tls, bytes, (int)got) <= 0) {
                return;
            }
        }
        fds[0].revents = fds[1].revents = 0;
    }
}

/* The filter in a process of its own, which takes its turn with the server behind it. */
static int start_filter(struct nc_device *device, const char *user, int *fd)
{
    int pair[2], server;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
        nc_start_session(device, user, &server)) {
        return RC_IO;
    }
    if (fork() == 0) {
        close(pair[0]);
        nc_filter(device, pair[1], pair[1], server);
        _exit(0);
    }
    close(pair[1]);
    close(server);
    *fd = pair[0];
    return 0;
}

/* Close without taking back the alert that says why: what the client sends on is read first. */
static void refuse(int fd)
{
    char bytes[4096];
    shutdown(fd, SHUT_WR);
    while (read(fd, bytes, sizeof bytes) > 0) {
    }
}

static int serve(struct nc_device *device, SSL_CTX *ctx, int fd)
{
    SSL *tls = SSL_new(ctx);
    int plain, rc = nc_device_read(device);

    if (rc == 0 && (SSL_set_fd(tls, fd) != 1 || SSL_accept(tls) != 1)) {
        rc = RC_CONNECT;
        refuse(fd);
    }
    if (rc == 0) {
        rc = start_filter(device, user_of(device, tls), &plain);
    }
    if (rc == 0) {
        relay(tls, plain);
        SSL_shutdown(tls);
    }
    SSL_free(tls);
    return rc;
}

static int listen_on(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof address;
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) ||
        bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 64) ||
        getsockname(fd, (struct sockaddr *)&address, &size)) {
        fprintf(stderr, "ncserver: port %u: %s\n", port, strerror(errno));
        return -1;
    }
    printf("port %u\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int nc_listen_tls(struct nc_device *device, unsigned port)
{
    SSL_CTX *ctx = make_context(device);
    int listener = ctx ? listen_on(port) : -1;

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    while (listener >= 0) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0 && fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGTERM);
            close(listener);
            _exit(serve(device, ctx, fd) ? 1 : 0);
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    SSL_CTX_free(ctx);
    return RC_IO;
}

static int call(const char *to)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[64] = "";
    unsigned port = 0;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (sscanf(to, "%63[0-9.]:%u", host, &port) != 2 ||
        inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        fprintf(stderr, "ncserver: %s is no ADDRESS:PORT\n", to);
        return -1;
    }
    address.sin_port = htons((uint16_t)port);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address)) {
        fprintf(stderr, "ncserver: %s: %s\n", to, strerror(errno));
        return -1;
    }
    return fd;
}

int nc_call_home_tls(struct nc_device *device, const char *to)
{
    SSL_CTX *ctx = make_context(device);
    int fd = ctx ? call(to) : -1;
    int rc = fd < 0 ? RC_CONNECT : serve(device, ctx, fd);

    SSL_CTX_free(ctx);
    return rc;
}

int nc_call_home_command(const char *to, char **command)
{
    int fd = call(to);
    if (fd < 0 || dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0) {
        return RC_CONNECT;
    }
    execv(command[0], command);
    fprintf(stderr, "ncserver: %s: %s\n", command[0], strerror(errno));
    return RC_IO;
}
