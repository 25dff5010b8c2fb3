#include "drivers/ssh/candidates.h"

#include <stdlib.h>

#include "base/regex.h"
#include "base/yang.h"

struct candidate {
    const struct platform *platform;
    const char *command, *match; /* NULL: nothing to ask any more */
    unsigned hints;              /* that fitted so far */
    bool fits;                   /* and nothing is open */
};

struct search {
    const struct sight *sight;
    struct candidate *at; /* not ruled out */
    size_t count;
};

static int found_in(const char *pattern, struct str text, bool *found, struct error *err)
{
    struct regex *p = NULL;
    int rc = regex_new(pattern, 0, &p, err);
    *found = rc == RC_OK && regex_matches(p, text);
    regex_free(p);
    return rc;
}

static bool is_exec(const struct platform *p)
{
    const char *kind = yang_leaf(p->data, "session/kind");
    return kind && strcmp(kind, "exec") == 0;
}

/* What is seen without asking. `*fits` false: it is none of these. */
static int look(const struct sight *sight, const struct platform *p, struct candidate *out,
    bool *fits, struct error *err)
{
    const struct lyd_node *hints = yang_child(p->data, "recognise");
    const char *server = yang_leaf(hints, "server"), *prompt = yang_leaf(hints, "prompt");
    const char *usual = is_exec(p) ? NULL : yang_leaf(p->data, "session/prompt");
    const char *match = yang_leaf(hints, "match");
    int rc = RC_OK;
    *out = (struct candidate){.platform = p, .match = match};
    *fits = hints && (server || prompt || match) && (sight->prompt || is_exec(p));
    if (*fits && match)
        out->command = yang_leaf(hints, "command");
    if (*fits && server) {
        rc = found_in(server, sight->greeting, fits, err);
        out->hints += *fits;
    }
    if (rc == RC_OK && *fits && usual && sight->prompt)
        rc = found_in(usual, str_of(sight->prompt), fits, err);
    if (rc == RC_OK && *fits && prompt && sight->prompt) {
        rc = found_in(prompt, str_of(sight->prompt), fits, err);
        out->hints += *fits;
    }
    out->fits = *fits && !out->command;
    return rc;
}

static int look_at_all(struct search *s, const struct platforms *all, struct error *err)
{
    const struct platform *p;
    int rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && (p = platforms_at(all, i)); i++) {
        bool fits = false;
        rc = look(s->sight, p, &s->at[s->count], &fits, err);
        s->count += rc == RC_OK && fits;
    }
    return rc;
}

/* `general` names itself behind `special` in special's list `before`. */
static bool is_before(const struct platform *special, const struct platform *general)
{
    const struct lyd_node *hints = yang_child(special->data, "recognise");
    for (const struct lyd_node *n = hints ? lyd_child(hints) : NULL; n; n = n->next)
        if (strcmp(LYD_NAME(n), "before") == 0 && strcmp(lyd_get_value(n), general->name) == 0)
            return true;
    return false;
}

/* Its answer would still make a difference. */
static bool matters(const struct search *s, const struct candidate *c)
{
    bool any = false, before = false;
    for (size_t i = 0; i < s->count; i++)
        if (s->at[i].fits) {
            any = true;
            before = before || is_before(c->platform, s->at[i].platform);
        }
    return c->command && !c->fits && (!any || before);
}

/* The command to ask next, or NULL. */
static const char *choose_command(const struct search *s)
{
    const struct candidate *best = NULL;
    size_t most = 0;
    unsigned most_hints = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct candidate *c = &s->at[i];
        size_t sharing = 0;
        unsigned hints = 0;
        if (!matters(s, c))
            continue;
        for (size_t k = 0; k < s->count; k++)
            if (matters(s, &s->at[k]) && strcmp(s->at[k].command, c->command) == 0) {
                sharing++;
                hints = s->at[k].hints > hints ? s->at[k].hints : hints;
            }
        if (best && (sharing < most || (sharing == most && hints <= most_hints)))
            continue;
        best = c;
        most = sharing;
        most_hints = hints;
    }
    return best ? best->command : NULL;
}

static int ask(struct search *s, const char *command, struct error *err)
{
    struct str answer = {"", 0};
    size_t kept = 0;
    int rc = s->sight->ask(s->sight->ctx, command, &answer, err);
    for (size_t i = 0; rc == RC_OK && i < s->count; i++) {
        struct candidate c = s->at[i];
        bool fits = true;
        if (c.command && strcmp(c.command, command) == 0) {
            rc = found_in(c.match, answer, &fits, err);
            c.fits = fits;
            c.command = NULL;
        }
        if (fits)
            s->at[kept++] = c;
    }
    s->count = rc ? s->count : kept;
    return rc;
}

static size_t drop_beaten(struct search *s, const struct platform **out)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++) {
        bool beaten = !s->at[i].fits;
        for (size_t k = 0; k < s->count && !beaten; k++)
            beaten = s->at[k].fits && is_before(s->at[k].platform, s->at[i].platform);
        if (!beaten)
            out[count++] = s->at[i].platform;
    }
    return count;
}

int candidates_find(const struct platforms *all, const struct sight *sight,
    const struct platform *const **fitting, size_t *count, struct error *err)
{
    struct search s = {.sight = sight};
    size_t known = 0;
    while (platforms_at(all, known))
        known++;
    const struct platform **found = calloc(known + 1, sizeof(const struct platform *));
    s.at = calloc(known + 1, sizeof *s.at);
    int rc = found && s.at ? look_at_all(&s, all, err)
                           : error_set(err, RC_NO_MEMORY, "no memory to recognise a platform");
    for (int asked = 0; rc == RC_OK && asked < CANDIDATES_MOST_COMMANDS; asked++) {
        const char *command = choose_command(&s);
        if (!command)
            break;
        rc = ask(&s, command, err);
    }
    *count = rc ? 0 : drop_beaten(&s, found);
    free(s.at);
    if (rc) {
        free(found);
        return rc;
    }
    *fitting = found;
    return RC_OK;
}
