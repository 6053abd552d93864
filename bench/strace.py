#!/usr/bin/env python3
"""What random commands really run, against what the parse says they run: any program that was not foreseen is a violation.

Each command runs in bubblewrap, without a network, in a folder of its own, with `strace -f -e trace=execve` around it. It may
start a program that was not foreseen only when it was flagged as opaque, and never when the judge calls it reading. A program
that is neither proven to read nor a known writer counts as opaque: it may run others.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aishell.actions.executor import BASH
from aishell.actions.parse import inspect
from aishell.actions.proof import Proof
from aishell.actions.resolve import Code, Opaque, resolve
from aishell.actions.risk import Rules
from aishell.config.paths import shipped
from aishell.core.types import Script, Tier
from bench.common import machine, options, report
from bench.riddles import Riddles

_EXECUTED = re.compile(r'execve\("([^"]+)", .*= 0$')
_TIMEOUT_S = 10
_SEED = 20260
OPAQUE = ""
"""Stands among the programs for what cannot be foreseen."""


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--inside", action="store_true", help="internal: run what comes on standard input, in the sandbox")
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--count", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.inside:
        return _inside()
    if not (shutil.which("bwrap") and shutil.which("strace")):
        print("bench.strace needs bubblewrap and strace (apt-get install bubblewrap strace).", file=sys.stderr)
        return 1
    riddles = Riddles(arguments.seed)
    commands = [riddles.one() for _ in range(arguments.count or (150 if arguments.quick else 1000))]
    result = score(commands, seen(commands))
    report({"machine": machine(), **result}, as_json=arguments.json)
    return 1 if result["violations"] else 0


def seen(commands: list[str]) -> list[list[str]]:
    """The programs that each command started, in a sandbox."""
    root = str(Path(__file__).resolve().parents[1])
    sandbox = ["bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    sandbox += ["--tmpfs", "/tmp", "--ro-bind", root, root, "--setenv", "PYTHONPATH", root, "--chdir", "/tmp"]
    done = subprocess.run(
        [*sandbox, sys.executable, "-m", "bench.strace", "--inside"],
        input=json.dumps(commands).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    found: list[list[str]] = json.loads(done.stdout)
    return found


def _inside() -> int:
    results = []
    for command in json.load(sys.stdin):
        with tempfile.TemporaryDirectory() as folder:
            results.append(sorted(_run(command, Path(folder))))
    print(json.dumps(results))
    return 0


def _run(command: str, folder: Path) -> set[str]:
    """The names of all programs started below bash."""
    log = folder / "log"
    work = folder / "work"
    work.mkdir()
    tracer = ["strace", "-f", "-qq", "-e", "trace=execve", "-e", "signal=none", "-s", "1", "-o", str(log)]
    killed = ["timeout", "-s", "KILL", str(_TIMEOUT_S)]
    subprocess.run(
        [*killed, *tracer, *BASH, command],
        cwd=work,
        env={"PATH": "/usr/bin:/bin", "HOME": str(work)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    started = [match[1] for line in log.read_text().splitlines() if (match := _EXECUTED.search(line))]
    return {os.path.basename(path) for path in started[1:]}


def foreseen(script: Script, rules: Rules, depth: int = 0) -> Iterator[str]:
    """The names of the programs that a script can start; OPAQUE where that cannot be known."""
    sets_path = any(not rules.policy.harmless_variable.fullmatch(assignment.name) for assignment in script.assignments)
    proof = Proof.of(rules.policy, rules.environment)
    plain = rules.policy.shells | rules.policy.writers.all | rules.policy.writers.last
    if script.error or script.unjudged or script.unproven or script.hidden or sets_path or depth > 5:
        yield OPAQUE
    for call in script.calls:
        if call.words and not call.program:
            yield OPAQUE
        for inner in resolve(call.words, call.input, rules.policy) if call.words else ():
            if isinstance(inner, Opaque) or (isinstance(inner, Code) and not inner.text.fixed):
                yield OPAQUE
            elif isinstance(inner, Code):
                yield "sh"  # what `flock -c` and its kind start for it
                yield from foreseen(inspect(inner.text.literal), rules, depth + 1)
            else:
                yield inner.name  # empty, and so OPAQUE, when only the shell can know it
                if not inner.wraps and inner.name not in plain and proof.doubt(inner.words):
                    yield OPAQUE


def score(commands: list[str], started: list[list[str]]) -> dict[str, Any]:
    rules = Rules.from_file(shipped("policy.toml"))
    violations: list[dict[str, Any]] = []
    opaque = reading = silent = 0
    for command, programs in zip(commands, started, strict=True):
        script = inspect(command)
        known = set(foreseen(script, rules))
        reads = rules.judge(script, "/tmp").tier == Tier.READ
        reading += reads
        opaque += OPAQUE in known
        silent += not programs
        if set(programs) - known and (reads or OPAQUE not in known):
            violations.append({"command": command, "unforeseen": sorted(set(programs) - known), "reads": reads})
    return {
        "commands": len(commands),
        "without_a_program": silent,
        "flagged_opaque": opaque,
        "judged_reading": reading,
        "programs_started": sum(len(programs) for programs in started),
        "violations": len(violations),
        "examples": violations[:20],
    }


if __name__ == "__main__":
    sys.exit(main())
