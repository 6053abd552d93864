"""Slips of a small model that are mended by rule, and commands that only look like them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aishell.planner.pitfalls import mended


@pytest.mark.parametrize(
    ("request_", "command", "better"),
    [
        ("how full is this disk, in percent", "df -h . | awk '{print $5}'", "df -h . | awk 'NR>1 {print $5}'"),
        ("which process uses most memory", "ps aux --sort=-%mem | head -n 1", "ps aux --sort=-%mem | head -n 2"),
        ("the five hungriest", "ps aux --sort=-%mem | head -n 5", "ps aux --sort=-%mem | head -n 6"),
        ("占内存最多的十五个进程，三三两两", "ps aux --sort=-%mem | head -n 15", "ps aux --sort=-%mem | head -n 16"),
        ("当前目录下最大的文件", "ls -lh | sort -rh | head -n 5", "ls -lhS | tail -n +2 | head -n 5"),
        ("the smallest of src", "ls -la src/ | sort -n | head -n 1", "ls -laSr src/ | tail -n +2 | head -n 1"),
        ("内存占用最多的 5 个进程", "ps aux --sort=-%mem | head -5", "ps aux --sort=-%mem | head -6"),
        (
            "which log has most lines",
            "find . -name '*.log' -exec wc -l {} + | sort -rn | head -n 1",
            "find . -name '*.log' -exec wc -l {} + | grep -v ' total$' | sort -rn | head -n 1",
        ),
        ("which programs listen", "ss -tln", "ss -tlnp"),
        (
            "kill the process that uses most cpu",
            "ps aux --sort=-%cpu | head -n 1 | awk '{print $2}' | xargs kill",
            "ps aux --sort=-%cpu | head -n 2 | awk 'NR>1 {print $2}' | xargs kill",
        ),
        ("empty the file a.log", "echo > a.log", ": > a.log"),
        ("清空 a.log", 'echo "" > a.log', ": > a.log"),
        ("put it into German", "aishell translate --to de --whole r.csv", "aishell translate --to de r.csv"),
        ("how many words has a.txt", "grep -o '\\w' a.txt | wc -l", "grep -o '\\w\\+' a.txt | wc -l"),
        ("the process ids", "ps aux | awk '{ print $2 }'", "ps aux | awk 'NR>1 { print $2 }'"),
        ("lines with cat or dog in a", "grep 'cat|dog' a", "grep -E 'cat|dog' a"),
        ("lines with digits in a", "grep -n '[0-9]+' a", "grep -n -E '[0-9]+' a"),
        ("remove the folder old", "rm -rf old", "rm -r old"),
        ("remove a.txt", "cd x && rm -f a.txt", "cd x && rm a.txt"),
        ("replace cat by dog in a", "sed -i 's/cat/dog/' a", "sed -i 's/cat/dog/g' a"),
        ("find the text files", "find . -type f -name *.txt", "find . -type f -name '*.txt'"),
        ("count their lines", "find . -name '*.c' | xargs wc -l", "find . -name '*.c' -print0 | xargs -0 -r wc -l"),
        ("make the nested folders x, y and z", "mkdir -p x y z", "mkdir -p x/y/z"),
        ("commits of each author into a.txt", "git shortlog -sn > a.txt", "git shortlog -sn HEAD > a.txt"),
        ("inbox 里哪个文件最旧？", "ls -lt inbox | head -n 1", "ls -lt inbox | tail -n 1"),
        ("which file is the oldest", "ls -t | head -1", "ls -tr | head -n 1"),
        ("remove the oldest log", 'rm "$(ls -1t *.log | head -n 1)"', 'rm "$(ls -1tr *.log | head -n 1)"'),
        ("the newest file", "ls -lt | head -n 1", "ls -ltr | tail -n 1"),
        ("the oldest", "ls -r -t a | tail -n 1", "ls -t a | tail -n 1"),
        ("the smallest file of src", "ls -S src | head -n 1", "ls -Sr src | head -n 1"),
        ("a note in each folder", "find . -type d -exec touch note.md {} +", "find . -type d -exec touch '{}/note.md' \\;"),
    ],
)
def test_a_slip_is_mended(request_: str, command: str, better: str) -> None:
    assert mended(command, request_) == better
    assert mended(better, request_) == better


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        ("the column with its header", "df -h | awk '{print $5}'"),
        ("the 5 hungriest", "ps aux --sort=-%mem | head -n 6"),
        ("which ports are open", "ss -tln"),
        ("put an empty line into a.log", "echo >> a.log"),
        ("write a line end into a.log", "echo > a.log"),
        ("put it into German", "aishell translate --to de --whole r.md"),
        ("which programs listen", "ss -tlnp"),
        ("the total of the lines", "wc -l *.txt | sort -rn | head -n 1"),
        ("how many letters has a.txt", "grep -o '\\w' a.txt | wc -l"),
        ("the 5 hungriest", "ps -eo pid= --sort=-rss | head -n 5"),
        ("the 5 hungriest", "ps aux | sort -nrk 4 | head -n 5"),
        ("the ids", "ps -eo pid= | awk '{print $1}'"),
        ("their ids", "ps aux | grep ssh | awk '{print $2}'"),
        ("sum it", "df | awk '{s += $3} END {print s}'"),
        ("lines with a|b in a", "grep 'a|b' a"),
        ("lines with cat or dog", r"grep 'cat\|dog' a"),
        ("lines with a plus", "grep 'a+b' a"),
        ("lines with cat or dog", "grep -E 'cat|dog' a"),
        ("remove a.txt if it exists", "rm -f a.txt"),
        ("force the removal of old", "rm -rf old"),
        ("remove the logs", "find . -name '*.log' -exec rm -f {} +"),
        ("replace the first cat on each line", "sed 's/cat/dog/' a"),
        ("replace a leading cat by dog", "sed 's/^cat/dog/' a"),
        ("show line 3", "sed -n '3p' a"),
        ("print their names", "find . -name '*.c' -print | xargs ls"),
        ("count", "find . -print0 | xargs -0 wc -l"),
        ("say it", "echo 'find . -name *.txt'"),
        ("列出文件", "ls -l"),
        ("make the folders x, y and z", "mkdir -p x y z"),
        ("make the files of this folder new", "find . -type f -exec touch {} +"),
        ("commits of each author", "git shortlog -s --all | sort -rn"),
        ("commits of each author", "git log main | git shortlog -s"),
        ("commits of each author", "git shortlog -s v1.0"),
        ("make the folders look new", "find . -type d -exec touch -d yesterday {} +"),
        ("make the nested folders x/y and z", "mkdir -p x/y z"),
        ("the newest", "ls -t a | head -1"),
        ("the largest", "ls -lh | sort -k5 -rh | head -n 1"),
        ("the names from z to a", "ls -l | sort -r"),
        ("the newest and the oldest", "ls -t | head -n 1"),
        ("the oldest", "ls -tr | head -n 1"),
        ("the 5 oldest", "ls -t | head -n 5"),
        ("the oldest", "ls -tS | head -n 1"),
        ("the oldest line", "ls -t | head -n 1 | xargs cat"),
        ("the oldest below", "ls -tR | head -n 1"),
        ("the first name", "ls | head -n 1"),
    ],
)
def test_what_is_right_is_left_alone(request_: str, command: str) -> None:
    assert mended(command, request_) == command


def test_a_mended_command_does_what_was_meant(tmp_path: Path) -> None:
    (tmp_path / "a b.txt").write_text("cat cat\ndog\nbird\n")

    def does(command: str, words: str) -> str:
        done = subprocess.run(["bash", "-c", mended(command, words)], cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.stdout

    assert does("grep -c 'cat|dog' *.txt", "count the lines with cat or dog") == "2\n"
    assert does("find . -name *.txt | xargs cat | wc -l", "how many lines have they") == "3\n"
    assert does("find . -name '*.md' | xargs ls", "list the md files") == ""
    assert does("sed 's/cat/cow/' 'a b.txt' | head -n 1", "replace cat by cow") == "cow cow\n"
    assert does("df . | awk '{print $6}' | wc -l", "where is it mounted") == "1\n"
