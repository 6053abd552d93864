"""What `python -m` can run, and the tests that pytest would find. Nothing of it is imported or run."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from aishell.core.menu import Offer, Typed
from aishell.suggest.menu.source import Source

_PYTHON = re.compile(r"(?:.*/)?(?:python(?:\d(?:\.\d+)?)?|pypy3?)")
_RUNS = re.compile(r"^if __name__ == ['\"]__main__['\"]", re.M)
_DOCSTRING = re.compile(r"\s*(?:#[^\n]*\n\s*)*[rRuU]?(\"\"\"|''')(.*?)(?:\1|\n)", re.S)
_DEFINED = re.compile(r"^(?P<indent>[ \t]*)(?:async )?(?P<sort>def|class) (?P<name>\w+)", re.M)
_LONGEST = 1 << 18
_LOOKING_S = 0.25
_MOST_TESTS = 1000
_LEFT_OUT = frozenset(("node_modules", "__pycache__", "venv", "build", "dist", "site-packages"))


def sources() -> list[Source]:
    return [
        Source(name="python", at=_at_module, offers=_modules, alone=True, fresh_s=30.0),
        Source(name="tests", at=_at_test, offers=_tests, fresh_s=5.0, reads=_file),
    ]


def _at_module(typed: Typed) -> bool:
    return bool(_PYTHON.fullmatch(typed.program)) and typed.before[-1:] == ("-m",)


def _modules(typed: Typed) -> Iterator[Offer]:
    until = time.monotonic() + _LOOKING_S
    seen = set()
    for place in (Path(typed.folder), *_libraries(typed.program)):
        for entry in sorted(_entries(place), key=lambda entry: entry.name):
            if time.monotonic() > until:
                return
            name = entry.name.removesuffix(".py")
            if (
                name.isidentifier()
                and not name.startswith("_")
                and name not in seen
                and (about := _runnable(entry)) is not None
            ):
                seen.add(name)
                yield Offer(text=name, sort="module", meaning=about)


def _libraries(program: str) -> Iterator[Path]:
    """Where this Python keeps its modules: beside it, and beside the one that it leads to."""
    found = shutil.which(program)
    if not found:
        return
    for file in dict.fromkeys((os.path.abspath(found), os.path.realpath(found))):
        for library in sorted((Path(file).parent.parent / "lib").glob("python3*"), reverse=True)[:2]:
            yield library / "site-packages"
            yield library / "dist-packages"
            yield library


def _entries(place: Path) -> list[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(place) as entries:
        return list(entries)
    return []


def _runnable(entry: os.DirEntry[str]) -> str | None:
    """What a module says it is for; None when running it does nothing."""
    with suppress(OSError):
        if entry.is_dir():
            return _about(Path(entry.path) / "__init__.py") if os.path.isfile(f"{entry.path}/__main__.py") else None
        if entry.name.endswith(".py") and entry.is_file() and _RUNS.search(_text(Path(entry.path))):
            return _about(Path(entry.path))
    return None


def _about(file: Path) -> str:
    match = _DOCSTRING.match(_text(file))
    return match[2].strip() if match else ""


def _text(file: Path) -> str:
    with suppress(OSError):
        if file.is_file():
            with file.open(encoding="utf-8", errors="replace") as opened:
                return opened.read(_LONGEST)
    return ""


# ---- pytest


def _at_test(typed: Typed) -> bool:
    as_module = bool(_PYTHON.fullmatch(typed.program)) and typed.before[:2] == ("-m", "pytest")
    return (typed.program in ("pytest", "py.test") or as_module) and not typed.word.startswith("-")


def _file(typed: Typed) -> str:
    """Whose tests are looked for; none when it is files that are."""
    return typed.word.partition("::")[0] if "::" in typed.word else ""


def _tests(typed: Typed) -> Iterator[Offer]:
    file, inside, _ = typed.word.partition("::")
    if inside:
        for name in _named(_text(Path(typed.folder, file))):
            yield Offer(text=f"{file}::{name}", sort="test")
        return
    for number, path in enumerate(_files(typed.folder, time.monotonic() + _LOOKING_S)):
        if number >= _MOST_TESTS:
            return
        yield Offer(text=os.path.relpath(path, typed.folder), sort="test")


def _files(folder: str, until: float) -> Iterator[str]:
    for place, folders, files in os.walk(folder):
        if time.monotonic() > until:
            return
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not name.startswith("."))
        for name in sorted(files):
            if name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py")):
                yield os.path.join(place, name)


def _named(text: str) -> Iterator[str]:
    """The tests of a file: functions, and methods of classes. Python's own parser would warn on the terminal."""
    within = ""
    for match in _DEFINED.finditer(text):
        indent, sort, name = match["indent"], match["sort"], match["name"]
        if sort == "class" and not indent:
            within = name if name.startswith("Test") else ""
        elif sort == "def" and name.startswith("test"):
            if not indent:
                within = ""
                yield name
            elif within:
                yield f"{within}::{name}"
