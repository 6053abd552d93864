"""What can be completed at a place, whoever it comes from: put into one order, and written so that the shell reads it right."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from aishell.core import menu
from aishell.core.matching import Fit, Matcher
from aishell.core.menu import Offer, Offered
from aishell.core.text import one_line, visible
from aishell.ui.editing import quoting
from aishell.ui.editing.line import Line, shared_start

Sort = Literal["command", "folder", "file", "link", "program"] | menu.Sort

MOST = 500
_LONGEST = 1000
"""Characters of an offer."""
_WIDEST = 300
_WEIGHTS: dict[Sort, float] = {
    "file": 0.0,
    "option": 1.0,
    "completion": 1.2,
    "tag": 1.5,
    "subcommand": 1.5,
}
"""What stands first among those that fit alike: things of which one is looked for, 2, before words and files."""
_OF_THINGS = 2.0
_AWAITED = 1.0
"""A file that the completion function for the program would have there."""


class Candidate(NamedTuple):
    insert: str
    """What to write between `start` and `end`, quoted."""
    label: str
    """What to show, harmless."""
    sort: Sort
    start: int
    end: int
    final: bool = True
    """Whether the word ends with it; a folder's name may go on."""
    meaning: str = ""
    """What it is or does, harmless, on one line."""

    def put(self, line: Line) -> Line:
        """`line` with the candidate before the cursor."""
        blank = " " if self.final and not line.text.startswith(" ", line.at) else ""
        return written(line, self.start, self.insert + blank)


class Completion(NamedTuple):
    candidates: tuple[Candidate, ...]
    complete: bool = True
    """False when a folder was too big to be read in full, or there are more than a menu is for."""
    more: bool = False
    """Whether some source has not answered yet."""
    loose: bool = False
    """The candidates only have the letters that are typed; none begins with them."""

    def common(self) -> str:
        """What all candidates begin with."""
        return functools.reduce(shared_start, (candidate.insert for candidate in self.candidates))

    def settled(self, line: Line) -> Line | None:
        """The line with the only candidate, or with what all have in common; None when there is a choice to be made."""
        return None if self.more else self._clear(line)

    def may_settle(self, line: Line) -> bool:
        """Whether it is clear already, unless what has not come yet makes a choice of it."""
        return self.more and self._clear(line) is not None

    def _clear(self, line: Line) -> Line | None:
        if self.loose:
            return None
        if len(self.candidates) == 1:
            return self.candidates[0].put(line)
        shared = self.common()
        start = self.candidates[0].start
        return written(line, start, shared) if len(shared) > line.at - start else None


def written(line: Line, start: int, text: str) -> Line:
    """`line` with `text` from `start` up to the cursor."""
    return Line(line.text[:start] + text + line.text[line.at :], start + len(text))


class Ranked(NamedTuple):
    """A candidate that fits, to be put into order."""

    candidate: Candidate
    fit: Fit
    weight: float
    text: str
    """The word it makes, unquoted."""


def in_order(ranked: Iterable[Ranked], *, complete: bool = True, more: bool = False) -> Completion:
    """Those with the best fit, each word once, the heaviest first, else as they come."""
    ranked = list(ranked)
    best = max((each.fit for each in ranked), default=Fit.NONE)
    if more and best != Fit.EXACT:
        return Completion((), complete, more)  # who has not answered yet may know one that fits better
    found: dict[str, Ranked] = {}
    for each in ranked:
        if each.fit == best:
            key = each.text.rstrip("/=") or each.text
            found[key] = _joined(found[key], each) if key in found else each
    ordered = sorted(found.values(), key=lambda each: -each.weight)
    candidates = tuple(each.candidate for each in ordered[:MOST])
    return Completion(candidates, complete and len(ordered) <= MOST, more, loose=best == Fit.LOOSE)


def _joined(one: Ranked, other: Ranked) -> Ranked:
    """Two that make the same word: the one of which more is known, with the weight of the heavier."""
    best = other if other.candidate.meaning and not one.candidate.meaning else one
    return best._replace(weight=max(one.weight, other.weight))


def of_offers(offered: Offered, word: str, written: str, start: int, end: int) -> Iterator[Ranked]:
    """The offers that fit `word`, which is `written` so between `start` and `end`."""
    matcher = Matcher(word)
    for offer in offered.offers:
        fit = matcher.fit(offer.text) if _may_stand(offer) else Fit.NONE
        if fit != Fit.NONE:
            closeness = matcher.closeness(offer.text) if fit == Fit.LOOSE else 0.0
            candidate = Candidate(
                insert=_written(offer, written),
                label=one_line(offer.text),
                sort=offer.sort,
                start=start,
                end=end,
                final=offer.final,
                meaning=one_line(offer.meaning, _WIDEST),
            )
            yield Ranked(candidate, fit, _WEIGHTS.get(offer.sort, _OF_THINGS) + closeness, offer.text)


def _may_stand(offer: Offer) -> bool:
    """A name that begins with a dash would be taken for an option: only what is one may."""
    named_so = offer.text.startswith("-") and offer.sort not in ("option", "value")
    return bool(offer.text) and len(offer.text) <= _LONGEST and not named_so and offer.sort != "file"


def _written(offer: Offer, typed: str) -> str:
    """In the quotes that the word begins with, when it begins with some."""
    mark = typed[:1] if typed[:1] in ("'", '"') and not quoting.needs_code(offer.text) else ""
    quote: quoting.Quote = "'" if mark == "'" else '"' if mark == '"' else ""
    return f"{mark}{quoting.quote(offer.text, quote)}{mark if offer.final else ''}"


def awaited(files: Sequence[Ranked], offered: Offered) -> Iterator[Ranked]:
    """Files, with more weight for those that the completion function for the program would have there."""
    wanted = {offer.text.rstrip("/") for offer in offered.offers if offer.sort == "file"}
    for file in files:
        yield file._replace(weight=file.weight + _AWAITED) if file.text.rstrip("/") in wanted else file


def shown(name: str) -> str:
    """A name on one line, in which a line's end is seen."""
    return visible(name).replace("\n", "␊").replace("\t", "␉")
