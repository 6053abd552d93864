"""A model at an OpenAI-compatible address as a backend: tried again when it is worth it, and cancelled at once."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from dataclasses import replace

from aishell.backends.openai.asking import ONLY, body, misunderstood
from aishell.backends.openai.endpoint import Endpoint
from aishell.backends.openai.following import following
from aishell.backends.openai.posting import Line, Redact, Refused, Unready
from aishell.backends.openai.reply import Said
from aishell.backends.openai.sent import Sent
from aishell.core.errors import ModelUnavailable
from aishell.core.types import Finish, ModelInfo, Piece, Prompt, Restarted, Usage

_TRIES = 3
_FIRST_PAUSE_S = 0.4
_LONGEST_PAUSE_S = 10.0
"""Whoever asks to wait longer than this has failed, for a person who waits."""
_LIKELIEST = 20
"""Tokens of which the chances can be had; OpenAI gives no more."""

Item = Piece | Restarted | Usage


class RemoteBackend:
    """Implements `core.ports.Backend`. Several requests may be under way at once.

    `Usage.weights` are there where the place gives logprobs; for `expected` where it also heeds a grammar (see `weights`).
    """

    def __init__(
        self, endpoint: Endpoint, *, redact: Redact, keep: Callable[[Sent], None], pause_s: float = _FIRST_PAUSE_S
    ) -> None:
        """`pause_s`: before the second try; twice as long, or as the place says, before the next."""
        self.endpoint = endpoint
        self._line = Line(endpoint, redact, keep)
        self._room = asyncio.Semaphore(endpoint.at_once)
        self._pause_s = pause_s
        self._lacking: frozenset[str] = frozenset()
        """Fields that it was seen not to understand."""
        self._goes_on = False
        """Whether it was seen to say something behind words put into its mouth."""
        self._says_only: bool | None = None
        """Whether it was seen to keep to the one text that it may say; None: it has not been asked."""

    def stream(self, prompt: Prompt) -> AsyncGenerator[Item, None]:
        if prompt.expected:
            return self._expected(prompt)
        if prompt.among or prompt.likeliest:
            return self._first(prompt)
        if prompt.grammar.lstrip().startswith("{"):
            return following(prompt, self._told)
        return self._told(prompt)

    async def describe(self) -> ModelInfo:
        where = self.endpoint
        details: dict[str, str | int | float] = {"host": where.host, "remote": where.name}
        return ModelInfo(name=where.model, backend="remote", context_tokens=where.context_tokens, details=details)

    async def close(self) -> None:
        await self._line.close()

    async def _told(self, prompt: Prompt) -> AsyncGenerator[Item, None]:
        """The reply as it comes; begun anew when it breaks off."""
        said = Said(prompt)
        for attempt in range(1, _TRIES + 1):
            try:
                async with aclosing(self._attempt(prompt, said)) as items:
                    async for item in items:
                        yield item
                return
            except Unready as failure:
                pause_s = self._pause(failure, attempt)
                if attempt == _TRIES or pause_s > _LONGEST_PAUSE_S:
                    raise self._failed(failure) from failure
                if said.text:
                    yield Restarted(reason=f"{self.endpoint.host} {failure}; it is asked again.")
                said = Said(prompt)
            await asyncio.sleep(pause_s)

    async def _attempt(self, prompt: Prompt, said: Said, likeliest: int = 0) -> AsyncGenerator[Piece | Usage, None]:
        """One reply, and what is learnt of the place on the way. Raises Unready, ModelUnavailable."""
        lacking = self._lacking
        while True:
            asked = body(prompt, self.endpoint, lacking, likeliest=likeliest)
            try:
                async with aclosing(self._reply(prompt, asked, said)) as items:
                    async for item in items:
                        self._lacking = lacking  # only now: a request may be wrong for another reason
                        yield item
                return
            except Refused as refusal:
                blamed = misunderstood(asked, refusal.said) - lacking
                if not blamed:
                    raise self._wrong(refusal) from refusal
                lacking |= blamed
                said.anew()

    async def _reply(self, prompt: Prompt, asked: dict[str, object], said: Said) -> AsyncGenerator[Piece | Usage, None]:
        first, came = 0.0, False
        finish: Finish | None = None
        all_s = 6 * self.endpoint.timeout_s + prompt.max_seconds if prompt.max_seconds else math.inf
        async with self._room, aclosing(self._line.post(asked, all_s)) as events:
            began = time.monotonic()
            async for event in events:
                came = True
                text = said.feed(event)
                if not first and said.begun:  # many send an empty event at once
                    first = time.monotonic()
                if text:
                    yield Piece(text=text)
                if said.ended:
                    break
                if first and prompt.max_seconds and time.monotonic() - first > prompt.max_seconds:
                    finish = "time"
                    break
        if said.thought_only:
            raise ModelUnavailable(
                f"{self.endpoint.model} thought until its limit and said nothing.",
                hint=f"Give it more room: remote.{self.endpoint.name}.thinking_tokens = 2000, or more.",
            )
        if not came:
            raise Unready("answered with nothing")
        rest = said.end()
        self._gone_on(asked, said)
        if rest:
            yield Piece(text=rest)
        now = time.monotonic()
        first = first or now
        yield said.usage(finish, first - began, now - first)

    def _gone_on(self, asked: dict[str, object], said: Said) -> None:
        """Raises Refused: some places take words put into the model's mouth for a finished turn, with nothing to add to it."""
        if not self._goes_on and "continue_final_message" in asked:
            if not said.text.strip("` \n"):
                raise Refused("continue_final_message is not understood: nothing is said behind the beginning")
            self._goes_on = not said.repeated

    async def _expected(self, prompt: Prompt) -> AsyncGenerator[Item, None]:
        """The weights of a text: it is said by the model, which may say nothing else. None where that cannot be had."""
        said = Said(replace(prompt, stop=(), max_tokens=len(prompt.expected.encode())))
        cannot = self._says_only is False or "logprobs" in self._lacking or self._lacking >= ONLY
        if not cannot and not self.endpoint.thinking_tokens:
            one = replace(prompt, stop=(), grammar="", max_tokens=len(prompt.expected.encode()) + 1)
            with suppress(Unready):  # there is an answer already, which can do without
                self._says_only = await self._said(one, said) or self._says_only or False
        usage = said.usage("stop", 0.0, 0.0)
        yield usage if said.text == prompt.expected else replace(usage, weights=(), tokens=())

    async def _said(self, prompt: Prompt, said: Said) -> bool:
        """Whether what is expected is what comes. Raises Unready."""
        try:
            async with aclosing(self._attempt(prompt, said)) as items:
                async for _item in items:
                    if not prompt.expected.startswith(said.text):
                        break
        except ModelUnavailable:
            return False
        return said.text == prompt.expected

    async def _first(self, prompt: Prompt) -> AsyncGenerator[Item, None]:
        """The likeliest first tokens as they are told, or the chances of the first token of each beginning."""
        said = Said(replace(prompt, among=(), likeliest=0, max_tokens=1))
        if "top_logprobs" not in self._lacking:
            one = replace(prompt, among=(), likeliest=0, max_tokens=1, grammar="", stop=())
            try:
                async with aclosing(self._attempt(one, said, _LIKELIEST)) as items:
                    async for _item in items:
                        pass
            except Unready as failure:
                raise self._failed(failure) from failure
            if not said.weighed.likeliest:
                self._lacking |= {"top_logprobs"}
        usage = said.usage("stop", 0.0, 0.0)
        if prompt.among:
            yield replace(usage, weights=said.weighed.chances(prompt.among))
        else:
            told = said.weighed.likeliest[: prompt.likeliest]
            weights, tokens = (weight for _, weight in told), (text.decode("latin-1") for text, _ in told)
            yield replace(usage, weights=tuple(weights), tokens=tuple(tokens))

    def _pause(self, failure: Unready, attempt: int) -> float:
        if failure.wait_s is not None:
            return failure.wait_s
        return float(self._pause_s * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))  # many shells do not come back together

    def _failed(self, failure: Unready) -> ModelUnavailable:
        where = self.endpoint
        return ModelUnavailable(
            f"{where.host} {failure}.", hint=f"remote.{where.name} in the settings says where that is; --local does without."
        )

    def _wrong(self, refusal: Refused) -> ModelUnavailable:
        where = self.endpoint
        return ModelUnavailable(
            f"{where.host} refuses the request: {refusal.said}", hint=f"Is remote.{where.name}.model right, and its context?"
        )
