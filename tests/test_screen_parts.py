"""Answers, notices, plans, the welcome, the status line, help, themes and languages."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.widgets import Button

from aishell.core.errors import AishellError
from aishell.ui.themes import PLAIN, theme_for
from aishell.ui.widgets.answer_block import AnswerBlock
from aishell.ui.widgets.checklist_block import ChecklistBlock, Item
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.widgets.help_screen import HelpScreen
from aishell.ui.widgets.notice_block import NoticeBlock
from aishell.ui.widgets.status_line import Status, StatusLine, fitting, pieces
from aishell.ui.widgets.welcome import Welcome
from aishell.ui.words import Words
from tests.pty_shell import PtyShell
from tests.stage import FORBIDDEN, HOSTILE, on_loop, on_stage

SAY = Words()


@on_loop
async def test_each_piece_of_an_answer_is_on_the_screen_before_the_next_one_is_produced() -> None:
    """The model waits for each piece to be seen: an answer that is gathered and shown at the end would never get on."""
    block = AnswerBlock(say=SAY, question="what is it?")
    async with on_stage(block, size=(60, 60)) as (stage, pilot, _):
        for number in range(12):
            await block.write(f"word{number} " if number % 4 else f"\n\n- word{number} ")
            async with asyncio.timeout(5):
                while f"word{number} " not in f"{stage.drawn()} ".replace("\n", " \n"):
                    await pilot.pause(0.002)
        await block.finish()
        assert block.finished
        assert "what is it?" in stage.drawn()


@on_loop
async def test_what_a_model_says_hides_nothing_and_is_only_text() -> None:
    block = AnswerBlock(say=SAY)
    said = (
        f"{HOSTILE} &#x202e;&#27;[2J [here](http://evil.example) <http://a.example> <file> ![p](x)\n\n"
        f"```sh\necho {HOSTILE}\n```\n\n| a | b |\n|---|---|\n| {HOSTILE} | 2 |\n\n<div>kept</div>\n\n[ref]: http://x.example\n"
    )
    async with on_stage(block, size=(150, 50)) as (stage, pilot, _):
        for at in range(0, len(said), 5):  # cut through sequences
            await block.write(said[at : at + 5])
        await block.finish()
        await pilot.pause(0.1)
        drawn = stage.drawn()
        assert not FORBIDDEN.search("".join(stage.rows()))
        for part in ("&#x202e;", "[here](http://evil.example)", "<file>", "<div>kept</div>", "http://x.example", "<U+202E>"):
            assert part in drawn
        assert not any(segment.style and segment.style.link for segment in stage.segments())


@on_loop
async def test_an_answer_can_be_stopped_while_it_comes_and_copied() -> None:
    block = AnswerBlock(say=SAY)
    async with on_stage(block) as (stage, pilot, heard):
        await block.write("It **works**.")
        block.focus()
        await pilot.press("escape")
        assert [type(message) for message in heard] == [AnswerBlock.Stopped]
        await block.finish()
        await pilot.press("escape", "c")
        assert len(heard) == 1
        assert stage.clipboard == "It **works**."


@on_loop
async def test_what_came_before_the_block_was_on_the_screen_is_not_lost() -> None:
    for finished in (False, True):
        block = AnswerBlock(say=SAY)
        await block.write("early ")
        if finished:
            await block.finish()
        async with on_stage(block) as (stage, pilot, _):
            await pilot.pause(0.1)
            assert "early" in stage.drawn()
            assert block.finished is finished


@on_loop
async def test_a_plan_fills_in_and_a_notice_tells_what_to_do() -> None:
    plan = ChecklistBlock([Item(command="git fetch"), Item(command="make", why="build it")], say=SAY, title="Update")
    notice = NoticeBlock.of(AishellError("It is gone.", hint="Fetch it again."))
    async with on_stage(plan, notice) as (stage, pilot, _):
        assert "0 of 2 done" in stage.drawn()
        plan.mark(0, "done", "0.2 s")
        plan.mark(1, "failed", HOSTILE)
        plan.add(Item(command=HOSTILE, why=HOSTILE))
        await pilot.pause()
        assert "1 of 3 done" in stage.drawn()
        assert "☑ git fetch  0.2 s" in stage.drawn()
        assert "✗ make  build it" in stage.drawn()
        assert "✗ It is gone.\n   Fetch it again." in stage.drawn()
        notice.tell(HOSTILE, hint=HOSTILE)
        await pilot.pause()
        assert not FORBIDDEN.search("".join(stage.rows()))


def welcome(bytes_to_fetch: int = 1_117_320_768) -> Welcome:
    return Welcome(
        say=SAY,
        model="qwen2.5",
        bytes_to_fetch=bytes_to_fetch,
        histories=(("bash", 1200),),
        examples=("one", "two", "three", "four"),
    )


@on_loop
async def test_the_welcome_fetches_and_imports_only_when_it_is_told_to() -> None:
    block = welcome()
    async with on_stage(block, size=(90, 30)) as (stage, pilot, heard):
        assert heard == []
        assert "qwen2.5, 1.1 GB" in stage.drawn()
        assert "bash (1,200)" in stage.drawn()
        assert "four" not in stage.drawn()
        await pilot.click("#fetch")
        block.progress(558_660_384)
        await pilot.pause(0.1)
        assert "50%" in stage.drawn()
        block.fetch_failed("The network is down.", "Try again later.")
        await pilot.pause(0.1)
        assert "The network is down. Try again later." in stage.drawn()
        await pilot.click("#fetch")
        block.fetched()
        await pilot.pause(0.1)
        assert "The model is here: qwen2.5." in stage.drawn()
        await pilot.click("#no-import")
        await pilot.click("#example-1")
        await pilot.click("#close")
        told = [type(message) for message in heard]
        assert told == [
            Welcome.FetchWanted,
            Welcome.FetchWanted,
            Welcome.HistoryDecided,
            Welcome.ExampleChosen,
            Welcome.Dismissed,
        ]
        assert [message.yes for message in heard if isinstance(message, Welcome.HistoryDecided)] == [False]
        assert [message.text for message in heard if isinstance(message, Welcome.ExampleChosen)] == ["two"]


@on_loop
async def test_the_history_is_imported_after_a_yes() -> None:
    async with on_stage(welcome(0)) as (stage, pilot, heard):
        assert "#fetch" not in [f"#{button.id}" for button in stage.query(Button)]
        await pilot.click("#import")
        assert [message.yes for message in heard if isinstance(message, Welcome.HistoryDecided)] == [True]


FULL = Status(
    folder="/srv/project",
    branch="main",
    model="qwen2.5",
    where="CPU",
    tokens_per_s=10.84,
    memories=1,
    private=True,
    taint=("k",),
)


@pytest.mark.parametrize("width", range(1, 140))
def test_the_status_line_never_needs_more_room_than_there_is(width: int) -> None:
    left = fitting(pieces(FULL, SAY), width)
    assert cell_len("  ".join(piece.text for piece in left)) <= width
    ranks = [piece.rank for piece in left]
    assert all(piece.rank > max(ranks) for piece in pieces(FULL, SAY) if piece.rank not in ranks)


@on_loop
async def test_the_status_line_keeps_what_matters_most_in_40_columns() -> None:
    line = StatusLine(say=SAY)
    async with on_stage(line, size=(40, 10)) as (stage, pilot, _):
        line.show(FULL)
        await pilot.pause()
        assert "private" in stage.drawn()
        assert "10.8 tokens/s" not in stage.drawn()
        await pilot.resize_terminal(140, 10)
        await pilot.pause()
        assert (
            "/srv/project  private  secrets read: network asks  ⎇ main  qwen2.5  on CPU  10.8 tokens/s  1 memory"
            in stage.drawn()
        )
        line.show(Status(folder=HOSTILE, branch=HOSTILE, model=HOSTILE, where=HOSTILE, busy=HOSTILE))
        await pilot.pause()
        assert not FORBIDDEN.search("".join(stage.rows()))


@on_loop
async def test_help_opens_over_everything_and_closes_again() -> None:
    async with on_stage(size=(80, 40)) as (stage, pilot, _):
        stage.push_screen(HelpScreen(say=SAY, before=[("The prompt", [("F2", "flips")])]))
        await pilot.pause(0.1)
        assert "The prompt" in stage.drawn()
        assert "A proposal" in stage.drawn()
        for key in ("escape", "f1", "q"):
            await pilot.press(key)
            await pilot.pause(0.05)
            assert not isinstance(stage.screen, HelpScreen)
            stage.push_screen(HelpScreen(say=SAY))
            await pilot.pause(0.05)


@on_loop
async def test_no_color_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert theme_for(os.environ, "light") == PLAIN.name
    block = CommandBlock("ls", folder="/srv", say=SAY)
    async with on_stage(block, theme=theme_for(os.environ)) as (stage, pilot, _):
        block.write(b"\x1b[31mred\x1b[48;2;9;9;9mgrey\r\n")
        block.ended(1, 0.1)
        await pilot.pause(0.1)
        segments = list(stage.segments())
        assert "red" in "".join(segment.text for segment in segments)
        for segment in segments:
            for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                assert colour is None or colour.is_default, segment


_ON_A_TERMINAL = """
import sys
sys.path.insert(0, sys.argv[1])
from aishell.ui.widgets.command_block import CommandBlock
from aishell.ui.words import Words
from tests.stage import HOSTILE, Stage

class Shown(Stage):
    def on_ready(self):
        block.write(HOSTILE.encode("utf-8", "replace") + b"shown")
        self.set_timer(0.5, self.exit)

block = CommandBlock(HOSTILE, folder="/srv/" + HOSTILE, say=Words())
Shown(block).run()
print("END")
"""


def test_a_real_terminal_is_sent_nothing_of_what_foreign_text_would_have_it_do(tmp_path: Path) -> None:
    root = str(Path(__file__).resolve().parents[1])
    with PtyShell([sys.executable, "-c", _ON_A_TERMINAL, root], 120, 30, home=tmp_path) as shell:
        sent = shell.until(b"END\r\n").decode()
    assert "shown" in sent
    assert "<U+202E>" in sent
    for forbidden in ("\x1b]52;", "aGk=\x07", "\u202e", "\u200b", "\x9b"):
        assert forbidden not in sent
