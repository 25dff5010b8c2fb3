#!/bin/sh
# cover.sh BUILD TEST...: run these programs of the variant cover, then hold the branches they took
# against all that daemon/store and daemon/diff have. Less than all is a failure.
#
# A line with the comment "cover: WHY" in it is left out, and listed here with its reason.
set -u
build=$1
shift
rooms='daemon/store daemon/diff'
find "$build" -name '*.gcda' -delete
failed=$(printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} sh -c 'timeout 900 {} >/dev/null 2>&1 || echo {}')
[ -z "$failed" ] || { printf 'cover: these fail, see what they say:\n%s\n' "$failed"; exit 1; }

set --
for room in $rooms; do
    set -- --filter "$room/" "$@" "$build/$room"
done
echo 'left out, line by line:'
grep -n '/\* cover: .*\*/' $(find $rooms -name '*.[ch]') | sed 's/^\([^:]*:[0-9]*\):.*cover: \(.*[^ ]\) *\*\/.*/  \1: \2/'
marked='.*/\* cover: .*\*/.*'
gcovr --root . --branches --exclude-throw-branches --exclude-lines-by-pattern "$marked" \
    --exclude-branches-by-pattern "$marked" --fail-under-branch 100 --fail-under-line 100 "$@"
