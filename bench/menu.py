#!/usr/bin/env python3
"""The completion menu: how soon it is there, and whether the word that is meant stands among its first five.

Latency is from asking to the first candidates and to the last ones, at places of every source, in a folder of 2,000 files and
a repository of 300 branches: with nothing known, with nothing kept but the documentation (which is kept on the disk), and again
as when a person types on. Usefulness is counted over real command lines, examples of tldr-pages (a clone of it, given with
--tldr) and lines labelled harmless in ../shared/corpora: each long option is asked for with its first two letters, and each
second word that its program's documentation or completion knows, with two letters of it. All sources together are compared with
the installed completions alone, and with the documentation alone.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from aishell.core.menu import Typed
from aishell.planner.lexicon import BUILTINS
from aishell.programs.cache import Cache
from aishell.programs.known import Programs
from aishell.suggest.menu.gathering import Gathering
from aishell.suggest.menu.source import Source
from aishell.suggest.menu.sources import NAMES, every
from aishell.ui.editing.commands import Commands
from aishell.ui.editing.completion import Completer
from bench.common import machine, options, percentiles, report
from bench.explain import commands

FILES, BRANCHES = 2_000, 300
PLACES = (
    "git checkout ", "git checkout br", "git add ", "git push ", "git commit --am", "git sta", "ls --so", "ls --color=",
    "kill ", "pkill ba", "make ", "make te", "npm run ", "just ", "ssh ", "systemctl restart ", "journalctl -u ", "chown ro",
    "export ", "python3 -m ", "pytest ", "cat file-1", "cat fl77", "tar --ex", "grep --col", "apt ins",
)  # fmt: skip
_KNOWN_WORD = re.compile(r"[a-z][a-z0-9-]{2,}")
_FIRST = 5
_PATIENT_S = 5.0
_SETS: dict[str, frozenset[str]] = {
    "all sources": frozenset(),
    "installed completions alone": NAMES - {"installed"},
    "documentation alone": NAMES - {"options", "subcommands"},
}


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--tldr", type=Path, help="a git clone of tldr-pages")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--list", action="store_true", help="each word that is not among the first five")
    arguments = parser.parse_args()
    count, rounds = (40, 3) if arguments.quick else (arguments.count, 10)
    with tempfile.TemporaryDirectory(prefix="aishell-bench-") as folder:
        programs = Programs(Cache(Path(folder) / "programs"), builtins=BUILTINS)
        furnish(Path(folder) / "work")
        speed = latency(programs, str(Path(folder) / "work"), rounds)
        useful = usefulness(programs, list(commands(arguments.tldr, count, "")), listing=arguments.list)
    report({"machine": machine(), "files": FILES, "branches": BRANCHES, **speed, **useful}, as_json=arguments.json)
    return 0


def furnish(folder: Path) -> None:
    """Something for every source."""
    folder.mkdir()
    for number in range(FILES):
        (folder / f"file-{number}.txt").touch()
    (folder / "Makefile").write_text("".join(f"target-{n}: ## does {n}\n" for n in range(100)) + "test:\n")
    (folder / "justfile").write_text("".join(f"# does {n}\nrecipe-{n}:\n" for n in range(50)))
    (folder / "package.json").write_text('{"scripts": {"build": "tsc", "test": "jest"}}')
    (folder / "test_one.py").write_text("def test_a(): ...\n")
    git = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@y"]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "add", "Makefile"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    made = "".join(f"create refs/heads/branch-{n} {head}\n" for n in range(BRANCHES))
    subprocess.run([*git, "update-ref", "--stdin"], input=made, text=True, check=True)


def gathered(programs: Programs, without: frozenset[str] = frozenset(), **limits: float) -> Gathering:
    sources: Sequence[Source] = tuple(every(lambda: programs, lambda: os.environ, home=Path.home(), without=without))
    return Gathering(sources, **limits)  # type: ignore[arg-type]


def completer(menu: Gathering) -> Completer:
    return Completer(Commands(lambda: os.environ.get("PATH", os.defpath), lambda: BUILTINS), menu=menu)


def latency(programs: Programs, folder: str, rounds: int) -> dict[str, Any]:
    """Milliseconds. The first round of all reads the documentation and starts bash, and is reported apart."""
    first: dict[str, list[float]] = {"very first": [], "sources asked": [], "answers kept": []}
    last: dict[str, list[float]] = {kind: [] for kind in first}
    slowest: Counter[str] = Counter()
    for number in range(rounds + 1):
        menu = gathered(programs)
        asked = completer(menu)
        asked.complete("mine x", 6, folder)
        if number:
            list(menu(Typed(words=("git", "--version"), folder=folder)))  # bash is up, as at the second Tab of a session
        for line in PLACES:
            for kind in ("sources asked" if number else "very first", "answers kept"):
                began = time.perf_counter()
                times = [
                    1000 * (time.perf_counter() - began) for stage in asked.stages(line, len(line), folder) if stage.candidates
                ]
                if not times:
                    times = [1000 * (time.perf_counter() - began)]
                first[kind].append(times[0])
                last[kind].append(1000 * (time.perf_counter() - began))
                if kind == "sources asked":
                    slowest[line] = max(slowest[line], round(times[0]))
    return {
        "first_candidates_ms": {kind: percentiles(values) for kind, values in first.items()},
        "all_candidates_ms": {kind: percentiles(values) for kind, values in last.items()},
        "slowest_places_ms": dict(slowest.most_common(5)),
    }


def usefulness(programs: Programs, lines: list[str], *, listing: bool) -> dict[str, Any]:
    """Of the words asked for, how many stand among the first five."""
    menus = {name: completer(gathered(programs, without, in_all_s=_PATIENT_S)) for name, without in _SETS.items()}
    found: Counter[str] = Counter()
    asked = list(dict.fromkeys(place for line in lines for place in _places(line)))
    known = []
    for before, typed, word in asked:
        ranked = {name: _words(menu, f"{before}{typed}") for name, menu in menus.items()}
        if not word.startswith("--") and not any(word in words for words in ranked.values()):
            continue  # an operand, which nobody can know
        known.append(word)
        for name, words in ranked.items():
            found[name] += word in words[:_FIRST]
        if listing and word not in ranked["all sources"][:_FIRST]:
            print(f"{before}{typed} ({word}): {' '.join(ranked['all sources'][:_FIRST])}", file=sys.stderr)
    return {
        "lines": len(lines),
        "words": {"options": sum(word.startswith("-") for word in known), "others": sum(word[0] != "-" for word in known)},
        "among_the_first_five_percent": {name: round(100 * found[name] / max(len(known), 1), 1) for name in _SETS},
    }


def _places(line: str) -> Iterator[tuple[str, str, str]]:
    """What stands before a word, what is typed of it, and the word; of simple commands only."""
    try:
        words = shlex.split(line)
    except ValueError:
        return
    if not all(re.fullmatch(r"[\w./:@%+,=^-]+", word) for word in words):
        return
    for number, word in enumerate(words[1:], 1):
        before = " ".join(words[:number]) + " "
        name = word.partition("=")[0]
        if re.fullmatch(r"--[a-z][\w-]{3,}", name):
            yield before, name[:4], name
        elif number == 1 and _KNOWN_WORD.fullmatch(word):
            yield before, word[:2], word


def _words(menu: Completer, text: str) -> list[str]:
    found = menu.complete(text, len(text), "/").candidates
    return [candidate.insert.rstrip("=/") for candidate in found]


if __name__ == "__main__":
    sys.exit(main())
