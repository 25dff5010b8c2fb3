/* rooms: access drivers syntax data base */
/* A config of IOS, the whole way: to a draft, through a message, to a tree, to JSON and back; and
 * shown without its secrets, line for line. */
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reader *reader;
    if (!reader) {
        prepare("ios");
        must(reader_new(platform, &reader, &err));
    }
    read_whole_way(reader, "running", data, size);
    return 0;
}
