"""What plugins say of themselves and offer, each in a process of its own: nothing of one is ever imported into ours."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from aishell.core.errors import ExtensionFailed
from aishell.core.own import BACKENDS, EMBEDDERS, FUNCTIONS, OwnTool, Plugin
from aishell.core.schemas import narrowed
from aishell.core.text import one_line
from aishell.extend.calling import call
from aishell.extend.describing import NAME, TYPES

_DESCRIBED_S = 10.0
_OFFERS_S = 2.0
_MOST_OFFERS = 500
_PYTHON = (sys.executable, "-P", "-c")  # -P: not from the folder that one is in
_LOAD = """\
import importlib, inspect, json, os, sys
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what a plugin prints is no answer
module, _, name = sys.argv[1].partition(":")
module = importlib.import_module(module)
function = getattr(module, name)
"""
_DESCRIBE = f"""{_LOAD}
kinds = {TYPES!r}
found = {{}}
for one in inspect.signature(function).parameters.values():
    kind = getattr(one.annotation, "__name__", one.annotation)
    found[one.name] = [kinds.get(kind, ""), one.default is inspect.Parameter.empty]
constants = {{key.lower(): getattr(module, key) for key in ("WHEN", "READS", "SECONDS", "PROGRAMS") if hasattr(module, key)}}
print(json.dumps({{"about": inspect.getdoc(function) or "", "arguments": found, **constants}}), file=answers)
"""
_RUN = f"""{_LOAD}
result = function(**json.load(sys.stdin))
print(result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str), file=answers)
"""


def offers(plugin: Plugin, words: tuple[str, ...], folder: str) -> Iterator[tuple[str, str]]:
    """Words that may stand at the end of `words`, with what each means. Blocks for 2 s at most. Raises ExtensionFailed."""
    given = json.dumps({"words": list(words), "folder": folder}).encode()
    try:
        called = call((*_PYTHON, _RUN, plugin.value), given=given, seconds=_OFFERS_S, folder="/", environment=os.environ)
        if called.status:
            raise ExtensionFailed(f"it ended with status {called.status}: {called.last}")
        found = json.loads(called.out)
    except (ExtensionFailed, ValueError) as error:
        raise ExtensionFailed(f"The plugin {plugin.name} does not answer: {one_line(str(error), 200)}") from error
    for one in found[:_MOST_OFFERS] if isinstance(found, list) else ():
        text, meaning = one if isinstance(one, list) and len(one) == 2 else (one, "")
        if isinstance(text, str) and isinstance(meaning, str):
            yield text, meaning


def described(plugin: Plugin) -> Plugin:
    """With what it says of itself, or why it does not. Models are not asked: what they import may take as long as a model."""
    told: dict[str, Any] = {}
    problem = "" if NAME.fullmatch(plugin.name) else "a name has letters, digits, - and _, at most 32"
    try:
        if not problem and plugin.group not in (BACKENDS, EMBEDDERS):
            argv = (*_PYTHON, _DESCRIBE, plugin.value)
            unchanged = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # a new __pycache__ would have all looked for again
            called = call(argv, given=b"", seconds=_DESCRIBED_S, folder="/", environment=unchanged)
            if called.status:
                raise ExtensionFailed(f"it ended with status {called.status}: {called.last}")
            told = json.loads(called.out)
            made = tool(Plugin(group=plugin.group, name=plugin.name, value="", package="", described=told))
            if plugin.group == FUNCTIONS and ("text" not in made.parameters or set(made.required) - {"text"}):
                raise ValueError("a text function has an argument text, and needs no other")
    except (ExtensionFailed, ValueError, TypeError, KeyError, AttributeError) as error:
        problem = f"it does not say what it is: {one_line(str(error), 200)}"
    return Plugin(**{**asdict(plugin), "described": told if not problem else {}, "problem": problem})


def tool(plugin: Plugin) -> OwnTool:
    """Raises ValueError and the like for a description of another form."""
    told = plugin.described
    properties = {str(name): {"type": kind} for name, (kind, _needed) in told["arguments"].items()}
    needed = [str(name) for name, (_kind, needed) in told["arguments"].items() if needed]
    parameters, required = narrowed({"properties": properties, "required": needed})
    return OwnTool(
        name=plugin.name,
        about=one_line(told["about"].partition("\n")[0], 160),
        argv=(*_PYTHON, _RUN, plugin.value),
        parameters=parameters,
        required=required,
        when=tuple(str(words) for words in told.get("when", ())),
        reads=told.get("reads", False) is True,
        seconds=min(600.0, max(0.1, float(told.get("seconds", 30.0)))),
        file=plugin.package,
    )
