#include "watch/hearsay.h"

#include <stdio.h>
#include <string.h>

static void add_user(struct hearsay *h, const char *user)
{
    if (!user[0])
        return;
    for (size_t i = 0; i < h->user_count; i++)
        if (strcmp(h->users[i], user) == 0)
            return;
    if (h->user_count == HEARSAY_MOST_USERS)
        h->more = true;
    else
        snprintf(h->users[h->user_count++], NOTICE_USER_SIZE, "%s", user);
}

static void add_address(struct hearsay *h, const char *address)
{
    if (h->several || (h->changed && strcmp(h->address, address) == 0))
        return;
    if (h->changed)
        h->several = true;
    snprintf(h->address, sizeof h->address, "%s", h->several ? "" : address);
}

void hearsay_add(struct hearsay *h, const char *user, const char *address)
{
    add_user(h, user);
    add_address(h, address);
    h->changed = true;
}

void hearsay_merge(struct hearsay *into, const struct hearsay *from)
{
    if (!from->changed)
        return;
    for (size_t i = 0; i < from->user_count; i++)
        add_user(into, from->users[i]);
    into->more = into->more || from->more;
    add_address(into, from->address);
    into->several = into->several || from->several;
    into->changed = true;
}

bool hearsay_suspect(const struct hearsay *h, struct suspect *out)
{
    size_t used = 0, size = sizeof out->names;
    *out = (struct suspect){.actor = {.source = "netconf"}};
    for (size_t i = 0; i < h->user_count; i++)
        used +=
            (size_t)snprintf(out->names + used, size - used, "%s%s", i ? ", " : "", h->users[i]);
    if (h->more)
        snprintf(out->names + used, size - used, ", ...");
    snprintf(out->address, sizeof out->address, "%s", h->address);
    if (out->names[0])
        out->actor.user = out->names;
    if (out->address[0])
        out->actor.address = out->address;
    return out->names[0] || out->address[0];
}
