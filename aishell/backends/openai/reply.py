"""What a model says, out of the events in which it comes: without its thinking, and as far as it was asked for."""

from __future__ import annotations

import re
from typing import Any

from aishell.backends.openai.events import Event
from aishell.backends.openai.weights import Tokens
from aishell.backends.stops import StopFilter
from aishell.core.types import Finish, Prompt, Usage

_OPENED, _CLOSED = "<think>", "</think>"
_LONGEST_TOKEN = 64
"""Characters: whoever says more of them a token than this does not keep to the limit it was given."""


class Said:
    """One reply. `feed` is given each event and gives the text to show."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt = prompt
        self.anew()

    def anew(self) -> None:
        """Forget what came: the same is asked once more."""
        self._stops = StopFilter(self._prompt.stop)
        self._thinking = Thinking()
        self._repeated = Repeated(self._prompt.begin)
        self._room = self._prompt.max_tokens * _LONGEST_TOKEN
        self._finish: Finish = "stop"
        self._tokens: tuple[int, int, int] | None = None
        self._pieces = 0
        self.weighed = Tokens()
        self.text = ""
        """All that was shown."""

    @property
    def ended(self) -> bool:
        """Whether nothing that comes now is wanted any more."""
        return self._stops.stopped or self._room <= 0

    @property
    def repeated(self) -> bool:
        """Whether it began with the words that were put into its mouth: some places hand them out, and some models, which do
        not go on from them, say them anew."""
        return self._repeated.seen

    @property
    def begun(self) -> bool:
        """Whether a first token has come, of its thinking or of its reply."""
        return self._pieces > 0 or self._thinking.seen

    @property
    def thought_only(self) -> bool:
        """It came to its limit before it said anything."""
        return self._finish == "length" and not self.text and self._thinking.seen

    def feed(self, event: Event) -> str:
        choice = _first(event.get("choices"))
        delta = _table(choice.get("delta")) or _table(choice.get("message"))
        self._thinking.seen |= bool(delta.get("reasoning_content") or delta.get("reasoning"))
        if choice.get("finish_reason") == "length":
            self._finish = "length"
        self.weighed.feed(_table(choice.get("logprobs")).get("content"))
        self._count(_table(event.get("usage")))
        content = delta.get("content")
        return self.take(content) if isinstance(content, str) and content else ""

    def end(self) -> str:
        """What was held back in case more came."""
        return self.take("", final=True)

    def usage(self, finish: Finish | None, prefill_s: float, decode_s: float) -> Usage:
        """`finish`: why it ended, where that is known better than from what it said."""
        prompt, reused, reply = self._tokens or (0, 0, self._pieces)
        weights, tokens = self.weighed.of(self.text) if self._prompt.weigh or self._prompt.expected else ((), ())
        return Usage(
            finish=finish or ("length" if self._room <= 0 else self._finish),
            prompt_tokens=prompt,
            reused_tokens=reused,
            reply_tokens=reply,
            prefill_s=prefill_s,
            decode_s=decode_s,
            weights=weights,
            tokens=tokens,
        )

    def take(self, content: str, *, final: bool = False) -> str:
        """A piece of text, from a place that sends no events; what of it is to be shown."""
        self._pieces += bool(content)
        text = self._repeated.feed(self._thinking.feed(content, final=final), final=final)
        shown = self._stops.feed(text, final=final)[: max(0, self._room)]
        self._room -= len(shown)
        self.text += shown
        return shown

    def _count(self, usage: dict[str, Any]) -> None:
        if usage:
            details = _table(usage.get("prompt_tokens_details"))
            self._tokens = (
                _number(usage.get("prompt_tokens")),
                _number(details.get("cached_tokens")),
                _number(usage.get("completion_tokens")),
            )


class Thinking:
    """Takes `<think>...</think>` off the beginning of a text, wherever it is cut."""

    def __init__(self) -> None:
        self._held = ""
        self._over = False
        self.seen = False

    def feed(self, text: str, *, final: bool = False) -> str:
        if self._over:
            return text
        self._held += text
        begun = self._held.lstrip()
        if begun.startswith(_OPENED):
            self.seen = True
            before, closed, after = begun.partition(_CLOSED)
            if not closed:
                self._held = _OPENED + before[-len(_CLOSED) :]  # the thinking itself is kept nowhere
                return ""
            text = after.lstrip()
            if not text and not final:
                self._held = _OPENED + _CLOSED  # blanks behind it may still come
                return ""
        elif _OPENED.startswith(begun) and not final:
            return ""
        else:
            text = self._held
        self._over, self._held = True, ""
        return text


class Repeated:
    """Takes the words a reply was to begin with off its beginning: some models say them again, a fence in their own way."""

    def __init__(self, begin: str) -> None:
        fence = re.match(r"```\w*\n", begin)
        rest = re.escape(begin[fence.end() :]) if fence else re.escape(begin)
        self._again = re.compile(rf"\s*```\w*\n{rest}" if fence else rest)
        self._longest = len(begin) + 16 if begin else 0
        self._held = ""
        self.seen = False

    def feed(self, text: str, *, final: bool = False) -> str:
        if not self._longest:
            return text
        self._held += text
        if len(self._held) < self._longest and not final:
            return ""
        self._longest, held = 0, self._held
        found = self._again.match(held)
        self.seen = bool(found)
        return held[found.end() :] if found else held


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(value: Any) -> dict[str, Any]:
    return _table(value[0]) if isinstance(value, list) and value else {}
