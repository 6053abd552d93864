"""What is known about an engine without asking it: a small file beside its socket, and what the system says."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from aishell.core.errors import ModelUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Written when an engine starts and deleted when it ends by itself: one that is found beside no engine tells of a death."""

    pid: int
    born: int
    """When the process started, in clock ticks since boot: a process number may be given again."""
    kills: int
    """How often memory had run out on this machine until then."""
    context_tokens: int
    reduced: bool = False
    """Whether the context is smaller than asked for, because memory ran out before."""

    @classmethod
    def of(cls, pid: int, context_tokens: int, *, reduced: bool) -> State:
        return cls(pid=pid, born=born(pid), kills=memory_kills(), context_tokens=context_tokens, reduced=reduced)

    def lives(self) -> bool:
        return self.born != 0 and born(self.pid) == self.born

    def write(self, path: Path) -> None:
        part = path.with_suffix(".part")
        part.write_text(json.dumps(asdict(self)))
        part.replace(path)


def read(path: Path) -> State | None:
    try:
        return State(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def after_death(last: State | None, wanted: int) -> tuple[int, bool]:
    """(context for the next engine, whether it is a smaller one) after an engine that left `last` behind.

    When memory ran out under it, half the context is tried, once. Raises ModelUnavailable after that.
    """
    if last is None or last.lives() or memory_kills() <= last.kills:
        return wanted, False
    if last.reduced:
        raise ModelUnavailable(
            f"Memory ran out under the model's engine, also with a context of {last.context_tokens} tokens.",
            hint="Close other programs, or choose a smaller model: `aishell model list`.",
        )
    return max(1024, wanted // 2), True


def born(pid: int) -> int:
    """0 when there is no such process, or only what is left of one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return 0 if fields[0] == "Z" else int(fields[19])
    except (OSError, ValueError, IndexError):
        return 0


def memory_kills(vmstat: Path = Path("/proc/vmstat")) -> int:
    with suppress(OSError, ValueError):
        for line in vmstat.read_text().splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


def rss_bytes(pid: int) -> int:
    """Memory of a process, files it maps included; 0 where it cannot be known."""
    with suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
