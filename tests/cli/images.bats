#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# images.bats - images, tag, history, inspect, rmi, import, base; ps and rm
load helper

# make_image NAME: an image of its own, with a layer that no other has.
make_image() {
    dockerfile <<<$'FROM busybox\nRUN echo '"$1"' >/made'
    minibox build -q -t "$1" "$context" | sed 's/^sha256://'
}

# json: is stdin JSON?
json() { python3 -m json.tool >/dev/null; }

# layer_count: how many unpacked layers the store holds.
layer_count() { find "$MINIBOX_ROOT/layers" -maxdepth 1 -type d | wc -l; }

# ---- images ----------------------------------------------------------------

@test "images: Docker's table" {
    check minibox images
    has "REPOSITORY   TAG       IMAGE ID       CREATED" "${output%%$'\n'*}"
    [[ ${output##*$'\n'} =~ ^busybox\ +latest\ +[0-9a-f]{12}\ +.*\ ago\ +[0-9.]+MB$ ]]
}

@test "images: -q and --no-trunc, and a name as a filter" {
    local id
    id=$(sed 's/^sha256://' "$BATS_FILE_TMPDIR/busybox-id")
    same "${id:0:12}" "$(minibox images -q busybox)"
    check minibox images --no-trunc busybox:latest
    output_has "sha256:$id"
    check minibox images nosuch
    status_is 0
    same 1 "$(wc -l <<<"$output")"
}

@test "images: an empty store shows the header, rc 0" {
    check env MINIBOX_ROOT="$BATS_TEST_TMPDIR/empty" minibox images
    status_is 0
    output_is "REPOSITORY   TAG       IMAGE ID   CREATED   SIZE"
}

@test "images: the store is for its owner alone" {
    same 700 "$(stat -c %a "$MINIBOX_ROOT")"
}

# ---- tag -------------------------------------------------------------------

@test "tag: adds a name, silently; the old one stays" {
    check minibox tag busybox other.example:5000/some/name:v1
    status_is 0
    output_is ""
    error_is ""
    check minibox images
    output_has 'other.example:5000/some/name' ' v1 '
    in_busybox true
    minibox rmi other.example:5000/some/name:v1
}

@test "tag: a name moves from one image to the next" {
    local first second
    first=$(make_image i-move)
    second=$(make_image i-move2)
    minibox tag i-move2 i-move
    same "${second:0:12}" "$(minibox images -q i-move)"
    check minibox images
    has "<none>" "$(grep "${first:0:12}" <<<"$output")"
    minibox rmi i-move i-move2 "$first"
}

@test "tag: images are found by ID, short ID, and digest prefix" {
    local id
    id=$(sed 's/^sha256://' "$BATS_FILE_TMPDIR/busybox-id")
    local name
    for name in "$id" "${id:0:12}" "sha256:$id" docker.io/library/busybox \
        busybox:latest; do
        check minibox run --rm "$name" echo found
        output_is found
    done
}

# ---- history ---------------------------------------------------------------

@test "history: newest first, in Docker's words" {
    dockerfile <<'END'
FROM busybox
ARG V=1
ENV E=$V
RUN echo 12345 >/f
WORKDIR /w
COPY f /f2
USER nobody
CMD start
END
    echo x >"$context/f"
    built --build-arg V=2
    check minibox history --no-trunc t
    has 'CREATED BY' "${output%%$'\n'*}"
    local rest=$output wanted
    for wanted in 'CMD ["/bin/sh" "-c" "start"]' 'USER nobody' \
        'COPY f /f2 # buildkit' 'WORKDIR /w' \
        'RUN |1 V=2 /bin/sh -c echo 12345 >/f # buildkit' 'ENV E=2' 'ARG V=2'; do
        has "$wanted" "$rest"
        rest=${rest#*"$wanted"}
    done
    check minibox history t
    output_has '<missing>' '…'
    check minibox history -q t
    same "<missing>" "${output##*$'\n'}"
}

@test "history: shows an ARG's value to whoever has the image" {
    dockerfile <<<$'FROM busybox\nARG TOKEN\nRUN true'
    built --build-arg TOKEN=hunter2
    check minibox history --no-trunc t
    output_has 'ARG TOKEN=hunter2' '|1 TOKEN=hunter2'
    check in_image 'echo "${TOKEN-unset}"'
    output_is unset
}

@test "history: an rm makes a layer, and no image smaller" {
    dockerfile <<'END'
FROM busybox
RUN head -c 1000000 /dev/zero >/big
RUN rm /big
END
    built
    check minibox history t
    has ' 0B ' "$(sed -n 2p <<<"$output")"
    has ' 1MB ' "$(sed -n 3p <<<"$output")"
    check minibox images t
    output_has 2.98MB
}

# ---- inspect ---------------------------------------------------------------

@test "inspect: an image, as JSON with Docker's keys" {
    need_tool python3
    make_image i-inspect
    minibox inspect i-inspect | json
    check minibox inspect i-inspect
    output_has '"Id": "sha256:' '"RepoTags"' '"i-inspect:latest"' \
        '"Architecture"' '"Os": "linux"' '"RootFS"' '"Layers"' '"Config"' \
        '"Env"'
    minibox rmi i-inspect
}

@test "inspect: a container, as JSON with Docker's keys" {
    need_tool python3
    check minibox run --name i-box busybox sh -c 'exit 4'
    minibox inspect i-box | json
    check minibox inspect i-box
    output_has '"Name": "/i-box"' '"Status": "exited"' '"ExitCode": 4' \
        '"Running": false' '"Image": "sha256:'
    minibox rm i-box
}

@test "inspect: text with quotes, newlines and UTF-8 stays JSON" {
    need_tool python3
    minibox run --name i-text -e "Q=\"\\" busybox echo $'a\nb' 'ü' >/dev/null
    minibox inspect i-text | json
    minibox ps -a >/dev/null
    minibox rm i-text
}

@test "inspect: what is missing is an error, the rest is shown" {
    need_tool python3
    check minibox inspect nosuch busybox
    status_is 1
    error_has 'No such object: nosuch'
    json <<<"$output"
    output_has busybox
    check minibox inspect nosuch
    same '[]' "$(tr -d ' \n' <<<"$output")"
}

# ---- rmi -------------------------------------------------------------------

@test "rmi: the last name takes the image along, layers and all" {
    local before id
    before=$(layer_count)
    id=$(make_image i-last)
    minibox tag i-last i-second
    check minibox rmi i-second
    output_is 'Untagged: i-second:latest'
    check minibox rmi i-last
    output_has 'Untagged: i-last:latest' "Deleted: sha256:$id"
    same "$before" "$(layer_count)"
    check minibox images -q
    output_lacks "${id:0:12}"
    # the base's layers are busybox's too
    in_busybox true
}

@test "rmi: a layer that another image has stays" {
    make_image i-below
    dockerfile <<<$'FROM i-below\nRUN echo >/above'
    minibox build -q -t i-above "$context"
    minibox rmi i-below
    check minibox run --rm i-above cat /made
    output_is i-below
    minibox rmi i-above
}

@test "rmi: an image of several names needs force when named by ID" {
    local id
    id=$(make_image i-many)
    minibox tag i-many i-many2
    fails 1 'image is referenced in multiple repositories' \
        minibox rmi "${id:0:12}"
    check minibox rmi -f "${id:0:12}"
    status_is 0
    output_has 'Untagged: i-many:latest' 'Untagged: i-many2:latest' Deleted
}

@test "rmi: an image in use by a stopped container is refused, -f takes it" {
    make_image i-used
    minibox run --name i-user i-used true
    fails 1 'is using its referenced image' minibox rmi i-used
    check minibox rmi -f i-used
    status_is 0
    # the container keeps its layers
    check minibox inspect i-user
    status_is 0
    minibox rm i-user
}

@test "rmi: an image in use by a running container can lose its name only" {
    local id fifo=$BATS_TEST_TMPDIR/fifo out=$BATS_TEST_TMPDIR/out
    id=$(make_image i-runs)
    mkfifo "$fifo"
    minibox run -i --rm --name i-runner i-runs \
        sh -c 'echo ready; read x; cat /made' <>"$fifo" >"$out" 3>&- &
    wait_until file_has "$out" ready
    wait_until container_recorded i-runner
    fails 1 'conflict' minibox rmi i-runs
    fails 1 'cannot be forced' minibox rmi -f "${id:0:12}"
    check minibox rmi -f i-runs
    output_is 'Untagged: i-runs:latest'
    echo >>"$fifo"
    wait $!
    same $'ready\ni-runs' "$(cat "$out")"
    minibox rmi "$id"
}

@test "rmi: several at once, errors do not stop the rest" {
    make_image i-ok
    check minibox rmi nosuch i-ok
    status_is 1
    output_has 'Untagged: i-ok:latest'
    error_has 'No such image: nosuch'
    check minibox rmi -f nosuch
    status_is 0
    error_has 'No such image: nosuch'
}

@test "rmi: an image can be built again from the cache's leavings" {
    make_image i-again
    minibox rmi i-again
    make_image i-again
    check minibox run --rm i-again cat /made
    output_is i-again
    minibox rmi i-again
}

# ---- import and base -------------------------------------------------------

@test "import: a tar of a root file system, from a file and from stdin" {
    minibox run --rm busybox tar -c -f - bin etc usr >"$BATS_TEST_TMPDIR/a.tar"
    check minibox import "$BATS_TEST_TMPDIR/a.tar" i-import
    [[ $output =~ ^sha256:[0-9a-f]{64}$ ]]
    check minibox run --rm i-import echo hi
    output_is hi
    fails 125 'no command specified' minibox run --rm i-import
    check minibox import - i-import2 <"$BATS_TEST_TMPDIR/a.tar"
    status_is 0
    check minibox history i-import2
    output_has 'Imported from -'
    gzip "$BATS_TEST_TMPDIR/a.tar"
    minibox import "$BATS_TEST_TMPDIR/a.tar.gz" i-import
    minibox rmi i-import i-import2
}

@test "import: what is no tar leaves nothing behind" {
    local before
    before=$(store_names)
    head -c 10000 /dev/urandom >"$BATS_TEST_TMPDIR/junk"
    fails 1 junk minibox import "$BATS_TEST_TMPDIR/junk" bad
    fails 1 'import -' minibox import - bad </dev/null
    same "$before" "$(store_names)"
}

@test "import: a tar that wants out is refused or kept inside" {
    need_tool python3
    local canary=$BATS_TEST_TMPDIR/canary
    mkdir "$canary"
    python3 - "$canary" "$BATS_TEST_TMPDIR" <<'END'
import io, os, sys, tarfile
canary, out = sys.argv[1:]

def tar(name, *members):
    with tarfile.open(f"{out}/{name}.tar", "w") as archive:
        for kind, path, target in members:
            info = tarfile.TarInfo(path)
            info.type, info.linkname, info.size = kind, target, 0
            data = b"x" if kind == tarfile.REGTYPE else b""
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))

up = "../" * 20 + canary.lstrip("/")
tar("dotdot", (tarfile.REGTYPE, f"{up}/f", ""))
tar("absolute", (tarfile.REGTYPE, f"{canary}/f", ""))
tar("link", (tarfile.SYMTYPE, "l", canary), (tarfile.REGTYPE, "l/f", ""))
tar("updir", (tarfile.SYMTYPE, "l", up), (tarfile.REGTYPE, "l/f", ""))
tar("hardlink", (tarfile.LNKTYPE, "h", f"{canary}/../secret"),
    (tarfile.REGTYPE, "h", ""))
END
    echo secret >"$BATS_TEST_TMPDIR/secret"
    local name
    for name in dotdot absolute link updir hardlink; do
        check minibox import "$BATS_TEST_TMPDIR/$name.tar" "bad-$name"
        [ "$status" -eq 0 ] || one_error_line
        same "" "$(ls -A "$canary")"
        same secret "$(cat "$BATS_TEST_TMPDIR/secret")"
    done
}

@test "base: busybox twice is the same image" {
    same "$(cat "$BATS_FILE_TMPDIR/busybox-id")" \
        "$(minibox base -q -t i-twice busybox)"
    minibox rmi i-twice
    fails 1 'nosuch' minibox base nosuch
}

# ---- ps and rm -------------------------------------------------------------

@test "ps: running ones, with -a the others" {
    start_container i-up
    minibox run --name i-down busybox sh -c 'exit 3' || true
    check minibox ps
    has "CONTAINER ID   IMAGE     COMMAND" "${output%%$'\n'*}"
    output_has 'i-up' '"sh -c '\''echo ready; …"' 'Up '
    output_lacks i-down
    check minibox ps -a
    output_has i-up i-down 'Exited (3) '
    same 2 "$(minibox ps -aq | wc -l)"
    stop_container i-up
    minibox rm i-down
}

@test "ps: the newest is first" {
    local name
    for name in i-a i-b i-c; do
        minibox run --name "$name" busybox true
    done
    check minibox ps -a
    [[ $output == *i-c*i-b*i-a* ]] || same 'c, b, a' "$output"
    minibox rm i-a i-b i-c
}

@test "rm: by name, ID and prefix; a running one only with -f" {
    local id
    minibox run --name i-one busybox true
    id=$(minibox ps -aq --no-trunc)
    check minibox rm "${id:0:8}"
    output_is "${id:0:8}"
    start_container i-run
    fails 1 'cannot remove container "i-run": container is running' \
        minibox rm i-run
    check minibox rm -f i-run
    output_is i-run
    wait "$minibox_pid" || status=$?
    status_is 137
    check minibox ps -aq
    output_is ""
}

@test "rm: each argument is tried; a missing one is rc 1, with -f rc 0" {
    minibox run --name i-two busybox true
    check minibox rm nosuch i-two
    status_is 1
    output_is i-two
    error_has 'No such container: nosuch'
    check minibox rm -f nosuch
    status_is 0
}

@test "rm: files of any owner and mode go" {
    minibox run --name i-modes busybox sh -c \
        'mkdir -p /d/e && touch /d/e/f && chown -R 1234:50 /d && chmod 0 /d/e /d'
    minibox rm i-modes
    same "" "$(ls "$MINIBOX_ROOT/containers")"
    same "" "$(ls "$MINIBOX_ROOT/names")"
}

# ---- help ------------------------------------------------------------------

@test "help: every command has one, on stdout, rc 0, and needs no store" {
    local command
    export MINIBOX_ROOT=/nonexistent/store
    check minibox --help
    status_is 0
    output_has run build images
    while read -r command; do
        # shellcheck disable=SC2086 # "image prune" is two words
        check minibox $command --help
        status_is 0
        error_is ""
        output_has "Usage:  minibox $command"
    done < <(minibox --help | sed -n 's/^  \([a-z]*\( prune\| df\)*\) .*/\1/p')
    check minibox version
    status_is 0
    export MINIBOX_ROOT=$BATS_FILE_TMPDIR/store
}

@test "help: the long forms are the same commands" {
    check minibox image ls -q busybox
    status_is 0
    check minibox container run --rm busybox echo hi
    output_is hi
    check minibox container ls -a
    output_has 'CONTAINER ID'
}
