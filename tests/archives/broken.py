# SPDX-License-Identifier: MIT
"""broken - layers that are damaged, cut short, followed by something, or
compressed in a way of their own"""
import bz2
import lzma
import struct
import zlib

from case import layer, named
from tars import (END, GOOD, ZSTD_MAGIC, directory, entry, file, gz, header,
                  longname, pax, tar, zstd, zstd_block)

LONG = tar(directory("d"), entry("d/a", b"a" * 700), entry("d/b", b"b" * 3000))


# ---- cut --------------------------------------------------------------------

def cut(name, what, make, size, verdict="reject"):
    layer(verdict)(named(lambda: make()[:size], "cut_" + name, what))


cut("in_the_first_header", "half a header", lambda: LONG, 300)
cut("in_a_header", "a file, and half a header", lambda: LONG, 512 + 100)
cut("behind_a_header", "a header, and nothing of its file", lambda: LONG, 1024)
cut("in_a_file", "the middle of a file", lambda: LONG, 1024 + 600)
cut("in_the_padding", "a file without its padding", lambda: LONG, 1024 + 700)
cut("in_the_last_byte", "the last byte of the last file", lambda: LONG,
    512 * 4 + 512 + 2999)
cut("between_files", "just before a header: it may just end there",
    lambda: LONG, 512 + 512 + 1024, "either")
cut("before_the_end", "no end, and all files", lambda: LONG,
    512 * 5 + 3072, "either")
cut("in_the_end", "half of the end", lambda: LONG,
    512 * 5 + 3072 + 512, "either")
cut("in_pax", "the middle of a PAX header",
    lambda: pax([(b"path", b"n" * 900)], file(b"x", b"x")), 1000)
cut("behind_pax", "a PAX header, and no entry",
    lambda: pax([(b"path", b"n")], file(b"x", b"x")), 1024)
cut("in_longname", "the middle of a GNU long name",
    lambda: longname(b"n" * 900, file(b"x", b"x")), 1000)


# ---- damaged ----------------------------------------------------------------

@layer("either")
def empty():
    """no bytes at all"""
    return b""


@layer("load")
def only_an_end():
    """nothing but an end"""
    return END


@layer("load")
def long_end():
    """an end that fills a tape's record"""
    return GOOD + bytes(10240)


@layer("reject")
def bad_checksum():
    """a header with a wrong checksum"""
    return file(b"a") + header(b"b", checksum=1) + END


@layer("reject")
def bad_checksum_first():
    """a first header with a wrong checksum"""
    return header(b"b", checksum=1) + END


@layer("reject")
def garbage_behind():
    """something behind the end"""
    return GOOD + b"garbage" * 100


@layer("reject")
def garbage_far_behind():
    """something a megabyte behind the end"""
    return GOOD + bytes(1 << 20) + b"x"


@layer("reject")
def two_archives():
    """a second archive behind the first"""
    return GOOD + GOOD


@layer("reject")
def no_tar():
    """no tar at all"""
    return b"this is no tar" * 100


@layer("reject")
def other_archives():
    """an archive, but a zip"""
    return b"PK\x03\x04" + bytes(1000) + b"PK\x05\x06" + bytes(18)


@layer("reject")
def cpio():
    """an archive, but a cpio"""
    return b"070701" + b"0" * 104 + b"TRAILER!!!\0" + bytes(3)


# ---- gzip -------------------------------------------------------------------

GZ = gz(GOOD)


def compressed(verdict, name, what, data):
    layer(verdict)(named(lambda: data, name, what))


def gz_with(flags, more):
    """A gzip member with optional fields in its header."""
    return GZ[:3] + bytes([flags]) + GZ[4:10] + more + GZ[10:]


compressed("load", "gzip", "gzip", GZ)
compressed("load", "gzip_members", "two gzip members, which are one stream",
           gz(GOOD[:700]) + gz(GOOD[700:]))
compressed("load", "gzip_empty_member", "a gzip member of nothing between two",
           gz(GOOD[:700]) + gz(b"") + gz(GOOD[700:]))
compressed("load", "gzip_name", "gzip with a name in its header",
           gz_with(8, b"../../evil\0"))
compressed("load", "gzip_fields", "gzip with all fields in its header",
           gz_with(4 | 8 | 16, b"\4\0abcdname\0comment\0"))
compressed("load", "gzip_zeros", "gzip and zeros: a tape's record",
           GZ + bytes(1000))
compressed("reject", "gzip_garbage", "gzip, and garbage behind it",
           GZ + b"garbage")
compressed("reject", "gzip_and_tar", "gzip, and a tar behind it", GZ + GOOD)
compressed("reject", "gzip_in_gzip", "compressed twice", gz(GZ))
compressed("reject", "gzip_bad_crc", "gzip with a wrong checksum",
           GZ[:-8] + bytes([GZ[-8] ^ 1]) + GZ[-7:])
compressed("reject", "gzip_bad_length", "gzip with a wrong length",
           GZ[:-4] + struct.pack("<I", len(GOOD) + 1))
compressed("reject", "gzip_cut", "gzip without its end", GZ[:-9])
compressed("reject", "gzip_cut_in_trailer", "gzip with half of its trailer",
           GZ[:-3])
compressed("reject", "gzip_cut_second", "a second gzip member that is cut",
           gz(GOOD[:700]) + gz(GOOD[700:])[:-9])
compressed("reject", "gzip_header_alone", "only the header of gzip", GZ[:10])
compressed("reject", "gzip_method", "gzip with another method",
           GZ[:2] + b"\7" + GZ[3:])
compressed("reject", "gzip_reserved", "gzip with reserved flags",
           gz_with(0xe0, b""))
compressed("reject", "gzip_of_a_cut_tar", "whole gzip of a cut tar",
           gz(LONG[:1500]))
compressed("reject", "gzip_damaged", "a bit of gzip's data turned",
           GZ[:40] + bytes([GZ[40] ^ 0x55]) + GZ[41:])

# ---- others -----------------------------------------------------------------

compressed("either", "zstd", "zstd", zstd(GOOD))
compressed("either", "zstd_frames", "two frames of zstd",
           zstd(GOOD[:700]) + zstd(GOOD[700:]))
compressed("reject", "zstd_bad_checksum", "zstd with a wrong checksum",
           zstd(GOOD, descriptor=4) + b"\1\2\3\4")
compressed("reject", "zstd_dictionary", "zstd with a dictionary",
           zstd(GOOD, descriptor=1, more=b"\7"))
compressed("reject", "zstd_window", "zstd that wants 2 TiB of memory",
           zstd(GOOD, window=0xf8))
compressed("reject", "zstd_cut", "zstd without its end",
           zstd(GOOD)[:-100])
compressed("reject", "zstd_block_too_large", "a block of zstd too large",
           ZSTD_MAGIC + b"\0\x38" + zstd_block(zeros=(1 << 21) - 1, last=True))
compressed("reject", "zstd_reserved_block", "a block of zstd of no kind",
           ZSTD_MAGIC + b"\0\x38" + b"\x07\0\0")
compressed("reject", "zstd_garbage", "zstd, and garbage behind it",
           zstd(GOOD) + b"garbage")
compressed("either", "zstd_skippable", "a frame of zstd that says nothing",
           struct.pack("<II", 0x184D2A50, 4) + b"note" + zstd(GOOD))
compressed("reject", "zstd_in_gzip", "zstd in gzip", gz(zstd(GOOD)))
compressed("reject", "gzip_then_zstd", "gzip, then zstd",
           gz(GOOD[:700]) + zstd(GOOD[700:]))
compressed("reject", "xz", "xz, which is not read", lzma.compress(GOOD))
compressed("reject", "bzip2", "bzip2, which is not read", bz2.compress(GOOD))
compressed("reject", "zlib", "zlib's own format", zlib.compress(GOOD))
compressed("reject", "compress", "compress(1)", b"\x1f\x9d\x90" + GOOD)
compressed("reject", "uuencode", "uuencoded, which libarchive could read",
           b"begin 644 x\n" + GOOD.hex().encode() + b"\nend\n")
