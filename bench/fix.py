"""Commands that fail, and what aishell proposes instead: judged by running it where it can change only its own folder.

Needs bubblewrap. `--rules`: without the model; else the default model answers where the rules are not sure.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from aishell import wiring
from aishell.core.errors import NoPlan
from aishell.core.failed import Failed
from aishell.core.types import Proposed
from aishell.session import Session
from bench.common import machine, options, percentiles, report
from bench.failures import FAILURES, FIRST, SECOND, THIRD, Failure

_PATIENCE_S = 20
_FAIL = 'cd "$TREE"; eval "$LINE" < /dev/null'
_FIX = 'cd "$TREE"; eval "$FIX" > "$OUT" 2>&1 < /dev/null; STATUS=$?; '


class Answer(NamedTuple):
    failure: Failure
    fix: str
    """Empty when nothing was proposed."""
    right: bool
    by_model: bool
    took_s: float


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--rules", action="store_true", help="without the model")
    parser.add_argument("--show", action="store_true", help="every case")
    arguments = parser.parse_args()
    if not shutil.which("bwrap"):
        print("bubblewrap is not installed", file=sys.stderr)
        return 2
    failures = FAILURES[::6] if arguments.quick else FAILURES
    answers = asyncio.run(_answers(failures, model=not arguments.rules, show=arguments.show))
    took = percentiles([answer.took_s for answer in answers])
    result: dict[str, Any] = {"machine": machine(), "all": _count(answers), "seconds": took}
    for name, group in (("first", FIRST), ("second", SECOND), ("third", THIRD)):
        result[name] = _count([answer for answer in answers if answer.failure in group])
    report(result, as_json=arguments.json)
    return 0


async def _answers(failures: tuple[Failure, ...], *, model: bool, show: bool) -> list[Answer]:
    loaded, paths = wiring.settings()
    memory = replace(loaded.settings.memory, record=False)  # what this machine's user ran before is no part of it
    session = wiring.open_session(replace(loaded.settings, memory=memory), paths, model=model)
    try:
        answers = []
        for failure in failures:
            answers.append(answer := await _answer(failure, session, model=model))
            if show:
                line = f"{_verdict(answer):<15} {failure.name:<36} {failure.line!r} -> {answer.fix!r}"
                print(line, f"{answer.took_s:.1f} s", flush=True)
        return answers
    finally:
        await session.close()


async def _answer(failure: Failure, session: Session, *, model: bool) -> Answer:
    with _tree(failure) as tree:
        failed = _fail(failure, tree)
        began = time.perf_counter()
        fix, by_model = await _proposed(session, failed, model=model)
        took = time.perf_counter() - began
    with _tree(failure) as tree:
        if _is_right(failure, tree, failure.line):
            raise SystemExit(f"{failure.name}: the test takes the failed command for right")
    with _tree(failure) as tree:
        return Answer(failure, fix, bool(fix) and _is_right(failure, tree, fix), by_model, took)


async def _proposed(session: Session, failed: Failed, *, model: bool) -> tuple[str, bool]:
    """The first proposal, and whether it is the model's."""
    rules = {fix.command for fix in session.open_fixer().by_rules(failed)}
    try:
        async with aclosing(session.fix(failed, model=model)) as events:
            async for event in events:
                if isinstance(event, Proposed):
                    command = event.proposal.steps[0].step.action.command
                    return command, command not in rules
    except NoPlan:
        pass
    return "", False


@contextmanager
def _tree(failure: Failure) -> Iterator[Path]:
    """The folder as it is before the command; every run gets a new one at the same kind of place."""
    with tempfile.TemporaryDirectory(prefix="aishell-fix-") as base:
        tree = Path(base, "work")
        tree.mkdir()
        yield tree


def _fail(failure: Failure, tree: Path) -> Failed:
    done = _run(failure, tree, _FAIL, LINE=failure.line)
    if done.returncode == 0:
        raise SystemExit(f"{failure.name}: {failure.line!r} did not fail")
    return Failed(command=failure.line, cwd=str(tree), exit_status=done.returncode, output=done.stdout)


def _is_right(failure: Failure, tree: Path, fix: str) -> bool:
    return _run(failure, tree, _FIX + failure.right, FIX=fix).returncode == 0


def _run(failure: Failure, tree: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """`before` and then the script, with nothing but the folder to write to and no way out."""
    walls = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--bind", str(tree.parent), str(tree.parent)]
    walls += ["--tmpfs", "/var/tmp", "--unshare-net", "--unshare-pid", "--die-with-parent", "--chdir", str(tree)]
    whole = f"{{ {failure.before or ':'}\n}} > /dev/null 2>&1; {script}"
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(tree.parent),
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(tree.parent),
        "TREE": str(tree),
        **variables,
    }
    return subprocess.run(
        [*walls, "bash", "--norc", "--noprofile", "-c", whole],
        env={**given, "OUT": str(tree.parent / "out")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="replace",
        timeout=_PATIENCE_S,
        check=False,
    )


def _verdict(answer: Answer) -> str:
    by = "model" if answer.by_model else "rules"
    return f"{'right' if answer.right else 'wrong'}, {by}" if answer.fix else "none"


def _count(answers: list[Answer]) -> dict[str, int]:
    counted = Counter(_verdict(answer) for answer in answers)
    right = sum(answer.right for answer in answers)
    return {"commands": len(answers), "right": right, **dict(sorted(counted.items()))}


if __name__ == "__main__":
    sys.exit(main())
