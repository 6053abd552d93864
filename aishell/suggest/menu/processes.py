"""Processes that run, by number and by name."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from aishell.core.menu import Offer, Typed
from aishell.suggest.menu.source import Source

_BY_NUMBER = frozenset(("kill", "wait", "renice", "pwdx", "pmap", "taskset"))
_BEHIND_P = frozenset("strace ltrace gdb lsof top perf py-spy nsenter prlimit renice ionice chrt ps taskset".split())
_BY_NAME = frozenset(("pkill", "killall", "pgrep", "pidof"))
_BEHIND_OPTIONS = frozenset(("-s", "-n", "-l", "-q", "-g", "-u", "-U", "-t"))
_LONGEST = 200


class Running(NamedTuple):
    number: int
    name: str
    command: str
    own: bool


def source() -> Source:
    return Source(name="processes", at=_knows, offers=_offers, alone=True, fresh_s=2.0)


def _knows(typed: Typed) -> bool:
    if typed.word.startswith(("-", "%", "/")) or (typed.before and typed.before[-1] in _BEHIND_OPTIONS):
        return False
    behind_p = bool(typed.before) and typed.before[-1] in ("-p", "--pid", "--attach")
    return typed.program in _BY_NUMBER | _BY_NAME or (typed.program in _BEHIND_P and behind_p)


def _offers(typed: Typed) -> Iterator[Offer]:
    found = sorted(_running(), key=lambda process: (not process.own, -process.number))
    if typed.program not in _BY_NAME:
        for process in found:
            yield Offer(text=str(process.number), sort="process", meaning=process.command or process.name)
        return
    counts = Counter(process.name for process in found)
    for name in dict.fromkeys(process.name for process in found):
        first = next(process for process in found if process.name == name)
        yield Offer(text=name, sort="process", meaning=f"{counts[name]} x" if counts[name] > 1 else first.command or name)


def _running() -> Iterator[Running]:
    """Those that this process may see, without itself."""
    own = os.getuid()
    for entry in os.listdir("/proc"):
        if entry.isdecimal() and int(entry) != os.getpid():
            with suppress(OSError):  # it has ended meanwhile
                owner = os.stat(f"/proc/{entry}").st_uid
                name = _read(f"/proc/{entry}/comm").strip()
                command = _read(f"/proc/{entry}/cmdline").replace("\0", " ").strip()
                yield Running(int(entry), name, command, owner == own)


def _read(file: str) -> str:
    with open(file, encoding="utf-8", errors="surrogateescape") as opened:
        return opened.read(_LONGEST)
