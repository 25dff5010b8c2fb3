/* The operation that reads a datastore: private to the pull. */
#ifndef ROLLCALL_NETCONF_FILTER_H
#define ROLLCALL_NETCONF_FILTER_H

#include "drivers/netconf/session.h"

struct netconf_ask {
    const char *datastore; /* NULL: running */
    const char *filter;    /* an XPath, or elements; NULL: all */
    const struct netconf_hello *hello;
    struct str modules; /* a modules part: namespaces of the XPath's prefixes */
};

/* <get-config>, or <get-data> (RFC 8526) for a datastore that the former does not know. Defaults
 * are left out as far as the device offers it (RFC 6243). RC_SETTINGS: what is asked for cannot be
 * had from this device, or is none. */
int ask_operation(const struct netconf_ask *ask, struct buf *out, struct error *err);

#endif
