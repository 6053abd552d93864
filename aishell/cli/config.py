"""`aishell config`: what is in force, where the user's file is, and opening it."""

from __future__ import annotations

import os
import shlex
import subprocess
import tomllib
from dataclasses import asdict
from pathlib import Path

from aishell import wiring
from aishell.cli import stdio
from aishell.config.load import load, write_private
from aishell.config.paths import Paths, shipped
from aishell.core.errors import ConfigError, UsageError


def run(arguments: list[str]) -> int:
    if arguments == ["path"]:
        stdio.show(str(Paths.from_environment(dict(os.environ)).config_file))
        return 0
    if arguments == ["show"]:
        return _show()
    if arguments == ["edit"]:
        return _edit()
    raise UsageError("aishell config takes one of: show, path, edit.")


def _show() -> int:
    loaded, paths = wiring.settings()
    stdio.show(f"# {paths.config_file}{'' if paths.config_file.exists() else ' (not there: all defaults)'}")
    tables = asdict(loaded.settings)
    tables |= {f"remote.{name}": table for name, table in tables.pop("remote").items()}
    for section, keys in tables.items():
        stdio.show(f"[{section}]")
        for key, value in keys.items():
            text = f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
            origin = loaded.sources.get(f"{section}.{key}")
            stdio.show(f"{key} = {text}{f'  # {origin}' if origin else ''}")
    return 0


def _edit() -> int:
    file = Paths.from_environment(dict(os.environ)).config_file
    if not file.exists():
        write_private(file, _commented_out(shipped("aishell.toml").read_text("utf-8")))
    status = open_editor(file)
    if status == 0:
        load(file, {})  # a mistake is best told while the file is fresh in mind
    return status


def open_editor(file: Path) -> int:
    """The user's editor on `file`; its exit status. Raises ConfigError when it cannot be started."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        return subprocess.call([*shlex.split(editor), str(file)])
    except OSError as error:
        raise ConfigError(
            f"The editor {editor!r} cannot be started: {error.strerror}.", hint=f"Set $EDITOR, or edit {file}."
        ) from error


def _commented_out(text: str) -> str:
    """The shipped file with every setting commented out, so that later defaults still reach the user."""
    lines = [f"# {line}" if line and not line.startswith(("#", "[")) else line for line in text.splitlines()]
    result = "\n".join(lines) + "\n"
    tomllib.loads(result)
    return result
