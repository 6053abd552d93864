"""Translation that keeps what is no language: code, addresses, numbers, markup and names in code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from aishell.core.types import Prompt
from aishell.functions.asking import Model, conversation, each
from aishell.functions.cut import clipped, parts, tokens
from aishell.functions.languages import chinese, named
from aishell.functions.protect import Protected, lost_numbers, protect
from aishell.functions.results import Written

_PART = 300
"""Tokens translated at a time: a small model leaves sentences of longer texts out."""
_LONGEST = 20_000
"""Tokens of one text: half an hour of a CPU's time."""
_EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "Chinese": (
        (
            "The library opens at nine, but the reading room stays closed until Monday.",
            "图书馆九点开门，但阅览室要到星期一才开放。",
        ),
        ("Run ⟦1⟧ before you edit ⟦2⟧.", "在编辑 ⟦2⟧ 之前，先运行 ⟦1⟧。"),
    ),
    "English": (
        (
            "图书馆九点开门，但阅览室要到星期一才开放。",
            "The library opens at nine, but the reading room stays closed until Monday.",
        ),
        ("在编辑 ⟦2⟧ 之前，先运行 ⟦1⟧。", "Run ⟦1⟧ before you edit ⟦2⟧."),
    ),
}


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
        """The translation and what is wrong with it; a second try, told what to keep, when something is."""
        best: tuple[str, tuple[str, ...]] | None = None
        for prompt in (self._prompt(protected), self._careful(protected)):
            said, complete = await self._model.reply(prompt)
            translated, lost = protected.restored(said)
            wrong = [f"{part} may be missing or misplaced" for part in lost]
            wrong += [f"the number {number} may be missing" for number in lost_numbers(protected.text, translated)]
            if not complete:
                wrong.append("the translation was cut off")
            if not said:
                translated, wrong = protected.restored(protected.text)[0], ["a part could not be translated"]
            if best is None or len(wrong) < len(best[1]):
                best = translated, tuple(wrong)
            if not wrong:
                break
        assert best is not None
        return best

    def _prompt(self, protected: Protected) -> Prompt:
        instruction = (
            f"You are a professional translator. Translate the user's text into {self._to}, completely and naturally. "
            "Keep marks like ⟦1⟧ and all numbers as they are. Reply with the translation alone."
        )
        most = 3 * tokens(protected.text) + 64
        examples: Sequence[tuple[str, str]] = (
            () if chinese(protected.text) == (self._to == "Chinese") else _EXAMPLES.get(self._to, ())
        )
        return replace(conversation(instruction, examples, protected.text), max_tokens=most)

    def _careful(self, protected: Protected) -> Prompt:
        marks = " ".join(f"⟦{number}⟧" for number in range(1, len(protected.parts) + 1))
        asked = self._prompt(protected)
        text = f"{protected.text}\n\n(Keep exactly once each: {marks or 'every number'}. Do not repeat this line.)"
        return replace(asked, messages=(*asked.messages[:-1], replace(asked.messages[-1], content=text)))


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
            pieces = parts(taken[2], _PART)
            for number, piece in enumerate(pieces):
                core = piece.rstrip()
                before = taken[1] if number == 0 else ""
                found.append((before, core, piece[len(core) :] + (taken[3] if number == len(pieces) - 1 else "")))
    return found
