"""`aishell extend`: what a person has added to aishell, and their tools called."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from typing import Any

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.parser import Parser
from aishell.config.paths import Paths
from aishell.core.errors import UsageError
from aishell.core.own import OwnTool
from aishell.core.text import one_line, visible
from aishell.wiring.extend import open_tools


def parser() -> Parser:
    made = Parser(prog="aishell extend", allow_abbrev=False)
    verbs = made.add_subparsers(dest="verb", metavar="VERB", required=True)
    listed = verbs.add_parser("list", help="what you have added, and what is wrong with it", allow_abbrev=False)
    listed.add_argument("--json", action="store_true", help="one JSON object on standard output")
    call = verbs.add_parser("call", help="call a tool of your own", allow_abbrev=False)
    call.add_argument("tool", metavar="TOOL")
    call.add_argument("arguments", nargs="?", default="{}", metavar="JSON", help="its arguments, as a JSON object")
    enable = verbs.add_parser("enable", help="use a tool again that did not end", allow_abbrev=False)
    enable.add_argument("tool", metavar="TOOL")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if options.verb == "list":
        return _list(options)
    tools = open_tools(Paths.from_environment(dict(os.environ)))
    if options.verb == "enable":
        tools.enable(options.tool)
        return 0
    said, status = tools.call(options.tool, _object(options.arguments))
    stdio.show(said.removesuffix("\n"))
    return status


def _list(options: Namespace) -> int:
    """What is broken keeps nobody from hearing of the rest."""
    loaded, paths = wiring.settings()
    problems: list[str] = []
    tools = open_tools(paths)
    found = tools.all(problems.append)
    free = frozenset(loaded.settings.tools.reads.split())
    if options.json:
        stdio.show_json({"tools": [_table(tool, tools.disabled(tool.name), free) for tool in found], "problems": problems})
        return 1 if problems else 0
    for tool in found:
        names = ", ".join(name if name in tool.required else f"[{name}]" for name in tool.parameters)
        notes = [*(["runs without a question, held to reading"] if tool.reads and tool.name in free else [])]
        if why := tools.disabled(tool.name):
            notes.append(f"not used any more: {why}")
        stdio.show(f"tool   {stdio.style(tool.name, '1', 1)}({one_line(names, 120)})  {one_line(tool.about, 160)}")
        for note in notes:
            stdio.show(f"         {visible(note)}")
    for problem in problems:
        stdio.say(f"aishell: {visible(problem)}")
    return 1 if problems else 0


def _table(tool: OwnTool, disabled: str, free: frozenset[str]) -> dict[str, Any]:
    return {
        "name": tool.name,
        "about": tool.about,
        "parameters": dict(tool.parameters),
        "required": list(tool.required),
        "when": list(tool.when),
        "reads": tool.reads,
        "unasked": tool.reads and tool.name in free,
        "disabled": disabled or None,
        "file": tool.file,
    }


def _object(text: str) -> dict[str, Any]:
    """Raises UsageError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError("The arguments are no JSON object.", hint='For example: \'{"name": "value"}\'')
    return value
