# What somebody types who starts the daemon by hand.

bats_require_minimum_version 1.5.0
load ../lib

daemon() { "$BUILD/rollcalld" "$@"; }

@test "help fits a screen and names every option" {
    run daemon --help
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -le 24 ]
    for option in settings once foreground verbose version help; do
        [[ $output == *"--$option"* ]]
    done
}

@test "the version is one line" {
    run daemon --version
    [ "$status" -eq 0 ]
    [[ $output =~ ^rollcalld\ [0-9.]+$ ]]
}

@test "unknown options and arguments are usage errors" {
    run -2 daemon --colour
    run -2 daemon edge-1
    [[ $output == *'"edge-1" is no option'* ]]
}

@test "settings that are not there are named, with what to do" {
    run -2 daemon --settings "$WORK/none.yaml"
    [[ $output == *"$WORK/none.yaml: "*'rollcall init'* ]]
}

@test "a key that is missing or readable by others is no start" {
    printf 'store: %s/store\nkey-file: %s/key\n' "$WORK" "$WORK" >"$WORK/rollcall.yaml"
    run -2 daemon --settings "$WORK/rollcall.yaml"
    [[ $output == *"$WORK/key"* ]]
    openssl rand -base64 32 >"$WORK/key"
    chmod 644 "$WORK/key"
    run -2 daemon --settings "$WORK/rollcall.yaml"
    [[ $output == *'chmod 600'* ]]
}
