/* See ncserver.h for what it does and how it is told. */
#include "tests/lab/netconf/ncserver.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

const char *nc_path(struct nc_device *device, const char *name)
{
    return arena_format(&device->arena, "%s/%s", device->folder, name);
}

bool nc_has(const struct nc_words *words, const char *word)
{
    for (unsigned i = 0; i < words->count; i++) {
        if (strcmp(words->at[i], word) == 0) {
            return true;
        }
    }
    return false;
}

void nc_log(const struct nc_device *device, const char *what, const char *of)
{
    char line[300];
    int len = snprintf(line, sizeof line, "rpc %s%s%s\n", what, of ? " " : "", of ? of : "");
    if (device->log_fd >= 0 && len > 0 && (size_t)len < sizeof line) {
        io_write_all(device->log_fd, line, (size_t)len); /* one write: lines do not mix */
    }
}

static bool add_word(struct nc_words *words, const char *word)
{
    if (words->count == NC_WORDS) {
        return false;
    }
    words->at[words->count++] = word;
    return true;
}

static bool set(struct nc_device *d, struct str key, struct str value)
{
    if (str_is(key, "base")) {
        d->only_base_1_0 = str_is(value, "1.0");
    } else if (str_is(key, "library")) {
        d->library = !str_is(value, "no");
    } else if (str_is(key, "monitoring")) {
        d->monitoring = !str_is(value, "no");
    } else if (str_is(key, "nmda")) {
        d->nmda = str_is(value, "yes");
    } else if (str_is(key, "module")) {
        return add_word(&d->modules, arena_dup(&d->arena, value));
    } else if (str_is(key, "refuse")) {
        return add_word(&d->refused, arena_dup(&d->arena, value));
    } else if (str_is(key, "capability")) {
        return add_word(&d->capabilities, arena_dup(&d->arena, value));
    } else {
        return false;
    }
    return true;
}

static bool set_misbehaviour(struct nc_device *d, struct str key, struct str value)
{
    if (str_is(key, "only")) {
        d->only = arena_dup(&d->arena, value);
    } else {
        d->misbehave = arena_dup(&d->arena, key);
        d->number = strtoul(arena_dup(&d->arena, value), NULL, 10);
    }
    return true;
}

static int read_lines(struct nc_device *d, const char *name,
    bool (*take)(struct nc_device *, struct str key, struct str value))
{
    struct buf text = {.cap = 1 << 20};
    struct str rest, line, key;
    int rc = 0;

    if (io_read_file(nc_path(d, name), &text, NULL) == 0) {
        for (rest = buf_str(&text); rc == 0 && str_next_line(&rest, &line);) {
            line = str_trim(line);
            if (line.len && *line.at != '#' && str_next_word(&line, &key) &&
                !take(d, key, str_trim(line))) {
                fprintf(stderr, "ncserver: %s: %.*s?\n", name, (int)key.len, key.at);
                rc = RC_SETTINGS;
            }
        }
    }
    buf_free(&text);
    return rc;
}

int nc_device_read(struct nc_device *device)
{
    device->library = device->monitoring = true;
    int rc = read_lines(device, "server.conf", set);
    return rc ? rc : read_lines(device, "misbehave", set_misbehaviour);
}

/* The library in a process of its own, so that no misbehaviour is its business. */
int nc_start_session(struct nc_device *device, const char *user, int *fd)
{
    int pair[2];
    pid_t parent = getpid();

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
        return RC_IO;
    }
    if (fork() == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent) {
            nc_serve(device, user, pair[1]);
        }
        _exit(0);
    }
    close(pair[1]);
    *fd = pair[0];
    return 0;
}

static int serve_stdin(struct nc_device *device)
{
    const char *user = getenv("USER");
    int server, rc = nc_device_read(device);

    if (rc == 0) {
        rc = nc_start_session(device, user ? user : "nobody", &server);
    }
    if (rc == 0) {
        nc_filter(device, STDIN_FILENO, STDOUT_FILENO, server);
    }
    return rc;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"tls", required_argument, NULL, 't'}, {"call-home", required_argument, NULL, 'c'}, {0}};
    struct nc_device device = {.log_fd = -1};
    const char *tls = NULL, *call = NULL;
    int option;

    while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
        switch (option) {
        case 't':
            tls = optarg;
            break;
        case 'c':
            call = optarg;
            break;
        default:
            return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    if (call && optind < argc && strcmp(argv[optind - 1], "--") == 0) {
        return nc_call_home_command(call, argv + optind) ? 1 : 0;
    }
    if (optind + 1 != argc) {
        fprintf(stderr, "usage: ncserver [--tls PORT | --call-home ADDRESS:PORT] FOLDER\n");
        return 2;
    }
    device.folder = argv[optind];
    device.log_fd = open(nc_path(&device, "log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (tls) {
        return nc_listen_tls(&device, (unsigned)strtoul(tls, NULL, 10)) ? 1 : 0;
    }
    return (call ? nc_call_home_tls(&device, call) : serve_stdin(&device)) ? 1 : 0;
}
