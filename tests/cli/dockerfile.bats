#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# dockerfile.bats - minibox dockerfile: the tree, as BuildKit's parser shows it
load helper

# parses WANTED: what is in $work/F looks like that.
parses() {
    check minibox dockerfile "$work/F"
    status_is 0
    output_is "$1"
}

setup() {
    work=$BATS_TEST_TMPDIR
}

@test "dockerfile: flags, arrays, pairs, triggers, and what is no instruction" {
    printf '%s\n' 'FROM a AS b' 'COPY --from=a ["x y", "/z"]' 'ENV A="1 2" B=c' \
        'LABEL a b  c' 'ONBUILD RUN  make' 'Foo bar' 'HEALTHCHECK none' \
        'RUN' "RUN ['a']" >"$work/F"
    parses '(from "a" "AS" "b")
(copy ["--from=a"] "x y" "/z")
(env "A" "\"1 2\"" "=" "B" "c" "=")
(label "a" "b  c" "")
(onbuild (run "make"))
(foo "")
(healthcheck "none")
(run)
(run "['"'a'"']")'
}

@test "dockerfile: characters are Go's, byte for byte" {
    printf 'RUN \xc3\xa9\xe2\x82\xac \xff \x01 \xc2\xa0 \xe2\x80\x8b \xf3\xb0\x80\x80 \\\n' >"$work/F"
    parses '(run "é€ \xff \x01 \u00a0 \u200b \U000f0000")'
    printf '\xef\xbb\xbf# escape=`\r\nENV a=b`\r\nc `\r\n\xc2\xa0# no\r\n d=\xff\r\n' >"$work/F"
    parses '(env "a" "bc" "=" "d" "�" "=")'
    printf 'COPY --chown=\xc3\xa9 a b\n' >"$work/F"
    parses '(copy ["--chown=Ã©"] "a" "b")'
}

@test "dockerfile: here-documents are not instructions" {
    printf 'RUN <<A cat << "B C"\nUSER x\nA\n$y\nB C\nCMD ["a"]\n' >"$work/F"
    parses '(run "<<A cat << \"B C\"")
(cmd "a")'
    check minibox dockerfile --json - <"$work/F"
    status_is 0
    same '[["A","USER x\n",true,false],["B C","$y\n",false,false]]' \
        "$(jq -c '[.[0].heredocs[] | [.name, .content, .expand, .chomp]]' <<<"$output")"
    same '["RUN",[],false,1,5]' \
        "$(jq -c '.[0] | [.instruction, .flags, .json, .line, .last_line]' <<<"$output")"
    same true "$(jq -c '.[1].json' <<<"$output")"
}

@test "dockerfile: an error has a line, a column and a caret" {
    printf 'FROM a\nENV A=b \\\n  c\n' >"$work/F"
    check minibox dockerfile "$work/F"
    status_is 1
    error_has ":3:3: Syntax error" '3 |   c' '      |   ^'
}

@test "dockerfile: binary files, endless lines and endless heredocs" {
    head -c 100000 "$(command -v bash)" >"$work/F"
    fails 1 'NUL byte' minibox dockerfile "$work/F"
    yes x | tr -d '\n' | head -c 100000000 >"$work/F"
    fails 1 'is larger than' minibox dockerfile "$work/F"
    printf 'RUN %0100000d' 1 >"$work/F"
    fails 1 'greater than max allowed size of 65535' minibox dockerfile "$work/F"
    { echo 'RUN <<E' && yes | head -n 1000000; } >"$work/F"
    fails 1 'unterminated heredoc' minibox dockerfile "$work/F"
    yes 'RUN a' | head -n 100000 >"$work/F"
    check timeout 20 minibox dockerfile "$work/F"
    status_is 0
    same 100000 "$(wc -l <<<"$output")"
}
