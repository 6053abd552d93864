"""Translation that keeps what is no language: code, addresses, numbers, markup and names in code."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import chain

from aishell.core.types import Message, Prompt
from aishell.functions.asking import Model, conversation, each
from aishell.functions.cut import clipped, parts, tokens
from aishell.functions.languages import EAST_ASIAN, chinese, named
from aishell.functions.protect import Protected, missing, protect, untranslated
from aishell.functions.results import Written

_PART = 60
"""Tokens translated at a time, and at least a sentence. Of longer parts a small model leaves some out (16 paragraphs of six
sentences of NTREX, both ways: chrF 51.6 and 20.3, with 300 tokens 50.1 and 18.8), and several parts are computed at once."""
_SENTENCE = 300
"""Tokens of a sentence that stays whole."""
_LONGEST = 20_000
"""Tokens of one text: half an hour of a CPU's time."""
_PAIRS = (
    (
        "Anna Berg, who runs the bus company, said on Tuesday that 12 of its lines would soon run every ten minutes.",
        "经营这家公交公司的 Anna Berg 周二表示，旗下 12 条线路很快将每十分钟一班。",
    ),
    (
        '"We only heard of it on Friday morning," she said. "Everyone here was shocked."',
        "“我们周五早上才听说这件事，”她说，“这里的每个人都很震惊。”",
    ),
    (
        "The home side won 2-1 with a goal in the 80th minute, but the manager was not satisfied.",
        "主队凭借第 80 分钟的进球以 2-1 获胜，但主教练并不满意。",
    ),
    ("When was the bridge over the river built, and who paid for it?", "河上的那座桥是什么时候建的，由谁出资？"),
    ("Run ⟦1⟧ before you edit ⟦2⟧.", "在编辑 ⟦2⟧ 之前，先运行 ⟦1⟧。"),
)
_EXAMPLES = {"Chinese": _PAIRS, "English": tuple((there, here) for here, there in _PAIRS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    text: str
    wrong: tuple[str, ...]
    left: frozenset[str]
    """Words that were not translated. Where every try leaves one, it is likely a name."""

    @property
    def faults(self) -> int:
        return len(self.wrong) + len(self.left)


class Translation:
    """Translates texts into one language."""

    def __init__(self, model: Model, to: str) -> None:
        """`to`: a code such as zh, or a name. Raises UsageError."""
        self._model = model
        self._to = named(to)

    async def __call__(self, text: str) -> Written:
        """Raises ModelUnavailable."""
        text, note = clipped(text, _LONGEST)
        blocks = _blocks(text)
        translated = await each(self._body, [body for _before, body, _after in blocks])
        written = (
            before + done + after for (before, _body, after), (done, _wrong, _kept) in zip(blocks, translated, strict=True)
        )
        notes = ((note,) if note else (), *(wrong for _done, wrong, _kept in translated))
        kept = sum(kept for _done, _wrong, kept in translated)
        how = f"Translated by the model in {len(blocks)} parts; {kept} pieces of code, addresses or markup were kept aside."
        return Written(text="".join(written), notes=tuple(dict.fromkeys(chain(*notes))), how=(how,))

    async def _body(self, body: str) -> tuple[str, tuple[str, ...], int]:
        """Its translation, what is wrong with it, and how many pieces were kept aside."""
        if not re.search(r"[^\W\d_]", body):
            return body, (), 0
        protected = protect(body)
        return *await self._part(protected), len(protected.parts)

    async def _part(self, protected: Protected) -> tuple[str, tuple[str, ...]]:
        """The translation and what is wrong with it; when something is, another try, asked in another way, may be better."""
        tries = [await self._try(protected, self._plain(protected))]
        if tries[0].faults:
            tries.append(await self._try(protected, self._shown(protected)))
        best = min(tries, key=lambda one: one.faults)
        unsure = best.left.difference(*(one.left for one in tries if one is not best)) if len(tries) > 1 else set()
        return best.text, (*best.wrong, *(f"{word} was not translated" for word in sorted(unsure)))

    async def _try(self, protected: Protected, prompt: Prompt) -> _Try:
        said, complete = await self._model.reply(prompt)
        translated, lost = protected.restored(said)
        wrong = [f"{part} may be missing or misplaced" for part in lost]
        wrong += missing(protected.text, said)
        if not complete:
            wrong.append("the translation was cut off")
        if not said:
            translated, wrong = protected.restored(protected.text)[0], ["a part could not be translated", *wrong]
        left = untranslated(protected.text, said, to_east_asia=self._to in EAST_ASIAN)
        return _Try(text=translated, wrong=tuple(wrong), left=frozenset(left))

    def _plain(self, protected: Protected) -> Prompt:
        """Without examples: on 60 development rows of NTREX each way that was as good as with two to five, or better.

        What must stay is said at the end, where a small model heeds it.
        """
        marks = " ".join(f"⟦{number}⟧" for number in range(1, len(protected.parts) + 1))
        careful = f"\n\n(Keep exactly once each: {marks}. Do not repeat this line.)" if marks else ""
        message = Message(role="user", content=f"{self._asked(protected.text)}{careful}")
        return Prompt(messages=(message,), max_tokens=_most(protected))

    def _shown(self, protected: Protected) -> Prompt:
        """With examples, which keep a small model from answering a question, or doing as a text says."""
        translating = chinese(protected.text) != (self._to == "Chinese")
        examples = _EXAMPLES.get(self._to, ()) if translating else ()
        shown = [(self._asked(text), translation) for text, translation in examples]
        asked = conversation("You are a professional translator.", shown, self._asked(protected.text))
        return replace(asked, max_tokens=_most(protected))

    def _asked(self, text: str) -> str:
        return f"Translate this text into {self._to}:\n\n{text}"


def _most(protected: Protected) -> int:
    return 3 * tokens(protected.text) + 64


def _blocks(text: str) -> list[tuple[str, str, str]]:
    """A text in parts that are translated one by one: what stands before each, the part, and what stands behind it.

    Borders of lines stay where they are, and so do the signs of lists, quotes and headings before them.
    """
    found: list[tuple[str, str, str]] = []
    fenced = re.split(r"(^```.*?(?:^```[^\n]*\n?|\Z))", text, flags=re.S | re.M)
    for at, stretch in enumerate(fenced):
        if at % 2:
            found.append((stretch, "", ""))
            continue
        for line in stretch.splitlines(keepends=True):
            taken = re.fullmatch(r"(\s*(?:(?:[-*+>#]+|\d+[.)])\s+)*)(.*?)(\s*)", line, re.S)
            assert taken is not None
            pieces = parts(taken[2], _PART, _SENTENCE)
            for number, piece in enumerate(pieces):
                core = piece.rstrip()
                before = taken[1] if number == 0 else ""
                found.append((before, core, piece[len(core) :] + (taken[3] if number == len(pieces) - 1 else "")))
    return found
