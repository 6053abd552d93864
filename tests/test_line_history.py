"""The lines typed before: kept for all shells, offered while typing, found again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from aishell.ui.editing.finding import Finder, Walk
from aishell.ui.editing.history import Entry, LineHistory
from aishell.ui.editing.suggestion import next_word
from tests.conftest import ROOT


def test_lines_are_kept_with_their_folder_and_come_back(tmp_path: Path) -> None:
    history = LineHistory(tmp_path / "state" / "history", str)
    history.add("make test", "/a b")
    history.add("for i in 1 2; do\n  echo $i\ndone", "/x")
    again = LineHistory(tmp_path / "state" / "history", str)
    again.load()
    assert again.entries == [Entry("make test", "/a b"), Entry("for i in 1 2; do\n  echo $i\ndone", "/x")]
    assert (tmp_path / "state" / "history").stat().st_mode & 0o777 == 0o600


def test_a_history_of_prompt_toolkit_is_read(tmp_path: Path) -> None:
    from prompt_toolkit.history import FileHistory

    other = FileHistory(str(tmp_path / "history"))
    other.store_string("ls -l")
    other.store_string("echo a\necho b")
    history = LineHistory(tmp_path / "history", str)
    history.add("pwd", "/")
    assert [entry.text for entry in history.entries] == ["ls -l", "echo a\necho b", "pwd"]
    assert list(other.load_history_strings()) == ["pwd", "echo a\necho b", "ls -l"]


def test_what_is_not_to_be_kept_is_nowhere_and_can_be_called_back_once(tmp_path: Path) -> None:
    history = LineHistory(tmp_path / "history", lambda text: text.replace("hunter2", "[redacted]"))
    history.add("login hunter2", "/")
    history.add(" secret", "/")
    assert next(Finder(history).before("")) == " secret"
    history.add("typed in private", "/", keep=False)
    assert next(Finder(history).before("")) == "typed in private"
    history.add("ls", "/")
    text = (tmp_path / "history").read_text()
    assert "+login [redacted]" in text
    assert "secret" not in text + str(history.entries)
    assert "private" not in text + str(history.entries)
    assert history.unkept == ""


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    history = LineHistory(tmp_path / "file" / "history", str)
    history.load()
    history.add("ls", "/")
    assert history.entries == [Entry("ls", "/")]


def test_the_file_is_bounded_and_the_newest_stay(tmp_path: Path) -> None:
    history = LineHistory(tmp_path / "history", str, most=10)
    for number in range(40):
        history.add(f"echo {number}", "/")
    again = LineHistory(tmp_path / "history", str, most=10)
    again.load()
    assert len(again.entries) <= 12
    assert again.entries[-1].text == "echo 39"


def test_twenty_processes_append_and_nothing_is_lost_or_torn(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from aishell.ui.editing.history import LineHistory
history = LineHistory(Path(sys.argv[1]), str)
for number in range(25):
    history.add(f"echo {sys.argv[2]} {number}\\nline two of {sys.argv[2]} {number}", "/" + "x" * number)
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "h"), str(n)], env={**os.environ, "PYTHONPATH": str(ROOT)})
        for n in range(20)
    ]
    assert [process.wait(60) for process in running] == [0] * 20
    history = LineHistory(tmp_path / "h", str)
    history.load()
    wanted = {f"echo {n} {i}\nline two of {n} {i}" for n in range(20) for i in range(25)}
    assert len(history.entries) == 500
    assert {entry.text for entry in history.entries} == wanted


def test_a_shell_sees_what_another_one_adds_also_after_the_file_was_cut(tmp_path: Path) -> None:
    one, other = (LineHistory(tmp_path / "history", str, most=10) for _ in range(2))
    one.add("echo a", "/")
    other.load()
    other.add("echo b", "/")
    one.load()
    assert [entry.text for entry in one.entries] == ["echo a", "echo b"]
    for number in range(30):
        other.add(f"echo {number}", "/")
    one.load()
    assert one.entries[-1].text == "echo 29"
    assert "echo a" not in [entry.text for entry in one.entries]


def test_a_thread_that_reads_and_a_person_who_types_lose_nothing(tmp_path: Path) -> None:
    first = LineHistory(tmp_path / "history", str)
    for number in range(3000):
        first.add(f"echo {number}", "/")
    history = LineHistory(tmp_path / "history", str)
    reader = threading.Thread(target=history.load)
    reader.start()
    history.add("typed", "/")
    reader.join()
    assert [entry.text for entry in history.entries] == [*(f"echo {number}" for number in range(3000)), "typed"]


def test_bytes_that_are_no_text_do_not_break_the_file(tmp_path: Path) -> None:
    history = LineHistory(tmp_path / "history", str)
    history.add("cat \udcff", "/bad\udcff")
    history.add("cat \ud800", "/")
    with (tmp_path / "history").open("ab") as file:
        file.write(b"\n+torn\xff\n+")
    again = LineHistory(tmp_path / "history", str)
    again.load()
    assert len(again.entries) == 3


# ---- suggestions and search


def finder(tmp_path: Path, *typed: tuple[str, str]) -> Finder:
    history = LineHistory(tmp_path / "history", str)
    for line, folder in typed:
        history.add(line, folder)
    found = Finder(history)
    found.prepare("/here")
    return found


def test_the_newest_line_of_this_folder_is_offered_first(tmp_path: Path) -> None:
    found = finder(tmp_path, ("git push", "/here"), ("git pull", "/here"), ("git status", "/there"))
    assert found.ghost("git ", "/here") == "git pull"
    assert found.ghost("git ", "/there") == "git status"
    assert found.ghost("git ", "/elsewhere") == "git status"
    assert found.ghost("git s", "/here") == "git status"
    assert found.ghost("git status", "/here") == ""
    assert found.ghost("svn", "/here") == ""
    assert found.ghost("", "/here") == ""


def test_a_line_is_offered_as_soon_as_it_was_typed(tmp_path: Path) -> None:
    found = finder(tmp_path, ("make", "/here"))
    found._history.add("make install", "/here")
    assert found.ghost("make ", "/here") == "make install"


def test_up_and_down_go_through_lines_with_the_same_beginning_once_each(tmp_path: Path) -> None:
    found = finder(tmp_path, ("git a", "/"), ("ls", "/"), ("git b", "/"), ("git a", "/"))
    walk = Walk(found, "git")
    assert [walk.older(), walk.older(), walk.older()] == ["git a", "git b", None]
    assert [walk.newer(), walk.newer(), walk.newer()] == ["git a", "git", None]


def test_search_finds_all_terms_in_any_order_newest_first_once(tmp_path: Path) -> None:
    found = finder(tmp_path, ("docker run Web", "/"), ("ls web", "/"), ("docker rm web", "/"), ("ls web", "/"))
    assert [entry.text for entry in found.search("web docker")] == ["docker rm web", "docker run Web"]
    assert [entry.text for entry in found.search("Web")] == ["docker run Web"]
    assert [entry.text for entry in found.search("")] == ["ls web", "docker rm web", "docker run Web"]


def test_one_word_of_a_suggestion_ends_at_a_blank_or_slash() -> None:
    assert next_word(" commit -m x") == " commit"
    assert next_word("usr/share/doc") == "usr/"
    assert next_word("") == ""
