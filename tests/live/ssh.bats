# The SSH driver against the lab device and real OpenSSH servers.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    lab_device "$WORK/dev" edge-1
    client_key
    cp "$WORK/key.pub" "$WORK/dev/authorized_keys"
    export RIGHT=s3cret WRONG=nope ENABLE=en4ble
}

# pull OPTION... HOP...: of the lab's profile, any key, unless told otherwise.
pull() { "$BUILD/tests/live/pull" --platform ios "$@"; }
pull_any() { pull --first-use "$@"; }
lab_hop() { echo "name=edge-1 port=$LAB_PORT user=admin enable=ENABLE $*"; }

# running OUTPUT: the text of the running config in it.
running_of() { sed -n '/^part running/,/^part startup/p' | sed '/^part /d'; }

fails_with() { # fails_with REGEX: the last `run` failed, and said so
    [ "$status" -eq 1 ] && [[ $output =~ $1 ]] || { echo "got $status: $output" >&2; return 1; }
    [[ $output != *s3cret* && $output != *en4ble* ]]
}

@test "a password logs in" {
    start_lab "$WORK/dev"
    run pull_any "$(lab_hop password=RIGHT)"
    [ "$status" -eq 0 ]
    [[ $output == *'hostname edge-1'* && $output == *'part running '* ]]
    has_line "$LAB_LOG" 'auth password admin accepted'
}

@test "a wrong password is tried once, and the error says what was tried" {
    echo 'auth password keyboard-interactive publickey' >>"$WORK/dev/lab.conf"
    start_lab "$WORK/dev"
    run pull_any "$(lab_hop password=WRONG)"
    fails_with '^auth: edge-1: log in: authentication failed for admin \(tried: password; server offers: .*\)'
    [ "$(grep -c refused "$LAB_LOG")" -eq 1 ]
}

@test "keyboard-interactive logs in, and a second factor is named" {
    echo 'auth keyboard-interactive' >>"$WORK/dev/lab.conf"
    start_lab "$WORK/dev"
    pull_any "$(lab_hop password=RIGHT)" >/dev/null
    has_line "$LAB_LOG" 'auth keyboard-interactive admin accepted'
    run pull_any "$(lab_hop password=WRONG)"
    fails_with '^auth: .*tried: keyboard-interactive'
    misbehave "$WORK/dev" 'second_factor 123456'
    run pull_any "$(lab_hop password=RIGHT)"
    fails_with '^auth: .*the server asks "'
}

@test "a key logs in, also an encrypted one, without a word on the terminal" {
    start_lab "$WORK/dev"
    pull_any "$(lab_hop "key=$WORK/key")" >/dev/null
    ssh-keygen -q -p -N 'long word' -f "$WORK/key"
    PHRASE='long word' pull_any "$(lab_hop "key=$WORK/key passphrase=PHRASE")" >/dev/null
    run pull_any "$(lab_hop "key=$WORK/key")"
    fails_with 'the private key cannot be read'
    PHRASE=other run pull_any "$(lab_hop "key=$WORK/key passphrase=PHRASE")"
    fails_with 'the private key cannot be read'
    ssh-keygen -q -t rsa -b 2048 -m PEM -N 'long word' -f "$WORK/rsa"
    cat "$WORK/rsa.pub" >>"$WORK/dev/authorized_keys"
    PHRASE='long word' pull_any "$(lab_hop "key=$WORK/rsa passphrase=PHRASE")" >/dev/null
    run pull_any "$(lab_hop "key=$WORK/rsa")"
    fails_with 'the private key cannot be read'
}

@test "an agent logs in, and without one the error says so" {
    start_lab "$WORK/dev"
    run pull_any "$(lab_hop agent=yes)"
    fails_with 'tried: agent'
    start_agent
    pull_any "$(lab_hop agent=yes)" >/dev/null
}

@test "a server that asks for no login is taken, with nothing tried" {
    echo 'auth none password' >>"$WORK/dev/lab.conf"
    start_lab "$WORK/dev"
    pull_any "$(lab_hop password=RIGHT)" >/dev/null
    ! grep -q 'auth password' "$LAB_LOG"
}

@test "with nothing to log in with the error says what is offered" {
    start_lab "$WORK/dev"
    run pull_any "$(lab_hop)"
    fails_with 'no way to log in as admin: the server offers publickey, password'
}

@test "an unknown host key is refused, asked about, or taken" {
    start_lab "$WORK/dev"
    run pull "$(lab_hop password=RIGHT)"
    fails_with "^host-key: edge-1: host key is not known .*rollcall trust edge-1"
    [[ $output == *"host-key edge-1 ssh-ed25519 $LAB_PRINT"* ]]
    run pull --ask no "$(lab_hop password=RIGHT)"
    fails_with '^host-key: .*is not trusted'
    run pull --ask yes "$(lab_hop password=RIGHT)"
    [ "$status" -eq 0 ]
    [[ $output == *"asked edge-1 ssh-ed25519 $LAB_PRINT"* ]]
    ! grep -q 'auth.*refused' "$LAB_LOG"
}

@test "a pinned host key lets in, a changed one does not, and no password is sent" {
    start_lab "$WORK/dev"
    echo "$LAB_KEY" >"$WORK/pin"
    run pull "$(lab_hop "password=RIGHT pin=$WORK/pin")"
    [ "$status" -eq 0 ]
    [[ $output == *"$LAB_PRINT pinned"* ]]
    misbehave "$WORK/dev" 'another_host_key yes'
    : >"$LAB_LOG"
    run pull_any --ask yes "$(lab_hop "password=RIGHT pin=$WORK/pin")"
    fails_with 'host key changed \(was SHA256:.*, now SHA256:.*\); if the device was replaced: rollcall trust edge-1'
    [[ $output == *"(was $LAB_PRINT, now "* ]]
    [[ $output == *' changed'* ]]
    ! grep -q 'auth' "$LAB_LOG"
}

@test "of several host keys the pinned one is asked for" {
    for type in ed25519 ecdsa rsa; do
        ssh-keygen -q -t "$type" -N '' -f "$WORK/dev/host_$type"
        echo "host_key host_$type" >>"$WORK/dev/lab.conf"
    done
    start_lab "$WORK/dev"
    for type in rsa ecdsa ed25519; do
        cut -d' ' -f1,2 "$WORK/dev/host_$type.pub" >"$WORK/pin"
        run pull "$(lab_hop "password=RIGHT pin=$WORK/pin")"
        [ "$status" -eq 0 ]
        [[ $output == *' pinned'* ]]
    done
}

@test "nothing of the account that runs it has a say" {
    mkdir -p "$HOME/.ssh"
    printf 'Host *\n  ProxyCommand touch %s/used\n  User other\n' "$WORK" >"$HOME/.ssh/config"
    cp "$WORK/key" "$HOME/.ssh/id_ed25519"
    start_lab "$WORK/dev"
    run pull_any "$(lab_hop password=WRONG)"
    fails_with 'tried: password;'
    [ ! -e "$WORK/used" ] && [ ! -e "$HOME/.ssh/known_hosts" ]
    ! grep -q 'auth publickey' "$LAB_LOG"
}

@test "two jump hosts lead to the device, each with its own key and login" {
    start_lab "$WORK/dev"
    start_sshd jump1
    first="name=jump-1 port=$SSHD_PORT user=$SSHD_USER key=$WORK/key pin=$WORK/jump1/host_key.pub"
    start_sshd jump2
    second="name=jump-2 port=$SSHD_PORT user=$SSHD_USER key=$WORK/key pin=$WORK/jump2/host_key.pub"
    echo "$LAB_KEY" >"$WORK/pin"
    pull --show "$(lab_hop "password=RIGHT")" --first-use >"$WORK/direct"
    run pull --show "$first" "$second" "$(lab_hop "password=RIGHT pin=$WORK/pin")"
    [ "$status" -eq 0 ]
    [[ $output == *'host-key jump-1 '*' pinned'*'host-key jump-2 '*' pinned'*'host-key edge-1 '* ]]
    diff <(running_of <"$WORK/direct") <(running_of <<<"$output")
    grep -q "Accepted publickey" "$WORK/jump1/log"
    grep -q "Accepted publickey" "$WORK/jump2/log"
    # the errors name the hop
    run pull "$first" "${second/jump2/jump1}" "$(lab_hop "password=RIGHT pin=$WORK/pin")"
    fails_with '^host-key: jump-2: host key changed'
    run pull --first-use "$first" "$second" "name=edge-1 port=1 user=admin"
    fails_with '^connect: edge-1: connect 127.0.0.1:1 through jump-2: '
    run pull --first-use "name=jump-1 port=1 user=x" "$(lab_hop password=RIGHT)"
    fails_with '^connect: edge-1: jump-1: connect 127.0.0.1:1: connection refused'
    run pull --first-use "${first/key=/none=}" "$(lab_hop password=RIGHT)"
    fails_with '^auth: edge-1: jump-1: log in: no way to log in'
}

@test "a config of megabytes comes whole through a jump host" {
    { seq -f 'interface Loopback%.0f' 150000; echo end; } >"$WORK/dev/commands/show_running-config"
    start_lab "$WORK/dev"
    start_sshd jump1
    run pull_any "name=jump-1 port=$SSHD_PORT user=$SSHD_USER key=$WORK/key" "$(lab_hop password=RIGHT)"
    [ "$status" -eq 0 ]
    [[ $output == *"part running $(stat -c %s "$WORK/dev/commands/show_running-config")"* ]]
    run pull_any --max-bytes 3000000 "$(lab_hop password=RIGHT)"
    fails_with '^limit: edge-1: show running-config'
}

@test "a jump host that dies on the way is a failure" {
    start_lab "$WORK/dev"
    start_sshd jump1
    misbehave "$WORK/dev" 'only show running' 'cut 100' 'then hang'
    background "$WORK/out" "$BUILD/tests/live/pull" --platform ios --first-use \
        "name=jump-1 port=$SSHD_PORT user=$SSHD_USER key=$WORK/key" "$(lab_hop password=RIGHT)"
    await_line "$LAB_LOG" 'cut after 100 bytes'
    pkill -KILL -P "$SSHD_PID"
    stop "$SSHD_PID" KILL
    await_line "$WORK/out" '^incomplete: edge-1: show running-config: the device closed the connection'
    ! grep -q '^part' "$WORK/out"
}

@test "noise of every kind leaves the same text" {
    start_lab "$WORK/dev"
    pull_any --show "$(lab_hop password=RIGHT)" | running_of >"$WORK/want"
    [ "$(tail -n 1 "$WORK/want")" = end ]
    while read -r noise; do
        IFS=';' read -ra lines <<<"$noise"
        misbehave "$WORK/dev" "${lines[@]}"
        run pull_any --show "$(lab_hop password=RIGHT)"
        [ "$status" -eq 0 ] || { echo "$noise: $output" >&2; return 1; }
        diff "$WORK/want" <(running_of <<<"$output") || { echo "$noise" >&2; return 1; }
    done <<'END'
pager_always yes
pager_always yes;pager 3
echo no
echo no;pager_always yes
line_end crcrlf
line_end lf
line_end cr
line_end cr;pager_always yes
fake_prompt yes
fake_prompt yes;slow 1;slow_bytes 11
slow 1;slow_bytes 50
question Press any key to continue
privileged yes
END
}

@test "terminal sequences of a hostile device stay out of the text" {
    start_lab "$WORK/dev"
    misbehave "$WORK/dev" 'escapes yes' 'garbage 40'
    run pull_any --show "$(lab_hop password=RIGHT)"
    [ "$status" -eq 0 ]
    [[ $output == *$'\nend'* && $output != *$'\033'* && $output != *$'\r'* && $output != *$'\b'* ]]
}

@test "what is not whole is a failure that says what happened" {
    start_lab "$WORK/dev"
    while IFS='|' read -r fault want; do
        IFS=';' read -ra lines <<<"$fault"
        misbehave "$WORK/dev" "${lines[@]}"
        run pull_any --connect-ms 1500 --command-ms 1500 --max-bytes 200000 "$(lab_hop password=RIGHT)"
        fails_with "$want" || { echo "$fault" >&2; return 1; }
        [[ $output != *$'\npart '* ]]
    done <<'END'
only show running;cut 1000;then close|^incomplete: edge-1: show running-config: the device closed
only show running;cut 1000;then drop|^incomplete: edge-1: show running-config: the device closed
only show running;cut 1000;then hang|^timeout: edge-1: show running-config: the prompt did not come back within
drop connect|^connect: edge-1: connect
drop auth|^(auth|connect): edge-1:
drop login|^(connect|dialogue): edge-1: 
only show running;drop command|^incomplete: edge-1: show running-config
never connect|^timeout: edge-1: connect
never auth|^timeout: edge-1: log in
never prompt|^dialogue: edge-1: login: no prompt was recognised; the device's last line: "
only show running;never answer|^timeout: edge-1: show running-config
endless banner|^(timeout|auth): edge-1: log in
endless motd|^(limit|timeout|dialogue): edge-1: login
only show running;endless output|^limit: edge-1: show running-config
rename other;rename_after 2|^timeout: edge-1: 
shell no|^dialogue: edge-1: open a shell
END
}

@test "algorithms of ten years ago are used only where allowed" {
    start_lab "$WORK/dev"
    misbehave "$WORK/dev" 'legacy yes'
    run pull_any "$(lab_hop password=RIGHT)"
    fails_with '^connect: .*allow it legacy algorithms'
    pull_any "$(lab_hop 'password=RIGHT legacy=yes')" >/dev/null
    misbehave "$WORK/dev"
    pull_any "$(lab_hop 'password=RIGHT legacy=yes')" >/dev/null
}

# ---- recognition and exec ----

# A platform of one command over exec, and nothing else.
exec_profiles() {
    mkdir -p "$WORK/platforms"
    cat >"$WORK/platforms/testhost.yaml" <<'END'
platform: testhost
title: a host of the tests
recognise: { prompt: '[$#] ?$', command: uname -s, match: '^Linux' }
session: { kind: exec }
parts:
  names: { command: echo one; echo two, ends: '^two$' }
  missing: { command: 'echo no such thing >&2; exit 4', optional: true }
END
    cat >"$WORK/platforms/broken.yaml" <<'END'
platform: broken
title: a host of the tests that fails
session: { kind: exec }
parts:
  names: { command: "printf 'here\\033[1m' >&2; exit 3" }
END
    cat >"$WORK/platforms/killed.yaml" <<'END'
platform: killed
title: a host of the tests that dies
session: { kind: exec }
parts:
  names: { command: "echo half; kill -9 $$" }
END
    cat >"$WORK/platforms/cut.yaml" <<'END'
platform: cut
title: a host of the tests that stops early
session: { kind: exec }
parts:
  names: { command: echo one, ends: '^two$' }
END
}

exec_pull() { # exec_pull PLATFORM OPTION...
    "$BUILD/tests/live/pull" --platforms "$WORK/platforms" --first-use --platform "$@" \
        "name=host-1 port=$SSHD_PORT user=$SSHD_USER key=$WORK/key"
}

@test "commands of exec channels are believed with their exit status" {
    exec_profiles
    start_sshd host
    run exec_pull testhost --show
    [ "$status" -eq 0 ]
    [[ $output == *$'part names 8\none\ntwo' ]]
    run exec_pull broken
    fails_with '^dialogue: host-1: .*: exit status 3: here\\x1b\[1m'
    run exec_pull killed
    fails_with '^dialogue: host-1: .*died of signal KILL'
    run exec_pull cut
    fails_with '^incomplete: host-1: echo one: the end was not seen in 4 bytes'
    run exec_pull testhost --max-bytes 5
    fails_with '^limit: '
}

@test "an exec channel that closes without a status does not count" {
    mkdir -p "$WORK/platforms"
    printf '%s\n' 'platform: labexec' 'title: x' 'session: { kind: exec }' 'parts:' \
        '  version: { command: show version }' >"$WORK/platforms/labexec.yaml"
    start_lab "$WORK/dev"
    one() { "$BUILD/tests/live/pull" --platforms "$WORK/platforms" --platform labexec --first-use \
        --command-ms 1500 "$(lab_hop password=RIGHT)"; }
    one >/dev/null
    misbehave "$WORK/dev" 'exit_status no'
    run one
    fails_with '^incomplete: .*without an exit status'
    misbehave "$WORK/dev" 'cut 20' 'then drop'
    run one
    fails_with '^incomplete: '
    misbehave "$WORK/dev" 'cut 20' 'then hang'
    run one
    fails_with '^timeout: edge-1: show version: not finished in time, after 20 bytes'
}

@test "a router nobody named is recognised, with one login and one harmless command" {
    start_lab "$WORK/dev"
    run "$BUILD/tests/live/pull" --first-use "$(lab_hop password=RIGHT)"
    [ "$status" -eq 0 ]
    [[ $output == *'platform ios'*'part running'* ]]
    [ "$(grep -c ' auth ' "$LAB_LOG")" -eq 1 ]
    [ "$(grep -c ' command show version' "$LAB_LOG")" -eq 1 ]
    misbehave "$WORK/dev" 'pager_always yes' 'pager 5'
    "$BUILD/tests/live/pull" --first-use "$(lab_hop password=RIGHT)" >/dev/null
}

@test "a device that fits no platform is said to" {
    echo 'odd thing' >"$WORK/dev/commands/show_version"
    start_lab "$WORK/dev"
    run "$BUILD/tests/live/pull" --first-use "$(lab_hop password=RIGHT)"
    fails_with '^not-found: edge-1: recognise the platform: no known platform fits \(server "SSH-2.0-Cisco-1.25", prompt "edge-1>"\)'
}

@test "a host is recognised at its shell and pulled by exec" {
    mkdir -p "$WORK/platforms"
    exec_profiles
    rm "$WORK/platforms"/{broken,killed,cut}.yaml
    sed -i 's/^recognise:.*/recognise: { server: OpenSSH, prompt: "[$#] ?$", command: uname -s, match: "^Linux", before: [linux, frr] }/' \
        "$WORK/platforms/testhost.yaml"
    start_sshd host
    run "$BUILD/tests/live/pull" --platforms "$WORK/platforms" --first-use --show \
        "name=host-1 port=$SSHD_PORT user=$SSHD_USER key=$WORK/key"
    [ "$status" -eq 0 ] || { echo "$output"; return 1; }
    [[ $output == *'platform testhost'*$'part names 8\none\ntwo' ]]
}
