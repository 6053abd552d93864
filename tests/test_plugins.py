"""Plugins: real packages with entry points, one of which fails and one of which hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aishell.core.menu import Typed
from aishell.extend.plugged import offers
from aishell.extend.plugins import Plugins
from tests.conftest import ROOT, Run
from tests.packages import lay, lay_example

BAD = """
import os, sys, time
def works(text: str) -> str:
    "says it again"
    return text
def hangs(words, folder):
    time.sleep(60)
def dies(words, folder):
    os._exit(3)
PROGRAMS = ["ship"]
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The example and a bad one, as pip would lay them out; the folder."""
    folder = tmp_path / "site"
    folder.mkdir()
    lay_example(folder)
    (folder / "bad.py").write_text(BAD)
    (folder / "worse.py").write_text("raise RuntimeError('\\x1b[2J no')")
    suggestions = {"hangs": "bad:hangs", "dies": "bad:dies", "gone": "nosuch:x", "raises": "worse:x"}
    lay(folder, "bad", {"aishell.tools": {"works": "bad:works"}, "aishell.suggestions": suggestions})
    return folder


@pytest.fixture
def env(installed: Path, home: Path, environment: dict[str, str]) -> dict[str, str]:
    return {"PYTHONPATH": f"{ROOT}{os.pathsep}{installed}", "XDG_CACHE_HOME": str(home / ".cache")}


@pytest.fixture
def plugins(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plugins:
    monkeypatch.syspath_prepend(str(installed))
    monkeypatch.setenv("PYTHONPATH", str(installed))
    return Plugins(cache=tmp_path / "plugins.json", state=tmp_path / "state")


def test_a_tool_of_a_package_is_a_tool_like_ones_own(aishell: Run, env: dict[str, str]) -> None:
    listed = aishell("extend", "list", env=env).stdout
    assert "tool   length(text, [unit])  How long a text is, in characters or words." in listed
    assert "plugin ship  aishell.suggestions, from aishell_example 1.0" in listed
    assert aishell("extend", "call", "length", '{"text": "a b", "unit": "words"}', env=env).stdout == "2 words\n"


def test_one_that_cannot_be_loaded_is_told_of_and_harms_no_other(aishell: Run, env: dict[str, str]) -> None:
    done = aishell("extend", "list", "--json", env=env)
    found = {one["name"]: one["disabled"] for one in json.loads(done.stdout)["plugins"]}
    assert "No module named 'nosuch'" in found["gone"]
    assert "RuntimeError" in found["raises"]
    assert "\x1b" not in aishell("extend", "list", env=env).stdout
    assert found["length"] is found["ship"] is found["works"] is None


def test_what_was_found_is_kept_until_packages_change(
    plugins: Plugins, installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [plugin.name for plugin in plugins.all()]
    with monkeypatch.context() as nothing_new:
        nothing_new.setattr("aishell.extend.plugins._look", lambda: pytest.fail("looked again"))
        assert [plugin.name for plugin in plugins.all()] == names
    lay(installed, "later", {"aishell.tools": {"later": "bad:works"}})
    os.utime(installed, (1, 1))
    assert "later" in [plugin.name for plugin in plugins.all()]


def test_suggestions_come_from_a_process_of_their_own(plugins: Plugins, tmp_path: Path) -> None:
    (tmp_path / "hosts.txt").write_text("web1 the shop\nweb2 the shop's double\n")
    ship = next(plugin for plugin in plugins.suggesting() if plugin.name == "ship")
    found = list(offers(ship, ("ship", "w"), str(tmp_path)))
    assert found == [("web1", "the shop"), ("web2", "the shop's double")]
    assert "aishell_example" not in sys.modules


def test_a_plugin_that_fails_or_hangs_is_left_alone_and_the_others_answer(
    plugins: Plugins, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aishell.suggest.menu.gathering import Gathering
    from aishell.wiring import extend

    (tmp_path / "hosts.txt").write_text("web1 the shop\n")
    monkeypatch.setattr(extend, "open_plugins", lambda _paths: plugins)
    monkeypatch.setattr("aishell.extend.plugged._OFFERS_S", 1.0)
    sources = tuple(extend.suggestions(None))  # type: ignore[arg-type]
    assert {source.name for source in sources} == {"ship", "hangs", "dies"}
    *_, last = Gathering(sources, in_all_s=10.0)(Typed(words=("ship", ""), folder=str(tmp_path)))
    assert [(offer.text, offer.meaning) for offer in last.offers] == [("web1", "the shop")]
    assert {plugin.name for plugin in plugins.suggesting()} == {"ship"}
    told = {plugin.name: plugins.left_alone(plugin) for plugin in plugins.all()}
    assert "took longer than 1 s" in told["hangs"]
    assert "status 3" in told["dies"]
    assert plugins.enable("dies")
    assert {plugin.name for plugin in plugins.suggesting()} == {"ship", "dies"}


def test_nothing_of_plugins_is_loaded_for_a_shell_line(env: dict[str, str], environment: dict[str, str]) -> None:
    code = (
        "import sys, os; os.execvp = lambda *_: None\n"
        "from aishell.cli import main; main(['-c', 'true'])\n"
        "print(any(name.startswith(('aishell.extend', 'importlib.metadata')) for name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], env={**environment, **env}, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_package_in_the_folder_one_works_in_is_none(aishell: Run, env: dict[str, str], installed: Path) -> None:
    done = aishell("extend", "list", "--json", cwd=installed, env={**env, "PYTHONPATH": str(ROOT)})
    assert json.loads(done.stdout)["plugins"] == []
    assert (
        aishell("extend", "call", "length", '{"text": "x"}', cwd=installed, env={**env, "PYTHONPATH": str(ROOT)}).returncode
        == 64
    )
