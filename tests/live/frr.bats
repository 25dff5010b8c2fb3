# A real FRR, read through vtysh on the host it runs on.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    start_linux_host router-1
    start_frr
    cp "$FRR_BIN/vtysh" "$WORK/router-1/bin/vtysh"
    mkdir "$HOST_ETC/frr"
    printf '%s\n' 'service integrated-vtysh-config' >"$HOST_ETC/frr/vtysh.conf"
    watch_devices "router-1: { address: 127.0.0.1, port: $SSHD_PORT, credential: key }"
}

@test "FRR is recognised, and its own passwords and the host's accounts are read" {
    rollcall collect
    [ "$(rollcall status --json | jq -r '.devices[0].platform')" = frr ]
    run rollcall show router-1
    [[ $output == *'ip route 192.0.2.0/24'* ]] && [[ $output == *'enable password <secret:'* ]]
    [[ $output != *frr-enable* ]] && [[ $output != *frr-word* ]]
    [[ $(rollcall accounts) == *alice* ]]
}

@test "what is changed in vtysh is an event" {
    rollcall collect
    echo 'username eve nopassword' >>"$HOST_ETC/frr/vtysh.conf"
    frr_vtysh 'configure terminal' 'enable password frr-other' 'no log syslog'
    run rollcall collect
    [ "$status" -eq 1 ]
    run events
    echo "$output"
    [[ $output == *'account-created eve'* ]] && [[ $output == *'enable-secret-changed'* ]]
    run rollcall collect
    [ "$status" -eq 0 ]
}
