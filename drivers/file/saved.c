#include "drivers/file/saved.h"

static const char removed[] = "<removed>";

bool saved_by_rancid(struct str text)
{
    struct str rest = text, line;
    if (!str_next_line(&rest, &line))
        return false;
    while (line.len && strchr("!#;/* -", *line.at)) {
        line.at++;
        line.len--;
    }
    return str_starts(line, "RANCID-CONTENT-TYPE:");
}

/* What the comment began with: behind it stands the line, with its own blanks before it. */
static size_t comment_length(struct str line)
{
    return line.len && strchr("!#", *line.at) ? 1 : 0;
}

void saved_restore(struct buf *text)
{
    struct str rest = buf_str(text), line;
    char *out = text->data;
    const char *kept = text->data;
    if (text->len == 0 || !memmem(text->data, text->len, removed, sizeof removed - 1))
        return;
    while (str_next_line(&rest, &line)) {
        if (!memmem(line.at, line.len, removed, sizeof removed - 1))
            continue;
        size_t comment = comment_length(line);
        memmove(out, kept, (size_t)(line.at - kept));
        out += line.at - kept;
        kept = line.at + comment;
    }
    size_t left = (size_t)(text->data + text->len - kept);
    memmove(out, kept, left);
    text->len = (size_t)(out + left - text->data);
    text->data[text->len] = '\0';
}
