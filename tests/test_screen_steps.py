"""Requests of several steps on the whole screen: real trials, a real bash, and a scripted model."""

from __future__ import annotations

from pathlib import Path

from aishell.ui.widgets.checklist_block import ChecklistBlock
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.proposal_block import ProposalBlock
from tests.lab import Lab
from tests.screening import Person, at_screen, text
from tests.stage import on_loop

WORDS = "create the folder new, move a.txt into it and then list the folder new"
SAID = (("move", "mv a.txt new"), ("list", "ls new"))


def states(person: Person) -> list[str]:
    return [item.state for item in person.blocks(ChecklistBlock)[-1].items]


@on_loop
async def test_the_steps_of_a_request_are_listed_and_decided_one_by_one(tmp_path: Path, lab: Lab) -> None:
    home = tmp_path / "home"
    async with at_screen(home, *SAID) as person:
        (home / "a.txt").touch()
        await person.asks(WORDS)
        assert states(person) == ["running", "waiting", "waiting"]
        await person.answers("enter")
        await person.asked(1)
        assert states(person) == ["done", "running", "waiting"]
        assert (home / "new").is_dir()
        await person.answers("enter")
        await person.until(lambda: states(person) == ["done"] * 3)
        assert text(person.blocks(CommandBlock)[-1]) == "a.txt\n"
        assert person.prompt.has_focus_within


@on_loop
async def test_all_further_changes_can_be_agreed_to_at_once(tmp_path: Path, lab: Lab) -> None:
    home = tmp_path / "home"
    async with at_screen(home, *SAID) as person:
        (home / "a.txt").touch()
        await person.asks(WORDS)
        await person.answers("a")
        await person.until(lambda: states(person) == ["done"] * 3)
        assert (home / "new" / "a.txt").exists()


@on_loop
async def test_no_to_a_step_ends_the_request_and_what_is_left_is_kept(tmp_path: Path, lab: Lab) -> None:
    home = tmp_path / "home"
    async with at_screen(home, *SAID) as person:
        (home / "a.txt").touch()
        await person.asks(WORDS)
        await person.answers("n")
        await person.until(lambda: "not run" in person.notices())
        assert list(home.rglob("aishell/steps/1.json"))
        assert states(person) == ["skipped"] * 3
        assert sorted(path.name for path in home.glob("[a-z]*")) == ["a.txt"]


@on_loop
async def test_a_step_that_fails_when_tried_is_done_differently_without_asking(tmp_path: Path, lab: Lab) -> None:
    home = tmp_path / "home"
    said = (("[Cc]annot stat", "cp a.txt b.txt"), ("should name", "cp none b.txt"), ("copy", "cp none b.txt"))
    async with at_screen(home, *said) as person:
        (home / "a.txt").touch()
        await person.asks("copy a.txt to b.txt, then list the files")
        await person.asked(1)
        await person.answers("enter")
        await person.until(lambda: states(person) == ["done", "done"])
        assert [block.answer for block in person.blocks(ProposalBlock)][-1] == "yes"
        assert (home / "b.txt").exists()


@on_loop
async def test_stopping_ends_the_request(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", ("kill", "kill 99999999"), ("list", "ls"), delay_s=1.0) as person:
        await person.sends("kill that program, then list the files")
        await person.until(lambda: person.blocks(ChecklistBlock))
        await person.pilot.press("ctrl+c")
        await person.until(lambda: "stopped" in person.notices())
        assert states(person) == ["skipped", "skipped"]
        assert person.blocks(ProposalBlock) == []
