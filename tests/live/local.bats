# Devices that nobody logs in to: saved configs, and commands of this host.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    openssl rand -base64 32 >"$WORK/key-file"
    chmod 600 "$WORK/key-file"
}

# settings_of LINE...: the devices, each a line.
settings_of() {
    {
        printf '%s\n' "store: $WORK/store" "key-file: $WORK/key-file" \
            "defaults: { platform: ios, schedule: every 1s, splay: 0s }" devices:
        printf '  %s\n' "$@"
    } >"$WORK/rollcall.yaml"
}

collect() { rollcall --settings "$WORK/rollcall.yaml" collect "$@"; }
accounts() { rollcall --settings "$WORK/rollcall.yaml" accounts --json | jq -r '.accounts[] | "\(.device) \(.name)"'; }
ask_store() { sqlite3 -readonly -cmd '.timeout 10000' "$WORK/store" "$1"; }
# events, versions DEVICE FILTER: what jq makes of each, a line each.
events() { "$BUILD/rollcall" --settings "$WORK/rollcall.yaml" changes --json | jq -r '.events[] | .event + " " + .subject'; }
versions() { "$BUILD/rollcall" --settings "$WORK/rollcall.yaml" history "$1" --json | jq -r ".versions[] | $2"; }
events_are() { [ "$(events)" = "$1" ]; }
store_says() { [ "$(ask_store "$1")" = "$2" ]; }

# config NAME...: of a router with these accounts.
config() {
    printf '%s\n' '! Image: Software: X86_64' '!' 'hostname r1' '!'
    local name
    for name; do
        echo "username $name privilege 15 secret 5 \$1\$aaaa\$bbbbbbbbbbbbbbbbbbbbbb"
    done
    printf '%s\n' '!' end
}

# commit FOLDER AUTHOR TIME: all of it.
commit() {
    git -C "$1" add -A
    GIT_AUTHOR_NAME=$2 GIT_AUTHOR_EMAIL=x@example.com GIT_COMMITTER_NAME=$2 \
        GIT_COMMITTER_EMAIL=x@example.com GIT_AUTHOR_DATE=$3 GIT_COMMITTER_DATE=$3 \
        git -C "$1" commit -qm update
}

# fails_with REGEX DEVICE...: the collection, and why.
fails_with() {
    local pattern=$1
    shift
    run collect "$@"
    [ "$status" -eq 4 ] || [ "$status" -eq 3 ]
    [[ $output =~ $pattern ]] || { echo "$output" >&2 && return 1; }
}

@test "a repository of Oxidized's, bare or not, gives versions with the commit's time and author" {
    mkdir "$WORK/saved" && git init -q "$WORK/saved"
    config bob >"$WORK/saved/r1"
    commit "$WORK/saved" oxidized 2026-01-02T03:04:05Z
    git clone -q --bare "$WORK/saved" "$WORK/bare.git"
    settings_of "r1: { driver: file, file: { path: saved } }" \
        "r2: { driver: file, file: { path: bare.git, name: r1 } }"
    collect
    [ "$(accounts)" = $'r1 bob\nr2 bob' ]
    [ "$(versions r1 '.created + (.author // "")')" = 2026-01-02T03:04:05Z ]
    [ "$(versions r2 '.created + (.author // "")')" = 2026-01-02T03:04:05Z ]
    config bob mallory >"$WORK/saved/r1"
    commit "$WORK/saved" "Carol" 2026-01-03T03:04:05Z
    run -1 collect r1
    events_are 'account-created mallory'
    [ "$(versions r1 'select(.version == 2).author')" = Carol ]
    run -0 collect r2
}

@test "the daemon reads a folder as it changes, and only looks while it does not" {
    mkdir "$WORK/saved"
    config bob >"$WORK/saved/r1.cfg"
    settings_of "r1: { driver: file, file: { path: saved } }"
    background "$WORK/log" "$BUILD/rollcalld" --settings "$WORK/rollcall.yaml" --verbose
    await store_says 'SELECT count(*) FROM version' 1
    await_line "$WORK/log" 'r1: unchanged since version 1'
    config bob mallory >"$WORK/saved/new"
    mv "$WORK/saved/new" "$WORK/saved/r1.cfg"
    await events_are 'account-created mallory'
}

@test "RANCID's files are read, with accounts whose secret it took out" {
    mkdir -p "$WORK/core/configs"
    {
        printf '%s\n' '!RANCID-CONTENT-TYPE: cisco' '!'
        config bob | grep -v '^end'
        echo '!username carol password <removed>'
    } >"$WORK/core/configs/r1"
    settings_of "r1: { driver: file, file: { path: core } }"
    collect
    [ "$(accounts)" = $'r1 bob\nr1 carol' ]
}

@test "what is half written, or leads out of the folder, is refused" {
    mkdir "$WORK/saved"
    config bob | sed '$d' >"$WORK/saved/half"
    config bob >"$WORK/outside"
    ln -s ../outside "$WORK/saved/link"
    mkfifo "$WORK/saved/fifo"
    head -c 2000000 /dev/zero >"$WORK/saved/large"
    settings_of "half: { driver: file, file: { path: saved } }" \
        "link: { driver: file, file: { path: saved } }" \
        "fifo: { driver: file, file: { path: saved } }" \
        "large: { driver: file, max-size: 1M, file: { path: saved } }" \
        "none: { driver: file, file: { path: saved } }" \
        "gone: { driver: file, file: { path: gone } }" \
        "up: { driver: file, file: { path: saved, name: ../outside } }" \
        "said: { driver: file, file: { path: saved, name: half, whole: true } }"
    fails_with 'half has not the end of a whole config' half
    fails_with 'link is a link that leads out of' link
    fails_with 'fifo is no regular file' fifo
    fails_with 'large has 2000000 bytes, more than allowed' large
    fails_with 'no file none' none
    fails_with 'cannot read .*/gone: No such file' gone
    fails_with 'is no name below a folder' up
    collect said
    [ "$(accounts)" = 'said bob' ]
}

@test "a repository cannot make git run anything" {
    mkdir "$WORK/saved" && git init -q "$WORK/saved"
    config bob >"$WORK/saved/r1"
    commit "$WORK/saved" oxidized 2026-01-02T03:04:05Z
    git -C "$WORK/saved" config core.fsmonitor "touch $WORK/ran"
    git -C "$WORK/saved" config core.pager "touch $WORK/ran"
    git -C "$WORK/saved" config log.showSignature true
    git -C "$WORK/saved" config gpg.program "$WORK/evil"
    printf '#!/bin/sh\ntouch %s\n' "$WORK/ran" >"$WORK/evil"
    chmod +x "$WORK/evil"
    settings_of "r1: { driver: file, file: { path: saved } }"
    collect
    [ "$(accounts)" = 'r1 bob' ]
    [ ! -e "$WORK/ran" ]
}

@test "a command's output is a config, and it gets only what it was given" {
    config bob >"$WORK/saved"
    printf '#!/bin/sh\nenv | sort >%s\necho "$@" >>%s\ncat %s\n' "$WORK/got" "$WORK/got" "$WORK/saved" \
        >"$WORK/fetch"
    chmod +x "$WORK/fetch"
    settings_of "r1: { address: 192.0.2.1, driver: exec, exec: { command: './fetch {host} \"a b\"', environment: [AWS_*, X=y] } }"
    AWS_PROFILE=prod OTHER_TOKEN=hunter2 collect
    [ "$(accounts)" = 'r1 bob' ]
    grep -qx 'AWS_PROFILE=prod' "$WORK/got"
    grep -qx 'X=y' "$WORK/got"
    grep -qx 'ROLLCALL_HOST=192.0.2.1' "$WORK/got"
    grep -qx '192.0.2.1 a b' "$WORK/got"
    ! grep -q 'hunter2\|ROLLCALL_SETTINGS' "$WORK/got"
}

@test "a command that hangs, floods, fails or stops early is no version, and nothing of it is left" {
    settings_of "hang: { driver: exec, timeouts: { total: 1s }, exec: { command: [sh, -c, 'setsid sleep 1234 & sleep 1234'] } }" \
        "flood: { driver: exec, max-size: 1M, exec: { command: cat /dev/zero } }" \
        "fail: { driver: exec, exec: { command: [sh, -c, 'echo no such cluster >&2; exit 3'] } }" \
        "half: { driver: exec, exec: { command: echo hostname r1 } }" \
        "none: { driver: exec, exec: { command: /nowhere/program } }" \
        "left: { driver: exec, exec: { command: [sh, -c, 'setsid sleep 1235 & echo end'] } }"
    fails_with 'sh did not finish within 1 s' hang
    fails_with 'cat prints more than 1048576 bytes' flood
    fails_with 'sh ended with status 3: no such cluster' fail
    fails_with 'the end was not seen' half
    fails_with 'cannot run /nowhere/program: No such file' none
    collect left
    ! pgrep -f 'sleep 123[45]$' >&2
    store_says 'SELECT count(*) FROM version' 1
}

@test "a platform's own commands run without a shell, and no platform is guessed" {
    settings_of "here: { driver: exec, platform: linux }"
    fails_with 'its command is for a shell' here
    settings_of "here: { driver: exec }"
    run -2 collect
    [[ $output == *"typed at a device's prompt"* ]]
    settings_of "here: { driver: file, platform: auto, file: { path: x } }"
    run -2 collect
    [[ $output == *'with driver file the platform cannot be found out; name it'* ]]
    settings_of "here: { driver: file, file: { path: x } }"
    run -2 rollcall --settings "$WORK/rollcall.yaml" trust here
    [[ $output == *'shows no host key'* ]]
}
