/* rooms: base netconf ssh drivers */
#include "test.h"

#include "drivers/netconf/filter.h"

#define XPATH "urn:ietf:params:netconf:capability:xpath:1.0"
#define DEFAULTS "urn:ietf:params:netconf:capability:with-defaults:1.0?"
#define NMDA "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda"
#define WITH_DEFAULTS                                                                              \
    "<with-defaults xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-with-defaults\">"
#define RUNNING "<get-config><source><running/></source>"
#define MODULES "module sys 2020-01-01 urn:sys?a&b\nmodule net - urn:net feature x\n"

static void what_is_asked_fits_the_device(void **state)
{
    (void)state;
    static const struct {
        const char *capabilities[3];
        const char *datastore, *filter;
        int rc;
        const char *operation; /* or the error's text */
    } cases[] = {
        {{"urn:a"}, NULL, NULL, RC_OK, RUNNING "</get-config>"},
        {{"urn:a"}, "startup", NULL, RC_OK, "<get-config><source><startup/></source></get-config>"},
        {{"urn:a"}, NULL, "<a xmlns='urn:a'><b/></a>", RC_OK,
            RUNNING "<filter type=\"subtree\"><a xmlns='urn:a'><b/></a></filter></get-config>"},
        {{"urn:a"}, NULL, "<a><b></a>", RC_SETTINGS, "the filter is no XML"},
        {{"urn:a"}, NULL, "</filter><filter>", RC_SETTINGS, "the filter is no XML"},
        {{"urn:a"}, NULL, "/sys:a", RC_SETTINGS, "the device takes no XPath"},
        {{XPATH}, NULL, "/sys:a[sys:b='net:c']/child::net:d | /sys:e[. < \"f\"]", RC_OK,
            RUNNING "<filter type=\"xpath\" xmlns:sys=\"urn:sys?a&amp;b\" xmlns:net=\"urn:net\" "
                    "select=\"/sys:a[sys:b='net:c']/child::net:d | /sys:e[. &lt; "
                    "&quot;f&quot;]\"/></get-config>"},
        {{XPATH}, NULL, "/sys:a/gone:b", RC_SETTINGS, "speaks of module \"gone\""},
        {{XPATH}, NULL, "/a/child::text()", RC_OK,
            RUNNING "<filter type=\"xpath\" select=\"/a/child::text()\"/></get-config>"},
        {{DEFAULTS "basic-mode=explicit&also-supported=trim"}, NULL, NULL, RC_OK,
            RUNNING "</get-config>"},
        {{DEFAULTS "basic-mode=report-all&also-supported=trim,explicit"}, NULL, NULL, RC_OK,
            RUNNING WITH_DEFAULTS "explicit</with-defaults></get-config>"},
        {{DEFAULTS "basic-mode=report-all&also-supported=report-all-tagged,trim"}, NULL, NULL,
            RC_OK, RUNNING WITH_DEFAULTS "trim</with-defaults></get-config>"},
        {{DEFAULTS "basic-mode=report-all"}, NULL, NULL, RC_OK, RUNNING "</get-config>"},
        {{"urn:a"}, "operational", NULL, RC_SETTINGS, "the device has no datastore operational"},
        {{"urn:a"}, "<running/>", NULL, RC_SETTINGS, "is no datastore"},
        {{NMDA, XPATH, DEFAULTS "basic-mode=trim&also-supported=explicit"}, "intended", "/net:a",
            RC_OK,
            "<get-data xmlns=\"" NMDA
            "\"><datastore xmlns:ds=\"urn:ietf:params:xml:ns:yang:ietf-datastores\">ds:intended"
            "</datastore><xpath-filter xmlns:net=\"urn:net\">/net:a</xpath-filter>"
            "<config-filter>true</config-filter><with-defaults>explicit</with-defaults>"
            "</get-data>"},
        {{NMDA}, "operational", "<a/>", RC_OK,
            "<get-data xmlns=\"" NMDA
            "\"><datastore xmlns:ds=\"urn:ietf:params:xml:ns:yang:ietf-datastores\">ds:operational"
            "</datastore><subtree-filter><a/></subtree-filter><config-filter>true</config-filter>"
            "</get-data>"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *capabilities[3];
        struct netconf_hello hello = {.capabilities = capabilities};
        for (; hello.count < 3 && cases[i].capabilities[hello.count]; hello.count++)
            capabilities[hello.count] = (char *)(uintptr_t)cases[i].capabilities[hello.count];
        struct netconf_ask what = {.datastore = cases[i].datastore,
            .filter = cases[i].filter,
            .hello = &hello,
            .modules = STR(MODULES)};
        struct buf operation = {0};
        struct error err = ERROR_INIT;
        int rc = ask_operation(&what, &operation, &err);
        if (rc != cases[i].rc)
            fail_msg("case %zu: expected %d, got %d: %s", i, cases[i].rc, rc, err.text);
        if (rc == RC_OK)
            assert_string_equal(operation.data, cases[i].operation);
        else if (!strstr(err.text, cases[i].operation))
            fail_msg("case %zu: expected \"%s\", got \"%s\"", i, cases[i].operation, err.text);
        buf_free(&operation);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_fits_the_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
