#!/usr/bin/env python3
"""What aishell's keys cost in other shells: a key's round trip with the start of its process, and the start of each shell.

The engine runs the smallest model: what it suggests does not depend on the model. A start is measured in turn with and without
aishell's line, so that a busy moment hits both alike.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from aishell import wiring
from aishell.assets.fetch import fetch
from aishell.backends import launch
from aishell.backends.client import EngineBackend
from aishell.backends.launch import Place
from aishell.backends.spec import LlamaSpec
from aishell.config.load import load
from aishell.config.paths import Paths
from aishell.integrate.code import HERE, SHELLS, ShellName, Wanted, code
from bench.common import machine, options, percentiles, report, spread

CLIENT = [sys.executable, "-I", "-S", str(HERE / "client.py")]


def main() -> int:
    arguments = options(__doc__ or "").parse_args()
    runs, lines = (40, 10_000) if arguments.quick else (200, 100_000)
    result: dict[str, object] = {"machine": machine()}
    with tempfile.TemporaryDirectory(prefix="aishell-", dir="/tmp") as folder:
        home = Path(folder)
        environment = {**os.environ, "HOME": folder, "XDG_RUNTIME_DIR": folder}
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "HISTFILE"):
            environment.pop(name, None)
        history = home / ".zsh_history"
        history.write_text(
            "".join(f": {1_700_000_000 + n}:0;git log --oneline -{n % 977} src/{n % 89}\n" for n in range(lines))
        )
        result["ms, no engine"] = percentiles(_trips(environment, history, runs))
        with _Engine(environment, home) as place:
            _until_read(environment, history)
            result[f"ms, suggestion of {lines:,} lines"] = percentiles(_trips(environment, history, runs))
            result["ms, python -I -S -c pass"] = percentiles(
                _timed([sys.executable, "-I", "-S", "-c", "pass"], environment, runs)
            )
            assert launch.connect(place)
        result["ms, start of a shell"] = {kind: _starts(kind, home, environment, runs // 4) for kind in SHELLS}
        result["ms, explaining a line"] = spread(_asked(environment, "tar -xzf a.tgz -C /tmp", runs // 20))
        result["ms, recording a command, behind the prompt"] = spread(_recorded(environment, home, runs // 10))
    report(result, as_json=arguments.json)
    return 0


class _Engine:
    """An engine with suggestions, until the end of the block."""

    def __init__(self, environment: dict[str, str], home: Path) -> None:
        catalog = wiring.catalog(Paths.from_environment(dict(os.environ)))
        model = LlamaSpec(path=str(fetch(catalog, catalog.get("smollm2-135m"))), name="tiny", context_tokens=512, repack=False)
        paths = Paths.from_environment(environment)
        suggest = wiring.suggest_spec(load(home / "none.toml", {}).settings, paths).to_wire()
        self._place = Place(paths.runtime, model.key())
        self._backend = EngineBackend(model, memory={}, suggest=suggest, place=self._place)

    def __enter__(self) -> Place:
        async def ready() -> None:
            await self._backend.describe()
            await self._backend.close()

        asyncio.run(ready())
        return self._place

    def __exit__(self, *_: object) -> None:
        launch.stop(self._place)


def _timed(command: Sequence[str], environment: Mapping[str, str], runs: int, given: str = "") -> list[float]:
    """Milliseconds of each run."""
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        subprocess.run(command, env=dict(environment), input=given, text=True, capture_output=True, check=False)
        times.append(1000 * (time.perf_counter() - began))
    return times


def _trips(environment: Mapping[str, str], history: Path, runs: int) -> list[float]:
    return _timed([*CLIENT, str(history)], environment, runs, "git log --one\x1e\x1e0\x1els\x1e")


def _until_read(environment: Mapping[str, str], history: Path) -> None:
    for _ in range(600):
        done = subprocess.run(
            [*CLIENT, str(history)],
            env=dict(environment),
            input="git \x1e\x1e0\x1e",
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode == 0 and done.stdout:
            return
        time.sleep(0.1)
    raise SystemExit("the engine did not read the history")


def _starts(kind: ShellName, home: Path, environment: Mapping[str, str], runs: int) -> dict[str, object] | str:
    """An interactive shell that ends at once, with and without aishell's code, and the difference of the medians."""
    if not (path := shutil.which(kind)):
        return "not here"
    (home / ".zshrc").touch()
    file = home / f"init.{kind}"
    file.write_text(code(Wanted(shell=kind, python=sys.executable, record=True)))
    bare = {
        "bash": [path, "--norc", "-i", "-c"],
        "zsh": [path, "-f", "-i", "-c"],
        "fish": [path, "--no-config", "-i", "-c"],
    }[kind]
    without, with_it = [], []
    for _ in range(runs):
        without += _timed([*bare, "true"], environment, 1)
        with_it += _timed([*bare, f". {file}"], environment, 1)
    more = spread(with_it)["median"] - spread(without)["median"]
    return {"without": spread(without), "with": spread(with_it), "difference": round(more, 2)}


def _asked(environment: Mapping[str, str], line: str, runs: int) -> list[float]:
    return _timed([sys.executable, "-P", "-m", "aishell", "widget", "ask"], environment, max(runs, 3), line)


def _recorded(environment: Mapping[str, str], home: Path, runs: int) -> list[float]:
    told = "\x1e".join(("bash", "0", "1790000000.0", "0.1", str(home), "make -j2 check", ""))
    return _timed([sys.executable, "-P", "-m", "aishell", "recorded"], environment, max(runs, 3), told)


if __name__ == "__main__":
    sys.exit(main())
