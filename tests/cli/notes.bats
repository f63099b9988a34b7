#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The study notes' Dockerfile, end to end on a real Debian: what one reads
# about ARG, USER, WORKDIR, ENV and history holds here.  Packages come through
# apt, from wherever this machine's own come from.

load helper

# The notes' example, with their slips mended (-y, a user that exists, ./).
write_dockerfile() {
    mkdir -p "$1/files"
    cat >"$1/files/pipeline.py" <<'END'
import getpass, os
print("pipeline run by", getpass.getuser(), "in", os.getcwd(),
      "mode", os.environ["MODE"])
END
    cat >"$1/Dockerfile" <<END
FROM debian:$codename

ARG py_version=$version
ARG project_folder=/project/pipeline_v3
ENV MODE=image

RUN apt-get update
RUN apt-get install -y --no-install-recommends python3=\$py_version
COPY files \$project_folder
RUN useradd repl
USER repl
WORKDIR \$project_folder
CMD python3 pipeline.py
END
}

# A Debian base and the image "pipeline", once for the whole file.
setup_file_more() {
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    version=$(apt-cache policy python3 2>/dev/null |
        awk '/Candidate/ { print $2 }')
    export codename version CONTEXT=$BATS_FILE_TMPDIR/context
    [ "$(. /etc/os-release && echo "$ID")" = debian ] && [ -n "$version" ] ||
        return 0
    minibox base debian -q >"$BATS_FILE_TMPDIR/debian.log" 2>&1 || return 0
    write_dockerfile "$CONTEXT"
    minibox build -t pipeline "$CONTEXT" >"$BATS_FILE_TMPDIR/build.log" 2>&1 ||
        return 0
}

setup() {
    [ -n "${version:-}" ] || need_or_skip "this is no Debian with apt lists"
    if ! minibox images -q "debian:$codename" | grep -q .; then
        cat "$BATS_FILE_TMPDIR/debian.log" >&2
        need_or_skip "mmdebstrap could not make a Debian here"
    fi
}

@test "notes: the Dockerfile builds" {
    tail -20 "$BATS_FILE_TMPDIR/build.log"
    minibox images -q pipeline | grep -q .
}

@test "notes: it prints from inside, as the user repl, in WORKDIR" {
    run minibox run --rm pipeline
    [ "$status" = 0 ]
    [ "$output" = "pipeline run by repl in /project/pipeline_v3 mode image" ]
}

@test "notes: run --env overrides ENV" {
    run minibox run --rm --env MODE=run pipeline
    [ "$output" = "pipeline run by repl in /project/pipeline_v3 mode run" ]
}

@test "notes: the command that overrides CMD runs in WORKDIR, too" {
    run minibox run --rm pipeline pwd
    [ "$output" = /project/pipeline_v3 ]
}

@test "notes: --build-arg moves the files to another path" {
    minibox build -q -t moved --build-arg project_folder=/project/pipeline_v2 \
        "$CONTEXT"
    run minibox run --rm moved
    [ "$output" = "pipeline run by repl in /project/pipeline_v2 mode image" ]
}

@test "notes: python3 is the version that ARG asked for" {
    run minibox run --rm pipeline dpkg-query -W -f '${Version}' python3
    [ "$output" = "$version" ]
}

@test "notes: history lists every step with its size, and the ARG values" {
    run minibox history --no-trunc pipeline
    [ "$(wc -l <<<"$output")" = 12 ] # ten steps, the base, the header
    grep -q "ARG py_version=$version " <<<"$output"
    grep -q "RUN |2 py_version=$version project_folder=/project/pipeline_v3 \
/bin/sh -c apt-get update # buildkit .*[0-9]MB" <<<"$output"
    grep -qE 'USER repl +0B' <<<"$output"
    grep -qE 'COPY files /project/pipeline_v3 # buildkit +1[0-9]+B' \
        <<<"$output"
}

@test "notes: built again, all of it comes from the cache, as the same image" {
    before=$(minibox images -q pipeline)
    run minibox build -t pipeline "$CONTEXT"
    [ "$(grep -c 'Using cache' <<<"$output")" = 10 ]
    [ "$(minibox images -q pipeline)" = "$before" ]
}
