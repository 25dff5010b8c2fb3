#include "watch/doorman.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "watch/child.h"

#define MOST_DOORS 8 /* a name may stand for several addresses */
#define BACKLOG 64
#define MOST_DESCRIPTORS 32
#define MOST_MEMORY ((size_t)64 << 20)

struct doorman {
    int engine;
    struct pollfd doors[MOST_DOORS + 1]; /* the engine's socket first */
    bool tls[MOST_DOORS + 1];
    size_t count;
    struct doorman_pace pace;
};

/* ---- who may call how often ---- */

static bool pays(int64_t *paid_us, int64_t mono_us, int64_t pace_us, int burst)
{
    int64_t paid = *paid_us > mono_us ? *paid_us : mono_us;
    if (paid + pace_us - mono_us > burst * pace_us)
        return false;
    *paid_us = paid + pace_us;
    return true;
}

bool doorman_admits(struct doorman_pace *pace, const char *address, int64_t mono_us)
{
    size_t count = sizeof pace->peers / sizeof *pace->peers, mine = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(pace->peers[i].address, address) == 0) {
            mine = i;
            break;
        }
        if (pace->peers[i].paid_us < pace->peers[mine].paid_us)
            mine = i;
    }
    if (strcmp(pace->peers[mine].address, address) != 0) {
        snprintf(pace->peers[mine].address, CALL_ADDRESS_SIZE, "%s", address);
        pace->peers[mine].paid_us = 0;
    }
    /* his own pace first: a flood of one address costs the others nothing */
    return pays(&pace->peers[mine].paid_us, mono_us, DOORMAN_PACE_US, DOORMAN_BURST) &&
           pays(&pace->paid_us, mono_us, DOORMAN_ALL_PACE_US, DOORMAN_ALL_BURST);
}

/* ---- telling the engine ---- */

static void tell(const struct doorman *d, const struct call *call, int connection)
{
    struct buf body = {.cap = MESSAGE_MOST_NOTICE};
    if (call_pack(call, &body) ||
        message_send_with(d->engine, MESSAGE_CALL, &body, connection, NULL))
        _exit(0);
    buf_free(&body);
}

static _Noreturn void give_up(const struct doorman *d, const char *where, const char *why)
{
    char text[400];
    struct call call = {0};
    snprintf(text, sizeof text, "cannot listen at %s: %s", where, why);
    notice_say(call.failure, sizeof call.failure, text);
    tell(d, &call, -1);
    _exit(0);
}

/* ---- doors ---- */

static void open_door(
    struct doorman *d, const struct addrinfo *address, const char *where, bool tls)
{
    int yes = 1;
    int door = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (door < 0)
        give_up(d, where, strerror(errno));
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address->ai_family == AF_INET6)
        setsockopt(door, IPPROTO_IPV6, IPV6_V6ONLY, &(int){0}, sizeof(int));
    if (bind(door, address->ai_addr, address->ai_addrlen) || listen(door, BACKLOG))
        give_up(d, where, strerror(errno));
    d->tls[d->count] = tls;
    d->doors[d->count++] = (struct pollfd){.fd = door, .events = POLLIN};
}

static void open_doors(struct doorman *d, char *where, bool tls)
{
    const struct addrinfo hints = {
        .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char *colon = where ? strrchr(where, ':') : NULL;
    if (!where)
        return;
    if (!colon)
        give_up(d, where, "no port");
    char *host = where[0] == '[' ? where + 1 : where;
    char shown[300];
    snprintf(shown, sizeof shown, "%s", where);
    *colon = '\0';
    host[strcspn(host, "]")] = '\0';
    int rc = getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, colon + 1, &hints, &found);
    if (rc)
        give_up(d, shown, gai_strerror(rc));
    for (const struct addrinfo *each = found; each && d->count <= MOST_DOORS; each = each->ai_next)
        open_door(d, each, shown, tls);
    freeaddrinfo(found);
}

static bool name_peer(const struct sockaddr_storage *peer, socklen_t len, char *out)
{
    static const char mapped[] = "::ffff:";
    char name[NI_MAXHOST];
    if (getnameinfo((const struct sockaddr *)peer, len, name, sizeof name, NULL, 0, NI_NUMERICHOST))
        return false;
    name[strcspn(name, "%")] = '\0'; /* the interface of a link-local one */
    bool is_mapped = strncmp(name, mapped, sizeof mapped - 1) == 0 && strchr(name, '.');
    const char *plain = name + (is_mapped ? sizeof mapped - 1 : 0);
    if (strlen(plain) >= CALL_ADDRESS_SIZE)
        return false;
    strcpy(out, plain);
    return true;
}

static void answer(struct doorman *d, size_t door)
{
    struct sockaddr_storage peer;
    socklen_t len = sizeof peer;
    struct call call = {.tls = d->tls[door]};
    int connection = accept4(d->doors[door].fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC);
    if (connection < 0)
        return;
    if (name_peer(&peer, len, call.address) &&
        doorman_admits(&d->pace, call.address, clock_mono_us(&clock_system)))
        tell(d, &call, connection);
    close(connection);
}

_Noreturn void doorman_run(int socket)
{
    struct doorman d = {.engine = socket, .count = 1};
    struct buf message = {0};
    struct doors doors;
    child_give_up_rights(socket, "rollcall-door", MOST_DESCRIPTORS);
    child_limit_memory(MOST_MEMORY);
    if (message_receive(socket, MESSAGE_DOORS, MESSAGE_MOST_DOORS, &message, NULL) ||
        doors_unpack(buf_str(&message), &doors, NULL))
        _exit(0);
    d.doors[0] = (struct pollfd){.fd = socket}; /* only that it closed */
    open_doors(&d, doors.ssh, false);
    open_doors(&d, doors.tls, true);
    while (!d.doors[0].revents)
        if (poll(d.doors, (nfds_t)d.count, -1) > 0)
            for (size_t i = 1; i < d.count; i++)
                if (d.doors[i].revents)
                    answer(&d, i);
    _exit(0);
}
