"""What a question means after the one before: "and on Sundays?" is made a question that can be understood alone."""

from __future__ import annotations

import re
from dataclasses import replace

from aishell.functions.answering.terms import terms
from aishell.functions.asking import Model, conversation

_CONTINUES = re.compile(
    r"^\s*(?:and|or|but|also|what about|how about|what if|then|so|same)\b|\b(?:it|its|they|them|that one|this one|those|these"
    r"|there|he|him|his|she|her|one)\b|^\s*(?:那|还有|如果|而|另外|同样)|它|他|她|呢[？?]?\s*$",
    re.I,
)
_FEW = 1
"""Words that say something, at which a question cannot stand alone."""
_LONGEST = 300
_INSTRUCTION = (
    "You rewrite the second question so that it can be understood alone. Keep its language. Reply with the question only."
)
_EXAMPLES = (
    (("When is the library open?", "and on holidays?"), "When is the library open on holidays?"),
    (("How much is a ticket for adults?", "Can it be paid by card?"), "Can a ticket for adults be paid by card?"),
    (("Who wrote the report?", "How long did he work on it?"), "How long did the author work on the report?"),
    (("泳池几点开门？", "那周末呢？"), "泳池周末几点开门？"),
    (("成人票多少钱？", "学生呢？"), "学生票多少钱？"),
)


def follows(question: str) -> bool:
    """Whether a question may need the one before to be understood."""
    return bool(_CONTINUES.search(question)) or len(terms(question)) <= _FEW


async def standalone(model: Model, before: str, question: str) -> str:
    """The question as it is to be looked for; what is added comes from the one before. Raises ModelUnavailable."""
    examples = [(_shown(*asked), answer) for asked, answer in _EXAMPLES]
    prompt = conversation(_INSTRUCTION, examples, _shown(before[:_LONGEST], question[:_LONGEST]))
    reply, complete = await model.reply(replace(prompt, max_tokens=60, stop=("\n",)))
    return reply if complete and _is_made_of(reply, before, question) else f"{question} ({before})"


def _shown(before: str, question: str) -> str:
    return f"First: {before}\nSecond: {question}"


def _is_made_of(reply: str, before: str, question: str) -> bool:
    """Whether it keeps what the question says, and has nothing that neither question says."""
    said, known = set(terms(reply)), {*terms(before), *terms(question)}
    kept = set(terms(question)) - said
    return bool(said) and len(kept) <= len(terms(question)) // 3 and len(said - known) <= max(1, len(said) // 4)
