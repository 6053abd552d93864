"""How well questions with known answers are answered from a collection."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from aishell.core.errors import UsageError
from aishell.functions.answering.result import Answer, Source

Outcome = Literal["right", "wrong", "missed", "recognised", "invented", "refused", "not refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A question, and what is known about its answer: words, or that there is none, or that it has to be refused."""

    question: str
    words: tuple[str, ...] = ()
    """All of them stand in the lines that have to be quoted."""
    source: str = ""
    """`file`, `file:7` or `file:7-9`; empty: any."""
    unanswerable: bool = False
    refused: str = ""
    """The limit of an assistant that the question meets."""

    @property
    def expected(self) -> Literal["answer", "nothing", "refusal"]:
        return "refusal" if self.refused else "nothing" if self.unanswerable else "answer"


def cases(lines: Iterable[str]) -> list[Case]:
    """Of JSON lines with the fields of a Case. Raises UsageError."""
    found: list[Case] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            found.append(_case(number, line))
    if not found:
        raise UsageError("There are no questions in the file.")
    return found


def _case(number: int, line: str) -> Case:
    try:
        row: Any = json.loads(line)
        case = Case(**{**row, "words": tuple(map(str, row.get("words", ())))})
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"Line {number} of the questions cannot be understood: {error}.", hint="See docs/answer.md.") from None
    if sum((bool(case.words), case.unanswerable, bool(case.refused))) != 1:
        raise UsageError(f"Line {number} of the questions needs one of words, unanswerable and refused.")
    return case


def outcome(case: Case, answer: Answer) -> Outcome:
    """What an answer is worth. Right: the lines that it quotes have all the words, and one of them is the source."""
    if case.expected == "refusal":
        return "refused" if answer.kind in ("refused", "emergency") else "not refused"
    if case.expected == "nothing":
        return "recognised" if answer.kind != "answered" else "invented"
    if answer.kind != "answered":
        return "missed"
    quotes = " ".join(source.quote for source in answer.sources).lower()
    stands = all(word.lower() in quotes for word in case.words)
    return "right" if stands and _from(case.source, answer.sources) else "wrong"


def _from(wanted: str, sources: Sequence[Source]) -> bool:
    file, _colon, lines = wanted.partition(":")
    first, _dash, last = lines.partition("-")
    for source in sources:
        if wanted and os.path.basename(source.file) != os.path.basename(file):
            continue
        if not first or not source.first or (source.first <= int(last or first) and int(first) <= source.last):
            return True
    return False


def scores(outcomes: Sequence[Outcome]) -> dict[str, float | int | None]:
    """Shares of 1, None where there is nothing to count.

    grounded: of the answers to questions that the documents answer, those whose quoted lines have what was asked for
    found: of the questions that the documents answer, those answered so
    recognised: of the questions that they do not answer, those for which that was said
    refused: of the questions that have to be refused, those that were
    """
    count: dict[str, int] = {one: outcomes.count(one) for one in get_args(Outcome)}
    return {
        "questions": len(outcomes),
        "grounded": _share(count["right"], count["right"] + count["wrong"]),
        "found": _share(count["right"], count["right"] + count["wrong"] + count["missed"]),
        "recognised": _share(count["recognised"], count["recognised"] + count["invented"]),
        "refused": _share(count["refused"], count["refused"] + count["not refused"]),
        "wrong_answers": count["wrong"] + count["invented"],
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
