"""What a shell has written down at its prompt, read: folder, exported variables, and what it knows beside the disk."""

from __future__ import annotations

import hashlib
import re
from types import MappingProxyType

from aishell.core.shell import Snapshot

_QUOTED = r"\$'(?:[^'\\]|\\.)*'|'[^']*'|\"(?:[^\"\\]|\\.)*\"|\\."
_WORD = rf"(?:{_QUOTED}|[^'\"\\\s])*"
_ENTRY = re.compile(
    rf"(?:declare|export|typeset|alias)(?: -[A-Za-z]+)*(?: --)? ((?:{_QUOTED}|[^'\"\\\s=])+)(?:=({_WORD}))?\n", re.S
)
_PASSING = re.compile(rb"(?:^|(?<=\n))(?:declare -x|export) (?:_|PWD|OLDPWD|SHLVL|COLUMNS|LINES)=[^\n]*\n")
"""Variables that change all the time and mean nothing."""
_PART = re.compile(
    r"\$'(?P<ansi>(?:[^'\\]|\\.)*)'|'(?P<single>[^']*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\"|\\(?P<one>.)|(?P<bare>[^'\"\\\s]+)",
    re.S,
)
_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([0-7]{1,3})|c(.)|(.))", re.S)
_LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def cwd(state: bytes) -> str:
    return state.partition(b"\0")[0].decode("utf-8", "surrogateescape")


def digest(state: bytes) -> str:
    """Different when the environment, aliases or functions, builtins or autocd are; the folder does not count."""
    rest = b"\0".join(state.split(b"\0")[1:6])
    return hashlib.blake2b(_PASSING.sub(b"", rest), digest_size=8).hexdigest()


def unread(state: bytes) -> bytes:
    """What has been typed before this prompt, and nobody has read."""
    return (state.split(b"\0", 6) + [b""] * 7)[6]


def read(state: bytes) -> Snapshot:
    folder, variables, aliases, functions, builtins, autocd = (state.split(b"\0") + [b""] * 6)[:6]
    return Snapshot(
        cwd=folder.decode("utf-8", "surrogateescape"),
        variables=MappingProxyType(_assignments(variables)),
        aliases=MappingProxyType(_assignments(aliases)),
        functions=_names(functions),
        builtins=_names(builtins),
        autocd=bool(autocd),
    )


def _names(listed: bytes) -> tuple[str, ...]:
    names = listed.decode("utf-8", "surrogateescape").split("\n")
    return tuple(sorted({name for name in names if name and not name.startswith("_")}))


def _assignments(listed: bytes) -> dict[str, str]:
    """Names and values of what `declare -px`, `typeset -px` or `alias` list; a name without a value is left out."""
    found: dict[str, str] = {}
    text = listed.decode("utf-8", "surrogateescape")
    at = 0
    while entry := _ENTRY.match(text, at) or _ENTRY.search(text, at):
        at = entry.end()
        if entry[2] is not None:
            found[unquoted(entry[1])] = unquoted(entry[2])
    return found


def unquoted(word: str) -> str:
    """The text that a shell means by a quoted word."""
    return "".join(_meant(part) for part in _PART.finditer(word))


def _meant(part: re.Match[str]) -> str:
    if part["ansi"] is not None:
        return _ANSI.sub(_escape, part["ansi"])
    if part["double"] is not None:
        return re.sub(r"\\([$`\"\\\n])", lambda match: match[1].strip("\n"), part["double"])
    return part["single"] or part["one"] or part["bare"] or ""


def _escape(match: re.Match[str]) -> str:
    hexadecimal, unicode, octal, control, letter = match.groups()
    if hexadecimal or octal:
        byte = int(hexadecimal, 16) if hexadecimal else int(octal, 8) & 0xFF
        return bytes([byte]).decode("latin-1" if byte < 0x80 else "utf-8", "surrogateescape")
    if unicode:
        return chr(int(unicode, 16))
    return chr(ord(control) & 0x1F) if control else _LETTERS.get(letter, letter)
