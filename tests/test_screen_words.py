"""Words on the whole screen: real trials, a real bash, and a scripted model."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from aishell.ui.widgets.answer_block import AnswerBlock
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.proposal_block import ProposalBlock
from aishell.ui.widgets.request_block import RequestBlock
from tests.lab import Lab
from tests.screening import at_screen, drawn, text
from tests.stage import on_loop

EXPLAINED = ("Command:\n", "one two three")


@on_loop
async def test_words_that_only_read_run_at_once(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", ("list", "ls -1")) as person:
        (tmp_path / "home" / "seen.txt").touch()
        block = await person.runs("list what is in here please")
        assert (block.line, text(block), block.exit_status) == ("ls -1", "seen.txt\n", 0)
        assert person.blocks(ProposalBlock) == []


@on_loop
async def test_a_yes_or_no_at_the_prompt_is_no_request(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", (".", "echo asked")) as person:
        await person.types("n")
        await person.until(lambda: "Nothing is being asked." in person.notices())
        assert person.blocks(RequestBlock) == []


@on_loop
async def test_a_change_is_tried_shown_put_in_place_and_taken_back(tmp_path: Path, lab: Lab) -> None:
    made = tmp_path / "home" / "a.txt"
    async with at_screen(tmp_path / "home", ("remove", "rm a.txt"), EXPLAINED) as person:
        made.write_text("kept")
        block = await person.asks("remove the first of these files")
        assert block.tried
        assert made.exists()
        await person.answers("enter")
        await person.until(lambda: not made.exists())
        await person.until(lambda: "aishell undo" in person.notices())
        assert person.prompt.has_focus_within
        assert (await person.runs(f"{sys.executable} -m aishell undo")).exit_status == 0
        assert made.read_text() == "kept"


@on_loop
async def test_output_of_a_trial_says_that_it_was_only_tried_until_it_is_put_in_place(tmp_path: Path, lab: Lab) -> None:
    async with at_screen(tmp_path / "home", ("first", "rm -v a.txt"), ("second", "rm -v b.txt c.txt")) as person:
        for name in ("a.txt", "b.txt"):
            (tmp_path / "home" / name).touch()
        await person.asks("remove the first of these files")
        assert "only tried · " in drawn(person)
        await person.answers("enter")
        await person.until(lambda: "only tried" not in drawn(person))
        await person.asks("remove the second of these files")
        await person.until(lambda: "only tried · ✗ exit 1" in drawn(person))
        await person.answers("n")
        await person.until(lambda: person.prompt.has_focus_within)
        assert [block.trial for block in person.blocks(CommandBlock)] == [False, True]
        assert (tmp_path / "home" / "b.txt").exists()


@on_loop
async def test_a_proposal_that_is_dropped_does_nothing(tmp_path: Path, lab: Lab) -> None:
    made = tmp_path / "home" / "a.txt"
    async with at_screen(tmp_path / "home", ("remove", "rm a.txt")) as person:
        made.write_text("kept")
        block = await person.asks("remove the first of these files")
        await person.answers("n")
        await person.until(lambda: person.prompt.has_focus_within)
        assert block.answer == "no"
        assert made.exists()


@on_loop
async def test_what_needs_a_yes_is_asked_explained_edited_and_run(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", EXPLAINED, ("kill", "kill 99999999")) as person:
        block = await person.asks("kill that program for good")
        await person.answers("x")
        await person.until(lambda: any(each.finished for each in person.blocks(AnswerBlock)))
        assert block.explanation
        assert block.explanation.parts[0].text == "kill"
        await asyncio.sleep(0.4)
        await person.answers("e")
        await person.until(lambda: person.prompt.text == "kill 99999999")
        assert block.answer == "edit"
        done = await person.runs("kill 99999998")
        assert done.line == "kill 99999998"
        assert done.exit_status == 1


@on_loop
async def test_what_is_forbidden_never_runs(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", ("wipe", "rm -rf /")) as person:
        await person.sends("wipe everything from this machine")
        await person.until(lambda: "never" in person.notices())
        assert person.blocks(CommandBlock) == []
        await person.until(lambda: person.prompt.has_focus_within)


@on_loop
async def test_escape_stops_the_model_at_once_and_what_waits_is_dropped(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", ("slow", "echo " + "word " * 100), delay_s=0.2) as person:
        await person.sends("do something slow for me")
        await person.sends("and something slow again please")
        await person.until(lambda: len(person.blocks(RequestBlock)) == 2 and person.backend.heard)
        assert "1" in person.status.busy
        await person.pilot.press("escape")
        await person.until(lambda: not person.status.busy)
        await person.runs("true")
        assert len(person.backend.heard) == 1


@on_loop
async def test_the_shell_works_while_the_model_generates_and_a_second_request_waits(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", ("first", "echo one"), ("second", "echo two"), delay_s=0.3) as person:
        await person.sends("say the first thing please")
        await person.sends("say the second thing please")
        assert text(await person.runs("echo shell")) == "shell\n"
        await person.until(lambda: [text(each) for each in person.blocks(CommandBlock)[1:]] == ["one\n", "two\n"])


@on_loop
async def test_the_commands_of_words_never_move_the_shell(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", ("look", "cd / && pwd")) as person:
        assert text(await person.runs("look around in the top folder")) == "/\n"
        assert text(await person.runs("pwd")) == f"{tmp_path}/home\n"


@on_loop
async def test_output_and_the_first_piece_of_an_answer_are_seen_as_they_come(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", EXPLAINED, ("kill", "kill 1"), delay_s=0.4) as person:
        await person.sends("for i in 1 2 3; do echo $i; sleep 0.4; done")
        await person.until(lambda: person.blocks(CommandBlock) and text(person.blocks(CommandBlock)[0]) == "1\n")
        assert person.blocks(CommandBlock)[0].running
        await person.until(lambda: not person.blocks(CommandBlock)[0].running)
        await person.asks("kill the first of all programs")
        await person.answers("x")
        await person.until(lambda: person.blocks(AnswerBlock) and person.blocks(AnswerBlock)[0].answer.strip() == "one")
        assert not person.blocks(AnswerBlock)[0].finished


@on_loop
async def test_a_failure_can_be_asked_about_with_what_it_printed(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", (".", "true")) as person:
        await person.runs("echo strange-message; false")
        person.blocks(CommandBlock)[0].focus()
        await person.pilot.press("f")
        await person.until(lambda: person.backend.heard)
        assert "strange-message" in person.backend.heard[0].messages[-1].content


@on_loop
async def test_without_a_model_the_shell_works_and_words_say_what_is_missing(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", model=False) as person:
        assert text(await person.runs("echo works")) == "works\n"
        assert person.notices() == "There is no model."
        await person.sends("show what is in here please")
        await person.until(lambda: person.notices().count("There is no model.") == 2)
        assert person.backend.heard == []


@on_loop
async def test_an_unsure_command_is_asked_about_though_it_only_reads_and_says_why(tmp_path: Path) -> None:
    said = (("branch: ", "ls -m"), ("expected: ", ""), ("list", "ls -1"))
    async with at_screen(tmp_path / "home", *said, weight=-4.0, size=(100, 40)) as person:
        (tmp_path / "home" / "seen.txt").touch()
        await person.asks("list what is in here please")
        await person.until(lambda: "not sure: " in drawn(person))
        assert "or: ls -m" in person.notices()
        await person.answers("d")
        told = ("confidence: ", "looked at: ", "likely for the request")
        await person.until(lambda: all(part in drawn(person) for part in told))
        await person.answers("enter")
        await person.until(lambda: any(text(ran) == "seen.txt\n" for ran in person.blocks(CommandBlock)))


@on_loop
async def test_a_request_that_leaves_open_what_it_is_about_gets_a_question_first(tmp_path: Path, lab: Lab) -> None:
    made = tmp_path / "home" / "a.txt"
    async with at_screen(tmp_path / "home", ("delete a.txt", "rm a.txt")) as person:
        made.write_text("kept")
        await person.types("delete it")
        await person.until(lambda: "What is “it”?" in person.notices())
        await person.types("a.txt")
        await person.until(lambda: bool(person.blocks(ProposalBlock)))
        await person.until(lambda: person.blocks(ProposalBlock)[-1].tried is not None)
        assert made.exists()
