"""A proposal on the screen, what it would change, and what counts as an answer to it."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Tree

from aishell.core.changes import Change, Changes, Totals, VariableChange
from aishell.core.errors import AishellError
from aishell.core.explanation import Explanation, Part
from aishell.core.memory import Recollection
from aishell.core.types import Captured, JudgedStep, Outcome, Proposal, Request, ShellCommand, Step, Tier, Tried, Verdict
from aishell.ui.guard import BURST_S, UNREAD_S, Guard
from aishell.ui.widgets.proposal_block import ProposalBlock
from aishell.ui.words import Words
from tests.stage import FORBIDDEN, HOSTILE, Heard, Stage, on_loop, on_stage, type_later

SAY = Words()
READ = UNREAD_S + 1.0
"""Seconds after which a person has read what is there."""


def proposal(*tiers: Tier, command: str = "rm -r build", why: str = "Removes it.", problems: tuple[str, ...] = ()) -> Proposal:
    verdicts = [Verdict(tier=tier, reasons=("it deletes files",), rule="files", paths=("/srv/build",)) for tier in tiers]
    steps = [JudgedStep(step=Step(action=ShellCommand(command=command), why=why), verdict=verdict) for verdict in verdicts]
    return Proposal(request=Request(text="tidy up", cwd="/srv"), steps=tuple(steps), problems=problems)


def tried(*listed: Change, exit_code: int = 0, forbidden: tuple[str, ...] = (), careful: tuple[str, ...] = ()) -> Tried:
    nothing = Captured(head=b"", tail=b"", total=0)
    step = Step(action=ShellCommand(command="rm -r build"))
    outcome = Outcome(step=step, status="done", exit_code=exit_code, stdout=nothing, stderr=nothing, elapsed=0.1)
    totals = Totals(deleted=sum(change.kind == "deleted" for change in listed), bytes_deleted=1_200_000)
    changes = Changes(listed=listed, totals=totals, variables=(VariableChange(name="A", before=None, after="1"),))
    return Tried(outcome=outcome, changes=changes, forbidden=forbidden, careful=careful)


FOLDER = Change(kind="deleted", path="/srv/build", sort="folder")
FILE = Change(kind="deleted", path="/srv/build/a.o", sort="file", bytes_before=1_200_000, inside=True)


def answers(heard: Heard) -> list[str]:
    return [message.answer for message in heard if isinstance(message, ProposalBlock.Decided)]


async def settled(pilot: Pilot[None]) -> None:
    await pilot.pause(BURST_S * 2)


async def hit(stage: Stage, pilot: Pilot[None], key: str, seconds: float = READ) -> None:
    """A key, hit when what is there has been read."""
    type_later(stage, seconds, key)
    await settled(pilot)


@pytest.mark.parametrize(("key", "answer"), [("enter", "yes"), ("e", "edit"), ("x", "explain"), ("n", "no"), ("escape", "no")])
@on_loop
async def test_each_key_says_its_answer_once_it_can_have_been_read(key: str, answer: str) -> None:
    block = ProposalBlock(proposal(Tier.ASK), say=SAY)
    async with on_stage(block) as (stage, pilot, heard):
        block.focus()
        await pilot.pause()
        await hit(stage, pilot, key, UNREAD_S / 2)
        assert answers(heard) == []  # typed for something else
        await hit(stage, pilot, key)
        assert answers(heard) == [answer]
        await hit(stage, pilot, "enter", 2 * READ)
        assert answers(heard) == ([answer, "yes"] if key == "x" else [answer])  # an explanation decides nothing


@on_loop
async def test_a_paste_is_no_answer_whether_the_terminal_marks_it_or_not() -> None:
    block = ProposalBlock(proposal(Tier.ASK), say=SAY)
    async with on_stage(block) as (stage, pilot, heard):
        block.focus()
        await pilot.pause()
        stage.post_message(events.Paste("\n"))
        await settled(pilot)
        for number, keys in enumerate((("y", "enter"), ("enter", "l", "s"), ("n", "n")), 1):
            type_later(stage, number * READ, *keys)  # all at once, as a terminal without marks hands it over
            await settled(pilot)
        assert answers(heard) == []


@pytest.mark.parametrize("pause", [BURST_S * 2, 0.0])
@on_loop
async def test_enter_behind_a_line_that_was_meant_for_the_prompt_is_no_yes(pause: float) -> None:
    block = ProposalBlock(proposal(Tier.ASK), say=SAY)
    async with on_stage(block, size=(100, 30)) as (stage, pilot, heard):
        block.focus()
        await pilot.pause()
        for number, key in enumerate("ls"):
            type_later(stage, READ + number * pause, key)
        await settled(pilot)
        await hit(stage, pilot, "enter", 3 * READ)
        assert answers(heard) == []
        assert "F6 goes to the prompt" in stage.drawn()
        await hit(stage, pilot, "enter", 6 * READ)
        assert answers(heard) == ["yes"]


def test_a_guard_takes_keys_that_are_late_enough_and_not_in_a_burst() -> None:
    guard = Guard()
    assert not guard.takes(5.0)  # nothing is on the screen yet
    guard.shown(10.0)
    assert not guard.takes(10.0 + UNREAD_S / 2)
    assert guard.takes(11.0)
    assert not guard.takes(11.0 + BURST_S / 2)
    assert guard.takes(12.0)
    guard.shown(12.0)  # something else is there now
    assert not guard.takes(12.1)


@on_loop
async def test_what_is_denied_offers_no_run_and_takes_no_yes() -> None:
    for forbidden in (proposal(Tier.READ, Tier.DENY), proposal(Tier.DENY)):
        block = ProposalBlock(forbidden, say=SAY)
        async with on_stage(block) as (stage, pilot, heard):
            block.focus()
            await pilot.pause()
            assert "DENY  never runs from words: it deletes files" in stage.drawn()
            assert "Enter" not in stage.drawn()
            await hit(stage, pilot, "enter")
            assert answers(heard) == []


@on_loop
async def test_a_trial_must_be_over_before_its_changes_can_be_agreed_to() -> None:
    block = ProposalBlock(proposal(Tier.DRY), say=SAY, trying=True)
    async with on_stage(block, size=(80, 40)) as (stage, pilot, heard):
        block.focus()
        await pilot.pause()
        assert "trying it" in stage.drawn()
        await hit(stage, pilot, "enter")
        await block.show_tried(tried(FOLDER, FILE, careful=("/srv/build: it is big",)))
        await pilot.pause(0.05)
        await hit(stage, pilot, "enter", UNREAD_S / 2)  # meant for what was there before
        assert answers(heard) == []
        shown = stage.drawn()
        for part in ("2 deleted (1.2 MB)", "/srv/", "- build/", "- a.o  (1.2 MB)", "Enter put in place", "careful: /srv/build"):
            assert part in shown
        assert "$A becomes 1; for the line only." in shown
        await pilot.pause()
        await hit(stage, pilot, "enter")
        assert answers(heard) == ["yes"]


@pytest.mark.parametrize(
    ("result", "yes", "no"),
    [
        (tried(FOLDER, exit_code=1), "Y run it for real", "n/Enter drop"),
        (tried(FOLDER), "Enter put in place", "n drop"),
        (tried(FOLDER, forbidden=("it changes /etc/passwd",)), "", "n drop"),
    ],
)
@on_loop
async def test_what_yes_means_and_enter_does_follows_from_the_trial(result: Tried, yes: str, no: str) -> None:
    block = ProposalBlock(proposal(Tier.DRY), say=SAY, trying=True)
    async with on_stage(block, size=(80, 40)) as (stage, pilot, _):
        await block.show_tried(result)
        await pilot.pause(0.05)
        shown = stage.drawn()
        assert yes in shown
        assert no in shown
        assert shown.count("Enter") == f"{yes}{no}".count("Enter")


@on_loop
async def test_what_failed_runs_for_a_large_y_alone() -> None:
    for key, said in (("y", []), ("Y", ["yes"]), ("enter", ["no"])):
        block = ProposalBlock(proposal(Tier.DRY), say=SAY, trying=True)
        async with on_stage(block, size=(80, 40)) as (stage, pilot, heard):
            await block.show_tried(tried(FOLDER, exit_code=1))
            block.focus()
            await pilot.pause(0.05)
            await hit(stage, pilot, key)
            assert answers(heard) == said


@on_loop
async def test_what_cannot_be_tried_can_be_run_and_what_is_closed_can_only_be_read() -> None:
    block = ProposalBlock(proposal(Tier.DRY), say=SAY, trying=True)
    async with on_stage(block) as (stage, pilot, heard):
        block.cannot_try("No user namespaces here.")
        block.focus()
        await pilot.pause()
        assert "No user namespaces here." in stage.drawn()
        assert "Enter run" in stage.drawn()
        block.closed("left")
        await pilot.pause()
        await hit(stage, pilot, "enter")
        assert answers(heard) == []


@on_loop
async def test_details_tell_what_the_judge_found_and_lead_into_the_files() -> None:
    asked: list[tuple[str, bool]] = []

    def diff(path: str) -> Sequence[str]:
        asked.append((path, threading.current_thread() is threading.main_thread()))
        return ("--- a", "+++ b", "-old", "+new")

    block = ProposalBlock(proposal(Tier.DRY), say=SAY, trying=True, diff=diff)
    async with on_stage(block, size=(80, 40)) as (stage, pilot, heard):
        await block.show_tried(tried(FOLDER, FILE))
        block.focus()
        await pilot.pause()
        await hit(stage, pilot, "d")
        assert "rule: files" in stage.drawn()
        assert isinstance(stage.focused, Tree)
        await pilot.press("down", "down", "down", "enter")
        await pilot.pause(0.2)
        assert asked == [("/srv/build/a.o", False)]  # read in a thread: the screen does not wait
        assert "+new" in stage.drawn()
        await pilot.press("enter")
        await pilot.pause(0.05)
        assert "+new" not in stage.drawn()
        await pilot.press("escape")
        await settled(pilot)
        assert block.has_focus
        assert answers(heard) == []


@on_loop
async def test_a_text_that_cannot_be_read_is_told() -> None:
    def diff(path: str) -> Sequence[str]:
        raise AishellError(f"{path} is gone.")

    block = ProposalBlock(proposal(Tier.DRY), say=SAY, trying=True, diff=diff)
    async with on_stage(block, size=(80, 40)) as (stage, pilot, _):
        await block.show_tried(tried(FOLDER, FILE))
        block.focus()
        await pilot.pause()
        await hit(stage, pilot, "d")
        await pilot.press("down", "down", "down", "enter")
        await pilot.pause(0.2)
        assert "/srv/build/a.o is gone." in stage.drawn()


@on_loop
async def test_memory_and_problems_are_shown_and_nothing_a_terminal_obeys() -> None:
    found = Recollection(
        id=1, kind="command", body=HOSTILE, intent="", gloss="", score=1.0, why=(HOSTILE,), trust="own", source="aishell",
        place="", time=0.0, runs=3, worked=2, exit_status=0, cwd=HOSTILE,
    )  # fmt: skip
    hostile = proposal(Tier.ASK, Tier.DRY, command=f"echo {HOSTILE}\nls", why=HOSTILE, problems=(HOSTILE,))
    block = ProposalBlock(hostile, say=SAY, trying=True, diff=lambda _: (HOSTILE,))
    block.show_found((found,))
    bad = Change(kind="added", path=f"/srv/{HOSTILE}/{HOSTILE}\n\tx", sort="file")
    async with on_stage(block, size=(150, 60)) as (stage, pilot, _):
        await block.show_tried(tried(bad, forbidden=(HOSTILE,), careful=(HOSTILE,)))
        block.focus()
        await pilot.pause()
        await hit(stage, pilot, "d")
        await pilot.press("down", "down", "enter")
        await pilot.pause(0.2)
        assert "ran 3 times, worked 2" in stage.drawn()
        assert stage.drawn().count("<U+202E>") >= 8
        assert not FORBIDDEN.search("".join(stage.rows()))


@on_loop
async def test_details_go_with_the_question_and_a_reason_that_is_the_command_is_none() -> None:
    block = ProposalBlock(proposal(Tier.ASK, why="rm -r build"), say=SAY)
    async with on_stage(block) as (stage, pilot, _):
        block.focus()
        await pilot.pause()
        assert stage.drawn().count("rm -r build") == 1
        await hit(stage, pilot, "d")
        assert "rule: files" in stage.drawn()
        block.closed("not run")
        await pilot.pause()
        assert "rule: files" not in stage.drawn()
        assert "not run" in stage.drawn()


@on_loop
async def test_the_parts_of_a_command_are_told_in_its_block_and_fit_a_narrow_screen() -> None:
    block = ProposalBlock(proposal(Tier.ASK), say=SAY)
    parts = (
        Part(kind="program", text="rm", meaning="remove files or directories " * 3, origin="man"),
        Part(kind="option", text=HOSTILE, depth=1),
    )
    async with on_stage(block, size=(60, 24)) as (stage, pilot, _heard):
        assert "remove files" not in stage.drawn()
        block.show_parts(Explanation(command="rm", parts=parts, tier="ASK"))
        await pilot.pause()
        drawn = stage.drawn()
        assert drawn.count("remove files") == 3
        assert "unknown" in drawn
        assert not FORBIDDEN.search(drawn.replace("\n", ""))
        await pilot.resize_terminal(100, 24)
        await pilot.pause()
        assert stage.drawn().count("remove files") == 3
