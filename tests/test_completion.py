"""Completion of names, whatever they are called."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from aishell.core.text import has_hidden
from aishell.ui.editing.candidates import Completion
from aishell.ui.editing.commands import Commands
from aishell.ui.editing.completion import Completer
from aishell.ui.editing.line import Line
from tests.prompting import sources

HOSTILE = [
    "plain.txt",
    "a b.txt",
    "it's.txt",
    'q"uote',
    "new\nline",
    "esc\x1b[31mred",
    "osc\x1b]52;c;aGk=\x07",
    "$dollar",
    "`tick`",
    "-dash",
    "~tilde",
    "报告 二.txt",
    "back\\slash",
    "semi;colon",
    "#hash",
    "bidi\u202egpj.exe",
    "star*[x]{y}",
    "tab\tbed",
    "bang!bang",
    "(paren)&|<>",
    "c1\x9b31m",
]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    for name in HOSTILE:
        (tmp_path / name).touch()
    (tmp_path / os.fsdecode(b"bad\xff.bin")).touch()
    (tmp_path / ".hidden").touch()
    (tmp_path / "some dir" / "inner é").mkdir(parents=True)
    (tmp_path / "some dir" / "inner é" / "x y").touch()
    return tmp_path


def complete(folder: Path, text: str, environment: dict[str, str] | None = None) -> list[str]:
    """The lines that the candidates make of `text`."""
    found = of(folder, text, environment).candidates
    return [text[: each.start] + each.insert + text[each.end :] for each in found]


def of(folder: Path, text: str, environment: dict[str, str] | None = None) -> Completion:
    given = sources(folder / ".state", environment=lambda: environment or {"HOME": str(folder)})
    return given.completer.complete(text, len(text), str(folder))


@pytest.mark.parametrize("opened", ["", "'", '"', "$'"])
def test_whatever_a_file_is_called_bash_reads_the_completed_word_as_it(hostile: Path, opened: str) -> None:
    text = f"printf '%s/' {opened}"
    found = of(hostile, text).candidates
    assert len(found) == len(HOSTILE) + 2
    for each in found:
        line = text[: each.start] + each.insert
        if not each.final and opened:  # a folder leaves the quotes open, to go on
            line += opened[-1]
        printed = subprocess.run(["bash", "-c", os.fsencode(line)], cwd=hostile, capture_output=True, check=True).stdout
        assert os.path.lexists(os.fsencode(hostile) + b"/" + printed.rstrip(b"/")), line
        assert not has_hidden(each.label)
        assert not has_hidden(each.insert)


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("cat .", ["cat .hidden"]),
        ("cat pl", ["cat plain.txt"]),
        ("cat PL", ["cat plain.txt"]),
        ("cat 'a", ["cat 'a b.txt'"]),
        ('cat "it', ['cat "it\'s.txt"']),
        ('cat "bang', ['cat "bang"\'!\'"bang"']),
        ("cat some", ["cat some\\ dir/"]),
        ('cat "some dir/in', ['cat "some dir/inner é/']),
        ("cat some\\ dir/", ["cat some\\ dir/inner\\ é/"]),
        ('cat "some dir/"in', ['cat "some dir/"inner\\ é/']),
        ('cat some\\ dir/"in', ['cat some\\ dir/"inner é/']),
        ("cat ~/pl", ["cat ~/plain.txt"]),
        ("cat $X/pl", ["cat $X/plain.txt"]),
        ('cat "${X}/pl', ['cat "${X}/plain.txt"']),
        ("cat 报", ["cat 报告\\ 二.txt"]),
        ("tar --file=pl", ["tar --file=plain.txt"]),
        ("A=pl", ["A=plain.txt"]),
        ("ls >pl", ["ls >plain.txt"]),
        ("echo $(cat pl", ["echo $(cat plain.txt"]),
        ("cd ", ["cd some\\ dir/"]),
        ("echo $HO", ["echo $HOME"]),
        ("echo ${HO", ["echo ${HOME}"]),
        ("ec", ["echo"]),
        ("sudo ec", ["sudo echo"]),
        ("ls | ec", ["ls | echo"]),
        ("# pl", []),
        ("", []),
        ("cat <<EOF\npl", []),
        ("cat nothing-like-it", []),
        ("cat /nonexistent/x", []),
    ],
)
def test_completion(hostile: Path, text: str, completed: list[str]) -> None:
    assert complete(hostile, text, {"HOME": str(hostile), "X": str(hostile)}) == completed


def test_programs_are_found_again_when_path_changes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"run-{name}").touch(0o755)
        (folder / "run-not").touch(0o644)
    path = [str(tmp_path / "one")]
    commands = Commands(lambda: ":".join(path), lambda: ["runs"])
    assert commands.starting("run") == ["run-one", "runs"]
    assert "run-one" in commands
    path[:] = [str(tmp_path / "two"), "/nonexistent"]
    assert commands.starting("run") == ["run-two", "runs"]


def test_a_big_folder_takes_bounded_time_and_says_that_it_is_not_all(tmp_path: Path) -> None:
    for number in range(1500):
        (tmp_path / f"f{number}").touch()
    completer = Completer(Commands(lambda: ""))
    found = completer.complete("cat f", 5, str(tmp_path), seconds=-1.0)
    assert not found.complete
    assert 0 < len(found.candidates) < 600
    assert not completer.complete("cat f", 5, str(tmp_path)).complete  # more than a menu is for


def test_what_all_candidates_begin_with_is_put_in_first(tmp_path: Path) -> None:
    (tmp_path / "report-1").touch()
    (tmp_path / "report-2").touch()
    found = of(tmp_path, "cat r")
    settled = found.settled(Line("cat r", 5))
    assert settled == Line("cat report-", 11)
    assert of(tmp_path, settled.text).settled(settled) is None
    assert of(tmp_path, "cat report-1").settled(Line("cat report-1", 12)) == Line("cat report-1 ", 13)
