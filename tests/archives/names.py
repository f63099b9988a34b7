# SPDX-License-Identifier: MIT
"""names - layers whose names and links want to get out"""
import tars
from case import layer, named
from tars import (END, GOOD, directory, entry, file, hard_link, header,
                  longname, pax, symlink, tar)

UP = "../" * 20


def there(octal):
    """A shell command that says whether a name is there."""
    return f"test -e \"$(printf '{octal}')\" && echo yes"


@layer("load")
def control():
    """the control: a good layer"""
    return GOOD


# ---- out of the layer by name -----------------------------------------------

def bad_name(name, what, make):
    layer("reject")(named(
        lambda: tar(entry(make(), b"evil")), name, what))


bad_name("dot_dot", "a name that climbs out",
         lambda: UP + tars.CANARY[1:] + "/x")
bad_name("dot_dot_near", "a name that climbs out by one", lambda: "../x")
bad_name("dot_dot_inside", "a name that climbs out on the way",
         lambda: "good/../../x")
bad_name("dot_dot_harmless", "a name that climbs, and stays inside",
         lambda: "good/../x")
bad_name("dot_dot_last", "a name that ends in ..", lambda: "good/..")
bad_name("dot_dot_absolute", "an absolute name with ..",
         lambda: "/.." + tars.CANARY + "/x")


@layer("load", "cat /abs/x", "x")
def absolute():
    """an absolute name means the layer's own root"""
    return tar(directory("/abs"), entry("/abs/x", b"x"))


@layer("load", "cat /d/f", "x")
def untidy():
    """a name with // and ./ in it"""
    return file(b".//d/./f", b"x") + END


@layer("load")
def only_the_root():
    """a layer with nothing but its root"""
    return tar(directory("./", mode=0o755))


@layer("reject")
def no_name():
    """an entry without a name"""
    return file(b"", b"x") + END


@layer("reject")
def root_is_a_file():
    """the root itself as a file"""
    return file(b"./", b"x") + END


@layer("reject")
def root_is_a_symlink():
    """the root itself as a symlink"""
    return tar(symlink("./", tars.CANARY), entry("x", b"evil"))


# ---- out of the layer by symlink --------------------------------------------

def through(name, what, *targets):
    """Symlinks, and a file through the last one.  For the layer its own root
    is "/", so that is where the file goes, if anywhere."""
    def make():
        links = [symlink(f"l{i}", t()) for i, t in enumerate(targets)]
        return tar(*links, entry(f"l{len(links) - 1}/evil", b"evil"))
    layer("either")(named(make, name, what))


through("symlink_absolute", "a file through a symlink to the outside",
        lambda: tars.CANARY)
through("symlink_up", "a file through a symlink that climbs out",
        lambda: UP + tars.CANARY[1:])
through("symlink_to_root", "a file through a symlink to /", lambda: "/")
through("symlink_chain", "a file through a chain of symlinks",
        lambda: "/", lambda: "l0/" + tars.CANARY[1:])
through("symlink_to_proc", "a file through a symlink to a magic link",
        lambda: "/proc/self/root" + tars.CANARY)
through("symlink_to_cwd", "a file through a symlink to /proc/self/cwd",
        lambda: "/proc/self/cwd/../../..")


@layer("reject")
def symlink_loop():
    """a file through a symlink to itself"""
    return tar(symlink("l", "l"), entry("l/x", b"x"))


@layer("load", "ls -d /l /l/x", "/l\n/l/x\n")
def symlink_becomes_directory():
    """a symlink to the outside, then a directory of its name: nobody's mode
    changes outside"""
    return tar(symlink("l", tars.CANARY), directory("l", mode=0o777),
               entry("l/x", b"x"))


@layer("load", "cat /l", "x")
def symlink_becomes_file():
    """a symlink to a file outside, then a file of its name"""
    return tar(symlink("l", tars.CANARY + "/alive"), entry("l", b"x"))


@layer("either")
def directory_becomes_symlink():
    """a directory, then a symlink to the outside of its name, then a file"""
    return tar(directory("d"), symlink("d", tars.CANARY),
               entry("d/evil", b"evil"))


@layer("load", "cat /keep/file /keep/new", "kept\nx")
def lower_directory():
    """a file below what is a directory in the lower layer"""
    return tar(entry("keep/new", b"x"))


@layer("either")
def through_a_lower_symlink():
    """a file below what is a symlink in the lower layer"""
    return tar(entry("keep/link/evil", b"x"))


@layer("reject")
def symlink_of_5000():
    """a symlink to a name of 5,000 bytes"""
    return tar(symlink("l", "x/" * 2500))


@layer("either")
def symlink_empty():
    """a symlink to nothing at all"""
    return header(b"l", kind=b"2") + END


@layer("load", "cat /etc/keep /keep/file", "kept\nkept\n")
def symlink_to_secret():
    """a symlink to a file of the host is only a name"""
    return tar(symlink("secret", "/etc/shadow"),
               symlink("up", UP + "etc/shadow"))


# ---- out of the layer by hard link ------------------------------------------

def bad_link(name, what, make):
    layer("reject")(named(lambda: tar(*make()), name, what))


bad_link("hard_link_up", "a hard link to a file of the host",
         lambda: [hard_link("x", UP + tars.CANARY[1:] + "/alive")])
bad_link("hard_link_absolute", "a hard link to an absolute name",
         lambda: [hard_link("x", tars.CANARY + "/alive")])
bad_link("hard_link_through_symlink",
         "a hard link by way of a symlink to the outside",
         lambda: [symlink("d", tars.CANARY), hard_link("x", "d/alive")])
bad_link("hard_link_to_symlink", "a hard link to a symlink to the outside",
         lambda: [symlink("s", tars.CANARY + "/alive"), hard_link("x", "s")])
bad_link("hard_link_to_nothing", "a hard link to a missing file",
         lambda: [hard_link("x", "y")])
bad_link("hard_link_too_early", "a hard link before its target",
         lambda: [hard_link("x", "y"), entry("y", b"y")])
bad_link("hard_link_to_directory", "a hard link to a directory",
         lambda: [directory("d"), hard_link("x", "d")])
bad_link("hard_link_to_root", "a hard link to the root",
         lambda: [hard_link("x", "./")])
bad_link("hard_link_out_by_name", "a hard link whose own name climbs out",
         lambda: [entry("y", b"y"), hard_link("../x", "y")])
bad_link("hard_link_to_a_whiteout", "a hard link to what is a mark",
         lambda: [entry(".wh.gone"), hard_link("x", "gone")])


@layer("either")
def hard_link_to_lower_layer():
    """a hard link to a file of the layer below"""
    return tar(hard_link("x", "keep/file"))


@layer("load", "cat /x", "x")
def hard_link_to_itself():
    """a hard link to itself"""
    return tar(entry("x", b"x"), hard_link("x", "x"))


@layer("load", "stat -c %h /a /c", "3\n3\n")
def hard_links():
    """three names for a file"""
    return tar(entry("a", b"x"), hard_link("b", "a"), hard_link("c", "/b"))


# ---- odd names --------------------------------------------------------------

@layer("load", there(r"/a\377\376"), "yes\n")
def not_utf8():
    """a name that is not UTF-8 is kept"""
    return file(b"a\xff\xfe", b"x") + END


@layer("load", there(r"/a\377\376"), "yes\n")
def not_utf8_in_pax():
    """a PAX name that is not UTF-8 is kept"""
    return pax([(b"path", b"a\xff\xfe")], file(b"other", b"x"))


@layer("load", there(r"/e\314\201"), "yes\n")
def decomposed():
    """an accent of its own is not joined to its letter"""
    return pax([(b"path", b"e\xcc\x81")], file(b"other", b"x"))


@layer("load", there(r"/a\nb"), "yes\n")
def newline():
    """a newline in a name"""
    return tar(entry("a\nb", b"x"))


@layer("reject")
def escape_codes():
    """escape codes and newlines, in a name that is refused: they must not
    reach the terminal"""
    return tar(entry("../\x1b[2J\x1b[31m\nminibox: all is well\r\x07\x9b2J"))


@layer("load", there(r"/\134*? \047"), "yes\n")
def shell_words():
    """backslash, star, blank and quote in a name"""
    return tar(entry("\\*? '", b"x"))


@layer("either")
def nul_in_path():
    """a NUL in a PAX name: libarchive cuts the name there"""
    return pax([(b"path", b"good\0evil")], file(b"x"))


@layer("either")
def nul_in_linkpath():
    """a NUL in a PAX link"""
    return pax([(b"linkpath", b"good\0evil")], header(b"x", kind=b"2"))


@layer("either")
def empty_path():
    """an empty PAX name"""
    return pax([(b"path", b"")], file(b"x", b"x"))


@layer("either")
def two_names():
    """a PAX name and a GNU name for one entry"""
    return (pax([(b"path", b"one")])[:-1024] +
            longname(b"two", file(b"three", b"x")))


@layer("either")
def global_header():
    """a PAX header for all entries names each of them"""
    return pax([(b"path", b"../../evil")], file(b"a"), kind=b"g")


@layer("reject")
def longname_alone():
    """a GNU long name and no entry"""
    return file(b"././@LongLink", b"x" * 600, kind=b"L") + END


@layer("reject")
def longname_up():
    """a GNU long name that climbs out"""
    return longname(UP.encode() * 10 + b"evil", file(b"x", b"x"))


@layer("reject")
def longlink_up():
    """a GNU long hard link that climbs out"""
    return longname(UP.encode() * 10 + tars.CANARY.encode() + b"/alive",
                    header(b"x", kind=b"1", link=b"../"), kind=b"K")


@layer("load", "stat -c %h /x", "2\n")
def hard_link_only_in_pax():
    """a hard link's target in the PAX header alone: Go writes it so when no
    letter of it is ASCII"""
    return file(b"\xc3\xa4", b"x") + pax(
        [(b"linkpath", b"\xc3\xa4")], header(b"x", kind=b"1"))


@layer("load", "cat /x", "kept\n")
def symlink_only_in_pax():
    """a symlink's target in the PAX header alone"""
    return pax([(b"linkpath", b"etc/keep")], header(b"x", kind=b"2"))


@layer("reject")
def hard_link_empty():
    """a hard link to nothing at all"""
    return header(b"x", kind=b"1") + END


@layer("load", there(r"/l\303\244nk") + "; test -L /l* && echo link",
       "yes\nlink\n")
def link_not_ascii():
    """a symlink to a name that is not ASCII"""
    return tar(symlink("l\u00e4nk", "\u00e4"), entry("\u00e4", b"x"))


@layer("reject")
def component_of_256():
    """a name with a component of 256 bytes"""
    return tar(entry("n" * 256, b"x"))


@layer("load", "cat /n*", "x")
def component_of_255():
    """a name with a component of 255 bytes"""
    return tar(entry("n" * 255, b"x"))


@layer("reject")
def name_of_5000():
    """a name of 5,000 bytes"""
    return tar(entry("/".join(["n" * 99] * 50), b""))


@layer("reject")
def name_of_4096():
    """a name of 4,096 bytes, one too many"""
    return tar(entry("/".join(["d" * 240] * 17)[:4096].ljust(4096, "x")))


@layer("load")
def name_of_4000():
    """a name of 4,000 bytes"""
    return tar(entry("/".join(["d" * 199] * 20), b"x"))


@layer("reject")
def too_deep():
    """directories 300 deep"""
    return tar(entry("d/" * 300 + "x", b"x"))


@layer("load", "cat " + "/d" * 250 + "/x", "x")
def deep():
    """directories 250 deep"""
    return tar(entry("d/" * 250 + "x", b"x"))


@layer("reject")
def deep_through_symlinks():
    """directories 300 deep, a symlink at a time"""
    parts = [directory("/".join(["d"] * 100)),
             symlink("l", "/".join(["d"] * 100)),
             directory("l/" + "/".join(["e"] * 100)),
             symlink("m", "l/" + "/".join(["e"] * 100)),
             directory("m/" + "/".join(["f"] * 100))]
    return tar(*parts)


# ---- one name, twice --------------------------------------------------------

@layer("load", "cat /x", "two")
def same_name_twice():
    """two files of one name: the later wins"""
    return tar(entry("x", b"one"), entry("x", b"two"))


@layer("load", "cat /x", "file")
def directory_becomes_file():
    """a directory with files in it, then a file of its name"""
    return tar(directory("x"), entry("x/y", b"y"), entry("x", b"file"))


@layer("reject")
def file_as_a_directory():
    """a file, then a file below it"""
    return tar(entry("x", b"x"), entry("x/y", b"y"))


@layer("load", "stat -c %a /d", "700\n")
def parent_last():
    """a directory that comes after its files"""
    return tar(entry("d/x", b"x"), directory("d", mode=0o700))


def unknown(kind, what):
    layer("either")(named(
        lambda: file(b"s", kind=kind) + tar(entry("x", b"x")),
        "type_" + kind.decode(), what))


unknown(b"V", "the name of a volume")
unknown(b"M", "the second part of a file on two volumes")
unknown(b"D", "a directory with a list of its names")
unknown(b"Z", "a type that nobody knows")
