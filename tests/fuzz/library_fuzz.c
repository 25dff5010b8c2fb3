/* rooms: netconf ssh drivers base */
/* What a device says of its modules, and what it gives: a YANG library, a reply to <get-schema>,
 * and the text in it, which is made lean. Whatever comes out of it is lines of words that name a
 * set. */
#include <stdint.h>
#include <stdlib.h>

#include "drivers/netconf/learn.h"
#include "drivers/netconf/modules.h"
#include "drivers/netconf/yang_text.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void read_library(struct str input)
{
    struct buf text = {.len = 0};
    struct modules_line line;
    if (modules_from_library(input, &text, NULL) == RC_OK) {
        struct str rest = buf_str(&text);
        while (modules_next(&rest, &line))
            must(yang_is_identifier(line.name));
    }
    buf_free(&text);
}

/* A lean text is as lean as it can be, and is the same module. */
static void read_module(struct str input)
{
    struct yang_outline outline, again;
    struct buf lean = {.len = 0}, leaner = {.len = 0};
    int rc = yang_outline(input, &outline, NULL);
    if (rc == RC_OK) {
        must(yang_lean(input, YANG_ANY_REVISION | YANG_NO_LEAFREFS, &lean, NULL) == RC_OK);
        must(yang_outline(buf_str(&lean), &again, NULL) == RC_OK);
        must(strcmp(outline.name, again.name) == 0);
        yang_outline_free(&again);
        must(yang_lean(buf_str(&lean), YANG_ANY_REVISION | YANG_NO_LEAFREFS, &leaner, NULL) ==
             RC_OK);
        must(str_equal(buf_str(&lean), buf_str(&leaner)));
    }
    yang_outline_free(&outline);
    buf_free(&lean);
    buf_free(&leaner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf input = {.len = 0}, text = {.len = 0};
    must(buf_append(&input, data, size) == RC_OK);
    read_library(buf_str(&input));
    read_module(buf_str(&input));
    if (schema_from_reply(buf_str(&input), &text, NULL) == RC_OK)
        read_module(buf_str(&text));
    buf_free(&input);
    buf_free(&text);
    return 0;
}
