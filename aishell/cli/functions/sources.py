"""Where a filter's records come from: texts and files on the command line, else standard input."""

from __future__ import annotations

import os
import re
import stat
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from aishell.core.errors import UsageError
from aishell.functions.records import FORMATS, Format, Record, format_of, read

_FILE_LIKE = re.compile(r"[^\s]*/[^\s]*|[\w.-]+\.(?:txt|md|csv|tsv|jsonl|ndjson|json|log|html?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A text, or a file's name, where - is standard input."""

    word: str
    file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What is to be read, in order."""

    given: tuple[Given, ...]
    wanted: Format | None
    field: str

    @property
    def one(self) -> bool:
        """Whether there is one record only, for which somebody waits."""
        return len(self.given) == 1 and (not self.given[0].file or self.wanted == "whole")

    def records(self) -> Iterator[Record]:
        """Raises UsageError for a file that cannot be read."""
        for number, given in enumerate(self.given, 1):
            if not given.file:
                yield Record(text=given.word, place=f"argument {number}")
                continue
            with _opened(given.word) as file:
                shown = "standard input" if given.word == "-" else given.word
                kind = format_of(given.word, self.wanted, self.field, _head(file) if self.field else b"")
                yield from read(file, shown, kind, self.field)

    def count(self) -> int:
        """About how many records there are; 0 when that cannot be known before they are read."""
        if self.wanted == "whole":
            return len(self.given)
        lines = 0
        for given in self.given:
            if not given.file:
                lines += 1
                continue
            if given.word == "-" or not stat.S_ISREG(os.stat(given.word).st_mode):  # which can be read only once
                return 0
            with open(given.word, "rb") as file:
                lines += sum(block.count(b"\n") for block in iter(lambda file=file: file.read(1 << 20), b""))  # type: ignore[misc]
        return lines


def of(options: Namespace) -> Sources:
    """A word that is the name of a file is that file, any other is a text. Raises UsageError."""
    given: list[Given] = []
    for word in options.words:
        if word == "-" or os.path.exists(word):
            given.append(Given(word=word, file=True))
        elif _FILE_LIKE.fullmatch(word) and not word.startswith(("http://", "https://")):
            raise UsageError(f"There is no file {word!r}.", hint="--text TEXT is a text whatever it looks like.")
        else:
            given.append(Given(word=word))
    given += [Given(word=text) for text in options.text or []]
    if not given:
        if os.isatty(0):
            raise UsageError(
                "There is no text.", hint="Give a text, a file, or pipe something in: `cat notes.txt | aishell ...`"
            )
        given = [Given(word="-", file=True)]
    wanted: Format | None = "whole" if options.whole else options.format
    assert wanted is None or wanted in FORMATS
    return Sources(given=tuple(given), wanted=wanted, field=options.field)


def text_of(name: str, most: int = 1 << 20) -> str:
    """A small file of text. Raises UsageError."""
    with _opened(name) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise UsageError(f"{name} is larger than {most >> 20} MB.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name} is no UTF-8 text.") from None


def _opened(name: str) -> IO[bytes]:
    try:
        if name == "-":
            return open(0, "rb", closefd=False)  # not sys.stdin: a thread that waits for it would hang the end of Python
        return open(name, "rb")
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}.") from None


def _head(file: IO[bytes]) -> bytes:
    peek: Sequence[int] = file.peek(1 << 16) if hasattr(file, "peek") else b""
    return bytes(peek)
