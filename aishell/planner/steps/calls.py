"""Tool calls of a model, and the shell commands that they are: what a person sees, the judge reads, and the shell runs.

A call has no rights that its command does not have, so nothing here decides anything. `answer`, `ask` and `recall` run nothing.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from aishell.core.text import has_hidden
from aishell.core.tools import Tool
from aishell.planner.steps import foreign

Look = Callable[[str], str | None]
"""The text of a file, as named from where the request is; None when it is none, too large, or no text."""

TOOLS: dict[str, tuple[str, ...]] = {
    "run": ("command",),
    "read": ("file",),
    "search": ("text", "name"),
    "edit": ("file", "old", "new"),
    "write": ("file", "text"),
    "recall": ("words",),
    "fetch": ("url",),
    "ask": ("question",),
    "answer": ("text",),
}
"""Each tool with its arguments, all of them text."""
SAYING = frozenset({"answer", "ask", "recall"})
_LINES = 80
_FOUND = 40
_URL = re.compile(r"https?://[^\s'\"\\]+", re.I)
_LONGEST = 4000
"""Characters of one argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    tool: str
    arguments: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.arguments.get(name, "")


def schema(tools: Sequence[Tool] = ()) -> str:
    """The JSON schema that a reply has to follow: one call. `tools`: those of other programs' servers."""
    one_of = foreign.choices(tools)
    for tool, names in TOOLS.items():
        properties: dict[str, Any] = {"tool": {"const": tool}}
        properties |= {name: {"type": "string"} for name in names}
        one_of.append({"type": "object", "properties": properties, "required": ["tool", *names], "additionalProperties": False})
    return json.dumps({"oneOf": one_of})


def parse(text: str, tools: Sequence[Tool] = ()) -> ToolCall | None:
    """The call in a reply; None when there is none that is complete. One of `tools` becomes a call of the tool `mcp`."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    if theirs := next((tool for tool in tools if foreign.key(tool) == value.get("tool")), None):
        given = json.dumps(value.get("arguments", {}), ensure_ascii=False)
        return ToolCall(tool="mcp", arguments={"server": theirs.server, "name": theirs.name, "arguments": given})
    if value.get("tool") not in TOOLS:
        return None
    tool = str(value["tool"])
    arguments = {name: value.get(name, "") for name in TOOLS[tool]}
    if any(not isinstance(argument, str) or len(argument) > _LONGEST for argument in arguments.values()):
        return None
    return ToolCall(tool=tool, arguments=arguments)


def command(call: ToolCall, look: Look, seen: Collection[str]) -> tuple[str, str]:
    """The shell command of a call, or why there is none, in words for the model.

    `seen`: words of commands that have run. A file is changed only after it was read, so that reading it was judged.
    """
    match call.tool:
        case "run":
            return call["command"].strip(), "" if call["command"].strip() else "there is no command in it"
        case "read":
            return f"head -n {_LINES} {_pattern(call['file'])}", ""
        case "search":
            return _search(call["text"], call["name"])
        case "write":
            if look(call["file"]) is not None:
                return "", f"{call['file']} exists already: edit it"
            return f"printf '%s\\n' {shlex.quote(call['text'].rstrip(chr(10)))} > {quoted(call['file'])}", ""
        case "edit":
            if call["file"] not in seen:
                return "", f"read {call['file']} first"
            return _edit(call["file"], call["old"], call["new"], look)
        case "fetch":
            if not _URL.fullmatch(call["url"]):
                return "", "that is no address of a page"
            return f"aishell fetch {shlex.quote(call['url'])}", ""
        case "mcp":
            return foreign.command(call["server"], call["name"], call["arguments"]), ""
    return "", f"there is no tool {call.tool}"


def words(command: str) -> list[str]:
    """The words of a command, as near as quoting tells."""
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def quoted(name: str) -> str:
    """A file name as a word that no program takes for an option."""
    if name.startswith("~/"):
        return f"~/{shlex.quote(name[2:])}"
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def _pattern(name: str) -> str:
    """A file name, or a pattern for some."""
    if not re.search(r"[*?]", name) or name.startswith("-"):
        return quoted(name)
    return "".join(piece if piece in "*?" else shlex.quote(piece) for piece in re.split(r"([*?])", name) if piece)


def _search(text: str, name: str) -> tuple[str, str]:
    """Lines with a text in the files of a name, or the names of files alone."""
    if text:
        only = f" --include={shlex.quote(name)}" if name else ""
        return f"grep -rnIF --exclude-dir=.git{only} -e {shlex.quote(text)} . | head -n {_FOUND}", ""
    if name:
        return f"find . -name .git -prune -o -name {shlex.quote(name)} -print | head -n {_FOUND}", ""
    return "", "say which text or which name to search for"


def _edit(file: str, old: str, new: str, look: Look) -> tuple[str, str]:
    """Exactly one place is replaced, by whole lines, so that the command can be read like a difference."""
    content = look(file)
    if content is None:
        return "", f"{file} cannot be read"
    if not old or old == new:
        return "", "old and new have to be texts that differ"
    if has_hidden(new):
        return "", "the new text has hidden characters"
    if (count := content.count(old)) != 1:
        return "", f"the old text stands {count} times in {file}: it has to be there exactly once, so take more of the line"
    if not (changed := content.replace(old, new)).strip("\n"):
        return "", "nothing would be left of the file"
    return difference(content.removesuffix("\n").split("\n"), changed.removesuffix("\n").split("\n"), file), ""


def difference(before: list[str], after: list[str], file: str) -> str:
    """The sed command that makes lines of the one those of the other. Their last line gets its newline, if it had none."""
    most = min(len(before), len(after)) - 1  # one line stays to be replaced: sed cannot insert behind the end of nothing
    head = next((at for at in range(most) if before[at] != after[at]), most)
    most -= head
    tail = next((at for at in range(most) if before[-1 - at] != after[-1 - at]), most)
    gone, come = before[head : len(before) - tail], after[head : len(after) - tail]
    span = f"{head + 1}" if len(gone) == 1 else f"{head + 1},{head + len(gone)}"
    if not come:
        return f"sed -i {span}d {quoted(file)}"
    body = "\\\n".join(line.replace("\\", "\\\\") for line in come)
    return f"sed -i {shlex.quote(f'{span}c{chr(92)}{chr(10)}{body}')} {quoted(file)}"
