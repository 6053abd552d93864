"""The tools in terms of the protocol: listed, called with arguments that fit, asked about, told how far they are, cancelled."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import anyio
import jsonschema
import mcp_types as types
from mcp import MCPError
from mcp.server.lowlevel.server import Server

from aishell import __version__
from aishell.cli.mcp.gate import Question
from aishell.cli.mcp.offered import OFFERED, Offered
from aishell.cli.mcp.tools import Arguments, Tools
from aishell.core.errors import AishellError, UsageError
from aishell.core.text import one_line
from aishell.mcp.streams import Streams

_INSTRUCTIONS = (
    "aishell runs shell commands behind a gate: what only reads runs at once, what changes files is tried first and put in "
    "place by a second call, what reaches further needs a person. `plan` makes a command of words; `run` runs one."
)
_CONFIRM = {
    "type": "object",
    "properties": {
        "run": {"type": "boolean", "title": "Run it?", "description": "Yes runs this command once.", "default": False}
    },
    "required": ["run"],
}
_KEY = "consent"
_NOBODY = "A person has to agree, and this host cannot ask one (it offers no elicitation)."
_EVERY_S = 0.5
"""Between two reports of progress."""


async def served(tools: Tools, streams: Streams) -> None:
    """Until the host closes the connection."""

    async def on_list(_context: Any, _params: Any) -> Any:
        return types.ListToolsResult(tools=[_described(one) for one in OFFERED])

    async def on_call(context: Any, params: Any) -> Any:
        return await _in_a_task(_answered(tools, context, params))

    server = Server("aishell", version=__version__, instructions=_INSTRUCTIONS, on_list_tools=on_list, on_call_tool=on_call)
    await server.run(*streams, server.create_initialization_options())


def _described(one: Offered) -> Any:
    hints = types.ToolAnnotations(read_only_hint=one.reads, destructive_hint=not one.reads, open_world_hint=not one.reads)
    return types.Tool(name=one.name, description=one.about, input_schema=one.schema(), annotations=hints)


async def _in_a_task(work: Coroutine[Any, Any, Any]) -> Any:
    """The SDK's cancellation comes again at every await; in a task of its own the work hears of it once, and can clean up."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    finally:
        if not task.done():
            task.cancel()
            with anyio.CancelScope(shield=True), suppress(asyncio.CancelledError, AishellError):
                await task


async def _answered(tools: Tools, context: Any, params: Any) -> Any:
    """The result of a call. What went wrong is a result as well: the host's model can read it and do better."""
    progress = _progress(context)
    try:
        if params.request_state:
            found: Arguments | Question = await _after(tools, params, progress)
        else:
            found = await tools.call(params.name, _fitting(params), progress)
        if isinstance(found, Question):
            found = await _asked(tools, context, found, progress)
    except AishellError as error:
        said = tools.shown.text(f"{error} {error.hint}".strip())
        return types.CallToolResult(content=[types.TextContent(type="text", text=said)], is_error=True)
    if not isinstance(found, dict):
        return found  # a question in the protocol's own form
    text = json.dumps(found, ensure_ascii=False)
    return types.CallToolResult(content=[types.TextContent(type="text", text=text)], structured_content=found)


def _fitting(params: Any) -> Arguments:
    """The arguments, when they follow the tool's schema. Raises UsageError."""
    given: Arguments = params.arguments or {}
    offered = next((one for one in OFFERED if one.name == params.name), None)
    if offered is None:
        raise UsageError(f"There is no tool {one_line(params.name, 60)}.")
    try:
        jsonschema.validate(given, offered.schema())
    except jsonschema.ValidationError as error:
        where = ".".join(map(str, error.absolute_path)) or "the arguments"
        raise UsageError(f"{one_line(where, 60)}: {one_line(error.message, 200)}.") from None
    return given


async def _asked(tools: Tools, context: Any, question: Question, progress: Callable[[str], Awaitable[None]]) -> Any:
    """What comes of a question: put to the person by the host, in the way of its version of the protocol."""
    capabilities = context.session.client_capabilities
    if capabilities is None or capabilities.elicitation is None:
        return await tools.gate.answered(question.token, progress, yes=False, why=_NOBODY)
    if not context.session.can_send_request:  # since 2026-07-28 the host asks, and calls again with the answer
        asking = types.ElicitRequest(params=types.ElicitRequestFormParams(message=question.message, requested_schema=_CONFIRM))
        return types.InputRequiredResult(input_requests={_KEY: asking}, request_state=question.token)
    try:
        answer = await context.session.elicit_form(question.message, _CONFIRM, related_request_id=context.request_id)
    except (MCPError, ValueError) as error:
        why = f"The host could not ask the person: {one_line(str(error), 200)}"
        return await tools.gate.answered(question.token, progress, yes=False, why=why)
    return await tools.gate.answered(question.token, progress, yes=_agreed(answer))


async def _after(tools: Tools, params: Any, progress: Callable[[str], Awaitable[None]]) -> Arguments:
    """The second call, with the person's answer."""
    answer = (params.input_responses or {}).get(_KEY)
    return await tools.gate.answered(params.request_state, progress, yes=_agreed(answer))


def _agreed(answer: Any) -> bool:
    return isinstance(answer, types.ElicitResult) and answer.action == "accept" and (answer.content or {}).get("run") is True


def _progress(context: Any) -> Callable[[str], Awaitable[None]]:
    """Tells the host, now and then; nothing is sent when it does not want to know."""
    steps, last = 0, 0.0

    async def report(text: str) -> None:
        nonlocal steps, last
        now = time.monotonic()
        if now - last >= _EVERY_S:
            steps, last = steps + 1, now
            await context.session.report_progress(steps, None, one_line(text))

    return report
