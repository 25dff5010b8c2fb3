# What a device's YANG modules mean is learned once, from a real netconfd.

bats_require_minimum_version 1.5.0
load ../lib

# watch NAME...: settings with so many devices, all of them the netconfd at $SSHD_PORT
watch() {
    cat >rollcall.yaml <<END
store: $WORK/history.db
key-file: $WORK/installation-key
defaults: { driver: netconf, credential: c }
credentials: { c: { user: $SSHD_USER, private-key: { file: $WORK/key } } }
devices:
END
    local name
    for name; do
        echo "  $name: { address: 127.0.0.1, port: $SSHD_PORT }" >>rollcall.yaml
    done
    rollcall --settings rollcall.yaml init 2>init.out || { cat init.out; false; }
}

collect() {
    run --separate-stderr rollcall --settings rollcall.yaml collect --json "$@"
    [ "$status" -le 1 ] || { echo "exit $status: $stderr"; false; }
}

results() { jq -r '[.devices[] | .device + " " + .result] | sort | join(", ")' <<<"$output"; }

# learned: how many sets the cache has
learned() { find schemas/sets -name '*.schema' | wc -l; }

# again: a fresh netconfd. One that could not open the file of a module it was asked for has damaged
# its memory, and dies of it, sooner or later.
again() {
    stop "$NETCONFD_PID"
    start_netconfd_again nc
}

# learned_one: there is one set in the cache, unless netconfd died while it was asked
learned_one() {
    [ "$(learned)" -eq 1 ] && return
    kill -0 "$NETCONFD_PID" 2>/dev/null || skip "netconfd died of being asked for its modules"
    false
}

@test "two devices with the same modules share a lesson, and each first version is explained by it" {
    start_netconfd nc
    watch core-1 core-2
    collect
    [ "$(results)" = "core-1 first version, core-2 first version" ] || { echo "$output"; false; }
    learned_one
    [ -e schemas/modules/ietf-system@2014-08-06.yang ]
    grep -q '^/ietf-system:system/authentication/user list key name' schemas/sets/*.schema

    # losing the cache loses nothing: the last version explains itself
    again
    rm -r schemas
    collect core-1
    [ "$(results)" = "core-1 unchanged" ] || { echo "$output"; false; }
}

@test "without a cache a device is read all the same, and learned from as soon as there is one" {
    start_netconfd nc
    watch core-1
    touch schemas # no folder can be made where a file is
    collect
    [ "$(results)" = "core-1 first version" ] || { echo "$output"; false; }
    rm schemas
    again
    collect # the alert does not wait for the lesson
    [ "$(results)" = "core-1 unchanged" ] || { echo "$output"; false; }
    learned_one
    again
    collect # to be explained is no event
    [ "$(jq '[.devices[].events] | add' <<<"$output")" -eq 0 ] || { echo "$output"; false; }
}
