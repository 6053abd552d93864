"""One short question where a request leaves open what it is about."""

from __future__ import annotations

from pathlib import Path

import pytest

from aishell.planner.steps.unclear import answered, question


@pytest.fixture
def folder(tmp_path: Path) -> str:
    for name in ("stock.csv", "notes.txt", "report-2025.pdf"):
        (tmp_path / name).touch()
    return str(tmp_path)


def names(place: str) -> tuple[str, ...]:
    return tuple(sorted(path.name for path in Path(place).iterdir())) if Path(place).is_dir() else ()


@pytest.mark.parametrize(
    ("request_", "asked", "reply", "whole"),
    [
        ("delete it", "What is “it”?", "notes.txt", "delete notes.txt"),
        ("please compress that file into a.zip", "What is “that file”?", "notes.txt.", "please compress notes.txt into a.zip"),
        ("删除它", "“它”指的是什么？", "notes.txt", "删除notes.txt"),
        ("sum column 2 of stcok.csv", "There is no stcok.csv here. Is stock.csv meant?", "y", "sum column 2 of stock.csv"),
        ("sum column 2 of stcok.csv", "There is no stcok.csv here. Is stock.csv meant?", "no", "sum column 2 of stcok.csv"),
        (
            "count the lines of ./note.txt",
            "There is no ./note.txt here. Is ./notes.txt meant?",
            "a.txt",
            "count the lines of a.txt",
        ),
        ("显示 note.txt 的前三行", "这里没有 note.txt。是指 notes.txt 吗？", "是的", "显示 notes.txt 的前三行"),
    ],
)
def test_what_is_open_is_asked_and_put_in(folder: str, request_: str, asked: str, reply: str, whole: str) -> None:
    assert question(request_, folder, names) == asked
    assert answered(request_, reply, folder, names) == whole


@pytest.mark.parametrize(
    "request_",
    [
        "delete notes.txt",
        "list the files and count them",
        "how long has it been up",
        "delete the old logs",
        "copy notes.txt to note.txt",
        "create note.txt",
        "show a file named note.txt",
        "delete it and its folder /tmp/x",
        "download https://example.org/note.txt",
        "show zebra.png",
        "show these folders",
        "把 notes.txt 复制到 note.txt",
    ],
)
def test_a_request_that_says_enough_is_not_questioned(folder: str, request_: str) -> None:
    assert question(request_, folder, names) == ""
