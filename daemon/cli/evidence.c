/* Evidence of one version, as a file for somebody who does not trust us. */
#include "cli/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "cli/action.h"
#include "cli/version.h"
#include "evidence/bundle.h"

/* An entry with the text it is a view into. */
struct found {
    struct bundle_entry entry;
    struct buf text;
};

struct making {
    struct cli *cli;
    const char *device;
    struct version version;
    struct bundle bundle;
    struct str *shown; /* of its parts */
    struct log_key key;
    struct buf head, access;
    uint64_t size; /* of the log, by the head */
    struct found *found;
    size_t found_count;
    char **ids; /* of the version's events */
    size_t id_count;
    struct buf *accounts;
    struct error *err;
};

static int no_memory(struct making *m)
{
    return error_set(m->err, RC_NO_MEMORY, "out of memory for evidence");
}

/* ---- the log's entries ---- */

static int add_entry(struct making *m, const struct store_log_entry *entry)
{
    if (entry->seq >= m->size)
        return RC_OK; /* newer than the head */
    if (entry->pruned)
        return error_set(m->err, RC_NOT_FOUND, "entry %llu of the log was pruned",
            (unsigned long long)entry->seq);
    struct found *more = realloc(m->found, (m->found_count + 1) * sizeof *more);
    if (!more)
        return no_memory(m);
    m->found = more;
    struct found *f = &more[m->found_count++];
    *f = (struct found){.entry = {.seq = entry->seq}};
    return buf_add_str(&f->text, entry->leaf)
               ? no_memory(m)
               : store_prove_inclusion(m->cli->store, entry->seq, m->size, &f->entry.proof, m->err);
}

static int add_numbered(struct making *m, uint64_t seq)
{
    struct store_log_entry entry;
    struct buf text = {.cap = 0};
    int rc = store_log_entry(m->cli->store, seq, &entry, &text, m->err);
    if (rc == RC_OK)
        rc = add_entry(m, &entry);
    buf_free(&text);
    return rc;
}

static int keep_id(struct making *m, json_t *document)
{
    const char *id = json_string_value(json_object_get(document, "id"));
    char **more = realloc(m->ids, (m->id_count + 1) * sizeof *more);
    if (!more)
        return no_memory(m);
    m->ids = more;
    more[m->id_count] = strdup(id ? id : "");
    return more[m->id_count++] ? RC_OK : no_memory(m);
}

struct walk {
    struct making *m;
    int rc;
};

/* The version's events come at once behind it, in the transaction that wrote both. */
static int add_event(void *ctx, const struct store_log_entry *entry)
{
    struct walk *walk = ctx;
    struct making *m = walk->m;
    if (entry->kind != ENTRY_EVENT)
        return 0;
    json_t *document = json_loadb(entry->document.at, entry->document.len, 0, NULL);
    if (json_integer_value(json_object_get(document, "version")) == m->version.info.number) {
        walk->rc = keep_id(m, document);
        if (walk->rc == RC_OK)
            walk->rc = add_entry(m, entry);
    }
    json_decref(document);
    return walk->rc || m->id_count == m->version.info.event_count;
}

static int add_events(struct making *m)
{
    struct walk walk = {.m = m};
    const struct store_version *v = &m->version.info;
    if (v->event_count == 0)
        return RC_OK;
    int rc = store_log_walk(
        m->cli->store, v->seq + 1, v->seq + 1 + v->event_count, add_event, &walk, m->err);
    return rc ? rc : walk.rc;
}

/* Acknowledgements and approvals that name one of the version's events. */
static int add_word(void *ctx, const struct store_log_entry *entry)
{
    struct walk *walk = ctx;
    struct making *m = walk->m;
    bool named = false;
    for (size_t i = 0; !named && i < m->id_count; i++)
        named = memmem(entry->leaf.at, entry->leaf.len, m->ids[i], strlen(m->ids[i])) != NULL;
    if (named && entry->seq > m->version.info.seq)
        walk->rc = add_entry(m, entry);
    return walk->rc;
}

static int add_words(struct making *m)
{
    struct walk walk = {.m = m};
    const struct store_log_query query = {
        .kinds = 1U << ENTRY_ACKNOWLEDGEMENT | 1U << ENTRY_APPROVAL, .device = m->device};
    int rc = store_log_find(m->cli->store, &query, add_word, &walk, m->err);
    return rc ? rc : walk.rc;
}

static int add_next(struct making *m)
{
    struct store_version next;
    struct error none = ERROR_INIT;
    int rc = store_version(m->cli->store, m->device, m->version.info.number + 1, 0, &next, &none);
    if (rc == RC_OK)
        rc = add_numbered(m, next.seq);
    else if (rc == RC_NOT_FOUND)
        rc = RC_OK;
    else
        *m->err = none;
    store_version_clear(&next);
    return rc;
}

static int by_number(const void *a, const void *b)
{
    const struct bundle_entry *left = a, *right = b;
    return left->seq < right->seq ? -1 : left->seq > right->seq;
}

static int take_entries(struct making *m)
{
    struct bundle_entry *entries = calloc(m->found_count, sizeof *entries);
    if (!entries)
        return no_memory(m);
    for (size_t i = 0; i < m->found_count; i++) {
        entries[i] = m->found[i].entry;
        entries[i].leaf = buf_str(&m->found[i].text);
    }
    qsort(entries, m->found_count, sizeof *entries, by_number);
    m->bundle.entries = entries;
    m->bundle.entry_count = m->found_count;
    return RC_OK;
}

static int find_entries(struct making *m)
{
    int rc = add_numbered(m, m->version.info.seq);
    if (rc == RC_OK)
        rc = add_events(m);
    if (rc == RC_OK)
        rc = add_words(m);
    if (rc == RC_OK)
        rc = add_next(m);
    return rc ? rc : take_entries(m);
}

/* ---- its texts ---- */

static int add_account(void *ctx, const struct store_account_row *row)
{
    struct walk *walk = ctx;
    struct making *m = walk->m;
    size_t count = m->bundle.account_count;
    struct buf *more = realloc(m->accounts, (count + 1) * sizeof *more);
    if (!more) {
        walk->rc = no_memory(m);
        return 1;
    }
    m->accounts = more;
    more[count] = (struct buf){.cap = 0};
    m->bundle.account_count++;
    if (store_account_line(&row->account, &more[count]))
        walk->rc = no_memory(m);
    return walk->rc;
}

static int find_accounts(struct making *m)
{
    struct walk walk = {.m = m};
    const struct store_account_query query = {
        .device = m->device, .at_us = m->version.info.created_us};
    int rc = store_accounts(m->cli->store, &query, add_account, &walk, m->err);
    if (rc || walk.rc)
        return rc ? rc : walk.rc;
    struct str *lines = calloc(m->bundle.account_count + 1, sizeof *lines);
    if (!lines)
        return no_memory(m);
    for (size_t i = 0; i < m->bundle.account_count; i++)
        lines[i] = buf_str(&m->accounts[i]);
    m->bundle.accounts = lines;
    return RC_OK;
}

static int find_parts(struct making *m, bool reveal)
{
    const struct version *v = &m->version;
    struct bundle_text *parts = calloc(v->parts.count + 1, sizeof *parts);
    struct str *shown = m->shown = calloc(v->parts.count + 1, sizeof *shown);
    int rc = parts && shown ? RC_OK : no_memory(m);
    m->bundle.parts = parts;
    m->bundle.part_count = rc ? 0 : v->parts.count;
    for (size_t i = 0; rc == RC_OK && i < v->parts.count; i++) {
        parts[i].name = v->parts.at[i].name;
        parts[i].text = buf_str(&v->parts.at[i].text);
        if (!reveal) {
            shown[i] = buf_str(&v->redacted[i]);
            parts[i].shown = &shown[i];
        }
        rc = store_read_salt(
            m->cli->store, m->device, v->info.number, parts[i].name, parts[i].salt, m->err);
    }
    return rc;
}

static int find_access(struct making *m)
{
    uint32_t number = m->version.info.number;
    int rc = store_read_access(m->cli->store, m->device, number, &m->access, m->err);
    m->bundle.access.text = buf_str(&m->access);
    return rc ? rc
              : store_read_salt(
                    m->cli->store, m->device, number, "access", m->bundle.access.salt, m->err);
}

/* ---- all of it ---- */

static int find_head(struct making *m)
{
    struct head head;
    int rc = store_log_key(m->cli->store, &m->key, m->err);
    if (rc == RC_OK)
        rc = store_head(m->cli->store, 0, &m->head, m->err);
    if (rc == RC_OK)
        rc = head_open(buf_str(&m->head), &m->key, &head, m->err);
    if (rc == RC_OK)
        m->size = head.size;
    return rc;
}

static int sign(void *ctx, struct str text, struct buf *note, struct error *err)
{
    struct cli *cli = ctx;
    return store_sign(cli->store, text, note, err);
}

static int gather(struct making *m, bool reveal)
{
    struct version *v = &m->version;
    int rc = find_head(m);
    if (rc == RC_OK && !reveal)
        rc = version_redact(m->cli, v, m->err);
    if (rc == RC_OK)
        rc = find_entries(m);
    if (rc == RC_OK)
        rc = find_parts(m, reveal);
    if (rc == RC_OK)
        rc = find_access(m);
    if (rc == RC_OK)
        rc = find_accounts(m);
    m->bundle.key = &m->key;
    m->bundle.head = buf_str(&m->head);
    m->bundle.device = m->device;
    m->bundle.version = v->info.number;
    m->bundle.made_us = clock_now_us(&clock_system);
    m->bundle.seen_us = v->info.seen_us;
    m->bundle.sign = sign;
    m->bundle.ctx = m->cli;
    return rc;
}

static void making_free(struct making *m)
{
    for (size_t i = 0; i < m->found_count; i++)
        buf_free(&m->found[i].text);
    for (size_t i = 0; i < m->id_count; i++)
        free(m->ids[i]);
    for (size_t i = 0; i < m->bundle.account_count; i++)
        buf_free(&m->accounts[i]);
    free(m->found);
    free(m->ids);
    free(m->accounts);
    free((void *)m->bundle.entries);
    free((void *)m->bundle.accounts);
    free(m->shown);
    free((void *)m->bundle.parts);
    buf_free(&m->head);
    buf_free(&m->access);
    version_free(&m->version);
}

/* What we hand out must stand up to the check that it is handed out for. */
static int check_own(struct making *m, struct str file)
{
    struct bundle_report report;
    int rc = bundle_check(file, "evidence", &m->key, &report, m->err);
    for (size_t i = 0; rc == RC_OK && !report.good && i < report.count; i++)
        if (report.findings[i].state == BUNDLE_WRONG)
            rc = error_set(m->err, RC_INTEGRITY,
                "%s, version %u: the history contradicts itself (%s: %s); see: rollcall verify",
                m->device, m->version.info.number, report.findings[i].about,
                report.findings[i].text);
    bundle_report_free(&report);
    return rc;
}

static int write_file(struct making *m, const char *path, bool reveal)
{
    struct buf file = {.cap = BUNDLE_MOST_BYTES};
    int rc = gather(m, reveal);
    if (rc == RC_OK)
        rc = bundle_write(&m->bundle, &file, m->err);
    if (rc == RC_OK)
        rc = check_own(m, buf_str(&file));
    if (rc == RC_OK)
        rc = io_write_file(path, 0600, false, buf_str(&file), m->err);
    buf_wipe(&file);
    return rc;
}

/* ---- the command ---- */

struct event_search {
    const char *id;
    long number;
};

static int match_event(void *ctx, int64_t seen_us, const char *device, const char *json)
{
    struct event_search *search = ctx;
    json_t *document = json_loads(json, 0, NULL);
    const char *id = json_string_value(json_object_get(document, "id"));
    (void)seen_us;
    (void)device;
    bool found = id && strcmp(id, search->id) == 0;
    if (found)
        search->number = (long)json_integer_value(json_object_get(document, "version"));
    json_decref(document);
    return found;
}

/* Which version an event came with. */
static int find_event(
    struct cli *cli, const char *device, const char *id, long *number, struct error *err)
{
    struct event_search search = {id, 0};
    const struct store_event_query query = {.device = device};
    int rc = store_events(cli->store, &query, match_event, &search, err);
    if (rc == RC_OK && search.number == 0)
        rc = error_set(err, RC_NOT_FOUND,
            "%s has no version with an event %s; their ids are in: rollcall changes --device %s "
            "--json",
            device, id, device);
    *number = search.number;
    return rc;
}

static int show_result(struct making *m, const char *path, bool reveal)
{
    struct buf key = {.cap = 0};
    struct writer *w = cli_writer(m->cli, "evidence");
    if (!w || key_text(&m->key, &key)) {
        buf_free(&key);
        return EXIT_ALL;
    }
    writer_text(w, "file", path, STYLE_MACHINE);
    writer_text(w, "device", m->device, STYLE_MACHINE);
    writer_number(w, "version", m->version.info.number, STYLE_MACHINE);
    writer_flag(w, "reveal", reveal, STYLE_MACHINE);
    writer_number(w, "entries", (int64_t)m->bundle.entry_count, STYLE_MACHINE);
    writer_number(w, "size", (int64_t)m->size, STYLE_MACHINE);
    writer_text(w, "key", buf_text(&key), STYLE_MACHINE);
    writer_line(w, STYLE_PLAIN, "%s: version %u of %s, %zu entries of a log of %llu%s", path,
        m->version.info.number, m->device, m->bundle.entry_count, (unsigned long long)m->size,
        reveal ? ", secrets included" : "");
    writer_line(w, STYLE_PLAIN, "give this key on another way: %s", buf_text(&key));
    writer_line(w, STYLE_PLAIN, "it is checked with: rollcall verify --key KEY %s", path);
    buf_free(&key);
    return EXIT_CLEAN;
}

static int make(struct making *m, const char *path, bool reveal)
{
    json_t *arguments = json_pack("{s:I,s:b,s:s}", "version", (json_int_t)m->version.info.number,
        "reveal", reveal, "file", path);
    int rc = cli_record_action(m->cli, "evidence", m->device, arguments);
    if (rc)
        return rc;
    rc = write_file(m, path, reveal);
    return rc ? cli_fail(m->err) : show_result(m, path, reveal);
}

int command_evidence(struct cli *cli, int argc, char **argv)
{
    long number = 0;
    const char *at = NULL, *event = NULL, *path = NULL;
    bool reveal = false;
    struct error err = ERROR_INIT;
    struct making m = {.cli = cli, .err = &err};
    const struct option_row rows[] = {
        {"version", 'v', OPTION_NUMBER, &number, "N", "this version instead of the newest"},
        {"at", 0, OPTION_TEXT, &at, "TIME", "the version in force then"},
        {"event", 'e', OPTION_TEXT, &event, "ID", "the version that this event came with"},
        {"reveal", 0, OPTION_FLAG, &reveal, NULL, "secrets as the device sent them"},
        {"output", 'o', OPTION_TEXT, &path, "FILE", "where to write it"}, {0}};
    int rc = cli_options(cli, "evidence", rows, &argc, argv);
    if (rc)
        return rc;
    if (argc != 1 || !path)
        return cli_operands("evidence");
    if ((number != 0) + (at != NULL) + (event != NULL) > 1)
        return cli_usage("evidence", "--version, --at and --event exclude each other");
    if (number > UINT32_MAX)
        return cli_usage("evidence", "no version %ld", number);
    m.device = argv[0];
    m.bundle.event = event;
    rc = cli_time("--at", at, 0, &m.bundle.at_us);
    if (rc == 0)
        rc = cli_open_store_to_record(cli);
    if (rc == 0)
        rc = cli_open_key(cli);
    if (rc)
        return rc;
    if (event)
        rc = find_event(cli, m.device, event, &number, &err);
    if (rc == RC_OK)
        rc = version_load(cli, m.device, (uint32_t)number, m.bundle.at_us, &m.version, &err);
    rc = rc ? cli_fail(&err) : make(&m, path, reveal);
    making_free(&m);
    return rc;
}
