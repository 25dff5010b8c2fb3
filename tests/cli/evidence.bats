# Files of evidence: what they prove to who has nothing but a key, and a second verifier.

bats_require_minimum_version 1.5.0
load ../lib

setup() {
    lib_setup
    "$BUILD/tests/live/bundle" .
    SEED=$(printf 'the seed of a log only for test\0' | od -An -v -tx1 | tr -d ' \n')
    verifier=$ROOT/tests/cli/evidence_verify.py
}

@test "a file of evidence is checked with the public key alone: no settings, no store" {
    for key in log.pem log.key "$(cat log.key)"; do
        run --separate-stderr rollcall verify --settings /nonexistent --key "$key" redacted.html
        [ "$status" -eq 0 ] && [ -z "$stderr" ]
        [[ "$output" == *"the one you gave"* && "$output" == *"the file proves what it shows"* ]]
        [[ "$output" == *"2 hidden lines"* ]]
    done
    run --separate-stderr rollcall verify --key log.pem --json full.html
    jq -e '.kind == "evidence-check" and .good and .key_given and .device == "edge-1" and .version == 2
        and .size == 9 and ([.findings[] | select(.state == "wrong")] == [])' <<<"$output"
}

@test "without a key from elsewhere it is said that anybody may have made the file" {
    run rollcall verify redacted.html
    [ "$status" -eq 0 ]
    [[ "$output" == *"anybody may have made it"* && "$output" == *"only a key from elsewhere tells"* ]]
}

@test "a changed file, and another key, are exit code 5 with what is wrong" {
    sed 's/"text": "hostname edge-1/"text": "hostname edge-2/' redacted.html >changed.html
    run rollcall verify --key log.pem changed.html
    [ "$status" -eq 5 ]
    [[ "$output" == *"part running: its lines are not those in the log"* ]]
    [[ "$output" == *"the file was changed after it was signed"* && "$output" == *"believe nothing of it"* ]]
    openssl genpkey -algorithm ed25519 -out other.key
    openssl pkey -in other.key -pubout -out other.pem
    run rollcall verify --key other.pem redacted.html
    [ "$status" -eq 5 ] && [[ "$output" == *"another public key than the one you gave"* ]]
}

@test "what is no evidence, or no key, is exit code 2 with its place" {
    echo '{}' >none
    run rollcall verify none
    [ "$status" -eq 2 ] && [[ "$output" == *"none:1:1: this is no evidence"* ]]
    sed 's/"full": false/"full": fals/' redacted.html >cut.html
    line=$(grep -n '"full": fals' cut.html | cut -d: -f1)
    run rollcall verify cut.html
    [ "$status" -eq 2 ] && [[ "$output" == *"cut.html:$line:"* ]]
    run rollcall verify missing.html
    [ "$status" -eq 2 ] && [[ "$output" == *missing.html* ]]
    run rollcall verify --key none redacted.html
    [ "$status" -eq 2 ] && [[ "$output" == *"no public key of a log"* ]]
}

@test "the page needs nothing from elsewhere, runs nothing, and shows no secret" {
    ! grep -qE 's3cret|t0psecret' redacted.html
    ! grep -qiE '(src|href|action)=|url\(|@import' redacted.html
    [ "$(grep -c '<script' redacted.html)" = 2 ]
    grep -q "default-src 'none'" redacted.html
    grep -q 's3cret' full.html
}

@test "a verifier written from the format's document finds these files good" {
    for file in redacted.html full.html; do
        python3 "$verifier" "$file" log.pem
        python3 "$verifier" "$file" "$(cat log.key)"
    done
}

@test "both verifiers refuse whatever is changed, removed or swapped" {
    run python3 "$ROOT/tests/cli/evidence_tamper.py" "$BUILD/rollcall" redacted.html log.pem 3
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "both verifiers judge alike what a holder of the key changed and signed again" {
    run python3 "$ROOT/tests/cli/evidence_tamper.py" "$BUILD/rollcall" redacted.html log.pem 2 "$SEED"
    echo "$output"
    [ "$status" -eq 0 ]
}
