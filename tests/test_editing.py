"""What the prompt knows about its text: history, completion, routes, pastes, unfinished lines."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aishell.core.text import has_hidden
from aishell.ui.editing.commands import Commands
from aishell.ui.editing.completion import Completer, Completion
from aishell.ui.editing.finding import Finder, Walk
from aishell.ui.editing.history import Entry, LineHistory
from aishell.ui.editing.lexing import lex
from aishell.ui.editing.line import Line, right
from aishell.ui.editing.paste import pasted
from aishell.ui.editing.routing import flipped, routed
from aishell.ui.editing.suggestion import next_word
from aishell.ui.editing.words import last_argument, looks, unfinished, words
from tests.conftest import ROOT
from tests.prompting import sources

# ---- history


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


# ---- completion

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


# ---- the line itself


@pytest.mark.parametrize(
    ("text", "open_still"),
    [
        ("ls", False),
        ("echo 'a", True),
        ('echo "a', True),
        ('echo "a $(ls "b")"', False),
        ("echo `date", True),
        ("echo $(date", True),
        ("echo ${a", True),
        ("(ls", True),
        ("ls |", True),
        ("ls && # then", True),
        ("ls &", False),
        ("echo a \\", True),
        ("cat <<EOF", True),
        ("cat <<EOF\na\nEOF", False),
        ("cat <<-'X' <<Y\n\tX\nY", False),
        ("cat <<-'X' <<Y\n\tX", True),
        ("for i in a; do", True),
        ("for i in a; do ls; done", False),
        ("if true; then if x; then y; fi", True),
        ("case $x in a) ls;; esac", False),
        ("f() {", True),
        ("f() { ls; }", False),
        ("echo for while if", False),
        ("echo it\\'s", False),
        ("echo $'it\\'s'", False),
        ("[[ -f x && -d y ]]", False),
    ],
)
def test_a_line_that_a_shell_would_ask_more_of_is_known(text: str, open_still: bool) -> None:
    assert unfinished(text) == open_still


@pytest.mark.parametrize(
    "text", ["ls -l 'a b' > x # c", 'x "$(a `b` ${c})"', "\\", "$", "<<", "'", '$"a', "a\n\tb", "((", "你好 `", "<(x"]
)
def test_tokens_cover_the_text_exactly(text: str) -> None:
    tokens = lex(text).tokens
    assert "".join(text[token.start : token.end] for token in tokens) == text


def test_words_know_what_they_are_there_for() -> None:
    text = 'A=1 sudo ls -l "x $(wc -l y)" > out | grep z'
    roles = [(text[word.start : word.end], word.role) for word in words(text, lex(text))]
    assert roles == [
        ("A=1", "assignment"),
        ("sudo", "command"),
        ("ls", "command"),
        ("-l", "argument"),
        ('"x ', "argument"),
        ("wc", "command"),
        ("-l", "argument"),
        ("y", "argument"),
        ('"', "argument"),
        ("out", "target"),
        ("grep", "command"),
        ("z", "argument"),
    ]


def test_an_unknown_command_looks_unknown() -> None:
    found = {
        ("ls -l nope | nope"[span.start : span.end], span.look) for span in looks("ls -l nope | nope", {"ls"}.__contains__)
    }
    assert {("ls", "command"), ("nope", "unknown"), ("-l", "option"), ("|", "operator")} <= found


def test_the_last_argument_is_a_whole_word() -> None:
    assert last_argument("cp a 'b c'") == "'b c'"
    assert last_argument("ls") == "ls"


def route(line: str) -> tuple[str, str]:
    return routed(line, sources(Path("/nonexistent")).route)


@pytest.mark.parametrize(
    ("text", "turned", "where"),
    [
        ("ls -l", "?ls -l", "words"),
        ("?ls -l", "ls -l", "shell"),
        ("list my big files", "!list my big files", "shell"),
        ("!list my big files", "list my big files", "words"),
        ("？list my files", "!list my files", "shell"),
        ("! true", "?! true", "words"),
        (" ls", " ?ls", "words"),
        ("remember that x is y", "?remember that x is y", "words"),
        ("# a comment", "?# a comment", "words"),
    ],
)
def test_one_key_turns_the_route_round_and_says_so_in_the_line(text: str, turned: str, where: str) -> None:
    given = sources(Path("/nonexistent")).route
    assert flipped(text, given) == turned
    assert routed(turned, given)[0] == where


def test_a_comment_is_for_nobody() -> None:
    assert route("# not now: rm -rf x") == ("comment", "# not now: rm -rf x")


def test_a_paste_shows_what_it_holds_and_does_not_end_the_line() -> None:
    assert pasted("ls\n") == ("ls", "")
    assert pasted("a\r\nb\rc\n").text == "a\nb\nc"
    assert "3 lines" in pasted("a\nb\nc").notice
    evil = pasted("ls\x1b[201~\x08\u202e; rm -rf ~\n")
    assert not has_hidden(evil.text)
    assert "cannot be seen" in evil.notice


def test_a_character_with_all_that_is_drawn_onto_it_is_one_step() -> None:
    assert right("e\u0301x", 0) == 2
    assert right("👩\u200d💻x", 0) == 3
    assert right("你好", 0) == 1
