# The device simulator itself: is it what the other tests believe it is?

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    lab_device "$WORK/dev" edge-1
    client_key
    cp "$WORK/key.pub" "$WORK/dev/authorized_keys"
}

# type_at PORT LINE...: a terminal session that types these lines; prints what the device printed.
type_at() {
    local port=$1
    shift
    printf '%s\r' "$@" | ssh_client "$port" -tt admin@127.0.0.1
}

@test "a session looks like a router's" {
    start_lab "$WORK/dev"
    run type_at "$LAB_PORT" 'show version' exit
    [[ $output == *'All sessions are recorded.'* ]]
    [[ $output == *$'edge-1>show version\r\n'* ]]
    [[ $output == *'edge-1 uptime is 31 weeks'* ]]
    [[ $output != *$'[^\r]\n'* ]]
}

@test "a config wants privileges, and enable wants its password" {
    start_lab "$WORK/dev"
    run type_at "$LAB_PORT" 'show running-config' enable wrong en4ble 'terminal length 0' \
        'show running-config' exit
    [[ $output == *"% Invalid input detected at '^' marker."* ]]
    [[ $output == *$'Password: \r\nPassword: \r\nedge-1#terminal length 0'* ]]
    [[ $output == *'username mkeller privilege 15'*$'\nend\r\nedge-1#exit'* ]]
}

@test "a pager stops, goes on at a key, and wipes its mark" {
    start_lab "$WORK/dev"
    printf 'privileged yes\npager 10\n' >>"$WORK/dev/lab.conf"
    run type_at "$LAB_PORT" 'show running-config' 'qexit'
    [[ $output == *$'--More--\b\b\b\b\b\b\b\b        \b\b\b\b\b\b\b\b'* ]]
    [[ $output != *'username mkeller'* ]]
}

@test "passwords and keyboard-interactive let the right one in" {
    echo 'auth password keyboard-interactive' >>"$WORK/dev/lab.conf"
    start_lab "$WORK/dev"
    for way in password keyboard-interactive; do
        ssh_password "$LAB_PORT" s3cret -o PreferredAuthentications=$way admin@127.0.0.1 \
            'show version' | grep -q 'edge-1 uptime'
        run ssh_password "$LAB_PORT" wrong -o PreferredAuthentications=$way \
            -o NumberOfPasswordPrompts=1 admin@127.0.0.1 'show version'
        [ "$status" -eq 255 ]
        has_line "$LAB_LOG" "auth $way admin accepted"
        has_line "$LAB_LOG" "auth $way admin refused"
    done
    ! grep -q s3cret "$LAB_LOG"
}

@test "exec channels have an exit status, and none when told so" {
    printf 'hello\n' >"$WORK/dev/commands/cat__etc_motd"
    printf '3' >"$WORK/dev/commands/cat__etc_motd.status"
    start_lab "$WORK/dev"
    run ssh_client "$LAB_PORT" admin@127.0.0.1 cat /etc/motd
    [ "$status" -eq 3 ]
    [ "$output" = hello ]
    run -127 ssh_client "$LAB_PORT" admin@127.0.0.1 'no such thing'
    misbehave "$WORK/dev" 'exit_status no'
    run ssh_client "$LAB_PORT" admin@127.0.0.1 cat /etc/motd
    [ "$status" -eq 255 ]
}

@test "a reply that is cut stops at that byte, then closes, drops or hangs" {
    start_lab "$WORK/dev"
    for then in close drop; do
        misbehave "$WORK/dev" 'cut 100' "then $then" 'privileged yes' 'pager 0'
        type_at "$LAB_PORT" 'show running-config' >"$WORK/out" || true
        reply=$(sed 's/.*show running-config\r$/@@/' "$WORK/out" | sed '1,/^@@/d'; echo .)
        [ "${#reply}" -eq 101 ]
        await_line "$LAB_LOG" 'cut after 100 bytes'
    done
    misbehave "$WORK/dev" 'cut 100' 'then hang' 'privileged yes' 'pager 0'
    : >"$LAB_LOG"
    background "$WORK/hung" type_at "$LAB_PORT" 'show running-config'
    await_line "$LAB_LOG" 'cut after 100 bytes'
    kill -0 "$PID"
}

@test "sessions run side by side, and all end with the simulator" {
    start_lab "$WORK/dev"
    misbehave "$WORK/dev" 'never prompt'
    for i in 1 2 3 4 5; do
        background "$WORK/session.$i" ssh_client "$LAB_PORT" -tt admin@127.0.0.1
        eval "session_$i=$PID"
    done
    for i in 1 2 3 4 5; do
        await_line "$WORK/session.$i" 'recorded'
    done
    stop "$LAB_PID"
    for i in 1 2 3 4 5; do
        pid=session_$i
        wait "${!pid}" || true
    done
}

@test "one process is many devices, each with a config of its own if it has one" {
    printf 'hostname r@number@\nprivileged yes\n' >>"$WORK/dev/lab.conf"
    mkdir -p "$WORK/dev/devices/r3/commands"
    echo 'the third' >"$WORK/dev/devices/r3/commands/show_version"
    start_lab "$WORK/dev" --devices 20
    mapfile -t ports < <(sed -n 's/^port //p' "$WORK/dev.out")
    [ "${#ports[@]}" -eq 20 ]
    ssh_client "${ports[2]}" admin@127.0.0.1 'show version' | grep -qx 'the third'
    ssh_client "${ports[19]}" admin@127.0.0.1 'show version' | grep -q '^r20 uptime'
}

@test "every other misbehaviour does what it says" {
    start_lab "$WORK/dev"
    try() { type_at "$LAB_PORT" 'show version' exit 2>&1 || true; }
    misbehave "$WORK/dev" 'escapes yes' 'garbage 20'
    [[ $(try | cat -v) == *'^[]52;c;'* ]]
    misbehave "$WORK/dev" 'fake_prompt yes'
    [[ $(try) == *$'\nswitch-9# type here'* ]]
    misbehave "$WORK/dev" 'rename other-7'
    [[ $(try) == *'other-7>exit'* ]]
    for when in connect auth login; do
        misbehave "$WORK/dev" "drop $when"
        [[ $(try) != *'recorded'* ]]
    done
    misbehave "$WORK/dev" 'drop command'
    [[ $(try) != *'uptime'* ]]
    misbehave "$WORK/dev" 'line_end crcrlf'
    [[ $(try | cat -v) == *'recorded.^M^M'* ]]
    misbehave "$WORK/dev" 'line_end cr'
    [[ $(try | cat -v) == *'recorded.^M^Medge-1>'* ]]
    misbehave "$WORK/dev" 'echo no'
    [[ $(try) != *'show version'* ]]
    misbehave "$WORK/dev" 'question Press RETURN to get started'
    [[ $(try) == *'RETURN to get started'* ]]
    misbehave "$WORK/dev" 'slow 1' 'slow_bytes 100'
    [[ $(try) == *'uptime'* ]]
    misbehave "$WORK/dev" 'auth_tries 1' 'authorized_keys none'
    [[ $(try) != *'recorded'* ]]
    has_line "$LAB_LOG" 'too many refusals'
}

@test "endless output has no end" {
    start_lab "$WORK/dev"
    mkfifo "$WORK/pipe"
    for what in output motd; do
        misbehave "$WORK/dev" "endless $what"
        background "$WORK/pipe" type_at "$LAB_PORT" 'show version'
        [ "$(head -c 1000000 "$WORK/pipe" | wc -c)" -eq 1000000 ]
        stop "$PID"
    done
}

@test "host keys come from files, or are fresh, or change" {
    start_lab "$WORK/dev"
    scan() { ssh-keyscan -p "$LAB_PORT" 127.0.0.1 2>/dev/null | cut -d' ' -f2-; }
    [ "$(scan)" = "$LAB_KEY" ]
    misbehave "$WORK/dev" 'another_host_key yes'
    [ "$(scan)" != "$LAB_KEY" ]
    ssh-keygen -q -t ecdsa -N '' -f "$WORK/dev/host_key"
    misbehave "$WORK/dev" 'host_key host_key'
    [ "$(scan)" = "$(cut -d' ' -f1,2 "$WORK/dev/host_key.pub")" ]
}

@test "a device of the last decade speaks only its algorithms" {
    start_lab "$WORK/dev"
    misbehave "$WORK/dev" 'legacy yes'
    run ssh_client "$LAB_PORT" admin@127.0.0.1 'show version'
    [ "$status" -eq 255 ]
    await_line "$LAB_LOG" 'key exchange: .*no match'
    ssh_client "$LAB_PORT" -o KexAlgorithms=diffie-hellman-group14-sha1 -o Ciphers=aes128-cbc \
        -o MACs=hmac-sha1 -o HostKeyAlgorithms=ssh-rsa admin@127.0.0.1 'show version' |
        grep -q 'edge-1 uptime'
}
