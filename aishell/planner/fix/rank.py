"""Every rule asked, and what they found in order: the surest first, and never first what destroys more than was asked."""

from __future__ import annotations

import re
from dataclasses import replace

from aishell.core.failed import Failed
from aishell.planner.fix.facts import Facts
from aishell.planner.fix.line import Line
from aishell.planner.fix.rules import (
    archives,
    folders,
    git,
    network,
    past,
    pasted,
    paths,
    patterns,
    permission,
    programs,
    python,
    syntax,
    words,
)
from aishell.planner.fix.values import SURE, Case, Fix, Rule

RULES: tuple[Rule, ...] = tuple(
    rule
    for module in (pasted, syntax, programs, permission, folders, paths, archives, patterns, git, python, network, words, past)
    for rule in module.RULES
)
_MOST = 5
_NO_DOUBT = 0.85
_READERS = frozenset(
    "cat less more head tail wc sort uniq grep sed awk diff file stat python python3 node bash sh perl ruby xxd jq".split()
)
"""Programs whose operands are there already: with another, a name that is not there may be one to be made."""
_DESTROYERS = frozenset(
    "rm dd mkfs shred truncate wipefs kill killall pkill fdisk parted userdel reboot poweroff shutdown".split()
)
_FORCE = re.compile(r"-[a-zA-Z]*f[a-zA-Z]*|--force\S*|--hard|--delete|-D|--no-preserve-root")


def fixes(failed: Failed, facts: Facts) -> tuple[Fix, ...]:
    """What the rules would run instead, best first. Empty when they know nothing.

    The first of them destroys no more than the failed command would have, and destroys at all only when there is no doubt.
    """
    case = Case.of(failed, facts)
    found: dict[str, Fix] = {}
    for rule in RULES:
        for fix in rule(case):
            command = fix.command.strip()
            if command and command != failed.command.strip() and fix.sure > found.get(command, replace(fix, sure=0.0)).sure:
                found[command] = replace(fix, command=command)
    for fix in sorted(found.values(), key=lambda fix: -fix.sure)[:2]:
        if both := _with_its_files(fix, case):
            found[both.command] = both
    ordered = sorted(found.values(), key=lambda fix: -fix.sure)
    before = destruction(failed.command)
    harmless = [
        fix for fix in ordered if (signs := destruction(fix.command)) <= before and (not signs or fix.sure >= _NO_DOUBT)
    ]
    first = harmless[:1]
    return tuple((first + [fix for fix in ordered if fix not in first])[:_MOST]) if first else ()


def _with_its_files(fix: Fix, case: Case) -> Fix | None:
    """A fix of the program's name where a file it was to read is mistyped as well: nothing has complained of that yet."""
    if fix.rule != "mistyped program":
        return None
    again = Case.of(replace(case.failed, command=fix.command, exit_status=None, output=""), case.facts)
    if not any(simple.program and simple.program.value in _READERS for simple in again.line.simples):
        return None
    second = next((other for other in paths.mistyped(again) if other.sure >= SURE), None)
    return replace(fix, command=second.command, sure=fix.sure + 0.01) if second else None


def destruction(command: str) -> int:
    """How many signs of destruction a command has: programs that destroy, force, recursive removal."""
    count = 0
    for simple in Line.of(command).simples:
        program = simple.program.value.rpartition("/")[2] if simple.program else ""
        count += program in _DESTROYERS or program.startswith("mkfs.")
        if program == "rm" or program == "git":
            count += any(_FORCE.fullmatch(token.text) for token in simple.arguments)
        if program == "rm":
            count += any(re.fullmatch(r"-[a-zA-Z]*[rR][a-zA-Z]*|--recursive", token.text) for token in simple.arguments)
    return count
