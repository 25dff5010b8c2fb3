# What a device's data holds as a secret is shown by no command, whichever mapping reads it.

bats_require_minimum_version 1.5.0
load ../lib

# shows_no_secret PLATFORM FILE COUNT WORD: none of the COUNT values that begin with S3CR3T comes out,
# but WORD does.
shows_no_secret() {
    [ "$(grep -o 'S3CR3T.' "$2" | sort -u | wc -l)" -eq "$3" ] # the test itself holds
    for platform in "$1" netconf; do
        rollcall inspect --platform "$platform" "$2" >out 2>&1 || true
        rollcall inspect --platform "$platform" --json "$2" >>out 2>&1 || true
        rollcall diff --platform "$platform" "$2" changed >>out 2>&1 || true
        rollcall diff --platform "$platform" --json "$2" changed >>out 2>&1 || true
        grep -q "$4" out
        run ! grep -o 'S3CR3T.' out
    done
}

@test "no secret of IOS XE data is shown" {
    cat >config <<'END'
<native xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-native"><hostname>r1</hostname>
<username><name>a</name><secret><encryption>9</encryption><secret>S3CR3T1</secret></secret><password><encryption>7</encryption><password>S3CR3T2</password></password></username>
<enable><secret><type>9</type><secret>S3CR3T3</secret></secret><password><secret>S3CR3T4</secret></password></enable>
<parser><view><view-name-list><name>V</name><secret><type>5</type><secret>S3CR3T5</secret></secret></view-name-list></view></parser>
<aaa><server xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-aaa"><radius><dynamic-author><client><ip>192.0.2.1</ip><server-key><key>7</key><string>S3CR3T6</string></server-key></client><server-key><string>S3CR3T7</string></server-key></dynamic-author></radius></server></aaa>
<radius><server xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-aaa"><id>R</id><address><ipv4>192.0.2.2</ipv4></address><key><key>S3CR3T8</key></key></server></radius>
<line><vty><first>0</first><password><secret>S3CR3T9</secret></password></vty></line>
<snmp-server><community-config xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-snmp"><name>S3CR3Ta</name><permission>ro</permission></community-config>
<user xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-snmp"><names><username>u</username><grpname>g</grpname><v3><auth-config><algorithm>sha</algorithm><password>S3CR3Tb</password><priv-config><aes><algorithm>128</algorithm><password>S3CR3Tc</password></aes></priv-config></auth-config></v3></names></user>
<host-config xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-snmp"><ip-community><ip-address>192.0.2.3</ip-address><community-or-user>S3CR3Td</community-or-user></ip-community></host-config></snmp-server>
<key><chain><name>K</name><key><id>1</id><key-string><encryption>7</encryption><key>S3CR3Te</key></key-string></key></chain></key>
<crypto><isakmp><key><key-address><key>S3CR3Tf</key></key-address></key></isakmp></crypto>
</native>
END
    cat >changed <<'END'
<native xmlns="http://cisco.com/ns/yang/Cisco-IOS-XE-native"><hostname>r1</hostname></native>
END
    shows_no_secret ios config 15 username
}

@test "no secret of IOS XR data is shown" {
    cat >config <<'END'
<data><host-names xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-shellutil-cfg"><host-name>r</host-name></host-names>
<aaa xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-aaa-lib-cfg"><usernames xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-aaa-locald-cfg"><username><ordering-index>0</ordering-index><name>a</name><secret><type>type5</type><secret5>S3CR3T1</secret5></secret><password>S3CR3T2</password><password-policy><name>p</name><password>S3CR3T3</password></password-policy></username></usernames>
<radius xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-aaa-protocol-radius-cfg"><key><secret7>S3CR3T4</secret7></key><dynamic-authorization><clients><client><ip-address>192.0.2.1</ip-address><server-key><secret7>S3CR3T5</secret7></server-key></client></clients></dynamic-authorization></radius></aaa>
<snmp xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-snmp-agent-cfg"><administration><default-communities><default-community><community-name>S3CR3T6</community-name></default-community></default-communities></administration><users><user><user-name>u</user-name><authentication-password>S3CR3T7</authentication-password><privacy-password>S3CR3T8</privacy-password></user></users><trap-hosts><trap-host><ip-address>192.0.2.9</ip-address><default-user-communities><default-user-community><community-name>S3CR3Tx</community-name></default-user-community></default-user-communities></trap-host></trap-hosts></snmp>
<aaa xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-aaa-cfg"><usernames xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-aaa-task-user-cfg"><username><ordering-index>0</ordering-index><name>a</name><secret><five>S3CR3T9</five></secret><password>S3CR3Ta</password></username></usernames></aaa>
<snmp-server xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-um-snmp-server-cfg"><users><user><user-name>u</user-name><v3><auth><md5><encryption-default>S3CR3Tb</encryption-default></md5></auth></v3></user></users></snmp-server></data>
END
    cat >changed <<'END'
<data><host-names xmlns="http://cisco.com/ns/yang/Cisco-IOS-XR-shellutil-cfg"><host-name>r</host-name></host-names></data>
END
    shows_no_secret iosxr config 12 username
}

@test "no secret of Junos data is shown" {
    cat >config <<'END'
<configuration><system><host-name>r1</host-name><root-authentication><encrypted-password>S3CR3T1</encrypted-password></root-authentication>
<login><user><name>a</name><class>c</class><authentication><encrypted-password>S3CR3T2</encrypted-password></authentication></user></login>
<radius-server><name>192.0.2.1</name><secret>S3CR3T3</secret><preauthentication-secret>S3CR3Tx</preauthentication-secret></radius-server>
<services><outbound-ssh><client><name>n</name><secret>S3CR3T4</secret></client></outbound-ssh></services></system>
<snmp><community><name>S3CR3T5</name></community><v3><usm><local-engine><user><name>u</name><authentication-sha><authentication-key>S3CR3T6</authentication-key></authentication-sha><privacy-aes128><privacy-key>S3CR3T7</privacy-key></privacy-aes128></user></local-engine></usm></v3></snmp>
<security><ike><policy><name>p</name><pre-shared-key><ascii-text>S3CR3T8</ascii-text></pre-shared-key></policy></ike></security>
<protocols><bgp><group><name>g</name><authentication-key>S3CR3T9</authentication-key></group><group><name>h</name></group></bgp><ospf><area><name>0</name><interface><name>i</name><authentication><md5><name>1</name><key>S3CR3Ta</key></md5><simple-password>S3CR3Tb</simple-password></authentication></interface></area></ospf></protocols>
<access><profile><name>p</name><client><name>c</name><chap-secret>S3CR3Tc</chap-secret></client></profile></access></configuration>
END
    cat >changed <<'END'
<configuration><system><host-name>r1</host-name></system></configuration>
END
    shows_no_secret junos config 13 login
}

@test "no secret of SR OS data is shown" {
    cat >config <<'END'
{"nokia-conf:configure": {"system": {"name": "r1", "security": {"system-passwords": {"admin-password": "S3CR3T1"},
 "snmp": {"community": [{"community-string": "S3CR3T2", "access-permissions": "r"}]},
 "user-params": {"local-user": {"user": [{"user-name": "u", "password": "S3CR3T3", "snmp": {"authentication": {"authentication-protocol": "hmac-md5-96", "authentication-key": "S3CR3T4", "privacy": {"privacy-protocol": "x", "privacy-key": "S3CR3T5"}}}}]}},
 "aaa": {"remote-servers": {"radius": {"server": [{"index": 1, "address": "192.0.2.1", "secret": "S3CR3T6"}]}, "ldap": {"server": [{"index": 1, "bind-authentication": {"root-dn": "x", "password": "S3CR3T7"}}]}}},
 "keychains": {"keychain": [{"keychain-name": "k", "bidirectional": {"entry": [{"keychain-entry-index": 1, "authentication-key": "S3CR3T8"}]}}]}}},
 "router": [{"router-name": "Base", "bgp": {"authentication-key": "S3CR3T9"}}]}}
END
    cat >changed <<'END'
{"nokia-conf:configure": {"system": {"name": "r1"}}}
END
    shows_no_secret sros config 9 local-user
}

@test "no secret of SR Linux data is shown" {
    cat >config <<'END'
{"srl_nokia-system:system": {"srl_nokia-system-name:name": {"host-name": "r1"}, "srl_nokia-aaa:aaa": {"authentication": {"admin-user": {"password": "S3CR3T1"}, "linuxadmin-user": {"password": "S3CR3T2"}, "user": [{"username": "u", "password": "S3CR3T3"}]},
"server-group": [{"name": "t", "type": "srl_nokia-aaa-types:tacacs", "server": [{"address": "192.0.2.1", "tacacs": {"secret-key": "S3CR3T4"}}]}]},
"srl_nokia-tls:tls": {"server-profile": [{"name": "p", "key": "S3CR3T5", "certificate": "c"}]},
"srl_nokia-snmp:snmp": {"access-group": [{"name": "g", "community-entry": [{"name": "n", "community": "S3CR3T6"}]}], "user": [{"name": "u", "authentication": {"password": "S3CR3T7"}, "privacy": {"password": "S3CR3T8"}}]},
"srl_nokia-ssh:ssh-server": [{"name": "m", "host-key": {"type": [{"type": "rsa", "private-key": "S3CR3T9"}]}}]}}
END
    cat >changed <<'END'
{"srl_nokia-system:system": {"srl_nokia-system-name:name": {"host-name": "r1"}}}
END
    shows_no_secret srlinux config 9 authentication
}

@test "no secret of VRP data is shown" {
    cat >config <<'END'
<data><system xmlns="urn:huawei:yang:huawei-system"><system-info><sys-name>r</sys-name></system-info></system>
<aaa xmlns="urn:huawei:yang:huawei-aaa"><lam><users><user><name>u</name><password>S3CR3T1</password></user></users></lam></aaa>
<hwtacacs xmlns="urn:huawei:yang:huawei-hwtacacs"><templates><template><name>t</name><shared-key>S3CR3T2</shared-key></template></templates></hwtacacs>
<snmp xmlns="urn:huawei:yang:huawei-snmp"><standard-communitys><standard-community><alias-name>a</alias-name><name>S3CR3T3</name><access-right>read</access-right></standard-community></standard-communitys><usm-users><usm-user><user-name>u</user-name><auth-key>S3CR3T4</auth-key><priv-key>S3CR3T5</priv-key></usm-user></usm-users></snmp></data>
END
    cat >changed <<'END'
<data><system xmlns="urn:huawei:yang:huawei-system"><system-info><sys-name>r</sys-name></system-info></system></data>
END
    shows_no_secret huawei config 5 lam
}
