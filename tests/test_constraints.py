"""Conditions of a request, held against the text of a command: met, not met, or not to be told."""

from __future__ import annotations

import pytest

from aishell.actions.parse import inspect
from aishell.planner.constraints import Constraint, Mismatch, check, complaint, extract, findings


def missed(request: str, command: str) -> tuple[Mismatch, ...]:
    script = inspect(command)
    assert not script.error
    return check(extract(request), script, "/")


def kinds(request: str) -> set[str]:
    return {constraint.kind for constraint in extract(request) if constraint.kind != "scope"}


WRONG = [
    ("keep", "compress notes.md with gzip but keep the original", "gzip notes.md"),
    ("keep", "notes.md mit gzip packen, das Original behalten", "gzip notes.md"),
    ("keep", "compresser notes.md avec gzip et garder l'original", "gzip notes.md"),
    ("keep", "用 gzip 压缩 notes.md，保留原文件", "gzip notes.md"),
    ("keep", "upper-case names.txt without changing the original", "sed -i 's/.*/\\U&/' names.txt"),
    ("shallow", "find empty files in /srv/a, do not search subfolders", "find /srv/a -type f -empty"),
    ("shallow", "列出 /srv/a 中的日志，不要递归", "ls -R /srv/a"),
    ("deep", "recursively make everything in /srv/a readable", "chmod a+r /srv/a"),
    ("count", "how many files are in /srv/a", "find /srv/a -type f"),
    ("count", "统计 /srv/a 中文件的数量", "ls /srv/a"),
    ("count", "count the words in poem.txt", "wc -l poem.txt"),
    ("total", "total number of lines in all .c files of src", "find src -name '*.c' -exec wc -l {} \\;"),
    ("sorted", "list the files below /srv/a sorted by size", "find /srv/a -type f"),
    ("sorted", "files in /srv/a ordered by size", "ls -t /srv/a"),
    ("limit", "show the first 7 lines of notes.md", "head -n 5 notes.md"),
    ("limit", "show the last 7 lines of notes.md", "head -n 7 notes.md"),
    ("limit", "the 3 largest files in /srv/a", "du -a /srv/a | sort -n | head -n 3"),
    ("limit", "显示 notes.md 的前 7 行", "cat notes.md"),
    ("time", "files below /srv/a modified in the last 7 days", "find /srv/a -type f -mtime +7"),
    ("time", "files below /srv/a older than 2 hours", "find /srv/a -type f -mmin +60"),
    ("time", "查找 /srv/a 中最近 3 天修改过的文件", "find /srv/a -type f"),
    ("time", "delete files in /srv/a not modified in the last 30 days", "find /srv/a -type f -mtime -30 -delete"),
    ("time", "删除 /srv/a 中 30 天内没有访问过的文件", "find /srv/a -type f -atime -30 -delete"),
    ("time", "files in /srv/a accessed less than 2 days ago", "find /srv/a -type f -mtime -2"),
    ("size", "find files larger than 10 MB below /srv/a", "find /srv/a -type f -size -10M"),
    ("size", "find files larger than 100 bytes below /srv/a", "find /srv/a -type f -size +100"),
    ("size", "查找 /srv/a 中大于 10MB 的文件", "find /srv/a -type f"),
    ("except", "delete all files in /srv/a except keep.me", "find /srv/a -type f -delete"),
    ("except", "删除 /srv/a 中的文件，keep.me 除外", "find /srv/a -type f -delete"),
    ("time", "删除 /srv/a 中不到 3 天前访问过的文件", "find /srv/a -type f -atime +3 -delete"),
    ("hidden", "list all files in /srv/a including hidden ones", "ls -l /srv/a"),
    ("type", "list all folders below /srv/a", "find /srv/a -type f"),
    ("case", "lines of notes.md that contain tree, ignoring case", "grep tree notes.md"),
    ("case", "在 notes.md 中查找 tree，不区分大小写", "grep tree notes.md"),
    ("word", "lines with the whole word cat in notes.md", "grep cat notes.md"),
    ("empty", "remove all empty files below /srv/a", "find /srv/a -type f -delete"),
    ("extension", "list all *.csv files below /srv/a", "find /srv/a -name '*.txt'"),
    ("extension", "get rid of all bak files below /srv/a", "find /srv/a -name '*.tmp' -delete"),
    ("action", "throw away every log file in /srv/a", "ls /srv/a"),
    ("extension", "lines with digits in the *.csv files below /srv/a", "grep -rE '[0-9]{2}' /srv/a"),
    ("lines", "show all lines with tree in the notes", "grep -rl tree notes"),
    ("lines", "显示 notes.md 中包含 tree 的行", "grep -l tree notes.md"),
    ("numbered", "find TODO in the C files, with line numbers", "grep -r TODO --include='*.c' ."),
    ("numbered", "查找 notes.md 中的 tree，并显示行号", "grep tree notes.md"),
    ("path", "list what is in /srv/photos", "ls /srv/music"),
    ("name", "show report.csv", "cat other.txt"),
    ("limit", "copy the 3 newest files in /srv/a to /srv/b", "find /srv/a -type f -mtime -3 -exec cp -t /srv/b {} +"),
    ("name", "show the head of data/report.csv", "cat other.txt"),
    ("text", "lines of notes.md with 'green tea'", "grep coffee notes.md"),
    ("output", "save the list of files in /srv/a to names.lst", "ls /srv/a"),
    ("human", "disk usage of /srv/a in human readable form", "du -s /srv/a"),
    ("unique", "print the unique lines of notes.md", "sort notes.md"),
    ("mode", "set the permissions of run.sh to 750", "chmod 777 run.sh"),
    ("owner", "files below /srv/a owned by alice", "find /srv/a -type f"),
    ("careful", "copy a.txt to b.txt but do not overwrite it", "cp a.txt b.txt"),
    ("question", "which files in /srv/a are empty", "find /srv/a -empty -delete"),
    ("question", "查找 /srv/a 中修改过的文件", "rm -r /srv/a"),
    ("action", "delete all the files in /srv/a", "ls /srv/a"),
    ("action", "copy the folder /srv/a to /srv/b", "mv /srv/a /srv/b"),
]


@pytest.mark.parametrize(("kind", "request_", "command"), WRONG)
def test_a_command_that_drops_a_condition_is_certainly_wrong(kind: str, request_: str, command: str) -> None:
    certain = {mismatch.constraint.kind for mismatch in missed(request_, command) if mismatch.certain}
    assert kind in certain


RIGHT = [
    ("compress notes.md with gzip but keep the original", "gzip -k notes.md"),
    ("compress notes.md with gzip but keep the original", "gzip -c notes.md > notes.md.gz"),
    ("upper-case names.txt without changing the original", "sed 's/.*/\\U&/' names.txt > upper.txt"),
    ("find empty files in /srv/a, do not search subfolders", "find /srv/a -maxdepth 1 -type f -empty"),
    ("recursively make everything in /srv/a readable", "find /srv/a -exec chmod a+r {} +"),
    ("how many files are in /srv/a", "find /srv/a -type f -printf x | wc -c"),
    ("count the words in poem.txt", "tr -s ' ' '\\n' < poem.txt | wc -l"),
    ("total number of lines in all .c files of src", "cat src/*.c | wc -l"),
    ("show the number of each line of notes.md", "cat -n notes.md"),
    ("show the first 7 lines of notes.md", "sed 7q notes.md"),
    ("show the first 7 lines of notes.md", "head --lines 7 notes.md"),
    ("the 3 largest files in /srv/a", "ls -S /srv/a | head -3"),
    ("the 3 largest files in /srv/a", "du -a /srv/a | sort -n | tail -n 3"),
    ("files below /srv/a modified in the last 7 days", "find /srv/a -type f -mtime -7"),
    ("files below /srv/a modified in the last 24 hours", "find /srv/a -type f -mmin -1440"),
    ("files below /srv/a older than 7 days", "find /srv/a -type f -mtime +6"),
    ("files below /srv/a modified today", "find /srv/a -type f -mtime 0"),
    ("find files larger than 10 MB below /srv/a", "find /srv/a -type f -size +10000k"),
    ("find files of at most 10 MB below /srv/a", "find /srv/a -type f ! -size +10M"),
    ("delete all files in /srv/a except keep.me", "find /srv/a -type f ! -name keep.me -delete"),
    ("delete all files in /srv/a except keep.me", "ls /srv/a | grep -v keep.me | xargs rm"),
    ("list all files in /srv/a including hidden ones", "ls -la /srv/a"),
    ("list all folders below /srv/a that hold .csv files", "find /srv/a -type f -name '*.csv' -printf '%h\\n' | sort -u"),
    ("lines of notes.md that contain tree, ignoring case", "awk 'tolower($0) ~ /tree/' notes.md"),
    ("lines of notes.md with 'green tea'", "grep -E 'green\\s+tea' notes.md"),
    ("save the list of files in /srv/a to names.lst", "ls /srv/a | tee names.lst"),
    ("print the unique lines of notes.md", "sort -u notes.md"),
    ("delete files in /srv/a not modified in the last 30 days", "find /srv/a -type f -mtime +30 -delete"),
    ("print notes.md without the last 2 lines", "head -n -2 notes.md"),
    ("unique lines of a.txt compared with b.txt", "comm -23 a.txt b.txt"),
    ("join a.txt and b.txt on their first field, both files are sorted", "join a.txt b.txt"),
    ("find all files below /srv/a and print their names to names.lst", "find /srv/a -type f > names.lst"),
    ("delete the files below /srv/a two levels down", "find /srv/a -mindepth 2 -maxdepth 2 -type f -delete"),
    ("show the files owned by 'root' below /srv/a", "find /srv/a -uid 0"),
    ("查找 /srv/a 中大于 10 字节的文件", "find /srv/a -type f -size +10c"),
    ("create an empty file a.txt", "touch a.txt"),
    ("make all files here read-only", "find . -not -path '*/.git/*' -type f -exec chmod a-w {} +"),
    ("show data/report.csv", "cd data && cat report.csv"),
    ("show ./data/report.csv", "cat data/report.csv"),
    ("which files in /srv/a are empty", "find /srv/a -empty 2>/dev/null"),
    ("copy the folder /srv/a to /srv/b", "tar -C /srv/a -cf - . | tar -C /srv/b -xf -"),
    ("列出 /srv/a 中大于 10MB 的文件，按大小从大到小排序，只要前 5 个",
     "find /srv/a -type f -size +10M -printf '%s %p\\n' | sort -rn | head -n 5"),
    ("删除 /srv/a 中超过 30 天的 *.log 文件，keep.log 除外", "find /srv/a -name '*.log' ! -name keep.log -mtime +30 -delete"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("request_", "command", "doubted"),
    [
        ("what changed in /etc today", "git log --since=yesterday", True),
        ("what are the dependencies in data/pkg.json", "npm list", True),
        ("what changed in /etc today", "etckeeper vcs diff HEAD@{yesterday}", False),
        ("what are the dependencies in data/pkg.json", "frob $file", False),
    ],
)
def test_a_program_that_nobody_knows_has_to_name_what_the_request_names(request_: str, command: str, doubted: bool) -> None:
    found = missed(request_, command)
    assert bool(found) is doubted
    assert not any(mismatch.certain for mismatch in found)


@pytest.mark.parametrize(("request_", "command"), RIGHT)
def test_a_command_that_meets_every_condition_raises_no_alarm(request_: str, command: str) -> None:
    assert missed(request_, command) == ()


def test_what_other_programs_do_cannot_be_told_and_is_never_certain() -> None:
    for command in ("python3 count.py /srv/a", 'for f in /srv/a/*; do ./each "$f"; done', "sh -c 'ls /srv/a'"):
        found = findings(extract("how many files are in /srv/a, recursively"), inspect(command))
        assert {outcome for _, outcome in found} <= {"met", "unknown"}


def test_find_that_rounds_sizes_up_is_a_warning_and_no_rejection() -> None:
    (mismatch,) = missed("find files smaller than 1 MB below /srv/a", "find /srv/a -type f -size -1M")
    assert not mismatch.certain
    assert "empty files only" in mismatch.sentence


@pytest.mark.parametrize(
    ("request_", "command", "seen"),
    [
        ("list the files in /srv/a", "find /srv/a -name '*.bak'", "*.bak"),
        ("list the files in /srv/a", "find /srv/a -mtime -3", "-mtime -3"),
        ("move a.txt to /srv/a", "mv a.txt /srv/b", "/srv/b"),
    ],
)
def test_a_condition_that_nobody_set_is_named_in_a_warning(request_: str, command: str, seen: str) -> None:
    assert any(seen in mismatch.sentence for mismatch in missed(request_, command))


def test_a_number_that_is_asked_for_beside_a_change_is_missed() -> None:
    asked = "count the .sh files below bin and make them executable"
    (missing,) = missed(asked, "find bin -name '*.sh' -exec chmod +x {} +")
    assert missing.sentence == "it should give a number, but prints none"
    assert missed(asked, "find bin -name '*.sh' -exec chmod +x {} + -print | wc -l") == ()
    assert missed(asked, "find bin -name '*.sh' -exec chmod -v +x {} +") == ()


def test_an_extension_may_be_one_of_several_letters() -> None:
    assert missed("list the .c files below src", "find src -name '*.[ch]'") == ()


def test_python_files_need_not_be_called_by_their_extension() -> None:
    assert missed("list the Python files below src", "find src -name '*.py'") == ()


def test_words_in_quotes_and_names_set_no_condition() -> None:
    assert kinds("print 'do not sort recursively'") <= {"text", "question"}
    assert "sorted" not in kinds("show /srv/sorted/count.txt")


def test_a_request_without_conditions_has_none() -> None:
    assert kinds("print the working directory") == {"question"}
    assert kinds("restart nginx") == set()


def test_files_modified_today_asks_for_no_change_but_modify_does() -> None:
    assert "question" in kinds("list files modified today")
    assert "question" not in kinds("find report.csv and modify it")
    assert "question" not in kinds("查找日志并删除")


def test_number_words_and_units_are_read_in_both_languages() -> None:
    def amount(request: str, kind: str) -> float:
        return next(constraint.amount for constraint in extract(request) if constraint.kind == kind)

    assert amount("files older than two weeks", "time") == 14 * 86_400
    assert amount("过去十二个小时修改过的文件", "time") == 12 * 3600
    assert amount("files over 3 GB", "size") == 3 * 1024**3
    assert amount("大于 500 字节的文件", "size") == 500
    assert amount("the ten largest files", "limit") == 10
    assert amount("最大的三个文件", "limit") == 3


def test_the_complaint_is_one_sentence_in_the_language_asked_for() -> None:
    found = missed("how many files are in /srv/a", "ls /srv/a")
    assert complaint(found) == "it should give a number, but it lists"
    assert complaint(found, "zh") == "应给出数量，但它列出了内容"
    assert complaint(()) == ""


@pytest.mark.parametrize(("kind", "request_", "command"), WRONG)
def test_every_mismatch_can_be_told_in_both_languages(kind: str, request_: str, command: str) -> None:
    for mismatch in missed(request_, command):
        english, chinese = mismatch.told("en"), mismatch.told("zh")
        assert english.isprintable()
        assert chinese.isprintable()
        assert english.isascii() or not request_.isascii()
        assert any("\u4e00" <= character <= "\u9fff" for character in chinese), kind


def test_a_pasted_file_costs_no_more_than_a_long_request() -> None:
    assert kinds("count the lines of a.txt " + "without (" * 200_000) >= {"count", "name"}


def test_what_is_kept_may_be_a_property_and_not_the_file() -> None:
    assert "keep" not in kinds("move a.txt to b.txt, keeping the original permissions")
    assert "keep" not in kinds("把 a.txt 移动到 b，保留原文件名")


def test_the_surest_mismatch_comes_first() -> None:
    found = missed("count the words in poem.txt of /srv/a", "find /srv/b -name '*.bak'")
    assert [mismatch.certain for mismatch in found] == sorted((m.certain for m in found), reverse=True)


def test_the_working_folder_need_not_be_named() -> None:
    asked, here = extract("list what is in /srv/photos"), inspect("ls -la")
    assert check(asked, here, "/srv/photos") == ()
    assert not any(mismatch.certain for mismatch in check(asked, here))
    assert any(mismatch.certain for mismatch in check(asked, here, "/srv/music"))


def test_a_command_that_cannot_be_parsed_has_no_mismatch() -> None:
    assert check(extract("how many files"), inspect("ls (")) == ()


def test_each_condition_quotes_the_words_that_set_it() -> None:
    request = "delete files older than 3 days in /srv/a, do not descend"
    for constraint in extract(request):
        assert constraint.words in request
    assert Constraint(kind="time", words="older than 3 days", amount=3 * 86_400, way="more") in extract(request)
