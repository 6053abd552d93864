"""A request that one of the person's own tools is for: the model fills in its arguments, and can say nothing else.

Which tool it is shows in the request's words. Offered among others, the default model took a web page of its own invention
instead in two of three requests; held to the tool it needs about 60 tokens to read and 15 to write.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace

from aishell.core.errors import NoPlan
from aishell.core.model import Message, Prompt
from aishell.core.ports import Backend
from aishell.core.tools import Tool
from aishell.core.types import Measured, Plan, Request, Said, ShellCommand, Step
from aishell.planner.asking import Asking
from aishell.planner.prompt import foreign
from aishell.planner.steps.foreign import choices, command, key

_SYSTEM = (
    "You fill in the call of a tool for a request. Take the values from the request; leave out what it does not say. Reply "
    "with one JSON object."
)
_TOKENS = 160


async def plan(request: Request, tools: Sequence[Tool], backend: Backend) -> AsyncGenerator[Said | Measured | Plan, None]:
    """One call of one of `tools`; the Plan comes last. Raises NoPlan, ModelUnavailable."""
    if len(tools) == 1 and not tools[0].parameters:
        yield _planned(request, tools[0], {})
        return
    asking = Asking(backend)
    async with aclosing(asking.told(_prompt(request, tools))) as said:
        async for item in said:
            yield item
    yield asking.measured()
    try:
        reply = json.loads(asking.text)
        tool = next(tool for tool in tools if key(tool) == reply["tool"])
        arguments = dict(reply["arguments"])
    except (ValueError, LookupError, TypeError, StopIteration):
        raise NoPlan(f"The model did not fill in the tool {key(tools[0])}.", hint="Say it in other words.") from None
    yield replace(_planned(request, tool, arguments), seconds=asking.seconds)


def _prompt(request: Request, tools: Sequence[Tool]) -> Prompt:
    lines = (f"{key(tool)}: {foreign(tool.about)} Arguments: {', '.join(tool.parameters) or 'none'}." for tool in tools)
    asked = Message(role="user", content="\n".join([*lines, f"Request: {request.text}"]))
    return Prompt(
        messages=(Message(role="system", content=_SYSTEM), asked),
        stable=1,
        grammar=json.dumps({"oneOf": choices(tools)}),
        max_tokens=_TOKENS,
    )


def _planned(request: Request, tool: Tool, arguments: dict[str, object]) -> Plan:
    said = request.text.lower()
    invented = [
        f"{name} is {value!r}, which the request does not say"
        for name, value in arguments.items()
        if isinstance(value, str) and "enum" not in tool.parameters[name] and value.lower() not in said
    ]
    line = command(tool.server, tool.name, json.dumps(arguments, ensure_ascii=False))
    return Plan(steps=(Step(action=ShellCommand(command=line), why=f"your tool {tool.name}"),), problems=tuple(invented))
