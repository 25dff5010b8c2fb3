# The demo is the first thing a stranger sees: it must not break unnoticed.

load ../lib

@test "the demo tells its story to the end and leaves nothing behind" {
    export TMPDIR=$WORK/tmp
    mkdir "$TMPDIR"
    run "$ROOT/tests/demo/demo.sh"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *'account cisco_support created on edge-2'* ]]
    [[ $output == *'account cisco_support deleted on edge-2'* ]]
    [[ $output == *'Try it on a router of yours'* ]]
    [[ $output != *labsalthash* ]]
    [ -z "$(ls -A "$TMPDIR")" ]
}
