"""Settings from the defaults, the user's file, and AISHELL_* variables, in that order.

Only these: a file in the folder someone works in is foreign, and could choose a model or loosen a limit.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
import tomllib
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from aishell.config.remotes import order_of, remotes
from aishell.config.settings import LOWEST, RemoteSettings, Settings
from aishell.core.errors import ConfigError

if TYPE_CHECKING:
    from aishell.core.own import HookFiles, Macro
    from aishell.core.tools import Server

_EDIT = "`aishell config edit` opens the file; config/aishell.toml explains every key."
_ELSEWHERE = ("mcp", "macro", "hooks")
"""Sections with names of the person's own in them: checked here, and read by those who need them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    settings: Settings
    sources: dict[str, str]
    """Where each setting that is not a default comes from, by its dotted name."""


def load(file: Path, environment: dict[str, str]) -> Loaded:
    """The settings in force. Raises ConfigError with file and line."""
    found, places = _from_file(file)
    settings, sources = Settings(remote=places), {}
    for name, value, origin in [*found, *_from_environment(environment)]:
        settings = _with(settings, name, value, origin)
        sources[name] = origin
    for name in ("model.remote", "tasks.plan", "tasks.functions"):
        section, key = name.split(".")
        if (text := getattr(getattr(settings, section), key)) or name in sources:
            order_of(text or settings.model.remote, settings, sources.get(name, name))
    if settings.model.backend == "plugin" and not settings.model.plugin.split():
        origin = sources.get("model.backend", "model.backend")
        raise ConfigError(f"{origin}: model.plugin names no plugin.", hint=f"`aishell extend list` shows them. {_EDIT}")
    return Loaded(settings=settings, sources=sources)


def names() -> list[str]:
    """All settings, dotted: `model.use`."""
    return [f"{section}.{key}" for section, keys in asdict(Settings()).items() for key in keys]


def set_value(file: Path, name: str, value: str) -> None:
    """Write one text setting into the user's file, leaving every other line as it is. Raises ConfigError."""
    section, key = name.split(".")
    text = file.read_text("utf-8") if file.is_file() else ""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    line = f'{key} = "{escaped}"'
    lines = text.splitlines()
    at = _line_of(text, section, key)
    header = _line_of(text, section, "")
    if at:
        lines[at - 1] = line
    elif header:
        lines.insert(header, line)
    else:
        lines += ["", f"[{section}]", line] if lines else [f"[{section}]", line]
    write_private(file, "\n".join(lines) + "\n")


def write_private(file: Path, text: str) -> None:
    """Replace `file` at once, readable by its owner only. Raises ConfigError."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part.write_text(text, "utf-8")
        part.chmod(0o600)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigError(f"{file} cannot be written: {error.strerror}.") from error


def read_own(file: Path) -> str:
    """A file of the user's, which nobody else may write; empty when it is not there. Raises ConfigError."""
    try:
        text = file.read_text("utf-8")
        _refuse_foreign(file)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}.") from error
    return text


def own_servers(file: Path) -> tuple[Server, ...]:
    """The MCP servers of the user's file: of no other, since each is a command that is run. Raises ConfigError."""
    return _own(file, "mcp") or ()


def own_macros(file: Path) -> tuple[Macro, ...]:
    """Likewise. Raises ConfigError."""
    return _own(file, "macro") or ()


def own_hooks(file: Path) -> HookFiles | None:
    """Likewise; None when there are none. Raises ConfigError."""
    found: HookFiles | None = _own(file, "hooks")
    return found


def _own(file: Path, section: str) -> Any:
    tables = _tables(file, read_own(file))
    return _read_elsewhere(section, tables[section], str(file)) if section in tables else None


def _read_elsewhere(section: str, table: object, origin: str) -> Any:
    """What reads them is only loaded for those who have such a section: 4 ms. Raises ConfigError."""
    from aishell.config import own, servers

    return {"mcp": servers.servers, "macro": own.macros, "hooks": own.hooks}[section](table, origin)


def _tables(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.", hint=_EDIT) from error


def _from_file(file: Path) -> tuple[list[tuple[str, Any, str]], dict[str, RemoteSettings]]:
    text = read_own(file)
    tables = _tables(file, text)
    for section in _ELSEWHERE:
        if section in tables:
            _read_elsewhere(section, tables.pop(section), str(file))
    places = remotes(tables.pop("remote", {}), str(file))
    found: list[tuple[str, Any, str]] = []
    for section, table in tables.items():
        if not isinstance(table, dict):
            raise _unknown(section, f"{file}, line {_line_of(text, '', section)}")
        for key, value in table.items():
            origin = f"{file}, line {_line_of(text, section, key)}"
            if f"{section}.{key}" not in names():
                raise _unknown(f"{section}.{key}", origin)
            found.append((f"{section}.{key}", value, origin))
    return found, places


def _from_environment(environment: dict[str, str]) -> list[tuple[str, Any, str]]:
    known = {f"AISHELL_{name.replace('.', '_').upper()}": name for name in names()}
    sections = tuple(f"AISHELL_{section.upper()}_" for section in asdict(Settings()) if section != "remote")
    found: list[tuple[str, Any, str]] = []
    for variable, text in environment.items():
        if variable in known:
            found.append((known[variable], _parse(known[variable], text), f"${variable}"))
        elif variable.startswith(sections):
            nearest = difflib.get_close_matches(variable, known, 1, 0)[0]
            raise ConfigError(f"${variable} is not a setting.", hint=f"Did you mean {nearest}?")
    return found


def _refuse_foreign(file: Path) -> None:
    """Whoever can write the file decides what runs: it must be the user (or root) alone."""
    for path in (file, file.parent):
        state = path.stat()
        if state.st_uid not in (0, os.getuid()) or state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ConfigError(
                f"{path} can be written by others.", hint=f"Run `chmod go-w {path}` if it is yours, then look into it."
            )


def _type(name: str) -> Any:
    section, key = name.split(".")
    return get_type_hints(get_type_hints(Settings)[section])[key]


def _parse(name: str, text: str) -> Any:
    """A variable's text as the setting's type; what does not fit is left for `_with` to refuse."""
    wanted = _type(name)
    try:
        if wanted is bool:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        return wanted(text) if wanted in (int, float) else text
    except (KeyError, ValueError):
        return text


def _with(settings: Settings, name: str, value: Any, origin: str) -> Settings:
    wanted = _type(name)
    if wanted is float and type(value) is int:
        value = float(value)
    if get_origin(wanted) is Literal:
        if value not in get_args(wanted):
            choices = ", ".join(f'"{choice}"' for choice in get_args(wanted))
            raise ConfigError(f"{origin}: {name} must be one of {choices}, not {value!r}.", hint=_EDIT)
    elif type(value) is not wanted:
        kind = {bool: "true or false", int: "a whole number", float: "a number", str: "text in quotes"}[wanted]
        raise ConfigError(f"{origin}: {name} must be {kind}, not {value!r}.", hint=_EDIT)
    if name in LOWEST and value < LOWEST[name]:
        raise ConfigError(f"{origin}: {name} must be at least {LOWEST[name]:g}, not {value!r}.", hint=_EDIT)
    section, key = name.split(".")
    return replace(settings, **{section: replace(getattr(settings, section), **{key: value})})


def _unknown(name: str, origin: str) -> ConfigError:
    key = name.rpartition(".")[2]
    candidates = {candidate: candidate for candidate in names()} | {candidate.split(".")[1]: candidate for candidate in names()}
    candidates |= {f.name: f"[{f.name}]" for f in fields(Settings)}
    near = difflib.get_close_matches(name, candidates, 1, 0) + difflib.get_close_matches(key, candidates, 1, 0)
    best = max(near, key=lambda found: max(_likeness(found, name), _likeness(found, key)))
    return ConfigError(f"{origin}: there is no setting {name.strip('.')}.", hint=f"The nearest is {candidates[best]}. {_EDIT}")


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def _line_of(text: str, section: str, key: str) -> int:
    """The line (from 1) of `key` in `[section]`, of the section's header when `key` is empty; 0 when it is not written so."""
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            current = header[1]
            if current == section and not key:
                return number
        elif current == section and key and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return 0
