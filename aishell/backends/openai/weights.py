"""How likely a place finds what it says, token by token, and how it is made to say a text that is given.

No place with this interface weighs a text of the client's. Where a grammar is heeded there is a way: one that allows nothing
but that text leaves the model no choice, and the chances told are those from before the choice (seen of llama-server and of
aishell itself; of vLLM by its documentation).
"""

from __future__ import annotations

import re
from typing import Any

_LOWEST = 1e6
"""vLLM says -9999 for what cannot come. NaN is not within this, nor a number of a thousand digits."""
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
        self.likeliest: list[tuple[bytes, float]] = []
        """The tokens that could have come first, with the logarithms of their probabilities."""

    def feed(self, content: Any) -> None:
        """The `content` of a choice's `logprobs`."""
        for token in content if isinstance(content, list) else []:
            top = token.get("top_logprobs") if isinstance(token, dict) and not self._texts else None
            self.likeliest += [one for one in map(_heard, top) if one] if isinstance(top, list) else []
            if heard := _heard(token):
                self._texts.append(heard[0])
                self._weights.append(heard[1])
            else:
                self._broken = True

    def of(self, text: str) -> tuple[tuple[float, ...], tuple[str, ...]]:
        """The weights of the tokens that `text` is made of, and of the one behind them, which ended it; and these tokens.

        None at all when the tokens make another text: a place may tell of some and not of others.
        """
        wanted = text.encode()
        if self._broken or not wanted or not b"".join(self._texts).startswith(wanted):
            return (), ()
        taken, at = 0, 0
        while at < len(wanted):
            at += len(self._texts[taken])
            taken += 1
        weights, texts = self._weights[: taken + 1], self._texts[: taken + 1]
        if len(weights) == taken:  # it was not told
            weights, texts = [*weights, 0.0], [*texts, b""]
        return tuple(weights), tuple(text.decode("latin-1") for text in texts)

    def chances(self, beginnings: tuple[str, ...]) -> tuple[float, ...]:
        """For each of some beginnings the weight of the likeliest first token that it starts with; none at all when no token
        fits any. A beginning without one has less than the least likely token that is known.
        """
        likely = [(text.strip(), weight) for text, weight in self.likeliest if text.strip()]
        found = [max((weight for text, weight in likely if one.encode().startswith(text)), default=None) for one in beginnings]
        if all(weight is None for weight in found):
            return ()
        least = min(weight for _text, weight in self.likeliest) - 1.0
        return tuple(least if weight is None else weight for weight in found)


def _heard(token: Any) -> tuple[bytes, float] | None:
    weight = token.get("logprob") if isinstance(token, dict) else None
    if not isinstance(weight, int | float) or not -_LOWEST < weight < _LOWEST or (text := _text(token)) is None:
        return None
    return text, min(0.0, float(weight))


def _text(token: dict[str, Any]) -> bytes | None:
    told = token.get("bytes")
    if isinstance(told, list) and all(isinstance(one, int) and 0 <= one < 256 for one in told):
        return bytes(told)
    text = token.get("token")
    return text.encode("utf-8", "replace") if isinstance(text, str) else None


def content(text: str, weights: tuple[float, ...], tokens: tuple[str, ...]) -> list[dict[str, Any]]:
    """The same the other way round: what a server tells of a reply's tokens, and of the one that ended it."""
    told, left = [], len(text.encode())
    for weight, token in zip(weights, tokens, strict=True):
        told.append({**_told(weight, token), "top_logprobs": []})
        if left <= 0:
            break
        left -= len(token)
    return told


def first(weights: tuple[float, ...], tokens: tuple[str, ...]) -> list[dict[str, Any]]:
    """Likewise the tokens that could come first, the likeliest of which is said."""
    top = [_told(weight, token) for weight, token in zip(weights, tokens, strict=True)]
    return [{**top[0], "top_logprobs": top}] if top else []


def _told(weight: float, token: str) -> dict[str, Any]:
    text = token.encode("latin-1")
    return {"token": text.decode("utf-8", "replace"), "logprob": weight, "bytes": list(text)}
