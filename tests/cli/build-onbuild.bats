#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# build-onbuild.bats - instructions that wait for the next build
load helper

# base TEXT...: an image "base" with these lines below its FROM.
base() {
    mkdir -p "$BATS_TEST_TMPDIR/base"
    printf '%s\n' 'FROM busybox' "$@" >"$BATS_TEST_TMPDIR/base/Dockerfile"
    minibox build -q -t base "$BATS_TEST_TMPDIR/base" >/dev/null
}

# on_build: what image $1 has left of its triggers.
on_build() { minibox inspect --format '{{json .Config.OnBuild}}' "$1"; }

@test "ONBUILD: done right after FROM, in order, and only once" {
    base 'ONBUILD COPY f /f' 'ONBUILD RUN echo "two $(cat /f)" >>/log' \
        'RUN echo one >/log'
    same '["COPY f /f","RUN echo \"two $(cat /f)\" >>/log"]' "$(on_build base)"
    dockerfile <<<$'FROM base\nRUN echo three >>/log\nONBUILD RUN echo mine'
    echo content >"$context/f"
    built
    output_has '# Executing 2 build triggers' 'Step 2/5 : ONBUILD COPY f /f' \
        'Step 4/5 : RUN echo three'
    check in_image 'cat /log'
    output_is $'one\ntwo content\nthree'
    same '["RUN echo mine"]' "$(on_build t)"
    minibox tag t child
    dockerfile <<<$'FROM child\nENV A=1'
    built
    output_has $'\nmine' '# Executing 1 build trigger'
    output_lacks 'build triggers'
    same null "$(on_build t)"
}

@test "ONBUILD: variables and config belong to the build that triggers" {
    base 'ONBUILD ARG V=default' 'ONBUILD ENV E=$V' 'ONBUILD WORKDIR /$V' \
        'ONBUILD USER nobody' 'ONBUILD ENTRYPOINT ["echo"]' 'CMD ["inherited"]'
    dockerfile <<<$'FROM base\nRUN id -un >/tmp/f; pwd >>/tmp/f'
    built --build-arg V=given
    check in_image 'cat /tmp/f; echo $E'
    output_is $'nobody\n/given\ngiven'
    check minibox run --rm t
    output_is ''
}

@test "ONBUILD: heredocs, and --from a stage or an image" {
    minibox tag busybox other
    base 'ONBUILD COPY <<EOF /here' "text" EOF \
        'ONBUILD COPY --from=tools /tool /tool' \
        'ONBUILD COPY --from=other /bin/sh /othersh'
    dockerfile <<'END'
FROM busybox AS tools
RUN echo tool >/tool
FROM base
END
    built
    check in_image 'cat /here /tool; test -e /othersh && echo there'
    output_is $'text\ntool\nthere'
    dockerfile <<<'FROM base'
    build
    status_is 1
    output_has 'ONBUILD COPY --from=tools' 'neither a stage' 'Dockerfile:1'
}

@test "ONBUILD: a stage that begins with a stage gets its triggers, once" {
    dockerfile <<'END'
FROM busybox AS first
ONBUILD RUN echo triggered >>/log
FROM first AS second
RUN echo own >>/log
FROM second
RUN echo last >>/log
END
    built
    same null "$(on_build t)"
    check in_image 'cat /log'
    output_is $'triggered\nown\nlast'
    built --target first
    same '["RUN echo triggered >>/log"]' "$(on_build t)"
}

@test "ONBUILD: a trigger that fails is told with its text" {
    base 'ONBUILD RUN exit 5'
    dockerfile <<<$'# first\nFROM base'
    build
    status_is 1
    output_has 'Dockerfile:2' 'ONBUILD RUN exit 5' 'exit code: 5' '2 | FROM base'
}

# planted TEXT: the archive of an image "planted" with this trigger.
planted() {
    python3 - "$1" <<'END'
import hashlib, io, json, sys, tarfile
def tar_of(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return out.getvalue()
layer = tar_of({"f": b"x"})
config = json.dumps({
    "architecture": "amd64", "os": "linux",
    "config": {"OnBuild": [sys.argv[1]]},
    "rootfs": {"type": "layers",
               "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]},
}).encode()
manifest = json.dumps([{"Config": "config.json", "Layers": ["layer.tar"],
                        "RepoTags": ["planted:latest"]}]).encode()
sys.stdout.buffer.write(tar_of({"layer.tar": layer, "config.json": config,
                                "manifest.json": manifest}))
END
}

@test "ONBUILD: what it refuses, in a Dockerfile and in an image" {
    local line
    for line in 'FROM x' 'from x' 'MAINTAINER me' 'ONBUILD RUN x' NOSUCH \
        'COPY a'; do
        dockerfile <<<$'FROM busybox\nONBUILD '"$line"
        build
        status_is 1
        output_has Dockerfile:2
    done
    # An image that somebody made by other means.
    local text
    for text in 'FROM busybox' 'ONBUILD RUN x' $'RUN a\nRUN b' '' NOSUCH; do
        planted "$text" | minibox load -q
        dockerfile <<<'FROM planted'
        build
        status_is 1
        output_has ONBUILD Dockerfile:1
    done
}
