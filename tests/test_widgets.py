"""aishell's keys in the shells people use: the same in all three, with a scripted model."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.backends.spec import LlamaSpec
from aishell.integrate.code import SHELLS, ShellName
from tests.conftest import AISHELL, Run
from tests.test_terminal import Person
from tests.widgeting import ASK, CTRL_C, ENTER, FIX, RECALL, SUGGEST, AtPrompt, suggesting

Script = Callable[..., dict[str, str]]
Start = Callable[..., AtPrompt]
WORDS, COMMAND = "zeig mir die größe von „größe x“, please", "ls -l 'ü x' \"a b\" | wc -l"
SLOW = "something that takes long, please"
TWO = "two lines, please"
_REPLIES = {SLOW: "echo late", TWO: "printf 'a b\\n' |\n  sort", "wipe": "rm -rf /", WORDS: COMMAND}


@pytest.fixture(params=SHELLS)
def kind(request: pytest.FixtureRequest) -> ShellName:
    found: ShellName = request.param
    if not shutil.which(found):
        pytest.skip(f"no {found} here")
    return found


@pytest.fixture
def start(kind: ShellName, home: Path, environment: dict[str, str], tmp_path: Path) -> Start:
    script = tmp_path / "script.json"
    lines = [{"when": when, "say": say, "delay_s": 30.0 if when == SLOW else 0.0} for when, say in _REPLIES.items()]
    script.write_text(json.dumps(lines))
    scripted = {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": str(script)}

    def begin(**others: str) -> AtPrompt:
        given = {name: others.pop(name) for name in ("before", "after") if name in others}
        init = tuple(others.pop("init", "").split())
        return AtPrompt(kind, home, {**environment, **scripted, **others}, init=init, **given)

    return begin


def test_words_become_a_command_on_the_line_and_nothing_runs(start: Start, home: Path) -> None:
    with start() as shell:
        shell.types(WORDS + ASK)
        assert shell.line() == COMMAND
        shell.types("\x15" + TWO + ASK)
        assert shell.line() == _REPLIES[TWO]
        shell.types(ENTER)
        shell.sees("a b")


def test_a_command_is_explained_and_stays_and_an_empty_line_gets_a_hint(start: Start) -> None:
    with start() as shell:
        shell.types("ls -l 'ü x'" + ASK)
        shell.sees("list directory contents", "use a long listing format")
        assert shell.line() == "ls -l 'ü x'"
        shell.types("\x15" + ASK)
        shell.sees("Say here what you want")
        assert shell.line() == ""


def test_what_is_forbidden_is_never_put_on_the_line(start: Start) -> None:
    with start() as shell:
        shell.types("wipe everything, please" + ASK)
        shell.sees("Not put on the line")
        assert shell.line() == "wipe everything, please"


def test_a_slow_model_leaves_the_line_with_a_hint_and_so_does_ctrl_c(start: Start) -> None:
    with start(AISHELL_WIDGETS_PATIENCE_S="0.5") as shell:
        shell.types(SLOW + ASK)
        shell.sees("No answer within 0.5 s")
        assert shell.line() == SLOW
    with start() as shell:
        shell.types(SLOW + ASK)
        shell.sees("one moment")
        _until_busy(shell.pid)
        shell.types(CTRL_C)
        assert shell.line() == SLOW


def _until_busy(pid: int) -> None:
    """Until the shell has started aishell, and that has come far enough to be stopped."""
    for _ in range(500):
        time.sleep(0.02)
        found = subprocess.run(["ps", "-o", "args=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
        if "aishell widget" in found or _grandchild(pid):
            return
    raise AssertionError("aishell was not started")


def _grandchild(pid: int) -> bool:
    listed = subprocess.run(["ps", "-eo", "ppid=,pid=,args="], capture_output=True, text=True, check=False).stdout
    rows = [(int(row.split()[0]), int(row.split()[1]), row) for row in listed.splitlines()]
    own = {pid}
    for _ in range(4):
        own |= {child for parent, child, _row in rows if parent in own}
    return any("aishell widget" in row for _, child, row in rows if child in own)


def test_the_command_that_failed_is_mended_on_the_line(start: Start) -> None:
    with start() as shell:
        shell.types("gti --version" + ENTER)
        shell.sees("gti", "ready> ")
        shell.types(FIX)
        assert shell.line() == "git --version"
        shell.types(ENTER)
        shell.sees("git version")
        shell.types(FIX)
        shell.sees("did not fail")


def test_a_line_is_recalled_and_the_same_key_goes_on_to_what_was_typed(start: Start, aishell: Run, home: Path) -> None:
    kept = [{"kind": "command", "text": text} for text in ("echo 'größe' one", "echo größe two")]
    for row in kept:
        _record(home, aishell, row["text"])
    with start() as shell:
        shell.types("größe" + RECALL)
        first = shell.line()
        shell.types(RECALL)
        second = shell.line()
        assert {first, second} == {row["text"] for row in kept}
        shell.types(RECALL)
        assert shell.line() == "größe"


def _record(home: Path, aishell: Run, command: str) -> None:
    told = "\x1e".join(("bash", "0", "1790000000.0", "0.1", str(home), command, ""))
    assert aishell("recorded", input=told).returncode == 0


def test_without_an_engine_a_suggestion_says_so_at_once(start: Start, tmp_path: Path) -> None:
    (empty := tmp_path / "run").mkdir(mode=0o700)
    with start(XDG_RUNTIME_DIR=str(empty)) as shell:
        shell.types("git " + SUGGEST)
        shell.sees("is being started")
        assert shell.line() == "git "


HISTORIES: dict[ShellName, tuple[str, str]] = {
    "bash": (".bash_history", "echo größe eins zwei\n"),
    "zsh": (".zsh_history", "echo größe eins zwei\n"),
    "fish": (".local/share/fish/fish_history", "- cmd: echo größe eins zwei\n  when: 1790000000\n"),
}


def test_a_suggestion_from_the_shells_history_comes_onto_the_line(
    start: Start, kind: ShellName, home: Path, environment: dict[str, str], spec: LlamaSpec
) -> None:
    name, entry = HISTORIES[kind]
    (home / name).parent.mkdir(parents=True, exist_ok=True)
    (home / name).write_text(entry * 6)
    with suggesting(environment, spec) as found, start(**found) as shell:
        for _ in range(40):  # until the engine has read the history
            shell.types("echo grö" + SUGGEST)
            if (line := shell.line()) != "echo grö":
                break
            shell.types("\x15")
        assert line == "echo größe eins zwei"
        shell.types(SUGGEST)
        assert shell.line() == "echo grö"


def test_an_aishell_that_is_gone_costs_a_sentence_and_nothing_else(start: Start, kind: ShellName) -> None:
    gone = "set -g __ai_python /gone/python" if kind == "fish" else "__ai_python=/gone/python"
    with start(after=gone) as shell:
        shell.types(WORDS + ASK)
        shell.sees("not where it was")
        assert shell.line() == WORDS
        shell.types("\x15")
        assert shell.runs("echo on") == "on\n"


@pytest.mark.parametrize("init", ["--record", ""])
def test_commands_are_recorded_when_that_is_wanted(start: Start, aishell: Run, kind: ShellName, init: str) -> None:
    with start(init=init) as shell:
        assert shell.runs("echo kept").startswith("kept")
        shell.types(" echo hidden" + ENTER)
        shell.types("sh -c 'exit 3' token=ghp_0123456789abcdefghijklmnopqrstuvwxyzAB" + ENTER)
        assert "aishell" not in shell.runs("jobs")
        rows = _recorded(aishell, ("echo kept", "exit 3") if init else ())
    commands = [str(row["text"]) for row in rows]
    assert bool(commands) is bool(init)
    assert not any("hidden" in command or "ghp_0123456789" in command for command in commands)
    if init:
        assert {row["exit_status"] for row in rows if "exit 3" in str(row["text"])} == {3}
        assert all(row["cwd"] == str(shell.home) and row["trust"] == "own" for row in rows)


def _recorded(aishell: Run, wanted: tuple[str, ...]) -> list[dict[str, object]]:
    """What memory has; until what the shell told has come there takes a moment, and the later may come first."""
    rows: list[dict[str, object]] = []
    for _ in range(100):
        done = aishell("recall", "--json")
        rows = [json.loads(row) for row in done.stdout.splitlines()]
        if all(any(part in str(row["text"]) for row in rows) for part in wanted):
            break
        time.sleep(0.1)
    return rows


def test_other_keys_are_taken_from_variables_and_from_the_command_line(start: Start, kind: ShellName) -> None:
    own = "set -g AISHELL_KEY ctrl-g" if kind == "fish" else "AISHELL_KEY=ctrl-g"
    with start(before=own, init="--key fix=none --key alt-x") as shell:
        shell.types("\x07")
        shell.sees("Say here what you want")


def test_no_process_is_left_behind(start: Start, kind: ShellName) -> None:
    with start(init="--record") as shell:
        shell.runs("true")
        shell.runs("true  ")
        for _ in range(200):
            listed = subprocess.run(["ps", "-o", "stat=,args=", "--ppid", str(shell.pid)], capture_output=True, text=True)
            if not listed.stdout.strip():
                return
            time.sleep(0.05)
        raise AssertionError(listed.stdout)


def test_on_a_terminal_init_names_the_line_and_where_to_put_it(
    kind: ShellName, home: Path, environment: dict[str, str]
) -> None:
    person = Person(["init", kind], environment, home)
    assert person.status() == 0
    (line,) = [row.strip() for row in person.screen.splitlines() if row.strip().endswith("# aishell")]
    assert {"bash": ".bashrc", "zsh": ".zshrc", "fish": "config.fish"}[kind] in person.screen
    done = subprocess.run([kind, "-c", f"{line}\ntrue"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (home / f".local/state/aishell/init.{kind}").stat().st_mode & 0o777 == 0o600


def test_init_writes_the_line_once_and_takes_it_out(
    aishell: Run, home: Path, kind: ShellName, environment: dict[str, str]
) -> None:
    own = home / {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}[kind]
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("# mine\nalias x=y")
    for _ in range(2):
        assert aishell("init", kind, "--install").returncode == 0
    lines = own.read_text().splitlines()
    assert lines[:2] == ["# mine", "alias x=y"]
    assert len(lines) == 3
    shell = subprocess.run([kind, "-n", str(own)], capture_output=True, text=True, env=environment, check=False)
    assert (shell.returncode, shell.stderr) == (0, "")
    assert aishell("init", kind, "--remove").returncode == 0
    assert own.read_text() == "# mine\nalias x=y\n"
    assert not (home / ".local/state/aishell" / f"init.{kind}").exists()


def test_nothing_is_printed_or_bound_in_a_shell_without_a_prompt(
    kind: ShellName, environment: dict[str, str], home: Path
) -> None:
    code = subprocess.run([*AISHELL, "init", kind], env=environment, capture_output=True, text=True, check=True).stdout
    file = home / "code"
    file.write_text(code)
    done = subprocess.run([kind, "-c", f". {file}; echo on"], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("on\n", "", 0)
    assert os.path.exists(file)
