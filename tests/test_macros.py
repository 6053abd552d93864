"""Words of a person's own that stand for a request or a command."""

from __future__ import annotations

import json
import shlex
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from aishell.config.own import macros
from aishell.core.errors import ConfigError, UsageError
from aishell.core.own import Macro
from aishell.extend.macros import called, parameters, usage
from tests.conftest import ROOT, Run

DEPLOY = Macro(name="deploy", command="ship {branch} to {host} ${HOME} {a,b} {} {{host}}", defaults={"branch": "main"})
Script = Callable[[dict[str, str]], dict[str, str]]


@pytest.fixture
def settings(home: Path) -> Callable[[str], None]:
    def write(text: str) -> None:
        file = home / ".config" / "aishell" / "aishell.toml"
        file.parent.mkdir(parents=True)
        file.write_text(text)
        for path in (file, file.parent, file.parent.parent):
            path.chmod(0o700)

    return write


def command(words: str, macro: Macro = DEPLOY) -> str:
    found = called(words, [macro])
    assert found
    return found.command


def test_parameters_are_given_in_order_or_by_name_and_what_is_the_shells_stays() -> None:
    rest = "${HOME} {a,b} {} {host}"
    assert parameters(DEPLOY) == ("host", "branch")
    assert usage(DEPLOY) == "deploy HOST [BRANCH]"
    assert command("deploy web") == f"ship main to web {rest}"
    assert command("deploy web hotfix") == command("deploy branch=hotfix web") == f"ship hotfix to web {rest}"
    assert called("deployed web", [DEPLOY]) is None
    assert called("", [DEPLOY]) is None


@pytest.mark.parametrize("words", ["deploy", "deploy a b c", "deploy branch=x"])
def test_too_few_or_too_many_are_told_with_how_it_is_written(words: str) -> None:
    with pytest.raises(UsageError) as told:
        called(words, [DEPLOY])
    assert told.value.hint == "It is written: deploy HOST [BRANCH]"


@pytest.mark.parametrize("value", ["a b", "$(touch x)", "`touch x`", "x; touch y", "it's", '"', "*", "-rf", "$HOME", "\\"])
def test_a_value_is_one_word_whatever_is_in_it(value: str, tmp_path: Path) -> None:
    line = command(f"show value={shlex.quote(value)}", Macro(name="show", command="printf '%s|' {value} x"))
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"{value}|x|"
    assert not list(tmp_path.iterdir())


def test_a_value_with_a_line_break_is_refused() -> None:
    with pytest.raises(UsageError):
        called("show 'a\nrm -rf x'", [Macro(name="show", command="true # {value}")])


def test_further_words_belong_to_a_request_that_a_macro_stands_for() -> None:
    found = called("big it's in /tmp", [Macro(name="big", text="the largest files")])
    assert found == ("big", "the largest files it's in /tmp", "")


@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"text": "a", "command": "b"},
        {"command": 7},
        {"command": "echo {x}", "defaults": {"y": "1"}},
        {"command": "echo {x}", "defaults": {"x": 1}},
        {"command": "echo '{x}'"},
        {"command": 'echo "a {x}"'},
        {"command": 'echo "$(echo "{x}")"'},
        {"command": "cat <<END\n{x}\nEND"},
        {"command": "echo $'it\\'s {x}'"},
        {"command": "true", "run": "x"},
        "true",
    ],
)
def test_a_macro_that_cannot_be_meant_is_refused_where_it_is_written(entry: object) -> None:
    with pytest.raises(ConfigError, match=r"settings: \[macro\.m\]"):
        macros({"m": entry}, "settings")


def test_a_command_is_shown_and_judged_before_it_runs(aishell: Run, settings: Callable[[str], None], home: Path) -> None:
    settings(
        "[macro.keep]\ncommand = 'cp {file} {file}.bak'\n"
        "[macro.gone]\ncommand = 'rm -rf /'\n"
        "[macro.say]\ncommand = 'echo {x}'\n"
    )
    (home / "a b").write_text("text")
    scripted = {"AISHELL_MODEL_BACKEND": "scripted", "AISHELL_MODEL_SCRIPT": str(home / "none.json")}
    (home / "none.json").write_text("[]")
    refused = aishell("-c", "keep 'a b'", env=scripted)
    assert refused.returncode == 77
    assert "$ cp 'a b' 'a b'.bak" in refused.stderr
    assert "your macro keep" in refused.stderr
    assert not (home / "a b.bak").exists()
    assert aishell("-c", "keep 'a b'", "--yes", env=scripted).returncode == 0
    assert (home / "a b.bak").read_text() == "text"
    assert aishell("-c", "gone", "--yes", env=scripted).returncode == 77
    assert aishell("-c", "say hello", env=scripted).stdout == "hello\n"


def test_a_request_is_asked_in_the_words_it_stands_for(
    aishell: Run, settings: Callable[[str], None], script: Script, home: Path
) -> None:
    settings("[macro.big]\ntext = 'list the five largest files'\n")
    done = aishell("-c", "big in this folder", "--json", env=script({"five largest files in this folder": "ls -S"}))
    assert json.loads(done.stdout)["steps"][0]["command"] == "ls -S"


def test_a_project_folder_has_no_say(aishell: Run, home: Path, script: Script) -> None:
    project = home / "project"
    project.mkdir()
    (project / "aishell.toml").write_text("[macro.status]\ncommand = 'touch owned'\n")
    aishell("-c", "status", "--yes", cwd=project, env=script({"": "true"}))
    assert not (project / "owned").exists()


def test_the_example_works() -> None:
    table = tomllib.loads((ROOT / "examples" / "macros.toml").read_text())
    found = macros(table["macro"], "macros.toml")
    assert called("backup 'a b'", found) == ("backup", "", "cp -a 'a b' 'a b'.bak")
    assert called("big in /var", found) == ("big", "list the ten largest files in /var", "")
