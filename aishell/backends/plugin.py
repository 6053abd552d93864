"""A model that a plugin speaks for, as a backend: text piece by piece, and nothing known of tokens and chances."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from aishell.backends.openai.asking import by_schema, temperature
from aishell.backends.openai.following import Item, following
from aishell.backends.openai.reply import Said
from aishell.core.errors import ExtensionFailed, ModelUnavailable
from aishell.core.types import Finish, ModelInfo, Piece, Prompt, Usage

_END = object()
_HINT = '`aishell extend list` shows the plugins; model.backend = "engine" does without.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """What speaks. All but `stop` are called in one thread, where they may block; `about` and `ask` raise ExtensionFailed."""

    name: str
    package: str
    about: Callable[[], Mapping[str, Any]]
    """{context_tokens}, once it is loaded."""
    ask: Callable[..., Generator[Any, None, None]]
    """(messages, begin=, max_tokens=, stop=, temperature=): the pieces of a reply."""
    stop: Callable[[], None]
    """The reply under way is not wanted any more. From any thread."""
    close: Callable[[], None]


class PluginBackend:
    """Implements `core.ports.Backend`. One reply after the other: whoever asks meanwhile waits."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "plugin")  # the kernel ends the plugin's process with the thread that began it

    def stream(self, prompt: Prompt) -> AsyncGenerator[Item, None]:
        if prompt.expected or prompt.among or prompt.likeliest:
            return _no_chances()
        if prompt.grammar.lstrip().startswith("{"):
            return following(prompt, self._told)
        return self._told(prompt)

    async def describe(self) -> ModelInfo:
        async with self._turn:
            tokens = (await self._wait(self._speaker.about)).get("context_tokens")
        return ModelInfo(
            name=self._speaker.name,
            backend="plugin",
            context_tokens=tokens if isinstance(tokens, int) and tokens > 0 else 0,
            details={"plugin": self._speaker.package},
        )

    async def close(self) -> None:
        self._speaker.stop()
        await self._wait(self._speaker.close)

    async def _told(self, prompt: Prompt) -> AsyncGenerator[Item, None]:
        said = Said(prompt)
        first = 0.0
        finish: Finish | None = None
        async with self._turn, aclosing(self._pieces(prompt)) as pieces:
            began = time.monotonic()
            async for piece in pieces:
                first = first or time.monotonic()
                if text := said.take(piece):
                    yield Piece(text=text)
                if said.ended:
                    break
                if prompt.max_seconds and time.monotonic() - first > prompt.max_seconds:
                    finish = "time"
                    break
        if rest := said.end():
            yield Piece(text=rest)
        now = time.monotonic()
        first = first or now
        yield said.usage(finish, first - began, now - first)

    async def _pieces(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        """As the plugin gives them; closing it early ends the reply. Raises ModelUnavailable."""
        parts = await self._wait(lambda: self._speaker.ask(_messages(prompt), **_options(prompt)))
        try:
            while (part := await self._wait(next, parts, _END)) is not _END:
                if not isinstance(part, str):
                    raise ModelUnavailable(f"The plugin {self._speaker.name} gives what is no text.", hint=_HINT)
                yield part
        finally:
            self._speaker.stop()  # which does nothing to one that has come to its end
            await asyncio.shield(self._wait(parts.close))

    async def _wait(self, what: Callable[..., Any], *given: Any) -> Any:
        """Raises ModelUnavailable."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, what, *given)
        except ExtensionFailed as error:
            raise ModelUnavailable(str(error), hint=error.hint or _HINT) from error


def _messages(prompt: Prompt) -> list[dict[str, str]]:
    messages = [{"role": message.role, "content": message.content} for message in prompt.messages]
    if prompt.grammar.lstrip().startswith("{"):
        messages[-1]["content"] += by_schema(prompt.grammar)
    return messages


def _options(prompt: Prompt) -> dict[str, Any]:
    return {
        "begin": prompt.begin,
        "max_tokens": prompt.max_tokens,
        "stop": prompt.stop,
        "temperature": temperature(prompt),
    }


async def _no_chances() -> AsyncGenerator[Item, None]:
    """What is asked is how likely something is, which a plugin does not tell."""
    yield Usage(finish="stop", prompt_tokens=0, reused_tokens=0, reply_tokens=0)
