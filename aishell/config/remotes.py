"""The [remote.NAME] tables of the user's own file: places where a model is asked over HTTP."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, get_type_hints

from aishell.config.settings import RemoteSettings, Settings
from aishell.core.errors import ConfigError

if TYPE_CHECKING:
    from urllib.parse import SplitResult

LOCAL = "local"
"""This machine's engine, in an order of models."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|keyring:[^/]+/.+")
_HERE = ("localhost", "127.0.0.1", "::1")
_EDIT = "`aishell config edit` opens the file; config/aishell.toml explains every key."
_LOWEST: dict[str, float] = {"timeout_s": 1.0, "context_tokens": 512, "thinking_tokens": 0, "at_once": 1}


def remotes(table: Any, origin: str) -> dict[str, RemoteSettings]:
    """Raises ConfigError; a value is never told: it might be the key itself."""
    if not isinstance(table, dict) or not all(isinstance(one, dict) for one in table.values()):
        raise ConfigError(f"{origin}: [remote.NAME] is a table with a url and a model.", hint=_EDIT)
    return {name: _remote(name, one, origin) for name, one in table.items()}


def _remote(name: str, table: dict[str, Any], origin: str) -> RemoteSettings:
    where = f"{origin}: remote.{name}"
    if not _NAME.fullmatch(name) or name == LOCAL:
        raise ConfigError(f"{where}: another name, please: small letters, digits, - and _.", hint=f'"{LOCAL}" is this machine.')
    wanted = get_type_hints(RemoteSettings)
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in wanted:
            known = ", ".join(field.name for field in fields(RemoteSettings))
            raise ConfigError(f"{where}: there is no setting {key}.", hint=f"There are {known}.")
        value = float(value) if wanted[key] is float and type(value) is int else value
        if type(value) is not wanted[key] or (key in _LOWEST and value < _LOWEST[key]):
            raise ConfigError(f"{where}.{key} is not what it should be.", hint=_EDIT)
        values[key] = value
    made = replace(RemoteSettings(), **values)
    _look_at(made, where)
    return made


def _look_at(made: RemoteSettings, where: str) -> None:
    """Raises ConfigError."""
    if not made.model:
        raise ConfigError(f"{where} has no model.", hint=_EDIT)
    if made.key and not _KEY.fullmatch(made.key):
        raise ConfigError(
            f"{where}.key is the name of a variable, or keyring:SERVICE/USER, and never the key itself.",
            hint="Keep the key in your shell's environment or your keyring.",
        )
    if made.url.startswith("unix:/"):
        return
    url = _split(made.url, where)
    if url.scheme == "http" and url.hostname not in _HERE and not made.plain_http:
        raise ConfigError(
            f"{where}.url sends everything in the clear, the key too.", hint="Use https://, or set plain_http = true."
        )


def _split(text: str, where: str) -> SplitResult:
    """Raises ConfigError."""
    from urllib.parse import urlsplit

    try:
        url = urlsplit(text)
        usable = url.scheme in ("http", "https") and url.hostname and (url.port is None or url.port > 0)
    except ValueError:
        usable = False
    if not usable or url.username or url.password or url.query or url.fragment:
        raise ConfigError(f"{where}.url is no address of a model.", hint="Such as https://models.example.com/v1")
    return url


def order_of(text: str, settings: Settings, name: str) -> tuple[str, ...]:
    """The names in an order of models. Raises ConfigError."""
    names = tuple(dict.fromkeys(text.split()))
    unknown = [one for one in names if one != LOCAL and one not in settings.remote]
    if unknown or not names:
        known = ", ".join([*settings.remote, LOCAL])
        raise ConfigError(
            f"{name} names no model that there is: {' '.join(unknown) or 'it is empty'}.", hint=f"There are {known}."
        )
    return names
