"""What a person does with blocks, the prompt and the palette on the whole screen, and what becomes of it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from textual.command import CommandPalette
from textual.widgets import Input

from aishell.ui.widgets.answer_block import AnswerBlock
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.help_screen import HelpScreen
from aishell.ui.widgets.proposal_block import ProposalBlock
from tests.screening import Person, at_screen, drawn, text
from tests.stage import on_loop

EXPLAINED = ("Command:\n", "one two three four five six seven eight")

# ---- a block


async def focus(person: Person, block: CommandBlock | AnswerBlock) -> None:
    block.focus()
    await person.until(lambda: block.has_focus)


@on_loop
async def test_a_asks_about_a_block_with_what_it_printed_and_only_the_next_words_are_about_it(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", (".", "true")) as person:
        await focus(person, await person.runs("echo strange-message"))
        await person.pilot.press("a")
        await person.until(lambda: person.prompt.text == "? " and person.prompt.has_focus_within)
        assert "about what this printed: echo strange-message" in drawn(person)
        await person.types("what does it mean")
        await person.until(lambda: len(person.blocks(CommandBlock)) == 2)
        await person.runs("? and what is this one")
        about, other = (prompt.messages[-1].content for prompt in person.backend.heard)
        assert "strange-message" in about
        assert "strange-message" not in other


@on_loop
async def test_a_question_that_is_dropped_is_about_nothing(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", (".", "true")) as person:
        await focus(person, await person.runs("echo strange-message"))
        await person.pilot.press("a")
        await person.until(lambda: person.prompt.text == "? " and person.prompt.has_focus_within)
        await person.pilot.press("ctrl+c")
        await person.runs("? what does it mean")
        assert "strange-message" not in person.backend.heard[0].messages[-1].content


@on_loop
async def test_r_runs_the_line_again_in_the_shell_as_it_is_now(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        block = await person.runs("echo $SHLVL-$MADE")
        await person.runs("MADE=later")
        await focus(person, block)
        await person.pilot.press("r")
        await person.until(lambda: len(person.blocks(CommandBlock)) == 3 and not person.blocks(CommandBlock)[-1].running)
        assert text(person.blocks(CommandBlock)[-1]).endswith("-later\n")
        await person.until(lambda: person.prompt.has_focus_within)


@on_loop
async def test_output_is_copied_saved_where_it_ran_and_searched(tmp_path: Path) -> None:
    (tmp_path / "home" / "sub").mkdir(parents=True)
    async with at_screen(tmp_path / "home") as person:
        await person.runs("cd sub")
        block = await person.runs("seq 100 | sed 's/^/line /'")
        await person.runs("cd ..")
        await focus(person, block)
        await person.pilot.press("c")
        assert person.app.clipboard == text(block)
        await person.pilot.press("s")
        await person.until(lambda: block.query(Input))
        block.query_one(Input).value = "kept.txt"
        await person.pilot.press("enter")
        await person.until(lambda: (tmp_path / "home" / "sub" / "kept.txt").exists())
        assert (tmp_path / "home" / "sub" / "kept.txt").read_text() == text(block)
        await person.until(lambda: block.has_focus)
        await person.pilot.press("/")
        await person.until(lambda: block.query(Input))
        await person.types("line 50")
        await person.until(lambda: block.has_class("-noted") and not block.query(Input))
        assert not block.output.folded


@on_loop
async def test_escape_in_an_answer_stops_it(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", EXPLAINED, ("kill", "kill 99999999"), delay_s=0.3) as person:
        await person.asks("kill the program for good")
        await person.answers("x")
        await person.until(lambda: person.blocks(AnswerBlock) and person.blocks(AnswerBlock)[0].answer)
        (answer,) = person.blocks(AnswerBlock)
        await focus(person, answer)
        await person.pilot.press("escape")
        await person.until(lambda: answer.finished)
        assert "eight" not in answer.answer
        assert person.blocks(ProposalBlock)[0].answer is None  # the question stands


@on_loop
async def test_blocks_are_reached_and_left_with_keys_alone(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        first, last = await person.runs("echo first"), await person.runs("echo last")
        await person.pilot.press("f6")
        await person.until(lambda: last.has_focus)
        await person.pilot.press("shift+tab")
        await person.until(lambda: first.has_focus)
        await person.pilot.press("tab")
        await person.until(lambda: last.has_focus)
        for key in ("f6", "escape"):
            await person.pilot.press(key)
            await person.until(lambda: person.prompt.has_focus_within)
            await person.pilot.press("f6")
            await person.until(lambda: last.has_focus)


# ---- the prompt


@on_loop
async def test_one_key_turns_a_line_round_before_it_is_sent(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", ("echo words", "echo from-the-model")) as person:
        for wanted, printed in ((False, "words\n"), (True, "from-the-model\n")):
            person.prompt.load("echo words")
            await person.pilot.pause()
            assert person.prompt.route == "shell"
            if wanted:
                await person.pilot.press("shift+tab")
                assert person.prompt.route != "shell"
            before = len(person.blocks(CommandBlock))
            await person.pilot.press("enter")
            await person.until(lambda before=before: len(person.blocks(CommandBlock)) > before)  # type: ignore[misc]
            await person.until(lambda: not person.blocks(CommandBlock)[-1].running)
            assert text(person.blocks(CommandBlock)[-1]) == printed
        assert len(person.backend.heard) == 1


@on_loop
async def test_a_line_found_in_the_history_comes_into_the_prompt_and_escape_leaves_the_search(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.runs("echo first-one")
        await person.runs("echo second")
        await person.pilot.press("ctrl+r")
        await person.types("first")
        await person.until(lambda: person.prompt.text == "echo first-one")
        await person.pilot.press("ctrl+c", "ctrl+r", "escape")
        await person.until(lambda: person.prompt.has_focus_within)
        assert text(await person.runs("echo next")) == "next\n"


@on_loop
async def test_ctrl_c_while_a_proposal_is_edited_drops_it(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home", ("kill", "kill 99999999")) as person:
        await person.asks("kill the program for good")
        await person.answers("e")
        await person.until(lambda: person.prompt.text == "kill 99999999")
        await person.pilot.press("ctrl+c")
        await person.until(lambda: not person.prompt.text)
        assert text(await person.runs("echo typed")) == "typed\n"  # and no answer to the proposal


@on_loop
async def test_ctrl_d_on_an_empty_line_leaves(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.runs("true")
        await person.pilot.press("ctrl+d")
        await person.until(lambda: person.app.return_value is not None)
        assert person.app.return_value == 0


@on_loop
async def test_of_what_a_protected_program_names_copies_are_kept(tmp_path: Path) -> None:
    made = tmp_path / "home" / "a.txt"
    async with at_screen(tmp_path / "home", settings={"AISHELL_UNDO_PROTECT": "rm"}) as person:
        made.write_text("kept")
        await person.runs("rm a.txt")
        await person.until(lambda: "aishell undo 1" in person.notices())
        assert not made.exists()
        assert (await person.runs(f"{sys.executable} -m aishell undo 1")).exit_status == 0
        assert made.read_text() == "kept"


# ---- the palette


async def choose(person: Person, words: str) -> None:
    await person.pilot.press("f2")
    await person.until(lambda: isinstance(person.app.screen, CommandPalette))
    await person.types(words, enter=False)
    await asyncio.sleep(0.3)  # it searches while one types
    await person.pilot.press("down", "enter")


@on_loop
async def test_the_palette_opens_help_keeps_private_changes_the_theme_clears_and_leaves(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.runs("true")
        await choose(person, "help")
        await person.until(lambda: isinstance(person.app.screen, HelpScreen))
        await person.pilot.press("escape")
        await choose(person, "private")
        await person.until(lambda: person.status.private)
        await choose(person, "theme")
        await person.types("aishell-light", enter=False)
        await asyncio.sleep(0.3)
        await person.pilot.press("enter")
        await person.until(lambda: person.app.theme == "aishell-light")
        await choose(person, "clear")
        await person.until(lambda: not person.blocks(CommandBlock))
        await choose(person, "leave")
        await person.until(lambda: person.app.return_value == 0)


@on_loop
async def test_where_no_terminal_can_be_lent_the_program_gets_the_keys_in_its_block(tmp_path: Path) -> None:
    async with at_screen(tmp_path / "home") as person:
        await person.sends("sleep 0.2; read x; echo got-$x")
        await person.until(lambda: person.blocks(CommandBlock))
        await choose(person, "whole")
        block = person.blocks(CommandBlock)[0]
        await person.until(lambda: block.typing)
        await focus(person, block)
        await person.types("it")
        await person.until(lambda: not block.running)
        assert "got-it" in text(block)
