"""What programs say they understand: options, what these take, and subcommands, with their meanings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from aishell.core.command import Word
from aishell.core.menu import Offer, Typed
from aishell.core.programs import Option, Program
from aishell.programs.arguments import taken
from aishell.programs.known import Programs, Stage
from aishell.suggest.menu.source import Source

_LONGEST_NAME = 60
_FRESH_S = 60.0
_WHEN = ("auto", "always", "never")
"""What GNU's programs mean where they write WHEN."""
_ENTRY = r"[`'\"‘“]?([A-Za-z0-9][\w.+-]*)[`'\"’”]?(?:\s*\([^()]*\))?"
_BETWEEN = r"(?:,\s*(?:and|or)\s+|,\s*|\s+or\s+|\s+and\s+|\s*\|\s*)"
_LISTED = re.compile(
    rf"(?i:\bone of|\bcan be|\bmay be|\bmust be|\bis either|\beither|:)\s*(?::\s*)?({_ENTRY}(?:{_BETWEEN}{_ENTRY})+)"
)
_BRACED = re.compile(r"[\[{(]?([A-Za-z0-9][\w.+-]*(?:\s*\|\s*[A-Za-z0-9][\w.+-]*)+)[\]})]?")


def sources(programs: Callable[[], Programs]) -> list[Source]:
    """`programs` is called when something is first asked: opening it takes a while."""
    return [
        Source(
            name="options",
            at=lambda typed: typed.word.startswith(("-", "+")) or bool(typed.before and typed.before[-1].startswith("-")),
            offers=lambda typed: _options(programs(), typed),
            fresh_s=_FRESH_S,
            reads=_kind,
        ),
        Source(
            name="subcommands",
            at=lambda typed: re.fullmatch(r"[a-z][\w-]*|", typed.word) is not None,
            offers=lambda typed: _subcommands(programs(), typed),
            fresh_s=_FRESH_S,
        ),
    ]


def _kind(typed: Typed) -> str:
    """Which options are asked for: short or long ones, or what one of them takes. To look them up for each letter that is typed
    would keep a processor busy."""
    name, equals, _ = typed.word.partition("=")
    return f"{name}=" if equals else typed.word[:2] if typed.word.startswith(("-", "+")) else ""


def _stages(programs: Programs, typed: Typed) -> list[Stage]:
    return programs.stages([Word(literal=word, fixed=True) for word in typed.words[:-1]])


def _options(programs: Programs, typed: Typed) -> Iterator[Offer]:
    stages = _stages(programs, typed)
    name, equals, _ = typed.word.partition("=")
    if equals and name.startswith("--"):
        option = _known(stages, name)
        for value in values(option) if option else ():
            yield Offer(text=f"{name}={value}", sort="value", meaning=_of(option))
        return
    before = _known(stages, typed.before[-1]) if typed.before else None
    if before and before.argument and not before.optional:
        yield from (Offer(text=value, sort="value", meaning=_of(before)) for value in values(before))
    elif typed.word.startswith(("-", "+")):
        yield from _named(stages[-1].program, typed.word)


def _known(stages: list[Stage], name: str) -> Option | None:
    return next((found for stage in reversed(stages) if (found := stage.program.option(name))), None)


def _named(program: Program, word: str) -> Iterator[Offer]:
    """Behind a lone dash each option once; else each name of the kind that is typed. The others stand before the meaning."""
    for option in program.options:
        names = [name for name in option.names if name[0] == word[0] and len(name) < _LONGEST_NAME and "NUM" not in name]
        shown = names[:1] if len(word) == 1 else [name for name in names if name.startswith("--") == word.startswith("--")]
        for name in shown:
            others = [other for other in names if other != name]
            aside = " ".join(filter(None, (", ".join(others), option.argument)))
            attached = name.startswith("--") and bool(option.argument) and not option.optional
            yield Offer(
                text=f"{name}{'=' * attached}",
                sort="option",
                meaning=f"({aside}) {option.meaning}" if aside else option.meaning,
                final=not attached,
            )


def _of(option: Option | None) -> str:
    return f"{option.names[-1]} {option.argument}".strip() if option else ""


def values(option: Option) -> tuple[str, ...]:
    """What it can be given, where its documentation lists that."""
    if option.argument == "WHEN":
        return _WHEN
    if braced := _BRACED.fullmatch(option.argument):
        return tuple(re.split(r"\s*\|\s*", braced[1]))
    if listed := _LISTED.search(option.meaning):
        return tuple(dict.fromkeys(re.findall(_ENTRY, re.sub(rf"{_BETWEEN}", " , ", listed[1]))))
    return ()


def _subcommands(programs: Programs, typed: Typed) -> Iterator[Offer]:
    *above, stage = _stages(programs, typed)
    words = [Word(literal=word, fixed=True) for word in typed.words[stage.at : -1]]
    outer = [one.program for one in reversed(above)]
    if any(part.kind != "option" for part in taken(stage.program, words, above=outer)):
        return
    for subcommand in stage.program.subcommands:
        yield Offer(text=subcommand.name, sort="subcommand", meaning=subcommand.meaning)
