#include "cli/heads.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/io.h"

#define SIGNATURE "\xe2\x80\x94 " /* what a signature line begins with */

/* The next note of `*rest`: up to its last signature line. False when nothing is left; `whole`:
 * it has a signature. */
static bool next_note(struct str *rest, struct str *note, bool *whole)
{
    const char *end = rest->at + rest->len;
    while (rest->len && *rest->at == '\n')
        *rest = (struct str){rest->at + 1, rest->len - 1};
    *note = (struct str){rest->at, 0};
    *whole = false;
    while (note->at + note->len < end) {
        const char *line = note->at + note->len;
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        bool is_signature = str_starts((struct str){line, (size_t)(end - line)}, SIGNATURE);
        if (*whole && !is_signature)
            break;
        *whole = *whole || is_signature;
        note->len = (size_t)((newline ? newline + 1 : end) - note->at);
    }
    *rest = (struct str){note->at + note->len, (size_t)(end - note->at) - note->len};
    return note->len > 0;
}

static int add_note(
    struct kept_heads *heads, const char *source, struct str note, struct error *err)
{
    if (heads->count % 64 == 0) {
        struct store_kept_head *more = realloc(heads->at, (heads->count + 64) * sizeof *heads->at);
        if (!more)
            return error_set(err, RC_NO_MEMORY, "out of memory");
        heads->at = more;
    }
    heads->at[heads->count++] = (struct store_kept_head){.source = source, .note = note};
    return RC_OK;
}

static int add_notes(
    struct cli *cli, struct kept_heads *heads, const char *path, struct str text, struct error *err)
{
    struct str note;
    bool whole;
    int rc = RC_OK;
    const char *source = arena_dup(&heads->memory, str_of(path));
    const char *copy = arena_dup(&heads->memory, text);
    if (!source || !copy)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    struct str rest = {copy, text.len};
    while (!rc && next_note(&rest, &note, &whole)) {
        if (whole)
            rc = add_note(heads, source, note, err);
        else
            cli_note(cli, "%s: its last %zu bytes are no head and are left out", path, note.len);
    }
    return rc;
}

static int read_file(struct cli *cli, const char *path, struct kept_heads *heads, struct error *err)
{
    struct buf text = {.cap = (size_t)64 << 20};
    int rc = io_read_file(path, &text, err);
    if (!rc)
        rc = add_notes(cli, heads, path, buf_str(&text), err);
    buf_free(&text);
    return rc;
}

static int read_folder(
    struct cli *cli, const char *path, struct kept_heads *heads, struct error *err)
{
    struct dirent *entry;
    int rc = RC_OK;
    DIR *folder = opendir(path);
    if (!folder)
        return error_set(err, RC_IO, "cannot read the folder %s", path);
    while (!rc && (entry = readdir(folder))) {
        struct stat st;
        const char *file = arena_format(&heads->memory, "%s/%s", path, entry->d_name);
        if (!file)
            rc = error_set(err, RC_NO_MEMORY, "out of memory");
        else if (entry->d_name[0] != '.' && stat(file, &st) == 0 && S_ISREG(st.st_mode))
            rc = read_file(cli, file, heads, err);
    }
    closedir(folder);
    return rc;
}

int kept_heads_read(struct cli *cli, const char *path, struct kept_heads *out, struct error *err)
{
    struct stat st;
    size_t before = out->count;
    bool is_folder = strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
    int rc = is_folder ? read_folder(cli, path, out, err) : read_file(cli, path, out, err);
    return !rc && out->count == before
               ? error_set(err, RC_NOT_FOUND, "%s: there is no head in it", path)
               : rc;
}

void kept_heads_free(struct kept_heads *heads)
{
    free(heads->at);
    arena_free(&heads->memory);
}
