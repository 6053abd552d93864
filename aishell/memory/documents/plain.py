"""Readers of files that are text: paragraphs, Markdown, source code, tables."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from contextlib import suppress

from aishell.memory.documents.chunks import TARGET, Piece

_SAMPLE = 100_000
"""Bytes from which an encoding other than UTF-8 is guessed."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,}) *")
_DEFINITION = re.compile(
    r"(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|pub|unsafe|extern|const|inline|virtual)"
    r"(?:\([^)]*\))?\s+)*(?:def|class|function|func|fun|fn|struct|enum|interface|trait|impl|module|namespace|type|sub|object)\b"
    r"|[\w.-]+\s*\(\)\s*\{?\s*$"
)
_LONGEST_HEADING = 120
_LONGEST_CELL = 300


class NotText(Exception):
    """Bytes that are no text."""


def decoded(data: bytes) -> str:
    """UTF-8, what a mark at the start says, or else the encoding that fits best. Raises NotText."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, "replace")
    if b"\0" in data[:_SAMPLE]:
        raise NotText("it is not text")
    with suppress(UnicodeDecodeError):
        return data.decode("utf-8")
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE]).best()
    if best is None:
        raise NotText("it is not text in any known encoding")
    return data.decode(best.encoding, "replace")


def paragraphs(text: str) -> Iterator[Piece]:
    """Parts between empty lines."""
    yield from _blocks(enumerate(text.splitlines(), 1), ())


def code(text: str) -> Iterator[Piece]:
    """Parts between empty lines; the definition they are in, where it begins in the first column, is their heading."""
    held: list[tuple[int, str]] = []
    heading: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if _DEFINITION.match(line):
            yield from _blocks(held, heading)
            held, heading = [], (_short(line),)
        held.append((number, line))
    yield from _blocks(held, heading)


def markdown(text: str) -> Iterator[Piece]:
    """Paragraphs below their headings; a fenced block is never taken for headings."""
    headings: dict[int, str] = {}
    held: list[tuple[int, str]] = []
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = _FENCE.match(line)
        if mark and (not fence or mark[1] == fence):
            fence = "" if fence else mark[1]
        heading = None if fence else _heading(line, held)
        if heading is None:
            held.append((number, line))
            continue
        level, title = heading
        yield from _blocks(held, tuple(headings.values()))
        held = []
        headings = {**{at: old for at, old in headings.items() if at < level}, level: title}
    yield from _blocks(held, tuple(headings.values()))


def _heading(line: str, held: list[tuple[int, str]]) -> tuple[int, str] | None:
    """Level and title, when `line` makes one: by its own #, or as the underline of the line before, which is taken back."""
    if match := _HEADING.fullmatch(line):
        return len(match[1]), _short(match[2])
    before = held[-1][1].strip() if held else ""
    alone = len(held) == 1 or (len(held) > 1 and not held[-2][1].strip())
    if before and alone and (match := _UNDERLINE.fullmatch(line)) and not before.startswith(("-", "|", ">", "`")):
        held.pop()
        return 1 if match[1][0] == "=" else 2, _short(before)
    return None


def table(text: str, *, tabs: bool) -> Iterator[Piece]:
    """Rows in groups, each below the names of the columns."""
    lines = text.splitlines()
    first = lines[0] if lines else ""
    delimiter = "\t" if tabs else max(",;\t|", key=first.count)
    header = ""
    held: list[str] = []
    start = size = 0
    for number, cells in enumerate(csv.reader(lines, delimiter=delimiter), 1):
        row = " | ".join(cell.strip()[:_LONGEST_CELL] for cell in cells)[:TARGET]
        if number == 1:
            header = row
            continue
        if held and len(header) + size + len(row) > TARGET:
            yield Piece(text="\n".join((header, *held)), first=start, last=number - 1, whole=True)
            held, size = [], 0
        start = start if held else number
        held.append(row)
        size += len(row) + 1
    if held or header:
        yield Piece(text="\n".join((header, *held)), first=start or 1, last=max(start + len(held) - 1, 1), whole=True)


def _blocks(lines: list[tuple[int, str]] | enumerate[str], headings: tuple[str, ...]) -> Iterator[Piece]:
    held: list[tuple[int, str]] = []
    for number, line in (*lines, (0, "")):
        if line.strip():
            held.append((number, line.rstrip()))
        elif held:
            yield Piece(text="\n".join(line for _, line in held), headings=headings, first=held[0][0], last=held[-1][0])
            held = []


def _short(line: str) -> str:
    return " ".join(line.split())[:_LONGEST_HEADING].rstrip(" {:(")
