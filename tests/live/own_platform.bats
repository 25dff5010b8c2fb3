# A platform in a user's folder, without building: the one of the tutorial, on a device that rollcall has
# never heard of.

bats_require_minimum_version 1.5.0
load ../lib

says() { cat >"dev/commands/$(printf %s "$1" | tr -c '[:alnum:].-' _)"; }

setup() {
    lib_setup
    mkdir -p dev/commands platforms
    printf '%s\n' 'hostname r1' 'user admin s3cret' 'auth password' 'prompt @hostname@> ' 'privileged yes' >dev/lab.conf
    says 'show version' <<<'Ferro OS 4.1 of Acme'
    # the tutorial's config, and the last of its profiles
    awk '/^```text r1.cfg/ { on = 1; next } /^```/ { on = 0 } on' \
        "$ROOT/drivers/platforms/TUTORIAL.md" | says 'show config'
    awk '/^```yaml platforms\/ferro.yaml/ { on = 1; text = ""; next } /^```/ { on = 0 } on { text = text $0 "\n" }
        END { printf "%s", text }' "$ROOT/drivers/platforms/TUTORIAL.md" >platforms/ferro.yaml
    start_lab dev
}

settings() {
    cat >rollcall.yaml <<END
store: $WORK/history.db
key-file: $WORK/key
credentials:
  lab: { user: admin, password: { clear-text: s3cret } }
devices:
  r1: { address: 127.0.0.1, port: $LAB_PORT, credential: lab, platform: $1 }
END
    chmod 600 rollcall.yaml
}

rc() { rollcall --settings rollcall.yaml "$@"; }

@test "try finds a user's platform out" {
    : >rollcall.yaml
    ROLLCALL_PASSWORD=s3cret run --separate-stderr rc try --json --accept-new "admin@127.0.0.1:$LAB_PORT"
    [ "$status" -le 1 ] || { echo "$stderr"; cat dev.log; false; }
    jq -e '[."rollcall-access:access".account[].name] == ["bob", "root"]' <<<"$output"
}

@test "collect keeps the history of a user's platform, named by its alias or found out" {
    for platform in acme auto; do
        settings "$platform"
        rm -f history.db*
        rc --quiet init >/dev/null
        run rc collect
        [ "$status" -eq 0 ] || { echo "$platform: $output"; cat dev.log; false; }
        sed -i 's/level 1$/level 9/' dev/commands/show_config
        run rc collect
        [ "$status" -eq 1 ] || { echo "$platform: $output"; false; }
        run --separate-stderr rc changes --json
        jq -e '[.events[].event] == ["privilege-raised"] and .events[0].subject == "bob"' <<<"$output"
        sed -i '/user bob/,/level/s/level 9$/level 1/' dev/commands/show_config
    done
}

@test "a mistake in a user's platform stops everything with its place" {
    sed -i 's/match: user {name}/match: user {nam}/' platforms/ferro.yaml
    settings acme
    run --separate-stderr rc inspect --platform acme dev/commands/show_config
    [ "$status" -eq 2 ]
    [[ $stderr == *'platforms/ferro.yaml:'*':'*'there is no node "nam"'* ]] || { echo "$stderr"; false; }
}
