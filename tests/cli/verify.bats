# Is the history as it was written? And heads that are kept where nobody reaches them.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    mkdir saved state
    settings
    config bob >saved/r1
    rc --quiet init >/dev/null
    rc collect >/dev/null
    config bob eve >saved/r1
    rc collect >/dev/null || [ $? -eq 1 ]
}

# settings LINE...
settings() {
    printf '%s\n' "store: $WORK/state/history.db" "key-file: $WORK/state/key" "$@" \
        'defaults: { platform: ios, schedule: never }' devices: \
        '  r1: { driver: file, file: { path: saved } }' >rollcall.yaml
}

rc() { rollcall --settings rollcall.yaml "$@"; }

config() {
    printf '%s\n' '! Image: Software: X86_64' '!' 'hostname r1' '!'
    printf 'username %s privilege 15 secret 5 $1$aaaa$bbbbbbbbbbbbbbbbbbbbbb\n' "$@"
    printf '%s\n' '!' end
}

# tamper SQL: without rollcall.
tamper() {
    python3 -c 'import sqlite3, sys
db = sqlite3.connect("state/history.db")
db.executescript(sys.argv[1])
db.commit()
db.close()' "$1"
}

@test "an untouched history is whole, for people and for programs" {
    run --separate-stderr rc verify
    [ "$status" -eq 0 ] && [ -z "$stderr" ]
    [[ "$output" == *"the history is whole"* && "$output" == *"rollcall/"* ]]
    rc verify --json | jq -e '.kind == "verify" and .holds and .faults == 0 and .versions == 2
        and .findings == [] and .pruned == [] and (.root | length) == 64'
    rc verify --device r1 --json | jq -e '.holds and .versions == 2'
    run rc verify --device r9
    [ "$status" -eq 4 ] && [[ "$output" == *'nothing is known of "r9"'* ]]
}

@test "what was tampered with is named, and exit code 5" {
    tamper "UPDATE version SET created_us = created_us - 86400000000 WHERE number = 1"
    run rc verify
    [ "$status" -eq 5 ] && [[ "$output" == *"created_us"* && "$output" == *"not the history that was written"* ]]
    run --separate-stderr rc verify --json
    [ "$status" -eq 5 ]
    jq -e '(.holds | not) and .faults >= 1 and (.findings[0] | .fault == "changed" and .device == "r1"
        and .version == 1 and (.where | test("created_us")))' <<<"$output"
}

@test "an older history in the place of the newer is found by a head kept elsewhere" {
    cp -r state old
    config bob eve mallory >saved/r1
    rc collect >/dev/null || [ $? -eq 1 ]
    mkdir worm
    rc head >>worm/heads
    rc head | run -0 rc verify --head -
    rc verify --head worm
    rm -r state && mv old state
    rc verify
    run rc verify --head worm
    [ "$status" -eq 5 ] && [[ "$output" == *"rolled back: the head of"*"this store has"* ]]
    echo "a line that is no head" >none
    run rc verify --head none
    [ "$status" -eq 4 ] && [[ "$output" == *"there is no head in it"* ]]
}

@test "that the log only grew is checked without the history" {
    rc head >old.head
    config bob eve mallory >saved/r1
    rc collect >/dev/null || [ $? -eq 1 ]
    rc head >new.head
    rc verify --json | jq -r .key >log.key
    rc head --proof "$(sed -n 2p old.head)" >proof.json
    mv state gone
    run rollcall verify --consistency proof.json --key log.key old.head new.head
    [ "$status" -eq 0 ] && [[ "$output" == *"only grew"* ]]
    run rollcall verify --consistency proof.json --key log.key new.head new.head
    [ "$status" -eq 5 ]
    jq '.hashes[0] = (.hashes[0] | sub("^..";"00"))' proof.json >forged.json
    run rollcall verify --consistency forged.json --key log.key old.head new.head
    [ "$status" -eq 5 ]
    run rollcall verify --consistency log.key --key log.key old.head new.head
    [ "$status" -eq 2 ]
}

@test "heads go to a file and a git repository, and what fails is in the status" {
    git init -q --bare remote.git
    settings "heads: { file: $WORK/heads, git: { path: $WORK/repo, push: true } }"
    "$BUILD/rollcalld" --settings rollcall.yaml --once || [ $? -eq 1 ]
    [ "$(grep -c '^rollcall/' heads)" -eq 1 ]
    [ "$(git -C repo log --format=%s | grep -c 'entries, root')" -eq 1 ]
    rc verify --head heads --head repo
    run rc status
    [[ "$output" == *"git $WORK/repo"*"failing"* && "$output" == *"file $WORK/heads"*"ok"* ]]
    git -C repo remote add origin "$WORK/remote.git"
    git -C repo config push.autoSetupRemote true
    "$BUILD/rollcalld" --settings rollcall.yaml --once || [ $? -eq 1 ]
    [ "$(git -C remote.git log --format=%s main | wc -l)" -eq 1 ]
    [ "$(grep -c '^rollcall/' heads)" -eq 1 ]
}

@test "what was pruned by the rules is said and is no fault, and what only looks so is one" {
    config bob eve mallory >saved/r1
    rc collect >/dev/null || [ $? -eq 1 ]
    config bob >saved/r1
    rc collect >/dev/null || [ $? -eq 1 ]
    settings 'retention: { policies: { short: { keep: newest 1 } } }'
    rc prune >/dev/null
    run rc verify
    [ "$status" -eq 0 ] && [[ "$output" == *"pruned by the rules"*short* ]]
    rc verify --json | jq -e '.holds and .versions_pruned >= 1 and ([.pruned[].count] | add) == .versions_pruned
        and (.pruned[0] | .policy == "short" and .device == "r1" and (.by | length) > 0)'
    # one more than the log says
    tamper "UPDATE version SET access = NULL, pruned = (SELECT max(pruned) FROM version)
        WHERE number = 4; DELETE FROM part WHERE version = (SELECT seq FROM version WHERE number = 4)"
    run rc verify
    [ "$status" -eq 5 ] && [[ "$output" == *"marked as pruned by entry"* ]]
}
