"""Who `bench.eabench` asks for a script: aishell, inside the test's file system, and the model alone."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.container import Ask
from bench.eatests import ROOT, Benchmark, Task
from bench.own_engine import state_home
from bench.plain import plain_answer

_SHEBANG = "#!/bin/bash\n"
_PLAIN = "You write bash for Linux. Reply with the script in one code block."
_SAVED = 'exec "$@" >"$0/out" 2>"$0/err"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    script: str
    problems: tuple[str, ...] = ()


def ask_aishell(benchmark: Benchmark, test: Task, runtime: Path) -> Answer:
    """What `aishell -c --print --json` proposes in the test's folder; all its steps, one below the other."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    python = ROOT / ".venv/bin/python"
    shown = {str(path) for path in (ROOT, python.parents[1].resolve(), Path(sys.base_prefix), cache / "aishell")}
    with tempfile.TemporaryDirectory() as folder:
        answers = Path(folder) / "answers"
        answers.mkdir()
        command = (str(python), "-m", "aishell", "-c", "--print", "--json", f"?{test.prompt}")
        environment = {
            "XDG_CACHE_HOME": str(cache),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_STATE_HOME": str(state_home(runtime)),
            "PYTHONPATH": str(ROOT),
        }
        ask = Ask(
            command=("sh", "-c", _SAVED, str(answers), *command),
            read_only=tuple(sorted(shown)),
            writable=(str(answers), str(runtime)),
            fresh=(str(state_home(runtime)),),
            environment=environment,
        )
        benchmark.inside(test, ask, Path(folder))
        return _answer(answers, test)


def _answer(answers: Path, test: Task) -> Answer:
    try:
        said = json.loads((answers / "out").read_text())
    except (OSError, ValueError):
        error = (answers / "err").read_text()[-300:] if (answers / "err").exists() else "it was not started"
        print(f"{test.name}: no answer: {error}", file=sys.stderr)
        return Answer(script="", problems=("no answer",))
    commands = [step["command"] for step in said["steps"]]
    return Answer(script=_SHEBANG + "".join(f"{command}\n" for command in commands), problems=tuple(said["problems"]))


def ask_model(test: Task, runtime: Path) -> Answer:
    """What the same model says to the bare request: the first code block of its reply, or the whole reply."""
    return Answer(script=f"{_SHEBANG}{asyncio.run(plain_answer(_PLAIN, test.prompt, runtime))}\n")
