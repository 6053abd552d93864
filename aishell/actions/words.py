"""A word of shfmt's tree as text, variables, patterns and unknowns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from aishell.core.types import Part, Word

_GLOB = re.compile(r"[*?\[]|\{[^{}]*(?:,|\.\.)")
_ESCAPE = re.compile(r"\\(.)", re.S)
_QUOTED_ESCAPE = re.compile(r'\\([$`"\\])|\\\n')
_ANSI = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))", re.S)
_ANSI_LETTERS = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "?": "?",
}
PLAIN_KEYS = frozenset({"Type", "Pos", "End", "Dollar", "Short", "Rbrace", "Param"})


def word(node: dict[str, Any]) -> Word:
    pieces = list(node.get("Parts") or ())
    if len(pieces) == 1 and pieces[0].get("Value") == "[":  # the command of that name, and no pattern
        return Word.of(Part(kind="text", text="["))
    parts = tuple(part for piece in pieces for part in _parts(piece))
    return Word.of(*parts)


def plain_parameter(node: dict[str, Any]) -> bool:
    """`$name` or `${name}`: operators can assign, and `@P` or an index can even run commands."""
    return not node.keys() - PLAIN_KEYS


def joined(words: tuple[Word, ...]) -> Word:
    """Several words with blanks between them, as `eval` or `ssh` makes one of its operands."""
    parts: list[Part] = []
    for one in words:
        parts += [Part(kind="text", text=" ")] if parts else []
        parts += one.parts or [Part(kind="text", text=one.literal)]
    return Word.of(*parts)


def _parts(node: dict[str, Any]) -> Iterator[Part]:
    kind, value = node.get("Type"), str(node.get("Value", ""))
    if kind == "Lit":
        yield from _unquoted(value)
    elif kind == "SglQuoted":
        yield _ansi(value) if node.get("Dollar") else Part(kind="text", text=value)
    elif kind == "DblQuoted":
        for inner in node.get("Parts") or ():
            if inner.get("Type") == "Lit":
                yield Part(kind="text", text=_QUOTED_ESCAPE.sub(lambda m: m[1] or "", str(inner.get("Value", ""))))
            else:
                yield from _parts(inner)
    elif kind == "ParamExp" and plain_parameter(node):
        name = str(node.get("Param", {}).get("Value", ""))
        # The one variable whose value matters to judging and cannot be set by a line that passes.
        yield Part(kind="text", text="~") if name == "HOME" else Part(kind="variable", text=name)
    else:
        yield Part(kind="unknown")


def _unquoted(value: str) -> Iterator[Part]:
    bare = _ESCAPE.sub("xx", value)  # escaped characters are no globs
    found = _GLOB.search(bare)
    at = found.start() if found else len(value)
    if text := _unescaped(value[:at]):
        yield Part(kind="text", text=text)
    if found:
        yield Part(kind="glob", text=_unescaped(value[at:]))


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda m: "" if m[1] == "\n" else m[1], text)


def _ansi(value: str) -> Part:
    """`$'...'` with its escapes read; unknown where they are rare ones."""
    known = True

    def letter(match: re.Match[str]) -> str:
        nonlocal known
        code = match[1] or match[2] or match[3]
        if code or match[4]:
            number = int(code, 16) if code else int(match[4], 8) & 0xFF
            known = known and 0 < number < 0x80
            return chr(number) if number < 0x80 else ""
        known = known and match[5] in _ANSI_LETTERS
        return _ANSI_LETTERS.get(match[5], "")

    text = _ANSI.sub(letter, value)
    return Part(kind="text", text=text) if known else Part(kind="unknown")
