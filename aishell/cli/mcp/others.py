"""`aishell mcp list`, `call` and `enable`: the servers of the person's own settings."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

from aishell.cli import stdio
from aishell.cli.parser import json_object
from aishell.cli.supervised import run_async
from aishell.config.paths import Paths
from aishell.core.errors import ServerUnavailable
from aishell.core.text import one_line, visible
from aishell.core.tools import Server, Tool
from aishell.mcp.servers import Servers
from aishell.wiring.mcp import open_servers


def run(options: Namespace) -> int:
    servers = open_servers(Paths.from_environment(dict(os.environ)))
    if options.verb == "enable":
        servers.enable(options.server)
        return 0
    if options.verb == "list":
        return run_async(_list(servers, as_json=options.json))
    return run_async(_call(servers, options.server, options.tool, json_object(options.arguments)))


async def _list(servers: Servers, *, as_json: bool) -> int:
    """Each is asked; one that cannot be used keeps nobody from hearing of the others."""
    if not servers.all:
        stdio.say("aishell: your settings name no MCP server; docs/mcp.md shows how to add one")
    status = 0
    for server in servers.all:
        tools: tuple[Tool, ...] = ()
        problem = ""
        try:
            tools = await servers.tools(server.name, anew=True)
        except ServerUnavailable as error:
            problem, status = f"{error} {error.hint}".strip(), error.exit_status
        if as_json:
            stdio.show_json(_table(server, tools, problem))
        else:
            _show(server, tools, problem)
    return status


def _show(server: Server, tools: tuple[Tool, ...], problem: str) -> None:
    stdio.show(f"{stdio.style(server.name, '1', 1)}  {one_line(server.url or ' '.join(server.command), 100)}")
    if problem:
        stdio.say(f"aishell: {visible(problem)}")
    for tool in tools:
        allowed = "  (runs without a question)" if tool.name in server.allow else ""
        arguments = ", ".join(name if name in tool.required else f"[{name}]" for name in tool.parameters)
        stdio.show(f"  {one_line(tool.name, 64)}({one_line(arguments, 120)}){allowed}")
        if tool.about:
            stdio.show(f"      {one_line(tool.about)}")


def _table(server: Server, tools: tuple[Tool, ...], problem: str) -> dict[str, Any]:
    return {
        "server": server.name,
        "problem": problem or None,
        "tools": [
            {
                "name": tool.name,
                "about": tool.about,
                "parameters": dict(tool.parameters),
                "required": list(tool.required),
                "allowed": tool.name in server.allow,
            }
            for tool in tools
        ],
    }


async def _call(servers: Servers, server: str, tool: str, arguments: dict[str, Any]) -> int:
    result = await servers.call(server, tool, arguments)
    stdio.say(f"aishell: from the server {server}:")
    stdio.show(result.text)
    return 1 if result.failed else 0
