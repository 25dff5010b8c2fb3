#!/usr/bin/env bats
# The mappings against the YANG modules that vendors and standards bodies publish, which are not ours to
# carry along. ROLLCALL_YANG_MODELS is a folder with clones of their repositories (tests/mappings.py).

@test "every path of a mapping names nodes that its modules have" {
    [ -n "${ROLLCALL_YANG_MODELS:-}" ] || skip "no YANG modules: set ROLLCALL_YANG_MODELS to their folder"
    command -v yanglint >/dev/null || skip "no yanglint (libyang2-tools)"
    python3 -c 'import yaml' 2>/dev/null || skip "no PyYAML (python3-yaml)"
    run python3 "$BATS_TEST_DIRNAME/../mappings.py" "$BATS_TEST_DIRNAME/../../models" "$ROLLCALL_YANG_MODELS"
    echo "$output"
    [ "$status" -eq 0 ]
}
