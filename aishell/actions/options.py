"""Options that a program does not have, by its own documentation: a small model likes to invent them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aishell.actions.resolve import Simple, before_found, carried, resolve
from aishell.actions.risk import Rules
from aishell.core.programs import Program
from aishell.core.types import Script
from aishell.programs.arguments import Taken, taken
from aishell.programs.known import Programs, Stage

_OPTION = re.compile(r"--?[A-Za-z][A-Za-z0-9_-]*")
_LENIENT = frozenset("echo printf test [ expr true false : set alias".split())
"""Programs that take what is no option of theirs for a word, or for something else."""
_SHORTENED = 2
"""Characters of `-x`."""


def unknown_options(script: Script, rules: Rules, programs: Programs) -> tuple[str, ...]:
    """In words, one for each option in `script` that its program's documentation lists nowhere.

    Only programs in system folders, and our own, are looked at, and only where the documentation lists options at all. 0.2 s
    for a program never seen before, then less than 5 ms.
    """
    found: dict[str, None] = {}
    for call in script.calls:
        for inner in resolve(call.words, None, rules.policy):
            if isinstance(inner, Simple) and inner.name and inner.name not in script.functions:
                for name, option in _unknown(inner, rules, programs):
                    found[f"{name} has no option {option}"] = None
    return tuple(found)


def _unknown(call: Simple, rules: Rules, programs: Programs) -> Iterator[tuple[str, str]]:
    """The program, with its subcommand, and each option that it does not have."""
    name, words = call.name, before_found(call.words) if call.name == "find" else call.words
    if name in _LENIENT or not (rules.trusted(name) or name in programs.builtins or name in programs.own):
        return
    wrapper = rules.policy.wrappers.get(name)
    if wrapper:
        program = programs.get(name)
        stages = [Stage(program, (), 0)]
        words = words[: carried(words, wrapper, program)[0]]
    else:
        stages = programs.stages(words)
    for stage, end in zip(stages, [*(one.at for one in stages[1:]), len(words)], strict=True):
        stops = not wrapper and (stage.program.carries or name in rules.policy.interpreters)
        for piece in taken(stage.program, words[stage.at : end], above=stage.above, stops=stops):
            known = (stage.program,) if name in programs.own else (stage.program, *stage.above)
            if piece.kind == "option" and piece.option is None and _invented(piece, known):
                yield stage.program.name, piece.name


def _invented(piece: Taken, known: Sequence[Program]) -> bool:
    """Whether none of them says anything of it, neither under its whole name nor as a letter with something behind it."""
    if not _OPTION.fullmatch(piece.name):
        return False
    names = {piece.name} if piece.name.startswith("--") else {piece.name, piece.name[:_SHORTENED]}
    return all(one.has(name) is False for one in known for name in names)
