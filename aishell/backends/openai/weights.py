"""How likely a place finds what it says, token by token, and how it is made to say a text that is given.

No place with this interface weighs a text of the client's. Where a grammar is heeded there is a way: one that allows nothing
but that text leaves the model no choice, and the chances told are those from before the choice (seen of llama-server and of
aishell itself; of vLLM by its documentation).
"""

from __future__ import annotations

import math
import re
from typing import Any

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(r'[\\"\n\r\t]')
_PLAIN = {escaped: plain for plain, escaped in _ESCAPES.items()}
_ONLY = re.compile(r'root ::= "((?:[^"\\]|\\["\\nrt])*)"\s*')


def only(text: str) -> str:
    """GBNF that allows this text and no other."""
    escaped = _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)
    return f'root ::= "{escaped}"'


def allowed(grammar: str) -> str:
    """The one text that a grammar as `only` makes it allows; empty: it is another grammar."""
    found = _ONLY.fullmatch(grammar)
    return re.sub(r"\\.", lambda escape: _PLAIN[escape[0]], found[1]) if found else ""


class Tokens:
    """Those of one reply, as they come."""

    def __init__(self) -> None:
        self._texts: list[bytes] = []
        self._weights: list[float] = []
        self._broken = False

    def feed(self, content: Any) -> None:
        """The `content` of a choice's `logprobs`."""
        for token in content if isinstance(content, list) else []:
            weight = token.get("logprob") if isinstance(token, dict) else None
            if isinstance(weight, int | float) and math.isfinite(weight) and (text := _text(token)) is not None:
                self._texts.append(text)
                self._weights.append(min(0.0, float(weight)))
            else:
                self._broken = True

    def of(self, text: str) -> tuple[tuple[float, ...], tuple[int, ...]]:
        """Weights and lengths in bytes of the tokens that `text` is made of, and of the one behind them, which ended it.

        None at all when the tokens make another text: a place may tell of some and not of others.
        """
        wanted = text.encode()
        if self._broken or not wanted or not b"".join(self._texts).startswith(wanted):
            return (), ()
        taken, at = 0, 0
        while at < len(wanted):
            at += len(self._texts[taken])
            taken += 1
        weights, lengths = self._weights[: taken + 1], [len(text) for text in self._texts[: taken + 1]]
        if len(weights) == taken:  # it was not told
            weights, lengths = [*weights, 0.0], [*lengths, 0]
        return tuple(weights), tuple(lengths)


def _text(token: dict[str, Any]) -> bytes | None:
    told = token.get("bytes")
    if isinstance(told, list) and all(isinstance(one, int) and 0 <= one < 256 for one in told):
        return bytes(told)
    text = token.get("token")
    return text.encode("utf-8", "replace") if isinstance(text, str) else None


def content(text: str, weights: tuple[float, ...], lengths: tuple[int, ...]) -> list[dict[str, Any]]:
    """The same the other way round: what a server tells of a reply's tokens."""
    told, left = [], text.encode()
    for weight, length in zip(weights, lengths, strict=True):
        token, left = left[:length], left[length:]
        told.append({"token": token.decode("utf-8", "replace"), "logprob": weight, "bytes": list(token), "top_logprobs": []})
    return told
