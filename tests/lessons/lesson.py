# SPDX-License-Identifier: MIT
"""lesson.py - what is in a lesson: fenced blocks, and prose around them."""
import re
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]


def name_of(path):
    """How we call a file: from the top of the tree, if it is in there."""
    path = path.resolve()
    return str(path.relative_to(TREE) if path.is_relative_to(TREE) else path)


class Fence:
    """Where its first fence is, its language, the words after that, its
    lines."""

    def __init__(self, line, info):
        self.line, self.lines = line, []
        self.language, _, self.info = info.strip().partition(" ")


def read(path):
    """The fences of a lesson, and its text with the fences blanked out (so that
    lines keep their numbers)."""
    fences, prose, fence = [], [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        opening = re.match(r"( *)(```+)(.*)", line)
        prose.append("" if fence or opening else line)
        if fence and line.strip() == ticks:
            fence = None
        elif fence:
            # A fence in a list is indented, and so is all that is in it.
            fence.lines.append(line[indent:] if line.strip() else "")
        elif opening:
            indent, ticks = len(opening[1]), opening[2]
            fence = Fence(number, opening[3])
            fences.append(fence)
    return fences, "\n".join(prose)


# ---- console blocks ----------------------------------------------------------

class Command:
    def __init__(self, prompt, text):
        self.prompt, self.text, self.expected = prompt, text, []
        self.opens_shell = False  # the next command is for a shell in it


class Block:
    """A ```console block; tests/lessons/run says what may be in one."""

    def __init__(self, file, fence):
        self.name = f"{file}:{fence.line}"
        self.commands, self.needs, self.loose, self.exit = [], [], set(), 0
        self.why_not_run = self.problem = None
        self.take_info(fence.info.split())
        for line in fence.lines:
            self.take_line(line)

    def take_info(self, words):
        for place, word in enumerate(words):
            key, _, value = word.partition("=")
            if word == "not-run" and words[place + 1:]:
                self.why_not_run = " ".join(words[place + 1:])
                return
            if word in ("numbers", "hex"):
                self.loose.add(word)
            elif key == "exit" and value.isdigit():
                self.exit = int(value)
            elif key == "needs" and value:
                self.needs.append(value)
            else:
                self.problem = f"```console: what is \"{word}\"?"

    def take_line(self, line):
        last = self.commands[-1] if self.commands else None
        if re.match(r"[$#] ", line):
            self.commands.append(Command(line[0], line[2:]))
        elif last and not last.expected and re.match(r">( |$)", line):
            last.text += "\n" + line[2:]
        elif last:
            last.expected.append(line.rstrip())
        else:
            self.problem = "the block does not begin with a command"


def blocks_of(path):
    """The console blocks of a lesson."""
    blocks = [Block(name_of(path), fence) for fence in read(path)[0]
              if fence.language == "console"]
    commands = [command for block in blocks for command in block.commands]
    for command, following in zip(commands, commands[1:]):
        command.opens_shell = (command.prompt, following.prompt) == ("$", "#")
    return blocks
