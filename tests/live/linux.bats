# A real Linux host behind a real OpenSSH, with accounts of its own (start_linux_host in lib.bash).

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    start_linux_host host-1
}

# one_of ACCOUNTS-JSON NAME FILTER: true when jq's filter holds for this account
one_of() { jq -e --arg name "$2" ".accounts[] | select(.name == \$name) | $3" <<<"$1" >/dev/null; }

@test "a host's accounts, with what gives them power" {
    echo 'carol:x:0:0::/root:/bin/bash' >>"$HOST_ETC/passwd"
    echo 'carol:$1$abcdefgh$irWbblnpmw.5z7wgBnprh0:19700::::::' >>"$HOST_ETC/shadow"
    watch_devices "host-1: { address: 127.0.0.1, port: $SSHD_PORT, credential: key, platform: linux }"
    rollcall collect
    json=$(rollcall accounts --json)
    one_of "$json" root '.admin and .realm == "linux" and .keys == 1'
    one_of "$json" alice '.admin'
    one_of "$json" oper '.admin | not'
    one_of "$json" carol '.admin and .secret == "md5-crypt" or .secret == "md5crypt" or .secret == "md5"'
    ! rollcall show host-1 | grep -E '\$6\$|irWbblnpmw'
    rollcall show host-1 --reveal | grep -q 'irWbblnpmw'
}

@test "each thing an intruder does to stay is the right event, once" {
    ssh-keygen -q -t ed25519 -N '' -C intruder -f "$WORK/intruder"
    watch_devices "host-1: { address: 127.0.0.1, port: $SSHD_PORT, credential: key, platform: linux }"
    rollcall collect
    echo 'toor:x:0:0::/root:/bin/bash' >>"$HOST_ETC/passwd"
    echo 'toor:!:19700::::::' >>"$HOST_ETC/shadow"
    cp "$WORK/intruder.pub" "$HOST_HOME/alice/.ssh/authorized_keys"
    sed -i 's/^sudo:x:27:alice/&,oper/' "$HOST_ETC/group"
    run rollcall collect
    [ "$status" -eq 1 ]
    run events
    echo "$output"
    [ "$(grep -c 'account-created toor' <<<"$output")" -eq 1 ]
    [ "$(grep -cE 'ssh-key-added' <<<"$output")" -eq 1 ]
    [ "$(grep -cE '(privilege-raised|role-changed) oper' <<<"$output")" -ge 1 ]
    run rollcall collect
    [ "$status" -eq 0 ]
}

@test "a user without power sees what it may, by a password, and hashes are not among it" {
    export ROLLCALL_PASSWORD=host-s3cret
    run --separate-stderr rollcall try --accept-new --json "alice@127.0.0.1:$SSHD_PORT"
    echo "$output $stderr"
    [ "$status" -le 1 ]
    [[ $output == *'"alice"'* ]] && [[ $output == *'"oper"'* ]]
    [[ $output$stderr != *host-s3cret* ]] && [[ $output != *'$6$'* ]]
}

@test "through a jump host, and a host that goes away deletes nobody's account" {
    host_port=$SSHD_PORT host_pid=$SSHD_PID
    start_sshd bastion
    watch_devices \
        "bastion: { address: 127.0.0.1, port: $SSHD_PORT, credential: key, jump-only: true }" \
        "host-1: { address: 127.0.0.1, port: $host_port, credential: key, platform: linux, jump: bastion }"
    rollcall collect
    before=$(rollcall accounts --json | jq -c '[.accounts[].name]')
    [[ $before == *alice* ]]
    stop "$host_pid"
    run rollcall collect
    [ "$status" -eq 4 ]
    [ "$(rollcall accounts --json | jq -c '[.accounts[].name]')" = "$before" ]
    [ "$(rollcall history host-1 --json | jq '.versions | length')" -eq 1 ]
}
