"""Long options that a program does not have, by its own `--help`: a small model likes to invent them.

Only programs that the policy knows and that lie in system folders are asked, which takes 2 to 5 ms each.
"""

from __future__ import annotations

import os
import re
import subprocess

from aishell.actions.risk import Rules
from aishell.core.types import Call, Script

_TIMEOUT_S = 1.0
_OPTION = re.compile(r"--[a-z0-9][a-z0-9-]*")
_TELLING = 3
"""A help text that names fewer long options does not list them."""


def unknown_options(script: Script, rules: Rules) -> tuple[str, ...]:
    """In words, one for each long option in `script` that its program's help does not know."""
    found: dict[str, None] = {}
    for call in script.calls:
        rule = rules.read.get(call.program)
        wanted = _long_options(call, runs_another=bool(rule and rule.runs))
        if not rule or not wanted or not rules.trusted(call.program):
            continue
        known = _documented(call.program)
        for option in wanted:
            if known and not any(name.startswith(option) for name in known):  # getopt takes an unambiguous beginning
                found[f"{call.program} has no option {option}"] = None
    return tuple(found)


def _long_options(call: Call, *, runs_another: bool) -> list[str]:
    options: list[str] = []
    for word in call.words[1:]:
        if word.literal == "--" or (runs_another and not word.literal.startswith("-")):
            break  # what follows belongs to nobody, or to another program
        if word.literal.startswith("--"):
            options.append(word.literal.partition("=")[0])
    return [option for option in options if _OPTION.fullmatch(option)]


def _documented(program: str) -> set[str]:
    """The long options in a program's help; empty when it does not list them."""
    try:
        done = subprocess.run(
            [program, "--help"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return set()
    names = set(_OPTION.findall((done.stdout + done.stderr).decode("utf-8", "replace")))
    return names if len(names) >= _TELLING else set()
