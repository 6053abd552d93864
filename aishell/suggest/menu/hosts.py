"""Machines that are known by name: from ssh's settings and the keys it has seen, and from /etc/hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from aishell.core.menu import Offer, Typed
from aishell.suggest.menu.source import Source

_TO_A_SHELL = frozenset(
    "ssh mosh ssh-copy-id ping ping6 traceroute tracepath mtr dig host nslookup telnet nc ncat sftp".split()
)
_TO_A_FILE = frozenset(("scp", "rsync"))
_TAKES_SOMETHING = re.compile(r"-[bcDEeFIiJLlmOopQRSWw]")
"""Options of ssh behind which no host stands."""
_NAME = re.compile(r"[\w.:%-]+")
_LONGEST = 1 << 20
_DEEPEST = 2
"""Files that a file of settings may include."""


def source(home: Path | None = None, system: Path = Path("/etc")) -> Source:
    folder = (home or Path.home()) / ".ssh"
    return Source(name="hosts", at=_knows, offers=lambda typed: _offers(typed, folder, system), fresh_s=10.0, reads=_user)


def _knows(typed: Typed) -> bool:
    if typed.word.startswith(("-", "/", ".", "~")) or ":" in typed.word:
        return False
    return typed.program in _TO_A_FILE or (typed.program in _TO_A_SHELL and _wants_a_host(typed.before))


def _user(typed: Typed) -> str:
    return typed.word.rpartition("@")[0]


def _wants_a_host(before: tuple[str, ...]) -> bool:
    """Whether none has been named, and no option waits for something."""
    waits = False
    for word in before:
        if waits:
            waits = False
        elif _TAKES_SOMETHING.fullmatch(word):
            waits = True
        elif not word.startswith("-"):
            return False
    return not waits


def _offers(typed: Typed, folder: Path, system: Path) -> Iterator[Offer]:
    user, at, _ = typed.word.rpartition("@")
    colon = ":" if typed.program in _TO_A_FILE else ""
    seen = set()
    for name, meaning in (*_configured(folder / "config", folder), *_seen(folder), *_listed(system / "hosts")):
        if name not in seen and _NAME.fullmatch(name) and not name.startswith("-"):
            seen.add(name)
            yield Offer(text=f"{user}{at}{name}{colon}", sort="host", meaning=meaning, final=not colon)


def _text(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            return opened.read(_LONGEST)
    except OSError:
        return ""


def _configured(file: Path, folder: Path, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Each `Host` without a pattern, with what it stands for."""
    names: list[str] = []
    address = ""
    for line in _text(file).splitlines():
        key, _, value = line.strip().replace("=", " ", 1).partition(" ")
        match key.lower():
            case "host" | "match":
                yield from ((name, address) for name in names)
                plain = [name for name in value.split() if not set(name) & set('*?!"')]
                names, address = (plain if key.lower() == "host" else []), ""
            case "hostname":
                address = address or value.strip()
            case "include" if depth < _DEEPEST:
                for pattern in value.split():
                    for included in _matching(pattern, folder):
                        yield from _configured(included, folder, depth + 1)
    yield from ((name, address) for name in names)


def _matching(pattern: str, folder: Path) -> list[Path]:
    below = Path(pattern).expanduser()
    if below.is_absolute():
        return sorted(below.parent.glob(below.name))[:50] if below.name else []
    return sorted(folder.glob(pattern))[:50]


def _seen(folder: Path) -> Iterator[tuple[str, str]]:
    for line in _text(folder / "known_hosts").splitlines():
        if not line.startswith(("#", "|", "@")):
            for name in line.partition(" ")[0].split(","):
                yield re.sub(r"^\[(.*)\]:\d+$", r"\1", name), ""


def _listed(file: Path) -> Iterator[tuple[str, str]]:
    for line in _text(file).splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        yield from ((name, address) for name in names)
