"""Folders where a file was expected, files where a folder was, and names that are taken already."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from aishell.planner.fix.line import Simple, Token, quoted
from aishell.planner.fix.values import Case, Fix, Why

_RECURSIVE = {"cp": "-r", "scp": "-r", "grep": "-r", "egrep": "-r", "fgrep": "-r", "zip": "-r", "chmod": "-R", "chown": "-R"}
_READERS = frozenset("cat less more head tail nl tac bat".split())


def _folders(case: Case, simple: Simple) -> tuple[Token, ...]:
    return tuple(token for token in case.operands(simple) if token.value and case.facts.is_dir(case.path(token)))


def recursive(case: Case) -> Iterator[Fix]:
    """`cp folder elsewhere`, `grep word folder`: they go into a folder only when told to."""
    for simple in case.calls("cp", "scp", "grep", "egrep", "fgrep"):
        program = simple.program
        folders = _folders(case, simple)
        copying = program and program.value in ("cp", "scp")
        given = folders[:-1] if copying and folders and folders[-1] is case.operands(simple)[-1] else folders
        if not program or not given or _has_flag(simple, "rRa", "--recursive", "--archive"):
            continue
        if not copying and not (case.messages.says("EISDIR") or case.messages.names(given[0].value)):
            continue
        line = case.line.edited({program: f"{program.text} {_RECURSIVE[program.value]}"})
        why = Why(
            "{name} is a folder: {option} is needed for what is in it.", name=given[0].value, option=_RECURSIVE[program.value]
        )
        yield Fix(command=line, why=why, rule="recursive", sure=0.93)


def remove_folder(case: Case) -> Iterator[Fix]:
    """`rm folder`: an empty one goes with rmdir; of another, what is in it is shown before anything is removed."""
    for simple in case.calls("rm", "unlink"):
        folders = _folders(case, simple)
        if not simple.program or not folders or _has_flag(simple, "rRd", "--recursive", "--dir"):
            continue
        name = folders[0].value
        if all(not case.facts.listdir(case.path(token)) for token in folders) and len(folders) == len(case.operands(simple)):
            line = case.line.edited({simple.program: "rmdir"} | dict.fromkeys(_options(simple), ""))
            yield Fix(command=line, why=Why("{name} is an empty folder.", name=name), rule="empty folder", sure=0.93)
            continue
        why = Why("{name} is a folder, and not empty: look at what is in it before you remove it with rm -r.", name=name)
        yield Fix(command=f"ls -lA {folders[0].text}", why=why, rule="full folder", sure=0.8)
        line = case.line.edited({simple.program: "rm -r"})
        yield Fix(command=line, why=Why("This removes {name} and all that is in it.", name=name), rule="full folder", sure=0.7)


def read_folder(case: Case) -> Iterator[Fix]:
    """`cat folder`."""
    for simple in case.calls(*_READERS):
        if simple.program and (folders := _folders(case, simple)) and len(folders) == len(case.operands(simple)):
            line = case.line.edited({simple.program: "ls -l"} | dict.fromkeys(_options(simple), ""))
            why = Why("{name} is a folder; this lists what is in it.", name=folders[0].value)
            yield Fix(command=line, why=why, rule="list", sure=0.85)


def not_empty(case: Case) -> Iterator[Fix]:
    """`rmdir` of a folder that holds something."""
    for simple in case.calls("rmdir"):
        for token in _folders(case, simple):
            if case.facts.listdir(case.path(token)):
                why = Why("{name} is not empty; this shows what is in it.", name=token.value)
                yield Fix(command=f"ls -lA {token.text}", why=why, rule="not empty", sure=0.85)


def enter_file(case: Case) -> Iterator[Fix]:
    """`cd` to a file: to the folder it lies in; a file beside us can only be looked at."""
    for simple in case.calls("cd", "pushd"):
        for token in case.operands(simple)[:1]:
            path = case.path(token)
            if not token.value or not case.facts.exists(path) or case.facts.is_dir(path):
                continue
            folder = os.path.dirname(token.value)
            if folder:
                why = Why("{name} is a file; this goes to the folder it lies in.", name=token.value)
                yield Fix(command=case.line.edited({token: quoted(folder)}), why=why, rule="enter a file", sure=0.9)
            else:
                why = Why("{name} is a file in this folder; this shows it.", name=token.value)
                yield Fix(command=f"less {token.text}", why=why, rule="enter a file", sure=0.76)


def inside_file(case: Case) -> Iterator[Fix]:
    """`notes.txt/`, `notes.txt/x`: a file is not a folder."""
    if not case.messages.says("ENOTDIR"):
        return
    for token in case.mentioned:
        name = token.value.rstrip("/")
        if token.value.endswith("/") and case.facts.exists(case.facts.path(name)):
            why = Why("{name} is a file, so there is no slash behind it.", name=name)
            yield Fix(command=case.line.with_words({token: name}), why=why, rule="slash", sure=0.9)


def taken(case: Case) -> Iterator[Fix]:
    """What was to be made is there already."""
    for simple in case.calls("mkdir"):
        for token in case.operands(simple):
            if token.value and case.facts.is_dir(case.path(token)) and case.mentioned and simple.program:
                line = case.line.edited({simple.program: "mkdir -p"})
                why = Why("{name} is there already; with -p that is no failure.", name=token.value)
                yield Fix(command=line, why=why, rule="exists", sure=0.8)
                return
    yield from _swapped_link(case)
    yield from _packed_before(case)


def _swapped_link(case: Case) -> Iterator[Fix]:
    for simple in case.calls("ln"):
        operands = case.operands(simple)
        if len(operands) != 2 or not all(token.value for token in operands):
            continue
        first, second = operands
        there = [case.facts.exists(case.path(token)) for token in operands]
        if there == [False, True]:
            why = Why("The file comes first and the new name second: {file} is there.", file=second.value)
            line = case.line.edited({first: second.text, second: first.text})
            yield Fix(command=line, why=why, rule="swapped", sure=0.9)


def _packed_before(case: Case) -> Iterator[Fix]:
    """`gzip file` where file.gz is there: it is kept under another name, and never written over."""
    found = case.messages.has(r"^g(?:un)?zip: (\S+) already exists")
    name = found[1].rstrip(";") if found else ""
    if name and case.facts.exists(case.facts.path(name)):
        kept = f"{name}.old"
        if not case.facts.exists(case.facts.path(kept)):
            why = Why("{name} is there already; it is kept as {kept}.", name=name, kept=kept)
            line = f"mv {quoted(name)} {quoted(kept)} && {case.failed.command}"
            yield Fix(command=line, why=why, rule="packed before", sure=0.85)


def _options(simple: Simple) -> tuple[Token, ...]:
    return tuple(token for token in simple.arguments if token.text.startswith("-"))


def _has_flag(simple: Simple, letters: str, *names: str) -> bool:
    return any(
        token.text in names or re.fullmatch(rf"-[A-Za-z]*[{letters}][A-Za-z]*", token.text) for token in _options(simple)
    )


RULES = (recursive, remove_folder, read_folder, not_empty, enter_file, inside_file, taken)
