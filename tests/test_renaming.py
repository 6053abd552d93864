"""Perl's rename, where it is not here: what comes instead is run."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aishell.planner.steps.renaming import renamed


def nothing(_name: str) -> None:
    return None


@pytest.mark.parametrize(
    ("command", "left"),
    [
        ("rename 's/\\.JPG$/.jpg/' pics/*.JPG", "pics/a b.jpg pics/c.jpg pics/d.png"),
        ("rename -v 'y/A-Z/a-z/' pics/*", "pics/a b.jpg pics/c.jpg pics/d.png"),
        ("cd pics && rename s/^/x_/ *.png", "pics/a b.JPG pics/c.jpg pics/x_d.png"),
        ("find pics -type f -name '*.JPG' -exec rename 's/\\.JPG$/.jpg/' {} +", "pics/a b.jpg pics/c.jpg pics/d.png"),
        ("find pics -type f -exec rename 's/ /_/g' '{}' \\;", "pics/a_b.JPG pics/c.jpg pics/d.png"),
        ("find pics -type f | xargs -I {} rename 's/ /_/g'", "pics/a_b.JPG pics/c.jpg pics/d.png"),
    ],
)
def test_it_renames_the_same_files(tmp_path: Path, command: str, left: str) -> None:
    (tmp_path / "pics").mkdir()
    for name in ("a b.JPG", "c.jpg", "d.png"):
        (tmp_path / "pics" / name).touch()
    done = subprocess.run(["bash", "-c", renamed(command, nothing)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(f"pics/{file.name}" for file in (tmp_path / "pics").iterdir()) == [*_names(left)]


def _names(text: str) -> list[str]:
    return sorted(f"pics/{name}" for name in text.removeprefix("pics/").split(" pics/"))


@pytest.mark.parametrize(
    "command",
    [
        "rename 's/(\\d+)/0$1/' *.jpg",
        "rename 's/a.*?b/c/' *",
        "rename 's/(.*)/\\L$1/' *",
        "rename .htm .html *.htm",
        "git rename 's/a/b/' x | cat",
        "rename -n 's/a/b/' *",
        "rename 's/a/b/'",
    ],
)
def test_what_only_perl_knows_and_what_is_another_program_stays(command: str) -> None:
    assert renamed(command, nothing) == command


def test_it_stays_where_it_is_here() -> None:
    assert renamed("rename s/a/b/ *", lambda name: f"/usr/bin/{name}") == "rename s/a/b/ *"
