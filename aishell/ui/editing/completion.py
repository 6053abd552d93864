"""What could stand where the cursor is: commands at the start of a command, paths elsewhere, variables behind a `$`."""

from __future__ import annotations

import functools
import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Literal, NamedTuple

from aishell.core.text import visible
from aishell.ui.editing import quoting
from aishell.ui.editing.commands import Commands
from aishell.ui.editing.lexing import lex
from aishell.ui.editing.line import Line, shared_start
from aishell.ui.editing.words import Word, words

Sort = Literal["command", "folder", "file", "link", "program", "variable", "user"]

_LOOKING_S = 0.15
"""A folder that takes longer, on a slow disk or with a million names, is completed from what was seen of it."""
_MOST = 500
_FOLDERS_ONLY = frozenset(("cd", "pushd", "rmdir", "mkdir"))
_VARIABLE = re.compile(r"\$\{?(\w*)$")


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

    def put(self, line: Line) -> Line:
        """`line` with the candidate before the cursor."""
        blank = " " if self.final and not line.text.startswith(" ", line.at) else ""
        return written(line, self.start, self.insert + blank)


class Completion(NamedTuple):
    candidates: tuple[Candidate, ...]
    complete: bool = True
    """False when a folder was too big to be read in full."""

    def common(self) -> str:
        """What all candidates begin with."""
        return functools.reduce(shared_start, (candidate.insert for candidate in self.candidates))

    def settled(self, line: Line) -> Line | None:
        """The line with the only candidate, or with what all have in common; None when there is a choice to be made."""
        if len(self.candidates) == 1:
            return self.candidates[0].put(line)
        shared = self.common()
        start = self.candidates[0].start
        return written(line, start, shared) if len(shared) > line.at - start else None


def written(line: Line, start: int, text: str) -> Line:
    """`line` with `text` from `start` up to the cursor."""
    return Line(line.text[:start] + text + line.text[line.at :], start + len(text))


class Completer:
    def __init__(self, commands: Commands, environment: Callable[[], Mapping[str, str]] = lambda: os.environ) -> None:
        self._commands = commands
        self._environment = environment

    def complete(self, text: str, cursor: int, folder: str, *, seconds: float = _LOOKING_S) -> Completion:
        """Candidates for the word that ends at `cursor`. Reads the disk: for a thread.

        Hidden files only when a dot is typed. Case counts unless nothing else fits.
        """
        word = _word_at(text[:cursor])
        if word is None:
            return Completion(())
        written = text[word.start : word.end]
        if (variable := _VARIABLE.search(written)) and not written.startswith("'"):
            return Completion(tuple(self._variables(variable, word)))
        if re.fullmatch(r"~\w*", written):
            return Completion(tuple(_users(word, written)))
        if word.role == "command" and "/" not in written:
            return Completion(self._programs(word, quoting.read(written, self._environment())) if written else ())
        if (word.role == "assignment" or written.startswith("-")) and "=" in written:
            word = word._replace(start=word.start + written.index("=") + 1)
            written = text[word.start : word.end]
        return self._paths(word, written, folder, time.monotonic() + seconds)

    def _programs(self, word: Word, written: quoting.Written) -> tuple[Candidate, ...]:
        names = self._commands.starting(written.name, most=_MOST)
        return tuple(
            Candidate(written.with_name(name, final=True), visible(name), "command", word.start, word.end) for name in names
        )

    def _variables(self, match: re.Match[str], word: Word) -> Iterator[Candidate]:
        end = "}" if match[0].startswith("${") else ""
        for name in sorted(self._environment()):
            if name.startswith(match[1]) and name.isidentifier():
                written = f"{match[0][: -len(match[1]) or None]}{name}{end}"
                yield Candidate(written, f"${name}", "variable", word.start + match.start(), word.end, final=False)

    def _paths(self, word: Word, written: str, folder: str, deadline: float) -> Completion:
        meant = quoting.read(written, self._environment())
        parent, name = os.path.split(meant.name)
        found, complete = _names(os.path.join(folder, parent), name, deadline)
        if word.program in _FOLDERS_ONLY:
            found = [(each, sort) for each, sort in found if sort == "folder"] or found
        if word.role == "command":
            found = [(each, sort) for each, sort in found if sort in ("folder", "program")]
        start = word.start + len(meant.stem)
        candidates = [_candidate(each, sort, meant, start, word.end) for each, sort in found[:_MOST]]
        return Completion(tuple(candidates), complete and len(found) <= _MOST)


def _word_at(text: str) -> Word | None:
    """The word at the end of `text`, an empty one behind a blank; None in a comment or here-document."""
    *_, last = (None, *words(f"{text}x", lex(f"{text}x")))  # what an x there would be
    return last._replace(end=len(text)) if last and last.end == len(text) + 1 else None


def _names(parent: str, start: str, deadline: float) -> tuple[list[tuple[str, Sort]], bool]:
    """Names in `parent` that begin with `start`, in order; and whether all were seen."""
    exact: list[os.DirEntry[str]] = []
    alike: list[os.DirEntry[str]] = []
    complete = True
    folded = start.casefold()
    with suppress(OSError, ValueError), os.scandir(parent or ".") as files:
        for number, file in enumerate(files):
            if number % 512 == 511 and time.monotonic() > deadline:
                complete = False
                break
            if file.name.startswith(".") and not start.startswith("."):
                continue
            if file.name.startswith(start):
                exact.append(file)
            elif not exact and file.name.casefold().startswith(folded):
                alike.append(file)
    found = sorted(exact or alike, key=lambda file: file.name)[: _MOST + 1]
    return [(file.name, _sort(file)) for file in found], complete


def _sort(file: os.DirEntry[str]) -> Sort:
    with suppress(OSError):
        if file.is_dir():
            return "folder"
        if file.is_symlink():
            return "link"
        if os.access(file.path, os.X_OK):
            return "program"
    return "file"


def _candidate(name: str, sort: Sort, meant: quoting.Written, start: int, end: int) -> Candidate:
    final = sort != "folder"
    label = visible(name).replace("\n", "␊").replace("\t", "␉")
    insert = meant.with_name(name, final=final)
    return Candidate(insert if final else f"{insert}/", label if final else f"{label}/", sort, start, end, final)


def _users(word: Word, written: str) -> Iterator[Candidate]:
    import pwd

    for user in sorted(pwd.getpwall(), key=lambda user: user.pw_name):
        if user.pw_name.startswith(written[1:]):
            yield Candidate(f"~{user.pw_name}/", f"~{visible(user.pw_name)}/", "user", word.start, word.end, final=False)
