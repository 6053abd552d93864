"""What each tool of `aishell mcp` does, over what the rest of the command line does it with. Opened as far as it is used."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from aishell import wiring
from aishell.cli.mcp.gate import Gate, Progress, Question
from aishell.cli.mcp.told import Shown
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import UsageError
from aishell.core.memory import Query
from aishell.core.types import Priority, Proposed, Request, Said

if TYPE_CHECKING:
    from aishell.functions.offer import Offer
    from aishell.functions.results import Result
    from aishell.session import Session

Arguments = dict[str, Any]
_RECALLED = 8
_BODY = 2000
"""Characters of one thing remembered."""


@dataclass(slots=True, kw_only=True)
class Tools:
    wanted: Settings
    paths: Paths
    gate: Gate
    shown: Shown
    _session: Session | None = None
    _offer: Offer | None = None
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack)
    _planning: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def call(self, name: str, given: Arguments, progress: Progress) -> Arguments | Question:
        """What a tool gives back; `given` follows its schema. Raises AishellError."""
        found: dict[str, Callable[[Arguments, Progress], Awaitable[Arguments | Question]]] = {
            "plan": self._plan,
            "run": self._run,
            "explain": self._explain,
            "recall": self._recall,
        }
        return await found[name](given, progress) if name in found else await self._text(name, given)

    async def close(self) -> None:
        await self._opened.aclose()
        await self.gate.close()

    async def _plan(self, given: Arguments, progress: Progress) -> Arguments | Question:
        request = Request(text=given["words"], cwd=_folder(given))
        async with self._planning:
            proposal, parts = await self._proposed(request, progress)
        told = self.shown.step(proposal) | {
            "why": self.shown.text(proposal.steps[0].step.why),
            "problems": list(proposal.problems),
            "confidence": None if proposal.confidence is None else round(proposal.confidence, 3),
            "parts": list(parts),
        }
        if self.gate.acting.can_try(proposal):
            tried = await self.gate.settle(proposal, 0.0, progress)
            if not isinstance(tried, Question):
                told |= {key: value for key, value in tried.items() if key != "why"}
        return told

    async def _proposed(self, request: Request, progress: Progress) -> tuple[Any, tuple[str, ...]]:
        """The proposal, and the parts of a request of several steps."""
        if self._session is None:
            self._session = wiring.open_session(self.wanted, self.paths, origin="mcp")
            self._opened.push_async_callback(self._session.close)
        session = self._session
        session.acting.taint = self.gate.acting.taint
        work = session.begin(request)
        proposed: Proposed | None = None
        async with aclosing(session.propose(request, reasons=True)) as events:
            async for event in events:
                if isinstance(event, Said):
                    await progress(event.text)
                elif isinstance(event, Proposed):
                    proposed = event
        assert proposed
        (judged,) = proposed.proposal.steps
        proposal = replace(proposed.proposal, steps=(self.gate.acting.judged(judged.step, request),))
        return proposal, work.parts if work and work.way == "parts" and len(work.parts) > 1 else ()

    async def _run(self, given: Arguments, progress: Progress) -> Arguments | Question:
        command, token = given.get("command", ""), given.get("commit", "")
        if token:
            return await self.gate.commit(token)
        if not command.strip():
            raise UsageError("Either a command or the token of a trial is needed.")
        return await self.gate.run(command, given.get("why", ""), _folder(given), given.get("timeout_s", 0.0), progress)

    async def _explain(self, given: Arguments, _progress: Progress) -> Arguments:
        from aishell.cli.explain import as_table
        from aishell.ui.words import speak

        explanation = await asyncio.to_thread(self.gate.acting.explain, given["command"], _folder(given))
        if explanation.error:
            raise UsageError(f"It cannot be parsed: {explanation.error}.")
        return as_table(explanation, speak("en"))

    async def _recall(self, given: Arguments, _progress: Progress) -> Arguments:
        found = await asyncio.to_thread(self._remembered, given["words"], given.get("limit", _RECALLED))
        return {"found": found}

    def _remembered(self, words: str, limit: int) -> list[Arguments]:
        from aishell.cli.recall import as_json
        from aishell.memory.search import Search

        store = wiring.open_store(self.paths)
        try:
            items = Search(store, wiring.open_meaning(self.wanted, self.paths)).find(
                Query(text=words, cwd=os.getcwd(), kinds=("command", "note", "chunk"), limit=limit)
            )
        finally:
            store.close()
        return [as_json(item) | {"text": self.shown.text(item.body, _BODY)} for item in items]

    async def _text(self, name: str, given: Arguments) -> Arguments:
        """One text through one text function."""
        if self._offer is None:
            from aishell.wiring.functions import open_functions

            opening = open_functions(self.wanted, self.paths, priority=Priority.SOON)
            self._offer = await self._opened.enter_async_context(opening)
        result: Result = await _function(self._offer, name, given)(given["text"])
        return {name: result.table(), "notes": list(result.notes)}


def _function(offer: Offer, name: str, given: Arguments) -> Callable[[str], Awaitable[Result]]:
    """Raises UsageError."""
    match name:
        case "classify":
            return offer.classify(given["labels"], what=given.get("what", "label"))
        case "sentiment":
            return offer.sentiment()
        case "entities":
            return offer.entities()
        case "translate":
            return offer.translate(given["to"])
        case "summarize":
            return offer.summarize(sentences=given.get("sentences", 3), to=given.get("to", ""))
        case "extract":
            from aishell.functions.extract import schema_of

            return offer.extract(schema_of(json.dumps(given["schema"])))
    raise UsageError(f"There is no tool {name}.")


def _folder(given: Arguments) -> str:
    """Raises UsageError."""
    try:
        folder = str(given.get("cwd") or os.getcwd())
    except FileNotFoundError:
        raise UsageError("The server's own folder no longer exists.", hint="Give a cwd.") from None
    if not os.path.isabs(folder) or not os.path.isdir(folder):
        raise UsageError(f"There is no folder {folder}.", hint="cwd is an absolute path.")
    return folder
