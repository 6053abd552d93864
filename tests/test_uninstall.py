"""What goes when aishell goes, and what does not."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.cli.uninstall import size
from aishell.config.paths import Paths
from aishell.wiring.traces import remove, stop_engines, traces
from tests.conftest import Run

Script = Callable[[dict[str, str]], dict[str, str]]


@pytest.fixture
def environment(environment: dict[str, str], home: Path, tmp_path: Path) -> dict[str, str]:
    """A cache and sockets of its own: never the real ones."""
    (tmp_path / "run").mkdir(mode=0o700)
    return {**environment, "XDG_CACHE_HOME": str(home / ".cache"), "XDG_RUNTIME_DIR": str(tmp_path / "run")}


@pytest.fixture
def lived(aishell: Run, home: Path, script: Script) -> Path:
    """A home in which aishell has been used, among things that are not its own."""
    (home / ".bashrc").write_text("export A=1\n# aishell is mine\n")
    (home / ".config" / "other").mkdir(parents=True)
    (home / ".config" / "aishell" / "tools").mkdir(parents=True)
    (home / ".config" / "aishell" / "aishell.toml").write_text("[memory]\nrecord = true\n")
    for path in (home / ".config", home / ".config" / "aishell", home / ".config" / "aishell" / "aishell.toml"):
        path.chmod(0o700)
    assert aishell("init", "bash", "--install").returncode == 0
    scripted = script({"file": "touch made", "": "true"})
    assert aishell("-c", "make the file", "--yes", env=scripted).returncode == 0
    assert aishell("memory", "note", "the disk").returncode == 0
    (home / ".cache" / "aishell").mkdir(parents=True, exist_ok=True)
    (home / ".cache" / "other").mkdir()
    return home


def left(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if "aishell" in str(path.relative_to(home))}


def test_without_a_yes_it_is_only_shown(aishell: Run, lived: Path) -> None:
    before = left(lived)
    done = aishell("uninstall")
    assert done.returncode == 77
    assert "the line of `aishell init bash`" in done.stderr
    assert "memory, history, audit log" in done.stderr
    assert left(lived) == before
    assert "# aishell" in (lived / ".bashrc").read_text()


def test_all_that_is_its_own_goes_and_nothing_else(aishell: Run, lived: Path) -> None:
    done = aishell("uninstall", "--yes")
    assert done.returncode == 0, done.stderr
    assert left(lived) == set()
    assert (lived / ".bashrc").read_text() == "export A=1\n# aishell is mine\n"
    assert (lived / "made").exists()
    assert (lived / ".config" / "other").is_dir()
    assert (lived / ".cache" / "other").is_dir()
    assert "The program itself stays" in done.stderr
    again = aishell("uninstall", "--yes")
    assert (again.returncode, "nothing of yours to remove" in again.stderr) == (0, True)


def test_what_was_remembered_and_the_settings_can_stay(aishell: Run, lived: Path) -> None:
    assert aishell("uninstall", "--keep-memory", "--keep-settings", "--yes").returncode == 0
    assert {path.name for path in (lived / ".local" / "state" / "aishell").iterdir()} == {"memory"}
    assert (lived / ".config" / "aishell" / "aishell.toml").exists()
    assert "the disk" in aishell("recall", "disk").stdout


def test_a_link_goes_and_what_it_leads_to_stays(lived: Path, environment: dict[str, str], tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles"
    (lived / ".config" / "aishell").rename(dotfiles)
    (lived / ".config" / "aishell").symlink_to(dotfiles)
    for trace in traces(Paths.from_environment(environment), environment):
        remove(trace)
    assert not (lived / ".config" / "aishell").is_symlink()
    assert (dotfiles / "aishell.toml").exists()


def test_folders_that_nobody_may_enter_go_too(lived: Path, environment: dict[str, str]) -> None:
    work = lived / ".local" / "state" / "aishell" / "undo" / "x" / "work" / "work"
    work.mkdir(parents=True)
    (work / "f").write_text("x")
    work.chmod(0)
    work.parent.chmod(0)
    for trace in traces(Paths.from_environment(environment), environment):
        remove(trace)
    assert left(lived) == set()


def test_changes_kept_on_another_file_system_go_and_a_foreign_link_is_not_followed(
    lived: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    elsewhere, foreign = tmp_path / f".aishell-undo-{os.getuid()}", tmp_path / "foreign"
    for folder in (elsewhere, foreign):
        folder.mkdir()
    links = lived / ".local" / "state" / "aishell" / "undo" / "elsewhere"
    links.mkdir(parents=True, exist_ok=True)
    (links / "a").symlink_to(elsewhere)
    (links / "b").symlink_to(foreign)
    for trace in traces(Paths.from_environment(environment), environment):
        remove(trace)
    assert (elsewhere.exists(), foreign.exists()) == (False, True)


def test_where_no_engine_runs_none_is_stopped(environment: dict[str, str]) -> None:
    assert stop_engines(Paths.from_environment(environment)) == 0


@pytest.mark.parametrize(("count", "said"), [(0, "0 B"), (999, "999 B"), (1500, "1.5 KB"), (1_117_320_768, "1.1 GB")])
def test_sizes_are_for_people(count: int, said: str) -> None:
    assert size(count) == said
