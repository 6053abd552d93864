#!/usr/bin/env python3
"""Whether a terminal is as it was after aishell, whatever happened in it: `python -m bench.termios [--accounts] [--only NAME]`.

Each scenario starts the screen from a plain bash in a terminal of its own (tmux), does something, leaves or is ended, and then
compares `stty -a`, the modes set by all that was written, what tmux knows of the terminal, the colours, and which processes
are left, with those before. A scenario that fails makes the exit status 1. `--accounts` makes a user of this machine with a
password, for sudo, su and passwd, and an sshd, and takes both away again.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from aishell.config.paths import Paths
from bench.accounts import SSHD, account, can_make_accounts, ssh_server
from bench.common import machine, options, report
from bench.outer import NotAsExpected, Outer
from bench.terminal_cases import Given, Scenario
from bench.terminal_cases.endings import ENDINGS
from bench.terminal_cases.lines import LINES
from bench.terminal_cases.programs import PROGRAMS

ROOT = Path(__file__).resolve().parents[1]
SCENARIOS = (*PROGRAMS, *LINES, *ENDINGS)
_QUICK = ("vim, killed", "mouse and paste, left on", "kill -9 in vim", "kill -TERM at the prompt", "window closed in vim")
_SCRIPT = """[
  {"when": "propose it", "say": "sudo rm -rf /srv/nothing-here"},
  {"when": "slowly", "say": "echo word word word word word word word word", "delay_s": 0.5}
]"""


def environment(home: Path, *, model: bool) -> dict[str, str]:
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    runtime = os.environ.get("XDG_RUNTIME_DIR") or str(home / "run")
    own = {
        "HOME": str(home), "XDG_CACHE_HOME": cache, "XDG_RUNTIME_DIR": runtime, "SHELL": "/bin/bash", "LC_ALL": "C.UTF-8",
        "TERM": "screen-256color", "PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }  # fmt: skip
    if not model:
        script = home / "script.json"
        script.write_text(_SCRIPT)
        own |= {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": str(script)}
    return own


def start(home: Path, scenario: Scenario | None = None) -> Outer:
    """aishell's screen in a terminal of its own, for somebody who has been there before, or as a scenario wants it."""
    state = Paths.from_environment({"HOME": str(home)}).state
    state.mkdir(parents=True)
    (state / "greeted").touch()
    outer = Outer(home, environment(home, model=scenario is not None and scenario.model))
    words = [word.format(inner=outer.inner) for word in scenario.command] if scenario else []
    outer.begin([*words, sys.executable, "-m", "aishell", *(scenario.arguments if scenario else ())])
    return outer


def run(scenario: Scenario, given: Given) -> tuple[str, str]:
    """What is wrong after it, empty when nothing is; and the screen then."""
    with tempfile.TemporaryDirectory(prefix="outer-home-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        outer = start(Path(folder), scenario)
        try:
            outer.sees(scenario.shows)
            scenario.does(outer, given)
            if not scenario.ends:
                outer.runs("echo usable-$((6*7))", "(?m)^. usable-42")
                outer.terminal.types("exit")
            return "; ".join(outer.end()), outer.terminal.shown()
        except NotAsExpected as error:
            return str(error), outer.terminal.shown()
        finally:
            outer.close()


def all_of(wanted: list[Scenario], given: Given, keep: Path | None) -> tuple[dict[str, str], dict[str, str]]:
    """Of each that has been run what is wrong after it, empty when nothing is; and why others have not been."""
    found: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for scenario in wanted:
        if lacks := scenario.lacks(given):
            left_out[scenario.name] = f"needs {lacks}"
            continue
        began = time.monotonic()
        found[scenario.name], screen = run(scenario, given)
        took = time.monotonic() - began
        print(f"{scenario.name:40} {took:6.1f} s  {found[scenario.name] or 'as before'}", file=sys.stderr, flush=True)
        if found[scenario.name] and keep:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{scenario.name.replace('/', '-')}.txt").write_text(screen, "utf-8")
    return found, left_out


def main() -> int:
    parser = options(__doc__ or "")
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    parser.add_argument("--accounts", action="store_true", help="make a user and an sshd for a while; needs root")
    parser.add_argument("--keep", type=Path, help="a folder for what the terminal showed where something was wrong")
    arguments = parser.parse_args()
    wanted = [each for each in SCENARIOS if arguments.only in each.name and (not arguments.quick or each.name in _QUICK)]
    with ExitStack() as stack:
        given = Given()
        if arguments.accounts and can_make_accounts():
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="outer-sshd-"))
            ssh = stack.enter_context(ssh_server(Path(folder) / "sshd")) if os.access(SSHD, os.X_OK) else ""
            given = Given(ssh=ssh, account=stack.enter_context(account()))
        found, left_out = all_of(wanted, given, arguments.keep)
    if any(each.model for each in wanted):
        subprocess.run([sys.executable, "-m", "aishell", "engine", "stop"], check=False, capture_output=True)
    wrong = {name: what for name, what in found.items() if what}
    result = {"scenarios": len(found), "as_before": len(found) - len(wrong), "wrong": wrong, "left_out": left_out}
    report({"machine": machine(), **result}, as_json=arguments.json)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
