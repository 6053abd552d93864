"""aishell with a plugin's model in place of its own."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest

from aishell.backends.openai.failover import Failover
from aishell.config.load import load, write_private
from aishell.config.paths import Paths
from aishell.core.errors import ConfigError, ModelUnavailable
from aishell.wiring import open_backend
from tests.conftest import ROOT, Run
from tests.packages import lay_example, lay_models


@pytest.fixture
def env(tmp_path: Path, home: Path) -> dict[str, str]:
    site = tmp_path / "site"
    site.mkdir()
    lay_example(site)
    lay_models(site)
    write_private(home / ".config" / "aishell" / "aishell.toml", '[model]\nbackend = "plugin"\nplugin = "rules"\n')
    return {"PYTHONPATH": f"{ROOT}{os.pathsep}{site}", "XDG_CACHE_HOME": str(home / ".cache")}


def test_words_become_the_command_that_the_plugin_says(aishell: Run, env: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "seen.txt").write_text("x")
    done = aishell("-c", "list the files", cwd=folder, env=env)
    assert (done.stdout, done.returncode) == ("seen.txt\n", 0)
    found = json.loads(aishell("-c", "--json", "list the files", cwd=folder, env=env).stdout)
    assert found["model"] == {"name": "rules", "backend": "plugin"}
    assert found["steps"][0]["why"] == "a rule of the example says so"
    assert "model        of a plugin: rules" in aishell("doctor", env=env).stdout


def test_a_plugin_that_hangs_is_told_of_with_what_to_do(aishell: Run, env: dict[str, str]) -> None:
    done = aishell("-c", "list the files", env={**env, "AISHELL_MODEL_PLUGIN": "hangs"})
    assert done.returncode == 69
    assert "The plugin hangs was silent for 0.5 s." in done.stderr
    assert "aishell extend enable hangs" in done.stderr
    listed = json.loads(aishell("extend", "list", "--json", env=env).stdout)["plugins"]
    assert {one["name"] for one in listed if one["disabled"]} == {"hangs"}


def test_the_next_one_answers_when_one_breaks(aishell: Run, env: dict[str, str], tmp_path: Path) -> None:
    done = aishell("-c", "--print", "list the files", env={**env, "AISHELL_MODEL_PLUGIN": "dies rules"})
    assert (done.stdout, done.returncode) == ("ls\n", 0)


def test_nothing_is_told_to_a_plugin_that_is_to_stay_here(aishell: Run, env: dict[str, str]) -> None:
    done = aishell("-c", "--local", "list the files", env=env)
    assert "The model qwen2.5-coder-1.5b is not on this machine." in done.stderr
    assert done.returncode == 69


def test_what_the_session_keeps_to_itself_is_not_told_to_a_plugin(env: dict[str, str], home: Path, tmp_path: Path) -> None:
    wanted = load(home / ".config" / "aishell" / "aishell.toml", {}).settings
    backend = open_backend(wanted, Paths.from_environment({"HOME": str(tmp_path / "empty")}))
    assert isinstance(backend, Failover)
    backend.stays_here = lambda: "this is private"
    with pytest.raises(ModelUnavailable, match=r"Nothing is sent .*: this is private\. And here: The model .* is not on"):
        asyncio.run(backend.describe())


def test_a_plugin_has_to_be_named(env: dict[str, str], home: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.plugin names no plugin"):
        load(home / ".config" / "aishell" / "aishell.toml", {"AISHELL_MODEL_PLUGIN": " "})
