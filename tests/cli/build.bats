#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# build.bats - minibox build: instructions, variables, COPY, cache, stages
load helper

# ---- the shape of a build --------------------------------------------------

@test "build: steps are numbered, the image is named, rc 0" {
    dockerfile <<<$'FROM busybox\nRUN echo from-run\nCMD ["echo", "hi"]'
    built
    output_has 'Step 1/3 : FROM busybox' 'Step 2/3 : RUN echo from-run' \
        $'\nfrom-run\n' 'Successfully built ' 'Successfully tagged t:latest'
    check minibox run --rm t
    output_is hi
}

@test "build: -q prints the ID alone, and progress goes to stderr" {
    dockerfile <<<$'FROM busybox\nRUN echo x'
    check minibox build -q "$context"
    [[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
    error_is ""
    check minibox build "$context"
    output_is ""
    error_has 'Step 1/2'
}

@test "build: without -t the image has no name, with two it has both" {
    dockerfile <<<$'FROM busybox\nENV UNNAMED=1'
    local id
    id=$(minibox build -q "$context")
    check minibox images
    output_has '<none>' "${id:7:12}"
    minibox build -q -t one -t two:x "$context"
    check minibox images
    lacks '<none>' "$(grep -F "${id:7:12}" <<<"$output")"
    same 2 "$(grep -cF "${id:7:12}" <<<"$output")"
    minibox rmi one two:x
}

@test "build: -f is relative to the caller, not to the context" {
    dockerfile <<<'FROM nosuch'
    echo $'FROM busybox\nENV F=1' >"$BATS_TEST_TMPDIR/Other"
    cd "$BATS_TEST_TMPDIR"
    built -f Other
}

@test "build: keywords in any case, continuations, comments between" {
    dockerfile <<'END'
# first

from busybox
Run echo a \
    # a comment inside
    && echo b \

    && echo "c # no comment" >/f
END
    built
    check in_image 'cat /f'
    output_is 'c # no comment'
}

@test "build: # escape=\` moves the escape" {
    dockerfile <<'END'
# escape=`
FROM busybox
RUN echo a `
    b >/f
END
    built
    check in_image 'cat /f'
    output_is 'a b'
}

@test "build: a # behind USER or WORKDIR is a part of it, with a warning" {
    dockerfile <<<$'FROM busybox\nUSER root # comment'
    built
    output_has warning '#'
    check minibox run --rm t true
    status_is 125
    error_has 'unable to find user root # comment'
}

# ---- RUN -------------------------------------------------------------------

@test "build: RUN in shell form, exec form, and what looks like JSON" {
    dockerfile <<'END'
FROM busybox
RUN echo $HOME >/shell
RUN ["/bin/sh", "-c", "echo exec >/exec"]
RUN ["echo", "$HOME"]
END
    built
    output_has '$HOME'
    check in_image 'cat /shell /exec'
    output_is $'/root\nexec'
    dockerfile <<<$'FROM busybox\nRUN [\'echo\', \'a\']'
    build
    status_is 1
    output_has '[echo,: not found'
}

@test "build: only files last from one RUN to the next" {
    dockerfile <<'END'
FROM busybox
RUN cd /tmp && export X=1 && echo file >/f
RUN pwd >/p; echo "${X-unset}" >>/p
END
    built
    check in_image 'cat /f /p'
    output_is $'file\n/\nunset'
}

@test "build: RUN has no input, no environment of ours, and its own PID 1" {
    dockerfile <<'END'
FROM busybox
RUN cat; env | sort | grep -v -e ^PWD -e ^SHLVL >/env; echo $$ >>/env
END
    SECRET=x built <<<input
    check in_image 'cat /env'
    has 'PATH=/usr/local/sbin' "$output"
    lacks SECRET "$output"
    same 1 "${output##*$'\n'}"
}

@test "build: a removed file and a replaced directory stay so" {
    dockerfile <<'END'
FROM busybox
RUN mkdir /d && touch /d/old /gone
RUN rm /gone && rm -r /d && mkdir /d && touch /d/new
RUN rm -r /home && echo file >/home
END
    built
    check in_image 'ls /d; ls /gone; cat /home'
    output_is $'new\nfile'
    error_has '/gone'
}

@test "build: links, modes, set-user-ID and fifos survive a layer" {
    dockerfile <<'END'
FROM busybox
RUN echo x >/a && ln /a /b && ln -s a /c && mkfifo /p && \
    cp /bin/busybox /suid && chmod 4755 /suid && mkdir -m 1777 /sticky && \
    chown 12:34 /a
END
    built
    check in_image 'stat -c "%n %F %a %h %u:%g" /a /c /p /suid /sticky
        [ /a -ef /b ] && echo same'
    output_is "/a regular file 644 2 12:34
/c symbolic link 777 1 0:0
/p fifo 644 1 0:0
/suid regular file 4755 1 0:0
/sticky directory 1777 2 0:0
same"
}

@test "build: a RUN that fails ends the build with 1 and without an image" {
    dockerfile <<<$'FROM busybox\nRUN echo before; exit 7\nRUN echo after'
    build -t never
    status_is 1
    output_has before 'did not complete successfully: exit code: 7' Dockerfile:2
    output_lacks $'\nafter'
    check minibox images
    output_lacks never
}

@test "build: --network none cuts RUN off, otherwise it has the host's" {
    dockerfile <<<$'FROM busybox\nRUN ls /sys/class/net | sort >/n'
    built --network none
    check in_image 'cat /n'
    output_is lo
    built --no-cache
    check in_image 'wc -l </n'
    output_is "$(find /sys/class/net -mindepth 1 | wc -l)"
}

# ---- USER, WORKDIR, CMD, ENTRYPOINT, SHELL ---------------------------------

@test "build: USER changes RUN and CMD, and is looked up when it is used" {
    dockerfile <<<$'FROM busybox\nUSER nobody\nRUN id -u >/tmp/f\nCMD id -u'
    built
    check minibox run --rm t
    output_is 65534
    check in_image 'cat /tmp/f'
    output_is 65534
    dockerfile <<<$'FROM busybox\nUSER repl'
    built
    fails 125 'unable to find user repl' minibox run --rm t true
    dockerfile <<<$'FROM busybox\nUSER repl\nRUN true'
    build
    status_is 1
    output_has 'unable to find user repl'
}

@test "build: WORKDIR is made, adds up, and belongs to the USER" {
    dockerfile <<'END'
FROM busybox
WORKDIR /a
WORKDIR b
USER nobody
WORKDIR c
RUN pwd >f
CMD pwd
END
    built
    check minibox run --rm t
    output_is /a/b/c
    check in_image 'cat f; stat -c "%u %a" /a/b /a/b/c'
    output_is $'/a/b/c\n0 755\n65534 755'
}

@test "build: WORKDIR is not in PATH: start.sh is not found, ./start.sh is" {
    dockerfile <<'END'
FROM busybox
WORKDIR /home/repl/project
COPY --chmod=755 start.sh .
CMD start.sh
END
    printf '#!/bin/sh\necho started in "$(pwd)"\n' >"$context/start.sh"
    built
    check minibox run --rm t
    status_is 127
    error_has 'start.sh: not found'
    check minibox run --rm t ./start.sh
    output_is 'started in /home/repl/project'
}

@test "build: the last CMD counts, and arguments replace it" {
    dockerfile <<<$'FROM busybox\nCMD echo one\nCMD echo two'
    built
    check minibox run --rm t
    output_is two
    check minibox run --rm t echo three
    output_is three
}

@test "build: ENTRYPOINT takes CMD and arguments, in shell form neither" {
    dockerfile <<<$'FROM busybox\nENTRYPOINT ["echo", "ep"]\nCMD ["cmd"]'
    built
    check minibox run --rm t
    output_is 'ep cmd'
    check minibox run --rm t arg
    output_is 'ep arg'
    check minibox run --rm --entrypoint echo t
    output_is ''
    dockerfile <<<$'FROM busybox\nENTRYPOINT ["echo", "ep"]\nCMD cmd'
    built
    check minibox run --rm t
    output_is 'ep /bin/sh -c cmd'
    dockerfile <<<$'FROM busybox\nENTRYPOINT echo shell\nCMD ["cmd"]'
    built
    check minibox run --rm t arg
    output_is shell
}

@test "build: a child's ENTRYPOINT resets the inherited CMD" {
    dockerfile <<<$'FROM busybox\nCMD ["inherited"]'
    minibox build -q -t parent "$context"
    dockerfile <<<$'FROM parent\nENTRYPOINT ["echo", "child"]'
    built
    check minibox run --rm t
    output_is child
}

@test "build: SHELL replaces /bin/sh -c" {
    dockerfile <<'END'
FROM busybox
SHELL ["/bin/echo", "echoed"]
RUN some words
CMD more words
END
    built
    output_has 'echoed some words'
    check minibox run --rm t
    output_is 'echoed more words'
}

@test "build: LABEL, EXPOSE, VOLUME, STOPSIGNAL, HEALTHCHECK, ONBUILD, MAINTAINER" {
    dockerfile <<'END'
FROM busybox
LABEL a=b "c d"="e f"
EXPOSE 80 53/udp
VOLUME ["/v"]
STOPSIGNAL SIGINT
HEALTHCHECK CMD true
ONBUILD RUN echo later
MAINTAINER me
END
    built
    check minibox inspect t
    output_has '"c d": "e f"' '"80/tcp"' '"53/udp"' '"/v"' '"SIGINT"' \
        '"RUN echo later"' '"Author": "me"' CMD-SHELL
}

# ---- COPY and ADD ----------------------------------------------------------

# copy_test: a context with files a and b, a directory d and two links.
copy_test() {
    dockerfile
    (
        cd "$context" || exit
        mkdir -p d/sub d/empty
        echo A >a
        echo B >b
        echo X >d/x
        echo Y >d/sub/y
        echo H >d/.hidden
        ln -s a link
        ln -s x d/inner
        chmod 750 d/sub
        chmod 640 a
        touch -d '2001-02-03 04:05:06 UTC' a
        echo S >'sp ace'
    )
}

@test "COPY: a file to a name, into a directory, over a file" {
    copy_test <<'END'
FROM busybox
COPY a /new
COPY a /dir/
COPY a /p/q/deep
COPY b /tmp
COPY b /new2
COPY a /new2
END
    built
    check in_image 'cat /new /dir/a /p/q/deep /tmp/b /new2'
    output_is $'A\nA\nA\nB\nA'
}

@test "COPY: a directory means its contents, merged over what is there" {
    copy_test <<'END'
FROM busybox
RUN mkdir -m 700 /there && echo old >/there/x && echo kept >/there/kept
COPY d /there
COPY d /new
END
    built
    check in_image 'cd /there; cat x kept sub/y .hidden
        stat -c %a /there /new /new/sub; ls -A /new; readlink /new/inner'
    output_is "X
kept
Y
H
700
755
750
.hidden
empty
inner
sub
x
x"
}

@test "COPY: owner root, mode and time kept; --chown and --chmod" {
    copy_test <<'END'
FROM busybox
USER nobody
COPY a /a
COPY --chown=12:34 a /b
COPY --chown=nobody a /c
COPY --chown=55 --chmod=4711 a /d
END
    built
    check in_image 'stat -c "%u:%g %a %Y" /a; stat -c "%u:%g %a" /b /c /d'
    output_is "0:0 640 981173106
12:34 640
65534:65534 640
55:55 4711"
}

@test "COPY: wildcards, several sources, and the JSON form" {
    copy_test <<'END'
FROM busybox
COPY [ab] /one/
COPY d/* /flat/
COPY a d /two/
COPY ["sp ace", "/d/"]
COPY ? /three/
END
    built
    check in_image 'cd /; echo one/*; echo flat/*; echo two/*; echo three/*
        cat "/d/sp ace"'
    output_is "one/a one/b
flat/inner flat/x flat/y
two/a two/empty two/inner two/sub two/x
three/a three/b three/empty three/inner three/sub three/x
S"
}

@test "COPY: several sources need a / at the end" {
    copy_test <<<$'FROM busybox\nCOPY a b /x'
    build
    status_is 1
    output_has 'the destination must be a directory and end with a /'
}

@test "COPY: a wildcard without a match copies nothing or is an error" {
    copy_test <<<$'FROM busybox\nCOPY *.none /x/'
    build
    [ "$status" -eq 0 ] || output_has 'no file in the context matches'
}

@test "COPY: absolute sources are the context's, and .. leads nowhere" {
    copy_test <<<$'FROM busybox\nCOPY /a /x'
    built
    check in_image 'cat /x'
    output_is A
    dockerfile <<<$'FROM busybox\nCOPY /etc/passwd /x'
    build
    status_is 1
    output_has '"/etc/passwd": not found'
    echo outside >"$BATS_TEST_TMPDIR/secret"
    dockerfile <<<$'FROM busybox\nCOPY ../secret /x'
    build
    status_is 1
    output_has '"/secret": not found'
}

@test "COPY: a link that is named is followed, but only inside the context" {
    copy_test <<<$'FROM busybox\nCOPY link /x\nCOPY d /y'
    built
    check in_image 'cat /x; test -L /x || echo file; readlink /y/inner'
    output_is $'A\nfile\nx'
    ln -s /etc/passwd "$context/abs"
    ln -s ../../../../../../etc/passwd "$context/rel"
    local link
    for link in abs rel; do
        dockerfile <<<$'FROM busybox\nCOPY '"$link"' /x'
        build
        status_is 1
        output_has 'not found'
    done
}

@test "COPY: a link in the image at the destination does not lead out" {
    local canary=$BATS_TEST_TMPDIR/canary
    mkdir "$canary"
    copy_test <<END
FROM busybox
RUN ln -s $canary /out && ln -s ../../../../../..$canary /rel
COPY a /out/
COPY a /rel/
END
    build
    same "" "$(ls -A "$canary")"
}

@test "COPY: to a link to a directory or file follows it" {
    copy_test <<'END'
FROM busybox
RUN mkdir /real && ln -s real /dlink && echo old >/rf && ln -s rf /flink
COPY a /dlink
COPY a /flink
END
    built
    check in_image 'cat /real/a /rf; readlink /dlink; readlink /flink'
    output_is $'A\nA\nreal\nrf'
}

@test "COPY: a directory onto a file is an error" {
    copy_test <<<$'FROM busybox\nCOPY d /etc/passwd'
    build
    status_is 1
    output_has 'cannot copy to non-directory'
}

@test "COPY: from a heredoc, with and without expansion" {
    dockerfile <<'END'
FROM busybox
ENV V=value
COPY <<one <<"two" /d/
with $V
one
with $V
two
COPY <<-EOF /name
	tab gone
EOF
END
    built
    check in_image 'cat /d/one /d/two /name'
    output_is $'with value\nwith $V\ntab gone'
}

@test "COPY: --from takes an image of the store" {
    dockerfile <<<$'FROM scratch\nCOPY --from=busybox /bin/busybox /etc/passwd /x/'
    built
    check minibox run --rm t /x/busybox ls /x
    output_is $'busybox\npasswd'
}

@test "ADD: an archive is unpacked, other files are copied" {
    copy_test <<<$'FROM busybox\nADD d.tar d.tgz a /out/'
    tar -C "$context/d" -cf "$context/d.tar" x
    tar -C "$context/d" -czf "$context/d.tgz" sub
    built
    check in_image 'cat /out/x /out/sub/y /out/a; ls /out'
    output_is $'X\nY\nA\na\nsub\nx'
}

# ---- heredocs --------------------------------------------------------------

@test "heredoc: RUN takes a script, and the shell's own" {
    dockerfile <<'END'
FROM busybox
RUN <<EOF
set -e
echo one >/f
echo "$((1+1))" >>/f
EOF
RUN cat <<EOF >>/f
three
EOF
END
    built
    check in_image 'cat /f'
    output_is $'one\n2\nthree'
}

@test "heredoc: without an end it is an error" {
    dockerfile <<<$'FROM busybox\nRUN <<EOF\necho'
    build
    status_is 1
    output_has 'unterminated heredoc'
}

# ---- .dockerignore ---------------------------------------------------------

# ignore_test PATTERNS: build with that .dockerignore; the files that are left
# are in $output.
ignore_test() {
    dockerfile <<<$'FROM busybox\nCOPY . /c/'
    printf '%s\n' "$@" >"$context/.dockerignore"
    (
        cd "$context" || exit
        mkdir -p a/b node
        touch x.log a/x.log a/b/z.log a/b/k README.md o.md node/m
    )
    built
    check in_image 'cd /c; find . -type f | sort | tr "\n" " "'
}

@test ".dockerignore: * stops at a slash, ** does not" {
    ignore_test '*.log' 'Dockerfile' '.dockerignore' node
    output_is './README.md ./a/b/k ./a/b/z.log ./a/x.log ./o.md '
    ignore_test '**/*.log' 'Dockerfile' '.dockerignore' '/node/'
    output_is './README.md ./a/b/k ./o.md '
}

@test ".dockerignore: the last match wins, # is a comment" {
    ignore_test '*' '# !o.md' '!a' '**/z.log'
    output_is './a/b/k ./a/x.log '
    ignore_test '*.md' '!README.md' a node Dockerfile .dockerignore
    output_is './README.md ./x.log '
}

@test ".dockerignore: what it excludes can't be named either" {
    dockerfile <<<$'FROM busybox\nCOPY secret /x'
    touch "$context/secret"
    echo secret >"$context/.dockerignore"
    build
    status_is 1
    output_has '"/secret": not found' .dockerignore
}

@test ".dockerignore: the Dockerfile's own goes before it" {
    dockerfile <<<$'FROM busybox\nCOPY . /c/'
    touch "$context/one" "$context/two"
    echo one >"$context/.dockerignore"
    printf 'two\nDockerfile*\n.dockerignore\n' \
        >"$context/Dockerfile.dockerignore"
    built
    check in_image 'ls -A /c'
    output_is one
}

@test ".dockerignore: hides itself and the Dockerfile, which are used still" {
    ignore_test '*' '!a' '**/.dockerignore' Dockerfile
    output_is './a/b/k ./a/b/z.log ./a/x.log '
    echo 'COPY Dockerfile /d' >>"$context/Dockerfile"
    build
    status_is 1
    output_has '"/Dockerfile": not found' .dockerignore
}

@test ".dockerignore: ! below a hidden directory takes back, with parents" {
    ignore_test '*' '!a/b/k' '!**/m'
    output_is './a/b/k ./node/m '
    ignore_test 'a' 'node/**' '!a/*' 'a/b/*.log' Dockerfile '*.md' '.d*'
    output_is './a/b/k ./a/x.log ./x.log '
}

@test ".dockerignore: from Windows: a mark, CRLF, and UTF-16 is refused" {
    ignore_test $'\xef\xbb\xbf*.md\r' $'# a\r' $' !o.md \r' $'Dock*\r' '.d*'
    output_is './a/b/k ./a/b/z.log ./a/x.log ./node/m ./o.md ./x.log '
    printf 'a\0\nx.log\n' >"$context/.dockerignore"
    build
    status_is 1
    output_has 'NUL bytes'
    echo '[' >"$context/.dockerignore"
    build
    status_is 1
    output_has '.dockerignore line 1: syntax error in pattern: ['
}

@test ".dockerignore: one that is no file is an error, a broken link is none" {
    dockerfile <<<$'FROM busybox\nCOPY . /c/'
    mkdir "$context/.dockerignore"
    build
    status_is 1
    output_has '.dockerignore is no ordinary file'
    rmdir "$context/.dockerignore"
    ln -s /etc/passwd "$context/.dockerignore" # in the context: not there
    built
    check in_image 'readlink /c/.dockerignore'
    output_is /etc/passwd
}

# ---- stages ----------------------------------------------------------------

@test "stages: --from by name and number, unused stages are not built" {
    dockerfile <<'END'
FROM busybox AS first
RUN echo one >/one
FROM first AS second
RUN echo two >/two
FROM busybox AS unused
RUN exit 1
FROM busybox
COPY --from=first /one /
COPY --from=1 /one /two /d/
END
    built
    check in_image 'cat /one /d/two; ls /two'
    output_is $'one\ntwo'
}

@test "stages: --target ends with that one" {
    dockerfile <<<$'FROM busybox AS a\nENV S=a\nFROM busybox AS b\nRUN exit 1'
    built --target a
    check in_image 'echo $S'
    output_is a
    run -1 minibox build --target "" "$context" # the last one
    output_has 'exit code: 1'
}

# ---- verify ----------------------------------------------------------------

# verified [OPTION...]: build --verify of "v"; the result alone in $output.
verified() {
    run -"${want:-0}" --separate-stderr minibox build --verify v "$@" \
        "$context"
}

# verify_context: an image "v", and what it was built from.
verify_context() {
    dockerfile <<'END'
FROM busybox
ENV A=1
COPY f /f
RUN echo x >/x; chmod 600 /x; rm /bin/vi; rm -r /var; mkdir /var
END
    echo 1 >"$context/f"
    SOURCE_DATE_EPOCH=1000000000 minibox build -q -t v "$context" >/dev/null
}

@test "verify: an image that these files build, and no image is left" {
    verify_context
    local before
    before=$(minibox images -aq)
    verified
    output_is "v is what these files build: $(minibox inspect \
        --format '{{.Id}}' v)"
    same "$before" "$(minibox images -aq)"
    touch -d 2020-01-01 "$context/f"
    verified
}

@test "verify: each difference is named, with its layer" {
    verify_context
    echo 2 >"$context/f"
    sed -i 's/A=1/A=2/; s/chmod 600/chmod 640/; s/rm .bin.vi/rm \/bin\/sed/
        s/mkdir .var/mkdir \/var; echo >\/y/' "$context/Dockerfile"
    want=1 verified
    output_has 'v is not what these files build
layer 2, COPY f /f # buildkit:
    f: other content
layer 3, RUN /bin/sh -c '
    output_has '    x: other mode
    y: new
    the removal of bin/sed: new
    the removal of bin/vi: gone
config:
    history line'
    output_has 'Env: another'
    output_lacks time
}

@test "verify: times are told apart from the rest" {
    verify_context
    want=1 SOURCE_DATE_EPOCH=1000000001 verified
    output_has 'not what these files build, but only times differ'
    output_has '    x: other time'
    output_has 'set SOURCE_DATE_EPOCH'
}

@test "verify: each step is done at its own time" {
    local dir=/$BATS_TEST_NUMBER.$BASHPID records old new
    dockerfile <<END
FROM busybox AS base
WORKDIR $dir
FROM base
RUN echo 2 >/y
END
    # What the cache would have if the WORKDIR had been built in 2001, and the
    # RUN is of today.
    SOURCE_DATE_EPOCH=1000000000 minibox build -q --target base "$context"
    minibox build -q --target base "$context"
    records=$(grep -l "^directory $(printf %s "$dir" | sha256sum |
        cut -c 1-64)" "$MINIBOX_ROOT"/cache/*)
    old=$(xargs grep -l '^clock 1000000000$' <<<"$records")
    new=$(xargs grep -l '^clock -1$' <<<"$records")
    sed -i "1s/.*/$(head -n 1 "$old")/" "$new"
    minibox build -q -t v "$context"
    check minibox history --no-trunc --human=false v
    output_has 2001-09-09
    # The RUN may have begun in one second and ended in the next: then its layer
    # differs, and rightly so.
    run --separate-stderr minibox build --verify v "$context"
    output_has 'v is '
    output_lacks WORKDIR config: 'history line'
}

@test "verify: more and fewer layers, and a build that fails" {
    verify_context
    echo 'RUN echo' >>"$context/Dockerfile"
    want=1 verified
    output_has 'layers: 3, but building gives 4'
    echo 'RUN false' >>"$context/Dockerfile"
    want=1 verified
    output_is ''
    has 'exit code: 1' "$stderr"
    want=125 verified -t x
    has 'takes no -t' "$stderr"
    want=125 verified --check
    output_is ''
    has "--check builds nothing, so --verify can't" "$stderr"
    want=125 verified --explain-cache
    has '--verify asks no cache' "$stderr"
    run minibox build --verify nosuch "$context"
    has 'No such image: nosuch:latest' "$output"
}

# ---- cache -----------------------------------------------------------------

# hits: how many steps the last build took from the cache.
hits() { grep -c 'Using cache' <<<"$output"; }

# part FROM TO: the lines of the last build from one that has FROM to one that
# has TO; without TO to the end.
part() {
    if [ $# = 1 ]; then
        sed -n "/$1/,\$p" <<<"$output"
    else
        sed -n "/$1/,/$2/p" <<<"$output"
    fi
}

# cache_context: a Dockerfile with four steps after FROM, unlike any other's.
cache_context() {
    dockerfile <<END
FROM busybox
ENV TEST=$BATS_TEST_NUMBER.$BASHPID
COPY src /src
RUN echo ran
ENV LAST=1
END
    mkdir "$context/src"
    echo "$BATS_TEST_NUMBER.$BASHPID" >"$context/src/f"
    built
    lacks 'Using cache' "$output"
}

@test "cache: nothing changed: all steps, the same ID" {
    cache_context
    local id
    id=$(minibox build -q "$context")
    built
    same 4 "$(hits)"
    same "$id" "$(minibox build -q "$context")"
}

@test "cache: times, unused files and comments change nothing" {
    cache_context
    touch -d 2001-01-01 "$context/src/f" "$context/src"
    echo other >"$context/unused"
    sed -i '2i # a comment' "$context/Dockerfile"
    built
    same 4 "$(hits)"
}

@test "cache: content, mode, and another file each miss from COPY on" {
    cache_context
    cp "$context/src/f" "$context/first"
    local change
    for change in 'echo 2 >f' 'chmod 600 f' 'touch g' 'mkdir h' 'rm g'; do
        (cd "$context/src" && eval "$change")
        built
        lacks 'Using cache' "$(part ': COPY' ': ENV')"
    done
    # back to the beginning: known
    (cd "$context/src" && rmdir h && chmod 644 f && cp ../first f)
    built
    same 4 "$(hits)"
}

@test "cache: the text of RUN and the value of ENV miss from there on" {
    cache_context
    sed -i 's/echo ran/echo  ran/' "$context/Dockerfile"
    built
    has 'Using cache' "$(part ': COPY' ': RUN')"
    lacks 'Using cache' "$(part ': RUN' ': ENV')"
    sed -i "s/^ENV TEST=.*/ENV TEST=other$BASHPID/" "$context/Dockerfile"
    built
    lacks 'Using cache' "$(part ': RUN' ': ENV')"
}

@test "cache: an ARG's value misses at the first RUN, used or not" {
    dockerfile <<END
FROM busybox
ENV TEST=$BATS_TEST_NUMBER.$BASHPID
RUN echo before
ARG V=1
RUN echo after
END
    built
    built --build-arg V=2
    has 'Using cache' "$(part 'RUN echo before' ARG)"
    lacks 'Using cache' "$(part 'RUN echo after')"
    built --build-arg V=1
    has 'Using cache' "$(part 'RUN echo after')"
}

@test "cache: a LABEL above a RUN that changes re-runs nothing" {
    dockerfile <<END
FROM busybox
LABEL a=1
RUN echo $BATS_TEST_NUMBER.$BASHPID
END
    built
    sed -i 's/a=1/a=2/' "$context/Dockerfile"
    built
    has 'Using cache' "$(part ': RUN')"
}

@test "cache: a heredoc with a variable misses when the variable changes" {
    dockerfile <<'END'
FROM busybox
ARG V=1
COPY <<EOF /f
$V
EOF
END
    built
    built --build-arg V=2
    check in_image 'cat /f'
    output_is 2
}

@test "cache: another base image misses" {
    local n
    for n in 1 2; do
        dockerfile <<<$'FROM busybox\nRUN echo '"$n"' >/n'
        minibox build -q -t cache-base "$context"
        dockerfile <<<$'FROM cache-base\nRUN cat /n >/copy'
        built
        check in_image 'cat /copy'
        output_is "$n"
    done
}

# from_stage COMMAND [FLAG...]: a stage that does that, and a COPY --from it of
# /out; is that COPY "cached" or "done"?
from_stage() {
    local command=$1
    shift
    dockerfile <<END
FROM busybox AS made
RUN : $BATS_TEST_NUMBER.$BASHPID; mkdir /out; umask 022; $command
FROM busybox
COPY --from=made /out /in
END
    built "$@"
    if grep -q 'Using cache' <<<"$(part ': COPY')"; then
        echo cached
    else
        echo "done"
    fi
}

@test "cache: COPY --from misses if what it copies is other, only then" {
    same "done" "$(from_stage 'echo 1 >/out/f')"
    same cached "$(from_stage 'echo 1 >/out/f')"
    same cached "$(from_stage 'echo 1 >/out/f; echo other >/beside')"
    same cached "$(from_stage 'echo 1 >/out/f; touch -d @7 /out/f /out')"
    same "done" "$(from_stage 'echo 2 >/out/f')"
    same "done" "$(from_stage 'echo 1 >/out/f; chmod 600 /out/f')"
    same "done" "$(from_stage 'echo 1 >/out/f; touch /out/g')"
    same "done" "$(from_stage 'echo 1 >/out/g')"
    same "done" "$(from_stage 'echo 1 >/g; ln -s /g /out/f')"
    same cached "$(from_stage 'echo 2 >/g; ln -s /g /out/f')"
    same "done" "$(from_stage 'mkdir /out/f')"
    same "done" "$(from_stage 'echo 1 >/out/f' --no-cache)"
    check in_image 'cat /in/f'
    output_is 1
}

@test "cache: COPY --from misses if the owner is another: it is kept" {
    same "done" "$(from_stage 'touch /out/f; chown 1:2 /out/f')"
    same cached "$(from_stage ': ; touch /out/f; chown 1:2 /out/f')"
    same "done" "$(from_stage 'touch /out/f; chown 1:3 /out/f')"
    check in_image 'stat -c %u:%g /in/f'
    output_is 1:3
}

@test "cache: COPY --from an image: by content; what is missing is told" {
    local text
    for text in one one two; do
        dockerfile <<END
FROM busybox
RUN echo $text >/n; date +%N >/noise; : $BATS_TEST_NUMBER.$BASHPID
END
        minibox build -q --no-cache -t cache-from "$context"
        dockerfile <<<$'FROM busybox\nCOPY --from=cache-from /n /in/'
        built
        echo "$text $(hits)" >>"$BATS_TEST_TMPDIR/seen"
    done
    same $'one 0\none 1\ntwo 0' "$(cat "$BATS_TEST_TMPDIR/seen")"
    check in_image 'cat /in/n'
    output_is two
    dockerfile <<<$'FROM busybox\nCOPY --from=cache-from /nn /in/'
    build
    status_is 1
    output_has 'Dockerfile:2: ' '"/nn": not found'
}

@test "cache: --no-cache executes all of it" {
    cache_context
    built --no-cache
    lacks 'Using cache' "$output"
}

@test "cache: a step that failed is not remembered" {
    dockerfile <<END
FROM busybox
ENV X=$BATS_TEST_NUMBER.$BASHPID
RUN echo tried; exit 1
END
    build
    status_is 1
    build
    status_is 1
    output_has $'\ntried'
}

@test "cache: proxies are used, but neither kept nor part of the key" {
    dockerfile <<END
FROM busybox
RUN echo "proxy=\$http_proxy"; : $BASHPID
END
    built --build-arg http_proxy=http://one
    output_has $'\nproxy=http://one'
    built --build-arg http_proxy=http://two
    same 1 "$(hits)"
    check minibox history --no-trunc t
    output_lacks http://one
}

@test "cache: --explain-cache says what has changed, down to the file" {
    cache_context
    built --explain-cache
    has 'all 9 things that it depends on are as they were' \
        "$(part ': COPY' ': RUN')"
    touch -d 2001-01-01 "$context/src/f"
    echo g >"$context/src/g"
    built # now there is a step with f and g
    echo other >"$context/src/f"
    chmod 600 "$context/src/g"
    echo h >"$context/src/h h"
    built --explain-cache
    has $'differs in\n        src/f: other content\n        src/g: other mode
        src/h h: new\n' "$(part ': COPY' ': RUN')"
    has $'differs in\n        the layers below: others' \
        "$(part ': RUN' ': ENV')"
    rm "$context/src/f"
    built --explain-cache
    has $'differs in\n        src/f: gone\n --' "$(part ': COPY' ': RUN')"
}

@test "cache: --explain-cache knows variables, commands and first times" {
    dockerfile <<END
FROM busybox
ARG V=1
RUN echo $BATS_TEST_NUMBER.$BASHPID
END
    built --explain-cache
    output_has 'not in the cache'
    built --build-arg V=secret --explain-cache
    output_has $'differs in\n        variable V: other value\n'
    lacks secret "$(cat "$MINIBOX_ROOT"/cache/*)"
    sed -i 's/echo/echo other/' "$context/Dockerfile"
    built --explain-cache
    output_has $'differs in\n        the command: another\n'
    built --no-cache --explain-cache
    output_has 'nobody asks the cache'
}

@test "cache: --explain-cache and WORKDIR, secrets, -q" {
    dockerfile <<END
FROM busybox
WORKDIR /$BATS_TEST_NUMBER.$BASHPID
RUN --mount=type=secret,id=pw cat /run/secrets/pw >/f
RUN echo $BASHPID >/g
END
    echo one >"$BATS_TEST_TMPDIR/pw"
    chmod 600 "$BATS_TEST_TMPDIR/pw"
    built --secret "id=pw,src=$BATS_TEST_TMPDIR/pw"
    echo two >"$BATS_TEST_TMPDIR/pw"
    built --secret "id=pw,src=$BATS_TEST_TMPDIR/pw" --explain-cache
    same 1 "$(grep -c 'as they were (secrets are not' <<<"$output")"
    has 'as they were (secrets are not' "$(part ': RUN --mount' 'RUN echo')"
    sed -i 's/^WORKDIR .*/WORKDIR \/other/' "$context/Dockerfile"
    built --secret "id=pw,src=$BATS_TEST_TMPDIR/pw" --explain-cache
    output_has $'differs in\n        the directory: another\n'
    minibox system prune -af >/dev/null
    minibox base busybox >/dev/null
    built --secret "id=pw,src=$BATS_TEST_TMPDIR/pw" --explain-cache
    output_has 'not in the cache, which knows no step like it'
    run -125 minibox build -q --explain-cache "$context"
    output_has '-q tells nothing'
}

@test "cache: --explain-cache names ten files, and counts the rest" {
    cache_context
    local i
    for i in {1..25}; do echo >"$context/src/$i"; done
    built --explain-cache
    output_has $'\n        and 15 more\n'
}

@test "cache: --explain-cache knows a result that has been removed" {
    cache_context
    rm -rf "${MINIBOX_ROOT:?}"/layers/"$(sed -n \
        's/.*layer \([0-9a-f]*\)$/\1/p' <<<"$output" | head -1)"*
    built --explain-cache
    has 'in the cache, but its layer has been removed' \
        "$(part ': COPY' ': RUN')"
}

# ---- the image -------------------------------------------------------------

@test "image: SOURCE_DATE_EPOCH gives the same digest twice" {
    dockerfile <<'END'
FROM busybox
ENV A=1
RUN mkdir /d && for i in 1 2 3 4 5 6 7 8 9; do echo $i >/d/$i; done
COPY f /f
WORKDIR /w
END
    echo f >"$context/f"
    local one two now
    one=$(SOURCE_DATE_EPOCH=1000000000 minibox build -q --no-cache "$context")
    # in another second: a time that was left in would show
    now=$(date +%s)
    wait_until second_is_over "$now"
    touch "$context/f"
    two=$(SOURCE_DATE_EPOCH=1000000000 minibox build -q --no-cache "$context")
    same "$one" "$two"
    minibox rmi "$one" >/dev/null
}

second_is_over() { [ "$(date +%s)" != "$1" ]; }

@test "image: FROM scratch, and RUN in it fails for want of a shell" {
    dockerfile <<<$'FROM scratch\nCOPY f /f'
    echo x >"$context/f"
    built
    dockerfile <<<$'FROM scratch\nRUN echo hi'
    build
    status_is 1
    output_has 'exec: "/bin/sh": stat /bin/sh: no such file or directory'
}

@test "image: 120 layers build and run, the 126th is refused" {
    local n
    dockerfile <<END
FROM busybox
$(for n in $(seq 119); do echo "COPY f /l/$n"; done)
END
    echo f >"$context/f"
    minibox build -q -t many "$context"
    check minibox run --rm many sh -c 'ls /l | wc -l; rm /l/1; ls /l | wc -l'
    output_is $'119\n118'
    dockerfile <<END
FROM many
$(for n in $(seq 6); do echo "COPY f /m/$n"; done)
END
    build
    status_is 1
    output_has 'Step 7/7' 125
    check minibox run --rm many true
    status_is 0
}

@test "image: long names and names in UTF-8 survive" {
    local long
    long=$(printf 'n%.0s' $(seq 250))
    dockerfile <<END
FROM busybox
RUN mkdir -p /$long/$long && echo x >"/$long/$long/grüße" && \
    ln -s $long/$long /l
RUN rm "/$long/$long/grüße" && touch "/l/ñ"
END
    built
    check in_image 'echo /l/*'
    output_is /l/ñ
}
