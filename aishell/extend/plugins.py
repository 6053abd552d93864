"""Plugins: what installed Python packages offer through entry points. What was found is kept, so that looking costs little.

Looking for entry points reads every installed package (17 to 48 ms here), so what was found is kept until a folder that
Python imports from has changed; finding that out takes 0.2 ms. What talks to plugins is only loaded where there are some.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aishell.core.errors import UsageError
from aishell.core.own import BACKENDS, EMBEDDERS, FUNCTIONS, SUGGESTIONS, TOOLS, OwnTool, Plugin

GROUPS = (TOOLS, SUGGESTIONS, FUNCTIONS, BACKENDS, EMBEDDERS)


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
        found = _look()
        with suppress(OSError):  # then they are looked for again the next time
            self.cache.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self.cache.with_name(f"{self.cache.name}.{os.getpid()}.part")
            part.write_text(json.dumps({"stamp": stamp, "plugins": [asdict(plugin) for plugin in found]}), "utf-8")
            part.replace(self.cache)
        return found

    def tools(self) -> tuple[OwnTool, ...]:
        """As tools of the person's own: behind the same gate. A text function is one, too; a tool has its name before it."""
        found = [one for group in (FUNCTIONS, TOOLS) for one in self.all() if one.group == group and not one.problem]
        if not found:
            return ()
        from aishell.extend.plugged import tool

        return tuple(map(tool, found))

    def suggesting(self) -> tuple[Plugin, ...]:
        """Those that know what may stand in a line, without any that is left alone."""
        found = (plugin for plugin in self.all() if plugin.group == SUGGESTIONS and not plugin.problem)
        return tuple(plugin for plugin in found if not self.off(plugin).exists())

    def get(self, group: str, name: str) -> Plugin:
        """One that may be left alone. Raises UsageError."""
        named = {plugin.name: plugin for plugin in self.all() if plugin.group == group}
        if name in named:
            return named[name]
        there = f"There are: {', '.join(named)}." if named else "docs/extending.md says how to add one."
        raise UsageError(f"No package here has {name} among its {group}.", hint=there)

    def left_alone(self, plugin: Plugin) -> str:
        """Why, in a sentence; empty when it is not."""
        with suppress(OSError):
            return self.off(plugin).read_text("utf-8")
        return plugin.problem

    def leave_alone(self, plugin: Plugin, why: str) -> None:
        """It is not asked any more."""
        with suppress(OSError):
            self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.off(plugin).write_text(why, "utf-8")

    def enable(self, name: str) -> bool:
        """Use a plugin again, and ask it anew: whether there is one of the name."""
        named = [plugin for plugin in self.all() if plugin.name == name]
        for plugin in named:
            self.off(plugin).unlink(missing_ok=True)
        if named:
            self.cache.unlink(missing_ok=True)
        return bool(named)

    def off(self, plugin: Plugin) -> Path:
        """A file that is there while it is left alone."""
        kind = "" if plugin.group in (TOOLS, FUNCTIONS) else plugin.group.removeprefix("aishell.") + "."
        return self.state / f"{kind}{plugin.name}.off"


def programs(plugin: Plugin) -> frozenset[str]:
    """In whose lines it knows something."""
    found = plugin.described.get("programs", ())
    return frozenset(name for name in found if isinstance(name, str))


def _folders() -> list[str]:
    """Where packages are installed; never the folder that one works in, which `python -m` puts first."""
    here = os.getcwd() if os.path.isdir(os.curdir) else ""
    return [folder for folder in sys.path if folder.startswith("/") and os.path.realpath(folder) != os.path.realpath(here)]


def _stamp() -> list[Any]:
    """Changes when a package is installed, changed or removed."""
    found: list[Any] = [sys.version, *GROUPS]
    for folder in _folders():
        with suppress(OSError):
            found.append([folder, os.stat(folder).st_mtime_ns])
    return found


def _look() -> tuple[Plugin, ...]:
    """Each that is installed, asked what it is; the first of each name."""
    from importlib.metadata import distributions

    found: dict[tuple[str, str], Plugin] = {}
    for package in distributions(path=_folders()):
        for one in package.entry_points:
            if one.group in GROUPS:
                told = f"{package.name} {package.version}"
                plugin = Plugin(group=one.group, name=one.name, value=one.value, package=told, described={})
                found.setdefault((one.group, one.name), plugin)
    if not found:
        return ()
    from aishell.extend.plugged import described

    return tuple(described(found[key]) for key in sorted(found))
