#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# build-inputs.bats - minibox build: what it is given, and how it answers
load helper

# a_context: a directory with a Dockerfile that copies the file "f".
a_context() {
    dockerfile <<<$'FROM busybox\nCOPY f /f'
    echo content >"$context/f"
}

# f_is TEXT: the image t has it in /f.
f_is() {
    check in_image 'cat /f'
    output_is "$1"
}

# ---- standard input --------------------------------------------------------

@test "build -: a Dockerfile on standard input, and no context" {
    check minibox build -t t - <<<$'FROM busybox\nRUN echo piped >/f'
    status_is 0
    f_is piped
    fails 1 '"/f": not found' minibox build -q - <<<$'FROM busybox\nCOPY f /' ||
        error_has '"/f": not found'
}

@test "build -: an archive, plain, gzip or zstd, is the context" {
    a_context
    local how
    for how in cat gzip 'zstd -qc'; do
        echo "$how" >"$context/f"
        tar -C "$context" -c . | $how |
            minibox build -t t - 2>"$BATS_TEST_TMPDIR/err"
        f_is "$how"
    done
}

@test "build -: of an archive, -f is a path in it, .dockerignore counts" {
    a_context
    mkdir "$context/sub"
    mv "$context/Dockerfile" "$context/sub/D"
    tar -C "$context" -cz . | minibox build -q -f sub/D -t t -
    f_is content
    echo f >"$context/.dockerignore"
    tar -C "$context" -cz . >"$BATS_TEST_TMPDIR/tgz"
    check minibox build -f sub/D - <"$BATS_TEST_TMPDIR/tgz"
    status_is 1
    error_has '"/f": not found' .dockerignore
}

@test "build -: an archive reaches nothing outside the context" {
    a_context
    local canary=$BATS_TEST_TMPDIR/canary
    mkdir "$canary"
    python3 - "$canary" >"$BATS_TEST_TMPDIR/evil.tar" <<'END'
import io, sys, tarfile
tar = tarfile.open(fileobj=sys.stdout.buffer, mode="w")
def add(name, type=tarfile.REGTYPE, link="", text=b"x"):
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.size = type, link, len(text)
    tar.addfile(entry, io.BytesIO(text))
add("Dockerfile", text=b"FROM busybox\nCOPY . /c/\n")
add("out", tarfile.SYMTYPE, sys.argv[1], b"")
add("out/planted")
tar.close()
END
    run minibox build -t t - <"$BATS_TEST_TMPDIR/evil.tar"
    same "" "$(ls -A "$canary")"
}

@test "build -: what is no archive, damaged or of another kind says so" {
    a_context
    check minibox build - </dev/null
    status_is 1
    error_has 'the Dockerfile cannot be empty'
    tar -C "$context" -cz . | head -c 100 >"$BATS_TEST_TMPDIR/cut"
    check minibox build - <"$BATS_TEST_TMPDIR/cut"
    status_is 1
    error_has 'unpack the context'
    printf 'BZh91AY' >"$BATS_TEST_TMPDIR/bz"
    fails 1 'compressed with bzip2' minibox build - <"$BATS_TEST_TMPDIR/bz"
    fails 1 "can't use stdin for both" minibox build -f - - <<<'FROM x'
    fails 1 'ambiguous Dockerfile source' minibox build -f D - <<<'FROM x'
}

@test "build -f -: the Dockerfile from standard input, for a context" {
    a_context
    echo nonsense >"$context/Dockerfile"
    check minibox build -t t -f - "$context" <<<$'FROM busybox\nCOPY f /'
    status_is 0
    f_is content
    fails 1 'Dockerfile:2' minibox build -f - "$context" <<<$'FROM busybox\nX'
}

@test "build -f FILE: outside of the context, with its own ignore file" {
    a_context
    mv "$context/Dockerfile" "$BATS_TEST_TMPDIR/Elsewhere"
    built -f "$BATS_TEST_TMPDIR/Elsewhere"
    f_is content
    echo f >"$BATS_TEST_TMPDIR/Elsewhere.dockerignore"
    build -f "$BATS_TEST_TMPDIR/Elsewhere"
    status_is 1
    output_has '"/f": not found'
}

# ---- answers ---------------------------------------------------------------

@test "build --iidfile: has the ID, and after a failure nothing" {
    a_context
    local file=$BATS_TEST_TMPDIR/id
    check minibox build -q --iidfile "$file" "$context"
    status_is 0
    same "$output" "$(cat "$file")"
    same 71 "$(stat -c %s "$file")"
    echo 'RUN exit 1' >>"$context/Dockerfile"
    build --iidfile "$file"
    status_is 1
    [ ! -e "$file" ]
    dockerfile <<<$'FROM busybox\nENV A=1'
    fails 1 "--iidfile $file/x" minibox build -q --iidfile "$file/x" "$context"
    check minibox build --iidfile /dev/stdout "$context"
    output_has sha256:
    [ -e /dev/stdout ]
}

@test "build -q: the steps are shown if it fails, only then" {
    dockerfile <<<$'FROM busybox\nRUN echo shown; exit 3'
    check minibox build -q "$context"
    status_is 1
    output_is ''
    error_has 'Step 2/2' $'\nshown\n' 'exit code: 3'
    dockerfile <<<$'FROM busybox\nRUN echo hidden'
    check minibox build --progress=quiet "$context"
    status_is 0
    error_is ''
}

@test "build --label: in the config, over the Dockerfile's" {
    dockerfile <<<$'FROM busybox\nLABEL a=1 b=2'
    built --label a=new --label c --label d=x=y
    check minibox inspect --format '{{json .Config.Labels}}' t
    output_is '{"a":"new","b":"2","c":"","d":"x=y"}'
}

# ---- what is not here ------------------------------------------------------

@test "build: options of Docker's: taken, or refused by their names" {
    a_context
    built --progress=plain --platform "linux/$(minibox inspect busybox \
        --format '{{.Architecture}}')"
    fails 125 '--progress=tty is not in minibox' \
        minibox build --progress=tty "$context"
    fails 125 'this machine only' \
        minibox build --platform linux/s390x "$context"
    local option
    for option in --pull --ssh=default --push --cache-from=x --output=x; do
        fails 125 'an option of Docker' minibox build "$option" "$context"
    done
    local url
    for url in https://example.org/x.git http://x/y.tar git@example.org:a/b; do
        fails 1 'a build from a URL is not in minibox' minibox build "$url"
    done
}

@test "COPY: flags that are not here are named before the first step" {
    a_context
    local flag
    for flag in --parents --exclude=x; do
        dockerfile <<<$'FROM busybox\nRUN echo ran\nCOPY '"$flag"' f /'
        build
        status_is 1
        output_has "COPY ${flag%=*} is not in minibox"
        output_lacks $'\nran'
    done
    dockerfile <<<$'FROM busybox\nCOPY --link f /f'
    built
    output_has '--link is not in minibox'
    f_is content
}
