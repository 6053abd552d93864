"""A command's explanation in lines: on the left what stands there, on the right what it is for. Harmless to print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len, chop_cells, set_cell_size

from aishell.core.explanation import Explanation, Kind, Part
from aishell.core.text import one_line
from aishell.ui.words import Words, later

_SAID: Mapping[Kind, str] = {
    "operand": later("given to it"),
    "script": later("a script, in the language of {about}"),
    "end of options": later("what follows are no options"),
    "passed on": later("for what {about} runs"),
    "function": later("a function of this line"),
    "own program": later("a program of somebody's own, without documentation here"),
    "computed program": later("a program whose name is only known when it runs"),
    "variable": later("what the variable {about} holds"),
    "pattern": later("the names that fit this pattern"),
    "braces": later("several words, one for each choice"),
    "output of": later("what this writes:"),
    "file with output of": later("a file that holds what this writes:"),
    "file into": later("a file; what is written into it is the input of:"),
    "arithmetic": later("calculated by the shell"),
    "expansion": later("what the shell makes of the variable {about}"),
    "pipe": later("its output is the input of:"),
    "pipe both": later("its output and its error messages are the input of:"),
    "and": later("if that worked:"),
    "or": later("if that failed:"),
    "then": later("then, whatever came of that:"),
    "background": later("it goes on in the background"),
    "not": later("success counts as failure, and failure as success:"),
    "runs": later("runs this command:"),
    "runs code": later("runs this shell code:"),
    "out": later("{stream}: into the file {about}, whose contents are lost"),
    "append": later("{stream}: added to the file {about}"),
    "over": later("{stream}: into the file {about}, even if it is protected"),
    "both out": later("output and error messages: into the file {about}, whose contents are lost"),
    "both append": later("output and error messages: added to the file {about}"),
    "in": later("input: from the file {about}"),
    "in and out": later("reads and writes the file {about}"),
    "text in": later("input: this text"),
    "lines in": later("input: the lines up to {about}"),
    "same as": later("{stream}: to where {other} goes"),
    "closed": later("{stream}: closed"),
    "redirect": later("where input comes from or output goes"),
    "assigned for it": later("sets the variable {about}, for this command only"),
    "assigned": later("sets the variable {about}"),
    "declares": later("the variable {about}"),
    "group": later("these together:"),
    "subshell": later("in a shell of its own, so that folder and variables stay as they are:"),
    "if": later("if this works:"),
    "elif": later("else, if this works:"),
    "then do": later("then:"),
    "else": later("else:"),
    "while": later("as long as this works:"),
    "until": later("until this works:"),
    "do": later("each time:"),
    "for": later("for each of these words, as the variable {about}"),
    "for numbers": later("counting"),
    "select": later("for each of these words that is chosen, as the variable {about}"),
    "case": later("depending on what {about} is:"),
    "branch": later("if it fits:"),
    "defines": later("defines the function {about}:"),
    "test": later("whether this is true:"),
    "matches": later("compares a text with a text or pattern"),
    "matches regex": later("whether a text fits a regular expression"),
    "timed": later("measures how long this takes:"),
    "coprocess": later("runs beside the shell:"),
    "other": later("not taken apart here"),
    "too deep": later("too deep inside to be taken apart here"),
}
_NOWHERE = later("{stream}: thrown away")
_STREAMS = {
    "0": later("input"),
    "1": later("output"),
    "2": later("error messages"),
}
_TAKEN_BACK = {
    "READ": later("It changes nothing."),
    "DRY": later("`aishell try` shows what it would change before it does, and `aishell undo` takes that back."),
    "ASK": later("It may do what cannot be tried first, nor taken back."),
    "DENY": later("It never runs from words. Nothing takes it back."),
}
_LONGEST_TEXT = 200
_NARROWEST = 24
"""Columns of the right side, below which it stands under the left one."""

Style = Literal["name", "known", "unknown", "note"]


@dataclass(frozen=True, slots=True)
class Line:
    left: str
    """Padded, so that all right sides begin in one column."""
    right: str
    style: Style


def said(part: Part, say: Words) -> str:
    """What a part is, in the person's language; what documentation says is in its own. Empty when it is unknown."""
    if part.meaning:
        return one_line(part.meaning, 2 * _LONGEST_TEXT)
    if part.kind not in _SAID:
        return ""
    number = part.text.partition(">" if ">" in part.text else "<")[0]
    stream = _stream(number or ("1" if ">" in part.text else "0"), say)
    thrown = part.kind in ("out", "append", "over") and part.about == "/dev/null"
    text = _NOWHERE if thrown else _SAID[part.kind]
    return say(text, about=part.about, stream=stream, other=_stream(part.about, say))


def undo_hint(explanation: Explanation, say: Words) -> str:
    text = _TAKEN_BACK.get(explanation.tier, "")
    return say(text) if text else ""


def lines(explanation: Explanation, say: Words, width: int) -> list[Line]:
    """The parts, then what the judge makes of it; `width` in columns."""
    if explanation.error:
        return [Line(say("It cannot be parsed: {why}", why=explanation.error), "", "unknown")]
    parts = [(f"{'  ' * part.depth}{one_line(part.text, _LONGEST_TEXT)}", part) for part in explanation.parts]
    column = min(max((cell_len(left) for left, _ in parts), default=0), max(16, width * 2 // 5)) + 2
    found = [line for left, part in parts for line in _of_part(left, part, say, column, width)]
    verdict = "; ".join(one_line(reason) for reason in explanation.reasons)
    told = [f"{explanation.tier}: {verdict}" if verdict else explanation.tier, undo_hint(explanation, say)]
    return [*found, *(Line("", row, "note") for text in told for row in wrapped(text, width))]


def _of_part(left: str, part: Part, say: Words, column: int, width: int) -> Iterator[Line]:
    right = said(part, say)
    style: Style = "name" if part.kind in ("program", "subcommand") else "known"
    if not right:
        right, style = say("unknown"), "unknown"
    room = max(_NARROWEST, width - column)
    if cell_len(left) > column - 2:
        for row in wrapped(left, width, indent="  " * (part.depth + 1)):
            yield Line(row, "", style)
        left = ""
    for at, row in enumerate(wrapped(right, room)):
        yield Line(set_cell_size(left if at == 0 else "", column), row, style)


def wrapped(text: str, width: int, *, indent: str = "") -> Iterator[str]:
    """`text` in rows of at most `width` columns, broken between words where that is possible; `indent` before later rows."""
    row = ""
    for word in text.split(" "):
        candidate = f"{row} {word}" if row.strip() else f"{row}{word}" if word else f"{row} "
        if cell_len(candidate) <= width:
            row = candidate
            continue
        if row.strip():
            yield row.rstrip()
        *whole, row = chop_cells(f"{indent}{word}", width) or [""]
        yield from whole
    if row.strip():
        yield row.rstrip()


def _stream(number: str, say: Words) -> str:
    text = _STREAMS.get(number)
    return say(text) if text else say("descriptor {n}", n=number)
