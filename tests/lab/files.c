#include "tests/lab/lab.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

#define MOST_BYTES ((size_t)64 << 20)

/* Replace @hostname@ in what was read, if it is there at all: most files are large and have none.
 */
static void fill_hostname(struct lab_session *s, struct buf *text)
{
    if (!memmem(buf_text(text), text->len, "@hostname@", 10)) {
        return;
    }
    char *filled = lab_fill(s, buf_text(text), lab_hostname(s), '#');
    buf_clear(text);
    buf_add(text, filled);
}

bool lab_file(struct lab_session *s, const char *name, struct buf *out)
{
    const char *own = arena_format(&s->arena, "%s/devices/%s/%s", s->folder, lab_hostname(s), name);
    const char *shared = arena_format(&s->arena, "%s/%s", s->folder, name);

    out->cap = MOST_BYTES;
    if (io_read_file(own, out, NULL) != 0 && io_read_file(shared, out, NULL) != 0) {
        return false;
    }
    fill_hostname(s, out);
    return true;
}

bool lab_command(struct lab_session *s, const char *command, const char *suffix, struct buf *out)
{
    char name[200];
    size_t len = 0;
    for (; command[len] && len < sizeof name - 1; len++) {
        unsigned char c = (unsigned char)command[len];
        name[len] = isalnum(c) || c == '-' || c == '.' ? (char)c : '_';
    }
    name[len] = 0;
    return lab_file(s, arena_format(&s->arena, "commands/%s%s", name, suffix), out);
}
