# Devices read over NETCONF, from the command line: Debian's netconfd, and a server of another origin
# (tests/lab/netconf), over OpenSSH and TLS.

bats_require_minimum_version 1.5.0
load ../lib

# device NAME PORT [SETTINGS]: its line for watch_devices
device() { echo "$1: { address: 127.0.0.1, port: $2, credential: key, driver: netconf${3:+, $3} }"; }

# acme NAME: such a device behind an sshd of its own; the line for it goes to the file `lines`
acme() {
    acme_device "$WORK/$1.dev"
    start_ncserver "$1" "$WORK/$1.dev"
    device "$1" "$SSHD_PORT" "${2:-}" >>lines
}

# watch_them: the devices of `lines`, collected once
watch_them() {
    local -a all
    mapfile -t all <lines
    watch_devices "${all[@]}"
    rollcall collect --quiet >/dev/null
}

# failure_of DEVICE: why the last run failed, as `rollcall status` tells it
failure_of() { rollcall status --json | jq -r --arg name "$1" '.devices[] | select(.device == $name) | .message'; }
names_of() { rollcall accounts --device "$1" --json | jq -c '[.accounts[].name]'; }
versions_of() { rollcall history "$1" --json | jq '.versions | length'; }
change() { sed -i "$2" "$WORK/$1.dev/data.xml"; }

expect() { # expect WHAT GOT: a failure shows both
    [ "$1" = "$2" ] || { echo "expected: $1"; echo "got:      $2"; return 1; }
}

@test "accounts of a netconfd, and what bob does to them, by the way of a jump host" {
    start_netconfd core
    core=$SSHD_PORT
    start_sshd jump
    watch_devices "jump: { address: 127.0.0.1, port: $SSHD_PORT, credential: key, jump-only: true }" \
        "$(device core-1 "$core" 'jump: jump')"
    rollcall collect
    expect '["alice","oper"]' "$(names_of core-1)"
    SSHD_PORT=$core
    ssh-keygen -q -t ed25519 -N '' -C laptop -f "$WORK/laptop"
    nc_edit add-user mallory "$(nc_hash mallory-word)" / password alice "$(nc_hash other-word)" / \
        add-key oper laptop "$WORK/laptop.pub"
    run rollcall collect
    [ "$status" -eq 1 ]
    run events
    for event in 'account-created mallory' 'credential-changed alice' 'ssh-key-added oper'; do
        expect 1 "$(grep -c "^core-1 $event" <<<"$output")"
    done
    nc_edit delete-user mallory
    run rollcall collect
    [ "$(events | grep -c '^core-1 account-deleted mallory')" -eq 1 ]
    run rollcall show core-1
    [[ $output == *'<name>alice</name>'* && $output != *'$6$'* && $output != *mallory* ]]
    run rollcall collect
    [ "$status" -eq 0 ]
    [ "$(versions_of core-1)" -eq 3 ]
}

@test "try looks at a NETCONF server, and believes only the host key it was told to" {
    acme acme-1
    client_key
    run --separate-stderr rollcall try -i "$WORK/key" --json "netconf://$SSHD_USER@127.0.0.1:$SSHD_PORT" </dev/null
    [ "$status" -eq 4 ] && [[ $stderr == *'host key'* ]] || { echo "$status $stderr"; false; }
    run --separate-stderr rollcall try --accept-new -i "$WORK/key" --json "netconf://$SSHD_USER@127.0.0.1:$SSHD_PORT"
    [ "$status" -eq 1 ] # findings
    [[ $output == *'"alice"'* && $output$stderr != *'$6$'* ]]
}

@test "who may not log in, a host key that changed, and a server without NETCONF fail in their own words" {
    acme acme-1
    acme acme-2
    watch_them
    rm "$WORK/acme-1/authorized_keys"
    stop "$SSHD_PID"
    ssh-keygen -q -t ed25519 -N '' -f "$WORK/new_key"
    cp "$WORK/new_key" "$WORK/acme-2/host_key" && cp "$WORK/new_key.pub" "$WORK/acme-2/host_key.pub"
    start_ncserver acme-2 "$WORK/acme-2.dev"
    sed -i "s/\(acme-2: .* port: \)[0-9]*/\1$SSHD_PORT/" "$ROLLCALL_SETTINGS"
    start_sshd plain
    device plain-1 "$SSHD_PORT" | sed 's/^/  /' >>"$ROLLCALL_SETTINGS"
    run rollcall collect
    [ "$status" -eq 4 ] || { echo "$output"; false; }
    [[ $(failure_of acme-1) == *'authentication failed'* ]]
    [[ $(failure_of acme-2) == *'host key changed'* ]]
    [[ $(failure_of plain-1) == *'has no netconf here'* ]] || { failure_of plain-1; false; }
    expect '["alice"]' "$(names_of acme-1)"
}

@test "each misbehaviour is a recorded failure with its reason, and the next good pull works" {
    local -A reason=([hang]='not finished in time' [close]='closed the connection'
        [truncated]='ends inside an element' [broken-chunk]='broken chunk' [wrong-id]='wrong message-id'
        [no-id]='without message-id' [empty]='empty configuration' [rpc-error]='the datastore is busy'
        [not-xml]='no XML' [endless]='a message of more than' [deep]='nested more than'
        [doctype]='document type' [entities]='document type' [undefined]='an entity' [no-hello]='no answer in time'
        [garbage-hello]='hello: .*no XML')
    local what
    : >lines
    for what in "${!reason[@]}"; do
        acme "acme-$what" 'max-size: 2M, timeouts: { command: 20s }'
    done
    sed -i -E '/acme-(hang|no-hello)/s/command: 20s/command: 3s/' lines
    watch_them
    for what in "${!reason[@]}"; do
        misbehave "$WORK/acme-$what.dev" "$what"
        change "acme-$what" 's/uplink/downlink/'
    done
    run rollcall collect --quiet
    [ "$status" -eq 4 ]
    for what in "${!reason[@]}"; do
        [[ $(failure_of "acme-$what") =~ ${reason[$what]} ]] || { echo "$what: $(failure_of "acme-$what")"; false; }
        misbehave "$WORK/acme-$what.dev"
    done
    ! rollcall status | grep -E $'\x1b|\x9b|\\$6\\$'
    ! events | grep -E 'account|config-changed'
    run rollcall collect --quiet
    [ "$status" -le 1 ]
    for what in "${!reason[@]}"; do
        expect 2 "$(versions_of "acme-$what")"
        expect '["alice"]' "$(names_of "acme-$what")"
    done
}

@test "base 1.0 alone, no yang-library, no get-schema: the accounts are there all the same" {
    acme base-1
    acme bare-1
    echo 'base 1.0' >>base-1.dev/server.conf
    printf '%s\n' 'library no' 'monitoring no' >>bare-1.dev/server.conf
    watch_them
    expect '["alice"]' "$(names_of base-1)"
    expect '["alice"]' "$(names_of bare-1)"
    rollcall show bare-1 | grep '^module ietf-system 2014-08-06'
    ! rollcall show bare-1 | grep '^module acme-access'
}

@test "the modules of two devices with the same set are fetched once" {
    acme acme-1
    acme acme-2
    watch_them
    rollcall collect --quiet
    expect 1 "$(cat acme-?.dev/log | grep -c 'get-schema acme-access')"
    change acme-2 's,<name>oper</name>,<name>oper2</name>,'
    run rollcall collect
    rollcall diff acme-2 | grep "^+ /acme-access:access/person\[name='oper2'\]"
}

@test "no missing or broken module hides data, or a difference in it" {
    acme missing-1
    acme broken-1
    echo 'refuse acme-access' >>missing-1.dev/server.conf
    echo 'module ietf-interfaces' >>broken-1.dev/server.conf # so that its set is another
    mkdir broken-1.dev/served
    sed '/leaf name/,/}/s/type string/type strong/' broken-1.dev/modules/acme-access@*.yang \
        >broken-1.dev/served/acme-access.yang
    watch_them
    for name in missing-1 broken-1; do
        run rollcall schema $name
        [[ $output == *'left out'*acme-access@2026-03-01* ]] || { echo "$output"; false; }
        change $name 's/uplink/downlink/; s,<name>oper</name>,<name>oper2</name>,'
    done
    run rollcall collect
    [ "$status" -eq 1 ]
    for name in missing-1 broken-1; do
        run rollcall diff $name
        [[ $output == *"/acme-ports:ports/port[number='1']/text downlink"* ]] || { echo "$output"; false; }
        [[ $output == *oper2* && $output != *'$6$'* ]] || { echo "$output"; false; }
        expect '["alice"]' "$(names_of $name)"
    done
}

@test "a reply of 20 MB is taken or refused as max-size says, and memory is bounded" {
    acme small-1 'max-size: 1M'
    watch_them
    misbehave small-1.dev 'huge 20'
    python3 - "$BUILD/rollcall" >used <<'END'
import resource, subprocess, sys
print("exit", subprocess.run([sys.argv[1], "collect", "--quiet"]).returncode)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
END
    cat used
    has_line used '^exit 4'
    [[ $(failure_of small-1) == *'more than'* ]]
    [ "${VARIANT}" != release ] || [ "$(tail -n 1 used)" -lt 150000 ] # KB
    sed -i 's/max-size: 1M/max-size: 40M/' "$ROLLCALL_SETTINGS"
    run rollcall collect --quiet
    [ "$status" -eq 1 ]
    expect '["alice"]' "$(names_of small-1)"
    [ "$(rollcall show small-1 | wc -c)" -gt 20000000 ]
}

@test "over TLS, with the client's certificate, and with a wrong one" {
    acme_device "$WORK/acme-1.dev"
    start_ncserver_tls "$WORK/acme-1.dev"
    chmod 600 "$WORK"/tls/*.key
    watch_devices "$(device acme-1 "$NC_PORT" 'netconf: { transport: ssh }')"
    sed -i "s,^  key: .*,  key: { user: rollcall\, private-key: { file: $WORK/tls/client.key }\, certificate: { file: $WORK/tls/client.pem } },
        s,transport: ssh,transport: tls\, authorities-file: $WORK/tls/ca.pem," "$ROLLCALL_SETTINGS"
    rollcall collect
    expect '["alice"]' "$(names_of acme-1)"
    sed -i 's,tls/client,tls/other-client,g' "$ROLLCALL_SETTINGS"
    run rollcall collect
    [ "$status" -eq 4 ]
    [[ $(failure_of acme-1) == *certificate* ]] || { failure_of acme-1; false; }
    sed -i 's,tls/other-client,tls/client,g; s,tls/ca.pem,tls/other-ca.pem,' "$ROLLCALL_SETTINGS"
    run rollcall collect
    [ "$status" -eq 4 ]
    [[ $(failure_of acme-1) == *'certificate is not believed'* ]] || { failure_of acme-1; false; }
}
