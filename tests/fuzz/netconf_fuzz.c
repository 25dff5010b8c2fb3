/* rooms: base netconf ssh drivers */
/* What a NETCONF device sends, in any pieces: the framing comes off or breaks, and what is whole is
 * looked at, read as a hello, as an error, as a notification. The first byte says which framing and
 * how large the pieces are; a reader that saw it in other pieces saw the same. */
#include <stdlib.h>

#include "drivers/netconf/guard.h"
#include "drivers/netconf/notify.h"

#define MOST_MESSAGES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void read_message(struct str text)
{
    struct guard_seen seen;
    struct netconf_hello hello;
    struct netconf_news news;
    struct error err = ERROR_INIT;
    struct buf says = {.cap = 4096};
    if (guard_inspect(text, &seen, &err) == RC_OK) {
        must(!seen.ok || !seen.failed);
        guard_complaint(text, &says, NULL);
        must(!seen.failed || says.len > 0);
    } else {
        must(err.code == RC_FORMAT || err.code == RC_LIMIT);
    }
    if (hello_parse(text, &hello, &err) == RC_OK) {
        must(hello.session_id > 0);
        for (size_t i = 0; i < hello.count; i++) {
            must(utf8_valid(hello.capabilities[i], strlen(hello.capabilities[i])));
            must(i == 0 || strcmp(hello.capabilities[i - 1], hello.capabilities[i]) < 0);
            free(capability_parameter(hello.capabilities[i], "module"));
        }
        hello_free(&hello);
    }
    if (news_parse(text, &news, &err) == RC_OK)
        must(utf8_valid(news.user, strlen(news.user)) &&
             (news.kind == NEWS_PENDING) == (news.wait_s > 0));
    buf_free(&says);
}

/* All messages, and how it ended; texts end up in `all`. */
static int take_all(
    bool chunked, size_t piece, struct str bytes, bool read, struct buf *all, size_t *count)
{
    struct guard g = {.chunked = chunked, .message = {.cap = 65536}};
    int rc = RC_OK;
    for (*count = 0; rc == RC_OK && bytes.len > 0 && *count < MOST_MESSAGES;) {
        size_t here = piece < bytes.len ? piece : bytes.len, used;
        rc = guard_take(&g, (struct str){bytes.at, here}, &used, NULL);
        must(used <= here);
        bytes = (struct str){bytes.at + used, bytes.len - used};
        if (rc || !g.whole)
            continue;
        if (read)
            read_message(buf_str(&g.message));
        must(buf_add_str(all, buf_str(&g.message)) == RC_OK);
        guard_next(&g);
        ++*count;
    }
    guard_free(&g);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct str bytes = {(const char *)data + 1, size - 1};
    bool chunked = data[0] & 1;
    size_t piece = (size_t)(data[0] >> 1) + 1, count, again;
    struct buf all = {0}, whole = {0};
    read_message(bytes);
    int rc = take_all(chunked, piece, bytes, true, &all, &count);
    /* With all bytes at once the cap is hit by those behind a message, too: not compared. */
    if (take_all(chunked, size, bytes, false, &whole, &again) == rc && size < 65536) {
        must(count == again && all.len == whole.len);
        must(all.len == 0 || memcmp(all.data, whole.data, all.len) == 0);
    } else {
        must(size >= 65536);
    }
    buf_free(&all);
    buf_free(&whole);
    return 0;
}
