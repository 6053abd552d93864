"""What is said to a language model and what comes back. Frozen like all values; `core.types` hands them on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal


class Priority(IntEnum):
    """Who waits for a reply; a lower number goes first and interrupts a higher one."""

    NOW = 0
    """A person."""
    SOON = 1
    """A person might: suggestions."""
    IDLE = 2
    """Nobody: indexing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation with a language model."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a language model is asked."""

    messages: tuple[Message, ...]
    stable: int = 0
    """How many of the first messages never change between requests; a backend may keep them computed."""
    begin: str = ""
    """Words put into the model's mouth: the reply goes on from here and does not repeat them."""
    max_tokens: int = 256
    stop: tuple[str, ...] = ()
    """Generation ends before the first of these; they are not part of the reply."""
    temperature: float = 0.0
    seed: int = 0
    priority: Priority = Priority.NOW
    max_seconds: float = 300.0
    """Counted from the first token computed for it; 0: no limit."""
    grammar: str = ""
    """GBNF that the reply must follow; or, with a brace first, a JSON schema."""
    likely: tuple[str, ...] = ()
    """Texts that the reply may resemble (retrieved examples): they may speed it up and never change it."""
    expected: str = ""
    """A reply to be weighed: nothing is generated, and Usage.weights says how likely the model finds it."""
    among: tuple[str, ...] = ()
    """Beginnings of a reply to be weighed instead, all in one go: Usage.weights has one for the first token of each."""
    likeliest: int = 0
    """Instead of a reply, so many of the tokens that are likeliest to begin one: Usage has them, the likeliest first."""
    weigh: bool = False
    """Whether Usage.weights is wanted for the reply that is generated."""
    branch: int = 0
    """Begin with the n-th likeliest token, 0 being the likeliest: another reply, and often another program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The next part of a reply, as it is produced."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restarted:
    """The engine died and was started again: what was said before is void, the reply begins anew."""

    reason: str


Finish = Literal["stop", "length", "time", "repetition", "cancelled"]
"""Said all; reached max_tokens; reached max_seconds; said the same again and again; was not wanted any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The end of a reply: why it ended and what it took. Times in seconds."""

    finish: Finish
    prompt_tokens: int
    """All tokens of the prompt."""
    reused_tokens: int
    """Those of them that were not computed again."""
    reply_tokens: int
    load_s: float = 0.0
    queue_s: float = 0.0
    prefill_s: float = 0.0
    decode_s: float = 0.0
    drafted_tokens: int = 0
    """Guessed ahead, to be checked together."""
    accepted_tokens: int = 0
    """Those of them that were right."""
    weights: tuple[float, ...] = ()
    """Natural logarithm of the probability of each token of the reply, or of those that were asked about; where wanted."""
    tokens: tuple[str, ...] = ()
    """The text of each of those tokens, where that is known: a character a byte, since a token may end within a character."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What a backend runs."""

    name: str
    backend: str
    context_tokens: int
    details: dict[str, str | int | float] = field(default_factory=dict)
