/* rooms: base ssh */
/* A device that answers with any bytes, in any pieces: the dialogue ends, within its bounds, and
 * what it takes for a whole config has its end mark. */
#include <stdlib.h>

#include "drivers/ssh/dialogue.h"

struct noise {
    const uint8_t *at;
    size_t len;
    int64_t now_us;
};

static long noise_read(void *ctx, char *bytes, size_t size, int64_t deadline_us)
{
    struct noise *n = ctx;
    n->now_us++;
    if (n->len == 0)
        return 0;
    size_t len = n->at[0]; /* the length of the next piece; 0: silence */
    n->at++;
    n->len--;
    if (len == 0) {
        if (deadline_us > n->now_us)
            n->now_us = deadline_us;
        return RC_TIMEOUT;
    }
    len = len < n->len ? len : n->len;
    len = len < size ? len : size;
    memcpy(bytes, n->at, len);
    n->at += len;
    n->len -= len;
    return (long)len;
}

static int noise_write(void *ctx, struct str bytes, int64_t deadline_us)
{
    (void)ctx, (void)bytes, (void)deadline_us;
    return RC_OK;
}

static int64_t noise_clock(void *ctx)
{
    return ((struct noise *)ctx)->now_us;
}

static struct regex *pattern_of(const char *text)
{
    struct regex *p = NULL;
    if (regex_new(text, 0, &p, NULL))
        abort();
    return p;
}

static struct script *script_of(void)
{
    static struct script script;
    static const char *prepare[] = {"terminal length 0"};
    static struct regex *errors[1];
    if (!script.prompt) {
        errors[0] = pattern_of("^% ?Invalid");
        script = (struct script){.prompt = pattern_of("^[\\w.:/@()-]+[>#] ?$"),
            .enable = "enable",
            .enable_when = pattern_of("> ?$"),
            .enable_asks = pattern_of("assword: ?$"),
            .prepare = prepare,
            .prepare_count = 1,
            .pager = pattern_of("--More--"),
            .pager_answer = " ",
            .errors = errors,
            .error_count = 1,
            .leave = "exit"};
    }
    return &script;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct script_part part = {.name = "running", .command = "show run"};
    struct noise noise = {.at = data, .len = len, .now_us = 1};
    struct clock clock = {.now_us = noise_clock, .mono_us = noise_clock, .ctx = &noise};
    struct dialogue d = {.script = script_of(),
        .wire = {.read = noise_read, .write = noise_write, .ctx = &noise},
        .clock = &clock,
        .name = "edge-7",
        .total_us = 60000000,
        .command_ms = 10000};
    struct buf text = {.cap = 4096};
    struct error err = ERROR_INIT;
    if (!part.ends)
        part.ends = pattern_of("^end$");
    dialogue_init(&d, 8192);
    if (dialogue_login(&d, &err) == RC_OK && dialogue_prepare(&d, &err) == RC_OK &&
        dialogue_part(&d, &part, &text, &err) == RC_OK) {
        if (!str_is(text_last_line(buf_str(&text)), "end") && !strstr(buf_text(&text), "end"))
            abort();
        dialogue_leave(&d);
    }
    for (const char *c = err.text; *c; c++)
        if ((unsigned char)*c < ' ')
            abort();
    free(dialogue_hostname(&d));
    dialogue_free(&d);
    buf_free(&text);
    return 0;
}
