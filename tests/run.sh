#!/usr/bin/env bash
# run.sh [VARIANT...]: every test there is of these builds (release), side by side; of the variant
# fuzz, what counts steps and some seconds of each fuzzer that is built. The last line is the count over all of them;
# exit 1 when one failed.
set -u
cd "$(dirname "$0")/.." || exit 1
variants=${*:-release}
# A person's agent, settings or display are no business of a test.
unset SSH_AUTH_SOCK XDG_CONFIG_HOME XDG_STATE_HOME
export UBSAN_OPTIONS=print_stacktrace=1 CMOCKA_MESSAGE_OUTPUT=TAP
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
export results

# run_one VARIANT FILE: output and exit status go to files of $results.
run_one() {
    local variant=$1 file=$2 out
    out=$results/$variant,${file//\//,}
    case $file in
    *.bats) VARIANT=$variant timeout 900 bats --tap "$file" ;;
    *_fuzz) tests/fuzz/run.sh 3 "$file" && echo 'ok 1 nothing breaks it' || echo 'not ok 1 something breaks it' ;;
    *) timeout 900 "$file" ;;
    esac >"$out" 2>&1 </dev/null
    echo $? >"$out.status"
    printf '  test    %s %s\n' "$variant" "${file#build/"$variant"/}"
}
export -f run_one

if [ -x build/fuzz/tests/fuzz/seeds ] && [[ $variants == *fuzz* ]]; then
    mkdir -p build/fuzz/seeds
    build/fuzz/tests/fuzz/seeds build/fuzz/seeds || exit 1
fi
for variant in $variants; do
    # The slow ones first, so that the last to end is a quick one.
    tests='tests/live/*.bats tests/cli/*.bats tests/unit/*_test.c'
    [ "$variant" != fuzz ] || tests='build/fuzz/tests/fuzz/*_test build/fuzz/tests/fuzz/*_fuzz'
    for file in $tests; do
        [ -e "$file" ] || continue
        case $file in *.c) file=build/$variant/${file%.c} ;; esac
        printf '%s\0%s\0' "$variant" "$file"
    done
done | xargs -0 -r -n 2 -P "$(nproc)" bash -c 'run_one "$@"' run_one

# again VARIANT FILE OUTPUT: how to run each failed test alone.
again() {
    case $2 in
    *.bats) grep '^not ok ' "$3" | sed "s/^not ok [0-9]* //; s/'/./g; s/[()*+?|]/./g" |
        sed "s|.*|    again: VARIANT=$1 bats -f '&' $2|" ;;
    *) echo "    again: $2" ;;
    esac
}

# lines OUTPUT PATTERN: how many match, skipped tests aside (cmocka calls them "not ok").
lines() { grep -vi '^[a-z ]*ok .*# skip' "$1" | grep -c "$2"; }

passed=0 failed=0
for status in "$results"/*.status; do
    [ -e "$status" ] || break
    out=${status%.status}
    name=${out##*/}
    variant=${name%%,*} file=${name#*,} file=${file//,//}
    good=$(lines "$out" '^ok ') bad=$(lines "$out" '^not ok ')
    skipped=$(grep -iE '^(not )?ok .*# skip' "$out" | sed -E 's/^[a-z ]*[0-9]+ //')
    [ -z "$skipped" ] || printf 'skipped, %s: %s\n' "$file" "$skipped"
    if ((bad == 0)) && { { ((good == 0)) && [ -z "$skipped" ]; } || [ "$(cat "$status")" != 0 ]; }; then
        bad=1 # it crashed, hung, or ran nothing
    fi
    if ((bad)); then
        printf '\n--- %s %s (exit %s)\n' "$variant" "$file" "$(cat "$status")"
        grep -v '^ok ' "$out" | tail -n 200
        again "$variant" "$file" "$out"
    fi
    passed=$((passed + good))
    failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
