/* Checking a bundle: each thing that is wrong is said, not only the first. */
#include "evidence/bundle_file.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>

/* The file's pieces. */
struct file {
    struct str all, page, json, note;
    struct str covered; /* what the statement is over */
};

struct check {
    struct bundle_report *report;
    struct file file;
    json_t *document; /* in the form of bundle_form() */
    struct log_key key;
    bool have_head;
    json_t *version; /* the leaf of the version; NULL: it cannot be read */
    json_t *next;    /* that of the version behind it; NULL: there is none */
    json_t *events;  /* an object with the ids of the version's events */
    size_t event_count, hidden;
    int rc; /* RC_NO_MEMORY, once there was none */
};

static void find(struct check *c, enum bundle_state state, const char *about, const char *format,
    ...) __attribute__((format(printf, 4, 5)));
static void find(
    struct check *c, enum bundle_state state, const char *about, const char *format, ...)
{
    struct bundle_report *r = c->report;
    struct buf text = {.cap = 0}, safe = {.cap = 0};
    struct bundle_finding *more = realloc(r->findings, (r->count + 1) * sizeof *more);
    va_list args;
    va_start(args, format);
    if (more)
        r->findings = more;
    if (!more || buf_vformat(&text, format, args) || buf_add_escaped(&safe, buf_str(&text))) {
        c->rc = RC_NO_MEMORY;
    } else {
        more[r->count] = (struct bundle_finding){state, strdup(about), strdup(buf_text(&safe))};
        if (!more[r->count].about || !more[r->count].text)
            c->rc = RC_NO_MEMORY;
        r->count++;
    }
    va_end(args);
    if (state == BUNDLE_WRONG)
        r->good = false;
    buf_free(&text);
    buf_free(&safe);
}

/* ---- the file ---- */

static bool take(struct str *rest, struct str end, struct str *piece)
{
    const char *found = rest->len ? memmem(rest->at, rest->len, end.at, end.len) : NULL;
    if (!found)
        return false;
    *piece = (struct str){rest->at, (size_t)(found - rest->at)};
    rest->len -= piece->len + end.len;
    rest->at = found + end.len;
    return true;
}

static int not_one(
    struct str file, const char *at, const char *name, const char *why, struct error *err)
{
    size_t line = 1;
    const char *start = file.at;
    for (const char *p = file.at; p < at; p++)
        if (*p == '\n') {
            line++;
            start = p + 1;
        }
    char place[256];
    snprintf(place, sizeof place, "%.200s:%zu:%zu", name, line, (size_t)(at - start) + 1);
    return error_at(err, RC_FORMAT, place, "%s", why);
}

static int split_file(struct str file, const char *name, struct file *out, struct error *err)
{
    struct str rest = file;
    *out = (struct file){.all = file};
    if (!take(&rest, STR("\n" BUNDLE_JSON), &out->page))
        return not_one(file, file.at, name,
            "this is no evidence that rollcall made: it holds no element \"rollcall-evidence\"",
            err);
    out->page.len++; /* with the end of its last line */
    if (!take(&rest, STR("\n" BUNDLE_CLOSE), &out->json))
        return not_one(file, rest.at, name, "the evidence is cut off: it has no end", err);
    out->covered = (struct str){file.at, (size_t)(rest.at - file.at)};
    if (rest.len < strlen(BUNDLE_STATEMENT) || !str_starts(rest, BUNDLE_STATEMENT))
        return not_one(
            file, rest.at, name, "the element \"rollcall-statement\" must follow here", err);
    rest.at += strlen(BUNDLE_STATEMENT);
    rest.len -= strlen(BUNDLE_STATEMENT);
    const char *note = rest.at;
    if (!take(&rest, STR(BUNDLE_CLOSE BUNDLE_END), &out->note))
        return not_one(file, note, name, "the statement is cut off: it has no end", err);
    return rest.len ? not_one(file, rest.at, name, "nothing may follow the evidence", err) : RC_OK;
}

static int parse_json(struct file *f, const char *name, json_t **out, struct error *err)
{
    json_error_t why;
    *out = json_loadb(f->json.at, f->json.len, JSON_REJECT_DUPLICATES, &why);
    if (*out)
        return RC_OK;
    size_t at = why.position > 0 && (size_t)why.position <= f->json.len ? (size_t)why.position : 0;
    return not_one(f->all, f->json.at + at, name, why.text, err);
}

static int is_ours(json_t *document, struct file *f, const char *name, struct error *err)
{
    const char *kind = bundle_string(document, "kind");
    if (!kind || strcmp(kind, "evidence") != 0)
        return not_one(f->all, f->json.at, name, "this JSON is no evidence", err);
    if (json_integer_value(json_object_get(document, "rollcall")) != 1)
        return not_one(f->all, f->json.at, name,
            "this evidence has another format than 1; use a newer rollcall", err);
    return RC_OK;
}

/* ---- key and head ---- */

/* In the one form it has there. */
static bool read_own_key(struct check *c, const char *text, struct log_key *own)
{
    struct buf again = {.cap = 0};
    bool read = key_parse(str_of(text), own, NULL) == RC_OK && own->log[0];
    if (read && key_text(own, &again))
        c->rc = RC_NO_MEMORY;
    read = read && strcmp(buf_text(&again), text) == 0;
    buf_free(&again);
    return read;
}

static void check_key(struct check *c, const struct log_key *given)
{
    const char *text = bundle_string(c->document, "key"), *log = bundle_string(c->document, "log");
    struct log_key own;
    bool read = read_own_key(c, text, &own);
    if (!read)
        find(c, BUNDLE_WRONG, "key", "the file's public key was changed: it contradicts itself");
    else if (given && memcmp(given->public_key, own.public_key, SIGN_PUBLIC_BYTES) != 0)
        find(c, BUNDLE_WRONG, "key", "the file names another public key than the one you gave");
    else if (given && given->log[0] && strcmp(given->log, own.log) != 0)
        find(c, BUNDLE_WRONG, "key", "the file is of log %s; the key you gave is of log %s",
            own.log, given->log);
    else if (given)
        find(c, BUNDLE_PROVEN, "key", "%s: the one you gave", text);
    else
        find(c, BUNDLE_OPEN, "key",
            "%s: taken from this file, so anybody may have made it; compare it with the one you "
            "know, or give that with --key",
            text);
    if (read && (strncmp(log, "rollcall/", 9) != 0 || strcmp(log + 9, own.log) != 0))
        find(c, BUNDLE_WRONG, "key", "the file says it is of %s, its key is of rollcall/%s", log,
            own.log);
    c->key = given ? *given : own;
    if (given && read && !given->log[0])
        memcpy(c->key.log, own.log, sizeof own.log);
}

static void check_head(struct check *c)
{
    struct error err = ERROR_INIT;
    struct head *head = &c->report->head;
    char when[TIME_TEXT_SIZE];
    int rc = head_open(str_of(bundle_string(c->document, "head")), &c->key, head, &err);
    if (rc) {
        find(c, BUNDLE_WRONG, "head", "the log's head: %s", err.text);
        return;
    }
    c->have_head = true;
    find(c, BUNDLE_PROVEN, "head", "signed: the log had %" PRIu64 " entries at %s", head->size,
        time_format(head->time_us, when));
}

/* ---- entries ---- */

static void read_proof(json_t *list, struct proof *proof)
{
    size_t i;
    json_t *item;
    proof->count = json_array_size(list);
    json_array_foreach(list, i, item)
        merkle_from_hex(str_of(json_string_value(item)), &proof->hashes[i]);
}

/* Whether the entry stands in the log of the head. */
static bool check_inclusion(struct check *c, json_t *entry)
{
    struct merkle_hash leaf;
    struct proof proof;
    json_t *text = json_object_get(entry, "leaf");
    uint64_t seq = (uint64_t)json_integer_value(json_object_get(entry, "seq"));
    const struct head *head = &c->report->head;
    merkle_leaf((struct str){json_string_value(text), json_string_length(text)}, &leaf);
    read_proof(json_object_get(entry, "proof"), &proof);
    if (!c->have_head)
        return false;
    if (seq >= head->size) {
        find(c, BUNDLE_WRONG, "log", "there is no entry %" PRIu64 " in a log of %" PRIu64, seq,
            head->size);
        return false;
    }
    if (merkle_check_inclusion(&leaf, seq, head->size, &proof, &head->root))
        return true;
    find(c, BUNDLE_WRONG, "log",
        "entry %" PRIu64 ": its text, its number or its proof was changed: they do not lead to the "
        "root in the head",
        seq);
    return false;
}

static bool is_number(json_t *document, const char *member, json_int_t number)
{
    json_t *value = json_object_get(document, member);
    return json_is_integer(value) && json_integer_value(value) == number;
}

static bool is_text(json_t *object, const char *member, const char *text)
{
    const char *value = bundle_string(object, member);
    return value && strcmp(value, text) == 0;
}

static bool is_of_device(struct check *c, json_t *leaf)
{
    return is_text(leaf, "device", bundle_string(c->document, "device"));
}

static json_int_t number_of(struct check *c)
{
    return json_integer_value(json_object_get(c->document, "version"));
}

/* Why an entry behind the first has no business in the file; NULL: it has. */
static const char *not_about(struct check *c, json_t *leaf)
{
    json_t *document = json_object_get(leaf, "document");
    const char *kind = bundle_string(leaf, "kind"), *event = bundle_string(document, "event");
    if (!kind || !is_of_device(c, leaf))
        return "it is of another device";
    if (strcmp(kind, "event") == 0)
        return is_number(document, "version", number_of(c)) ? NULL
                                                            : "it is an event of another version";
    if (strcmp(kind, "version") == 0)
        return is_number(document, "number", number_of(c) + 1) &&
                       is_number(document, "previous", number_of(c)) && !c->next
                   ? NULL
                   : "it is a version that does not follow";
    if (strcmp(kind, "acknowledgement") == 0)
        return json_object_get(c->events, event ? event : "") ? NULL
                                                              : "it acknowledges an event that is "
                                                                "not here";
    return strcmp(kind, "approval") == 0 ? NULL : "it is of a kind that does not belong here";
}

static bool is_the_version(struct check *c, json_t *leaf)
{
    json_t *document = json_object_get(leaf, "document");
    return is_text(leaf, "kind", "version") && is_of_device(c, leaf) &&
           is_number(document, "number", number_of(c)) && bundle_string(document, "created") &&
           bundle_string(leaf, "time");
}

/* What stands behind it may say something about it. */
static void take_event(struct check *c, json_t *leaf)
{
    const char *id = bundle_string(json_object_get(leaf, "document"), "id");
    c->event_count++;
    if (id && json_object_set_new(c->events, id, json_true()))
        c->rc = RC_NO_MEMORY;
}

static void take_entry(struct check *c, size_t i, json_int_t seq, json_t *leaf)
{
    const char *why = NULL;
    if (i > 0)
        why = not_about(c, leaf);
    else if (is_the_version(c, leaf))
        c->version = json_incref(leaf);
    else
        why = "it is not of the version that the file is about";
    if (why)
        find(c, BUNDLE_WRONG, "log", "entry %lld: %s", (long long)seq, why);
    else if (is_text(leaf, "kind", "event"))
        take_event(c, leaf);
    else if (i > 0 && is_text(leaf, "kind", "version"))
        c->next = json_incref(leaf);
}

static void check_entries(struct check *c)
{
    size_t i, good = 0;
    json_t *entry, *entries = json_object_get(c->document, "entries");
    json_int_t before = -1;
    json_array_foreach(entries, i, entry)
    {
        json_int_t seq = json_integer_value(json_object_get(entry, "seq"));
        good += check_inclusion(c, entry);
        if (seq <= before)
            find(c, BUNDLE_WRONG, "log", "entry %lld stands behind entry %lld", (long long)seq,
                (long long)before);
        before = seq;
        json_t *leaf = json_loads(bundle_string(entry, "leaf"), JSON_REJECT_DUPLICATES, NULL);
        take_entry(c, i, seq, leaf);
        json_decref(leaf);
    }
    json_t *document = json_object_get(c->version, "document");
    size_t events = c->event_count;
    if (c->version && !is_number(document, "event_count", (json_int_t)events))
        find(c, BUNDLE_WRONG, "events", "the log has %lld events of this version, the file has %zu",
            (long long)json_integer_value(json_object_get(document, "event_count")), events);
    else if (c->version && good == json_array_size(entries))
        find(c, BUNDLE_PROVEN, "log",
            "%zu %s about it, each proven to be in the log, %zu of them %s", good,
            good == 1 ? "entry" : "entries", events, events == 1 ? "an event" : "events");
}

/* ---- texts ---- */

struct sums {
    struct merkle_tree tree;
    size_t bytes, hidden;
};

static bool salted_leaf(const char *salt_text, struct str line, struct merkle_hash *leaf)
{
    unsigned char salt[LINES_SALT_BYTES];
    char again[2 * LINES_SALT_BYTES + 1];
    size_t len = strlen(salt_text);
    if (len != 2 * sizeof salt ||
        sodium_hex2bin(salt, sizeof salt, salt_text, len, NULL, NULL, NULL) ||
        strcmp(sodium_bin2hex(again, sizeof again, salt, sizeof salt), salt_text) != 0)
        return false;
    lines_leaf(salt, line, leaf);
    return true;
}

/* RC_FORMAT: a salt, a hash or base64 that is none. */
static int line_bytes(json_t *line, char **bytes, struct str *text)
{
    json_t *plain = json_object_get(line, "text");
    const char *coded = bundle_string(line, "base64");
    *text = (struct str){json_string_value(plain), json_string_length(plain)};
    if (plain)
        return RC_OK;
    size_t room = strlen(coded) + 1, len;
    const char *end;
    *bytes = malloc(room);
    if (!*bytes)
        return RC_NO_MEMORY;
    if (sodium_base642bin((unsigned char *)*bytes, room, coded, strlen(coded), NULL, &len, &end,
            sodium_base64_VARIANT_ORIGINAL) ||
        *end)
        return RC_FORMAT;
    *text = (struct str){*bytes, len};
    return RC_OK;
}

static int line_leaf(json_t *line, struct sums *sums, struct merkle_hash *leaf)
{
    const char *hidden = bundle_string(line, "leaf");
    if (hidden) {
        sums->hidden++;
        return merkle_from_hex(str_of(hidden), leaf) ? RC_OK : RC_FORMAT;
    }
    char *bytes = NULL;
    struct str text;
    int rc = line_bytes(line, &bytes, &text);
    /* Only the last line may lack its end, and none holds another. */
    const char *end = !rc && text.len ? memchr(text.at, '\n', text.len) : NULL;
    if (!rc && end && end != text.at + text.len - 1)
        rc = RC_FORMAT;
    if (!rc && !salted_leaf(bundle_string(line, "salt"), text, leaf))
        rc = RC_FORMAT;
    if (!rc)
        sums->bytes += text.len;
    free(bytes);
    return rc;
}

static bool sum_up(struct check *c, const char *about, json_t *lines, struct sums *sums)
{
    size_t i;
    json_t *line;
    *sums = (struct sums){0};
    json_array_foreach(lines, i, line)
    {
        struct merkle_hash leaf;
        int rc = line_leaf(line, sums, &leaf);
        if (rc == RC_NO_MEMORY)
            c->rc = rc;
        if (rc) {
            find(c, BUNDLE_WRONG, about, "line %zu is not written as a line of evidence is", i + 1);
            return false;
        }
        merkle_append(&sums->tree, &leaf, NULL);
    }
    return true;
}

/* Hold lines against what the log's entry says of them: `count` names its number of lines. */
static void check_lines(
    struct check *c, const char *about, json_t *lines, json_t *logged, const char *count)
{
    struct sums sums;
    struct merkle_hash root;
    char hex[MERKLE_HEX_SIZE];
    const char *want = bundle_string(logged, "root");
    if (!sum_up(c, about, lines, &sums))
        return;
    c->hidden += sums.hidden;
    merkle_tree_root(&sums.tree, &root);
    bool same = want && strcmp(want, merkle_hex(&root, hex)) == 0;
    json_t *bytes = json_object_get(logged, "bytes");
    if (!is_number(logged, count, (json_int_t)sums.tree.size))
        find(c, BUNDLE_WRONG, about, "the log has %lld lines, the file has %" PRIu64,
            (long long)json_integer_value(json_object_get(logged, count)), sums.tree.size);
    else if (!same)
        find(c, BUNDLE_WRONG, about,
            "its lines are not those in the log: one was changed, or moved, or its salt or hash "
            "was");
    else if (bytes && sums.hidden == 0 && !is_number(logged, "bytes", (json_int_t)sums.bytes))
        find(c, BUNDLE_WRONG, about, "the log has %lld bytes, the file has %zu",
            (long long)json_integer_value(bytes), sums.bytes);
    else
        find(c, BUNDLE_PROVEN, about, "%" PRIu64 " lines, each as it was read and in its place%s",
            sums.tree.size, sums.hidden ? "; those that are hidden by their hash" : "");
}

static void check_parts(struct check *c)
{
    size_t i;
    json_t *part, *document = json_object_get(c->version, "document");
    json_t *parts = json_object_get(c->document, "parts");
    json_t *logged = json_object_get(document, "parts");
    if (json_array_size(parts) != json_array_size(logged))
        find(c, BUNDLE_WRONG, "parts", "the log has %zu parts of the config, the file has %zu",
            json_array_size(logged), json_array_size(parts));
    json_array_foreach(parts, i, part)
    {
        json_t *want = json_array_get(logged, i);
        char about[96];
        snprintf(about, sizeof about, "part %.80s", bundle_string(part, "name"));
        if (!is_text(want, "name", bundle_string(part, "name")))
            find(c, BUNDLE_WRONG, about, "the log has no such part at this place");
        else
            check_lines(c, about, json_object_get(part, "lines"), want, "lines");
    }
    check_lines(c, "access", json_object_get(c->document, "access"),
        json_object_get(document, "access"), "lines");
    check_lines(c, "accounts", json_object_get(c->document, "accounts"),
        json_object_get(document, "accounts"), "count");
    if (json_is_true(json_object_get(c->document, "full")) && c->hidden)
        find(c, BUNDLE_WRONG, "parts", "the file says that it hides nothing, and hides lines");
}

/* ---- times ---- */

static const char *when(struct check *c, json_t *object, const char *member, int64_t *time_us)
{
    const char *text = bundle_string(object, member);
    if (text && bundle_parse_time(text, time_us))
        return text;
    find(c, BUNDLE_WRONG, "time", "the log has no time \"%s\" that can be read", member);
    return NULL;
}

/* The version's times. */
struct span {
    int64_t created_us, seen_us;
    int64_t known_us; /* from when on it was read so, and not only said to have been */
};

/* What was there at the time that was asked for. */
static void check_asked(struct check *c, const struct span *s)
{
    int64_t at_us, next_us;
    const char *at = bundle_string(json_object_get(c->document, "asked"), "at");
    if (!at || !bundle_parse_time(at, &at_us))
        return;
    if (at_us < s->created_us)
        find(c, BUNDLE_WRONG, "time", "the file was made for %s, but is about a later version", at);
    else if (at_us < s->known_us)
        find(c, BUNDLE_OPEN, "time", "what was on the device at %s: it was not read until later",
            at);
    else if (at_us <= s->seen_us)
        find(c, BUNDLE_PROVEN, "time", "at %s this version was in force%s", at,
            c->next ? "" : ", if the time when it was last seen is believed");
    else if (!c->next)
        find(c, BUNDLE_OPEN, "time",
            "what was on the device at %s: it was not read again until then", at);
    else if (when(c, json_object_get(c->next, "document"), "created", &next_us) && at_us >= next_us)
        find(c, BUNDLE_WRONG, "time", "the file was made for %s, but is about an earlier version",
            at);
    else
        find(c, BUNDLE_OPEN, "time",
            "what was on the device at %s: it was last seen so before, and next seen changed", at);
}

static void check_seen(struct check *c, struct span *s)
{
    int64_t before_us;
    const char *seen = when(c, c->document, "seen", &s->seen_us);
    json_t *next = json_object_get(c->next, "document");
    if (!seen)
        return;
    if (s->seen_us < s->created_us)
        find(c, BUNDLE_WRONG, "time", "it was last seen before it began");
    if (!c->next)
        find(c, BUNDLE_OPEN, "time",
            "that it was last seen unchanged at %s: the log says so only once there is a version "
            "behind it; until then it is signed, as the rest of the file is",
            seen);
    else if (when(c, next, "previous_seen", &before_us) && before_us != s->seen_us)
        find(c, BUNDLE_WRONG, "time",
            "it was last seen unchanged at %s by the log, at %s by the file",
            bundle_string(next, "previous_seen"), seen);
    else
        find(c, BUNDLE_PROVEN, "time", "last seen unchanged at %s; version %lld is so since %s",
            seen, (long long)json_integer_value(json_object_get(next, "number")),
            bundle_string(next, "created"));
    check_asked(c, s);
}

static void check_version(struct check *c)
{
    struct span span;
    json_t *document = json_object_get(c->version, "document");
    const char *created = when(c, document, "created", &span.created_us);
    const char *written = when(c, c->version, "time", &span.known_us);
    if (!created || !written)
        return;
    find(c, BUNDLE_PROVEN, "version", "version %lld of %s, so since %s, written into the log at %s",
        (long long)number_of(c), bundle_string(c->document, "device"), created, written);
    if (json_object_get(document, "imported"))
        find(c, BUNDLE_OPEN, "time",
            "that it was so since %s: it was imported from another archive; the log knows it since "
            "%s",
            created, written);
    else if (json_object_get(document, "changed"))
        find(c, BUNDLE_OPEN, "time",
            "that it was so since %s: the device says so; it was read first before %s", created,
            written);
    else
        span.known_us = span.created_us;
    if (json_is_true(json_object_get(document, "doubtful")))
        find(c, BUNDLE_OPEN, "time",
            "its times: the clock of the host had jumped when it was written");
    check_seen(c, &span);
    check_parts(c);
}

/* ---- the statement, and the page ---- */

static void check_statement(struct check *c)
{
    struct error err = ERROR_INIT;
    struct buf want = {.cap = 0};
    struct str text;
    int rc = note_open(c->file.note, &c->key, &text, &err);
    if (rc) {
        find(c, BUNDLE_WRONG, "statement", "the signature over the file: %s", err.text);
        return;
    }
    c->rc = bundle_statement(bundle_string(c->document, "log"), c->file.covered,
        bundle_string(json_object_get(c->document, "made"), "time"), &want);
    if (!c->rc && !str_equal(text, buf_str(&want)))
        find(c, BUNDLE_WRONG, "statement",
            "the file was changed after it was signed: in the page, in what is shown for hidden "
            "lines, or in what is named above");
    else if (!c->rc)
        find(c, BUNDLE_PROVEN, "statement", "the whole file is as it was when it was signed");
    buf_free(&want);
}

static void check_page(struct check *c)
{
    struct buf page = {.cap = BUNDLE_MOST_BYTES};
    const char *program = bundle_string(json_object_get(c->document, "made"), "program");
    if (strcmp(program, BUNDLE_PROGRAM) != 0) {
        find(c, BUNDLE_OPEN, "page",
            "that the page shows what is proven here: %s made it, and this is " BUNDLE_PROGRAM,
            program);
        return;
    }
    c->rc = bundle_page(c->document, &page);
    if (!c->rc && !str_equal(buf_str(&page), c->file.page))
        find(c, BUNDLE_WRONG, "page", "it shows something else than what is proven here");
    else if (!c->rc)
        find(c, BUNDLE_PROVEN, "page", "it shows what is proven here, and nothing else");
    buf_free(&page);
}

static void say_what_is_open(struct check *c)
{
    char hex[MERKLE_HEX_SIZE], time[TIME_TEXT_SIZE];
    const struct head *head = &c->report->head;
    if (c->hidden)
        find(c, BUNDLE_OPEN, "hidden",
            "what stands in %zu hidden %s: a file made with --reveal shows %s", c->hidden,
            c->hidden == 1 ? "line" : "lines", c->hidden == 1 ? "it" : "them");
    if (c->have_head)
        find(c, BUNDLE_OPEN, "rewriting",
            "that the holder of the key did not write the log anew: compare with a head that was "
            "sent out before (size %" PRIu64 ", root %s, %s)",
            head->size, merkle_hex(&head->root, hex), time_format(head->time_us, time));
    find(c, BUNDLE_OPEN, "log",
        "that nothing more was said about it: who makes a file can leave out acknowledgements%s",
        c->next ? " and approvals" : ", approvals and a later version");
    find(c, BUNDLE_OPEN, "clock", "that the clock of the collecting host was right");
}

static void check_all(struct check *c, const struct log_key *given)
{
    check_key(c, given);
    check_head(c);
    check_entries(c);
    if (c->version)
        check_version(c);
    if (!c->rc)
        check_statement(c);
    if (!c->rc)
        check_page(c);
    say_what_is_open(c);
}

static void check_document(struct check *c, const struct log_key *given)
{
    struct error form = ERROR_INIT;
    if (bundle_form(c->document, &form)) {
        find(c, BUNDLE_WRONG, "form", "%s", form.text);
        return;
    }
    c->report->device = strdup(bundle_string(c->document, "device"));
    c->report->version = (uint32_t)number_of(c);
    if (!c->report->device)
        c->rc = RC_NO_MEMORY;
    check_all(c, given);
}

int bundle_check(struct str file, const char *name, const struct log_key *key,
    struct bundle_report *out, struct error *err)
{
    struct check c = {.report = out, .events = json_object()};
    *out = (struct bundle_report){.good = true, .key_given = key != NULL};
    int rc = split_file(file, name, &c.file, err);
    if (!rc)
        rc = parse_json(&c.file, name, &c.document, err);
    if (!rc)
        rc = is_ours(c.document, &c.file, name, err);
    if (!rc) {
        check_document(&c, key);
        if (c.rc)
            rc = error_set(err, c.rc, "out of memory to check %s", name);
    }
    json_decref(c.version);
    json_decref(c.next);
    json_decref(c.events);
    json_decref(c.document);
    return rc;
}

void bundle_report_free(struct bundle_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->findings[i].about);
        free(report->findings[i].text);
    }
    free(report->findings);
    free(report->device);
    *report = (struct bundle_report){0};
}
