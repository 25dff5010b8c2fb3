# What was when: parts and their own histories, differences between times, and what there is instead
# where nothing is known.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    lab_device dev edge-1
    save
    start_lab dev
    cat >rollcall.yaml <<END
store: $WORK/history.db
key-file: $WORK/key
unsaved-after: 1s
credentials:
  lab: { user: admin, password: { clear-text: s3cret }, enable: { clear-text: en4ble } }
devices:
  edge-1: { address: 127.0.0.1, port: $LAB_PORT, credential: lab }
END
    chmod 600 rollcall.yaml
    rollcall --settings rollcall.yaml --quiet init >/dev/null
}

rc() { rollcall --settings rollcall.yaml "$@"; }
# ask ARGUMENT...: rc with --json, its output in $output.
ask() { run --separate-stderr rc "$@" --json; }
change() { sed -i "$1" dev/commands/show_running-config; }
save() { { echo 'Using 2345 out of 262144 bytes'; cat dev/commands/show_running-config; } >dev/commands/show_startup-config; }
create() { change "s/^username noc/username $1 privilege 15 secret 9 \$9\$abcdefghijklmn\$opqrstuvwxyz\n&/"; }
now() { date -u +%Y-%m-%dT%H:%M:%S.%NZ; }
fails_with() { [ "$status" -eq "$1" ] && [[ $stderr == *"$2"* ]] || { echo "got $status: $stderr" >&2; return 1; }; }

@test "an account that is not saved is told of at once, and that it was saved as well" {
    rc collect
    create eve
    run rc collect
    [ "$status" -eq 1 ]
    ask changes --event startup-differs-from-running
    jq -e '.events | length == 1 and .[0].subject == "startup" and .[0].before == ["eve"] and .[0].after == null
        and .[0].evidence[0].part == "running" and (.[0].says | contains("a reload deletes eve"))' <<<"$output"
    [[ $output != *abcdefghijklmn* ]]
    run rc collect
    [ "$status" -eq 0 ]
    save
    rc collect || true
    ask changes --event startup-agrees-with-running
    jq -e '.events | length == 1' <<<"$output"
}

@test "a device that refuses its startup config is collected all the same" {
    rm dev/commands/show_startup-config
    rc collect
    ask show edge-1
    jq -e '[.parts[].part] == ["running"]' <<<"$output"
}

@test "a startup config that breaks off is left out and hurts nobody" {
    printf 'Using 1 out of 2 bytes\nusername bob\n' >dev/commands/show_startup-config
    rc collect
    ask show edge-1
    jq -e '[.parts[].part] == ["running"]' <<<"$output"
}

@test "saved copies are not read where the settings say so" {
    echo 'defaults: { saved-copies: false }' >>rollcall.yaml
    rc collect
    ask show edge-1
    jq -e '[.parts[].part] == ["running"]' <<<"$output"
    ! grep -q startup "$LAB_LOG"
}

@test "each part has a history of its own" {
    rc collect
    create eve
    rc collect || true
    save
    rc collect || true
    change 's/^! Last configuration change at [0-9:]*/! Last configuration change at 23:59:59/'
    create mallory
    rc collect || true
    ask history edge-1
    jq -e '[.versions[].version] == [4, 3, 2, 1]' <<<"$output"
    ask history edge-1 --part running
    jq -e '[.versions[].version] == [4, 2, 1] and [.versions[].change] == ["changed", "changed", "appeared"]' <<<"$output"
    ask history edge-1 --part startup
    jq -e '[.versions[].version] == [3, 1]' <<<"$output"
    ask history edge-1 --part users
    fails_with 4 'no version of edge-1 ever had a part "users"'
}

@test "one part is shown alone, without a heading" {
    rc collect
    run --separate-stderr rc show edge-1 --part startup
    [[ $output == *'Using 2345'* && $output != *'==>'* ]]
    ask show edge-1 --part startup
    jq -e '[.parts[].part] == ["startup"]' <<<"$output"
    ask show edge-1 --part users
    fails_with 2 'has no part "users"; it has: running, startup'
    ask show edge-1 --access --part running
    [ "$status" -eq 2 ]
}

@test "two times are compared by the versions in force then" {
    rc collect
    first=$(now)
    create eve
    rc collect || true
    second=$(now)
    create mallory
    rc collect || true
    ask diff edge-1 --at "$first"
    [ "$status" -eq 1 ]
    jq -e '.previous == 1 and .version == 3 and ([.events[] | select(.event == "account-created").subject] == ["eve", "mallory"])' <<<"$output"
    ask diff edge-1 --at "$first" --at "$second"
    jq -e '.previous == 1 and .version == 2' <<<"$output"
    ask diff edge-1 --at "$second" --at "$second"
    [ "$status" -eq 0 ]
    [[ $stderr == *'version 2 of edge-1 was in force all the time'* ]]
    ask diff edge-1 --at "$second" --at "$first"
    fails_with 2 'the second --at is the earlier one'
}

@test "what is not known is answered with what is" {
    rc collect
    ask show edge-1 --at 2001-01-01
    fails_with 4 'nothing is known of edge-1 at 2001-01-01T00:00:00Z: it was first read at 20'
    ask diff edge-1 --at 2001-01-01
    fails_with 4 'it was first read at 20'
    ask show edge-1 --version 9
    fails_with 4 'edge-1 has no version 9; it has 1 to 1'
    ask show edge-2
    fails_with 4 'nothing is known of "edge-2"; did you mean "edge-1"?'
    ask history edge-2
    fails_with 4 'did you mean "edge-1"?'
}

@test "a device that is gone from the settings keeps its past" {
    rc collect
    sed -i 's/^  edge-1:/  other:/' rollcall.yaml
    ask history edge-1
    jq -e '.versions | length == 1' <<<"$output"
    ask show edge-1 --part running
    [ "$status" -eq 0 ]
    ask accounts --device edge-1
    jq -e '.accounts | length > 0' <<<"$output"
}

# ---- the life of an account ----

@test "the life of an account is told from the first to the last day, and whose doing it was" {
    rc collect
    create eve
    change 's/by mkeller$/by mallory/'
    rc collect || true
    change 's/^username eve privilege 15/username eve privilege 1/'
    rc collect || true
    change '/^username eve/d'
    rc collect || true
    ask history --account eve
    jq -e '.spans | length == 2 and .[0].privilege == 15 and .[0].admin and .[0].version == 2
        and .[0].event == "account-created" and .[0].by == "mallory" and .[0].approval == "unreviewed"
        and .[0].until == .[1].since and .[1].event == "privilege-lowered" and .[1].privilege == 1
        and .[1].ended_event == "account-deleted" and .[1].ended_version == 4
        and ([.[] | .since_first] == [false, false])' <<<"$output"
    ask history --account noc --device edge-1
    jq -e '.spans | length == 1 and .[0].since_first and .[0].until == null and .[0].version == 1 and .[0].by == null' <<<"$output"
    run --separate-stderr rc history --account noc
    [[ $output == *'<20'* ]]
    run --separate-stderr rc history --account eve --csv
    [[ ${lines[0]} == device,name,* && ${#lines[@]} -eq 3 ]]
}

@test "who never was is said to have never been" {
    rc collect
    ask history --account nox
    fails_with 4 'no account "nox" was ever seen; did you mean "noc"?'
    ask history --account noc --device edge-2
    fails_with 4 'nothing is known of "edge-2"; did you mean "edge-1"?'
    ask history --account noc edge-1
    [ "$status" -eq 2 ]
    ask accounts --device edge-2
    fails_with 4 'nothing is known of "edge-2"; did you mean "edge-1"?'
    ask accounts --device edge-1 --at 2001-01-01
    fails_with 4 'it was first read at 20'
    ask accounts --name nobody
    [ "$status" -eq 0 ]
    [[ $stderr == *'no account is known that fits'* ]]
}

# ---- operators ----

@test "who looks at secrets stands in the log" {
    rc collect
    ask log --kind action
    jq -e '.entries == []' <<<"$output"
    SSH_CONNECTION='192.0.2.7 51000 192.0.2.1 22' rc show edge-1 --reveal --part running >revealed
    grep -q labsalthash revealed
    ask log --action reveal
    jq -e --arg me "$(id -un)" '.entries | length == 1 and .[0].kind == "action" and .[0].device == "edge-1"
        and (.[0].who | startswith($me)) and .[0].from == "192.0.2.7"
        and .[0].document.arguments == {"version": 1, "part": "running"}' <<<"$output"
    [[ $output != *labsalthash* ]]
    SSH_CONNECTION='nonsense; rm 1 2 3' rc show edge-1 --reveal >/dev/null
    ask log --action reveal
    jq -e '.entries | length == 2 and .[0].from == null' <<<"$output"
    rc show edge-1 >/dev/null
    rc show edge-1 --access >/dev/null
    ask log --action reveal --device edge-1 --since 1h
    jq -e '.entries | length == 2' <<<"$output"
    ask log --action reveal --until 2001-01-01
    jq -e '.entries == []' <<<"$output"
}

@test "what cannot be written into the log is not revealed" {
    rc collect
    sqlite3 history.db "CREATE TRIGGER full BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'no'); END"
    run --separate-stderr rc show edge-1 --reveal
    [ "$status" -ne 0 ]
    [[ -z $output && $stderr == *'not done, because it cannot be recorded'* ]]
    run --separate-stderr rc show edge-1
    [ "$status" -eq 0 ]
}

@test "to reveal makes no store" {
    run --separate-stderr rc show edge-1 --reveal
    [ "$status" -ne 0 ]
    [ ! -e history.db ] || ! rc status --json | jq -e '.devices[] | select(.version)' >/dev/null
}

@test "pinning a host key by hand stands in the log, also of a device that was never read" {
    rc trust edge-1 --yes
    ask log --action trust
    jq -e --arg print "$LAB_PRINT" '.entries | length == 1 and .[0].document.arguments.fingerprint == $print
        and .[0].document.arguments.device == "edge-1"' <<<"$output"
    rc trust edge-1 --yes
    ask log --action trust
    jq -e '.entries | length == 1' <<<"$output"
}

@test "an event is acknowledged once, by its first digits, and is no longer open" {
    rc collect
    create eve
    rc collect || true
    ask changes --event account-created
    id=$(jq -r '.events[0].id' <<<"$output")
    ask changes --open --event account-created
    jq -e '.events | length == 1' <<<"$output"
    ask ack "${id:0:8}" --note 'CHG0042, planned'
    [ "$status" -eq 0 ]
    jq -e --arg id "$id" '.events | length == 1 and .[0].id == $id and .[0].result == "acknowledged"' <<<"$output"
    ask changes --event account-created
    jq -e --arg me "$(id -un)" '.events[0].acknowledged | .user.name == $me and .note == "CHG0042, planned" and (.at | startswith("20"))' <<<"$output"
    ask changes --open --event account-created
    jq -e '.events == []' <<<"$output"
    ask ack "$id"
    jq -e '.events[0].result == "acknowledged before"' <<<"$output"
    [[ $stderr == *"was acknowledged by $(id -un)"* ]]
    ask log --kind acknowledgement
    jq -e --arg id "$id" '.entries | length == 1 and .[0].document.event == $id and .[0].device == "edge-1"' <<<"$output"
    run --separate-stderr rc changes
    [[ $output == *"${id:0:8}"* && $output == *"$(id -un)"* ]]
}

@test "what is no event is not acknowledged, nor what stands beside it" {
    rc collect
    create eve
    rc collect || true
    id=$(rc changes --event account-created --json | jq -r '.events[0].id')
    ask ack "$id" 000000000000
    fails_with 4 'no event 000000000000; see: rollcall changes'
    ask ack zz
    [ "$status" -eq 2 ]
    ask log --kind acknowledgement
    jq -e '.entries == []' <<<"$output"
}

@test "the log tells of everything, the newest first" {
    rc collect
    create eve
    rc collect || true
    ask log
    jq -e '[.entries[].seq] == ([.entries[].seq] | sort | reverse)
        and ([.entries[].kind] | contains(["version", "event", "start"]))' <<<"$output"
    ask log --kind version --limit 1
    jq -e '.entries | length == 1 and .[0].what == "version 2, \(.[0].document.event_count) events"' <<<"$output"
    ask log --kind nonsense
    [ "$status" -eq 2 ]
}
