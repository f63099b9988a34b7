#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tree - what files an image has, and all that can be lost of them

The same table from two sources, so that one can be held against the other:

    tree.of_tars(...)     the layers as tars, laid over each other here, by
                          Python's own reader of tars
    tree.of_dirs(...)     the layers unpacked, with overlayfs' marks

A file's record says its type, mode, owner, time, size and digest of the content,
target, attributes, and which names are one file.

  tree.py DIR...          the table of unpacked layers, lowest first, as JSON
                          (a program, because an ordinary user must run it
                          inside a user namespace to see owners)
"""
import decimal
import hashlib
import json
import os
import stat
import sys
import tarfile

KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link",
         stat.S_IFIFO: "fifo", stat.S_IFCHR: "char", stat.S_IFBLK: "block",
         stat.S_IFSOCK: "socket"}
TAR_KINDS = {tarfile.DIRTYPE: "dir", tarfile.SYMTYPE: "link",
             tarfile.FIFOTYPE: "fifo", tarfile.CHRTYPE: "char",
             tarfile.BLKTYPE: "block"}
WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
MARKS = ("trusted.overlay.", "user.overlay.")


class Tree:
    """Files by name ("" is the root); names that share a dict are one file."""

    def __init__(self):
        self.files = {}

    def hide(self, name):
        """Remove NAME and what is below it."""
        for other in [n for n in self.files
                      if n == name or n.startswith(name + "/")]:
            del self.files[other]

    def put(self, name, record):
        """A file of an upper layer; directories become one."""
        old = self.files.get(name)
        if old and not (old["kind"] == record["kind"] == "dir"):
            self.hide(name)
        self.files[name] = record

    def hide_below(self, name, keep):
        """An opaque directory: nothing but what KEEP has stays in it."""
        prefix = name + "/" if name else ""
        for other in [n for n in self.files
                      if n != name and n.startswith(prefix) and n not in keep]:
            del self.files[other]

    def records(self):
        """{name: what there is to say of it}; "same as" is a hard link's first
        name."""
        first, count = {}, {}
        for name in sorted(self.files):
            key = id(self.files[name])
            first.setdefault(key, name)
            count[key] = count.get(key, 0) + 1
        found = {}
        for name, record in self.files.items():
            found[name] = dict(record)
            if count[id(record)] > 1:
                found[name]["same as"] = first[id(record)]
        return found


def differences(expected, got, without=(), ignore=(), whole_seconds=False):
    """What distinguishes two records(), as lines of text.  WITHOUT names
    fields, IGNORE files that are not compared."""
    lines = []
    for name in sorted(set(expected) | set(got)):
        if name in ignore or name.startswith(tuple(i + "/" for i in ignore)):
            continue
        sides = []
        for record in (expected.get(name), got.get(name)):
            record = {k: v for k, v in (record or {}).items()
                      if k not in without}
            if whole_seconds and "mtime" in record:
                record["mtime"] //= 10 ** 9
            sides.append(record)
        if sides[0] != sides[1]:
            keys = [k for k in sorted(set(sides[0]) | set(sides[1]))
                    if sides[0].get(k) != sides[1].get(k)]
            lines.append(f"{name!a}: " + ", ".join(
                f"{k} {sides[0].get(k)!a} became {sides[1].get(k)!a}"
                for k in keys))
    return lines


def digest(data):
    return f"{len(data)}:{hashlib.sha256(data).hexdigest()[:16]}"


def shown(xattrs):
    return {name: value.hex() for name, value in sorted(xattrs.items())}


# ---- tars -------------------------------------------------------------------

def tar_time(info):
    """Nanoseconds; a float has not enough digits for them."""
    text = info.pax_headers.get("mtime", str(info.mtime))
    return int(decimal.Decimal(text).scaleb(9).to_integral_value(
        decimal.ROUND_FLOOR))


def tar_xattrs(info):
    prefix = "SCHILY.xattr."
    return shown({key[len(prefix):]: value.encode("utf-8", "surrogateescape")
                  for key, value in info.pax_headers.items()
                  if key.startswith(prefix)})


def tar_record(tar, info):
    kind = TAR_KINDS.get(info.type, "file")
    record = {"kind": kind, "mode": f"{info.mode & 0o7777:04o}",
              "owner": f"{info.uid}:{info.gid}", "mtime": tar_time(info),
              "xattrs": tar_xattrs(info)}
    if kind == "file":
        record["content"] = digest(tar.extractfile(info).read())
    elif kind == "link":
        record["target"] = info.linkname
        record["mode"] = "0777"
    return record


def clean(name):
    return "/".join(p for p in name.split("/") if p not in ("", "."))


def add_tar(tree, file):
    """Lay one layer over the tree."""
    own, opaque = {}, []
    with tarfile.open(fileobj=file, encoding="utf-8",
                      errors="surrogateescape") as tar:
        for info in tar:
            name = clean(info.name)
            head, _, tail = name.rpartition("/")
            if tail == OPAQUE:
                opaque.append(head)
            elif tail.startswith(WHITEOUT):
                tree.hide(clean(head + "/" + tail[len(WHITEOUT):]))
            elif info.islnk():
                own[name] = own[clean(info.linkname)]
            else:
                own[name] = tar_record(tar, info)
    for name in opaque:
        tree.hide_below(name, ())
    for name, record in own.items():
        tree.put(name, record)


def of_tars(files):
    """Of layers as tars, lowest first."""
    tree = Tree()
    for file in files:
        add_tar(tree, file)
    return tree


# ---- directories ------------------------------------------------------------

def dir_xattrs(path):
    found = {}
    for name in os.listxattr(path, follow_symlinks=False):
        if not name.startswith(MARKS):
            found[name] = os.getxattr(path, name, follow_symlinks=False)
    return shown(found)


def is_opaque(path):
    for prefix in MARKS:
        try:
            if os.getxattr(path, prefix + "opaque") == b"y":
                return True
        except OSError:
            pass
    return False


def dir_record(path, st):
    kind = KINDS[stat.S_IFMT(st.st_mode)]
    record = {"kind": kind, "mode": f"{stat.S_IMODE(st.st_mode):04o}",
              "owner": f"{st.st_uid}:{st.st_gid}", "mtime": st.st_mtime_ns,
              "xattrs": dir_xattrs(path)}
    if kind == "file":
        with open(path, "rb") as f:
            record["content"] = digest(f.read())
    elif kind == "link":
        record["target"] = os.readlink(path)
    return record


def all_below(top):
    """Names below a directory, the root ("") first."""
    yield ""
    for where, dirs, files in os.walk(top):
        inner = os.path.relpath(where, top)
        for name in dirs + files:
            yield clean(inner + "/" + name)


def add_dir(tree, top):
    """Lay one unpacked layer over the tree."""
    by_inode = {}
    for name in all_below(top):
        path = os.path.join(top, name) if name else top
        st = os.lstat(path)
        if stat.S_ISCHR(st.st_mode) and st.st_rdev == 0:
            tree.hide(name)
            continue
        if stat.S_ISDIR(st.st_mode) and is_opaque(path):
            tree.hide_below(name, ())
        key = (st.st_dev, st.st_ino)
        if key not in by_inode:
            by_inode[key] = dir_record(path, st)
        tree.put(name, by_inode[key])


def of_dirs(tops):
    """Of unpacked layers, lowest first."""
    tree = Tree()
    for top in tops:
        add_dir(tree, top)
    return tree


def main():
    json.dump(of_dirs(sys.argv[1:]).records(), sys.stdout)


if __name__ == "__main__":
    main()
