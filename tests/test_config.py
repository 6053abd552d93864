"""Settings: defaults, the user's file, variables, and what is refused."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path

import pytest

from aishell.config.load import load, set_value
from aishell.config.paths import Paths, shipped
from aishell.config.settings import Settings
from aishell.core.errors import ConfigError


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "aishell.toml"
    file.write_text(text)
    file.chmod(0o600)
    tmp_path.chmod(0o700)
    return file


def test_the_shipped_file_says_what_the_code_does() -> None:
    assert tomllib.loads(shipped("aishell.toml").read_text()) == asdict(Settings())


def test_file_and_variables_override_in_that_order(tmp_path: Path) -> None:
    file = write(tmp_path, '[model]\nuse = "a"\nthreads = 3\n[actions]\nunattended_timeout_s = 5\n')
    loaded = load(file, {"AISHELL_MODEL_USE": "b", "AISHELL_PLANNER_REPAIR": "false"})
    assert loaded.settings.model.use == "b"
    assert loaded.settings.model.threads == 3
    assert loaded.settings.actions.unattended_timeout_s == 5.0
    assert loaded.settings.planner.repair is False
    assert loaded.sources["model.use"] == "$AISHELL_MODEL_USE"
    assert loaded.sources["model.threads"] == f"{file}, line 3"


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.toml", {"PATH": "x", "AISHELL": "1"}).settings == Settings()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[model]\n\nthread = 2\n", ["line 3", "model.thread", "model.threads"]),
        ("[modle]\nuse = 'x'\n", ["line 2", "model.use"]),
        ("use = 'x'\n", ["line 1", "model.use"]),
        ("[model]\nthreads = 'two'\n", ["line 2", "whole number"]),
        ("[model]\nthreads = true\n", ["line 2", "whole number"]),
        ("[model]\nthreads = -4\n", ["at least 0"]),
        ("[model]\nbackend = 'cloud'\n", ["engine", "scripted"]),
        ("[planner]\nrepair = 1\n", ["true or false"]),
        ("[model\n", ["not valid TOML"]),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text), {})
    message = f"{caught.value} {caught.value.hint}"
    assert all(part in message for part in told), message


def test_a_misspelt_variable_is_told_and_a_foreign_one_is_not() -> None:
    with pytest.raises(ConfigError) as caught:
        load(Path("/nonexistent"), {"AISHELL_MODEL_USES": "x"})
    assert "AISHELL_MODEL_USE?" in caught.value.hint
    load(Path("/nonexistent"), {"AISHELL_SOMETHING": "x"})


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    file = write(tmp_path, "[model]\nthreads = 1\n")
    file.chmod(mode)
    with pytest.raises(ConfigError, match="written by others"):
        load(file, {})


def test_one_setting_is_written_and_the_rest_is_left(tmp_path: Path) -> None:
    file = write(tmp_path, "# mine\n[planner]\nrepair = false # why\n")
    set_value(file, "model.use", 'a"b')
    set_value(file, "model.use", "c")
    assert file.read_text() == '# mine\n[planner]\nrepair = false # why\n\n[model]\nuse = "c"\n'
    assert load(file, {}).settings.model.use == "c"
    assert file.stat().st_mode & 0o777 == 0o600


def test_paths_follow_xdg_and_do_without_home() -> None:
    assert Paths.from_environment({"HOME": "/h", "XDG_CACHE_HOME": "/c"}).assets == Path("/c/aishell/assets")
    assert Paths.from_environment({"HOME": "/h", "XDG_CACHE_HOME": "relative"}).cache == Path("/h/.cache/aishell")
    assert Paths.from_environment({}).config_file.is_absolute()
