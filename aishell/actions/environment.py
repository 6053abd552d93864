"""What a command gets to know: the environment it is given, and the seal of an approval over it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

_CHANGES_BASH = frozenset(
    "BASH_ENV ENV SHELLOPTS BASHOPTS PS4 PROMPT_COMMAND GLOBIGNORE EXECIGNORE CDPATH LD_PRELOAD LD_AUDIT".split()
)

STAYS = "AISHELL_LOCAL"
"""Forbids models on other machines, as `--local` does."""


def clean_environment(environment: Mapping[str, str], withheld: Iterable[str] = (), *, stays: bool = False) -> dict[str, str]:
    """`environment` without what could make bash run something else, without aishell's own settings, and without `withheld`.

    What forbids models on other machines is kept; with `stays` they are forbidden to whatever aishell the command runs.
    """
    left_out = _CHANGES_BASH.union(withheld)
    given = {
        name: value
        for name, value in environment.items()
        if name == STAYS or (name not in left_out and not name.startswith(("BASH_FUNC_", "AISHELL_")))
    }
    return {**given, STAYS: "1"} if stays else given


def seal(command: str, cwd: str, environment: Mapping[str, str]) -> str:
    """A SHA-256 over the exact bytes of a command, its folder, and the environment it is given."""
    digest = hashlib.sha256()
    for text in (command, cwd, *(f"{name}={environment[name]}" for name in sorted(environment))):
        data = text.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()
