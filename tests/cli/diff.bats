# Two files: what changed between them, and what is no change.

load ../lib

EXAMPLES=$BATS_TEST_DIRNAME/../../etc/examples
BEFORE=$EXAMPLES/edge-1.cfg

# changed SED-SCRIPT: the example with a change
changed() { sed "$1" "$BEFORE" >after.cfg; }

events() { rollcall diff --platform ios --json "$BEFORE" "${1:-after.cfg}" | jq -r '.events[].event' | sort; }

@test "the intruder's account is one event with privilege, severity, technique and controls" {
    run rollcall diff --platform ios --json "$BEFORE" "$EXAMPLES/edge-1-intruded.cfg"
    [ "$status" -eq 1 ]
    jq -e '[.events[] | select(.event == "account-created")] | length == 1 and (.[0] |
        .subject == "cisco_support" and .severity == 95 and .after.privilege == 15 and
        (.attack | index("T1136.001")) and (.controls | length > 0) and .verdict == "unreviewed" and
        (.evidence[0].text | startswith("username cisco_support")))' <<<"$output"
    jq -e '[.events[].event] | sort == ["account-created", "mgmt-acl-removed"]' <<<"$output"
}

@test "each change of management access is the right event, once" {
    while IFS='|' read -r script expected; do
        changed "$script"
        run events
        [ "$output" = "$expected" ] || { echo "$script: expected $expected, got $output"; false; }
    done <<'END'
s/^username noc privilege 1 /username noc privilege 15 /|privilege-raised
/^username noc/d|account-deleted
s/^\(username noc .*\)G1\.$/\1G2./|credential-changed
s/^aaa authentication login default group CORE-TAC local/aaa authentication login default group CORE-TAC none/|aaa-method-none
s/^aaa authentication login default group CORE-TAC local/aaa authentication login default local group CORE-TAC/|aaa-method-local-first
/^line vty 0 4/,/^line vty 5/{/access-class/d}|mgmt-acl-removed
s/^ 10 permit 192.0.2.0 .*/ 10 permit any/|mgmt-acl-widened
/^logging host 192.0.2.51/d|log-host-removed
s/^snmp-server community .*/&\nsnmp-server community wr1te-me RW/|snmp-rw-added
s/^no ip http server/ip http server/|http-enabled
/^aaa accounting/d|aaa-accounting-removed
s/^banner/event manager applet HOLD\n event none\n action 1 cli command "enable"\n&/|onbox-script-added
s/^   key-hash .*/&\n   key-hash ssh-rsa 00112233445566778899AABBCCDDEEFF x/|ssh-key-added
s/^hostname edge-1/hostname edge-9/|config-changed
END
}

@test "a new timestamp, other order and another wrapping are no change" {
    changed 's/08:11:02 UTC Mon Mar 2 2026/09:00:00 UTC Tue Mar 3 2026/; s/: 2190 bytes/: 2191 bytes/'
    run rollcall diff --platform ios --json "$BEFORE" after.cfg
    [ "$status" -eq 0 ]
    awk '/^logging host 192.0.2.50/ { held = $0; next } { print } /^logging host 192.0.2.51/ { print held }' \
        "$BEFORE" >after.cfg
    run rollcall diff --platform ios --json "$BEFORE" after.cfg
    [ "$status" -eq 0 ]
    changed 's/^ Authorised staff only\./ Authorised\n staff only./'
    run rollcall diff --platform ios --json "$BEFORE" after.cfg
    [ "$status" -eq 0 ]
    sed 's/$/\r/' "$BEFORE" >after.cfg
    run rollcall diff --platform ios --json "$BEFORE" after.cfg
    [ "$status" -eq 0 ]
    jq -e '.events == [] and .changes == []' <<<"$output"
}

@test "changed lines stand in their section" {
    run rollcall diff --platform ios --json "$BEFORE" "$EXAMPLES/edge-1-intruded.cfg"
    jq -e '.changes[] | select(.text | test("access-class")) |
        .change == "removed" and .section == ["line vty 5 15"]' <<<"$output"
}

@test "a changed secret shows as changed, without showing" {
    changed 's/^\(username noc .*\)G1\.$/\1G2./'
    run rollcall diff --platform ios "$BEFORE" after.cfg
    [ "$status" -eq 1 ]
    [ "$(grep -c '<secret:' <<<"$output")" -ge 2 ]
    [[ "$output" != *'$9$Ht5v'* ]]
}
