#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# build-copy.bats - COPY and ADD to the letter
load helper

# ---- owners and modes ------------------------------------------------------

@test "COPY --chown: names of the image, numbers, one of the two, variables" {
    dockerfile <<'END'
FROM busybox
ENV WHO=nobody
COPY --chown=nobody f /1
COPY --chown=nobody:root f /2
COPY --chown=12 f /3
COPY --chown=12:staff f /4
COPY --chown=:34 f /5
COPY --chown=$WHO:${NONE:-7} f /6
COPY --chown= f /7
COPY --chown=12:34 f /made/on/the/way
END
    echo >"$context/f"
    built
    check in_image 'stat -c %u:%g /1 /2 /3 /4 /5 /6 /7 /made/on'
    output_is $'65534:65534\n65534:0\n12:12\n12:50\n0:34\n65534:7\n0:0\n12:34'
    local who
    for who in nosuch root:nosuch 1x; do
        dockerfile <<<$'FROM busybox\nCOPY --chown='"$who f /"
        build
        status_is 1
        output_has "--chown=$who" Dockerfile:2
    done
}

@test "COPY --chmod: octal, symbolic, with a variable, on directories" {
    dockerfile <<'END'
FROM busybox
ENV M=711
COPY --chmod=4755 f /1
COPY --chmod=u+x,go-r f /2
COPY --chmod=$M f /3
COPY --chmod=a=rX d /4
COPY --chmod=g=u f /5
COPY --chmod=+w f /6
END
    mkdir "$context/d"
    echo >"$context/f"
    cp "$context/f" "$context/d/f"
    mkdir "$context/d/sub"
    built
    check in_image 'stat -c %a /1 /2 /3 /4/f /4/sub /5 /6'
    output_is $'4755\n700\n711\n444\n555\n664\n644'
    local mode
    for mode in 8 99999 u+q '' x+r u r,; do
        dockerfile <<<$'FROM busybox\nCOPY --chmod='"$mode f /"
        build
        [ -z "$mode" ] || output_has "invalid chmod parameter: '$mode'"
    done
    status_is 1
}

# ---- where files come from -------------------------------------------------

@test "COPY: what is missing, and what is called almost like it" {
    dockerfile <<<$'FROM busybox\nCOPY src/requirments.txt /'
    mkdir "$context/src"
    touch "$context/src/requirements.txt" "$context/secret"
    build
    status_is 1
    output_has '"/src/requirments.txt": not found' \
        'did you mean "src/requirements.txt"?'
    dockerfile <<<$'FROM busybox\nCOPY Src /'
    build
    output_has 'did you mean "src"?'
    dockerfile <<<$'FROM busybox\nCOPY secre /'
    echo secret >"$context/.dockerignore"
    build
    output_has '"/secre": not found'
    output_lacks 'did you mean'
}

@test "COPY --from: links of a stage lead nowhere but into the stage" {
    echo host >"$BATS_TEST_TMPDIR/host"
    dockerfile <<END
FROM busybox AS tools
RUN echo inside >/f && ln -s /f /link && ln -s $BATS_TEST_TMPDIR/host /out
RUN ln -s ../../../../../../../f /up && mkdir /d && ln -s /f /d/l
FROM busybox
COPY --from=tools /link /a
COPY --from=tools /up /b
COPY --from=tools /d /d
END
    built
    check in_image 'cat /a /b; readlink /d/l'
    output_is $'inside\ninside\n/f'
    echo 'COPY --from=tools /out /c' >>"$context/Dockerfile"
    build
    status_is 1
    output_has '/out": not found'
}

@test "COPY --from: files keep their owners, unless there is a --chown" {
    dockerfile <<'END'
FROM busybox AS tools
RUN mkdir -p /d/sub && echo x >/d/sub/f && ln -s f /d/sub/l && \
    chown -h 3:4 /d/sub/f /d/sub/l && chown 5:6 /d/sub && chown 7:8 /d
FROM busybox
COPY --from=tools /d /made/d
COPY --from=tools /d/sub/f /file
COPY --from=tools --chown=9 /d /given
END
    built
    check in_image 'stat -c "%u:%g %n" /made /made/d /made/d/sub \
        /made/d/sub/f /made/d/sub/l /file /given /given/sub /given/sub/f'
    output_is '0:0 /made
0:0 /made/d
5:6 /made/d/sub
3:4 /made/d/sub/f
3:4 /made/d/sub/l
3:4 /file
9:9 /given
9:9 /given/sub
9:9 /given/sub/f'
}

@test "COPY --from: a stage after this one, and one that is not there" {
    dockerfile <<<$'FROM busybox\nCOPY --from=b /x /\nFROM busybox AS b'
    build --target 0
    status_is 1
    output_has 'needs to be defined before' Dockerfile:2
    dockerfile <<<$'FROM busybox AS a\nCOPY --from=a /x /'
    build
    output_has 'circular dependency'
    dockerfile <<<$'FROM busybox\nCOPY --from=nosuch /x /'
    build
    output_has '"nosuch" is neither a stage'
    dockerfile <<<$'FROM busybox\nRUN echo ran\nCOPY --from=7 /x /'
    build
    status_is 1
    output_has 'invalid stage index 7'
    output_lacks $'\nran'
}

@test "COPY: sockets and devices are left out, with a word" {
    dockerfile <<<$'FROM busybox\nCOPY d /d'
    mkdir -p "$context/d/sub"
    touch "$context/d/f"
    mkfifo "$context/d/fifo"
    python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$context/d/sub/sock"
    built
    output_has 'left out, no file: "d/sub/sock"'
    check in_image 'cd /d; find . | sort | tr "\n" " "'
    output_is '. ./f ./fifo ./sub '
    dockerfile <<<$'FROM busybox\nCOPY d/sub/sock /d'
    build
    status_is 1
    output_has 'sockets and devices cannot be copied'
}

@test "COPY: a name can have any byte, and does nothing to the terminal" {
    dockerfile <<<$'FROM busybox\nCOPY d /d'
    mkdir "$context/d"
    python3 -c 'import socket, os, sys
os.chdir(sys.argv[1])
socket.socket(socket.AF_UNIX).bind(b"s\x1b[2J\n\xff")
for name in b"a\nb", b"c\xff\x1b[31m", b"-rf", b"\xe2\x80\xae":
    open(name, "w").close()' "$context/d"
    built
    output_has 'left out, no file: "d/s\x1b[2J\n\xff"'
    check in_image 'cd /d; find . -print0 | sort -z |
        od -An -c | tr -d " \n"'
    output_is '.\0./-rf\0./a\nb\0./c377033[31m\0./342200256\0'
}

@test "COPY: files that a user cannot read are told by name" {
    only_user "root reads all"
    if [ ! -e /etc/shadow ] || [ -r /etc/shadow ]; then
        skip "no /etc/shadow that must not be read"
    fi
    check minibox build -f - /etc <<<$'FROM busybox\nCOPY shadow passwd /d/'
    status_is 1
    error_has 'Dockerfile:2: /shadow: open: Permission denied'
    # One's own are read whatever their mode is: one is root in there.
    dockerfile <<<$'FROM busybox\nCOPY f /f'
    echo content >"$context/f"
    chmod 0 "$context/f"
    built
}

@test "COPY: hard links stay links, holes stay holes, setuid stays" {
    dockerfile <<<$'FROM busybox\nCOPY d /d'
    mkdir "$context/d"
    (
        cd "$context/d" || exit
        echo x >a
        ln a b
        mkdir sub
        ln a sub/c
        cp a other
        chmod 4711 other
        truncate -s 64M hole
        printf end >>hole
    )
    built
    check in_image 'cd /d; [ a -ef b ] && [ a -ef sub/c ] && echo same
        stat -c "%n %h %a" a other; tail -c 3 hole; stat -c " %s" hole'
    output_is $'same\na 3 644\nother 1 4711\nend 67108867'
}

@test "COPY: files and heredocs in one line, files first in the history" {
    dockerfile <<'END'
FROM busybox
COPY <<one f <<-"two" /d/
1
one
	2
two
END
    echo f >"$context/f"
    built
    check in_image 'cat /d/one /d/two /d/f'
    output_is $'1\n2\nf'
    check minibox history --no-trunc --format '{{.CreatedBy}}' t
    output_has 'COPY f <<one <<two /d/ # buildkit'
}

# ---- ADD of archives -------------------------------------------------------

@test "ADD: archives by content: tar, gzip, zstd; not what only looks so" {
    dockerfile <<'END'
FROM busybox
ADD *.arc /out/
ADD fake.tar gz.gz /in/
ADD --unpack=false 1.arc /plain
ADD --chown=12:34 1.arc /owned/
END
    (
        cd "$context" || exit
        echo one >one && echo two >two && echo three >three
        chmod 600 one
        tar --owner=5 --group=6 -cf 1.arc one
        tar -czf 2.arc two
        tar -c three | zstd -qc >3.arc
        echo 'no archive' >fake.tar
        echo 'no archive' | gzip >gz.gz
    )
    built
    check in_image 'cd /out; cat one two three; stat -c "%a %u:%g" one
        ls /in; stat -c %u:%g /owned /owned/one; od -An -c -N3 /plain'
    output_is $'one\ntwo\nthree\n600 5:6\nfake.tar\ngz.gz\n12:34\n5:6\n   o   n   e'
    printf 'BZh91AY' >"$context/x.bz2"
    dockerfile <<<$'FROM busybox\nADD x.bz2 /'
    build
    status_is 1
    output_has 'minibox does not unpack bzip2' --unpack=false
}

@test "ADD: an archive cannot reach out of the image" {
    dockerfile <<END
FROM busybox
RUN ln -s $BATS_TEST_TMPDIR/canary /out
ADD evil.tar /
ADD other.tar /out/
END
    mkdir "$BATS_TEST_TMPDIR/canary"
    (
        cd "$context" || exit
        mkdir -p t/out && echo x >t/out/planted
        tar -C t -cf evil.tar out/planted
        tar -C t/out -cf other.tar planted
    )
    run build
    same "" "$(ls -A "$BATS_TEST_TMPDIR/canary")"
}

# ---- ADD of URLs -----------------------------------------------------------

# serve: start the server of file_server.py; $url is where it is.
serve() {
    python3 "$HERE/file_server.py" "$BATS_TEST_TMPDIR/port" \
        >"$BATS_TEST_TMPDIR/requests" 2>&1 3>&- &
    server=$!
    wait_until test -e "$BATS_TEST_TMPDIR/port"
    url=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")
}
stop_server() {
    kill "$server"
    wait "$server" || true
}
requests() { grep -c . "$BATS_TEST_TMPDIR/requests"; }

@test "ADD URL: name, mode, time and owner; nothing is unpacked" {
    serve
    dockerfile <<END
FROM busybox
ADD $url/d/file.txt?version=1#x /d/
ADD $url/a%20b /d/
ADD $url/to/d/file.txt /named
ADD --chmod=644 --chown=12:34 $url/t.tgz /d/
ADD --unpack=true $url/t.tgz /un/
ADD $url/ /d/
END
    built
    stop_server
    output_has 'note: http, and no --checksum'
    check in_image 'cd /d; ls; cat file.txt "a b" /named /un/inside
        stat -c "%a %u:%g %Y" file.txt t.tgz'
    output_is "__unnamed__
a b
file.txt
t.tgz
text
blank
text
in
600 0:0 981173106
644 12:34 0"
}

@test "ADD URL: --checksum: checked, and then nothing is fetched again" {
    serve
    local sum
    sum=sha256:$(printf 'text\n' | sha256sum | cut -d' ' -f1)
    dockerfile <<<$'FROM busybox\nADD --checksum='"$sum $url/d/file.txt /f"
    built
    output_lacks 'note: http'
    same 1 "$(requests)"
    built
    output_has 'Using cache'
    same 1 "$(requests)"
    dockerfile <<<$'FROM busybox\nADD --checksum='"${sum%?}0 $url/d/file.txt /f"
    build
    status_is 1
    output_has 'digest mismatch' "$sum"
    stop_server
    dockerfile <<<$'FROM busybox\nADD --checksum=md5:x '"$url/x /f"
    build
    status_is 1
    output_has --checksum
    dockerfile <<<$'FROM busybox\nADD --checksum='"$sum f /f"
    build
    output_has 'checksum requires HTTP(S) sources'
    dockerfile <<<$'FROM busybox\nADD --checksum='"$sum f $url/x /f"
    build
    output_has 'checksum can'\''t be specified for multiple sources'
}

@test "ADD URL: without a checksum it is fetched, and known by its content" {
    serve
    dockerfile <<<$'FROM busybox\nADD '"$url/d/file.txt /f"
    built
    built
    output_has 'Using cache'
    same 2 "$(requests)"
    stop_server
}

@test "ADD URL: what can go wrong is told in one line" {
    serve
    local path
    for path in nosuch:404 round:'more than 10' down:ftp:// cut:; do
        dockerfile <<<$'FROM busybox\nADD '"$url/${path%%:*} /f"
        build
        status_is 1
        output_has "ADD $url/${path%%:*}: " "${path#*:}" Dockerfile:2
    done
    stop_server
    build
    status_is 1
    output_has "Couldn't connect"
    check minibox images
    same "" "$(ls -A "$MINIBOX_ROOT/tmp")"
}

@test "ADD and COPY: git and URLs where they are not taken" {
    local line
    for line in 'ADD https://example.org/x.git /' 'ADD git@example.org:x /' \
        'ADD https://example.org/x.git#main:sub /'; do
        dockerfile <<<$'FROM busybox\n'"$line"
        build
        status_is 1
        output_has 'of a git repository is not in minibox'
    done
    dockerfile <<<$'FROM busybox\nCOPY https://example.org/x /'
    build
    output_has "source can't be a URL for COPY"
    dockerfile <<<$'FROM busybox\nCOPY git@example.org:x /'
    build
    output_has "source can't be a git ref for COPY"
}
