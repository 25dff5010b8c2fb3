# rollcalld hears of changes: netconfd's notifications, edits by an operator who has nothing to do
# with us (python3-ncclient), sessions that break, devices that call home.
#
# The schedule is once a day: what is seen sooner is seen because it was heard of. netconfd now and
# then answers nothing to a request that came in one piece with our hello: hence the short timeout.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    start_netconfd core
    settings_for "core-1: { address: 127.0.0.1, port: $SSHD_PORT }"
}

# settings_for DEVICE-LINE...; what stands in $WORK/more comes in front.
settings_for() {
    export ROLLCALL_SETTINGS=$WORK/rollcall.yaml
    {
        printf '%s\n' "store: $WORK/store" "key-file: $WORK/key-file"
        [ ! -e "$WORK/more" ] || cat "$WORK/more"
        printf '%s\n' 'credentials:' \
            "  key: { user: $SSHD_USER, private-key: { file: $WORK/key } }" \
            'defaults: { credential: key, driver: netconf, schedule: every 24h, splay: 0s,' \
            '  timeouts: { command: 5s } }' \
            'devices:'
        printf '  %s\n' "$@"
    } >"$WORK/new.yaml"
    chmod 600 "$WORK/new.yaml"
    mv "$WORK/new.yaml" "$ROLLCALL_SETTINGS"
    [ -e "$WORK/key-file" ] || {
        openssl rand -base64 32 >"$WORK/key-file"
        chmod 600 "$WORK/key-file"
    }
}

# start_daemon: sets DAEMON; its log is $WORK/daemon.log.
start_daemon() {
    background "$WORK/daemon.log" "$BUILD/rollcalld" --settings "$ROLLCALL_SETTINGS" --verbose
    DAEMON=$PID
}

# await_log COUNT REGEX: so many lines of the daemon's log.
await_log() {
    await log_has "$@" && return
    tail -n 30 "$WORK/daemon.log" >&2
    return 1
}
log_has() { [ "$(grep -cE -- "$2" "$WORK/daemon.log")" -ge "$1" ]; }

# await_quiet [COUNT]: core-1 is listened to for the COUNTth time, and was read since.
await_quiet() {
    await_log "${1:-1}" 'core-1: is listened to' && await_log "${1:-1}" 'core-1: (unchanged|version [2-9])'
}

changes() { "$BUILD/rollcall" --settings "$WORK/rollcall.yaml" changes --json; }
# event_is EVENT SUBJECT WHO: SUBJECT with % for any text.
event_is() {
    changes | jq -e --arg event "$1" --arg subject "^${2//%/.*}\$" \
        ".events[] | select(.event == \$event and (.subject | test(\$subject)) and ($3))" >/dev/null
}

BY_BOB='.actor == {"user":"bob","address":"127.0.0.1","source":"netconf"}'
BY_NOBODY='.actor == null'

# await_event EVENT SUBJECT [WHO]: it is in the store.
await_event() {
    await event_is "$1" "$2" "${3:-$BY_BOB}" && return
    changes >&2
    cat "$WORK/daemon.log" >&2
    return 1
}

# listener_pids: of the daemon's process that holds sessions.
listener_pids() { pgrep -P "$(pgrep -P "$DAEMON" -x rollcall-zygote)" -x rollcall-listen; }

@test "an operator's edits are events at once, with who made them and from where" {
    local key
    start_daemon
    await_quiet
    nc_edit add-user mallory "$(nc_hash intruder-word)"
    await_event account-created mallory
    nc_edit password alice "$(nc_hash other-word)"
    await_event credential-changed alice
    nc_edit add-key mallory laptop "$WORK/operator.pub"
    key=$(ssh-keygen -lf "$WORK/operator.pub" | cut -d' ' -f2)
    await_event ssh-key-added '%'
    event_is ssh-key-added '%' "tostring | contains(\"$key\")"
    nc_edit delete-user oper
    await_event account-deleted oper
    ! grep -qE 'intruder-word|other-word|rollcallTests' "$WORK/daemon.log"
}

@test "a changed order of authentication is an event" {
    stop "$NETCONFD_PID"
    nc_startup '<radius><server><name>r1</name><udp><address>192.0.2.10</address>
        <shared-secret>invented</shared-secret></udp></server></radius>' >"$WORK/core/startup.xml"
    start_netconfd_again core
    start_daemon
    await_quiet
    nc_edit order radius local-users
    await_event aaa-method-changed '%'
}

@test "a commit that waits for its confirmation is read when it has it" {
    local operator
    start_daemon
    await_quiet
    mkfifo "$WORK/confirm"
    NC_CONFIRM=$WORK/confirm background "$WORK/operator.out" "$ROOT/tests/live/ncedit.py" \
        "$SSHD_PORT" "$SSHD_USER" "$WORK/operator" add-user mallory "$(nc_hash intruder-word)"
    operator=$PID
    await_log 1 'core-1: a commit waits for its confirmation'
    : >"$WORK/confirm"
    wait "$operator"
    await_event account-created mallory
}

@test "what happened while nobody listened is seen when somebody does again" {
    start_daemon
    await_quiet
    stop "$NETCONFD_PID"
    await_log 1 'core-1: is not listened to'
    sed -i 's,<user><name>alice,<user><name>mallory</name></user>&,' "$WORK/core/startup.xml"
    start_netconfd_again core
    await_event account-created mallory "$BY_NOBODY"
    await_quiet 2
    nc_edit delete-user oper
    await_event account-deleted oper
}

@test "a listener that is killed is replaced and its devices are heard again" {
    start_daemon
    await_quiet
    kill -KILL "$(listener_pids)"
    await_log 1 'a listener died'
    await_quiet 2
    nc_edit add-user mallory "$(nc_hash intruder-word)"
    await_event account-created mallory
}

@test "a reload listens to new devices and no longer to those that are gone" {
    local port=$SSHD_PORT
    start_daemon
    await_quiet
    start_netconfd edge
    settings_for "core-1: { address: 127.0.0.1, port: $port, netconf: { notifications: false } }" \
        "edge-1: { address: 127.0.0.1, port: $SSHD_PORT }"
    kill -HUP "$DAEMON"
    await_log 1 'edge-1: is listened to'
    await_log 1 'edge-1: unchanged'
    nc_edit add-user mallory "$(nc_hash intruder-word)"
    await_event account-created mallory
    SSHD_PORT=$port nc_edit add-user eve "$(nc_hash intruder-word)"
    settings_for
    kill -HUP "$DAEMON"
    await_log 1 'settings read again: 0 devices'
    ! log_has 1 'core-1: changed'
    await no_listener
}
no_listener() { [ -z "$(listener_pids)" ]; }

# device_calls PORT: the netconfd calls home over SSH, and again whenever the connection has ended.
device_calls() {
    local -a command=("$BUILD/tests/lab/netconf/ncserver" --call-home "127.0.0.1:$1" --
        /usr/sbin/sshd -i -e -f "$WORK/core/sshd_config")
    [ "$(id -u)" != 0 ] || command=(unshare -m sh -c "$LIB_SSHD_AS_ROOT" "$WORK/core" "${command[@]}")
    printf '%s\n' 'while :; do' '"$@" </dev/null' 'read -rt 0.2 <> <(:)' 'done' >"$WORK/caller"
    background "$WORK/caller.log" bash "$WORK/caller" "${command[@]}"
}

@test "a device that calls home is read and heard over its own connections" {
    local door
    door=$(free_port)
    echo "call-home: { ssh: '127.0.0.1:$door' }" >"$WORK/more"
    # nothing is at its address
    settings_for "core-1: { address: 192.0.2.1, netconf: { call-home: [ 127.0.0.0/8 ] } }"
    start_daemon
    device_calls "$door"
    await_log 1 'core-1: calls home from 127.0.0.1'
    await_log 1 'core-1: version 1'
    # that it is listened to after its pull makes it due no more: each pull ends the session
    await_log 1 'core-1: is listened to'
    nc_edit add-user mallory "$(nc_hash intruder-word)"
    await_event account-created mallory
    await_log 2 'core-1: is listened to'
}

@test "a stranger who calls home is sent away, and told of once" {
    local door
    door=$(free_port)
    echo "call-home: { ssh: '127.0.0.1:$door' }" >"$WORK/more"
    settings_for "core-1: { address: 192.0.2.1, netconf: { call-home: [ 192.0.2.1 ] } }"
    start_daemon
    await_port "$door"
    await_log 1 '127.0.0.1 calls home over SSH, but no device does from there'
    [ -z "$(timeout 20 bash -c "cat </dev/tcp/127.0.0.1/$door")" ]
    [ "$(grep -c 'calls home' "$WORK/daemon.log")" -eq 1 ]
}
