#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# check.bats - minibox build --check: warnings without a build
load helper

setup() {
    context=$BATS_TEST_TMPDIR/context
    mkdir "$context"
}

# checked [OPTION...]: the Dockerfile on stdin is checked.
checked() {
    cat >"$context/Dockerfile"
    run --separate-stderr minibox build --check "$@" "$context"
}

@test "check: nothing to say, rc 0, nothing built" {
    checked <<<$'FROM busybox\nWORKDIR /app\nRUN exit 3\nCMD ["sh"]'
    same 0 "$status"
    output_is 'Check complete, no warnings found.'
    error_is ""
}

@test "check: a warning names rule, lesson and lines, rc 1" {
    checked <<<$'FROM busybox\nARG DB_PASSWORD\nCMD ["sh"]'
    same 1 "$status"
    same "$output" 'Check complete, 1 warning has been found!

WARNING: SecretsUsedInArgOrEnv - lesson 24
Do not use ARG or ENV instructions for sensitive data (ARG "DB_PASSWORD")
Dockerfile:2
--------------------
   1 |     FROM busybox
   2 | >>> ARG DB_PASSWORD
   3 |     CMD ["sh"]
--------------------'
    error_is ""
}

@test "check: an excerpt is five lines, or all of a long one and two" {
    checked <<<$'FROM busybox\nLABEL a=1\nLABEL b=$X \\\n  c=2\nLABEL d=3\nLABEL e=4'
    same 1 "$status"
    output_has $'Dockerfile:3\n--------------------\n   2 |     LABEL a=1\n   3 | >>> LABEL b=$X \\\n   4 | >>>   c=2\n   5 |     LABEL d=3\n-----'
    checked <<<$'FROM $X\nLABEL a=1\nLABEL b=1\nLABEL c=2\nLABEL d=3\nLABEL e=4'
    output_has $'   5 |     LABEL d=3\n-----'
}

@test "check: several warnings are counted, in the order of lines" {
    checked <<<$'from busybox AS One\nWORKDIR app\nCMD a\nCMD b'
    same 1 "$status"
    output_has 'Check complete, 7 warnings have been found!'
    same "StageNameCasing FromAsCasing ConsistentInstructionCasing WorkdirRelativePath \
JSONArgsRecommended MultipleInstructionsDisallowed JSONArgsRecommended" \
        "$(sed -n 's/^WARNING: \([A-Za-z]*\) - lesson [0-9][0-9]$/\1/p' \
            <<<"$output" | paste -sd' ')"
}

@test "check: --json and docker's --call=check,format=json" {
    checked --json <<<$'FROM busybox\nWORKDIR app'
    same 1 "$status"
    need_tool jq
    same 'WorkdirRelativePath 23 2 2 Dockerfile' "$(jq -r '.warnings[0] as $w |
        "\($w.ruleName) \($w.lesson) \($w.location.ranges[0].start.line) \($w.location.ranges[0].end.line) \(.sources[$w.location.sourceIndex].filename)"' \
        <<<"$output")"
    local first=$output
    run minibox build --call=check,format=json "$context"
    same "$first" "$output"
    echo 'FROM busybox' >"$context/Dockerfile"
    run -0 minibox build --check --json "$context"
    same 0 "$(jq '.warnings | length' <<<"$output")"
}

@test "check: what --call and --json refuse" {
    echo 'FROM busybox' >"$context/Dockerfile"
    run -0 minibox build --call check "$context"
    run -125 --separate-stderr minibox build --call outline "$context"
    error_has '--call outline is not in minibox' 'check,format=json'
    run -125 --separate-stderr minibox build --json "$context"
    error_has '--json is for --check'
}

@test "check: directives switch rules off, and on" {
    checked <<<$'# check=skip=WorkdirRelativePath\nFROM busybox\nWORKDIR app'
    same 0 "$status"
    checked <<<$'FROM busybox\n# check=skip=WorkdirRelativePath as meant\nWORKDIR app'
    same 0 "$status"
    checked <<<$'# check=experimental=all\n# what\nFROM busybox AS b'
    same 1 "$status"
    output_has 'WARNING: InvalidDefinitionDescription - lesson 19'
    checked <<<$'# check=skip:x\nFROM busybox'
    same 1 "$status"
    error_has 'failed to parse check options: invalid check option "skip:x"'
}

@test "check: an error is told after the warnings before it" {
    checked <<<$'FROM busybox\nWORKDIR app\nUSER ${X'
    same 1 "$status"
    output_has 'Check stopped, 1 warning has been found!' WorkdirRelativePath
    error_has 'Dockerfile:3' "missing '}'"
    checked <<<$'FROM busybox\nNOSUCH'
    same 1 "$status"
    output_is ""
    error_has 'unknown instruction: NOSUCH'
}

@test "check: .dockerignore, -f, --target and --build-arg count" {
    echo secret >"$context/.dockerignore"
    echo $'FROM busybox AS a\nCOPY secret /\nFROM busybox\nUSER $U' \
        >"$BATS_TEST_TMPDIR/Other"
    run -1 minibox build --check -f "$BATS_TEST_TMPDIR/Other" "$context"
    output_has CopyIgnoredFile UndefinedVar "$BATS_TEST_TMPDIR/Other:2"
    run -1 minibox build --check -f "$BATS_TEST_TMPDIR/Other" --target a \
        "$context"
    output_has CopyIgnoredFile
    lacks UndefinedVar "$output"
    echo $'ARG B\nFROM $B' >"$context/Dockerfile"
    run -1 minibox build --check --build-arg B=busybox "$context"
    output_has InvalidDefaultArgInFrom
    run -0 minibox build --check --build-arg B=busybox \
        --build-arg BUILDKIT_DOCKERFILE_CHECK=skip=all "$context"
}

@test "check: a build counts its warnings at the end, -q does not" {
    echo $'FROM busybox\nMAINTAINER me' >"$context/Dockerfile"
    run -0 --separate-stderr minibox build "$context"
    error_has '1 warning found (use --check to expand):' \
        ' - MaintainerDeprecated: ' '(line 2)'
    run -0 --separate-stderr minibox build -q "$context"
    error_is ""
}

@test "check: error=true stops a build before its first step" {
    echo $'# check=error=true\nFROM busybox\nMAINTAINER me\nWORKDIR a' \
        >"$context/Dockerfile"
    run -1 --separate-stderr minibox build -t never "$context"
    error_has 'lint violation found for rules: MaintainerDeprecated,' \
        '2 warnings found'
    lacks 'Step' "$stderr"
    run -1 minibox inspect never
}
