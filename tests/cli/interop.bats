#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# interop.bats - others read our store, and see what we see
load helper

# An image with all that a layer can hold; the base of all tests here.
setup_file_more() {
    BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR dockerfile <<'END'
FROM busybox
ENV GREETING="hello world"
RUN mkdir -p /d/keep /d/gone /opaque && touch /d/gone/x /opaque/old && \
    echo a >/a && ln /a /hard && ln -s a /soft && ln -s /nowhere /dangling
RUN rm -r /d/gone /opaque && mkdir -m 2750 /opaque && touch /opaque/new && \
    cp /bin/busybox /suid && chmod 4755 /suid && chmod 600 /a
RUN mkfifo /fifo && echo "ü" >"/with space" && head -c 100000 /dev/zero >/big
COPY Dockerfile /copied/
WORKDIR /work
CMD ["echo", "hi"]
END
    minibox build -q -t interop "$BATS_FILE_TMPDIR/context" >/dev/null
    cat >"$BATS_FILE_TMPDIR/list.sh" <<'END'
# Every name below the root with type, mode, link target and content.
cd "$1" || exit 1
find . \( -path ./dev -o -path ./proc -o -path ./sys -o -path ./list.sh \
    -o -path ./etc/hosts -o -path ./etc/hostname -o -path ./etc/resolv.conf \
    -o -path ./.dockerenv \) -prune -o -print | sort | while read -r name; do
    [ "$name" != . ] || continue
    line="$name $(stat -c '%F %a' "$name")"
    if [ -L "$name" ]; then
        line="$name link $(readlink "$name")"
    elif [ -f "$name" ]; then
        line="$line $(sha256sum <"$name")"
    fi
    [ "$2" != owners ] || line="$line $(stat -c '%u:%g' "$name")"
    echo "$line"
done
END
}

# As a user: the others must be "root" as well, to see the subordinate ids.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        unshare --user --map-root-user --map-auto "$@"
    fi
}

@test "interop: skopeo inspects the store" {
    need_tool skopeo
    check skopeo inspect "oci:$MINIBOX_ROOT:interop"
    status_is 0
    output_has '"Architecture"' '"Layers"' 'GREETING=hello world'
    check skopeo inspect --config "oci:$MINIBOX_ROOT:interop:latest"
    status_is 0
    output_has '"diff_ids"' 'RUN /bin/sh -c mkdir'
}

@test "interop: skopeo copies it out, and all digests verify" {
    need_tool skopeo
    skopeo copy -q "oci:$MINIBOX_ROOT:interop" \
        "docker-archive:$BATS_TEST_TMPDIR/out.tar:interop:copied"
    [ -s "$BATS_TEST_TMPDIR/out.tar" ]
}

@test "interop: every blob's name is its digest" {
    local blob
    for blob in "$MINIBOX_ROOT"/blobs/sha256/*; do
        same "${blob##*/}" "$(sha256sum <"$blob" | cut -d ' ' -f 1)"
    done
}

@test "interop: umoci unpacks the tree that a container shows" {
    need_tool umoci
    local tree=$BATS_TEST_TMPDIR/tree inside=$BATS_TEST_TMPDIR/inside
    local umoci=$BATS_TEST_TMPDIR/umoci
    as_root umoci unpack --image "$MINIBOX_ROOT:interop" "$tree" >/dev/null
    # both by the same busybox
    as_root busybox sh "$BATS_FILE_TMPDIR/list.sh" "$tree/rootfs" owners \
        >"$umoci"
    minibox run --rm -v "$BATS_FILE_TMPDIR/list.sh:/list.sh:ro" interop \
        sh /list.sh / owners >"$inside"
    diff "$umoci" "$inside"
    grep -q '^./opaque/new ' "$inside"
    grep -q '^./suid .*4755' "$inside"
    run grep -e gone -e opaque/old "$inside"
    [ "$status" -eq 1 ]
    as_root rm -rf "$tree"
}

@test "interop: umoci lists the names" {
    need_tool umoci
    check umoci ls --layout "$MINIBOX_ROOT"
    status_is 0
    output_has busybox interop
}

@test "interop: the layers are tars that tar reads, sorted and plain" {
    local blob n=0
    for blob in "$MINIBOX_ROOT"/blobs/sha256/*; do
        [ "$(head -c 1 "$blob")" != '{' ] || continue
        tar -tf "$blob" >/dev/null
        n=$((n + 1))
    done
    [ "$n" -ge 5 ]
}
