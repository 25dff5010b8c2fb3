/* rooms: access drivers syntax data base */
/* Data of any NETCONF server the same way, read by the mappings of the platform netconf. */
#include "reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reader *reader;
    if (!reader) {
        prepare("netconf");
        must(reader_new(platform, &reader, &err));
    }
    read_whole_way(reader, "running", data, size);
    return 0;
}
