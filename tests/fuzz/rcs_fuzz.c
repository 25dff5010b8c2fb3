/* rooms: transfer base */
/* RCS files: whatever the bytes are, they are refused or every revision has a text. */
#include <stdlib.h>

#include "transfer/rcs.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct buf file = {0}, text = {.cap = (size_t)1 << 20};
    struct rcs *rcs = NULL;
    if (buf_append(&file, data, size) || rcs_open(&file, &rcs, NULL))
        return 0;
    for (size_t i = 0; i < rcs_count(rcs) && i < 50; i++) {
        buf_clear(&text);
        if (rcs_text(rcs, i, &text, NULL) == RC_FORMAT)
            abort(); /* what opens can be read */
    }
    buf_free(&text);
    rcs_close(rcs);
    return 0;
}
