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
class Sources:
    """What is to be read, in order."""

    texts: tuple[str, ...]
    files: tuple[str, ...]
    """- is standard input."""
    wanted: Format | None
    field: str

    @property
    def one(self) -> bool:
        """Whether there is one record only, for which somebody waits."""
        return len(self.texts) + len(self.files) == 1 and (bool(self.texts) or self.wanted == "whole")

    def records(self) -> Iterator[Record]:
        """Raises UsageError for a file that cannot be read."""
        for number, text in enumerate(self.texts, 1):
            yield Record(text=text, place=f"argument {number}")
        for name in self.files:
            with _opened(name) as file:
                shown = "standard input" if name == "-" else name
                kind = format_of(name, self.wanted, self.field, _head(file) if self.field else b"")
                yield from read(file, shown, kind, self.field)

    def count(self) -> int:
        """About how many records there are; 0 when that cannot be known before they are read."""
        if self.wanted == "whole":
            return len(self.texts) + len(self.files)
        lines = len(self.texts)
        for name in self.files:
            descriptor = 0 if name == "-" else name
            found = os.fstat(0) if descriptor == 0 else os.stat(name)
            if not stat.S_ISREG(found.st_mode) or name == "-":  # which would have to be read twice
                return 0
            with open(name, "rb") as file:
                lines += sum(block.count(b"\n") for block in iter(lambda file=file: file.read(1 << 20), b""))  # type: ignore[misc]
        return lines


def of(options: Namespace) -> Sources:
    """A word that is the name of a file is that file, any other is a text. Raises UsageError."""
    texts: list[str] = list(options.text or [])
    files: list[str] = []
    for word in options.words:
        if word == "-" or os.path.exists(word):
            files.append(word)
        elif _FILE_LIKE.fullmatch(word) and not word.startswith(("http://", "https://")):
            raise UsageError(f"There is no file {word!r}.", hint="--text TEXT is a text whatever it looks like.")
        else:
            texts.append(word)
    if not texts and not files:
        if os.isatty(0):
            raise UsageError(
                "There is no text.", hint="Give a text, a file, or pipe something in: `cat notes.txt | aishell ...`"
            )
        files = ["-"]
    wanted: Format | None = "whole" if options.whole else options.format
    assert wanted is None or wanted in FORMATS
    return Sources(texts=tuple(texts), files=tuple(files), wanted=wanted, field=options.field)


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
