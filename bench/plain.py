"""The model alone, for comparison: the bare request, and the first code block of what it says."""

from __future__ import annotations

import os
import re
from contextlib import aclosing
from pathlib import Path

from aishell import wiring
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.types import Message, Piece, Prompt
from aishell.planner import reply
from bench.own_engine import state_home

_FENCE = re.compile(r"^[ \t]*```", re.M)
_MOST = 768


async def plain_answer(system: str, request: str, runtime: Path) -> str:
    """The command in the reply of the engine that runs in `runtime`, or the whole reply."""
    own = {"XDG_RUNTIME_DIR": str(runtime), "XDG_STATE_HOME": str(state_home(runtime))}
    backend = wiring.open_backend(Settings(), Paths.from_environment({**os.environ, **own}))
    prompt = Prompt(messages=(Message(role="system", content=system), Message(role="user", content=request)), max_tokens=_MOST)
    text = ""
    try:
        async with aclosing(backend.stream(prompt)) as pieces:
            async for piece in pieces:
                text += piece.text if isinstance(piece, Piece) else ""
                if len(_FENCE.findall(text)) > 1:  # the block is closed; what is said after it is not used
                    break
    finally:
        await backend.close()
    return reply.command(text)
