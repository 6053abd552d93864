"""The tools of a person's own: which there are, and one of them called."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aishell.core.errors import ExtensionFailed, UsageError
from aishell.core.own import OwnTool
from aishell.extend.applying import applies
from aishell.extend.calling import call
from aishell.extend.describing import described

_HINT = "`aishell extend list` shows all; docs/extending.md says how to add one."
_CHECKS: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}
Problems = Callable[[str], None]


def unheard(_problem: str) -> None:
    """Problems are told where the person asks for the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    folder: Path
    state: Path
    """A folder: which of them are left alone, and why."""
    more: tuple[OwnTool, ...] = ()
    """Those of plugins; one of the person's own has the name before these."""

    def all(self, problem: Problems = unheard) -> tuple[OwnTool, ...]:
        """In the order of their names. `problem` hears a sentence about each file that describes none."""
        found = {tool.name: tool for tool in self.more}
        files = sorted(self.folder.glob("*.[jp][sy]*")) if self.folder.is_dir() else []
        stems = {file.stem for file in files if file.suffix == ".json"}
        for file in files:
            if file.suffix == ".json" or (file.suffix == ".py" and file.stem not in stems):
                try:
                    found[file.stem] = described(file)
                except ExtensionFailed as error:
                    problem(f"{error} {error.hint}".strip())
        return tuple(found[name] for name in sorted(found))

    def get(self, name: str) -> OwnTool:
        """Raises UsageError, ExtensionFailed."""
        problems: list[str] = []
        if found := next((tool for tool in self.all(problems.append) if tool.name == name), None):
            return found
        if about := next((problem for problem in problems if f"/{name}." in problem), ""):
            raise ExtensionFailed(about)
        raise UsageError(f"There is no tool {name}.", hint=_HINT)

    def fitting(self, request: str) -> tuple[OwnTool, ...]:
        """Those whose words a request has, the closest first, without any that is left alone."""
        tools = self.all()
        sizes = {tool.name: applies(request, tool.when) for tool in tools}
        fit = [tool for tool in tools if sizes[tool.name] and not self.disabled(tool.name)]
        return tuple(sorted(fit, key=lambda tool: -sizes[tool.name]))

    def disabled(self, name: str) -> str:
        """Why a tool is left alone, in a sentence; empty when it is not."""
        with suppress(OSError):
            return self._off(name).read_text("utf-8")
        return ""

    def enable(self, name: str) -> None:
        """Use it again. Raises UsageError, ExtensionFailed."""
        self._off(self.get(name).name).unlink(missing_ok=True)

    def call(self, name: str, arguments: Mapping[str, Any]) -> tuple[str, int]:
        """What a tool prints, and its exit status. Blocks. Raises UsageError, ExtensionFailed."""
        tool = self.get(name)
        _check(tool, arguments)
        if why := self.disabled(name):
            raise ExtensionFailed(f"The tool {name} is not used any more: {why}", hint=f"aishell extend enable {name}")
        given = json.dumps(arguments).encode()
        try:
            called = call(tool.argv, given=given, seconds=tool.seconds, folder=os.getcwd(), environment=os.environ)
        except ExtensionFailed as error:
            raise self._leave(name, error) from None
        said = called.out.decode("utf-8", "replace")
        if called.status:
            raise ExtensionFailed(
                f"The tool {name} failed with status {called.status}{f': {called.last}' if called.last else '.'}"
            )
        return said, called.status

    def _leave(self, name: str, error: ExtensionFailed) -> ExtensionFailed:
        """It is not used again before the person says so: each time would take as long."""
        with suppress(OSError):  # such as where it may only read
            self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._off(name).write_text(str(error), "utf-8")
            return ExtensionFailed(f"{error} It was ended, and is not used again.", hint=f"aishell extend enable {name}")
        return error

    def _off(self, name: str) -> Path:
        return self.state / f"{name}.off"


def _check(tool: OwnTool, arguments: Mapping[str, Any]) -> None:
    """Raises UsageError for arguments that its description does not allow."""
    if missing := [name for name in tool.required if name not in arguments]:
        raise UsageError(f"The tool {tool.name} needs {', '.join(missing)}.", hint=_HINT)
    for name, value in arguments.items():
        kind = tool.parameters.get(name)
        if kind is None:
            raise UsageError(
                f"The tool {tool.name} takes no {name}.", hint=f"It takes: {', '.join(tool.parameters) or 'nothing'}."
            )
        types = _CHECKS.get(kind.get("type", ""))
        wrong = types and (not isinstance(value, types) or (isinstance(value, bool) and bool not in types))
        if wrong or ("enum" in kind and value not in kind["enum"]):
            wanted = kind.get("type") or f"one of {', '.join(kind['enum'])}"
            raise UsageError(f"{name} of the tool {tool.name} must be {wanted}.")
