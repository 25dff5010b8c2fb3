#include "access/lost.h"

#include "base/yang.h"

/* A few words, and by their first letter which lengths there are: most words are none of them. */
struct word_set {
    struct str *words;
    size_t count;
    uint64_t lengths[256];
};

struct lost {
    struct word_set accounts, secrets, texts;
    struct regex *hash;
};

static bool has_word(const struct word_set *set, struct str word)
{
    if (word.len == 0 || word.len > 63 ||
        !(set->lengths[(unsigned char)word.at[0]] >> word.len & 1))
        return false;
    for (size_t i = 0; i < set->count; i++)
        if (str_equal(set->words[i], word))
            return true;
    return false;
}

static int fill_set(struct reader *r, const struct lyd_node *profile, const char *list,
    struct word_set *set, struct error *err)
{
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(profile); n; n = n->next)
        count += strcmp(LYD_NAME(n), list) == 0;
    if (!(set->words = arena_take(&r->arena, (count + 1) * sizeof *set->words)))
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    for (const struct lyd_node *n = lyd_child(profile); n; n = n->next) {
        if (strcmp(LYD_NAME(n), list) != 0)
            continue;
        struct str word = str_of(lyd_get_value(n));
        set->words[set->count++] = word;
        set->lengths[(unsigned char)word.at[0]] |= (uint64_t)1 << word.len;
    }
    return RC_OK;
}

int lost_compile(struct reader *r, const struct lyd_node *profile, struct error *err)
{
    struct lost *lost = r->lost = arena_take(&r->arena, sizeof *lost);
    if (!lost)
        return error_set(err, RC_NO_MEMORY, "no memory for rules");
    int rc = fill_set(r, profile, "account-words", &lost->accounts, err);
    if (!rc)
        rc = fill_set(r, profile, "secret-words", &lost->secrets, err);
    if (!rc)
        rc = fill_set(r, profile, "text-words", &lost->texts, err);
    const struct lyd_node *looks = yang_child(profile, "hash-looks");
    if (!rc && looks && regex_new(lyd_get_value(looks), REGEX_OFTEN, &lost->hash, err))
        rc = complain_at(looks, err);
    return rc;
}

void lost_free(struct reader *r)
{
    if (r->lost)
        regex_free(r->lost->hash);
}

static void add(char *out, size_t size, struct str word)
{
    size_t used = strlen(out);
    if (used + 2 < size && word.len) {
        if (used)
            out[used++] = ' ';
        text_escape(out + used, size - used, word.at, word.len);
    }
}

const char *lost_account(
    struct gather *g, const struct syntax_line *line, const char *above, int *rc)
{
    const struct lost *lost = g->r->lost;
    size_t at = 0;
    for (; at < line->word_count && !has_word(&lost->accounts, line->words[at]); at++)
        if (has_word(&lost->texts, line->words[at]))
            return NULL;
    if (at == line->word_count)
        return above;
    char text[200] = "";
    for (size_t i = 0; i <= at;
         i++) /* what stands before it may be anything: its place is enough */
        if (i == 0 || i == at)
            add(text, sizeof text, line->words[i]);
    if (at + 1 < line->word_count && !has_word(&lost->secrets, line->words[at + 1]) &&
        !regex_matches(lost->hash, line->words[at + 1]))
        add(text, sizeof text, line->words[at + 1]);
    const char *kept = arena_dup(&g->scratch, str_of(text));
    if (!kept)
        *rc = RC_NO_MEMORY;
    return kept;
}

/* `password 7 0822455D0A16`: a word that announces a secret, how it is written, and it. */
static bool is_announced(const struct lost *lost, const struct syntax_line *line, size_t at)
{
    if (at + 2 >= line->word_count || !has_word(&lost->secrets, line->words[at]))
        return false;
    struct str form = line->words[at + 1], secret = line->words[at + 2];
    return form.len <= 2 && form.at[0] >= '0' && form.at[0] <= '9' && secret.len >= 6;
}

bool lost_secret(const struct reader *r, const struct syntax_line *line)
{
    for (size_t i = 0; i < line->word_count; i++)
        if (is_announced(r->lost, line, i) ||
            (line->words[i].len > 8 && regex_matches(r->lost->hash, line->words[i])))
            return true;
    return false;
}
