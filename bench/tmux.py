"""A terminal to type into and to look at: tmux, with a server of its own."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

SIZE = (120, 40)
PATIENCE_S = 15.0


@dataclass(slots=True)
class Terminal:
    home: Path
    name: str = f"aishell-tour-{os.getpid()}"
    environment: dict[str, str] = field(default_factory=dict)

    def tmux(self, *arguments: str) -> str:
        done = subprocess.run(["tmux", "-L", self.name, *arguments], capture_output=True, text=True, check=False)
        return done.stdout

    def start(self, command: list[str]) -> None:
        columns, rows = map(str, SIZE)
        given = [f"{name}={value}" for name, value in self.environment.items()]
        self.tmux("new-session", "-d", "-x", columns, "-y", rows, "-c", str(self.home / "shop"), "env", *given, *command)

    def end(self) -> None:
        self.tmux("kill-server")

    def shown(self) -> str:
        return self.tmux("capture-pane", "-p")

    def keys(self, *names: str) -> None:
        for name in names:
            self.tmux("send-keys", name)
            time.sleep(0.15)

    def types(self, text: str, *, enter: bool = True) -> None:
        self.tmux("send-keys", "-l", text)
        time.sleep(0.3)
        if enter:
            self.tmux("send-keys", "Enter")

    def sees(self, pattern: str, patience_s: float = PATIENCE_S) -> bool:
        until = time.monotonic() + patience_s
        while not re.search(pattern, self.shown(), re.M):
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True

    def runs(self, line: str, pattern: str, patience_s: float = PATIENCE_S) -> bool:
        self.types(line)
        return self.sees(pattern, patience_s)

    def presses(self, key: str, pattern: str, patience_s: float = PATIENCE_S) -> bool:
        self.keys(key)
        return self.sees(pattern, patience_s)
