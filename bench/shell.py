#!/usr/bin/env python3
"""The person's own shell: how soon it is there, how long a line takes, how fast output comes, and what is left over."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from aishell.actions.shell.door import Kind
from aishell.actions.shell.shell import Shell
from aishell.core.shell import Ended, Event, Printed, Ready
from bench.common import machine, options, percentiles, report

_STAMPS = "import os,time\nfor _ in range(%d):\n time.sleep(.005); os.write(1, b'%%d\\n' %% time.monotonic_ns())\n"


def _start(kind: Kind, home: str) -> Shell:
    environment = {"PATH": os.environ["PATH"], "HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    return Shell.start(kind, rows=24, columns=80, cwd=home, environment=environment)


async def _until(shell: Shell, kind: type[Event]) -> list[Event]:
    seen: list[Event] = []
    while event := await shell.next():
        seen.append(event)
        if isinstance(event, kind):
            break
    return seen


async def _run(shell: Shell, line: str) -> list[Event]:
    await shell.run(line)
    return await _until(shell, Ended)


async def _starts(kind: Kind, home: str, runs: int) -> list[float]:
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        shell = _start(kind, home)
        await _until(shell, Ready)
        took.append(1000 * (time.perf_counter() - began))
        await shell.hang_up()
    return took


async def _round_trips(shell: Shell, runs: int) -> list[float]:
    took = []
    for _ in range(runs):
        began = time.perf_counter()
        await _run(shell, "true")
        took.append(1000 * (time.perf_counter() - began))
    return took


async def _latencies(shell: Shell, lines: int) -> list[float]:
    """Milliseconds from a program's write to the event."""
    await shell.run(f"{sys.executable} -c {shlex.quote(_STAMPS % lines)}")
    took = []
    while not isinstance(event := await shell.next(), Ended):
        if isinstance(event, Printed):
            took += [(time.monotonic_ns() - int(stamp)) / 1e6 for stamp in event.data.split()]
    return took


async def _throughput(shell: Shell, megabytes: int) -> dict[str, float]:
    before, most, printed, began = _rss(), 0.0, 0, time.perf_counter()
    await shell.run(f"stty -opost; head -c {megabytes}000000 /dev/zero; stty opost")
    while not isinstance(event := await shell.next(), Ended):
        if isinstance(event, Printed):
            printed += len(event.data)
            most = max(most, _rss())
    took = time.perf_counter() - began
    return {"MB": printed / 1e6, "MB_s": round(printed / 1e6 / took, 1), "rss_growth_MB": round(most - before, 1)}


def _plain_loop(megabytes: int) -> float:
    """MB/s of a loop that does nothing but read the same terminal."""
    master, slave = os.openpty()
    path = os.ttyname(slave)
    command = f"stty raw <{path}; exec head -c {megabytes}000000 /dev/zero >{path}"
    began = time.perf_counter()
    process = subprocess.Popen(["sh", "-c", command])
    printed = 0
    os.close(slave)
    while printed < megabytes * 1_000_000:
        try:
            printed += len(os.read(master, 1 << 16))
        except OSError:  # nobody has opened it yet
            time.sleep(0.001)
    took = time.perf_counter() - began
    process.wait()
    os.close(master)
    return round(printed / 1e6 / took, 1)


def _rss() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


async def _leftovers(shell: Shell, commands: int) -> dict[str, Any]:
    def count() -> dict[str, int]:
        children = subprocess.run(["ps", "-o", "stat=", "--ppid", str(shell.pid)], capture_output=True, text=True, check=False)
        return {
            "fds": len(os.listdir("/proc/self/fd")),
            "shell_fds": len(os.listdir(f"/proc/{shell.pid}/fd")),
            "zombies": children.stdout.count("Z"),
        }

    before = count()
    for number in range(commands):
        await _run(shell, f"echo {number} | cat; (exit 3)")
    return {"commands": commands, "before": before, "after": count()}


async def measure(kind: Kind, home: str, *, quick: bool, megabytes: int) -> dict[str, Any]:
    found: dict[str, Any] = {"prompt_ms": percentiles(await _starts(kind, home, 5 if quick else 30))}
    shell = _start(kind, home)
    await _until(shell, Ready)
    found["true_ms"] = percentiles(await _round_trips(shell, 100 if quick else 500))
    found["latency_ms"] = percentiles(await _latencies(shell, 100 if quick else 400))
    found["throughput"] = await _throughput(shell, megabytes)
    found["left_over"] = await _leftovers(shell, 100 if quick else 1000)
    await shell.hang_up()
    return found


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--megabytes", type=int, default=1000, help="output that passes through (5000 for the long run)")
    arguments = parser.parse_args()
    megabytes = min(arguments.megabytes, 200) if arguments.quick else arguments.megabytes
    kinds: list[Kind] = [kind for kind in ("bash", "zsh") if shutil.which(kind)]
    result: dict[str, Any] = {"machine": machine(), "plain_loop_MB_s": _plain_loop(200)}
    for kind in kinds:
        with tempfile.TemporaryDirectory() as home:
            Path(home, ".zshrc").touch()
            result[kind] = asyncio.run(measure(kind, home, quick=arguments.quick, megabytes=megabytes))
    report(json.loads(json.dumps(result)), as_json=arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
