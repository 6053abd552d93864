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
from aishell.planner.fix.values import Case, Fix, Rule

RULES: tuple[Rule, ...] = tuple(
    rule
    for module in (pasted, syntax, programs, permission, folders, paths, archives, patterns, git, python, network, words, past)
    for rule in module.RULES
)
_MOST = 5
_DESTROYERS = frozenset(
    "rm dd mkfs shred truncate wipefs kill killall pkill fdisk parted userdel reboot poweroff shutdown".split()
)
_FORCE = re.compile(r"-[a-zA-Z]*f[a-zA-Z]*|--force\S*|--hard|--delete|-D|--no-preserve-root")


def fixes(failed: Failed, facts: Facts) -> tuple[Fix, ...]:
    """What the rules would run instead, best first. Empty when they know nothing.

    The first of them destroys nothing that the failed command would not have destroyed.
    """
    case = Case.of(failed, facts)
    found: dict[str, Fix] = {}
    for rule in RULES:
        for fix in rule(case):
            command = fix.command.strip()
            if command and command != failed.command.strip() and fix.sure > found.get(command, replace(fix, sure=0.0)).sure:
                found[command] = replace(fix, command=command)
    ordered = sorted(found.values(), key=lambda fix: -fix.sure)
    before = destruction(failed.command)
    harmless = [fix for fix in ordered if destruction(fix.command) <= before]
    first = harmless[:1]
    return tuple((first + [fix for fix in ordered if fix not in first])[:_MOST]) if first else ()


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
