"""`aishell mcp`: the server, for a program that starts it and talks to it over its standard input and output."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aishell import wiring
from aishell.cli import stdio
from aishell.cli.mcp.gate import Gate
from aishell.cli.mcp.told import Shown
from aishell.cli.mcp.tools import Tools
from aishell.cli.supervised import run_async
from aishell.core.errors import UsageError
from aishell.core.text import visible
from aishell.mcp.servers import require_sdk

_HINT = 'In a host\'s settings: "command": "aishell", "args": ["mcp"]. docs/mcp.md says more; so does `aishell mcp --help`.'


def run() -> int:
    """Until the program closes our input. Raises UsageError, ServerUnavailable."""
    if not all(stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) for mode in (os.fstat(0).st_mode, os.fstat(1).st_mode)):
        raise UsageError("`aishell mcp` talks with a program that starts it, over pipes.", hint=_HINT)
    require_sdk()
    return run_async(_serve())


async def _serve() -> int:
    from aishell.cli.mcp.protocol import served
    from aishell.mcp.streams import LONGEST, Course, paired, quiet

    quiet()
    loaded, paths = wiring.settings()
    wanted = loaded.settings
    shown = Shown(redact=wiring.without_secrets)
    acting = wiring.open_acting(wanted, paths, origin="mcp")
    for sentence in await asyncio.to_thread(acting.recover):
        stdio.say(f"aishell: {visible(sentence)}")
    gate = Gate(acting=acting, shown=shown, timeout_s=wanted.actions.unattended_timeout_s)
    tools = Tools(wanted=wanted, paths=paths, gate=gate, shown=shown)
    try:
        async with _pipes(LONGEST) as (reader, writer), paired(reader, writer, Course(most=0)) as streams:
            await served(tools, streams)
    finally:
        await tools.close()
    return 0


@asynccontextmanager
async def _pipes(limit: int) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter], None]:
    """Standard input and output for the protocol alone: what else reads or prints in this process meets nothing of it."""
    given, taken = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=limit)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(given, "rb", buffering=0))
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(taken, "wb", buffering=0))
    writer = asyncio.StreamWriter(transport, protocol, reader, loop)
    try:
        yield reader, writer
    finally:
        writer.close()
