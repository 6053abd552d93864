#!/usr/bin/env python3
"""Sixty requests that need several actions, twelve of them Chinese, on a made-up project and server, judged by final state.

Each runs through the real command (`aishell -c --yes --json`) with the real model, in a tree and a home of its own. The tasks
are in scenarios.toml. Half of them are held out: of these only totals are kept. With --keep the answers go into a file, and
what is in it is not asked again. --prove runs the tasks' own solutions, which have to pass, and nothing, which has to fail.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.common import machine, options, report
from bench.scenario_tree import fingerprint, plant

ROOT = Path(__file__).resolve().parents[1]
_QUICK = 3
_LONGEST_S = 240
_WORDS = """
no() { if "$@"; then return 1; fi; }
alive() { case $(ps -o stat= -p "$1") in ''|Z*) return 1;; esac; }
"""
"""What the checks may say beside bash's own. A killed process stays, as a zombie, where nobody waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    name: str
    category: str
    where: str
    request: str
    check: str
    solution: str
    touches: str
    setup: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    name: str
    ok: bool
    seconds: float
    why: str = ""
    """What is wrong afterwards; nothing is kept of the held-out half."""
    commands: tuple[str, ...] = ()


Doing = Callable[[Task, Path], tuple[str, tuple[str, ...]]]
"""Does a task in a tree: what was said, and the commands that ran."""


def tasks() -> list[Task]:
    with (ROOT / "bench/scenarios.toml").open("rb") as file:
        return [Task(**task) for task in tomllib.load(file)["task"]]


def main() -> int:
    arguments = _arguments()
    chosen = [task for task in tasks() if arguments.half in ("all", "held" if task.held else "dev")]
    chosen = [task for task in chosen if re.search(arguments.only, task.name)]
    if arguments.quick:
        chosen = chosen[:: max(1, len(chosen) // _QUICK)][:_QUICK]
    if arguments.prove:
        return _prove(chosen)
    results = _kept(arguments.keep, {task.name for task in chosen})
    until = time.monotonic() + arguments.seconds
    for task in chosen:
        if task.name in results or time.monotonic() > until:
            continue
        result = run(task, _asking(arguments.model, steps=not arguments.no_steps))
        results[task.name] = result
        if arguments.keep:
            with arguments.keep.open("a") as file:
                file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
        if not (task.held or arguments.json):
            print(f"{'ok  ' if result.ok else 'FAIL'} {result.seconds:5.1f} s  {task.name}  {result.why}", flush=True)
    report(_summary(chosen, results), as_json=arguments.json)
    return 0


def _arguments() -> argparse.Namespace:
    parser = options(__doc__ or "")
    parser.add_argument("--half", choices=("all", "dev", "held"), default="all")
    parser.add_argument("--only", default="", help="a regular expression for names")
    parser.add_argument("--model", default="", help="another model of `aishell model list`")
    parser.add_argument("--no-steps", action="store_true", help="one command a request, as a comparison")
    parser.add_argument("--keep", type=Path, help="a file of results, to go on with")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no task after so many")
    parser.add_argument("--prove", action="store_true", help="prove the checks instead")
    return parser.parse_args()


def run(task: Task, do: Doing) -> Result:
    """Plant a tree, have the task done in it, look."""
    with tempfile.TemporaryDirectory(prefix="scenario-", dir="/tmp") as temporary:
        root, pristine = Path(temporary) / "tree", Path(temporary) / "pristine"
        (Path(temporary) / "home").mkdir()
        plant(root)
        started = _setup(task, root)
        try:
            shutil.copytree(root, pristine, symlinks=True)
            before = fingerprint(root)
            began = time.perf_counter()
            said, commands = do(task, root)
            took = time.perf_counter() - began
            why = _wrong(task, root, pristine, before, said)
        finally:
            if started:
                with suppress(ProcessLookupError):
                    os.killpg(started, signal.SIGKILL)
        if task.held:
            return Result(name=task.name, ok=not why, seconds=round(took, 2))
        return Result(name=task.name, ok=not why, seconds=round(took, 2), why=why, commands=commands)


def _setup(task: Task, root: Path) -> int:
    """What has to be there or run before; the process group of it."""
    if not task.setup:
        return 0
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        ["bash", "-c", task.setup], env={**os.environ, "ROOT": str(root)}, start_new_session=True, stdout=quiet, stderr=quiet
    )
    process.wait()
    return process.pid


def _wrong(task: Task, root: Path, pristine: Path, before: dict[str, str], said: str) -> str:
    """What is not as it should be; empty when all is well."""
    after = fingerprint(root)
    differ = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    if others := [path for path in differ if not re.search(task.touches, path)]:
        return f"also changed: {', '.join(others[:4])}"
    answer = root.parent / "answer"
    answer.write_text(said)
    checked = subprocess.run(
        ["bash", "-exc", _WORDS + task.check],
        cwd=root,
        env={**os.environ, "ROOT": str(root), "PRISTINE": str(pristine), "ANSWER": str(answer)},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if checked.returncode == 0 else f"not so: {checked.stderr.strip().splitlines()[-1].lstrip('+ ')}"


def _asking(model: str, *, steps: bool) -> Doing:
    def do(task: Task, root: Path) -> tuple[str, tuple[str, ...]]:
        home = root.parent / "home"
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AISHELL_", "XDG_"))}
        ours = {
            "HOME": str(home),
            "XDG_CACHE_HOME": cache,
            "PYTHONPATH": str(ROOT),
            "AISHELL_PLANNER_STEPS": str(steps).lower(),
        }
        runtime, chosen = os.environ.get("XDG_RUNTIME_DIR"), {"AISHELL_MODEL_USE": model} if model else {}
        environment = {**kept, **ours, **chosen, **({"XDG_RUNTIME_DIR": runtime} if runtime else {})}
        environment["PATH"] = f"{_itself(home)}:{os.environ.get('PATH', os.defpath)}"
        command = [sys.executable, "-m", "aishell", "-c", "--yes", "--json", "?" + task.request]
        try:
            done = subprocess.run(
                command, cwd=root / task.where, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                timeout=_LONGEST_S, check=False,
            )  # fmt: skip
            said = json.loads(done.stdout)
        except subprocess.TimeoutExpired:
            return "", ("(took too long)",)
        except ValueError:
            return "", (f"(no object: {done.stderr[-200:]})",)
        steps_made = said.get("steps", [])
        shown = [step["stdout"] for step in steps_made if not step.get("look")]  # a look is for the model
        text = "\n".join([*shown, said.get("answer", "")])
        return text, tuple(f"{step['command']} -> {step['exit_code']}" for step in steps_made)

    return do


def _itself(home: Path) -> Path:
    """A folder with an `aishell` in it that is the one of this checkout."""
    folder = home / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "aishell").write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m aishell "$@"\n')
    (folder / "aishell").chmod(0o755)
    return folder


def _prove(chosen: list[Task]) -> int:
    def solve(task: Task, root: Path) -> tuple[str, tuple[str, ...]]:
        done = subprocess.run(
            ["bash", "-c", task.solution], cwd=root / task.where, env={**os.environ, "ROOT": str(root)}, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        return done.stdout, ()

    def nothing(_task: Task, _root: Path) -> tuple[str, tuple[str, ...]]:
        return "", ()

    wrong = [task.name for task in chosen if not run(task, solve).ok] + [t.name for t in chosen if run(t, nothing).ok]
    print(f"{len(chosen)} tasks; checks that are wrong: {', '.join(wrong) or 'none'}")
    return 1 if wrong else 0


def _kept(file: Path | None, names: set[str]) -> dict[str, Result]:
    if not file or not file.exists():
        return {}
    rows = [Result(**json.loads(line)) for line in file.read_text().splitlines()]
    return {row.name: row for row in rows if row.name in names}


def _summary(chosen: list[Task], results: dict[str, Result]) -> dict[str, Any]:
    groups: dict[str, list[Result]] = {}
    for task in chosen:
        if result := results.get(task.name):
            names = ("all", "held out" if task.held else "development", "Chinese" if task.name.startswith("zh-") else "English")
            for name in (*names, *(() if task.held else (task.category,))):
                groups.setdefault(name, []).append(result)
    seconds = sorted(result.seconds for result in results.values())
    return {
        "machine": machine(),
        **{name: f"{sum(r.ok for r in group)} of {len(group)}" for name, group in sorted(groups.items())},
        "mean_s": round(sum(seconds) / len(seconds), 1) if seconds else None,
        "p95_s": seconds[int(0.95 * (len(seconds) - 1))] if seconds else None,
    }


if __name__ == "__main__":
    sys.exit(main())
