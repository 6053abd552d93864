"""Passages of documents with the lines they stand on, as the files are now.

Memory keeps parts of about a thousand bytes with the lines they were read from. A passage is smaller, a few sentences of one
paragraph, an item of a list or a row of a table, so that a claim and its line are never far apart. Each line is read again from
its file; a file that has changed since gives no line numbers.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aishell.core.memory import Recollection
from aishell.functions.cut import sentences
from aishell.functions.languages import east_asian

_PLACE = re.compile(r"(?:^|, )(?:lines?|rows?) (\d+)(?:-(\d+))?$")
_ROWS = re.compile(r"(?:^|, )rows? \d+(?:-\d+)?$")
_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)[\s#]*")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d+[.)])\s+")
_RULE = re.compile(r"\|?[\s:|-]+\|?")
_MARKUP = re.compile(r"\*\*|__|`|!?\[([^\]\n]*)\]\([^)\n]*\)")
_LEANS = re.compile(
    r"(?:it|its|they|their|he|she|his|her|this|these|that|those|then|there|otherwise|after that|before that|below that)\b"
    r"|它|他|她|这|此|其|否则|那时",
    re.I,
)
_REDACTED = "[redacted"
"""What memory has in the place of a secret: such a part never reads as its file does."""
_LONGEST_LINE = 4000
_MOST_BYTES = 20 << 20
_SIZE = 300
"""Bytes of a passage of several sentences: about 70 tokens, half a second of the model's time."""
_MOST_SENTENCES = 2
_MOST_LEANING = 4
"""With sentences that cannot be understood without the one before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What can be quoted."""

    text: str
    """Without the signs of lists and emphasis."""
    first: int = 0
    """The lines of the file that it stands on; 0 where lines mean nothing, or the file has changed."""
    last: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Some sentences that stand together."""

    file: str
    about: str
    """The file's name and the headings above."""
    place: str
    """Of the part that it was found in, such as `Install > Linux, lines 12-30` or `page 3`."""
    sentences: tuple[Sentence, ...]
    header: str = ""
    """The names of a table's columns."""
    changed: bool = False
    """The file is not what it was when it was read."""

    @property
    def text(self) -> str:
        joint = "" if east_asian("".join(one.text[-1:] for one in self.sentences)) else " "
        return joint.join(one.text for one in self.sentences)

    @property
    def whole(self) -> str:
        """With what is above it: the passage as it can be understood alone."""
        return "\n".join(filter(None, (self.about, self.header, self.text)))


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str


def passages(found: Sequence[Recollection]) -> list[Passage]:
    """Those of all parts, each once, in the order of the parts."""
    seen: set[tuple[str, str, int]] = set()
    made: list[Passage] = []
    for part in found:
        for passage in _of(part):
            key = (passage.file, passage.text, passage.sentences[0].first)
            if key not in seen:
                seen.add(key)
                made.append(passage)
    return made


def _of(part: Recollection) -> Iterator[Passage]:
    name, _colon, headings = part.intent.partition(": ")
    numbered = _PLACE.search(part.place)
    lines = [_Line(0, line) for line in part.body.splitlines()]
    above = tuple(headings.split(" > ")) if headings else ()
    first, changed, now = int(numbered[1]) if numbered else 0, False, list[_Line]()
    if first and _ROWS.search(part.place):
        yield from _rows(part, lines, first)
        return
    if numbered:
        now = _lines(part.source, int(numbered[2] or first))
        if _same(lines, now[first - 1 :]):
            lines, above = now, ()  # from the first line on, for the headings
        else:
            changed = _REDACTED not in part.body
    for headed, header, block in _blocks(lines, above):
        if lines is now and block[0].number < first:
            continue
        about = " > ".join((name, *headed))
        for several in _together(block):
            yield Passage(file=part.source, about=about, place=part.place, sentences=several, header=header, changed=changed)


def _rows(part: Recollection, lines: list[_Line], first: int) -> Iterator[Passage]:
    """A row of a table each; its line was counted when the file was read."""
    header, *rows = [line.text for line in lines]
    for number, row in enumerate(rows, first):
        one = Sentence(text=row, first=number, last=number)
        yield Passage(file=part.source, about=part.intent, place=part.place, sentences=(one,), header=header)


def _lines(path: str, last: int) -> list[_Line]:
    """The lines of a plain file up to this one; none when it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, encoding="utf-8-sig", errors="replace") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode) or os.fstat(descriptor).st_size > _MOST_BYTES:
                return []
            lines = file.read().splitlines()
    except OSError:
        return []
    return [_Line(number, line) for number, line in enumerate(lines[:last], 1)]


def _same(kept: Sequence[_Line], now: Sequence[_Line]) -> bool:
    """Whether all that was kept still stands there; headings may have been put between."""
    there = " ".join(" ".join(line.text.split()) for line in now)
    wanted = (" ".join(line.text.split()) for line in kept)
    return bool(now) and all(line in there for line in wanted)


def _blocks(lines: Sequence[_Line], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str, list[_Line]]]:
    """Paragraphs, items and rows of tables, each with the headings above it and the names of its columns."""
    held: list[_Line] = []
    header, fenced = "", False
    levels: dict[int, str] = dict(enumerate(above, 1))
    for line in (*lines, _Line(0, "")):
        fenced ^= line.text.lstrip().startswith(("```", "~~~"))
        heading = None if fenced else _HEADING.fullmatch(line.text)
        row = line.text.lstrip().startswith("|")
        begins = not line.text.strip() or heading or row or _ITEM.match(line.text)
        if begins and held:
            yield tuple(levels.values()), "", held
            held = []
        if heading:
            at = len(heading[1])
            levels = {**{level: text for level, text in levels.items() if level < at}, at: heading[2]}
        elif row and not header:
            header = _cells(line.text)
        elif row:
            if not _RULE.fullmatch(line.text.strip()):
                yield tuple(levels.values()), header, [_Line(line.number, _cells(line.text))]
        elif line.text.strip():
            held.append(line)
        header = header if row else ""


def _cells(line: str) -> str:
    return " | ".join(cell.strip() for cell in line.strip().strip("|").split("|"))


def _together(block: Sequence[_Line]) -> Iterator[tuple[Sentence, ...]]:
    """The sentences of a paragraph in groups that are short enough."""
    group: list[Sentence] = []
    size = 0
    for one in _sentences(block):
        length = len(one.text.encode("utf-8", "replace"))
        most = _MOST_LEANING if leans(one.text) else _MOST_SENTENCES
        if group and (len(group) >= most or (size + length > _SIZE and most == _MOST_SENTENCES)):
            yield tuple(group)
            group, size = [], 0
        group.append(one)
        size += length
    if group:
        yield tuple(group)


def leans(sentence: str) -> bool:
    """Whether it begins in a way that cannot be understood without the sentence before."""
    return bool(_LEANS.match(sentence))


def _sentences(block: Sequence[_Line]) -> Iterator[Sentence]:
    text, ends = "", list[tuple[int, int]]()
    for line in block:
        plain = line.text.strip()[:_LONGEST_LINE]
        joint = "" if not text or (east_asian(text[-1]) and east_asian(plain[:1])) or text[-1] in "。！？；，" else " "
        text += joint + plain
        ends.append((len(text), line.number))
    at = 0
    for sentence in sentences(text):
        start, at = at + len(sentence) - len(sentence.lstrip()), at + len(sentence)
        clean = _MARKUP.sub(lambda found: found[1] or "", _ITEM.sub("", sentence, count=1) if not start else sentence).strip()
        if clean:
            yield Sentence(text=clean, first=_number(ends, start), last=_number(ends, at - 1))


def _number(ends: Sequence[tuple[int, int]], at: int) -> int:
    return next((number for end, number in ends if at < end), ends[-1][1])
