/* rooms: base netconf ssh drivers */
#include <stdio.h>

#include "test.h"

#include "netconf_device.h"

#define DATA "<rpc-reply " NS " message-id=\"1\"><data><a>x</a></data></rpc-reply>"
#define NOTICE                                                                                     \
    "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"><eventTime/>"         \
    "</notification>"

static struct error err;

static int ask_for(struct netconf *s, unsigned ms, struct buf *reply)
{
    err = (struct error)ERROR_INIT;
    buf_wipe(reply);
    return netconf_rpc(
        s, STR("<get-config><source><running/></source></get-config>"), ms, reply, &err);
}

static int ask(struct netconf *s, struct buf *reply)
{
    return ask_for(s, LONG_MS, reply);
}

static void a_reply_is_what_the_device_sent(void **state)
{
    (void)state;
    static const struct {
        const char *says;
        size_t piece;
        const char *rpc_frame; /* what the request begins with */
    } cases[] = {
        {HELLO_10 DATA END, 0, END "<rpc "},
        {HELLO_10 DATA END, 1, END "<rpc "},
        {HELLO_11 "\n#10\n<rpc-reply\n#63\n " NS " message-id=\"1\"\n#37\n"
                  "><data><a>x</a></data></rpc-reply>   \n##\n",
            0, END "\n#"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct device d = {.says = cases[i].says, .piece = cases[i].piece, .ending = HANGS};
        struct netconf *s = NULL;
        struct buf reply = {0};
        assert_int_equal(open_device(&d, LONG_MS, &s, &err), RC_OK);
        assert_int_equal(netconf_hello(s)->session_id, 4);
        if (ask(s, &reply))
            fail_msg("case %zu: %s", i, err.text);
        assert_non_null(strstr(reply.data, "<data><a>x</a></data>"));
        assert_non_null(strstr(d.heard.data, cases[i].rpc_frame));
        assert_non_null(strstr(d.heard.data,
            " message-id=\"1\"><get-config><source><running/></source></get-config></rpc>"));
        d.ending = CLOSES;
        netconf_close(s);
        assert_non_null(strstr(d.heard.data, "<close-session/>"));
        assert_int_equal(d.closed, 1);
        buf_free(&reply);
        buf_free(&d.heard);
    }
}

/* 300 elements in one another. */
static const char *deep(void)
{
    static char text[8192];
    strcpy(text, HELLO_10 "<rpc-reply " NS " message-id=\"1\"><data>");
    for (int i = 0; i < 300; i++)
        strcat(text, "<a>");
    for (int i = 0; i < 300; i++)
        strcat(text, "</a>");
    return strcat(text, "</data></rpc-reply>" END);
}

static void each_misbehaviour_has_its_error(void **state)
{
    (void)state;
    const struct {
        const char *says;
        enum ending ending;
        const char *forever;
        int rc;
        const char *text;
    } cases[] = {
        {HELLO_10 "<rpc-reply " NS " message-id=\"1\"><da", HANGS, NULL, RC_TIMEOUT,
            "not finished in time, after "},
        {HELLO_10, HANGS, NULL, RC_TIMEOUT, "no answer in time"},
        {HELLO_10 "<rpc-reply " NS " message-id=\"1\"><da", CLOSES, NULL, RC_INCOMPLETE,
            "the device closed the connection, 77 bytes into a message"},
        {HELLO_11 "\n#9\n<rpc", CLOSES, NULL, RC_INCOMPLETE, "4 bytes into a message"},
        {HELLO_10, CLOSES, NULL, RC_CONNECT, "the device closed the connection"},
        {HELLO_10 "<rpc-reply " NS " message-id=\"2\"><data/></rpc-reply>" END, HANGS, NULL,
            RC_FORMAT, "wrong message-id"},
        {HELLO_10 "<rpc-reply " NS "><data/></rpc-reply>" END, HANGS, NULL, RC_FORMAT,
            "a reply without message-id"},
        {HELLO_10 "<nonsense/>" END, HANGS, NULL, RC_FORMAT, "<nonsense> is no message"},
        {HELLO_10 HELLO_10, HANGS, NULL, RC_FORMAT, "a message that no device may send"},
        {HELLO_11 "\n#x\n", HANGS, NULL, RC_FORMAT, "a broken chunk after 0 bytes"},
        {HELLO_11 "\n#0\n", HANGS, NULL, RC_FORMAT, "a broken chunk"},
        {HELLO_11 "\n#4294967296\n", HANGS, NULL, RC_FORMAT, "a broken chunk"},
        {HELLO_11 "\n##\n", HANGS, NULL, RC_FORMAT, "a broken chunk"},
        {HELLO_11 DATA END, HANGS, NULL, RC_FORMAT, "a broken chunk"},
        {HELLO_10, REPEATS, "<a>never ending</a>", RC_LIMIT, "a message of more than"},
        {HELLO_11 "\n#4294967295\n", REPEATS, "<a/>", RC_LIMIT, "a message of more than"},
        {HELLO_10, REPEATS, NOTICE END, RC_LIMIT, "a flood of notifications"},
        {deep(), HANGS, NULL, RC_LIMIT, "nested more than 256 deep"},
        {HELLO_10 "<!DOCTYPE a [<!ENTITY b \"c\">]>" DATA END, HANGS, NULL, RC_FORMAT,
            "a document type"},
        {HELLO_10 "<rpc-reply " NS " message-id=\"1\"><data>&b;</data></rpc-reply>" END, HANGS,
            NULL, RC_FORMAT, "a reference to an entity"},
        {HELLO_10 "<rpc-reply " NS " message-id=\"&b;\"><data/></rpc-reply>" END, HANGS, NULL,
            RC_FORMAT, "a reference to an entity"},
        {HELLO_10 "<rpc-reply " NS " message-id=\"1\"><data></rpc-reply>" END, HANGS, NULL,
            RC_FORMAT, "an end tag that fits no element"},
        {HELLO_10 "<rpc-reply " NS " message-id=\"1\"><data>" END, HANGS, NULL, RC_FORMAT,
            "ends inside an element"},
        {HELLO_10 DATA DATA END, HANGS, NULL, RC_FORMAT, "a second element"},
        {HELLO_10 "router> " DATA END, HANGS, NULL, RC_FORMAT, "text that is no XML"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct device d = {
            .says = cases[i].says, .ending = cases[i].ending, .forever = cases[i].forever};
        struct netconf *s = NULL;
        struct buf reply = {0};
        if (open_device(&d, LONG_MS, &s, &err))
            fail_msg("case %zu: no session: %s", i, err.text);
        int rc = ask_for(s, cases[i].rc == RC_TIMEOUT ? 20 : LONG_MS, &reply);
        if (rc != cases[i].rc || err.code != (enum rc)rc || !strstr(err.text, cases[i].text))
            fail_msg("case %zu: expected %d \"%s\", got %d \"%s\"", i, cases[i].rc, cases[i].text,
                rc, err.text);
        assert_string_equal(err.place, "edge-7: get-config");
        /* It is over, and says so at once. */
        assert_int_equal(ask(s, &reply), RC_CONNECT);
        part_from(&d, s);
        buf_free(&reply);
    }
}

static void a_bad_hello_opens_no_session(void **state)
{
    (void)state;
    static const struct {
        const char *says;
        int rc;
        const char *text;
    } cases[] = {
        {"", RC_TIMEOUT, "no answer in time"},
        {"SSH is not for you" END, RC_FORMAT, "text that is no XML"},
        {DATA END, RC_FORMAT, "the first message is no <hello>"},
        {"<hello " NS "><capabilities>" CAPABILITY(
             "urn:ietf:params:netconf:base:1.0") "</capabilities></hello>" END,
            RC_FORMAT, "a hello without session-id"},
        {"<hello><capabilities/><session-id>-1</session-id></hello>" END, RC_FORMAT,
            "a session-id in the hello that is no number"},
        {HELLO(CAPABILITY("urn:example:other")), RC_FORMAT, "no version of NETCONF"},
        {HELLO(CAPABILITY("a&#27;[31m")), RC_FORMAT, "a capability in the hello that is no URI"},
        {HELLO(CAPABILITY("&#xff;\xff")), RC_FORMAT, "a capability in the hello that is no URI"},
        {"<!DOCTYPE hello>" HELLO_10, RC_FORMAT, "a document type"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct device d = {.says = cases[i].says, .ending = HANGS};
        struct netconf *s = NULL;
        int rc = open_device(&d, cases[i].rc == RC_TIMEOUT ? 20 : LONG_MS, &s, &err);
        if (rc != cases[i].rc || !strstr(err.text, cases[i].text))
            fail_msg("case %zu: expected %d \"%s\", got %d \"%s\"", i, cases[i].rc, cases[i].text,
                rc, err.text);
        assert_string_equal(err.place, "edge-7: hello");
        assert_int_equal(d.closed, 1);
        buf_free(&d.heard);
    }
}

#define REFUSAL RPC_ERROR("error", "access-denied", "not \x1b[1m for you &amp; me")
#define WARNING RPC_ERROR("warning", "x", "beware")

static void an_rpc_error_is_told_and_the_session_goes_on(void **state)
{
    (void)state;
    struct device d = {.ending = HANGS,
        .says = HELLO_10 "<nc:rpc-reply xmlns:nc=\"urn:x\" message-id=\"1\">" REFUSAL
                         "</nc:rpc-reply>" END REPLY("2", WARNING "<data/>") END};
    struct netconf *s = NULL;
    struct buf reply = {0};
    assert_int_equal(open_device(&d, LONG_MS, &s, &err), RC_OK);
    assert_int_equal(ask(s, &reply), RC_DIALOGUE);
    assert_string_equal(err.text, "the device says: not \\x1b[1m for you & me (access-denied)");
    assert_int_equal(ask(s, &reply), RC_OK); /* a warning is none */
    assert_non_null(strstr(reply.data, "<data/>"));
    part_from(&d, s);
    buf_free(&reply);
}

static void notifications_wait_until_they_are_asked_for(void **state)
{
    (void)state;
    struct device d = {
        .says = HELLO_10 NOTICE END DATA END NOTICE END "<notific", .piece = 7, .ending = HANGS};
    struct netconf *s = NULL;
    struct buf reply = {0}, notice = {0};
    assert_int_equal(open_device(&d, LONG_MS, &s, &err), RC_OK);
    assert_int_equal(ask(s, &reply), RC_OK);
    assert_int_equal(netconf_notification(s, LONG_MS, &notice, &err), 1);
    assert_string_equal(notice.data, NOTICE);
    assert_int_equal(netconf_notification(s, LONG_MS, &notice, &err), 1);
    assert_string_equal(notice.data, NOTICE);
    assert_int_equal(netconf_notification(s, 5, &notice, &err), 0);
    /* Half of one came; the rest comes later. */
    d.says = "ation/>" END;
    d.at = 0;
    d.piece = 0;
    assert_int_equal(netconf_notification(s, 0, &notice, &err), 1);
    assert_string_equal(notice.data, "<notification/>");
    d.ending = CLOSES;
    assert_int_equal(netconf_notification(s, LONG_MS, &notice, &err), RC_CONNECT);
    part_from(&d, s);
    buf_free(&reply);
    buf_free(&notice);
}

static void capabilities_are_sorted_and_have_parameters(void **state)
{
    (void)state;
    struct netconf_hello hello;
    char *value;
    assert_int_equal(
        hello_parse(STR("<h:hello xmlns:h='urn:x'><h:capabilities>"
                        "<h:capability> urn:b?module=m&amp;revision=2020-01-01&amp;features=f,g "
                        "</h:capability><h:capability>urn:a</h:capability>"
                        "<h:capability><![CDATA[urn:a]]></h:capability></h:capabilities>"
                        "<h:session-id>7</h:session-id></h:hello>"),
            &hello, &err),
        RC_OK);
    assert_int_equal(hello.count, 2);
    assert_string_equal(hello.capabilities[0], "urn:a");
    assert_null(hello_find(&hello, "urn:"));
    assert_non_null(hello_find(&hello, "urn:b"));
    value = capability_parameter(hello_find(&hello, "urn:b"), "revision");
    assert_string_equal(value, "2020-01-01");
    free(value);
    assert_null(capability_parameter(hello.capabilities[1], "mod"));
    assert_null(capability_parameter(hello.capabilities[0], "module"));
    hello_free(&hello);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_is_what_the_device_sent),
        cmocka_unit_test(each_misbehaviour_has_its_error),
        cmocka_unit_test(a_bad_hello_opens_no_session),
        cmocka_unit_test(an_rpc_error_is_told_and_the_session_goes_on),
        cmocka_unit_test(notifications_wait_until_they_are_asked_for),
        cmocka_unit_test(capabilities_are_sorted_and_have_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
