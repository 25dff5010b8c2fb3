/* The engine's side of the doorman. */
#include <arpa/inet.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/log.h"
#include "watch/doorman.h"
#include "watch/listeners.h"
#include "watch/zygote.h"

#define STEP_CALLS 16

struct door {
    int zygote;
    const struct clock *clock;
    struct doors where;
    struct spawned doorman; /* socket -1: none */
    struct inbox inbox;
    unsigned failures; /* in a row */
    int64_t not_before_mono_us;
};

int door_new(int zygote, const struct clock *clock, struct door **out, struct error *err)
{
    struct door *door = calloc(1, sizeof *door);
    if (!door)
        return error_set(err, RC_NO_MEMORY, "no memory for the doorman");
    *door = (struct door){.zygote = zygote,
        .clock = clock,
        .doorman = {-1, -1},
        .inbox = {.type = MESSAGE_CALL, .most = MESSAGE_MOST_NOTICE, .with_descriptor = true}};
    *out = door;
    return RC_OK;
}

static void end_doorman(struct door *door)
{
    if (door->doorman.socket >= 0) {
        pidfd_send_signal(door->doorman.pidfd, SIGKILL, NULL, 0);
        close(door->doorman.pidfd);
        close(door->doorman.socket);
    }
    door->doorman = (struct spawned){-1, -1};
    inbox_clear(&door->inbox);
}

void door_free(struct door *door)
{
    if (!door)
        return;
    end_doorman(door);
    inbox_free(&door->inbox);
    doors_free(&door->where);
    free(door);
}

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

int door_set(struct door *door, const char *ssh, const char *tls, struct error *err)
{
    if (same(door->where.ssh, ssh) && same(door->where.tls, tls))
        return RC_OK;
    end_doorman(door);
    doors_free(&door->where);
    door->failures = 0;
    door->not_before_mono_us = 0;
    door->where.ssh = ssh ? strdup(ssh) : NULL;
    door->where.tls = tls ? strdup(tls) : NULL;
    if ((ssh && !door->where.ssh) || (tls && !door->where.tls))
        return error_set(err, RC_NO_MEMORY, "no memory for the doorman");
    return RC_OK;
}

static bool is_missing(const struct door *door)
{
    return (door->where.ssh || door->where.tls) && door->doorman.socket < 0;
}

static void fail(struct door *door, const char *why)
{
    if (door->failures++ == 0)
        log_line(LOG_ERROR, "devices cannot call home: %s; will be tried again", why);
    door->not_before_mono_us =
        clock_mono_us(door->clock) +
        (int64_t)listeners_pause_ms(door->failures, randombytes_random()) * 1000;
    end_doorman(door);
}

static void start_doorman(struct door *door)
{
    struct error err = ERROR_INIT;
    struct buf body = {0};
    int rc = zygote_spawn(door->zygote, ZYGOTE_DOORMAN, &door->doorman, &err);
    if (rc)
        door->doorman = (struct spawned){-1, -1};
    if (rc == RC_OK)
        rc = doors_pack(door->where.ssh, door->where.tls, &body);
    if (rc == RC_OK)
        rc = message_send(door->doorman.socket, MESSAGE_DOORS, &body, &err);
    buf_free(&body);
    if (rc)
        fail(door, err.text);
}

/* False when there is nothing more to take, or nobody to take it from. */
static bool take_call(struct door *door, door_called *called, void *ctx)
{
    struct call call;
    int rc = inbox_read(&door->inbox, door->doorman.socket, NULL);
    if (rc == 1)
        rc = call_unpack(buf_str(&door->inbox.body), &call, NULL) ? RC_FORMAT : 1;
    if (rc == 1 && call.failure[0]) {
        fail(door, call.failure);
        return false;
    }
    if (rc < 0 || (rc == 1 && door->inbox.descriptor <= 0)) {
        fail(door, "the doorman died");
        return false;
    }
    if (rc == 1) {
        door->failures = 0;
        called(ctx, &call, &door->inbox.descriptor);
        inbox_clear(&door->inbox);
    }
    return rc == 1;
}

void door_step(struct door *door, door_called *called, void *ctx)
{
    if (is_missing(door) && clock_mono_us(door->clock) >= door->not_before_mono_us)
        start_doorman(door);
    for (int i = 0; i < STEP_CALLS && door->doorman.socket >= 0; i++)
        if (!take_call(door, called, ctx))
            break;
}

size_t door_watch(const struct door *door, struct pollfd *fds, size_t room)
{
    if (door->doorman.socket < 0 || room == 0)
        return 0;
    fds[0] = (struct pollfd){.fd = door->doorman.socket, .events = POLLIN};
    return 1;
}

int door_patience_ms(const struct door *door)
{
    if (!is_missing(door))
        return -1;
    int64_t left_us = door->not_before_mono_us - clock_mono_us(door->clock);
    return left_us > 0 ? (int)(left_us / 1000 + 1) : 0;
}

/* ---- whose call it is ---- */

/* Bytes of an address, IPv4 in its place within IPv6 (RFC 4291, section 2.5.5.2). */
static bool parse_address(const char *text, unsigned char out[16], unsigned *first_bit)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memcpy(out, mapped, sizeof mapped);
    *first_bit = 96;
    if (inet_pton(AF_INET, text, out + sizeof mapped) == 1)
        return true;
    *first_bit = 0;
    return inet_pton(AF_INET6, text, out) == 1;
}

static bool same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned rest = bits % 8;
    if (memcmp(a, b, bits / 8) != 0)
        return false;
    return !rest || (a[bits / 8] ^ b[bits / 8]) >> (8 - rest) == 0;
}

static bool matches(const char *caller, const unsigned char peer[16])
{
    char text[64];
    unsigned char address[16];
    unsigned first_bit, bits = 128;
    const char *slash = strchr(caller, '/');
    size_t len = slash ? (size_t)(slash - caller) : strlen(caller);
    if (len >= sizeof text)
        return false;
    memcpy(text, caller, len);
    text[len] = '\0';
    if (!parse_address(text, address, &first_bit))
        return false;
    if (slash)
        bits = first_bit + (unsigned)strtoul(slash + 1, NULL, 10);
    return bits <= 128 && same_bits(address, peer, bits);
}

bool call_home_matches(const char *const *callers, const char *peer)
{
    unsigned char bytes[16];
    unsigned first_bit;
    if (!callers || !parse_address(peer, bytes, &first_bit))
        return false;
    for (; *callers; callers++)
        if (matches(*callers, bytes))
            return true;
    return false;
}
