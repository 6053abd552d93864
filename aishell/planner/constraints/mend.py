"""A command changed so that it meets a condition: where what is missing is one option or one number, no model need be asked.

Each rule only tries; what comes of it is held against all conditions again, and stays only when less is missed than before.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence

from aishell.core.types import Script
from aishell.planner.constraints.check import check
from aishell.planner.constraints.values import Constraint, Mismatch

_ROUNDS = 3
_DAY = 86_400
_UNITS = ((1024**3, "G"), (1024**2, "M"), (1024, "k"), (1, "c"))
_DOUBTFUL = 1 / 3
"""What a mismatch that is not certain counts."""
_GREP = r"(?<![\w./-])[ef]?grep(?=\s)"
_NAMES_OF_FILES = re.compile(rf"({_GREP}\s+-[A-Za-z]*?)l([A-Za-z]*)")
_CAPITAL = ("ls", "chmod", "chown", "chgrp", "setfacl")
"""Programs that go into folders with -R only."""
_QUOTES = r"'[^']*'|\"[^\"]*\""
_PRIMARY = re.compile(r"(?<=\s)(?:-(?!H\b|L\b|P\b|O\d)\w+|!|\\\()")
_DU_EACH = re.compile(r"(?<![\w-])(du -(?![\w]*c)\w*)(?=\s)", re.ASCII)
_WC_EACH = re.compile(
    r"-exec\s+wc\s+(-\w)\s+(?:\{\}|'\{\}'|\"\{\}\")\s+(?:\+|\\;|';')\s*$|\|\s*xargs((?:\s+-0|\s+-r)*)\s+wc\s+(-\w)\s*$"
)
_NAMED_TEXT = re.compile(r"(?<=\s)-(i?)name\s+(['\"])\*([\w .,:@-]+)\*\2(?:\s+-print)?\s*$")
_CUT = re.compile(r"\b(head|tail)(?:\s+-n\s*\d+|\s+-\d+|\s+--lines=\d+)?")
_UNPACKS = re.compile(r"(?<![\w./-])(gunzip|bunzip2|unxz|gzip\s+-d|bzip2\s+-d|xz\s+-d)(?=\s)")
_PACKS = re.compile(r"(?<![\w./-])(gzip|bzip2|xz|lzma|gunzip|bunzip2|unxz)(?=\s)")


def mended(command: str, asked: Sequence[Constraint], inspect: Callable[[str], Script], cwd: str = "") -> str:
    """`command`, or one that meets more of what is asked. Nothing runs."""
    for _ in range(_ROUNDS):
        missed = check(asked, inspect(command), cwd)
        tried = (_tried(mismatch, command) for mismatch in missed)
        better = (other for other in tried if other != command and _fits(other, missed, asked, inspect, cwd))
        command, before = next(better, command), command
        if command == before:
            break
    return command


def _fits(
    command: str, before: Sequence[Mismatch], asked: Sequence[Constraint], inspect: Callable[[str], Script], cwd: str
) -> bool:
    script = inspect(command)
    return not script.error and _missing(check(asked, script, cwd)) < _missing(before)


def _missing(missed: Sequence[Mismatch]) -> float:
    return sum(each.weight * (1.0 if each.certain else _DOUBTFUL) for each in missed)


def _tried(mismatch: Mismatch, command: str) -> str:
    rule = _RULES.get(mismatch.fault.name)
    return rule(mismatch, command) if rule else command


def _once(command: str, old: str, new: str) -> str:
    """With `new` for `old`, if that stands there once."""
    return command.replace(old, new) if old and command.count(old) == 1 else command


def _time(mismatch: Mismatch, command: str) -> str:
    """`find -mmin -60` -> the right test in its place."""
    asked, old = mismatch.constraint, mismatch.fault.seen.removeprefix("find ")
    stamp = asked.value or old[1:2]
    days = asked.amount >= _DAY and asked.amount % _DAY == 0
    many = int(asked.amount // (_DAY if days else 60))
    sign = "+" if asked.way == "more" else "-"
    return _once(command, old, f"-{stamp}{'time' if days else 'min'} {sign}{many}") if many else command


def _size(mismatch: Mismatch, command: str) -> str:
    asked, old = mismatch.constraint, mismatch.fault.seen.removeprefix("find ").split(" finds", 1)[0]
    more = asked.way == "more"
    step, unit = next((step, unit) for step, unit in _UNITS if asked.amount % step == 0 and (more or step == 1))
    return _once(command, old, f"-size {'+' if more else '-'}{int(asked.amount // step)}{unit}")


def _option(pattern: str, option: str) -> Callable[[Mismatch, str], str]:
    """An option behind the first program that the pattern finds."""
    compiled = re.compile(pattern)
    return lambda _mismatch, command: compiled.sub(lambda match: f"{match[0]} {option}", command, count=1)


def _program(option: str) -> Callable[[Mismatch, str], str]:
    """An option behind the program that the mismatch names."""

    def rule(mismatch: Mismatch, command: str) -> str:
        name = re.escape(mismatch.fault.seen.split(" ", 1)[0])
        return re.sub(rf"(?<![\w./-]){name}(?=\s|$)", lambda match: f"{match[0]} {option}", command, count=1)

    return rule


def _contents(_mismatch: Mismatch, command: str) -> str:
    """`find . -name '*cat*'` -> the files in which that stands."""
    match = _NAMED_TEXT.search(command)
    if not match:
        return command
    typed = "" if re.search(r"\s-type\s", command) else "-type f "
    return f"{command[: match.start()]}{typed}-exec grep -l{'i' * bool(match[1])} {match[2]}{match[3]}{match[2]} {{}} +"


def _deep(mismatch: Mismatch, command: str) -> str:
    if "*" in re.sub(_QUOTES, "", command):  # names that the shell fills in: there is no folder to go into
        return command
    return _program("-R" if mismatch.fault.seen in _CAPITAL else "-r")(mismatch, command)


def _case(mismatch: Mismatch, command: str) -> str:
    if mismatch.fault.seen == "find":
        return re.sub(r"(?<=\s)-(name|path|regex|wholename)(?=\s)", r"-i\1", command)
    return re.sub(_GREP, lambda match: f"{match[0]} -i", command)


def _whole_lines(_mismatch: Mismatch, command: str) -> str:
    return _NAMES_OF_FILES.sub(lambda match: f"{match[1]}{match[2]}".removesuffix(" -"), command)


def _one_total(_mismatch: Mismatch, command: str) -> str:
    match = _WC_EACH.search(command)
    if not match:
        return _DU_EACH.sub(r"\1c", command, count=1)
    joined = f"-exec cat {{}} + | wc {match[1]}" if match[1] else f"| xargs{match[2]} cat | wc {match[3]}"
    return command[: match.start()] + joined


def _shallow(_mismatch: Mismatch, command: str) -> str:
    """`-maxdepth 1` before the first primary of the only find."""
    return _primary("-maxdepth 1", command)


def _primary(text: str, command: str) -> str:
    found = re.search(r"(?<![\w./-])find(?=\s)", command)
    first = _PRIMARY.search(command, found.end()) if found else None
    if (
        not found
        or not first
        or len(re.findall(r"(?<![\w./-])find(?=\s)", command)) > 1
        or "|" in command[found.end() : first.start()]
    ):
        return command
    return f"{command[: first.start()]}{text} {command[first.start() :]}"


def _behind_type(text: str) -> Callable[[Mismatch, str], str]:
    def rule(_mismatch: Mismatch, command: str) -> str:
        with_type = re.sub(r"(?<=\s)-type\s+\w(?=\s|$)", lambda match: f"{match[0]} {text}", command, count=1)
        return with_type if with_type != command else _primary(text, command)

    return rule


def _left_out(mismatch: Mismatch, command: str) -> str:
    """`find -name '*.txt' -delete` -> `find -name '*.txt' ! -name keep.txt -delete`; a folder would take more than that."""
    value = mismatch.constraint.value
    names = list(re.finditer(rf"(?<=\s)-i?name\s+(?:{_QUOTES}|\S+)", command))
    one_find = len(re.findall(r"(?<![\w./-])find(?=\s)", command)) == 1
    if "." not in value or "/" in value or not names or not one_find or re.search(r"\s-o\s|\\\(", command):
        return command
    return f"{command[: names[-1].end()]} ! -name {shlex.quote(value)}{command[names[-1].end() :]}"


def _type(mismatch: Mismatch, command: str) -> str:
    if mismatch.fault.seen.startswith("ls "):
        return re.sub(r"\*(?=\s|$)", "*/", command)
    letter = {"files": "f", "folders": "d", "links": "l"}[mismatch.constraint.value]
    return re.sub(r"(?<=\s)-type\s+\w(?=\s|$)", f"-type {letter}", command, count=1)


def _limit(mismatch: Mismatch, command: str) -> str:
    many = int(mismatch.constraint.amount)
    return _CUT.sub(lambda match: f"{match[1]} -n {many}", command) if len(_CUT.findall(command)) == 1 else command


def _cut(mismatch: Mismatch, command: str) -> str:
    asked = mismatch.constraint
    program = {"first": "head", "last": "tail"}.get(asked.value)
    return _piped(command, f"{program} -n {int(asked.amount)}") if program else command


def _end(mismatch: Mismatch, command: str) -> str:
    if mismatch.constraint.value not in ("first", "last") or len(_CUT.findall(command)) != 1:
        return command
    program = "head" if mismatch.constraint.value == "first" else "tail"
    return _CUT.sub(lambda match: program + match[0][4:], command)


def _piped(command: str, behind: str) -> str:
    """Another program behind a plain pipeline."""
    return (
        command
        if re.search(r"[;&>\n]|\|\||<<", re.sub(r"'[^']*'|\"[^\"]*\"|\\;|2>\S*|\{\} \+", "", command))
        else f"{command} | {behind}"
    )


def _sorted(mismatch: Mismatch, command: str) -> str:
    return _piped(command, "sort") if mismatch.constraint.value in ("", "name") else command


def _unique(_mismatch: Mismatch, command: str) -> str:
    return f"{command} -u" if re.search(r"\|\s*sort\s*$", command) else _piped(command, "sort -u")


def _counted(mismatch: Mismatch, command: str) -> str:
    return _piped(command, "wc -l") if mismatch.constraint.value in ("", "lines") else command


_RULES: dict[str, Callable[[Mismatch, str], str]] = {
    "wrong time": _time,
    "wrong stamp": _time,
    "wrong size": _size,
    "rounded size": _size,
    "heeds case": _case,
    "parts of words": _option(_GREP, "-w"),
    "more than names": _option(_GREP, "-l"),
    "names for lines": _whole_lines,
    "no numbers": _option(_GREP, "-n"),
    "one each": _one_total,
    "removes original": lambda _mismatch, command: _PACKS.sub(r"\1 -k", command),
    "changes": lambda _mismatch, command: _UNPACKS.sub(r"\1 -c", command),
    "goes below": _shallow,
    "stays above": _deep,
    "looks at names": _contents,
    "wrong type": _type,
    "not only empty": _behind_type("-empty"),
    "wrong limit": _limit,
    "no limit": _cut,
    "wrong end": _end,
    "unsorted": _sorted,
    "duplicates": _unique,
    "lists": _counted,
    "bare figures": _program("-h"),
    "hides": _program("-A"),
    "overwrites": _program("-n"),
    "not left out": _left_out,
}
"""By the name of a fault."""
