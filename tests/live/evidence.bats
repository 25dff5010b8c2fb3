# Evidence of what was collected: made by `rollcall evidence`, checked without the store.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    lab_device dev edge-1
    start_lab dev
    watch_devices "edge-1: { address: 127.0.0.1, port: $LAB_PORT }"
    verifier=$ROOT/tests/cli/evidence_verify.py
    rollcall collect >/dev/null || true
}

change() { sed -i "$1" dev/commands/show_running-config; }
intrude() {
    change 's/^username noc/username cisco_support privilege 15 secret 9 $9$abcdefghijklmn$opqrstuvwxyz\n&/'
    rollcall collect >/dev/null || [ "$?" -eq 1 ]
}
evidence() { rollcall evidence edge-1 "$@"; }
# without_store FILE...: where there is nothing of rollcall but the program.
without_store() { env -i PATH="$PATH" HOME="$WORK/nobody" ROLLCALL_SETTINGS=/nonexistent "$BUILD/rollcall" "$@"; }

@test "one version becomes a file that both verifiers find good, without the store" {
    intrude
    run --separate-stderr evidence --json -o file.html
    [ "$status" -eq 0 ]
    key=$(jq -r .key <<<"$output")
    jq -e '.kind == "evidence" and .version == 2 and .file == "file.html" and (.reveal | not)' <<<"$output"
    [ "$(stat -c %a file.html)" = 600 ]
    run --separate-stderr without_store verify --key "$key" file.html
    echo "$output" "$stderr"
    [ "$status" -eq 0 ]
    [[ "$output" == *"version 2 of edge-1"* && "$output" == *"the file proves what it shows"* ]]
    [[ "$output" == *"hidden line"* ]]
    python3 "$verifier" file.html "$key"
}

@test "the file shows the account and the event, and no secret unless asked" {
    intrude
    evidence -o hidden.html
    evidence --reveal -o full.html
    grep -q '<td>cisco_support</td>' hidden.html
    grep -q 'account-created' hidden.html
    ! grep -qF 'abcdefghijklmn$opqrstuvwxyz' hidden.html
    grep -qF 'abcdefghijklmn$opqrstuvwxyz' full.html
    run without_store verify full.html
    [ "$status" -eq 0 ] && [[ "$output" != *"hidden line"* ]]
}

@test "an earlier version is proven to have been in force until the next one was seen" {
    rollcall collect >/dev/null
    at=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
    rollcall collect >/dev/null
    intrude
    evidence --at "$at" -o file.html
    run without_store verify --json file.html
    [ "$status" -eq 0 ]
    jq -e '.version == 1 and ([.findings[] | select(.about == "time" and .state == "proven") | .text] |
        any(test("this version was in force$")) and any(test("version 2 is so since")))' <<<"$output"
    python3 "$verifier" file.html
}

@test "an event leads to its version, and what was acknowledged is in the file" {
    intrude
    id=$(rollcall changes --json | jq -r '[.events[] | select(.event == "account-created")][0].id')
    rollcall ack "$id" --note 'ours' >/dev/null
    change 's/^username noc.*/&\nntp server 192.0.2.1/'
    rollcall collect >/dev/null || true
    evidence --event "$id" -o file.html
    run without_store verify --json file.html
    [ "$status" -eq 0 ] && jq -e '.version == 2' <<<"$output"
    grep -q '<td>acknowledgement</td>' file.html
    python3 "$verifier" file.html
    run evidence --event nothing -o other.html
    [ "$status" -eq 4 ] && [[ "$output" == *"no version with an event nothing"* ]]
    [ ! -e other.html ]
}

@test "that evidence was made stands in the log" {
    evidence --reveal -o file.html
    rollcall log --json >log.json
    jq -e '[.. | objects | select(.action? == "evidence")] | length >= 1' log.json
}

@test "what the command line lacks is said, and nothing is written" {
    run evidence
    [ "$status" -eq 2 ] && [[ "$output" == *"usage: rollcall evidence"* ]]
    run evidence --version 1 --at 1h -o file.html
    [ "$status" -eq 2 ] && [[ "$output" == *"exclude each other"* ]]
    run evidence --version 7 -o file.html
    [ "$status" -eq 4 ] && [[ "$output" == *"edge-1 has no version 7"* ]]
    run rollcall evidence edge-9 -o file.html
    [ "$status" -eq 4 ]
    [ ! -e file.html ]
}

@test "both verifiers judge changes of a real file alike" {
    intrude
    evidence -o file.html >/dev/null
    key=$(evidence --json -o again.html 2>/dev/null | jq -r .key)
    run python3 "$ROOT/tests/cli/evidence_tamper.py" "$BUILD/rollcall" file.html "$key" 25
    echo "$output"
    [ "$status" -eq 0 ]
}
