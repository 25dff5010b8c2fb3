/* rooms: base netconf ssh drivers */
#include "test.h"

#include "netconf_device.h"

#include "drivers/netconf/notify.h"

#define NOTICE(event)                                                                              \
    "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"                     \
    "<eventTime>2026-03-01T10:00:00Z</eventTime>" event "</notification>"
#define RFC_6470 " xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\""
#define BY(user, id, host)                                                                         \
    "<username>" user "</username><session-id>" id "</session-id><source-host>" host               \
    "</source-host>"

static void a_notification_says_who_changed_what_from_where(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum news_kind kind;
        const char *user, *address;
        unsigned session_id, wait_s;
        const char *targets;
    } cases[] = {
        {NOTICE("<netconf-config-change" RFC_6470 "><changed-by>" BY(
             "bob", "12", "192.0.2.7") "</changed-by><datastore>running</datastore><edit><target>/"
                                       "s:system/s:user[s:name="
                                       "'eve']</target><operation>create</operation></"
                                       "edit><edit><target>/s:x</target>"
                                       "</edit></netconf-config-change>"),
            NEWS_CHANGED, "bob", "192.0.2.7", 12, 0, "/s:system/s:user[s:name='eve']\n/s:x\n"},
        {NOTICE("<netconf-config-change" RFC_6470 "><changed-by><server/></changed-by>"
                "</netconf-config-change>"),
            NEWS_CHANGED, "", "", 0, 0, ""},
        {NOTICE("<n:netconf-config-change xmlns:n='urn:x'><n:datastore>startup</n:datastore>"
                "</n:netconf-config-change>"),
            NEWS_OTHER, "", "", 0, 0, ""},
        {NOTICE("<sysConfigChange><userName>bob</userName><sessionId>3</sessionId>"
                "<remoteHost>2001:db8::7</remoteHost><edit><target>/a</target></edit>"
                "</sysConfigChange>"),
            NEWS_CHANGED, "bob", "2001:db8::7", 3, 0, "/a\n"},
        {NOTICE("<netconf-confirmed-commit" RFC_6470 ">" BY(
             "bob", "12", "192.0.2.7") "<confirm-event>start</confirm-event><timeout>120</timeout>"
                                       "</netconf-confirmed-commit>"),
            NEWS_PENDING, "bob", "192.0.2.7", 12, 120, ""},
        {NOTICE("<netconf-confirmed-commit><confirm-event>extend</confirm-event>"
                "</netconf-confirmed-commit>"),
            NEWS_PENDING, "", "", 0, 600, ""},
        {NOTICE("<netconf-confirmed-commit><confirm-event>timeout</confirm-event>"
                "</netconf-confirmed-commit>"),
            NEWS_SETTLED, "", "", 0, 0, ""},
        {NOTICE(
             "<push-change-update xmlns=\"urn:ietf:params:xml:ns:yang:ietf-yang-push\"><id>1</id>"
             "<datastore-changes><yang-patch><edit><target>/x</target><value>"
             "<username>liar</username></value></edit></yang-patch></datastore-changes>"
             "</push-change-update>"),
            NEWS_CHANGED, "", "", 0, 0, ""},
        {NOTICE("<netconf-session-start>" BY("bob", "12", "192.0.2.7") "</netconf-session-start>"),
            NEWS_OTHER, "", "", 0, 0, ""},
        {NOTICE("<subscription-terminated><id>1</id></subscription-terminated>"), NEWS_ENDED, "",
            "", 0, 0, ""},
        {NOTICE("<netconf-config-change>" BY(
             "b&#27;[1m<![CDATA[&]]>", "-1", "") "</netconf-config-change>"),
            NEWS_CHANGED, "b\\x1b[1m&", "", 0, 0, ""},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct netconf_news news;
        struct error err = ERROR_INIT;
        if (news_parse(str_of(cases[i].text), &news, &err))
            fail_msg("case %zu: %s", i, err.text);
        if (news.kind != cases[i].kind || news.session_id != cases[i].session_id ||
            news.wait_s != cases[i].wait_s)
            fail_msg("case %zu: kind %d, session %u, wait %u", i, (int)news.kind, news.session_id,
                news.wait_s);
        assert_string_equal(news.user, cases[i].user);
        assert_string_equal(news.address, cases[i].address);
        assert_string_equal(news.targets, cases[i].targets);
    }
}

static void a_value_too_long_says_nothing(void **state)
{
    (void)state;
    struct buf text = {0};
    struct netconf_news news;
    buf_add(&text, "<notification><netconf-config-change><username>");
    for (int i = 0; i < 5000; i++)
        buf_add_char(&text, 'x');
    buf_add(&text, "</username></netconf-config-change></notification>");
    assert_int_equal(news_parse(buf_str(&text), &news, NULL), RC_OK);
    assert_int_equal(news.kind, NEWS_CHANGED);
    assert_string_equal(news.user, "");
    assert_int_equal(news_parse(STR("<notification><a></notification>"), &news, NULL), RC_FORMAT);
    assert_int_equal(news_parse(STR("<hello/>"), &news, NULL), RC_FORMAT);
    buf_free(&text);
}

#define OLD CAPABILITY("urn:ietf:params:netconf:capability:notification:1.0")
#define NEW CAPABILITY("urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications?module=x")
#define REFUSED RPC_ERROR("error", "operation-failed", "no")

static void the_best_subscription_that_a_device_has_is_made(void **state)
{
    (void)state;
    static const struct {
        const char *says, *modules;
        int rc;
        const char *asked[2], *not_asked;
    } cases[] = {
        {HELLO_10, "", RC_NOT_FOUND, {"", ""}, "subscription"},
        {HELLO(BASE_10 OLD) REPLY("1", "<ok/>") END, "", RC_OK, {"<create-subscription", ""},
            "<establish"},
        {HELLO(BASE_10 OLD) REPLY("1", REFUSED) END, "", RC_DIALOGUE, {"<create-subscription", ""},
            "<establish"},
        {HELLO(BASE_10 OLD NEW) REPLY("1", "<id>7</id>") END, "", RC_OK,
            {"<stream>NETCONF</stream>", ""}, "<create"},
        {HELLO(BASE_10 OLD NEW) REPLY("1", REFUSED) END REPLY("2", "<ok/>") END, "", RC_OK,
            {"<stream>NETCONF</stream>", "<create-subscription"}, "yang-push"},
        {HELLO(BASE_10 NEW) REPLY("1", REFUSED) END REPLY("2", "<id>7</id>") END,
            "module ietf-yang-push 2019-09-09 urn:ietf:params:xml:ns:yang:ietf-yang-push\n", RC_OK,
            {"<stream>NETCONF</stream>", "<yp:on-change>"}, "<create"},
        {HELLO(BASE_10 NEW) REPLY("1", "<id>6</id>") END REPLY("2", REFUSED) END,
            "module ietf-yang-push 2019-09-09 urn:ietf:params:xml:ns:yang:ietf-yang-push\n", RC_OK,
            {"<stream>NETCONF</stream>", "<yp:on-change>"}, "<create"},
        {HELLO(BASE_10 OLD) "<nonsense/>" END, "", RC_FORMAT, {"<create-subscription", ""},
            "<establish"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct device d = {.says = cases[i].says, .ending = HANGS};
        struct error err;
        struct netconf *s = NULL;
        assert_int_equal(open_device(&d, LONG_MS, &s, &err), RC_OK);
        int rc = netconf_subscribe(s, str_of(cases[i].modules), LONG_MS, &err);
        if (rc != cases[i].rc || err.code != (enum rc)rc)
            fail_msg("case %zu: got %d: %s", i, rc, err.text);
        for (size_t j = 0; j < 2; j++)
            if (!strstr(d.heard.data, cases[i].asked[j]))
                fail_msg("case %zu: did not ask for %s", i, cases[i].asked[j]);
        if (strstr(d.heard.data, cases[i].not_asked))
            fail_msg("case %zu: asked for %s", i, cases[i].not_asked);
        part_from(&d, s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notification_says_who_changed_what_from_where),
        cmocka_unit_test(a_value_too_long_says_nothing),
        cmocka_unit_test(the_best_subscription_that_a_device_has_is_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
