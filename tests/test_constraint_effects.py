"""What a command really did in a trial, held against the conditions of its request."""

from __future__ import annotations

from pathlib import Path

import pytest

from aishell.actions.parse import inspect
from aishell.core.changes import Change, Changes
from aishell.planner.constraints import Mismatch, check_effect, extract, victims_fit
from tests.lab import Lab


@pytest.fixture
def notes(lab: Lab) -> Path:
    """A folder with files of several kinds, sizes and depths, and one beside it."""
    notes = lab.work / "notes"
    (notes / "old").mkdir(parents=True)
    for name, text in (("a.txt", "a\n"), ("b.log", "b\n"), ("keep.txt", "k\n"), ("none.txt", ""), ("old/c.txt", "c\n")):
        (notes / name).write_text(text)
    (notes / "big.txt").write_bytes(b"x" * 3000)
    (lab.work / "other.txt").write_text("o\n")
    return notes


def effect(lab: Lab, request: str, command: str) -> tuple[Mismatch, ...]:
    trial, output = lab.run(command)
    try:
        return check_effect(extract(request), trial.changes(), output, str(lab.work))
    finally:
        trial.discard()


def victims(lab: Lab, request: str, command: str) -> tuple[Mismatch, ...]:
    return victims_fit(extract(request), inspect(command), lab.tried(command), str(lab.work))


WRONG_VICTIMS = [
    ("delete all *.txt files in {notes}", "find notes -type f -delete", "b.log"),
    ("delete all *.txt files in {notes}", "rm notes/*.txt other.txt", "other.txt"),
    ("删除 {notes} 中所有 *.txt 文件", "rm notes/*.log", "b.log"),
    ("delete all files in {notes} except keep.txt", "rm -r notes", "keep.txt"),
    ("delete the empty files in {notes}", "rm notes/*.txt", "a.txt"),
    ("delete the files in {notes} larger than 2 KB", "rm notes/*.txt", "a.txt"),
    ("delete the *.txt files in {notes}, do not go into subfolders", "find notes -name '*.txt' -delete", "old/c.txt"),
    ("delete only files in {notes}", "rm -r notes/old", "old"),
]


@pytest.mark.parametrize(("request_", "command", "victim"), WRONG_VICTIMS)
def test_a_deletion_of_what_does_not_fit_is_certainly_wrong(
    lab: Lab, notes: Path, request_: str, command: str, victim: str
) -> None:
    found = victims(lab, request_.format(notes=notes), command)
    assert any(mismatch.certain and victim in mismatch.fault.seen for mismatch in found), found


RIGHT_VICTIMS = [
    ("delete all *.txt files in {notes}", "find {notes} -name '*.txt' -delete"),
    ("delete the *.txt files in {notes}, do not go into subfolders", "find {notes} -maxdepth 1 -name '*.txt' -delete"),
    ("delete the empty files in {notes}", "find {notes} -type f -empty -delete"),
    ("delete the files in {notes} larger than 2 KB", "find {notes} -type f -size +2k -delete"),
    ("remove all *.txt and *.log files below {notes}", "find {notes} \\( -name '*.txt' -o -name '*.log' \\) -delete"),
    ("delete all files in {notes} except *.txt", "find {notes} -type f ! -name '*.txt' -delete"),
    ("move {notes}/b.log to other.log", "mv {notes}/b.log other.log"),
    ("delete the folder {notes}", "rm -r {notes}"),
]


@pytest.mark.parametrize(("request_", "command"), RIGHT_VICTIMS)
def test_a_deletion_of_what_was_asked_for_raises_no_alarm(lab: Lab, notes: Path, request_: str, command: str) -> None:
    assert victims(lab, request_.format(notes=notes), command.format(notes=notes)) == ()


def test_more_files_than_the_request_names_are_warned_of(lab: Lab, notes: Path) -> None:
    found = victims(lab, "delete other.txt", f"rm other.txt {notes}/a.txt")
    assert any("a.txt" in mismatch.fault.seen for mismatch in found)
    assert victims(lab, "delete other.txt", "rm other.txt") == ()


def test_a_command_that_takes_nothing_has_no_victims(lab: Lab, notes: Path) -> None:
    assert victims(lab, "delete the *.txt files in notes", "ls notes") == ()


def test_without_a_trial_the_text_alone_still_names_the_mismatch(lab: Lab, notes: Path) -> None:
    request = f"delete files older than 3 days in {notes}"
    (mismatch,) = victims_fit(extract(request), inspect(f"find {notes} -type f -delete"), None)
    assert mismatch.sentence == "it ignores the time (older than 3 days)"


def test_a_bare_pattern_behind_a_careful_search_is_warned_of(lab: Lab, notes: Path) -> None:
    request = f"count the *.txt files in {notes} and set their permissions to 600"
    found = victims(lab, request, f"find {notes} -name '*.txt' | wc -l; chmod 600 {notes}/*")
    assert any("/*" in mismatch.fault.seen or "b.log" in mismatch.fault.seen for mismatch in found)


def test_an_original_that_is_gone_or_rewritten_is_noticed(lab: Lab, notes: Path) -> None:
    request = "compress notes/a.txt but keep the original"
    (gone,) = effect(lab, request, "gzip notes/a.txt")
    assert gone.certain
    assert "a.txt" in gone.sentence
    assert effect(lab, request, "gzip -k notes/a.txt") == ()
    request = f"upper-case {notes}/a.txt without changing the original"
    (edited,) = effect(lab, request, "sed -i s/a/A/ notes/a.txt")
    assert edited.fault.name == "edits original"


def test_a_question_that_deletes_is_noticed_and_a_reader_is_not(lab: Lab, notes: Path) -> None:
    request = "which files in notes are empty"
    assert any(mismatch.certain for mismatch in effect(lab, request, "rm notes/none.txt"))
    assert effect(lab, request, "find notes -type f -empty") == ()


def test_a_change_that_did_not_happen_is_a_doubt(lab: Lab, notes: Path) -> None:
    (mismatch,) = effect(lab, "delete all the files called z.bak", "find . -name z.bak -delete")
    assert (mismatch.fault.name, mismatch.certain) == ("nothing changed", False)


@pytest.mark.parametrize(
    ("request_", "output", "fault"),
    [
        ("how many files are here", "a\nb\n", "no figure"),
        ("how many files are here", "a1\nb2\n", "lists"),
        ("count all the lines", " 3 a\n 4 b\n 7 total\n", "one each"),
        ("show the first 2 lines", "a\nb\nc\nd\n", "more than asked"),
        ("list the files sorted by size", "3 a\n1 b\n2 a\n", "output unsorted"),
    ],
)
def test_output_that_cannot_be_the_answer_is_noticed(request_: str, output: str, fault: str) -> None:
    assert [mismatch.fault.name for mismatch in check_effect(extract(request_), Changes(), output)] == [fault]


@pytest.mark.parametrize(
    ("request_", "output"),
    [
        ("how many files are here", "42\n"),
        ("count the lines of each file", " 3 a\n 4 b\n 7 total\n"),
        ("show the first 2 lines", "a\nb\n"),
        ("list the files sorted by size", "total 9\n1K b\n2K c\n1M a\n"),
        ("the 3 largest files", "9 a\n8 b\n7 c\n"),
    ],
)
def test_output_that_fits_raises_no_alarm(request_: str, output: str) -> None:
    assert check_effect(extract(request_), None, output) == ()


def test_what_is_named_below_a_folder_is_what_may_go() -> None:
    asked = extract("delete data/x.csv")
    gone = (
        Change(kind="deleted", path="/shop/data/x.csv", sort="file"),
        Change(kind="deleted", path="/shop/y.csv", sort="file"),
    )
    script = inspect("rm data/*.csv y.csv")
    assert victims_fit(asked, script, Changes(listed=gone[:1]), "/shop") == ()
    assert "/shop/y.csv" in victims_fit(asked, script, Changes(listed=gone), "/shop")[0].sentence


@pytest.mark.parametrize("words", ["delete the .bak files here but not in subfolders", "删除这里的 .bak，子目录里的不要动"])
def test_what_lies_deeper_than_asked_is_told_where_no_folder_is_named(words: str) -> None:
    lost = tuple(Change(kind="deleted", path=f"/shop/{name}", sort="file") for name in ("old.bak", "sub/y.bak"))
    (missed,) = check_effect(extract(words), Changes(listed=lost), "", "/shop")
    assert missed.certain
    assert "/shop/sub/y.bak" in missed.sentence
    assert check_effect(extract(words), Changes(listed=lost[:1]), "", "/shop") == ()


def test_a_name_that_is_to_be_spared_says_nothing_of_the_sort_that_goes(lab: Lab, notes: Path) -> None:
    words = f"throw away every log file in {notes} except keep.log"
    found = victims(lab, words, "rm notes/*.txt notes/b.log")
    assert [mismatch.certain for mismatch in found if "a.txt" in mismatch.fault.seen] == [False]
    assert not victims(lab, words, "find notes -name '*.log' ! -name keep.log -delete")


@pytest.mark.parametrize("request_", ["delete the log files in {notes}", "删除 {notes} 里的日志"])
def test_files_of_another_sort_than_the_words_say_are_a_doubt(lab: Lab, notes: Path, request_: str) -> None:
    found = victims(lab, request_.format(notes=notes), "rm notes/*.txt notes/b.log")
    assert [mismatch.certain for mismatch in found if "a.txt" in mismatch.fault.seen] == [False]
    assert not victims(lab, request_.format(notes=notes), "rm notes/b.log")
