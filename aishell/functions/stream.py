"""Many records through one function: several at once, given back in order, and never more of them held than a few."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from aishell.core.errors import AishellError, ModelUnavailable
from aishell.functions.records import Record
from aishell.functions.results import Result

Function = Callable[[str], Awaitable[Result]]

_AHEAD = 4
"""Records under way for each that is computed, so that a slow one keeps nobody waiting."""
_HOPELESS = 5
"""So many failures of the model one after the other are no matter of the records."""
_READ_AHEAD = 16

_Started = asyncio.Queue["asyncio.Task[Done] | None"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What came of one record: a result, a problem, or neither for one without text."""

    record: Record
    result: Result | None = None
    problem: str = ""
    hint: str = ""


async def in_order(records: Iterator[Record], function: Function, jobs: int) -> AsyncGenerator[Done, None]:
    """What comes of each record, in the records' order; `jobs` of them are computed at once.

    A record that fails stops nobody. Raises ModelUnavailable when none can be computed any more, and what reading raises.
    """
    gate = asyncio.Semaphore(jobs)
    room = asyncio.Semaphore(_AHEAD * jobs)
    started: _Started = asyncio.Queue()
    tasks: set[asyncio.Task[Done]] = set()
    hopeless = [0]

    async def through(record: Record) -> Done:
        async with gate:
            done = await _through(record, function, hopeless)
        return done

    async def start() -> None:
        try:
            async with aclosing(_read(records)) as source:
                async for record in source:
                    await room.acquire()
                    task = asyncio.ensure_future(through(record))
                    tasks.add(task)
                    started.put_nowait(task)
        finally:
            started.put_nowait(None)  # without waiting: at an end from outside nobody reads any more

    starting = asyncio.ensure_future(start())
    try:
        while (task := await started.get()) is not None:
            yield await task
            tasks.discard(task)
            room.release()
        await starting
    finally:
        starting.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(starting, *tasks, return_exceptions=True)


async def _through(record: Record, function: Function, hopeless: list[int]) -> Done:
    """`hopeless`: how many records the model has failed at in a row. Raises ModelUnavailable when that is too many."""
    if record.problem or not record.text.strip():
        return Done(record=record, problem=record.problem)
    try:
        result = await function(record.text)
    except AishellError as error:
        if isinstance(error, ModelUnavailable):
            hopeless[0] += 1
            if hopeless[0] >= _HOPELESS:
                raise
        return Done(record=record, problem=str(error), hint=error.hint)
    hopeless[0] = 0
    return Done(record=record, result=result)


async def _read(records: Iterator[Record]) -> AsyncGenerator[Record, None]:
    """The records, read by a thread of their own: a pipe may be slow, and Ctrl-C must not wait for it."""
    loop = asyncio.get_running_loop()
    read: asyncio.Queue[Record | Exception | None] = asyncio.Queue()
    room = threading.Semaphore(_READ_AHEAD)

    def give(item: Record | Exception | None) -> None:
        room.acquire()
        loop.call_soon_threadsafe(read.put_nowait, item)

    def work() -> None:
        try:
            try:
                for record in records:
                    give(record)
            except (AishellError, OSError) as error:
                give(error)
            else:
                give(None)
        except RuntimeError:
            return  # the loop is closed: nobody wants more

    threading.Thread(target=work, name="records", daemon=True).start()
    while (item := await read.get()) is not None:
        room.release()
        if isinstance(item, Exception):
            raise item
        yield item
