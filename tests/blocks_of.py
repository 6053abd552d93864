"""The fenced blocks of the documentation, and a home to run them in."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import AISHELL, ROOT

_FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.M | re.S)
_COMMAND = re.compile(r"^\$ (.*(?:\n(?:> ).*)*)$", re.M)
FILES = {
    "notes.txt": "one\ntwo error\nthree\nfour error\n",
    "sales.csv": "date,city,price\n2025-01-04,Ulm,12.50\n2025-01-05,Bonn,8.00\n2025-02-01,Ulm,9.25\n2025-02-11,Essen,30.00\n",
    "build/main.o": "x" * 4000,
    "build/store.o": "x" * 4000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    file: Path
    line: int
    language: str
    marks: frozenset[str]
    """What it needs that is not to be had where it is tested."""
    text: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line}"

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Of a `console` block: each command, and what it prints."""
        parts = _COMMAND.split(self.text)
        return [
            (command.replace("\n> ", "\n"), said.strip("\n")) for command, said in zip(parts[1::2], parts[2::2], strict=True)
        ]

    @property
    def commands(self) -> str:
        """What bash is given."""
        return "\n".join(command for command, _ in self.steps) if self.language == "console" else self.text


def pages() -> list[Path]:
    return sorted([*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "packaging" / "README.md"])


def blocks() -> Iterator[Block]:
    for file in pages():
        text = file.read_text("utf-8")
        for found in _FENCE.finditer(text):
            language, *marks = found[2].split() or [""]
            line = text.count("\n", 0, found.start()) + 1
            yield Block(file=file, line=line, language=language, marks=frozenset(marks), text=found[3])


class Reader:
    """Does what the documentation says, in a home of its own, where there is no model."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home" / "you"
        self.shop = self.home / "shop"
        for name, text in FILES.items():
            (self.shop / name).parent.mkdir(parents=True, exist_ok=True)
            (self.shop / name).write_text(text)
        programs = folder / "bin"
        programs.mkdir()
        (programs / "aishell").write_text(f'#!/bin/sh\nexec {AISHELL[0]} -m aishell "$@"\n')
        (programs / "aishell").chmod(0o755)
        runtime = folder / "run"
        runtime.mkdir(0o700)
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AISHELL_", "XDG_", "LC_"))}
        ours = {
            "HOME": str(self.home),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "SHELL": "/bin/bash",
            "LC_ALL": "C.UTF-8",
            "XDG_RUNTIME_DIR": str(runtime),
        }
        self._environment = {**kept, **ours}

    def runs(self, line: str, *options: str) -> tuple[int, str]:
        """Its exit status, and all that it printed, with `/home/you` for the home."""
        done = subprocess.run(
            ["bash", *options, "-c", line],
            cwd=self.shop,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
            check=False,
        )
        return done.returncode, done.stdout.replace(str(self.home), "/home/you").strip("\n")


def fits(said: str, wanted: str) -> bool:
    """`...` in what is wanted stands for anything; at the beginning of a line, for lines."""
    return bool(re.fullmatch(".*".join(map(re.escape, wanted.split("..."))), said, re.S))
