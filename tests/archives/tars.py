# SPDX-License-Identifier: MIT
"""tars - archives made byte by byte

Python's tarfile makes the honest ones.  For the others there are headers, PAX
records, gzip members and zstd frames in which every field can be a lie.
"""
import functools
import gzip
import hashlib
import io
import json
import platform
import struct
import tarfile
import zlib

# What a name tries to reach.  tests/archives/run puts a directory there.
CANARY = "/tmp/minibox-canary"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(
    platform.machine(), platform.machine())
END = bytes(1024)
NAME = "hostile:case"


# ---- honest tars ------------------------------------------------------------

def entry(name, data=b"", kind=tarfile.REGTYPE, **fields):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(data)
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def directory(name, **fields):
    return entry(name, kind=tarfile.DIRTYPE, **fields)


def symlink(name, target, **fields):
    return entry(name, kind=tarfile.SYMTYPE, linkname=target, **fields)


def hard_link(name, target, **fields):
    return entry(name, kind=tarfile.LNKTYPE, linkname=target, **fields)


def fifo(name):
    return entry(name, kind=tarfile.FIFOTYPE)


def device(name, major, minor, kind=tarfile.CHRTYPE):
    return entry(name, kind=kind, devmajor=major, devminor=minor)


def tar(*entries, form=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form,
                      errors="surrogateescape") as t:
        for info, data in entries:
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


# ---- headers ----------------------------------------------------------------

FIELDS = {"name": (0, 100), "mode": (100, 8), "uid": (108, 8), "gid": (116, 8),
          "size": (124, 12), "mtime": (136, 12), "kind": (156, 1),
          "link": (157, 100), "magic": (257, 8), "devmajor": (329, 8),
          "devminor": (337, 8), "prefix": (345, 155)}


def header(name, size=0, kind=b"0", checksum=None, **fields):
    """A ustar header.  Numbers become octal, bytes stay what they are."""
    head = bytearray(512)
    values = {"mode": 0o644, "uid": 0, "gid": 0, "mtime": 0,
              "magic": b"ustar\00000", **fields, "name": name, "size": size,
              "kind": kind}
    for field, value in values.items():
        at, length = FIELDS[field]
        if isinstance(value, int):
            value = b"%0*o" % (length - 1, value)
        head[at:at + len(value)] = value[:length]
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % (sum(head) if checksum is None else checksum)
    return bytes(head)


def base256(number, length):
    """A number as GNU tar writes those that do not fit: they may be
    negative."""
    return ((number & ((1 << (8 * length - 1)) - 1)) |
            1 << (8 * length - 1)).to_bytes(length, "big")


def padded(data):
    return data + bytes(-len(data) % 512)


def file(name, data=b"", **fields):
    return header(name, fields.pop("size", len(data)), **fields) + padded(data)


def record(key, value):
    """One record of a PAX header; it says how long it is."""
    text = b" " + key + b"=" + value + b"\n"
    size = len(text) + 1
    while len(str(size)) + len(text) != size:
        size += 1
    return str(size).encode() + text


def pax(records, *after, kind=b"x"):
    """A PAX header with these records (or these bytes), then raw blocks, and
    the end."""
    body = records if isinstance(records, bytes) else b"".join(
        record(k, v) for k, v in records)
    return file(b"pax", body, kind=kind) + b"".join(after) + END


def longname(name, *after, kind=b"L"):
    """A name as GNU tar writes long ones."""
    return file(b"././@LongLink", name + b"\0", kind=kind) + b"".join(
        after) + END


def gnu_sparse(chunks, real_size, data):
    """A sparse file as GNU tar wrote it before PAX."""
    head = bytearray(header(b"sparse", len(data), b"S", magic=b"ustar  \0"))
    for i, (offset, size) in enumerate(chunks):
        at = 386 + 24 * i
        head[at:at + 24] = number12(offset) + number12(size)
    head[483:495] = number12(real_size)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + padded(data) + END


def number12(n):
    return b"%011o\0" % n if n < 8 ** 11 else base256(n, 12)


# ---- compression ------------------------------------------------------------

def gz(data):
    return gzip.compress(data, mtime=0)


ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def zstd_block(data=None, zeros=0, last=False):
    """Bytes as they are, or a block that means so many zeros."""
    if data is not None:
        return struct.pack("<I", last | len(data) << 3)[:3] + data
    return struct.pack("<I", last | 1 << 1 | zeros << 3)[:3] + b"\0"


def zstd(data, descriptor=0, window=0x38, more=b""):
    """A frame that compresses nothing."""
    size = 1 << 17
    blocks = [data[i:i + size] for i in range(0, len(data), size)] or [b""]
    return ZSTD_MAGIC + bytes([descriptor, window]) + more + b"".join(
        zstd_block(b, last=b is blocks[-1]) for b in blocks)


# ---- images -----------------------------------------------------------------

GOOD = tar(directory("good"), entry("good/file", b"good\n"))
@functools.lru_cache(None)
def programs():
    """Entries of a layer that can run a shell."""
    with open("/bin/busybox", "rb") as f:
        program = f.read()
    return (directory("bin"), entry("bin/busybox", program, mode=0o755),
            *[symlink("bin/" + name, "busybox") for name in
              ("sh", "cat", "ls", "id", "true", "test", "stat", "printf")])


@functools.lru_cache(None)
def base():
    """The layer below the hostile one: it can run a shell, and has something
    to hide."""
    return tar(*programs(), directory("etc"), entry("etc/keep", b"kept\n"),
               entry("etc/passwd", b"root:x:0:0::/:/bin/sh\n"),
               directory("keep"), entry("keep/file", b"kept\n"),
               symlink("keep/link", "/etc"))


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def diff_id(layer):
    """The digest of a layer's tar; of a damaged one, that of what it should
    have been, so that the damage is all that is wrong with it."""
    if layer[:4] == ZSTD_MAGIC or layer[:2] == b"\x1f\x8b":
        try:
            layer = gzip.decompress(layer)
        except (OSError, EOFError, zlib.error):
            layer = GOOD
    return "sha256:" + sha256(layer)


def document(layers, **config):
    """A config for these layers."""
    diff_ids = [diff_id(layer) for layer in layers]
    found = {"architecture": ARCHITECTURE, "os": "linux",
             "created": "2026-01-01T00:00:00Z",
             "config": {"Cmd": ["sh"], "Env": ["PATH=/bin"]},
             "rootfs": {"type": "layers", "diff_ids": diff_ids}}
    found.update(config)
    return found


def image(*layers, names=(NAME,), **config):
    """The members of a docker archive with these layers on top of base()."""
    layers = (base(), *layers)
    files = [(f"{i}.tar", layer) for i, layer in enumerate(layers)]
    return listed([{"Config": "c.json", "RepoTags": list(names),
                    "Layers": [name for name, _ in files]}],
                  ("c.json", to_bytes(document(layers, **config))), *files)


def to_bytes(value):
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def listed(manifest, *files):
    """The members of an archive with this manifest.json."""
    return [("manifest.json", to_bytes(manifest)), *files]


def changed(members, name, data):
    """The members with another one in place of NAME."""
    return [((name, to_bytes(data)) if not isinstance(data, tuple) else data)
            if m[0] == name else m for m in members]


OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"


def described(data, media_type, **more):
    """A descriptor of a document, which may lie."""
    return {"mediaType": media_type, "digest": "sha256:" + sha256(data),
            "size": len(data), **more}


def blob(data):
    return "blobs/sha256/" + sha256(data), data


def layout(top, *blobs, **index):
    """The members of an OCI archive; TOP is a descriptor."""
    return [("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'),
            ("index.json", to_bytes({"schemaVersion": 2, "manifests": [top],
                                     **index})),
            *[b if isinstance(b, tuple) else blob(b) for b in blobs]]


def oci(layer=GOOD, row=(), config=(), layers=(), manifest=()):
    """The members of an OCI archive; the dicts are laid over what would be
    right."""
    config_text = to_bytes(document([layer]))
    text = to_bytes({"schemaVersion": 2, "mediaType": OCI_MANIFEST,
                     "config": described(config_text, OCI_CONFIG,
                                         **dict(config)),
                     "layers": [described(layer, OCI_LAYER, **dict(layers))],
                     **dict(manifest)})
    named = {"io.containerd.image.name": "docker.io/library/" + NAME}
    return layout(described(text, OCI_MANIFEST,
                            **{"annotations": named, **dict(row)}),
                  text, config_text, layer)


def pack(members):
    """Members as a tar."""
    return tar(*[m if isinstance(m[0], tarfile.TarInfo) else entry(*m)
                 for m in members], form=tarfile.GNU_FORMAT)
