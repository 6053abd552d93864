"""What is wrong with a command before it runs: it does not parse, names programs that are not here, or has a placeholder."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Callable

from aishell.core.types import Script
from aishell.planner.lexicon import BUILTINS

_PLACEHOLDER = re.compile(
    r"/?path/to\S*|<[a-z][a-z_ -]+>|\byour[_-]?\w*(?:file|dir|folder|directory|name|path|user|host|server|domain)\w*"
    r"|\[(?:file|dir|folder|directory|name|path)[a-z_ -]*\]|/some/(?:dir|path|file|folder)\S*",
    re.I,
)

_COMMENT = re.compile(r"^\s*#.*$", re.M)

Inspect = Callable[[str], Script]
Which = Callable[[str], str | None]
UnknownOptions = Callable[[Script], tuple[str, ...]]
"""What is wrong with the options in a script, in words."""


def no_unknown_options(_script: Script) -> tuple[str, ...]:
    return ()


def problems(
    command: str,
    request: str,
    script: Script,
    which: Which = shutil.which,
    unknown_options: UnknownOptions = no_unknown_options,
) -> tuple[str, ...]:
    """In words the model and the person both understand; empty when the command can run."""
    if not command.strip():
        return ("there is no command in it",)
    if script.error:
        return (f"bash cannot parse it: {script.error}",)
    found = [f"{name} is not installed on this machine" for name in _missing(script, which)]
    found += unknown_options(script)
    found += [
        f"{text} is a placeholder, not a real name"
        for text in dict.fromkeys(match[0] for match in _PLACEHOLDER.finditer(_COMMENT.sub("", command)))
        if text not in request
    ]
    return tuple(found)


def _missing(script: Script, which: Which) -> list[str]:
    names = dict.fromkeys(call.program for call in script.calls if call.program)
    known = BUILTINS | set(script.functions)
    made = {posixpath.normpath(word.literal) for call in script.calls if call.program == "chmod" for word in call.words[1:]}
    return [name for name in names if name not in known and not which(name) and not _there_by_then(name, made)]


def _there_by_then(name: str, made: set[str]) -> bool:
    """A file that the script itself makes executable before it runs it."""
    return "/" in name and posixpath.normpath(name) in made
