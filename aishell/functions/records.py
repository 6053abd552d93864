"""Records out of lines, whole files, JSONL, CSV and TSV, one at a time: nothing of a file is held but the record at hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Literal

Format = Literal["lines", "whole", "jsonl", "csv", "tsv"]
FORMATS: tuple[Format, ...] = ("lines", "whole", "jsonl", "csv", "tsv")

LONGEST = 4 << 20
"""Bytes of one record; what is longer is cut, with a note."""
_BY_NAME: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One text, and where it comes from."""

    text: str = ""
    place: str = ""
    """File and line, for people."""
    own: Mapping[str, Any] | None = None
    """The record's other fields, kept in JSON output; None for one that is text alone."""
    notes: tuple[str, ...] = ()
    problem: str = ""
    """Why it cannot be used."""

    def fields(self) -> dict[str, Any]:
        """What a program gets back of it."""
        return dict(self.own) if self.own is not None else {"text": self.text}


def format_of(name: str, wanted: Format | None, field: str, head: bytes = b"") -> Format:
    """How a file is read: as it is wanted; else by its name; with a field also by its first bytes."""
    if wanted:
        return wanted
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if suffix in _BY_NAME:
        return _BY_NAME[suffix]
    if not field:
        return "lines"
    if head.lstrip()[:1] == b"{":
        return "jsonl"
    return "tsv" if b"\t" in head.partition(b"\n")[0] else "csv"


def read(file: IO[bytes], name: str, kind: Format, field: str) -> Iterator[Record]:
    """The records of one open file, in order. `field`: which of a record's fields is the text."""
    if kind == "whole":
        text, notes = _decoded(file.read(LONGEST + 1))
        return iter([Record(text=text, place=name, notes=notes)])
    if kind in ("csv", "tsv"):
        return _rows(file, name, "\t" if kind == "tsv" else ",", field)
    lines = _lines(file, name)
    return _objects(lines, field) if kind == "jsonl" else lines


def _lines(file: IO[bytes], name: str) -> Iterator[Record]:
    number = 0
    while line := file.readline(LONGEST + 1):
        number += 1
        rest = line
        while len(rest) > LONGEST and not rest.endswith(b"\n"):  # the rest of a line that is too long is read past
            rest = file.readline(LONGEST + 1)
        text, notes = _decoded(line)
        yield Record(text=text.rstrip("\r\n"), place=f"{name}:{number}", notes=notes)


def _decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    notes: list[str] = []
    if len(data) > LONGEST:
        data = data[:LONGEST]
        notes.append(f"cut to {LONGEST >> 20} MB")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
        notes.append("bytes that are no UTF-8 were replaced")
    return text.removeprefix("\ufeff"), tuple(notes)


def _objects(lines: Iterator[Record], field: str) -> Iterator[Record]:
    """Lines of JSONL as records."""
    for line in lines:
        record = line if not line.text.strip() else _object(line, field)
        field = field or (_likeliest(record.own) if record.own else "")
        yield record


def _object(line: Record, field: str) -> Record:
    try:
        value = json.loads(line.text)
    except (ValueError, RecursionError) as error:
        return Record(place=line.place, own={}, problem=f"no JSON: {error}")
    if isinstance(value, str) and not field:
        return Record(text=value, place=line.place, notes=line.notes)
    if not isinstance(value, dict):
        return Record(place=line.place, own={}, problem="no JSON object")
    return _with_text(value, field or _likeliest(value), line.place, line.notes)


def _likeliest(own: Mapping[str, Any]) -> str:
    """The field that is taken for the text where none was named: `text`, or the one that holds most of it."""
    sizes = {name: len(value) for name, value in own.items() if isinstance(value, str)}
    return "text" if "text" in own or not sizes else max(sizes, key=lambda name: sizes[name])


def _with_text(own: Mapping[str, Any], field: str, place: str, notes: tuple[str, ...]) -> Record:
    text = own.get(field)
    if isinstance(text, str):
        return Record(text=text, place=place, own=own, notes=notes)
    there = ", ".join(list(own)[:8]) or "none"
    problem = f"its field {field!r} is no text" if field in own else f"it has no field {field!r} (it has: {there})"
    return Record(place=place, own=own, problem=problem)


def _rows(file: IO[bytes], name: str, separator: str, field: str) -> Iterator[Record]:
    """The first row has the fields' names."""
    texts = (record for record in _lines(file, name))
    notes: list[str] = []

    def lines() -> Iterator[str]:
        for record in texts:
            notes.extend(record.notes)
            yield record.text.replace("\0", "\ufffd") + "\n"

    csv.field_size_limit(LONGEST)
    reader = csv.DictReader(lines(), delimiter=separator, restkey="", strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(place=f"{name}:{reader.line_num}", own={}, problem=f"no row of a table: {error}")
            continue
        own = {str(key): value for key, value in row.items() if key}
        field = field or _likeliest(own)
        yield _with_text(own, field, f"{name}:{reader.line_num}", tuple(notes))
        notes.clear()
