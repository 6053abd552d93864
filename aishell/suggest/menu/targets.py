"""What a folder's own files say can be built or run: make's targets, just's recipes, scripts of package.json.

The files are read and never run: make itself runs `$(shell ...)` of a Makefile even when it is only asked for its targets.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from aishell.core.menu import Offer, Typed
from aishell.suggest.menu.source import Source

_MAKE = frozenset(("make", "gmake"))
_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_JUSTFILES = ("justfile", ".justfile", "Justfile", "JUSTFILE")
_RUNNERS = frozenset(("npm", "pnpm", "yarn", "bun"))
_RUN = frozenset(("run", "run-script", "rum", "urn"))
_RULE = re.compile(r"^(?P<names>[^\s:=#$%.\t][^:=#$%\t]*?)\s*::?(?![=:])(?P<rest>.*)$")
_INCLUDE = re.compile(r"^-?include\s+(.+)$")
_RECIPE = re.compile(r"^@?(?P<name>[A-Za-z_][\w-]*)(?P<given>(?:\s+[^:=\s]+(?:=\S+)?)*)\s*:(?!=)")
_ALIAS = re.compile(r"^alias\s+(?P<name>[A-Za-z_][\w-]*)\s*:=\s*(?P<of>\S+)")
_LONGEST = 1 << 20
_LONGEST_LINE = 2000
_MOST_INCLUDED = 20


def sources() -> list[Source]:
    return [
        Source(name="make", at=_at_target, offers=_make_targets),
        Source(name="just", at=lambda typed: typed.program == "just" and not typed.word.startswith("-"), offers=_recipes),
        Source(name="scripts", at=_at_script, offers=_scripts),
    ]


def _text(file: Path) -> str:
    """Of an ordinary file: a pipe of that name would never end."""
    if not file.is_file():
        return ""
    with file.open(encoding="utf-8", errors="replace") as opened:
        return opened.read(_LONGEST)


def _lines(text: str) -> Iterator[str]:
    """Without those that nobody has written by hand, on which a pattern could spend minutes."""
    return (line for line in text.splitlines() if len(line) <= _LONGEST_LINE)


def _upwards(folder: str, names: tuple[str, ...]) -> Path | None:
    """The nearest file of one of these names, here or above."""
    for place in (Path(folder), *Path(folder).parents):
        for name in names:
            if (place / name).is_file():
                return place / name
    return None


# ---- make


def _at_target(typed: Typed) -> bool:
    behind = typed.before[-1] if typed.before else ""
    plain = not typed.word.startswith("-") and "=" not in typed.word
    return typed.program in _MAKE and plain and behind not in ("-f", "-C", "-j", "-I", "-o", "-W")


def _make_targets(typed: Typed) -> Iterator[Offer]:
    folder = Path(typed.folder)
    named = ""
    for option, value in zip(typed.before, typed.before[1:], strict=False):
        folder = folder / value if option in ("-C", "--directory") else folder
        named = value if option in ("-f", "--file", "--makefile") else named
    file = folder / named if named else next((folder / name for name in _MAKEFILES if (folder / name).is_file()), None)
    found: dict[str, str] = {}
    if file:
        _read_rules(file, folder, found, set())
    yield from (Offer(text=name, sort="target", meaning=meaning) for name, meaning in found.items())


def _read_rules(file: Path, folder: Path, found: dict[str, str], done: set[Path]) -> None:
    """The names of its rules, with `## what they are for` or the comment above them."""
    if file in done or len(done) >= _MOST_INCLUDED:
        return
    done.add(file)
    comment = ""
    for line in _lines(_text(file).replace("\\\n", " ")):
        if line.startswith("#"):
            comment = line.lstrip("# ")
            continue
        if include := _INCLUDE.match(line):
            for name in include[1].split():
                if "$" not in name:
                    _read_rules(folder / name, folder, found, done)
        elif rule := _RULE.match(line):
            said = rule["rest"].partition("##")[2].strip()
            if not re.match(r"\s*[\w.-]+\s*[:?+!]?=", rule["rest"]):  # a variable of that target
                for name in rule["names"].split():
                    found[name] = found.get(name) or said or comment
        comment = ""


# ---- just


def _recipes(typed: Typed) -> Iterator[Offer]:
    file = _upwards(typed.folder, _JUSTFILES)
    comment, hidden = "", False
    for line in _lines(_text(file) if file else ""):
        if line.startswith("#"):
            comment = line.lstrip("# ")
        elif line.startswith("["):
            hidden = hidden or "private" in line
        else:
            if (recipe := _RECIPE.match(line)) and not hidden and not line.startswith(("_", "@_")):
                yield Offer(text=recipe["name"], sort="target", meaning=comment or " ".join(recipe["given"].split()))
            elif alias := _ALIAS.match(line):
                yield Offer(text=alias["name"], sort="target", meaning=f"= {alias['of']}")
            comment, hidden = "", False


# ---- scripts of package.json


def _at_script(typed: Typed) -> bool:
    if typed.program not in _RUNNERS or typed.word.startswith("-"):
        return False
    operands = typed.operands
    return (operands[:1] != () and operands[0] in _RUN and len(operands) == 1) or (typed.program != "npm" and not operands)


def _scripts(typed: Typed) -> Iterator[Offer]:
    file = _upwards(os.path.abspath(typed.folder), ("package.json",))
    table = json.loads(_text(file)) if file else {}
    scripts = table.get("scripts") if isinstance(table, dict) else None
    for name, command in (scripts if isinstance(scripts, dict) else {}).items():
        if not name.startswith("-"):
            yield Offer(text=name, sort="script", meaning=str(command))
