#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# list.bats - images and history with their options, tag, system df: what they
# say in docker's words
load helper

# Two images that share a base.  "old" is busybox under another name, "lab" has
# labels and a layer of its own.
setup_file_more() {
    mkdir "$BATS_FILE_TMPDIR/context"
    cat >"$BATS_FILE_TMPDIR/context/Dockerfile" <<'END'
FROM busybox
LABEL a=b c=
RUN echo hi >/f
CMD ["echo", "x"]
END
    minibox build -q -t lab:v1 "$BATS_FILE_TMPDIR/context" \
        >"$BATS_FILE_TMPDIR/lab-id"
    minibox tag busybox reg.example:5000/team/old:v2
}

# ids: the image IDs of the fixture, in full.
busybox_id() { cat "$BATS_FILE_TMPDIR/busybox-id"; }
lab_id() { cat "$BATS_FILE_TMPDIR/lab-id"; }

# names [OPTION...]: name:tag of each row, sorted, on one line.
names() {
    minibox images --format '{{.Repository}}:{{.Tag}}' "$@" |
        LC_ALL=C sort | tr '\n' ' '
}

# a_store: a copy of the store, to be damaged, as $MINIBOX_ROOT.
a_store() {
    # As a user, a copy would not own the files of subordinate ids.
    export MINIBOX_ROOT=$BATS_TEST_TMPDIR/store
    minibox images >/dev/null # makes it
    rm -rf "$MINIBOX_ROOT/blobs" "$MINIBOX_ROOT/index.json"
    cp -r "$BATS_FILE_TMPDIR/store/blobs" "$BATS_FILE_TMPDIR/store/index.json" \
        "$MINIBOX_ROOT"
}

# blob DIGEST: its file in the store.
blob() { echo "$MINIBOX_ROOT/blobs/sha256/${1#sha256:}"; }

teardown() {
    export MINIBOX_ROOT=$BATS_FILE_TMPDIR/store
    assert_nothing_runs
}

# ---- images: columns ---------------------------------------------------------

@test "images: newest first, then by name; IDs in short" {
    check minibox images
    same "lab
busybox
reg.example:5000/team/old" "$(tail -n +2 <<<"$output" | cut -d' ' -f1)"
    local id
    id=$(lab_id)
    has "${id:7:12}" "$output"
    lacks "${id:7:13}" "$output"
}

@test "images: --no-trunc and -q, alone and together" {
    check minibox images --no-trunc lab
    output_has "$(lab_id)"
    check minibox images -q lab
    output_is "$(lab_id | cut -c8-19)"
    check minibox images -q --no-trunc lab
    output_is "$(lab_id)"
}

@test "images: an image with two names is two rows, with -q too" {
    same 2 "$(minibox images -q --no-trunc | grep -c "$(busybox_id)")"
}

@test "images: --digests has a column for what a registry says" {
    check minibox images --digests
    [[ ${output%%$'\n'*} =~ ^REPOSITORY\ +TAG\ +DIGEST\ +IMAGE\ ID\ +CREATED ]]
    output_has '<none>'
    a_store
    need_tool python3
    python3 - "$MINIBOX_ROOT/index.json" <<'END'
import json, sys
index = json.load(open(sys.argv[1]))
for row in index["manifests"]:
    names = row["annotations"]
    if names.get("io.containerd.image.name", "").endswith("team/old:v2"):
        names["minibox.digest"] = "sha256:" + 64 * "7"
json.dump(index, open(sys.argv[1], "w"))
END
    check minibox images --digests reg.example:5000/team/old
    output_has "sha256:$(printf '7%.0s' {1..64})"
    check minibox inspect -f '{{.RepoDigests}}' busybox
    output_is "[reg.example:5000/team/old@sha256:$(printf '7%.0s' {1..64})]"
}

@test "images: an image without a name is <none>" {
    minibox build -q "$BATS_FILE_TMPDIR/context" >/dev/null
    same "busybox:latest lab:v1 reg.example:5000/team/old:v2 " "$(names)"
    dockerfile <<<$'FROM busybox\nLABEL nobody=1'
    local id
    id=$(minibox build -q "$context")
    has '<none>:<none> ' "$(names)"
    check minibox images -f dangling=true --format '{{.Repository}} {{.Tag}}'
    output_is '<none> <none>'
    minibox rmi "${id#sha256:}" >/dev/null
}

# ---- images: --format --------------------------------------------------------

@test "images --format: text with fields, \\t and \\n" {
    check minibox images --format '{{.Repository}}\t{{ .Tag }}\n' lab
    output_is "lab	v1"
    same 2 "$(minibox images --format '{{.Repository}}\n' lab | wc -l)"
    check minibox images --format text
    output_is "text
text
text"
}

@test "images --format: table with a header made from the fields" {
    check minibox images --format 'table {{.ID}}\t{{.Repository}}' lab
    output_is "IMAGE ID       REPOSITORY
$(lab_id | cut -c8-19)   lab"
    check minibox images --format \
        'table {{.CreatedSince}}\t{{.CreatedAt}}\t{{.Size}}\t{{.Tag}}\t{{.Digest}}'
    [[ $output =~ ^CREATED\ +CREATED\ AT\ +SIZE\ +TAG\ +DIGEST ]]
    check minibox images --format table lab
    has "REPOSITORY   TAG" "$output"
    same "$(minibox images)" "$(minibox images --format '')"
}

@test "images --format: dates as Go writes them, sizes with three digits" {
    check minibox images --format '{{.CreatedAt}} {{.Size}}' lab
    [[ $output =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}\ [0-9:]{8}\ [+-][0-9]{4}\ [A-Z]+\ 1\.98MB$ ]]
}

@test "images --format: json, a row a line, with docker's keys" {
    need_tool python3
    check minibox images --format json
    same 3 "$(wc -l <<<"$output")"
    # "5 seconds ago" may be 6 the second time
    same "$(sed 's/"CreatedSince":"[^"]*"//' <<<"$output")" \
        "$(minibox images --format '{{json .}}' |
            sed 's/"CreatedSince":"[^"]*"//')"
    python3 - "$output" <<'END'
import json, sys
rows = [json.loads(line) for line in sys.argv[1].splitlines()]
want = ("Containers CreatedAt CreatedSince Digest ID Repository SharedSize "
        "Size Tag UniqueSize VirtualSize").split()
assert all(list(row) == want for row in rows), rows
assert rows[0]["Repository"] == "lab" and rows[0]["Tag"] == "v1", rows
END
    check minibox images --format '{{json .Tag}}' lab
    output_is '"v1"'
}

@test "images --format: what docker refuses, and what minibox has not" {
    fails 1 "can't evaluate field Foo" minibox images --format '{{.Foo}}'
    error_has 'Repository, Tag'
    fails 1 "can't evaluate field Foo" minibox images --format 'table {{.Foo}}'
    fails 1 'unclosed action' minibox images --format '{{.ID'
    fails 1 'function "foo" not defined' minibox images --format '{{foo .ID}}'
    fails 1 '{{if .ID}}" is not in minibox' \
        minibox images --format '{{if .ID}}x{{end}}'
    # as in docker: no rows, nothing to evaluate
    check minibox images --format '{{.Foo}}' nosuch
    status_is 0
}

@test "images --format and -q: an own format wins, table does not" {
    check minibox images -q --format '{{.Tag}}' lab
    output_is v1
    check minibox images -q --format table lab
    output_is "$(lab_id | cut -c8-19)"
}

# ---- images: filters ---------------------------------------------------------

@test "images: the argument is a repository, a name, or a pattern" {
    same "lab:v1 " "$(names lab)"
    same "lab:v1 " "$(names lab:v1)"
    same "" "$(names lab:v2)"
    same "lab:v1 " "$(names 'l*')"
    same "lab:v1 " "$(names docker.io/library/lab)"
    same "reg.example:5000/team/old:v2 " "$(names reg.example:5000/team/old)"
    same "" "$(names old)"
    same "" "$(names bad:Tag:x)"
    fails 1 'requires at most 1 argument' minibox images lab busybox
}

@test "images -f reference=: with and without tag; several are alternatives" {
    same "lab:v1 " "$(names -f reference=lab)"
    same "lab:v1 " "$(names -f 'reference=lab:*')"
    same "lab:v1 " "$(names -f 'reference=l?b:v[0-9]')"
    same "" "$(names -f 'reference=lab:v2')"
    same "" "$(names -f 'reference=*/*')"
    same "reg.example:5000/team/old:v2 " "$(names -f 'reference=*/*/old')"
    same "reg.example:5000/team/old:v2 " "$(names -f 'reference=*/*/*:v*')"
    same "busybox:latest lab:v1 " \
        "$(names -f reference=lab -f reference=busybox)"
    fails 1 'syntax error in pattern' minibox images -f 'reference=['
}

@test "images -f label=: all of them must be there" {
    same "lab:v1 " "$(names -f label=a)"
    same "lab:v1 " "$(names -f label=a=b)"
    same "lab:v1 " "$(names -f label=a=b -f label=c)"
    same "lab:v1 " "$(names -f label=c=)"
    same "" "$(names -f label=a=x)"
    same "" "$(names -f label=a -f label=nosuch)"
}

@test "images -f before=, since=, dangling=" {
    same "busybox:latest reg.example:5000/team/old:v2 " \
        "$(names -f before=lab:v1)"
    same "lab:v1 " "$(names -f since=busybox)"
    same "" "$(names -f since=busybox -f before=lab:v1)"
    same "" "$(names -f dangling=true)"
    same "busybox:latest lab:v1 reg.example:5000/team/old:v2 " \
        "$(names -f dangling=false)"
    # different names: all must agree
    same "lab:v1 " "$(names -f dangling=false -f label=a -f 'reference=*')"
    same "" "$(names -f label=a busybox)"
}

@test "images -f: errors" {
    fails 1 'No such image: nosuch:latest' minibox images -f since=nosuch
    fails 1 "invalid filter 'foo'" minibox images -f foo=bar
    fails 1 "invalid filter 'dangling=maybe'" minibox images -f dangling=maybe
    fails 125 'bad format of filter (expected name=value)' \
        minibox images -f before
}

# ---- images: damage ----------------------------------------------------------

@test "images: a damaged image is one warning, not the end of the list" {
    a_store
    echo damaged >"$(blob "$(lab_id)")"
    check minibox images
    status_is 0
    output_has busybox reg.example:5000/team/old
    output_lacks lab
    error_has 'lab:v1 can'\''t be read: '
    same 1 "${#stderr_lines[@]}"
}

@test "images: a document that is gone is noticed also when it was seen before" {
    a_store
    check minibox images
    output_has lab
    rm "$(blob "$(lab_id)")"
    check minibox images
    status_is 0
    output_lacks lab
    error_has 'lab:v1 can'\''t be read: '
}

@test "images: says the same with its notes, without, and with damaged ones" {
    a_store
    local first
    first=$(minibox images --format json)
    same "$first" "$(minibox images --format json)"
    rm "$MINIBOX_ROOT/summaries"
    same "$first" "$(minibox images --format json)"
    head -c 100 /dev/urandom >"$MINIBOX_ROOT/summaries"
    same "$first" "$(minibox images --format json)"
}

@test "images: an image without a date is shown" {
    need_tool python3
    export MINIBOX_ROOT=$BATS_TEST_TMPDIR/store
    python3 - "$BATS_TEST_TMPDIR/a.tar" <<'END'
import io, json, sys, tarfile
with tarfile.open(sys.argv[1], "w") as archive:
    layer = io.BytesIO()
    tarfile.open(fileobj=layer, mode="w").close()
    import hashlib
    digest = "sha256:" + hashlib.sha256(layer.getvalue()).hexdigest()
    files = {
        "manifest.json": json.dumps([{"Config": "c.json", "Layers":
                                      ["layer.tar"], "RepoTags": ["nodate:1"]}]),
        "c.json": json.dumps({"architecture": "amd64", "os": "linux",
                              "config": {"Cmd": ["x"]}, "rootfs":
                              {"type": "layers", "diff_ids": [digest]}}),
        "layer.tar": layer.getvalue()}
    for name, data in files.items():
        data = data.encode() if isinstance(data, str) else data
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
END
    minibox load -i "$BATS_TEST_TMPDIR/a.tar" >/dev/null
    check minibox images --format '{{.Repository}} {{.CreatedSince}}'
    output_is 'nodate N/A'
    check minibox inspect -f '{{.Created}}' nodate:1
    output_is 0001-01-01T00:00:00Z
}

# ---- history -----------------------------------------------------------------

@test "history: docker's table, the newest line first" {
    check minibox history lab:v1
    [[ ${output%%$'\n'*} =~ ^IMAGE\ +CREATED\ +CREATED\ BY\ +SIZE\ +COMMENT$ ]]
    local line
    line=$(sed -n 2p <<<"$output")
    has "$(lab_id | cut -c8-19)" "$line"
    has 'CMD ["echo" "x"]' "$line"
    has ' 0B ' "$line"
    has buildkit.dockerfile.v0 "$line"
    same 5 "$(wc -l <<<"$output")"
    has '<missing>' "$(sed -n 3p <<<"$output")"
}

@test "history: -q, --no-trunc" {
    check minibox history -q lab:v1
    same "$(lab_id | cut -c8-19)" "${output%%$'\n'*}"
    same '<missing>' "${output##*$'\n'}"
    check minibox history -q --no-trunc lab:v1
    same "$(lab_id)" "${output%%$'\n'*}"
    check minibox history --no-trunc lab:v1
    output_has "$(lab_id)" 'RUN /bin/sh -c echo hi >/f # buildkit'
}

@test "history: -H=false gives dates and bytes, -H is the default" {
    check minibox history -H=false lab:v1
    has 'CREATED AT' "${output%%$'\n'*}"
    local line
    line=$(grep 'RUN /bin/sh' <<<"$output")
    [[ $line =~ [0-9]T[0-9:]+Z.*\ 3\  ]]
    lacks 3B "$line"
    same "$output" "$(minibox history --human=false lab:v1)"
    same "$(minibox history lab:v1)" "$(minibox history -H lab:v1)"
    same "$(minibox history lab:v1)" "$(minibox history --human=true lab:v1)"
    check minibox history -H=x lab:v1
    status_is 125
}

@test "history --format" {
    check minibox history --format '{{.Size}} {{.CreatedBy}}' lab:v1
    output_has '3B RUN /bin/sh -c echo hi >/f # buildkit'
    check minibox history --format json lab:v1
    has '"Comment":' "$output"
    has '"CreatedBy":"CMD [\"echo\" \"x\"]"' "${output%%$'\n'*}"
    check minibox history --format 'table {{.ID}}\t{{.Comment}}' lab:v1
    [[ ${output%%$'\n'*} =~ ^IMAGE\ +COMMENT$ ]]
    fails 1 "can't evaluate field Foo" minibox history --format '{{.Foo}}' lab:v1
    fails 1 'No such image: nosuch:latest' minibox history nosuch
    fails 1 "requires 1 argument" minibox history
}

@test "history: text of several lines stays one row" {
    dockerfile <<'END'
FROM busybox
RUN <<EOF
echo	one
echo two
EOF
END
    minibox build -q -t l-lines "$context" >/dev/null
    same "$(($(minibox history -q l-lines | wc -l) + 1))" \
        "$(minibox history --no-trunc l-lines | wc -l)"
    check minibox history --no-trunc l-lines
    output_has 'echo one echo two'
    minibox rmi l-lines >/dev/null
}

# ---- tag ---------------------------------------------------------------------

@test "tag: docker's errors" {
    fails 1 'No such image: nosuch:latest' minibox tag nosuch x
    fails 1 'Error parsing reference: "Spam:v1" is not a valid repository/tag' \
        minibox tag busybox Spam:v1
    error_has 'must be lowercase'
    # the new name is looked at first
    fails 1 'Error parsing reference: "Spam:v1"' minibox tag nosuch:v2 Spam:v1
    fails 1 'refusing to create a tag with a digest reference' \
        minibox tag busybox "x@sha256:$(printf '1%.0s' {1..64})"
    fails 1 'Error parsing reference: "" is not' minibox tag busybox ''
    fails 1 'Error parsing reference: "x:bad/tag" is not' \
        minibox tag busybox x:bad/tag
    fails 1 'requires 2 arguments' minibox tag busybox
    fails 1 'invalid reference format' minibox tag '' x
}

# ---- system df ---------------------------------------------------------------

@test "system df: docker's table" {
    check minibox system df
    status_is 0
    same "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE" \
        "${output%%$'\n'*}"
    [[ $(sed -n 2p <<<"$output") =~ ^Images\ +2\ +0\ +4\.[0-9]+MB\ +4\.[0-9]+MB\ \(100%\)$ ]]
    has "Containers      0         0         0B        0B" "$output"
    has "Local Volumes   0         0         0B        0B" "$output"
    [[ $(tail -1 <<<"$output") =~ ^Build\ Cache\ +[0-9]+\ +[0-9]+\ +0B\ +0B$ ]]
}

@test "system df: a container makes its image active" {
    minibox run --name l-user busybox sh -c 'head -c 5000 /dev/zero >/f'
    check minibox system df --format '{{.Type}} {{.TotalCount}} {{.Active}}'
    output_has 'Images 2 1' 'Containers 1 0'
    check minibox system df --format '{{.Type}}: {{.Size}} {{.Reclaimable}}'
    output_has 'Containers: 5kB 5kB (100%)'
    # what is free is lab's own: a layer and two documents
    [[ $output =~ Images:\ [0-9.]+MB\ [0-9.]+kB\ \(0%\) ]]
    minibox rm l-user
}

@test "system df: a running container is not reclaimable" {
    start_container l-runs
    check minibox system df --format '{{.Type}} {{.TotalCount}} {{.Active}} {{.Reclaimable}}'
    output_has 'Containers 1 1 0B'
    stop_container l-runs
}

@test "system df: what is reclaimable is what a prune gives back" {
    export MINIBOX_ROOT=$BATS_TEST_TMPDIR/store
    minibox base -q busybox >/dev/null
    minibox build -q -t lab "$BATS_FILE_TMPDIR/context" >/dev/null
    local wanted
    wanted=$(minibox system df --format '{{.Size}}' | head -1)
    check minibox system prune -af
    output_has "Total reclaimed space: $wanted"
    check minibox system df --format '{{.TotalCount}} {{.Size}}'
    output_is "0 0B
0 0B
0 0B
0 0B"
    [ "$(id -u)" = 0 ] || unshare -Ur --map-auto rm -rf "$MINIBOX_ROOT"
}

@test "system df: what only the build cache has is the build cache's" {
    dockerfile <<<$'FROM busybox\nRUN head -c 100000 /dev/zero >/f'
    minibox build -q -t l-cached "$context" >/dev/null
    minibox rmi l-cached >/dev/null
    check minibox system df --format '{{.Type}} {{.Size}}'
    output_has 'Build Cache 0B' # rmi takes the layer along
    minibox build -q -t l-cached "$context" >/dev/null
    minibox tag l-cached l-keep
    check minibox system df --format '{{.Type}} {{.Size}}'
    output_has 'Build Cache 0B' # counted once, as the image's
    minibox rmi l-cached l-keep >/dev/null
}

@test "system df -v: each image and container, shared and unique sizes" {
    minibox run --name l-user lab:v1 true
    check minibox system df -v
    status_is 0
    output_has 'Images space usage:' 'Containers space usage:' \
        'Local Volumes space usage:' 'Build cache usage: 0B'
    [[ $output =~ REPOSITORY\ +TAG\ +IMAGE\ ID\ +CREATED\ +SIZE\ +SHARED\ SIZE\ +UNIQUE\ SIZE\ +CONTAINERS ]]
    [[ $output =~ lab\ +v1\ +[0-9a-f]{12}\ .*\ ago\ +[0-9.]+MB\ +[0-9.]+MB\ +[0-9.]+kB\ +1 ]]
    [[ $output =~ CONTAINER\ ID\ +IMAGE\ +COMMAND\ +LOCAL\ VOLUMES\ +SIZE\ +CREATED\ +STATUS\ +NAMES ]]
    [[ $output =~ lab:v1\ +\"true\"\ +0\ +0B\ .*Exited\ \(0\).*\ l-user ]]
    minibox rm l-user
}

@test "system df: formats and errors" {
    check minibox system df --format json
    same 4 "$(wc -l <<<"$output")"
    has '"Type":"Images"' "${output%%$'\n'*}"
    check minibox system df --format 'table {{.Type}}\t{{.Active}}'
    [[ ${output%%$'\n'*} =~ ^TYPE\ +ACTIVE$ ]]
    fails 1 "can't evaluate field Foo" minibox system df --format '{{.Foo}}'
    fails 1 'has no --format in minibox' minibox system df -v --format json
    fails 1 'requires 0 arguments' minibox system df x
}

@test "the long forms are the same commands" {
    same "$(minibox images -q)" "$(minibox image ls -q)"
    same "$(minibox history lab:v1)" "$(minibox image history lab:v1)"
    same "$(minibox inspect lab:v1)" "$(minibox image inspect lab:v1)"
}
