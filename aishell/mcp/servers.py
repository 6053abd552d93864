"""The person's servers: asked when something is wanted, known by what they offer, and left alone once they hang."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aishell.core.errors import ServerHung, ServerUnavailable, UsageError
from aishell.core.tools import Server, Tool

if TYPE_CHECKING:
    from aishell.mcp.client import Result

INSTALL = "Install it with: pip install 'aishell-terminal[mcp]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    all: tuple[Server, ...]
    cache: Path
    """A folder: what each server offered last."""
    state: Path
    """A folder: which of them are left alone, and why."""

    def get(self, name: str) -> Server:
        """Raises UsageError."""
        if found := next((server for server in self.all if server.name == name), None):
            return found
        known = ", ".join(server.name for server in self.all) or "none"
        raise UsageError(
            f"There is no server {name} in your settings.", hint=f"There: {known}. docs/mcp.md shows how to add one."
        )

    def disabled(self, name: str) -> str:
        """Why a server is left alone, in a sentence; empty when it is not."""
        with suppress(OSError):
            return self._off(name).read_text("utf-8")
        return ""

    def enable(self, name: str) -> None:
        """Use it again. Raises UsageError."""
        self._off(self.get(name).name).unlink(missing_ok=True)

    async def tools(self, name: str, *, anew: bool = False) -> tuple[Tool, ...]:
        """What a server offers, as it said last; it is asked when that is not known, or `anew`. Raises ServerUnavailable."""
        server = self._ready(name)
        if not anew and (known := self._known(server)) is not None:
            return known
        require_sdk()
        from aishell.mcp import client

        try:
            return self._keep(server, await client.tools(server))
        except ServerHung as error:
            raise self._leave(server, error) from None

    async def call(self, name: str, tool: str, arguments: Mapping[str, Any]) -> Result:
        """What a tool gives back. Raises UsageError, ServerUnavailable."""
        server = self._ready(name)
        require_sdk()
        from aishell.mcp import client

        try:
            result, offered = await client.call(server, tool, arguments)
        except ServerHung as error:
            raise self._leave(server, error) from None
        self._keep(server, offered)
        return result

    def _ready(self, name: str) -> Server:
        server = self.get(name)
        if why := self.disabled(name):
            raise ServerUnavailable(f"The server {name} is not asked any more: {why}", hint=f"aishell mcp enable {name}")
        return server

    def _leave(self, server: Server, error: ServerHung) -> ServerHung:
        """It is not asked again before the person says so: each time would take as long."""
        with suppress(OSError):
            self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._off(server.name).write_text(str(error), "utf-8")
        return ServerHung(f"{error} It was ended, and is not asked again.", hint=f"aishell mcp enable {server.name}")

    def _known(self, server: Server) -> tuple[Tool, ...] | None:
        try:
            kept = json.loads(self._file(server).read_text("utf-8"))
            tools = tuple(Tool(**{**tool, "required": tuple(tool["required"])}) for tool in kept["tools"])
            return tools if kept["of"] == _fingerprint(server) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _keep(self, server: Server, tools: tuple[Tool, ...]) -> tuple[Tool, ...]:
        with suppress(OSError):  # then it is asked again next time
            self.cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = self._file(server).with_suffix(".part")
            part.write_text(json.dumps({"of": _fingerprint(server), "tools": [asdict(tool) for tool in tools]}), "utf-8")
            part.replace(self._file(server))
        return tools

    def _file(self, server: Server) -> Path:
        return self.cache / f"{server.name}.json"

    def _off(self, name: str) -> Path:
        return self.state / f"{name}.off"


def _fingerprint(server: Server) -> str:
    """Of what decides which tools it has."""
    return hashlib.sha256(json.dumps([server.command, server.url, dict(server.env)]).encode()).hexdigest()


def require_sdk() -> None:
    """Raises ServerUnavailable when the SDK is not installed."""
    from importlib.util import find_spec

    if find_spec("mcp") is None:
        raise ServerUnavailable("aishell needs the MCP SDK for this, which is not installed.", hint=INSTALL)
