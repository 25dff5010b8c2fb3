#include <stdlib.h>

#include "drivers/netconf/scan.h"
#include "drivers/netconf/session.h"

#define MOST_CAPABILITIES 20000
#define LONGEST_CAPABILITY 8192

static bool showable(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] < ' ' || s.at[i] == 0x7F)
            return false;
    return s.len > 0 && utf8_valid(s.at, s.len);
}

static int add_capability(struct netconf_hello *hello, struct str text, struct error *err)
{
    text = str_trim(text);
    if (!showable(text))
        return error_set(err, RC_FORMAT, "a capability in the hello that is no URI");
    if (hello->count == MOST_CAPABILITIES)
        return error_set(err, RC_LIMIT, "more than %d capabilities", MOST_CAPABILITIES);
    if ((hello->count & (hello->count - 1)) == 0) { /* grows at powers of two */
        char **more =
            realloc(hello->capabilities, (hello->count > 0 ? 2 * hello->count : 1) * sizeof *more);
        if (!more)
            return error_set(err, RC_NO_MEMORY, "out of memory");
        hello->capabilities = more;
    }
    char *copy = strndup(text.at, text.len);
    if (!copy)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    hello->capabilities[hello->count++] = copy;
    return RC_OK;
}

/* Behind the OPEN of <capabilities>. */
static int read_capabilities(struct scan *s, struct netconf_hello *hello, struct error *err)
{
    struct buf text = {.cap = LONGEST_CAPABILITY};
    enum scan_token token;
    unsigned outside = s->depth - 1;
    int rc = RC_OK;
    while (rc == RC_OK && s->depth > outside) {
        rc = scan_next(s, &token, err);
        if (rc || token != SCAN_OPEN)
            continue;
        if (!str_is(s->name, "capability")) {
            rc = scan_skip(s, err);
            continue;
        }
        buf_clear(&text);
        rc = scan_text(s, &text, err);
        if (rc == RC_OK)
            rc = add_capability(hello, buf_str(&text), err);
    }
    buf_free(&text);
    return rc;
}

static int read_session_id(struct scan *s, struct netconf_hello *hello, struct error *err)
{
    struct buf text = {.cap = 64};
    uint64_t id = 0;
    int rc = scan_text(s, &text, err);
    struct str digits = str_trim(buf_str(&text));
    bool fine = digits.len > 0 && digits.len <= 10;
    for (size_t i = 0; fine && i < digits.len; i++) {
        fine = digits.at[i] >= '0' && digits.at[i] <= '9';
        id = id * 10 + (uint64_t)(digits.at[i] - '0');
    }
    if (rc == RC_OK && (!fine || id == 0 || id > UINT32_MAX))
        rc = error_set(err, RC_FORMAT, "a session-id in the hello that is no number");
    hello->session_id = (uint32_t)id;
    buf_free(&text);
    return rc;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort_capabilities(struct netconf_hello *hello)
{
    size_t kept = 0;
    if (hello->count > 0)
        qsort(hello->capabilities, hello->count, sizeof *hello->capabilities, by_text);
    for (size_t i = 0; i < hello->count; i++) {
        if (kept > 0 && strcmp(hello->capabilities[kept - 1], hello->capabilities[i]) == 0)
            free(hello->capabilities[i]);
        else
            hello->capabilities[kept++] = hello->capabilities[i];
    }
    hello->count = kept;
}

static int read_hello(struct str message, struct netconf_hello *hello, struct error *err)
{
    struct scan s;
    enum scan_token token;
    scan_start(&s, message);
    int rc = scan_next(&s, &token, err);
    if (rc == RC_OK && !str_is(s.name, "hello"))
        return error_set(err, RC_FORMAT, "the first message is no <hello>");
    while (rc == RC_OK && token != SCAN_END) {
        rc = scan_next(&s, &token, err);
        if (rc || token != SCAN_OPEN)
            continue;
        if (str_is(s.name, "capabilities"))
            rc = read_capabilities(&s, hello, err);
        else if (str_is(s.name, "session-id"))
            rc = read_session_id(&s, hello, err);
        else
            rc = scan_skip(&s, err);
    }
    if (rc)
        return rc;
    sort_capabilities(hello);
    if (hello->session_id == 0)
        return error_set(err, RC_FORMAT, "a hello without session-id");
    return RC_OK;
}

int hello_parse(struct str message, struct netconf_hello *out, struct error *err)
{
    *out = (struct netconf_hello){.count = 0};
    int rc = read_hello(message, out, err);
    if (rc)
        hello_free(out);
    return rc;
}

void hello_free(struct netconf_hello *hello)
{
    if (!hello)
        return;
    for (size_t i = 0; i < hello->count; i++)
        free(hello->capabilities[i]);
    free(hello->capabilities);
    *hello = (struct netconf_hello){.count = 0};
}

const char *hello_find(const struct netconf_hello *hello, const char *uri)
{
    size_t len = strlen(uri);
    for (size_t i = 0; i < hello->count; i++) {
        const char *each = hello->capabilities[i];
        if (strncmp(each, uri, len) == 0 && (each[len] == '\0' || each[len] == '?'))
            return each;
    }
    return NULL;
}

char *capability_parameter(const char *capability, const char *name)
{
    const char *at = strchr(capability, '?');
    size_t len = strlen(name);
    while (at && *at) {
        at++;
        size_t here = strcspn(at, "&;");
        if (here > len && strncmp(at, name, len) == 0 && at[len] == '=')
            return strndup(at + len + 1, here - len - 1);
        at += here;
    }
    return NULL;
}
