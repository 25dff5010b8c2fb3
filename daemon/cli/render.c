#include "cli/render.h"

#include <stdlib.h>
#include <string.h>

#include "base/embed.h"
#include "base/yang.h"
#include "cli/action.h"

enum style style_of_severity(int severity)
{
    return severity >= 70 ? STYLE_BAD : severity >= 50 ? STYLE_WARN : STYLE_PLAIN;
}

static const char *line_of(const struct lyd_node *node)
{
    const struct lyd_meta *meta = lyd_find_meta(node->meta, NULL, "rollcall-access:line");
    return meta ? lyd_get_meta_value(meta) : NULL;
}

static size_t count_children(const struct lyd_node *entry, const char *name)
{
    size_t count = 0;
    for (const struct lyd_node *child = lyd_child(entry); child; child = child->next)
        count += strcmp(LYD_NAME(child), name) == 0;
    return count;
}

static void show_secret(struct writer *w, const struct lyd_node *entry)
{
    const char *scheme = yang_leaf(entry, "secret/scheme");
    const char *strength = yang_leaf(entry, "secret/strength");
    if (!scheme) {
        writer_text(w, "secret", NULL, STYLE_PLAIN);
        return;
    }
    bool strong = strength && strcmp(strength, "strong") == 0;
    bool hidden = strcmp(scheme, "hidden") == 0 || strcmp(scheme, "locked") == 0;
    writer_text(w, "secret", scheme, strong || hidden ? STYLE_PLAIN : STYLE_WARN);
}

static enum style usual(const char *value)
{
    return value && strcmp(value, "local") == 0 ? STYLE_MACHINE : STYLE_PLAIN;
}

static void show_account(struct writer *w, const struct lyd_node *account)
{
    struct buf roles = {0};
    const char *kind = yang_leaf(account, "kind");
    const char *realm = yang_leaf(account, "realm"), *enabled = yang_leaf(account, "enabled");
    bool is_admin = yang_is_true(account, "admin");
    bool is_disabled = enabled && strcmp(enabled, "false") == 0;
    yang_join(account, "role", &roles);
    writer_object(w, NULL, NULL);
    writer_text(w, "name", yang_leaf(account, "name"), is_admin ? STYLE_BAD : STYLE_PLAIN);
    /* people see what is not as usual */
    writer_text(w, "realm", realm, usual(realm));
    writer_text(w, "kind", kind, usual(kind));
    writer_text(w, "privilege", yang_leaf(account, "privilege"), STYLE_PLAIN);
    writer_text(w, "role", roles.data, STYLE_PLAIN);
    writer_text(w, "admin", is_admin ? "yes" : NULL, STYLE_HUMAN);
    writer_flag(w, "admin", is_admin, STYLE_MACHINE);
    writer_text(w, "enabled", is_disabled ? "no" : NULL, STYLE_HUMAN);
    writer_flag(w, "enabled", !is_disabled, STYLE_MACHINE);
    show_secret(w, account);
    char keys[24];
    size_t count = count_children(account, "ssh-key");
    snprintf(keys, sizeof keys, "%zu", count);
    writer_text(w, "keys", count ? keys : NULL, STYLE_PLAIN);
    writer_text(w, "line", line_of(account), STYLE_DIM);
    writer_close(w);
    buf_free(&roles);
}

/* Columns of any other list, in the order of the model: its leaves, leaf-lists joined, secrets by
 * their scheme. */
static void show_entry(struct writer *w, const struct lyd_node *entry)
{
    writer_object(w, NULL, NULL);
    for (const struct lysc_node *node = lysc_node_child(entry->schema); node; node = node->next) {
        if (node->nodetype & (LYS_LEAF | LYS_LEAFLIST)) {
            struct buf joined = {0};
            yang_join(entry, node->name, &joined);
            writer_text(w, node->name, joined.data, STYLE_PLAIN);
            buf_free(&joined);
        } else if (strcmp(node->name, "secret") == 0) {
            show_secret(w, entry);
        }
    }
    writer_text(w, "line", line_of(entry), STYLE_DIM);
    writer_close(w);
}

static void show_lists(struct writer *w, const struct lyd_node *parent, const char *prefix)
{
    const struct lysc_node *shown = NULL;
    for (const struct lyd_node *child = lyd_child(parent); child; child = child->next) {
        char title[128];
        snprintf(title, sizeof title, "%s%s%s", prefix, *prefix ? " " : "", LYD_NAME(child));
        if (child->schema->nodetype == LYS_LIST && child->schema != shown) {
            shown = child->schema;
            bool accounts = strcmp(LYD_NAME(child), "account") == 0;
            writer_list(w, title, accounts ? "accounts" : title);
            for (const struct lyd_node *entry = child; entry && entry->schema == shown;
                 entry = entry->next)
                (accounts ? show_account : show_entry)(w, entry);
            writer_close(w);
        } else if (child->schema->nodetype == LYS_CONTAINER) {
            show_lists(w, child, title);
        }
    }
}

/* Leaves that stand outside of lists: aaa enabled, logging level, boot image. */
static void show_leaves(struct writer *w, const struct lyd_node *parent, const char *prefix)
{
    for (const struct lyd_node *child = lyd_child(parent); child; child = child->next) {
        char title[128];
        snprintf(title, sizeof title, "%s%s%s", prefix, *prefix ? " " : "", LYD_NAME(child));
        if (child->schema->nodetype & (LYS_LEAF | LYS_LEAFLIST)) {
            writer_object(w, NULL, NULL);
            writer_text(w, "setting", title, STYLE_PLAIN);
            writer_text(w, "value", lyd_get_value(child), STYLE_PLAIN);
            writer_text(w, "line", line_of(child), STYLE_DIM);
            writer_close(w);
        } else if (child->schema->nodetype == LYS_CONTAINER) {
            show_leaves(w, child, title);
        }
    }
}

int render_access(struct writer *w, const struct lyd_node *tree, bool with_lines, struct error *err)
{
    struct buf json = {0};
    int rc = access_print(tree, with_lines, &json, err);
    if (rc == 0) {
        json_error_t why;
        json_t *document = json_loadb(json.data, json.len, 0, &why);
        if (!document)
            rc = error_set(err, RC_FORMAT, "access tree: %s", why.text);
        else
            writer_json(w, "rollcall-access:access",
                json_incref(json_object_get(document, "rollcall-access:access")), STYLE_MACHINE);
        json_decref(document);
    }
    buf_free(&json);
    if (writer_format_of(w) == WRITER_JSON)
        return rc;
    if (rc == 0 && tree && lyd_child(tree)) {
        show_lists(w, tree, "");
        writer_list(w, "settings", "settings");
        show_leaves(w, tree, "");
        writer_close(w);
    } else if (rc == 0) {
        writer_line(w, STYLE_PLAIN, "no accounts, AAA or management access in it");
    }
    return rc;
}

int render_findings(struct cli *cli, const char *platform, const struct lyd_node *tree,
    size_t *count, struct error *err)
{
    const struct embedded *file = embedded_find("models/checks.yaml");
    struct checks *checks = NULL;
    struct findings findings = {0};
    const struct platform *known =
        cli->platforms ? platforms_named(cli->platforms, platform) : NULL;
    const char *const is[] = {platform, known ? yang_leaf(known->data, "class") : NULL, NULL};
    int rc = checks_new(cli->ctx, file->name, (struct str){file->data, file->len}, &checks, err);
    if (rc == 0)
        rc = checks_run(checks, is, tree, &findings, err);
    if (rc == 0) {
        struct writer *w = cli->out;
        writer_gap(w);
        if (findings.count == 0)
            writer_line(w, STYLE_GOOD, "no findings");
        writer_list(w, "findings", "findings");
        for (size_t i = 0; i < findings.count; i++) {
            const struct finding *f = &findings.at[i];
            writer_object(w, NULL, NULL);
            writer_number(w, "severity", f->severity, style_of_severity(f->severity));
            writer_text(w, "check", f->check, STYLE_PLAIN);
            writer_text(w, "subject", f->subject, STYLE_MACHINE);
            writer_text(w, "says", f->says, STYLE_PLAIN);
            writer_text(w, "line", *f->lines ? f->lines : NULL, STYLE_DIM);
            writer_close(w);
        }
        writer_close(w);
        *count = findings.count;
    }
    findings_free(&findings);
    checks_free(checks);
    return rc;
}

static const char *member(const json_t *document, const char *name)
{
    return json_string_value(json_object_get(document, name));
}

void render_event(struct writer *w, json_t *document, bool with_origin)
{
    /* programs get the document as it is */
    if (writer_format_of(w) == WRITER_JSON) {
        writer_json(w, NULL, json_incref(document), STYLE_PLAIN);
        return;
    }
    int64_t severity = json_integer_value(json_object_get(document, "severity"));
    const json_t *actor = json_object_get(document, "actor");
    writer_object(w, NULL, NULL);
    enum style origin = with_origin ? STYLE_PLAIN : STYLE_MACHINE;
    char seen[TIME_TEXT_SIZE] = "", id[9], name[300];
    const char *seen_at = member(document, "seen_at");
    /* whole seconds for people */
    snprintf(seen, sizeof seen, "%.19sZ", seen_at ? seen_at : "");
    writer_text(w, "seen_at", writer_format_of(w) == WRITER_TEXT ? seen : seen_at, origin);
    writer_text(w, "device", member(document, "device"), origin);
    writer_number(w, "severity", severity, style_of_severity((int)severity));
    writer_text(w, "event", member(document, "event"), STYLE_PLAIN);
    writer_text(w, "subject", member(document, "subject"), STYLE_MACHINE);
    writer_text(w, "says", member(document, "says"), STYLE_PLAIN);
    writer_text(w, "by", actor ? member(actor, "user") : NULL, STYLE_PLAIN);
    writer_text(w, "from", actor ? member(actor, "address") : NULL, STYLE_PLAIN);
    writer_text(w, "verdict", member(document, "verdict"), STYLE_MACHINE);
    const json_t *ack = json_object_get(document, "acknowledged");
    writer_text(
        w, "acknowledged", operator_name(json_object_get(ack, "user"), name, sizeof name), origin);
    writer_text(w, "acknowledged_at", member(ack, "at"), STYLE_MACHINE);
    snprintf(id, sizeof id, "%.8s", member(document, "id") ? member(document, "id") : "");
    writer_text(w, "id", id, with_origin ? STYLE_HUMAN : STYLE_MACHINE);
    if (writer_format_of(w) != WRITER_TEXT)
        writer_text(w, "id", member(document, "id"), STYLE_PLAIN);
    writer_close(w);
}
