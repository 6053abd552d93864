"""The shape of a line: its words, which of them are arguments, and where those come from."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|\\$|"(?:[^"\\]|\\.)*"?|'[^']*'?)+""")
_ARGUMENT = re.compile(r"""[/.$=~"'*{}:@\\0-9A-Z]""")
"""What a word has that is no subcommand: a path, a variable, a pattern, a quoted text, a number, a name."""
_ASSIGNED = re.compile(r"\w+=")
_BEFORE = frozenset(("sudo", "doas", "env", "time", "nohup", "exec", "command", "builtin", "noglob", "nocorrect"))
_ENDINGS = re.compile(r"(?:\.tar)?\.\w{1,6}$|/+$")
_AHEAD = 60
"""Characters behind what is typed in which words may end; behind that, only the whole line is looked at."""
_SLOT = re.compile("\0(\\d+)(\\w)")


@dataclass(frozen=True, slots=True)
class Shape:
    program: str
    head: str
    """The program and its subcommand."""
    template: str
    """The line with a star for each argument."""
    arguments: tuple[str, ...]


@functools.lru_cache(4096)
def shape(line: str) -> Shape:
    """Of a line; some microseconds, no shell is asked."""
    found = words(line)
    at = 0
    while at < len(found) - 1 and (found[at] in _BEFORE or _ASSIGNED.match(found[at])):
        at += 1
    program = found[at].rpartition("/")[2] if found else ""
    template: list[str] = [*found[:at], program]
    arguments: list[str] = []
    for word in found[at + 1 :]:
        if word.startswith("-") and "=" in word:
            template.append(f"{word.partition('=')[0]}=*")
        elif not word.startswith("-") and _ARGUMENT.search(word):
            template.append("*")
            arguments.append(word)
        else:
            template.append(word)
            if not word.startswith("-") and word.isalnum():
                arguments.append(word)
    second = template[at + 1] if len(template) > at + 1 else ""
    head = f"{program} {second}" if second.isalpha() else program
    return Shape(program, head, " ".join(template), tuple(arguments))


def words(line: str) -> list[str]:
    return _WORD.findall(line)


@functools.lru_cache(4096)
def ends(line: str, typed: int) -> tuple[int, ...]:
    """Where words of `line`, and folders of paths, end behind its first `typed` characters; not the line's own end."""
    found: list[int] = []
    for match in _WORD.finditer(line):
        if match.end() <= typed + 1 or match.start() > typed + _AHEAD:
            continue
        if match[0][0] not in "\"'" and "://" not in match[0]:
            found += (at for at in range(max(match.start(), typed) + 2, match.end()) if line[at - 1] == "/")
        if match.end() < len(line):
            found.append(match.end())
    return tuple(found)


def pattern(line: str, before: Shape) -> str:
    """`line` with marks in the place of words that come from the arguments of the line before; empty when none does.

    `mkdir src` and `cd src` give the pattern of `cd`, which is filled with another argument another time.
    """
    known = derived(before.arguments)
    found = words(line)
    if not known or not any(word in known for word in found[1:]) or line != " ".join(found):
        return ""
    return " ".join([found[0], *(known.get(word, word) for word in found[1:])])


def filled(pattern: str, before: Shape) -> str:
    """The line that a pattern means behind another line; empty when that has no such argument."""
    known = {mark: word for word, mark in derived(before.arguments).items()}
    missing = False

    def put(match: re.Match[str]) -> str:
        nonlocal missing
        missing = missing or match[0] not in known
        return known.get(match[0], "")

    line = _SLOT.sub(put, pattern)
    return "" if missing else line


@functools.lru_cache(64)
def derived(arguments: tuple[str, ...]) -> dict[str, str]:
    """Words that an argument gives rise to, with their marks: itself, its last part, that without its ending."""
    known: dict[str, str] = {}
    for number, argument in enumerate(arguments[:8]):
        if len(argument) < 2:
            continue
        known.setdefault(argument, f"\0{number}a")
        name = argument.rstrip("/").rpartition("/")[2]
        if len(name) > 1:
            known.setdefault(name, f"\0{number}n")
            known.setdefault(f"./{name}", f"\0{number}h")
            bare = _ENDINGS.sub("", name)
            if len(bare) > 1:
                known.setdefault(bare, f"\0{number}b")
                known.setdefault(f"./{bare}", f"\0{number}e")
    return known
