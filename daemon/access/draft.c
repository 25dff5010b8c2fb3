#include "access/draft.h"

#include <stdlib.h>

#include "base/pack.h"

#define MAGIC 0x44524632u /* DRF2 */

struct draft *draft_new(void)
{
    struct draft *d = calloc(1, sizeof *d);
    if (d)
        d->arena.cap = DRAFT_MAX_BYTES;
    return d;
}

void draft_free(struct draft *d)
{
    if (!d)
        return;
    arena_wipe(&d->arena);
    free(d);
}

const char *draft_author(const struct draft *d)
{
    return d->author;
}

/* ---- to a message ---- */

static int pack_line(struct buf *out, struct draft_line line)
{
    int rc = pack_u32(out, line.part);
    return rc ? rc : pack_u32(out, line.number);
}

static int pack_field(struct buf *out, const struct draft_field *f)
{
    int rc = pack_text(out, f->path);
    rc = rc ? rc : pack_str(out, f->value);
    rc = rc ? rc : pack_line(out, f->line);
    rc = rc ? rc : pack_u32(out, f->sub);
    return rc ? rc : pack_u32(out, f->secret);
}

static int pack_entry(struct buf *out, const struct draft_entry *e)
{
    int rc = pack_text(out, e->section);
    rc = rc ? rc : pack_u32(out, e->field_count);
    for (uint32_t i = 0; !rc && i < e->field_count; i++)
        rc = pack_field(out, &e->fields[i]);
    rc = rc ? rc : pack_u32(out, e->line_count);
    for (uint32_t i = 0; !rc && i < e->line_count; i++)
        rc = pack_line(out, e->lines[i]);
    return rc;
}

static int pack_names(struct buf *out, const char *const *names, uint32_t count)
{
    int rc = pack_u32(out, count);
    for (uint32_t i = 0; !rc && i < count; i++)
        rc = pack_text(out, names[i]);
    return rc;
}

int draft_pack(const struct draft *d, struct buf *out)
{
    int rc = pack_u32(out, MAGIC);
    rc = rc ? rc : pack_text(out, d->author);
    rc = rc ? rc : pack_names(out, d->parts, d->part_count);
    rc = rc ? rc : pack_names(out, d->mappings, d->mapping_count);
    rc = rc ? rc : pack_u32(out, d->entry_count);
    for (uint32_t i = 0; !rc && i < d->entry_count; i++)
        rc = pack_entry(out, &d->entries[i]);
    return rc;
}

/* ---- from a message ---- */

struct unpacking {
    struct unpack u;
    struct draft *d;
};

/* What keep_value() of pick.c makes: nothing that a tree or a terminal chokes on. */
static bool is_clean(struct str value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.at[i] < ' ' || value.at[i] == 0x7f)
            return false;
    return utf8_valid(value.at, value.len);
}

/* A view is copied: the message is not ours. */
static const char *take_text(struct unpacking *p)
{
    struct str view = unpack_str(&p->u);
    if (p->u.bad || view.len > DRAFT_MAX_VALUE || !is_clean(view)) {
        p->u.bad = true;
        return "";
    }
    const char *copy = arena_dup(&p->d->arena, view);
    if (!copy)
        p->u.bad = true;
    return copy ? copy : "";
}

static void *take_items(struct unpacking *p, uint32_t count, size_t size)
{
    void *items = count && !p->u.bad ? arena_take(&p->d->arena, count * size) : NULL;
    if (count && !items)
        p->u.bad = true;
    return items;
}

static struct draft_line take_line(struct unpacking *p)
{
    struct draft_line line = {unpack_u32(&p->u), 0};
    line.number = unpack_u32(&p->u);
    if (line.part >= p->d->part_count)
        p->u.bad = true;
    return line;
}

static void take_field(struct unpacking *p, struct draft_field *f)
{
    f->path = take_text(p);
    struct str value = unpack_str(&p->u);
    f->line = take_line(p);
    f->sub = unpack_u32(&p->u);
    uint32_t secret = unpack_u32(&p->u);
    f->secret = secret == 1;
    if (p->u.bad || value.len > DRAFT_MAX_VALUE || secret > 1 || (!f->secret && !is_clean(value))) {
        p->u.bad = true;
        return;
    }
    f->value = (struct str){arena_dup(&p->d->arena, value), value.len};
    if (!f->value.at)
        p->u.bad = true;
}

static void take_entry(struct unpacking *p, struct draft_entry *e)
{
    e->section = take_text(p);
    e->field_count = unpack_count(&p->u, 24);
    e->fields = take_items(p, e->field_count, sizeof *e->fields);
    for (uint32_t i = 0; !p->u.bad && i < e->field_count; i++)
        take_field(p, &e->fields[i]);
    e->line_count = unpack_count(&p->u, 8);
    if (e->line_count > DRAFT_MAX_LINES)
        p->u.bad = true;
    e->lines = take_items(p, e->line_count, sizeof *e->lines);
    for (uint32_t i = 0; !p->u.bad && i < e->line_count; i++)
        e->lines[i] = take_line(p);
}

static const char **take_names(struct unpacking *p, uint32_t *count)
{
    *count = unpack_count(&p->u, 4);
    const char **names = take_items(p, *count, sizeof *names);
    for (uint32_t i = 0; !p->u.bad && i < *count; i++)
        names[i] = take_text(p);
    return names;
}

int draft_unpack(struct str message, struct draft **out, struct error *err)
{
    struct unpacking p = {.u = {.rest = message}, .d = draft_new()};
    if (!p.d)
        return error_set(err, RC_NO_MEMORY, "no memory for a draft");
    struct draft *d = p.d;
    if (unpack_u32(&p.u) != MAGIC)
        p.u.bad = true;
    char *author = unpack_text(&p.u);
    if (author && !(d->author = arena_dup(&d->arena, str_of(author))))
        p.u.bad = true;
    free(author);
    d->parts = take_names(&p, &d->part_count);
    d->mappings = take_names(&p, &d->mapping_count);
    d->entry_count = unpack_count(&p.u, 12);
    d->entries = take_items(&p, d->entry_count, sizeof *d->entries);
    for (uint32_t i = 0; !p.u.bad && i < d->entry_count; i++)
        take_entry(&p, &d->entries[i]);
    if (!unpack_done(&p.u)) {
        draft_free(d);
        return error_set(err, RC_FORMAT, "a collector's account of a config is malformed");
    }
    *out = d;
    return RC_OK;
}
