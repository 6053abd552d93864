"""systemd's units, those that are loaded with their state."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from aishell.core.menu import Offer, Typed
from aishell.suggest.menu.source import Source, asked

_ABOUT_UNITS = frozenset(
    "start stop restart reload try-restart reload-or-restart status show cat edit enable disable reenable mask unmask is-active"
    " is-enabled is-failed kill reset-failed list-dependencies help revert preset isolate clean freeze thaw".split()
)
_FOLDERS = (
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
_OWN_FOLDERS = ("~/.config/systemd/user", "/etc/systemd/user", "/usr/lib/systemd/user")
_KINDS = (".service", ".timer", ".socket", ".target", ".mount", ".path", ".slice", ".automount", ".swap", ".scope", ".device")
_DESCRIPTION = re.compile(r"^Description\s*=\s*(.+)$", re.M)
_HEAD = 2000


def source(folders: tuple[str, ...] = _FOLDERS) -> Source:
    return Source(name="units", at=_knows, offers=lambda typed: _offers(typed, folders), alone=True, fresh_s=5.0)


def _knows(typed: Typed) -> bool:
    behind = typed.before[-1] if typed.before else ""
    if typed.program == "journalctl":
        return behind in ("-u", "--unit", "--user-unit")
    if typed.word.startswith("-"):
        return False
    if typed.program == "systemctl":
        return typed.operands[:1] != () and typed.operands[0] in _ABOUT_UNITS
    return typed.program in ("service", "invoke-rc.d") and not typed.operands


def _offers(typed: Typed, folders: tuple[str, ...]) -> Iterator[Offer]:
    own = "--user" in typed.before
    short = typed.program in ("service", "invoke-rc.d")
    found = {**_in_files(_OWN_FOLDERS if own else folders), **_loaded(own=own)}
    for name, meaning in sorted(found.items(), key=lambda each: (not each[0].endswith(".service"), each[0])):
        if not short:
            yield Offer(text=name, sort="unit", meaning=meaning)
        elif name.endswith(".service"):
            yield Offer(text=name.removesuffix(".service"), sort="unit", meaning=meaning)


def _loaded(*, own: bool) -> dict[str, str]:
    """From systemd, where it runs: `ssh.service loaded active running OpenBSD Secure Shell server`."""
    systemctl = shutil.which("systemctl")
    if not systemctl:
        return {}
    listing = ["--no-legend", "--no-pager", "--plain", "--full", *(["--user"] if own else [])]
    found = {}
    for line in asked([systemctl, "list-units", "--all", *listing], "/").splitlines():
        name, _, rest = line.partition(" ")
        _, active, _, *about = [*rest.split(None, 3), "", "", ""]
        found[name] = f"{active}: {about[0]}" if about[0] else active
    return found


def _in_files(folders: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for folder in folders:
        with suppress(OSError):
            for file in Path(folder).expanduser().iterdir():
                if file.suffix in _KINDS and file.name not in found:
                    found[file.name] = _described(file)
    return found


def _described(file: Path) -> str:
    with suppress(OSError):
        if file.is_file():  # a masked unit is a link to /dev/null
            with file.open(encoding="utf-8", errors="replace") as opened:
                match = _DESCRIPTION.search(opened.read(_HEAD))
            return match[1].strip() if match else ""
    return ""
