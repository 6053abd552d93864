"""A person's own programs before and after a command: real ones, some of which misbehave."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from aishell import wiring
from aishell.config.own import hooks as parsed
from aishell.config.paths import Paths
from aishell.config.settings import Settings
from aishell.core.errors import ConfigError, ConsentMissing
from aishell.core.own import HookFiles
from aishell.extend.hooks import Hooks
from aishell.ui.written_down import WrittenDown
from aishell.wiring.extend import open_hooks
from tests.conftest import ROOT, Run

Write = Callable[[str], str]
Script = Callable[[dict[str, str]], dict[str, str]]


@pytest.fixture
def write(home: Path) -> Write:
    """A hook of these lines of sh; its path."""
    folder = home / ".config" / "aishell" / "hooks"
    folder.mkdir(parents=True)
    for path in (folder, folder.parent, folder.parent.parent):
        path.chmod(0o700)

    def made(lines: str) -> str:
        file = folder / f"hook{len(list(folder.iterdir()))}"
        file.write_text(f"#!/bin/sh\n{lines}\n")
        file.chmod(0o700)
        return str(file)

    return made


@pytest.fixture
def told() -> list[str]:
    return []


def ask(told: list[str], *before: str, seconds: float = 5.0, times: int = 1) -> None:
    hooks = Hooks(HookFiles(before=before, seconds=seconds), told.append)
    for _ in range(times):
        hooks.before("rm '\x1b[2J'", "/srv", request="tidy", tier="ASK", tried=True)


def test_a_hook_is_told_what_is_about_to_run_and_may_say_nothing(write: Write, told: list[str], tmp_path: Path) -> None:
    ask(told, write(f"cat > {tmp_path}/heard; pwd > {tmp_path}/where"))
    heard = json.loads((tmp_path / "heard").read_text())
    assert (heard["event"], heard["command"], heard["cwd"]) == ("before", "rm '\x1b[2J'", "/srv")
    assert (heard["request"], heard["tier"], heard["tried"]) == ("tidy", "ASK", True)
    assert (tmp_path / "where").read_text().strip() == os.path.expanduser("~")
    assert told == []


def test_a_hook_may_refuse_with_a_sentence_that_can_do_no_harm(write: Write, told: list[str]) -> None:
    with pytest.raises(ConsentMissing, match="Your hook hook0 refuses it: not today") as refused:
        ask(told, write(r"printf 'not today \033]52;c;eA\a\nmore\n'; exit 1"))
    assert "\x1b" not in str(refused.value)
    assert told == []


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("echo oh >&2; exit 1", "status 1: oh"),
        ("exit 3", "status 3"),
        ("kill -9 $$", "status -9"),
        ("sleep 60", "longer than 0.5 s"),
        ("trap '' TERM; while :; do :; done", "longer than 0.5 s"),
        ("yes", "more than 256 KB"),
        ("yes >&2", "more than 256 KB"),
    ],
)
def test_one_that_fails_or_hangs_is_left_alone_with_a_sentence(write: Write, told: list[str], lines: str, why: str) -> None:
    ask(told, write(lines), seconds=0.5, times=3)
    assert len(told) == 1
    assert told[0].startswith("A hook is not asked any more in this session:")
    assert why in told[0]


def test_what_a_hook_leaves_behind_ends_with_it(write: Write, told: list[str], tmp_path: Path) -> None:
    ask(told, write(f"sleep 300 & echo $! > {tmp_path}/pid"))
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                break
        except (FileNotFoundError, ProcessLookupError):
            break
        time.sleep(0.05)
    else:
        pytest.fail("it still runs")
    assert told == []


def test_one_that_others_can_write_to_is_not_run(write: Write, told: list[str], tmp_path: Path) -> None:
    file = write(f"touch {tmp_path}/ran")
    os.chmod(file, 0o777)
    ask(told, file)
    ask(told, "/nonexistent/hook")
    assert not (tmp_path / "ran").exists()
    assert "can be written by others" in told[0]
    assert "No such file" in told[1]


@pytest.mark.parametrize("table", [{"before": "x"}, {"before": ["./x"]}, {"during": []}, {"seconds": 0}, {"seconds": True}, []])
def test_settings_that_cannot_be_meant_are_refused(table: object) -> None:
    with pytest.raises(ConfigError, match=r"file: \[hooks\]"):
        parsed(table, "file")


@pytest.fixture
def settings(home: Path, write: Write) -> Path:
    """Hooks that refuse `forbidden`, and keep what has run in `log`."""
    before = write('case "$(cat)" in *forbidden*) echo no; exit 1;; esac')
    after = write(f"cat >> {home}/log; echo >> {home}/log")
    file = home / ".config" / "aishell" / "aishell.toml"
    file.write_text(f"[hooks]\nbefore = [{json.dumps(before)}]\nafter = [{json.dumps(after)}]\n")
    file.chmod(0o600)
    return home / "log"


def heard(log: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def test_commands_from_words_and_typed_ones_are_told_of(aishell: Run, settings: Path, script: Script, home: Path) -> None:
    scripted = script({"files": "echo listed", "forbidden": "touch forbidden", "note": "touch note"})
    assert aishell("-c", "list the files", env=scripted).stdout == "listed\n"
    assert aishell("-c", "make the note", "--yes", env=scripted).returncode == 0
    refused = aishell("-c", "make the forbidden one", "--yes", env=scripted)
    assert refused.returncode == 77
    assert "Your hook hook0 refuses it: no" in refused.stderr
    aishell(input="true; (exit 3)\necho forbidden\n private\n", env=scripted)
    assert [(one["command"], one["exit_code"]) for one in heard(settings)] == [
        ("echo listed", 0),
        ("touch note", 0),
        ("true; (exit 3)", 3),
    ]
    assert not (home / "forbidden").exists()
    assert "refused" in aishell("audit").stdout


def test_lines_for_the_shell_of_the_screen_and_the_line_mode_are_asked_about(
    settings: Path, environment: dict[str, str], home: Path
) -> None:
    paths = Paths.from_environment({name: value for name, value in environment.items() if name != "XDG_CACHE_HOME"})
    session = wiring.open_session(Settings(), paths, model=False)

    async def typed(line: str) -> None:
        written = WrittenDown(session, line, str(home), kept=True, protect=frozenset())
        try:
            await written.may_run()
            written.ran(7)
        finally:
            await written.changed()

    async def both() -> None:
        with pytest.raises(ConsentMissing, match="hook0 refuses it: no"):
            await typed("echo forbidden")
        await typed("echo fine")
        session.private = True
        await typed("echo unsaid")
        await session.close()

    asyncio.run(both())
    assert [(one["command"], one["exit_code"]) for one in heard(settings)] == [("echo fine", 7)]


def test_without_hooks_there_are_none_to_ask(environment: dict[str, str]) -> None:
    assert open_hooks(Paths.from_environment(environment), lambda _said: None) is None


@pytest.mark.parametrize(("day", "refused"), [("5", True), ("4", False)])
def test_the_example_works(day: str, refused: bool, told: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "no-friday"
    shutil.copy(ROOT / "examples" / "hooks" / "no-friday", file)
    for path in (file, tmp_path):
        path.chmod(0o700)
    monkeypatch.setenv("TODAY", day)
    hooks = Hooks(HookFiles(before=(str(file),)), told.append)
    with pytest.raises(ConsentMissing, match="on a Friday") if refused else nullcontext():
        hooks.before("./deploy web", "/")
    assert told == []
