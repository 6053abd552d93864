"""Names in a command, written as the request and the folder have them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aishell.planner.constraints import extract
from aishell.planner.steps.fitting import (
    as_here,
    as_named,
    as_one_word,
    endings,
    fitted,
    in_the_singular,
    in_their_case,
    into_folders,
    of_their_kind,
    outside_git,
    with_logs_here,
)
from aishell.wiring.steps import names_in


@pytest.mark.parametrize(
    ("command", "request_", "meant"),
    [
        ("rm -r old/tmp", "get rid of the tmp files in old", "rm -r old/*.tmp"),
        ("rm old/tmp/*", "delete the tmp files in old", "rm old/*.tmp"),
        ("mv dat old/", "move the dat files to old", "mv *.dat old/"),
        ("rm -f dat*", "删除 dat 文件", "rm -f *.dat"),
        ("ls -l dat", "list the dat", "ls -l dat"),
        ("rm old/keep", "delete the keep files in old", "rm old/keep"),
        ("git log", "git log files", "git log"),
        ("rm old/csv", "delete the csv files", "rm old/csv"),
    ],
)
def test_files_that_are_named_by_their_ending_are_not_one_file_of_that_name(
    tmp_path: Path, command: str, request_: str, meant: str
) -> None:
    (tmp_path / "old" / "keep").mkdir(parents=True)
    for name in ("old/a.tmp", "old/b.keep", "c.dat", "d.log"):
        (tmp_path / name).touch()
    assert of_their_kind(command, request_, str(tmp_path), names_in) == meant


def test_endings_are_those_of_the_files_here_and_in_the_folders_that_are_named(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    for name in ("old/a.tmp", "new/b.rs", "c.tar.gz", "plain"):
        (tmp_path / name).touch()
    assert endings("what is in old", str(tmp_path), names_in) == {"tmp", "gz"}


@pytest.mark.parametrize(
    ("command", "request_", "meant"),
    [
        ("grep -rl error /var/log", "which log has an error", "grep -rl error logs"),
        ("grep -l error /var/log/*.log", "哪个日志里有 error", "grep -l error logs/*.log"),
        ("tail '/var/log/syslog'", "the end of the log", "tail '/var/log/syslog'"),
        ("ls /var/log", "list the logs of the system", "ls /var/log"),
        ("ls /var/log", "系统日志", "ls /var/log"),
        ("ls /srv/var/log", "list the logs", "ls /srv/var/log"),
    ],
)
def test_logs_that_lie_here_are_meant_before_those_of_the_system(command: str, request_: str, meant: str) -> None:
    assert with_logs_here(command, request_, ("a", "logs")) == meant
    assert with_logs_here(command, request_, ("a", "b")) == command


def test_patterns_are_written_in_the_letters_of_the_names_that_are_there() -> None:
    names = ("A.JPG", "B.JPG", "c.png", "d.TXT", "e.txt")
    assert in_their_case("tar -cf x.tar *.jpg", "pack the JPG files", names) == "tar -cf x.tar *.JPG"
    assert in_their_case("find . -name '*.jpg'", "all JPGs", names) == "find . -name '*.JPG'"
    for line in ("ls *.png", "ls *.txt", "ls *.Txt", "ls *.gif", 'mv "$f" "${f%.JPG}.jpg"', "ls b*.jpg", "ls sub/*.jpg"):
        assert in_their_case(line, "the JPG and TXT files", names) == line
    assert in_their_case("ls *.jpg", "list pictures", names) == "ls *.jpg"
    for line in ("rename 's/\\.{}$/.jpg/' *.{}", 'for f in *.{}; do mv "$f" "${{f%.{}}}.jpg"; done'):
        assert in_their_case(line.format("jpg", "jpg"), "JPG files to jpg", names) == line.format("JPG", "JPG")


def test_patterns_are_written_in_the_letters_of_names_in_a_folder_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics" / "a.JPG").touch()
    command = "find pics -name '*.jpg'"
    assert fitted(command, "all JPG files in pics", str(tmp_path), names_in) == "find pics -name '*.JPG'"
    assert fitted(command, "all JPG files", str(tmp_path), names_in) == command
    assert fitted("find . -name '*.jpg' -ls", "all JPG files", str(tmp_path), names_in) == "find . -name '*.JPG' -ls"
    assert fitted("ls -l pics/*.jpg old/*.jpg", "all JPG files", str(tmp_path), names_in) == "ls -l pics/*.JPG old/*.jpg"


@pytest.mark.parametrize(
    ("command", "request_", "named"),
    [
        ("cut -d: -f1 /etc/passwd", "the names in etc/passwd", "cut -d: -f1 etc/passwd"),
        ("mkdir -p ~/backup && cp -r a ~/backup/", "make a folder backup", "mkdir -p backup && cp -r a backup/"),
        ("grep x /var/log/auth.log", "find x in auth.log", "grep x auth.log"),
        ("cat /etc/passwd", "the names in /etc/passwd", "cat /etc/passwd"),
        ("cp a.txt ~/Documents/a.txt", "copy a.txt to ~/Documents", "cp a.txt ~/Documents/a.txt"),
        ("cp a.txt /srv/a.txt", "copy a.txt to /srv", "cp a.txt /srv/a.txt"),
        ("cat ./a.txt sub/a.txt", "show a.txt", "cat ./a.txt sub/a.txt"),
        ("ls ~/backups", "make a folder backup", "ls ~/backups"),
    ],
)
def test_names_are_those_of_the_request(command: str, request_: str, named: str) -> None:
    assert as_named(command, request_) == named


@pytest.mark.parametrize(
    ("command", "request_", "made"),
    [
        ("find inbox -name 'notes*' -delete", "throw away the notes in inbox", "find inbox -name 'note*' -delete"),
        ('find . -iname "*photos*"', "my Photos", 'find . -iname "*photo*"'),
        ("find . -name 'copies'", "all copies", "find . -name 'copy*'"),
        ("rm inbox/notes* reports*.pdf", "the notes and reports", "rm inbox/note* report*.pdf"),
        ("find . -name 'notes.txt' -o -name 'logs*'", "the notes", "find . -name 'notes.txt' -o -name 'logs*'"),
        ("ls -l notes '*.txts'", "the notes", "ls -l notes '*.txts'"),
    ],
)
def test_patterns_for_names_may_be_plurals_of_the_request(command: str, request_: str, made: str) -> None:
    assert in_the_singular(command, request_) == made


@pytest.mark.parametrize(
    ("command", "request_", "here"),
    [
        ("find ~/inbox -mtime +30", "what in inbox is older than a month", "find inbox -mtime +30"),
        ("find ~/.inbox -mtime +60 -delete", "clear out inbox older than two months", "find inbox -mtime +60 -delete"),
        ("ls /path/to/inbox/a", "显示 inbox里的 a", "ls inbox/a"),
        ("cat $HOME/inbox/x '/inbox/y'", "x and y of the inbox", "cat inbox/x 'inbox/y'"),
        ("ls /inbox", "list /inbox", "ls /inbox"),
        ("ls ~/inbox", "list inboxes", "ls ~/inbox"),
        ("ls ~/inbox", "list the pictures", "ls ~/inbox"),
        ("ls ../inbox /srv/inbox.d /inbox-old", "list inbox", "ls ../inbox /srv/inbox.d /inbox-old"),
        ("ls /tmp", "list tmp", "ls /tmp"),
    ],
)
def test_what_lies_here_is_meant_where_nothing_lies_at_the_place_that_was_written(
    command: str, request_: str, here: str
) -> None:
    assert as_here(command, request_, ("inbox", "tmp")) == here


@pytest.mark.parametrize(
    ("command", "request_", "meant"),
    [
        ("grep -c 'ERROR' logs", "统计 logs 里所有 ERROR 的行数", "grep -r 'ERROR' logs | wc -l"),
        ("grep -c warn logs/", "how many warnings are in each log", "grep -r -c warn logs/"),
        ("egrep -ni 'a|b' logs", "show a or b in the logs", "egrep -r -ni 'a|b' logs"),
        ("grep -ci warn logs", "how many warnings", "grep -r -i warn logs | wc -l"),
        ("grep -rc warn logs", "how many warnings", "grep -rc warn logs"),
        ("grep 'ERROR' logs > found.txt", "把 logs 里的 ERROR 行保存到 found.txt", "grep -r 'ERROR' logs > found.txt"),
        ("grep warn run.sh", "warnings", "grep warn run.sh"),
        ("cat run.sh | grep logs", "the logs", "cat run.sh | grep logs"),
    ],
)
def test_grep_goes_into_a_folder(tmp_path: Path, command: str, request_: str, meant: str) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "run.sh").touch()
    assert into_folders(command, request_, str(tmp_path)) == meant


@pytest.mark.parametrize(
    ("command", "meant"),
    [
        ('for f in my files/*; do cat "$f"; done', "for f in 'my files'/*; do cat \"$f\"; done"),
        ("ls my files/a 'my files'", "ls 'my files'/a 'my files'"),
        ('ls my\\ files "my files/a" amy files', 'ls my\\ files "my files/a" amy files'),
    ],
)
def test_a_name_with_a_blank_is_one_word(command: str, meant: str) -> None:
    assert as_one_word(command, ("a", "my files")) == meant


@pytest.mark.parametrize(
    ("command", "changes"),
    [
        ("find . -type f -exec sed -i s/a/b/ {} +", True),
        ("find ./ -maxdepth 3 -type d -empty -delete", True),
        ("find . -type f \\( -size 0 -o -perm 600 \\) -exec chmod a-w {} +", True),
        ("find . -type f -name '*.o' -delete", False),
        ("find . -path ./.git -prune -o -type f -exec rm {} +", False),
        ("find src -type f -delete", False),
        ("find . -type f", False),
    ],
)
def test_what_changes_everything_leaves_git_alone(tmp_path: Path, command: str, changes: bool) -> None:
    assert outside_git(command, "x", str(tmp_path)) == command
    (tmp_path / ".git").mkdir()
    meant = outside_git(command, "x", str(tmp_path))
    assert ("-not -path '*/.git/*'" in meant) is changes
    assert outside_git(command, "all hidden files too", str(tmp_path)) == command
    if changes and "sed" in command:
        (tmp_path / ".git" / "config").write_text("a")
        (tmp_path / ".gitignore").write_text("a")
        subprocess.run(["bash", "-c", meant], cwd=tmp_path, check=True)
        assert [(tmp_path / name).read_text() for name in (".git/config", ".gitignore")] == ["a", "b"]


def test_all_of_it_is_done_at_once(tmp_path: Path) -> None:
    for name in ("inbox", "logs"):
        (tmp_path / name).mkdir()
    for name in ("inbox/a.TMP", "b.JPG"):
        (tmp_path / name).touch()
    for command, request_, meant in (
        ("rm ~/inbox/TMP", "delete the TMP files in inbox", "rm inbox/*.TMP"),
        ("ls *.jpg", "list the JPG files", "ls *.JPG"),
        ("grep -r x /var/log", "哪个日志里有 x", "grep -r x logs"),
    ):
        assert fitted(command, request_, str(tmp_path), names_in) == meant


def test_an_ending_of_a_file_that_is_there_is_a_condition_without_its_dot(tmp_path: Path) -> None:
    (tmp_path / "c.dat").touch()
    here = endings("the dat files", str(tmp_path), names_in)
    for words, expected in (
        ("move the dat files to old", {"dat"}),
        ("把 dat 文件移走", {"dat"}),
        ("the data files", set()),
        ("the log files", set()),
    ):
        found = {each.value for each in extract(words, here | {"log"}) if each.kind == "extension"}
        assert found == expected  # logs are a sort of files, whatever their names end in
        assert not [each for each in extract(words) if each.kind == "extension"]
