#include "drivers/netconf/filter.h"

#include <stdlib.h>

#include "drivers/netconf/scan.h"

#define CAPABILITY "urn:ietf:params:netconf:capability:"
#define NMDA "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda"
#define MOST_PREFIXES 32

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name_byte(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static int add_escaped(struct buf *out, struct str text)
{
    int rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < text.len; i++) {
        char c = text.at[i];
        rc = c == '<'   ? buf_add(out, "&lt;")
             : c == '&' ? buf_add(out, "&amp;")
             : c == '"' ? buf_add(out, "&quot;")
             : c == '>' ? buf_add(out, "&gt;")
                        : buf_add_char(out, c);
    }
    return rc;
}

/* ---- modules ---- */

static bool find_namespace(struct str modules, struct str module, struct str *name_space)
{
    struct str line, kind, name, revision;
    while (str_next_line(&modules, &line))
        if (str_next_word(&line, &kind) && str_is(kind, "module") && str_next_word(&line, &name) &&
            str_equal(name, module) && str_next_word(&line, &revision) &&
            str_next_word(&line, name_space))
            return true;
    return false;
}

static bool has_nmda(const struct netconf_ask *ask)
{
    struct str name_space;
    return hello_find(ask->hello, NMDA) ||
           find_namespace(ask->modules, STR("ietf-netconf-nmda"), &name_space);
}

/* ---- XPath ---- */

/* The next prefix in an expression from `*at` on: not an axis, not in a literal. */
static bool next_prefix(struct str path, size_t *at, struct str *prefix)
{
    while (*at < path.len) {
        char c = path.at[*at];
        if (c == '\'' || c == '"') {
            const char *end = memchr(path.at + *at + 1, c, path.len - *at - 1);
            *at = end ? (size_t)(end - path.at) + 1 : path.len;
        } else if (is_letter(c)) {
            size_t start = *at;
            while (*at < path.len && is_name_byte(path.at[*at]))
                (*at)++;
            *prefix = (struct str){path.at + start, *at - start};
            if (*at + 1 < path.len && path.at[*at] == ':' && path.at[*at + 1] != ':')
                return true;
        } else {
            (*at)++;
        }
    }
    return false;
}

static bool is_known(const struct str *known, size_t count, struct str prefix)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(known[i], prefix))
            return true;
    return false;
}

/* xmlns:PREFIX="..." for each prefix, which is a module's name. */
static int declare_prefixes(const struct netconf_ask *ask, struct buf *out, struct error *err)
{
    struct str path = str_of(ask->filter), prefix, name_space, known[MOST_PREFIXES];
    size_t at = 0, count = 0;
    int rc = RC_OK;
    while (rc == RC_OK && next_prefix(path, &at, &prefix)) {
        if (is_known(known, count, prefix))
            continue;
        if (count == MOST_PREFIXES)
            return error_set(
                err, RC_SETTINGS, "the filter has more than %d prefixes", MOST_PREFIXES);
        known[count++] = prefix;
        if (!find_namespace(ask->modules, prefix, &name_space))
            return error_set(err, RC_SETTINGS,
                "the filter speaks of module \"%.*s\", which the device does not have",
                (int)prefix.len, prefix.at);
        rc = buf_format(out, " xmlns:%.*s=\"", (int)prefix.len, prefix.at);
        if (rc == RC_OK)
            rc = add_escaped(out, name_space);
        if (rc == RC_OK)
            rc = buf_add_char(out, '"');
    }
    return rc;
}

static int check_xpath(const struct netconf_ask *ask, struct error *err)
{
    if (hello_find(ask->hello, CAPABILITY "xpath:1.0"))
        return RC_OK;
    return error_set(err, RC_SETTINGS,
        "the device takes no XPath as a filter; write the elements of a subtree (RFC 6241, "
        "section 6) instead");
}

/* ---- subtrees ---- */

static bool is_subtree(const char *filter)
{
    return filter[strspn(filter, " \t\r\n")] == '<';
}

static int check_subtree(const char *filter, struct error *err)
{
    struct buf whole = {0};
    struct scan s;
    enum scan_token token = SCAN_OPEN;
    int rc = buf_format(&whole, "<filter>%s</filter>", filter);
    scan_start(&s, buf_str(&whole));
    while (rc == RC_OK && token != SCAN_END)
        rc = scan_next(&s, &token, err);
    if (rc && err)
        error_context(err, "the filter is no XML");
    buf_free(&whole);
    return rc ? RC_SETTINGS : RC_OK;
}

static int add_filter(const struct netconf_ask *ask, bool nmda, struct buf *out, struct error *err)
{
    if (!ask->filter)
        return RC_OK;
    bool subtree = is_subtree(ask->filter);
    int rc = subtree ? check_subtree(ask->filter, err) : check_xpath(ask, err);
    if (rc)
        return rc;
    if (subtree)
        return nmda ? buf_format(out, "<subtree-filter>%s</subtree-filter>", ask->filter)
                    : buf_format(out, "<filter type=\"subtree\">%s</filter>", ask->filter);
    rc = buf_add(out, nmda ? "<xpath-filter" : "<filter type=\"xpath\"");
    if (rc == RC_OK)
        rc = declare_prefixes(ask, out, err);
    if (rc == RC_OK)
        rc = buf_add(out, nmda ? ">" : " select=\"");
    if (rc == RC_OK)
        rc = add_escaped(out, str_of(ask->filter));
    if (rc == RC_OK)
        rc = buf_add(out, nmda ? "</xpath-filter>" : "\"/>");
    return rc;
}

/* ---- defaults ---- */

static bool lists(const char *values, const char *wanted)
{
    size_t len = strlen(wanted);
    while (values && *values) {
        size_t here = strcspn(values, ",");
        if (here == len && strncmp(values, wanted, len) == 0)
            return true;
        values += here + (values[here] == ',');
    }
    return false;
}

/* What nobody wrote is no config: `explicit`, or as near to it as the device comes. NULL: as it
 * does by itself. */
static const char *defaults_mode(const struct netconf_hello *hello)
{
    static const char *const modes[] = {"explicit", "trim"};
    const char *capability = hello_find(hello, CAPABILITY "with-defaults:1.0"), *mode = NULL;
    if (!capability)
        return NULL;
    char *basic = capability_parameter(capability, "basic-mode");
    char *also = capability_parameter(capability, "also-supported");
    for (size_t i = 0; !mode && i < 2; i++)
        if (lists(basic, modes[i]) || lists(also, modes[i]))
            mode = modes[i];
    if (mode && lists(basic, mode))
        mode = NULL;
    free(basic);
    free(also);
    return mode;
}

static int add_defaults(const struct netconf_ask *ask, bool nmda, struct buf *out)
{
    const char *mode = defaults_mode(ask->hello);
    if (!mode)
        return RC_OK;
    return buf_format(out, "<with-defaults%s>%s</with-defaults>",
        nmda ? "" : " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\"", mode);
}

/* ---- the operation ---- */

/* Those that <get-config> knows; the other ones came with NMDA. */
static bool is_old_datastore(const char *name)
{
    return strcmp(name, "running") == 0 || strcmp(name, "candidate") == 0 ||
           strcmp(name, "startup") == 0;
}

static int begin(const char *datastore, bool nmda, struct buf *out)
{
    if (!nmda)
        return buf_format(out, "<get-config><source><%s/></source>", datastore);
    return buf_format(out,
        "<get-data xmlns=\"" NMDA "\"><datastore "
        "xmlns:ds=\"urn:ietf:params:xml:ns:yang:ietf-datastores\">ds:%s</datastore>",
        datastore);
}

int ask_operation(const struct netconf_ask *ask, struct buf *out, struct error *err)
{
    const char *datastore = ask->datastore ? ask->datastore : "running";
    bool nmda = !is_old_datastore(datastore);
    if (datastore[strspn(datastore, "abcdefghijklmnopqrstuvwxyz0123456789-")] || !datastore[0])
        return error_set(err, RC_SETTINGS, "\"%s\" is no datastore", datastore);
    if (nmda && !has_nmda(ask))
        return error_set(err, RC_SETTINGS,
            "the device has no datastore %s: it does not know NMDA (RFC 8342)", datastore);
    int rc = begin(datastore, nmda, out);
    if (rc == RC_OK)
        rc = add_filter(ask, nmda, out, err);
    if (rc == RC_OK && nmda)
        rc = buf_add(out, "<config-filter>true</config-filter>");
    if (rc == RC_OK)
        rc = add_defaults(ask, nmda, out);
    if (rc == RC_OK)
        rc = buf_add(out, nmda ? "</get-data>" : "</get-config>");
    return rc == RC_NO_MEMORY || rc == RC_LIMIT
               ? error_set(err, (enum rc)rc, "the filter is too long")
               : rc;
}
