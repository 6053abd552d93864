"""What was read of programs, kept as JSON files of the user's own: reading a manual page takes 200 ms, reading this 1 ms."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from aishell.core.programs import Option, Program, Subcommand

_FORMAT = 1
"""Counts up when the same documentation is taken apart differently."""
_MOST_FILES = 400
_MOST_BYTES = 2 << 20


class Cache:
    """Files of one folder, at most 400, the longest unused dropped first. What cannot be read or written is done without."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, name: str, state: str) -> Program | None:
        """The program kept under `name`, if it was kept in this `state` of the machine."""
        file = self._folder / f"{name}.json"
        try:
            if file.stat().st_size > _MOST_BYTES:
                return None
            table = json.loads(file.read_text("utf-8"))
            if table["state"] != [_FORMAT, state]:
                return None
            found = _program(table["program"])
            os.utime(file)
            return found
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def put(self, name: str, state: str, program: Program) -> None:
        file = self._folder / f"{name}.json"
        part = self._folder / f".{name}.{os.getpid()}"
        text = json.dumps({"state": [_FORMAT, state], "program": _table(program)}, ensure_ascii=False)
        with suppress(OSError, UnicodeEncodeError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
                    out.write(text)
                part.replace(file)
            finally:
                part.unlink(missing_ok=True)
            self._bound()

    def _bound(self) -> None:
        files = list(self._folder.iterdir())
        if len(files) > _MOST_FILES:
            for file in sorted(files, key=lambda file: file.stat().st_mtime)[: len(files) - _MOST_FILES * 3 // 4]:
                file.unlink(missing_ok=True)


def _table(program: Program) -> dict[str, Any]:
    return {
        "name": program.name,
        "origin": program.origin,
        "summary": program.summary,
        "options": [[list(one.names), one.argument, one.optional, one.meaning] for one in program.options],
        "subcommands": [[one.name, one.meaning, one.page] for one in program.subcommands],
        "mentioned": sorted(program.mentioned),
        "carries": program.carries,
        "complete": program.complete,
    }


def _program(table: dict[str, Any]) -> Program:
    """Raises KeyError, ValueError, TypeError."""
    options = tuple(
        Option(names=tuple(map(str, names)), argument=str(argument), optional=bool(optional), meaning=str(meaning))
        for names, argument, optional, meaning in table["options"]
    )
    return Program(
        name=str(table["name"]),
        origin=table["origin"],
        summary=str(table["summary"]),
        options=options,
        subcommands=tuple(
            Subcommand(name=str(name), meaning=str(meaning), page=str(page)) for name, meaning, page in table["subcommands"]
        ),
        mentioned=frozenset(map(str, table["mentioned"])),
        carries=bool(table["carries"]),
        complete=bool(table["complete"]),
    )
