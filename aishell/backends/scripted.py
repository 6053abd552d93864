"""A language model that says what a script tells it: for tests, demonstrations, and front ends under development."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from aishell.core.errors import ModelUnavailable
from aishell.core.types import ModelInfo, Piece, Prompt, Restarted, Usage

_TOKENS = re.compile(r"\s*\S+|\s+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    when: str
    """A regular expression, searched in the last message, and what is asked about it (see `_asked`)."""
    say: str
    delay_s: float = 0.0
    """Before each piece (a word)."""
    weight: float | None = None
    """Of each of its words, any of which could come first; None: this backend cannot tell. Among several beginnings, the others
    have twice that of `say`."""
    told: str = ""
    """A regular expression, searched in the first message: what the model is told to do."""
    begun: str = ""
    """Likewise in the words put into the model's mouth."""

    def fits(self, prompt: Prompt) -> bool:
        return bool(re.search(self.told, prompt.messages[0].content) and re.search(self.begun, prompt.begin))


class ScriptedBackend:
    """Implements `core.ports.Backend`: the first line whose `when` is found in the last message is said, word by word."""

    def __init__(self, lines: tuple[Line, ...]) -> None:
        self._lines = lines
        self.heard: list[Prompt] = []

    @classmethod
    def from_file(cls, path: Path) -> ScriptedBackend:
        """From a JSON list of {when, say, delay_s?}. Raises ModelUnavailable."""
        try:
            return cls(tuple(Line(**line) for line in json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError, TypeError) as error:
            raise ModelUnavailable(
                f"The script {path} cannot be used: {error}.",
                hint="model.script names a JSON list of {when, say, delay_s?}.",
            ) from error

    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        return self._stream(prompt)

    async def _stream(self, prompt: Prompt) -> AsyncGenerator[Piece | Restarted | Usage, None]:
        self.heard.append(prompt)
        asked = _asked(prompt)
        fits = (line for line in self._lines if re.search(line.when, asked) and line.fits(prompt))
        line = next(fits, None)
        if line is None:
            raise ModelUnavailable(f"The script has no line for: {asked}")
        said = _TOKENS.findall(line.say)
        pieces = [] if prompt.expected or prompt.among or prompt.likeliest else said
        for piece in pieces:
            await asyncio.sleep(line.delay_s)
            yield Piece(text=piece)
        words = sum(len(message.content.split()) for message in prompt.messages)
        weighed = _TOKENS.findall(prompt.expected) or (said if prompt.weigh or prompt.likeliest else [])
        weights = () if line.weight is None else (line.weight,) * len(weighed)
        tokens = tuple(token.encode().decode("latin-1") for token in weighed) if weights else ()
        if prompt.among and line.weight is not None:
            weights = tuple(line.weight if text == line.say else 2 * line.weight for text in prompt.among)
        yield Usage(
            finish="stop",
            prompt_tokens=words,
            reused_tokens=0,
            reply_tokens=len(pieces),
            weights=weights,
            tokens=tokens,
        )

    async def describe(self) -> ModelInfo:
        return ModelInfo(name="script", backend="scripted", context_tokens=0, details={"lines": len(self._lines)})

    async def close(self) -> None:
        pass


def _asked(prompt: Prompt) -> str:
    """The last message; below it what reply is to be weighed, or which beginning is wanted."""
    asked = prompt.messages[-1].content
    if prompt.expected:
        return f"{asked}\nexpected: {prompt.expected}"
    return f"{asked}\nbranch: {prompt.branch}" if prompt.branch else asked
