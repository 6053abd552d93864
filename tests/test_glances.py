"""What is looked at beside a sure answer: what it does, the names that are there, how a file begins, what the manual says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from aishell.actions.parse import inspect
from aishell.backends.scripted import Line, ScriptedBackend
from aishell.core.changes import Change, Changes
from aishell.core.types import Observed, Plan, Prompt, Request
from aishell.planner.gather import Observe
from aishell.planner.plan import Planner
from aishell.planner.steps.beginning import beginning
from aishell.planner.wrong import Knowing

NOTHING = Changes()
GONE = Changes(listed=(Change(kind="deleted", path="/w/a.tmp", sort="file"),))


def plan(lines: Sequence[Line], text: str, observe: Observe | None, knowing: Knowing) -> tuple[Plan, list[Prompt]]:
    backend = ScriptedBackend(tuple(lines))

    async def run() -> Plan:
        planner = Planner(backend, inspect, which=lambda name: f"/usr/bin/{name}", knowing=knowing)
        items = [item async for item in planner.plan(Request(text=text, cwd="/w"), lambda _command: False, observe)]
        assert isinstance(items[-1], Plan)
        return items[-1]

    return asyncio.run(run()), backend.heard


def names(folder: str) -> tuple[str, ...]:
    return {"/w": ("a.tmp", "stock.csv", "IMG_1.JPG")}.get(folder, ())


def seen(
    stdout: bytes = b"", stderr: bytes = b"", exit_code: int = 0, changes: Changes = NOTHING, *, reads: bool = True
) -> Observed:
    return Observed(exit_code=exit_code, stdout=stdout, stderr=stderr, changes=changes, reads=reads)


def test_a_sure_answer_that_changes_nothing_goes_back_with_the_names_that_are_there() -> None:
    lines = [
        Line(when=r"It changed nothing", say="rm *.tmp", weight=-0.01),
        Line(when="expected: ", say="", weight=-1.0),
        Line(when=".", say="rm -f tmp/a", weight=-0.01),
    ]

    async def observe(command: str, _request: Request, _seconds: float) -> Observed | None:
        return seen(changes=GONE if command == "rm *.tmp" else NOTHING, reads=False)

    made, heard = plan(lines, "delete the temporary files", observe, Knowing(names=names))
    assert made.steps[0].action.command == "rm *.tmp"
    assert any("It changed nothing" in prompt.messages[-1].content for prompt in heard)


def test_an_error_goes_back_with_what_helps() -> None:
    lines = [
        Line(when=r"No such file or directory; in this folder are: a\.tmp, stock\.csv", say="cat stock.csv", weight=-0.01),
        Line(when="expected: ", say="", weight=-1.0),
        Line(when=".", say="cat stocks", weight=-0.01),
    ]

    async def observe(command: str, _request: Request, _seconds: float) -> Observed | None:
        if command == "cat stock.csv":
            return seen(b"1,2\n")
        return seen(stderr=b"cat: stocks: No such file or directory\n", exit_code=1)

    made, _heard = plan(lines, "show the stocks", observe, Knowing(names=names))
    assert made.steps[0].action.command == "cat stock.csv"


def test_a_sure_answer_that_does_something_costs_one_reply() -> None:
    async def observe(_command: str, _request: Request, _seconds: float) -> Observed | None:
        return seen(b"alice\n")

    made, heard = plan([Line(when=".", say="who", weight=-0.01)], "who is logged in", observe, Knowing(names=names))
    assert (made.steps[0].action.command, len(heard)) == ("who", 1)


def test_the_model_sees_how_a_file_begins_whose_content_is_asked_for() -> None:
    looked: list[str] = []

    async def observe(command: str, _request: Request, _seconds: float) -> Observed | None:
        looked.append(command)
        return seen(b"item;count\npears;3\n")

    lines = [Line(when=r"stock\.csv begins like this[^;]*item;count", say="cut -d';' -f2 stock.csv", weight=-0.01)]
    made, _heard = plan(lines, "show the second column of stock.csv", observe, Knowing(names=names))
    assert made.steps[0].action.command == "cut -d';' -f2 stock.csv"
    assert looked[0] == "head -n 3 stock.csv"


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ("sum the third column of stock.csv", "head -n 3 stock.csv"),
        ("sum the third column of /w/stock.csv", "head -n 3 /w/stock.csv"),
        ("sum the third column of other.csv", ""),
        ("delete stock.csv", ""),
    ],
)
def test_only_a_file_that_is_there_and_whose_content_matters(words: str, command: str) -> None:
    assert beginning(words, "/w", names) == command


def test_names_are_written_as_they_are() -> None:
    made, _heard = plan([Line(when=".", say="ls *.jpg", weight=-0.01)], "list the JPG files", None, Knowing(names=names))
    assert made.steps[0].action.command == "ls *.JPG"


def test_an_option_that_does_not_exist_goes_back_with_those_that_do() -> None:
    lines = [
        Line(when=r"sort: -n: compare by number\.", say="sort -n a", weight=-0.01),
        Line(when="expected: ", say="", weight=-1.0),
        Line(when=".", say="sort --by-number path/to/a", weight=-0.01),
    ]
    knowing = Knowing(documented=lambda _script, _request: ("sort: -n: compare by number",))
    made, _heard = plan(lines, "sort a by number", None, knowing)
    assert made.steps[0].action.command == "sort -n a"


def test_a_sure_answer_that_would_take_what_does_not_fit_is_done_differently() -> None:
    more = Changes(listed=(*GONE.listed, Change(kind="deleted", path="/w/kept.txt", sort="file")))
    lines = [
        Line(when=r"would delete /w/kept\.txt, which does not fit", say="rm *.tmp", weight=-0.01),
        Line(when="expected: ", say="", weight=-1.0),
        Line(when=".", say="rm a.tmp kept.txt", weight=-0.01),
    ]

    async def observe(command: str, _request: Request, _seconds: float) -> Observed | None:
        return seen(changes=GONE if command == "rm *.tmp" else more, reads=False)

    made, _heard = plan(lines, "delete the temporary files", observe, Knowing(names=names))
    assert (made.steps[0].action.command, made.problems) == ("rm *.tmp", ())
