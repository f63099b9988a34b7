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

@test "dockerfile: what is no file to read, a file that nobody may read" {
    mkdir "$work/dir"
    fails 1 'Is a directory' minibox dockerfile "$work/dir"
    fails 1 'No such file' minibox dockerfile "$work/none"
    fails 1 'is larger than' minibox dockerfile /dev/zero
    mkfifo "$work/fifo"
    fails 1 'a pipe that nobody has written to' \
        timeout 20 minibox dockerfile "$work/fifo"
    echo USER a >"$work/F"
    cat "$work/F" >"$work/fifo" &
    check timeout 20 minibox dockerfile "$work/fifo"
    output_is '(user "a")'
    check minibox dockerfile <(cat "$work/F")
    output_is '(user "a")'
    fails 1 'nobody has written' minibox dockerfile <(true)
}

@test "dockerfile: a file without permission" {
    only_user "root may read everything"
    echo USER a >"$work/F"
    chmod 0 "$work/F"
    fails 1 'Permission denied' minibox dockerfile "$work/F"
}

@test "dockerfile: nothing in it, and far too deep" {
    true >"$work/F"
    fails 1 'cannot be empty' minibox dockerfile "$work/F"
    printf '# a\n\n# b\n' >"$work/F"
    fails 1 ':3: file with no instructions' minibox dockerfile "$work/F"
    local open shut
    open=$(printf '${A:-%.0s' {1..10000}) shut=$(printf '}%.0s' {1..10000})
    echo "ENV A=$open$shut" >"$work/F"
    check minibox dockerfile "$work/F"
    status_is 0
    printf 'RUN <<%s\n' "$open" >"$work/F"
    fails 1 'nested more than 500 deep' minibox dockerfile "$work/F"
}

@test "dockerfile: an error brings no control character to the terminal" {
    printf 'ENV a=\x1b[2J\xc2\x9b\x9b\xff\x7f\xc3\xa9 b\n' >"$work/F"
    check minibox dockerfile "$work/F"
    status_is 1
    error_has '    1 | ENV a=?[2J????é b' '      |                 ^'
}
