# SPDX-License-Identifier: MIT
"""marks - layers that want to hide, mark, or bring what is not theirs

overlayfs' marks (a device 0:0, an attribute) may only come from names that
begin with ".wh.": everything else could hide files of the layer below, which
nobody who reads the tar would see.
"""
import struct
import tarfile

from case import layer, named
from tars import (END, device, directory, entry, file, hard_link, header, pax,
                  programs, symlink, tar)

# ---- whiteouts --------------------------------------------------------------


def whiteout(verdict, name, what, check=None, kept=None):
    label = "whiteout_" + name.replace("/", "_in_").replace(".wh.", "wh_")
    layer(verdict, check, kept)(named(
        lambda: tar(entry(name)), label.replace(".", "dot_"), what))


whiteout("reject", ".wh.", "a whiteout of nothing")
whiteout("reject", ".wh..", "a whiteout of .")
whiteout("reject", ".wh...", "a whiteout of ..")
whiteout("reject", "etc/.wh..", "a whiteout of . in a directory")
whiteout("reject", "etc/.wh...", "a whiteout of .. in a directory")
whiteout("reject", "etc/.wh..wh.x", "a whiteout of a whiteout")
whiteout("reject", ".wh..wh.plnk", "what aufs keeps for itself")
whiteout("reject", ".wh.keep/file", "a file in a whiteout")
whiteout("reject", "../.wh.x", "a whiteout outside")
whiteout("load", ".wh.nosuch", "a whiteout of what is not there")
whiteout("load", ".wh.keep", "a whiteout of a directory",
         "test -e /keep || echo gone", "gone\n")
whiteout("load", "keep/.wh.file", "a whiteout of a file",
         "ls /keep", "link\n")
whiteout("load", "keep/.wh..wh..opq", "an opaque directory",
         "ls -A /keep; cat /etc/keep", "kept\n")
whiteout("load", "keep/link/.wh.x", "a whiteout below a symlink of the layer "
         "below", "cat /etc/keep", "kept\n")


@layer("either", "ls -d /bin", "/bin\n")
def opaque_root():
    """an opaque root: overlayfs knows no such thing, and hides nothing"""
    return tar(entry(".wh..wh..opq"), *programs())


@layer("load", "cat /keep/file", "mine")
def whiteout_then_file():
    """a whiteout, then the file: the file stays"""
    return tar(entry("keep/.wh.file"), entry("keep/file", b"mine"))


@layer("load", "cat /keep/file", "mine")
def file_then_whiteout():
    """a file, then its whiteout: the file stays"""
    return tar(entry("keep/file", b"mine"), entry("keep/.wh.file"))


@layer("load", "ls -A /keep", "mine\n")
def whiteout_then_directory():
    """a whiteout, then a directory of its name: what was in it is gone"""
    return tar(entry(".wh.keep"), directory("keep"), entry("keep/mine", b"x"))


@layer("load", "ls -A /keep", "mine\n")
def directory_then_whiteout():
    """a directory, then its whiteout: what was in it below is gone"""
    return tar(directory("keep"), entry("keep/mine", b"x"), entry(".wh.keep"))


@layer("load", "ls -A /keep", "mine\n")
def opaque_last():
    """a directory that turns opaque when it has files"""
    return tar(directory("keep"), entry("keep/mine", b"x"),
               entry("keep/.wh..wh..opq"))


@layer("load", "ls -A /keep", "link\n")
def whiteout_of_other_types():
    """whiteouts that are symlinks and hard links"""
    return tar(entry("x", b"x"), symlink("keep/.wh.nosuch", "/etc"),
               hard_link("keep/.wh.file", "x"))


@layer("either")
def whiteout_with_content():
    """a whiteout that has a megabyte of content"""
    return tar(entry(".wh.nosuch", b"x" * (1 << 20)))


@layer("either")
def whiteout_device():
    """a whiteout that is a device"""
    return tar(device(".wh.nosuch", 0, 0))


# ---- devices ----------------------------------------------------------------

@layer("load")
def device_zero():
    """a device 0:0 called etc would hide /etc: it is left out"""
    return tar(device("etc", 0, 0))


@layer("load")
def device_zero_deep():
    """a device 0:0 deeper in, and under an absolute name"""
    return tar(device("/keep/file", 0, 0), device("./etc/keep", 0, 0))


@layer("load", "ls /mem /sda 2>/dev/null; cat /etc/keep", "kept\n")
def device_mem():
    """the memory and the disk of the machine are left out"""
    return tar(device("mem", 1, 1), device("sda", 8, 0, tarfile.BLKTYPE))


@layer("either")
def device_with_content():
    """a device with content"""
    return (header(b"x", 512, b"3", devmajor=1, devminor=3) + bytes(512) +
            tar(entry("good", b"x")))


@layer("load")
def device_numbers():
    """a device with the largest numbers"""
    return header(b"x", kind=b"3", devmajor=0o7777777,
                  devminor=0o7777777) + END


# ---- attributes -------------------------------------------------------------

def attribute(name, what, verdict="load", value="y", prefix="SCHILY.xattr."):
    def make():
        info, data = directory("etc")
        info.pax_headers = {prefix + name: value}
        return tar((info, data))
    label = "xattr_" + (prefix.lower() + name)[-40:]
    layer(verdict)(named(make, label, what))


for _prefix in ("trusted.", "user."):
    for _name in ("opaque", "redirect", "whiteout", "metacopy"):
        attribute(f"{_prefix}overlay.{_name}",
                  f"{_prefix}overlay.{_name} from a tar is left out",
                  value={"redirect": "/keep"}.get(_name, "y"))
attribute("security.selinux", "a label is left out")
attribute("system.posix_acl_access", "an ACL is left out")
attribute("user.text", "an attribute of the user")
attribute("user." + "n" * 300, "an attribute with too long a name", "either")
attribute("user.large", "an attribute of 70,000 bytes", "either",
          "v" * 70000)
attribute("user.half", "an attribute of 60,000 bytes", "either", "v" * 60000)
attribute("", "an attribute without a name", "either")
attribute("trusted.overlay.opaque", "libarchive's own spelling of one",
          value="eQ==", prefix="LIBARCHIVE.xattr.")
attribute("fflags", "a flag that would make a file immutable",
          value="schg", prefix="SCHILY.")


@layer("load", "cat /x", "x")
def capability():
    """a program that may do more (an ordinary user's store has it without)"""
    value = struct.pack("<IIIII", 0x02000001, 1 << 13, 0, 0, 0)
    return pax([(b"SCHILY.xattr.security.capability", value)],
               file(b"x", b"x", mode=0o755))


@layer("either")
def capability_damaged():
    """a capability that is none"""
    return pax([(b"SCHILY.xattr.security.capability", b"nonsense")],
               file(b"x", b"x", mode=0o755))


@layer("load", "stat -c %a /x", "7777\n")
def setuid():
    """all bits of a mode"""
    return file(b"x", b"x", mode=0o7777) + END


@layer("either")
def mode_of_another_type():
    """a mode that says directory, in a file's header"""
    return file(b"x", b"x", mode=0o40755) + END
