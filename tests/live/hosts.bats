# Hosts as they are: the profiles of Linux and FRR against real servers.

bats_require_minimum_version 1.5.0
load ../lib

look() { # [OPTION...] USER: what `try` makes of the host, in $access
    run --separate-stderr rollcall try --accept-new --json "${@:1:$#-1}" "${!#}@127.0.0.1:$SSHD_PORT"
    [ "$status" -le 1 ] || { echo "$stderr" && return 1; }
    access=$(jq -c '."rollcall-access:access"' <<<"$output")
}

holds() { # a jq expression over $access
    jq -e "$1" >/dev/null <<<"$access" || { echo "does not hold: $1" && echo "$access" && return 1; }
}

@test "a Linux host is recognised, and root sees all of it" {
    start_linux_host host-1
    ssh-keygen -q -t ed25519 -N '' -C alice@laptop -f "$WORK/alice"
    { printf 'from="192.0.2.0/24" ' && cat "$WORK/alice.pub"; } >"$HOST_HOME/alice/.ssh/authorized_keys"
    printf 'oper ALL=(root) NOPASSWD: /bin/true' >"$HOST_ETC/sudoers.d/oper"
    echo 'ghost ALL=(ALL) ALL' >"$HOST_ETC/sudoers.d/ghost.bak"

    look -i "$WORK/key" root
    holds '[.account[].name] == ["alice", "oper", "root"]'
    holds 'all(.account[]; .realm == "linux" and .secret.scheme == "sha512-crypt" and .enabled)'
    holds '[.account[] | select(.admin) | .name] == ["alice", "root"]'
    holds '.account[0]["ssh-key"][0] | .comment == "alice@laptop" and .option == ["from=192.0.2.0/24"]'
    holds ".account[0][\"ssh-key\"][0].fingerprint == \"$(ssh-keygen -lf "$WORK/alice.pub" | cut -d' ' -f2)\""
    holds '.account[1].role == ["sudo (root) NOPASSWD:/bin/true"]'
    holds '.service[] | select(.name == "ssh") | .weakness | index("PermitRootLogin yes")'
    [[ $output != *'$6$'* ]]
}

@test "what changes on a Linux host is seen at the next look" {
    start_linux_host host-1
    echo 'intruder:x:0:0::/:/bin/sh' >>"$HOST_ETC/passwd"
    sed -i 's/^sudo:.*/&,oper/' "$HOST_ETC/group"
    sed -i 's/^alice:/alice:!/' "$HOST_ETC/shadow"
    echo 'dnsmasq:x:101:65534::/var/lib/misc:/usr/sbin/nologin' >>"$HOST_ETC/passwd"

    look -i "$WORK/key" root
    holds '[.account[].name] == ["alice", "intruder", "oper", "root"]'
    holds '[.account[] | select(.admin) | .name] == ["alice", "intruder", "oper", "root"]'
    holds '[.account[] | select(.enabled == false) | .name] == ["alice"]'
}

@test "an ordinary user of a Linux host sees what he may" {
    start_linux_host host-1
    ROLLCALL_PASSWORD=host-s3cret look alice
    holds '[.account[].name] == ["alice", "oper", "root"]'
    holds '[.account[] | select(.admin) | .name] == ["alice", "root"]'
    holds 'all(.account[]; has("secret") | not)'
}

@test "FRR tells its passwords and the users of its shell, and the host its accounts" {
    start_frr
    echo 'username bob nopassword' >"$WORK/frr/etc/vtysh.conf"
    start_sshd host-2 "SetEnv PATH=$FRR_BIN:/usr/bin:/bin"

    look -p frr -i "$WORK/key" "$SSHD_USER"
    holds '.line[] | select(.name == "vty") | .secret.scheme == "clear"'
    holds '.["enable-secret"][0].secret.strength == "none"'
    holds '.account | any(.name == "bob" and .realm == "local" and .secret.scheme == "empty")'
    holds '.account | any(.realm == "linux" and .uid == 0 and .admin)'
    holds '.logging.level == 6'
    [[ $output != *frr-word* && $output != *frr-enable* ]]
}
