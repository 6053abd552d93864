"""What earlier versions left is used by this one, with nothing lost: `earlier/` says where it comes from."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.actions.dryrun.roots import Places
from aishell.actions.dryrun.sets import Keep, Sets
from aishell.cli.cut_off import cut_off
from aishell.config.load import load
from aishell.config.settings import Settings
from aishell.integrate.code import SHELLS, ShellName
from aishell.planner.steps.saved import Saved
from aishell.suggest.outcomes import Outcomes
from aishell.ui.cut_off import Ran
from aishell.ui.editing.history import LineHistory
from tests.conftest import AISHELL, ROOT, Run

Script = Callable[..., dict[str, str]]
EARLIER = ROOT / "tests" / "earlier"


@pytest.fixture
def home(home: Path) -> Path:
    """Of a person who has used an earlier version."""
    shutil.copytree(EARLIER / "home", home, dirs_exist_ok=True)
    for path in [home, *home.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
        if path.is_file():
            path.write_text(_here(path.read_text(), home))
    memory = home / ".local/state/aishell/memory"
    memory.mkdir(mode=0o700)
    with sqlite3.connect(memory / "memory.db") as db:
        db.executescript(_here((EARLIER / "memory.sql").read_text(), home))
    db.close()
    return home


@pytest.fixture
def state(home: Path) -> Path:
    return home / ".local/state/aishell"


def _here(text: str, home: Path) -> str:
    return text.replace("@HOME@", str(home)).replace("@NOW@", str(time.time()))


def test_settings_that_were_written_count_and_those_that_came_later_have_their_defaults(home: Path) -> None:
    found = load(home / ".config/aishell/aishell.toml", {}).settings
    assert (found.model.use, found.model.threads, found.actions.unattended_timeout_s) == ("smollm2-135m", 1, 7.0)
    assert not found.planner.repair
    assert found.suggest == Settings().suggest


def test_rules_of_a_persons_own_still_decide(aishell: Run) -> None:
    assert "your own rule says allow" in aishell("policy", "test", "make all").stdout
    assert "never here" in aishell("policy", "test", "shred x").stdout


def test_what_was_remembered_is_found_and_added_to(aishell: Run) -> None:
    assert "the spare key hangs in the shed" in aishell("recall", "spare", "key").stdout
    assert "touch made.txt" in aishell("recall", "make", "the", "file").stdout
    assert aishell("memory", "note", "the shed is green").returncode == 0
    assert "green" in aishell("recall", "shed").stdout
    assert "3 items, 1 runs, 1 turns" in aishell("memory", "stats").stdout


def test_logs_are_read_and_gone_on_with(aishell: Run, state: Path) -> None:
    before = (state / "audit.jsonl").read_text()
    assert aishell("-c", "--yes", "!touch other.txt").returncode == 0
    assert (state / "audit.jsonl").read_text().startswith(before)
    audit = aishell("audit", "--last", "9").stdout
    assert "user, exit 0     touch made.txt" in audit
    counted = aishell("stats").stdout
    assert "since        2026-11-26" in counted
    sent = aishell("sent", "--text").stdout
    assert "work at llm.example.org  211 bytes  without 1 x password" in sent
    assert "list the files" in sent


def test_what_was_cut_off_is_taken_back_and_what_was_done_can_be(aishell: Run, home: Path) -> None:
    listed = aishell("undo", "--list")
    assert "A change that was cut off is taken back: rm one two" in listed.stderr
    assert [(home / name).read_text() for name in ("one", "two")] == ["one\n", "two\n"]
    assert "rm poem.txt" in listed.stdout
    assert aishell("undo").returncode == 0
    assert (home / "poem.txt").read_text() == "roses are red\n"


def test_work_of_several_steps_and_the_last_conversation_go_on(aishell: Run, state: Path, script: Script) -> None:
    (listed,) = aishell("steps", "list").stdout.splitlines()
    assert "make a folder called plans, then put the date into plans/today" in listed
    work = Saved(folder=state / "steps", redact=str).get(1)
    assert [past.command for past in work.done] == ["mkdir plans"]  # what failed has another chance
    assert aishell("ask", "--continue", "and a hard link?", env=script({"": "Another name."})).returncode == 0
    turns = json.loads((state / "conversation.json").read_text())
    assert [turn["question"] for turn in turns] == ["what is a symlink?", "and a hard link?"]


def test_lines_and_what_became_of_them_are_known(state: Path) -> None:
    lines = LineHistory(state / "line_history", str)
    lines.load()
    assert [entry.text for entry in lines.entries] == ["for f in *; do\n  echo $f\ndone", "make test"]
    outcomes = Outcomes(state / "line_outcomes", str)
    outcomes.load()
    assert (outcomes.of("make test").status, outcomes.of("make tset").status) == (0, 2)
    (shown,) = cut_off(state, str).found()
    assert shown == Ran(line="make test", folder="/srv/app", status=2, took_s=1.5, text="make: *** No rule")


def test_all_of_it_is_removed_on_request(aishell: Run, home: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    own = {"XDG_CACHE_HOME": str(home / ".cache"), "XDG_RUNTIME_DIR": str(tmp_path / "run")}
    assert aishell("uninstall", "--yes", env=own).returncode == 0
    left = [path for path in home.rglob("*") if "aishell" in path.name]
    assert (left, (home / "two").read_text()) == ([], "two\n")


# ---- what another version has written in a way that is not known here


@pytest.mark.parametrize("journal", ['{"version": 2, "moves": []}', '{"version": 1, "command": "x", "since": 3}', "[]", "{"])
def test_a_change_that_another_version_was_making_is_left_to_it(state: Path, journal: str) -> None:
    cut = state / "undo/sets/2"
    (cut / "journal").write_text(journal)
    elsewhere = state / "elsewhere"
    (elsewhere / "sets" / "2-17-1").mkdir(parents=True)
    sets = Sets(Places(primary=state / "undo"), Keep())
    assert sets.recover() == ("Change 2 was cut off in another version of aishell, which can take it back.",)
    assert (cut / "old-0").read_text() == "one\n"
    with sets.locked():
        assert [entry.number for entry in sets.all()] == [1]
        assert sets.new_set(())[0].name == "3"
    assert (cut / "journal").read_text() == journal


def test_a_memory_of_a_later_version_is_left_alone(aishell: Run, state: Path) -> None:
    with sqlite3.connect(state / "memory/memory.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    before = (state / "memory/memory.db").read_bytes()
    done = aishell("memory", "note", "nothing")
    assert done.returncode == 74
    assert "newer aishell" in done.stderr
    assert (state / "memory/memory.db").read_bytes() == before


def test_a_setting_of_another_version_is_told_with_its_line_and_lines_for_the_shell_still_run(
    aishell: Run, home: Path, script: Script
) -> None:
    file = home / ".config/aishell/aishell.toml"
    file.write_text(f"{file.read_text()}kept_forever = true\n")
    words = aishell("-c", "--yes", "?make a file", env=script({"": "touch made"}))
    assert (words.returncode, (home / "made").exists()) == (78, False)
    assert f"{file}, line 9: there is no setting planner.kept_forever." in words.stderr
    assert aishell("-c", "!touch typed").returncode == 0
    assert (home / "typed").exists()


# ---- keys of a shell


@pytest.mark.parametrize("kind", SHELLS)
def test_keys_that_were_installed_once_have_the_code_of_the_present_version(
    aishell: Run, environment: dict[str, str], home: Path, tmp_path: Path, kind: ShellName
) -> None:
    if not shutil.which(kind):
        pytest.skip(f"no {kind} here")
    place = tmp_path / "site"
    shutil.copytree(ROOT / "aishell", place / "aishell", ignore=shutil.ignore_patterns("__pycache__"))
    (place / "config").symlink_to(ROOT / "config")
    own = {**environment, "PYTHONPATH": str(place), "SHELL": shutil.which(kind) or ""}
    subprocess.run([*AISHELL, "init", kind, "--install"], cwd=home, env=own, check=True, capture_output=True)
    assert str(place) in (home / f".local/state/aishell/init.{kind}").read_text()
    code = place / "aishell/integrate" / f"aishell.{kind}"
    code.write_text(f"{code.read_text()}\necho of the next version\n")
    assert "of the next version" in _starts(kind, own)
    shutil.rmtree(place)
    assert _starts(kind, own) == ""


def _starts(kind: str, environment: dict[str, str]) -> str:
    """What it prints that starts, reads its start-up file, and ends."""
    file = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}[kind]
    quiet = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[kind]
    line = f". {environment['HOME']}/{file}" if kind != "fish" else f"source {environment['HOME']}/{file}"
    done = subprocess.run([kind, *quiet, "-c", line], env=environment, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


# ---- a session that is open meanwhile


def test_a_session_outlives_the_version_it_began_with(
    environment: dict[str, str], script: Script, home: Path, tmp_path: Path
) -> None:
    from tests.typist import ENTER, Typist

    place = tmp_path / "site"
    shutil.copytree(ROOT / "aishell", place / "aishell", ignore=shutil.ignore_patterns("__pycache__"))
    (place / "config").symlink_to(ROOT / "config")
    own = {**environment, **script({"": "ls"}), "PYTHONPATH": str(place), "PROMPT_TOOLKIT_NO_CPR": "1", "SHELL": "/bin/bash"}
    someone = Typist(["--line"], own, home)
    someone.at_prompt()
    someone.runs(f"kept=7; echo $((1+1)){ENTER}", seen="2")
    for file in (place / "aishell").rglob("*.py"):  # as an installer does: every file is another one
        text = file.read_text().replace("AishellError", "AishellFault").replace("ModelUnavailable", "NoModel")
        file.unlink()
        file.write_text(text)
    someone.runs(f"?list the files{ENTER}", seen="aishell was replaced by another version")
    someone.runs(f"echo is$kept{ENTER}", seen="is7")
    assert not (home / ".local/state/aishell/crash.log").exists()
    assert someone.leaves() == 0


def test_modules_that_came_after_a_program_began_are_refused_and_others_are_not(tmp_path: Path) -> None:
    from aishell.core.errors import Replaced
    from aishell.core.replaced import Guard

    for name in ("__init__", "one", "two"):
        (tmp_path / f"{name}.py").touch()
    guard = Guard(str(tmp_path))
    guard.find_spec("aishell.one")
    guard.find_spec("aishell.missing")
    guard.find_spec("others.one")
    later = time.time_ns() + 1_000_000
    os.utime(tmp_path / "two.py", ns=(later, later))
    with pytest.raises(Replaced, match="another version"):
        guard.find_spec("aishell.two")
    guard.find_spec("aishell.one")
    (tmp_path / "new").touch()
    (tmp_path / "new").replace(tmp_path / "__init__.py")  # by an installer that keeps old times
    with pytest.raises(Replaced, match="another version"):
        guard.find_spec("aishell.one")
    guard.find_spec("others.one")
