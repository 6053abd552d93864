"""The person's MCP servers, from their own settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aishell.config.load import own_servers
from aishell.config.paths import Paths

if TYPE_CHECKING:
    from aishell.actions.user_rules import UserRule
    from aishell.core.tools import Tool
    from aishell.mcp.servers import Servers


def open_servers(paths: Paths) -> Servers:
    """None of them is started yet. Raises ConfigError."""
    from aishell.mcp.servers import Servers

    return Servers(all=own_servers(paths.config_file), cache=paths.cache / "mcp", state=paths.state / "mcp")


def server_names(paths: Paths) -> tuple[str, ...]:
    """Raises ConfigError."""
    return tuple(server.name for server in own_servers(paths.config_file))


async def tools_for(words: str, paths: Paths) -> tuple[Tool, ...]:
    """What the server that a request names offers it; it may have to be started for that. Raises ServerUnavailable."""
    from aishell.planner.steps.foreign import fitting, named

    name = named(words, server_names(paths))
    return fitting(words, await open_servers(paths).tools(name)) if name else ()


def allowing(paths: Paths) -> tuple[UserRule, ...]:
    """The rules that `allow` of a server comes to. Raises ConfigError."""
    from aishell.actions.user_rules import UserRule

    return tuple(
        UserRule(
            kind="allow", argv=("aishell", "mcp", "call", server.name, tool, "*"), why=f"[mcp.{server.name}] allows {tool}"
        )
        for server in own_servers(paths.config_file)
        for tool in server.allow
    )
