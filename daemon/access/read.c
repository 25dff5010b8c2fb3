/* The parts of a version, read into a draft. */
#include "access/walk.h"

#define AUTHOR_BYTES 65536 /* whoever writes it writes it on top */

static int find_author(const struct reader *r, struct draft *d, struct str text)
{
    struct str user;
    size_t end;
    if (text.len > AUTHOR_BYTES)
        text.len = AUTHOR_BYTES;
    if (!r->author || d->author || regex_find(r->author, text, 0, "user", &user, &end) != 1)
        return RC_OK;
    char name[256];
    text_escape(name, sizeof name, user.at, user.len);
    d->author = arena_dup(&d->arena, str_of(name));
    return d->author ? RC_OK : RC_NO_MEMORY;
}

int draft_read(const struct reader *r, const struct part *parts, size_t part_count,
    struct draft **out, struct error *err)
{
    struct gather g = {.r = r, .d = draft_new()};
    if (!g.d || !(g.d->parts = arena_take(&g.d->arena, (part_count + 1) * sizeof(char *)))) {
        draft_free(g.d);
        return error_set(err, RC_NO_MEMORY, "no memory for a draft");
    }
    int rc = RC_OK;
    for (size_t i = 0; i < part_count && !rc; i++) {
        struct str text = buf_str(&parts[i].text);
        g.part = g.d->part_count;
        if (!(g.d->parts[g.d->part_count++] = arena_dup(&g.d->arena, str_of(parts[i].name))))
            rc = RC_NO_MEMORY;
        if (rc || !platform_part_in_force(r->platform, parts[i].name))
            continue;
        rc = find_author(r, g.d, text);
        if (!rc && (rc = walk_part(&g, parts[i].name, text, err)))
            error_context(err, "part %s", parts[i].name);
    }
    if (!rc && (rc = gather_finish(&g)))
        error_set(err, rc, "no memory for what the config says");
    gather_free(&g);
    if (rc) {
        if (err && err->code != rc)
            error_set(err, rc, "cannot read the config");
        draft_free(g.d);
        return rc;
    }
    *out = g.d;
    return RC_OK;
}
