#!/usr/bin/env python3
"""Words to commands on the development split of InterCode-ALFA: `aishell -c --print --json` inside each task's file system.

The engine runs outside of it. Needs root, and the benchmark's own folder (its install.sh builds the file systems): --folder, by
default ../shared/bench/nl2sh beside the checkout. Prints the scorer's table; --json gives one object with its headline.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.common import machine, options, report, spread

ROOT = Path(__file__).resolve().parents[1]
_QUICK = 6


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--folder", type=Path, default=ROOT.parent / "shared" / "bench" / "nl2sh")
    parser.add_argument("--keep", type=Path, help="also write predictions and verdicts into this folder")
    arguments = parser.parse_args()
    if not (arguments.folder / "sandbox.py").exists():
        print(f"the benchmark is not in {arguments.folder}; name its folder with --folder", file=sys.stderr)
        return 2
    sys.path.insert(0, str(arguments.folder))
    import sandbox  # type: ignore[import-not-found]

    os.environ["PYTHONPATH"] = f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"
    sandbox.enter_private_mounts()  # starts this script anew, in namespaces of its own
    prompts = subprocess.run([sys.executable, "prompts.py"], cwd=arguments.folder, capture_output=True, text=True, check=True)
    tasks = [json.loads(line) for line in prompts.stdout.splitlines()]
    tasks = tasks[:: len(tasks) // _QUICK][:_QUICK] if arguments.quick else tasks
    with _engine() as runtime:
        answers = [_answer(sandbox, task, runtime) for task in tasks]
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        table = _score(arguments.folder, folder, answers)
    result: dict[str, Any] = {
        "machine": machine(),
        "requests": len(answers),
        "score": table,
        "first_piece_s": spread([a["first_piece_s"] for a in answers if a["first_piece_s"]]),
        "model_s": spread([a["model_s"] for a in answers]),
        "mean_whole_s": round(sum(a["whole_s"] for a in answers) / len(answers), 2),
    }
    report(result, as_json=arguments.json)
    return 0


@contextmanager
def _engine() -> Iterator[str]:
    """A runtime folder with an engine that runs outside of the tasks' file systems, as one does for a user's shells."""
    with tempfile.TemporaryDirectory(prefix="aishell-", dir="/tmp") as runtime:
        command = [str(ROOT / ".venv/bin/python"), "-m", "aishell", "engine"]
        environment = {**os.environ, "XDG_RUNTIME_DIR": runtime}
        subprocess.run([*command, "start"], env=environment, capture_output=True, check=True)
        try:
            yield runtime
        finally:
            subprocess.run([*command, "stop"], env=environment, capture_output=True, check=False)


def _answer(sandbox: Any, task: dict[str, Any], runtime: str) -> dict[str, Any]:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    places = {ROOT, (ROOT / ".venv").resolve(), Path(sys.base_prefix), cache / "aishell"}
    binds = [sandbox.Bind.parse(str(place)) for place in places] + [sandbox.Bind.parse(runtime, writable=True)]
    if task["env"] == 5:
        binds += sandbox.library_binds("host")
    began = time.perf_counter()
    done = sandbox.run_in_env(
        task["env"],
        [str(ROOT / ".venv/bin/python"), "-m", "aishell", "-c", "--print", "--json", "?" + task["nl"]],
        binds,
        tmpfs=["/run/aishell"],
        setenv={
            "XDG_CACHE_HOME": str(cache),
            "XDG_RUNTIME_DIR": runtime,
            "XDG_STATE_HOME": "/run/aishell",
            "PYTHONPATH": str(ROOT),
        },
    )
    whole = time.perf_counter() - began
    try:
        said = json.loads(done.stdout)
    except ValueError:
        print(f"request {task['id']}: exit {done.rc}: {done.stderr[-300:]}", file=sys.stderr)
        said = {}
    timings = said.get("timings", {})
    return {
        "id": task["id"],
        "command": said["steps"][0]["command"] if said.get("steps") else "",
        "problems": said.get("problems", []),
        "whole_s": whole,
        "model_s": timings.get("total_s", whole),
        "first_piece_s": timings.get("first_piece_s"),
    }


def _score(folder: Path, target: Path, answers: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """The scorer's table: {level: {verdict: share}}."""
    target.mkdir(parents=True, exist_ok=True)
    predictions, ids = target / "predictions.jsonl", target / "ids.json"
    predictions.write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    ids.write_text(json.dumps([answer["id"] for answer in answers]))
    python = Path.home() / ".cache/aishell-bench/venv/bin/python"
    command = (
        [str(python), "score.py", str(predictions), "--embed"]
        if python.exists()
        else [sys.executable, "score.py", str(predictions)]
    )
    environment = {name: value for name, value in os.environ.items() if name not in ("NL2SH_PRIVATE", "PYTHONPATH")}
    done = subprocess.run(
        [*command, "--ids-file", str(ids), "--out", str(target / "verdicts.jsonl")],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    rows = [line.split() for line in done.stdout.splitlines() if re.match(r"\s*(n\s|easy|medium|hard|all)", line)]
    names = rows[0][1:] if rows else []
    return {row[0]: dict(zip(names, row[2:], strict=False)) for row in rows[1:]}


if __name__ == "__main__":
    sys.exit(main())
