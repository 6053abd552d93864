"""An answer that is not sure: others are asked for, weighed in both directions, checked, looked at; the best is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from aishell.actions.parse import inspect
from aishell.backends.scripted import Line, ScriptedBackend
from aishell.core.changes import Change, Changes
from aishell.core.types import Observed, Plan, Request
from aishell.planner import candidates
from aishell.planner.candidates import Candidate
from aishell.planner.choose import Weights, confidence, failed, ranked
from aishell.planner.constraints import extract
from aishell.planner.gather import Exemplars, Observe, no_exemplars
from aishell.planner.plan import Effort, Planner
from aishell.planner.wrong import better

NOTHING = Changes()


def plan(
    lines: Sequence[Line],
    text: str,
    *,
    effort: Effort | None = None,
    observe: Observe | None = None,
    exemplars: Exemplars = no_exemplars,
    purposes: Exemplars = no_exemplars,
) -> tuple[Plan, ScriptedBackend]:
    backend = ScriptedBackend(tuple(lines))

    async def run() -> Plan:
        planner = Planner(
            backend,
            inspect,
            effort=effort or Effort(candidates=4, sure=0.6),
            exemplars=exemplars,
            purposes=purposes,
            which=lambda name: None if name == "lsusers" else f"/usr/bin/{name}",
        )
        items = [item async for item in planner.plan(Request(text=text, cwd="/"), lambda _command: False, observe)]
        assert isinstance(items[-1], Plan)
        return items[-1]

    return asyncio.run(run()), backend


def did(stdout: bytes = b"", stderr: bytes = b"", exit_code: int = 0, changes: Changes = NOTHING) -> Observed:
    return Observed(exit_code=exit_code, stdout=stdout, stderr=stderr, changes=changes)


UNSURE = (
    Line(when="branch: 1$", say="uptime", weight=-0.6),
    Line(when="branch: 2$", say="top", weight=-1.0),
    Line(when="expected: ", say="", weight=-1.0),
    Line(when="who is logged in$", say="ps aux", weight=-1.0),
)


def test_a_sure_answer_is_taken_at_once() -> None:
    made, backend = plan([Line(when=".", say="who -a", weight=-0.1)], "who is logged in")
    assert made.steps[0].action.command == "who -a"
    assert made.considered == ()
    assert made.confidence == pytest.approx(0.856, abs=0.001)
    assert len(backend.heard) == 1


def test_a_backend_that_cannot_weigh_gives_its_only_answer() -> None:
    made, backend = plan([Line(when=".", say="who -a")], "who is logged in")
    assert (made.considered, made.confidence, len(backend.heard)) == ((), None, 1)


def test_the_command_for_which_the_request_is_likelier_wins() -> None:
    lines = [
        Line(when=r"^uptime\nexpected: who", say="", weight=-0.2),
        Line(when=r"^ps aux\nexpected: who", say="", weight=-3.0),
        *UNSURE,
    ]
    made, _backend = plan(lines, "who is logged in")
    assert made.steps[0].action.command == "uptime"
    assert [one.command for one in made.considered] == ["uptime", "top", "ps aux"]
    assert made.considered[0].origin == "other beginning"
    assert made.confidence is not None
    assert 0.5 < made.confidence < 1


def _in_chinese(own: str, own_weight: float) -> list[Line]:
    """谁登录了 is put into other words than it means, and answered by ps; the own words by `own`."""
    return [
        Line(when=r"expected: ps", say="", weight=-2.0),
        Line(when=r"expected: ", say="", weight=own_weight),
        Line(when="谁登录了", told="plain English", say="who runs"),
        Line(when="who runs", say="ps aux", weight=-0.1),
        Line(when="谁登录了", say=own, weight=own_weight),
    ]


def test_another_command_for_the_own_words_is_taken_where_it_is_likelier_under_both_wordings() -> None:
    made, backend = plan(_in_chinese("who -a", -0.1), "谁登录了", effort=Effort(candidates=2))
    assert made.steps[0].action.command == "who -a"
    assert [one.origin for one in made.considered] == ["own words", "first"]
    asked = [prompt.messages[-1].content for prompt in backend.heard if prompt.expected == "ps aux\n``"]
    assert asked == ["谁登录了"]  # for the English words it was the answer
    made, _backend = plan(_in_chinese("who -a", -9.0), "谁登录了", effort=Effort(candidates=2))
    assert made.steps[0].action.command == "ps aux"


def test_where_a_given_command_cannot_be_weighed_nothing_is_told_of_how_likely_any_is() -> None:
    """Such places tell of their own replies only, and an answer to one wording has no weight beside that to the other."""
    lines = [Line(when="expected: ", say=""), *_in_chinese("who -a", -9.0)[2:]]
    made, _backend = plan(lines, "谁登录了", effort=Effort(candidates=2))
    assert made.steps[0].action.command == "ps aux"
    assert [one.parts for one in made.considered] == [(("first answer", 0.5),), ()]
    assert made.confidence is None
    lines[-2] = Line(when="who runs", say="lsusers", weight=-0.1)  # which is not installed
    assert plan(lines, "谁登录了", effort=Effort(candidates=2, repair=False))[0].steps[0].action.command == "who -a"


def test_one_command_for_both_wordings_is_sure() -> None:
    made, backend = plan(_in_chinese("ps  aux", -0.1), "谁登录了", effort=Effort(candidates=2))
    assert (made.steps[0].action.command, made.considered) == ("ps aux", ())
    assert not any(prompt.expected for prompt in backend.heard)


def test_a_program_made_for_what_is_asked_is_considered_beside_a_sure_answer_of_another() -> None:
    async def made_for(_text: str, _limit: int) -> list[tuple[str, str, float]]:
        return [("not here", "lsusers", 0.9), ("say who is logged in", "who", 0.8), ("list processes", "ps", 0.6)]

    lines = [
        Line(when=r"^who -a\nexpected: ", say="", weight=-0.1),
        Line(when=r"^ps aux\nexpected: ", say="", weight=-3.0),
        Line(when=r"expected: who", say="", weight=-0.2),
        Line(when=r"is here$", say="ps aux", weight=-0.1),
    ]
    sure, backend = plan(lines, "see who is here")
    assert (sure.steps[0].action.command, len(backend.heard)) == ("ps aux", 1)
    lines.insert(0, Line(when=r"is here$", begun="who$", say=" -a", weight=-0.1))
    made, backend = plan(lines, "see who is here", purposes=made_for)
    assert made.steps[0].action.command == "who -a"
    assert [one.origin for one in made.considered] == ["other program", "first"]
    assert [prompt.begin.rpartition("\n")[2] for prompt in backend.heard if prompt.weigh and not prompt.expected] == ["", "who"]


def test_a_program_that_the_answer_runs_already_or_that_is_hardly_nearer_is_not_considered() -> None:
    async def made_for(_text: str, _limit: int) -> list[tuple[str, str, float]]:
        return [("say who is logged in", "who", 0.8), ("list processes", "ps", 0.78)]

    made, backend = plan([Line(when=".", say="ps aux", weight=-0.1)], "see who is here", purposes=made_for)
    assert (made.considered, len(backend.heard)) == ((), 1)


def test_with_one_candidate_the_first_answer_stands() -> None:
    made, backend = plan(UNSURE, "who is logged in", effort=Effort(candidates=1))
    assert made.steps[0].action.command == "ps aux"
    assert len(backend.heard) == 1


def test_examples_are_shown_nearest_last_and_only_for_programs_that_are_here() -> None:
    async def near(text: str, limit: int) -> list[tuple[str, str, float]]:
        return [("who is here", "who", 0.9), ("users", "users | sort", 0.5), ("far", "far away", 0.1)][:limit]

    made, backend = plan(UNSURE, "who is logged in", exemplars=near)
    shown = [prompt for prompt in backend.heard if any(message.content == "who is here" for message in prompt.messages)]
    assert len(shown) == 2  # greedy, and with another beginning
    contents = [message.content for message in shown[0].messages]
    assert contents.index("users") < contents.index("who is here") == len(contents) - 3
    assert "far" not in contents
    assert len(made.considered) <= 4


def test_what_each_does_is_looked_at_and_counts() -> None:
    looked: list[str] = []

    async def observe(command: str, _request: Request, _seconds: float) -> Observed | None:
        looked.append(command)
        return did(b"alice\n") if command == "top" else did(stderr=b"no such thing\n", exit_code=1)

    made, _backend = plan(UNSURE, "who is logged in", observe=observe)
    assert made.steps[0].action.command == "top"
    assert sorted(looked) == ["ps aux", "top", "uptime"]
    assert dict(made.considered[-1].parts)["what happened"] == -Weights().failed
    _made, _backend = plan(UNSURE, "who is logged in", observe=observe, effort=Effort(look=False))
    assert len(looked) == 3


def test_a_condition_that_is_not_met_makes_even_a_sure_answer_unsure_and_is_told() -> None:
    lines = [
        Line(when="branch: ", say="cp a.txt b.txt", weight=-1.0),
        Line(when="expected: ", say="", weight=-1.0),
        Line(when="keep the original", say="mv a.txt b.txt", weight=-0.01),
    ]
    made, _backend = plan(lines, "rename a.txt to b.txt but keep the original")
    assert made.steps[0].action.command == "cp a.txt b.txt"
    assert made.problems == ()
    assert any("original" in reason for reason in made.considered[-1].against)


def test_a_condition_that_one_option_meets_costs_nothing() -> None:
    made, backend = plan([Line(when=".", say="gzip a.txt", weight=-0.01)], "compress a.txt but keep the original")
    assert made.steps[0].action.command == "gzip -k a.txt"
    assert len(backend.heard) == 1


def test_agreement_of_effects_lifts_both() -> None:
    several = [
        Candidate(command="a", origin="first", forward=-2, weighed=True, seen=did(b"1\n2\n")),
        Candidate(command="b", origin="examples", forward=-2, weighed=True, seen=did(b"1 2\n")),
        Candidate(command="c", origin="examples", forward=-1.9, weighed=True, seen=did(b"3\n")),
    ]
    best = ranked(several, (), "/", Weights(first=0, agreement=0.5))
    assert {one.candidate.command for one in best[:2]} == {"a", "b"}


def test_a_question_is_not_answered_by_a_change() -> None:
    asked = extract("which files are in build")
    changed = Changes(listed=(Change(kind="deleted", path="/build/a", sort="file"),))
    several = [
        Candidate(command="ls build", origin="first", forward=-4, weighed=True, seen=did(b"a")),
        Candidate(
            command="rm build/a; ls build", origin="examples", forward=-2, weighed=True, seen=did(b"a\n", changes=changed)
        ),
    ]
    assert ranked(several, asked, "/", Weights())[0].candidate.command == "ls build"


def test_the_same_command_counts_once() -> None:
    same = [Candidate(command=text, origin="first") for text in ("ls  -l", "ls -l", "", "ls")]
    assert [one.command for one in candidates.different(same)] == ["ls  -l", "ls"]


def test_a_command_that_was_seen_to_fail_goes_back_with_its_error_and_a_repair_must_be_seen_to_work() -> None:
    lines = [
        Line(when="no such thing.", say="who", weight=-0.1),
        Line(when="branch: |expected: ", say="ps aux", weight=-1.0),
        Line(when="who is logged in$", say="ps aux", weight=-1.0),
        Line(when="expected: ", say="", weight=-1.0),
    ]
    works = True

    async def observe(command: str, _request: Request, _seconds: float) -> Observed | None:
        return did(b"alice\n" if works else b"") if command == "who" else did(stderr=b"oh\nno such thing\n", exit_code=1)

    lines[1] = Line(when="branch: 1", say="ps ax", weight=-1.2)
    made, _backend = plan(lines, "who is logged in", observe=observe, effort=Effort(candidates=2))
    assert made.steps[0].action.command == "who"
    works = False
    made, _backend = plan(lines, "who is logged in", observe=observe, effort=Effort(candidates=2))
    assert made.steps[0].action.command != "who"


def test_where_a_pattern_changed_nothing_the_singular_of_its_plural_is_tried_before_the_model_is_asked() -> None:
    gone = Changes(listed=(Change(kind="deleted", path="/note1.txt", sort="file"),))
    lines = [
        Line(when="branch: |expected: ", say="rm -r notes", weight=-3.0),
        Line(when="away the notes$", say="rm notes*", weight=-0.9),
    ]

    async def observe(command: str, _request: Request, _seconds: float) -> Observed | None:
        return did(changes=gone) if command == kept else did()

    kept = "rm note*"
    made, backend = plan(lines, "throw away the notes", observe=observe, effort=Effort(candidates=2))
    assert made.steps[0].action.command == kept
    assert made.confidence == plan(lines, "throw away the notes", effort=Effort(candidates=2, repair=False))[0].confidence
    assert not any("nothing" in prompt.messages[-1].content for prompt in backend.heard)
    kept = "something else"
    made, backend = plan(lines, "throw away the notes", observe=observe, effort=Effort(candidates=2))
    assert made.steps[0].action.command == "rm notes*"
    assert any("nothing" in prompt.messages[-1].content for prompt in backend.heard)


def test_confidence_falls_with_the_likelihood_of_the_command_and_of_the_request() -> None:
    likely = Candidate(command="a", origin="first", forward=-1, backward=-1, least=-0.1, weighed=True)
    unlikely = Candidate(command="b", origin="first", forward=-9, backward=-1, least=-0.7, weighed=True)
    elsewhere = Candidate(command="c", origin="first", forward=-1, backward=-4, least=-0.1, weighed=True)
    assert confidence(likely, sure=False) > 0.8 > confidence(elsewhere, sure=False) > confidence(unlikely, sure=False)
    assert confidence(likely, sure=True) > confidence(unlikely, sure=True)
    assert confidence(Candidate(command="d", origin="repair", forward=-1e9, weighed=True), sure=False) == pytest.approx(
        0, abs=1e-6
    )


def test_a_command_that_printed_only_an_error_failed_whatever_its_status() -> None:
    assert failed(did(stderr=b"date: extra operand", exit_code=0))  # ... | bc
    assert not failed(did(b"1\n", b"du: cannot read x", 1))
    assert not failed(did(exit_code=1))  # grep has found none
    assert not failed(did(stderr=b"1 file", changes=Changes(listed=(Change(kind="added", path="/a", sort="file"),))))


def test_a_repair_that_is_about_something_else_is_no_repair() -> None:
    request = "extract the capitalized words of docs/guide.md"
    first = Candidate(command="grep -o '[a-z]' docs/guide.md", origin="first", seen=did(stderr=b"grep: no", exit_code=2))
    other = Candidate(command="find . -exec sed -i s/a/b/ {} +", origin="repair", seen=did(b"changed\n"))
    same = Candidate(command="cd docs && grep -o '[A-Z]*' guide.md", origin="repair", seen=did(b"A\n"))
    assert [better(second, first, request) for second in (other, same)] == [False, True]
