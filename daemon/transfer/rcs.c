#include "transfer/rcs.h"

#include <stdlib.h>
#include <time.h>

#include "base/arena.h"

#define MOST_REVISIONS 1000000u
#define MOST_STEPS ((uint64_t)1 << 30) /* lines that are moved to get at the texts of one file */

/* A lexical element of the file. */
enum kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_COLON, TOKEN_SEMICOLON };

struct token {
    enum kind kind;
    struct str text; /* of a string: unquoted, in the file's own bytes */
};

/* What happened between a revision and the next newer one: `gone` lines of the older one at `at`
 * are replaced by `come` lines, which the newer one has. */
struct edit {
    size_t at, gone;
    size_t come, first; /* lines kept[first .. first + come) */
};

struct delta {
    struct rcs_revision shown;
    struct str number, next;
    struct str script; /* the newest: its text; of others: from the newer one to this */
    bool has_text;
    size_t edits, edit_count; /* from this one to the newer */
};

struct lines {
    struct str *at;
    size_t count, room;
};

struct rcs {
    struct buf file;
    size_t offset;
    struct arena memory;
    struct delta *deltas; /* of the whole file, as they stand in it */
    size_t delta_count;
    struct delta **trunk; /* oldest first */
    size_t count;
    struct lines oldest, text; /* `text`: that of trunk[here] */
    struct lines kept;         /* lines that an older revision does not have */
    struct edit *edits;
    size_t edit_count, edit_room;
    size_t here;
    uint64_t steps;
};

static int complain(const struct rcs *rcs, struct error *err, const char *what)
{
    return error_set(err, RC_FORMAT, "no RCS file: %s at byte %zu", what, rcs->offset);
}

static int no_memory(struct error *err)
{
    return error_set(err, RC_NO_MEMORY, "no memory for an RCS file");
}

/* ---- tokens ---- */

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\b' && c <= '\r');
}

/* Behind the first @: up to the next that is not doubled, which are made one in place. */
static int take_string(struct rcs *rcs, struct token *token, struct error *err)
{
    char *data = rcs->file.data;
    size_t from = rcs->offset, to = from, end = rcs->file.len;
    for (; rcs->offset < end; rcs->offset++) {
        if (data[rcs->offset] == '@' && (rcs->offset + 1 == end || data[rcs->offset + 1] != '@')) {
            *token = (struct token){TOKEN_STRING, {data + from, to - from}};
            rcs->offset++;
            return RC_OK;
        }
        rcs->offset += data[rcs->offset] == '@';
        data[to++] = data[rcs->offset];
    }
    return complain(rcs, err, "a string has no end");
}

static int take_token(struct rcs *rcs, struct token *token, struct error *err)
{
    const char *data = rcs->file.data;
    size_t end = rcs->file.len;
    while (rcs->offset < end && is_blank(data[rcs->offset]))
        rcs->offset++;
    size_t from = rcs->offset;
    *token = (struct token){.kind = TOKEN_END};
    if (from == end)
        return RC_OK;
    rcs->offset++;
    switch (data[from]) {
    case '@':
        return take_string(rcs, token, err);
    case ':':
        token->kind = TOKEN_COLON;
        return RC_OK;
    case ';':
        token->kind = TOKEN_SEMICOLON;
        return RC_OK;
    default:
        break;
    }
    while (rcs->offset < end && !is_blank(data[rcs->offset]) && !strchr("@:;", data[rcs->offset]))
        rcs->offset++;
    *token = (struct token){TOKEN_WORD, {data + from, rcs->offset - from}};
    return RC_OK;
}

/* Go on behind the semicolon that ends a phrase; `first` is what stands in it first. */
static int end_phrase(struct rcs *rcs, struct str *first, struct error *err)
{
    struct token token;
    struct str ignored;
    bool begun = false;
    int rc;
    first = first ? first : &ignored;
    *first = (struct str){"", 0};
    while ((rc = take_token(rcs, &token, err)) == RC_OK) {
        if (token.kind == TOKEN_SEMICOLON)
            return RC_OK;
        if (token.kind == TOKEN_END)
            return complain(rcs, err, "it ends within a phrase");
        if (!begun && token.kind == TOKEN_WORD)
            *first = token.text;
        begun = true;
    }
    return rc;
}

/* ---- the head of the file, and of each revision ---- */

static bool is_number(struct str word)
{
    return word.len && *word.at >= '0' && *word.at <= '9';
}

static int read_admin(struct rcs *rcs, struct str *head, struct token *last, struct error *err)
{
    int rc = take_token(rcs, last, err);
    if (rc == RC_OK && (last->kind != TOKEN_WORD || !str_is(last->text, "head")))
        return complain(rcs, err, "it does not begin with its head");
    rc = rc ? rc : end_phrase(rcs, head, err);
    while (rc == RC_OK && (rc = take_token(rcs, last, err)) == RC_OK) {
        if (last->kind == TOKEN_END)
            return complain(rcs, err, "it has no description");
        if (last->kind != TOKEN_WORD)
            return complain(rcs, err, "a word is missing");
        if (is_number(last->text) || str_is(last->text, "desc"))
            return RC_OK;
        rc = end_phrase(rcs, NULL, err);
    }
    return rc;
}

/* "2026.03.01.10.00.00", before 2000 with two figures of the year; UTC. */
static bool parse_date(struct str text, int64_t *time_us)
{
    int part[6] = {0}, count = 0;
    for (size_t i = 0; i < text.len && count < 6; i++) {
        if (text.at[i] == '.')
            count++;
        else if (text.at[i] < '0' || text.at[i] > '9' || part[count] > 9999)
            return false;
        else
            part[count] = part[count] * 10 + (text.at[i] - '0');
    }
    struct tm tm = {.tm_year = part[0] < 100 ? part[0] : part[0] - 1900,
        .tm_mon = part[1] - 1,
        .tm_mday = part[2],
        .tm_hour = part[3],
        .tm_min = part[4],
        .tm_sec = part[5]};
    *time_us = (int64_t)timegm(&tm) * 1000000;
    return count == 5 && part[1] >= 1 && part[1] <= 12 && part[2] >= 1 && part[2] <= 31 &&
           part[3] < 24 && part[4] < 60 && part[5] <= 60;
}

static int add_delta(struct rcs *rcs, struct str number, struct error *err)
{
    /* grows in powers of two: the index says when */
    if ((rcs->delta_count & (rcs->delta_count - 1)) == 0) {
        size_t room = rcs->delta_count ? rcs->delta_count * 2 : 1;
        struct delta *more = realloc(rcs->deltas, room * sizeof *more);
        if (!more)
            return no_memory(err);
        rcs->deltas = more;
    }
    if (rcs->delta_count == MOST_REVISIONS)
        return error_set(err, RC_LIMIT, "an RCS file has more than %u revisions", MOST_REVISIONS);
    struct delta *delta = &rcs->deltas[rcs->delta_count++];
    *delta = (struct delta){.number = number};
    delta->shown.number = arena_dup(&rcs->memory, number);
    return delta->shown.number ? RC_OK : no_memory(err);
}

static int read_delta_phrase(struct rcs *rcs, struct str keyword, struct error *err)
{
    struct delta *delta = &rcs->deltas[rcs->delta_count - 1];
    struct str value;
    int rc = end_phrase(rcs, &value, err);
    if (rc)
        return rc;
    if (str_is(keyword, "date") && !parse_date(value, &delta->shown.time_us))
        return complain(rcs, err, "a revision has no proper date");
    if (str_is(keyword, "author"))
        delta->shown.author = arena_dup(&rcs->memory, value);
    if (str_is(keyword, "state"))
        delta->shown.dead = str_is(value, "dead");
    if (str_is(keyword, "next"))
        delta->next = value;
    return RC_OK;
}

/* All revisions' heads; `last` is the first token of the file's admin part's end. */
static int read_deltas(struct rcs *rcs, struct token *last, struct error *err)
{
    int rc = RC_OK;
    while (rc == RC_OK && !(last->kind == TOKEN_WORD && str_is(last->text, "desc"))) {
        if (last->kind != TOKEN_WORD)
            return complain(rcs, err, "a revision is missing");
        rc = is_number(last->text) ? add_delta(rcs, last->text, err)
             : rcs->delta_count    ? read_delta_phrase(rcs, last->text, err)
                                   : complain(rcs, err, "a revision has no number");
        if (rc == RC_OK)
            rc = take_token(rcs, last, err);
    }
    return rc;
}

/* ---- which follow each other ---- */

static int compare_numbers(struct str a, struct str b)
{
    size_t least = a.len < b.len ? a.len : b.len;
    int order = memcmp(a.at, b.at, least);
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_number(const void *a, const void *b)
{
    return compare_numbers(((const struct delta *)a)->number, ((const struct delta *)b)->number);
}

static struct delta *find_delta(const struct rcs *rcs, struct str number)
{
    const struct delta key = {.number = number};
    return rcs->delta_count && number.len
               ? bsearch(&key, rcs->deltas, rcs->delta_count, sizeof key, by_number)
               : NULL;
}

static int find_trunk(struct rcs *rcs, struct str head, struct error *err)
{
    if (rcs->delta_count)
        qsort(rcs->deltas, rcs->delta_count, sizeof *rcs->deltas, by_number);
    for (size_t i = 1; i < rcs->delta_count; i++)
        if (by_number(&rcs->deltas[i - 1], &rcs->deltas[i]) == 0)
            return complain(rcs, err, "a revision comes twice");
    rcs->trunk = calloc(rcs->delta_count + 1, sizeof(struct delta *));
    if (!rcs->trunk)
        return no_memory(err);
    for (struct str number = head; number.len;) {
        struct delta *delta = find_delta(rcs, number);
        if (!delta)
            return complain(rcs, err, "a revision that it names is not there");
        if (rcs->count == rcs->delta_count)
            return complain(rcs, err, "its revisions go round in a circle");
        rcs->trunk[rcs->count++] = delta;
        number = delta->next;
        if (!delta->shown.author)
            delta->shown.author = "";
    }
    for (size_t i = 0; i < rcs->count / 2; i++) {
        struct delta *newer = rcs->trunk[i];
        rcs->trunk[i] = rcs->trunk[rcs->count - 1 - i];
        rcs->trunk[rcs->count - 1 - i] = newer;
    }
    return RC_OK;
}

/* "NUMBER log @...@ text @...@", with phrases of newer programs between. */
static int read_texts(struct rcs *rcs, struct error *err)
{
    struct token token;
    struct delta *delta = NULL;
    int rc = take_token(rcs, &token, err); /* the description */
    if (rc == RC_OK && token.kind != TOKEN_STRING)
        return complain(rcs, err, "its description is no string");
    while (rc == RC_OK && (rc = take_token(rcs, &token, err)) == RC_OK) {
        if (token.kind == TOKEN_END)
            return RC_OK;
        if (token.kind != TOKEN_WORD)
            return complain(rcs, err, "a text has no name");
        bool is_text = str_is(token.text, "text");
        if (is_number(token.text)) {
            delta = find_delta(rcs, token.text);
            continue;
        }
        if (!is_text && !str_is(token.text, "log")) {
            rc = end_phrase(rcs, NULL, err);
            continue;
        }
        rc = take_token(rcs, &token, err);
        if (rc == RC_OK && token.kind != TOKEN_STRING)
            return complain(rcs, err, "a text is no string");
        if (rc == RC_OK && is_text && delta) {
            delta->script = token.text;
            delta->has_text = true;
        }
    }
    return rc;
}

/* ---- lines ---- */

static int lines_add(struct lines *lines, struct str line, struct error *err)
{
    if (lines->count == lines->room) {
        size_t room = lines->room ? lines->room * 2 : 256;
        struct str *more = realloc(lines->at, room * sizeof *more);
        if (!more)
            return no_memory(err);
        lines->at = more;
        lines->room = room;
    }
    lines->at[lines->count++] = line;
    return RC_OK;
}

/* With its newline; the last may lack it. */
static bool next_line(struct str *rest, struct str *line)
{
    if (rest->len == 0)
        return false;
    const char *end = memchr(rest->at, '\n', rest->len);
    size_t len = end ? (size_t)(end - rest->at) + 1 : rest->len;
    *line = (struct str){rest->at, len};
    rest->at += len;
    rest->len -= len;
    return true;
}

static int count_steps(struct rcs *rcs, size_t lines, struct error *err)
{
    rcs->steps += lines + 1;
    return rcs->steps > MOST_STEPS ? error_set(err, RC_LIMIT,
                                         "an RCS file takes too long to read: it has too many "
                                         "lines in too many revisions")
                                   : RC_OK;
}

static int copy_lines(
    struct lines *to, const struct lines *from, size_t first, size_t count, struct error *err)
{
    int rc = RC_OK;
    for (size_t i = 0; rc == RC_OK && i < count; i++)
        rc = lines_add(to, from->at[first + i], err);
    return rc;
}

/* ---- from the newer to the older ---- */

struct command {
    char kind; /* d or a */
    size_t line, count;
};

static bool take_number(struct str *text, size_t *number)
{
    size_t start = text->len;
    for (*number = 0; text->len && *text->at >= '0' && *text->at <= '9'; text->at++, text->len--) {
        if (*number > SIZE_MAX / 100)
            return false;
        *number = *number * 10 + (size_t)(*text->at - '0');
    }
    return text->len < start;
}

static bool parse_command(struct str line, struct command *command)
{
    *command = (struct command){.kind = line.len ? *line.at : '\0'};
    if (command->kind != 'd' && command->kind != 'a')
        return false;
    line.at++;
    line.len--;
    if (!take_number(&line, &command->line) || line.len == 0 || *line.at != ' ')
        return false;
    line.at++;
    line.len--;
    return take_number(&line, &command->count) && line.len <= 1;
}

static int add_edit(struct rcs *rcs, const struct edit *edit, struct error *err)
{
    if (rcs->edit_count == rcs->edit_room) {
        size_t room = rcs->edit_room ? rcs->edit_room * 2 : 256;
        struct edit *more = realloc(rcs->edits, room * sizeof *more);
        if (!more)
            return no_memory(err);
        rcs->edits = more;
        rcs->edit_room = room;
    }
    rcs->edits[rcs->edit_count++] = *edit;
    return RC_OK;
}

/* One command of a script: what it leaves and adds goes to `to`, how to undo it to the edits. */
static int run_command(struct rcs *rcs, const struct command *command, struct str *script,
    struct lines *to, size_t *done, struct error *err)
{
    const struct lines *from = &rcs->text;
    bool deletes = command->kind == 'd';
    if (deletes && command->line == 0)
        return error_set(err, RC_FORMAT, "no RCS file: a line is deleted that is not there");
    size_t until = deletes ? command->line - 1 : command->line;
    if (until < *done || until > from->count || (deletes && command->count > from->count - until))
        return error_set(err, RC_FORMAT, "no RCS file: lines are changed that are not there");
    int rc = copy_lines(to, from, *done, until - *done, err);
    *done = until;
    struct edit edit = {.at = to->count, .first = rcs->kept.count};
    if (rc == RC_OK && deletes) {
        rc = copy_lines(&rcs->kept, from, until, command->count, err);
        edit.come = command->count;
        *done = until + command->count;
    }
    for (; rc == RC_OK && !deletes && edit.gone < command->count; edit.gone++) {
        struct str line;
        if (!next_line(script, &line))
            return error_set(err, RC_FORMAT, "no RCS file: added lines are missing");
        rc = lines_add(to, line, err);
    }
    return rc ? rc : add_edit(rcs, &edit, err);
}

static int go_back(struct rcs *rcs, struct delta *older, struct error *err)
{
    struct lines to = {0};
    struct str script = older->script, line;
    struct command command;
    size_t done = 0;
    int rc = count_steps(rcs, rcs->text.count, err);
    older->edits = rcs->edit_count;
    while (rc == RC_OK && next_line(&script, &line))
        rc = parse_command(line, &command)
                 ? run_command(rcs, &command, &script, &to, &done, err)
                 : error_set(err, RC_FORMAT, "no RCS file: a change is neither d nor a");
    if (rc == RC_OK)
        rc = copy_lines(&to, &rcs->text, done, rcs->text.count - done, err);
    older->edit_count = rcs->edit_count - older->edits;
    free(rcs->text.at);
    rcs->text = to;
    return rc;
}

/* From the newest to the oldest; the way back is noted. */
static int find_oldest(struct rcs *rcs, struct error *err)
{
    struct str rest, line;
    int rc = RC_OK;
    for (size_t i = 0; i < rcs->count; i++)
        if (!rcs->trunk[i]->has_text)
            return error_set(err, RC_FORMAT,
                "no RCS file: revision %s has no text; it may be cut "
                "off",
                rcs->trunk[i]->shown.number);
    if (rcs->count == 0)
        return RC_OK;
    rest = rcs->trunk[rcs->count - 1]->script;
    while (rc == RC_OK && next_line(&rest, &line))
        rc = lines_add(&rcs->text, line, err);
    for (size_t i = rcs->count - 1; rc == RC_OK && i > 0; i--)
        rc = go_back(rcs, rcs->trunk[i - 1], err);
    return rc ? rc : copy_lines(&rcs->oldest, &rcs->text, 0, rcs->text.count, err);
}

/* ---- from the older to the newer ---- */

static int go_forward(struct rcs *rcs, struct error *err)
{
    const struct delta *older = rcs->trunk[rcs->here];
    struct lines to = {0};
    size_t done = 0;
    int rc = count_steps(rcs, rcs->text.count, err);
    for (size_t i = 0; rc == RC_OK && i < older->edit_count; i++) {
        const struct edit *edit = &rcs->edits[older->edits + i];
        rc = copy_lines(&to, &rcs->text, done, edit->at - done, err);
        if (rc == RC_OK)
            rc = copy_lines(&to, &rcs->kept, edit->first, edit->come, err);
        done = edit->at + edit->gone;
    }
    if (rc == RC_OK)
        rc = copy_lines(&to, &rcs->text, done, rcs->text.count - done, err);
    free(rcs->text.at);
    rcs->text = to;
    rcs->here++;
    return rc;
}

int rcs_text(struct rcs *rcs, size_t index, struct buf *text, struct error *err)
{
    int rc = RC_OK;
    if (index < rcs->here) {
        rcs->text.count = 0;
        rcs->here = 0;
        rc = copy_lines(&rcs->text, &rcs->oldest, 0, rcs->oldest.count, err);
    }
    while (rc == RC_OK && rcs->here < index)
        rc = go_forward(rcs, err);
    for (size_t i = 0; rc == RC_OK && i < rcs->text.count; i++)
        if ((rc = buf_add_str(text, rcs->text.at[i])) != RC_OK)
            error_set(err, (enum rc)rc, "revision %s is too long", rcs_at(rcs, index)->number);
    return rc;
}

size_t rcs_count(const struct rcs *rcs)
{
    return rcs->count;
}

const struct rcs_revision *rcs_at(const struct rcs *rcs, size_t index)
{
    return &rcs->trunk[index]->shown;
}

int rcs_open(struct buf *file, struct rcs **out, struct error *err)
{
    struct str head;
    struct token last;
    struct rcs *rcs = calloc(1, sizeof *rcs);
    if (!rcs) {
        buf_wipe(file);
        return no_memory(err);
    }
    rcs->file = *file;
    *file = (struct buf){0};
    int rc = buf_reserve(&rcs->file, 1); /* a file of no bytes has none to point at */
    rc = rc ? no_memory(err) : read_admin(rcs, &head, &last, err);
    if (rc == RC_OK)
        rc = read_deltas(rcs, &last, err);
    if (rc == RC_OK)
        rc = find_trunk(rcs, head, err);
    if (rc == RC_OK)
        rc = read_texts(rcs, err);
    if (rc == RC_OK)
        rc = find_oldest(rcs, err);
    if (rc)
        rcs_close(rcs);
    else
        *out = rcs;
    return rc;
}

void rcs_close(struct rcs *rcs)
{
    if (!rcs)
        return;
    buf_wipe(&rcs->file);
    arena_free(&rcs->memory);
    free(rcs->deltas);
    free(rcs->trunk);
    free(rcs->oldest.at);
    free(rcs->text.at);
    free(rcs->kept.at);
    free(rcs->edits);
    free(rcs);
}
