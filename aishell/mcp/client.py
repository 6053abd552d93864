"""One question to a server: it is started, or reached, asked, and let go of. Its time and its words are bounded."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import mcp_types as types
from mcp import Client, MCPError

from aishell import __version__
from aishell.core.errors import ServerHung, ServerUnavailable, UsageError
from aishell.core.text import capped, harmless, one_line
from aishell.core.tools import Server, Tool
from aishell.mcp.child import started
from aishell.mcp.schemas import MOST_TOOLS, usable
from aishell.mcp.streams import Course, quiet

_PAGES = 10
_SHOWN = 40_000
"""Characters of a result."""
_BROKEN = (MCPError, ValueError, RuntimeError, OSError, anyio.BrokenResourceError, anyio.ClosedResourceError, ExceptionGroup)
"""How the SDK says that a peer does not keep to the protocol, or is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    text: str
    """Foreign. Nothing in it acts on a terminal; bounded."""
    failed: bool
    """Whether the tool says that it failed."""


async def tools(server: Server) -> tuple[Tool, ...]:
    """What a server offers. Raises ServerUnavailable; ServerHung when it does not answer in its time."""
    async with _connected(server) as client:
        return await _tools(server, client)


async def call(server: Server, tool: str, arguments: Mapping[str, Any]) -> tuple[Result, tuple[Tool, ...]]:
    """What a tool gives back, and all that the server offers now. Raises UsageError for an unknown tool, ServerUnavailable."""
    async with _connected(server) as client:
        offered = await _tools(server, client)
        if tool not in {one.name for one in offered}:
            names = ", ".join(one.name for one in offered) or "none"
            raise UsageError(f"The server {server.name} has no tool {tool}.", hint=f"Its tools: {names}.")
        # Not client.call_tool: it checks the result by the server's own schema, whose patterns may take for ever.
        request = types.CallToolRequest(params=types.CallToolRequestParams(name=tool, arguments=dict(arguments)))
        result = await client.session.send_request(request, types.CallToolResult)
        return Result(text=capped(_text(result), _SHOWN), failed=bool(result.is_error)), offered


@asynccontextmanager
async def _connected(server: Server) -> AsyncGenerator[Any, None]:
    """A client of the server. Whatever goes wrong with it ends in a sentence."""
    quiet()
    course = Course()
    peer = server.url or started(server, course)
    info = types.Implementation(name="aishell", version=__version__)
    try:
        with anyio.fail_after(server.seconds):
            async with Client(peer, client_info=info, cache=None) as client:
                yield client
    except TimeoutError:
        raise ServerHung(f"The server {server.name} did not answer in {server.seconds:g} s.") from None
    except (ServerUnavailable, UsageError):
        raise
    except _BROKEN as error:
        if own := _own(error):
            raise own from None
        why = course.wrong or one_line(_deepest(error), 200)
        raise ServerUnavailable(f"The server {server.name} cannot be used: {why}.") from None


async def _tools(server: Server, client: Any) -> tuple[Tool, ...]:
    found: list[tuple[str, str, object]] = []
    cursor = None
    for _ in range(_PAGES):
        page = await client.list_tools(cursor=cursor)
        found += [(tool.name, tool.description or tool.title or "", tool.input_schema) for tool in page.tools]
        cursor = page.next_cursor
        if not cursor or len(found) >= MOST_TOOLS:
            break
    return usable(server.name, found)


def _text(result: Any) -> str:
    """Its texts; of what is none, what it is."""
    pieces = [_piece(block) for block in result.content]
    if not pieces and result.structured_content is not None:
        pieces = [str(result.structured_content)]
    return harmless("\n".join(pieces), colours=False)


def _piece(block: Any) -> str:
    if block.type == "text":
        return str(block.text)
    if block.type == "resource":
        return str(getattr(block.resource, "text", f"[a file: {block.resource.uri}]"))
    if block.type == "resource_link":
        return f"[a file: {block.uri}]"
    return f"[{block.type}, {block.mime_type}, {len(block.data) * 3 // 4} bytes]"


def _own(error: BaseException) -> ServerUnavailable | UsageError | None:
    """An error of ours that a task group has wrapped."""
    if isinstance(error, ServerUnavailable | UsageError):
        return error
    wrapped = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return next((own for one in wrapped if (own := _own(one))), None)


def _deepest(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return str(error).rstrip(".") or type(error).__name__
