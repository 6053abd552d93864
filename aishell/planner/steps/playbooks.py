"""Which facts a question about the machine needs: playbooks as data, chosen by patterns, filled in with plain words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aishell.core.errors import ConfigError
from aishell.core.steps import Past

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
"""What a parameter may be: it goes into a command."""
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    name: str
    asks: tuple[re.Pattern[str], ...]
    gather: tuple[str, ...]
    take: dict[str, re.Pattern[str]] = field(default_factory=dict)

    def commands(self, request: str, done: Sequence[Past]) -> tuple[str, ...]:
        """What gathers the facts, as far as the parameters are known; the commands that have run stay the first."""
        known = next((match.groupdict() for pattern in self.asks if (match := pattern.search(request))), {})
        printed = "\n".join(past.output for past in done)
        known |= {name: found[1] for name, pattern in self.take.items() if (found := pattern.search(printed))}
        plain = {name: value for name, value in known.items() if value and _PLAIN.fullmatch(value)}
        return tuple(_filled(command, plain) for command in self.gather if set(_PARAMETER.findall(command)) <= plain.keys())


@dataclass(frozen=True, slots=True)
class Playbooks:
    all: tuple[Playbook, ...] = ()

    @classmethod
    def from_file(cls, path: Path) -> Playbooks:
        """Raises ConfigError."""
        try:
            with path.open("rb") as file:
                return cls(tuple(_playbook(entry) for entry in tomllib.load(file)["playbook"]))
        except (OSError, KeyError, TypeError, tomllib.TOMLDecodeError, re.error) as error:
            raise ConfigError(f"{path} cannot be used: {error}.", hint="It belongs to aishell: install it anew.") from error

    def about(self, request: str) -> Playbook | None:
        """The one for a question; None when there is none."""
        return next((book for book in self.all if any(pattern.search(request) for pattern in book.asks)), None)


def _playbook(entry: dict[str, object]) -> Playbook:
    return Playbook(
        name=str(entry["name"]),
        asks=tuple(re.compile(str(pattern), re.I) for pattern in _list(entry["asks"])),
        gather=tuple(map(str, _list(entry["gather"]))),
        take={str(name): re.compile(str(pattern)) for name, pattern in _table(entry.get("take", {})).items()},
    )


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return value


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no table")
    return value


def _filled(command: str, known: dict[str, str]) -> str:
    return _PARAMETER.sub(lambda match: known[match[1]], command)
