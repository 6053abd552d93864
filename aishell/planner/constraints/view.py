"""A parsed command as the checks look at it: which programs run, with which options, on what, and fed by what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from aishell.core.types import Call, Script, Word
from aishell.planner.constraints.programs import (
    INTERPRETERS,
    OPTIONAL_VALUES,
    PREFIXES,
    TESTS_WITH_VALUE,
    UNDERSTOOD,
    VALUES,
    WITHOUT_PRIMARIES,
)

Via = Literal["", "find", "xargs", "prefix"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """A primary of find: `-name '*.txt'`."""

    name: str
    value: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One program that runs, also inside find -exec, xargs or sudo."""

    program: str
    options: frozenset[str] = frozenset()
    """Letters and long names with their dashes, clusters taken apart: -r, --recursive."""
    settings: tuple[tuple[str, str], ...] = ()
    """Options with their values: (-n, 5)."""
    operands: tuple[str, ...] = ()
    tests: tuple[Test, ...] = ()
    fed: bool = False
    """It reads a pipe or a file on standard input."""
    inner: bool = False
    """It stands in a substitution: its output is another's words."""
    via: Via = ""
    one_by_one: bool = False
    """It is started anew for each file: -exec ... ; or xargs -n1."""

    def has(self, *options: str) -> bool:
        return any(option in self.options for option in options)

    def values(self, *options: str) -> list[str]:
        return [value for option, value in self.settings if option in options]

    def found_by(self, *names: str) -> list[Test]:
        return [test for test in self.tests if test.name in names]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    stages: tuple[Stage, ...]
    text: str
    """All words of the script without their quotes, for looking up names."""
    written: tuple[str, ...] = ()
    """Files that output is redirected to."""
    understood: bool = False
    """Every program in it is known here, and no shell code or variable decides what it does: absence can be certain."""

    def of(self, *programs: str) -> list[Stage]:
        return [stage for stage in self.stages if stage.program in programs]

    def runs(self, *programs: str) -> bool:
        return any(stage.program in programs for stage in self.stages)


def view(script: Script) -> View:
    stages: list[Stage] = []
    for call in script.calls:
        inner = _is_inside(call, script.calls)
        stages += _stages([_text(word) for word in call.words], fed=call.input is not None, inner=inner)
    words = [call.text for call in script.calls]
    words += [" ".join(_text(word) for word in call.words) for call in script.calls]
    words += [_text(redirect.target) for redirect in script.redirects]
    words += [_text(redirect.body) for redirect in script.redirects if redirect.body]
    words += [_text(assignment.value) for assignment in script.assignments]
    written = tuple(_text(r.target) for r in script.redirects if r.operator in (">", ">>", ">|", "&>", "&>>"))
    closed = not (script.assignments or script.functions or script.unproven or script.unjudged or script.error)
    understood = closed and bool(stages) and all(stage.program in UNDERSTOOD for stage in stages)
    return View(stages=tuple(stages), text="\n".join(words), written=written, understood=understood)


def _text(word: Word) -> str:
    """A word without its quotes. What only the shell can know stands as `$name` or as a NUL."""
    if not word.parts:
        return word.literal
    shown = {"variable": "${}", "unknown": "\0"}
    return "".join(shown.get(part.kind, "{}").replace("{}", part.text) for part in word.parts)


def _is_inside(call: Call, calls: tuple[Call, ...]) -> bool:
    """Whether it stands in a substitution of another call. Its text says so: the tree is not kept."""
    return any(
        f"{opening}{call.text}" in other.text.replace(f"{opening} ", opening)
        for other in calls
        if other is not call and len(other.text) > len(call.text)
        for opening in ("$(", "`", "<(", ">(")
    ) or any(
        call.text in other.text[other.text.find("$(") :]
        for other in calls
        if other is not call and "$(" in other.text and call.text != other.text
    )


def _stages(words: list[str], *, fed: bool, inner: bool, via: Via = "", one_by_one: bool = False) -> Iterator[Stage]:
    """The program that `words` start, and what it starts in turn."""
    if not words:
        return
    program, rest = words[0].rsplit("/", 1)[-1], words[1:]
    if program in PREFIXES:
        behind = list(_behind_prefix(program, rest))
        each = one_by_one
        if program == "xargs":
            taken = rest[: len(rest) - len(behind)]
            each = any(word.startswith(("-I", "-i", "-L1", "-n1")) for word in taken) or "-n" in taken or "-L" in taken
            yield _plain("xargs", taken, fed=fed, inner=inner, via=via, one_by_one=one_by_one)
        yield from _stages(
            behind, fed=fed, inner=inner, via="xargs" if program == "xargs" else via or "prefix", one_by_one=each
        )
        return
    if program == "find":
        yield from _find(rest, inner=inner, via=via)
        return
    yield _plain(program, rest, fed=fed, inner=inner, via=via, one_by_one=one_by_one)


def _behind_prefix(program: str, words: list[str]) -> Iterator[str]:
    """What `sudo`, `xargs`, `timeout` and their like start."""
    valued, operands = PREFIXES[program], 1 if program == "timeout" else 0
    position = 0
    while position < len(words):
        word = words[position]
        if word.startswith("-") and len(word) > 1:
            position += 2 if word in valued else 1
        elif "=" in word and program in ("env", "sudo", "doas"):
            position += 1
        elif operands:
            operands, position = operands - 1, position + 1
        else:
            break
    yield from words[position:]


def _plain(program: str, words: list[str], *, fed: bool, inner: bool, via: Via, one_by_one: bool) -> Stage:
    """A program with options as GNU's getopt reads them: operands and options in any order."""
    options: list[str] = []
    settings: list[tuple[str, str]] = []
    operands: list[str] = []
    if program == "tar" and words and words[0].isalpha() and set(words[0]) & set("cxtru"):
        words = [f"-{words[0]}", *words[1:]]
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word == "--":
            operands += queue
            break
        if len(word) < 2 or not word.startswith("-"):
            operands.append(word)
        elif word.startswith("--"):
            name, equals, value = word.partition("=")
            options.append(name)
            if equals:
                settings.append((name, value))
        elif word[1:].isdigit():
            settings.append(("-N", word[1:]))
        else:
            _cluster(program, word[1:], queue, options, settings)
    return Stage(
        program=program,
        options=frozenset(options),
        settings=tuple(settings),
        operands=tuple(operands),
        fed=fed,
        inner=inner,
        via=via,
        one_by_one=one_by_one,
    )


def _cluster(program: str, letters: str, queue: list[str], options: list[str], settings: list[tuple[str, str]]) -> None:
    """`-xzf a.tgz`: letters, of which one may take the rest, or the next word, as its value."""
    for position, letter in enumerate(letters):
        option, rest = f"-{letter}", letters[position + 1 :]
        options.append(option)
        if letter in OPTIONAL_VALUES.get(program, ""):
            settings.append((option, rest))
            return
        if letter in VALUES.get(program, ""):
            settings.append((option, rest or (queue.pop(0) if queue else "")))
            return


def _find(words: list[str], *, inner: bool, via: Via) -> Iterator[Stage]:
    """find with its primaries, and the commands behind -exec."""
    started: list[tuple[list[str], bool]] = []
    operands: list[str] = []
    tests: list[Test] = []
    negated, group, position = False, False, 0
    while position < len(words):
        word = words[position]
        position += 1
        if word in ("!", "-not"):
            negated = True
        elif word in ("(", ")"):
            group, negated = (negated, negated) if word == "(" else (False, False)
        elif word in WITHOUT_PRIMARIES:
            continue
        elif not word.startswith("-"):
            operands.append(word)
        else:
            value = ""
            if word in ("-exec", "-execdir", "-ok", "-okdir"):
                end = next((at for at in range(position, len(words)) if words[at] in (";", "+")), len(words))
                started.append((words[position:end], words[end : end + 1] != ["+"]))
                position = end + 1
            elif word in TESTS_WITH_VALUE and position < len(words):
                value, position = words[position], position + 1
            tests.append(Test(name=word, value=value, negated=negated))
            negated = group
    yield Stage(program="find", operands=tuple(operands), tests=tuple(tests), inner=inner, via=via)
    for command, each in started:
        yield from _stages(command, fed=False, inner=inner, via="find", one_by_one=each)


def interprets(stage: Stage) -> bool:
    """Whether it runs code in a language that is not followed here."""
    return stage.program in INTERPRETERS
