# The real servers that other live tests use, by themselves.

load ../lib

@test "a real sshd lets the current user in by key and by agent" {
    start_sshd jump
    [ "$(ssh_client "$SSHD_PORT" "$SSHD_USER@127.0.0.1" echo in)" = in ]
    start_agent
    run ssh -F none -o BatchMode=yes -o IdentityFile=none -o StrictHostKeyChecking=no -o LogLevel=ERROR \
        -o UserKnownHostsFile=/dev/null -p "$SSHD_PORT" "$SSHD_USER@127.0.0.1" echo in
    [ "$output" = in ]
}

@test "a Linux host has accounts of its own, and the machine's stay as they are" {
    before=$(sha256sum /etc/passwd)
    start_linux_host host-1
    [[ $(ssh_client "$SSHD_PORT" root@127.0.0.1 cat /etc/passwd) == *alice:x:1000* ]]
    [ "$(ssh_password "$SSHD_PORT" host-s3cret alice@127.0.0.1 id -un)" = alice ]
    echo 'intruder:x:0:0::/:/bin/sh' >>"$HOST_ETC/passwd"
    [[ $(ssh_client "$SSHD_PORT" root@127.0.0.1 cat /etc/passwd) == *intruder* ]]
    [ "$(sha256sum /etc/passwd)" = "$before" ]
}

@test "a real FRR answers through its own vtysh" {
    start_frr
    [[ $(frr_vtysh 'show running-config') == *'ip route 192.0.2.0/24 Null0'* ]]
    frr_vtysh 'configure terminal' 'ip route 198.51.100.0/24 Null0'
    [[ $(frr_vtysh 'show running-config') == *'ip route 198.51.100.0/24 Null0'* ]]
}

@test "a real netconfd is changed by a client of its own, and tells who it was" {
    start_netconfd core
    background "$WORK/told" "$ROOT/tests/live/ncedit.py" "$SSHD_PORT" "$SSHD_USER" "$WORK/key" listen 2
    await_line "$WORK/told" '^listening'
    nc_edit add-user mallory "$(nc_hash mallory-word)"
    await_line "$WORK/told" "user\[sys:name='mallory'\]"
    has_line "$WORK/told" '<username>bob</username>'
    has_line "$WORK/told" '<source-host>127.0.0.1</source-host>'
}

# nc_ask ACTION: of the server at $SSHD_PORT, see ncedit.py
nc_ask() { "$ROOT/tests/live/ncedit.py" "$SSHD_PORT" "$SSHD_USER" "$WORK/key" "$@"; }

@test "another NETCONF server gives out what is in its folder, and misbehaves when told" {
    acme_device "$WORK/dev"
    start_ncserver acme "$WORK/dev"
    [[ $(nc_ask config) == *'<text>uplink</text>'* ]]
    sed -i s/uplink/downlink/ "$WORK/dev/data.xml"
    echo 'base 1.0' >>"$WORK/dev/server.conf"
    [[ $(nc_ask config) == *'<text>downlink</text>'* ]]
    misbehave "$WORK/dev" rpc-error
    run nc_ask config
    [ "$status" -ne 0 ]
    [[ $output == *'the datastore is busy'* ]]
    has_line "$WORK/dev/log" 'rpc get-config'
}

@test "over TLS it takes only clients with a certificate of its CA" {
    acme_device "$WORK/dev"
    start_ncserver_tls "$WORK/dev"
    hello() {
        python3 - "$NC_PORT" "$WORK/tls" "$1" <<'END'
import socket, ssl, sys
port, folder, name = sys.argv[1:]
tls = ssl.create_default_context(cafile=f"{folder}/ca.pem")
tls.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
with tls.wrap_socket(socket.create_connection(("127.0.0.1", int(port))), server_hostname="127.0.0.1") as s:
    got = b""
    while b"]]>]]>" not in got:
        got += s.recv(4096) or sys.exit("closed")
print(got.decode())
END
    }
    [[ $(hello client) == *'module=ietf-netconf&amp;'* ]]
    run hello other-client
    [ "$status" -ne 0 ] && [[ $output != *capability* ]]
}
