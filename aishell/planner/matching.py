"""Patterns in a command that the shell would fill in with names, and that fit none."""

from __future__ import annotations

import glob
import os
from itertools import islice

from aishell.core.types import Script, Word

_OF_FILES = frozenset(
    """
    ls cat tac nl head tail wc sort uniq cut paste rm cp mv ln chmod chown chgrp du stat file tar zip gzip gunzip bzip2 xz zcat
    md5sum sha1sum sha256sum cksum rsync diff less shred
    """.split()
)
"""Programs whose operands with a star are names, and no pattern of their own."""
_MAKES = frozenset("mkdir touch cp mv tar unzip git cd pushd".split())
_MOST_STARS = 3
"""More would look at too many folders."""


def unmatched(script: Script, cwd: str) -> str:
    """The first pattern that no name fits; empty when there is none, or when the script itself may make one first."""
    if any(call.program in _MAKES for call in script.calls[:-1]) or script.functions or script.error:
        return ""
    for call in script.calls:
        for word in call.words[1:] if call.program in _OF_FILES else ():
            pattern = _pattern(word)
            if pattern and not any(islice(glob.iglob(pattern, root_dir=cwd), 1)):
                return pattern
    return ""


def _pattern(word: Word) -> str:
    """The word as a pattern for names; empty when it is none, or holds what only the shell can know."""
    kinds = {part.kind for part in word.parts}
    signs = "".join(part.text for part in word.parts if part.kind == "glob")
    if not signs or signs.count("*") > _MOST_STARS or set("{(") & set(signs) or kinds - {"text", "glob"}:
        return ""
    written = "".join(part.text if part.kind == "glob" else glob.escape(part.text) for part in word.parts)
    if "**" in written or written.startswith(("~", "-")) or "=" in written:
        return ""
    return os.path.normpath(written) if written.startswith("./") else written
