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
