/* Sealed columns: what they hold, and where they belong. */
#include "store/facts.h"

#include <sodium.h>
#include <stdio.h>

#include "base/pack.h"
#include "store/keyring.h"
#include "store/seal.h"

/* ---- texts that can be looked at where they lie ---- */

/* With the NUL, so that nothing is as long as NULL. */
static int put_text(struct buf *b, const char *text)
{
    return pack_str(b, text ? (struct str){text, strlen(text) + 1} : (struct str){"", 0});
}

static const char *view_text(struct unpack *u)
{
    struct str text = unpack_str(u);
    if (!text.len)
        return NULL;
    u->bad |= memchr(text.at, 0, text.len) != text.at + text.len - 1;
    return u->bad ? "" : text.at;
}

/* Never NULL. */
static const char *view_word(struct unpack *u)
{
    const char *text = view_text(u);
    return text ? text : "";
}

/* ---- sealing what was packed ---- */

static int seal_packed(struct store *s, const struct seal_place *place, struct buf *packed, int rc,
    struct buf *sealed, struct error *err)
{
    if (rc)
        rc = error_set(err, RC_NO_MEMORY, "out of memory in the store");
    else
        rc = seal(s, KEY_RECORD, place, buf_str(packed), sealed, err);
    buf_wipe(packed);
    return rc;
}

static int open_packed(struct store *s, const struct seal_place *place, struct str sealed,
    struct buf *plain, struct unpack *u, struct error *err)
{
    buf_clear(plain);
    int rc = unseal(s, place, sealed, plain, err);
    *u = (struct unpack){.rest = buf_str(plain)};
    return rc;
}

/* What was sealed by a holder of the key and cannot be read was not written by us. */
static int check_done(
    struct store *s, const struct seal_place *place, const struct unpack *u, struct error *err)
{
    return unpack_done(u) ? RC_OK : seal_damaged(s, place, err);
}

/* ---- devices ---- */

static struct seal_place place_of_device(int64_t id, const char *name)
{
    return (struct seal_place){.what = "device", .device = name, .number = id};
}

int facts_seal_device(struct store *s, int64_t id, const char *name,
    const struct device_facts *facts, struct buf *sealed, struct error *err)
{
    const struct seal_place place = place_of_device(id, name);
    struct buf b = {.cap = 0};
    int bad = put_text(&b, facts->address);
    bad |= put_text(&b, facts->platform);
    bad |= put_text(&b, facts->failure);
    bad |= put_text(&b, facts->message);
    bad |= pack_u32(&b, facts->failures);
    bad |= pack_u32(&b, facts->accounts);
    bad |= pack_u32(&b, facts->admins);
    bad |= pack_i64(&b, facts->dialogue_us);
    bad |= pack_i64(&b, facts->newest);
    bad |= pack_i64(&b, facts->last_try_us);
    bad |= pack_i64(&b, facts->last_success_us);
    return seal_packed(s, &place, &b, bad, sealed, err);
}

int facts_open_device(struct store *s, int64_t id, const char *name, struct str sealed,
    struct buf *plain, struct device_facts *out, struct error *err)
{
    const struct seal_place place = place_of_device(id, name);
    struct unpack u;
    int rc = open_packed(s, &place, sealed, plain, &u, err);
    if (rc)
        return rc;
    out->address = view_word(&u);
    out->platform = view_word(&u);
    out->failure = view_text(&u);
    out->message = view_text(&u);
    out->failures = unpack_u32(&u);
    out->accounts = unpack_u32(&u);
    out->admins = unpack_u32(&u);
    out->dialogue_us = unpack_i64(&u);
    out->newest = unpack_i64(&u);
    out->last_try_us = unpack_i64(&u);
    out->last_success_us = unpack_i64(&u);
    return check_done(s, &place, &u, err);
}

/* ---- accounts ---- */

enum account_flag { HAS_PRIVILEGE = 1, IS_ADMIN = 2, IS_ENABLED = 4 };

struct interval_place {
    char from[24];
    struct seal_place seal;
};

static void place_interval(struct interval_place *p, const struct interval_key *key)
{
    snprintf(p->from, sizeof p->from, "%lld", (long long)key->from_us);
    p->seal = (struct seal_place){
        .what = "account_interval", .device = key->device, .number = key->account, .kind = p->from};
}

int facts_seal_account(struct store *s, const struct interval_key *key,
    const struct store_account *a, struct buf *sealed, struct error *err)
{
    struct interval_place place;
    struct buf b = {.cap = 0};
    uint32_t flags = (a->has_privilege ? HAS_PRIVILEGE : 0u) | (a->admin ? IS_ADMIN : 0u) |
                     (a->enabled ? IS_ENABLED : 0u);
    place_interval(&place, key);
    int bad = put_text(&b, a->realm);
    bad |= put_text(&b, a->name);
    bad |= put_text(&b, a->kind);
    bad |= put_text(&b, a->roles);
    bad |= put_text(&b, a->secret_scheme);
    bad |= pack_u32(&b, flags);
    bad |= pack_u32(&b, a->key_count);
    bad |= pack_i64(&b, a->has_privilege ? a->privilege : 0);
    return seal_packed(s, &place.seal, &b, bad, sealed, err);
}

int facts_open_account(struct store *s, const struct interval_key *key, struct str sealed,
    struct buf *plain, struct store_account *out, struct error *err)
{
    struct interval_place place;
    struct unpack u;
    place_interval(&place, key);
    int rc = open_packed(s, &place.seal, sealed, plain, &u, err);
    if (rc)
        return rc;
    out->realm = view_word(&u);
    out->name = view_word(&u);
    out->kind = view_word(&u);
    out->roles = view_word(&u);
    out->secret_scheme = view_text(&u);
    uint32_t flags = unpack_u32(&u);
    out->has_privilege = (flags & HAS_PRIVILEGE) != 0;
    out->admin = (flags & IS_ADMIN) != 0;
    out->enabled = (flags & IS_ENABLED) != 0;
    out->key_count = unpack_u32(&u);
    out->privilege = unpack_i64(&u);
    return check_done(s, &place.seal, &u, err);
}

/* ---- runs ---- */

static struct seal_place place_of_run(const char *device, int64_t ended_us)
{
    return (struct seal_place){.what = "run", .device = device, .number = ended_us};
}

int facts_seal_run(struct store *s, const char *device, int64_t ended_us,
    const struct run_facts *facts, struct buf *sealed, struct error *err)
{
    const struct seal_place place = place_of_run(device, ended_us);
    struct buf b = {.cap = 0};
    int bad = put_text(&b, facts->failure);
    bad |= put_text(&b, facts->message);
    return seal_packed(s, &place, &b, bad, sealed, err);
}

int facts_open_run(struct store *s, const char *device, int64_t ended_us, struct str sealed,
    struct buf *plain, struct run_facts *out, struct error *err)
{
    const struct seal_place place = place_of_run(device, ended_us);
    struct unpack u;
    int rc = open_packed(s, &place, sealed, plain, &u, err);
    if (rc)
        return rc;
    out->failure = view_word(&u);
    out->message = view_word(&u);
    return check_done(s, &place, &u, err);
}

/* ---- outbox ---- */

static struct seal_place place_of_message(int64_t event)
{
    return (struct seal_place){.what = "outbox", .number = event};
}

int facts_seal_message(struct store *s, int64_t event, const struct message_facts *facts,
    struct buf *sealed, struct error *err)
{
    const struct seal_place place = place_of_message(event);
    struct buf b = {.cap = 0};
    int bad = put_text(&b, facts->sink);
    bad |= put_text(&b, facts->message);
    bad |= pack_i64(&b, facts->due_us);
    bad |= pack_i64(&b, facts->tries);
    return seal_packed(s, &place, &b, bad, sealed, err);
}

int facts_open_message(struct store *s, int64_t event, struct str sealed, struct buf *plain,
    struct message_facts *out, struct error *err)
{
    const struct seal_place place = place_of_message(event);
    struct unpack u;
    int rc = open_packed(s, &place, sealed, plain, &u, err);
    if (rc)
        return rc;
    out->sink = view_word(&u);
    out->message = view_text(&u);
    out->due_us = unpack_i64(&u);
    out->tries = unpack_i64(&u);
    return check_done(s, &place, &u, err);
}

/* ---- host keys ---- */

static struct seal_place place_of_host_key(int64_t pinned)
{
    return (struct seal_place){.what = "host_key", .number = pinned};
}

int facts_seal_host_key(struct store *s, int64_t pinned, const struct host_key_facts *facts,
    struct buf *sealed, struct error *err)
{
    const struct seal_place place = place_of_host_key(pinned);
    struct buf b = {.cap = 0};
    int bad = put_text(&b, facts->hop);
    bad |= put_text(&b, facts->algorithm);
    bad |= put_text(&b, facts->base64);
    bad |= put_text(&b, facts->how);
    bad |= pack_i64(&b, facts->pinned_us);
    return seal_packed(s, &place, &b, bad, sealed, err);
}

int facts_open_host_key(struct store *s, int64_t pinned, struct str sealed, struct buf *plain,
    struct host_key_facts *out, struct error *err)
{
    const struct seal_place place = place_of_host_key(pinned);
    struct unpack u;
    int rc = open_packed(s, &place, sealed, plain, &u, err);
    if (rc)
        return rc;
    out->hop = view_word(&u);
    out->algorithm = view_word(&u);
    out->base64 = view_word(&u);
    out->how = view_word(&u);
    out->pinned_us = unpack_i64(&u);
    return check_done(s, &place, &u, err);
}

/* ---- blind columns ---- */

int64_t account_who(struct store *s, const char *realm, const char *name)
{
    return BLIND(s, "account.who", str_of(realm), str_of(name));
}

int64_t account_name(struct store *s, const char *name)
{
    return BLIND(s, "account.name", str_of(name));
}

int64_t event_uid(struct store *s, const char *id)
{
    return BLIND(s, "event.uid", str_of(id));
}

int64_t event_kind(struct store *s, const char *event)
{
    return BLIND(s, "event.event", str_of(event));
}

int64_t event_subject(struct store *s, const char *subject)
{
    return BLIND(s, "event.subject", str_of(subject));
}

int64_t message_sink(struct store *s, const char *sink)
{
    return BLIND(s, "outbox.sink", str_of(sink));
}

int64_t host_key_hop(struct store *s, const char *hop)
{
    return BLIND(s, "host_key.hop", str_of(hop));
}

int64_t host_key_pinned(struct store *s, const struct host_key_facts *key)
{
    return BLIND(s, "host_key", str_of(key->hop), str_of(key->algorithm), str_of(key->base64));
}

int64_t run_mark(
    struct store *s, const char *device, int64_t started_us, int64_t ended_us, uint32_t version)
{
    const int64_t numbers[] = {started_us, ended_us, version};
    return BLIND(s, "run", str_of(device), ((struct str){(const char *)numbers, sizeof numbers}));
}
