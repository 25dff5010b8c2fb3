# What intruders and engineers do to a router, each as the right event, once.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    lab_device "$WORK/dev" edge-1
    CONFIG=$WORK/dev/commands/show_running-config
    start_lab "$WORK/dev"
    watch_devices "edge-1: { address: 127.0.0.1, port: $LAB_PORT, platform: ios }"
    rollcall collect >/dev/null
}

versions() { rollcall history edge-1 --json | jq '.versions | length'; }

@test "eight changes in one evening are their eight events in one run" {
    sed -i -e 's/^username lastresort.*/&\nusername cisco_support privilege 15 secret 9 $9$new$new/' \
        -e 's/^username noc privilege 5/username noc privilege 15/' \
        -e 's/^\(username mkeller .*\)labsalthash.*/\1another/' \
        -e 's/^\(aaa authentication login default group NOC\) local/\1 none/' \
        -e '/^line vty 0 4/,/^line vty 5/{/access-class/d}' \
        -e 's/^snmp-server community.*/&\nsnmp-server community wr1teword RW/' \
        -e '/^logging host/d' \
        -e 's/^ntp server.*/&\nevent manager applet hide\n event syslog pattern "CONFIG_I"\n action 1 cli command "clear logging"/' \
        "$CONFIG"
    run rollcall collect
    [ "$status" -eq 1 ]
    run events
    echo "$output"
    for event in 'account-created cisco_support' 'privilege-raised noc' 'credential-changed mkeller' \
        'aaa-method-none' 'mgmt-acl-removed' 'snmp-rw-added' 'log-host-removed' 'onbox-script-added'; do
        [ "$(grep -c "edge-1 $event" <<<"$output")" -eq 1 ]
    done
    run --separate-stderr rollcall changes --json
    [[ $output != *wr1teword* ]] && [[ $output != *another* ]]
    run rollcall collect
    [ "$status" -eq 0 ]
    [ "$(versions)" -eq 2 ]
}

@test "a new time stamp, another order and a re-wrapped banner are no version" {
    sed -i -e 's/^! Last configuration change at .*/! Last configuration change at 23:59:59 UTC Fri Mar 6 2026 by mkeller/' \
        -e 's/^Current configuration : .*/Current configuration : 2999 bytes/' "$CONFIG"
    # the account lines the other way round
    awk '/^username/ { held = $0 "\n" held; next } held { printf "%s", held; held = "" } { print }' \
        "$CONFIG" >"$WORK/new" && mv "$WORK/new" "$CONFIG"
    run rollcall collect
    echo "$output"
    [ "$status" -eq 0 ]
    [ -z "$(events)" ]
}

@test "a config that is cut is a failure wherever it is cut, and deletes nobody" {
    accounts=$(rollcall accounts --json)
    size=$(sed 's/$/\r/' "$CONFIG" | wc -c)
    for at in 0 1 100 800 1200 1500 $((size - 60)) $((size - 8)) $((size - 6)) $((size - 4)); do
        for then in close drop; do
            misbehave "$WORK/dev" "cut $at" "then $then" 'only show running'
            run rollcall collect
            echo "cut at $at of $size, then $then: $output"
            [ "$status" -eq 4 ]
        done
    done
    [ "$(versions)" -eq 1 ]
    [ "$(rollcall accounts --json)" = "$accounts" ]
    misbehave "$WORK/dev"
    run rollcall collect
    [ "$(events | cut -d' ' -f2 | xargs)" = 'device-unreachable device-recovered' ]
    run rollcall collect
    [ "$status" -eq 0 ]
    [ "$(versions)" -eq 1 ]
}

@test "no noise of a device makes a version or an event" {
    for noise in 'pager_always yes' 'line_end crcrlf' 'fake_prompt yes' 'slow 1
slow_bytes 200' 'echo no' 'question Press RETURN to get started'; do
        misbehave "$WORK/dev" "$noise"
        run rollcall collect
        echo "$noise: $output"
        [ "$status" -eq 0 ]
    done
    [ "$(versions)" -eq 1 ]
    [ -z "$(events)" ]
}

@test "a hostile device reaches no terminal and deletes nobody" {
    accounts=$(rollcall accounts --json | jq -c '[.accounts[].name]')
    misbehave "$WORK/dev" 'escapes yes' 'garbage 50'
    run rollcall collect
    [[ $output != *$'\e'* && $output != *$'\x9b'* && $output != *$'\a'* ]]
    for command in status changes 'history edge-1' 'show edge-1' 'diff edge-1' accounts; do
        run rollcall $command
        [[ $output != *$'\e'* && $output != *$'\x9b'* && $output != *$'\a'* ]]
    done
    [ "$(rollcall accounts --json | jq -c '[.accounts[].name]')" = "$accounts" ]
}
