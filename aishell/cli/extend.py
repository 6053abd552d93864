"""`aishell extend`: what a person has added to aishell, and their tools called."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.parser import Parser, json_object
from aishell.config.load import own_hooks, own_macros
from aishell.config.paths import Paths
from aishell.core.own import OwnTool
from aishell.core.text import one_line, visible
from aishell.extend.macros import usage
from aishell.wiring.extend import open_plugins, open_skills, open_tools


def parser() -> Parser:
    made = Parser(prog="aishell extend", allow_abbrev=False)
    verbs = made.add_subparsers(dest="verb", metavar="VERB", required=True)
    listed = verbs.add_parser("list", help="what you have added, and what is wrong with it", allow_abbrev=False)
    listed.add_argument("--json", action="store_true", help="one JSON object on standard output")
    call = verbs.add_parser("call", help="call a tool of your own", allow_abbrev=False)
    call.add_argument("tool", metavar="TOOL")
    call.add_argument("arguments", nargs="?", default="{}", metavar="JSON", help="its arguments, as a JSON object")
    through = verbs.add_parser("filter", help="texts through the text function of a plugin", allow_abbrev=False)
    through.add_argument("plugin", metavar="NAME")
    through.add_argument("files", nargs="*", metavar="FILE", help="each one text; none: standard input")
    through.add_argument("--lines", action="store_true", help="each line a text, and a line of output")
    through.add_argument("--json", action="store_true", help="one JSON object a text")
    enable = verbs.add_parser("enable", help="use a tool or plugin again that did not end", allow_abbrev=False)
    enable.add_argument("tool", metavar="TOOL")
    return made


def run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if options.verb == "list":
        return _list(options)
    paths = Paths.from_environment(dict(os.environ))
    if options.verb == "filter":
        from aishell.cli import plugged

        return plugged.run(options, paths)
    tools = open_tools(paths)
    if options.verb == "enable":
        if not open_plugins(paths).enable(options.tool):
            tools.enable(options.tool)
        return 0
    said, status = tools.call(options.tool, json_object(options.arguments))
    stdio.show(said.removesuffix("\n"))
    return status


def _list(options: Namespace) -> int:
    """What is broken keeps nobody from hearing of the rest."""
    loaded, paths = wiring.settings()
    problems: list[str] = []
    added = everything(paths, frozenset(loaded.settings.tools.reads.split()), problems.append)
    if options.json:
        stdio.show_json({**added, "problems": problems})
    else:
        for line in _lines(added):
            stdio.show(line)
        for problem in problems:
            stdio.say(f"aishell: {visible(problem)}")
        if not problems and not any(added.values()):
            stdio.say("aishell: you have added nothing; docs/extending.md shows how")
    return 1 if problems else 0


def everything(paths: Paths, free: frozenset[str], problem: Callable[[str], None]) -> dict[str, list[dict[str, Any]]]:
    """All that a person has added; `free`: tools that their settings let run unasked. Raises ConfigError."""
    tools, hooks, plugins = open_tools(paths), own_hooks(paths.config_file), open_plugins(paths)
    return {
        "macros": [
            {"name": macro.name, "usage": usage(macro), "about": macro.about, "stands": macro.text or macro.command}
            for macro in own_macros(paths.config_file)
        ],
        "hooks": [{"event": event, "file": file} for event in ("before", "after") for file in getattr(hooks, event, ())],
        "tools": [_table(tool, tools.disabled(tool.name), free) for tool in tools.all(problem)],
        "plugins": [
            {"name": one.name, "group": one.group, "package": one.package, "disabled": plugins.left_alone(one) or None}
            for one in plugins.all()
        ],
        "skills": [{"name": skill.name, "when": list(skill.when)} for skill in open_skills(paths).all(problem)],
    }


def _lines(added: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    for macro in added["macros"]:
        yield f"macro  {_bold(macro['usage'])}  {one_line(macro['about'] or macro['stands'], 160)}"
    for hook in added["hooks"]:
        yield f"hook   {_bold(hook['event'])}  {visible(hook['file'])}"
    for tool in added["tools"]:
        names = ", ".join(name if name in tool["required"] else f"[{name}]" for name in tool["parameters"])
        yield f"tool   {_bold(tool['name'])}({one_line(names, 120)})  {one_line(tool['about'], 160)}"
        if tool["unasked"]:
            yield "         runs without a question, held to reading"
        if tool["disabled"]:
            yield f"         not used any more: {visible(tool['disabled'])}"
    for plugin in added["plugins"]:
        yield f"plugin {_bold(plugin['name'])}  {one_line(plugin['group'], 40)}, from {one_line(plugin['package'], 80)}"
        if plugin["disabled"]:
            yield f"         left alone: {visible(plugin['disabled'])}"
    for skill in added["skills"]:
        yield f"skill  {_bold(skill['name'])}  when: {one_line(', '.join(skill['when']), 160)}"


def _bold(name: str) -> str:
    return stdio.style(one_line(name, 80), "1", 1)


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
