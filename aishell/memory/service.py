"""Memory's part of the engine: finds by meaning, and embeds in the background. One thread, with a low priority and one core.

The thread starts with the first question, or with `begin`. It answers between two small pieces of work, stops working while
somebody waits for a reply of the language model, and sleeps when there is nothing to do.
"""

from __future__ import annotations

import asyncio
import functools
import os
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aishell.core.errors import AishellError, ModelUnavailable, UsageError
from aishell.memory import backup
from aishell.memory.language import east_asian
from aishell.memory.shelf import Shelf
from aishell.memory.spec import EmbedderSpec, MemorySpec

if TYPE_CHECKING:
    from aishell.memory.embed.opening import OpenPlugged

Answer = dict[str, Any]
_Question = tuple[Callable[[], Answer], "Future[Answer]"]

_NICE = 10
_LOOK_S = 20.0
"""How often the file is looked at for what nobody announced: 60 µs each."""
_PAUSE_S = 0.02
_MOST = 1000
_AT_ONCE = 4
"""Texts of a request embedded without a look at who waits."""


class MemoryService:
    """`somebody_waits` says whether the language model is needed now. `plugged`: the processes of plugins' embedders."""

    def __init__(self, spec: MemorySpec, *, somebody_waits: Callable[[], bool], plugged: OpenPlugged | None = None) -> None:
        self._spec = spec
        self._somebody_waits = somebody_waits
        self._shelf = Shelf(spec, plugged)
        self._wake = threading.Condition()
        self._questions: deque[_Question] = deque()
        self._chores: deque[_Question] = deque()
        """Questions that can wait until the language model is not needed."""
        self._wanted: list[EmbedderSpec] = []
        """To be loaded, because somebody asked."""
        self._look = False
        self._preload = False
        self._thread: threading.Thread | None = None

    def services(self) -> dict[str, Callable[[Answer], Awaitable[Answer]]]:
        """What it answers, by the kind of request."""
        return {
            "nearest": self.nearest,
            "exemplars": self.exemplars,
            "programs": self.programs,
            "embed": self.embed,
            "indexing": self.indexing,
            "remembered": self.remembered,
            "status": self.status,
        }

    def settle(self) -> None:
        """Load what the first question will need, and begin."""
        self._preload = True
        self.begin()

    def begin(self) -> None:
        """Embed what has no vector yet, from now on."""
        with self._wake:
            self._look = True
            self._start()
            self._wake.notify()

    # ---- requests, on the event loop

    async def nearest(self, request: Answer) -> Answer:
        """{text, limit, kinds?, file?} -> {ready, model, found: [[item, cosine]]}, best first; not `ready` while the model
        loads, or for a shell whose memory is another `file`."""
        text, limit, kinds = request.get("text"), request.get("limit", 10), request.get("kinds", [])
        if not isinstance(text, str) or not isinstance(limit, int) or not isinstance(kinds, list):
            raise UsageError("nearest needs a text, a limit and a list of kinds.")
        if request.get("file", self._spec.file) != self._spec.file:  # its items have other numbers
            return {"ready": False, "model": "", "found": []}
        spec = self._for(text)
        if spec is None:
            return {"ready": True, "model": "none", "found": []}
        if not self._ready(spec):
            return {"ready": False, "model": spec.name, "found": []}
        most = max(1, min(limit, _MOST))
        return await self._ask(lambda: self._shelf.nearest(spec, text, most, tuple(map(str, kinds))))

    async def exemplars(self, request: Answer) -> Answer:
        """{text, limit} -> {ready, found: [[request, command, cosine]]}, best first; not `ready` while the model loads."""
        return await self._lines(request, self._shelf.exemplars)

    async def programs(self, request: Answer) -> Answer:
        """{text, limit} -> {ready, found: [[what it is for, program, cosine]]}, likewise."""
        return await self._lines(request, self._shelf.programs)

    async def _lines(self, request: Answer, find: Callable[[EmbedderSpec, str, int], Answer]) -> Answer:
        text, limit = request.get("text"), request.get("limit", 3)
        if not isinstance(text, str) or not isinstance(limit, int):
            raise UsageError("This question needs a text and a limit.")
        spec = self._for(text)
        if spec is None or not self._ready(spec):
            return {"ready": spec is None, "found": []}
        return await self._ask(lambda: find(spec, text, max(1, min(limit, _MOST))))

    async def embed(self, request: Answer) -> Answer:
        """{texts, multilingual?} -> {model, fingerprint, vectors}: one of length 1 for each text, all of one model, which is
        loaded first: the one that is asked for, else what the texts' letters need."""
        texts = request.get("texts")
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise UsageError("embed needs a list of texts.")
        spec = self._for("\n".join(texts))
        if isinstance(multilingual := request.get("multilingual"), bool):
            spec = self._spec.multilingual if multilingual else self._spec.embedder
        if spec is None:
            raise ModelUnavailable("There is no embedding model.", hint="`aishell memory model use minilm-l6-v2` chooses one.")
        answer = await self._ask(lambda: self._shelf.embed(spec, texts[:_AT_ONCE]), self._chores)
        for start in range(_AT_ONCE, len(texts), _AT_ONCE):
            part = texts[start : start + _AT_ONCE]
            more = await self._ask(functools.partial(self._shelf.embed, spec, part), self._chores)
            answer["vectors"] += more["vectors"]
        return answer

    async def indexing(self, request: Answer) -> Answer:
        """{done, total, models}: vectors that are there, of those there should be; asking makes it look for work."""
        self.begin()
        return await self._ask(self._shelf.progress)

    async def remembered(self, request: Answer) -> Answer:
        """Something was written: it is embedded soon."""
        self.begin()
        return {}

    async def status(self, request: Answer) -> Answer:
        """{memory: {...}}; does not wait for a model that loads."""
        if self._thread is None or self._shelf.loading:
            return {"memory": {"state": "loading" if self._shelf.loading else "not needed yet"}}
        try:
            return {"memory": {"state": self._shelf.state(), **await self._ask(self._shelf.progress)}}
        except AishellError as error:
            return {"memory": {"state": str(error)}}

    def _for(self, text: str) -> EmbedderSpec | None:
        return self._spec.multilingual if east_asian(text) else self._spec.embedder

    def _ready(self, spec: EmbedderSpec) -> bool:
        """Otherwise it loads from now on. Raises what loading ended in, the last time."""
        if failure := self._shelf.failure(spec):
            raise failure
        if self._shelf.prepared(spec):
            return not self._shelf.loading
        with self._wake:
            if spec not in self._wanted:
                self._wanted.append(spec)
            self._start()
            self._wake.notify()
        return False

    async def _ask(self, question: Callable[[], Answer], where: deque[_Question] | None = None) -> Answer:
        future: Future[Answer] = Future()
        with self._wake:
            (self._questions if where is None else where).append((question, future))
            self._start()
            self._wake.notify()
        return await asyncio.wrap_future(future)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="memory", daemon=True)
            self._thread.start()

    # ---- the thread

    def _run(self) -> None:
        with suppress(OSError, AttributeError):  # a thread's own priority is Linux's
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while True:
            while self._questions:
                _answer(*self._questions.popleft())
            if self._preload:
                self._preload = False
                with suppress(AishellError):
                    self._wanted += [spec for spec in self._shelf.worth_loading() if spec not in self._wanted]
            if self._wanted:
                self._load(self._wanted[0])
            elif self._somebody_waits():
                self._sleep(_PAUSE_S)
            elif self._chores:
                _answer(*self._chores.popleft())
            elif not self._shelf.work():
                self._rest()

    def _load(self, spec: EmbedderSpec) -> None:
        self._shelf.prepare(spec)
        self._wanted.remove(spec)

    def _sleep(self, seconds: float) -> None:
        with self._wake:
            if not self._questions and not self._wanted:
                self._wake.wait(seconds)

    def _rest(self) -> None:
        """Until a question or a word comes, or it is time to look at the file again."""
        with self._wake:
            if not (self._questions or self._chores or self._wanted or self._look):
                self._wake.wait(_LOOK_S)
            self._look = False
        self._shelf.look()
        with suppress(AishellError):  # the next shell that ends tries as well
            backup.daily(Path(self._spec.file))


def _answer(question: Callable[[], Answer], future: Future[Answer]) -> None:
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(question())
        except AishellError as error:
            future.set_exception(error)
