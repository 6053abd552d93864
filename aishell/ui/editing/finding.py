"""Lines found again: the one that begins as what is typed, the ones before and after it, the ones that hold some words."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from aishell.core.text import visible
from aishell.ui.editing.history import Entry, LineHistory

_START = 3
"""Entries are found by so many first characters; more would only cost memory."""


class Finder:
    """Answers about a history while it grows. A key stroke costs microseconds, also with 100,000 lines."""

    def __init__(self, history: LineHistory) -> None:
        self._history = history
        self._version = -1
        self._indexed = 0
        self._starts: dict[str, list[str]] = {}
        """The lines that begin with one, two or three characters, in the order they were typed."""
        self._here: dict[str, list[str]] = {}
        """Likewise of one folder only."""
        self._folder = ""
        self._lowered: list[str] = []
        self._lowered_version = -1
        self._ready = False
        self._reading = threading.Lock()

    def prepare(self, folder: str) -> None:
        """Read the history and get ready for `folder`. Takes a third of a second for 100,000 lines: for a thread, once."""
        with self._reading:
            self._history.load()
            self._index(folder)
            self._lower()
        self._ready = True

    def ghost(self, typed: str, folder: str) -> str:
        """The newest line that begins with `typed`, first of those typed in `folder`; empty when there is none."""
        if not self._ready or not typed.strip() or "\n" in typed:
            return ""
        self._index(folder)
        for lines in (self._here, self._starts):
            for line in reversed(lines.get(typed[:_START], ())):
                if line.startswith(typed) and len(line) > len(typed):
                    return line
        return ""

    def before(self, prefix: str) -> Iterator[str]:
        """Each line that begins with `prefix`, newest first, once; harmless to show."""
        seen = {""}
        for line in (self._history.unkept, *(entry.text for entry in reversed(self._history.entries))):
            if line.startswith(prefix) and line not in seen:
                seen.add(line)
                yield visible(line)

    def search(self, terms: str, *, most: int = 200) -> list[Entry]:
        """The newest lines that hold every blank-separated term, once each; case counts only for a term with capitals."""
        with self._reading:
            self._lower()
        needles = sorted(terms.split(), key=len, reverse=True)
        found: dict[str, Entry] = {}
        entries, lowered = self._history.entries, self._lowered
        first = needles[0].lower() if needles else ""
        for at in range(len(lowered) - 1, -1, -1):
            if first in lowered[at] and (entry := entries[at]).text not in found and _holds(entry.text, lowered[at], needles):
                found[entry.text] = entry
                if len(found) >= most:
                    break
        return list(found.values())

    def _index(self, folder: str) -> None:
        entries = self._history.entries
        if self._history.version != self._version:
            self._version, self._indexed, self._folder = self._history.version, 0, ""
            self._starts.clear()
        for entry in entries[self._indexed :]:
            _add(self._starts, entry.text)
            if entry.folder == self._folder:
                _add(self._here, entry.text)
        self._indexed = len(entries)
        if folder != self._folder:
            self._folder = folder
            self._here.clear()
            for entry in entries:
                if entry.folder == folder:
                    _add(self._here, entry.text)

    def _lower(self) -> None:
        entries = self._history.entries
        if self._history.version != self._lowered_version:
            self._lowered_version = self._history.version
            self._lowered.clear()
        self._lowered += [entry.text.lower() for entry in entries[len(self._lowered) :]]


class Walk:
    """Up and Down through the lines that begin with what was typed."""

    def __init__(self, finder: Finder, typed: str) -> None:
        self._finder = finder
        self._lines: Iterator[str] = iter(())
        self._seen = [typed]
        self._at = 0

    @property
    def line(self) -> str:
        return self._seen[self._at]

    def older(self) -> str | None:
        """The line before; None when there is none."""
        if self._at + 1 == len(self._seen):
            if not self._at:  # the history is read behind the prompt, and may not have been there before
                self._lines = self._finder.before(self.line)
            line = next((line for line in self._lines if line not in self._seen), None)
            if line is None:
                return None
            self._seen.append(line)
        self._at += 1
        return self.line

    def newer(self) -> str | None:
        """The line after; at the end what was typed; None behind that."""
        if not self._at:
            return None
        self._at -= 1
        return self.line


def _add(starts: dict[str, list[str]], line: str) -> None:
    for length in range(1, min(_START, len(line)) + 1):
        starts.setdefault(line[:length], []).append(line)


def _holds(text: str, lowered: str, needles: list[str]) -> bool:
    return all(needle in (lowered if needle.islower() else text) for needle in needles)
