"""The command line of aishell as values: what completions, the man page and their test are made from."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

from aishell.core.text import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    names: tuple[str, ...]
    """`--yes`, `-y`."""
    about: str = ""
    value: str = ""
    """The name of its value; empty for one that has none."""
    choices: tuple[str, ...] = ()
    """All values it may have; empty: anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    name: str
    """`fix`, or `list` below `model`."""
    about: str = ""
    options: tuple[Option, ...] = ()
    operand: str = ""
    """What follows its options; empty: nothing."""
    choices: tuple[str, ...] = ()
    """All the operand may be."""
    verbs: tuple[Command, ...] = ()

    def everything(self, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
        """It and all below it, each with the names that lead there: (("model", "list"), ...)."""
        yield (*before, self.name), self
        for verb in self.verbs:
            yield from verb.everything((*before, self.name))


def from_parser(parser: argparse.ArgumentParser, name: str, about: str) -> Command:
    """What an argument parser takes."""
    options: list[Option] = []
    operands: list[argparse.Action] = []
    verbs: tuple[Command, ...] = ()
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        if isinstance(action, argparse._SubParsersAction):
            abouts = {choice.dest: choice.help or "" for choice in action._choices_actions}
            verbs = tuple(from_parser(below, verb, abouts.get(verb, "")) for verb, below in action.choices.items())
        elif action.option_strings:
            options.append(_option(action))
        else:
            operands.append(action)
    return Command(
        name=name,
        about=about,
        options=tuple(options),
        operand=" ".join(_placeholder(action) for action in operands),
        choices=_choices(operands[0]) if operands else (),
        verbs=verbs,
    )


def _option(action: argparse.Action) -> Option:
    value = "" if action.nargs == 0 else _name(action)
    return Option(names=tuple(action.option_strings), about=one_line(action.help or ""), value=value, choices=_choices(action))


def _placeholder(action: argparse.Action) -> str:
    several = "..." if action.nargs in ("*", "+") else ""
    name = f"{_name(action)}{several}"
    return f"[{name}]" if action.nargs in ("*", "?") else name


def _name(action: argparse.Action) -> str:
    return action.metavar if isinstance(action.metavar, str) else "|".join(_choices(action)) or action.dest.upper()


def _choices(action: argparse.Action) -> tuple[str, ...]:
    return tuple(map(str, action.choices)) if action.choices else ()
