# SPDX-License-Identifier: MIT
"""rich - an image that has everything a journey could lose

Its first layer comes from a tar of Python's, by minibox import.  Two more are
made by minibox build: what they hold went through overlayfs and our own writer
of tars.
"""
import io
import os
import struct
import tarfile

BUSYBOX = "/bin/busybox"
LONG = "n" * 200 + "-\N{LATIN SMALL LETTER E WITH ACUTE}" * 15
DEEP = "/".join(["deep"] * 60)
BINARY = "bad-\udcff\udcfe-name"
SECOND = 1700000000
OWNERS = (0, 1000, 65534)

DOCKERFILE = """\
FROM rich-base
LABEL org.example.text="two words" org.example.empty="" \\
      org.example.path="../../etc"
ENV A=1 TEXT="x y" UMLAUT="\N{LATIN SMALL LETTER A WITH DIAERESIS}"
EXPOSE 80/tcp 53/udp
VOLUME ["/data", "/more data"]
WORKDIR /work/here
COPY --chown=1000:65534 copied /copied
COPY --chmod=4711 copied /copied-setuid
RUN rm /lower/gone && rm -r /lower/tree && mkdir /lower/tree && \\
    echo new >/lower/tree/new && rm -r /lower/becomes-file && \\
    echo file >/lower/becomes-file && rm /lower/becomes-dir && \\
    mkdir /lower/becomes-dir && echo x >/lower/becomes-dir/x
RUN chmod 640 /rich/xattr && chown 1000:1000 /rich/owner-0 && \\
    mkdir -p /up/empty /up/sticky && chmod 1777 /up/sticky && \\
    mkfifo -m 620 /up/fifo && ln -s ../rich/plain /up/link && \\
    echo one >/up/one && ln /up/one /up/two && ln /rich/hard-1 /up/hard-3 && \\
    truncate -s 3000000 /up/sparse && echo end >>/up/sparse && \\
    touch "/up/$(printf 'bad-\\377\\376')" "/up/$(printf 'nl-\\nx')" && \\
    chown 65534:65534 "/up/$(printf 'bad-\\377\\376')" && \\
    touch -d @1 /up/old && chown -h 1000:1000 /up/link && \\
    ln -s \u6587 /up/\u4ef6 && ln /up/one /up/\u00fcber && ln -s / /up/root
STOPSIGNAL SIGUSR1
USER 1000:65534
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["id -u; pwd; echo $TEXT; cat /lower/tree/new; ls /lower"]
"""


def entry(name, kind=tarfile.REGTYPE, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(data)
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    info.mtime = SECOND
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def directory(name, **fields):
    return entry(name, tarfile.DIRTYPE, **fields)


def busybox():
    """Enough to run a Dockerfile's commands."""
    with open(BUSYBOX, "rb") as f:
        yield entry("bin/busybox", data=f.read(), mode=0o755)
    for name in ("sh", "rm", "mkdir", "chmod", "chown", "mkfifo", "ln",
                 "truncate", "touch", "printf", "id", "cat", "ls", "true"):
        yield entry("bin/" + name, tarfile.SYMTYPE, linkname="busybox")


def lower():
    """What the next layers remove and replace."""
    yield directory("lower")
    yield entry("lower/gone", data=b"gone")
    yield entry("lower/stays", data=b"stays")
    for name in ("tree", "tree/sub", "becomes-file"):
        yield directory("lower/" + name)
        yield entry(f"lower/{name}/old", data=b"old")
    yield entry("lower/becomes-dir", data=b"file")


def odd_names():
    yield entry("rich/" + LONG, data=b"long")
    yield entry("rich/" + BINARY, data=b"binary")
    yield entry("rich/new\nline", data=b"newline")
    yield entry("rich/ space ", data=b"space")
    yield entry("rich/back\\slash", data=b"backslash")
    yield entry("rich/\u6587\u4ef6", data=b"not one letter is ASCII")
    yield entry("rich/to-\u6587", tarfile.SYMTYPE, linkname="\u6587\u4ef6")
    for depth in range(1, 61):
        yield directory("/".join(["deep"] * depth))
    yield entry(DEEP + "/end", data=b"deep")


def kinds(privileged):
    """Every kind of file, mode and owner."""
    for mode in (0o0, 0o400, 0o755, 0o4755, 0o2755, 0o6711):
        yield entry(f"rich/mode-{mode:04o}", data=b"m", mode=mode)
    for mode in (0o1777, 0o2775, 0o700):
        yield directory(f"rich/dir-{mode:04o}", mode=mode)
    for owner in OWNERS:
        yield entry(f"rich/owner-{owner}", data=b"o", uid=owner, gid=owner)
    yield entry("rich/plain", data=b"plain")
    yield entry("rich/fifo", tarfile.FIFOTYPE, mode=0o600, gid=1000)
    yield entry("rich/dangling", tarfile.SYMTYPE, linkname="no/where", uid=1000)
    yield entry("rich/absolute", tarfile.SYMTYPE, linkname="/etc/passwd")
    yield entry("rich/long-link", tarfile.SYMTYPE, linkname="../" * 50 + LONG)
    yield entry("rich/hard-1", data=b"one file", mode=0o640, uid=1000)
    for n in (2, 4):
        yield entry(f"rich/hard-{n}", tarfile.LNKTYPE, linkname="rich/hard-1",
                    mode=0o640, uid=1000)
    yield entry("rich/old", data=b"old", mtime=0)
    yield entry("rich/nano", data=b"n",
                pax_headers={"mtime": f"{SECOND}.123456789"})
    yield entry("rich/before-1970", data=b"b", pax_headers={"mtime": "-86400"})
    yield entry("rich/xattr", data=b"x", pax_headers={
        "SCHILY.xattr.user.text": "a value",
        "SCHILY.xattr.user.binary": "\udcff\n\0=x"})
    yield directory("rich/xattr-dir", pax_headers={
        "SCHILY.xattr.user.on-a-dir": "yes"})
    if privileged:  # cap_net_raw=ep, as setcap(8) writes it
        value = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)
        yield entry("rich/capable", data=b"c", mode=0o755, pax_headers={
            "SCHILY.xattr.security.capability":
                value.decode("utf-8", "surrogateescape")})


def base_tar(privileged):
    """The first layer."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT,
                      encoding="utf-8", errors="surrogateescape") as tar:
        parts = [directory(n) for n in ("bin", "rich", "etc", "data")]
        parts += [entry("etc/passwd", data=b"root:x:0:0::/:/bin/sh\n")]
        parts += [*busybox(), *lower(), *kinds(privileged), *odd_names()]
        for info, data in parts:
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def build(store, work, privileged):
    """Make the image "rich:v1" in the store."""
    tar = work / "base.tar"
    tar.write_bytes(base_tar(privileged))
    store.must("import", str(tar), "rich-base")
    context = work / "context"
    context.mkdir()
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "copied").write_text("copied\n")
    os.chmod(context / "copied", 0o600)
    store.must("build", "-q", "-t", "rich:v1", str(context))
