"""The parts of a simple command: the program, its options and operands, and the command that it runs, if it runs one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aishell.actions.resolve import Code, carried, resolve
from aishell.actions.rules import Policy
from aishell.core.command import Word
from aishell.core.explanation import Part
from aishell.core.programs import Option, Program
from aishell.programs.arguments import Taken, taken
from aishell.programs.known import Programs, Stage

_SCRIPTED: dict[str, frozenset[str]] = {
    "sed": frozenset({"-e", "--expression", "-f", "--file"}),
    "awk": frozenset({"-f", "--file"}),
    "gawk": frozenset({"-f", "--file", "-e", "--source"}),
    "mawk": frozenset({"-f"}),
    "jq": frozenset({"-f", "--from-file"}),
}
"""Programs whose first operand is a script in a language of their own, unless one of these options has given it."""
_DEEPEST = 8
_CLOSING = {"[": "]"}


@dataclass(frozen=True, slots=True)
class Written:
    """A word, and how it stands in the line."""

    word: Word
    text: str
    node: Mapping[str, Any]
    """The parser's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    programs: Programs
    policy: Policy
    functions: frozenset[str]
    inside: Callable[[Written, int], Iterator[Part]]
    """The parts of what a word has that only the shell knows: variables, patterns, substitutions."""
    code: Callable[[str, int], Iterator[Part]]
    """The parts of shell code."""

    def parts(self, words: Sequence[Written], depth: int) -> Iterator[Part]:
        """What a command's words are, the program's name first."""
        first = words[0]
        name = first.word.literal if first.word.fixed else ""
        if depth > _DEEPEST:
            yield Part(kind="too deep", text=_text(words), depth=depth)
        elif not name:
            yield Part(kind="computed program", text=first.text, depth=depth)
            yield from self.inside(first, depth + 1)
            yield from self._operands(words[1:], depth + 1)
        elif name in self.functions:
            yield Part(kind="function", text=first.text, depth=depth)
            yield from self._operands(words[1:], depth + 1)
        else:
            yield from self._program(self.programs.get(name), words, depth)

    def _program(self, program: Program, words: Sequence[Written], depth: int) -> Iterator[Part]:
        name, text = os.path.basename(program.name), words[0].text
        if not program.origin and "/" in program.name:
            yield Part(kind="own program", text=text, depth=depth)
        else:
            yield Part(kind="program", text=text, depth=depth, meaning=program.summary, origin=program.origin, about=name)
        wrapper = self.policy.wrappers.get(name)
        if wrapper is None:
            yield from self._arguments(words, depth + 1)
            yield from self._shell_code(name, words, depth + 1)
            return
        own, code = carried(tuple(one.word for one in words), wrapper, program)
        yield from self._each(Stage(program, (), 0), words[:own], depth + 1, stops=False)
        if code is not None:
            yield from self._code(code, name, depth + 1)
        elif own < len(words):
            yield Part(kind="runs", text=_text(words[own:]), depth=depth + 1, about=name)
            yield from self.parts(words[own:], depth + 2)

    def _shell_code(self, name: str, words: Sequence[Written], depth: int) -> Iterator[Part]:
        if name in self.policy.shells or name == "alias":
            for inner in resolve(tuple(one.word for one in words), None, self.policy):
                if isinstance(inner, Code):
                    yield from self._code(inner.text, name, depth)

    def _code(self, code: Word, name: str, depth: int) -> Iterator[Part]:
        if code.fixed:
            yield Part(kind="runs code", text=code.literal, depth=depth, about=name)
            yield from self.code(code.literal, depth + 1)
        else:
            yield Part(kind="runs code", text=str(code), depth=depth, about=name)

    def _arguments(self, words: Sequence[Written], depth: int) -> Iterator[Part]:
        """Options, operands and subcommands."""
        stages = self.programs.stages([one.word for one in words])
        ends = [*(stage.at for stage in stages[1:]), len(words)]
        for stage, end in zip(stages, ends, strict=True):
            program, text = stage.program, words[stage.at].text
            if stage.above:
                listed = stage.above[0].subcommand(words[stage.at].word.literal)
                meaning = program.summary or (listed.meaning if listed else "")
                origin, name = program.origin, program.name
                yield Part(kind="subcommand", text=text, depth=depth, meaning=meaning, origin=origin, about=name)
            stops = program.carries or os.path.basename(program.name) in self.policy.interpreters
            yield from self._each(stage, words[stage.at : end], depth, stops=stops)

    def _each(self, stage: Stage, words: Sequence[Written], depth: int, *, stops: bool) -> Iterator[Part]:
        program = stage.program
        pieces = list(taken(program, [one.word for one in words], above=stage.above, stops=stops))
        operands = [piece for piece in pieces if piece.kind == "operand"]
        script = _script(program, pieces)
        for piece in pieces:
            word = words[piece.at]
            if piece.kind == "option":
                yield from self._option(piece, program, words, depth)
            elif piece.kind == "end":
                yield Part(kind="end of options", text=piece.name, depth=depth)
            elif piece.kind == "foreign":
                yield Part(kind="passed on", text=_text(words[piece.at :]), depth=depth, about=program.name)
                return
            elif piece is operands[0] and (listed := program.subcommand(word.word.literal)):
                yield Part(kind="subcommand", text=word.text, depth=depth, meaning=listed.meaning, origin=program.origin)
            elif word.word.literal != _CLOSING.get(program.name):
                yield Part(kind="script" if piece is script else "operand", text=word.text, depth=depth, about=program.name)
                yield from self.inside(word, depth + 1)

    def _operands(self, words: Sequence[Written], depth: int) -> Iterator[Part]:
        for word in words:
            yield Part(kind="operand", text=word.text, depth=depth)
            yield from self.inside(word, depth + 1)

    def _option(self, piece: Taken, program: Program, words: Sequence[Written], depth: int) -> Iterator[Part]:
        word, given = words[piece.at], words[piece.at + 1 : piece.at + 1 + piece.given]
        whole = word.text if word.word.literal == f"{piece.name}{piece.attached}" else f"{piece.name}{piece.attached}"
        inner = given[:-1] if piece.command else ()
        shown = f"{whole} {_text(given)}" if given else whole
        option = piece.option
        yield Part(
            kind="option",
            text=shown,
            depth=depth,
            about=_entry(option) if option else program.name,
            meaning=option.meaning if option else "",
            origin=program.origin if option else "",
        )
        if inner:
            yield Part(kind="runs", text=_text(inner), depth=depth + 1, about=program.name)
            yield from self.parts(inner, depth + 2)
            return
        for one in (word, *given):
            yield from self.inside(one, depth + 1)


def _script(program: Program, pieces: Sequence[Taken]) -> Taken | None:
    """The operand that is a script."""
    givers = _SCRIPTED.get(os.path.basename(program.name))
    if givers is None or any(piece.name in givers for piece in pieces):
        return None
    return next((piece for piece in pieces if piece.kind == "operand"), None)


def _entry(option: Option) -> str:
    """The names of an option and what it takes, as its documentation has them."""
    names = ", ".join(option.names)
    if not option.argument:
        return names
    return f"{names} [{option.argument}]" if option.optional else f"{names} {option.argument}"


def _text(words: Sequence[Written]) -> str:
    return " ".join(one.text for one in words)
