/* What a file of evidence proves. */
#include <string.h>

#include "base/io.h"
#include "cli/evidence.h"
#include "evidence/bundle.h"

/* A text that is a key, or else the name of a file with one. */
static int read_key(const char *where, struct log_key *key, struct error *err)
{
    struct buf text = {.cap = 4096};
    if (strncmp(where, "rollcall/", 9) == 0 && key_parse(str_of(where), key, err) == RC_OK)
        return RC_OK;
    int rc = io_read_file(where, &text, err);
    if (rc == RC_OK) {
        rc = key_parse(buf_str(&text), key, err);
        if (rc)
            error_context(err, "%s", where);
    }
    buf_free(&text);
    return rc;
}

/* A wrong file is a wrong operand, whatever is wrong with it. */
static int fail(struct error *err)
{
    if (err->code == RC_FORMAT || err->code == RC_NOT_FOUND || err->code == RC_IO ||
        err->code == RC_LIMIT)
        err->code = RC_USAGE;
    return cli_fail(err);
}

static const struct {
    const char *state, *title;
    enum style style;
} states[] = {
    [BUNDLE_PROVEN] = {"proven", "Proven by this file:", STYLE_GOOD},
    [BUNDLE_OPEN] = {"open", "Not proven by it:", STYLE_WARN},
    [BUNDLE_WRONG] = {"wrong", "Wrong:", STYLE_BAD},
};

static void show_texts(struct writer *w, const struct bundle_report *r, enum bundle_state state)
{
    bool any = false;
    for (size_t i = 0; i < r->count; i++) {
        if (r->findings[i].state != state)
            continue;
        if (!any) {
            writer_gap(w);
            writer_line(w, states[state].style, "%s", states[state].title);
        }
        any = true;
        writer_line(w, STYLE_PLAIN, "  %s: %s", r->findings[i].about, r->findings[i].text);
    }
}

static void show_rows(struct writer *w, const struct bundle_report *r)
{
    writer_list(w, "findings", NULL);
    for (size_t i = 0; i < r->count; i++) {
        writer_object(w, NULL, NULL);
        writer_text(w, "state", states[r->findings[i].state].state, STYLE_PLAIN);
        writer_text(w, "about", r->findings[i].about, STYLE_PLAIN);
        writer_text(w, "text", r->findings[i].text, STYLE_PLAIN);
        writer_close(w);
    }
    writer_close(w);
}

static const char *verdict(const struct bundle_report *r)
{
    if (!r->good)
        return "the file was changed, or is not what it says: believe nothing of it";
    return r->key_given
               ? "the file proves what it shows"
               : "the file agrees with itself; whose it is, only a key from elsewhere tells";
}

static int show(struct cli *cli, const char *path, const struct bundle_report *r)
{
    char hex[MERKLE_HEX_SIZE];
    struct writer *w = cli_writer(cli, "evidence-check");
    if (!w)
        return EXIT_ALL;
    writer_text(w, "file", path, STYLE_MACHINE);
    writer_text(w, "device", r->device, STYLE_MACHINE);
    writer_number(w, "version", r->version, STYLE_MACHINE);
    writer_flag(w, "good", r->good, STYLE_MACHINE);
    writer_flag(w, "key_given", r->key_given, STYLE_MACHINE);
    if (r->head.size) {
        writer_text(w, "log", r->head.log, STYLE_MACHINE);
        writer_number(w, "size", (int64_t)r->head.size, STYLE_MACHINE);
        writer_text(w, "root", merkle_hex(&r->head.root, hex), STYLE_MACHINE);
        writer_time(w, "head_time", r->head.time_us, STYLE_MACHINE);
    }
    if (cli->format == WRITER_TEXT) {
        show_texts(w, r, BUNDLE_WRONG);
        show_texts(w, r, BUNDLE_PROVEN);
        show_texts(w, r, BUNDLE_OPEN);
        writer_gap(w);
        writer_line(w, r->good ? r->key_given ? STYLE_GOOD : STYLE_WARN : STYLE_BAD, "%s: %s", path,
            verdict(r));
    } else {
        show_rows(w, r);
    }
    return r->good ? EXIT_CLEAN : EXIT_INTEGRITY;
}

int evidence_check_file(struct cli *cli, const char *path, const char *public_key)
{
    struct error err = ERROR_INIT;
    struct log_key key;
    struct bundle_report report = {0};
    struct buf file = {.cap = BUNDLE_MOST_BYTES};
    int rc = public_key ? read_key(public_key, &key, &err) : RC_OK;
    if (rc == RC_OK)
        rc = io_read_file(path, &file, &err);
    if (rc == RC_OK)
        rc = bundle_check(buf_str(&file), path, public_key ? &key : NULL, &report, &err);
    rc = rc ? fail(&err) : show(cli, path, &report);
    bundle_report_free(&report);
    buf_wipe(&file);
    return rc;
}
