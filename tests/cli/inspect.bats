# Saved configs: what is in them, and what must never come out.

bats_require_minimum_version 1.5.0
load ../lib

EXAMPLE=$BATS_TEST_DIRNAME/../../etc/examples/edge-1.cfg

@test "inspect --json prints the access tree and its accounts" {
    run --separate-stderr rollcall inspect --platform ios --json "$EXAMPLE"
    [ "$status" -le 1 ] && [ -z "$stderr" ]
    jq -e '.rollcall == 1 and .kind == "access"' <<<"$output"
    jq -e '[."rollcall-access:access".account[].name] | sort == ["noc", "ops"]' <<<"$output"
    jq -e '."rollcall-access:access".account[] | select(.name == "ops") |
        .privilege == 15 and .admin and .secret.scheme == "scrypt" and (."ssh-key" | length == 1)' \
        <<<"$output"
}

@test "no secret, hash or community of a config is in any output" {
    local secrets
    secrets=$(grep -oE '(secret 9|key 7|community) [^ ]+' "$EXAMPLE" | awk '{print $NF}' | sort -u)
    [ -n "$secrets" ]
    for how in "" --json --csv "--json --lines"; do
        run rollcall inspect --platform ios $how "$EXAMPLE"
        ! grep -qF "$secrets" <<<"$output"
    done
    run rollcall diff --platform ios "$EXAMPLE" "${EXAMPLE%.cfg}-intruded.cfg"
    ! grep -qF "$secrets" <<<"$output"
}

@test "a config-like line in a banner is no account" {
    run rollcall inspect --platform ios --csv "$EXAMPLE"
    [[ "$output" != *nobody* ]]
}

@test "names of other tools are the same platform" {
    for name in cisco_ios cisco_xe ios cisco IOS; do
        run rollcall inspect --platform "$name" --json "$EXAMPLE"
        [ "$status" -le 1 ]
    done
}

@test "a saved startup config is looked at like any other, unless it is said to be one" {
    cp "$EXAMPLE" startup-config
    run --separate-stderr rollcall inspect --platform ios --json startup-config
    jq -e '[."rollcall-access:access".account[].name] | length == 2' <<<"$output"
    run --separate-stderr rollcall inspect --platform ios --json "$EXAMPLE" startup=startup-config
    jq -e '[."rollcall-access:access".account[].name] | length == 2' <<<"$output"
    run --separate-stderr rollcall inspect --platform ios --json startup=startup-config
    jq -e '."rollcall-access:access".account == null' <<<"$output"
}

@test "stdin is a file too" {
    run bash -c '"$0" inspect --platform ios --json - < "$1"' "$BUILD/rollcall" "$EXAMPLE"
    [ "$status" -le 1 ]
    jq -e '[."rollcall-access:access".account[].name] | length == 2' <<<"$output"
}

@test "an empty file and one of random bytes are read without harm" {
    : >empty
    head -c 200000 /dev/urandom >noise
    for file in empty noise; do
        run rollcall inspect --platform ios --json "$file"
        [ "$status" -le 1 ]
        jq -e '.kind == "access"' <<<"$output"
    done
}

@test "files that are not there, folders and unknown parts are errors that say so" {
    run rollcall inspect --platform ios nowhere.cfg
    [ "$status" -eq 4 ] && [[ "$output" == *"nowhere.cfg: No such file"* ]]
    run rollcall inspect --platform ios /
    [ "$status" -eq 4 ] && [[ "$output" == *"not a regular file"* ]]
    run rollcall inspect --platform ios startpu="$EXAMPLE"
    [ "$status" -eq 2 ] && [[ "$output" == *'has no part "startpu"'* ]]
}

@test "the parts of a host come from several files, known by their names" {
    printf 'root:x:0:0:root:/root:/bin/bash\neve:x:1001:1001::/home/eve:/bin/bash\n' >passwd
    printf 'root:!:19700::::::\neve:$6$abcdefgh$%s:19700::::::\n' "$(head -c 86 </dev/zero | tr '\0' a)" >shadow
    printf 'sudo:x:27:eve\n' >group
    run rollcall inspect --platform linux --json passwd shadow group
    [ "$status" -le 1 ]
    jq -e '."rollcall-access:access".account[] | select(.name == "eve") | .admin and .secret' <<<"$output"
}
