"""One file for whoever is to help, without what is nobody's business."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from aishell.config.paths import Paths
from tests.conftest import Run

Script = Callable[[dict[str, str]], dict[str, str]]
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


def test_it_has_what_helps_and_nothing_that_is_private(aishell: Run, home: Path, script: Script) -> None:
    settings = home / ".config" / "aishell" / "aishell.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(
        "[macro.secretive]\ntext = 'a private matter'\n[memory]\nrecord = false\n[undo]\nfolders = '/srv/secret'\n"
    )
    for path in (settings, settings.parent, settings.parent.parent):
        path.chmod(0o700)
    aishell("-c", "make the private file", "--yes", env=script({"": "touch private-name"}))
    crash = Paths.from_environment({"HOME": str(home)}).state / "crash.log"
    crash.write_text(f"Traceback: \x1b]52;c;eA\x07 token {SECRET} in {home}/x\n")
    done = aishell("bug-report", "--no-doctor", env={"MY_API_TOKEN": "correct-horse-battery"})
    assert done.returncode == 0, done.stderr
    assert "nothing was sent" in done.stderr
    file = Path(done.stdout.strip())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    for wanted in (
        "== versions",
        "Python 3.",
        "memory.record = False",
        "1 macros",
        "approved user DRY",
        "undo.folders = (set)",
        "~/x",
    ):
        assert wanted in text
    for private in (
        "private matter",
        "private-name",
        "private file",
        SECRET,
        "/srv/secret",
        str(home),
        "correct-horse",
        "\x1b",
    ):
        assert private not in text


def test_it_asks_the_doctor_and_names_its_file_as_it_is_told(aishell: Run, home: Path, script: Script) -> None:
    done = aishell("bug-report", "--out", "r.txt", env=script({"": "ls"}))
    assert done.returncode == 0, done.stderr
    assert "== aishell doctor" in (home / "r.txt").read_text()
    assert "self-test" in (home / "r.txt").read_text()
    before = (home / "r.txt").read_text()
    assert aishell("bug-report", "--out", "r.txt", "--no-doctor").returncode == 70
    assert (home / "r.txt").read_text() == before
    os.symlink("elsewhere", home / "link")
    assert aishell("bug-report", "--out", "link", "--no-doctor").returncode == 70
    assert not (home / "elsewhere").exists()


def test_settings_that_cannot_be_read_are_told_of_like_the_rest(aishell: Run, home: Path) -> None:
    settings = home / ".config" / "aishell" / "aishell.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("[nosuch]\nx = 1\n")
    done = aishell("bug-report", "--no-doctor")
    assert done.returncode == 0, done.stderr
    text = Path(done.stdout.strip()).read_text()
    assert "not known:" in text
    assert "== the end of the engine's log" in text
