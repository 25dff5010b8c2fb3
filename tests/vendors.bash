# For tests of sessions with vendors' systems: what one prompts and prints, and what `try` makes of it.

bats_require_minimum_version 1.5.0
load ../lib

# device PROMPT SETTING...: one that knows no commands yet
device() {
    mkdir -p dev/commands
    printf '%s\n' 'hostname core-1' 'user admin s3cret' 'auth password' "prompt $1" "${@:2}" >dev/lab.conf
}

# says COMMAND: what it prints at this command, from stdin
says() { cat >"dev/commands/$(printf %s "$1" | tr -c '[:alnum:].-' _)"; }

# try [OPTION...]: knowing nothing of the platform
try() {
    start_lab dev
    ROLLCALL_PASSWORD=s3cret run --separate-stderr rollcall try --json --accept-new "$@" "admin@127.0.0.1:$LAB_PORT"
    [ "$status" -le 1 ] || { echo "exit $status: $stderr"; cat dev.log; false; }
}
