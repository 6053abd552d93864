"""What speaks against a step before a person hears of it: its outcome, its changes against its words, its repetition."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aishell.core.changes import Change, Changes, Totals
from aishell.core.steps import Past, Work
from aishell.core.types import Captured, Outcome, Request, ShellCommand, Step, Tier
from aishell.planner.steps import facts, guards
from aishell.planner.steps.advice import advice
from aishell.planner.steps.judged import misses, wrong
from aishell.planner.steps.naming import into, with_answer
from aishell.planner.steps.past import shortened
from aishell.wiring.steps import names_in


def changes(added: str = "", deleted: str = "", changed: str = "") -> Changes:
    listed = [Change(kind="added", path=f"/w/{name}", sort="file") for name in added.split()]
    listed += [Change(kind="deleted", path=f"/w/{name}", sort="file") for name in deleted.split()]
    listed += [Change(kind="changed", path=f"/w/{name}", sort="file") for name in changed.split()]
    return Changes(listed=tuple(listed), totals=Totals(added=len(added.split()), deleted=len(deleted.split())))


FITTING = (
    ("write the errors of app.log to errors.txt", changes(added="errors.txt")),
    ("pack src into src.tar.gz", changes(added="src.tar.gz")),
    ("rename a.txt to b.txt", changes(added="b.txt", deleted="a.txt")),
    ("delete a.txt", changes(deleted="a.txt")),
    ("move a.txt to old.txt", changes(added="old.txt", deleted="a.txt")),
    ("remove the line of x from names.txt", changes(changed="names.txt")),
    ("make a folder named out and go on", changes(added="out")),
    ("change localhost to 127.0.0.1 in app.ini", changes(changed="app.ini")),
    ("把错误行保存到 errors.txt", changes(added="errors.txt")),
    ("print the largest file in app.log", changes()),
)
UNFITTING = (
    ("write the errors of app.log to errors.txt", changes(added="other.txt"), "errors.txt"),
    ("pack src into src.tar.gz", changes(added="src.zip"), "src.tar.gz"),
    ("copy a.txt to b.txt", changes(added="b.txt", deleted="a.txt c.txt"), "deletes"),
    ("collect the open points into todo.txt", changes(), "todo.txt"),
    ("list the files here", changes(deleted="a.txt"), "deletes"),
    ("make a folder named out", changes(added="elsewhere"), "folder out"),
    ("把错误行保存到 errors.txt", changes(added="e.txt"), "errors.txt"),
)


@pytest.mark.parametrize(("part", "seen"), FITTING)
def test_what_fits_its_words_is_left_to_the_person(part: str, seen: Changes) -> None:
    assert misses(part, "/w", seen) == ""


@pytest.mark.parametrize(("part", "seen", "why"), UNFITTING)
def test_what_does_not_fit_its_words_is_named(part: str, seen: Changes, why: str) -> None:
    assert why in misses(part, "/w", seen)


def test_no_more_goes_than_what_the_words_point_back_to() -> None:
    listed = Past(request="list old files", command="find", output="./a.txt\n./b.txt")
    assert misses("delete them", "/w", changes(deleted="a.txt b.txt"), listed) == ""
    assert "c.txt" in misses("delete them", "/w", changes(deleted="a.txt b.txt c.txt"), listed)
    assert "c.txt" in misses("删除它们", "/w", changes(deleted="a.txt c.txt"), listed)
    cut = replace(listed, output=shortened("\n".join(f"file{n}" for n in range(500))))
    assert misses("delete them", "/w", changes(deleted="c.txt"), cut) == ""  # it cannot be told
    assert "deletes" in misses("列出没有修改过的文件", "/w", changes(deleted="a.txt"))


@pytest.mark.parametrize(
    ("request_", "output", "part", "said"),
    [
        ("who has most files in list.txt", "  12 ben\n   3 ada", "save its lines", "save the lines of ben (from list.txt)"),
        ("find the largest file here", "300000 ./a.iso\n", "move it into old", "move ./a.iso into old"),
        ("找到最大的文件", "4.0K\ta.iso", "把它移动到 old", "把 a.iso 移动到 old"),
        ("find the largest file here", "3 $(reboot)", "move it into old", "move it into old"),
        ("list the files here", "a.txt\nb.txt", "move it into old", "move it into old"),
        ("find the largest file here", "several words in a line", "move it into old", "move it into old"),
    ],
)  # fmt: skip
def test_it_is_what_was_found(request_: str, output: str, part: str, said: str) -> None:
    assert with_answer(part, Past(request=request_, command="x", output=output)) == said


def test_output_goes_where_the_words_want_it() -> None:
    assert into("du -s * | sort -n", "sizes.txt") == "du -s * | sort -n > sizes.txt"
    assert into("cd a && ls", "my list.txt") == "{ cd a && ls; } > 'my list.txt'"


def outcome(code: int = 0, stdout: bytes = b"", stderr: bytes = b"") -> Outcome:
    def captured(data: bytes) -> Captured:
        return Captured(head=data, tail=b"", total=len(data))

    step = Step(action=ShellCommand(command="x"))
    done = Outcome(step=step, status="done", exit_code=code, stdout=captured(stdout), stderr=captured(stderr), elapsed=0.0)
    return replace(done, status="failed") if code else done


def test_an_outcome_is_held_against_what_was_to_be_done() -> None:
    assert "only reads" in wrong("delete the logs", Tier.READ, outcome(stdout=b"a.log"))
    assert "todo.txt" in wrong("collect the open points into todo.txt", Tier.READ, outcome(stdout=b"1"))
    assert "names.txt" in wrong("show the first of names.txt", Tier.READ, outcome())
    assert wrong("compare a.txt to b.txt", Tier.READ, outcome(stdout=b"1")) == ""
    assert "changed nothing" in wrong("delete the logs", Tier.DRY, outcome())
    assert "no such" in wrong("show a", Tier.READ, outcome(2, stderr=b"no such file"))
    assert wrong("show lines with x", Tier.READ, outcome(1)) == ""  # grep has found none
    assert wrong("show the logs", Tier.READ, outcome(stdout=b"a")) == ""
    for words in ("extract the names from a.txt", "convert a.txt to upper case", "cut the first column of a.csv"):
        assert wrong(words, Tier.READ, outcome(stdout=b"a")) == ""
    assert "only reads" in wrong("extract the archive a.tar.gz", Tier.READ, outcome(stdout=b"a"))
    assert wrong("stop the server", Tier.ASK, outcome()) == ""


def test_a_failure_is_told_what_is_there_and_what_the_message_means() -> None:
    def names(_folder: str) -> tuple[str, ...]:
        return ("A.JPG", "b\x1b[31m.txt")

    told = advice("tar -cf x.tar *.jpg", "*.jpg: Cannot stat: No such file or directory", "/w", names)
    assert "A.JPG" in told
    assert "\x1b" not in told
    assert "loop with mv" in advice("rename 's/a/b/' *.a", "it changed nothing", "/w", names)
    assert advice("true", "it took too long", "/w", names) == ""


def test_the_names_told_are_those_of_the_folder_that_the_missing_path_would_lie_in(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    for name in ("old/a.tmp", "here"):
        (tmp_path / name).touch()
    gone = "rm: cannot remove 'old/tmp': No such file or directory"
    assert advice("rm -r old/tmp", gone, str(tmp_path), names_in) == "in old are: a.tmp"
    assert advice("rm here old/x*.log", gone, str(tmp_path), names_in) == "in old are: a.tmp"
    for command in ("rm -r tmp", "cat nowhere/x", "cat old/a.tmp /etc/nothing"):
        assert advice(command, gone, str(tmp_path), names_in) == "in this folder are: here, old"


WORK = Work(request=Request(text="do it", cwd="/w"), way="parts", parts=("a", "b"))


def past(command: str, *, wrong: str = "", call: str = "", output: str = "") -> Past:
    return Past(request="a", command=command, wrong=wrong, call=call, output=output)


def test_a_step_has_so_many_tries_and_no_more() -> None:
    work = WORK
    for number in range(guards.TRIES):
        assert not work.ended
        work = guards.failed(work, past(f"c{number}", wrong="it failed"))
    assert (work.ended, work.why) == ("failed", "It failed.")
    assert len(work.failures) == guards.TRIES


def test_the_same_call_is_told_once_and_then_the_end_unless_its_result_differs() -> None:
    work = replace(WORK, way="looking", parts=())
    first = guards.looked(work, past("ls", call="ls", output="1"))
    assert not guards.looked(first, past("ls", call="ls", output="2")).done[-1].wrong
    second = guards.looked(first, past("ls", call="ls", output="1"))
    assert (second.ended, second.done[-1].wrong) == ("", guards.AGAIN)
    assert guards.looked(second, past("ls", call="ls", output="1")).ended == "failed"


def test_steps_and_seconds_are_counted_from_where_it_was_gone_on_with() -> None:
    budget = guards.Budget(rounds=3, seconds=10.0)
    many = replace(WORK, way="looking", parts=(), done=tuple(past(str(n)) for n in range(3)))
    assert "planner.rounds" in guards.spent(many, budget)
    assert guards.spent(replace(many, before=3), budget) == ""
    assert "planner.seconds" in guards.spent(replace(many, before=3, seconds=11.0), budget)


def test_a_sentence_stays_only_when_the_facts_hold_its_numbers_and_names() -> None:
    found = (Past(request="", command="du -h .", output="3.1G\t./data\n12K\t./notes.txt"),)
    answer = (
        "The folder ./data takes 3.1G. The file notes.txt takes 14K. It is mostly `./data`! See /etc/passwd. 其中 12K 是笔记。"
    )
    assert facts.held(answer, "why", found) == "The folder ./data takes 3.1G. It is mostly `./data`! 其中 12K 是笔记。"
    assert facts.held("It takes 99G.", "why", found) == ""
