# YANG data in saved files: what mappings read out of it, and that it is what the CLI says.

bats_require_minimum_version 1.5.0
load ../lib

SAME=$BATS_TEST_DIRNAME/same

setup() {
    lib_setup
    export ROLLCALL_SETTINGS=$WORK/rollcall.yaml # for its key: fingerprints can be compared
    printf '%s\n' "store: $WORK/history.db" "key-file: $WORK/key" >rollcall.yaml
    rollcall init --quiet >/dev/null
}

tree_of() { # PLATFORM FILE
    rollcall inspect --platform "$1" --json "$2" >out.json || [ $? = 1 ] || return 1
    jq -S '."rollcall-access:access"' out.json
}

@test "an account is the same over SSH and over NETCONF" {
    tree_of ios "$SAME/edge.cfg" >cli.json
    tree_of ios "$SAME/edge.xml" >native.json
    diff cli.json native.json
    jq -e '(.account | length == 3) and (has("unread") | not) and
        .account[0].secret.fingerprint' cli.json
}

@test "XML, JSON, and either without namespaces say the same" {
    cat >module.xml <<'END'
<?xml version="1.0"?>
<rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" message-id="1"><data>
  <system xmlns="urn:ietf:params:xml:ns:yang:ietf-system">
    <authentication>
      <user-authentication-order>radius</user-authentication-order>
      <user-authentication-order>local-users</user-authentication-order>
      <user><name>bob</name><password>$1$aaaa$hx5rVt7rPNoS4wqbXKX7m0</password></user>
    </authentication>
  </system>
</data></rpc-reply>
END
    cat >module.json <<'END'
{ "ietf-system:system": { "authentication": {
    "user-authentication-order": ["radius", "local-users"],
    "user": [ { "name": "bob", "password": "$1$aaaa$hx5rVt7rPNoS4wqbXKX7m0" } ] } } }
END
    sed 's/ xmlns="urn:ietf:params:xml:ns:yang[^"]*"//' module.xml >bare.xml
    sed 's/ietf-system://' module.json >bare.json
    tree_of netconf module.xml >first
    jq -e '.account[0].name == "bob" and .aaa.authentication[0].method == ["group radius", "local"]
        and .account[0].secret.scheme == "md5-crypt"' first
    for file in module.json bare.xml bare.json; do
        tree_of netconf "$file" >other
        diff first other
    done
}

@test "what no mapping knows is said" {
    echo '<things xmlns="urn:example:things"><user>bob</user></things>' >thing.xml
    tree_of netconf thing.xml >tree
    jq -e '.unread == [{"text": "no mapping knows things"}]' tree
}

@test "an operator's mapping reads a module of his own, and its mistakes have a place" {
    mkdir platforms mappings
    cat >platforms/box.yaml <<'END'
platform: box
title: Box
extends: [netconf]
parts: { running: { syntax: netconf } }
netconf: { mappings: [example-things] }
END
    cat >mappings/things.yaml <<'END'
mapping: example-things
title: Things
modules: { example-things: { namespace: 'urn:example:things' } }
map:
  - { entry: account, where: /example-things:things/user, set: name = . }
END
    echo '<things xmlns="urn:example:things"><user>bob</user></things>' >thing.xml
    tree_of box thing.xml >tree
    jq -e '(has("unread") | not) and .account[0].name == "bob"' tree
    sed -i 's|/example-things:things/user|/example-thing:things/user|' mappings/things.yaml
    run rollcall inspect --platform box thing.xml
    [ "$status" = 2 ]
    [[ "$output" == *"mappings/things.yaml:5:30: module example-thing is not among"* ]]
}

@test "data that is cut off, or is none, is no config without accounts" {
    echo '<data><system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><auth' >cut.xml
    run rollcall inspect --platform netconf cut.xml
    [ "$status" -gt 1 ]
    echo '{ "ietf-system:system": { "authentication": [' >cut.json
    run rollcall inspect --platform netconf cut.json
    [ "$status" -gt 1 ]
}
