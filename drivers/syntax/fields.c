/* Fields between separators: /etc/passwd and its sisters. Empty fields are empty words. */
#include "reading.h"

static void take_field(struct reading *r, struct str field, const char *end)
{
    size_t lead = 0;
    while (lead < field.len && r->s->bytes[(unsigned char)field.at[lead]] & BYTE_LEAD)
        lead++;
    if (lead > 0)
        reading_word(r, (struct str){field.at, lead}, field.at, end);
    reading_word(r, (struct str){field.at + lead, field.len - lead}, field.at, end);
}

int fields_read(struct reading *r)
{
    struct str line;
    int rc = RC_OK;
    while (!rc && reading_next(r, false, &line)) {
        struct span span = {r->number, r->number, r->raw};
        if (str_trim(line).len == 0 || is_comment(r->s, line))
            continue;
        reading_clear(r);
        const char *at = line.at, *end = line.at + line.len, *next;
        while ((next = memchr(at, r->s->separator, (size_t)(end - at)))) {
            take_field(r, (struct str){at, (size_t)(next - at)}, end);
            at = next + 1;
        }
        take_field(r, (struct str){at, (size_t)(end - at)}, end);
        rc = reading_line(r, 0, span, false);
    }
    return rc;
}
