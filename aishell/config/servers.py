"""`[mcp.NAME]` of the user's own file: the servers whose tools aishell may use."""

from __future__ import annotations

import re
from typing import Any

from aishell.core.errors import ConfigError
from aishell.core.tools import Server

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_TOOL = re.compile(r"[A-Za-z0-9_./-]{1,128}")
_KEYS = frozenset({"command", "url", "env", "allow", "seconds"})
_HINT = 'For example: [mcp.clock] command = ["uvx", "mcp-server-time"]. docs/mcp.md says more.'


def servers(table: object, origin: str) -> tuple[Server, ...]:
    """The servers of the section `mcp`, in their order. Raises ConfigError."""
    if not isinstance(table, dict):
        raise ConfigError(f"{origin}: mcp is no section.", hint=_HINT)
    return tuple(_server(str(name), entry, f"{origin}: [mcp.{name}]") for name, entry in table.items())


def _server(name: str, entry: object, where: str) -> Server:
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{where}: a name has letters, digits, - and _, at most 32.", hint=_HINT)
    if not isinstance(entry, dict) or (unknown := sorted(entry.keys() - _KEYS)):
        said = unknown[0] if isinstance(entry, dict) else "that"
        raise ConfigError(f"{where}: a server has {', '.join(sorted(_KEYS))}, not {said}.", hint=_HINT)
    command, url = _texts(entry, "command", where), entry.get("url", "")
    if not isinstance(url, str) or bool(command) == bool(url):
        raise ConfigError(f"{where}: either command or url is needed.", hint=_HINT)
    if url and not re.match(r"https://|http://(?:127\.0\.0\.1|localhost|\[::1\])[:/]", url):
        raise ConfigError(f"{where}: a url begins with https://, or names this machine.", hint=_HINT)
    allow = _texts(entry, "allow", where)
    if not all(_TOOL.fullmatch(tool) for tool in allow):
        raise ConfigError(f"{where}: allow has names of tools, without patterns.", hint=_HINT)
    return Server(
        name=name, command=command, url=url, env=_environment(entry, where), allow=allow, seconds=_seconds(entry, where)
    )


def _texts(entry: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = entry.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) and text and "\0" not in text for text in value):
        raise ConfigError(f"{where}: {key} is a list of texts.", hint=_HINT)
    return tuple(value)


def _environment(entry: dict[str, Any], where: str) -> dict[str, str]:
    value = entry.get("env", {})
    if not isinstance(value, dict) or not all(isinstance(text, str) and "\0" not in text for text in value.values()):
        raise ConfigError(f"{where}: env is a table of texts.", hint=_HINT)
    return {str(name): text for name, text in value.items()}


def _seconds(entry: dict[str, Any], where: str) -> float:
    value = entry.get("seconds", Server.__dataclass_fields__["seconds"].default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.1 <= value <= 600:
        raise ConfigError(f"{where}: seconds is a number from 0.1 to 600.", hint=_HINT)
    return float(value)
