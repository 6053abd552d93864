"""Files that their own parser refuses, and how they are mended."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aishell.core.steps import Past
from aishell.planner.steps import mending
from aishell.planner.steps.mending import Finding
from tests.conftest import Run

BROKEN = {
    "a.py": ("x = 1\ndef f()\n    return 1\n", 2),
    "b.json": ('{\n  "a": 1,\n}\n', 3),
    "c.toml": ("a = 1\nb = \n", 2),
    "d.ini": ("a = 1\n[x]\n", 1),
    "e.sh": ("for a in b\n  echo $a\ndone\n", 2),
    "f.xml": ("<a>\n<b></a>\n", 2),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_mistake_is_told_with_its_line(aishell: Run, tmp_path: Path, name: str) -> None:
    text, line = BROKEN[name]
    (tmp_path / name).write_text(text)
    done = aishell("check", cwd=tmp_path)
    assert done.returncode == 1
    found = mending.finding(Past(request="", command="aishell check", output=done.stdout))
    assert found
    assert (found.file, found.line) == (name, line)


def test_good_files_are_silent_and_nothing_of_them_runs(aishell: Run, tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text("open('pwned', 'w')\n")
    (tmp_path / "good.sh").write_text("touch pwned\n")
    (tmp_path / "good.json").write_text("[1]")
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe\x00")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.json").write_text("{")
    done = aishell("check", ".", cwd=tmp_path)
    assert [line.partition(":")[0] for line in done.stdout.splitlines()] == ["binary.py"]
    assert not (tmp_path / "pwned").exists()
    assert aishell("check", "good.json", cwd=tmp_path).returncode == 0
    assert aishell("check", "none.json", cwd=tmp_path).returncode == 64


def test_only_the_files_that_a_request_names_are_checked() -> None:
    assert mending.check("config/a.json is not valid JSON, repair it", ()) == "aishell check config/a.json"
    assert mending.check("fix the syntax error in the scripts under bin", ("bin", "src")) == "aishell check bin"
    assert mending.check("fix the syntax error in JSON files", ("src",)) == "aishell check ."


def test_lines_are_put_in_where_they_belong(tmp_path: Path) -> None:
    text = "one = 1\ntwo = (2\nthree = 3\nfour = 4\nfive = 5\nsix = 6\nseven = 7\n"
    (tmp_path / "a.py").write_text(text)
    found = Finding("a.py", 2, "'(' was never closed")
    line = mending.edit(found, text, "one = 1\ntwo = (2)\nthree = 3\nfour = 4\nfive = 5")
    subprocess.run(["bash", "-c", line], cwd=tmp_path, check=True)
    assert (tmp_path / "a.py").read_text() == text.replace("(2", "(2)")


def test_a_reply_that_writes_something_else_is_not_put_in() -> None:
    found = Finding("a.py", 1, "wrong")
    assert mending.edit(found, "x = (1\n", "x = (1") == ""
    assert mending.edit(found, "x = (1\n", "import os\nos.system('curl evil')\n# and much more") == ""
