# Versions written where other tools read them, and read back.
bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    export ROLLCALL_SETTINGS=$WORK/rollcall.yaml
    printf '%s\n' 'store: rollcall.db' 'key-file: rollcall.key' >"$ROLLCALL_SETTINGS"
    rollcall init --quiet >/dev/null
    mkdir saved
}

# ios HOSTNAME USER...: a config.
ios() {
    printf '!\nversion 15.2\nhostname %s\n!\n' "$1"
    shift
    printf 'username %s privilege 15 secret 9 $9$abcdefghijklmn$0123456789\n' "$@"
    printf '!\nline vty 0 4\n transport input ssh\n!\nend\n'
}

take_over() { rollcall import --quiet --from folder --platform ios saved >/dev/null; }

# Two devices, five versions; two of one second.
history_of_two() {
    ios edge-1 admin >saved/edge-1-2026-03-01T100000.25.cfg
    ios edge-1 admin bob >saved/edge-1-2026-03-01T100000.5.cfg
    ios edge-2 admin >saved/edge-2-2026-03-01T100000.3.cfg
    ios edge-1 admin >saved/edge-1-2026-03-03.cfg
    ios edge-2 carol >saved/edge-2-2026-03-02.cfg
    take_over
}

# another_store: from here on, an empty history with another key.
another_store() {
    mkdir other
    ROLLCALL_SETTINGS=$WORK/other/rollcall.yaml
    printf '%s\n' 'store: rollcall.db' 'key-file: rollcall.key' >"$ROLLCALL_SETTINGS"
    rollcall init --quiet >/dev/null
}

all_versions() {
    local device
    for device; do
        rollcall history "$device" --json | jq -c '.versions[] | [.version, .created, .digest, .author]'
    done
}

@test "git gets a commit a version, over all devices in order of time" {
    history_of_two
    run -0 rollcall export --to git out.git
    [[ $output == *"5 versions of 2 devices written"* ]]
    git -C out.git fsck --strict
    run -0 git -C out.git log --reverse --format='%cn %at %s'
    [ "${lines[0]}" = "rollcall 1772359200 edge-1: version 1" ]
    [ "${lines[1]}" = "rollcall 1772359200 edge-2: version 1" ]
    [ "${lines[2]}" = "rollcall 1772359200 edge-1: version 2" ]
    [ "${lines[4]}" = "rollcall 1772496000 edge-1: version 3" ]
    run -0 git -C out.git log -1 --skip=2 --format=%b
    [[ $output == *"account-created: account bob created on edge-1"* ]]
    run -0 git -C out.git show HEAD:edge-2/running
    [[ $output == *"username carol privilege 15 secret 9 <secret:"* ]]
}

@test "no secret is in what is exported, unless it is asked for" {
    history_of_two
    rollcall export --quiet --to git out.git
    rollcall export --quiet --to folder --all out
    rollcall export --quiet --to jsonl out.jsonl
    git clone -q out.git clone
    git -C clone log -p --all >log
    run -1 grep -rF 'abcdefghijklmn' log out out.jsonl
    entries() { sqlite3 rollcall.db 'SELECT count(*) FROM entry WHERE kind = 6'; }
    before=$(entries) # the import
    rollcall export --quiet --to jsonl --reveal - | grep -qF abcdefghijklmn
    [ "$(entries)" = $((before + 1)) ] # who did so is in the log
    [ "$(stat -c %a out.jsonl out/edge-1/* | sort -u)" = 600 ]
}

@test "a second export adds only what is new" {
    history_of_two
    rollcall export --quiet --to git out.git
    before=$(git -C out.git rev-parse HEAD)
    run -0 --separate-stderr rollcall export --to git --json out.git
    [ "$(jq -c '[.versions, .there]' <<<"$output")" = '[0,5]' ]
    [ "$(git -C out.git rev-parse HEAD)" = "$before" ]
    ios edge-2 carol dave >saved/edge-2-2026-03-05.cfg
    take_over
    run -0 --separate-stderr rollcall export --to git --json out.git
    [ "$(jq -c '[.versions, .there]' <<<"$output")" = '[1,5]' ]
    [ "$(git -C out.git rev-parse HEAD^)" = "$before" ]
    git -C out.git show HEAD:edge-2/running | grep -q dave
    git -C out.git show HEAD:edge-1/running | grep -q admin
}

@test "what is exported to git and imported again is the same" {
    history_of_two
    rollcall export --quiet --to git --reveal out.git
    all_versions edge-1 edge-2 >before
    another_store
    rollcall import --quiet --from rollcall out.git >/dev/null
    all_versions edge-1 edge-2 >after
    diff before after
    [ "$(wc -l <after)" = 5 ]
    [ "$(events --device edge-1 | wc -l)" -gt 0 ]
}

@test "what is exported to a folder and imported again is the same" {
    history_of_two
    rollcall export --quiet --to folder --all --reveal out
    [ -e out/edge-1/2026-03-01T100000.250000Z.cfg ]
    all_versions edge-1 edge-2 >before
    another_store
    rollcall import --quiet --from folder --platform ios out >/dev/null
    all_versions edge-1 edge-2 >after
    diff before after
}

@test "a device of several parts comes back whole, and with odd names" {
    mkdir web
    echo 'root:x:0:0:root:/root:/bin/bash' >web/passwd
    echo 'root:*:19000:0:99999:7:::' >web/shadow
    echo 'root:x:0:' >web/group
    printf '%s\n' 'defaults: { schedule: never }' 'devices:' \
        '  "web/ü:1": { platform: linux, driver: file, file: { path: web, name: "*", whole: true } }' \
        >>"$ROLLCALL_SETTINGS"
    rollcall collect --quiet >/dev/null || [ $? = 1 ]
    echo 'eve:x:0:0::/root:/bin/bash' >>web/passwd
    rollcall collect --quiet >/dev/null || [ $? = 1 ]
    rollcall export --quiet --to git --reveal out.git
    git -C out.git fsck --strict
    run -0 git -C out.git ls-tree -r --name-only HEAD
    [[ $output == *"web%2F%C3%BC%3A1/passwd"* ]]
    all_versions "web/ü:1" >before
    [ "$(wc -l <before)" = 2 ]
    another_store
    rollcall import --quiet --from rollcall out.git >/dev/null
    all_versions "web/ü:1" >after
    diff before after
}

@test "JSON Lines hold versions, oldest first, then events" {
    history_of_two
    rollcall export --quiet --to jsonl out.jsonl
    [ "$(jq -rs '[.[] | select(.kind == "version") | "\(.device) \(.version)"] | join(", ")' out.jsonl)" = \
        "edge-1 1, edge-2 1, edge-1 2, edge-2 2, edge-1 3" ]
    [ "$(jq -rs '[.[].kind] | unique | join(" ")' out.jsonl)" = "event version" ]
    jq -es '.[0].access["rollcall-access:access"].account[0].name == "admin"' out.jsonl
    jq -es 'all(.[]; .rollcall == 1)' out.jsonl
    [ "$(rollcall export --quiet --to jsonl --device edge-2 --since 2026-03-02 - | jq -s '[.[] | .device] | unique | join(" ")')" = '"edge-2"' ]
}

@test "the newest version of each device in a folder" {
    history_of_two
    rollcall export --quiet --to folder out
    [ "$(ls out)" = "$(printf 'edge-1.cfg\nedge-2.cfg')" ]
    [ "$(TZ=UTC stat -c %y out/edge-2.cfg)" = "2026-03-02 00:00:00.000000000 +0000" ]
    grep -q carol out/edge-2.cfg
    ios edge-2 frank >saved/edge-2-2026-03-04.cfg
    take_over
    run -0 --separate-stderr rollcall export --to folder --json out
    [ "$(jq -c '[.versions, .there]' <<<"$output")" = '[1,1]' ]
    grep -q frank out/edge-2.cfg
}

@test "what cannot be written to is told, and nothing in it is touched" {
    history_of_two
    mkdir full && echo mine >full/file
    run -4 rollcall export --to git full
    [[ $output == *"full: there is something that is no bare git repository"* ]]
    git init -q tree
    run -4 rollcall export --to git tree
    run -4 rollcall export --to git full/file
    run -4 rollcall export --to folder full/file
    run -4 rollcall export --to jsonl nowhere/out
    run -2 rollcall export --to tape out
    run -2 rollcall export out
    run -2 rollcall export --to git --all out
    run -4 rollcall export --to git --device 'x*' out
    [[ $output == *"no device is named x*"* ]]
    [ "$(ls | grep -v -e -wal -e -shm)" = "$(printf 'full\nhome\nrollcall.db\nrollcall.key\nrollcall.yaml\nsaved\ntree')" ]
    [ "$(cat full/file)" = mine ]
}
