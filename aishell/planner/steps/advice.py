"""What helps a model out of a failure: the names that are really there, and what a program's message means for the command."""

from __future__ import annotations

import os
import re

from aishell.planner.steps.fitting import Names
from aishell.planner.steps.past import shortened

_MISSING = re.compile(
    r"no such file or directory|cannot (?:stat|access|open)|not found|no match|does not exist|did not match|empty archive"
    r"|没有那个文件|无法",
    re.I,
)
_MOST_NAMES = 24
_PATH = re.compile(r"(?<![^\s'\"=])[\w.~-]+(?:/[\w.*?+~-]+)+", re.ASCII)
"""Below a folder; from the root is another matter: what lies in /etc helps nobody."""
_LOOP = 'for f in *.a; do mv "$f" "${f%.a}.b"; done'
_RULES = (
    (r"\brename\b.*\bs/", r"", f"this `rename` knows no s/// patterns: use a loop with mv, as in {_LOOP}"),
    (r"\bsed\b", r"unterminated|unknown option to .?s|expected", "use another delimiter, as in s#old#new#g, and close it"),
    (r"\bsed\b", r"no input files", "name the files"),
    (r"\bgit branch -d\b", r"not fully merged", "it has commits of its own: -D deletes it all the same"),
    (r"\bgit commit\b", r"nothing (?:added )?to commit|no changes added", "add the files first"),
    (r"\bgit\b", r"would be overwritten", "put the changes aside or commit them first"),
    (r"", r"are the same file|same file", "source and target have to differ"),
    (r"\bmv\b|\bcp\b", r"not a directory", "with several files the target has to be a folder that is there"),
    (r"\brmdir\b", r"not empty", "the folder is not empty"),
    (r"\bcp\b", r"omitting directory", "folders are copied with -r"),
    (r"\brm\b", r"is a directory", "folders are removed with -r"),
    (r"", r"argument list too long", "use find with -exec ... {} +"),
    (r"\btar\b", r"cowardly refusing", "name what goes into the archive"),
    (r"\|\s*xargs\b|\bfor\b", r"no such file", "names may have blanks: quote them, or use -print0 and xargs -0"),
)  # fmt: skip
"""In the command, in its error (both as regular expressions), and what to do. From the programs' own messages."""
_COMPILED = tuple((re.compile(command), re.compile(error, re.I), advice) for command, error, advice in _RULES)


def advice(command: str, wrong: str, cwd: str, names: Names) -> str:
    """What to do about a step that went wrong, in words for the model; empty when nothing is known."""
    found = next((text for pattern, error, text in _COMPILED if pattern.search(command) and error.search(wrong)), "")
    if not _MISSING.search(wrong):
        return found
    place = _asked_of(command, cwd)
    there = names(os.path.join(cwd, place) if place else cwd)
    shown = shortened(", ".join(there[:_MOST_NAMES]), 400).replace("\n", " ")
    more = f" and {len(there) - _MOST_NAMES} more" if len(there) > _MOST_NAMES else ""
    where = place or "this folder"
    listed = f"in {where} are: {shown}{more}" if there else f"{where} is empty"
    return f"{found}; {listed}" if found else listed


def _asked_of(command: str, cwd: str) -> str:
    """The folder that a path which is not there would lie in; empty where that is `cwd`, or cannot be told."""
    for path in map(str, _PATH.findall(command)):
        place = os.path.expanduser(path.rpartition("/")[0])
        if not os.path.lexists(os.path.join(cwd, os.path.expanduser(path))) and os.path.isdir(os.path.join(cwd, place)):
            return place
    return ""
