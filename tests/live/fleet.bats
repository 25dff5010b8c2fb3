# Many devices at once.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    lab_device "$WORK/fleet" 'r@number@'
    start_lab "$WORK/fleet" --devices 60
    mapfile -t ports < <(sed -n 's/^port //p' "$WORK/fleet.out")
    lines=()
    for i in "${!ports[@]}"; do
        lines+=("r$((i + 1)): { address: 127.0.0.1, port: ${ports[i]}, platform: ios }")
    done
    watch_devices "${lines[@]}"
}

@test "one change on one of sixty devices is one event" {
    rollcall collect >/dev/null
    [ "$(rollcall accounts --json | jq '.accounts | length')" -eq 180 ]
    mkdir -p "$WORK/fleet/devices/r42/commands"
    sed 's/^username noc .*/&\nusername cisco_tac_admin privilege 15 secret 9 $9$new$new/' \
        "$WORK/fleet/commands/show_running-config" >"$WORK/fleet/devices/r42/commands/show_running-config"
    run rollcall collect
    [ "$status" -eq 1 ]
    [ "$(events)" = 'r42 account-created cisco_tac_admin' ]
    [ "$(rollcall accounts --name cisco_tac_admin --json | jq -r '.accounts[].device')" = r42 ]
}

@test "devices that hang, drop or refuse cost themselves and nobody else" {
    printf 'defaults: { credential: lab, schedule: never, timeouts: { connect: 5s, command: 2s, total: 6s } }\n' >"$WORK/d"
    sed -i -e "/^defaults:/{r $WORK/d
d}" "$ROLLCALL_SETTINGS"
    rollcall collect >/dev/null
    printf 'never answer\nonly show running\n' >"$WORK/fleet/misbehave"
    run rollcall collect r1 r2
    [ "$status" -eq 4 ]
    rm "$WORK/fleet/misbehave"
    sed -i "s/^  r7: .*/  r7: { address: 127.0.0.1, port: 1, platform: ios }/" "$ROLLCALL_SETTINGS"
    run rollcall collect
    [ "$status" -eq 3 ]
    [ "$(rollcall status --json | jq '[.devices[] | select(.failures > 0 or .state != "ok")] | length')" -eq 1 ]
    [ "$(rollcall accounts --json | jq '.accounts | length')" -eq 180 ]
}
