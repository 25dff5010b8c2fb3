# YANG modules: what is told of a device's, and real sets of vendors.
#
# The latter need ROLLCALL_YANG_MODELS: a folder with clones of the public repositories, laid out in
# any way (YangModels/yang, openconfig/public, Juniper/yang, nokia/7x50_YangModels, Huawei/yang).

bats_require_minimum_version 1.5.0
load ../lib

rc() { rollcall --settings rollcall.yaml "$@"; }

collect_acme() {
    acme_device "$WORK/dev"
    start_ncserver acme "$WORK/dev"
    cat >rollcall.yaml <<END
store: $WORK/history.db
key-file: $WORK/installation-key
credentials:
  lab: { user: $SSHD_USER, private-key: { file: $WORK/key } }
devices:
  edge-1: { address: 127.0.0.1, port: $SSHD_PORT, driver: netconf, credential: lab }
END
    chmod 600 rollcall.yaml
    rc --quiet init
    rc --quiet collect
}

@test "what is known of a device's modules is told, and which mappings read them" {
    collect_acme
    run --separate-stderr rc schema edge-1 --json
    [ "$status" -eq 0 ]
    jq -e '.kind == "schema" and .device == "edge-1" and .platform == "netconf" and .modules > 3
        and ([.mappings[] | select(.applies)] | map(.mapping) == ["ietf-system"])
        and (.mappings[] | select(.applies) | .module | startswith("ietf-system@"))
        and (.set | length == 64) and (has("list") | not)' <<<"$output"
    run --separate-stderr rc schema edge-1 --modules --json
    jq -e '.list[] | select(.module == "acme-access") | .revision == "2026-03-01" and .kind == "module"
        and .namespace == "urn:acme:access" and .with == "feature banners"' <<<"$output"
    run rc schema edge-1
    [[ "${lines[0]}" == "edge-1: "*" YANG modules, "*"; set "* ]]
    run rc schema edge-2
    [ "$status" -eq 4 ]
}

# ---- real modules ----

# folder_of FILE [PATH]: the folder that has it, the last one of several; else the test is skipped.
folder_of() {
    [ -n "${ROLLCALL_YANG_MODELS:-}" ] || skip "no YANG modules: set ROLLCALL_YANG_MODELS to their folder"
    local found
    found=$(find -L "$ROLLCALL_YANG_MODELS" -path "${2:-*}" -name "$1" 2>/dev/null | sort | tail -n 1)
    [ -n "$found" ] || skip "no $1 in $ROLLCALL_YANG_MODELS"
    FOLDER=${found%/*}
}

folders_below() { find -L "$1" -name '*.yang' -printf '%h\n' | sort -u; }

# compile ARGUMENT...: in $WORK/schema; what came of it is said.
compile() {
    "$BUILD/tests/live/compile" -o "$WORK/schema" "$@" 2>"$WORK/notes" >"$WORK/outcome"
    echo "# ${BATS_TEST_DESCRIPTION%%:*}: $(cat "$WORK/outcome")" >&3
}

has() { grep -qE "^$1\$" "$WORK/schema"; }

@test "OpenConfig: everything compiles" {
    folder_of openconfig-system.yang '*/release/models/*'
    mapfile -t below < <(folders_below "${FOLDER%/models/*}/models")
    mapfile -t others < <(folders_below "${FOLDER%/release/*}/third_party")
    compile "${below[@]}" -- "${others[@]}"
    [ ! -s "$WORK/notes" ]
    has '/openconfig-system:system/aaa/authentication/users/user list key username'
    has '/openconfig-system:system/aaa/authentication/users/user/config/password-hashed leaf string secret'
}

@test "IOS XE: the native model and all that augments it" {
    folder_of Cisco-IOS-XE-native.yang
    compile "$FOLDER" -- "$FOLDER/MIBS"
    has '/Cisco-IOS-XE-native:native/username list key name'
    has '/Cisco-IOS-XE-native:native/username/secret/secret leaf string secret'
    has '/Cisco-IOS-XE-native:native/aaa/Cisco-IOS-XE-aaa:authentication.*'
    ! grep -v 'openconfig\|cisco-xe-\|cisco-bridge' "$WORK/notes"
}

@test "IOS XR: what its library lists" {
    folder_of yang_library_module_set.xml '*/xr/*'
    compile --library "$FOLDER/yang_library_module_set.xml" "$FOLDER"
    has '/Cisco-IOS-XR-um-aaa-cfg:aaa container|/Cisco-IOS-XR-aaa-lib-cfg:aaa container'
    ! grep -v ': it is \|announced twice\|read by revision' "$WORK/notes"
}

@test "Junos: the whole configuration, and its groups" {
    folder_of 'junos-conf-root@*.yang' '*/junos/conf/*'
    mapfile -t below < <(folders_below "${FOLDER%/conf/*}/conf")
    mapfile -t others < <(folders_below "${FOLDER%/junos/conf/*}/common")
    compile "${below[@]}" -- "${others[@]}"
    has '/junos-conf-root:configuration/junos-conf-system:system/login/user list key name.*'
    has '.*/login/user/authentication/encrypted-password leaf string secret'
}

@test "SR OS: the configuration" {
    folder_of nokia-conf-groups.yang
    mapfile -t others < <(folders_below "${FOLDER%/*}")
    compile "$FOLDER" -- "${others[@]}"
    has '/nokia-conf:configure container'
}

@test "VRP: the set of one router" {
    folder_of huawei-aaa.yang
    compile "$FOLDER"
    has '/huawei-aaa:aaa container'
    has '/huawei-aaa:aaa/.*/password leaf string secret.*'
}
