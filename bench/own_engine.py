"""An engine of a benchmark's own, beside the one that serves the user's shells."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_engine(prepare: Callable[[Path], object] = lambda state: None) -> Iterator[Path]:
    """The XDG_RUNTIME_DIR in which an engine with the configured model runs; stopped at the end.

    Its clients need `state_home` of it as their XDG_STATE_HOME: one with another memory would start an engine of its own.
    `prepare` is given that before the engine starts.
    """
    with tempfile.TemporaryDirectory(prefix="aishell-") as runtime:
        state_home(Path(runtime)).mkdir(mode=0o700)
        prepare(state_home(Path(runtime)))
        command = [sys.executable, "-m", "aishell", "engine"]
        environment = {**os.environ, "XDG_RUNTIME_DIR": runtime, "XDG_STATE_HOME": str(state_home(Path(runtime)))}
        subprocess.run([*command, "start"], env=environment, capture_output=True, check=True)
        try:
            yield Path(runtime)
        finally:
            subprocess.run([*command, "stop"], env=environment, capture_output=True, check=False)


def state_home(runtime: Path) -> Path:
    """Nobody's memory but that of who uses this engine."""
    return runtime / "state"
