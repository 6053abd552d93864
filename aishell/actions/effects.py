"""What a program's words say about its effects: a subcommand, the machines it names."""

from __future__ import annotations

import re

from aishell.core.types import Word

_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://(?:[^/@\s]*@)?(\[[^\]]*\]|[^/:?#\s'\"]+)", re.I)
_REMOTE = re.compile(r"(?:[\w.-]+@)?([\w.-]+|\[[0-9a-fA-F:]+\]):(?!/{2})\S*")
"""A machine and a path, to rsync and scp; without a colon it is a file."""
_LONGEST = 2048
"""Characters of a word in which machines are looked for: the pattern takes quadratic time."""
TOOLS = {"mcp": slice(2, 4), "tool": slice(2, 3)}
"""Effects that are whatever another program can do, a network included; and the words behind `aishell` that name it."""
CAN_BE_REMOTE = frozenset({"rsync", "scp", "rcp", "sftp", "ssh", "git", "mosh", "sshfs"})


def hosts(name: str, texts: list[str]) -> tuple[str, ...]:
    """The machines that the words of the program `name` mean."""
    texts = [text[:_LONGEST] for text in texts]
    found = [match[1] for text in texts for match in _URL.finditer(text)]
    if name in CAN_BE_REMOTE:
        found += [match[1] for text in texts if "://" not in text and (match := _REMOTE.fullmatch(text))]
    return tuple(dict.fromkeys(found))


def subcommand(words: tuple[Word, ...], named: frozenset[str], valued: frozenset[str]) -> bool:
    """Whether a command's subcommand, or an option before it, is one of those named; one that cannot be known counts."""
    plain: list[str] = []
    at = 1 if named else len(words)
    while at < len(words) and len(plain) < 2:
        word = words[at]
        if word.literal in named or (not word.fixed and not word.literal and not plain):
            return not plain or word.literal.startswith("-")
        if not word.literal.startswith("-"):
            plain.append(word.literal)
        at += 1 + (word.literal in valued)
    return " ".join(plain) in named
