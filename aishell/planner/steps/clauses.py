"""A request taken apart into the things it asks for one after the other. Pure rules; what they do not know stays together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from aishell.planner.steps.lexicon import CHANGING, READING, ZH_CHANGING, ZH_VERBS

_VERBS = CHANGING | READING
_POLITE = r"(?:please\s+|also\s+|now\s+|just\s+)*"
_SEQUENCE = (
    r"(?:then|after\s+that|after\s+this|afterwards|next|finally|lastly|in\s+the\s+end|once\s+(?:that|this|it)\s+is\s+done)"
)
_ZH_SEQUENCE = r"(?:然后|接着|随后|之后|最后|并且|同时|并|再)"
_ZH_STARTS = rf"(?:把|将|用|给|统计|数|看|列|{ZH_VERBS})"

_BREAKS = re.compile(
    rf"""
      (?P<verb>[,;.]?\s+(?:and\s+|but\s+)?{_SEQUENCE}\b,?\s* | \s*(?:,\s*and|,|\band)\s+(?:{_SEQUENCE}\b,?\s+)?)(?=[a-z])
    | [.;?!]\s+(?:and\s+)?(?:{_SEQUENCE}\b,?\s+)?(?=[a-z])
    | \s*,?\s*\band\s+(?=(?:what|which|who|where|when|why|how)\b)
    | [；;。？！]\s*{_ZH_SEQUENCE}?(?=\S)
    | [，,]?\s*{_ZH_SEQUENCE}，?\s*(?={_ZH_STARTS})
    | ，\s*(?=(?:把|将|{ZH_VERBS}))
    """,
    re.I | re.X,
)
"""Where a clause may end. Behind the first kind a verb has to follow: looked up, since as a pattern it compiles in 8 ms."""
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`|“[^”\n]*”|‘[^’\n]*’|「[^」\n]*」")
_LABEL = re.compile(r"[^:：,，]{2,40}[:：]\s*")
"""What a list of steps may be headed with: it says them in short and is none itself."""
_WORD = re.compile(rf"{_POLITE}([a-z]+)\b(?!\s*[-=.:/])", re.I)
_ENTERS = re.compile(
    r"""
      (?:go|cd|enter)\s+(?:(?:in)?to\s+)?(?:the\s+)?(?P<a>[^\s,]+)(?:\s+(?:folder|directory))?$
    | (?:change|switch|move)\s+(?:in)?to\s+(?:the\s+)?(?:(?:folder|directory)\s+(?P<b>\S+)|(?P<c>\S+)\s+(?:folder|directory))$
    | (?:进入|转到)\s*(?P<d>\S+?)(?:目录|文件夹)?$
    """,
    re.I | re.X,
)
_QUESTION_WORD = re.compile(r"(?:what|which|who|where|when|why|how)\b|哪|什么|为什么|多少|谁|几", re.I)
_KEEPS = re.compile(
    r"(?:save|store|write|put|print|output|show|display)s?\s+(?:it|them|that|the\s+(?:results?|output|list))(?:\s+(?:to|in|into|as|on)\b|$)"
    r"|(?:sort|order|count)(?:\s+(?:it|them|the\s+(?:results?|output|list|lines)))?(?:\s+by\b.*)?$"
    r"|.*(?:保存|写入|存入|存到|输出)(?:到|为|至)?\s*\S+$|(?:按.*)?排序$",
    re.I,
)
"""What becomes of the output of the step before: that is one command."""
_EXPLICIT = re.compile(rf"\b{_SEQUENCE}\b|然后|接着|随后|之后|再|最后|[.;?!；;。？！]", re.I)
_ZH = re.compile(rf"{ZH_VERBS}")
_ZH_BEGINS = re.compile(rf"把|将|{ZH_VERBS}")
_ZH_CHANGES = re.compile(ZH_CHANGING)


class Clause(NamedTuple):
    text: str
    explicit: bool
    """Whether the request itself says that it comes after the one before."""

    @property
    def verb(self) -> str:
        """What it begins with, in small letters; empty when that is no verb we know."""
        if verb := _verb(self.text):
            return verb
        match = _ZH.search(self.text)
        return match[0] if match else ""

    @property
    def changes(self) -> bool:
        """Whether doing it leaves something changed, as far as its verb tells."""
        return self.verb in CHANGING or bool(_ZH_CHANGES.fullmatch(self.verb))


def clauses(text: str) -> tuple[Clause, ...]:
    """What `text` asks for, in order; a single one when it cannot be taken apart."""
    text = text.strip()
    if (label := _LABEL.match(text)) and (_verb(rest := text[label.end() :]) or _ZH_BEGINS.match(rest)):
        text = rest
    found: list[Clause] = []
    at, explicit = 0, False
    for start, end in _breaks(_QUOTED.sub(lambda match: "\0" * len(match[0]), text)):  # nothing in quotes is taken apart
        if piece := text[at:start].strip(" ,，"):
            found.append(Clause(piece, explicit))
        at, explicit = end, bool(_EXPLICIT.search(text[start:end]))
    if piece := text[at:].strip(" ,，。.;；"):
        found.append(Clause(piece, explicit))
    return tuple(_where(_joined(found)))


def _breaks(text: str) -> Iterator[tuple[int, int]]:
    """Where each break begins and ends."""
    at = 0
    while match := _BREAKS.search(text, at):
        if match["verb"] and not _verb(text[match.end() :]):
            at = match.start() + 1
        else:
            yield match.span()
            at = match.end()


def _verb(text: str) -> str:
    """The English verb that `text` begins with, in small letters; empty when that is none we know."""
    match = _WORD.match(text)
    return match[1].lower() if match and match[1].lower() in _VERBS else ""


def _joined(found: list[Clause]) -> list[Clause]:
    """A piece that begins with no verb belongs to the one before, as in "rename a, b and c"; so does where its output goes."""
    whole: list[Clause] = []
    for clause in found:
        says = clause.verb or _QUESTION_WORD.match(clause.text)
        if whole and not clause.explicit and (not says or _KEEPS.match(clause.text) or clause.verb == whole[-1].verb):
            whole[-1] = Clause(f"{whole[-1].text}{_between(clause.text)}{clause.text}", whole[-1].explicit)
        elif whole and not says:
            whole[-1] = Clause(f"{whole[-1].text}. {clause.text}", whole[-1].explicit)
        else:
            whole.append(clause)
    return whole


def _between(text: str) -> str:
    if not text.isascii() and text[0] > "\u2e80":
        return "，"
    return " and " if _verb(text) else ", "


def _where(found: list[Clause]) -> list[Clause]:
    """A step into a folder is not a step of its own: each step begins where the person is, so the rest says where it is."""
    folder, whole = "", []
    for clause in found:
        if (match := _ENTERS.search(clause.text)) and len(found) > 1:
            folder = next(filter(None, match.groups())).strip("'\"“”")
        else:
            whole.append(Clause(f"in {folder}: {clause.text}" if folder else clause.text, clause.explicit))
    return whole or found
