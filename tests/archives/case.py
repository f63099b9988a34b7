# SPDX-License-Identifier: MIT
"""case - the list of cases, and how to add one

A case is a function.  Its name is the case's, its docstring says what it is.  A
layer case returns the bytes of a layer, an archive case the members of a whole
archive, as (name, bytes) or (TarInfo, bytes).

The verdict is "reject", "load", or "either": safe both ways.  What becomes of
a layer that loads is looked at from inside: KEPT is what CHECK, a shell command
in a container, must print.
"""
CASES = []
# Nothing of the layer below may be hidden, if the layer does not say so.
CHECK = "cat /etc/keep /keep/file"
KEPT = "kept\nkept\n"


def add(kind, verdict, function, **more):
    CASES.append(dict(name=function.__name__.replace("_", "-"),
                      what=function.__doc__, verdict=verdict, kind=kind,
                      make=function, check=CHECK, kept=KEPT, **more))
    return function


def layer(verdict, check=None, kept=None):
    """A case that is one layer."""
    def decorate(function):
        add("layer", verdict, function)
        if check:
            CASES[-1].update(check=check, kept=kept)
        return function
    return decorate


def archive(verdict):
    """A case that is a whole archive."""
    return lambda function: add("archive", verdict, function)


def named(function, name, what):
    """A function made in a loop gets a name and a text of its own."""
    function.__name__ = "".join(c if c.isalnum() else "_" for c in name)
    function.__doc__ = what
    return function
