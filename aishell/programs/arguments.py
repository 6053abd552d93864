"""The words behind a program's name, taken apart as the program would: options, what they are given, and operands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from aishell.core.command import Word
from aishell.core.programs import LINE, NUMBER, SIGNAL, Option, Program

_DASHLESS = frozenset({"tar", "ar", "ps"})
"""Programs whose first word may be a bundle of options without a dash: `tar xzf`, `ps aux`. No manual page says it so that a
program could read it."""
_NUMBERED = {"head": "-n", "tail": "-n", "nice": "-n", "fold": "-w", "fmt": "-w", "split": "-l", "uniq": "-f"}
"""`head -5`: programs that take a number for an option, an old way that their pages are silent about, and which one it is."""
_SIGNAL = re.compile(r"-[A-Z][A-Z0-9+-]*")
_PAIRS = frozenset({"name value", "file format", "variable-name filename", "name JSON-text"})
"""What options that take two words call them."""
_TESTS = frozenset({"test", "["})
_LAST = frozenset({"-c", "-m", "-jar"})
"""Options of interpreters that name what is to run: what stands behind that is not for them."""
_COMMAND_ENDS = frozenset({";", "+"})
_NUMBER = re.compile(r"-\d+")
_KEYED = re.compile(r"([a-z]{2,12}=)")

_MODES = frozenset({"chmod", "chattr", "umask"})
_MODE = re.compile(r"-[A-Za-z]+(?:[,=+-][A-Za-z,=+-]*)?")
"""`chmod -x file`: an operand of these programs may begin like an option."""
_PRINTS = frozenset({"echo", "printf"})
"""Programs for which a word that is no option of theirs is a text."""

Kind = Literal["option", "operand", "end", "foreign"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A part of the words: an option with what it is given, or an operand."""

    kind: Kind
    at: int
    """The word it stands in, counted from the program's name, which is 0."""
    name: str = ""
    """The option as written, without what it is given: of `-xzf` once `-x`, once `-z`, once `-f`."""
    option: Option | None = None
    """Its entry in the documentation; None when there is none."""
    attached: str = ""
    """What it is given in its own word: `=auto`, `5` of `-n5`."""
    given: int = 0
    """How many of the words behind it are what it is given."""
    command: bool = False
    """Whether those are a command with the word that ends it: `-exec rm {} ;`."""


def taken(program: Program, words: Sequence[Word], *, above: Sequence[Program] = (), stops: bool = False) -> Iterator[Taken]:
    """What each of `words[1:]` is. `above`: the programs whose subcommand `program` is; their options count as well.

    `stops`: what stands behind the first operand belongs to another program.
    """
    reading = _Reading(program, words, above)
    at = 1
    while at < len(words):
        word = words[at].literal
        if word == "--" and "--" not in program.named:
            yield Taken(kind="end", at=at, name=word)
            yield from (Taken(kind="operand", at=rest) for rest in range(at + 1, len(words)))
            return
        parts = list(reading.parts(at))
        if program.name in _PRINTS and any(part.kind != "option" or part.option is None for part in parts):
            yield from (Taken(kind="operand", at=rest) for rest in range(at, len(words)))
            return
        yield from parts
        at = max([at, *(part.at + part.given for part in parts)]) + 1
        if stops and any(part.name in _LAST and part.given for part in parts):
            yield from (Taken(kind="foreign", at=rest) for rest in range(at, len(words)))
            return
        if stops and parts[-1].kind == "operand" and not _described(program, word):
            yield from (Taken(kind="foreign", at=rest) for rest in range(at, len(words)))
            return


def _described(program: Program, word: str) -> bool:
    """Whether it is a subcommand whose options the program's own page tells."""
    found = program.subcommand(word)
    return found is not None and not found.page


@dataclass(frozen=True, slots=True)
class _Reading:
    program: Program
    words: Sequence[Word]
    above: Sequence[Program]

    def parts(self, at: int) -> Iterator[Taken]:
        """The parts that begin in word `at`."""
        word = self.words[at]
        text = word.literal
        if at == 1 and self.program.name in _DASHLESS and word.fixed and re.fullmatch(r"[A-Za-z]+", text):
            dash = "-" if self.program.name == "tar" else ""
            if all(self._find(f"{dash}{letter}") for letter in text):
                yield from self._bundle(at, text, dash)
                return
        if (key := _KEYED.match(text)) and (option := self._find(key[1])):
            yield Taken(kind="option", at=at, name=key[1], option=option, attached=text[len(key[1]) :])
        elif text.startswith("--") and len(text) > 2:
            yield self._long(at, text)
        elif text[:1] in ("-", "+") and len(text) > 1 and (text[0] == "-" or self._find(text) or self._line(text)):
            yield from self._short(at, text)
        elif text and word.fixed and (option := self.program.named.get(text)) and not text.isalnum():
            yield Taken(kind="option", at=at, name=text, option=option)  # an operator: `!`, `(`, `=`
        else:
            yield Taken(kind="operand", at=at)

    def _find(self, name: str) -> Option | None:
        return next((found for one in (self.program, *self.above) if (found := one.option(name))), None)

    def _long(self, at: int, text: str) -> Taken:
        name, equals, value = text.partition("=")
        option = self._find(name)
        if equals:
            return Taken(kind="option", at=at, name=name, option=option, attached=f"={value}")
        return self._with_value(at, name, option, "")

    def _with_value(self, at: int, name: str, option: Option | None, attached: str) -> Taken:
        """An option, with the next words if it needs something and has not got it in its own."""
        needs = option is not None and option.argument and not option.optional and not attached
        rest = len(self.words) - at - 1
        if not needs or not rest or option is None:
            return Taken(kind="option", at=at, name=name, option=option, attached=attached)
        if option.argument.startswith("command ") and not name.startswith("--"):
            ends = (i for i in range(at + 1, len(self.words)) if self.words[i].literal in _COMMAND_ENDS)
            end = next(ends, len(self.words) - 1)
            return Taken(kind="option", at=at, name=name, option=self._variant(name, option, end), given=end - at, command=True)
        value = self.words[at + 1].literal
        given = min(rest, 2 if option.argument in _PAIRS else 1)
        return Taken(kind="option", at=at, name=name, option=self._of_value(name, option, value), given=given)

    def _variant(self, name: str, option: Option, end: int) -> Option:
        """`-exec ... ;` and `-exec ... {} +` are two entries."""
        last = self.words[end].literal
        same = (one for one in self.program.options if name in one.names and one.argument.endswith(last))
        return next(same, option)

    def _of_value(self, name: str, option: Option, value: str) -> Option:
        """`-perm 644`, `-perm -644` and `-perm /644` are three."""
        same = (one for one in self.program.options if name in one.names and one.argument[:1] in "-/+" and one.argument)
        return next((one for one in same if one.argument[0] == value[:1]), option)

    def _short(self, at: int, text: str) -> Iterator[Taken]:
        word = self.words[at]
        head, equals, value = text.partition("=")
        if option := self._line(text) or self._operator(at, text) or self._find(text) or self._pattern(text):
            yield self._with_value(at, text, option, "" if word.fixed else " ")
        elif equals and len(head) > 2 and (option := self._find(head)):
            yield Taken(kind="option", at=at, name=head, option=option, attached=f"={value}")
        elif (_NUMBER.fullmatch(text) or _SIGNAL.fullmatch(text)) and (option := self._bare(text)):
            yield Taken(kind="option", at=at, name=text, option=option)
        elif self.program.name in _MODES and _MODE.fullmatch(text):
            yield Taken(kind="operand", at=at)
        elif not self._find(text[:2]):
            yield Taken(kind="option", at=at, name=text if word.fixed else text[:2])
        else:
            yield from self._bundle(at, text[1:], text[0])

    def _line(self, text: str) -> Option | None:
        """`vim +10`"""
        return self._find(LINE) if text[:1] == "+" and text[1:].isdigit() else None

    def _operator(self, at: int, text: str) -> Option | None:
        """`-a` of `test` between two conditions, where it is not the `-a` that asks whether a file exists."""
        if self.program.name not in _TESTS or at < 2 or self.words[at - 1].literal in ("!", "(", "-a", "-o"):
            return None
        return next((one for one in self.program.options if text in one.names and not one.argument), None)

    def _bare(self, text: str) -> Option | None:
        """`-5`, `-KILL`: what an option is given, for the option."""
        signal = self._find(SIGNAL)
        if not _NUMBER.fullmatch(text):
            return signal
        return self._find(NUMBER) or self._find(_NUMBERED.get(self.program.name, "")) or signal

    def _pattern(self, text: str) -> Option | None:
        """`-newermt` is one of `-newerXY`."""
        return self._find(f"{text[:-2]}XY") if len(text) > 4 else None

    def _bundle(self, at: int, letters: str, dash: str) -> Iterator[Taken]:
        """`-xzf archive`: each letter an option; the first that takes something takes the rest of the word, or the next one.

        Without a dash every letter that takes something takes one of the next words.
        """
        given = 0
        dashless = self.words[at].literal[:1] not in ("-", "+")
        for index, letter in enumerate(letters):
            name = f"{dash}{letter}"
            option = self._find(name)
            rest = letters[index + 1 :]
            if option and option.argument and dashless:
                given += 0 if option.optional or at + given + 1 >= len(self.words) else 1
                takes = given if not option.optional else 0
                yield Taken(kind="option", at=at, name=name, option=option, given=takes)
            elif option and option.argument and rest:
                yield Taken(kind="option", at=at, name=name, option=option, attached=rest)
                return
            elif option and option.argument:
                yield self._with_value(at, name, option, "" if self.words[at].fixed else " ")
            else:
                yield Taken(kind="option", at=at, name=name, option=option)
