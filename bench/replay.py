"""Histories typed again, with suggestions."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aishell.core.suggestions import Typing
from aishell.core.typed import Entry
from aishell.memory.history.find import read_from
from aishell.suggest.gate import Gate
from aishell.suggest.outcomes import Outcomes
from aishell.suggest.suggester import Given, Suggester
from aishell.ui.editing.suggestion import next_word


class Way(Protocol):
    """A way to suggest."""

    def sent(self, line: str, folder: str) -> None: ...

    def begin(self, previous: tuple[str, ...], folder: str) -> None: ...

    def ghost(self, text: str) -> str:
        """The line that is shown behind `text`; empty for none."""
        ...

    def next_lines(self) -> list[str]:
        """The five likeliest lines, before anything is typed."""
        ...


@dataclass
class Replayed:
    """Counts over many lines."""

    lines: int = 0
    characters: int = 0
    keys: int = 0
    keys_by_word: int = 0
    first: int = 0
    among_five: int = 0
    shown_before: list[bool] = field(default_factory=list)
    """For each line shown before anything was typed, whether it was the one."""
    slowest_ms: float = 0.0

    def __iadd__(self, other: Replayed) -> Replayed:
        for name in ("lines", "characters", "keys", "keys_by_word", "first", "among_five", "shown_before"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.slowest_ms = max(self.slowest_ms, other.slowest_ms)
        return self

    def told(self) -> dict[str, float]:
        right = sum(self.shown_before)
        return {
            "lines": self.lines,
            "saved_whole": round(1 - self.keys / self.characters, 4),
            "saved_by_word": round(1 - self.keys_by_word / self.characters, 4),
            "next_line_first": round(self.first / self.lines, 4),
            "next_line_among_five": round(self.among_five / self.lines, 4),
            "shown_before_typing": len(self.shown_before),
            "right_of_these": round(right / max(len(self.shown_before), 1), 3),
            "slowest_key_ms": round(self.slowest_ms, 2),
        }


def replay(way: Way, lines: list[str], most: int) -> Replayed:
    """Type the last `most` lines, of the second half at most, and read in the rest."""
    done = Replayed()
    begin = max(len(lines) // 2, len(lines) - most)
    for at, (line, folder) in enumerate(zip(lines, folders(lines), strict=True)):
        if at >= begin:
            way.begin(tuple(lines[max(0, at - 2) : at]), folder)
            done.lines += 1
            done.characters += len(line)
            shown = _ghosts(way, line, done)
            done.keys += _keys(line, shown, by_word=False)
            done.keys_by_word += _keys(line, shown, by_word=True)
            following = way.next_lines()
            done.first += following[:1] == [line]
            done.among_five += line in following
            if shown[0]:
                done.shown_before.append(shown[0] == line)
        way.sent(line, folder)
    return done


def _ghosts(way: Way, line: str, done: Replayed) -> list[str]:
    """What is shown after each character of `line`."""
    shown: list[str] = []
    for length in range(len(line)):
        began = time.perf_counter()
        shown.append(way.ghost(line[:length]))
        done.slowest_ms = max(done.slowest_ms, (time.perf_counter() - began) * 1000)
    return shown


def _keys(line: str, shown: list[str], *, by_word: bool) -> int:
    """The fewest keys for `line`: a character, what is shown, or its next word each cost one."""
    fewest = [0] * (len(line) + 1)
    for at in range(len(line) - 1, -1, -1):
        ghost = shown[at]
        ways = [fewest[at + 1]]
        if ghost and line.startswith(ghost):
            ways.append(fewest[len(ghost)])
        if by_word and ghost and line.startswith(word := ghost[:at] + next_word(ghost[at:])):
            ways.append(fewest[len(word)])
        fewest[at] = 1 + min(ways)
    return fewest[0]


class Newest:
    """The newest line that begins as what is typed."""

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}
        self._order: list[str] = []

    def sent(self, line: str, folder: str) -> None:
        self._seen.pop(line, None)
        self._seen[line] = None

    def begin(self, previous: tuple[str, ...], folder: str) -> None:
        self._order = list(reversed(self._seen))

    def ghost(self, text: str) -> str:
        return next((line for line in self._order if line.startswith(text) and line != text), "") if text else ""

    def next_lines(self) -> list[str]:
        return self._order[:5]


class Frecency:
    """The line used most and latest: each use counts half as much after 200 more lines."""

    def __init__(self) -> None:
        self._weight: dict[str, float] = {}
        self._order: list[str] = []
        self._unit = 1.0

    def sent(self, line: str, folder: str) -> None:
        self._unit *= 2 ** (1 / 200)
        self._weight[line] = self._weight.get(line, 0.0) + self._unit
        if self._unit > 1e200:
            self._weight = {known: weight / self._unit for known, weight in self._weight.items()}
            self._unit = 1.0

    def begin(self, previous: tuple[str, ...], folder: str) -> None:
        self._order = sorted(self._weight, key=self._weight.__getitem__, reverse=True)

    def ghost(self, text: str) -> str:
        return next((line for line in self._order if line.startswith(text) and line != text), "") if text else ""

    def next_lines(self) -> list[str]:
        return self._order[:5]


class Ours:
    """aishell's, with what destroys held back as in use; without a judge, who would only slow the replay down."""

    def __init__(self, **others: object) -> None:
        self._news: list[Entry] = []
        self._place = Typing(text="", cursor=0, folder="")
        gate = Gate(secret=lambda line: False, forbidden=lambda line, folder: False)
        self.suggester = Suggester(
            Given(news=self._taken, outcomes=Outcomes(Path(os.devnull), str), gate=gate, **others)  # type: ignore[arg-type]
        )

    def _taken(self) -> tuple[list[Entry], bool]:
        news, self._news = self._news, []
        return news, False

    def sent(self, line: str, folder: str) -> None:
        self._news.append(Entry(line, folder))

    def begin(self, previous: tuple[str, ...], folder: str) -> None:
        self.suggester.read()
        self._place = Typing(text="", cursor=0, folder=folder, previous=previous)

    def ghost(self, text: str) -> str:
        found = self.suggester.suggest(self._at(text), 1)
        return found[0].line if found and found[0].ghost else ""

    def next_lines(self) -> list[str]:
        return [one.line for one in self.suggester.suggest(self._at(""), 5)]

    def _at(self, text: str) -> Typing:
        place = self._place
        return Typing(text=text, cursor=len(text), folder=place.folder, previous=place.previous)


def lines_of(file: Path) -> list[str]:
    """The lines of a history that are typed again: of one row, and no longer than a person types."""
    lines = (run.command.strip() for run in read_from(file, 0))
    return [line for line in lines if 0 < len(line) < 200 and "\n" not in line]


def folders(lines: list[str]) -> Iterator[str]:
    """Where each line was typed, as far as `cd` tells."""
    here = "~"
    for line in lines:
        yield here
        found = line.split()
        if found[:1] == ["cd"] and len(found) <= 2:
            there = found[1] if len(found) > 1 else "~"
            here = there if there[0] in "~/" else os.path.normpath(f"{here}/{there}")


def synthetic(length: int = 3000, seed: int = 7) -> list[str]:
    """A made-up person: projects with habits of their own, and files with names that come only once or twice."""
    made = random.Random(seed)
    projects = [f"project{number}" for number in range(6)]
    lines: list[str] = []
    while len(lines) < length:
        project, file = made.choice(projects), f"src/part{made.randrange(400)}.py"
        lines.append(f"cd ~/{project}")
        for _ in range(made.randrange(2, 6)):
            lines += made.choice(
                (
                    [f"vim {file}", f"python {file}", f"git add {file}", f"git commit -m 'step {made.randrange(10_000)}'"],
                    ["git status", "git pull", "make test"],
                    ["ls -la", f"cat {file}"],
                    ["docker compose up -d", "docker compose logs -f web"],
                    [f"grep -rn name{made.randrange(50)} src", f"vim {file}", "make test", "git push"],
                )
            )
    return lines
