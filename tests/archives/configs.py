# SPDX-License-Identifier: MIT
"""configs - images that load, and whose configs say something odd

What counts comes later: images, history, inspect, layers, run and build FROM
must not crash, whatever type a field has.
"""
import tars
from case import archive, named
from tars import GOOD, image

FIELDS = ("Env", "Cmd", "Entrypoint", "User", "WorkingDir", "Labels",
          "Volumes", "ExposedPorts", "StopSignal", "OnBuild", "Shell",
          "Healthcheck", "Hostname", "ArgsEscaped")
ODD = {"number": 7, "below_zero": -1, "large": 2 ** 62, "text": "x",
       "empty_text": "", "true": True, "null": None, "empty_list": [],
       "empty_object": {}, "list_of_numbers": [1, 2], "list_of_null": [None],
       "list_of_lists": [["x"]], "list_of_empty": [""], "object": {"a": 1},
       "object_of_lists": {"a": ["x"]}, "long": "x" * 100000,
       "many": ["x"] * 2000, "not_ascii": "\u00e4\U0001f4a9\u202e",
       "escape": "\x1b[2J\n\r\x07", "path": "../../../../etc"}
# Without these there is nothing to run.
SHELL = {"Cmd": ["sh"], "Env": ["PATH=/bin"]}


def config(name, what, inner=None, verdict="load", **outer):
    archive(verdict)(named(
        lambda: image(GOOD, config=inner, **outer), "odd_" + name, what))


for _field in FIELDS:
    config("type_of_" + _field.lower(), f"{_field} is a number", {**SHELL, _field: 7})
for _name, _value in ODD.items():
    config("all_" + _name, f"every field is of another type: {_name}",
           {field: _value for field in FIELDS})
    config("top_" + _name, f"every field at the top is odd: {_name}", SHELL,
           "either", created=_value, author=_value, architecture=_value,
           os=_value, history=_value, container_config=_value)
for _name, _value in (("number", 7), ("text", "x"), ("list", []),
                      ("null", None)):
    config("config_" + _name, f"config is of another type: {_name}", _value)
config("history", "lines of history of all types", SHELL,
       history=[{"created": 7, "created_by": 7, "comment": [], "empty_layer": 1},
                {"created": "x", "created_by": "\x1b[2J\n", "author": {}}])
config("history_types", "lines of history that are no objects", SHELL,
       "either", history=[7, "x"])
config("labels", "labels that look like paths and orders",
       {**SHELL, "Labels": {"../../x": "/etc/passwd", "": "", "a=b": "c\nd",
                            "x" * 10000: "y" * 10000}})
config("volumes", "volumes outside", {**SHELL, "Volumes": {
    "../../../../tmp": {}, "/../../tmp": {}, "": {}, ".": {}, "relative": {},
    "/proc/self/fd": {}, "/dev": {}, "/keep/link": {}}})
config("workdir", "a working directory outside",
       {**SHELL, "WorkingDir": "../../../../tmp"})
config("workdir_descriptor", "a working directory that is a descriptor",
       {**SHELL, "WorkingDir": "/proc/self/fd/7"})
config("user", "a user that wraps to root", {**SHELL, "User": "4294967296"})
config("user_name", "a user that is a path", {**SHELL, "User": "../../root:x"})
config("env", "variables that are none",
       {**SHELL, "Env": ["PATH=/bin", "=x", "", "A", "LD_PRELOAD=/x.so",
                         "B=\n", "X" * 100000]})
config("entrypoint", "a program that is the runtime itself",
       {**SHELL, "Entrypoint": ["/proc/self/exe"]})
config("ports", "ports that are none",
       {**SHELL, "ExposedPorts": {"99999999999/tcp": {}, "x": 7, "/": {}}})
config("other_machine", "an image for another machine", SHELL, "either",
       architecture="s390x")
config("windows", "an image for Windows", SHELL, "either", os="windows")


@archive("load")
def layers_125():
    """125 layers, as many as there may be"""
    return image(*[tars.tar(tars.entry(f"l{i}", b"x")) for i in range(124)])


@archive("load")
def layer_twice():
    """the same layer twice"""
    return image(GOOD, GOOD)


@archive("load")
def names_100():
    """100 names for one image"""
    return image(GOOD, names=[tars.NAME] + [f"hostile:n{i}"
                                            for i in range(99)])
