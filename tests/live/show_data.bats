# What came over NETCONF, in each of its forms.

load ../lib

setup() {
    lib_setup
    acme_device "$WORK/dev"
    start_ncserver acme "$WORK/dev"
    watch_devices "acme: { address: 127.0.0.1, port: $SSHD_PORT, driver: netconf, credential: key }"
}

@test "a version is shown as XML, as JSON and as a tree, without its secrets" {
    rollcall collect --quiet
    run rollcall show acme
    [[ $output == *'<access xmlns="urn:acme:access">'* && $output != *rollcall-schema* ]]
    [[ $output == *'<secret:'* && $output != *0fJ0Lqk2* ]]
    rollcall show acme --form json >data.json
    jq -e '."acme-access:access".person | map(.name) == ["alice", "oper"]' data.json
    jq -e '."acme-access:access".person[0].way[0] == "acme-types:terminal"' data.json
    jq -e '."ietf-system:system".authentication.user[0].password | startswith("<secret:")' data.json
    run rollcall show acme --form tree
    [[ $output == *'acme-access:access
  person alice
    level 15
    word <secret:'* && $output != *0fJ0Lqk2* ]]
    run rollcall show acme --form xml --reveal
    [[ $output == *0fJ0Lqk2* ]]
    run rollcall show acme --form yaml
    [ "$status" -eq 2 ]
}

@test "a change of the device is told in paths" {
    rollcall collect --quiet
    sed -i 's/uplink/downlink/' "$WORK/dev/data.xml"
    rollcall collect --quiet || true
    run rollcall diff acme
    [[ $output == *"
- /acme-ports:ports/port[number='1']/text uplink
+ /acme-ports:ports/port[number='1']/text downlink"* ]]
}
