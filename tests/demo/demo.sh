#!/usr/bin/env bash
# The main job, in front of your eyes: CVE-2023-20198 (IOS XE web UI, October 2023). An intruder
# creates a privilege 15 account on one of three routers; rollcall names it seconds later, says who
# had access when, and notices that the intruder cleans up.
#
# The routers are simulated (tests/lab), the SSH sessions are real. All of it lives in a temporary
# folder and on loopback.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD build=$PWD/build/${VARIANT:-release}
work=$(mktemp -d)
pids=()

end() {
    local pid
    for pid in "${pids[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

# ---- telling ----
bold='' dim='' plain='' pause=0
if [ -t 1 ]; then
    pause=1.5 # for a reader
    [ -n "${NO_COLOR:-}" ] || bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi
say() {
    printf '\n%s%s%s\n' "$bold" "$*" "$plain"
    sleep "$pause"
}
# show COMMAND...: as if typed. A difference (exit 1) is no failure here.
show() {
    local code=0
    printf '%s$ %s%s\n' "$dim" "$*" "$plain"
    "$@" || code=$?
    [ "$code" -le 1 ] || {
        echo "demo: exit $code" >&2
        exit 1
    }
    sleep "$pause"
}
rollcall() { "$build/rollcall" "$@"; }
now_ms() { date +%s%3N; }
# until_line FILE REGEX: it was written, or half a minute is over
until_line() {
    local deadline=$((SECONDS + 30))
    until grep -qE "$2" "$1" 2>/dev/null; do
        ((SECONDS < deadline)) || {
            echo "demo: nothing like '$2' came; the daemon's log:" >&2
            tail -n 20 "$work/rollcalld.log" >&2
            exit 1
        }
        read -rt 0.05 <> <(:) || true
    done
}

# ---- the world ----
router() { # NAME
    cp -r "$root/tests/lab/ios" "$work/$1"
    echo "hostname $1" >>"$work/$1/lab.conf"
    "$build/tests/lab/labd" "$work/$1" >"$work/$1.out" 2>&1 &
    pids+=($!)
    until_line "$work/$1.out" '^key'
}
port() { sed -n 's/^port //p' "$work/$1.out"; }
config() { echo "$work/$1/commands/show_running-config"; }
# change ROUTER SED-SCRIPT: what somebody does to it, in one step as a router would
change() {
    sed "$2" "$(config "$1")" >"$work/new"
    mv "$work/new" "$(config "$1")"
}

mkdir "$work/noc"
python3 tests/demo/receiver.py "$work/noc" &
pids+=($!)
for name in edge-1 edge-2 core-1; do router "$name"; done
change core-1 '/^username noc/d'
until_line "$work/noc/ports" webhook
syslog=$(sed -n 's/^syslog //p' "$work/noc/ports") webhook=$(sed -n 's/^webhook //p' "$work/noc/ports")

export ROLLCALL_SETTINGS=$work/rollcall.yaml LAB_PASSWORD=s3cret LAB_ENABLE=en4ble
cat >"$ROLLCALL_SETTINGS" <<END
store: rollcall.db
key-file: key
credentials:
  netops: { user: admin, password: { env: LAB_PASSWORD }, enable: { env: LAB_ENABLE } }
defaults: { credential: netops, schedule: every 2s, splay: 0s }
devices:
  edge-1: { address: 127.0.0.1, port: $(port edge-1) }
  edge-2: { address: 127.0.0.1, port: $(port edge-2) }
  core-1: { address: 127.0.0.1, port: $(port core-1) }
sinks:
  noc: { minimum-severity: 50, syslog: { host: 127.0.0.1, port: $syslog } }
  chat: { minimum-severity: 70, webhook: { url: "http://127.0.0.1:$webhook/" } }
END
chmod 600 "$ROLLCALL_SETTINGS"

# ---- the story ----
say "Three routers nobody prepared. Who is on them?"
show rollcall init
show rollcall check
show rollcall collect
show rollcall accounts
before=$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)

say "The daemon watches them, here every two seconds."
printf '%s$ rollcalld &%s\n' "$dim" "$plain"
"$build/rollcalld" >"$work/rollcalld.log" 2>&1 &
pids+=($!)
daemon=$!
sleep "$pause"

say "On edge-2, somebody uses the hole in the web interface (CVE-2023-20198) ..."
start=$(now_ms)
change edge-2 's/^username lastresort.*/&\nusername cisco_support privilege 15 secret 9 $9$labsalt000009$labsalthash00000000000000000000000000000009/
    s/^! Last configuration change.*/! Last configuration change at 03:14:07 UTC Tue Mar 3 2026 by cisco_support/'
echo "(edge-2 now has: username cisco_support privilege 15 secret 9 ...)"

until_line "$work/noc/syslog" 'account-created.*cisco_support'
noticed=$(($(now_ms) - start))
until_line "$work/noc/webhook" 'account-created'
say "... and $noticed ms later the NOC has a syslog message and the chat a webhook:"
grep -m1 account-created "$work/noc/syslog"
grep -m1 account-created "$work/noc/webhook" |
    jq '{event, severity, device, subject, after, actor, attack, controls, evidence}'
sleep "$pause"

say "What happened?"
show rollcall changes
show rollcall diff edge-2
show rollcall history edge-2

say "The intruder cleans up. The history does not forget."
change edge-2 '/^username cisco_support/d'
until_line "$work/noc/syslog" 'account-deleted.*cisco_support'
kill "$daemon"
wait "$daemon" || true
show rollcall changes --name cisco_support
show rollcall accounts --device edge-2
during=$(rollcall changes --event account-created --json | jq -r '.changes[0].seen_at // .events[0].seen_at')

say "Months later: who had access, before and during?"
show rollcall accounts --device edge-2 --at "$before"
show rollcall accounts --name cisco_support --at "$during"

say "Try it on a router of yours:  build/release/rollcall try USER@ROUTER"
