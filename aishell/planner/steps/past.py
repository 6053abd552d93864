"""What was done before, as the next step may need to know it: short, marked as data, and only when the words refer to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from aishell.core.steps import Past
from aishell.core.text import harmless
from aishell.core.types import Captured, Outcome
from aishell.planner.steps.lexicon import REFERRING

MOST = 600
"""Characters of an output that go into a prompt: 150 tokens, a second of computing."""
LEFT_OUT = "lines left out"
"""Stands in what was shortened."""
_BRIEF = 160
"""An output so short is worth its tokens even when nothing refers to it: a name, a number, an address."""
FIRST = 400
"""Characters of a look at a file."""
_STEPS = 3
_THEM = re.compile(r"\b(?:them|those|these|the(?:se)?\s+(?:files|folders|ones))\b|它们|这些|那些", re.I)
_UNDO = re.compile(
    r"(?:please\s+|now\s+)*(?:undo|(?:undo|revert|take\s+back)\s+(?:that|it|this|the\s+last\s+(?:change|step|one|command)))(?:\s+please)?[.!]?"
    r"|(?:请|帮我)*(?:撤销|撤回|还原)(?:刚才的|上一步|上一个|它|那个|最后一步)?(?:操作|命令|修改|步骤)?[。！]?",
    re.I,
)
_STARTS_OVER = re.compile(
    r"(?:and|but|now|then|next|only|just|ok(?:ay)?|same|again|instead|also|too)\b|(?:再|只|也|那么?|现在|继续|换成|改成|还有|同样)",
    re.I,
)


def shortened(text: str, most: int = MOST) -> str:
    """Head and tail of an output, whole lines where that is possible, nothing hidden in it."""
    shown = harmless(text, colours=False).replace("```", "'''").strip("\n")
    if len(shown) <= most:
        return shown
    head, tail = shown[: most * 2 // 3], shown[-most // 3 :]
    head = head.rsplit("\n", 1)[0] if "\n" in head else head
    tail = tail.split("\n", 1)[1] if "\n" in tail else tail
    lines = shown[len(head) : len(shown) - len(tail)].count("\n") - 1
    return f"{head}\n[... {max(1, lines)} {LEFT_OUT} ...]\n{tail}"


def whole(outcome: Outcome) -> str:
    """The ends of both streams, errors last."""
    return "\n".join(
        (stream.head + stream.tail).decode("utf-8", "replace") for stream in (outcome.stdout, outcome.stderr) if stream.total
    )


def printed(outcome: Outcome) -> str:
    """What a step printed, both streams, short."""
    return shortened("\n".join(filter(None, (_text(outcome.stdout), _text(outcome.stderr)))))


def _text(captured: Captured) -> str:
    return (captured.head + captured.tail).decode("utf-8", "replace").strip("\n")


def refers(text: str) -> bool:
    """Whether `text` points back at what was said or done before."""
    return bool(_referring().search(text))


def points_back(text: str) -> bool:
    """Whether `text` is about several things that were named before."""
    return bool(_THEM.search(text))


def follows_up(text: str) -> bool:
    """Whether a whole request goes on from the one before: it begins so, or is short and points back."""
    words = len(text.split()) if text.isascii() else len(text) // 2
    return bool(_STARTS_OVER.match(text.strip())) or (words <= 12 and refers(text))


def is_undo(text: str) -> bool:
    """Whether the words want the last change taken back, and nothing else."""
    return bool(_UNDO.fullmatch(text.strip()))


def wanted(text: str, done: Sequence[Past]) -> tuple[Past, ...]:
    """Of what was `done`, what the step `text` is told about: its own failures, and the steps before it that went well."""
    failed = next((at for at, past in enumerate(reversed(done)) if not past.wrong), len(done))
    before_it = done[: len(done) - failed]
    looked = [replace(past, output=shortened(past.output, FIRST)) for past in before_it[-1:] if not past.request]
    well = [past for past in before_it if past.request and not past.wrong][-_STEPS:]
    points_back = refers(text)
    before = [
        past if at == len(well) - 1 and (points_back or len(past.output) <= _BRIEF) else replace(past, output="")
        for at, past in enumerate(well)
    ]
    return (*before, *looked, *done[len(done) - failed :][-2:])


@cache
def _referring() -> re.Pattern[str]:
    return re.compile(REFERRING)
