#include "drivers/netconf/set.h"

#include <stdlib.h>

#include "drivers/netconf/yang_text.h"

#define NAMESPACE_MOST 1000
#define WORDS_MOST 2000 /* features or deviations of one module */

static int full(struct error *err)
{
    return error_set(err, RC_LIMIT, "more than %d YANG modules", SET_MOST);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Identifiers among them, sorted, each once. NULL: no memory. */
static const char *const *keep_names(struct arena *arena, const struct str *names, size_t count)
{
    size_t kept = 0, unique = 0;
    if (count > WORDS_MOST)
        count = WORDS_MOST;
    const char **out = arena_take(arena, (count + 1) * sizeof *out);
    for (size_t i = 0; out && i < count; i++) {
        if (!yang_is_identifier(names[i]))
            continue;
        if (!(out[kept++] = arena_dup(arena, names[i])))
            return NULL;
    }
    if (!out || kept == 0)
        return out;
    qsort(out, kept, sizeof *out, by_text);
    for (size_t i = 1; i < kept; i++)
        if (strcmp(out[unique], out[i]) != 0)
            out[++unique] = out[i];
    out[unique + 1] = NULL;
    return out;
}

static bool is_namespace(struct str s)
{
    if (s.len == 0 || s.len > NAMESPACE_MOST || !utf8_valid(s.at, s.len) || str_is(s, "-"))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] <= ' ' || s.at[i] == 0x7f)
            return false;
    return true;
}

static struct set_module *make_room(struct module_set *set)
{
    if (set->count == set->room) {
        size_t room = set->room ? set->room * 2 : 64;
        struct set_module *more = realloc(set->at, room * sizeof *more);
        if (!more)
            return NULL;
        set->at = more;
        set->room = room;
    }
    return &set->at[set->count];
}

int set_add(
    struct module_set *set, const struct announced_module *m, bool *added, struct error *err)
{
    bool submodule = m->kind == SET_SUBMODULE;
    *added = yang_is_identifier(m->name) && (!submodule || yang_is_identifier(m->of));
    if (!*added)
        return RC_OK;
    if (set->count == SET_MOST)
        return full(err);
    struct set_module *to = make_room(set);
    struct arena *arena = &set->arena;
    if (!to)
        return error_set(err, RC_NO_MEMORY, "out of memory");
    *to = (struct set_module){.kind = m->kind,
        .name = arena_dup(arena, m->name),
        .revision = yang_is_revision(m->revision) ? arena_dup(arena, m->revision) : NULL,
        .name_space =
            !submodule && is_namespace(m->name_space) ? arena_dup(arena, m->name_space) : NULL,
        .of = submodule ? arena_dup(arena, m->of) : NULL,
        .features = keep_names(arena, m->features, m->feature_count),
        .deviations = keep_names(arena, m->deviations, m->deviation_count)};
    if (!to->name || !to->features || !to->deviations)
        return error_set(err, RC_LIMIT, "the list of YANG modules is too long");
    set->count++;
    return RC_OK;
}

/* ---- text ---- */

static const char *const kind_words[] = {"import", "module", "submodule"};

struct words {
    struct str features[WORDS_MOST], deviations[WORDS_MOST];
};

static void parse_line(struct str line, struct words *words, struct announced_module *m)
{
    struct str word;
    bool known = str_next_word(&line, &word);
    *m = (struct announced_module){.features = words->features, .deviations = words->deviations};
    m->kind = known && str_is(word, "module")   ? SET_MODULE
              : known && str_is(word, "import") ? SET_IMPORT
                                                : SET_SUBMODULE;
    if (!known || !str_is(word, kind_words[m->kind]))
        return;
    if (!str_next_word(&line, &m->name) || !str_next_word(&line, &m->revision))
        return;
    if (m->kind == SET_SUBMODULE) {
        if (str_next_word(&line, &word) && str_is(word, "of"))
            str_next_word(&line, &m->of);
        return;
    }
    struct str value;
    if (!str_next_word(&line, &m->name_space))
        return;
    while (str_next_word(&line, &word) && str_next_word(&line, &value)) {
        if (str_is(word, "feature") && m->feature_count < WORDS_MOST)
            words->features[m->feature_count++] = value;
        else if (str_is(word, "deviation") && m->deviation_count < WORDS_MOST)
            words->deviations[m->deviation_count++] = value;
    }
}

int set_parse(struct str text, struct module_set *set, struct error *err)
{
    struct words *words = malloc(sizeof *words);
    struct str line;
    int rc = words ? RC_OK : error_set(err, RC_NO_MEMORY, "out of memory");
    *set = (struct module_set){0};
    while (rc == RC_OK && str_next_line(&text, &line)) {
        struct announced_module m;
        bool added;
        parse_line(line, words, &m);
        rc = set_add(set, &m, &added, err);
    }
    free(words);
    return rc;
}

static int print_words(const char *word, const char *const *values, struct buf *out)
{
    int rc = RC_OK;
    for (; *values && rc == RC_OK; values++)
        rc = buf_format(out, " %s %s", word, *values);
    return rc;
}

static int print_module(const struct set_module *m, struct buf *out)
{
    int rc =
        buf_format(out, "%s %s %s ", kind_words[m->kind], m->name, m->revision ? m->revision : "-");
    if (rc == RC_OK && m->kind == SET_SUBMODULE)
        return buf_format(out, "of %s", m->of);
    if (rc == RC_OK)
        rc = buf_add(out, m->name_space ? m->name_space : "-");
    if (rc == RC_OK)
        rc = print_words("feature", m->features, out);
    if (rc == RC_OK)
        rc = print_words("deviation", m->deviations, out);
    return rc;
}

static int print_lines(const struct module_set *set, char **lines, struct buf *text)
{
    int rc = RC_OK;
    for (size_t i = 0; i < set->count && rc == RC_OK; i++) {
        struct buf line = {0};
        rc = print_module(&set->at[i], &line);
        lines[i] = line.data;
    }
    if (rc == RC_OK && set->count)
        qsort(lines, set->count, sizeof *lines, by_text);
    for (size_t i = 0; i < set->count && rc == RC_OK; i++)
        if (i == 0 || strcmp(lines[i - 1], lines[i]) != 0)
            rc = buf_format(text, "%s\n", lines[i]);
    return rc;
}

int set_print(struct module_set *set, struct buf *text)
{
    char **lines = calloc(set->count + 1, sizeof *lines);
    int rc = lines ? print_lines(set, lines, text) : RC_NO_MEMORY;
    for (size_t i = 0; lines && i < set->count; i++)
        free(lines[i]);
    free(lines);
    return rc;
}

void set_free(struct module_set *set)
{
    arena_free(&set->arena);
    free(set->at);
    *set = (struct module_set){0};
}

int set_key(const char *name, const char *revision, struct buf *out)
{
    return buf_format(out, "%s%s%s", name, revision ? "@" : "", revision ? revision : "");
}
