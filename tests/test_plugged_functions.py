"""Text functions of plugins as filters, and as tools."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from aishell.config.paths import Paths
from aishell.wiring.extend import own_tools
from tests.conftest import AISHELL, ROOT, Run
from tests.packages import defined, lay, lay_example

FUNCTIONS = """
import os, sys, time
SECONDS = 0.5

def turned(text: str) -> str:
    "the letters of a text from its end"
    print(text); print(text, file=sys.stderr)
    return text[::-1]
def picky(text: str) -> str:
    if "bad" in text: raise ValueError("a \\x1b[31mbad\\x1b[0m one")
    return os.getpid()
def lines(text: str) -> str:
    return text.replace(" ", "\\n")
def nan(text: str) -> float:
    return float("nan")
def hangs(text: str) -> str:
    if "slow" in text: time.sleep(60)
    return [len(text), None, {"x": "\\ud800"}]
def dies(text: str) -> str:
    os._exit(5)
def length(text: str) -> str:
    "a function with the name of a tool"
    return "function"
def other(text: str, needed: int) -> str: ...
def none() -> str: ...
"""


@pytest.fixture
def env(tmp_path: Path, home: Path) -> dict[str, str]:
    folder = tmp_path / "site"
    folder.mkdir()
    lay_example(folder)
    (folder / "textual_functions.py").write_text(FUNCTIONS)
    functions = {name: f"textual_functions:{name}" for name in defined(FUNCTIONS)}
    lay(folder, "functions", {"aishell.functions": functions})
    return {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}", "XDG_CACHE_HOME": str(home / ".cache")}


def test_a_file_or_what_is_piped_in_is_one_text_or_a_text_a_line(aishell: Run, env: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "a b.txt"
    file.write_text("ab\n\ncd")
    assert aishell("extend", "filter", "turned", str(file), "-", env=env, input="xy").stdout == "dc\n\nba\nyx\n"
    by_lines = aishell("extend", "filter", "turned", "--lines", env=env, input="ab\n\ncd")
    assert (by_lines.stdout, by_lines.stderr, by_lines.returncode) == ("ba\n\ndc\n", "", 0)
    assert aishell("extend", "filter", "lines", "--lines", env=env, input="a b\nc d\n").stdout == "a b\nc d\n"
    assert aishell("extend", "filter", "lines", env=env, input="a b").stdout == "a\nb\n"


def test_values_that_are_no_text_are_shown_as_json(aishell: Run, env: dict[str, str]) -> None:
    plain = aishell("extend", "filter", "syllables", "--lines", env=env, input="a banana\n")
    assert json.loads(plain.stdout) == {"words": 2, "syllables": 4}
    found = [
        json.loads(line)
        for line in aishell("extend", "filter", "hangs", "--lines", "--json", env=env, input="abc\n\n").stdout.splitlines()
    ]
    assert found == [{"text": "abc", "hangs": {"value": [3, None, {"x": "?"}]}}, {"text": "", "hangs": None}]


def test_a_text_that_fails_is_told_with_its_line_and_the_others_go_on(aishell: Run, env: dict[str, str]) -> None:
    done = aishell("extend", "filter", "picky", "--lines", env=env, input="one\nbad\nthree\n")
    first, second, third = done.stdout.split("\n")[:3]
    assert first == third != ""  # of one process
    assert second == ""
    assert "standard input:2: The plugin picky failed: ValueError: a " in done.stderr
    assert "\x1b" not in done.stderr
    assert "1 of 3 records failed" in done.stderr
    assert done.returncode == 1
    assert aishell("extend", "filter", "nan", env=env, input="x").returncode == 1


def test_one_that_breaks_is_told_with_its_line_and_left_alone(aishell: Run, env: dict[str, str]) -> None:
    done = aishell("extend", "filter", "hangs", "--lines", env=env, input="one\nslow\nthree\n")
    assert done.stdout.startswith("[3, null")
    assert done.returncode == 69
    assert "standard input:2: The plugin hangs was silent for 0.5 s. It was ended, and is not used again." in done.stderr
    again = aishell("extend", "filter", "hangs", env=env, input="one")
    assert "is left alone" in again.stderr
    assert again.returncode == 69
    assert aishell("extend", "enable", "hangs", env=env).returncode == 0
    assert aishell("extend", "filter", "hangs", env=env, input="one").returncode == 0
    assert "ended with status 5" in aishell("extend", "filter", "dies", env=env, input="x").stderr


def test_each_line_is_answered_before_the_next_is_read(env: dict[str, str], environment: dict[str, str]) -> None:
    filtering = subprocess.Popen(
        [*AISHELL, "extend", "filter", "turned", "--lines"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**environment, **env},
        text=True,
        bufsize=1,
    )
    assert filtering.stdin
    assert filtering.stdout
    for number in range(3):
        filtering.stdin.write(f"{number}a\n")
        assert filtering.stdout.readline() == f"a{number}\n"
    filtering.stdin.close()
    assert filtering.wait() == 0
    filtering.stdout.close()


def test_it_ends_when_nobody_reads_any_more(env: dict[str, str], environment: dict[str, str]) -> None:
    line = f"yes abc | {AISHELL[0]} {' '.join(AISHELL[1:])} extend filter turned --lines | head -n 2; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(["bash", "-c", line], env={**environment, **env}, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("cba\ncba\n141\n", "")


def test_it_is_a_tool_of_ones_own_as_well(
    aishell: Run, env: dict[str, str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in env["PYTHONPATH"].split(os.pathsep)[1:]:
        monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", env["PYTHONPATH"])
    paths = Paths.from_environment({"HOME": str(home)})
    assert [tool.name for tool in own_tools("how many syllables has this", paths)] == ["syllables"]
    assert own_tools("use turned to see abc from its end", paths)[0].name == "turned"
    assert own_tools("list the files", paths) == ()
    assert aishell("extend", "call", "turned", '{"text": "abc"}', env=env).stdout == "cba\n"
    assert aishell("extend", "call", "length", '{"text": "abc"}', env=env).stdout == "3 characters\n"


def test_a_function_that_takes_no_text_is_none(aishell: Run, env: dict[str, str]) -> None:
    listed = json.loads(aishell("extend", "list", "--json", env=env).stdout)
    disabled = {one["name"]: one["disabled"] for one in listed["plugins"] if one["group"] == "aishell.functions"}
    assert {name for name, why in disabled.items() if why} == {"other", "none"}
    assert "needs no other" in disabled["other"]
    assert aishell("extend", "filter", "other", env=env, input="x").returncode == 69
    unknown = aishell("extend", "filter", "nosuch", env=env, input="x")
    assert unknown.returncode == 64
    assert "turned" in unknown.stderr
