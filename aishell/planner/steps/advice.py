"""What helps a model out of a failure: the names that are really there, and what a program's message means for the command."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from aishell.planner.steps.past import shortened

Names = Callable[[str], tuple[str, ...]]
"""The names of what lies in a folder, in order."""

_MISSING = re.compile(
    r"no such file or directory|cannot (?:stat|access|open)|not found|no match|does not exist|did not match|empty archive"
    r"|没有那个文件|无法",
    re.I,
)
_MOST_NAMES = 24
_PATTERN = re.compile(r"(?<![\w$}*?./-])\*\.\w{1,5}\b")
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


def in_their_case(command: str, request: str, names: tuple[str, ...]) -> str:
    """The command with patterns that fit no name in the folder, but would in the letters of the request, in those letters.

    A model writes *.jpg where *.JPG was asked for, and does so again when it is told that there is none.
    """

    def fitting(match: re.Match[str]) -> str:
        pattern = match[0]
        if any(fnmatchcase(name, pattern) for name in names):
            return pattern
        found = [name for name in names if fnmatchcase(name.lower(), pattern.lower())]
        endings = {name[name.rindex(".") :] for name in found if "." in name}
        ending = endings.pop() if len(endings) == 1 else ""
        return f"*{ending}" if ending and ending[1:] in request else pattern

    return _PATTERN.sub(fitting, command)


def advice(command: str, wrong: str, cwd: str, names: Names) -> str:
    """What to do about a step that went wrong, in words for the model; empty when nothing is known."""
    found = next((text for pattern, error, text in _COMPILED if pattern.search(command) and error.search(wrong)), "")
    if not _MISSING.search(wrong):
        return found
    there = names(cwd)
    shown = shortened(", ".join(there[:_MOST_NAMES]), 400).replace("\n", " ")
    more = f" and {len(there) - _MOST_NAMES} more" if len(there) > _MOST_NAMES else ""
    listed = f"in this folder are: {shown}{more}" if there else "this folder is empty"
    return f"{found}; {listed}" if found else listed
