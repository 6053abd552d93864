"""The steps of a plan: how a person lets them run, and how they fill in."""

from __future__ import annotations

import pytest
from textual import events
from textual.pilot import Pilot

from aishell.core.types import Tier
from aishell.ui.guard import BURST_S, UNREAD_S
from aishell.ui.widgets.checklist_block import ChecklistBlock, Item
from aishell.ui.words import Words
from tests.stage import FORBIDDEN, HOSTILE, Heard, Stage, on_loop, on_stage, type_later

SAY = Words()
READ = UNREAD_S + 1.0
"""Seconds after which a person has read what is there."""
STEPS = (Item(command="git fetch", tier=Tier.ASK), Item(command="make", tier=Tier.DRY), Item(command="ls", tier=Tier.READ))


def courses(heard: Heard) -> list[str]:
    return [message.course for message in heard if isinstance(message, ChecklistBlock.Decided)]


async def hit(stage: Stage, pilot: Pilot[None], key: str, seconds: float = READ) -> None:
    """A key, hit when what is there has been read."""
    type_later(stage, seconds, key)
    await pilot.pause(BURST_S * 2)


async def focused(block: ChecklistBlock, pilot: Pilot[None]) -> None:
    block.focus()
    await pilot.pause()


@pytest.mark.parametrize(("key", "course"), [("enter", "all"), ("s", "step"), ("n", "stop"), ("escape", "stop")])
@on_loop
async def test_each_key_says_how_to_go_on_once_it_can_have_been_read(key: str, course: str) -> None:
    block = ChecklistBlock(STEPS, say=SAY)
    async with on_stage(block) as (stage, pilot, heard):
        await focused(block, pilot)
        await hit(stage, pilot, key, UNREAD_S / 2)
        assert courses(heard) == []
        await hit(stage, pilot, key)
        await hit(stage, pilot, "enter", 2 * READ)  # the question is answered
        assert courses(heard) == [course]


@on_loop
async def test_step_by_step_it_asks_after_each_and_can_be_stopped_while_one_runs() -> None:
    block = ChecklistBlock(STEPS, say=SAY, title="Update")
    async with on_stage(block) as (stage, pilot, heard):
        await focused(block, pilot)
        assert "Enter run all   s step by step   n stop" in stage.drawn()
        await hit(stage, pilot, "s")
        block.mark(0, "running")
        await pilot.pause()
        assert "▶  ASK  git fetch" in stage.drawn()
        assert "Enter" not in stage.drawn()
        block.mark(0, "done", "0.2 s")
        block.ask()
        await pilot.pause(0.05)
        await hit(stage, pilot, "enter", 2 * READ)
        block.mark(1, "running")
        await hit(stage, pilot, "n", 3 * READ)
        block.mark(1, "failed", "exit 130")
        block.closed("stopped")
        await pilot.pause()
        assert courses(heard) == ["step", "all", "stop"]
        drawn = stage.drawn()
        for line in ("Update  1 of 3 done", "☑  ASK  git fetch  0.2 s", "✗  DRY  make  exit 130", "–  READ  ls", "stopped"):
            assert line in drawn
        assert "n stop" not in drawn
        assert not block.running
        await hit(stage, pilot, "enter", 4 * READ)
        assert len(courses(heard)) == 3


@on_loop
async def test_what_is_forbidden_cannot_be_agreed_to() -> None:
    block = ChecklistBlock((Item(command="ls", tier=Tier.READ), Item(command="rm -rf /", tier=Tier.DENY)), say=SAY)
    async with on_stage(block) as (stage, pilot, heard):
        await focused(block, pilot)
        await hit(stage, pilot, "enter")
        assert courses(heard) == []
        await hit(stage, pilot, "s", 2 * READ)
        block.mark(0, "done")
        block.ask()
        await pilot.pause(0.05)
        await hit(stage, pilot, "s", 3 * READ)
        await hit(stage, pilot, "enter", 4 * READ)
        assert courses(heard) == ["step"]


@on_loop
async def test_a_paste_is_no_answer_and_nothing_is_shown_that_a_terminal_obeys() -> None:
    block = ChecklistBlock((Item(command=HOSTILE, why=HOSTILE, tier=Tier.ASK),), say=SAY, title=HOSTILE)
    async with on_stage(block, size=(150, 20)) as (stage, pilot, heard):
        await focused(block, pilot)
        stage.post_message(events.Paste("\n"))
        await pilot.pause()
        type_later(stage, READ, "s", "enter")
        await pilot.pause(BURST_S * 2)
        block.mark(0, "failed", HOSTILE)
        block.closed(HOSTILE)
        await pilot.pause()
        assert courses(heard) == []
        assert stage.drawn().count("<U+202E>") >= 5
        assert not FORBIDDEN.search("".join(stage.rows()))
