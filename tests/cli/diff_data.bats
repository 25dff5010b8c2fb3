# YANG data: what changed is told in paths.

load ../lib

setup() {
    lib_setup
    cat >old.xml <<'END'
<data xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">
  <system xmlns="urn:ietf:params:xml:ns:yang:ietf-system">
    <hostname>core-1</hostname>
    <authentication>
      <user-authentication-order>radius</user-authentication-order>
      <user-authentication-order>local-users</user-authentication-order>
      <user>
        <name>bob</name>
        <password>$6$saltsalt$madeUpForThisTest00</password>
      </user>
    </authentication>
  </system>
</data>
END
    cat >old.json <<'END'
{"ietf-system:system": {"hostname": "core-1", "authentication": {
  "user-authentication-order": ["radius", "local-users"],
  "user": [{"name": "bob", "password": "$6$saltsalt$madeUpForThisTest00"}]}}}
END
}

paths() { rollcall diff --platform netconf --json "$@" | jq -r '.changes[] | "\(.op) \(.path)"'; }

@test "changes have a path, an operation and values, but no secrets" {
    sed -e 's/core-1/core-2/' -e 's/madeUpForThisTest00/madeUpForThisTest01/' \
        -e "s|</user>|&<user><name>eve's</name></user>|" old.xml >new.xml
    run rollcall diff --platform netconf old.xml new.xml
    [ "$status" -eq 1 ]
    [[ $output == *"
- /ietf-system:system/hostname core-1
+ /ietf-system:system/hostname core-2
- /ietf-system:system/authentication/user[name='bob']/password <secret:"* ]]
    [[ $output == *"
+ /ietf-system:system/authentication/user[name=\"eve's\"]"* ]]
    [[ $output != *madeUp* ]]
    run rollcall diff --platform netconf --json old.xml new.xml
    jq -e '[.changes[] | select(.path | endswith("/password"))] | length == 1 and (.[0] |
        .part == "running" and .op == "replace" and .line == 9 and .before != .after and
        (.before | startswith("<secret:")))' <<<"$output"
    [[ $output != *madeUp* ]]
}

@test "what only moved is said to have moved" {
    sed '5{h;d};6{G}' old.xml >new.xml
    run paths old.xml new.xml
    [ "$output" = "move /ietf-system:system/authentication/user-authentication-order[.='radius']" ]
}

@test "XML and JSON, in one line or in many, are compared as what they say" {
    run rollcall diff --platform netconf old.xml old.json
    [ "$status" -eq 0 ]
    jq -c '."ietf-system:system".authentication.user[0].password = "$6$x$alsoMadeUp00"' old.json >new.json
    [ "$(wc -l <new.json)" -eq 1 ]
    run rollcall diff --platform netconf old.xml new.json
    [[ $output == *"
- /ietf-system:system/authentication/user[name='bob']/password <secret:"* ]]
    [[ $output != *adeUp* ]]
}

@test "what was text and is data now is not compared line by line" {
    printf 'hostname core-1\nusername bob privilege 15\n' >old.cfg
    run rollcall diff --platform ios old.cfg old.xml
    [[ $output == *'running is data in one of them and text in the other'* ]]
    [[ $output != *'<system'* && $output != *madeUp* ]]
}
