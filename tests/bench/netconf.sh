#!/usr/bin/env bash
# netconf.sh: what reading a device over NETCONF costs, side by side with libnetconf2's bare connect
# and get-config against the same server in the same minute. Best of some rounds, in turns. Then
# what `rollcall collect` costs for each further device.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
BATS_TEST_TMPDIR=$(mktemp -d)
. "$ROOT/tests/lib.bash"
skip() { echo "skipped: $1"; exit 0; }
trap 'lib_teardown; rm -rf "$BATS_TEST_TMPDIR"' EXIT
rounds=${ROUNDS:-5} count=${COUNT:-20} fleet=${FLEET:-10}
lib_setup

# best NAME COMMAND...: keep the round with the least CPU in NAME.best
best() {
    local name=$1 line
    line=$("${@:2}" 2>err) || { cat err >&2; exit 1; }
    if [ ! -e "$name.best" ] || [ "${line%% *}" -lt "$(cut -d' ' -f1 "$name.best")" ]; then
        echo "$line" >"$name.best"
    fi
}

report() { # TITLE NAME BASE
    awk -v title="$1" -v base="$(cut -d' ' -f1 "$3.best")" \
        '{ printf "%-38s %7.2f ms CPU  x%-5.2f\n", title, $1 / 1000, $1 / base }' "$2.best"
}

# side_by_side NAME [COMMAND...]: with COMMAND before each measurement
side_by_side() {
    local round
    for ((round = 0; round < rounds; round++)); do
        "${@:2}"
        best "$1-bare" "$BUILD/tests/bench/netconf_bench" bare "$SSHD_PORT" "$SSHD_USER" "$WORK/key" "$count"
        "${@:2}"
        best "$1-pull" "$BUILD/tests/bench/netconf_bench" pull "$SSHD_PORT" "$SSHD_USER" "$WORK/key" "$count"
    done
    echo "$1: $(cut -d' ' -f3 "$1-pull.best") bytes of data"
    report "  libnetconf2, context warm" "$1-bare" "$1-bare"
    report "  netconf_pull()" "$1-pull" "$1-bare"
}

# netconfd dies after some tens of sessions: a new one each time, behind the same sshd.
renew_netconfd() {
    stop "$NETCONFD_PID"
    start_netconfd_again netconfd
}
start_netconfd netconfd
side_by_side netconfd renew_netconfd
core=$SSHD_PORT

# 38 KB of data, most of it ports.
acme_device dev
{
    sed '/<ports/,$d' "$ROOT/tests/lab/acme/data.xml"
    echo '<ports xmlns="urn:acme:ports">'
    seq 330 | awk '{ printf "  <port>\n    <number>%d</number>\n    <speed>10000</speed>\n    <text>customer %05d, circuit 47%04d</text>\n  </port>\n", $1, $1 * 7, $1 }'
    echo '</ports>'
    sed '1,/<.ports>/d' "$ROOT/tests/lab/acme/data.xml"
} >dev/data.xml
start_ncserver ncserver "$WORK/dev"
side_by_side ncserver

renew_netconfd
mapfile -t devices < <(seq "$fleet" | sed "s/.*/d&: { address: 127.0.0.1, port: $core, credential: key, driver: netconf }/")
watch_devices "${devices[@]}"
rollcall collect --quiet >/dev/null # learns the modules
for ((round = 0; round < rounds; round++)); do
    renew_netconfd
    best all "$BUILD/tests/bench/ssh_bench" run 1 "$BUILD/rollcall" collect --quiet
    best one "$BUILD/tests/bench/ssh_bench" run 1 "$BUILD/rollcall" collect --quiet d1
done
paste -d' ' all.best one.best | awk -v n="$fleet" \
    '{ printf "rollcall collect, netconfd, unchanged   %7.2f ms CPU for one, %.2f ms for each further one of %d\n",
        $4 / 1000, ($1 - $4) / (n - 1) / 1000, n }'
