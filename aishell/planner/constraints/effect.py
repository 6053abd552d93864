"""What a tried command did, held against the conditions of a request: its changes and its output."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from aishell.core.changes import Change, Changes
from aishell.core.types import Script
from aishell.planner.constraints import sorts
from aishell.planner.constraints.act import changing
from aishell.planner.constraints.check import check
from aishell.planner.constraints.values import Constraint, Fault, Kind, Mismatch
from aishell.planner.constraints.view import Stage, view

_NUMBER = re.compile(r"\d")
_FIGURE_FIRST = re.compile(r"\s*\d[\d.,]*[KMGT]?\b")
_ROUNDING = 0.08
_BY_THE_WAY = re.compile(r"/(?:\.git|\.?cache|__pycache__)/|^/(?:run|var/log)/")
"""Where programs write that only read."""


def check_effect(
    constraints: Iterable[Constraint], changes: Changes | None, output: str, cwd: str = "/"
) -> tuple[Mismatch, ...]:
    """What the observed effect does not meet, the surest first.

    `changes` is what a trial would change (None: not known), `output` its standard output, whole, and `cwd` the folder it ran
    in, which relative names of the request are read against.
    """
    asked = tuple(constraints)
    found = list(_printed(asked, output))
    if changes is not None:
        found += _unfitting(asked, changes, cwd)
        found += _amount(asked, changes)
    return tuple(sorted(found, key=lambda mismatch: (not mismatch.certain, -mismatch.weight)))


def victims_fit(
    constraints: Iterable[Constraint], script: Script, changes: Changes | None, cwd: str = "/"
) -> tuple[Mismatch, ...]:
    """Why a command that removes or rewrites files may take the wrong ones; nothing for a command that does neither.

    A `certain` mismatch: the command is not to be shown. Any other is a warning that names the mismatch.
    """
    asked = tuple(constraints)
    takes = [stage for stage in view(script).stages if changing(stage)]
    loses = changes is not None and any(change.kind != "added" for change in changes.listed)
    if not takes and not loses:
        return ()
    found = [*check(asked, script, cwd), *_unselective(asked, takes)]
    if changes is not None:
        found += _unfitting(asked, changes, cwd)
    return tuple(dict.fromkeys(found))


def _unselective(asked: tuple[Constraint, ...], takes: list[Stage]) -> Iterator[Mismatch]:
    """A program that takes whatever a bare pattern gives it, though another part of the command looks at the extension."""
    for constraint in asked:
        for stage in takes:
            bare = [operand for operand in stage.operands if operand.endswith("*")]
            if constraint.kind == "extension" and bare and not stage.via:
                yield _miss(constraint, "no extension", bare[0], certain=False)


def _unfitting(asked: tuple[Constraint, ...], changes: Changes, cwd: str) -> Iterator[Mismatch]:
    """Files that are touched and should not be: one finding for each condition is enough."""
    lost = [change for change in changes.listed if change.kind in ("deleted", "replaced")]
    touched = [change for change in changes.listed if change.kind != "added" and not _BY_THE_WAY.search(change.path)]
    root = _named_folder(asked, cwd)
    meant = root or ("" if any(constraint.kind == "path" for constraint in asked) else cwd)
    deletes = any(constraint.kind == "action" and constraint.value == "delete" for constraint in asked)
    asked = _one_extension(asked)
    for constraint in asked:
        judge = _VICTIMS.get(constraint.kind)
        if judge and (victim := next((change for change in lost if judge(constraint, change, meant)), None)):
            yield _miss(constraint, "deletes unfitting", victim.path, certain=deletes and constraint.kind != "sort")
        elif judge and (victim := next((change for change in touched if judge(constraint, change, meant)), None)):
            yield _miss(constraint, "changes unfitting", victim.path, certain=False)
        if constraint.kind == "keep":
            yield from _original_gone(constraint, asked, touched, cwd)
        if constraint.kind == "question" and touched:
            yield _miss(constraint, "changes", touched[0].path, certain=touched[0] in lost)
    yield from _more_than_named(asked, lost)
    if deletes and root and (stray := next((change for change in lost if not _below(change.path, root)), None)):
        place = next(c for c in asked if c.kind == "path")
        yield _miss(place, "deletes outside", stray.path)


def _more_than_named(asked: tuple[Constraint, ...], lost: list[Change]) -> Iterator[Mismatch]:
    """ "Delete a.txt" names its victims: a file of another name is none."""
    names = {PurePosixPath(constraint.value.lower()).name for constraint in asked if constraint.kind == "name"}
    for constraint in asked:
        if (
            constraint.kind == "action"
            and constraint.value == "delete"
            and any(name in constraint.words.lower() for name in names)
        ):
            strays = (
                change.path for change in lost if PurePosixPath(change.path).name.lower() not in names and not change.inside
            )
            if stray := next(strays, ""):
                yield _miss(constraint, "deletes unfitting", stray, certain=False)


def _one_extension(asked: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    """Several extensions as one condition, values apart by blanks: a file has to fit one of them."""
    extensions = [constraint for constraint in asked if constraint.kind == "extension"]
    if len(extensions) < 2:
        return asked
    words, values = (" ".join(one) for one in zip(*((c.words, c.value) for c in extensions), strict=True))
    others = (constraint for constraint in asked if constraint.kind != "extension")
    return (*others, Constraint(kind="extension", words=words, value=values))


def _original_gone(
    constraint: Constraint, asked: tuple[Constraint, ...], touched: list[Change], cwd: str
) -> Iterator[Mismatch]:
    named = {_absolute(other.value, cwd) for other in asked if other.kind in ("path", "name", "text")}
    for change in touched:
        if change.kind == "deleted" or (change.path in named and change.kind in ("changed", "replaced")):
            yield _miss(constraint, "removes original" if change.kind == "deleted" else "edits original", change.path)
            return


def _amount(asked: tuple[Constraint, ...], changes: Changes) -> Iterator[Mismatch]:
    if changes.nothing:
        for constraint in asked:
            if constraint.kind in ("action", "output"):  # nothing may have matched, or all may be done already
                yield _miss(constraint, "nothing changed", "", certain=False, weight=0.8)
                return


def _printed(asked: tuple[Constraint, ...], output: str) -> Iterator[Mismatch]:
    lines = [line for line in output.splitlines() if line.strip()]
    kinds = {constraint.kind for constraint in asked}
    for constraint in asked:
        if constraint.kind == "count" and lines and "action" not in kinds:
            if not any(_NUMBER.search(line) for line in lines):
                yield _miss(constraint, "no figure", "")
            elif len(lines) > 1 and "each" not in kinds:
                figures = all(_FIGURE_FIRST.match(line) for line in lines)
                yield _miss(constraint, "one each" if figures else "lists", "", certain=False, weight=0.5 if figures else 0.7)
        if (
            constraint.kind == "limit" and "each" not in kinds and len(lines) > constraint.amount + 1
        ):  # one for a heading or a total
            yield _miss(constraint, "more than asked", str(len(lines)), certain=False, weight=0.8)
        if constraint.kind == "sorted" and len(lines) > 2 and not _in_some_order(lines):
            yield _miss(constraint, "output unsorted", "", certain=False, weight=0.5)


def _in_some_order(lines: list[str]) -> bool:
    """Whether any column, its text or its figures, goes one way; a heading and a total at the end may stand out."""
    for rows in filter(lambda rows: len(rows) > 2, (lines, lines[1:], lines[:-1])):
        fields = [row.split() for row in rows]
        for at in range(min(map(len, fields), default=0)):
            column = [field[at] for field in fields]
            folded = ["".join(filter(str.isalnum, text)).lower() for text in column]
            figures = [_figure(text) for text in column]
            if any(len(set(values)) > 1 and _one_way(values) for values in (column, folded, figures)):
                return True
        if _one_way(rows):
            return True
    return False


def _one_way(values: list[str] | list[float]) -> bool:
    ordered = sorted(values)
    return values in (ordered, ordered[::-1])


def _figure(text: str) -> float:
    match = re.match(r"-?\d+(?:\.\d+)?", text.replace(",", ""))
    if not match:
        return 0.0
    unit = text[match.end() : match.end() + 1].upper()
    power = "KMGT".find(unit) + 1 if unit else 0
    return float(match[0]) * float(1024**power)


def _named_folder(asked: tuple[Constraint, ...], cwd: str) -> str:
    """The one folder that the request names; empty when it names none or several."""
    places = {_absolute(constraint.value, cwd) for constraint in asked if constraint.kind == "path"}
    return places.pop() if len(places) == 1 else ""


def _absolute(name: str, cwd: str) -> str:
    return str(PurePosixPath(cwd, name)) if not name.startswith(("~", "$")) else ""


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _miss(constraint: Constraint, name: str, seen: str, *, certain: bool = True, weight: float = 1.0) -> Mismatch:
    return Mismatch(constraint=constraint, fault=Fault(name=name, seen=seen, certain=certain, weight=weight))


# Each says whether a file that is lost should have stayed. What comes and goes with a folder is the folder's business.


def _other_extension(asked: Constraint, change: Change, _root: str) -> bool:
    endings = tuple(f".{extension}" for extension in asked.value.split())
    return change.sort == "file" and not change.inside and not change.path.lower().endswith(endings)


def _other_sort(asked: Constraint, change: Change, _root: str) -> bool:
    return change.sort == "file" and not change.inside and not sorts.SORTS_OF_FILES[asked.value][1].search(change.path)


def _left_out(asked: Constraint, change: Change, _root: str) -> bool:
    return fnmatchcase(PurePosixPath(change.path).name, asked.value) or PurePosixPath(change.path).name == asked.value


def _below_top(_asked: Constraint, change: Change, root: str) -> bool:
    return bool(root) and _below(change.path, root) and len(PurePosixPath(change.path).relative_to(root).parts) > 1


def _other_type(asked: Constraint, change: Change, _root: str) -> bool:
    if asked.value == "folders":
        return change.sort == "file" and not change.inside
    return change.sort != {"files": "file", "links": "link"}[asked.value]


def _not_empty(asked: Constraint, change: Change, _root: str) -> bool:
    return change.sort == "file" and (change.bytes_before > 0 or asked.value == "folders")


def _other_size(asked: Constraint, change: Change, _root: str) -> bool:
    if change.sort != "file":
        return False
    if asked.way == "more":
        return change.bytes_before < asked.amount * (1 - _ROUNDING)
    return change.bytes_before > asked.amount * (1 + _ROUNDING)


def _is_hidden(asked: Constraint, change: Change, root: str) -> bool:
    inside = change.path.removeprefix(root)
    return asked.way == "less" and any(part.startswith(".") for part in PurePosixPath(inside).parts)


_VICTIMS: dict[Kind, Callable[[Constraint, Change, str], bool]] = {
    "extension": _other_extension,
    "sort": _other_sort,
    "except": _left_out,
    "shallow": _below_top,
    "type": _other_type,
    "empty": _not_empty,
    "size": _other_size,
    "hidden": _is_hidden,
}
