# The keys of the history: made, shown, rotated, replaced.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    mkdir saved state
    settings "key-file: $WORK/state/key"
    config bob >saved/r1
    rc --quiet init >/dev/null
}

# settings LINE...: where the master key is.
settings() {
    {
        printf '%s\n' "store: $WORK/state/history.db" "$@" \
            'defaults: { platform: ios, schedule: never }' devices: \
            '  r1: { driver: file, file: { path: saved } }'
    } >rollcall.yaml
}

rc() { rollcall --settings rollcall.yaml "$@"; }

# config NAME...: of a router with these accounts.
config() {
    printf '%s\n' '! Image: Software: X86_64' '!' 'hostname r1' '!'
    printf 'username %s privilege 15 secret 5 $1$aaaa$bbbbbbbbbbbbbbbbbbbbbb\n' "$@"
    printf '%s\n' '!' end
}

# fill: three versions.
fill() {
    rc collect >/dev/null
    config bob eve >saved/r1
    rc collect >/dev/null || [ $? -eq 1 ]
    config bob eve mallory >saved/r1
    rc collect >/dev/null || [ $? -eq 1 ]
}

# everything that the history tells
everything() {
    rc history r1 --json
    for version in 1 2 3; do
        rc show r1 --version "$version" --reveal
        rc show r1 --version "$version" --access --json
    done
    rc accounts --json
    rc changes --json
    rc devices --json
}

public_key() { rc key status --json | jq -r '.wrapping["public key"]'; }

@test "init writes a master key that only its owner reads, says to keep a copy, and never another one" {
    rm state/key
    run rc key init
    [ "$status" -eq 0 ]
    [[ $output == *"keep a copy"* ]]
    [ "$(stat -c %a state/key)" = 600 ]
    before=$(cat state/key)
    rc key init
    [ "$(cat state/key)" = "$before" ]
}

@test "status tells keys, their use and age, how much is under each, and the public key" {
    fill
    run --separate-stderr rc key status
    [ "$status" -eq 0 ]
    [[ $output == *config* && $output == *record* && $output == *fingerprint* && $output == *sign* ]]
    [[ $output == *"the key in $WORK/state/key"* ]]
    [ -z "$stderr" ]
    run --separate-stderr rc key status --json
    jq -e '[.keys[] | select(.things > 0) | .use] | sort == ["config", "record"]' <<<"$output"
    jq -e '.wrapping | .replaced == false and .rotating == false and (.id | length == 8)' <<<"$output"
    [[ $(public_key) == rollcall/*+*+* ]]
    rc key status --pem | openssl pkey -pubin -noout
}

@test "a rotation leaves nothing under the old keys and changes nothing that can be read" {
    fill
    everything >before
    public_key >public
    run --separate-stderr rc key rotate
    [ "$status" -eq 0 ] || { echo "$output$stderr"; false; }
    everything >after
    diff before after
    public_key | diff public -
    rc key status --json | jq -e '[.keys[] | select(.destroyed)] | length == 2 and all(.things == 0)'
    config bob >saved/r1
    run rc collect
    [ "$status" -eq 1 ]
}

@test "another store's key is told from damage, and names both" {
    fill
    cp state/key key.old
    openssl rand -base64 32 >state/key
    run rc accounts
    [ "$status" -eq 2 ]
    [[ $output == *"the key in $WORK/state/key is not the one of the store"* ]]
    run rc check
    [ "$status" -eq 2 ]
    rm state/key
    run rc accounts
    [ "$status" -ne 0 ]
    [[ $output == *"restore your copy"* ]]
    cp key.old state/key
    rc accounts
}

@test "fingerprints stay when keys change" {
    fill
    rc show r1 --access --json | jq '.. | .fingerprint? // empty' >before
    [ -s before ]
    rc key rotate
    rc key rotate --master
    rc show r1 --access --json | jq '.. | .fingerprint? // empty' | diff before -
    run rc collect
    [ "$status" -eq 0 ]
    [ "$(rc history r1 --json | jq '.versions | length')" = 3 ]
}

@test "the master key is replaced in one go, and the old one opens nothing any more" {
    fill
    everything >before
    cp state/key key.old
    run rc key rotate --master
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    ! cmp -s state/key key.old
    [ ! -e state/key.new ]
    [ "$(stat -c %a state/key)" = 600 ]
    everything | diff before -
    cp key.old state/key
    run rc accounts
    [ "$status" -eq 2 ]
}

@test "a replacement that broke off anywhere goes on" {
    fill
    everything >before
    # before the store heard of it
    openssl rand -base64 32 >state/key.new
    chmod 600 state/key.new
    cp state/key.new key.new
    everything | diff before -
    # the store has both, the old file is in place
    rc key rotate --master --new-key-file state/key.new
    everything | diff before -
    run --separate-stderr rc key status
    [[ $stderr == *"it goes on with: rollcall key rotate --master"* ]]
    run rc key rotate
    [ "$status" -ne 0 ] && [[ $output == *"rollcall key rotate --master"* ]]
    run rc key rotate --master --finish
    [ "$status" -eq 2 ] && [[ $output == *"still the old one"* ]]
    # the new file is in place, the store still has both
    mv state/key.new state/key
    everything | diff before -
    rc key rotate --master
    cmp state/key key.new
    everything | diff before -
    rc key status --json | jq -e '.wrapping.replaced == false'
}

@test "a master key may come from a command, and is replaced in two steps" {
    fill
    everything >before
    mv state/key vault
    settings "key-command: cat $WORK/vault"
    everything | diff before -
    run rc key rotate --master
    [ "$status" -eq 2 ] && [[ $output == *--new-key-file* ]]
    run rc key rotate --master --new-key-file "$WORK/fresh"
    [ "$status" -eq 0 ]
    [ "$(stat -c %a fresh)" = 600 ]
    everything | diff before -
    mv fresh vault
    rc key rotate --master --finish
    everything | diff before -
    settings 'key-command: echo no key'
    run rc accounts
    [ "$status" -eq 2 ]
    [[ $output != *"no key"* ]]
}

@test "a master key may be a credential of the service" {
    fill
    mkdir credentials
    mv state/key credentials/rollcall-key
    settings 'key-credential: rollcall-key'
    run rc accounts
    [ "$status" -ne 0 ] && [[ $output == *LoadCredential* ]]
    CREDENTIALS_DIRECTORY=$WORK/credentials rc accounts
}

@test "of file, command and credential there is one" {
    settings "key-file: $WORK/state/key" 'key-command: cat key'
    run rc check
    [ "$status" -eq 2 ]
}

@test "looking at files needs no store, and takes the store's key when it is there" {
    fill
    fingerprint() { rc inspect --platform ios saved/r1 --json | jq -c '[.. | .fingerprint? // empty]'; }
    one=$(fingerprint)
    [ "$one" = "$(fingerprint)" ] && [ "$one" != '[]' ]
    mv state gone
    [ "$one" != "$(fingerprint)" ]
}
