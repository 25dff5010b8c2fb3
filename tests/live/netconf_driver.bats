# The NETCONF driver against servers that are not ours, and one that is (tests/lab/netconf): ways
# in, keys, what is asked for, notifications. How rollcall takes all that: netconf.bats.
bats_require_minimum_version 1.5.0
load ../lib

pull() { "$BUILD/tests/live/pull" --netconf "$@"; }

# hop [WORD...]: the last started sshd's
hop() { echo "name=edge-7 port=$SSHD_PORT user=$SSHD_USER key=$WORK/key $*"; }

tls_pull() {
    pull --tls "$WORK/tls/client.pem" "${@:2}" \
        "name=edge-7 port=$NC_PORT key=$WORK/tls/client.key $1"
}

@test "netconfd's data comes with its modules, which are asked for once" {
    start_netconfd nc
    run -0 pull --first-use --show "$(hop)"
    [[ $output == *"platform netconf"* ]]
    [[ $output == *"host-key edge-7 ssh-ed25519 $SSHD_PRINT"* ]]
    [[ $output == *$'\n<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system">\n  <hostname>core-1</hostname>\n'* ]]
    [[ $output == *"module ietf-system 20"* ]]
    sed -n '/^# announced/,$p' <<<"$output" >modules
    echo 'module marker - urn:marker' >>modules
    run -0 pull --first-use --show --modules modules "$(hop)"
    [[ $output == *"module marker - urn:marker"* ]]
}

@test "through a jump host, and with a filter" {
    start_sshd jump
    local jump
    jump="name=jump port=$SSHD_PORT user=$SSHD_USER key=$WORK/key"
    start_netconfd nc
    run -0 pull --first-use --show \
        --filter '<system xmlns="urn:ietf:params:xml:ns:yang:ietf-system"><hostname/></system>' \
        "$jump" "$(hop)"
    [[ $output == *"<hostname>core-1</hostname>"* && $output != *alice* ]]
    run -1 pull --first-use --filter '/none:such' "$(hop)"
    [[ $output == *'speaks of module "none", which the device does not have'* ]]
}

@test "a server without NETCONF, a wrong key, and a changed host key are told apart" {
    start_sshd plain
    run -1 pull --first-use "$(hop)"
    [[ $output == *"dialogue: edge-7: start netconf: the device has no netconf here"* ]]
    ssh-keygen -q -t ed25519 -N '' -f other
    run -1 pull --first-use "name=edge-7 port=$SSHD_PORT user=$SSHD_USER key=other"
    [[ $output == *"auth: edge-7: log in: "* ]]
    cut -d' ' -f1,2 other.pub >pin
    run -1 pull "$(hop "pin=pin")"
    [[ $output == *"host-key: edge-7: host key changed"* ]]
}

@test "each misbehaviour is one clear failure" {
    acme_device acme
    start_ncserver nc "$WORK/acme"
    local what expected patience
    while read -r what expected; do
        misbehave acme "${what//_/ }"
        patience=30000
        [[ $expected != timeout* ]] || patience=2000
        run -1 pull --first-use --command-ms $patience --max-bytes 4000000 "$(hop)"
        [[ $output == *"${expected}"* ]] || { echo "$what: $output"; return 1; }
    done <<'END'
garbage-hello format: edge-7: hello: text that is no XML
no-hello timeout: edge-7: hello: no answer in time
hang timeout: edge-7: 
close incomplete: edge-7: get-config: the device closed the connection, 
truncated format: edge-7: get-config: 
broken-chunk format: edge-7: get-config: a broken chunk after 
wrong-id format: edge-7: get-config: the device answers another request
no-id format: edge-7: get-config: a reply without message-id
empty incomplete: edge-7: get the data: the device gave an empty configuration
rpc-error dialogue: edge-7: get-config: the device says: 
not-xml format: edge-7: get-config: 
endless limit: edge-7: get-config: a message of more than 
deep limit: edge-7: get-config: elements are nested more than 256 deep
doctype format: edge-7: get-config: a document type
entities format: edge-7: get-config: a document type
undefined format: edge-7: get-config: a reference to an entity
huge_20 limit: edge-7: get-config: a message of more than 
END
    misbehave acme
    run -0 pull --first-use "$(hop)"
}

@test "TLS: a pinned key, an authority, or neither" {
    acme_device acme
    start_ncserver_tls acme
    echo "tls-spki $NC_SPKI" >pin
    run -0 tls_pull pin=pin --show
    [[ $output == *"host-key edge-7 tls-spki SHA256:"*" pinned"* && $output == *"part running "* ]]
    run -0 tls_pull '' --authorities tls/ca.pem
    [[ $output != *host-key* ]] # it needs no pin
    run -1 tls_pull '' --authorities tls/other-ca.pem
    [[ $output == *"host-key: edge-7: "*"certificate is not believed: "* ]]
    run -1 tls_pull address=localhost4 --authorities tls/ca.pem
    run -1 tls_pull ''
    [[ $output == *"host-key: edge-7: host key is not known (tls-spki SHA256:"* ]]
    run -0 tls_pull '' --first-use
    [[ $output == *"host-key edge-7 tls-spki SHA256:"* ]]
    echo "tls-spki ${NC_SPKI/A/B}" >pin
    run -1 tls_pull pin=pin --first-use
    [[ $output == *"host-key: edge-7: host key changed"* ]]
}

@test "TLS: a certificate that the device does not want, and a key that is none" {
    acme_device acme
    start_ncserver_tls acme
    run -1 pull --first-use --tls tls/other-client.pem \
        "name=edge-7 port=$NC_PORT key=$WORK/tls/other-client.key"
    [[ $output == *"auth: edge-7: "*"the device does not accept our certificate"* ]]
    run -1 pull --first-use --tls tls/client.pem \
        "name=edge-7 port=$NC_PORT key=$WORK/tls/other-client.key"
    [[ $output == *"auth: edge-7: TLS: the private key does not belong to the certificate"* ]]
    openssl ec -in tls/client.key -aes128 -passout pass:word -out tls/locked.key 2>/dev/null
    run -1 pull --first-use --tls tls/client.pem "name=edge-7 port=$NC_PORT key=$WORK/tls/locked.key" </dev/null
    [[ $output == *"the private key cannot be read: its passphrase is missing"* ]]
    WORD=word run -0 pull --first-use --tls tls/client.pem \
        "name=edge-7 port=$NC_PORT key=$WORK/tls/locked.key passphrase=WORD"
}

@test "TLS goes through a jump host" {
    acme_device acme
    start_ncserver_tls acme
    start_sshd jump
    run -0 pull --first-use --tls tls/client.pem --authorities tls/ca.pem \
        "name=jump port=$SSHD_PORT user=$SSHD_USER key=$WORK/key" \
        "name=edge-7 port=$NC_PORT key=$WORK/tls/client.key"
    [[ $output == *"host-key jump "* && $output == *"part running "* ]]
}

@test "a device that calls home is read, by TLS and by SSH" {
    acme_device acme
    nc_certificates
    mkdir acme/tls && cp tls/server.pem tls/server.key tls/ca.pem acme/tls/
    local port server=$BUILD/tests/lab/netconf/ncserver
    port=$(free_port)
    background called "$BUILD/tests/live/pull" --netconf --first-use --tls tls/client.pem \
        "name=edge-7 key=$WORK/tls/client.key listen=$port"
    await_line called '^listening'
    background calls "$server" --call-home "127.0.0.1:$port" acme
    await_line called '^part modules'

    start_sshd nc "Subsystem netconf $server $WORK/acme"
    port=$(free_port)
    background called2 "$BUILD/tests/live/pull" --netconf --first-use \
        "name=edge-7 user=$SSHD_USER key=$WORK/key listen=$port"
    await_line called2 '^listening'
    local -a sshd=("$server" --call-home "127.0.0.1:$port" --
        /usr/sbin/sshd -i -e -f "$WORK/nc/sshd_config")
    if [ "$(id -u)" = 0 ]; then
        sshd=(unshare -m sh -c "$LIB_SSHD_AS_ROOT" "$WORK/nc" "${sshd[@]}")
    fi
    background calls2 "${sshd[@]}"
    await_line called2 '^part modules'
}

@test "who changed what is told at once" {
    start_netconfd nc
    background notices "$BUILD/tests/live/pull" --netconf --first-use --notices 1 \
        --command-ms 60000 "$(hop)"
    await_line notices '^subscribed'
    nc_edit add-user eve "$(nc_hash word)"
    await_line notices \
        "^notice 1 user bob address 127.0.0.1 targets /sys:system.*user\[sys:name='eve'\]"
}
