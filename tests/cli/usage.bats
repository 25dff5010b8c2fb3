# What a user types wrong, and what helps.

bats_require_minimum_version 1.5.0
load ../lib

@test "without a command the list of commands goes to stderr and the exit code is 2" {
    run --separate-stderr rollcall
    [ "$status" -eq 2 ] && [ -z "$output" ]
    [[ "$stderr" == *"usage: rollcall COMMAND"* ]]
}

@test "help fits a screen and names every command" {
    run rollcall help
    [ "$status" -eq 0 ] && [ "${#lines[@]}" -le 40 ]
    for command in try inspect diff init check devices status platforms trust collect history show \
        accounts changes alert schema verify evidence; do
        [[ "$output" == *"  $command "* ]]
    done
    for line in "${lines[@]}"; do [ "${#line}" -le 100 ]; done
}

@test "every command has a help that fits a screen" {
    for command in try inspect diff init check devices status platforms trust collect history show \
        accounts changes alert schema verify evidence; do
        run rollcall help "$command"
        [ "$status" -eq 0 ] && [ "${#lines[@]}" -le 40 ]
        [[ "${lines[0]}" == "usage: rollcall $command"* ]]
        run rollcall "$command" -h
        [ "$status" -eq 0 ]
    done
}

@test "a mistyped command, option or platform is answered with the nearest one" {
    run rollcall acounts
    [ "$status" -eq 2 ] && [[ "$output" == *'did you mean "accounts"?'* ]]
    run rollcall accounts --devise x
    [ "$status" -eq 2 ] && [[ "$output" == *"did you mean --device?"* ]]
    run rollcall inspect --platform iso /dev/null
    [ "$status" -eq 2 ] && [[ "$output" == *'unknown platform "iso"; did you mean "ios"?'* ]]
}

@test "options that lack or do not take a value are told apart" {
    run rollcall accounts --at
    [ "$status" -eq 2 ] && [[ "$output" == *"--at wants a value"* ]]
    run rollcall show x --reveal=yes
    [ "$status" -eq 2 ] && [[ "$output" == *"--reveal takes no value"* ]]
    run rollcall changes --severity high
    [ "$status" -eq 2 ] && [[ "$output" == *'wants a number, not "high"'* ]]
}

@test "a time that is none is refused with examples of times" {
    run rollcall accounts --at yesterday
    [ "$status" -eq 2 ] && [[ "$output" == *'--at: "yesterday" is not a time; write 2026-03-01'* ]]
}

@test "escape sequences in arguments do not reach the terminal" {
    run rollcall $'\e[31mx'
    [ "$status" -eq 2 ] && [[ "$output" != *$'\e'* ]]
}

@test "common options may stand in front of the command" {
    run rollcall --json platforms
    [ "$status" -eq 0 ]
    jq -e '.rollcall == 1 and .kind == "platforms"' <<<"$output"
}

@test "a full disk behind stdout is an error, not silence" {
    [ -w /dev/full ] || skip "no /dev/full"
    run --separate-stderr bash -c '"$0" platforms --json > /dev/full' "$BUILD/rollcall"
    [ "$status" -eq 4 ] && [[ "$stderr" == *"cannot write the result"* ]]
}

@test "a reader that has seen enough is no error" {
    # more than a pipe holds
    awk 'BEGIN { for (i = 0; i < 20000; i++) print "username u" i " privilege 15 password 0 x" }' >many.cfg
    run bash -c '"$0" inspect --platform ios --csv many.cfg | head -n 1' "$BUILD/rollcall"
    [ "$status" -eq 0 ] && [[ "$output" == name,realm,* ]] && [ "${#lines[@]}" -eq 1 ]
}
