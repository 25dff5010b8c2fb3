#include "cli/target.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Without its scheme and the slash that some write behind an address. */
static int take_scheme(const char *text, struct target *t, struct str *rest, struct error *err)
{
    static const struct {
        const char *prefix;
        enum driver_protocol protocol;
        uint16_t port;
    } schemes[] = {{"ssh://", DRIVER_SSH, 22}, {"netconf://", DRIVER_NETCONF, 830}};
    const char *colon = strstr(text, "://");
    *t = (struct target){.protocol = DRIVER_SSH, .port = 22};
    *rest = str_of(text);
    if (!colon)
        return RC_OK;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(text, schemes[i].prefix, strlen(schemes[i].prefix)) == 0) {
            t->protocol = schemes[i].protocol;
            t->port = schemes[i].port;
            *rest = str_of(colon + 3);
            rest->len -= rest->len && rest->at[rest->len - 1] == '/';
            return RC_OK;
        }
    return error_set(
        err, RC_USAGE, "\"%.40s\" is spoken by nobody here; ssh:// and netconf:// are", text);
}

static int take_port(struct str text, struct target *t, struct error *err)
{
    char *end, digits[8] = "";
    if (text.len < sizeof digits)
        memcpy(digits, text.at, text.len);
    unsigned long port = strtoul(digits, &end, 10);
    if (*digits < '0' || *digits > '9' || *end || port == 0 || port > 65535)
        return error_set(err, RC_USAGE, "\"%.*s\" is no port", (int)text.len, text.at);
    t->port = (uint16_t)port;
    return RC_OK;
}

static const char *last(struct str text, char c)
{
    return text.len ? memrchr(text.at, c, text.len) : NULL;
}

int target_parse(const char *text, struct target *t, struct error *err)
{
    struct str rest;
    int rc = take_scheme(text, t, &rest, err);
    if (rc)
        return rc;
    const char *at = last(rest, '@'), *end = rest.at + rest.len;
    struct str user = {rest.at, at ? (size_t)(at - rest.at) : 0};
    struct str host = {at ? at + 1 : rest.at, (size_t)(end - (at ? at + 1 : rest.at))};
    const char *colon = last(host, ':');
    if (host.len && *host.at == '[') {
        const char *close = memchr(host.at, ']', host.len);
        colon = close && close + 1 < end && close[1] == ':' ? close + 1 : NULL;
        if (!close || (close + 1 < end && !colon))
            return error_set(err, RC_USAGE, "\"%s\" is no host; write [ADDRESS]:PORT", text);
        host = (struct str){host.at + 1, (size_t)(close - host.at) - 1};
    } else if (colon && memchr(host.at, ':', (size_t)(colon - host.at))) {
        colon = NULL; /* a bare IPv6 address */
    } else if (colon) {
        host.len = (size_t)(colon - host.at);
    }
    if (colon)
        rc = take_port((struct str){colon + 1, (size_t)(end - colon) - 1}, t, err);
    if (rc == RC_OK && (host.len == 0 || host.len >= sizeof t->host || user.len >= sizeof t->user ||
                           *host.at == '-' || (user.len && *user.at == '-')))
        rc = error_set(err, RC_USAGE, "\"%s\" is no [USER@]HOST[:PORT]", text);
    if (rc)
        return rc;
    memcpy(t->host, host.at, host.len);
    memcpy(t->user, user.at, user.len);
    if (user.len == 0) {
        const struct passwd *me = getpwuid(getuid());
        snprintf(t->user, sizeof t->user, "%s", me ? me->pw_name : "root");
    }
    return RC_OK;
}
