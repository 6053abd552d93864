"""Plugins: what installed Python packages offer through entry points, each used in a process of its own.

Looking for entry points reads every installed package (48 ms here), so what was found is kept until a folder that Python
imports from has changed; reading that takes 0.08 ms. Nothing of a plugin is ever imported into aishell's own process.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aishell.core.errors import ExtensionFailed
from aishell.core.own import OwnTool
from aishell.core.schemas import narrowed
from aishell.core.text import one_line
from aishell.extend.calling import call
from aishell.extend.describing import NAME, TYPES

GROUPS = ("aishell.tools", "aishell.suggestions")
_DESCRIBED_S = 10.0
_OFFERS_S = 2.0
_MOST_OFFERS = 500
_PYTHON = (sys.executable, "-P", "-c")  # -P: not from the folder that one is in
_LOAD = """\
import importlib, inspect, json, sys
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
print(json.dumps({{"about": inspect.getdoc(function) or "", "arguments": found, **constants}}))
"""
_RUN = f"""{_LOAD}
result = function(**json.load(sys.stdin))
print(result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, default=str))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    group: str
    name: str
    value: str
    """`module:function`."""
    package: str
    """The distribution that it comes with, and its version."""
    problem: str = ""
    """Why it cannot be used; empty when it can."""
    described: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugins:
    cache: Path
    """A file: what was found last."""
    state: Path
    """A folder: which of them are left alone, and why."""

    def all(self) -> tuple[Plugin, ...]:
        """Those that are installed, with what they say of themselves; each new one is asked, for 10 s at most."""
        stamp = _stamp()
        with suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads(self.cache.read_text("utf-8"))
            if kept["stamp"] == stamp:
                return tuple(Plugin(**plugin) for plugin in kept["plugins"])
        found = tuple(_described(plugin) for plugin in _installed())
        with suppress(OSError):  # then they are looked for again the next time
            self.cache.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self.cache.with_name(f"{self.cache.name}.{os.getpid()}.part")
            part.write_text(json.dumps({"stamp": stamp, "plugins": [asdict(plugin) for plugin in found]}), "utf-8")
            part.replace(self.cache)
        return found

    def tools(self) -> tuple[OwnTool, ...]:
        """As tools of the person's own: behind the same gate."""
        return tuple(_tool(plugin) for plugin in self.all() if plugin.group == "aishell.tools" and not plugin.problem)

    def suggesting(self) -> tuple[Plugin, ...]:
        """Those that know what may stand in a line, without any that is left alone."""
        found = (plugin for plugin in self.all() if plugin.group == "aishell.suggestions" and not plugin.problem)
        return tuple(plugin for plugin in found if not self._off(plugin).exists())

    def offers(self, plugin: Plugin, words: tuple[str, ...], folder: str) -> Iterator[tuple[str, str]]:
        """Words that may stand at the end of `words`, with what each means. Blocks for 2 s at most.

        Raises ExtensionFailed, once: it is left alone then.
        """
        given = json.dumps({"words": list(words), "folder": folder}).encode()
        try:
            called = call((*_PYTHON, _RUN, plugin.value), given=given, seconds=_OFFERS_S, folder="/", environment=os.environ)
            if called.status:
                raise ExtensionFailed(f"it ended with status {called.status}: {called.last}")
            found = json.loads(called.out)
        except (ExtensionFailed, ValueError) as error:
            with suppress(OSError):
                self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._off(plugin).write_text(one_line(str(error), 200), "utf-8")
            raise ExtensionFailed(f"The plugin {plugin.name} is not asked any more: {error}") from error
        for one in found[:_MOST_OFFERS] if isinstance(found, list) else ():
            text, meaning = one if isinstance(one, list) and len(one) == 2 else (one, "")
            if isinstance(text, str) and isinstance(meaning, str):
                yield text, meaning

    def left_alone(self, plugin: Plugin) -> str:
        """Why, in a sentence; empty when it is not."""
        with suppress(OSError):
            return self._off(plugin).read_text("utf-8")
        return plugin.problem

    def enable(self, name: str) -> bool:
        """Use a plugin again, and ask it anew: whether there is one of the name."""
        named = [plugin for plugin in self.all() if plugin.name == name]
        for plugin in named:
            self._off(plugin).unlink(missing_ok=True)
        if named:
            self.cache.unlink(missing_ok=True)
        return bool(named)

    def _off(self, plugin: Plugin) -> Path:
        kind = "" if plugin.group == "aishell.tools" else "suggestions."
        return self.state / f"{kind}{plugin.name}.off"


def programs(plugin: Plugin) -> frozenset[str]:
    """In whose lines it knows something."""
    found = plugin.described.get("programs", ())
    return frozenset(name for name in found if isinstance(name, str))


def _stamp() -> list[Any]:
    """Changes when a package is installed, changed or removed."""
    found: list[Any] = [sys.version]
    for folder in sys.path:
        with suppress(OSError):
            found.append([folder, os.stat(folder or ".").st_mtime_ns])
    return found


def _installed() -> list[Plugin]:
    from importlib.metadata import entry_points

    return [
        Plugin(
            group=group,
            name=one.name,
            value=one.value,
            package=f"{one.dist.name} {one.dist.version}" if one.dist else "",
            described={},
        )
        for group in GROUPS
        for one in sorted(entry_points(group=group), key=lambda one: one.name)
    ]


def _described(plugin: Plugin) -> Plugin:
    """With what it says of itself, or why it does not."""
    told: dict[str, Any] = {}
    problem = "" if NAME.fullmatch(plugin.name) else "a name has letters, digits, - and _, at most 32"
    try:
        if not problem:
            argv = (*_PYTHON, _DESCRIBE, plugin.value)
            called = call(argv, given=b"", seconds=_DESCRIBED_S, folder="/", environment=os.environ)
            if called.status:
                raise ExtensionFailed(f"it ended with status {called.status}: {called.last}")
            told = json.loads(called.out)
            _tool(Plugin(group=plugin.group, name=plugin.name, value="", package="", described=told))
    except (ExtensionFailed, ValueError, TypeError, KeyError, AttributeError) as error:
        problem = f"it does not say what it is: {one_line(str(error), 200)}"
    return Plugin(**{**asdict(plugin), "described": told if not problem else {}, "problem": problem})


def _tool(plugin: Plugin) -> OwnTool:
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
