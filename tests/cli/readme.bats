# The documents show what the program prints.

load ../lib

@test "every example of the README prints what the README shows" {
    cd "$ROOT"
    run python3 tests/examples.py "$BUILD" README.md
    [ "$status" -eq 0 ] || { echo "$output"; false; }
}

@test "the tutorial adds a platform from nothing, and prints what it shows" {
    cd "$ROOT"
    run python3 tests/examples.py --in-folder "$BUILD" drivers/platforms/TUTORIAL.md
    [ "$status" -eq 0 ] || { echo "$output"; false; }
}
