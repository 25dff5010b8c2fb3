# What a thief of the database file reads in it without the key: names of devices, and times.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    mkdir state tmp
    export SQLITE_TMPDIR=$WORK/tmp TMPDIR=$WORK/tmp
    lab_device dev edge-1
    # what a config may hold
    sed -i 's/^username noc/username oper4tor privilege 15 password 0 cl3artext\n&/
        s/^router ospf 1/snmp-server community publ1cread RO\n&/' dev/commands/show_running-config
    start_lab dev
    cat >rollcall.yaml <<END
store: $WORK/state/history.db
key-file: $WORK/key
credentials:
  lab: { user: admin, password: { clear-text: s3cret }, enable: { clear-text: en4ble } }
sinks:
  operations-centre: { webhook: { url: 'http://127.0.0.1:9/hook-path' }, minimum-severity: 1 }
devices:
  r1: { address: 127.0.0.1, port: $LAB_PORT, credential: lab }
  r2: { address: 127.0.0.1, port: $(free_port), credential: lab }
END
    chmod 600 rollcall.yaml
    rollcall --settings rollcall.yaml --quiet init >/dev/null
}

rc() { rollcall --settings rollcall.yaml "$@"; }

# secret_words FILE...: each word of five letters and more, but what the schema itself says.
secret_words() {
    cat "$ROOT"/daemon/store/migrate-*.sql >schema
    cat "$@" | tr -cs 'A-Za-z0-9$./_:+-' '\n' | sort -u |
        awk 'BEGIN { RS = "\0"; getline schema <"schema"; RS = "\n" } length > 4 && !index(schema, $0)'
}

@test "no word of a config, an account, an address, an event, a sink or a failure lies in the files" {
    rc collect || [ $? -eq 3 ]
    sed -i 's/^username noc/username cisco_support privilege 15 secret 9 $9$abcdefghijklmn$opqrstuvwxyz\n&/' \
        dev/commands/show_running-config
    # somebody has it open, so that -wal and -shm stay
    background reader python3 -c 'import signal, sqlite3
store = sqlite3.connect("state/history.db")
store.execute("SELECT count(*) FROM device").fetchall()
print("open", flush=True)
signal.pause()'
    reader=$PID
    await_line reader open
    rc collect || [ $? -eq 3 ]
    rc key rotate
    sed -i 's/^username noc/username another_one privilege 1 secret 9 $9$abcdefghijklmn$zyxwvutsrqpo\n&/' \
        dev/commands/show_running-config
    rc collect || [ $? -eq 3 ]
    ls state/history.db-wal state/history.db-shm

    printf '%s\n' 127.0.0.1 s3cret en4ble cisco_support another_one oper4tor cl3artext publ1cread \
        account-created config-changed device-unreachable operations-centre hook-path refused \
        ssh-ed25519 ecdsa-sha2 rsa-sha2 "$LAB_PORT" mkeller lastresort rollcall-access >more
    rc show r1 --access --json | jq -r '.. | strings' >>more
    secret_words more dev/commands/show_running-config dev/lab.conf >words
    [ "$(wc -l <words)" -gt 100 ]
    # the words are what is searched for: they are found where they are
    LC_ALL=C grep -qaFf words dev/commands/show_running-config
    for file in state/* tmp/*; do
        [ -e "$file" ] || continue
        if LC_ALL=C grep -oaFf words "$file" | sort | uniq -c | grep . >found; then
            echo "in $file:" && cat found && false
        fi
    done
    stop "$reader"
    # names and times of devices may be there
    LC_ALL=C grep -qaF r1 state/history.db
}
