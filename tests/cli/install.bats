#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# install.bats - make install, the man page, and what Tab offers
load helper

# make_target TARGET: of this tree's Makefile, with what is built already.
make_target() {
    make -s -C "$HERE/../.." -o all BUILD="$MINIBOX_BIN" PREFIX=/usr \
        DESTDIR="$BATS_TEST_TMPDIR/root" "$1"
}

@test "install: it runs from where it was put; uninstall takes all of it" {
    local root=$BATS_TEST_TMPDIR/root
    make_target install
    check "$root/usr/bin/minibox" run --rm --init busybox echo hi
    status_is 0
    output_is hi
    [ -s "$root/usr/share/man/man1/minibox.1" ]
    [ -s "$root/usr/share/bash-completion/completions/minibox" ]
    make_target uninstall
    same '' "$(find "$root" ! -type d)"
    make_target install # and once more over what is there
    make_target install
}

@test "manual: each command and option is in it, and man has no complaint" {
    need_tool man
    local name
    minibox manual >"$BATS_TEST_TMPDIR/minibox.1"
    same '' "$(man --warnings -l "$BATS_TEST_TMPDIR/minibox.1" 2>&1 >/dev/null)"
    MANWIDTH=200 man -l "$BATS_TEST_TMPDIR/minibox.1" 2>/dev/null |
        col -b >"$BATS_TEST_TMPDIR/text"
    for name in $(minibox --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
        grep -qE "^ +minibox $name" "$BATS_TEST_TMPDIR/text"
    done
    grep -qF -- '--explain-cache' "$BATS_TEST_TMPDIR/text"
    grep -qF -- '-v, --volume SOURCE:TARGET[:ro]' "$BATS_TEST_TMPDIR/text"
}

# offers WORD...: what Tab gives behind these words, sorted.
offers() {
    COMP_WORDS=(minibox "$@") COMP_CWORD=$#
    compopt() { :; }
    _minibox
    printf '%s\n' "${COMPREPLY[@]}" | sort | xargs
}

@test "completion: commands, options, containers, images, files" {
    eval "$(minibox completion bash)"
    same 'restart rm rmi run' "$(offers r)"
    same 'image images import inspect' "$(offers i)"
    same 'list load ls' "$(offers image l | sed 's/layers //')"
    same '--hostname=' "$(offers run --ho)"
    has '--format=' "$(offers container ls --f)"
    minibox create --name c-one busybox >/dev/null
    minibox create --name c-two busybox >/dev/null
    same 'c-one c-two' "$(offers stop c-)"
    same 'c-two' "$(offers container rm c-one c-t)"
    same 'busybox:latest' "$(offers run busy)"
    cd "$BATS_TEST_TMPDIR"
    touch file-one file-two
    same 'file-one file-two' "$(offers load file)"
    same '' "$(offers nosuch --nothing)"
    minibox rm c-one c-two
}

@test "completion: other shells are refused by name" {
    check minibox completion zsh
    status_is 1
    error_is "minibox: completion for zsh is not in minibox (bash's is)"
    check minibox completion
    status_is 1
}
