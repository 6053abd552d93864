"""A command's gloss: what its programs are for, in one line, so that `tar xf a.tgz` is found by "unpack"."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from aishell.memory.language import grams
from aishell.memory.words import Word, simple_commands

if TYPE_CHECKING:
    from aishell.memory.store import Store

Summary = Callable[[str], str | None]

_CARRIERS: dict[str, tuple[str, int]] = {
    "sudo": ("CghpRrTtu", 0), "doas": ("Cu", 0), "env": ("CuS", 0), "xargs": ("adEILnPs", 0), "time": ("fo", 0),
    "nohup": ("", 0), "nice": ("n", 0), "ionice": ("cn", 0), "timeout": ("ks", 1), "command": ("", 0), "exec": ("a", 0),
    "builtin": ("", 0), "stdbuf": ("ioe", 0), "setsid": ("", 0), "watch": ("n", 0), "parallel": ("jIN", 0), "chroot": ("", 1),
    "strace": ("eopuE", 0), "flock": ("wE", 1), "busybox": ("", 0), "caffeinate": ("tw", 0),
}  # fmt: skip
"""Programs that start the program a line is about: their options that take a value, and how many operands stand before it."""
_SHELLS = frozenset("sh bash dash zsh ksh eval".split())
_CLAUSES = frozenset("if then elif else fi while until do done esac ! { }".split())
"""Words of the shell that are no program: a command may stand behind them."""
_ACTIONS = frozenset("-exec -execdir -ok -okdir --exec --exec-batch".split())
"""Options of find and fd that a command stands behind."""
_NAME = re.compile(r"[\w.+\[!-][\w.+-]*")
_ASSIGNMENT = re.compile(r"\w+\+?=")
_SUBSTITUTION = re.compile(r"(?!').*?(?:\$\(|`)", re.S)
_BLANKS = str.maketrans("'\"", "  ")
_SENTENCE = re.compile(r"\.\s")
_DEEPEST = 3
"""Scripts inside quoted words inside scripts."""
_PROGRAMS = 6
_LONGEST = 100
"""Characters of one summary."""
_READ = 4000
"""Characters of a command that are read for programs: the rest of a longer one is data."""
_BATCH = 500


def gloss(command: str, summary: Summary) -> str:
    """What its programs are for, in one line; empty when `summary` knows none of them.

    `summary` is asked for `git-commit` before `git`. Each program is said once, at most six of them.
    """
    found: dict[str, str] = {}
    for name in _programs(command[:_READ], summary, 0):
        if name not in found and (known := summary(name)):
            found[name] = _short(known)
            if len(found) == _PROGRAMS:
                break
    return "; ".join(dict.fromkeys(found.values()))


def summaries(db: sqlite3.Connection) -> Summary:
    """What the programs of packs and manual pages are for; of several sources tldr's own words."""

    @cache
    def summary(name: str) -> str | None:
        found = db.execute(
            "SELECT summary FROM programs WHERE name IN (?, ?) ORDER BY source LIKE 'tldr%' DESC, source LIMIT 1",
            (name, name.replace("-", " ")),
        ).fetchone()
        return str(found[0]) if found else None

    return summary


def refresh_glosses(store: Store) -> int:
    """Give each command the gloss that the summaries make today; how many changed.

    In transactions of 500 rows, so that shells that write in between wait milliseconds. Full text and vectors of a changed row
    are made again by the trigger and the embedder; other rows are left alone.
    """
    summary = summaries(store.db)
    changed = last = 0
    while rows := store.db.execute(
        "SELECT id, intent, body, gloss FROM items WHERE kind = 'command' AND id > ? ORDER BY id LIMIT ?", (last, _BATCH)
    ).fetchall():
        last = rows[-1][0]
        fresh = [(intent, body, gloss(body, summary), old, item) for item, intent, body, old in rows]
        updates = [(new, grams(f"{intent}\n{body}\n{new}"), item) for intent, body, new, old, item in fresh if new != old]
        if updates:
            with store.write() as db:
                db.executemany("UPDATE items SET gloss = ?, grams = ? WHERE id = ?", updates)
        changed += len(updates)
    return changed


def _programs(text: str, summary: Summary, depth: int) -> Iterator[str]:
    """Names of programs in order, those in substitutions and quoted scripts included; `git-commit` where that has a summary."""
    for words in simple_commands(text):
        starts = list(_starts(words))
        names = [os.path.basename(words[at].plain) for at in starts]
        scripts = [word for at, name in zip(starts, names, strict=True) for word in _scripts(words[at:], name)]
        for at, name in zip(starts, names, strict=True):
            operand = next((word.plain for word in words[at + 1 : at + 4] if not word.plain.startswith("-")), "")
            joined = f"{name}-{operand}"
            if not (scripts and name in _SHELLS):
                yield joined if _NAME.fullmatch(operand) and summary(joined) else name
        if depth < _DEEPEST:
            for word in words:
                if word in scripts or _SUBSTITUTION.match(word.raw):
                    yield from _programs(word.raw.translate(_BLANKS), summary, depth + 1)


def _scripts(words: list[Word], name: str) -> list[Word]:
    """What a shell is given in quotes, or what stands in quotes where a program's name should."""
    return [word for word in (words if name in _SHELLS else words[:1]) if word.quoted and " " in word.raw]


def _starts(words: list[Word]) -> Iterator[int]:
    """Where a program's name stands among the words of a simple command."""
    awaited = True
    valued, operands = "", 0
    skip = False
    carrier: int | None = None
    for at, word in enumerate(words):
        plain = word.plain
        name = os.path.basename(plain)
        if plain in _ACTIONS:
            awaited, valued, operands, skip = True, "", 0, False
        elif not awaited or word.fed:
            continue
        elif skip:
            skip = False
        elif name in _CARRIERS:
            valued, operands = _CARRIERS[name]
            carrier = at if carrier is None else carrier
        elif plain.startswith("-"):
            skip = len(plain) == 2 and plain[1] in valued
        elif plain in _CLAUSES or _ASSIGNMENT.match(plain):
            continue
        elif operands:
            operands -= 1
        else:
            awaited = False
            yield at
    if awaited and carrier is not None:  # `sudo -v`, `env`: it carries nothing
        yield carrier


def _short(summary: str) -> str:
    """Its first sentence, cut at a word."""
    line = " ".join(_SENTENCE.split(summary.replace("`", ""), maxsplit=1)[0].split()).rstrip(".")
    return line if len(line) <= _LONGEST else line[:_LONGEST].rsplit(" ", 1)[0]
