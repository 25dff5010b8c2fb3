/* See lab.h for what it does and how it is told. */
#include "tests/lab/lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/io.h"
#include "base/secret.h"

enum { MOST_DEVICES = 20000 };

struct listener {
    int fd;
    unsigned port;
};

void lab_log(const struct lab_session *s, const char *format, ...)
{
    char text[1024], line[4200];
    va_list args;

    if (s->log_fd < 0) {
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t len = (size_t)snprintf(line, sizeof line, "%u ", s->port);
    len += text_escape(line + len, sizeof line - len - 1, text, strlen(text));
    line[len++] = '\n';
    io_write_all(s->log_fd, line, len); /* one write: lines of sessions do not mix */
}

/* Die when the one who started us does, also when that was a moment ago. */
static void die_with_parent(pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) {
        _exit(0);
    }
}

static int listen_on(struct listener *l, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t size = sizeof address;
    int yes = 1;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) ||
        bind(l->fd, (struct sockaddr *)&address, sizeof address) || listen(l->fd, 512) ||
        getsockname(l->fd, (struct sockaddr *)&address, &size)) {
        fprintf(stderr, "labd: port %u: %s\n", port, strerror(errno));
        return RC_IO;
    }
    l->port = ntohs(address.sin_port);
    return 0;
}

static void print_key(ssh_key key)
{
    char *base64 = NULL, print[FINGERPRINT_TEXT_SIZE + 16] = "";
    if (ssh_pki_export_pubkey_base64(key, &base64) == SSH_OK) {
        ssh_fingerprint(str_of(base64), print);
        printf("key %s %s %s\n", ssh_key_type_to_char(ssh_key_type(key)), base64, print);
        ssh_string_free_char(base64);
    }
}

static int print_host_keys(struct lab_session *s, ssh_key fresh)
{
    const struct lab_words *files = &s->conf.host_keys;
    for (unsigned i = 0; i < files->count; i++) {
        const char *path = arena_format(&s->arena, "%s/%s", s->folder, files->at[i]);
        ssh_key key = NULL;
        if (ssh_pki_import_privkey_file(path, NULL, NULL, NULL, &key) != SSH_OK) {
            fprintf(stderr, "labd: %s: no host key\n", path);
            return RC_SETTINGS;
        }
        print_key(key);
        ssh_key_free(key);
    }
    if (!files->count) {
        print_key(fresh);
    }
    return 0;
}

static void serve(struct lab_session *s, const struct listener *l, ssh_key fresh)
{
    int yes = 1, fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
    pid_t parent = getpid();

    if (fd >= 0 && fork() == 0) {
        die_with_parent(parent);
        signal(SIGTERM, SIG_DFL);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        s->port = l->port;
        if (lab_conf_read(s) != 0) {
            _exit(1);
        }
        lab_serve(s, fd, fresh);
    }
    if (fd >= 0) {
        close(fd);
    }
}

static _Noreturn void loop(struct lab_session *s, struct listener *all, unsigned count, ssh_key key)
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        epoll_ctl(set, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(set, &event, 1, -1) == 1) {
            s->number = event.data.u32 + 1;
            serve(s, &all[event.data.u32], key);
        }
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"port", required_argument, NULL, 'p'},
        {"devices", required_argument, NULL, 'd'}, {"log", required_argument, NULL, 'l'}, {0}};
    static struct listener listeners[MOST_DEVICES];
    struct lab_session s = {.log_fd = -1};
    struct rlimit files;
    unsigned port = 0, devices = 1;
    ssh_key fresh = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'p':
            port = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'd':
            devices = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'l':
            s.log_fd = open(optarg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
            break;
        default:
            return 2;
        }
    }
    if (optind + 1 != argc || !devices || devices > MOST_DEVICES) {
        fprintf(stderr, "usage: labd [--port N] [--devices N] [--log FILE] FOLDER\n");
        return 2;
    }
    die_with_parent(getppid());
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    s.folder = argv[optind];
    ssh_init();
    if (lab_conf_read(&s) || ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &fresh) != SSH_OK) {
        return 2;
    }
    for (unsigned i = 0; i < devices; i++) {
        if (listen_on(&listeners[i], port && devices > 1 ? port + i : port)) {
            return 1;
        }
        printf("port %u\n", listeners[i].port);
    }
    if (print_host_keys(&s, fresh)) {
        return 2;
    }
    fflush(stdout);
    fclose(stdout); /* who reads it to the end need not wait for us */
    loop(&s, listeners, devices, fresh);
}
