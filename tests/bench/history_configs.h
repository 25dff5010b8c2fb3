/* A fleet's history, made up: the same config for the same device and version, whoever asks.
 *
 * A config is like that of an IOS access router: 26 KB, most of it interfaces. A version differs
 * from the one before by the two lines that IOS writes itself, a description or two, now and then a
 * line of an access list, and each twentieth time by an account. */
#ifndef ROLLCALL_HISTORY_CONFIGS_H
#define ROLLCALL_HISTORY_CONFIGS_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"

enum { HISTORY_ACCOUNTS = 6, HISTORY_INTERFACES = 110, HISTORY_RULES = 40 };

static const char *const history_names[HISTORY_ACCOUNTS] = {
    "admin", "alice", "backup", "bob", "noc", "rollcall"};

static uint32_t history_mix(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t x = a * 2654435761u ^ b * 2246822519u ^ c * 3266489917u;
    x ^= x >> 15;
    x *= 2246822519u;
    x ^= x >> 13;
    x *= 3266489917u;
    return x ^ x >> 16;
}

static int64_t history_time_s(uint32_t version)
{
    return INT64_C(1700000000) + (int64_t)version * 86400;
}

/* How often the account was changed up to this version. */
static uint32_t history_account_changes(uint32_t account, uint32_t version)
{
    uint32_t turns = version / 20;
    return turns / HISTORY_ACCOUNTS + (turns % HISTORY_ACCOUNTS > account);
}

static void history_secret(struct buf *out, uint32_t device, uint32_t what, uint32_t change)
{
    static const char letters[] =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (uint32_t i = 0; i < 57; i++)
        buf_add_char(out, letters[history_mix(device * 64 + what, change, i) % 64]);
}

static void history_interfaces(struct buf *out, uint32_t device, uint32_t version)
{
    static const char *const places[] = {"berlin", "ulm", "hamburg", "jena", "kiel", "mainz"};
    uint32_t changed[HISTORY_INTERFACES] = {0};
    for (uint32_t v = 1; v <= version; v++)
        for (uint32_t i = 0; i < 1 + v % 2; i++)
            changed[history_mix(device, v, i) % HISTORY_INTERFACES] = v;
    for (uint32_t i = 0; i < HISTORY_INTERFACES; i++) {
        uint32_t x = history_mix(device, i, 7), y = history_mix(device, i, 1000 + changed[i]);
        buf_format(out,
            "interface GigabitEthernet%u/0/%u\n description customer %s-%05u circuit %08x\n"
            " ip address 10.%u.%u.%u 255.255.255.252\n no ip redirects\n no ip proxy-arp\n"
            " ip ospf cost %u\n load-interval 30\n service-policy output edge-%u\n!\n",
            i / 48, i % 48, places[x % 6], y % 100000, y, x >> 24, x >> 16 & 255, x >> 8 & 252,
            10 + y % 90, y % 4);
    }
}

/* Appends. Versions count from 0. */
static inline void history_config(struct buf *out, uint32_t device, uint32_t version)
{
    char when[64];
    time_t at = (time_t)history_time_s(version);
    struct tm tm;
    strftime(when, sizeof when, "%H:%M:%S UTC %a %b %e %Y", gmtime_r(&at, &tm));
    buf_format(out,
        "!\n! Last configuration change at %s by %s\n!\nversion 15.7\n"
        "service timestamps log datetime msec\nservice password-encryption\n!\n"
        "hostname router-%05u\n!\naaa new-model\naaa authentication login default group tacacs+ "
        "local\naaa authorization exec default group tacacs+ local\n!\n",
        when, history_names[version % HISTORY_ACCOUNTS], device);
    for (uint32_t i = 0; i < HISTORY_ACCOUNTS; i++) {
        buf_format(out, "username %s privilege 15 secret 9 $9$", history_names[i]);
        history_secret(out, device, i, history_account_changes(i, version));
        buf_add_char(out, '\n');
    }
    buf_add(out, "!\n");
    history_interfaces(out, device, version);
    buf_format(out, "router ospf 1\n router-id 10.0.%u.%u\n passive-interface default\n!\n",
        device >> 8 & 255, device & 255);
    buf_add(out, "ip access-list extended edge-in\n");
    for (uint32_t i = 0; i < HISTORY_RULES + version / 3; i++) {
        uint32_t x = history_mix(device, i, 99);
        buf_format(out, " permit tcp host 192.%u.%u.%u any eq %u\n", x >> 24, x >> 16 & 255,
            x >> 8 & 255, 1024 + x % 8000);
    }
    buf_add(out, "!\nline con 0\n exec-timeout 10 0\nline vty 0 4\n access-class 10 in\n"
                 " transport input ssh\n!\nntp server 192.0.2.123\nend\n");
}

/* What is read out of it, as it stands in the store: with the lines it was read from. */
static inline void history_access(struct buf *out, uint32_t device, uint32_t version)
{
    uint32_t below = 12 + HISTORY_ACCOUNTS + HISTORY_INTERFACES * 9 + HISTORY_RULES + version / 3;
    buf_add(out, "{\"rollcall-access:access\":{\"account\":[");
    for (uint32_t i = 0; i < HISTORY_ACCOUNTS; i++)
        buf_format(out,
            "%s{\"realm\":\"local\",\"name\":\"%s\",\"@\":{\"rollcall-access:from\":\"running:%u\"}"
            ",\"kind\":\"local\",\"privilege\":15,\"admin\":true,\"enabled\":true,\"secret\":{"
            "\"scheme\":\"scrypt\",\"strength\":\"strong\",\"fingerprint\":\"k1:%08x%08x%08x\"}}",
            i ? "," : "", history_names[i], 14 + i,
            history_mix(device, i, history_account_changes(i, version)),
            history_mix(device + 1, i, history_account_changes(i, version)),
            history_mix(device + 2, i, history_account_changes(i, version)));
    buf_format(out,
        "],\"aaa\":{\"enabled\":true,\"authentication\":[{\"service\":\"login\",\"list\":"
        "\"default\",\"method\":[\"group tacacs+\",\"local\"],\"@\":{\"rollcall-access:from\":"
        "\"running:11\"}}],\"authorization\":[{\"service\":\"exec\",\"list\":\"default\",\"method\""
        ":[\"group tacacs+\",\"local\"],\"@\":{\"rollcall-access:from\":\"running:12\"}}]},\"line\""
        ":[{\"name\":\"con 0\",\"timeout-s\":600,\"@\":{\"rollcall-access:from\":\"running:%u\"}},"
        "{\"name\":\"vty 0 4\",\"transport\":[\"ssh\"],\"acl\":\"10\",\"@\":{"
        "\"rollcall-access:from\":\"running:%u\"}}]}}",
        below + 8, below + 10);
}

/* The event that such a change raises. */
static inline void history_event(struct buf *out, uint32_t device, uint32_t version)
{
    buf_format(out,
        "{\"rollcall\":1,\"kind\":\"event\",\"id\":\"%08x%08x%08x%08x\",\"event\":\"config-changed"
        "\",\"severity\":20,\"says\":\"config changed\",\"device\":\"router-%05u\",\"path\":\"\","
        "\"subject\":\"\",\"before\":null,\"after\":null,\"version\":%u,\"previous\":%u,\"seen_at\""
        ":\"2026-01-01T00:00:00.%06uZ\",\"actor\":{\"user\":\"%s\",\"address\":null,\"source\":"
        "\"config\"},\"verdict\":\"unreviewed\",\"change\":null,\"attack\":[],\"controls\":[\"CM-3"
        "\",\"CM-6\"],\"evidence\":[]}",
        history_mix(device, version, 1), history_mix(device, version, 2),
        history_mix(device, version, 3), history_mix(device, version, 4), device, version + 1,
        version, version, history_names[version % HISTORY_ACCOUNTS]);
}

#endif
