"""Where the data of a report comes from: what kind of file it is, and a copy or link of it that DuckDB can read.

The link has a name of ours, so that no `*` or quote in a file's name is obeyed; a copy is made of what is piped in, packed,
or not in UTF-8.
"""

from __future__ import annotations

import codecs
import gzip
import io
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast, get_args

from aishell.core.errors import UsageError
from aishell.core.text import one_line
from aishell.functions.report.dialect import SAMPLE, encoding_of
from aishell.functions.report.logs import form_of

Source = Literal["csv", "tsv", "json", "jsonl", "parquet", "sqlite", "log"]
KINDS: tuple[Source, ...] = get_args(Source)
_SUFFIXES: dict[str, Source] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".sqlite": "sqlite",
    ".sqlite3": "sqlite",
    ".db": "sqlite",
}
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file that can be read."""

    kind: Source
    path: Path
    folder: Path
    """Where more may be written; gone at the end."""
    shown: str
    """The file's name, for people."""
    stem: str
    """The name of a table that is made of it."""
    head: str = ""
    """The beginning of a text."""
    year: int = 0
    """When it was written last."""
    notes: tuple[str, ...] = ()


def staged(name: str, kind: str, folder: Path, stdin: IO[bytes] | None) -> Staged:
    """Raises UsageError."""
    shown = "standard input" if name == "-" else one_line(os.path.basename(name.rstrip("/")))
    try:
        path, stem = _at_hand(name, folder, stdin)
        with path.open("rb") as file:
            head = file.read(SAMPLE)
        year = _year(path)
    except OSError as error:
        raise UsageError(f"{one_line(name)} cannot be read: {error.strerror or error}.") from None
    if not head.strip():
        raise UsageError(f"{shown} is empty.")
    link = folder / "data"
    found = _asked(kind) or _binary(head)
    if found in ("parquet", "sqlite"):
        link.symlink_to(path)
        return Staged(kind=found, path=link, folder=folder, shown=shown, stem=stem)
    encoding = encoding_of(head)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    if b"\0" in head and not encoding.startswith("utf-16"):
        raise UsageError(f"{shown} is no table that is known here.", hint=f"--as says what it is: {', '.join(KINDS)}.")
    notes = _as_utf8(path, link, encoding)
    found = found or _SUFFIXES.get(Path(name.removesuffix(".gz")).suffix.lower()) or _by_looks(text)
    found = "jsonl" if found == "json" and _a_line_each(text) else found
    return Staged(kind=found, path=link, folder=folder, shown=shown, stem=stem, head=text, year=year, notes=notes)


def _asked(kind: str) -> Source | Literal[""]:
    if not kind:
        return ""
    for known in KINDS:
        if kind == known:
            return known
    raise UsageError(f"There is no kind of data {kind!r}.", hint=f"Kinds: {', '.join(KINDS)}.")


def _at_hand(name: str, folder: Path, stdin: IO[bytes] | None) -> tuple[Path, str]:
    """A regular file with the data, and what a table of it is called. Raises OSError."""
    if name == "-":
        assert stdin is not None
        copy = folder / "input"
        with copy.open("wb") as file:
            shutil.copyfileobj(stdin, file, _BLOCK)
        return copy, "data"
    path = Path(name).resolve(strict=True)
    bare = name.removesuffix(".gz")
    stem = one_line(Path(bare).stem, 60).replace("\0", "") or "data"
    if bare != name or not path.is_file():  # packed, or a pipe
        copy = folder / "input"
        with gzip.open(path) if bare != name else path.open("rb") as packed, copy.open("wb") as file:
            shutil.copyfileobj(cast("IO[bytes]", packed), file, _BLOCK)
        return copy, stem
    return path, stem


def _year(path: Path) -> int:
    import datetime

    return datetime.datetime.fromtimestamp(path.stat().st_mtime).year


def _binary(head: bytes) -> Source | Literal[""]:
    if head.startswith(b"SQLite format 3\0"):
        return "sqlite"
    return "parquet" if head.startswith(b"PAR1") else ""


def _as_utf8(path: Path, link: Path, encoding: str) -> tuple[str, ...]:
    """Puts the text where `link` is, in UTF-8: the file itself when it is; what is told of it."""
    if encoding == "utf-8" and _all_utf8(path):
        link.symlink_to(path)
        return ()
    bad = False
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    with path.open("rb") as file, link.open("w", encoding="utf-8", newline="") as copy:
        for block in iter(lambda: file.read(_BLOCK), b""):
            text = decoder.decode(block)
            bad = bad or "\ufffd" in text
            copy.write(text)
        copy.write(decoder.decode(b"", True))
    notes = () if encoding.startswith("utf") else (f"It was read as {encoding}.",)
    return (*notes, "Bytes that are no text of this encoding were replaced.") if bad else notes


def _all_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            for block in iter(lambda: file.read(_BLOCK), b""):
                decoder.decode(block)
            decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _by_looks(text: str) -> Source:
    """What a text without a telling name is."""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        return "jsonl" if _a_line_each(text) else "json"
    if form_of(text):
        return "log"
    return "csv"


def _a_line_each(text: str) -> bool:
    """Whether its first lines are a JSON object each."""
    lines = [line for line in io.StringIO(text) if line.strip()][:2]
    try:
        return bool(lines) and all(isinstance(json.loads(line), dict) for line in lines)
    except (ValueError, RecursionError):
        return False
