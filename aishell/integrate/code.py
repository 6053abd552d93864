"""The code for a shell: where things are on this machine, then what stands in `aishell.bash`, `.zsh` or `.fish`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

ShellName = Literal["bash", "zsh", "fish"]
SHELLS: tuple[ShellName, ...] = get_args(ShellName)
KEYS = {"ask": "AISHELL_KEY", "fix": "AISHELL_KEY_FIX", "recall": "AISHELL_KEY_RECALL", "suggest": "AISHELL_KEY_SUGGEST"}
"""What a key does, and the variable of the shell that names the key."""
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    shell: ShellName
    python: str
    """The interpreter that aishell is installed in."""
    record: bool = False
    """Commands go into memory."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Other keys than the usual ones, by what they do: {"ask": "ctrl-g"}."""


def code(wanted: Wanted) -> str:
    """What the shell reads when it starts."""
    return f"{header(wanted)}{(HERE / f'aishell.{wanted.shell}').read_text('utf-8')}"


def pointing(wanted: Wanted) -> str:
    """The same for a file that is kept: it reads the code where aishell is installed, and so that of the present version."""
    there = '"$__ai_folder"' if wanted.shell != "fish" else "$__ai_folder"
    file = f"{there}/aishell.{wanted.shell}"
    read = f"test -r {file}; and builtin source {file}" if wanted.shell == "fish" else f"[ ! -r {file} ] || builtin . {file}"
    return f"{header(wanted)}{read}\n"


def header(wanted: Wanted) -> str:
    places = {"python": wanted.python, "folder": str(HERE)}
    lines = [_set(wanted.shell, f"__ai_{name}", value) for name, value in places.items()]
    chosen = {KEYS[name]: key for name, key in wanted.keys.items()} | ({"AISHELL_RECORD": "1"} if wanted.record else {})
    lines += [_unless_set(wanted.shell, name, value) for name, value in chosen.items()]
    return "\n".join(lines) + "\n"


def _set(shell: ShellName, name: str, value: str) -> str:
    return f"set -g {name} {quoted(shell, value)}" if shell == "fish" else f"{name}={quoted(shell, value)}"


def _unless_set(shell: ShellName, name: str, value: str) -> str:
    """What the person has set before, or sets in one session, counts."""
    if shell == "fish":
        return f"set -q {name}; or set -g {name} {quoted(shell, value)}"
    return f"[[ -v {name} ]] || {name}={quoted(shell, value)}"


def quoted(shell: ShellName, text: str) -> str:
    """`text` as one word of the shell's."""
    if shell == "fish":
        escaped = text.replace("\\", "\\\\").replace("'", "\\'")
        return f"'{escaped}'"
    return shlex.quote(text)
