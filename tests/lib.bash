# What bats tests share: a folder of their own, servers on loopback, and waiting for events.
#
#   load ../lib                       (from tests/cli or tests/live)
#
# setup() gives $WORK (private, removed afterwards), a $HOME in it, no agent, no settings of the
# person who runs the tests; teardown() kills what was started. A file with its own setup() calls
# lib_setup, and lib_teardown likewise.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VARIANT=${VARIANT:-release}
BUILD=$ROOT/build/$VARIANT
AWAIT_SECONDS=${AWAIT_SECONDS:-60} # only ever reached by a test that fails

setup() { lib_setup; }
teardown() { lib_teardown; }

lib_setup() {
    WORK=$BATS_TEST_TMPDIR
    export HOME=$WORK/home LC_ALL=C.UTF-8 TZ=UTC NO_COLOR=1
    mkdir -p "$HOME"
    unset SSH_AUTH_SOCK SSH_AGENT_PID SSH_ASKPASS DISPLAY XDG_CONFIG_HOME XDG_STATE_HOME
    unset XDG_RUNTIME_DIR ROLLCALL_PASSWORD ROLLCALL_SETTINGS NOTIFY_SOCKET
    LIB_PIDS=()
    cd "$WORK" || return 1
}

lib_teardown() {
    local pid
    for pid in "${LIB_PIDS[@]}"; do
        stop "$pid"
    done
    cd /
}

rollcall() { "$BUILD/rollcall" "$@"; }

# ---- processes and events ----

# background OUT COMMAND...: start it, output to OUT; PID is set, teardown kills it.
background() {
    local out=$1
    shift
    [ ! -f "$out" ] || : >"$out" # so that nobody takes words of the one before for this one's
    "$@" >"$out" 2>&1 </dev/null 3>&- &
    PID=$!
    LIB_PIDS+=("$PID")
}

# stop PID [SIGNAL]: it and its children, and wait for its end.
stop() {
    pkill -"${2:-TERM}" -P "$1" || true
    kill -"${2:-TERM}" "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

# await COMMAND...: until it succeeds. Fails when the time for hopeless cases is over.
await() {
    local end=$((SECONDS + AWAIT_SECONDS))
    until "$@" 2>/dev/null; do
        if ((SECONDS > end)); then
            echo "waited $AWAIT_SECONDS s in vain for: $*" >&2
            return 1
        fi
        read -rt 0.02 <> <(:) || true
    done
}

has_line() { grep -qE -- "$2" "$1"; }

# await_line FILE REGEX
await_line() {
    await has_line "$1" "$2" && return
    echo "--- $1:" >&2
    tail -n 20 "$1" >&2
    return 1
}

port_open() { (exec 9<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
await_port() { await port_open "$1"; }

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# ---- the device simulator (tests/lab/lab.h) ----

# lab_device FOLDER [HOSTNAME]: a new Cisco router to serve: admin/s3cret, enable en4ble.
lab_device() {
    cp -r "$ROOT/tests/lab/ios" "$1"
    chmod -R u+w "$1"
    if [ -n "${2:-}" ]; then
        echo "hostname $2" >>"$1/lab.conf"
    fi
}

# start_lab FOLDER [OPTION...]: sets LAB_PORT (of several: the first), LAB_KEY ("ALGORITHM BASE64"),
# LAB_PRINT (SHA256:...), LAB_PID, LAB_LOG (what clients did: "PORT command show version").
start_lab() {
    local folder=$1
    shift
    LAB_LOG=$folder.log
    : >"$LAB_LOG"
    background "$folder.out" "$BUILD/tests/lab/labd" --log "$LAB_LOG" "$@" "$folder"
    LAB_PID=$PID
    await_line "$folder.out" '^key .*SHA256:' || return 1
    LAB_PORT=$(sed -n 's/^port //p' "$folder.out" | head -n 1)
    LAB_KEY=$(sed -n 's/^key \([^ ]* [^ ]*\) .*/\1/p' "$folder.out" | head -n 1)
    LAB_PRINT=$(sed -n 's/^key .* //p' "$folder.out" | head -n 1)
}

# misbehave FOLDER LINE...: from the next session on. Without lines: behave.
misbehave() {
    local folder=$1
    shift
    printf '%s\n' "$@" >"$folder/misbehave"
}

# ---- real OpenSSH servers and clients ----

# A key pair for the tests' clients: $WORK/key, made once.
client_key() {
    [ -e "$WORK/key" ] || ssh-keygen -q -t ed25519 -N '' -C tests -f "$WORK/key"
}

# start_agent: an agent that holds it.
start_agent() {
    client_key
    export SSH_AUTH_SOCK=$WORK/agent.sock
    background "$WORK/agent.out" ssh-agent -D -a "$SSH_AUTH_SOCK"
    await test -S "$SSH_AUTH_SOCK"
    ssh-add -q "$WORK/key"
}

# An sshd that starts may find its port taken by somebody quicker: try again with another.
# run_sshd NAME COMMAND...: sets SSHD_PORT, SSHD_PID, SSHD_KEY, SSHD_PRINT; log in $WORK/NAME/log.
run_sshd() {
    local folder=$WORK/$1 try
    shift
    for try in 1 2 3 4 5; do
        SSHD_PORT=$(free_port)
        background "$folder/log" "$@" -p "$SSHD_PORT"
        SSHD_PID=$PID
        await has_line "$folder/log" 'listening on|in use|fatal|rror' || return 1
        if grep -q 'listening on' "$folder/log"; then
            SSHD_KEY=$(cut -d' ' -f1,2 "$folder/host_key.pub")
            SSHD_PRINT=$(ssh-keygen -lf "$folder/host_key.pub" | cut -d' ' -f2)
            return 0
        fi
    done
    cat "$folder/log" >&2
    return 1
}

# start_sshd NAME [CONFIG LINE...]: as the current user, who logs in with $WORK/key. Sets what
# run_sshd sets, and SSHD_USER.
start_sshd() {
    local folder=$WORK/$1
    local -a command=(/usr/sbin/sshd -D -e -f "$folder/sshd_config")
    client_key
    mkdir -p "$folder"
    [ -e "$folder/host_key" ] || ssh-keygen -q -t ed25519 -N '' -f "$folder/host_key"
    cp "$WORK/key.pub" "$folder/authorized_keys"
    {
        printf '%s\n' "${@:2}"
        echo "ListenAddress 127.0.0.1"
        echo "HostKey $folder/host_key"
        echo "PidFile $folder/pid"
        echo "AuthorizedKeysFile $folder/authorized_keys"
        printf '%s\n' 'UsePAM no' 'StrictModes no' 'PasswordAuthentication no' \
            'KbdInteractiveAuthentication no' 'PermitRootLogin yes' 'AllowTcpForwarding yes' \
            'LogLevel VERBOSE' 'PrintMotd no' 'MaxStartups 200'
        # Whoever runs the tests has a shell start-up of their own, which may take its time.
        echo "SetEnv HOME=$folder"
    } >"$folder/sshd_config"
    SSHD_USER=$(id -un)
    if [ "$(id -u)" = 0 ]; then
        command=(unshare -m sh -c "$LIB_SSHD_AS_ROOT" "$folder" "${command[@]}")
    fi
    run_sshd "$1" "${command[@]}"
}

# Root's sshd wants /run/sshd, and lets nobody in whose password is locked. Neither is changed
# on the machine: this runs in a mount namespace of its own.
LIB_SSHD_AS_ROOT='
    mount -t tmpfs tmpfs /run && mkdir /run/sshd || exit 1
    sed "s/^root:!*/root:/" /etc/shadow > "$0/shadow" && chmod 600 "$0/shadow" &&
        mount --bind "$0/shadow" /etc/shadow || exit 1
    exec "$@"'

can_be_root_elsewhere() {
    [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null
}

# start_linux_host NAME: a Linux host with accounts of its own, by a mount namespace around its sshd.
# Its /etc is $HOST_ETC, /home $HOST_HOME, /root $WORK/NAME/root: change them and it is so on the
# host. Sets what run_sshd sets; SSHD_USER is root, with $WORK/key or the password "host-s3cret".
# Needs root: skips the test otherwise.
start_linux_host() {
    local folder=$WORK/$1 file
    can_be_root_elsewhere || skip "needs root and mount namespaces, to have accounts of its own"
    client_key
    HOST_ETC=$folder/etc HOST_HOME=$folder/home
    mkdir -p "$HOST_ETC/ssh" "$HOST_ETC/sudoers.d" "$HOST_HOME" "$folder/root/.ssh" "$folder/bin"
    for file in nsswitch.conf ld.so.cache ld.so.conf ld.so.conf.d alternatives login.defs \
        localtime services protocols hosts pam.conf pam.d security; do
        [ ! -e "/etc/$file" ] || cp -a "/etc/$file" "$HOST_ETC/"
    done
    ssh-keygen -q -t ed25519 -N '' -f "$folder/host_key"
    cp "$WORK/key.pub" "$folder/root/.ssh/authorized_keys"
    host_files "$folder"
    chmod 755 "$folder" "$folder/root" && chmod 600 "$HOST_ETC/shadow"
    SSHD_USER=root
    run_sshd "$1" unshare -m sh -c '
        mount -t tmpfs tmpfs /run && mkdir /run/sshd && mount --bind "$0/etc" /etc &&
            mount --bind "$0/home" /home && mount --bind "$0/root" /root || exit 1
        exec "$@"' "$folder" /usr/sbin/sshd -D -e -f /etc/ssh/sshd_config \
        -o "HostKey $folder/host_key" -o "PidFile $folder/pid" -o "ListenAddress 127.0.0.1" \
        -o "SetEnv PATH=$folder/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

# The host's files: an administrator by sudo, an operator without power, a locked daemon.
host_files() {
    local hash
    hash=$(openssl passwd -6 host-s3cret)
    cat >"$HOST_ETC/passwd" <<END
root:x:0:0:root:/root:/bin/bash
sshd:x:100:65534::/run/sshd:/usr/sbin/nologin
alice:x:1000:1000:Alice Example:/home/alice:/bin/bash
oper:x:1001:1001::/home/oper:/bin/sh
END
    cat >"$HOST_ETC/shadow" <<END
root:$hash:19700:0:99999:7:::
sshd:!:19700::::::
alice:$hash:19700:0:99999:7:::
oper:$hash:19700:0:99999:7:::
END
    printf '%s\n' root:x:0: nogroup:x:65534: sudo:x:27:alice alice:x:1000: oper:x:1001: >"$HOST_ETC/group"
    printf '%s\n' 'root ALL=(ALL:ALL) ALL' '%sudo ALL=(ALL:ALL) ALL' '@includedir /etc/sudoers.d' \
        >"$HOST_ETC/sudoers"
    printf '%s\n' 'UsePAM no' 'PermitRootLogin yes' 'PasswordAuthentication yes' 'StrictModes no' \
        'X11Forwarding no' 'LogLevel VERBOSE' >"$HOST_ETC/ssh/sshd_config"
    echo host-1 >"$HOST_ETC/hostname"
    mkdir -p "$HOST_HOME/alice/.ssh" "$HOST_HOME/oper"
}

# ---- a real FRR ----

# start_frr [CONFIG FILE]: staticd in a network of its own. Its vtysh is $FRR_BIN/vtysh: put
# FRR_BIN in front of a PATH. frr_vtysh COMMAND... talks to it.
start_frr() {
    local folder=$WORK/frr daemon=/usr/lib/frr/staticd
    [ -x "$daemon" ] || skip "needs FRR (Debian: frr)"
    unshare -rmn true 2>/dev/null || skip "needs user namespaces for a private FRR"
    mkdir -p "$folder/run" "$folder/etc" "$folder/bin"
    : >"$folder/etc/vtysh.conf"
    if [ -n "${1:-}" ]; then
        cp "$1" "$folder/frr.conf"
    else
        printf '%s\n' 'hostname core-1' 'password frr-word' 'enable password frr-enable' \
            'log syslog informational' 'ip route 192.0.2.0/24 Null0' >"$folder/frr.conf"
    fi
    # The daemon insists on the group of its vty socket.
    sed 's/^frrvty:.*//' /etc/group >"$folder/group"
    echo 'frrvty:x:0:root' >>"$folder/group"
    background "$folder/log" unshare -rmn sh -c '
        mount --bind "$0/group" /etc/group && mount -t tmpfs tmpfs /var/tmp || exit 1
        exec "$1" --vty_socket "$0/run" -i "$0/run/pid" -f "$0/frr.conf" -z "$0/run/zserv" \
            -P 0 -u root -g root' "$folder" "$daemon"
    FRR_BIN=$folder/bin FRR_PID=$PID
    cat >"$FRR_BIN/vtysh" <<END
#!/bin/sh
exec /usr/bin/vtysh --vty_socket '$folder/run' --config_dir '$folder/etc' "\$@"
END
    chmod 755 "$FRR_BIN/vtysh"
    await test -S "$folder/run/staticd.vty"
}

frr_vtysh() {
    local -a asked=()
    local command
    for command; do
        asked+=(-c "$command")
    done
    "$FRR_BIN/vtysh" "${asked[@]}"
}

# ssh_client PORT [SSH ARGUMENT...]: OpenSSH's client with $WORK/key, no known hosts, no questions.
ssh_client() {
    local port=$1
    shift
    client_key
    ssh -F none -i "$WORK/key" -o IdentitiesOnly=yes -o BatchMode=yes -o LogLevel=ERROR \
        -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -p "$port" "$@"
}

# ssh_password PORT PASSWORD SSH ARGUMENT...: the same, with a password for every question.
ssh_password() {
    local port=$1 password=$2
    shift 2
    printf '#!/bin/sh\necho %q\n' "$password" >"$WORK/askpass"
    chmod 700 "$WORK/askpass"
    SSH_ASKPASS=$WORK/askpass SSH_ASKPASS_REQUIRE=force ssh -F none -o PubkeyAuthentication=no \
        -o LogLevel=ERROR -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -p "$port" "$@"
}

# ---- NETCONF servers ----

# start_netconfd NAME [ELEMENTS]: Debian's netconfd with ietf-system, behind an OpenSSH of its own,
# with the config of nc_startup. Log in with $WORK/key; who logs in with $WORK/operator is bob to
# it. Sets what start_sshd sets, and NETCONFD_PID. start_netconfd_again NAME: anew, after its end.
start_netconfd() {
    local folder=$WORK/$1
    [ -x /usr/sbin/netconfd ] || skip "needs netconfd (Debian: netconfd)"
    mkdir -p "$folder"
    nc_startup "${2:-}" >"$folder/startup.xml"
    # It takes sessions of the port it was told alone, and sshd has yet to find one: 830 for all.
    cat >"$folder/netconf" <<END
#!/bin/sh
export SSH_CONNECTION="\${SSH_CONNECTION% *} 830" USER="\${NETCONF_USER:-\$USER}"
exec /usr/sbin/netconf-subsystem --ncxserver-sockname=830@$folder/socket
END
    chmod 755 "$folder/netconf"
    start_netconfd_again "$1" || return 1
    start_sshd "$1" "Subsystem netconf $folder/netconf" 'PermitUserEnvironment NETCONF_USER' || return 1
    [ -e "$WORK/operator" ] || ssh-keygen -q -t ed25519 -N '' -C operator -f "$WORK/operator"
    sed 's/^/environment="NETCONF_USER=bob" /' "$WORK/operator.pub" >>"$folder/authorized_keys"
}

start_netconfd_again() {
    local folder=$WORK/$1
    rm -f "$folder/socket"
    background "$folder/netconfd.log" /usr/sbin/netconfd --module=ietf-system \
        --startup="$folder/startup.xml" --access-control=off --port=830 \
        --ncxserver-sockname="$folder/socket"
    NETCONFD_PID=$PID
    await_line "$folder/netconfd.log" '^Running netconfd'
}

# nc_startup [ELEMENTS]: alice, oper (password "netconf-s3cret"), and what is given, below <system>.
nc_startup() {
    local hash
    hash=$(openssl passwd -6 -salt rollcallTests netconf-s3cret)
    cat <<END
<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">
  <system xmlns="urn:ietf:params:xml:ns:yang:ietf-system">
    <hostname>core-1</hostname>
    <authentication>
      <user-authentication-order>local-users</user-authentication-order>
      <user><name>alice</name><password>$hash</password></user>
      <user><name>oper</name><password>$hash</password></user>
    </authentication>
    ${1:-}
  </system>
</config>
END
}

# nc_edit ACTION...: bob changes the server at $SSHD_PORT with a client of his (tests/live/ncedit.py).
nc_edit() {
    "$ROOT/tests/live/ncedit.py" "$SSHD_PORT" "$SSHD_USER" "$WORK/operator" "$@"
}

# nc_hash WORD: as it stands in a config.
nc_hash() { openssl passwd -6 -salt rollcallTests "$1"; }

# acme_device FOLDER: what tests/lab/netconf/ncserver.h serves: a vendor's modules, and ietf-system.
# `misbehave FOLDER LINE...` works for it too.
acme_device() {
    cp -r "$ROOT/tests/lab/acme" "$1"
    chmod -R u+w "$1"
}

# start_ncserver NAME FOLDER: over a real OpenSSH, which $WORK/key opens. Sets what start_sshd sets.
start_ncserver() {
    start_sshd "$1" "Subsystem netconf $BUILD/tests/lab/netconf/ncserver $2"
}

# start_ncserver_tls FOLDER: over TLS, with the certificates of nc_certificates. Sets NC_PORT, NC_PID.
start_ncserver_tls() {
    nc_certificates
    mkdir -p "$1/tls"
    cp "$WORK/tls/server.pem" "$WORK/tls/server.key" "$WORK/tls/ca.pem" "$1/tls/"
    background "$1.out" "$BUILD/tests/lab/netconf/ncserver" --tls 0 "$1"
    NC_PID=$PID
    await_line "$1.out" '^port' || return 1
    NC_PORT=$(sed -n 's/^port //p' "$1.out")
}

# nc_certificates: in $WORK/tls, a CA (ca.pem), of it server and client (.pem, .key; the server is
# 127.0.0.1), and a client and a server of another CA (other-client, other-server; other-ca.pem).
# NC_SPKI is the server's public key as it is pinned.
nc_certificates() {
    local folder=$WORK/tls prefix name
    NC_SPKI=
    mkdir -p "$folder"
    for prefix in '' other-; do
        [ ! -e "$folder/${prefix}ca.pem" ] || continue
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
            -subj "/CN=${prefix}ca" -keyout "$folder/${prefix}ca.key" -out "$folder/${prefix}ca.pem"
        for name in server client; do
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
                -keyout "$folder/$prefix$name.key" -out "$folder/$name.csr"
            openssl x509 -req -in "$folder/$name.csr" -days 30 -CA "$folder/${prefix}ca.pem" \
                -CAkey "$folder/${prefix}ca.key" -out "$folder/$prefix$name.pem" \
                -extfile <(echo 'subjectAltName=IP:127.0.0.1,DNS:localhost')
        done
    done >"$folder/log" 2>&1 || { cat "$folder/log" >&2; return 1; }
    NC_SPKI=$(openssl x509 -in "$folder/server.pem" -noout -pubkey | sed '/^-/d' | tr -d '\n')
}

# ---- rollcall itself ----

# watch_devices DEVICE-LINE...: settings for these devices, a key, and an empty history, all in $WORK.
# Credentials: `lab` (admin/s3cret, enable en4ble) and `key` ($WORK/key as root). More settings
# may be appended to $ROLLCALL_SETTINGS.
watch_devices() {
    client_key
    export ROLLCALL_SETTINGS=$WORK/rollcall.yaml LAB_PASSWORD=s3cret LAB_ENABLE=en4ble
    {
        printf '%s\n' 'store: rollcall.db' 'key-file: rollcall.key' 'credentials:' \
            '  lab: { user: admin, password: { env: LAB_PASSWORD }, enable: { env: LAB_ENABLE } }' \
            "  key: { user: $(id -un), private-key: { file: key } }" \
            'defaults: { credential: lab, schedule: never }' 'devices:'
        printf '  %s\n' "$@"
    } >"$ROLLCALL_SETTINGS"
    chmod 600 "$ROLLCALL_SETTINGS"
    rollcall init --quiet >/dev/null
}

# events [OPTION...]: what `rollcall changes` says, oldest first, as "DEVICE EVENT SUBJECT".
events() {
    rollcall changes "$@" --json | jq -r '.events | reverse | .[] | "\(.device) \(.event) \(.subject)"'
}
