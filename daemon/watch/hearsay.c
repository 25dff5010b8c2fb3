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

bool hearsay_actor(const struct hearsay *h, char names[HEARSAY_NAMES_SIZE], struct actor *out)
{
    size_t used = 0;
    names[0] = '\0';
    for (size_t i = 0; i < h->user_count; i++)
        used += (size_t)snprintf(
            names + used, HEARSAY_NAMES_SIZE - used, "%s%s", i ? ", " : "", h->users[i]);
    if (h->more)
        snprintf(names + used, HEARSAY_NAMES_SIZE - used, ", ...");
    *out = (struct actor){.user = names[0] ? names : NULL,
        .address = h->address[0] ? h->address : NULL,
        .source = "netconf"};
    return out->user || out->address;
}
