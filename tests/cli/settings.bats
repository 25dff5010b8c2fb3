# Wrong settings: one error line with the place, the line and a caret, and what to do. Exit code 2.

bats_require_minimum_version 1.5.0
load ../lib

# settings LINE...: a settings file of these lines
settings() {
    printf '%s\n' "store: $WORK/history.db" "key-file: $WORK/key" "$@" >rollcall.yaml
    chmod 600 rollcall.yaml
}

# refused PLACE TEXT: `check` fails at that place, saying that, with the line and a caret below
refused() {
    run --separate-stderr rollcall --settings rollcall.yaml check
    [ "$status" -eq 2 ] && [ -z "$output" ] || { echo "exit $status: $stderr"; false; }
    [[ "$stderr" == "rollcall: rollcall.yaml:$1: "*"$2"* ]] || { echo "$stderr"; false; }
    [ "$(grep -c '^rollcall: ' <<<"$stderr")" -eq 1 ]
    grep -qE '^ *\^' <<<"$stderr" || { echo "no caret: $stderr"; false; }
}

LOGIN='credentials: { ops: { user: ops, agent: true } }'

@test "an unknown key is answered with the nearest one" {
    settings "$LOGIN" 'devices:' '  edge-1: { adress: 192.0.2.1, credential: ops }'
    refused 5:13 'unknown key "adress"'
    [[ "$stderr" == *'"address"'* ]]
}

@test "a wrong type says what is allowed" {
    settings "$LOGIN" 'devices:' '  edge-1:' '    address: 192.0.2.1' '    port: ssh' '    credential: ops'
    refused 7:11 'port'
}

@test "a key given twice is found" {
    settings "$LOGIN" 'devices:' '  edge-1: { address: 192.0.2.1, credential: ops }' \
        '  edge-1: { address: 192.0.2.2, credential: ops }'
    refused 6:3 'edge-1'
}

@test "an unknown platform is answered with the nearest one" {
    settings "$LOGIN" 'devices:' '  edge-1: { address: 192.0.2.1, credential: ops, platform: iosx }'
    refused 5:60 'unknown platform "iosx"'
    [[ "$stderr" == *'ios'* ]]
}

@test "an unknown credential and a jump host that is not there are found" {
    settings "$LOGIN" 'devices:' '  edge-1: { address: 192.0.2.1, credential: opps }'
    refused 5:45 'opps'
    settings "$LOGIN" 'devices:' '  edge-1: { address: 192.0.2.1, credential: ops, jump: bastion }'
    refused 5:56 'bastion'
}

@test "netconf over TLS without a certificate, and a driver that is none, are found" {
    settings "$LOGIN" 'devices:' '  core-1: { credential: ops, driver: netconf, netconf: { transport: tls } }'
    refused 5:25 'credential "ops" has none'
    settings "$LOGIN" 'devices:' '  core-1: { credential: ops, driver: netcnf }'
    refused 5:38 'did you mean "netconf"?'
}

@test "a certificate may be read by anybody, and one that is missing is found by check" {
    echo certificate >c.pem && chmod 644 c.pem
    echo key >k.pem && chmod 600 k.pem
    settings 'credentials:' '  ops: { user: ops, private-key: { file: k.pem }, certificate: { file: c.pem } }' \
        'devices:' '  core-1: { credential: ops, driver: netconf, netconf: { transport: tls } }'
    run rollcall --settings rollcall.yaml init
    run --separate-stderr rollcall --settings rollcall.yaml check
    [ "$status" -eq 0 ] || { echo "$stderr"; false; }
    run rollcall --settings rollcall.yaml devices
    [[ "$output" == *core-1*6513*"netconf tls"* ]] || { echo "$output"; false; }
    sed -i 's/file: c.pem/env: NO_SUCH_VARIABLE/' rollcall.yaml
    refused 4:71 'NO_SUCH_VARIABLE is not set'
}

@test "a secret that others may read, and one that is missing, are refused with the command to type" {
    echo s3cret-w0rd >secret && chmod 644 secret
    settings 'credentials:' '  ops:' '    user: ops' '    password: { file: secret }' 'devices:' \
        '  edge-1: { address: 192.0.2.1, credential: ops }'
    refused 6:23 'chmod 600'
    [[ "$stderr" != *s3cret-w0rd* ]]
    rm secret
    refused 6:23 'there is no file'
}

@test "settings that are missing altogether are answered with how to make them" {
    run --separate-stderr rollcall --settings nowhere.yaml check
    [ "$status" -eq 2 ] && [[ "$stderr" == *"nowhere.yaml"*"rollcall init"* ]]
}

@test "init as an ordinary user writes into the XDG folders, and check finds it right" {
    local folder as=()
    folder=$(mktemp -d)
    if [ "$(id -u)" = 0 ]; then
        chown nobody "$folder"
        as=(setpriv --reuid nobody --clear-groups)
        "${as[@]}" test -x "$BUILD/rollcall" || { rm -r "$folder"; skip "the build is private to root"; }
    fi
    as+=(env HOME="$folder" XDG_CONFIG_HOME="$folder/config" XDG_STATE_HOME="$folder/state" "$BUILD/rollcall")
    cd "$folder"
    run "${as[@]}" init
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    [ -f config/rollcall/rollcall.yaml ] && [ "$(stat -c %a state/rollcall/key)" = 600 ]
    run "${as[@]}" check
    [ "$status" -eq 0 ]
    # a second time nothing is overwritten
    sum=$(sha256sum state/rollcall/key)
    run "${as[@]}" init
    [ "$status" -eq 0 ] && [ "$sum" = "$(sha256sum state/rollcall/key)" ]
    cd / && rm -r "$folder"
}

@test "a mistake in an own platform points into its file" {
    mkdir platforms
    printf 'platform: mine\ntitle: Mine\nsesion: {}\n' >platforms/mine.yaml
    settings "$LOGIN"
    run --separate-stderr rollcall --settings rollcall.yaml check
    [ "$status" -eq 2 ] && [[ "$stderr" == *"mine.yaml:3:1: unknown key \"sesion\""* ]]
}
