#!/usr/bin/env python3
"""Real commands explained: how many of their options are, and whether the documentation says so.

The commands are examples of tldr-pages (a clone of it, given with --tldr) with their blanks filled in, and lines labelled
harmless in ../shared/corpora, that have options and whose programs are here; chosen by hash, at most four a program. An
explanation is checked against another rendering of the documentation: the option has to stand there as a word, and the
meaning's words close behind it. What does not is called wrong. Options that no documentation explains are marked unknown: a
gap, but no fault.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aishell.actions import parse
from aishell.actions.explain.walk import explain
from aishell.actions.options import unknown_options
from aishell.actions.resolve import Simple, resolve
from aishell.actions.risk import Rules
from aishell.actions.rules import Policy
from aishell.config.paths import shipped
from aishell.core.explanation import Explanation, Part
from aishell.core.types import Verdict
from aishell.planner.lexicon import BUILTINS
from aishell.programs import pages
from aishell.programs.cache import Cache
from aishell.programs.known import Programs
from bench.common import machine, options, percentiles, report
from bench.redact import labelled

_COMMAND = re.compile(r"^`(.+)`$", re.M)
_SPELLINGS = re.compile(r"\{\{\[([^][|{}]+)\|([^][|{}]+)\]\}\}")
_BLANK = re.compile(r"\{\{(.*?)\}\}")
_ANY_BLANK = re.compile(r"[^\w./:@%+,=*~-]+")
_NEAR = 6_000
"""Characters behind an option in which its meaning has to begin: several options can share one."""
_SPELLED_AS = {"-NUM": r"-(?:NUM|<\w+>|n\b)", "-SIGNAL": "-<signal>", "+NUM": r"\+"}
_A_PROGRAM = 4
_BEGINNING = 6
"""Words of a meaning that are looked for."""


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--tldr", type=Path, help="a git clone of tldr-pages")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--salt", default="", help="other commands are chosen with another one")
    parser.add_argument("--list", action="store_true", help="each part that is unknown or wrong")
    arguments = parser.parse_args()
    count = 40 if arguments.quick else arguments.count
    chosen = list(commands(arguments.tldr, count, arguments.salt))
    with tempfile.TemporaryDirectory(prefix="aishell-bench-") as folder:
        result = measured(chosen, Path(folder), listing=arguments.list)
    report({"machine": machine(), "commands": len(chosen), **result}, as_json=arguments.json)
    return 1 if result["wrong"] else 0


def commands(tldr: Path | None, count: int, salt: str) -> Iterator[str]:
    """Three in four from tldr-pages, where they are."""
    programs: Counter[str] = Counter()
    policy = Policy.from_file(shipped("policy.toml"))
    from_tldr = list(_fitting(_examples(tldr), programs, 3 * count // 4, salt, policy)) if tldr else []
    yield from from_tldr
    yield from _fitting(labelled(), programs, count - len(from_tldr), salt, policy)


def _fitting(lines: Iterator[str], programs: Counter[str], count: int, salt: str, policy: Policy) -> Iterator[str]:
    """Lines with an option, all of whose programs are here."""
    ordered = sorted(set(lines), key=lambda line: hashlib.sha256(f"{salt}{line}".encode()).digest())
    found = 0
    for line in ordered:
        if " -" not in line or line.startswith("<"):
            continue
        calls = parse.inspect(line).calls
        simple = [one for call in calls for one in resolve(call.words, None, policy) if isinstance(one, Simple)]
        names = [one.name for one in simple]
        here = all(name in BUILTINS or (name and shutil.which(name)) for name in names)
        if not names or not here or programs[names[-1]] == _A_PROGRAM:
            continue
        programs[names[-1]] += 1
        found += 1
        yield line
        if found == count:
            return


def _examples(repository: Path) -> Iterator[str]:
    """The commands of the pages, with their blanks filled in."""
    git = ["git", "-C", str(repository)]
    listed = subprocess.run([*git, "ls-tree", "-r", "--name-only", "HEAD"], capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.splitlines() if re.match(r"pages/(?:common|linux)/[^/]+\.md", name)]
    asked = "".join(f"HEAD:{name}\n" for name in names)
    text = subprocess.run([*git, "cat-file", "--batch"], input=asked.encode(), capture_output=True, check=True).stdout
    for command in _COMMAND.findall(text.decode("utf-8", "replace")):
        if filled := _filled(command):
            yield filled


def _filled(command: str) -> str:
    """With something in each blank, and one spelling of each option."""
    short = hashlib.sha256(command.encode()).digest()[0] % 2
    command = _BLANK.sub(_value, _SPELLINGS.sub(lambda match: match[1 if short else 2], command))
    return "" if "{{" in command or "\\{" in command else command


def _value(blank: re.Match[str]) -> str:
    first = blank[1].partition("|")[0].split()[:1]
    return _ANY_BLANK.sub("_", first[0]) if first else "x"


def measured(chosen: list[str], folder: Path, *, listing: bool) -> dict[str, Any]:
    rules = Rules.from_file(shipped("policy.toml"))
    verdict = Verdict(tier=rules.judge(parse.inspect("true"), "/").tier, reasons=())
    cache = Cache(folder / "programs")
    found: list[Explanation] = []
    cold: list[float] = []
    warm: list[float] = []
    for times in (cold, warm):
        programs = Programs(cache, builtins=BUILTINS)
        found = []
        for command in chosen:
            began = time.perf_counter()
            found.append(explain(command, verdict, programs=programs, policy=rules.policy))
            times.append(1000 * (time.perf_counter() - began))
    alarms, times = _alarms(chosen, rules, Programs(cache, builtins=BUILTINS))
    parts = [part for explanation in found for part in explanation.parts if part.kind == "option"]
    known = [(explanation, part) for explanation in found for part in explanation.parts if part.meaning]
    wrong = [(explanation, part) for explanation, part in known if not _borne_out(part, explanation)]
    unknown = [part for part in parts if part.unknown]
    of_known = [part for explanation in found for part in _of_known_programs(explanation)]
    if listing:
        _list(found, wrong)
    return {
        "options": len(parts),
        "explained": f"{1 - len(unknown) / max(1, len(parts)):.1%}",
        "explained_where_the_program_is_known": f"{1 - sum(part.unknown for part in of_known) / max(1, len(of_known)):.1%}",
        "unknown": f"{len(unknown) / max(1, len(parts)):.1%}",
        "wrong": len(wrong),
        "checked": len(known),
        "unparsed": sum(bool(explanation.error) for explanation in found),
        "unknown_programs": sorted({p.text for e in found for p in e.parts if p.kind == "program" and p.unknown}),
        "said_not_to_exist": alarms,
        "check_ms": percentiles(times),
        "cold_ms": percentiles(cold),
        "warm_ms": percentiles(warm),
    }


def _of_known_programs(explanation: Explanation) -> Iterator[Part]:
    """The options of programs of which there is any documentation here."""
    known = True
    for part in explanation.parts:
        if part.kind in ("program", "own program"):
            known = bool(part.origin)
        elif part.kind == "option" and known:
            yield part


def _alarms(chosen: list[str], rules: Rules, programs: Programs) -> tuple[list[str], list[float]]:
    """What the check of options complains about, and milliseconds of each check, parsing left out."""
    alarms: list[str] = []
    times: list[float] = []
    for command in chosen:
        script = parse.inspect(command)
        began = time.perf_counter()
        alarms += [f"{told}: {command}" for told in unknown_options(script, rules, programs)]
        times.append(1000 * (time.perf_counter() - began))
    return alarms, times


def _list(found: list[Explanation], wrong: list[tuple[Explanation, Part]]) -> None:
    for explanation in found:
        for part in explanation.parts:
            if part.unknown:
                print(f"unknown  {part.text!r} ({part.about}) in {explanation.command!r}", file=sys.stderr)
    for explanation, part in wrong:
        print(f"wrong    {part.text!r} ({part.about}): {part.meaning!r} in {explanation.command!r}", file=sys.stderr)


# ---- the check, which shares nothing with what reads the documentation but the programs' names


def _borne_out(part: Part, explanation: Explanation) -> bool:
    """Whether some documentation of a program of the command has the option, and close behind it the meaning."""
    meaning = part.meaning.rstrip("…").split()
    wanted = " ".join(meaning[:_BEGINNING])
    names = part.about.split(", ") if part.kind == "option" else []
    return any(_says(text, names, wanted) for text in _texts(part, explanation))


def _says(text: str, names: list[str], wanted: str) -> bool:
    if not names:
        return wanted in text
    for name in (re.sub(r" .*", "", name) for name in names):
        spelled = _SPELLED_AS.get(name) or re.escape(name)
        if name.startswith("--"):
            spelled = rf"(?:{spelled}|--\[no-\]{re.escape(name.removeprefix('--').removeprefix('no-'))})"
        for found in re.finditer(rf"(?<![\w-]){spelled}", text):
            if wanted in text[found.end() : found.end() + _NEAR]:
                return True
    return False


def _texts(part: Part, explanation: Explanation) -> Iterator[str]:
    """The documentation of the programs that stand before the part, the nearest first."""
    at = explanation.parts.index(part)
    programs = [one for one in explanation.parts[: at + 1] if one.kind in ("program", "subcommand")]
    for one in reversed(programs):
        yield _documentation(one.about or one.text)
    yield _documentation("test")


@functools.cache
def _documentation(program: str) -> str:
    """As a person would read it: `man`, else `help`, else what is printed for --help."""
    environment = {**os.environ, "MANWIDTH": "999", "MANPAGER": "cat", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""}
    words = program.split(" ")
    texts = []
    for name in {"-".join(words), "_".join(words)}:
        rendered = subprocess.run(["man", "-S", "1:8:6", name], env=environment, capture_output=True, check=False).stdout
        texts.append(subprocess.run(["col", "-bx"], input=rendered, capture_output=True, check=False).stdout.decode())
    if program in BUILTINS:
        command = ["bash", "-c", f"help -s '{program}'; help '{program}'"]
        texts.append(subprocess.run(command, capture_output=True, check=False).stdout.decode())
    if path := pages.system_file(words[0]):
        confined = pages.confined([path, *words[1:], "--help"])
        if confined:
            done = subprocess.run(confined, capture_output=True, stdin=subprocess.DEVNULL, timeout=30, check=False)
            texts.append((done.stdout + done.stderr).decode("utf-8", "replace"))
    return " ".join(" ".join(texts).replace("\u2010\n", "").split())


if __name__ == "__main__":
    sys.exit(main())
