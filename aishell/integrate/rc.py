"""The one line in a shell's own file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from aishell.core.errors import ConfigError
from aishell.integrate.code import ShellName, quoted


def own_file(shell: ShellName, environment: Mapping[str, str]) -> Path:
    """What an interactive shell of this person reads."""
    home = Path(environment.get("HOME") or Path.home())
    if shell == "zsh":
        return Path(environment.get("ZDOTDIR") or home) / ".zshrc"
    if shell == "fish":
        named = environment.get("XDG_CONFIG_HOME", "")
        return (Path(named) if named.startswith("/") else home / ".config") / "fish" / "config.fish"
    return home / ".bashrc"


def line(shell: ShellName, file: Path) -> str:
    """Reads `file`, and does nothing where it is not there any more."""
    name = quoted(shell, str(file))
    if shell == "fish":
        return f"test -r {name}; and source {name}  # aishell"
    return f"[ ! -r {name} ] || . {name}  # aishell"


def add(own: Path, wanted: str) -> bool:
    """Put the line at the end, unless it is there: whether it is new. Raises ConfigError."""
    text = _read(own)
    if wanted in text.splitlines():
        return False
    _write(own, f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{wanted}\n")
    return True


def remove(own: Path, wanted: str) -> bool:
    """Take the line out, and leave every other as it is: whether it was there. Raises ConfigError."""
    lines = _read(own).splitlines(keepends=True)
    kept = [each for each in lines if each.rstrip("\r\n") != wanted]
    if len(kept) == len(lines):
        return False
    _write(own, "".join(kept))
    return True


def _read(own: Path) -> str:
    try:
        return own.read_text("utf-8", "surrogateescape") if own.exists() else ""
    except OSError as error:
        raise ConfigError(f"{own} cannot be read: {error.strerror}.") from error


def _write(own: Path, text: str) -> None:
    """At once, into what a link leads to, with the rights the file had."""
    real = Path(os.path.realpath(own))
    part = real.with_name(f"{real.name}.{os.getpid()}.part")
    try:
        real.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, "utf-8", "surrogateescape", newline="")
        part.chmod(real.stat().st_mode & 0o777 if real.exists() else 0o644)
        part.replace(real)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigError(f"{own} cannot be written: {error.strerror}.") from error
