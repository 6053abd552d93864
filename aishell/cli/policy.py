"""`aishell policy`: what the judge thinks of a command, and the user's own rules for it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from aishell import wiring
from aishell.actions import parse
from aishell.actions.risk import Rules
from aishell.cli.config import open_editor
from aishell.cli.stdio import show, show_json
from aishell.config.load import write_private
from aishell.config.paths import Paths
from aishell.core.errors import AishellError, UsageError
from aishell.core.text import visible
from aishell.core.types import Tier, Verdict

_USAGE = "aishell policy takes one of: test [--json] COMMAND, test --json -, show, path, edit."
_MEANING = {
    Tier.READ: "proven to change nothing: runs at once",
    Tier.DRY: "local: tried out first, and its changes shown",
    Tier.ASK: "a person has to agree before anything runs",
    Tier.DENY: "never runs from words; only a person can type it",
}
_TEMPLATE = """\
# Your own rules for the judge. They can allow what would be asked about, and ask about or deny more; the floor stays.
#
# [[allow]]
# argv = ["git", "push", "origin", "*"]     # one pattern a word; a last "**" stands for any further words
# path = "~/projects"                       # only there
#
# [[deny]]
# path = "~/taxes"                          # whatever names a file in it
# why = "the tax office is waiting"
#
# variables = ["GITHUB_TOKEN"]              # secrets that proposed commands receive after all
"""


def run(arguments: list[str]) -> int:
    paths = Paths.from_environment(dict(os.environ))
    match arguments:
        case ["path"]:
            show(str(paths.policy_file))
        case ["show"]:
            return _show(paths)
        case ["edit"]:
            return _edit(paths)
        case ["test", "--json", "-"]:
            return _each_line(wiring.rules(paths))
        case ["test", "--json", command]:
            show_json(_table(_judge(wiring.rules(paths), command)))
        case ["test", command]:
            show("\n".join(_lines(command, _judge(wiring.rules(paths), command))))
        case _:
            raise UsageError(_USAGE, hint="The command is one word: put it in quotes.")
    return 0


def _judge(rules: Rules, command: str) -> Verdict:
    try:
        return rules.judge(parse.inspect(command), os.getcwd())
    except FileNotFoundError:
        raise AishellError("The current folder no longer exists.", hint="Change to another one first: cd") from None


def _each_line(rules: Rules) -> int:
    """One JSON string a line on standard input, one verdict a line on standard output, in order and at once."""
    for line in sys.stdin.buffer:
        try:
            command = json.loads(line)
            answer = _table(_judge(rules, command)) if isinstance(command, str) else {"error": "the line is not a JSON string"}
        except (ValueError, RecursionError) as error:
            answer = {"error": f"the line is not JSON: {error}"}
        show_json(answer)
    return 0


def _table(verdict: Verdict) -> dict[str, Any]:
    return {**asdict(verdict), "tier": verdict.tier.name}


def _lines(command: str, verdict: Verdict) -> Iterator[str]:
    yield f"command  {visible(command)}"
    yield f"tier     {verdict.tier.name}: {_MEANING[verdict.tier]}"
    for reason in verdict.reasons:
        yield f"because  {visible(reason)}"
    rows = {"rule": (verdict.rule,), "part": (verdict.part,), "path": verdict.paths, "host": verdict.hosts}
    rows |= {"secret": verdict.secrets, "unseen": verdict.limits}
    for name, values in rows.items():
        for value in values:
            if value:
                yield f"{name:<8} {visible(value)}"


def _show(paths: Paths) -> int:
    rules = wiring.rules(paths)
    there = "" if paths.policy_file.exists() else " (not there: no rules of your own)"
    show(f"# {paths.policy_file}{there}")
    for rule in rules.user.rules:
        words = " ".join(rule.argv) or "any command"
        print(
            visible(f"{rule.kind:<6} {words}{f' in {rule.path}' if rule.path else ''}  # line {rule.line} {rule.why}".rstrip())
        )
    for name in rules.user.variables:
        print(visible(f"given  ${name}"))
    return 0


def _edit(paths: Paths) -> int:
    if not paths.policy_file.exists():
        write_private(paths.policy_file, _TEMPLATE)
    status = open_editor(paths.policy_file)
    if status == 0:
        wiring.rules(paths)  # a mistake is best told while the file is fresh in mind
    return status
