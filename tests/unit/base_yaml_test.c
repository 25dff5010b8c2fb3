/* rooms: base */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/yaml.h"
#include "base/yang.h"

static const char model[] =
    "module farm { yang-version 1.1; namespace 'urn:farm'; prefix f;"
    " identity colour; identity red { base colour; } identity green { base colour; }"
    " container farm {"
    "  leaf name { type string { length '1..20'; } }"
    "  leaf fields { type uint8 { range '1..40'; } default 7; }"
    "  leaf depth { type int16; }"
    "  leaf open { type boolean; }"
    "  leaf old { type empty; }"
    "  leaf soil { type enumeration { enum clay; enum sand; enum loam; } }"
    "  leaf paint { type identityref { base colour; } }"
    "  leaf code { type string { pattern '[A-Z]{3}' { error-message 'three capitals'; } } }"
    "  leaf limit { type union { type uint16; type enumeration { enum none; } } }"
    "  leaf-list crop { type string; max-elements 3; }"
    "  leaf note { type string; when '../open = \"true\"'; }"
    "  leaf first { type leafref { path '/farm/animal/name'; } }"
    "  list animal { key name; leaf name { type string { length '1..8'; } }"
    "   leaf legs { type uint8; mandatory true; }"
    "   leaf eats { type leafref { path '/farm/animal/name'; } }"
    "   must 'not(eats) or eats != name' { error-message 'an animal cannot eat itself'; } }"
    "  list gate { key 'side number'; leaf side { type string; } leaf number { type uint8; }"
    "   leaf lock { type string; } }"
    "  container owner { presence 'somebody owns it';"
    "   choice who { mandatory true; case person { leaf person { type string; } leaf age { type "
    "uint8; } }"
    "    leaf company { type string; } }"
    "   leaf password { type string; }"
    "   container token { leaf file { type string; } } }"
    "  anydata extra;"
    " } }";

static struct ly_ctx *ctx;

static int set_up(void **state)
{
    (void)state;
    const char *const none[] = {NULL};
    if (yang_context(none, &ctx, NULL))
        return -1;
    return lys_parse_mem(ctx, model, LYS_IN_YANG, NULL) ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    ly_ctx_destroy(ctx);
    return 0;
}

static struct lyd_node *good(const char *text)
{
    struct lyd_node *tree = NULL;
    struct error err = ERROR_INIT;
    if (yaml_parse(ctx, "farm:farm", "farm.yaml", str_of(text), &tree, &err))
        fail_msg("%s: %s\n%s", err.place, err.text, err.show);
    return tree;
}

/* ---- what is taken ---- */

static void scalars_are_text_until_a_type_says_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *leaf, *value;
    } cases[] = {
        {"name: 15", "name", "15"},
        {"name: yes", "name", "yes"},
        {"name: null", "name", "null"},
        {"name: \"a\\tb\"", "name", "a\tb"},
        {"name: 'it''s'", "name", "it's"},
        {"name: |\n  two\n  lines\n", "name", "two\nlines\n"},
        {"name: >-\n  two\n  lines\n", "name", "two lines"},
        {"name: two\n  lines\n", "name", "two lines"},
        {"name: a:b#c", "name", "a:b#c"},
        {"name: gr\xc3\xbcn", "name", "gr\xc3\xbcn"},
        {"\xef\xbb\xbfname: bom", "name", "bom"},
        {"name: dos\r\nfields: 3\r\n", "fields", "3"},
        {"fields: 12 # a comment", "fields", "12"},
        {"# nothing", "fields", "7"},
        {"", "fields", "7"},
        {"depth: -12", "depth", "-12"},
        {"open: true", "open", "true"},
        {"open: yes", "open", "true"},
        {"open: no", "open", "false"},
        {"old: true", "old", ""},
        {"old:", "old", ""},
        {"old: ~", "old", ""},
        {"soil: clay", "soil", "clay"},
        {"paint: red", "paint", "farm:red"},
        {"limit: none", "limit", "none"},
        {"limit: 12", "limit", "12"},
        {"crop: wheat", "crop", "wheat"},
        {"crop: [rye, wheat]", "crop", "rye"},
        {"crop:\n- rye\n- wheat\n", "crop", "rye"},
        {"owner: {person: Ann, age: 50}", "owner/age", "50"},
        {"animal: {cow: {legs: 4}}", "animal/legs", "4"},
        {"animal:\n- name: cow\n  legs: 4\n", "animal/name", "cow"},
        {"gate:\n- {lock: x, number: 2, side: n}\n", "gate/number", "2"},
        {"animal:\ngate:\ncrop:\nname: empty sections", "name", "empty sections"},
        {"---\nname: x\n...\n", "name", "x"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lyd_node *tree = good(cases[i].yaml);
        const char *value = yang_leaf(tree, cases[i].leaf);
        if (!value || strcmp(value, cases[i].value) != 0)
            fail_msg("%s: %s is %s", cases[i].yaml, cases[i].leaf, value ? value : "not there");
        yaml_free(tree);
    }
}

static void a_list_reads_the_same_as_a_mapping_and_as_a_sequence(void **state)
{
    (void)state;
    struct lyd_node *a = good("animal:\n  cow: {legs: 4}\n  hen: {legs: 2, eats: cow}\n");
    struct lyd_node *b = good("animal: [{name: cow, legs: 4}, {eats: cow, legs: 2, name: hen}]");
    assert_int_equal(lyd_compare_siblings(a, b, LYD_COMPARE_FULL_RECURSION), LY_SUCCESS);
    yaml_free(a);
    yaml_free(b);
}

static void free_form_data_is_kept_as_json(void **state)
{
    (void)state;
    struct lyd_node *tree =
        good("extra:\n  a: [1, '1', true, 'true', null, 01]\n  b: {c: \"q\\\"\\n\"}\n");
    const struct lyd_node_any *any = (struct lyd_node_any *)yang_child(tree, "extra");
    assert_non_null(any);
    assert_int_equal(any->value_type, LYD_ANYDATA_STRING);
    assert_string_equal(any->value.str,
        "{\"a\":[1,\"1\",true,\"true\",null,\"01\"],\"b\":{\"c\":\"q\\\"\\u000a\"}}");
    yaml_free(tree);
}

static void a_node_knows_its_place_in_the_file(void **state)
{
    (void)state;
    struct lyd_node *tree = good("name: x\nanimal:\n  cow:\n    legs: 4\n  hen: {legs: 2}\n");
    char place[64];
    struct lyd_node *cow = yang_child(tree, "animal");
    assert_string_equal(yaml_place(cow, place, sizeof place), "farm.yaml:3:3");
    assert_string_equal(yaml_place(cow->next, place, sizeof place), "farm.yaml:5:3");
    assert_string_equal(
        yaml_place(yang_child(cow->next, "legs"), place, sizeof place), "farm.yaml:5:15");
    /* a default stands where its parent does */
    assert_string_equal(
        yaml_place(yang_child(tree, "fields"), place, sizeof place), "farm.yaml:1:1");
    struct error err = ERROR_INIT;
    assert_int_equal(yaml_complain(yang_child(cow, "legs"), &err, "a cow has %d", 5), RC_SETTINGS);
    assert_string_equal(err.place, "farm.yaml:4:11");
    assert_string_equal(err.text, "a cow has 5");
    assert_string_equal(err.show, "    legs: 4\n          ^");
    yaml_free(tree);
}

/* ---- what is not ---- */

static const struct {
    const char *yaml, *place, *text, *show;
} mistakes[] = {
    {"nmae: x", "1:1", "unknown key \"nmae\" in farm; did you mean \"name\"?", "nmae: ***\n^"},
    {"open: yes\nfield: 5", "2:1", "unknown key \"field\" in farm; did you mean \"fields\"?",
        "field: ***\n^"},
    {"animal: {cow: {tail: 1}}", "1:16",
        "unknown key \"tail\" in animal; known here: name, legs, eats",
        "animal: {cow: {tail: ***}}\n               ^"},
    {"fields: many", "1:9", "fields takes a number from 1 to 40, not \"many\"",
        "fields: many\n        ^"},
    {"fields: 41", "1:9", "fields takes a number from 1 to 40, not \"41\"", NULL},
    {"depth: 1.5", "1:8", "depth takes a number from -32768 to 32767, not \"1.5\"", NULL},
    {"open: maybe", "1:7", "open takes true or false, not \"maybe\"", NULL},
    {"soil: laom", "1:7", "soil takes clay, sand or loam, not \"laom\"; did you mean \"loam\"?",
        NULL},
    {"soil:\n", "1:1", "soil has no value; write '' when it shall be empty text", "soil:\n^"},
    {"paint: gren", "1:8", "paint takes red or green, not \"gren\"; did you mean \"green\"?", NULL},
    {"code: abc", "1:7", "code: \"abc\" is not valid; three capitals", NULL},
    {"limit: much", "1:8", "limit takes a number from 0 to 65535 or none, not \"much\"", NULL},
    {"name: ''", "1:7", "name takes text of 1 to 20 characters, not \"\"", NULL},
    {"name: [a]", "1:7", "name takes one value, not a sequence", NULL},
    {"name: {a: b}", "1:7", "name takes one value, not a mapping", NULL},
    {"old: 'x'", "1:6", "old takes true (or is left out), not \"x\"", NULL},
    {"crop: {a: b}", "1:7", "crop takes a sequence of values, not a mapping", NULL},
    {"crop: [a, b, c, d]", "1:17", "too many of crop", NULL},
    {"crop: [a, b, a]", "1:14", "crop \"a\" is here twice; the other one is at farm.yaml:1:8",
        "crop: [a, b, a]\n             ^"},
    {"owner: Ann", "1:8",
        "owner takes a mapping; known here: person, age, company, password, token", NULL},
    {"owner: {}", "1:1", "owner needs one of: person, company", NULL},
    {"owner: {company: x, person: y}", "1:21", "person and company exclude each other; keep one",
        NULL},
    {"animal: cow", "1:9",
        "animal takes a sequence of entries (- key: value) or a mapping from names to entries",
        NULL},
    {"animal: {cow: 4}", "1:15", "animal \"cow\" takes a mapping (key: value)", NULL},
    {"animal: {cow: }", "1:10", "animal \"cow\" needs \"legs\"", "animal: {cow: }\n         ^"},
    {"animal: [{legs: 4}]", "1:10", "this entry of animal needs \"name\"", NULL},
    {"animal: [[1]]", "1:10", "each entry of animal is a mapping (key: value)", NULL},
    {"animal: {cow: {name: cow, legs: 4}}", "1:16",
        "\"name\" is said twice: the entry is called \"cow\" already", NULL},
    {"animal: {mastodont: {legs: 4}}", "1:10",
        "name takes text of 1 to 8 characters, not \"mastodont\"", NULL},
    {"animal:\n- {name: a, legs: 1}\n- {name: a, legs: 2}", "3:3",
        "animal \"a\" is here twice; the other one is at farm.yaml:2:3", NULL},
    {"animal: {a: {legs: 1, eats: a}}", "1:10", "an animal cannot eat itself", NULL},
    {"animal: {hen: {legs: 2}}\nfirst: hens", "2:8",
        "unknown first \"hens\"; did you mean \"hen\"?", "first: hens\n       ^"},
    {"gate: {n: {number: 1}}", "1:7", "gate takes a sequence of entries (- key: value)", NULL},
    {"note: x", "1:7", "note has a meaning only when ../open = \"true\"", NULL},
    {"name: a\nname: b", "2:1", "duplicate key \"name\"; it is already in line 1", "name: b\n^"},
    {"animal:\n  cow: {legs: 1}\n  hen: {legs: 2}\n  cow: {legs: 3}", "4:3",
        "duplicate key \"cow\"; it is already in line 2", NULL},
    {"- a\n- b", "1:1", "the file must be a mapping (key: value), one key a line", NULL},
    {"word", "1:1", "the file must be a mapping (key: value), one key a line", NULL},
    {"? [a]\n: b", "1:3", "a key must be a word, not a collection", NULL},
    {"name: &x y", "1:7",
        "anchors (&name) have no meaning here; put text in quotes when it begins with &", NULL},
    {"crop: [&x y, *x]", "1:8",
        "anchors (&name) have no meaning here; put text in quotes when it begins with &", NULL},
    {"name: *x", "1:7",
        "aliases (*name) have no meaning here; put text in quotes when it begins with *",
        "name: *x\n      ^"},
    {"name: !x y", "1:7",
        "tags (!name) have no meaning here; put text in quotes when it begins with !", NULL},
    {"name: a\n---\nopen: no", "3:1", "a second document begins here; there can be only one", NULL},
    {"name: a\n...\nwww", "3:1", "a second document begins here; there can be only one", NULL},
    {"name: a\n---\n# no more", "1:1", "a second document begins here; there can be only one",
        NULL},
    {"owner:\n\tperson: x", "2:1",
        "tab character may not be used as indentation; indent with blanks", " person: x\n^"},
    {"name: @x", "1:7", "plain scalar cannot start with '@'; put it in quotes", NULL},
    {"name: a: b", "1:8",
        "invalid nested block mapping on the same line; put text with a colon in quotes", NULL},
    {"name: \"x", "1:8", "double-quoted scalar without closing quote", NULL},
    {"crop: [a, b", "1:12", "flow sequence without a closing bracket", NULL},
    {"name: a\xff", "1:8", "not UTF-8; save the file in that encoding", "name: a\\xff\n       ^"},
    {"name: \"a\\0b\"", "1:7", "a NUL character is no text", NULL},
    {"name: \xc3\xbc\nopen: {\xc3\xbc: 1}", "2:7", "open takes one value, not a mapping",
        "open: {\xc3\xbc: 1}\n      ^"},
    {"crop: [\xc3\xbc, [x]]", "1:11", "crop takes one value, not a sequence",
        "crop: [\xc3\xbc, [x]]\n          ^"},
    {"name: \"\x1b[2J\"\nsoil: \"\x1b[2J\"", "2:7",
        "soil takes clay, sand or loam, not \"\\x1b[2J\"", "soil: \"\\x1b[2J\"\n      ^"},
};

static void every_mistake_has_place_caret_and_advice(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct lyd_node *tree = NULL;
        struct error err = ERROR_INIT;
        char place[64];
        int rc = yaml_parse(ctx, "farm:farm", "farm.yaml", str_of(mistakes[i].yaml), &tree, &err);
        yaml_free(tree);
        snprintf(place, sizeof place, "farm.yaml:%s", mistakes[i].place);
        if (rc == RC_SETTINGS && strcmp(err.place, place) == 0 &&
            strcmp(err.text, mistakes[i].text) == 0 && strchr(err.show, '^') &&
            (!mistakes[i].show || strcmp(err.show, mistakes[i].show) == 0))
            continue;
        wrong++;
        print_error("%s\n  came: %d %s: %s\n%s\n  want: %s: %s\n", mistakes[i].yaml, rc, err.place,
            err.text, err.show, mistakes[i].place, mistakes[i].text);
    }
    assert_int_equal(wrong, 0);
}

static void no_error_shows_a_secret(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "owner: {person: a, password: hunter2, agee: 5}",
        "owner:\n  person: a\n  pasword: hunter2\n",
        "owner: {person: a, pwd: hunter2}",
        "owner: {person: a, token: hunter2}",
        "owner: {person: a, token: [hunter2]}",
        "owner: {person: a, password: [hunter2]}",
        "owner: {person: a, password:\n  hunter2, agee: 5}",
        "owner: {person: a, 'password': 'hunter2, x', agee: 5}",
        "owner:\n  person: a\n  password: \"hunter2\n",
        "owner:\n  person: a\n  password: hunter2: x\n",
        "owner:\n  person: a\n  password: @hunter2\n",
        "owner: {person: a, password: hunter2, b: &x 5}",
        "owner: {person: a, password: &hunter2 x}",
        "owner: {person: a, password: *hunter2}",
        "owner: {person: a, password: !hunter2 x}",
        "owner: {person: a, password: hunter2, password: x}",
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct lyd_node *tree = NULL;
        struct error err = ERROR_INIT;
        assert_int_equal(
            yaml_parse(ctx, "farm:farm", "f", str_of(cases[i]), &tree, &err), RC_SETTINGS);
        if (strstr(err.text, "hunter2") || strstr(err.show, "hunter2"))
            fail_msg("%s\n%s\n%s", cases[i], err.text, err.show);
        assert_non_null(strchr(err.show, '^'));
    }
}

static void a_long_line_is_shown_around_the_caret(void **state)
{
    (void)state;
    struct buf text = {.cap = 1 << 20};
    buf_add(&text, "crop: [");
    for (int i = 0; i < 300; i++)
        buf_format(&text, "[\xc3\xbc%d], ", i);
    buf_add(&text, "x]");
    char *third = strstr(text.data, "[\xc3\xbc"
                                    "150]");
    for (char *c = text.data + 7; c < text.data + text.len - 1; c++)
        if ((*c == '[' || *c == ']') && c != third)
            *c = c > third && c < third + 8 && *c == ']' ? ']' : '.';
    struct lyd_node *tree = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(yaml_parse(ctx, "farm:farm", "f", buf_str(&text), &tree, &err), RC_SETTINGS);
    char *caret = strchr(err.show, '^');
    assert_non_null(caret);
    assert_true(text_width(err.show) < 300);
    buf_free(&text);
}

static void a_long_path_keeps_its_line_number(void **state)
{
    (void)state;
    char path[1024];
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    struct lyd_node *tree = NULL;
    struct error err = ERROR_INIT;
    assert_int_equal(yaml_parse(ctx, "farm:farm", path, STR("x: 1"), &tree, &err), RC_SETTINGS);
    assert_string_equal(err.place + strlen(err.place) - 5, "a:1:1");
}

static void deep_and_large_documents_are_refused(void **state)
{
    (void)state;
    struct buf text = {.cap = 1 << 20};
    struct lyd_node *tree = NULL;
    struct error err = ERROR_INIT;
    buf_add(&text, "extra: ");
    for (int i = 0; i < 31; i++)
        buf_add_char(&text, '[');
    buf_add_char(&text, '1');
    for (int i = 0; i < 31; i++)
        buf_add_char(&text, ']');
    assert_int_equal(yaml_parse(ctx, "farm:farm", "f", buf_str(&text), &tree, &err), RC_OK);
    yaml_free(tree);
    buf_clear(&text);
    buf_add(&text, "extra: ");
    for (int i = 0; i < 100000; i++)
        buf_add_char(&text, '[');
    assert_int_equal(yaml_parse(ctx, "farm:farm", "f", buf_str(&text), &tree, &err), RC_SETTINGS);
    assert_string_equal(err.text, "nested deeper than 32 levels");
    assert_int_equal(yaml_parse(ctx, "farm:farm", "f",
                         (struct str){text.data, ((size_t)32 << 20) + 1}, &tree, &err),
        RC_LIMIT);
    buf_free(&text);
}

static void a_file_cut_off_anywhere_is_read_or_refused(void **state)
{
    (void)state;
    static const char text[] =
        "# farm\nname: 'x y'\nfields: 12\nowner:\n  person: \"A\\u00fc\"\n  password: |\n    p\n"
        "animal:\n  cow: {legs: 4}\n  hen: {legs: 2, eats: cow}\ncrop: [a, b]\nextra: {a: [1, "
        "{b: c}]}\n";
    for (size_t len = 0; len < sizeof text; len++) {
        struct lyd_node *tree = NULL;
        struct error err = ERROR_INIT;
        char *exact = malloc(len + 1); /* so that ASan sees a read past the end */
        memcpy(exact, text, len);
        int rc = yaml_parse(ctx, "farm:farm", "f", (struct str){exact, len}, &tree, &err);
        free(exact);
        assert_true(rc == RC_OK ? tree != NULL : rc == RC_SETTINGS && *err.place && *err.text);
        yaml_free(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scalars_are_text_until_a_type_says_otherwise),
        cmocka_unit_test(a_list_reads_the_same_as_a_mapping_and_as_a_sequence),
        cmocka_unit_test(free_form_data_is_kept_as_json),
        cmocka_unit_test(a_node_knows_its_place_in_the_file),
        cmocka_unit_test(every_mistake_has_place_caret_and_advice),
        cmocka_unit_test(no_error_shows_a_secret),
        cmocka_unit_test(a_long_line_is_shown_around_the_caret),
        cmocka_unit_test(a_long_path_keeps_its_line_number),
        cmocka_unit_test(deep_and_large_documents_are_refused),
        cmocka_unit_test(a_file_cut_off_anywhere_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
