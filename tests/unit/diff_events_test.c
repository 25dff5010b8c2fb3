/* rooms: base diff */
#include <stdio.h>
#include <string.h>

#include "base/embed.h"
#include "base/yang.h"
#include "diff/diff.h"
#include "test.h"

static struct ly_ctx *ctx;
static struct meaning *meaning;

static int set_up(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    const struct embedded *file = embedded_find("models/catalogue.yaml");
    const char *modules[] = {"rollcall-access", "rollcall-events", NULL};
    if (!file || yang_context(modules, &ctx, &err) ||
        meaning_new(ctx, file->name, (struct str){file->data, file->len}, &meaning, &err)) {
        print_error("%s %s\n", err.place, err.text);
        return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    meaning_free(meaning);
    ly_ctx_destroy(ctx);
    return 0;
}

/* JSON of what is in the access container, with ' for ". */
static struct lyd_node *tree_of(const char *inside)
{
    char json[8192];
    struct lyd_node *tree = NULL;
    snprintf(json, sizeof json, "{'rollcall-access:access':{%s}}", inside);
    for (char *quote = json; (quote = strchr(quote, '\'')); quote++)
        *quote = '"';
    if (lyd_parse_data_mem(ctx, json, LYD_JSON, LYD_PARSE_STRICT,
            LYD_VALIDATE_PRESENT | LYD_VALIDATE_NO_STATE, &tree)) {
        struct error err = ERROR_INIT;
        yang_error(ctx, RC_INVALID, &err);
        fail_msg("%s\nin %s", err.text, json);
    }
    return tree;
}

static struct events diff_of(const char *before, const char *after)
{
    struct lyd_node *old = before ? tree_of(before) : NULL, *new = after ? tree_of(after) : NULL;
    struct events events = {0};
    struct error err = ERROR_INIT;
    if (diff_access(meaning, old, new, &events, &err))
        fail_msg("%s", err.text);
    lyd_free_all(old);
    lyd_free_all(new);
    return events;
}

/* "EVENT SUBJECT" of each, separated by "; ". */
static void list(const struct events *events, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < events->count && len < size; i++)
        len += (size_t)snprintf(out + len, size - len, "%s%s %s", i ? "; " : "",
            events->at[i].event, events->at[i].subject);
}

/* ---- each difference gives exactly these events ---- */

#define BOB(...) "'account':[{'realm':'local','name':'bob','kind':'local'" __VA_ARGS__ "}]"
#define SECRET(scheme, strength, print)                                                            \
    ",'secret':{'scheme':'" scheme "','strength':'" strength "','fingerprint':'" print "'}"
#define VOLATILE(print)                                                                            \
    ",'secret':{'scheme':'enc','strength':'reversible','fingerprint':'" print "','volatile':true}"
#define KEY(print) "{'fingerprint':'SHA256:" print "','algorithm':'ssh-ed25519'}"
#define TACACS(...) "'aaa':{'server':[{'protocol':'tacacs+','address':'10.0.0.1'" __VA_ARGS__ "}]}"
#define LOGIN(...)                                                                                 \
    "'aaa':{'authentication':[{'service':'login','list':'default','method':[" __VA_ARGS__ "]}]}"
#define EXEC(kind, ...) "'aaa':{'" kind "':[{'service':'exec','list':'default'" __VA_ARGS__ "}]}"
#define VTY(...) "'line':[{'name':'vty 0 4'" __VA_ARGS__ "}]"
#define MGMT(...) VTY(",'acl':'MGMT'") ",'acl':[{'name':'MGMT','entry':[" __VA_ARGS__ "]}]"
#define UNUSED(...) VTY(",'acl':'OTHER'") ",'acl':[{'name':'MGMT','entry':[" __VA_ARGS__ "]}]"
#define COMMUNITY(...) "'snmp':{'community':[{'fingerprint':'f1'" __VA_ARGS__ "}]}"
#define SERVICE(name, ...) "'service':[{'name':'" name "'" __VA_ARGS__ "}]"

static const struct {
    const char *name, *before, *after, *events;
} cases[] = {
    /* accounts */
    {"nothing", BOB(",'privilege':15"), BOB(",'privilege':15"), ""},
    {"empty trees", "", "", ""},
    {"new account", "", BOB(), "account-created bob"},
    {"new account of no said kind", "", "'account':[{'realm':'local','name':'eve'}]",
        "account-created eve"},
    {"new administrator is one event", "",
        BOB(",'privilege':15,'admin':true,'role':['root'],'enabled':true,'uid':0,'shell':'/bin/"
            "sh'" SECRET("scrypt", "strong", "a") ",'ssh-key':[" KEY("k") "]"),
        "account-created bob"},
    {"new account without password", "", BOB(",'secret':{'scheme':'empty','strength':'none'}"),
        "credential-empty bob; account-created bob"},
    {"new disabled account without password", "",
        BOB(",'enabled':false,'secret':{'scheme':'empty','strength':'none'}"),
        "account-created bob"},
    {"two new accounts", "",
        "'account':[{'realm':'local','name':'a','kind':'local'},"
        "{'realm':'vdom1','name':'a','kind':'local'}]",
        "account-created a; account-created a"},
    {"deleted account is one event",
        BOB(",'privilege':15,'admin':true,'mfa':'totp'" SECRET(
            "scrypt", "strong", "a") ",'ssh-key':[" KEY("k") "],'source-acl':'10'"),
        "", "account-deleted bob"},
    {"renamed account", BOB(), "'account':[{'realm':'local','name':'rob','kind':'local'}]",
        "account-created rob; account-deleted bob"},
    {"promoted", BOB(",'privilege':1,'admin':false"), BOB(",'privilege':15,'admin':true"),
        "privilege-raised bob"},
    {"promoted from no written privilege", BOB(), BOB(",'privilege':15,'admin':true"),
        "privilege-raised bob"},
    {"demoted", BOB(",'privilege':15,'admin':true"), BOB(",'privilege':1,'admin':false"),
        "privilege-lowered bob"},
    {"privilege no longer written", BOB(",'privilege':15"), BOB(), "privilege-lowered bob"},
    {"promoted where low is high", BOB(",'privilege-descends':[null],'privilege':5"),
        BOB(",'privilege-descends':[null],'privilege':0"), "privilege-raised bob"},
    {"demoted where low is high", BOB(",'privilege-descends':[null],'privilege':0"),
        BOB(",'privilege-descends':[null],'privilege':5"), "privilege-lowered bob"},
    {"absent is highest where low is high", BOB(",'privilege-descends':[null],'privilege':5"),
        BOB(",'privilege-descends':[null]"), "privilege-raised bob"},
    {"became administrator by role", BOB(",'role':['operator'],'admin':false"),
        BOB(",'role':['super-user'],'admin':true"), "privilege-raised bob"},
    {"two roles changed", BOB(",'role':['a','b']"), BOB(",'role':['c','d']"), "role-changed bob"},
    {"role added", BOB(), BOB(",'role':['a']"), "role-changed bob"},
    {"roles in another order", BOB(",'role':['a','b']"), BOB(",'role':['b','a']"), ""},
    {"way in added", BOB(",'service':['ssh']"), BOB(",'service':['ssh','web']"),
        "role-changed bob"},
    {"enabled", BOB(",'enabled':false,'admin':false"), BOB(",'enabled':true,'admin':true"),
        "account-enabled bob"},
    {"disabled", BOB(",'enabled':true,'admin':true"), BOB(",'enabled':false,'admin':false"),
        "account-disabled bob"},
    {"uid became 0", BOB(",'uid':1000"), BOB(",'uid':0"), "privilege-raised bob"},
    {"uid became another", BOB(",'uid':1000"), BOB(",'uid':1001"), ""},
    {"second factor removed", BOB(",'mfa':'totp'"), BOB(), "mfa-removed bob"},
    {"template", "", "'account':[{'realm':'local','name':'t','kind':'template'}]",
        "remote-admin-mapping-added t"},
    {"template got a password", "'account':[{'realm':'local','name':'bob','kind':'template'}]",
        BOB(SECRET("sha512-crypt", "strong", "a")), "account-became-local bob"},
    {"account became a mapping", BOB(),
        "'account':[{'realm':'local','name':'bob','kind':'remote-mapping'}]",
        "remote-admin-mapping-added bob"},
    {"source list removed", BOB(",'source-acl':'10'"), BOB(), "mgmt-acl-removed bob"},
    {"source list set", BOB(), BOB(",'source-acl':'10'"), "mgmt-acl-narrowed bob"},
    {"shell opened", BOB(",'shell':'/usr/sbin/nologin'"), BOB(",'shell':'/bin/bash'"),
        "shell-enabled bob"},
    {"shell given", BOB(), BOB(",'shell':'/bin/bash'"), "shell-enabled bob"},
    {"shell closed", BOB(",'shell':'/bin/bash'"), BOB(",'shell':'/bin/false'"), ""},
    {"other shell", BOB(",'shell':'/bin/sh'"), BOB(",'shell':'/bin/bash'"), ""},

    /* credentials */
    {"password changed", BOB(SECRET("scrypt", "strong", "a")), BOB(SECRET("scrypt", "strong", "b")),
        "credential-changed bob"},
    {"password given", BOB(), BOB(SECRET("scrypt", "strong", "b")), "credential-changed bob"},
    {"password taken away", BOB(SECRET("scrypt", "strong", "b")), BOB(), "credential-changed bob"},
    {"hidden secret became readable", BOB(",'secret':{'scheme':'hidden'}"),
        BOB(SECRET("cisco-7", "reversible", "a")), ""},
    {"readable secret became hidden", BOB(SECRET("scrypt", "strong", "a")),
        BOB(",'secret':{'scheme':'hidden'}"), ""},
    {"password written weaker", BOB(SECRET("scrypt", "strong", "a")),
        BOB(SECRET("cisco-7", "reversible", "b")), "credential-weak bob"},
    {"password written stronger", BOB(SECRET("cisco-7", "reversible", "a")),
        BOB(SECRET("scrypt", "strong", "b")), "credential-changed bob"},
    {"password became empty", BOB(SECRET("scrypt", "strong", "a")),
        BOB(SECRET("empty", "none", "b")), "credential-empty bob"},
    {"volatile secret written anew", BOB(VOLATILE("a")), BOB(VOLATILE("b")),
        "credential-rehashed bob"},
    {"volatile secret of a server written anew", TACACS(VOLATILE("a")), TACACS(VOLATILE("b")),
        "credential-rehashed 10.0.0.1"},
    {"key added", BOB(), BOB(",'ssh-key':[" KEY("k") "]"), "ssh-key-added bob"},
    {"two keys added", BOB(), BOB(",'ssh-key':[" KEY("k") "," KEY("l") "]"), "ssh-key-added bob"},
    {"key replaced", BOB(",'ssh-key':[" KEY("k") "]"), BOB(",'ssh-key':[" KEY("l") "]"),
        "ssh-key-added bob; ssh-key-removed bob"},
    {"key removed", BOB(",'ssh-key':[" KEY("k") "]"), BOB(), "ssh-key-removed bob"},
    {"limit of a key removed", BOB(",'ssh-key':[{'fingerprint':'k','option':['from=\\u0061']}]"),
        BOB(",'ssh-key':[{'fingerprint':'k'}]"), "ssh-key-added bob"},
    {"comment of a key changed", BOB(",'ssh-key':[{'fingerprint':'k','comment':'a'}]"),
        BOB(",'ssh-key':[{'fingerprint':'k','comment':'b'}]"), ""},
    {"re-keyed in every way", BOB(SECRET("scrypt", "strong", "a")),
        BOB(SECRET("scrypt", "strong", "b") ",'ssh-key':[" KEY("k") "]"),
        "ssh-key-added bob; credential-changed bob"},
    {"enable secret set", "", "'enable-secret':[{'level':'15'" SECRET("scrypt", "strong", "a") "}]",
        "enable-secret-changed 15"},
    {"enable secret changed", "'enable-secret':[{'level':'15'" SECRET("scrypt", "strong", "a") "}]",
        "'enable-secret':[{'level':'15'" SECRET("scrypt", "strong", "b") "}]",
        "enable-secret-changed 15"},
    {"enable secret removed", "'enable-secret':[{'level':'15'" SECRET("scrypt", "strong", "a") "}]",
        "", "enable-secret-removed 15"},

    /* roles */
    {"role defined", "", "'role':[{'name':'noc','permission':['view']}]",
        "role-definition-changed noc"},
    {"role widened", "'role':[{'name':'noc','permission':['view']}]",
        "'role':[{'name':'noc','permission':['view','configure']}]", "role-definition-changed noc"},
    {"command moved down", "",
        "'command-privilege':[{'mode':'exec','command':'show run','level':1}]",
        "command-privilege-lowered exec show run"},
    {"command moved further down",
        "'command-privilege':[{'mode':'exec','command':'reload','level':7}]",
        "'command-privilege':[{'mode':'exec','command':'reload','level':1}]",
        "command-privilege-lowered exec reload"},
    {"command moved up", "'command-privilege':[{'mode':'exec','command':'reload','level':7}]",
        "'command-privilege':[{'mode':'exec','command':'reload','level':15}]", ""},

    /* AAA */
    {"AAA off", "'aaa':{'enabled':true}", "", "aaa-disabled aaa"},
    {"AAA on", "", "'aaa':{'enabled':true}", "aaa-method-changed aaa"},
    {"fallback to none", LOGIN("'group tacacs+','local'"), LOGIN("'group tacacs+','none'"),
        "aaa-method-none login default"},
    {"new list with none", "", LOGIN("'none'"), "aaa-method-none login default"},
    {"none removed", LOGIN("'local','none'"), LOGIN("'local'"), "aaa-method-changed login default"},
    {"local first by order", LOGIN("'group tacacs+','local'"), LOGIN("'local','group tacacs+'"),
        "aaa-method-local-first login default"},
    {"local first by removal", LOGIN("'group tacacs+','local'"), LOGIN("'local'"),
        "aaa-method-local-first login default"},
    {"local first by addition", LOGIN("'group tacacs+'"), LOGIN("'local','group tacacs+'"),
        "aaa-method-local-first login default"},
    {"local first instead of none", LOGIN("'none','local'"), LOGIN("'local'"),
        "aaa-method-changed login default"},
    {"local first in another word", LOGIN("'local-case','none'"), LOGIN("'local','none'"),
        "aaa-method-changed login default"},
    {"local stays first", LOGIN("'local'"), LOGIN("'local','enable'"),
        "aaa-method-changed login default"},
    {"methods reordered", LOGIN("'group a','group b'"), LOGIN("'group b','group a'"),
        "aaa-method-changed login default"},
    {"server added in front", LOGIN("'group b'"), LOGIN("'group a','group b'"),
        "aaa-method-changed login default"},
    {"list added", "", LOGIN("'group a'"), "aaa-method-changed login default"},
    {"list removed", LOGIN("'group a'"), "", "aaa-method-changed login default"},
    {"AAA server added", "", TACACS(SECRET("cisco-7", "reversible", "a")),
        "aaa-server-added 10.0.0.1"},
    {"AAA server removed", TACACS(SECRET("cisco-7", "reversible", "a")), "",
        "aaa-server-removed 10.0.0.1"},
    {"AAA server secret changed", TACACS(SECRET("cisco-7", "reversible", "a")),
        TACACS(SECRET("cisco-7", "reversible", "b")), "aaa-server-secret-changed 10.0.0.1"},
    {"AAA server secret given", TACACS(), TACACS(SECRET("cisco-7", "reversible", "b")),
        "aaa-server-secret-changed 10.0.0.1"},
    {"server left its group", "'aaa':{'server-group':[{'name':'T','server':['a','b']}]}",
        "'aaa':{'server-group':[{'name':'T','server':['a']}]}", "aaa-method-changed T"},
    {"authorization removed", EXEC("authorization", ",'method':['group tacacs+']"), "",
        "aaa-authorization-removed exec default"},
    {"authorization became none", EXEC("authorization", ",'method':['group tacacs+']"),
        EXEC("authorization", ",'method':['none']"), "aaa-authorization-removed exec default"},
    {"authorization changed", EXEC("authorization", ",'method':['group a']"),
        EXEC("authorization", ",'method':['group b']"), "aaa-method-changed exec default"},
    {"accounting removed", EXEC("accounting", ",'record':'start-stop','method':['group a']"), "",
        "aaa-accounting-removed exec default"},
    {"accounting became none", EXEC("accounting", ",'record':'start-stop','method':['group a']"),
        EXEC("accounting", ",'record':'none'"), "aaa-accounting-removed exec default"},
    {"accounting added", "", EXEC("accounting", ",'record':'start-stop','method':['group a']"), ""},
    {"CoA client added", "", "'aaa':{'coa-client':[{'address':'10.0.0.9'}]}",
        "radius-coa-client-changed 10.0.0.9"},
    {"shorter passwords", "'aaa':{'password-policy':[{'name':'p','min-length':12}]}",
        "'aaa':{'password-policy':[{'name':'p','min-length':8}]}", "password-policy-weakened p"},
    {"longer passwords", "'aaa':{'password-policy':[{'name':'p','min-length':8}]}",
        "'aaa':{'password-policy':[{'name':'p','min-length':12}]}", ""},
    {"passwords need not change", "'aaa':{'password-policy':[{'name':'p','max-age-days':90}]}",
        "'aaa':{'password-policy':[{'name':'p'}]}", "password-policy-weakened p"},
    {"passwords must change", "'aaa':{'password-policy':[{'name':'p'}]}",
        "'aaa':{'password-policy':[{'name':'p','max-age-days':90}]}", ""},
    {"policy removed", "'aaa':{'password-policy':[{'name':'p','min-length':8}]}", "",
        "password-policy-weakened p"},
    {"lockout removed", "'aaa':{'lockout':{'attempts':3,'duration-s':60}}", "",
        "lockout-weakened aaa lockout"},
    {"lockout later", "'aaa':{'lockout':{'attempts':3}}", "'aaa':{'lockout':{'attempts':9}}",
        "lockout-weakened aaa lockout"},
    {"lockout set", "", "'aaa':{'lockout':{'attempts':3,'duration-s':60}}", ""},

    /* lines and access lists */
    {"vty access list removed", VTY(",'acl':'MGMT','transport':['ssh']"),
        VTY(",'transport':['ssh']"), "mgmt-acl-removed vty 0 4"},
    {"both vty access lists removed", VTY(",'acl':'MGMT','acl6':'MGMT6'"), VTY(),
        "mgmt-acl-removed vty 0 4"},
    {"vty access list removed with its definition", MGMT("'permit 10.0.0.0/8'"), VTY(),
        "mgmt-acl-removed vty 0 4"},
    {"vty access list changed", VTY(",'acl':'A'"), VTY(",'acl':'B'"),
        "line-access-changed vty 0 4"},
    {"vty access list set", VTY(), VTY(",'acl':'A'"), "mgmt-acl-narrowed vty 0 4"},
    {"telnet on a line", VTY(",'transport':['ssh']"), VTY(",'transport':['ssh','telnet']"),
        "telnet-enabled vty 0 4"},
    {"everything on a line", VTY(",'transport':['ssh']"), VTY(",'transport':['all']"),
        "telnet-enabled vty 0 4"},
    {"telnet became everything", VTY(",'transport':['telnet']"), VTY(",'transport':['all']"),
        "line-access-changed vty 0 4"},
    {"new line with telnet", "", VTY(",'transport':['telnet']"), "telnet-enabled vty 0 4"},
    {"new line", "", VTY(",'transport':['ssh']"), "line-access-changed vty 0 4"},
    {"line without login", VTY(",'authentication':'local'"), VTY(",'authentication':'none'"),
        "line-unauthenticated vty 0 4"},
    {"new line without login", "", VTY(",'authentication':'none'"), "line-unauthenticated vty 0 4"},
    {"line with login again", VTY(",'authentication':'none'"), VTY(",'authentication':'local'"),
        "line-access-changed vty 0 4"},
    {"line password and timeout changed",
        VTY(SECRET("cisco-7", "reversible", "a") ",'timeout-s':5"),
        VTY(SECRET("cisco-7", "reversible", "b") ",'timeout-s':0"), "line-access-changed vty 0 4"},
    {"list lets more in", MGMT("'permit 10.0.0.1'"), MGMT("'permit 10.0.0.1','permit any'"),
        "mgmt-acl-widened MGMT"},
    {"list lets more in by a lost deny", MGMT("'deny 10.0.0.1','permit any'"), MGMT("'permit any'"),
        "mgmt-acl-widened MGMT"},
    {"list lets less in", MGMT("'permit 10.0.0.1','permit any'"), MGMT("'permit 10.0.0.1'"),
        "mgmt-acl-narrowed MGMT"},
    {"list lets less in by a new deny", MGMT("'permit any'"), MGMT("'deny 10.0.0.1','permit any'"),
        "mgmt-acl-narrowed MGMT"},
    {"list entry replaced", MGMT("'permit 10.0.0.1'"), MGMT("'permit any'"),
        "mgmt-acl-widened MGMT"},
    {"list reordered", MGMT("'deny 10.0.0.1','permit any'"), MGMT("'permit any','deny 10.0.0.1'"),
        "mgmt-acl-widened MGMT"},
    {"list emptied", MGMT("'permit 10.0.0.1','permit 10.0.0.2'"),
        VTY(",'acl':'MGMT'") ",'acl':[{'name':'MGMT'}]", "mgmt-acl-removed MGMT"},
    {"list in use deleted", MGMT("'permit 10.0.0.1'"), VTY(",'acl':'MGMT'"),
        "mgmt-acl-removed MGMT"},
    {"list in use defined", VTY(",'acl':'MGMT'"), MGMT("'permit 10.0.0.1'"),
        "mgmt-acl-narrowed MGMT"},
    {"list that nobody uses", UNUSED("'permit 10.0.0.1'"), UNUSED("'permit any'"), ""},
    {"list that nobody uses deleted", UNUSED("'permit 10.0.0.1'"), VTY(",'acl':'OTHER'"), ""},

    /* SNMP */
    {"community that may write", "", COMMUNITY(",'access':'rw','acl':'10'"), "snmp-rw-added f1"},
    {"community that may read", "", COMMUNITY(",'access':'ro'"), "snmp-community-added f1"},
    {"community may write now", COMMUNITY(",'access':'ro'"), COMMUNITY(",'access':'rw'"),
        "snmp-rw-added f1"},
    {"community may only read now", COMMUNITY(",'access':'rw'"), COMMUNITY(",'access':'ro'"), ""},
    {"community says that it reads", COMMUNITY(), COMMUNITY(",'access':'ro'"), ""},
    {"community removed", COMMUNITY(",'access':'rw','acl':'10'"), "", ""},
    {"community for everybody", COMMUNITY(",'acl':'10'"), COMMUNITY(), "snmp-acl-removed f1"},
    {"SNMPv3 user", "", "'snmp':{'user':[{'name':'nms','auth':'sha'}]}", "snmpv3-user-added nms"},
    {"SNMPv3 user without encryption", "'snmp':{'user':[{'name':'nms','priv':'aes'}]}",
        "'snmp':{'user':[{'name':'nms'}]}", "credential-weak nms"},

    /* logging */
    {"log host removed", "'logging':{'host':[{'address':'10.0.0.5'},{'address':'10.0.0.6'}]}",
        "'logging':{'host':[{'address':'10.0.0.5'}]}", "log-host-removed 10.0.0.6"},
    {"log host added", "", "'logging':{'host':[{'address':'10.0.0.5'}]}", ""},
    {"logging off", "'logging':{'enabled':true}", "'logging':{'enabled':false}",
        "log-level-reduced logging"},
    {"logs less", "'logging':{'level':6}", "'logging':{'level':3}", "log-level-reduced logging"},
    {"logs more", "'logging':{'level':3}", "'logging':{'level':6}", ""},
    {"archive off", "'logging':{'archive':true}", "", "command-archive-disabled logging"},

    /* services */
    {"telnet", "", SERVICE("telnet", ",'enabled':true"), "telnet-enabled telnet"},
    {"http", SERVICE("http", ",'enabled':false"), SERVICE("http", ",'enabled':true"),
        "http-enabled http"},
    {"https", "", SERVICE("https", ",'enabled':true"), "https-enabled https"},
    {"netconf", "", SERVICE("netconf", ",'enabled':true"), "netconf-enabled netconf"},
    {"restconf", "", SERVICE("restconf", ",'enabled':true"), "restconf-enabled restconf"},
    {"gnmi", "", SERVICE("gnmi", ",'enabled':true"), "gnmi-enabled gnmi"},
    {"guest shell", "", SERVICE("guestshell", ",'enabled':true"), "shell-enabled guestshell"},
    {"another service", "", SERVICE("tftp", ",'enabled':true"), "api-enabled tftp"},
    {"service switched off", SERVICE("http", ",'enabled':true"),
        SERVICE("http", ",'enabled':false"), ""},
    {"service gone", SERVICE("http", ",'enabled':true"), "", ""},
    {"service off from the start", "", SERVICE("http", ",'enabled':false"), ""},
    {"ssh", "", SERVICE("ssh", ",'enabled':true"), ""},
    {"ssh port", SERVICE("ssh", ",'port':22"), SERVICE("ssh", ",'port':2222"),
        "ssh-port-changed ssh"},
    {"ssh port first said", "", SERVICE("ssh", ",'port':2222"), "ssh-port-changed ssh"},
    {"ssh port no more said", SERVICE("ssh", ",'port':2222"), "", "ssh-port-changed ssh"},
    {"ssh version 1", SERVICE("ssh", ",'version':'2'"), SERVICE("ssh", ",'version':'1'"),
        "ssh-weakened ssh"},
    {"ssh version 2 not insisted on", SERVICE("ssh", ",'version':'2'"), "", "ssh-weakened ssh"},
    {"ssh version 2 insisted on", "", SERVICE("ssh", ",'version':'2'"), ""},
    {"ssh weakness", SERVICE("ssh", ""), SERVICE("ssh", ",'weakness':['PermitEmptyPasswords yes']"),
        "ssh-weakened ssh"},
    {"root may log in", SERVICE("ssh", ""), SERVICE("ssh", ",'weakness':['PermitRootLogin yes']"),
        "shell-enabled ssh"},
    {"service list removed", SERVICE("http", ",'enabled':true,'acl':'10'"),
        SERVICE("http", ",'enabled':true"), "mgmt-acl-removed http"},

    /* what it runs */
    {"script", "", "'script':[{'name':'eem X','statement':['event timer','action 1 cli']}]",
        "onbox-script-added eem X"},
    {"script changed", "'script':[{'name':'eem X','statement':['action 1 a','action 2 b']}]",
        "'script':[{'name':'eem X','statement':['action 2 c','action 1 a','action 3 d']}]",
        "onbox-script-added eem X"},
    {"script removed", "'script':[{'name':'eem X','statement':['action 1 a']}]", "", ""},
    {"boot image", "'boot':{'image':['a.bin']}", "'boot':{'image':['evil.bin','a.bin']}",
        "boot-image-changed boot"},
    {"boot order", "'boot':{'image':['a','b']}", "'boot':{'image':['b','a']}",
        "boot-image-changed boot"},
    {"boot from the network", "", "'boot':{'network':true}", "boot-network-enabled boot"},
    {"config register", "'boot':{'config-register':'0x2102'}",
        "'boot':{'config-register':'0x2142'}", "config-register-changed boot"},
    {"password recovery off", "", "'boot':{'password-recovery':false}",
        "password-recovery-changed boot"},
    {"trust anchor", "", "'trust-anchor':[{'name':'EVIL','certificate':['01']}]",
        "trust-anchor-added EVIL"},
    {"certificate", "'trust-anchor':[{'name':'CA','certificate':['01']}]",
        "'trust-anchor':[{'name':'CA','certificate':['02']}]", "certificate-changed CA"},
    {"unread line", "", "'unread':[{'text':'username bob frobnicate'}]",
        "config-coverage-lost username bob frobnicate"},
    {"unread line understood", "'unread':[{'text':'username bob frobnicate'}]", "", ""},

    /* several at once */
    {"the reference attack", VTY(",'acl':'MGMT'"),
        BOB(",'privilege':15,'admin':true") "," VTY() "," SERVICE("http", ",'enabled':true"),
        "account-created bob; mgmt-acl-removed vty 0 4; http-enabled http"},
};

static void each_difference_gives_exactly_its_events(void **state)
{
    (void)state;
    size_t failures = 0;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char got[2048];
        struct events events = diff_of(cases[i].before, cases[i].after);
        list(&events, got, sizeof got);
        if (strcmp(got, cases[i].events) != 0) {
            print_error("%s: expected \"%s\", got \"%s\"\n", cases[i].name, cases[i].events, got);
            failures++;
        }
        events_free(&events);
    }
    assert_int_equal(failures, 0);
}

static void an_unchanged_tree_gives_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct events events = diff_of(cases[i].after, cases[i].after);
        if (events.count)
            fail_msg("%s: %s", cases[i].name, events.at[0].event);
        events_free(&events);
    }
}

/* ---- what an event holds ---- */

static void check_json(const char *what, const json_t *value, const char *expected)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    for (char *quote = text; quote && (quote = strchr(quote, '"')); quote++)
        *quote = '\'';
    if ((text == NULL) != (expected == NULL) || (text && strcmp(text, expected) != 0))
        fail_msg(
            "%s: expected %s, got %s", what, expected ? expected : "none", text ? text : "none");
    free(text);
}

static const struct {
    const char *before, *after;
    int severity;
    const char *path, *says, *was, *is;
} contents[] = {
    {"", BOB(",'privilege':1"), 85, "/rollcall-access:access/account[realm='local'][name='bob']",
        "account bob created on edge-7", NULL,
        "{'realm':'local','name':'bob','kind':'local','privilege':1}"},
    /* an administrator is worse; no fingerprint of a secret, but those of keys */
    {"",
        BOB(",'admin':true" SECRET("scrypt", "strong", "hush") ",'ssh-key':[" KEY("k") "],'role':"
                                                                                       "['a']"),
        95, "/rollcall-access:access/account[realm='local'][name='bob']",
        "account bob created on edge-7", NULL,
        "{'realm':'local','name':'bob','kind':'local','role':['a'],'admin':true,"
        "'secret':{'scheme':'scrypt','strength':'strong'},"
        "'ssh-key':[{'fingerprint':'SHA256:k','algorithm':'ssh-ed25519'}]}"},
    {BOB(",'privilege':1"), BOB(",'privilege':15,'admin':true"), 90,
        "/rollcall-access:access/account[realm='local'][name='bob']/privilege",
        "privilege of bob on edge-7 raised: from 1 to 15", "1", "15"},
    {BOB(",'role':['a','b']"), BOB(",'role':['b','c']"), 65,
        "/rollcall-access:access/account[realm='local'][name='bob']/role",
        "roles of bob on edge-7 changed: from a, b to b, c", "['a','b']", "['b','c']"},
    {BOB(",'role':['a']"), BOB(",'role':['a','b']"), 65,
        "/rollcall-access:access/account[realm='local'][name='bob']/role",
        "roles of bob on edge-7 changed: from a to a, b", "['a']", "['a','b']"},
    {BOB(), BOB(",'role':['a']"), 65,
        "/rollcall-access:access/account[realm='local'][name='bob']/role",
        "roles of bob on edge-7 changed: from none to a", NULL, "['a']"},
    {BOB(SECRET("scrypt", "strong", "hush")), BOB(SECRET("scrypt", "strong", "hash")), 60,
        "/rollcall-access:access/account[realm='local'][name='bob']/secret/fingerprint",
        "secret of account bob changed on edge-7", "{'scheme':'scrypt','strength':'strong'}",
        "{'scheme':'scrypt','strength':'strong'}"},
    {BOB(), BOB(",'ssh-key':[" KEY("k") "," KEY("l") "]"), 85,
        "/rollcall-access:access/account[realm='local'][name='bob']/ssh-key",
        "SSH key added to account bob on edge-7, or its limits taken away", NULL,
        "[{'fingerprint':'SHA256:k','algorithm':'ssh-ed25519'},"
        "{'fingerprint':'SHA256:l','algorithm':'ssh-ed25519'}]"},
    {VTY(",'acl':'MGMT'"), VTY(), 85, "/rollcall-access:access/line[name='vty 0 4']/acl",
        "access list MGMT of vty 0 4 on edge-7 removed", "'MGMT'", NULL},
    {"'aaa':{'enabled':true}", "", 95, "/rollcall-access:access/aaa/enabled",
        "AAA switched off on edge-7", "true", NULL},
};

static void an_event_holds_what_people_and_programs_need(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < COUNT(contents); i++) {
        struct events events = diff_of(contents[i].before, contents[i].after);
        assert_int_equal(events.count, 1);
        assert_int_equal(events_name_device(&events, "edge-7", &err), RC_OK);
        const struct event *e = &events.at[0];
        assert_int_equal(e->severity, contents[i].severity);
        assert_string_equal(e->path, contents[i].path);
        assert_string_equal(e->says, contents[i].says);
        check_json("before", e->before, contents[i].was);
        check_json("after", e->after, contents[i].is);
        assert_non_null(e->attack[0]);
        assert_non_null(e->controls[0]);
        events_free(&events);
    }
}

#define AT(lines) "'@':{'rollcall-access:line':'" lines "'}"

static void evidence_is_every_line_that_shows_it(void **state)
{
    (void)state;
    const char *before =
        "'account':[{" AT("running:3") ",'realm':'local','name':'bob','role':['a'],"
                                       "'@role':[{'rollcall-access:line':'running:4'}]}]";
    const char *after = "'account':[{" AT(
        "running:13 users:2") ",'realm':'local','name':'bob',"
                              "'role':['b'],'@role':[{'rollcall-access:line':'running:14'}],"
                              "'privilege':15},{" AT("running:20 running:21 running:20 bad "
                                                     "running:0") ",'realm':'local','name':'eve'}]";
    struct events events = diff_of(before, after);
    assert_int_equal(events.count, 2);
    /* the leaf has no line of its own, so the entry's; the change of role that yields to it adds
     * its lines */
    assert_string_equal(events.at[0].event, "privilege-raised");
    assert_int_equal(events.at[0].evidence_count, 4);
    assert_string_equal(events.at[0].evidence[1].part, "users");
    assert_int_equal(events.at[0].evidence[1].line, 2);
    assert_true(events.at[0].evidence[1].after);
    assert_string_equal(events.at[1].event, "account-created");
    assert_int_equal(events.at[1].evidence_count, 2);
    assert_int_equal(events.at[1].evidence[0].line, 20);
    events_free(&events);

    events = diff_of("'account':[{'realm':'local','name':'bob','role':['a'],"
                     "'@role':[{'rollcall-access:line':'running:4'}]}]",
        "'account':[{'realm':'local','name':'bob','role':['b'],"
        "'@role':[{'rollcall-access:line':'running:14'}]}]");
    assert_int_equal(events.count, 1);
    assert_int_equal(events.at[0].evidence_count, 2);
    assert_false(events.at[0].evidence[0].after);
    assert_int_equal(events.at[0].evidence[0].line, 4);
    assert_true(events.at[0].evidence[1].after);
    assert_int_equal(events.at[0].evidence[1].line, 14);
    events_free(&events);
}

/* However long the list: what differs comes first, the rest as far as there is room. */
static void evidence_of_a_long_list_begins_with_what_differs(void **state)
{
    (void)state;
    struct lyd_node *trees[2];
    struct events events = {0};
    for (unsigned side = 0; side < 2; side++) {
        struct buf entries = {0}, lines = {0}, json = {0};
        for (unsigned i = 0; i < 200; i++) {
            buf_format(&entries, "%s\"permit %u\"", i ? "," : "", i < 199 ? i : i + side);
            buf_format(&lines, "%s{\"rollcall-access:line\":\"running:%u\"}", i ? "," : "", i + 1);
        }
        buf_format(&json,
            "{\"rollcall-access:access\":{\"line\":[{\"name\":\"vty\",\"acl\":\"M\"}],"
            "\"acl\":[{\"name\":\"M\",\"entry\":[%s],\"@entry\":[%s]}]}}",
            buf_text(&entries), buf_text(&lines));
        assert_int_equal(lyd_parse_data_mem(ctx, buf_text(&json), LYD_JSON, LYD_PARSE_STRICT,
                             LYD_VALIDATE_PRESENT, &trees[side]),
            LY_SUCCESS);
        buf_free(&entries);
        buf_free(&lines);
        buf_free(&json);
    }
    assert_int_equal(diff_access(meaning, trees[0], trees[1], &events, NULL), RC_OK);
    assert_int_equal(events.count, 1);
    assert_string_equal(events.at[0].event, "mgmt-acl-widened");
    assert_int_equal(events.at[0].evidence[0].line, 200);
    assert_true(events.at[0].evidence_count < 100);
    events_free(&events);
    lyd_free_all(trees[0]);
    lyd_free_all(trees[1]);
}

static void a_missing_tree_is_an_empty_one(void **state)
{
    (void)state;
    char got[512];
    const char *all = BOB() "," LOGIN("'local'") "," VTY(",'acl':'A'") ",'logging':{'level':3}";
    struct events events = diff_of(NULL, all);
    list(&events, got, sizeof got);
    assert_string_equal(
        got, "account-created bob; aaa-method-changed login default; line-access-changed vty 0 4");
    events_free(&events);
    events = diff_of(all, NULL);
    list(&events, got, sizeof got);
    assert_string_equal(
        got, "aaa-method-changed login default; line-access-changed vty 0 4; account-deleted bob");
    events_free(&events);
    events = diff_of(NULL, NULL);
    assert_int_equal(events.count, 0);
}

/* A device may write a list of any length: no condition may walk it for each of its values. */
static void a_long_list_of_methods_is_no_trouble(void **state)
{
    (void)state;
    struct lyd_node *trees[2];
    struct events events = {0};
    for (unsigned side = 0; side < 2; side++) {
        struct buf json = {0};
        buf_add(&json, "{\"rollcall-access:access\":{\"aaa\":{\"authentication\":[{"
                       "\"service\":\"login\",\"list\":\"x\",\"method\":[\"local\"");
        for (unsigned i = 0; i < 50000; i++)
            buf_format(&json, ",\"g%u\"", side * 50000 + i);
        buf_add(&json, "]}]}}}");
        assert_int_equal(lyd_parse_data_mem(ctx, buf_text(&json), LYD_JSON, LYD_PARSE_STRICT,
                             LYD_VALIDATE_PRESENT, &trees[side]),
            LY_SUCCESS);
        buf_free(&json);
    }
    assert_int_equal(diff_access(meaning, trees[0], trees[1], &events, NULL), RC_OK);
    assert_int_equal(events.count, 1);
    assert_string_equal(events.at[0].event, "aaa-method-changed");
    assert_true(strlen(events.at[0].says) < 600);
    events_free(&events);
    lyd_free_all(trees[0]);
    lyd_free_all(trees[1]);
}

static void a_hostile_name_stays_harmless_in_a_sentence(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct events events =
        diff_of("", "'account':[{'realm':'local','name':'{device}{after}\\u202e\\n'}]");
    assert_int_equal(events.count, 1);
    assert_int_equal(events_name_device(&events, "edge\033-7", &err), RC_OK);
    assert_string_equal(
        events.at[0].says, "account \\x7bdevice}{after}\\u{202e}\\n created on edge\\x1b-7");
    events_free(&events);
}

static void events_that_no_tree_shows_come_from_the_catalogue(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct events events = {0};
    static const char *const ids[] = {"device-unreachable", "device-stale", "device-recovered",
        "collector-account-changed", "collector-locked-out", "account-transient", "config-changed",
        "config-coverage-lost", "host-key-changed", "host-key-pinned", "modules-changed"};
    for (size_t i = 0; i < COUNT(ids); i++)
        assert_int_equal(
            event_add(meaning, ids[i], "edge-7", "SHA256:a", "SHA256:b", &events, &err), RC_OK);
    assert_int_equal(events.count, COUNT(ids));
    assert_string_equal(events.at[8].says,
        "host key of edge-7 changed: was SHA256:a, now SHA256:b; {device} was not collected");
    assert_int_equal(event_add(meaning, "no-such", NULL, NULL, NULL, &events, &err), RC_NOT_FOUND);
    assert_int_equal(event_add(meaning, "config-changed", NULL, NULL, NULL, &events, &err), RC_OK);
    assert_string_equal(events.at[11].subject, "");
    assert_string_equal(events.at[11].path, "");
    events_free(&events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_difference_gives_exactly_its_events),
        cmocka_unit_test(an_unchanged_tree_gives_nothing),
        cmocka_unit_test(an_event_holds_what_people_and_programs_need),
        cmocka_unit_test(evidence_is_every_line_that_shows_it),
        cmocka_unit_test(evidence_of_a_long_list_begins_with_what_differs),
        cmocka_unit_test(a_missing_tree_is_an_empty_one),
        cmocka_unit_test(a_long_list_of_methods_is_no_trouble),
        cmocka_unit_test(a_hostile_name_stays_harmless_in_a_sentence),
        cmocka_unit_test(events_that_no_tree_shows_come_from_the_catalogue),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
