# rollcalld against simulated routers: schedule, alerts, reload, and every way to kill it.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    lab_device "$WORK/dev" edge-1
    start_lab "$WORK/dev"
    printf s3cret >"$WORK/password"
    printf en4ble >"$WORK/enable"
    openssl rand -base64 32 >"$WORK/key-file"
    chmod 600 "$WORK/password" "$WORK/enable" "$WORK/key-file"
    settings_for edge-1
}

# settings_for DEVICE...: all of them are the one lab device, read every second.
settings_for() {
    local device
    {
        echo "store: $WORK/store"
        echo "key-file: $WORK/key-file"
        echo "credentials:"
        echo "  lab: { user: admin, password: { file: $WORK/password }, enable: { file: $WORK/enable } }"
        echo "defaults:"
        echo "  { credential: lab, platform: ios, schedule: every 1s, splay: 0s, timeouts: { total: 20s } }"
        echo "devices:"
        for device; do
            echo "  $device: { address: 127.0.0.1, port: $LAB_PORT }"
        done
        [ ! -e "$WORK/sinks" ] || cat "$WORK/sinks"
    } >"$WORK/new.yaml"
    mv "$WORK/new.yaml" "$WORK/rollcall.yaml"
}

# start_daemon [OPTION...]: sets DAEMON; its log is $WORK/daemon.log.
start_daemon() {
    background "$WORK/daemon.log" "$BUILD/rollcalld" --settings "$WORK/rollcall.yaml" --verbose "$@"
    DAEMON=$PID
}

# start_webhook: bodies of all POSTs, one a line, in $WORK/posts; a sink for it in the settings.
start_webhook() {
    cat >"$WORK/webhook.py" <<'END'
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[1], "ab") as posts:
            posts.write(body.replace(b"\n", b" ") + b"\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print("port", server.server_port, flush=True)
server.serve_forever()
END
    : >"$WORK/posts"
    background "$WORK/webhook.out" python3 "$WORK/webhook.py" "$WORK/posts"
    await_line "$WORK/webhook.out" '^port' || return 1
    printf 'sinks:\n  hook: { webhook: { url: "http://127.0.0.1:%s/" } }\n' \
        "$(sed -n 's/^port //p' "$WORK/webhook.out")" >"$WORK/sinks"
}

ask_store() { sqlite3 -readonly -cmd '.timeout 10000' "$WORK/store" "$1"; }
store_says() { [ "$(ask_store "$1")" = "$2" ]; }
# events FILTER: what jq makes of each event, a line each.
events() { "$BUILD/rollcall" --settings "$WORK/rollcall.yaml" changes --json | jq -r ".events[] | $1"; }
events_are() { [ "$(events "$1" | sort -u | wc -l)" -eq "$2" ]; }
last_failure_is() {
    [ "$("$BUILD/rollcall" --settings "$WORK/rollcall.yaml" status "$1" --json | jq -r '.devices[0].state')" = "$2" ]
}
versions_are() { store_says 'SELECT count(*) FROM version' "$1"; }

# add_account NAME: the router's config has one administrator more, in one step.
add_account() {
    local config=$WORK/dev/commands/show_running-config
    sed "s/^username mkeller/username $1 privilege 15 secret 9 \$9\$x\$evilhash$1\n&/" \
        "$config" >"$WORK/config.new"
    mv "$WORK/config.new" "$config"
}

role_pid() { pgrep -P "$DAEMON" -x "rollcall-$1"; }
is_gone() { ! kill -0 "$1" 2>/dev/null; }

@test "a new account is an event in the store and at a webhook within seconds" {
    start_webhook
    settings_for edge-1
    start_daemon
    await versions_are 1
    add_account cisco_support
    await_line "$WORK/posts" '"event":"account-created".*"subject":"cisco_support"'
    [ "$(events '.event + " " + .subject')" = 'account-created cisco_support' ]
    store_says 'SELECT count(*) FROM outbox' 0 || await store_says 'SELECT count(*) FROM outbox' 0
    ! grep -q evilhash "$WORK/posts" "$WORK/daemon.log"
    ! grep -rq s3cret "$WORK/daemon.log" "$WORK/posts"
}

@test "once reads each device, delivers, and ends with the exit status of collect" {
    start_webhook
    settings_for edge-1 edge-2 edge-3
    "$BUILD/rollcalld" --settings "$WORK/rollcall.yaml" --once
    versions_are 3
    add_account eve
    "$BUILD/rollcalld" --settings "$WORK/rollcall.yaml" --once
    [ "$(grep -c '"subject":"eve"' "$WORK/posts")" -eq 3 ]
    misbehave "$WORK/dev" 'drop login'
    run -4 "$BUILD/rollcalld" --settings "$WORK/rollcall.yaml" --once
    [[ $output == *'edge-2: '* ]]
    versions_are 6
}

@test "wrong settings end it at the start and change nothing later" {
    start_daemon
    await versions_are 1
    cp "$WORK/rollcall.yaml" "$WORK/good.yaml"
    echo 'colectors: 3' >>"$WORK/rollcall.yaml"
    kill -HUP "$DAEMON"
    await_line "$WORK/daemon.log" 'rollcall.yaml:[0-9]+:1: .*colectors'
    await_line "$WORK/daemon.log" 'old settings'
    add_account still_watched
    await versions_are 2
    kill -0 "$DAEMON"
    stop "$DAEMON"
    run -2 "$BUILD/rollcalld" --settings "$WORK/rollcall.yaml"
    [[ $output == *'rollcall.yaml:'*'colectors'* ]]
}

@test "a reload takes up new devices and drops old ones" {
    start_daemon
    await versions_are 1
    settings_for edge-7 edge-8
    kill -HUP "$DAEMON"
    await store_says "SELECT group_concat(name) FROM (SELECT name FROM device ORDER BY name)" \
        edge-1,edge-7,edge-8
    await_line "$WORK/daemon.log" 'settings read again: 2 devices'
}

@test "each role may be killed and the watch goes on" {
    start_webhook
    settings_for edge-1
    start_daemon
    await versions_are 1
    local role count=1
    for role in engine zygote notify; do
        await role_pid $role
        kill -KILL "$(role_pid $role)"
        add_account "after_$role"
        count=$((count + 1))
        await versions_are $count
        await_line "$WORK/posts" "\"subject\":\"after_$role\""
    done
    kill -0 "$DAEMON"
}

@test "it stops in order and leaves no process behind" {
    misbehave "$WORK/dev" 'never prompt'
    start_daemon
    await_line "$LAB_LOG" 'auth password admin accepted'
    local -a roles
    mapfile -t roles < <(pgrep -P "$DAEMON")
    [ "${#roles[@]}" -ge 2 ]
    kill -TERM "$DAEMON"
    await is_gone "$DAEMON"
    wait "$DAEMON"
    for role in "${roles[@]}"; do
        is_gone "$role"
    done
    store_says 'SELECT count(*) FROM lease' 0
}

@test "the service manager hears when it is ready, reloads, lives and stops" {
    cat >"$WORK/manager.py" <<'END'
import socket, sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
print("listening", flush=True)
while True:
    print(listener.recv(4096).decode(), flush=True)
END
    background "$WORK/manager.out" python3 "$WORK/manager.py" "$WORK/notify"
    await_line "$WORK/manager.out" listening
    export NOTIFY_SOCKET=$WORK/notify
    start_daemon
    await_line "$WORK/manager.out" '^READY=1'
    await_line "$WORK/manager.out" '^WATCHDOG=1'
    await_line "$WORK/manager.out" '^STATUS=1 devices, [01] being read, 0 failing'
    kill -HUP "$DAEMON"
    await_line "$WORK/manager.out" '^RELOADING=1'
    kill -TERM "$DAEMON"
    await_line "$WORK/manager.out" '^STOPPING=1'
}

@test "a device that hangs is cut off, recorded, and holds up no other" {
    lab_device "$WORK/slow" slow-1
    local port=$LAB_PORT
    start_lab "$WORK/slow"
    misbehave "$WORK/slow" 'never connect'
    sed "s/timeouts: .*/timeouts: { connect: 4s, command: 20s, total: 20s } }/" \
        "$WORK/rollcall.yaml" >"$WORK/with-slow.yaml"
    sed -i "s/port: $LAB_PORT/port: $port/" "$WORK/with-slow.yaml"
    echo "  slow-1: { address: 127.0.0.1, port: $LAB_PORT }" >>"$WORK/with-slow.yaml"
    mv "$WORK/with-slow.yaml" "$WORK/rollcall.yaml"
    start_daemon
    await versions_are 1
    await last_failure_is slow-1 timeout
    [ "$(events 'select(.event == "device-unreachable") | .subject')" = slow-1 ]
}

@test "killed fifty times while it collects, it loses no event and tells none twice" {
    start_webhook
    settings_for edge-1 edge-2 edge-3 edge-4
    "$BUILD/rollcalld" --settings "$WORK/rollcall.yaml" --once
    local round
    for ((round = 1; round <= 50; round++)); do
        start_daemon
        add_account "intruder$round"
        # anywhere from before it has started to the middle of a collection
        read -rt "0.$(printf %02d $((RANDOM % 40)))" <> <(:) || true
        kill -STOP "$DAEMON" # or it starts anew what is killed before it
        pkill -KILL -P "$DAEMON" || true
        kill -KILL "$DAEMON"
        wait "$DAEMON" 2>/dev/null || true
        store_says 'PRAGMA integrity_check' ok
    done
    start_daemon
    await events_are 'select(.event == "account-created") | .id' 200
    events_are 'select(.event == "account-created") | .device + .subject' 200
    await store_says 'SELECT count(*) FROM outbox' 0
    [ "$(grep -o '"id":"[^"]*"' "$WORK/posts" | sort -u | wc -l)" -eq \
        "$(ask_store 'SELECT count(*) FROM event')" ]
}
