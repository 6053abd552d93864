"""Suggestions in a shell's own process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from aishell.config.paths import Paths
from aishell.config.settings import WITH_ENGINE, Settings
from aishell.wiring.base import engine_place, model_spec
from aishell.wiring.engine import open_engine
from aishell.wiring.suggest import suggest_spec

if TYPE_CHECKING:
    from aishell.suggest.as_you_type import AsYouType
    from aishell.suggest.suggester import News

_TOKENS = 60
_SECONDS = 1.0


def open_as_you_type(
    wanted: Settings, paths: Paths, news: News, in_words: Callable[[str], bool], failed: Callable[[Exception], None]
) -> AsYouType:
    """Suggestions in this process, over the lines that `news` tells of. Nothing is read yet."""
    from aishell.suggest.as_you_type import AsYouType
    from aishell.suggesting import open_outcomes, open_suggester

    spec = suggest_spec(wanted, paths)
    outcomes = open_outcomes(spec)
    asks = wanted.suggest.model and wanted.model.backend in WITH_ENGINE  # this machine's engine, in any case
    becomes = partial(_becomes, wanted, paths) if asks else None
    return AsYouType(open_suggester(spec, news, outcomes), outcomes, becomes=becomes, in_words=in_words, failed=failed)


async def _becomes(wanted: Settings, paths: Paths, words: str, folder: str) -> str:
    """The command that words would become, from an engine that is there already; empty when it has none in time.

    Each question has a connection of its own, which ends with it, and so does what is computed for it: the next key is soon.
    """
    from contextlib import aclosing

    from aishell.core.errors import ModelUnavailable
    from aishell.core.types import Piece, Priority, Request, Usage
    from aishell.planner import prompt, reply

    try:
        spec = model_spec(wanted, paths)
        if not wanted.engine.resident or not engine_place(paths, spec).socket.exists():
            return ""
        engine = open_engine(wanted, paths, spec)
        asked = replace(
            prompt.plan(Request(text=words, cwd=folder), max_tokens=_TOKENS, piped_bytes=0),
            priority=Priority.SOON,
            max_seconds=_SECONDS,
        )
        text, finish = "", ""
        try:
            async with aclosing(engine.stream(asked)) as items:
                async for item in items:
                    if isinstance(item, Piece):
                        text += item.text
                    elif isinstance(item, Usage):
                        finish = item.finish
        finally:
            await engine.close()
        return reply.command(text) if finish == "stop" else ""
    except ModelUnavailable:
        return ""
