#!/usr/bin/env python3
"""What a key costs at the prompt, with 100,000 lines of history and 3,000 programs on PATH, and when the first prompt comes.

A key's time is from writing it into a pseudo-terminal until the first byte that answers it is read: what a person feels, less
the terminal's own drawing. `aishell --line` is started as a person would, beside an empty interpreter; CPU time tells what a
quiet machine would take.
"""

from __future__ import annotations

import asyncio
import os
import pty
import random
import select
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.common import machine, options, percentiles, report, spread

ROOT = Path(__file__).resolve().parents[1]
HISTORY, PROGRAMS = 100_000, 3_000
TEXTS = (
    "git commit -m 'fix the parser' && make test",
    "find my big files and show them by size please",
    "cat /etc/passwd | grep root | cut -d: -f1 > out.txt",
    "kubectl get pods -n zzz --no-such-line-before",
)
_ASKS_FOR_CURSOR, _CURSOR = b"\x1b[6n", b"\x1b[3;1R"


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--child", nargs=2, help="(its own part in the pseudo-terminal)")
    arguments = parser.parse_args()
    if arguments.child:
        return child(*arguments.child)
    rounds = 1 if arguments.quick else 5
    with tempfile.TemporaryDirectory() as folder:
        furnish(Path(folder))
        keys = {kind: key_times(kind, folder, rounds) for kind in ("screen", "line")}
        starts = first_prompts(folder, 5 if arguments.quick else 20)
    result = {"machine": machine(), "key_ms": {k: percentiles(v) for k, v in keys.items()}, "first_prompt_ms": starts}
    report(result, as_json=arguments.json)
    return 0


def furnish(folder: Path) -> None:
    """A history and a PATH of the promised size."""
    made = random.Random(1)
    kinds = (
        "git commit -m 'change {}'",
        "ls -la /srv/{}",
        "docker run image{}",
        "python script{}.py",
        "grep -rn word{} src",
        "cd /a/{}",
    )
    lines = (
        f"\n# 2026-01-01 00:00:00\t/srv/{n % 50}\n+{made.choice(kinds).format(made.randrange(30_000))}\n"
        for n in range(HISTORY)
    )
    (folder / "history").write_text("".join(lines))
    (folder / "bin").mkdir()
    for number in range(PROGRAMS):
        (folder / "bin" / f"program-{number}").touch(0o755)
    (folder / "script.json").write_text("[]")


class Terminal:
    """A process on a pseudo-terminal that answers as one."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self.screen = b""
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.execve(arguments[0], arguments, environment)

    def read(self, seconds: float) -> bytes:
        """What comes within `seconds`, as soon as something does."""
        if not select.select([self._descriptor], [], [], seconds)[0]:
            return b""
        data = os.read(self._descriptor, 65536)
        if _ASKS_FOR_CURSOR in data:
            self.write(_CURSOR)
        self.screen += data
        return data

    def write(self, data: bytes) -> None:
        os.write(self._descriptor, data)

    def settle(self, seconds: float) -> None:
        while self.read(seconds):
            pass

    def end(self) -> float:
        """Its CPU time, in seconds."""
        os.close(self._descriptor)
        os.kill(self.pid, 9)
        used = os.wait4(self.pid, 0)[2]
        return used.ru_utime + used.ru_stime


def key_times(kind: str, folder: str, rounds: int) -> list[float]:
    terminal = Terminal([sys.executable, "-m", "bench.prompt", "--child", kind, folder], environment(folder))
    while b"ready" not in terminal.screen:
        terminal.read(20)
    terminal.settle(1.5)
    times = []
    for _ in range(rounds):
        for text in TEXTS:
            for character in text:
                began = time.perf_counter()
                terminal.write(character.encode())
                if not terminal.read(5):
                    raise RuntimeError(f"no answer to a key:\n{terminal.screen[-500:]!r}")
                times.append(1000 * (time.perf_counter() - began))
                terminal.settle(0.03)
            terminal.write(b"\x03")
            terminal.settle(0.2)
    terminal.end()
    return times


def first_prompts(folder: str, runs: int) -> dict[str, Any]:
    wall: dict[str, list[float]] = {"python -c pass": [], "aishell --line": [], "aishell --line, CPU": []}
    for _ in range(runs):
        began = time.perf_counter()
        terminal = Terminal([sys.executable, "-c", "print('~ >')"], environment(folder))
        while b"~ >" not in terminal.screen:
            terminal.read(20)
        wall["python -c pass"].append(1000 * (time.perf_counter() - began))
        terminal.end()
        began = time.perf_counter()
        terminal = Terminal([sys.executable, "-m", "aishell", "--line"], environment(folder))
        while b" >" not in terminal.screen.partition(b"\x1b[?2004h")[2]:
            terminal.read(20)
        wall["aishell --line"].append(1000 * (time.perf_counter() - began))
        wall["aishell --line, CPU"].append(1000 * terminal.end())
    return {name: spread(times) for name, times in wall.items()}


def environment(folder: str) -> dict[str, str]:
    scripted = {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": f"{folder}/script.json"}
    own = {"HOME": folder, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "PATH": f"{os.environ['PATH']}:{folder}/bin"}
    return {**os.environ, **own, **scripted}


def child(kind: str, folder: str) -> int:
    """The prompt alone, on the furnished sources."""
    from textual.app import App, ComposeResult

    from aishell.cli.sources import open_sources
    from aishell.config.paths import Paths
    from aishell.config.settings import Settings
    from aishell.ui.line_mode.prompt import LinePrompt
    from aishell.ui.widgets.prompt import Prompt

    paths = Paths.from_environment(dict(os.environ))
    paths.state.mkdir(parents=True, exist_ok=True)
    if not (paths.state / "line_history").exists():
        (paths.state / "line_history").write_bytes(Path(folder, "history").read_bytes())
    sources = open_sources(paths, Settings())
    sources.finder.prepare(folder)

    class Alone(App[None]):
        def compose(self) -> ComposeResult:
            yield Prompt(sources, folder=folder)

        def on_mount(self) -> None:
            self.query_one(Prompt).focus()
            self.query_one(Prompt).notice("ready")

    async def ask() -> None:
        prompt = LinePrompt(sources, private=lambda: False, keys="emacs")
        while True:
            try:
                await prompt.ask("ready", folder, lambda: None)
            except KeyboardInterrupt:
                continue

    if kind == "screen":
        Alone().run()
    else:
        asyncio.run(ask())
    return 0


if __name__ == "__main__":
    sys.exit(main())
