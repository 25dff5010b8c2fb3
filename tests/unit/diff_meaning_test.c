/* rooms: base diff */
#include <stdio.h>
#include <string.h>

#include "base/embed.h"
#include "base/yang.h"
#include "diff/diff.h"
#include "test.h"

#define CATALOGUE                                                                                  \
    "version: '1'\n"                                                                               \
    "event:\n"                                                                                     \
    "  up: {severity: 50, attack: [T1098], control: [X], says: '{subject} {before} {after}'}\n"    \
    "  down: {severity: 40, says: down}\n"

/* A model of its own, with `what` on the leaf `n` of the list `thing`. */
static int compile(const char *what, const char *catalogue, struct error *err)
{
    char model[4096];
    const char *modules[] = {"rollcall-events", NULL};
    struct ly_ctx *ctx = NULL;
    struct meaning *m = NULL;
    snprintf(model, sizeof model,
        "module toy { yang-version 1.1; namespace 'urn:toy'; prefix t;\n"
        "import rollcall-events { prefix ev; }\n"
        "container toys { list thing { key 'name'; leaf name { type string; }\n"
        "leaf n { type int32; %s } leaf-list s { type string; } leaf user { type string; } }\n"
        "list pair { key 'a b'; leaf a { type string; } leaf b { type string; } } } }",
        what);
    assert_int_equal(yang_context(modules, &ctx, err), RC_OK);
    if (lys_parse_mem(ctx, model, LYS_IN_YANG, NULL)) {
        yang_error(ctx, RC_SETTINGS, err);
        fail_msg("%s", err->text);
    }
    int rc = meaning_new(ctx, "events.yaml", str_of(catalogue), &m, err);
    meaning_free(m);
    ly_ctx_destroy(ctx);
    return rc;
}

static const struct {
    const char *what, *complaint; /* a part of the error; NULL: it is right */
} statements[] = {
    {"ev:event up { ev:on raise; } ev:event down { ev:on lower; ev:yields-to 'up'; }", NULL},
    {"ev:event up { ev:on raise; ev:when-after '. > ../../thing/n and ancestor::thing'; }", NULL},
    {"ev:event up { ev:on raise; ev:used-by 'thing/user'; }", NULL},
    {"ev:event up { ev:on change; ev:plus 10 { ev:when-after '. = 1'; } }", NULL},
    {"ev:private;", NULL},
    {"ev:event sideways { ev:on raise; }", "the catalogue has no event \"sideways\""},
    {"ev:event up { ev:on raise; ev:yields-to 'down left'; }", "has no event \"left\""},
    {"ev:event up;", "\"on\" is missing"},
    {"ev:event up { ev:on rise; }", "unknown kind of change \"rise\""},
    {"ev:event up { ev:on add; }", "\"on add\" cannot happen to such a node"},
    {"ev:event up { ev:on reorder; }", "cannot happen"},
    {"ev:event up { ev:on first; }", "cannot happen"},
    {"ev:event up { ev:on raise; ev:value 5; }", "goes with add and remove only"},
    {"ev:event up { ev:on raise; ev:when-after '. = ('; }", "is no XPath"},
    {"ev:event up { ev:on raise; ev:when-before 'frob(.)'; }", "is no XPath"},
    {"ev:event up { ev:on raise; ev:when-after; }", "is no XPath"},
    {"ev:event up { ev:on raise; ev:event down; }", "does not belong there"},
    {"ev:event up { ev:on raise { ev:within; } }", "has no substatements"},
    {"ev:event up { ev:on raise; description 'x'; }", "unknown statement description"},
    {"ev:event up { ev:on raise; ev:plus ten; }", "one \"plus\" of 1 to 99"},
    {"ev:event up { ev:on raise; ev:plus 5; ev:plus 6; }", "one \"plus\""},
    {"ev:event up { ev:on raise; ev:plus 5 { ev:within; } }", "in plus"},
    {"ev:event up { ev:on raise; ev:used-by 'thing/nobody'; }", "is no leaf of the model"},
    {"ev:event up { ev:on raise; ev:used-by 'thing'; }", "is no leaf of the model"},
    {"ev:event up { ev:on raise; ev:used-by 'thing/user'; ev:used-by 'thing/user'; }",
        "or not twice"},
    {"ev:event up { ev:on raise; ev:yields-to 'up'; }", "in a circle"},
    {"ev:event up { ev:on raise; ev:yields-to 'down'; }"
     "ev:event down { ev:on lower; ev:yields-to 'up'; }",
        "in a circle"},
    {"ev:subject 'name';", "belongs to a list"},
    {"ev:within;", "does not belong there"},
};

static void a_wrong_statement_in_a_model_is_a_clear_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(statements); i++) {
        struct error err = ERROR_INIT;
        int rc = compile(statements[i].what, CATALOGUE, &err);
        const char *complaint = statements[i].complaint;
        if (rc != (complaint ? RC_SETTINGS : RC_OK) || (complaint && !strstr(err.text, complaint)))
            fail_msg("%s: %d %s", statements[i].what, rc, err.text);
        if (complaint && !strstr(complaint, "circle") && !strstr(err.text, "model toy: "))
            fail_msg("no place in: %s", err.text);
    }
}

static const struct {
    const char *text, *complaint;
} catalogues[] = {
    {"version: '1'\nevent:\n  up: {severity: 101, says: x}\n", "101"},
    {"version: '1'\nevent:\n  up: {severity: 1}\n", "says"},
    {"version: '1'\nevent:\n  up: {severity: 1, says: x, attack: [X1]}\n", "X1"},
    {"version: '1'\nevent:\n  up: {severity: 1, says: x, sayz: y}\n", "sayz"},
};

static void a_wrong_catalogue_is_a_clear_error(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(catalogues); i++) {
        struct error err = ERROR_INIT;
        int rc = compile("ev:private;", catalogues[i].text, &err);
        if (rc != RC_SETTINGS || !strstr(err.text, catalogues[i].complaint))
            fail_msg("%d %s", rc, err.text);
        assert_non_null(strstr(err.place, "events.yaml:"));
    }
}

/* The events that only the program sees need no statement; all others must have one. */
static void every_event_of_the_catalogue_is_raised_by_something(void **state)
{
    (void)state;
    static const char *const programs[] = {"device-", "collector-", "account-transient",
        "config-changed", "modules-changed", "host-key-", "startup-"};
    const struct embedded *model = embedded_find("models/rollcall-access.yang");
    const struct embedded *file = embedded_find("models/catalogue.yaml");
    struct str rest = {file->data, file->len}, line;
    size_t count = 0;
    while (str_next_line(&rest, &line)) {
        char statement[128];
        if (!str_starts(line, "  ") || line.at[2] < 'a' || line.at[2] > 'z')
            continue;
        bool skip = false;
        for (size_t i = 0; i < COUNT(programs); i++)
            skip |= strncmp(line.at + 2, programs[i], strlen(programs[i])) == 0;
        snprintf(statement, sizeof statement, "re:event %.*s {", (int)line.len - 3, line.at + 2);
        if (!skip && !strstr(model->data, statement))
            fail_msg("nothing raises %.*s", (int)line.len, line.at);
        count++;
    }
    assert_true(count > 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_statement_in_a_model_is_a_clear_error),
        cmocka_unit_test(a_wrong_catalogue_is_a_clear_error),
        cmocka_unit_test(every_event_of_the_catalogue_is_raised_by_something),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
