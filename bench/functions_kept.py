"""Answers that are kept, so that a long measurement can be made in pieces."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from bench.functions_data import Row

Answer = Callable[[str], Awaitable[Any]]


class Kept:
    """The answers of one way to the rows of one set, a JSON line each in a file, if there is one."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._answers: dict[str, Any] = {}
        self._warm = False
        self.seconds = 0.0
        """That asking took, all together."""
        if file and file.is_file():
            for line in file.read_text("utf-8").splitlines():
                text, _gold, answer, took = json.loads(line)
                self._answers[text] = answer
                self.seconds += took

    def of(self, row: Row) -> Any:
        """Raises KeyError for a row that was not asked about."""
        answer = self._answers[row.text]
        return {tuple(name) for name in answer} if isinstance(answer, list) else answer

    def has(self, row: Row) -> bool:
        return row.text in self._answers

    async def ask(self, chosen: Sequence[Row], answer: Answer, jobs: int, until: float) -> None:
        """What is not there yet, `jobs` at once, as far as it goes `until` then (monotonic)."""
        wanted = [row for row in chosen if not self.has(row)]
        if not wanted or time.monotonic() >= until:
            return
        if not self._warm:
            await answer(wanted[0].text)  # instructions are computed once, and not what is measured
            self._warm = True
        gate = asyncio.Semaphore(jobs)
        last = time.monotonic()

        async def one(row: Row) -> None:
            nonlocal last
            async with gate:
                if time.monotonic() < until:
                    said = await answer(row.text)
                    now = time.monotonic()
                    took, last = now - last, now  # since the answer before it, so that they add up to the time of the whole
                    self._put(row, said, took)

        await asyncio.gather(*map(one, wanted))

    def _put(self, row: Row, answer: Any, took: float) -> None:
        plain = sorted(answer) if isinstance(answer, set) else answer
        gold = sorted(row.gold) if isinstance(row.gold, frozenset) else row.gold
        self._answers[row.text] = plain
        self.seconds += took
        if self._file:
            with self._file.open("a", encoding="utf-8") as lines:
                print(json.dumps([row.text, gold, plain, round(took, 4)], ensure_ascii=False), file=lines)
