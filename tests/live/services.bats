# Services whose own command line clients are run here: that the profiles' commands are whole words,
# reach the right client with the device's address in them, and that what comes back is read.
# The clients are stand-ins: nothing of this host or of the network is asked.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    mkdir bin
    export PATH=$WORK/bin:$PATH
    command -v jq >/dev/null || skip "jq is not installed"
}

# client NAME: what the words it is called with bring forth is a `case` on standard input. Each call
# is a line of calls.
client() {
    {
        printf '#!/bin/sh\nexport PATH=%s\n' "'$PATH'"
        printf 'printf "%%s" "%s:" >>%s; for word; do printf " [%%s]" "$word"; done >>%s; echo >>%s\n' \
            "$1" "$WORK/calls" "$WORK/calls" "$WORK/calls"
        echo 'case "$*" in'
        cat
        printf '*) echo "not asked for: $*" >&2; exit 1;;\nesac\n'
    } >"bin/$1"
    chmod +x "bin/$1"
}

# read_service PLATFORM ADDRESS [CREDENTIAL]: collect once; its accounts are printed, one a line:
# realm/name, and admin where it is one.
read_service() {
    cat >rollcall.yaml <<END
store: $WORK/history.db
key-file: $WORK/key
credentials:
  token: { user: rollcall-app, password: { clear-text: t0psecret } }
devices:
  it: { address: $2, driver: exec, platform: $1${3:+, credential: $3} }
END
    chmod 600 rollcall.yaml
    rollcall --settings rollcall.yaml --quiet init >/dev/null
    rollcall --settings rollcall.yaml collect >&2 || [ $? = 1 ] || return 1
    if grep -q t0psecret calls; then return 1; fi
    rollcall --settings rollcall.yaml show it --access --json |
        jq -r '."rollcall-access:access".account[] | "\(.realm)/\(.name)\(if .admin then " admin" else "" end)"' | sort
}

@test "github: members, outside collaborators, roles and deploy keys" {
    client gh <<'END'
"api graphql"*"-F org=acme "*) printf 'bob\tADMIN\ttrue\nann\tMEMBER\tfalse\n';;
*orgs/acme/outside_collaborators*) echo tim;;
*orgs/acme/invitations*) exit 1;;
*orgs/acme/organization-roles/7/users*) echo ann;;
*orgs/acme/organization-roles/7*) echo all_repo_admin;;
*orgs/acme/organization-roles*) echo 7;;
*orgs/acme/installations*) printf 'ci\ttrue\tcontents=write\n';;
*orgs/acme/repos*) echo web;;
*repos/acme/web/keys*) printf 'write\tssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8xv1HyPjsOl5VoJMyfWjuGfZ0ZKjNj6c3mPGOIoGkd\n';;
END
    run --separate-stderr read_service github acme
    [ "$status" -eq 0 ]
    [ "$output" = "app/ci
deploy-key/web
member/ann admin
member/bob admin
outside/tim" ]
}

@test "kubernetes: service accounts and bindings of the context" {
    client kubectl <<'END'
"--context prod get serviceaccounts "*) printf 'service-account shop ops\nend\n';;
"--context prod get clusterrolebindings,rolebindings "*) printf 'binding User - bob ClusterRole cluster-admin *\nend\n';;
"--context prod get clusterroles,roles "*) printf 'end\n';;
END
    run --separate-stderr read_service kubernetes prod
    [ "$status" -eq 0 ]
    [ "$output" = "serviceaccount:shop/ops
user/bob admin" ]
    grep -q '\[go-template={{range .items}}service-account {{.metadata.namespace}}' calls
}

@test "aws: users, and what the credential report says of them" {
    client aws <<'END'
*get-account-authorization-details*) printf '{\n"UserDetailList": [{"UserName": "bob", "AttachedManagedPolicies": [{"PolicyName": "AdministratorAccess"}]}]\n}\n';;
*generate-credential-report*) echo COMPLETE;;
*get-credential-report*) printf 'user,x,mfa_active,password_enabled,access_key_1_active,access_key_1_last_rotated\n<root_account>,x,true,not_supported,false,N/A\nbob,x,false,true,true,2025-01-01\n' | base64 -w0;;
*get-account-password-policy*) exit 254;;
END
    run --separate-stderr read_service aws 111122223333
    [ "$status" -eq 0 ]
    [ "$output" = "local/<root_account> admin
local/bob admin" ]
    rollcall --settings rollcall.yaml show it --access --json |
        jq -e '[."rollcall-access:access".account[] | select(.name == "bob")] | .[0]."ssh-key"[0].fingerprint == "2025-01-01"'
}

@test "aws: a report that cannot be had fails the collection, and deletes no account" {
    client aws <<'END'
*get-account-authorization-details*) printf '{\n"UserDetailList": [{"UserName": "bob"}]\n}\n';;
*generate-credential-report*) echo COMPLETE;;
*get-credential-report*) echo "throttled" >&2; exit 254;;
*get-account-password-policy*) exit 254;;
END
    run --separate-stderr read_service aws 111122223333
    [ "$status" -ne 0 ]
}

@test "gcp: the policy, service accounts and their keys" {
    client gcloud <<'END'
"projects get-iam-policy web-1 "*) printf 'roles/owner\tuser:bob@example.com\t\n';;
"projects get-ancestors-iam-policy "*) exit 1;;
*"keys list --project=web-1 --iam-account=ci@web-1.iam.gserviceaccount.com"*) printf '0123\tFalse\n';;
"iam service-accounts list --project=web-1 --format=value(email)") echo ci@web-1.iam.gserviceaccount.com;;
"iam service-accounts list --project=web-1 "*) printf 'ci@web-1.iam.gserviceaccount.com\t\n';;
END
    run --separate-stderr read_service gcp web-1
    [ "$status" -eq 0 ]
    [ "$output" = "serviceAccount/ci@web-1.iam.gserviceaccount.com
user/bob@example.com admin" ]
    rollcall --settings rollcall.yaml show it --access --json | grep -q service-account-key
}

@test "azure and entra: assignments of a subscription, users and roles of a directory" {
    client az <<'END'
"role assignment list --subscription 0000 --all"*) echo '[{"type":"User","name":"bob@example.com","role":"Owner","scope":"/subscriptions/0000"}]';;
"role definition list"*|"role assignment list"*) echo '[]';;
"ad user list --output"*) echo '[{"name":"bob@example.com"},{"name":"ann@example.com"}]';;
"ad user list --filter accountEnabled eq false "*) echo '[{"name":"ann@example.com"}]';;
"ad user list --filter userType eq 'Guest' "*) echo '[]';;
"ad app list"*|"ad sp list"*) echo '[]';;
*page2*) printf 'next\t\n#microsoft.graph.user\t9360feb5-f418-4baa-8175-e2a00bac4301\t/\tann@example.com\n';;
*'roleAssignments?$expand=principal'*) printf 'next\thttps://graph.microsoft.com/page2\n#microsoft.graph.user\t62e90394-69f5-4237-9190-012177145e10\t/\tbob@example.com\n';;
END
    run --separate-stderr read_service azure 0000
    [ "$status" -eq 0 ]
    [ "$output" = "user/bob@example.com admin" ]
    rm -f history.db* key
    run --separate-stderr read_service entra example.com
    [ "$status" -eq 0 ]
    [ "$output" = "user/ann@example.com
user/bob@example.com admin" ]
    rollcall --settings rollcall.yaml show it --access --json | grep -q 'Directory Writers'
}

@test "okta: the pages of its answers, and no token in the list of processes" {
    client curl <<'END'
*page2*) printf 'HTTP/2 200\r\n\r\n[{"id":"2","status":"SUSPENDED","profile":{"login":"ann@example.com"}}]';;
*acme.okta.com/api/v1/users?limit*) read -r header; [ "$header" = "Authorization: SSWS t0psecret" ] || exit 22
    printf 'HTTP/2 200\r\nlink: <https://x/self>; rel="self"\r\nlink: <https://acme.okta.com/page2>; rel="next"\r\n\r\n[{"id":"1","status":"ACTIVE","profile":{"login":"bob@example.com"}}]';;
*assignees/users*) echo '{"value":[{"id":"1"}]}';;
*users/1) echo '{"profile":{"login":"bob@example.com"}}';;
*users/1/roles) echo '[{"type":"SUPER_ADMIN","status":"ACTIVE","assignmentType":"USER","label":"Super"}]';;
*api-tokens) echo '[{"id":"00T","userId":"1","name":"ci token"}]';;
END
    run --separate-stderr read_service okta acme.okta.com token
    [ "$status" -eq 0 ]
    [ "$output" = "api-token/ci token
local/ann@example.com
local/bob@example.com admin" ]
}

@test "google-workspace, office365 and mssql: each asks its own client" {
    client gam <<'END'
"print users domain example.com "*) printf 'primaryEmail,isAdmin\nbob@example.com,True\n';;
"print admins") printf 'role,assignedToUser\n_SEED_ADMIN_ROLE,bob@example.com\n';;
*) exit 1;;
END
    run --separate-stderr read_service google-workspace example.com
    [ "$status" -eq 0 ]
    [ "$output" = "local/bob@example.com admin" ]
    rm -f history.db* key
    client pwsh <<'END'
*Get-RoleGroupMember*) echo '[{"group":"Organization Management","type":"UserMailbox","name":"bob@example.com"}]';;
*Get-EXOMailboxPermission*) echo '[]';;
*Get-EXOMailbox*) echo '[{"UserPrincipalName":"bob@example.com","AccountDisabled":false}]';;
END
    run --separate-stderr read_service office365 example.onmicrosoft.com token
    [ "$status" -eq 0 ]
    [ "$output" = "local/bob@example.com admin" ]
    rm -f history.db* key
    client sqlcmd <<'END'
"-S db7 -b -h -1 -W -s | -Q SET NOCOUNT ON; "*) [ "$SQLCMDUSER/$SQLCMDPASSWORD" = rollcall-app/t0psecret ] || exit 1
    printf 'login|SQL_LOGIN|0|sa\nmember|sysadmin|sa\nlinked|ERP|*|erp|0\nend\n';;
END
    run --separate-stderr read_service mssql db7 token
    [ "$status" -eq 0 ]
    [ "$output" = "linked:ERP/* as erp
local/sa admin" ]
}

@test "containers: files are copied out, and nothing is run in one" {
    client docker <<'END'
"ps -a"*) echo "abc web:1";;
"cp abc:/etc/"*) file=${2##*/}; mkdir -p t; cd t
    case $file in passwd) echo "toor:x:0:0::/root:/bin/sh";; shadow) echo "toor:*:1::::::";; group) echo "sudo:x:27:";; esac >$file
    tar -cf - $file;;
END
    run --separate-stderr read_service containers localhost
    [ "$status" -eq 0 ]
    [ "$output" = "web=1/toor admin" ]
    run ! grep -qE 'docker: \[(exec|run|create)\]' calls
}
