/* rooms: base settings */
#include "settings_fixture.h"

#define LOGIN                                                                                      \
    "credentials: {c: {user: u, agent: true}, d: {user: v, agent: true}}\n"                        \
    "defaults: {credential: c}\ngroups: {core: {port: 2222}, lab: {}}\n"

/* name address port platform group credential, a device a line */
static const char *listed(const struct settings *s, struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < s->device_count; i++) {
        const struct device *d = &s->devices[i];
        buf_format(out, "%s %s %u %s %s %s\n", d->name, d->address, d->port,
            d->platform ? d->platform->name : "-", d->group ? d->group : "-", d->credential->name);
    }
    return buf_text(out);
}

static const struct {
    const char *yaml, *file, *devices;
} good[] = {
    {"csv: list",
        "name,address,platform,group,credential,port\nr1,192.0.2.1,ios,core,d,\n"
        "r2,,,,,830\n",
        "r1 192.0.2.1 2222 ios core d\nr2 r2 830 - - c\n"},
    {"csv: list, columns: {name: Hostname, address: 'Mgmt IP', platform: Type}, group: lab",
        "\xef\xbb\xbfSite,Mgmt IP,hostname,TYPE\r\nx,192.0.2.1,r1,Cisco\r\n\r\n# old\r\n"
        "\"a, \"\"b\"\"\",192.0.2.2,\"r2\",debian\r\n",
        "r1 192.0.2.1 22 ios lab c\nr2 192.0.2.2 22 linux lab c\n"},
    {"csv: list, separator: ';'", "name;address\nr1;2001:db8::1\n", "r1 2001:db8::1 22 - - c\n"},
    {"router-db: list", "# oxidized\nr1.example.net:ios\nr2:frr\n",
        "r1.example.net r1.example.net 22 ios - c\nr2 r2 22 frr - c\n"},
    {"router-db: list, columns: {name: 0, address: 1, platform: 2, group: 4}",
        "r1:192.0.2.1:cisco:x:core\nr2:192.0.2.2:linux:x\n",
        "r1 192.0.2.1 2222 ios core c\nr2 192.0.2.2 22 linux - c\n"},
    {"router-db: list, separator: ','", "r1,ios\n", "r1 r1 22 ios - c\n"},
    {"rancid: list", "#comment\nr1;cisco;up\nr2;cisco;down;broken\nr3;linux;UP;fine\n",
        "r1 r1 22 ios - c\nr3 r3 22 linux - c\n"},
    {"rancid: list", "r1:cisco:up\n", "r1 r1 22 ios - c\n"},
    {"csv: list, unknown-platforms: skip", "name,platform\nr1,ios\nr2,enigma\nr3,\n",
        "r1 r1 22 ios - c\nr3 r3 22 - - c\n"},
    {"csv: list", "name,driver\nr1,NETCONF\nr2,\n", "r1 r1 830 - - c\nr2 r2 22 - - c\n"},
    {"csv: list, unknown-platforms: recognise", "name,platform\nr1,enigma\n", "r1 r1 22 - - c\n"},
    {"ansible-file: list",
        "{\"_meta\":{\"hostvars\":{\"r1\":{\"ansible_host\":\"192.0.2.1\",\"ansible_port\":830,"
        "\"ansible_network_os\":\"cisco.ios.ios\"},\"h1\":{\"ansible_network_os\":\"debian\","
        "\"ansible_host\":\"{{ secret }}\"}}},\"all\":{\"children\":[\"sites\",\"ungrouped\"]},"
        "\"sites\":{\"children\":[\"core\"]},\"core\":{\"hosts\":[\"r1\",\"r2\"]},"
        "\"ungrouped\":{\"hosts\":[\"h1\"]}}",
        "h1 h1 22 linux - c\nr1 192.0.2.1 830 ios core c\nr2 r2 2222 - core c\n"},
    {"ansible-file: list, hosts-of: sites",
        "{\"_meta\":{\"hostvars\":{\"h1\":{}}},\"sites\":{\"children\":[\"a\"]},"
        "\"a\":{\"hosts\":[\"r1\"],\"children\":[\"sites\"]}}",
        "r1 r1 22 - - c\n"},
    {"ansible-command: 'echo {\\\"all\\\":{\\\"hosts\\\":[\\\"r1\\\"]}}'", "", "r1 r1 22 - - c\n"},
};

static void each_form_of_inventory_gives_its_devices(void **state)
{
    (void)state;
    struct buf list = {.cap = 1 << 20};
    for (size_t i = 0; i < COUNT(good); i++) {
        char yaml[1000];
        put("list", good[i].file);
        snprintf(yaml, sizeof yaml, LOGIN "inventory: {x: {%s}}\n", good[i].yaml);
        struct settings *s = loaded(yaml);
        if (strcmp(listed(s, &list), good[i].devices) != 0)
            fail_msg("%s: came\n%s, not\n%s", good[i].yaml, buf_text(&list), good[i].devices);
        settings_free(s);
    }
    buf_free(&list);
}

static const struct {
    const char *yaml, *file, *place, *text;
} bad[] = {
    {"csv: gone", "", "rollcall.yaml:4:22", "cannot read "},
    {"csv: list", "name,driver\nr1,telnet\n", "list:2:1",
        "driver takes ssh, netconf, exec or file, not \"telnet\""},
    {"csv: list", "host,ip\nr1,x\n", "list:1:1",
        "no column \"name\" in the first line; say which it is in `columns`"},
    {"csv: list, columns: {name: Hostname}", "name\nr1\n", "rollcall.yaml:4:44",
        "/list has no column \"Hostname\" in its first line"},
    {"csv: list", "name,platform\nr1,ios\nr2,iosx\n", "list:3:1",
        "unknown platform \"iosx\"; did you mean \"ios\"?"},
    {"csv: list", "name,group\nr1,cor\n", "list:2:1",
        "unknown group \"cor\"; did you mean \"core\"?"},
    {"csv: list, group: cor", "name\nr1\n", "rollcall.yaml:4:35",
        "unknown group \"cor\"; did you mean \"core\"?"},
    {"csv: list", "name,credential\nr1,x\n", "list:2:1",
        "unknown credential \"x\"; it needs an entry in credentials"},
    {"csv: list", "name,port\nr1,abc\n", "list:2:1",
        "port takes a number from 1 to 65535, not \"abc\""},
    {"csv: list", "name\nr1\nr2\nr1\n", "list:4:1", "there is a device r1 already, at "},
    {"csv: list", "name\n-oProxyCommand=x\n", "list:2:1", "a name has 1 to 128 characters"},
    {"csv: list", "name,address\nr1,-oProxyCommand=x\n", "list:2:1",
        "\"-oProxyCommand=x\" is no host name or IP address"},
    {"csv: list", "name\nr\x1b[2J1\n", "list:2:1", "a name has 1 to 128 characters"},
    {"csv: list", "name\nr\xff\n", "list:2:1", "not UTF-8 text"},
    {"csv: list", "name,x\n\"r1,x\n", "list:2:1", "a quote is not closed"},
    {"csv: list", "name,x\n,y\n", "list:2:1", "the device has no name"},
    {"rancid: list", "r1;cisco\n", "list:1:1", "RANCID's router.db has name;type;state"},
    {"router-db: list, columns: {name: x}", "r1:ios\n", "rollcall.yaml:4:50",
        "a column of router.db is a number from 0 to 63, not \"x\""},
    {"rancid: list, columns: {name: 0}", "", "rollcall.yaml:4:31",
        "columns has a meaning only when ../csv or ../router-db"},
    {"ansible-file: list", "[1]", "rollcall.yaml:4:31",
        "not what ansible-inventory --list prints: no JSON object"},
    {"ansible-file: list", "{\"a\":", "rollcall.yaml:4:31",
        "not what ansible-inventory --list prints: "},
    {"ansible-file: list, hosts-of: x", "{}", "rollcall.yaml:4:47",
        "the inventory has no group \"x\""},
    {"ansible-file: list", "{\"all\":{\"hosts\":[\"r 1\"]}}", "rollcall.yaml:4:13",
        "device r 1: \"r 1\": a name has 1 to 128 characters"},
    {"ansible-command: 'false'", "", "rollcall.yaml:4:34",
        "false failed with status 1; run it by hand to see why"},
    {"csv: list, router-db: list", "", "rollcall.yaml:4:28", "exclude each other; keep one"},
};

static void every_mistake_has_the_place_it_is_at(void **state)
{
    (void)state;
    int wrong = 0;
    for (size_t i = 0; i < COUNT(bad); i++) {
        char yaml[1000], place[200];
        struct settings *s = NULL;
        struct error err = ERROR_INIT;
        put("list", bad[i].file);
        snprintf(yaml, sizeof yaml, LOGIN "inventory: {x: {%s}}\n", bad[i].yaml);
        int rc = load(yaml, &s, &err);
        snprintf(place, sizeof place, "%s/%s", folder, bad[i].place);
        settings_free(s);
        if (rc == RC_SETTINGS && strcmp(err.place, place) == 0 && strstr(err.text, bad[i].text) &&
            strchr(err.show, '^') && !strchr(err.show, '\x1b'))
            continue;
        wrong++;
        print_error("%s\n  came: %d %s: %s\n%s\n  want: %s: %s\n", bad[i].yaml, rc, err.place,
            err.text, err.show, bad[i].place, bad[i].text);
    }
    assert_int_equal(wrong, 0);
}

static void a_name_in_two_places_is_a_mistake_of_the_later_one(void **state)
{
    (void)state;
    struct settings *s = NULL;
    struct error err = ERROR_INIT;
    char place[300];
    put("list", "name\nr1\n");
    assert_int_equal(
        load(LOGIN "devices: {r1: }\ninventory: {x: {csv: list}}\n", &s, &err), RC_SETTINGS);
    snprintf(place, sizeof place, "%s/list:2:1", folder);
    assert_string_equal(err.place, place);
    snprintf(place, sizeof place, "there is a device r1 already, at %s/rollcall.yaml:4:11", folder);
    assert_string_equal(err.text, place);
    assert_string_equal(err.show, "r1\n^");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_of_inventory_gives_its_devices),
        cmocka_unit_test(every_mistake_has_the_place_it_is_at),
        cmocka_unit_test(a_name_in_two_places_is_a_mistake_of_the_later_one),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
