#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# ps.bats - ps: which containers, which columns, in docker's words
load helper

# Three that have ended, the newest last: p-one, p-two (of an image built on
# busybox, with labels), p-never (could not start).
setup_file_more() {
    mkdir "$BATS_FILE_TMPDIR/context"
    cat >"$BATS_FILE_TMPDIR/context/Dockerfile" <<'END'
FROM busybox
LABEL tier=web team=
RUN echo hi >/f
END
    minibox build -q -t lab:v1 "$BATS_FILE_TMPDIR/context" >/dev/null
    minibox run --name p-one busybox sh -c 'exit 3' || [ $? = 3 ]
    minibox run --name p-two lab:v1 \
        sh -c 'head -c 5000 /dev/zero >/big; echo "a b"' >/dev/null
    minibox run --name p-never busybox nosuchprogram 2>/dev/null || [ $? = 127 ]
}

# names [OPTION...]: of the containers that ps shows, in its order.
names() { minibox ps --format '{{.Names}}' "$@" | tr '\n' ' '; }

id_of() { minibox inspect -f '{{.Id}}' "$1"; }

# ---- which -------------------------------------------------------------------

@test "ps: running ones only; -a all, the newest first" {
    same "" "$(names)"
    same "p-never p-two p-one " "$(names -a)"
    start_container p-runs
    same "p-runs " "$(names)"
    same "p-runs p-never p-two p-one " "$(names -a)"
    stop_container p-runs
}

@test "ps: -l and -n show the newest, whatever their state" {
    same "p-never " "$(names -l)"
    same "p-never p-two " "$(names -n 2)"
    same "p-never p-two p-one " "$(names --last 9)"
    same "p-never " "$(names -l -n 2)"
    same "" "$(names -n -1)"
    fails 125 'invalid argument "x" for "-n, --last" flag' minibox ps -n x
}

@test "ps -f name=: a regular expression, anywhere in the name" {
    same "p-never p-two p-one " "$(names -a -f name=p)"
    same "p-two " "$(names -a -f name=two)"
    same "p-two p-one " "$(names -a -f 'name=^p-(one|two)$')"
    same "" "$(names -a -f 'name=^two')"
    same "" "$(names -a -f name=TWO)"
    same "p-two " "$(names -a -f name=/p-two)"
    same "p-two " "$(names -a -f 'name=^/p-two$')"
    same "p-two p-one " "$(names -a -f name=one -f name=two)"
    check minibox ps -a -f 'name=['
    status_is 0
    same 1 "$(wc -l <<<"$output")"
    same "" "$(names -f name=one)" # it does not run
}

@test "ps -f id=: the beginning of an ID" {
    local id
    id=$(id_of p-two)
    same "p-two " "$(names -a -f id="$id")"
    same "p-two " "$(names -a -f id="${id:0:12}")"
    same "" "$(names -a -f id="x${id:0:12}")"
}

@test "ps -f status= and exited=" {
    # a status that is asked for shows what does not run, too
    same "p-two p-one " "$(names -f status=exited)"
    same "p-never " "$(names -f status=created)"
    same "p-never p-two p-one " "$(names -f status=exited -f status=created)"
    same "" "$(names -f status=running)"
    same "" "$(names -f status=paused)"
    same "p-one " "$(names -a -f exited=3)"
    same "p-two p-one " "$(names -a -f exited=3 -f exited=0)"
    same "" "$(names -f exited=3)"
    same "" "$(names -a -f exited=127)" # p-never never ran
    fails 1 "invalid filter 'status=foo': invalid value for state (foo): must \
be one of created, running, paused, restarting, removing, exited, dead" \
        minibox ps -f status=foo
    fails 1 "invalid filter 'exited=x'" minibox ps -f exited=x
}

@test "ps -f label=: all of them must be there" {
    same "p-two " "$(names -a -f label=tier)"
    same "p-two " "$(names -a -f label=tier=web -f label=team)"
    same "" "$(names -a -f label=tier=db)"
    same "" "$(names -a -f label=tier -f label=nosuch)"
}

@test "ps -f ancestor=: the image, or one that it was built on" {
    same "p-two " "$(names -a -f ancestor=lab:v1)"
    same "p-never p-two p-one " "$(names -a -f ancestor=busybox)"
    same "" "$(names -a -f ancestor=nosuch)"
    local id
    id=$(minibox images -q lab)
    same "p-two " "$(names -a -f ancestor="$id")"
}

@test "ps: filters of several names must all agree" {
    same "p-one " "$(names -f status=exited -f ancestor=busybox -f exited=3)"
    same "" "$(names -f status=created -f name=one)"
    same "p-two " "$(names -n 1 -f name=two)"
    fails 1 "invalid filter 'badkey'" minibox ps -f badkey=x
    fails 125 'bad format of filter (expected name=value)' minibox ps -f name
    fails 1 'requires 0 arguments' minibox ps x
}

# ---- columns -----------------------------------------------------------------

@test "ps: docker's table" {
    check minibox ps -a
    [[ ${output%%$'\n'*} =~ ^CONTAINER\ ID\ +IMAGE\ +COMMAND\ +CREATED\ +STATUS\ +PORTS\ +NAMES$ ]]
    [[ $output =~ [0-9a-f]{12}\ \ \ lab:v1\ .*\ ago\ .*Exited\ \(0\).*\ p-two ]]
    output_has 'Exited (3) ' '"sh -c '\''exit 3'\''"' '"nosuchprogram"' \
        'Created  ' '"sh -c '\''head -c 5000…"'
}

@test "ps: -q, --no-trunc" {
    check minibox ps -lq
    output_is "$(id_of p-never | cut -c1-12)"
    check minibox ps -lq --no-trunc
    output_is "$(id_of p-never)"
    check minibox ps -a --no-trunc
    output_has "$(id_of p-two)" \
        '"sh -c '\''head -c 5000 /dev/zero >/big; echo \"a b\"'\''"'
}

@test "ps -s: what they have written, and what they see" {
    check minibox ps -as
    [[ ${output%%$'\n'*} =~ \ SIZE$ ]]
    [[ $output =~ p-two\ +5kB\ \(virtual\ 1\.99MB\) ]]
    [[ $output =~ p-one\ +0B\ \(virtual\ 1\.98MB\) ]]
    check minibox ps -a -f name=two --format '{{.Size}}'
    output_is '5kB (virtual 1.99MB)'
}

@test "ps: the image's name as long as it means the image, then its ID" {
    dockerfile <<<$'FROM busybox\nRUN echo moved >/f'
    minibox build -q -t p-image "$context" >/dev/null
    local id
    id=$(minibox images -q p-image)
    minibox run --name p-moved p-image true
    minibox run --name p-by-id "$id" true
    check minibox ps -a -n 2 --format '{{.Image}}'
    output_is "$id
p-image"
    minibox tag busybox p-image
    check minibox ps -a -n 2 --format '{{.Image}}'
    output_is "$id
$id"
    minibox tag "$id" p-image
    minibox rmi -f p-image >/dev/null
    check minibox ps -a -n 2 --format '{{.Image}}'
    output_is "$id
$id"
    check minibox ps -a -n 1 --format '{{.Image}}' --no-trunc
    output_has "$id"
    minibox rm p-moved p-by-id
}

# ---- --format ----------------------------------------------------------------

@test "ps --format: fields and tables" {
    check minibox ps -a --format '{{.Names}} {{.State}} {{.Labels}}'
    output_is "p-never created 
p-two exited tier=web,team=
p-one exited "
    check minibox ps -a --format 'table {{.Names}}\t{{.RunningFor}}\t{{.State}}'
    [[ ${output%%$'\n'*} =~ ^NAMES\ +CREATED\ +STATE$ ]]
    check minibox ps -l --format '{{.CreatedAt}}'
    [[ $output =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}\ [0-9:]{8}\ [+-][0-9]{4}\  ]]
}

@test "ps --format json: a container a line" {
    need_tool python3
    check minibox ps -a --format json
    same "$output" "$(minibox ps -a --format '{{json .}}')"
    python3 - "$output" <<'END'
import json, sys
rows = [json.loads(line) for line in sys.argv[1].splitlines()]
assert [row["Names"] for row in rows] == ["p-never", "p-two", "p-one"], rows
for key in "Command CreatedAt ID Image Labels Ports RunningFor Size State Status".split():
    assert all(key in row for row in rows), key
END
}

@test "ps --format: errors, and -q" {
    fails 1 "can't evaluate field Foo" minibox ps -a --format '{{.Foo}}'
    fails 1 "can't evaluate field Foo" minibox ps --format 'table {{.Foo}}'
    fails 1 'unclosed action' minibox ps -a --format '{{.ID'
    fails 1 'is not in minibox' minibox ps -a --format '{{.Label "x"}}'
    check minibox ps -lq --format '{{.Names}}'
    status_is 0
    output_is "$(id_of p-never | cut -c1-12)"
    error_has 'ignoring --format'
}

@test "ps: escape sequences in a command stay harmless" {
    minibox run --name p-wild busybox true $'\033[2J\001\tx' >/dev/null
    check minibox ps -a --no-trunc
    lacks $'\033' "$output"
    output_has '"true \x1b[2J\x01\tx"'
    minibox rm p-wild
}

@test "ps: a container whose files are damaged is no end of the list" {
    local id dir
    minibox run --name p-bad busybox true
    id=$(id_of p-bad)
    dir=$MINIBOX_ROOT/containers/$id
    echo '{' >"$dir/state.json"
    check minibox ps -a
    status_is 0
    output_has p-one p-bad
    cp "$dir/config.json" "$BATS_TEST_TMPDIR/config.json"
    echo '{' >"$dir/config.json"
    check minibox ps -a
    status_is 0
    output_has p-one "${id:0:12}"
    cp "$BATS_TEST_TMPDIR/config.json" "$dir/config.json"
    minibox rm p-bad
}

@test "ps: the long forms" {
    same "$(minibox ps -aq)" "$(minibox container ls -aq)"
}
