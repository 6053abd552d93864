"""What cannot work in a command, by the documentation of its programs: a small model likes to invent options."""

from __future__ import annotations

import re
import shutil
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
_RUN_PROGRAMS = frozenset("find xargs sudo nice nohup timeout time env".split())
"""Programs that run another one that has to be installed; busybox and python bring theirs."""
_SHORTENED = 2
"""Characters of `-x`."""


def unknown_options(script: Script, rules: Rules, programs: Programs) -> tuple[str, ...]:
    """In words, one for each option in `script` that its program's documentation lists nowhere, or that lacks what it needs,
    and for each program that another is to run and that is not here.

    Only programs in system folders, and our own, are looked at, and only where the documentation lists options at all. 0.2 s
    for a program never seen before, then less than 5 ms.
    """
    found: dict[str, None] = {}
    for call in script.calls:
        for inner in resolve(call.words, None, rules.policy):
            if isinstance(inner, Simple) and inner.name and inner.name not in script.functions:
                if (
                    call.program in _RUN_PROGRAMS
                    and inner.words[0] is not call.words[0]
                    and not _is_here(inner, rules, programs)
                ):
                    found[f"{inner.name} is not installed on this machine"] = None
                for told in _unknown(inner, rules, programs):
                    found[told] = None
    return tuple(found)


def _is_here(call: Simple, rules: Rules, programs: Programs) -> bool:
    """Of a path nobody knows: where the command will run is not known here."""
    name = call.words[0].literal
    return "/" in name or name in programs.builtins or shutil.which(name, path=rules.environment.get("PATH")) is not None


def _unknown(call: Simple, rules: Rules, programs: Programs) -> Iterator[str]:
    """What is wrong with each option, with the program and its subcommand."""
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
                yield f"{stage.program.name} has no option {piece.name}"
            if _lacking(piece, end - stage.at, known):
                yield f"{stage.program.name} {piece.name} needs {piece.option.argument.strip('<>') if piece.option else 'more'}"


def _lacking(piece: Taken, words: int, known: Sequence[Program]) -> bool:
    """Whether it is the last of so many words, and needs one behind it in each way that it is documented."""
    ways = [option for one in known for option in one.options if piece.name in option.names]
    needs = bool(ways) and all(option.argument and not option.optional for option in ways)
    needs = needs and not any(f"--no-{piece.name[2:]}" in option.names for option in ways)  # what is one of two can stand alone
    return needs and piece.name.startswith("--") and piece.at == words - 1 and not (piece.attached or piece.given)


def _invented(piece: Taken, known: Sequence[Program]) -> bool:
    """Whether none of them says anything of it, neither under its whole name nor as a letter with something behind it."""
    if not _OPTION.fullmatch(piece.name):
        return False
    names = {piece.name} if piece.name.startswith("--") else {piece.name, piece.name[:_SHORTENED]}
    return all(one.has(name) is False for one in known for name in names)
