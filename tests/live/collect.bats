# The main job by hand: collect from a device, see it change, ask who had access when.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    lab_device dev edge-1
    start_lab dev
    settings
    rollcall --settings rollcall.yaml --quiet init >/dev/null
}

settings() {
    cat >rollcall.yaml <<END
store: $WORK/history.db
key-file: $WORK/key
credentials:
  lab: { user: admin, password: { clear-text: s3cret }, enable: { clear-text: en4ble } }
devices:
  edge-1: { address: 127.0.0.1, port: $LAB_PORT, credential: lab${1:+, $1} }
END
    chmod 600 rollcall.yaml
}

rc() { rollcall --settings rollcall.yaml "$@"; }
change() { sed -i "$1" dev/commands/show_running-config; }
integrity() { [ "$(sqlite3 history.db 'PRAGMA integrity_check')" = ok ]; }

@test "an account that appears is an event, a version and an answer to who had access when" {
    run rc collect
    [ "$status" -eq 0 ]
    between=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
    change 's/^username noc/username cisco_support privilege 15 secret 9 $9$abcdefghijklmn$opqrstuvwxyz\n&/'
    run rc collect
    [ "$status" -eq 1 ]
    run --separate-stderr rc changes --json
    jq -e '[.events[] | select(.event == "account-created")] | length == 1 and .[0].subject == "cisco_support"
        and .[0].severity == 95 and .[0].device == "edge-1" and .[0].version == 2 and .[0].previous == 1' <<<"$output"
    run --separate-stderr rc accounts --json
    jq -e '[.accounts[].name] | index("cisco_support")' <<<"$output"
    run --separate-stderr rc accounts --at "$between" --json
    jq -e '[.accounts[].name] | index("cisco_support") | not' <<<"$output"
    run --separate-stderr rc diff edge-1 --json
    [ "$status" -eq 1 ] && jq -e '.version == 2 and .previous == 1 and (.events | length == 1)' <<<"$output"
    run --separate-stderr rc history edge-1 --json
    jq -e '[.versions[].version] == [2, 1]' <<<"$output"
    integrity
}

@test "an unchanged config writes no version" {
    rc collect
    change 's/^! Last configuration change at [0-9:]*/! Last configuration change at 23:59:59/'
    run rc collect
    [ "$status" -eq 0 ]
    [ "$(rc history edge-1 --json | jq '.versions | length')" = 1 ]
}

@test "a config that is cut off is a failed run: no version, and no account is deleted" {
    rc collect
    size=$(stat -c %s dev/commands/show_running-config)
    for at in 0 1 100 $((size / 2)) $((size - 5)) $((size - 1)); do
        misbehave dev "cut $at"
        run rc collect
        [ "$status" -eq 4 ] || { echo "cut at $at: $status $output"; false; }
    done
    [ "$(rc history edge-1 --json | jq '.versions | length')" = 1 ]
    rc changes --json | jq -e '[.events[].event] | unique - ["device-unreachable"] == []'
    misbehave dev
    run rc collect
    [ "$status" -le 1 ]
    [ "$(rc changes --json | jq '[.events[] | select(.event == "device-recovered")] | length')" = 1 ]
}

@test "a wrong password is one line that says what was tried, without the password" {
    sed -i 's/s3cret/wr0ng-w0rd/' rollcall.yaml
    run rc collect
    [ "$status" -eq 4 ]
    [[ "$output" == *"edge-1"*"authentication failed for admin"* && "$output" != *wr0ng-w0rd* ]]
}

@test "nothing listening, and some devices of several failing, have their exit codes" {
    closed=$(free_port)
    echo "  edge-2: { address: 127.0.0.1, port: $closed, credential: lab }" >>rollcall.yaml
    run rc collect
    [ "$status" -eq 3 ] && [[ "$output" == *"edge-2"*"refused"* ]]
    run rc collect edge-2
    [ "$status" -eq 4 ]
    run rc status
    [ "$status" -eq 3 ]
}

@test "a host key is pinned at first use, and another one is a failure with an event" {
    rc collect
    old=$LAB_PRINT
    stop "$LAB_PID"
    start_lab dev --port "$LAB_PORT"
    [ "$LAB_PRINT" != "$old" ]
    run rc collect
    [ "$status" -eq 4 ]
    [[ "$output" == *"host key changed"*"$old"*"$LAB_PRINT"*"rollcall trust edge-1"* ]]
    rc changes --json | jq -e '[.events[] | select(.event == "host-key-changed")] | length == 1'
    run rc trust edge-1 --fingerprint SHA256:wrong
    [ "$status" -eq 4 ]
    run rc trust edge-1 --fingerprint "$LAB_PRINT"
    [ "$status" -eq 0 ]
    run rc collect
    [ "$status" -le 1 ]
}

@test "with pinned keys only, an unknown one is refused until it is trusted" {
    settings 'host-keys: pinned'
    run rc collect
    [ "$status" -eq 4 ] && [[ "$output" == *"rollcall trust edge-1"* ]]
    run rc trust edge-1 --yes
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    [[ "$output" == *"$LAB_PRINT"* ]]
    run rc collect
    [ "$status" -le 1 ] || { echo "$output"; false; } # 1: it recovered, which is an event
}

@test "show hides secrets unless asked, and --at gives the version of that time" {
    rc collect
    run rc show edge-1
    [ "$status" -eq 0 ] && [[ "$output" == *"<secret:"* && "$output" != *'$9$'* ]]
    run rc show edge-1 --reveal
    [[ "$output" == *'$9$'* ]]
    run rc show edge-1 --at 2020-01-01
    [ "$status" -eq 4 ]
    run --separate-stderr rc show edge-1 --access --json
    jq -e '.kind == "access" and (."rollcall-access:access".account | length > 0)' <<<"$output"
}

@test "try needs no settings, refuses an unknown key without a terminal, and never prints the password" {
    export ROLLCALL_PASSWORD=s3cret ROLLCALL_ENABLE=en4ble
    run setsid -w "$BUILD/rollcall" try "admin@127.0.0.1:$LAB_PORT"
    [ "$status" -eq 4 ] && [[ "$output" == *"$LAB_PRINT"*"not trusted"* && "$output" == *"--accept-new"* ]]
    run --separate-stderr rollcall try --accept-new --json "admin@127.0.0.1:$LAB_PORT"
    [ "$status" -le 1 ]
    jq -e '.platform == "ios" and .hostname == "edge-1"' <<<"$output"
    [[ "$output$stderr" != *s3cret* ]]
    # one login, each harmless command once
    [ "$(grep -c 'show version' "$LAB_LOG")" -le 2 ]
}

@test "hostile output of a device does not reach the terminal" {
    misbehave dev "escapes yes"
    run rc collect
    [[ "$output" != *$'\e'* ]]
    run rc show edge-1
    [[ "$output" != *$'\e'* ]]
}
