"""Perl's `rename`, which few machines have and models like: the same by sed or tr and mv, where it is not here."""

from __future__ import annotations

import re
from collections.abc import Callable

_EXPRESSION = r"(?P<quote>['\"]?)(?P<expression>[sy]/(?:[^'\"/\\\n$`]|\\.|\$(?=/))*/(?:[^'\"/\\\n$`]|\\.)*/[gi]*)(?P=quote)"
_CALL = rf"(?:file-|p)?rename\s+(?:-[vf]\s+)*{_EXPRESSION}"
_END = r"(?=\s*(?:$|[;&\n]))"
_RENAME = re.compile(
    rf"(?:^|(?<=[;&|(\n])|(?<=[;&|(] )|(?<=\bdo )|(?<=\bthen )){_CALL}\s+(?P<files>[^|;&<>\n(){{}}]*[^|;&<>\n(){{}}\s])"
)
_EXEC = re.compile(rf"\s-exec(?:dir)?\s+{_CALL}\s+'?{{}}'?\s*(?:\+|\\;|';'){_END}")
_FOUND = re.compile(
    rf"(?<![\w./-])(?P<find>find\b(?:(?!-print0)[^|;&\n])*?)(?:\s+-print0)?\s*\|\s*"
    rf"xargs\s+(?:-I\s*\S+\s+|-\S+\s+)*{_CALL}(?:\s+'?{{}}'?)?{_END}"
)
_PERLS = re.compile(r"\\[dDuUlLEQ]|[*+?]\?|\(\?|\\b")
"""Signs that sed knows otherwise or not at all."""
_FILES_FOUND = " -print0 | while IFS= read -r -d '' f; do"


def renamed(command: str, which: Callable[[str], str | None]) -> str:
    """`command` without `rename 's/A/B/' FILES`, where there is no such program; folders before the names stay as they are."""
    if "rename" not in command or any(map(which, ("rename", "file-rename", "prename"))):
        return command
    command = _EXEC.sub(lambda match: _loop(match, _FILES_FOUND), command)
    command = _FOUND.sub(lambda match: _loop(match, f"{match['find']}{_FILES_FOUND}"), command)
    return _RENAME.sub(lambda match: _loop(match, f"for f in {match['files']}; do"), command)


def _loop(match: re.Match[str], head: str) -> str:
    """`head` and what is done with each file; as it was where only Perl knows what is meant."""
    expression = match["expression"]
    if _PERLS.search(expression):
        return match[0]
    change = f"sed -E '{expression}'"
    if expression[0] == "y":
        _, old, new, _ = re.split(r"(?<!\\)/", expression)
        change = f"tr '{old}' '{new}'"
    name = '"$(basename -- "$f")"'
    return f'{head} n=$(basename -- "$f" | {change}); [ "$n" = {name} ] || mv -n -- "$f" "$(dirname -- "$f")/$n"; done'
