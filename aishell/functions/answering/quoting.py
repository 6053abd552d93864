"""Which sentences of a passage say the answer, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aishell.functions.answering.passages import Passage, Sentence, leans
from aishell.functions.answering.result import Source
from aishell.functions.asking import Model, conversation, distribution

_SHARE = 0.25
"""A sentence of at least this probability is quoted beside the likeliest."""
_INSTRUCTION = "You say which sentence answers the question, by its number alone."
_EXAMPLES = (
    (
        ("How long can I keep a film?", ("Books are lent for four weeks.", "Films are lent for one week.", "Both are free.")),
        "2",
    ),
    (("学生票多少钱？", ("成人票6元，学生票3元。", "周一闭馆。")), "1"),
    (
        (
            "Where do I put thick paper?",
            ("The tray holds 250 sheets.", "It is grey.", "Thick paper goes in behind."),
        ),
        "3",
    ),
)


async def quoted(model: Model, question: str, passage: Passage) -> tuple[Sentence, ...]:
    """The sentences that say it, in order. Raises ModelUnavailable, NoPlan."""
    if len(passage.sentences) == 1:
        return passage.sentences
    examples = [(_shown(asked, texts), answer) for (asked, texts), answer in _EXAMPLES]
    prompt = conversation(_INSTRUCTION, examples, _shown(question, [one.text for one in passage.sentences]))
    numbers = [str(number) for number in range(1, len(passage.sentences) + 1)]
    shares = distribution(await model.chances(replace(prompt, max_tokens=1), numbers))
    least = min(_SHARE, max(shares))
    chosen = {at for at, share in enumerate(shares) if share >= least}
    for at in sorted(chosen, reverse=True):
        while at and leans(passage.sentences[at].text):
            at -= 1
            chosen.add(at)
    return tuple(passage.sentences[at] for at in sorted(chosen))


def sources(passage: Passage, chosen: Sequence[Sentence]) -> tuple[Source, ...]:
    """One for each run of sentences that stand together."""
    made: list[Source] = []
    before = -1
    for at, one in enumerate(passage.sentences):
        if one not in chosen:
            continue
        if made and before == at - 1 and one.first - made[-1].last <= 1:
            joint = "" if made[-1].quote[-1:] in "。！？；" else " "
            made[-1] = replace(made[-1], last=one.last, quote=f"{made[-1].quote}{joint}{one.text}")
        else:
            quote = _row(passage.header, one.text) if passage.header else one.text
            made.append(Source(file=passage.file, first=one.first, last=one.last, place=passage.place, quote=quote))
        before = at
    return tuple(made)


def _row(header: str, row: str) -> str:
    """`card: adult; price: 12 euros`."""
    names, cells = header.split(" | "), row.split(" | ")
    if len(names) != len(cells):
        return f"{header}: {row}"
    return "; ".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=True) if cell)


def _shown(question: str, texts: Sequence[str]) -> str:
    listed = "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))
    return f"{listed}\n\nQuestion: {question}\nWhich sentence answers it?"
