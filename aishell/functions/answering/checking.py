"""Whether a passage says the answer: signs of several kinds put together to one probability.

The model is shown one passage at a time, so that what one says cannot change how another is judged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from aishell.functions.answering.ranking import Ranked
from aishell.functions.asking import Model, conversation
from aishell.functions.languages import east_asian

_INSTRUCTION = (
    "You check whether a text states the answer to a question, also when the answer is that something is not so. stated: the "
    "text itself says what is asked. missing: it is about something else, or something similar, and does not say just that."
)
_LENDING = "library.md > Lending\nBooks are lent for four weeks. Films are lent for one week."
_BUS = "bus.md > Line 7\nline | first bus\n7 | 5:40"
_POOL = "泳池.md > 票价\n成人票6元，学生票3元。周一闭馆。"
_ROSES = "garden.md > Roses\nRoses are cut back in March. Do not water them in the evening."
_PAPER = "printer.md > Paper\nThe tray holds 250 sheets. Thick paper goes into the slot at the back."
_ROOMS = "guests.md > Rooms\nRooms are cleaned every day except Sunday. A room for two costs 80 euros."
_SHOW = "展览.md > 参观\n展览免费。不得使用闪光灯。"
_EXAMPLES = (
    (_LENDING, "How long can I keep a film?", "stated"),
    (_LENDING, "How many books can I borrow at once?", "missing"),
    (_BUS, "When does the first bus of line 12 leave?", "missing"),
    (_BUS, "When does the first 7 leave?", "stated"),
    (_POOL, "学生票多少钱？", "stated"),
    (_POOL, "泳池几点开门？", "missing"),
    (_ROSES, "May I water the roses in the evening?", "stated"),
    (_ROSES, "May I give the roses coffee grounds?", "missing"),
    (_PAPER, "Where do I put thick paper?", "stated"),
    (_PAPER, "What does the paper cost?", "missing"),
    (_ROSES, "玫瑰什么时候修剪？", "stated"),
    (_POOL, "泳池有停车场吗？", "missing"),
    (_ROOMS, "Is my room cleaned on Sunday?", "stated"),
    (_ROOMS, "Is there breakfast on Sunday?", "missing"),
    (_SHOW, "可以用闪光灯拍照吗？", "stated"),
    (_SHOW, "Until when is the exhibition open?", "missing"),
    (_SHOW, "Is the exhibition free?", "stated"),
    (_ROOMS, "A room for three people, how much is it?", "missing"),
)
_LONGEST = 1500
"""Characters of a passage that the model is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What speaks for a passage, each a number."""

    stated: float
    """The model's logarithm of the odds that the text states the answer."""
    covered: float
    """Share of the question's words in it; 0 across languages."""
    cosine: float
    other_language: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    ranked: Ranked
    signs: Signs
    probability: float

    def how(self) -> str:
        signs = self.signs
        passage = self.ranked.passage
        parts = [f"the model {signs.stated:+.1f}"]
        parts.append("another language" if signs.other_language else f"words {signs.covered:.2f}")
        parts.append(f"meaning {signs.cosine:.2f}")
        return f"{self.probability:.2f} that it is said in {passage.about!r} ({passage.text[:60]!r}): {', '.join(parts)}."


async def checked(model: Model, question: str, one: Ranked) -> Checked:
    """Raises ModelUnavailable, NoPlan."""
    text = one.passage.whole[:_LONGEST]
    examples = [(_shown(passage, asked), answer) for passage, asked, answer in _EXAMPLES]
    check = conversation(_INSTRUCTION, examples, _shown(text, question))
    stated, missing = await model.chances(replace(check, max_tokens=1), ("stated", "missing"))
    signs = Signs(
        stated=stated - missing,
        covered=one.covered,
        cosine=one.cosine,
        other_language=east_asian(question) != east_asian(one.passage.text),
    )
    return Checked(ranked=one, signs=signs, probability=1 / (1 + math.exp(-_weight(signs))))


def _weight(signs: Signs) -> float:
    """Fitted by logistic regression to the passages found for development questions (bench.answering)."""
    words = 0.2 if signs.other_language else signs.covered - 0.5
    return -0.7 + 1.6 * signs.stated + 1.6 * words + 0.4 * signs.cosine


def _shown(text: str, question: str) -> str:
    return f"{text}\n\nQuestion: {question}\nIs the answer stated or missing?"
