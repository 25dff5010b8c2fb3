/* What a profile has to prove by its examples. */
#include "access/check.h"
#include "base/yang.h"

#define MOST_EVENTS 12

/* Events of rollcall-access, any of which proves it. None: a change that is none does. */
static const struct {
    const char *proof, *events[MOST_EVENTS];
} proofs[] = {
    {"add", {"account-created", "remote-admin-mapping-added"}},
    {"delete", {"account-deleted"}},
    {"promote", {"privilege-raised", "role-changed"}},
    {"key", {"ssh-key-added"}},
    {"aaa", {"aaa-method-none", "aaa-method-local-first", "aaa-method-changed", "aaa-disabled",
                "aaa-server-removed", "aaa-server-added", "aaa-authorization-removed",
                "aaa-accounting-removed", "line-unauthenticated", "lockout-weakened",
                "password-policy-weakened", "mfa-removed"}},
    {"acl", {"mgmt-acl-widened", "mgmt-acl-removed"}},
    {"volatile", {NULL}},
};

static bool has_event(const struct lyd_node *then, const char *event)
{
    for (const struct lyd_node *n = lyd_child(then); n; n = n->next)
        if (strcmp(LYD_NAME(n), "events") == 0 && strcmp(lyd_get_value(n), event) == 0)
            return true;
    return false;
}

static bool proves(const struct lyd_node *then, const char *const *events)
{
    if (!*events)
        return yang_is_true(then, "same");
    for (size_t i = 0; i < MOST_EVENTS && events[i]; i++)
        if (has_event(then, events[i]))
            return true;
    return false;
}

static bool is_proven(const struct lyd_node *profile, const char *const *events)
{
    for (const struct lyd_node *n = lyd_child(profile); n; n = n->next) {
        const struct lyd_node *then =
            strcmp(LYD_NAME(n), "examples") == 0 ? yang_child(n, "then") : NULL;
        if (then && proves(then, events))
            return true;
    }
    return false;
}

static bool is_lacking(const struct lyd_node *manual, const char *proof)
{
    for (const struct lyd_node *n = manual ? lyd_child(manual) : NULL; n; n = n->next)
        if (strcmp(LYD_NAME(n), "lacks") == 0 && strcmp(yang_leaf(n, "proof"), proof) == 0)
            return true;
    return false;
}

int platform_proofs(
    const struct platform *platform, check_missing *missing, void *ctx, struct error *err)
{
    const struct lyd_node *whole = NULL;
    int rc = platform_whole(platform, &whole, err);
    if (rc)
        return rc;
    const struct lyd_node *manual = yang_child(whole, "manual");
    for (size_t i = 0; i < sizeof proofs / sizeof *proofs; i++)
        if (!is_proven(whole, proofs[i].events) && !is_lacking(manual, proofs[i].proof))
            missing(ctx, proofs[i].proof);
    if (!manual || !yang_leaf(manual, "tried"))
        missing(ctx, "tried");
    return RC_OK;
}
