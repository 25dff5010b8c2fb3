#!/bin/sh
# run.sh SECONDS FUZZER...: each for so long, from its seeds in tests/fuzz/corpus/NAME, and those of
# the profiles' examples in build/fuzz/seeds/NAME. What it finds interesting stays in
# build/fuzz/corpus, what breaks it in build/fuzz/found.
set -eu
seconds=$1
shift
failed=0
mkdir -p build/fuzz/found
for fuzzer; do
    name=$(basename "$fuzzer" _fuzz)
    mkdir -p "build/fuzz/corpus/$name"
    set -- "build/fuzz/corpus/$name"
    for seeds in "tests/fuzz/corpus/$name" "build/fuzz/seeds/$name"; do
        [ ! -d "$seeds" ] || set -- "$@" "$seeds"
    done
    echo "  fuzz    $name for $seconds s"
    "$fuzzer" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="build/fuzz/found/$name-" "$@" >"build/fuzz/$name.log" 2>&1 || {
        tail -n 40 "build/fuzz/$name.log"
        echo "fuzz: $name broke; again: $fuzzer build/fuzz/found/$name-..." >&2
        failed=1
    }
    grep -E '^#[0-9]+.*DONE|^Done' "build/fuzz/$name.log" || true
done
exit $failed
