"""What is known of programs: read from their documentation when it is asked for, then kept."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from aishell import __version__
from aishell.core.command import Word
from aishell.core.errors import AishellError, TookTooLong
from aishell.core.programs import Examples, Option, Origin, Program
from aishell.programs import pages
from aishell.programs.arguments import taken
from aishell.programs.cache import Cache

_WORD = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_DEEPEST = 4
"""Words of a subcommand: `gcloud compute instances list`."""
_OPTION = re.compile(r"(?<=\s)-{1,2}[A-Za-z][\w-]*(?=\s|=|$)")


_SYNONYM = re.compile(r"(?i)a synonym for (?:the )?[`\"'](\w+)")
"""What the help of a builtin says that only names another."""
_FULLER = frozenset({"[", "test", "kill"})
"""Builtins whose help says in one line what the page of the program of that name lists."""


def no_examples(_name: str) -> Examples | None:
    return None


def none_harmless(_name: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Stage:
    program: Program
    above: tuple[Program, ...]
    """Those whose subcommand it is, the nearest first."""
    at: int
    """The word that names it."""


class Programs:
    """`examples` knows programs that have no documentation here; `harmless` those that do nothing when asked for --help.

    `own`: words that run programs of ours, which print their help and do nothing else, wherever they lie.
    """

    def __init__(
        self,
        cache: Cache | None = None,
        *,
        builtins: frozenset[str] = frozenset(),
        examples: Callable[[str], Examples | None] = no_examples,
        harmless: Callable[[str], bool] = none_harmless,
        own: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        self._cache = cache
        self.builtins = builtins
        self._examples = examples
        self._harmless = harmless
        self.own = own
        self._read: dict[str, Program] = {}

    def get(self, name: str) -> Program:
        """The program, or builtin of bash, of this name; with an empty origin when nothing is known of it."""
        base = os.path.basename(name)
        if not pages.is_name(base) or (base != name and os.path.realpath(name) != pages.system_file(base)):
            return Program(name=name)  # somebody's own: a page of the same name may be about another
        return self._kept(base, ())

    def stages(self, words: Sequence[Word]) -> list[Stage]:
        """The program that the first of `words` names, then each subcommand that has documentation of its own.

        `git -C x commit` is git, and from its fourth word on git commit.
        """
        found = [Stage(self.get(words[0].literal), (), 0)]
        while len(found) <= _DEEPEST and (inner := self._inner(found[-1], words)):
            found.append(inner)
        return found

    def _inner(self, stage: Stage, words: Sequence[Word]) -> Stage | None:
        program = stage.program
        pieces = taken(program, words[stage.at :], above=stage.above)
        at = stage.at + next((piece.at for piece in pieces if piece.kind == "operand"), 0)
        word = words[at].literal if at > stage.at and words[at].fixed else ""
        if not _WORD.fullmatch(word):
            return None
        name, *subcommands = program.name.split(" ")
        listed = program.subcommand(word)
        if listed and listed.page not in ("", program.name, f"{program.name}-{word}"):
            inner = self._kept(listed.page, ())
        elif listed or program.carries or name in self.own:
            inner = self._kept(
                name, (*subcommands, word), printed=name in self.own or (listed is not None and program.origin == "--help")
            )
        else:
            return None
        return Stage(inner, (program, *stage.above), at) if inner.origin else None

    def _kept(self, name: str, subcommands: tuple[str, ...], *, printed: bool = True) -> Program:
        """`printed`: whether the program itself may be asked, when there is no manual page."""
        whole = " ".join((name, *subcommands))
        if whole not in self._read:
            state = self._state(name)
            found = self._cached(whole, state)
            if found is None:
                found = self._documented(name, subcommands, state, printed=printed)
            if not found.origin and not subcommands:
                found = self._of_examples(name)
            self._read[whole] = found
        return self._read[whole]

    def _cached(self, whole: str, state: str) -> Program | None:
        return (self._cache.get(whole, state) or self._cache.get(whole, _late(state))) if self._cache else None

    def _documented(self, name: str, subcommands: tuple[str, ...], state: str, *, printed: bool) -> Program:
        """From its documentation, and into the cache: what did not answer in time is not asked again on the same day."""
        found = Program(name=" ".join((name, *subcommands)))
        try:
            found = self._of_page(name, subcommands) or found
            asked = printed and not found.complete and found.name not in self.builtins
            if asked and (said := self._of_help(name, subcommands)):
                page_first = found.origin and len(found.options) >= len(said.options)
                found = _joined(found, said) if page_first else _joined(said, found)
        except TookTooLong:
            state = _late(state)
        if self._cache and (found.origin or shutil.which(name)):
            self._cache.put(found.name, state, found)
        return found

    def _state(self, name: str) -> str:
        """What the documentation depends on: the program, `man`, and what --help is confined by."""
        if name in self.own:
            return __version__
        files = (shutil.which(name) or "", shutil.which("man") or "", shutil.which("bwrap") or "")
        return "|".join(f"{file}:{_stamp(file)}" for file in files)

    def _of_page(self, name: str, subcommands: tuple[str, ...]) -> Program | None:
        whole = " ".join((name, *subcommands))
        if whole in self.builtins and (text := pages.builtin_help(name)):
            if same := _SYNONYM.search(text):
                text = pages.builtin_help(same[1])
            builtin = _taken_apart(whole, text, origin="help", summary=_builtin_summary(text))
            return _with_page(builtin) if name in _FULLER else builtin
        for joined in {"-".join((name, *subcommands)): None, "_".join((name, *subcommands)): None}:
            if text := pages.man_page(joined, sections=pages.PROGRAMS, columns=pages.WIDE):
                return _taken_apart(whole, text, origin="man", summary=pages.man_summary(text))
        return None

    def _of_help(self, name: str, subcommands: tuple[str, ...]) -> Program | None:
        if name in self.own:
            text = pages.own_help([*self.own[name], *subcommands])
            whole = " ".join((name, *subcommands))
            return _taken_apart(whole, text, origin="--help", summary=_own_summary(text)) if text else None
        try:
            text = pages.help_text(name, subcommands, harmless=not subcommands and self._harmless(name))
            if subcommands and text == pages.help_text(name, subcommands[:-1]):
                return None  # it took no notice of the word
        except TookTooLong:
            raise
        except AishellError:
            return None
        return _taken_apart(" ".join((name, *subcommands)), text, origin="--help", summary=pages.help_summary(text, name))

    def _of_examples(self, name: str) -> Program:
        """Of somebody's examples those with one option: then it is what they are about."""
        from aishell.programs.sentences import sentence

        known = self._examples(name)
        if known is None:
            return Program(name=name)
        options: dict[str, Option] = {}
        for example in known.examples:
            found = _OPTION.findall(example.command)
            if len(found) == 1 and example.command.split()[:1] == [name]:
                meaning = sentence(example.about.rstrip(":"))
                options.setdefault(found[0], Option(names=(found[0],), optional=True, meaning=meaning))
        return Program(name=name, origin="examples", summary=sentence(known.summary), options=tuple(options.values()))


def _taken_apart(name: str, text: str, *, origin: Origin, summary: str) -> Program:
    from aishell.programs import entries  # not for who finds all in the cache

    return entries.program(name, text, origin=origin, summary=summary)


def _late(state: str) -> str:
    return f"{state}|late on {date.today()}"


def _stamp(file: str) -> str:
    try:
        status = os.stat(file)
    except OSError:
        return ""
    return f"{status.st_mtime_ns}:{status.st_size}"


def _builtin_summary(text: str) -> str:
    """The second line: the first is its usage."""
    return next((line.strip() for line in text.splitlines()[1:] if line.strip()), "")


def _own_summary(text: str) -> str:
    """What stands behind the name in the first line, or else the paragraph behind the usage."""
    first, *paragraphs = text.split("\n\n")
    return first.partition(" - ")[2] or next((part for part in paragraphs[:1] if not part.partition("\n")[0].endswith(":")), "")


def _with_page(builtin: Program) -> Program:
    """With the options that only the page of the program of the same name has an entry for."""
    text = pages.man_page(builtin.name, sections=pages.PROGRAMS, columns=pages.WIDE)
    return _joined(builtin, _taken_apart(builtin.name, text, origin="man", summary="")) if text else builtin


def _joined(first: Program, more: Program) -> Program:
    """What two texts say of one program; where both speak of an option, the first."""
    taken = {(name, bool(option.argument)) for option in first.options for name in option.names}
    summary = next((one.summary for one in (first, more) if one.origin == "man" and one.summary), first.summary)
    options = (one for one in more.options if not taken & {(name, bool(one.argument)) for name in one.names})
    return replace(
        first,
        summary=summary,
        options=(*first.options, *options),
        subcommands=first.subcommands or more.subcommands,
        mentioned=first.mentioned | more.mentioned,
        complete=first.complete or more.complete,
    )
