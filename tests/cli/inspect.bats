#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# inspect.bats - inspect: keys, --format, --type, and what is not there
load helper

setup_file_more() {
    mkdir "$BATS_FILE_TMPDIR/context"
    cat >"$BATS_FILE_TMPDIR/context/Dockerfile" <<'END'
FROM busybox
LABEL a=b c=
ENV X=1
RUN echo hi >/f
EXPOSE 80
USER 1234
WORKDIR /w
CMD ["echo", "x"]
END
    minibox build -q -t lab:v1 "$BATS_FILE_TMPDIR/context" \
        >"$BATS_FILE_TMPDIR/lab-id"
    minibox run --name n-ended lab:v1 \
        sh -c 'head -c 5000 /dev/zero >/tmp/f; exit 3' || [ $? = 3 ]
    minibox run --name n-never busybox nosuchprogram 2>/dev/null || [ $? = 127 ]
}

# f FORMAT NAME...: one field.
f() { minibox inspect -f "$@"; }

# judge: python code on stdin, with the JSON of `inspect NAME` as "o".
judge() {
    need_tool python3
    minibox inspect "$1" >"$BATS_TEST_TMPDIR/json"
    python3 -c 'import json, re, sys
o = json.load(open(sys.argv[1]))[0]
exec(sys.stdin.read())' "$BATS_TEST_TMPDIR/json"
}

# ---- keys --------------------------------------------------------------------

@test "inspect: an image's keys and values, in docker's order" {
    judge lab:v1 <<'END'
keys = """Id RepoTags RepoDigests Parent Comment Created DockerVersion Author
Config Architecture Os Size GraphDriver RootFS Metadata""".split()
assert list(o) == keys, list(o)
assert re.fullmatch("sha256:[0-9a-f]{64}", o["Id"])
assert o["RepoTags"] == ["lab:v1"] and o["RepoDigests"] == []
assert o["Comment"] == "buildkit.dockerfile.v0" and o["Os"] == "linux"
assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", o["Created"])
assert 1900000 < o["Size"] < 2100000, o["Size"]
assert o["RootFS"]["Type"] == "layers"
assert len(o["RootFS"]["Layers"]) in (2, 3), o["RootFS"]
data = o["GraphDriver"]["Data"]
top = o["RootFS"]["Layers"][-1].split(":")[1]
assert data["UpperDir"].endswith("/layers/" + top), data
assert data["LowerDir"].count(":") == len(o["RootFS"]["Layers"]) - 2
assert o["Metadata"]["LastTagTime"] == "0001-01-01T00:00:00Z"
c = o["Config"]
assert c["Cmd"] == ["echo", "x"] and c["Entrypoint"] is None
assert c["Labels"] == {"a": "b", "c": ""} and "X=1" in c["Env"]
assert c["User"] == "1234" and c["WorkingDir"] == "/w"
assert c["ExposedPorts"] == {"80/tcp": {}}
assert c["Volumes"] is None and c["OnBuild"] is None
END
    same "$(cat "$BATS_FILE_TMPDIR/lab-id")" "$(f '{{.Id}}' lab:v1)"
}

@test "inspect: all names of an image" {
    minibox tag busybox n-second:v2
    same '["busybox:latest","n-second:v2"]' "$(f '{{json .RepoTags}}' busybox)"
    minibox rmi n-second:v2
    same '[busybox:latest]' "$(f '{{.RepoTags}}' busybox)"
}

@test "inspect: an image without a name has no names" {
    dockerfile <<<$'FROM busybox\nLABEL nobody=1'
    local id
    id=$(minibox build -q "$context")
    same '[] []' "$(f '{{.RepoTags}} {{.RepoDigests}}' "$id")"
    minibox rmi "${id#sha256:}"
}

@test "inspect: a container's keys and values" {
    judge n-ended <<'END'
assert re.fullmatch("[0-9a-f]{64}", o["Id"]) and o["Name"] == "/n-ended"
assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", o["Created"])
assert o["Path"] == "sh" and o["Args"][0] == "-c" and len(o["Args"]) == 2
s = o["State"]
assert list(s) == """Status Running Paused Restarting OOMKilled Dead Pid
ExitCode Error StartedAt FinishedAt""".split(), list(s)
assert s["Status"] == "exited" and s["ExitCode"] == 3 and s["Pid"] == 0
assert s["Running"] is False and s["Error"] == ""
assert "0001" < s["StartedAt"][:4] and s["StartedAt"] <= s["FinishedAt"], s
assert o["Image"].startswith("sha256:")
c = o["Config"]
assert c["Image"] == "lab:v1" and c["Labels"] == {"a": "b", "c": ""}
assert "X=1" in c["Env"] and c["User"] == "1234" and c["WorkingDir"] == "/w"
assert c["Cmd"] == [o["Path"]] + o["Args"]
data = o["GraphDriver"]["Data"]
assert data["UpperDir"].endswith(o["Id"] + "/upper"), data
assert "SizeRw" not in o
END
    same "$(f '{{.Id}}' lab:v1)" "$(f '{{.Image}}' n-ended)"
}

@test "inspect: a container that could not start is created, with the reason" {
    same 'created 127 false' \
        "$(f '{{.State.Status}} {{.State.ExitCode}} {{.State.Running}}' n-never)"
    has nosuchprogram "$(f '{{.State.Error}}' n-never)"
    same 0001-01-01T00:00:00Z "$(f '{{.State.StartedAt}}' n-never)"
}

@test "inspect: a container that runs" {
    start_container n-runs
    same 'running true 0001-01-01T00:00:00Z' \
        "$(f '{{.State.Status}} {{.State.Running}} {{.State.FinishedAt}}' n-runs)"
    [ -d "/proc/$(f '{{.State.Pid}}' n-runs)" ]
    stop_container n-runs
}

@test "inspect -s: what a container has written, and what it sees" {
    same 5000 "$(minibox inspect -s -f '{{.SizeRw}}' n-ended)"
    local image
    image=$(f '{{.Size}}' lab:v1)
    same $((image + 5000)) "$(minibox inspect -s -f '{{.SizeRootFs}}' n-ended)"
    check minibox inspect -s -f '{{.Os}}' busybox
    output_is linux
    error_has '--size ignored for image'
}

# ---- --format ----------------------------------------------------------------

@test "inspect -f: fields, inside fields, as JSON" {
    same 'exited 3' "$(f '{{.State.Status}} {{ .State.ExitCode }}' n-ended)"
    same '["echo","x"]' "$(f '{{json .Config.Cmd}}' lab:v1)"
    same '[echo x] [] map[a:b c:]' \
        "$(f '{{.Config.Cmd}} {{.Config.Entrypoint}} {{.Config.Labels}}' lab:v1)"
    same 'b||<no value>' \
        "$(f '{{.Config.Labels.a}}|{{.Config.Labels.c}}|{{.Config.Labels.d}}' lab:v1)"
    # docker's inspect, unlike its lists, makes no tab of this
    same 'linux\tamd64' "$(f '{{.Os}}\tamd64' lab:v1)"
    check f '{{.Id}}' lab:v1 busybox
    same 2 "$(wc -l <<<"$output")"
}

@test "inspect -f json, {{json .}}, and an empty format" {
    need_tool python3
    check f json lab:v1 n-ended
    same 1 "$(wc -l <<<"$output")"
    python3 -c 'import json, sys; assert len(json.loads(sys.argv[1])) == 2' \
        "$output"
    check f '{{json .}}' lab:v1 n-ended
    same 2 "$(wc -l <<<"$output")"
    python3 -c 'import json, sys
for line in sys.argv[1].splitlines(): json.loads(line)["Id"]' "$output"
    same "$(minibox inspect lab:v1)" "$(f '' lab:v1)"
}

@test "inspect -f: what is not there is an error, 1" {
    fails 1 'map has no entry for key "Foo"' f '{{.Foo}}' lab:v1
    fails 1 'map has no entry for key "foo"' f '{{.State.foo}}' n-ended
    fails 1 'map has no entry for key "x"' f '{{.Os.x}}' lab:v1
    fails 1 'map has no entry for key "SizeRw"' f '{{.SizeRw}}' n-ended
}

@test "inspect -f: what docker can't read is 64, what minibox has not is 1" {
    fails 64 'unclosed action' f '{{.Id' lab:v1
    fails 64 'function "foo" not defined' f '{{foo .Id}}' lab:v1
    fails 64 'missing value' f '{{}}' lab:v1
    fails 1 '"{{index .Config.Env 0}}" is not in minibox' \
        f '{{index .Config.Env 0}}' lab:v1
    fails 1 'is not in minibox' f '{{range .Config.Env}}{{.}}{{end}}' lab:v1
}

# ---- which -------------------------------------------------------------------

@test "inspect: a container goes before an image of the same name" {
    minibox tag busybox n-both
    minibox run --name n-both busybox true
    same /n-both "$(f '{{.Name}}' n-both)"
    same '[busybox:latest n-both:latest]' \
        "$(minibox inspect --type image -f '{{.RepoTags}}' n-both)"
    same /n-both "$(minibox inspect --type container -f '{{.Name}}' n-both)"
    minibox rm n-both
    minibox rmi n-both
}

@test "inspect --type, image inspect, container inspect: the other is missing" {
    check minibox inspect --type image n-ended
    status_is 1
    output_is '[]'
    error_has 'No such image: n-ended:latest'
    check minibox image inspect n-ended
    status_is 1
    error_has 'No such image: n-ended:latest'
    check minibox inspect --type container busybox
    status_is 1
    output_is '[]'
    error_has 'No such container: busybox'
    check minibox container inspect busybox
    status_is 1
    error_has 'No such container: busybox'
    fails 1 'unknown type: "foo"' minibox inspect --type foo busybox
}

@test "inspect: by ID and prefix, images and containers" {
    local id image
    id=$(f '{{.Id}}' n-ended)
    image=$(f '{{.Id}}' lab:v1)
    same "$id" "$(f '{{.Id}}' "${id:0:12}")"
    same "$image" "$(f '{{.Id}}' "${image:7:12}")"
    same "$image" "$(f '{{.Id}}' "$image")"
}

@test "inspect: each that is missing is a line, the others are shown" {
    check f '{{.Os}}' nosuch busybox nosuch2
    status_is 1
    output_is linux
    same "minibox: No such object: nosuch
minibox: No such object: nosuch2" "$stderr"
    check minibox inspect nosuch
    output_is '[]'
    fails 1 'requires at least 1 argument' minibox inspect
}

@test "inspect: a damaged image says that it is damaged" {
    export MINIBOX_ROOT=$BATS_TEST_TMPDIR/store
    minibox images >/dev/null
    rm -rf "$MINIBOX_ROOT/blobs"
    cp -r "$BATS_FILE_TMPDIR/store/blobs" "$BATS_FILE_TMPDIR/store/index.json" \
        "$MINIBOX_ROOT"
    local config
    config=$(sed 's/^sha256://' "$BATS_FILE_TMPDIR/lab-id")
    echo x >"$MINIBOX_ROOT/blobs/sha256/$config"
    check minibox inspect lab:v1
    status_is 1
    output_is '[]'
    error_has damaged
    export MINIBOX_ROOT=$BATS_FILE_TMPDIR/store
}
