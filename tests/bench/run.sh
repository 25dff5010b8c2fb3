#!/usr/bin/env bash
# run.sh: what a collection costs, side by side with a bare libssh client that has the same
# dialogue with the same device in the same minute. Best of some rounds, in turns.
set -eu
cd "$(dirname "$0")/../.."
build=$PWD/build/${VARIANT:-release}
rounds=${ROUNDS:-5} count=${COUNT:-40} fleet=${FLEET:-50}
work=$(mktemp -d)
lab_pids=()
trap 'kill "${lab_pids[@]}" 2>/dev/null; rm -rf "$work"' EXIT

# A config of 38 KB, most of it interfaces, as on a real access router.
device() {
    cp -r tests/lab/ios "$1"
    printf 'hostname bench\nprivileged yes\n' >>"$1/lab.conf"
    awk '/^interface Loopback0/ {
            for (i = 1; i <= 190; i++)
                printf "interface GigabitEthernet1/0/%d\n description customer %05d, circuit 47%04d\n" \
                    " switchport access vlan %d\n switchport mode access\n spanning-tree portfast\n" \
                    " storm-control broadcast level 1.00\n!\n", i, i * 7, i, 100 + i % 40
         } { print }' tests/lab/ios/commands/show_running-config >"$1/commands/show_running-config"
}

# start NAME OPTION...: a simulator for the folder of this name; sets port
start() {
    "$build/tests/lab/labd" --log "$work/$1.log" "${@:2}" "$work/$1" >"$work/$1.out" &
    lab_pids+=($!)
    until grep -q '^key' "$work/$1.out"; do read -rt 0.02 <> <(:) || true; done
    port=$(sed -n 's/^port //p' "$work/$1.out" | head -n 1)
}

# best NAME COMMAND...: run it, keep the round with the least CPU in $work/NAME.best
best() {
    local name=$1 line
    shift
    line=$("$@")
    if [ ! -e "$work/$name.best" ] || [ "${line%% *}" -lt "$(cut -d' ' -f1 "$work/$name.best")" ]; then
        echo "$line" >"$work/$name.best"
    fi
}

# measure NAME COUNT PROGRAM...: one that makes COUNT collections
measure() {
    best "$1" "$build/tests/bench/ssh_bench" run "$2" "${@:3}" 2>"$work/err" || {
        cat "$work/err" >&2
        exit 1
    }
}

# A program starts once, whatever it collects: what each further device costs, into NAME.best.
further() { # NAME
    paste -d' ' "$work/$1.best" "$work/single.best" | awk -v n="$fleet" -v OFS=' ' \
        '{ print ($1 * n - $4) / (n - 1), ($2 * n - $5) / (n - 1), 0 }' >"$work/further.best"
}

settings() { # of FLEET devices
    cat <<END
store: $work/store.db
key-file: $work/key
collectors: 8
credentials:
  bench: { user: admin, password: { env: BENCH_PASSWORD } }
defaults: { platform: ios, credential: bench, schedule: never }
devices:
END
    sed -n 's/^port //p' "$work/fleet.out" | awk '{ printf "  d%d: { address: 127.0.0.1, port: %s }\n", NR, $1 }'
}

report() {
    awk -v title="$1" 'NR == 1 { cpu = $1; wall = $2 }
        { printf "%-34s %7.2f ms CPU  x%-5.2f %8.2f ms wall  x%-5.2f\n", title, $1 / 1000, $1 / base,
              $2 / 1000, $2 / wallbase }' \
        base="$(cut -d' ' -f1 "$work/bare.best")" wallbase="$(cut -d' ' -f2 "$work/bare.best")" "$work/$2.best"
}

device "$work/one"
start one
one=$port
"$build/tests/bench/ssh_bench" pull "$one" 1 >/dev/null # to learn what the profile types
mapfile -t commands < <(sed -n "s/^$one command //p" "$work/one.log" | awk '!seen[$0]++')
collect=()
if [ -x "$build/rollcall" ]; then
    device "$work/fleet"
    start fleet --devices "$fleet"
    export BENCH_PASSWORD=s3cret ROLLCALL_SETTINGS=$work/rollcall.yaml
    settings >"$work/rollcall.yaml"
    chmod 600 "$work/rollcall.yaml"
    head -c 32 /dev/urandom | base64 >"$work/key"
    chmod 600 "$work/key"
    collect=("$build/rollcall" collect)
fi

for ((round = 0; round < rounds; round++)); do
    best bare "$build/tests/bench/ssh_bench" bare "$one" "$count" "${commands[@]}"
    best pull "$build/tests/bench/ssh_bench" pull "$one" "$count"
    if ((${#collect[@]})); then
        rm -f "$work"/store.db*
        measure first "$fleet" "${collect[@]}"
        measure again "$fleet" "${collect[@]}"
        measure single 1 "${collect[@]}" d1
    fi
done

echo "one device, $(stat -c %s "$work/one/commands/show_running-config") bytes of config, ${#commands[@]} commands: ${commands[*]}"
report "bare libssh client" bare
report "ssh_pull()" pull
if ((${#collect[@]})); then
    report "rollcall collect of one device" single
    further first
    report "  each further one, new" further
    further again
    report "  each further one, unchanged" further
fi
