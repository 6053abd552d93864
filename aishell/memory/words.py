"""A command line's words with their places in it: enough of the shell's grammar to find arguments, for any text whatever.

This reader never judges what may run; that is the parser's work. It must not fail, and takes linear time on hostile text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_PIECE = re.compile(
    r"(?P<word>(?:[^\s'\"\\;|&<>()`]|\\.|'[^']*'|\"(?:[^\"\\]|\\.)*\"|['\"\\])+)"
    r"|(?P<string><<<)|(?P<document><<-?)|(?P<pipe>\|&?(?!\|))|(?P<end>[;|&()`\n]+)|[<>]+",
    re.S,
)
_QUOTES = str.maketrans("", "", "'\"\\")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    start: int
    raw: str
    """As written, with its quotes."""
    fed: bool = False
    """A here-string or the body of a here-document: input, not an argument."""
    piped: bool = False
    """It belongs to a command that reads what the one before it writes."""

    @property
    def end(self) -> int:
        return self.start + len(self.raw)

    @property
    def plain(self) -> str:
        return self.raw.translate(_QUOTES)

    @property
    def quoted(self) -> bool:
        """Whether one pair of quotes is around all of it."""
        return len(self.raw) > 1 and self.raw[0] in "'\"" and self.raw[-1] == self.raw[0]


def simple_commands(text: str) -> Iterator[list[Word]]:
    """The words of each simple command of `text`, in order."""
    words: list[Word] = []
    piped = False
    awaits = ""
    documents: list[str] = []
    at = 0
    while piece := _PIECE.search(text, at):
        at = piece.end()
        kind = piece.lastgroup
        if kind == "word":
            word = Word(start=piece.start(), raw=piece[0], piped=piped, fed=awaits == "string")
            if awaits == "document":
                documents.append(word.plain)
            else:
                words.append(word)
            awaits = ""
        elif kind in ("string", "document"):
            awaits = kind
        elif kind in ("pipe", "end"):
            if documents and "\n" in piece[0]:
                bodies, at = _bodies(text, piece.start() + piece[0].index("\n") + 1, documents)
                words += [replace(body, piped=piped) for body in bodies]
                documents = []
            yield words
            words, piped, awaits = [], kind == "pipe", ""
    yield words


def _bodies(text: str, at: int, delimiters: list[str]) -> tuple[list[Word], int]:
    """The bodies of here-documents that begin at `at`, each a word a line, and where the last one ends."""
    found: list[Word] = []
    for delimiter in delimiters:
        while at < len(text):
            line = text[at : _line_end(text, at)]
            if line.strip("\t") == delimiter:
                at += len(line)
                break
            if line.strip():
                found.append(Word(start=at, raw=line, fed=True))
            at += len(line) + 1
    return found, min(at, len(text))


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
