#!/bin/bash
# What a listener costs: memory and threads with 0, 1, 16 and 64 held sessions, and CPU of an idle
# minute. Against netconfd over OpenSSH, by rollcalld itself.
#
#   tests/bench/listener.sh [IDLE-SECONDS]
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BATS_TEST_TMPDIR=$(mktemp -d)
. "$ROOT/tests/lib.bash"
skip() { echo "skipped: $1"; exit 0; }
trap 'lib_teardown; rm -rf "$BATS_TEST_TMPDIR"' EXIT
lib_setup
start_netconfd core
openssl rand -base64 32 >"$WORK/key-file"
chmod 600 "$WORK/key-file"

settings() { # of so many devices, all of them the one server
    local i
    printf '%s\n' "store: $WORK/store" "key-file: $WORK/key-file" 'credentials:' \
        "  key: { user: $SSHD_USER, private-key: { file: $WORK/key } }" \
        'defaults: { credential: key, driver: netconf, schedule: every 24h, splay: 0s }' 'devices:'
    for ((i = 1; i <= $1; i++)); do
        echo "  core-$i: { address: 127.0.0.1, port: $SSHD_PORT }"
    done
}

listened_to() { [ "$(grep -c 'is listened to' "$WORK/log")" -ge "$1" ]; }
settled() { [ "$(grep -c 'unchanged since' "$WORK/log")" -ge "$1" ]; }
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

report() { # sessions
    local pid=$1 before after
    before=$(ticks "$pid")
    read -rt "$IDLE" <> <(:) || true
    after=$(ticks "$pid")
    awk -v n="$2" -v cpu="$(((after - before) * 10))" -v idle="$IDLE" '
        /^Pss:/ { pss = $2 } /^Private_(Clean|Dirty):/ { private += $2 }
        END { printf "%2d sessions: private %5d KiB, Pss %5d KiB, CPU %d ms in %d s idle", n, private, pss, cpu, idle }' \
        "/proc/$pid/smaps_rollup"
    echo ", $(ls "/proc/$pid/task" | wc -l) threads, $(ls "/proc/$pid/fd" | wc -l) descriptors"
}

IDLE=${1:-60}
for count in 1 16 64; do
    settings "$count" >"$WORK/rollcall.yaml"
    chmod 600 "$WORK/rollcall.yaml"
    rm -f "$WORK"/store*
    background "$WORK/log" "$BUILD/rollcalld" --settings "$WORK/rollcall.yaml" --verbose
    daemon=$PID
    AWAIT_SECONDS=300
    await listened_to "$count"
    await settled "$count"
    report "$(pgrep -P "$(pgrep -P "$daemon" -x rollcall-zygote)" -x rollcall-listen)" "$count"
    stop "$daemon"
done
