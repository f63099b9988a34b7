# SPDX-License-Identifier: MIT
"""streams - archives too large to keep: made while they are sent

Each is a generator of bytes for "minibox import -", which must refuse it before
it has taken much: name, what it is, generator.
"""
import zlib

import tars

MIB = 1 << 20
GIB = 1 << 30


def gzipped(chunks):
    """The same, as one gzip member (zeros cost little)."""
    z = zlib.compressobj(1, zlib.DEFLATED, 31)
    for chunk in chunks:
        data = z.compress(chunk)
        if data:
            yield data
    yield z.flush()


def zeros(size):
    block = bytes(MIB)
    for _ in range(size // MIB):
        yield block


def files(count, size=GIB):
    """A tar of files full of zeros."""
    for i in range(count):
        yield tars.header(b"zeros%d" % i, size)
        yield from zeros(size)
    yield tars.END


def zstd_zeros():
    """10 GiB of zeros: four bytes for each 128 KiB."""
    yield tars.ZSTD_MAGIC + b"\0\x38"
    for i in range(10):
        yield tars.zstd_block(tars.header(b"zeros%d" % i, GIB))
        yield tars.zstd_block(zeros=1 << 17) * (GIB >> 17)
    yield tars.zstd_block(tars.END, last=True)


def after_the_end():
    yield tars.GOOD
    yield from zeros(10 * GIB)


def behind_pax():
    """A header that is said to be a gigabyte, and is."""
    yield tars.header(b"pax", GIB, b"x")
    yield from zeros(GIB)


def behind_longname():
    yield tars.header(b"././@LongLink", GIB, b"L")
    yield b"n" * 4096
    yield from zeros(GIB)


def million_files():
    """Each with a name of its own.  The checksum is worked out from the digits:
    a million headers must not take a minute."""
    blank = bytearray(tars.header(b"%07d" % 0))
    zero = sum(blank[:148]) + 8 * 32 + sum(blank[156:]) - sum(b"%07d" % 0)
    batch = bytearray()
    for i in range(10 ** 6):
        text = b"%07d" % i
        blank[:7] = text
        blank[148:156] = b"%06o\0 " % (zero + sum(text))
        batch += blank
        if len(batch) >= MIB:
            yield bytes(batch)
            batch.clear()
    yield bytes(batch) + tars.END


def million_times():
    head = tars.header(b"d/", kind=b"5") * 1000
    for _ in range(1000):
        yield head
    yield tars.END


def implied():
    """Few entries, each of which implies 250 directories."""
    for i in range(4000):
        yield tars.longname(b"%d/" % i + b"d/" * 250 + b"f",
                            tars.header(b"x"))[:-1024]
    yield tars.END


STREAMS = [
    ("bomb-gzip", "10 GiB of zeros, in gzip", lambda: gzipped(files(10))),
    ("bomb-zstd", "10 GiB of zeros, in zstd", zstd_zeros),
    ("bomb-end", "10 GiB of zeros behind the end, in gzip",
     lambda: gzipped(after_the_end())),
    ("bomb-end-plain", "zeros without end behind the end", after_the_end),
    ("bomb-pax", "a PAX header of a gigabyte, in gzip",
     lambda: gzipped(behind_pax())),
    ("bomb-pax-plain", "a PAX header of a gigabyte", behind_pax),
    ("bomb-longname", "a GNU long name of a gigabyte, in gzip",
     lambda: gzipped(behind_longname())),
    ("bomb-longname-plain", "a GNU long name of a gigabyte", behind_longname),
    ("bomb-zeros", "nothing but zeros, in gzip", lambda: gzipped(
        zeros(10 * GIB))),
    ("bomb-entries", "a million entries for one directory",
     million_times),
]
# Half a million files are allowed: these take the time that those take.
MANY = [
    ("many-files", "a million files", million_files),
    ("many-implied", "a million directories that nobody names", implied),
]
