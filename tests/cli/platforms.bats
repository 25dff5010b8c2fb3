# The pages of platforms, which are made of their profiles.

load ../lib

setup() {
    lib_setup
    export ROLLCALL_SETTINGS=$WORK/rollcall.yaml
    : >rollcall.yaml
    mkdir platforms
    cat >platforms/box.yaml <<'END'
platform: box
title: Box of Acme
aliases: [acme]
default-accounts: [admin]
parts: { running: { command: show config, ends: '^end$' } }
recognise: { command: show version, match: Acme }
syntax: { cli: { shape: indented } }
access:
  - entry: account
    match: user {name}
    options: { 'level {privilege}': , 'hash {secret}': , 'key {key}': { into: ssh-key } }
schemes: { '$5$': { name: sha256-crypt, strength: strong, looks: '^\$5\$' } }
manual:
  rights: Level 1 sees all.
  account: |
    user rollcall
     hash PASSWORD
  misses: [Accounts of the web page.]
  tried: Nothing but this test.
END
}

@test "a platform's page says what its profile says" {
    run rollcall platforms acme
    [ "$status" -eq 0 ]
    for words in 'box: Box of Acme' 'also called         acme' '    user rollcall' '     hash PASSWORD' \
        'running             show config' 'show version        Acme' \
        'account             name, privilege, secret, ssh-key' '- Accounts of the web page.' \
        '$5$                 sha256-crypt: strong' '- admin' 'Level 1 sees all.' 'Nothing but this test.'; do
        grep -qF -- "$words" <<<"$output" || { echo "no: $words"; echo "$output"; false; }
    done
}

@test "the page for programs has the same" {
    run rollcall --json platforms box
    jq -e '.kind == "platform" and .rights == "Level 1 sees all." and .parts[0].command == "show config" and
        .reads[0] == {"entry": "account", "nodes": ["name", "privilege", "secret", "ssh-key"]} and
        .schemes[0].strength == "strong" and .default_accounts == ["admin"]' <<<"$output"
}

@test "the manual has a table and a page of each platform, and is well formed" {
    rollcall platforms --manual >manual.7
    count=$(rollcall platforms --csv | tail -n +2 | wc -l)
    [ "$(grep -c '^\.SH ' manual.7)" -eq $((count + 3)) ]
    for pair in RS:RE EX:EE TS:TE; do
        [ "$(grep -c "^\.${pair%:*}$" manual.7)" -eq "$(grep -c "^\.${pair#*:}$" manual.7)" ]
    done
    ! grep -vE '^\.(TH|SH|SS|PP|TP|IP|RS|RE|EX|EE|TS|TE|B|BR|I|br|nh|ad)( |$)' manual.7 | grep '^\.'
    ! grep -nE "^'" manual.7 | grep -v "^1:"
    if command -v groff >/dev/null; then
        groff -t -man -Tutf8 -rLL=100n -ww -z manual.7 >trouble 2>&1
        [ ! -s trouble ] || { head trouble; false; }
    fi
}
