# SPDX-License-Identifier: MIT
"""sizes - layers whose numbers lie: owners, times, lengths, sparse files"""
import struct

import tars
from case import layer, named
from tars import (END, base256, directory, entry, file, gnu_sparse, header,
                  longname, pax, record, tar)

TIB8 = 8 << 40


# ---- owners and times -------------------------------------------------------

def owner(field, value, verdict, what):
    label = f"{field}_{value}".replace("-", "minus_").replace(".", "_")
    layer(verdict)(named(
        lambda: pax([(field.encode(), value.encode())],
                    file(b"x", b"x", mode=0o4755)), label[:40], what))


for _field in ("uid", "gid"):
    owner(_field, str(2 ** 32), "reject", f"a {_field} that wraps to root")
    owner(_field, str(2 ** 32 - 1), "reject",
          f"the {_field} that means: leave it as it is, which is root")
    owner(_field, str(2 ** 64), "reject", f"a {_field} of 65 bits")
    owner(_field, "-1", "reject", f"a {_field} below zero")
owner("uid", str(2 ** 32 - 2), "either", "the largest owner there is")
owner("uid", "root", "either", "an owner that is no number")


@layer("reject")
def uid_base256():
    """an owner below zero, as GNU tar would write it"""
    return file(b"x", b"x", uid=base256(-1, 8)) + END


@layer("reject")
def uid_base256_huge():
    """an owner of 2^32, as GNU tar would write it"""
    return file(b"x", b"x", uid=base256(2 ** 32, 8)) + END


def time(value, verdict="either"):
    label = "mtime_" + value.replace("-", "minus_").replace(".", "_")
    layer(verdict)(named(
        lambda: pax([(b"mtime", value.encode())], file(b"x", b"x")), label,
        f"a time of {value}"))


for _value in ("4611686018427387904", "-4611686018427387904", "1e9", "nan",
               "1.9999999999999"):
    time(_value)
time("8589934592", "load")
time("-1", "load")


@layer("either")
def mtime_base256():
    """a time before the big bang, as GNU tar would write it"""
    return file(b"x", b"x", mtime=base256(-(2 ** 62), 12)) + END


# ---- lengths ----------------------------------------------------------------

@layer("reject")
def size_3_gib():
    """a file larger than the limit, which is not there"""
    return header(b"x", 3 << 30) + END


@layer("reject")
def size_below_zero():
    """a file with less than nothing in it"""
    return header(b"x", base256(-512, 12)) + END


@layer("reject")
def size_2_63():
    """a file of 2^63-1 bytes"""
    return pax([(b"size", b"9223372036854775807")], header(b"x"))


@layer("either")
def size_is_no_number():
    """a size that is no number (libarchive reads it as 0)"""
    return header(b"x", b"zzzzzzzzzzz\0") + bytes(512) + END


@layer("reject")
def files_of_5_gib():
    """five sparse files of 2 GiB, more than the limit in all"""
    one = [record(b"GNU.sparse.size", str(2 << 30).encode()),
           record(b"GNU.sparse.numblocks", b"1"),
           record(b"GNU.sparse.map", b"0,1")]
    body = b"".join(one)
    return b"".join(file(b"pax", body, kind=b"x") + file(b"%d" % i, b"x")
                    for i in range(5)) + END


def content(kind, what, verdict="either"):
    """Whether bytes follow such a header is a question of taste: what follows
    here are a header's, to be taken for one or not."""
    layer(verdict)(named(
        lambda: header(b"d", 512, kind, link=b"x") + file(b"../evil", b"e") +
        END, "content_of_" + kind.decode(), what))


content(b"5", "a directory with content")
content(b"2", "a symlink with content")
content(b"1", "a hard link with content")
content(b"6", "a fifo with content")


@layer("reject")
def huge_pax_header():
    """a PAX header of a gigabyte"""
    return header(b"pax", 1 << 30, b"x") + END


@layer("reject")
def huge_longname():
    """a GNU long name of a gigabyte"""
    return header(b"././@LongLink", 1 << 30, b"L") + END


@layer("reject")
def huge_global_header():
    """a PAX header for all, of 2^63-1 bytes"""
    return header(b"pax", base256(2 ** 63 - 1, 12), b"g") + END


# ---- PAX records that lie ---------------------------------------------------

def records(name, body, what, verdict="reject"):
    layer(verdict)(named(lambda: pax(body, file(b"x", b"x")),
                         "pax_" + name, what))


records("too_long", b"99 path=evil\n", "a PAX record longer than its header")
records("too_short", b"3 path=evil\n", "a PAX record shorter than its key")
records("zero", b"0 path=evil\n", "a PAX record of no bytes")
records("overflow", b"18446744073709551634 path=evil\n",
        "a PAX record whose length wraps around")
records("no_number", b"path=evil\n", "a PAX record without a length")
records("no_equals", b"10 path  \n", "a PAX record without a value")
records("no_newline", b"12 path=evil", "a PAX record without an end", "either")
records("size_lies", b"11 size=7 \n", "a PAX size that is no number",
        "either")


# ---- sparse files -----------------------------------------------------------

SHOWN = "stat -c %s /sparse; cat /sparse | /bin/busybox tr '\\0' ."
KEPT = "10\n..ab....cd"


@layer("load", SHOWN, KEPT)
def sparse_gnu():
    """a sparse file as GNU tar wrote it before PAX"""
    return gnu_sparse([(2, 2), (8, 2)], 10, b"abcd")


@layer("load", SHOWN, KEPT)
def sparse_pax_0_0():
    """a sparse file, PAX format 0.0"""
    return pax([(b"GNU.sparse.size", b"10"), (b"GNU.sparse.numblocks", b"2"),
                (b"GNU.sparse.offset", b"2"), (b"GNU.sparse.numbytes", b"2"),
                (b"GNU.sparse.offset", b"8"), (b"GNU.sparse.numbytes", b"2")],
               file(b"sparse", b"abcd"))


@layer("load", SHOWN, KEPT)
def sparse_pax_0_1():
    """a sparse file, PAX format 0.1"""
    return pax([(b"GNU.sparse.name", b"sparse"), (b"GNU.sparse.size", b"10"),
                (b"GNU.sparse.numblocks", b"2"),
                (b"GNU.sparse.map", b"2,2,8,2")], file(b"x", b"abcd"))


def sparse_1_0(lines, real, data=b""):
    body = tars.padded(b"".join(b"%d\n" % n for n in lines)) + data
    return pax([(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"),
                (b"GNU.sparse.name", b"sparse"),
                (b"GNU.sparse.realsize", b"%d" % real)], file(b"x", body))


@layer("load", SHOWN, KEPT)
def sparse_pax_1_0():
    """a sparse file, PAX format 1.0"""
    return sparse_1_0([2, 2, 2, 8, 2], 10, b"abcd")


@layer("reject")
def sparse_8_tib():
    """a sparse file of 8 TiB, PAX format 1.0"""
    return sparse_1_0([0], TIB8)


@layer("reject")
def sparse_8_tib_gnu():
    """a sparse file of 8 TiB, GNU tar's old format"""
    return gnu_sparse([(TIB8 - 1, 1)], TIB8, b"x")


@layer("reject")
def sparse_8_tib_hole():
    """a sparse file whose last piece lies 8 TiB on"""
    return sparse_1_0([1, TIB8, 1], 10, b"x")


@layer("reject")
def sparse_beyond_its_end():
    """a sparse file with a piece behind its end"""
    return sparse_1_0([1, 100, 4], 10, b"abcd")


@layer("either")
def sparse_backwards():
    """a sparse file whose pieces go backwards"""
    return sparse_1_0([2, 8, 2, 2, 2], 10, b"abcd")


@layer("either")
def sparse_overlapping():
    """a sparse file whose pieces overlap"""
    return sparse_1_0([2, 2, 2, 3, 2], 10, b"abcd")


@layer("reject")
def sparse_map_lies():
    """a sparse file with a map of a billion pieces"""
    return sparse_1_0([10 ** 9], 10)


@layer("reject")
def sparse_map_overflow():
    """a sparse file with a map of 2^64 pieces"""
    return sparse_1_0([2 ** 64 + 1, 0, 4], 10, b"abcd")


@layer("reject")
def sparse_name_up():
    """a sparse file whose real name climbs out"""
    return pax([(b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"),
                (b"GNU.sparse.name", b"../evil"),
                (b"GNU.sparse.realsize", b"4")],
               file(b"x", tars.padded(b"1\n0\n4\n") + b"evil"))


# ---- dialects ---------------------------------------------------------------

def dialect(name, form):
    def make():
        return tar(directory("d"), entry("d/f", b"x" * 700),
                   tars.symlink("l", "d/f"), tars.hard_link("h", "d/f"),
                   tars.fifo("p"), form=form)
    layer("load", "stat -c '%s %h' /d/f /h; stat -Lc %s /l; test -p /p && "
          "echo fifo", "700 2\n700 2\n700\nfifo\n")(
              named(make, "dialect_" + name, f"a {name} tar"))


for _name, _form in (("ustar", 0), ("gnu", 1), ("pax", 2)):
    dialect(_name, _form)


@layer("load", "cat /x /d/y", "xy")
def dialect_v7():
    """a tar from before ustar: directories end in a slash"""
    return (file(b"x", b"x", magic=bytes(8)) +
            header(b"d/", kind=b"\0", magic=bytes(8)) +
            file(b"d/y", b"y", magic=bytes(8), kind=b"\0") + END)


@layer("load", "cat " + "/n" * 60 + "/x", "x")
def dialect_prefix():
    """a ustar name in two parts"""
    return file(b"n/" * 10 + b"x", b"x", prefix=b"n/" * 49 + b"n") + END


@layer("load", "cat /" + "n" * 200, "x")
def dialect_longname():
    """a GNU long name"""
    return longname(b"n" * 200, file(b"short", b"x"))


@layer("either")
def signed_checksum():
    """a checksum over signed bytes, as some old programs made it"""
    name = b"x\xff\xff"
    head = header(name)
    total = sum(struct.unpack("512b", head[:148] + b" " * 8 + head[156:]))
    return header(name, checksum=total) + END
