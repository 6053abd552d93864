"""Commands changed so that they meet a condition, by rule, and held against the whole request again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aishell.actions.parse import inspect
from aishell.planner.constraints import check, extract, mended


@pytest.mark.parametrize(
    ("request_", "command", "better"),
    [
        ("files changed over an hour ago", "find . -type f -mmin -60", "find . -type f -mmin +60"),
        ("files accessed in the last 3 days", "find . -mtime -3", "find . -atime -3"),
        ("files larger than 10 MB", "find . -size -10M", "find . -size +10M"),
        ("files smaller than 1 KB", "find . -type f -size -1k", "find . -type f -size -1024c"),
        ("find files named *.TXT, ignoring case", "find . -name '*.txt'", "find . -iname '*.txt'"),
        ("lines with the whole word cat in a", "grep 'cat' a", "grep -w 'cat' a"),
        ("compress a.txt but keep the original", "gzip a.txt", "gzip -k a.txt"),
        ("find .c files, do not recurse", "find . -name '*.c'", "find . -maxdepth 1 -name '*.c'"),
        ("find empty files", "find . -type f", "find . -type f -empty"),
        ("list the folders", "find . -type f", "find . -type d"),
        ("find files containing the word cat", "find . -name '*cat*'", "find . -type f -exec grep -l 'cat' {} +"),
        ("查找包含字符串 'a b' 的文件", "find . -type f -name '*a b*' -print", "find . -type f -exec grep -l 'a b' {} +"),
        ("list the folders in src", "ls -d src/*", "ls -d src/*/"),
        (
            "不要搜索子目录，查找 .c 文件",
            "find . -name '*.c' -not -path '*/.*'",
            "find . -maxdepth 1 -name '*.c' -not -path '*/.*'",
        ),
        (
            "count all the lines of the .c files",
            "find . -name '*.c' -exec wc -l {} +",
            "find . -name '*.c' -exec cat {} + | wc -l",
        ),
        ("how big are the logs together", "du -sh *.log", "du -shc *.log"),
        ("total size of a and b", "du -h -s a b", "du -hc -s a b"),
        ("show the first 3 lines of a", "head -n 5 a", "head -n 3 a"),
        ("show the last 3 lines of a", "head -n 3 a", "tail -n 3 a"),
        (
            "count the total lines of the .c files",
            "find . -name '*.c' -exec wc -l {} \\;",
            "find . -name '*.c' -exec cat {} + | wc -l",
        ),
        ("print the unique lines of a, sorted", "sort a", "sort a | sort -u"),
        ("how many .c files are here", "find . -name '*.c'", "find . -name '*.c' | wc -l"),
        (
            "count the lines of all .gz files",
            "find . -name '*.gz' -exec gunzip {} \\; | wc -l",
            "find . -name '*.gz' -exec gunzip -c {} \\; | wc -l",
        ),
        ("set the permissions of all in d to 755, subfolders too, recursively", "chmod 755 d", "chmod -R 755 d"),
        ("查找最近 7 天内修改的文件", "find . -type f -mtime +7", "find . -type f -mtime -7"),
        ("压缩 a.txt，保留原文件", "gzip a.txt", "gzip -k a.txt"),
        (
            "delete the .txt files below /srv/a except keep.txt",
            "find /srv/a -type f -name '*.txt' -delete",
            "find /srv/a -type f -name '*.txt' ! -name keep.txt -delete",
        ),
        (
            "删除 /srv/a 中的 .log 文件，now.log 除外",
            'find /srv/a -name "*.log" -exec rm {} +',
            'find /srv/a -name "*.log" ! -name now.log -exec rm {} +',
        ),
        ("print the lines with cat below src", "grep -rl cat src", "grep -r cat src"),
        ("print the lines with cat in a", "grep -l cat a", "grep cat a"),
        ("find cat below src, with line numbers", "grep -r cat src", "grep -n -r cat src"),
    ],
)
def test_what_is_missing_is_put_in(request_: str, command: str, better: str) -> None:
    asked = extract(request_)
    assert mended(command, asked, inspect) == better
    assert not [each for each in check(asked, inspect(better)) if each.certain]


@pytest.mark.parametrize(
    ("request_", "command"),
    [
        ("files changed over an hour ago", "find . -type f -mmin +60"),
        ("count the lines of each .c file", "find . -name '*.c' -exec wc -l {} +"),
        ("move a.txt to b.txt but keep the original", "mv a.txt b.txt"),  # no one option does that
        ("list the files that are not hidden", "ls"),
        ("grep cat in the text files, recursively", "grep cat *.txt"),  # the shell fills those names in
        ("files changed over an hour ago", "find . -mmin -60 |"),
    ],
)
def test_what_is_right_or_cannot_be_mended_so_stays(request_: str, command: str) -> None:
    assert mended(command, extract(request_), inspect) == command


def test_what_is_mended_does_it(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("a b.c", "sub/d.c"):
        (tmp_path / name).write_text("1\n2\n")

    def does(words: str, command: str) -> str:
        better = mended(command, extract(words), inspect, str(tmp_path))
        return subprocess.run(["bash", "-c", better], cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert does("count the total number of lines in all .c files", "find . -name '*.c' -exec wc -l {} \\;") == "4\n"
    assert does("find .c files, do not recurse", "find . -name '*.c'") == "./a b.c\n"
    assert does("how many .c files are there", "find . -name '*.c'") == "2\n"
