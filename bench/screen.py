"""How soon the screen is there, a key is echoed, and output is seen: `python -m bench.screen [--model]`.

The real command on a pseudo-terminal, with a scripted model, or with the default one in an engine of its own. Times are in
milliseconds, from outside the process.
"""

from __future__ import annotations

import argparse
import json
import os
import pty
import re
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from fcntl import ioctl
from pathlib import Path

_STARTS = 7
_KEYS = 60
_PATIENCE_S = 20.0
_HELD = 1 << 16


class Screen:
    """`aishell` on a terminal of its own."""

    def __init__(self, home: Path, *, model: bool = False) -> None:
        """`model`: with the default one."""
        script = home / "script.json"
        script.write_text(json.dumps([{"when": "slowly", "say": "echo " + "word " * 200, "delay_s": 0.03}]))
        self.began = time.perf_counter()
        self.seen = b""
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            own = {"HOME": str(home), "XDG_RUNTIME_DIR": str(home), "TERM": "xterm-256color", "SHELL": "/bin/bash"}
            scripted = {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": str(script)}
            cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
            own |= {"LANG": "C.UTF-8", **({"XDG_CACHE_HOME": cache} if model else scripted)}
            kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
            os.chdir(home)
            ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
            os.execvpe(sys.executable, [sys.executable, "-m", "aishell"], {**kept, **own})

    def until(self, wanted: bytes, patience_s: float = _PATIENCE_S) -> float:
        """When `wanted` has been drawn, in seconds from some moment. What was seen before it is forgotten."""
        ends = time.perf_counter() + patience_s
        while wanted not in self.seen:
            if time.perf_counter() > ends:
                raise TimeoutError(f"{wanted!r} is not drawn: {self.seen[-500:]!r}")
            if select.select([self._terminal], [], [], 0.05)[0]:
                self.seen = self.seen[-_HELD:] + os.read(self._terminal, 1 << 16)
        self.seen = self.seen.partition(wanted)[2]
        return time.perf_counter()

    def quiet(self, seconds: float) -> None:
        while select.select([self._terminal], [], [], seconds)[0]:
            os.read(self._terminal, 1 << 16)
        self.seen = b""

    def drain(self, seconds: float) -> None:
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends:
            if select.select([self._terminal], [], [], 0.01)[0]:
                os.read(self._terminal, 1 << 16)
        self.seen = b""

    def types(self, text: str) -> float:
        os.write(self._terminal, text.encode())
        return time.perf_counter()

    def close(self) -> None:
        os.kill(self.pid, signal.SIGTERM)
        ends = time.perf_counter() + _PATIENCE_S
        while time.perf_counter() < ends and os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if select.select([self._terminal], [], [], 0.05)[0]:
                try:
                    os.read(self._terminal, 1 << 16)
                except OSError:
                    continue
        os.close(self._terminal)


def start(home: Path) -> tuple[float, float, float]:
    """Until the prompt is drawn, until a key that was typed then is echoed, and until a line has run."""
    screen = Screen(home)
    drawn = screen.until(b"F1") - screen.began
    screen.types("Q")
    typed = screen.until(b"Q") - screen.began
    screen.types("\x15echo $((40+2))z\r")
    ran = screen.until(b"42z") - screen.began
    screen.quiet(0.3)
    screen.close()
    return drawn, typed, ran


def echoes(screen: Screen, keys: int = _KEYS) -> list[float]:
    """From a key to its echo. The letters are such that the rest of the screen does not hold them."""
    took = []
    for at in range(keys):
        key = "QJZX"[at % 4]
        screen.seen = b""
        pressed = screen.types(key)
        took.append(screen.until(key.encode()) - pressed)
        screen.drain(0.03)
    screen.types("\x15")
    return took


def arrivals(screen: Screen, lines: int = 40) -> list[float]:
    """From a program's writing a line, with the time on it, to the line's being drawn."""
    program = f"import time\nfor n in range({lines}):\n print('T', time.time_ns(), 'E', sep='', flush=True); time.sleep(.05)"
    screen.types(f'python3 -c "{program}"\r'.replace("\n", "\x1b\r"))
    took: list[float] = []
    known: set[bytes] = set()
    ends = time.perf_counter() + _PATIENCE_S
    seen = b""
    while len(took) < lines and time.perf_counter() < ends:
        if select.select([screen._terminal], [], [], 0.05)[0]:
            seen = seen[-200:] + os.read(screen._terminal, 1 << 16)
            now = time.time_ns()
            for found in re.findall(rb"T(\d{19})E", seen):
                if found not in known:
                    known.add(found)
                    took.append((now - int(found)) / 1e9)
    return took


def echoes_beside_model(screen: Screen, requests: int = 6, keys: int = 8) -> list[float]:
    """While the default model writes a command; each request is stopped while it still does."""
    took = []
    for _ in range(requests):
        screen.types("?write a pipeline that finds the ten largest files below here, with sizes in megabytes and dates\r")
        screen.drain(0.6)
        took += echoes(screen, keys)
        screen.types("\x1b")
        screen.until(b"stopped")
        screen.quiet(0.5)
    return took


def with_model(home: Path) -> None:
    screen = Screen(home, model=True)
    screen.until(b"qwen")
    screen.quiet(1.0)
    told("key to echo, idle, default model loaded", echoes(screen))
    told("key to echo, while the default model generates", echoes_beside_model(screen))
    screen.close()
    for state in home.glob("aishell/engine-*.json"):  # of this run alone: its runtime folder is the home
        os.kill(json.loads(state.read_text())["pid"], signal.SIGTERM)


def told(name: str, values: list[float]) -> None:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    print(f"{name:44} median {1000 * statistics.median(ordered):7.1f}  p95 {1000 * p95:7.1f}  worst {1000 * ordered[-1]:7.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="store_true", help="with the default model")
    given = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="aishell-bench-", ignore_cleanup_errors=True) as folder:
        if given.model:
            with_model(Path(folder))
            return
        starts = [start(Path(folder)) for _ in range(_STARTS)]
        for name, values in zip(("prompt drawn", "a key echoed", "a line has run"), zip(*starts, strict=True), strict=True):
            told(f"start: {name}", list(values))
        screen = Screen(Path(folder))
        screen.until(b"F1")
        screen.quiet(1.0)
        told("key to echo, idle", echoes(screen))
        told("a line written to the line drawn", arrivals(screen))
        screen.quiet(0.5)
        screen.types("?slowly\r")
        screen.drain(0.5)
        told("key to echo, while the model generates", echoes(screen, 30))
        screen.types("\x1b")
        screen.drain(0.5)
        screen.types("\x15yes abcdefghijk\r")
        screen.drain(1.0)
        told("key to echo, while output pours in", echoes(screen, 30))
        screen.types("\x03")
        screen.quiet(0.5)
        screen.close()


if __name__ == "__main__":
    main()
