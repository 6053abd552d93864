"""`aishell check [PATH...]`: files that their own format's parser refuses, with the line. Nothing of them is run."""

from __future__ import annotations

import ast
import configparser
import json
import os
import subprocess
import tomllib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.parsers import expat

from aishell.cli import stdio
from aishell.core.errors import UsageError

_MOST_BYTES = 4 << 20
_MOST_FILES = 5000
_SKIPPED = frozenset({".git", "node_modules", "__pycache__", ".venv"})

Checker = Callable[[Path], tuple[int, str] | None]
"""The first mistake in a file: line, and what is wrong; None when there is none. Raises OSError, ValueError."""


def run(arguments: list[str]) -> int:
    if any(argument.startswith("-") for argument in arguments):
        raise UsageError("aishell check takes files and folders only.", hint="aishell check src config.json")
    wrong = 0
    for file in _files(arguments or ["."]):
        if mistake := _mistake(file):
            line, what = mistake
            wrong += 1
            stdio.show(f"{os.path.normpath(file)}:{line}: {what}")
    return 1 if wrong else 0


def _files(names: list[str]) -> Iterator[Path]:
    """The files of a format that is known, a folder's in order. Raises UsageError."""
    count = 0
    for name in names:
        path = Path(name).expanduser()
        if not path.exists():
            raise UsageError(f"There is no {name}.")
        if path.is_file():
            yield path
            continue
        for folder, folders, files in os.walk(path):
            folders[:] = sorted(set(folders) - _SKIPPED)
            for each in sorted(files):
                file = Path(folder) / each
                if file.suffix in _CHECKERS and file.is_file():
                    count += 1
                    if count > _MOST_FILES:
                        stdio.say(f"aishell: only the first {_MOST_FILES} files were checked")
                        return
                    yield file


def _mistake(file: Path) -> tuple[int, str] | None:
    checker = _CHECKERS.get(file.suffix)
    if checker is None:
        return None
    try:
        if file.stat().st_size > _MOST_BYTES:
            return None
        return checker(file)
    except UnicodeDecodeError:
        return 1, "it is not UTF-8"
    except (OSError, ValueError, RecursionError) as error:
        return 1, str(error)


def _python(file: Path) -> tuple[int, str] | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ast.parse(file.read_bytes(), str(file))
        except SyntaxError as error:
            return error.lineno or 1, error.msg
    return None


def _json(file: Path) -> tuple[int, str] | None:
    try:
        json.loads(file.read_text("utf-8"))
    except json.JSONDecodeError as error:
        return error.lineno, f"{error.msg} (column {error.colno})"
    return None


def _toml(file: Path) -> tuple[int, str] | None:
    try:
        tomllib.loads(file.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        what = str(error)
        line = what.rpartition("(at line ")[2].partition(",")[0]
        return int(line) if line.isdecimal() else 1, what
    return None


def _ini(file: Path) -> tuple[int, str] | None:
    try:
        configparser.RawConfigParser(strict=False, allow_no_value=True).read_string(file.read_text("utf-8"))
    except configparser.MissingSectionHeaderError as error:
        return error.lineno, "there is no section above it"
    except configparser.ParsingError as error:
        return error.errors[0][0], "it is no line of an ini file"
    return None


def _xml(file: Path) -> tuple[int, str] | None:
    try:
        expat.ParserCreate().Parse(file.read_bytes(), True)
    except expat.ExpatError as error:
        return error.lineno, expat.ErrorString(error.code)
    return None


def _shell(file: Path) -> tuple[int, str] | None:
    done = subprocess.run(
        ["bash", "--norc", "--noprofile", "-n", "--", str(file.absolute())], capture_output=True, text=True, check=False
    )
    if not done.returncode:
        return None
    where, _, what = (
        done.stderr.splitlines()[-1 if "unexpected end" in done.stderr else 0].partition(": line ")[2].partition(": ")
    )
    return int(where) if where.isdecimal() else 1, what or "it cannot be parsed"


_CHECKERS: dict[str, Checker] = {
    ".py": _python,
    ".json": _json,
    ".toml": _toml,
    ".ini": _ini,
    ".cfg": _ini,
    ".xml": _xml,
    ".sh": _shell,
    ".bash": _shell,
}
