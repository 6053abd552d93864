"""What could stand where the cursor is: commands at the start of a command, paths elsewhere, variables behind a `$`.

What else may stand there, such as options and branches, comes from a menu that it is given.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from aishell.core.matching import Fit
from aishell.core.menu import Menu, Offered
from aishell.core.text import one_line, visible
from aishell.ui.editing import paths, quoting
from aishell.ui.editing.calls import Place, place
from aishell.ui.editing.candidates import Candidate, Completion, Ranked, awaited, in_order, of_offers, shown
from aishell.ui.editing.commands import Commands

_LOOKING_S = 0.15
"""A folder that takes longer, on a slow disk or with a million names, is completed from what was seen of it."""
_FOLDERS_ONLY = frozenset(("cd", "pushd", "rmdir", "mkdir"))
_EXPLAINED = 40
"""Commands, of which a menu shows eight at a time."""
_VARIABLE = re.compile(r"\$\{?(\w*)$")
_USER = re.compile(r"~\w*")


class Completer:
    def __init__(
        self,
        commands: Commands,
        environment: Callable[[], Mapping[str, str]] = lambda: os.environ,
        menu: Menu | None = None,
        about: Callable[[Sequence[str]], Mapping[str, str]] | None = None,
        failed: Callable[[Exception], None] = lambda error: None,
    ) -> None:
        """`menu` knows what else than names may stand at a place, `about` what commands are for.

        They read what others have written. When something goes wrong there, `failed` is told, and names alone are completed.
        """
        self._commands = commands
        self._environment = environment
        self._menu = menu
        self._about = about
        self._failed = failed

    def complete(self, text: str, cursor: int, folder: str, *, seconds: float = _LOOKING_S) -> Completion:
        """Candidates for the word that ends at `cursor`, from all sources that answer in time."""
        *_, last = self.stages(text, cursor, folder, seconds=seconds)
        return last

    def stages(self, text: str, cursor: int, folder: str, *, seconds: float = _LOOKING_S) -> Iterator[Completion]:
        """Candidates for the word that ends at `cursor`: what is at hand, then what else has come. One at least, each whole.

        Reads the disk and waits: for a thread. Case counts unless nothing else fits, and so does the beginning.
        """
        try:
            yield from self._stages(text, cursor, folder, seconds)
        except Exception as error:
            if not (self._menu or self._about):
                raise
            self._menu = self._about = None
            self._failed(error)
            yield from self._stages(text, cursor, folder, seconds)

    def _stages(self, text: str, cursor: int, folder: str, seconds: float) -> Iterator[Completion]:
        at = place(text[:cursor], folder, self._environment())
        if at is None:
            yield Completion(())
            return
        names_only = _VARIABLE.search(at.written) or _USER.fullmatch(at.written)
        asked = self._menu(at.typed) if self._menu and at.typed and not names_only else None
        ranked, complete = self._own(at, time.monotonic() + seconds)
        if asked is None:
            yield self._explained(in_order(ranked, complete=complete))
            return
        for offered in asked:
            yield _with_offers(at, ranked, offered, complete=complete)

    def _own(self, at: Place, deadline: float) -> tuple[list[Ranked], bool]:
        """What needs no menu; and whether it is all."""
        word, written = at.word, at.written
        if (variable := _VARIABLE.search(written)) and not written.startswith("'"):
            return list(self._variables(variable, at)), True
        if _USER.fullmatch(written):
            return list(_users(at)), True
        if word.role == "command" and "/" not in written:
            return (self._programs(at) if written else []), True
        return self._paths(at, deadline)

    def _programs(self, at: Place) -> list[Ranked]:
        meant = quoting.read(at.written, self._environment())
        return [
            Ranked(
                Candidate(meant.with_name(name, final=True), visible(name), "command", at.word.start, at.word.end),
                fit,
                weight,
                name,
            )
            for name, fit, weight in self._commands.like(meant.name)
        ]

    def _explained(self, completion: Completion) -> Completion:
        """With what the first of the commands are for."""
        names = [each.label for each in completion.candidates[:_EXPLAINED] if each.sort == "command"]
        if not self._about or len(names) < 2:
            return completion
        about = self._about(names)
        told = (
            each._replace(meaning=one_line(about.get(each.label, ""))) if each.sort == "command" else each
            for each in completion.candidates
        )
        return completion._replace(candidates=tuple(told))

    def _variables(self, match: re.Match[str], at: Place) -> Iterator[Ranked]:
        end = "}" if match[0].startswith("${") else ""
        for name in sorted(self._environment()):
            if name.startswith(match[1]) and name.isidentifier():
                insert = f"{match[0][: -len(match[1]) or None]}{name}{end}"
                start = at.word.start + match.start()
                yield Ranked(Candidate(insert, f"${name}", "variable", start, at.word.end, final=False), Fit.EXACT, 0.0, insert)

    def _paths(self, at: Place, deadline: float) -> tuple[list[Ranked], bool]:
        word, kept = at.word, 0
        if (word.role == "assignment" or at.written.startswith("-")) and "=" in at.written:
            kept = at.written.index("=") + 1
        written = at.written[kept:]
        meant = quoting.read(written, self._environment())
        parent, name = os.path.split(meant.name)
        names = paths.names(os.path.join(at.folder, parent), name, deadline)
        found = names.found
        if word.program in _FOLDERS_ONLY:
            found = [each for each in found if each.sort == "folder"] or found
        if word.role == "command":
            found = [each for each in found if each.sort in ("folder", "program")]
        start = word.start + kept
        before = quoting.read(at.written[:kept], self._environment()).name + os.path.join(parent, "")
        ranked = [_of_path(each, names.fit, meant, start, word.end, before) for each in found]
        return ranked, names.complete


def _of_path(found: paths.Found, fit: Fit, meant: quoting.Written, start: int, end: int, before: str) -> Ranked:
    """`before`: what the word has before the name, unquoted."""
    final = found.sort != "folder"
    slash = "" if final else "/"
    dashed = not before and found.name.startswith("-")  # which a program would take for an option
    insert = meant.with_name(f"./{found.name}" if dashed else found.name, final=final)
    at = start + len(meant.stem)
    candidate = Candidate(f"{insert}{slash}", f"{shown(found.name)}{slash}", found.sort, at, end, final)
    return Ranked(candidate, fit, found.weight, f"{before}{found.name}")


def _with_offers(at: Place, own: list[Ranked], offered: Offered, *, complete: bool) -> Completion:
    """Everything between the same two places of the line."""
    assert at.typed
    start = at.word.start
    offers = list(of_offers(offered, at.typed.word, at.written, start, at.word.end))
    if offered.alone and offers:
        return in_order(offers, more=offered.more)
    whole = [each._replace(candidate=_from(start, each.candidate, at)) for each in awaited(own, offered)]
    return in_order((*offers, *whole), complete=complete, more=offered.more)


def _from(start: int, candidate: Candidate, at: Place) -> Candidate:
    kept = at.written[: candidate.start - start]
    return candidate._replace(insert=f"{kept}{candidate.insert}", start=start)


def _users(at: Place) -> Iterator[Ranked]:
    import pwd

    for user in sorted(pwd.getpwall(), key=lambda user: user.pw_name):
        if user.pw_name.startswith(at.written[1:]):
            name = f"~{user.pw_name}/"
            yield Ranked(
                Candidate(name, f"~{visible(user.pw_name)}/", "user", at.word.start, at.word.end, final=False),
                Fit.EXACT,
                0.0,
                name,
            )
