# Histories of other tools, taken over: real git repositories, RCS files and folders, made here.
bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    export ROLLCALL_SETTINGS=$WORK/rollcall.yaml GIT_CONFIG_GLOBAL=$WORK/gitconfig
    printf '%s\n' 'store: rollcall.db' 'key-file: rollcall.key' >"$ROLLCALL_SETTINGS"
    git config --file "$GIT_CONFIG_GLOBAL" user.name oxidized
    git config --file "$GIT_CONFIG_GLOBAL" user.email oxidized@example.com
    git config --file "$GIT_CONFIG_GLOBAL" init.defaultBranch master
    rollcall init --quiet >/dev/null
}

# ios HOSTNAME USER...: a config.
ios() {
    printf '!\nversion 15.2\nhostname %s\n!\n' "$1"
    shift
    printf 'username %s privilege 15 secret 9 $9$abcdefghijklmn$0123456789\n' "$@"
    printf '!\nline vty 0 4\n transport input ssh\n!\nend\n'
}

# commit REPOSITORY DAY MESSAGE [AUTHOR]: all that is in its work tree, at noon of that day of March.
commit() {
    git -C "$1" add -A
    GIT_AUTHOR_DATE="2026-03-$2T12:00:00Z" GIT_COMMITTER_DATE="2026-03-$2T12:00:00Z" \
        git -C "$1" commit -q -m "$3" ${4:+--author "$4 <$4@example.com>"}
}

# Two devices, three commits of edge-1.
oxidized() {
    git init -q "$1"
    ios edge-1 admin >"$1/edge-1"
    commit "$1" 01 'update edge-1'
    ios edge-1 admin bob >"$1/edge-1"
    ios edge-2 admin >"$1/edge-2"
    commit "$1" 02 'update edge-1 from 192.0.2.1'
    ios edge-1 admin >"$1/edge-1"
    commit "$1" 03 'update edge-1' carol
}

versions() { rollcall history "$1" --json | jq -r '.versions[] | "\(.version) \(.created) \(.author)"'; }

@test "oxidized's repository becomes versions with their times, authors and events" {
    oxidized configs
    run -0 --separate-stderr rollcall import --from oxidized --platform ios configs --json
    [ "$(jq -c '.total | [.devices, .versions, .events >= 2, .skipped]' <<<"$output")" = '[2,4,true,0]' ]
    run -0 versions edge-1
    [ "${lines[0]}" = "3 2026-03-03T12:00:00Z carol" ]
    [ "${lines[1]}" = "2 2026-03-02T12:00:00Z null" ]
    [ "${lines[2]}" = "1 2026-03-01T12:00:00Z null" ]
    run -0 events --device edge-1
    [[ $output == *"edge-1 account-created bob"*"edge-1 account-deleted bob"* ]]
    run -0 rollcall changes --event account-deleted --json
    [ "$(jq -r '.events[0] | .seen_at + " " + .actor.user' <<<"$output")" = "2026-03-03T12:00:00Z carol" ]
    run -0 rollcall accounts --at 2026-03-02T18:00:00Z --device edge-1 --json
    [ "$(jq -r '[.accounts[].name] | join(" ")' <<<"$output")" = "admin bob" ]
}

@test "a second import stores nothing, and a later one only what is new" {
    oxidized configs
    rollcall import --quiet --from oxidized --platform ios configs >/dev/null
    run -0 --separate-stderr rollcall import --from oxidized --platform ios configs --json
    [ "$(jq -c '.total | [.versions, .older]' <<<"$output")" = '[0,4]' ]
    ios edge-2 admin dave >configs/edge-2
    commit configs 04 'update edge-2'
    run -0 --separate-stderr rollcall import --from oxidized --platform ios configs --json
    [ "$(jq -c '.total | [.versions, .older]' <<<"$output")" = '[1,4]' ]
}

@test "nobody is alerted of what happened long ago" {
    oxidized configs
    printf '%s\n' 'sinks: { noc: { webhook: { url: "http://127.0.0.1:9/" } } }' >>"$ROLLCALL_SETTINGS"
    rollcall import --quiet --from oxidized --platform ios configs >/dev/null
    run -0 sqlite3 rollcall.db 'SELECT count(*) FROM outbox'
    [ "$output" = 0 ]
}

@test "a bare repository, and a folder of them, one a group" {
    oxidized work
    mkdir groups
    git clone -q --bare work groups/core.git 2>/dev/null
    git clone -q --bare work bare.git 2>/dev/null
    git init -q --bare groups/empty.git
    run -0 --separate-stderr rollcall import --from oxidized --platform ios --dry-run bare.git --json
    [ "$(jq -c '[.devices[].device]' <<<"$output")" = '["edge-1","edge-2"]' ]
    run -0 --separate-stderr rollcall import --from oxidized --platform ios groups --group core --json
    [ "$(jq -c '[.devices[] | [.device, .group, .versions]]' <<<"$output")" = \
        '[["edge-1","core",3],["edge-2","core",1]]' ]
    [[ $stderr == *"empty.git: not read: no commit in it"* ]]
}

@test "groups that are folders of one repository, and devices that move between them" {
    git init -q configs
    mkdir configs/core configs/access
    ios sw-1 admin >configs/core/sw-1
    commit configs 01 'update sw-1'
    git -C configs mv core/sw-1 access/sw-1
    commit configs 02 'move'
    ios sw-1 admin bob >configs/access/sw-1
    commit configs 03 'update sw-1'
    run -0 --separate-stderr rollcall import --from oxidized --platform ios configs --json
    [ "$(jq -c '.devices | map([.device, .versions, .unchanged])' <<<"$output")" = '[["sw-1",2,1]]' ]
}

@test "a dry run stores nothing and makes no history" {
    oxidized configs
    run -0 --separate-stderr rollcall import --from oxidized --platform ios --dry-run configs --json
    [ "$(jq -c '.total["dry-run"]' <<<"$output")" = true ]
    [ ! -e rollcall.db ]
}

@test "what differs in volatile lines only is no version" {
    git init -q configs
    { echo '! Last configuration change at 10:00:00 UTC Sun Mar 1 2026 by admin'; ios r1 admin; } >configs/r1
    commit configs 01 one
    { echo '! Last configuration change at 11:00:00 UTC Mon Mar 2 2026 by admin'; ios r1 admin; } >configs/r1
    commit configs 02 two
    run -0 --separate-stderr rollcall import --from oxidized --platform ios configs --json
    [ "$(jq -c '.total | [.versions, .unchanged]' <<<"$output")" = '[1,1]' ]
}

@test "a revision that is cut off is left out, and no account is deleted by it" {
    oxidized configs
    ios edge-1 admin | head -n 4 >configs/edge-1
    commit configs 04 'update edge-1'
    ios edge-1 admin erin >configs/edge-1
    commit configs 05 'update edge-1'
    run -0 --separate-stderr rollcall import --from oxidized --platform ios configs --json
    [ "$(jq -r '.notes[] | .device + ": " + .why' <<<"$output")" = \
        "edge-1: cut off: the end of the config is not there" ]
    [ "$(jq -c '.total | [.versions, .skipped]' <<<"$output")" = '[5,1]' ]
    run -0 events --device edge-1
    [[ $output != *"account-deleted admin"* ]]
}

@test "a device whose platform nothing says is left out with what to type; the others go on" {
    oxidized configs
    run -3 --separate-stderr rollcall import --from oxidized --platform edge-1=ios configs --json
    [[ $stderr == *"edge-2: nothing says its platform; name it: --platform edge-2=P"* ]]
    [ "$(jq -c '.total | [.versions, .failed]' <<<"$output")" = '[3,1]' ]
    run -4 rollcall import --from oxidized configs
    run -2 rollcall import --from oxidized --platform iosx configs
    [[ $output == *'unknown platform "iosx"'* ]]
}

@test "wrong paths and wrong words are told" {
    run -4 rollcall import --from oxidized --platform ios nowhere
    [[ $output == *"nowhere"* ]]
    mkdir none
    run -4 rollcall import --from oxidized --platform ios none
    [[ $output == *"no git repository here"*"--from folder"* ]]
    run -4 rollcall import --from rancid none
    [[ $output == *"CVSROOT"* ]]
    run -4 rollcall import --from folder --platform ios none
    [[ $output == *"no file in it"* ]]
    git init -q empty
    run -4 rollcall import --from oxidized --platform ios empty
    [[ $output == *"no commit in it"* ]]
    run -2 rollcall import --from svn none
    [[ $output == *"oxidized, rancid, folder"* ]]
    run -2 rollcall import none
    [[ $output == *"--from is missing"* ]]
}

@test "an import that was interrupted goes on where it was" {
    git init -q configs
    local user=admin i
    for i in $(seq 1 28); do
        user="$user u$i"
        ios r1 $user >configs/r1
        commit configs "$(printf %02d "$i")" 'update r1'
    done
    "$BUILD/rollcall" import --from oxidized --platform ios configs >out 2>&1 3>&- &
    local pid=$!
    await sqlite3 rollcall.db 'SELECT 1/count(*) FROM version'
    kill -KILL "$pid"
    wait "$pid" || true
    rollcall import --quiet --from oxidized --platform ios configs >/dev/null
    [ "$(versions r1 | wc -l)" = 28 ]
    [ "$(versions r1 | tail -n 1)" = "1 2026-03-01T12:00:00Z null" ]
    [ "$(events --event account-created | wc -l)" = 27 ]
}

@test "a hostile repository runs nothing, leads nowhere and hurts nobody" {
    oxidized configs
    mkdir -p configs/.git/hooks
    for hook in post-checkout pre-commit reference-transaction post-index-change; do
        printf '#!/bin/sh\ntouch %s/owned\n' "$WORK" >"configs/.git/hooks/$hook"
        chmod +x "configs/.git/hooks/$hook"
    done
    ln -s /etc/passwd configs/link
    ios odd admin >"configs/$(printf 'new\nline')"
    head -c 70000000 /dev/zero >configs/huge
    git -C configs -c core.hooksPath=/dev/null add -A
    git -C configs -c core.hooksPath=/dev/null commit -q -m odd
    git -C configs config core.fsmonitor "touch $WORK/owned"
    git -C configs config core.pager "touch $WORK/owned"
    git -C configs config diff.external "touch $WORK/owned"
    git -C configs config filter.x.smudge "touch $WORK/owned"
    echo '* filter=x diff=x' >configs/.git/info/attributes
    git -C configs config diff.x.textconv "touch $WORK/owned"
    git -C configs config core.sshCommand "touch $WORK/owned"
    run -0 --separate-stderr rollcall import --from oxidized --platform ios configs --json
    [ ! -e owned ]
    [[ $(jq -r '.notes[].why' <<<"$output") == *"a link, which is not followed"*"bytes, more than allowed"* ]]
    [ "$(jq -c '[.devices[].device]' <<<"$output")" = '["edge-1","edge-2","huge"]' ]
}

# ---- RANCID ----

# rcs FILE OLD NEW: two revisions, of 1 and 2 March; the old one all lines anew.
rcs() {
    local file=$1 old=$2 new=$3
    {
        printf 'head\t1.2;\naccess;\nsymbols;\nlocks; strict;\ncomment\t@# @;\n\n\n'
        printf '1.2\ndate\t2026.03.02.12.00.00;\tauthor carol;\tstate Exp;\nbranches;\nnext\t1.1;\n\n'
        printf '1.1\ndate\t2026.03.01.12.00.00;\tauthor rancid;\tstate Exp;\nbranches;\nnext\t;\n\n\n'
        printf 'desc\n@@\n\n\n1.2\nlog\n@updates\n@\ntext\n@'
        sed 's/@/@@/g' "$new"
        printf '@\n\n\n1.1\nlog\n@new router\n@\ntext\n@d1 %s\na%s %s\n' "$(wc -l <"$new")" \
            "$(wc -l <"$new")" "$(wc -l <"$old")"
        sed 's/@/@@/g' "$old"
        printf '@\n'
    } >"$file"
}

@test "rancid's CVS repository, with platforms by header and by router.db" {
    mkdir -p rancid/CVS/CVSROOT rancid/CVS/edge/configs/Attic
    { echo '!RANCID-CONTENT-TYPE: cisco'; ios r1 admin; } >old
    { echo '!RANCID-CONTENT-TYPE: cisco'; ios r1 admin bob; } >new
    rcs rancid/CVS/edge/configs/r1.example.com,v old new
    ios r2 admin >old
    ios r2 admin bob >new
    rcs rancid/CVS/edge/configs/r2,v old new
    rcs rancid/CVS/edge/configs/Attic/r3,v old new
    echo 'r2;cisco;up' >db
    rcs rancid/CVS/edge/router.db,v db db
    echo nonsense >rancid/CVS/edge/configs/r4,v
    for path in rancid rancid/CVS; do
        run -3 --separate-stderr rollcall import --from rancid --dry-run $path --json
        [ "$(jq -c '[.devices[] | [.device, .group, .platform]] | sort' <<<"$output")" = \
            '[["r1.example.com","edge","ios"],["r2","edge","ios"],["r3","edge",null],["r4","edge",null]]' ]
    done
    [[ $stderr == *"r4: "*"no RCS file"* ]]
    run -3 rollcall import --from rancid --quiet rancid
    run -0 versions r1.example.com
    [ "${lines[0]}" = "2 2026-03-02T12:00:00Z carol" ]
    [ "${lines[1]}" = "1 2026-03-01T12:00:00Z null" ]
    run -0 events --device r2
    [[ $output == *"r2 account-created bob"* ]]
}

@test "rancid's git repositories, one a group" {
    git init -q work
    mkdir work/configs
    { echo '!RANCID-CONTENT-TYPE: cisco'; ios r1 admin; } >work/configs/r1
    ios r2 admin >work/configs/r2
    echo 'r2:cisco:up' >work/router.db
    echo notes >work/notes
    commit work 01 updates
    mkdir -p rancid/CVS
    git clone -q --bare work rancid/CVS/core 2>/dev/null
    run -0 --separate-stderr rollcall import --from rancid rancid --json
    [ "$(jq -c '[.devices[] | [.device, .group, .platform, .versions]]' <<<"$output")" = \
        '[["r1","core","ios",1],["r2","core","ios",1]]' ]
}

# ---- folders ----

@test "files with dates in their names, in all their forms" {
    mkdir -p saved/r2 saved/2026-03-01 saved/2026-03-02
    ios r1 admin >saved/r1-2026-03-01.cfg
    ios r1 admin bob >saved/r1-2026-03-02.cfg
    ios r2 admin >saved/r2/2026-03-01T1000.cfg
    ios r2 admin bob >saved/r2/2026-03-01T1100.cfg
    ios r3 admin >saved/2026-03-01/r3.cfg
    ios r3 admin bob >saved/2026-03-02/r3.cfg
    ios r4 admin >saved/r4.cfg
    touch -d 2026-03-05T10:00:00Z saved/r4.cfg
    ln -s r1-2026-03-01.cfg saved/r5-2026-03-01.cfg
    run -0 --separate-stderr rollcall import --from folder --platform ios saved --json
    [ "$(jq -c '[.devices[] | [.device, .versions, .first]]' <<<"$output")" = \
        '[["r1",2,"2026-03-01T00:00:00Z"],["r2",2,"2026-03-01T10:00:00Z"],["r3",2,"2026-03-01T00:00:00Z"],["r4",1,"2026-03-05T10:00:00Z"]]' ]
    [[ $stderr == *"files with dates in their names (4), and folders with dates in their names (2), and files without dates, by their own times (1)"* ]]
    [[ $stderr == *"r5-2026-03-01.cfg: not read: a link"* ]]
}
