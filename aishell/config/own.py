"""`[macro.NAME]` and `[hooks]` of the user's own file."""

from __future__ import annotations

import os
import re
from typing import Any

from aishell.core.errors import ConfigError
from aishell.core.own import HookFiles, Macro
from aishell.extend.macros import parameters, quoted

_NAME = re.compile(r"[^\W_][\w.-]{0,31}")
_MACRO_KEYS = frozenset({"text", "command", "about", "defaults"})
_HOOK_KEYS = frozenset({"before", "after", "seconds"})
_HINT = "docs/extending.md shows how it is written."


def macros(table: object, origin: str) -> tuple[Macro, ...]:
    """The macros of the section `macro`, in their order. Raises ConfigError."""
    if not isinstance(table, dict):
        raise ConfigError(f"{origin}: macro is no section.", hint=_HINT)
    return tuple(_macro(str(name), entry, f"{origin}: [macro.{name}]") for name, entry in table.items())


def _macro(name: str, entry: object, where: str) -> Macro:
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{where}: a name is one word of letters, digits, - and _, at most 32.", hint=_HINT)
    found = _known(entry, _MACRO_KEYS, "macro", where)
    defaults = found.pop("defaults", {})
    if not isinstance(defaults, dict) or not all(isinstance(value, str) for value in (*found.values(), *defaults.values())):
        raise ConfigError(f"{where}: text, command and about are texts, defaults a table of texts.", hint=_HINT)
    macro = Macro(name=name, **found, defaults=defaults)
    if bool(macro.text.strip()) == bool(macro.command.strip()):
        raise ConfigError(f"{where}: either text or command is needed.", hint=_HINT)
    if unknown := sorted(defaults.keys() - set(parameters(macro))):
        raise ConfigError(f"{where}: there is no parameter {{{unknown[0]}}}.", hint=_HINT)
    if within := quoted(macro):
        raise ConfigError(f"{where}: write {{{within}}} without quotes around it; its value is quoted when it is put in.")
    return macro


def hooks(table: object, origin: str) -> HookFiles:
    """Raises ConfigError."""
    where = f"{origin}: [hooks]"
    found = _known(table, _HOOK_KEYS, "hooks section", where)
    seconds = found.get("seconds", HookFiles.__dataclass_fields__["seconds"].default)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0.1 <= seconds <= 60:
        raise ConfigError(f"{where}: seconds is a number from 0.1 to 60.", hint=_HINT)
    before, after = (_files(found.get(key, []), f"{where}: {key}") for key in ("before", "after"))
    return HookFiles(before=before, after=after, seconds=float(seconds))


def _files(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(path, str) for path in value):
        raise ConfigError(f"{where} is a list of paths.", hint=_HINT)
    found = tuple(os.path.expanduser(path) for path in value)
    if relative := next((path for path in found if not path.startswith("/")), ""):
        raise ConfigError(f"{where}: {relative} must begin with / or ~, so that it is the same one everywhere.", hint=_HINT)
    return found


def _known(entry: object, keys: frozenset[str], what: str, where: str) -> dict[str, Any]:
    if not isinstance(entry, dict) or (unknown := sorted(entry.keys() - keys)):
        said = unknown[0] if isinstance(entry, dict) else "that"
        raise ConfigError(f"{where}: a {what} has {', '.join(sorted(keys))}, not {said}.", hint=_HINT)
    return dict(entry)
