"""How many tokens can be checked together without changing a word, found out on the machine itself.

Where a kernel computes several tokens in another way than one, logits differ by about 0.5 (measured: rounding to 8 bits
amplifies the smallest difference), and sooner or later another word is the likeliest. Only a batch that gives the same logits
to the last bit is safe. That is asked behind a long context, where attention takes other paths than behind a short one.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from aishell.backends.cache import Cache
from aishell.backends.llama import Llama, Row

BEHIND = 600
"""Tokens of context from which on the answer holds; llama.cpp changes its way at 512."""
_MOST = 8
_TRIAL = "find . -type f -name '*.txt' | sort | head"


def remembered(cache: Cache) -> int | None:
    """The answer of an earlier process with the same model, build and options; None when it is not known."""
    path = _path(cache)
    if path:
        with suppress(OSError, ValueError):
            return min(_MOST, max(1, int(path.read_text())))
    return None


def find(model: Llama, cache: Cache) -> int | None:
    """1 (never check anything together) to 8, in the time of about 15 tokens; None when no long conversation is in memory."""
    context = cache.longest_idle()
    if len(context) < BEHIND:
        return None
    sequence = cache.open([*context, 0], 0)
    if sequence is None:
        return None
    try:
        exact = _measure(model, sequence.number, len(sequence.held))
    finally:
        sequence.held = []
        model.trim(sequence.number, 0)
        sequence.busy = False
    if path := _path(cache):
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.write_text(str(exact))
    return exact


def _measure(model: Llama, sequence: int, behind: int) -> int:
    tokens = model.tokenize(_TRIAL)[:_MOST]
    rows = [Row(token, behind + at, sequence, True) for at, token in enumerate(tokens)]
    single = []
    for row in rows:
        model.compute([row])
        single.append(model.logits(0).tobytes())
    for size in range(2, len(rows) + 1):
        model.trim(sequence, behind)
        model.compute(rows[:size])
        if any(model.logits(at).tobytes() != single[at] for at in range(size)):
            return size - 1
    return len(rows)


def _path(cache: Cache) -> Path | None:
    store = cache.prefixes
    return store.folder / f"exact-{store.digest()}" if store.folder else None
