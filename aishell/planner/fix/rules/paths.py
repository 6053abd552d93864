"""Files and folders that are not there: mistyped, elsewhere, split at a blank, or still to be made."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from aishell.planner.fix.line import Token, quoted
from aishell.planner.fix.nearest import nearest, room
from aishell.planner.fix.values import Case, Fix, Why

_FOLDERS_ONLY = frozenset("cd pushd rmdir".split())
_MAKERS = frozenset("mkdir touch tee install".split())
_INTO_LAST = frozenset("cp mv ln rsync install scp".split())
_BEAM = 3
_LOOKED, _DEEP = 5000, 3
"""Names that are looked at for one that lies deeper, 10 us each, and how many folders down."""
_GONE = (
    "cannot (?:find|open|stat|access)|not found|no such|does not exist|did not match any|"
    "nicht gefunden|konnte nicht|找不到|没有|未匹配|無法"
)


class Found(NamedTuple):
    written: str
    """As it would be written in the command."""
    cost: float


def missing(case: Case) -> tuple[Token, ...]:
    """Words that name something which is not there; with a complaint at hand, those that it names, or their parts."""
    told = case.messages.says("ENOENT", "ENOTDIR")
    lines = told or tuple(case.messages.text.splitlines())
    if case.messages and not told and not _plain_complaint(case):
        return ()
    found = []
    for simple in case.line.simples:
        targets = [target for _, target in simple.redirects]
        head = [simple.program] if simple.program and "/" in simple.program.value else []
        for token in (*head, *case.operands(simple), *targets):
            named = any(case.messages.names(name, lines) for name in (token.value, case.path(token)) if token.value)
            named = named or (not case.messages and _looks_like_a_path(token.value))
            if token.value and named and not token.glob and not case.facts.exists(case.path(token)):
                found.append(token)
    return tuple(found)


def _plain_complaint(case: Case) -> bool:
    """Programs that say in their own words that a file is not there, with its name."""
    return bool(case.messages.has(_GONE))


def _looks_like_a_path(value: str) -> bool:
    return "/" in value or "." in value.strip(".")


def split_at_blanks(case: Case) -> Iterator[Fix]:
    """`cat my notes.txt`: one name, written as several words."""
    runs = [run for simple in case.line.simples for run in _runs(case, simple.words[simple.at + 1 :])]
    text = case.failed.command
    for first, last, name in sorted(runs, key=lambda run: -run[0].start):
        text = text[: first.start] + quoted(name) + text[last.end :]
    if runs:
        why = Why("The name has blanks in it, so it needs quotes.")
        yield Fix(command=text, why=why, rule="blanks in a name", sure=0.97)


def _runs(case: Case, words: tuple[Token, ...]) -> Iterator[tuple[Token, Token, str]]:
    """Words next to each other that are together the name of something that is there, while the first is not."""
    at = 0
    while at < len(words):
        taken = 1
        for end in range(len(words), at + 1, -1):
            run = words[at:end]
            name = " ".join(token.value for token in run)
            if all(token.value for token in run) and case.facts.exists(case.facts.path(name)):
                if not case.facts.exists(case.path(run[0])):
                    yield run[0], run[-1], name
                    taken = len(run)
                break
        at += taken


def to_be_made(case: Case) -> Iterator[Fix]:
    """The folder that something is to be written into is not there."""
    gone = missing(case)
    for simple in case.line.simples:
        name = simple.program.value if simple.program else ""
        makes = [target for operator, target in simple.redirects if ">" in operator.text]
        operands = case.operands(simple)
        makes += [
            token for before, token in pairwise(simple.arguments) if name == "tar" and before.text in ("-C", "--directory")
        ]
        makes += operands if name in _MAKERS else operands[-1:] if name in _INTO_LAST and len(operands) > 1 else ()
        for token in makes:
            if token not in gone and not (token.value.endswith("/") and not case.facts.exists(case.path(token).rstrip("/"))):
                continue
            folder = token.value.rstrip("/") if _is_folder(token, operands, name) else os.path.dirname(token.value)
            line = f"mkdir -p {quoted(folder)} && {case.failed.command}"
            if name == "mkdir":
                line, folder = case.line.edited({simple.program or token: "mkdir -p"}), os.path.dirname(token.value.rstrip("/"))
            if not folder or case.facts.exists(case.facts.path(folder)):
                continue
            why = Why("The folder {folder} is not there yet.", folder=folder)
            near = resolve(case, folder, folders=True)
            yield Fix(command=line, why=why, rule="missing folder", sure=0.7 if near and near[0].cost <= 0.7 else 0.9)


def _is_folder(token: Token, operands: tuple[Token, ...], name: str) -> bool:
    """Whether the word itself has to be a folder, and not only what it lies in."""
    return token.value.endswith("/") or name == "tar" or (name in ("cp", "mv") and len(operands) > 2)


def mistyped(case: Case) -> Iterator[Fix]:
    """The nearest path that is there, for all that are not."""
    changes: dict[Token, str] = {}
    sure, second = 1.0, None
    for token in missing(case):
        simple = next(one for one in case.line.simples if token in one.words or any(token is t for _, t in one.redirects))
        folders = bool(simple.program and simple.program.value in _FOLDERS_ONLY)
        found = resolve(case, token.value, folders=folders)
        if not found:
            continue
        changes[token] = found[0].written
        lead = found[1].cost - found[0].cost if len(found) > 1 else 1.0
        sure = min(sure, 0.97 - 0.15 * found[0].cost - (0.2 if lead < 0.2 else 0.0))
        second = (token, found[1].written) if len(found) > 1 else second
    if not changes:
        return
    wrong, right = ", ".join(token.value for token in changes), ", ".join(changes.values())
    why = Why("{wrong} is not there; {right} is.", wrong=wrong, right=right)
    yield Fix(command=case.line.with_words(changes), why=why, rule="mistyped path", sure=sure)
    if second:
        token, other = second
        why = Why("{wrong} is not there; {right} is.", wrong=token.value, right=other)
        yield Fix(command=case.line.with_words({**changes, token: other}), why=why, rule="mistyped path", sure=sure - 0.2)


def resolve(case: Case, written: str, *, folders: bool = False) -> list[Found]:
    """Paths that are there and may have been meant, nearest first."""
    found = [*_components(case, written, folders), *_moved(case, written, folders)]
    best: dict[str, float] = {}
    for one in found:
        best[one.written] = min(one.cost, best.get(one.written, 9.0))
    return [Found(name, cost) for name, cost in sorted(best.items(), key=lambda item: item[1])][:_BEAM]


def _components(case: Case, written: str, folders: bool) -> Iterator[Found]:
    """Each part of the path as it is, or the nearest names in the folder it should lie in."""
    parts = written.split("/")
    ways = [Found("", 0.0)]
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        grown: list[Found] = []
        for way in ways:
            prefix = f"{way.written}/" if at else ""
            if part in ("", ".", "..", "~") or case.facts.exists(case.facts.path(f"{prefix}{part}")):
                grown.append(Found(f"{prefix}{part}", way.cost))
                continue
            folder = case.facts.path(prefix or ".")
            for name, cost in _near_names(case, part, folder, want_folder=folders or not last, want_file=last and not folders):
                grown.append(Found(f"{prefix}{name}", way.cost + cost))
        ways = sorted(grown, key=lambda way: way.cost)[:_BEAM]
    yield from (way for way in ways if way.cost and case.facts.exists(case.facts.path(way.written)))


def _near_names(case: Case, part: str, folder: str, *, want_folder: bool, want_file: bool) -> Iterator[tuple[str, float]]:
    names = [name for name in case.facts.listdir(folder) if not want_folder or case.facts.is_dir(os.path.join(folder, name))]
    stems: dict[str, list[str]] = {}
    for name in names:
        stems.setdefault(os.path.splitext(name)[0].lower(), []).append(name)
    lowered, stem = part.lower(), os.path.splitext(part)[0].lower()
    for name in names:
        if name.lower() == lowered:
            yield name, 0.1
        elif want_file and os.path.splitext(name)[0].lower() in (lowered, stem) and name.lower() != lowered:
            only = len(stems[os.path.splitext(name)[0].lower()]) == 1
            yield name, (0.4 if only else 0.9) + (0.0 if "." not in part.strip(".") else 0.5)
    yield from nearest(part, names, most=min(room(part), 2.5))


def _moved(case: Case, written: str, folders: bool) -> Iterator[Found]:
    """The same path beginning elsewhere: a slash too few or too many, a part typed twice, a backslash; or deeper down."""
    parts = written.split("/")
    others = [(f"/{written}", 0.4), (written.lstrip("/"), 0.4), (written.replace("\\", "/"), 0.2), (f"~/{written}", 0.9)]
    others += [("/".join(parts[:at] + parts[at + 1 :]), 0.5) for at in range(len(parts) - 1) if parts[at] == parts[at + 1]]
    if len(parts) > 1 and parts[0] == os.path.basename(case.facts.cwd):
        others.append(("/".join(parts[1:]), 0.5))
    for other, cost in others:
        if other and other != written and case.facts.exists(case.facts.path(other)):
            yield Found(other, cost)
    if written and not written.startswith(("/", "~", "..")):
        for path in _below(case, parts[-1], folders):
            yield Found(path, 1.0 + 0.1 * path.count("/"))


def _below(case: Case, name: str, folders: bool) -> Iterator[str]:
    """Where a file of exactly that name lies further down, as far as a bounded look goes: nearest first."""
    waiting, looked = deque([""]), 0
    while waiting and looked < _LOOKED:
        folder = waiting.popleft()
        for entry in case.facts.listdir(os.path.join(case.facts.cwd, folder)):
            looked += 1
            path = f"{folder}{entry}"
            is_dir = case.facts.is_dir(os.path.join(case.facts.cwd, path))
            if entry == name and folder and is_dir == folders:
                yield path
            if is_dir and not entry.startswith(".") and path.count("/") < _DEEP:
                waiting.append(f"{path}/")


RULES = (split_at_blanks, to_be_made, mistyped)
