"""What a request asks for besides its action, and where a command falls short of it. Frozen; no model, no input or output."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from aishell.planner.constraints.saying import CHINESE, FAULTS, Language

Kind = Literal[
    "keep",  # the original stays
    "shallow",  # no subfolders
    "deep",  # subfolders as well
    "count",  # a number, not a list; value: lines, words, characters, bytes or ""
    "total",  # one figure for all
    "each",  # one figure for each
    "sorted",  # value: name, size, time or ""; way: up, down or ""
    "limit",  # amount: how many; value: first, last, largest, smallest, newest, oldest
    "time",  # amount: seconds; way: less (younger than) or more (older than); value: m, a, c or ""
    "size",  # amount: bytes; way: less or more
    "except",  # value: what is left out
    "hidden",  # way: more (with hidden ones) or less (without)
    "type",  # value: files, folders or links
    "case",  # way: less (ignore it) or more (heed it)
    "word",  # whole words
    "empty",  # value: files, folders or ""
    "extension",  # value: without its dot
    "path",  # value: an absolute or home path that the request gives
    "name",  # value: a file name that the request gives
    "text",  # value: a quoted string that the request gives
    "content",  # what stands in files is to be looked at, and not their names
    "sort",  # value: temporary, backup, log, image, ...: files of a sort that people name without an ending
    "swap",  # value: a word that is to be replaced, or to replace one
    "number",  # value: a number that no other condition explains
    "output",  # value: the file that receives the result
    "human",  # sizes for people
    "names",  # names only, not their lines or details
    "lines",  # the lines themselves, not the names of their files
    "numbered",  # each line with its number
    "unique",  # no duplicates
    "mode",  # value: permission bits, octal
    "owner",  # value: a user or group
    "careful",  # ask before, or overwrite nothing
    "question",  # nothing is to be changed; value: the whole request
    "action",  # value: delete, copy, move, make
    "scope",  # no more and no less than asked; value: the whole request
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One condition of a request. What `value`, `amount` and `way` hold depends on the kind (see Kind)."""

    kind: Kind
    words: str
    """The words of the request that say so."""
    value: str = ""
    amount: float = 0.0
    way: Literal["", "less", "more", "up", "down"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way of not meeting a constraint. `name` is a key of `saying.FAULTS`."""

    name: str
    seen: str = ""
    """What is there instead: a program, an option, a path."""
    weight: float = 1.0
    """How much it says about the command, 0 to 1."""
    certain: bool = True
    """Whether the command cannot be right. Otherwise it is worth a warning and a lower rank, never a rejection."""


Finding = Fault | Literal["met", "unknown"]
"""What a look at a command says about one constraint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A constraint that a command, or what it did, does not meet."""

    constraint: Constraint
    fault: Fault

    @property
    def weight(self) -> float:
        return self.fault.weight

    @property
    def certain(self) -> bool:
        return self.fault.certain

    @property
    def sentence(self) -> str:
        """In English, without a full stop, as a model is told: "it should keep the original, but gzip removes it"."""
        return self.told("en")

    def told(self, language: Language) -> str:
        """In the language of a person. It holds words of the request and the command: foreign text."""
        template = FAULTS[self.fault.name][language]
        value = self.constraint.value
        if language == "zh" and self.constraint.kind in ("type", "empty", "count", "sorted", "action"):
            value = CHINESE.get(value, value)
        shown = {"words": self.constraint.words, "value": value, "seen": self.fault.seen}
        return template.format_map(shown)


def complaint(mismatches: Iterable[Mismatch], language: Language = "en", most: int = 2) -> str:
    """One sentence that names the weightiest mismatches, without a full stop; empty when there is none."""
    ranked = sorted(mismatches, key=lambda mismatch: (not mismatch.certain, -mismatch.weight))
    told = dict.fromkeys(mismatch.told(language) for mismatch in ranked)
    return ("；" if language == "zh" else "; ").join(list(told)[:most])
