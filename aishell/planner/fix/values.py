"""What a rule is given and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from aishell.core.failed import Failed
from aishell.planner.fix.facts import Facts
from aishell.planner.fix.line import Line, Simple, Token
from aishell.planner.fix.messages import Messages

SURE = 0.75
"""From here on a fix is proposed without asking the model."""


class Why:
    """A sentence for the person: a constant of the program's, which a catalog may have in other languages, and its values."""

    __slots__ = ("text", "values")

    def __init__(self, text: str, **values: str) -> None:
        self.text = text
        self.values: Mapping[str, str] = values

    def __str__(self) -> str:
        return self.text.format_map(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Something to run instead. It is a proposal: nothing runs before the gate and the person have agreed."""

    command: str
    why: Why
    rule: str
    """The name of the rule that found it; `model` when the model did."""
    sure: float
    """From 0 to 1: how likely it is what was meant, by the rule's own reckoning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A failed command as rules look at it."""

    failed: Failed
    facts: Facts
    line: Line
    messages: Messages
    mentioned: tuple[Token, ...] = field(default=())
    """Words of the command that its complaint names."""

    @classmethod
    def of(cls, failed: Failed, facts: Facts) -> Case:
        line, messages = Line.of(failed.command), Messages.of(failed.output, facts.locale)
        named = tuple(token for token in line.words if messages.names(token.value))
        return cls(failed=failed, facts=facts, line=line, messages=messages, mentioned=named)

    def calls(self, *programs: str) -> Iterator[Simple]:
        """The simple commands of these programs, of all of them when none is named."""
        for simple in self.line.simples:
            if simple.program and (not programs or simple.program.value in programs):
                yield simple

    def operands(self, simple: Simple) -> tuple[Token, ...]:
        """What a simple command is given, without options and the program itself."""
        return tuple(token for token in simple.arguments if not token.value.startswith("-") or token.value == "-")

    def path(self, token: Token) -> str:
        return self.facts.path(token.value)


Rule = Callable[[Case], Iterator[Fix]]
